"""Bands of frequencies: what is asked for, and where that is on the axis of a system."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.gramians.bands import bands_in_words, bands_of, checked_bands, is_everything

REAL = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])
COMPLEX = dln.LinearSystem([[-1.0 + 1j]], [[1.0]], [[1.0]])
SAMPLED = dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=0.1)
INF = np.inf


@pytest.mark.parametrize(
    ("bands", "found"),
    [
        ([(1, 2)], ((1.0, 2.0),)),
        ((1, 2), ((1.0, 2.0),)),
        (np.array([[3.0, 4.0], [1.0, 3.0]]), ((1.0, 4.0),)),
        ([(0, INF), (5, 6)], ((0.0, INF),)),
        (((-INF, -1), (1, INF)), ((-INF, -1.0), (1.0, INF))),
    ],
)
def test_bands_are_made_disjoint(bands, found):
    assert checked_bands(bands) == found


@pytest.mark.parametrize("bands", [[], [(1,)], [(2, 1)], [(1, 1)], [(0, np.nan)], "ab", 3, [(0, "a")], [1, 2, 3], None])
def test_what_is_refused(bands):
    with pytest.raises(InvalidArgumentError, match="bands"):
        checked_bands(bands)


@pytest.mark.parametrize(
    ("system", "bands", "exclude", "found"),
    [
        (REAL, [(-2, 1)], False, ((0.0, 2.0),)),
        (REAL, [(-3, -2), (2.5, 4)], False, ((2.0, 4.0),)),
        (COMPLEX, [(-2, 1)], False, ((-2.0, 1.0),)),
        (REAL, [(1, 2)], True, ((0.0, 1.0), (2.0, INF))),
        (COMPLEX, [(1, 2)], True, ((-INF, 1.0), (2.0, INF))),
        (REAL, [(0, 2)], True, ((2.0, INF),)),
        (SAMPLED, [(2, INF)], False, ((2.0, np.pi / 0.1),)),
        (SAMPLED, [(2, 31.415926535897935)], True, ((0.0, 2.0),)),
    ],
)
def test_on_the_axis_of_a_system(system, bands, exclude, found):
    assert bands_of(system, bands, exclude=exclude) == found


def test_refusals_name_the_reason():
    with pytest.raises(InvalidArgumentError, match=r"up to the Nyquist frequency 31\.4159, got 40"):
        bands_of(SAMPLED, [(1, 40)])
    with pytest.raises(InvalidArgumentError, match="exclude fewer"):
        bands_of(REAL, [(0, INF)], exclude=True)


def test_everything_and_words():
    assert is_everything(REAL, ((0.0, INF),))
    assert is_everything(SAMPLED, bands_of(SAMPLED, [(0, INF)]))
    assert not is_everything(COMPLEX, ((0.0, INF),))
    assert bands_in_words(dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=True), [(0.0, 1.5)]) == "0 to 1.5 rad/sample"
