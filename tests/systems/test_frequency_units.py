"""Frequencies in words, in rad/s or in Hz."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.systems.frequency_units import frequencies_in, frequency_text, shown_unit, unit_of, unit_size


def test_words_are_in_hertz_within_the_block_and_in_radians_again_after_it():
    peak = dln.hinf_norm(dln.LinearSystem([[0, 1], [-1, -0.2]], [[0], [1]], [[1, 0]]))
    with frequencies_in("Hz"):
        assert (shown_unit(), unit_of("rad/s"), unit_of("rad/sample")) == ("Hz", "Hz", "cycles/sample")
        assert unit_size() == pytest.approx(2 * np.pi, rel=1e-15)
        assert peak.place == f"{peak.frequency / (2 * np.pi):.6g} Hz"
        assert f"{peak}".endswith("Hz")
    assert peak.place == f"{peak.frequency:.6g} rad/s"
    assert frequency_text(1.25) == "1.25 rad/s"


def test_an_error_within_the_block_does_not_leave_hertz_behind():
    with pytest.raises(ZeroDivisionError), frequencies_in("Hz"):
        raise ZeroDivisionError
    assert shown_unit() == "rad/s"


def test_half_a_cycle_a_sample_is_the_end_of_the_axis_of_a_discrete_system():
    alternating = dln.LinearSystem([[-0.5]], [[1.0]], [[1.0]], dt=True)
    with frequencies_in("Hz"):
        assert dln.hinf_norm(alternating).place == "0.5 cycles/sample"


@pytest.mark.parametrize("unit", ["hz", "kHz", None, 1])
def test_other_units_are_refused(unit):
    with pytest.raises(InvalidArgumentError, match="'rad/s' or 'Hz'"), frequencies_in(unit):
        pass
