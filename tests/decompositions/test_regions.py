"""Regions of the complex plane."""

import numpy as np
import pytest

from dlnbalance.decompositions import Band, Decaying, Disc
from dlnbalance.errors import InvalidArgumentError

POLES = np.array([0.0, -1.0, -3.0 + 4.0j, 2.0])


@pytest.mark.parametrize(
    "region, inside",
    [
        (Decaying(1.0), [False, True, True, False]),
        (Decaying(0.0), [True, True, True, False]),
        (Decaying(-2.0), [True, True, True, True]),
        (Band(0.0, 2.0), [True, True, False, True]),
        (Band(1.5, 5.0), [False, False, True, True]),
        (Disc(-3.0 + 4.0j, 0.1), [False, False, True, False]),
    ],
)
def test_regions_contain_what_they_say(region, inside):
    assert region.contains(POLES, 0.0).tolist() == inside


@pytest.mark.parametrize("region", [Decaying(1.0), Band(0.4, 3.0)])
@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_rates_and_frequencies_mean_the_same_in_discrete_time(region, dt):
    poles = np.array([-0.5, -2.0, -0.2 + 1.0j, -1.5 - 2.0j])
    assert region.contains(np.exp(poles * dt), dt).tolist() == region.contains(poles, 0.0).tolist()


def test_a_pole_at_the_origin_of_the_z_plane_decays_at_once():
    assert Decaying(1e6).contains(np.zeros(1), 0.1).tolist() == [True]
    assert Band(0.0, 1e6).contains(np.zeros(1), 0.1).tolist() == [False]


@pytest.mark.parametrize("make", [lambda: Band(2.0, 1.0), lambda: Band(-1.0, 1.0), lambda: Disc(0.0, -1.0)])
def test_empty_regions_are_refused(make):
    with pytest.raises(InvalidArgumentError):
        make()
