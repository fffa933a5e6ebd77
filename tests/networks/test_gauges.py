"""The gauge between two networks of one orbit, from its linear equations."""

import numpy as np
import pytest

from dlnbalance.networks.gauges import closed_gauge, gauge_residual, gauge_to_center, solve_gauge
from dlnbalance.networks.network import DeepLinearNetwork

from ..models import assert_small, random_gauge, random_network
from .representations import network_of_intervals


def moved(rng, network):
    gauge = [random_gauge(rng, d, complex_entries=network.is_complex) for d in network.widths[1:-1]]
    return network.gauge(gauge), gauge


@pytest.mark.parametrize("widths, rank", [((4, 4, 4, 4), None), ((3, 6, 3), None), ((5,) * 8, None)])
def test_closed_orbits_meet_at_their_center(rng, widths, rank, complex_entries):
    network = random_network(rng, widths, complex_entries=complex_entries, rank=rank)
    gauge = gauge_to_center(network, network.decomposition, network.rank)
    assert gauge_residual(network, network.center(), gauge) <= 1e-11
    target, _ = moved(rng, network)
    assert gauge_residual(network, target, closed_gauge(network, target, network.rank)) <= 1e-10


def test_gauges_of_layers_of_full_rank_are_unique(rng, complex_entries):
    """A_k W_k ⋯ W_1 = V_k ⋯ V_1 determines A_k where W_k ⋯ W_1 is invertible."""
    network = random_network(rng, (4, 4, 4, 4), complex_entries=complex_entries)
    target, expected = moved(rng, network)
    for found in (closed_gauge(network, target, 4), solve_gauge(network, target, network.rank_profile.ranks)):
        for ours, theirs in zip(found, expected, strict=True):
            assert_small(np.abs(ours - theirs).max(), 1.0, 1e5)  # the condition of the partial products


def test_kernels_of_all_lengths_are_carried_along(rng, complex_entries):
    """Intervals that end everywhere: the kernels of W_k, W_{k+1}W_k, … are nested and all different."""
    counts = np.triu(np.ones((5, 5), dtype=int))
    network = network_of_intervals(rng, counts, complex_entries=complex_entries)
    assert np.array_equal(network.rank_profile.multiplicities, counts)
    target, _ = moved(rng, network)
    gauge = solve_gauge(network, target, network.rank_profile.ranks)
    assert gauge_residual(network, target, gauge) <= 1e-9


def test_residual_is_that_of_the_worst_layer():
    network = DeepLinearNetwork([[[4.0]], [[1.0]], [[2.0]]])
    identity = [np.eye(1)] * 2
    target = DeepLinearNetwork([[[4.0]], [[1.0]], [[1.0]]])
    assert gauge_residual(network, network, identity) == 0
    assert gauge_residual(network, target, identity) == 1
    assert gauge_residual(network, target, [np.zeros((1, 1)), np.eye(1)]) == np.inf
