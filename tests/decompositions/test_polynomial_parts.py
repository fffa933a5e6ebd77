"""Polynomial parts of descriptor systems, and their minimal realizations."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.decompositions.polynomial_parts import polynomial_split, polynomial_system
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, random_matrix
from .descriptor_models import weierstrass

STRUCTURES = [(1,), (2,), (1, 1, 1), (2, 2, 1), (3, 2), (4, 1), (3, 3, 3)]


def polynomial_at(polynomial, z):
    """Value of s D_1 + s² D_2 + … at one point."""
    return sum(D * z ** (k + 1) for k, D in enumerate(polynomial))


@pytest.mark.parametrize("finite", [0, 1, 8])
@pytest.mark.parametrize("blocks", STRUCTURES)
def test_parts_are_those_of_the_weierstrass_form(rng, finite, blocks, complex_entries, discrete):
    system, proper, polynomial = weierstrass(rng, finite, blocks, complex_entries=complex_entries, discrete=discrete)
    found = polynomial_split(system)
    assert found.proper.nstates == finite
    assert found.proper.is_complex == complex_entries
    assert (found.proper.dt, found.proper.name, found.proper.inputs) == (system.dt, "plant", system.inputs)
    assert len(found.polynomial) == len(polynomial) == max(blocks) - 1
    sizes = found.parts.condition * max((la.norm(D) for D in polynomial), default=0.0)
    for D, exact in zip(found.polynomial, polynomial, strict=True):
        assert_small(la.norm(D - exact), sizes, 5000)  # 500 was seen
    for z in (0.3 + 1.1j, 4.0j):
        exact = proper(z)
        assert_small(la.norm(found.proper(z) - exact), found.parts.condition * la.norm(exact), 5000)  # 300 was seen


@pytest.mark.parametrize("blocks", [(2,), (3, 2), (4, 1), (2, 2, 1)])
def test_modes_at_infinity_that_inputs_or_outputs_do_not_see_leave_no_polynomial(rng, blocks, complex_entries):
    system, proper, _ = weierstrass(rng, 4, blocks, complex_entries=complex_entries, hidden=True)
    A, E, B, C = system.A, system.E, system.B, system.C
    dual = LinearSystem(A.conj().T, C.conj().T, B.conj().T, system.D.conj().T, E=E.conj().T)
    for model, exact in ((system, proper(1.5j)), (dual, proper(-1.5j).conj().T)):
        found = polynomial_split(model)
        assert found.parts.form.index == max(blocks)
        assert found.polynomial == ()
        np.testing.assert_allclose(found.proper(1.5j), exact, rtol=0, atol=1e-11)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_a_small_polynomial_is_not_lost_beside_a_large_proper_part(scale):
    """1e6/(s + 1) + scale s: what decides is what rounding could make of it."""
    A = la.block_diag(-1.0, np.eye(2))
    E = la.block_diag(1.0, [[0.0, 1.0], [0.0, 0.0]])
    system = LinearSystem(A, [[1e3], [0.0], [1.0]], [[1e3, -scale, 0.0]], E=E)
    [D] = polynomial_split(system).polynomial
    assert_small(abs(D.item() - scale), scale, 10)


@pytest.mark.parametrize(
    ("polynomial", "order"),
    [
        ([[[1.0]]], 2),
        ([[[0.0]], [[1.0]]], 3),
        ([[[5.0]], [[1.0]]], 3),
        ([[[1.0]], [[1e-3]], [[1e-6]]], 4),
        ([[[1.0, 2.0], [2.0, 4.0]]], 2),
        ([[[1.0, 0.0], [0.0, 1.0]]], 4),
        ([[[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]]], 5),
        ([[[0.0, 1.0]], [[1.0, 0.0]]], 3),
        ([[[1j]]], 2),
    ],
)
def test_realizations_of_polynomials_are_minimal_and_nilpotent(polynomial, order):
    polynomial = tuple(map(np.array, polynomial))
    p, m = polynomial[0].shape
    like = LinearSystem(
        [[-1.0]], np.ones((1, m)), np.ones((p, 1)), dt=0.1, name="plant", inputs=[f"a{k}" for k in range(m)]
    )
    found = polynomial_system(like, polynomial)
    assert found.nstates == order
    assert (found.dt, found.name, found.inputs) == (0.1, "plant", like.inputs)
    np.testing.assert_array_equal(np.linalg.matrix_power(found.E, len(polynomial) + 1), 0)
    for z in (0.0, 0.7 + 0.2j, -3.0j, 1e3):
        exact = np.asarray(polynomial_at(polynomial, z))
        scale = sum(la.norm(D) * (1 + abs(z) ** (k + 1)) for k, D in enumerate(polynomial)) + la.norm(found.D)
        assert_small(la.norm(found(z) - exact), scale, 500)  # 20 was seen
    grown = polynomial_split(found)
    for D, exact in zip(grown.polynomial, polynomial, strict=True):
        assert_small(la.norm(D - exact), max(map(la.norm, polynomial)), 1000)
    assert_small(la.norm(grown.proper.D), la.norm(polynomial[0]) + la.norm(found.D), 1000)


def test_random_polynomials_have_the_order_of_their_hankel_matrix(rng, complex_entries):
    polynomial = tuple(random_matrix(rng, 3, 2, complex_entries=complex_entries) for _ in range(3))
    like = LinearSystem([[-1.0]], np.ones((1, 2)), np.ones((3, 1)))
    found = polynomial_system(like, polynomial)
    assert found.nstates == 8  # four block columns of the leading coefficient, of rank 2
    z = 0.8 - 0.5j
    assert_small(la.norm(found(z) - polynomial_at(polynomial, z)), la.norm(polynomial), 500)
