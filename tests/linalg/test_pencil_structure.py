"""The infinite eigenvalues of pencils: structure under random changes of coordinates, deflation, decoupling."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.errors import SingularPencilError
from dlnbalance.linalg.pencil_structure import (
    decoupled,
    evenly_scaled,
    infinite_staircase,
    normal_rank,
    rank_tolerance,
)

from ..models import assert_small, random_gauge, random_matrix

#: Sizes of infinite Jordan blocks, and how many of them have size 1, 2, … at least.
STRUCTURES = {
    (): (),
    (1,): (1,),
    (1, 1, 1): (3,),
    (2,): (1, 1),
    (3, 1): (2, 1, 1),
    (3, 2, 2, 1): (4, 3, 1),
    (5,): (1, 1, 1, 1, 1),
}


def pencil_of(rng, finite, blocks, *, complex_entries=False):
    """A pencil in random coordinates, and its finite eigenvalues."""
    J = random_matrix(rng, finite, finite, complex_entries=complex_entries)
    infinite = sum(blocks)
    N = la.block_diag(*(np.eye(size, k=1) for size in blocks), np.zeros((0, 0)))
    left, right = (random_gauge(rng, finite + infinite, complex_entries=complex_entries) for _ in range(2))
    A, E = la.block_diag(J, np.eye(infinite)), la.block_diag(np.eye(finite), N)
    return left @ A @ right, left @ E @ right, la.eigvals(J)


def kronecker(rng, rows, columns, blocks):
    """A pencil in random coordinates with the given blocks on its diagonal."""
    A, E = (la.block_diag(*parts) for parts in zip(*blocks, strict=True))
    assert A.shape == (rows, columns)
    left, right = random_gauge(rng, rows), random_gauge(rng, columns)
    return left @ A @ right, left @ E @ right


def wide(size):
    """Kronecker's block L of `size` rows and one column more, A and E."""
    return np.eye(size, size + 1, k=1), np.eye(size, size + 1)


@pytest.mark.parametrize("finite", [0, 1, 6])
@pytest.mark.parametrize("blocks", STRUCTURES)
def test_the_structure_is_found_and_the_form_is_that_of_the_pencil(rng, finite, blocks, complex_entries):
    A, E, poles = pencil_of(rng, finite, blocks, complex_entries=complex_entries)
    form = infinite_staircase(A, E)
    assert form.sizes == STRUCTURES[blocks]
    assert (form.finite, form.infinite, form.index) == (finite, sum(blocks), max(blocks, default=0))
    assert np.iscomplexobj(form.A) == complex_entries
    for basis in (form.Q, form.Z):
        assert_small(la.norm(basis.conj().T @ basis - np.eye(len(A))), 1.0, 200)  # 30 was seen
    for given, found in ((A, form.A), (E, form.E)):
        assert_small(la.norm(form.Q @ found @ form.Z.conj().T - given), la.norm(given), 200)  # 26 was seen
    inf = form.infinite
    np.testing.assert_array_equal(form.A[inf:, :inf], 0)
    np.testing.assert_array_equal(form.E[inf:, :inf], 0)
    np.testing.assert_array_equal(np.tril(form.A[:inf, :inf], -1), 0)
    nilpotent = np.linalg.matrix_power((form.E[:inf, :inf] != 0).astype(int), form.index) if inf else np.zeros(1)
    np.testing.assert_array_equal(nilpotent, 0)
    found = la.eigvals(form.A[inf:, inf:], form.E[inf:, inf:])
    for pole in poles:
        assert np.abs(found - pole).min() <= 1e-10 * (1 + abs(pole))


@pytest.mark.parametrize("blocks", STRUCTURES)
def test_decoupling_solves_the_sylvester_equation(rng, blocks, complex_entries):
    A, E, _ = pencil_of(rng, 5, blocks, complex_entries=complex_entries)
    parts = decoupled(infinite_staircase(A, E))
    form, inf = parts.form, parts.form.infinite
    (A_i, E_i), (A_f, E_f) = parts.infinite, parts.finite
    assert parts.condition >= 1
    for M_i, M_f, coupling in ((A_i, A_f, form.A[:inf, inf:]), (E_i, E_f, form.E[:inf, inf:])):
        residual = M_i @ parts.R + parts.L @ M_f + coupling
        scale = la.norm(M_i) * la.norm(parts.R) + la.norm(parts.L) * la.norm(M_f) + 1
        assert_small(la.norm(residual), scale, 50)  # 3 was seen
    z = 0.4 + 1.3j
    B, C = random_matrix(rng, len(A), 2), random_matrix(rng, 3, len(A))
    (B_i, B_f), (C_i, C_f) = parts.inputs(B), parts.outputs(C)
    gain = C @ la.solve(z * E - A, B)
    found = C_f @ la.solve(z * E_f - A_f, B_f) + (C_i @ la.solve(z * E_i - A_i, B_i) if inf else 0)
    np.testing.assert_allclose(found, gain, rtol=0, atol=1e-11 * la.norm(gain))


def test_units_of_equations_states_and_time_do_not_matter(rng):
    A, E, _ = pencil_of(rng, 5, (3, 1))
    r, d = (2.0 ** rng.integers(-150, 150, len(A)) for _ in range(2))
    even = evenly_scaled(2.0**60 * (r[:, None] * A * d), r[:, None] * E * d)
    assert infinite_staircase(even.A, even.E).sizes == (2, 1, 1)
    np.testing.assert_array_equal(
        even.A * 2.0**even.rate / even.rows[:, None] / even.columns, 2.0**60 * (r[:, None] * A * d)
    )
    np.testing.assert_array_equal(even.E / even.rows[:, None] / even.columns, r[:, None] * E * d)
    assert 0.1 < np.abs(even.A).max() < 10
    assert 0.1 < np.abs(even.E).max() < 10


@pytest.mark.parametrize(
    ("blocks", "order", "rank"),
    [
        ([wide(1), tuple(M.T for M in wide(1))], 3, 2),
        ([wide(2), tuple(M.T for M in wide(1)), ([[-2.0]], [[1.0]])], 5, 4),
        ([wide(0), tuple(M.T for M in wide(0)), ([[1.0]], [[0.0]])], 2, 1),
        ([wide(1), wide(1), tuple(M.T for M in wide(2)), tuple(M.T for M in wide(1))], 7, 5),
        ([([[0.0]], [[0.0]])], 1, 0),
    ],
)
def test_singular_pencils_are_refused_with_their_normal_rank(rng, blocks, order, rank):
    A, E = kronecker(rng, order, order, [tuple(map(np.atleast_2d, block)) for block in blocks])
    assert normal_rank(A, E) == rank
    with pytest.raises(SingularPencilError, match=f"of normal rank {order}.*of normal rank {rank}"):
        infinite_staircase(A, E)


def test_a_regular_pencil_has_full_normal_rank(rng, complex_entries):
    A, E, _ = pencil_of(rng, 4, (3, 2), complex_entries=complex_entries)
    assert normal_rank(A, E) == 9
    assert normal_rank(np.zeros((0, 0)), np.zeros((0, 0))) == 0


def test_ranks_are_decided_at_the_tolerance(rng):
    left, right = random_gauge(rng, 4), random_gauge(rng, 4)
    A, E = left @ right, left @ np.diag([1.0, 1.0, 1.0, 1e-8]) @ right
    assert rank_tolerance(4) < 1e-13
    assert infinite_staircase(A, E).sizes == ()
    assert infinite_staircase(A, E, 1e-6).sizes == (1,)


def test_the_example_of_a_polynomial_system_matrix():
    """SLICOT's example AG08BD, whose pencil has three infinite blocks of size 3.

    DescriptorSystems.jl states ``miev == [3, 3, 3]``, ``niev == 9`` and ``nfev == 0`` (test/test_analysis.jl).
    """
    A, E = np.eye(9), la.block_diag(*[np.eye(3, k=-1)] * 3)
    form = infinite_staircase(A, E)
    assert (form.sizes, form.infinite, form.finite) == ((3, 3, 3), 9, 0)


def structure_by_slicot(A, E):
    """Normal rank, multiplicities of the infinite eigenvalues and number of the finite ones, by AG08BD."""
    slycot = pytest.importorskip("slycot")
    n, none = len(A), np.zeros((1, len(A)))  # inputs and outputs that are not there have storage for one
    finite, _, rank, *_, infinite, _ = slycot.ag08bd(n, n, 0, 0, A, E, none.T, none, np.zeros((1, 1)))
    return rank, sorted(int(size) for size in infinite if size), len(finite)


@pytest.mark.parametrize("blocks", [blocks for blocks in STRUCTURES if blocks])
def test_slicot_finds_the_same_structure(rng, blocks):
    A, E, _ = pencil_of(rng, 4, blocks)
    rank, multiplicities, finite = structure_by_slicot(A, E)
    form = infinite_staircase(A, E)
    ours = [k for k, size in enumerate(np.diff([*form.sizes, 0]), start=1) for _ in range(-size)]
    assert (normal_rank(A, E), ours, form.finite) == (rank, multiplicities, finite)


def test_slicot_finds_the_same_normal_rank(rng):
    blocks = [wide(2), tuple(M.T for M in wide(1)), (np.array([[-2.0]]), np.ones((1, 1)))]
    A, E = kronecker(rng, 5, 5, blocks)
    assert normal_rank(A, E) == structure_by_slicot(A, E)[0] == 4
