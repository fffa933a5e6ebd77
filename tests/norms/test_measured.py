"""Measured errors in words and as numbers."""

import pickle

import numpy as np
import pytest

from dlnbalance.norms.measured import Measured


@pytest.mark.parametrize(
    ("value", "place", "text"),
    [
        (0.25, "member 1", "0.25 at member 1"),
        (1 / 3, "", "0.333333"),
        (np.inf, "", "infinite"),
        (np.inf, "member 2", "infinite at member 2"),
        (0.0, "3 rad/s", "0 at 3 rad/s"),
        (1.5e-12, "time 3", "1.5e-12 at time 3"),
    ],
)
def test_in_words(value, place, text):
    error = Measured(value=value, norm="H2 error", place=place)
    assert str(error) == f"{error}" == text
    assert float(error) == value


def test_equal_measurements_are_equal_and_travel():
    error = Measured(value=0.5, norm="H2 error", place="member 1")
    assert pickle.loads(pickle.dumps(error)) == error
    assert error != Measured(value=0.5, norm="H∞ error", place="member 1")
    assert len({error, Measured(value=0.5, norm="H2 error", place="member 1")}) == 1
    with pytest.raises(AttributeError):
        error.value = 1.0
