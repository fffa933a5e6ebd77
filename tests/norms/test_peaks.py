"""Peaks of responses against published values, on systems that are not stable, too."""

import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.norms.gain_curves import GainCurve
from dlnbalance.norms.level_sets import LevelSets
from dlnbalance.norms.peaks import checked_peak, largest_gain, largest_gains, peak_gain

from ..models import random_matrix
from .models import A2, B2, C2, lightly_damped


def test_published_value_complex_with_a_negative_peak_frequency():
    system = dln.LinearSystem((1 + 1j) * A2, (1 + 1j) * B2, (1 + 1j) * C2)
    peak = peak_gain(lambda omega: dln.frequency_response(system, omega), system)  # an L∞ norm: one unstable pole
    assert peak.value == pytest.approx(56.23755418449257, rel=1e-9)
    assert peak.frequency == pytest.approx(-3.952242830041314, rel=1e-6)


def test_peak_gain_prints_and_converts():
    peak = dln.PeakGain(value=2.0, frequency=3.0)
    assert float(peak) == 2.0
    assert str(peak) == "2 at 3 rad/s"


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (4, 1)])
def test_largest_gains_are_spectral_norms(rng, shape):
    stack = np.array([random_matrix(rng, *shape, complex_entries=True) for _ in range(5)])
    np.testing.assert_allclose(largest_gains(stack), [la.norm(M, 2) for M in stack], rtol=1e-13)


def test_where_doubts_touch_the_digits_they_are_printed():
    peak = dln.PeakGain(value=2.0, frequency=np.inf, uncertainty=1e-3, rounding=1e-5)
    assert str(peak) == "2 at infinite frequency (by a model that is exact to 1.0e-03) (rounding: up to 1.0e-05)"
    assert dln.PeakGain(value=2.0, frequency=1.0, rounding=1e-9).doubt == ""


def test_a_peak_between_poles():
    """s/((s + 1)(s + r²)) is largest at r, with the gain 1/(1 + r²): no pole tells of that frequency."""
    for r in (3.0, 1e3):
        system = dln.LinearSystem([[-1 - r * r, -r * r], [1.0, 0.0]], [[1.0], [0.0]], [[1.0, 0.0]])
        peak = peak_gain(lambda omega, system=system: dln.frequency_response(system, omega), system)
        assert peak.value == pytest.approx(1 / (1 + r * r), rel=1e-9)
        assert peak.frequency == pytest.approx(r, rel=1e-4)


def test_anything_but_a_peak_is_refused():
    with pytest.raises(InvalidArgumentError, match="peak: expected a PeakGain"):
        checked_peak("peak", 2.0)
    peak = dln.PeakGain(value=1.0, frequency=0.0)
    assert checked_peak("peak", peak) is peak


@pytest.mark.parametrize("discrete", [False, True])
def test_one_level_set_and_a_handful_of_steps_lead_to_the_peak(rng, monkeypatch, discrete):
    """Newton's method doubles the digits with every step; where the search starts well, nothing is left to find."""
    counts = Counter()

    def counted(name, method):
        def call(*arguments):
            counts[name] += 1
            return method(*arguments)

        return call

    for kind, name in ((GainCurve, "slopes"), (LevelSets, "__call__")):
        monkeypatch.setattr(kind, name, counted(name, getattr(kind, name)))
    peak = largest_gain(lightly_damped(0.01, [1.0, 1.3, 20.0], rng, discrete=discrete))
    assert np.isfinite(peak.value)
    assert counts["__call__"] == 1
    assert counts["slopes"] <= 6


@pytest.mark.parametrize("shift", [0.0, 1e-7, 3e-6, 2e-5])
def test_the_peak_of_a_response_beside_that_of_its_model(shift):
    """The model says where to look; value and frequency are those of the response."""
    damping = 0.01
    model, exact = (
        dln.LinearSystem([[0.0, w], [-w, -2 * damping * w]], [[0.0], [w]], [[1.0, 0.0]]) for w in (1 + shift, 1.0)
    )
    peak = peak_gain(lambda omega: dln.frequency_response(exact, omega), model)
    assert peak.value == pytest.approx(1 / (2 * damping * np.sqrt(1 - damping**2)), rel=1e-13)
    assert peak.frequency == pytest.approx(np.sqrt(1 - 2 * damping**2), rel=1e-8)


def test_norms_do_without_the_optimizers_of_scipy():
    """They take a third of a second to load."""
    code = (
        "import sys, dlnbalance as dln; system = dln.LinearSystem([[-1, 1], [0, -2]], [1, 1], [1, 1]);"
        "dln.hinf_norm(system); dln.reduce(system, 1).error(); print('scipy.optimize' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_many_lightly_damped_poles_of_a_small_system(rng):
    """More of them than are started from, too few states for the modal form: the largest in all is found."""
    system = lightly_damped(1e-3, np.linspace(1.0, 5.0, 15), rng)
    omega = np.linspace(0.9, 5.1, 20001)
    grid = dln.norms.largest_gains(dln.frequency_response(system, omega)).max()
    assert grid <= dln.hinf_norm(system).value * (1 + 1e-9)
    assert dln.hinf_norm(system).value <= 1.05 * grid
