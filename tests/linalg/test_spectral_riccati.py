"""Minimal solutions of the Riccati equations of spectral factors: residuals, extremality, and where there are none."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.spectral_densities import SpectralDensity
from dlnbalance.linalg.spectral_riccati import minimal_factor, minimal_factors

from ..models import assert_small, random_system


def problem(rng, share, *, complex_entries=False, discrete=False, make=SpectralDensity.contractive, n=7):
    """A density whose least eigenvalue is a given share of what it could be, and that of the adjoint system."""
    system = random_system(rng, n, 2, 2, complex_entries=complex_entries, discrete=discrete)
    A, B, C, D = system.A, system.B, system.C, system.D
    if make == SpectralDensity.contractive:
        gamma = float(dln.hinf_norm(system)) * (1 + share)
        B, C, D = B / np.sqrt(gamma), C / np.sqrt(gamma), D / gamma
    else:
        least, *_ = make(A, B, C, D, discrete=discrete).least()
        D = D + (share - least) / 2 * np.eye(2)
    return make(A, B, C, D, discrete=discrete), make(*map(adjoint, (A, C, B, D)), discrete=discrete)


def relative_residual(density, half):
    """Of the Riccati equation itself, by its own formula."""
    A, X = density.A, adjoint(half) @ half
    if density.discrete:
        R, K = density.weight - adjoint(density.B) @ X @ density.B, density.cross + adjoint(density.B) @ X @ A
        terms = [adjoint(A) @ X @ A, -X]
    else:
        R, K = density.weight, density.cross + adjoint(density.B) @ X
        terms = [adjoint(A) @ X, X @ A]
    terms += [adjoint(density.C) @ density.C, adjoint(K) @ la.solve(R, K)]
    return la.norm(sum(terms)) / sum(map(la.norm, terms))


@pytest.mark.parametrize("make", [SpectralDensity.contractive, SpectralDensity.positive])
@pytest.mark.parametrize("share", [1.0, 1e-2, 1e-4, 1e-8])
def test_both_equations_are_solved(rng, complex_entries, discrete, make, share):
    density, dual = problem(rng, share, complex_entries=complex_entries, discrete=discrete, make=make)
    found, other = minimal_factors(density, dual)
    assert 0 < found.steps <= 25
    assert_small(relative_residual(density, found.half), 1.0, 2000)  # seen: 100
    assert_small(relative_residual(dual, other.half), 1.0, 2000)


def test_the_dual_solution_is_the_one_that_its_own_equation_gives(rng, complex_entries, discrete):
    density, dual = problem(rng, 0.1, complex_entries=complex_entries, discrete=discrete)
    _, other = minimal_factors(density, dual)
    alone = minimal_factor(dual)
    assert_small(la.norm(adjoint(other.half) @ other.half - adjoint(alone.half) @ alone.half), 1.0, 1e6)


def test_the_solution_is_the_least(rng, discrete):
    """The closed loop of the minimal solution is stable, and scipy's, whose closed loop is, is the same."""
    density, _ = problem(rng, 0.1, discrete=discrete)
    half = minimal_factor(density).half
    solve = la.solve_discrete_are if discrete else la.solve_continuous_are
    C = density.C
    expected = solve(density.A, density.B, C.T @ C, -density.weight, s=adjoint(density.cross))
    assert la.norm(half.T @ half - expected) <= 1e-10 * la.norm(expected)


def test_the_spectral_factor_is_one(rng, complex_entries, discrete):
    density, _ = problem(rng, 0.1, complex_entries=complex_entries, discrete=discrete)
    root, output = density.factor(minimal_factor(density).half)
    points = np.exp(1j * np.linspace(0, 3, 5)) if discrete else 1j * np.linspace(0, 3, 5)
    for point, values in zip(points, density.eigenvalues(points), strict=True):
        V = root - output @ la.solve(point * np.eye(7) - density.A, density.B)
        np.testing.assert_allclose(la.svdvals(V)[::-1] ** 2, values, rtol=0, atol=1e-11)


def test_small_singular_values_of_the_factor_have_digits():
    """Two states that the input reaches weakly: X = H*H would leave the smaller one to rounding."""
    A, B, C = -np.diag([1.0, 2.0]), np.array([[1e-3], [1e-3]]), np.array([[0.5, 0.0], [0.0, 1e-9]])
    density = SpectralDensity.contractive(A, B, C, np.zeros((2, 1)), discrete=False)
    assert la.svdvals(minimal_factor(density).half)[1] == pytest.approx(0.5e-9, rel=1e-6)


@pytest.mark.parametrize("make", [SpectralDensity.contractive, SpectralDensity.positive])
def test_there_is_no_solution_where_the_density_is_not_positive(rng, complex_entries, discrete, make):
    density, dual = problem(rng, -1e-4, complex_entries=complex_entries, discrete=discrete, make=make)
    for each in (density, dual):
        with pytest.raises(np.linalg.LinAlgError):
            minimal_factor(each)


def test_stiff_equations_take_the_extended_pencil():
    """1/(s + 1) + d: −2X + (1 − X)²/(2d) = 0."""
    one, d = np.ones((1, 1)), 1e-9
    density = SpectralDensity.positive(-one, one, one, d * one, discrete=False)
    found, other = minimal_factors(density, density)
    assert found.steps == other.steps == 0
    assert (found.half.T @ found.half).item() == pytest.approx(1 / (1 + 2 * d + 2 * np.sqrt(d + d**2)), rel=1e-13)


def test_no_states(discrete):
    empty = np.zeros((0, 0)), np.zeros((0, 2)), np.zeros((2, 0)), np.eye(2)
    density = SpectralDensity.positive(*empty, discrete=discrete)
    assert [each.half.shape[1] for each in minimal_factors(density, density)] == [0, 0]
