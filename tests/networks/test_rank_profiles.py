"""Ranks of partial products, intervals, and closed orbits."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.networks.initialization import gaussian
from dlnbalance.networks.network import DeepLinearNetwork
from dlnbalance.networks.orbits import (
    find_gauge,
    rank_profile,
)

from ..models import (
    random_gauge,
)
from .representations import bounded, interval_counts, network_of_intervals, residual


@bounded
@given(n=interval_counts(), seed=st.integers(0, 99), complex_entries=st.booleans())
def test_theorem_of_gabriel_multiplicities_of_intervals(n, seed, complex_entries):
    """n_ij = r_ij − r_{i−1,j} − r_{i,j+1} + r_{i−1,j+1} finds the intervals that a network was made of."""
    network = network_of_intervals(np.random.default_rng(seed), n, complex_entries=complex_entries)
    assume(network is not None)
    profile = rank_profile(network)
    assert np.array_equal(profile.multiplicities, n)
    assert np.array_equal(np.diagonal(profile.ranks), network.widths)
    for i, j in zip(*np.triu_indices(n.shape[0]), strict=True):
        assert profile.ranks[i, j] == n[: i + 1, j:].sum()
    assert profile.rank == n[0, -1]


@bounded
@given(n=interval_counts(), seed=st.integers(0, 99))
def test_orbit_is_closed_iff_every_interval_but_the_full_ones_is_a_single_vertex(n, seed):
    network = network_of_intervals(np.random.default_rng(seed), n)
    assume(network is not None)
    others = np.triu(n, 1)
    others[0, -1] = 0
    assert rank_profile(network).is_closed == (not others.any())


def test_closed_orbits_of_gaussian_layers(network, shape):
    assert rank_profile(network).is_closed == shape[2]


def test_kempf_ness_closed_orbits_are_those_that_contain_a_balanced_network(network, shape):
    """The center is on the orbit when it is closed, and has other ranks when it is not."""
    profile, center = rank_profile(network), network.center()
    if shape[2]:
        assert residual(network, center, find_gauge(network, center)) < 1e-9
    else:
        assert not np.array_equal(profile.ranks, rank_profile(center).ranks)
        with pytest.raises(InvalidArgumentError, match="ranks of partial products are invariants"):
            find_gauge(network, center)
    assert rank_profile(center).is_closed


@pytest.mark.parametrize(
    "weights",
    [
        [[[1.0]], [[0.0]]],  # [0..1] starts at the input and dies
        [[[0.0]], [[1.0]]],  # [1..2] reaches the output from nowhere
        [[[0.0]], [[1.0]], [[0.0]]],  # [1..2] inside
    ],
)
def test_an_interval_with_an_arrow_can_be_scaled_to_zero(weights):
    network = DeepLinearNetwork(weights)
    profile = rank_profile(network)
    assert not profile.is_closed
    assert "not closed" in profile.statement
    first = 1e-6 if weights[0][0][0] else 1e6  # shrinks the arrow from whichever of its ends is hidden
    assert network.gauge([[[first]], *([[1.0]],) * (network.depth - 2)]).norm < 1e-5


def test_single_hidden_vertices_do_not_disturb():
    """Zero maps at unused hidden units: [1..1]."""
    network = DeepLinearNetwork([[[2.0], [0.0]], [[2.0, 0.0]]])
    profile = rank_profile(network)
    assert profile.is_closed
    assert profile.multiplicities[1, 1] == 1
    assert network.is_balanced()


def test_ranks_of_long_products_follow_from_those_of_their_factors():
    """Eight Gaussian layers of width 64: X is invertible, though rounding in its entries hides that."""
    network = gaussian((64,) * 9, rng=0)
    profile = rank_profile(network)
    assert profile.rank == network.rank == 64
    assert profile.is_closed
    assert (profile.multiplicities >= 0).all()


def test_rank_profile_does_not_depend_on_the_gauge(network, rng, complex_entries):
    T = [random_gauge(rng, d, complex_entries=complex_entries) for d in network.widths[1:-1]]
    assert np.array_equal(rank_profile(network).ranks, rank_profile(network.gauge(T)).ranks)


@pytest.mark.parametrize("widths", [(2, 3), (2, 3, 2), (2, 2, 2, 2)])
def test_rank_profile_of_zero(widths):
    zero = DeepLinearNetwork([np.zeros((b, a)) for a, b in pairwise(widths)])
    profile = rank_profile(zero)
    assert profile.rank == 0
    assert profile.is_closed
    assert np.array_equal(profile.multiplicities, np.diag(widths))


def test_rank_profile_is_read_only_and_fits_a_screen(network):
    profile = rank_profile(network)
    assert len(repr(profile).splitlines()) <= 4
    for array in (profile.ranks, profile.multiplicities):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 7
