"""LU factors of descriptor matrices, and which coordinates they leave."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.errors import SingularDescriptorError
from dlnbalance.systems.coordinates import well_scaled
from dlnbalance.systems.descriptors import (
    DescriptorFactors,
    descriptor_coordinates,
    eigenvalues,
    explicit_coordinates,
)
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, random_gauge, random_matrix, random_pencil


def test_solutions_of_both_equations(rng, complex_entries):
    E = random_gauge(rng, 7, complex_entries=complex_entries)
    right = random_matrix(rng, 7, 3, complex_entries=complex_entries)
    factors = DescriptorFactors(E)
    assert_small(la.norm(E @ factors.solve(right) - right), la.norm(right), 20)
    assert_small(la.norm(E.conj().T @ factors.adjoint_solve(right) - right), la.norm(right), 20)
    inverse, magnitudes = factors.magnitudes
    np.testing.assert_allclose(inverse, np.abs(la.inv(E)), rtol=1e-12)
    np.testing.assert_array_equal(magnitudes, np.abs(E))


def test_units_of_states_and_equations_do_not_matter(rng):
    """Scales from 2^−400 to 2^400: solutions are only rescaled, and the condition is that of even scales."""
    E, right = random_gauge(rng, 6), random_matrix(rng, 6, 1)
    r, d = (2.0 ** rng.integers(-200, 200, 6) for _ in range(2))
    plain, scaled = DescriptorFactors(E), DescriptorFactors(r[:, None] * E * d)
    for condition in (plain.condition, scaled.condition):
        assert (
            1 <= condition <= 4 * np.sqrt(6) * 4
        )  # singular values from ½ to 2, and powers of two within a factor of 4
    np.testing.assert_allclose(scaled.solve(r[:, None] * right) * d[:, None], plain.solve(right), rtol=1e-12)


@pytest.mark.parametrize("scale", [1.0, 1e100])
def test_rank_one_is_singular_in_any_unit(scale):
    with pytest.raises(SingularDescriptorError, match="reciprocal condition number"):
        DescriptorFactors(np.array([[1.0, 2.0], [3.0, 6.0]]) * [scale, 1.0])


@pytest.mark.parametrize("discrete", [False, True])
def test_a_well_conditioned_descriptor_is_solved_away_and_a_singular_one_stays(rng, discrete):
    A, E = random_pencil(rng, 5, discrete=discrete, descriptor=True)
    B, C = random_matrix(rng, 5, 2), random_matrix(rng, 1, 5)
    nearly = np.eye(5) + 0.01 * random_matrix(rng, 5, 5)
    assert DescriptorFactors(nearly).condition < 8
    explicit = descriptor_coordinates(A, nearly, B, C, DescriptorFactors(nearly), discrete=discrete)
    assert explicit.E is None
    assert explicit.errors is not None
    E[:, 0] = E[:, 1]
    assert descriptor_coordinates(A, E, B, C, None, discrete=discrete).E is not None


@pytest.mark.parametrize("discrete", [False, True])
def test_explicit_coordinates_are_those_of_the_solved_system(rng, discrete):
    """With errors that bound, in units of eps, what solving did: seen against a solution in twice the precision."""
    A, E = random_pencil(rng, 6, discrete=discrete, descriptor=True)
    B, C = random_matrix(rng, 6, 1), random_matrix(rng, 1, 6)
    here = explicit_coordinates(A, B, C, DescriptorFactors(E), discrete=discrete)
    exact = [la.solve(E.astype(np.longdouble).astype(float), M) for M in (A, B)]
    d = here.states
    found = here.unit * here.A * d[:, None] / d, np.sqrt(here.unit) * here.B * d[:, None]
    bounds = here.errors[0] * here.unit * d[:, None] / d, here.errors[1] * np.sqrt(here.unit) * d[:, None]
    for ours, theirs, bound in zip(found, exact, bounds, strict=True):
        assert (np.abs(ours - theirs) <= 20 * np.finfo(float).eps * bound).all()
    reference = well_scaled(la.solve(E, A), None, la.solve(E, B), C, discrete=discrete)
    assert here.rate == reference.rate


@pytest.mark.parametrize("discrete", [False, True])
def test_poles_of_a_singular_descriptor_are_finite_or_infinite(rng, discrete):
    """QZ makes large finite eigenvalues of an infinite Jordan block: 1e5 of one of size 3, about eps^(−⅓)."""
    N, left, right = np.eye(3, k=1), random_gauge(rng, 5), random_gauge(rng, 5)
    A, E = left @ la.block_diag(-0.5, -0.25, np.eye(3)) @ right, left @ la.block_diag(np.eye(2), N) @ right
    system = LinearSystem(1e6 * A, np.ones((5, 1)), np.ones((1, 5)), E=E, dt=0.1 if discrete else 0)
    for poles in (system.poles(), eigenvalues(1e6 * A, E)):
        np.testing.assert_allclose(np.sort(poles[:2].real), [-0.5e6, -0.25e6], rtol=1e-11)
        assert np.isinf(poles[2:]).all()
    assert system.finite_form is system
