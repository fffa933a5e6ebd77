"""Peaks of responses against published values, on systems that are not stable, too."""

import pytest

import dlnbalance as dln
from dlnbalance.norms.peaks import peak_gain

from .models import A2, B2, C2


def test_published_value_complex_with_a_negative_peak_frequency():
    system = dln.LinearSystem((1 + 1j) * A2, (1 + 1j) * B2, (1 + 1j) * C2)
    peak = peak_gain(lambda omega: dln.frequency_response(system, omega), system)  # an L∞ norm: one unstable pole
    assert peak.value == pytest.approx(56.23755418449257, rel=1e-9)
    assert peak.frequency == pytest.approx(-3.952242830041314, rel=1e-6)


def test_peak_gain_prints_and_converts():
    peak = dln.PeakGain(value=2.0, frequency=3.0)
    assert float(peak) == 2.0
    assert str(peak) == "2 at 3 rad/s"
