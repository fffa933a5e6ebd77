"""What a picture is of: names, channels, units."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.plotting.subjects import chosen_channels, gain_unit, subjects_of, unit_of

from ..models import random_system

LAG = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])


@pytest.mark.parametrize(
    "name, unit",
    [
        ("force [N]", "N"),
        ("speed (m/s)", "m/s"),
        ("u[0]", ""),
        ("y[12]", ""),
        ("plain", ""),
        ("way[mm]", "mm"),
        ("[]", ""),
    ],
)
def test_units_stand_in_brackets(name, unit):
    assert unit_of(name) == unit


def test_a_gain_has_a_unit_where_all_signals_agree():
    pair = dln.LinearSystem(-np.eye(2), np.eye(2), np.eye(2), inputs=["a [V]", "b [V]"], outputs=["c [A]", "d [W]"])
    assert not gain_unit(pair)
    [first, *_] = chosen_channels([pair], True)
    assert gain_unit(pair, first) == "A per V"


def test_names_of_systems():
    named = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], name="motor")
    assert subjects_of(named, None)[1:] == (["motor"], "motor: response")
    assert subjects_of([named, LAG], None)[1:] == (["motor", "n = 1"], "Response")
    assert subjects_of([named, LAG], ["a", "b"]).names == ["a", "b"]


def test_systems_with_other_signals_have_no_channels_in_common(rng):
    with pytest.raises(InvalidArgumentError, match="signals"):
        chosen_channels([LAG, random_system(rng, 3, 2, 1)], True)


def test_too_many_channels_are_refused(rng):
    wide = random_system(rng, 3, 7, 6)
    with pytest.raises(InvalidArgumentError, match="channels"):
        chosen_channels([wide], True)
    assert len(chosen_channels([wide], [(0, 6)])) == 1
