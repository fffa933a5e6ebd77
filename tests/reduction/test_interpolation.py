"""IRKA: the first-order conditions of the H2 norm hold, and local minima are found."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.reduction.interpolation import interpolated

from ..models import random_system


def conditions(system, reduced):
    """Largest relative defect of the three conditions, from transfer functions and their difference quotients."""
    A, B, C, _, _ = reduced.to_tuple()
    poles, vectors = np.linalg.eig(A)
    inputs, outputs = np.linalg.solve(vectors, B + 0j), C @ vectors
    worst, step = 0.0, 1e-4
    for pole, b, c in zip(poles, inputs.conj(), outputs.T, strict=True):
        mu = 1 / pole.conjugate() if system.is_discrete else -pole.conjugate()
        gap = system(mu) - reduced(mu)
        slopes = [(G(mu * (1 + step)) - G(mu * (1 - step))) / (2 * step * mu) for G in (system, reduced)]
        first, second = (c.conj() @ slope @ b for slope in slopes)
        size = np.linalg.norm(system(mu) - system.D)
        worst = max(
            worst,
            np.linalg.norm(gap @ b) / np.linalg.norm(b) / size,
            np.linalg.norm(c.conj() @ gap) / np.linalg.norm(c) / size,
            abs(first - second) / abs(first),
        )
    return worst


def test_meier_and_luenberger_conditions(rng, complex_entries, discrete):
    system = random_system(rng, 10, 2, 3, complex_entries=complex_entries, discrete=discrete)
    found = interpolated(system, dln.reduce(system, 4).linear)
    assert found.residual < 1e-9
    assert conditions(system, found.system) < 1e-5  # of the difference quotients


def test_no_neighbour_is_better(rng, discrete):
    """The H2 error does not fall in 40 random directions."""
    system = random_system(rng, 6, 1, 1, discrete=discrete, feedthrough=False)
    A, B, C, D, dt = interpolated(system, dln.reduce(system, 2).linear).system.to_tuple()
    least = dln.h2_norm(system - dln.LinearSystem(A, B, C, D, dt=dt))
    for _ in range(40):
        A1, B1, C1 = (M * (1 + 1e-3 * rng.standard_normal(M.shape)) for M in (A, B, C))
        assert dln.h2_norm(system - dln.LinearSystem(A1, B1, C1, D, dt=dt)) >= least * (1 - 1e-12)


def test_a_model_of_order_one_in_closed_form():
    """For 1/(s + 1) + 1/(s + 3) the pole −a of the best first-order model satisfies G(a) = c/2a, G'(a) = −c/4a²."""
    system = dln.LinearSystem(np.diag([-1.0, -3.0]), [[1.0], [1.0]], [[1.0, 1.0]])
    found = interpolated(system, dln.reduce(system, 1).linear).system
    a, c = -found.poles().real.item(), (found.C @ found.B).item()
    assert 1 / (a + 1) + 1 / (a + 3) == pytest.approx(c / (2 * a), rel=1e-10)
    assert 1 / (a + 1) ** 2 + 1 / (a + 3) ** 2 == pytest.approx(c / (4 * a**2), rel=1e-10)


def test_bases_are_biorthogonal_and_lead_to_the_model(rng):
    system = random_system(rng, 8, 2, 2)
    found = interpolated(system, dln.reduce(system, 3).linear)
    np.testing.assert_allclose(found.left.T @ found.right, np.eye(3), atol=1e-10)
    np.testing.assert_allclose(found.left.T @ system.A @ found.right, found.system.A, atol=1e-9)
