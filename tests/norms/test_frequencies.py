"""The frequencies at which rounding is looked at."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.norms.frequencies import least_damped, telling_frequencies

from ..models import random_matrix


@pytest.mark.parametrize("discrete", [False, True])
def test_telling_frequencies_are_those_of_the_poles(rng, discrete):
    resonance = 3.0 if not discrete else 1.0
    A = la.block_diag([[-1e-6, resonance], [-resonance, -1e-6]], -np.eye(1))
    A = la.expm(A) if discrete else A
    omega = telling_frequencies(
        dln.LinearSystem(A, random_matrix(rng, 3, 1), np.ones((1, 3)), dt=1.0 if discrete else 0)
    )
    assert omega[0] == 0
    assert np.abs(omega - resonance).min() < 1e-9
    assert np.abs(omega - 1.0).min() < 1e-9
    assert (np.diff(omega) > 0).all()


@pytest.mark.parametrize("discrete", [False, True])
def test_the_least_damped_come_first(discrete):
    """Of 70 pairs of poles the 32 of least damping, both members each, and frequency zero."""
    angles, damping = np.linspace(0.1, 3.0, 70), np.linspace(1e-3, 0.5, 70)
    blocks = [
        np.exp(-d) * np.array([[np.cos(w), np.sin(w)], [-np.sin(w), np.cos(w)]])
        if discrete
        else w * np.array([[-d, 1.0], [-1.0, -d]])
        for w, d in zip(angles, damping, strict=True)
    ]
    system = dln.LinearSystem(la.block_diag(*blocks), np.ones((140, 1)), np.ones((1, 140)), dt=1.0 if discrete else 0)
    np.testing.assert_allclose(least_damped(system), np.append(0.0, angles[:32]), rtol=1e-9)


def test_frequencies_of_complex_systems_have_signs():
    system = dln.LinearSystem([[-0.1 - 3j]], [[1.0]], [[1.0]])
    np.testing.assert_allclose(least_damped(system), [-3.0, 0.0], rtol=1e-12)
    assert np.abs(telling_frequencies(system) - np.abs(-0.1 - 3j)).min() <= 1e-12
