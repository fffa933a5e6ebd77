"""Extended pencils: solutions of Riccati equations, also where the weight is next to nothing."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.linalg.extended_pencils import extended_solution
from dlnbalance.linalg.spectral_densities import SpectralDensity

from ..models import random_system


def test_the_solution_is_that_of_scipy(rng, complex_entries, discrete):
    system = random_system(rng, 5, 2, 3, complex_entries=complex_entries, discrete=discrete, feedthrough=False)
    D = 0.1 * rng.standard_normal((3, 2))
    A, B, C = system.A, system.B / (3 * float(dln.hinf_norm(system))), system.C
    density = SpectralDensity.contractive(A, B, C, D, discrete=discrete)
    solve = la.solve_discrete_are if discrete else la.solve_continuous_are
    expected = solve(A, B, C.conj().T @ C, D.conj().T @ D - np.eye(2), s=C.conj().T @ D)
    X = extended_solution(density)
    assert la.norm(X - expected) <= 1e-10 * la.norm(expected)


@pytest.mark.parametrize("weight", [1.0, 1e-4, 1e-8, 1e-12])
def test_small_weights_leave_the_digits_of_the_solution(weight):
    """1/(s + 1) + d: −2X + (1 − X)²/(2d) = 0, X = 1 + 2d − 2√(d + d²)."""
    one = np.ones((1, 1))
    density = SpectralDensity.positive(-one, one, one, weight * one, discrete=False)
    expected = 1 / (1 + 2 * weight + 2 * np.sqrt(weight + weight**2))
    assert extended_solution(density).item() == pytest.approx(expected, rel=1e-13)


def test_there_is_no_solution_without_as_many_stable_eigenvalues():
    one = np.ones((1, 1))
    density = SpectralDensity.contractive(-one, one, 2 * one, 0 * one, discrete=False)  # eigenvalues ±i√3
    with pytest.raises(np.linalg.LinAlgError):
        extended_solution(density)
