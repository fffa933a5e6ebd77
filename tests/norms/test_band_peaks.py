"""Peaks over bands against dense grids, at ends, at resonances, and below the gain at infinity."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.norms import band_peak, frequency_response, largest_gains
from dlnbalance.norms.sampled_peaks import sampled_band_peak

from ..models import random_system


def on_a_grid(system, bands, points=20001):
    omega = np.concatenate([np.linspace(*band, points) for band in bands])
    return float(largest_gains(frequency_response(system, omega)).max())


@pytest.mark.parametrize("seed", range(6))
def test_against_a_grid(seed, complex_entries, discrete):
    system = random_system(np.random.default_rng(seed), 8, 2, 2, complex_entries=complex_entries, discrete=discrete)
    bands = [(-3.0, -1.0), (0.3, 0.9)] if complex_entries else [(0.3, 0.9), (2.0, 20.0)]
    peak, grid = band_peak(system, bands), on_a_grid(system, bands)
    assert grid * (1 - 1e-9) <= peak.value <= grid * (1 + 1e-5)
    assert any(low <= peak.frequency <= high for low, high in bands)
    sampled = sampled_band_peak(lambda omega: frequency_response(system, omega), system, bands)
    assert 0.9 * peak.value <= sampled.value <= peak.value * (1 + 1e-12)
    assert any(low <= sampled.frequency <= high for low, high in bands)


def test_ends_and_resonances():
    resonance = dln.LinearSystem([[0.0, 1.0], [-1.0, -0.02]], [[0.0], [1.0]], [[1.0, 0.0]])
    inside, beside = band_peak(resonance, [(0.5, 2.0)]), band_peak(resonance, [(1.5, 2.0)])
    assert abs(inside.value - 50.002500188) < 1e-8
    assert beside.frequency == 1.5
    assert abs(beside.value - 1 / np.hypot(1 - 1.5**2, 0.02 * 1.5)) < 1e-12


def test_a_level_below_the_gain_at_infinity():
    """A notch: 1 at zero and at infinity, little between; the level sets of the band lie below ‖D‖."""
    notch = dln.LinearSystem([[0.0, 1.0], [-1.0, -2.0]], [[0.0], [1.0]], [[0.0, -1.9]], [[1.0]])
    bands = [(0.9, 1.3)]
    assert abs(band_peak(notch, bands).value - on_a_grid(notch, bands)) < 1e-9
    high = band_peak(notch, [(1.0, np.inf)])
    assert abs(high.value - 1) < 1e-9


def test_constants_and_zero():
    constant = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[-2.0]])
    assert band_peak(constant, [(1.0, 2.0)]).value == 2.0
    assert band_peak(0 * constant, [(1.0, 2.0)]).value == 0.0


def test_unstable_systems_have_gains_too():
    unstable = dln.LinearSystem([[1.0]], [[1.0]], [[1.0]])
    assert abs(band_peak(unstable, [(1.0, 3.0)]).value - 0.5**0.5) < 1e-12
