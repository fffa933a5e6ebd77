"""Pairs of factors that are Gramians of a system with the inputs and outputs of its spectral factors."""

import numpy as np
import pytest

from dlnbalance.gramians.spectral_pairs import extended_pair, extension, frequency_in_words, gramians_of_both
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.spectral_densities import SpectralDensity
from dlnbalance.linalg.spectral_riccati import minimal_factor
from dlnbalance.systems.linear_system import LinearSystem

from ..models import random_system

MOTOR = LinearSystem([[-1.0]], [[1.0]], [[0.6]])


def density_of(plant):
    here = plant.coordinates
    return SpectralDensity.contractive(here.A, here.B, here.C, plant.D, discrete=plant.is_discrete)


def test_the_gramian_of_the_output_is_the_solution(rng, complex_entries, discrete):
    system = random_system(rng, 5, 2, 2, complex_entries=complex_entries, discrete=discrete)
    plant = system.with_matrices(system.A, 1e-3 * system.B, system.C) - system.D
    density = density_of(plant)
    found = minimal_factor(density)
    end = extension(density, found)
    pair, _, half = extended_pair(plant, plant.coordinates.B, end.outputs)
    X = adjoint(found.half) @ found.half
    np.testing.assert_allclose(adjoint(half) @ half, X, rtol=0, atol=1e-12 * np.abs(X).max())
    assert end.residual(half) <= 1e-13
    np.testing.assert_allclose(half / plant.coordinates.states, pair.weights[1], rtol=0, atol=1e-12)


def test_a_solution_that_is_not_one_is_refused():
    density = density_of(MOTOR)
    end = extension(density, minimal_factor(density))
    half = np.array([[0.5]])  # X = 0.25 for 0.2
    assert end.residual(half) == pytest.approx(0.05 / 0.25)
    with pytest.raises(np.linalg.LinAlgError, match=r"a residual of 2\.0e-01"):
        end.words(half)


def test_complex_outputs_of_a_real_system():
    pair, *_ = extended_pair(MOTOR, np.array([[1.0]]), np.array([[0.3 + 0.4j]]))
    assert pair.is_complex
    assert pair.singular_values.item() == pytest.approx(0.25)


def test_the_size_is_that_of_both_gramians():
    density = density_of(MOTOR)
    dual = SpectralDensity.contractive(*map(adjoint, (density.A, density.C, density.B, MOTOR.D)), discrete=False)
    single, double = (gramians_of_both(MOTOR, density, dual, "test", size).network for size in (1.0, 2.0))
    assert double.singular_values.item() == pytest.approx(2 * single.singular_values.item(), rel=1e-14)


@pytest.mark.parametrize(
    "dt, point, words",
    [
        (0, 2j, "2 rad/s"),
        (0, -2j, "2 rad/s"),
        (0, complex(np.inf), "infinite frequency"),
        (0.1, np.exp(0.2j), "2 rad/s"),
        (True, np.exp(-0.2j), "0.2 rad/sample"),
    ],
)
def test_frequencies_in_words(dt, point, words):
    assert frequency_in_words(LinearSystem([[-0.75]], [[1.0]], [[1.0]], dt=dt), point) == words
    if abs(point.imag) == 2:
        fast = LinearSystem([[-768.0]], [[1.0]], [[1.0]])  # rates in units of 1024
        assert frequency_in_words(fast, point / 2) == "1024 rad/s"


def test_negative_frequencies_are_those_of_complex_systems():
    assert frequency_in_words(LinearSystem([[-0.75 + 0.1j]], [[1.0]], [[1.0]]), -2j) == "-2 rad/s"
