"""Low-rank ADI for Riccati equations, against SciPy's dense solutions and the equations themselves."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.errors import NumericalError, UnstableSystemError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.sparse.pencils import SparsePencil
from dlnbalance.linalg.sparse.riccati_adi import RiccatiSide, solve_riccati_pair

from ...models import grid_system, random_matrix


def sides_of(pencil, B, C, first=None, second=None):
    """Filter and regulator equation of (A, B, C), B and C* in the order of the system; offsets zero if left out."""
    B, C = pencil.permute(B), pencil.permute(C)
    reach = RiccatiSide("N", pencil.A, pencil.E, G=C, offset=0 * C if first is None else first, right=B)
    observe = RiccatiSide("H", *pencil.adjoint_matrices, G=B, offset=0 * B if second is None else second, right=C)
    return reach, observe


def left_over(side):
    """The residual of an equation at its factor, dense, and the sum of its terms."""
    Z, A, E = side.factor.array, side.A.toarray() - side.offset @ adjoint(side.G), side.E.toarray()
    Y = Z @ adjoint(Z)
    seen = E @ Y @ side.G
    terms = A @ Y @ adjoint(E), E @ Y @ adjoint(A), -seen @ adjoint(seen), side.right @ adjoint(side.right)
    return la.norm(sum(terms), 2), la.norm(terms[2], 2) + la.norm(terms[3], 2)


@pytest.mark.parametrize("moved", [0.0, 60.0])
def test_both_equations_are_solved_to_the_residual_that_is_said(rng, complex_entries, descriptor, moved):
    """Moved to the right there are several unstable poles."""
    system = grid_system(rng, complex_entries=complex_entries, descriptor=descriptor)
    E = sp.eye_array(system.nstates) if system.E is None else system.E
    pencil = SparsePencil(system.A + moved * E, system.E)
    sides = sides_of(pencil, system.B, adjoint(system.C))
    *residuals, count = solve_riccati_pair(pencil, sides, tol=1e-10, most=100)
    assert count < 40
    for side, residual in zip(sides, residuals, strict=True):
        left, scale = left_over(side)
        assert left <= 1e-9 * scale
        assert residual == pytest.approx(left / scale, rel=0.05, abs=1e-13)
        closed = la.eigvals(side.A.toarray() - side.gain @ adjoint(side.G), side.E.toarray())
        assert closed.real.max() < 0
        assert np.iscomplexobj(side.factor.array) == complex_entries


def test_the_solution_is_that_of_scipy(rng):
    system = grid_system(rng)
    pencil = system.sparse_pencil
    sides = sides_of(pencil, system.B, adjoint(system.C))
    solve_riccati_pair(pencil, sides, tol=1e-12, most=100)
    Z = pencil.unpermute(sides[1].factor.array)
    expected = la.solve_continuous_are(system.A.toarray(), system.B, system.C.T @ system.C, np.eye(2))
    assert la.norm(Z @ Z.T - expected) <= 1e-9 * la.norm(expected)


def test_oscillators_take_complex_shifts_in_real_arithmetic(rng):
    blocks = [np.array([[-0.5, w], [-w, -0.5]]) for w in np.geomspace(1, 30, 20)]
    pencil = SparsePencil(sp.block_diag(blocks, format="csc"))
    sides = sides_of(pencil, random_matrix(rng, 40, 1), random_matrix(rng, 40, 2))
    solve_riccati_pair(pencil, sides, tol=1e-10, most=200)
    for side in sides:
        left, scale = left_over(side)
        assert left <= 1e-9 * scale
        assert side.factor.array.dtype == float


def test_an_offset_of_low_rank(rng, complex_entries):
    """The equation of A − J G*, as direct terms make it."""
    system = grid_system(rng, complex_entries=complex_entries)
    pencil, n = system.sparse_pencil, system.nstates
    first, second = random_matrix(rng, n, 3) / 10, random_matrix(rng, n, 2) / 10
    sides = sides_of(pencil, system.B, adjoint(system.C), first, second)
    solve_riccati_pair(pencil, sides, tol=1e-10, most=200)
    for side in sides:
        left, scale = left_over(side)
        assert left <= 1e-9 * scale


def test_nothing_enters_and_nothing_leaves():
    pencil = SparsePencil(-sp.eye_array(10, format="csc"))
    zero = np.zeros((10, 1))
    sides = sides_of(pencil, zero, zero)
    assert solve_riccati_pair(pencil, sides, tol=1e-10, most=5) == (0.0, 0.0, 0)
    assert sides[0].factor.count == 0


def test_a_hidden_unstable_pole_is_refused(rng):
    A = sp.diags_array(np.r_[1.0, -np.geomspace(1, 100, 49)], format="csc")
    B, C = random_matrix(rng, 50, 1), random_matrix(rng, 50, 1)
    C[0] = 0.0  # not seen by the outputs: the filter does not get rid of it
    pencil = SparsePencil(A)
    with pytest.raises((UnstableSystemError, NumericalError)):
        solve_riccati_pair(pencil, sides_of(pencil, B, C), tol=1e-10, most=60)


def test_a_residual_that_is_not_reached_is_refused(rng):
    system = grid_system(rng)
    sides = sides_of(system.sparse_pencil, system.B, adjoint(system.C))
    with pytest.raises(NumericalError, match="after 2 factorizations"):
        solve_riccati_pair(system.sparse_pencil, sides, tol=1e-10, most=2)


def test_a_shift_that_is_the_mirror_of_an_unstable_pole_is_moved_aside():
    """Ritz values of a single state are exact: A + αE is exactly singular at first."""
    pencil, one = SparsePencil(sp.eye_array(1, format="csc")), np.ones((1, 1))
    sides = sides_of(pencil, one, one)
    solve_riccati_pair(pencil, sides, tol=1e-10, most=60)
    for side in sides:  # 2Y − Y² + 1 = 0
        assert (side.factor.array @ side.factor.array.T).item() == pytest.approx(1 + 2**0.5, rel=1e-9)
