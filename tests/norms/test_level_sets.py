"""Level sets of gains against closed forms."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.norms.gain_curves import GainCurve
from dlnbalance.norms.level_sets import LevelSets, to_continuous

from ..models import random_system


def crossings(system, level):
    """Those of the candidates at which the level is attained."""
    found, curve = LevelSets(system)(level), GainCurve(system)
    return found[[abs(curve.gain(omega) / level - 1) < 1e-8 for omega in found]]


def test_a_lag_crosses_every_level_below_its_gain_at_zero():
    lag = dln.LinearSystem([[-2.0]], [[1.0]], [[2.0]])
    for level in (0.5, 0.99, 1 - 1e-5):
        np.testing.assert_allclose(crossings(lag, level), [2 * np.sqrt(1 / level**2 - 1)], rtol=1e-8)
    assert LevelSets(lag)(1 + 1e-9).size <= 3  # zero, which is near, and no other
    assert crossings(lag, 1.5).size == 0


def test_a_discrete_lag():
    pole, dt = 0.5, 0.1
    lag = dln.LinearSystem([[pole]], [[1.0]], [[1.0]], dt=dt)
    level = 1 / abs(np.exp(0.7j) - pole)
    np.testing.assert_allclose(crossings(lag, level), [0.7 / dt], rtol=1e-10)


def test_below_the_gain_at_the_end_of_the_axis_the_end_is_a_candidate():
    np.testing.assert_array_equal(LevelSets(dln.LinearSystem([[-0.5]], [[1.0]], [[1.0]], dt=0.1))(1.5), [10 * np.pi])
    np.testing.assert_array_equal(LevelSets(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], [[2.0]]))(1.5), [np.inf])


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("feedthrough", [False, True])
def test_wherever_the_gain_exceeds_a_level_it_does_so_at_a_candidate(rng, discrete, complex_entries, feedthrough):
    """On each interval of a fine grid above the level, however short, there is one; far above and near the peak."""
    for _ in range(10):
        system = random_system(
            rng, 5, 2, 2, discrete=discrete, complex_entries=complex_entries, feedthrough=feedthrough
        )
        peak, curve = dln.hinf_norm(system), GainCurve(system)
        angles = np.linspace(-np.pi, np.pi, 802)[1:-1]
        omega = angles / system.sampling_time if discrete else np.tan(angles / 2)
        omega = omega if complex_entries else omega[omega >= 0]
        for level in (0.5 * peak.value, 0.9 * peak.value, peak.value * (1 - 1e-8)):
            found = LevelSets(system)(level)
            assert curve.gains(found).max() >= level
            if level <= curve.gain(system.nyquist_frequency):
                continue
            above = np.flatnonzero(curve.gains(omega) > level * (1 + 1e-9))
            for interval in np.split(above, np.flatnonzero(np.diff(above) > 1) + 1):
                if interval.size and interval[0] > 0 and interval[-1] < omega.size - 1:
                    low, high = omega[interval[0] - 1], omega[interval[-1] + 1]
                    assert curve.gains(found[(found >= low) & (found <= high)]).max() > level


def test_the_map_to_continuous_time_keeps_gains(rng):
    system = random_system(rng, 4, 2, 2, discrete=True)
    A, B, C, D, dt = system.to_tuple()
    mapped = dln.LinearSystem(*to_continuous(A, B, C, D))
    omega = np.array([0.0, 0.5, 2.0])
    at = 2 * np.arctan(omega) / dt
    np.testing.assert_allclose(
        dln.frequency_response(mapped, omega), dln.frequency_response(system, at), rtol=1e-10, atol=1e-12
    )


def test_levels_below_the_gain_at_infinity_have_crossings_too():
    """A notch: |G| = ½ on both sides of its bottom, which a search in a band asks for."""
    notch = dln.LinearSystem([[0.0, 1.0], [-1.0, -2.0]], [[0.0], [1.0]], [[0.0, -1.9]], [[1.0]])
    level_sets = LevelSets(notch)
    assert level_sets(0.5).tolist() == [np.inf]
    gains = np.abs([notch(1j * omega).item() for omega in level_sets.crossings(0.5)])
    assert np.count_nonzero(np.abs(gains - 0.5) < 1e-9) == 2
