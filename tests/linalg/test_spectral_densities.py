"""Spectral densities: their values, and the least of them over all frequencies."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.spectral_densities import SpectralDensity

from ..models import assert_small, random_system

KINDS = [SpectralDensity.contractive, SpectralDensity.positive]


def value(make, G):
    return np.eye(G.shape[1]) - adjoint(G) @ G if make == SpectralDensity.contractive else G + adjoint(G)


@pytest.mark.parametrize("make", KINDS)
def test_the_eigenvalues_are_those_of_the_transfer_function(rng, complex_entries, discrete, make):
    system = random_system(rng, 5, 2, 2, complex_entries=complex_entries, discrete=discrete)
    density = make(system.A, system.B, system.C, system.D, discrete=discrete)
    omega = np.linspace(-3, 3, 7)
    points = np.exp(1j * omega) if discrete else 1j * omega
    for point, values in zip(points, density.eigenvalues(points), strict=True):
        expected = la.eigvalsh(value(make, system(point)))
        assert_small(la.norm(values - expected), la.norm(expected), 1e4)  # the resolvent has a norm of some 10


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("order", [1, 6])
def test_the_least_eigenvalue_is_below_all_others_and_reached(rng, complex_entries, discrete, make, order):
    system = random_system(rng, order, 2, 2, complex_entries=complex_entries, discrete=discrete)
    density = make(system.A, system.B, system.C, system.D, discrete=discrete)
    least, point, _ = density.least()
    line = np.linspace(-np.pi, np.pi, 4001)
    points = np.exp(1j * line) if discrete else 1j * np.tan(line[1:-1] / 2)
    values = density.eigenvalues(points)
    size = np.abs(values).max()
    assert least <= values.min() + 1e-9 * size
    reached = la.eigvalsh(density.weight) if np.isinf(point) else density.eigenvalues(np.array([point]))[0]
    assert abs(reached[0] - least) <= 1e-9 * size
    assert np.isinf(point) or abs(abs(point) - 1 if discrete else point.real) <= 1e-12


def test_the_largest_gain_is_the_h_infinity_norm(rng, discrete):
    system = random_system(rng, 6, 2, 3, discrete=discrete)
    density = SpectralDensity.contractive(system.A, system.B, system.C, system.D, discrete=discrete)
    least, point, _ = density.least()
    peak = dln.hinf_norm(system)
    assert np.sqrt(1 - least) == pytest.approx(peak.value, rel=1e-8)
    omega = abs(np.angle(point)) / 0.1 if discrete else abs(point)
    assert omega == pytest.approx(peak.frequency, rel=1e-3)


def test_a_peak_at_infinite_frequency():
    one = np.ones((1, 1))
    density = SpectralDensity.positive(-one, one, one, 0.25 * one, discrete=False)  # ½ + 2/(1 + ω²)
    assert density.least()[:2] == (0.5, complex(np.inf))


def test_a_density_that_is_zero(discrete):
    zero = np.zeros((1, 1))
    density = SpectralDensity.positive(zero - 0.5, zero, zero, zero, discrete=discrete)
    assert density.least()[0] == 0.0


def test_digits_of_gains_next_to_one_are_kept():
    D = np.array([[1 - 1e-12]])
    empty = np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0))
    density = SpectralDensity.contractive(*empty, D, discrete=False)
    assert density.weight.item() == pytest.approx((1 - D.item()) * (1 + D.item()), rel=1e-15)


def test_a_factor_gives_the_density_back(rng, complex_entries, discrete):
    """V = R − Kx has V*V = Φ − x*(Riccati residual)x: at X = 0 the residual is C*C + K*K."""
    system = random_system(rng, 4, 2, 2, complex_entries=complex_entries, discrete=discrete, feedthrough=False)
    density = SpectralDensity.contractive(system.A, system.B, system.C, system.D, discrete=discrete)
    root, output = density.factor(np.zeros((0, 4)))
    point = np.exp(0.7j) if discrete else 0.7j
    x = la.solve(point * np.eye(4) - system.A, system.B)
    V = root - output @ x
    residual = adjoint(system.C) @ system.C + adjoint(output) @ output
    expected = value(SpectralDensity.contractive, system(point))
    assert_small(la.norm(adjoint(V) @ V - adjoint(x) @ residual @ x - expected), la.norm(expected), 1e4)
