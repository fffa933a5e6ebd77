"""Balancing deep linear networks: center, gauge, certificate, orbit statement."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.linalg as la
from hypothesis import given, settings
from hypothesis import strategies as st

import dlnbalance as dln
from dlnbalance.balancing.balanced_forms import BalancedNetwork, balance_network
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.linalg.arrays import EPS
from dlnbalance.networks.gauges import gauge_residual
from dlnbalance.networks.initialization import gaussian, random_spectrum
from dlnbalance.networks.network import DeepLinearNetwork
from dlnbalance.networks.orbits import find_gauge

from ..models import assert_small, random_gauge, random_network, random_system


@pytest.fixture(params=[False, True], ids=["real", "complex"])
def complex_entries(request):
    return request.param


def least(network):
    return network.depth * np.sum(network.singular_values[: network.rank] ** (2 / network.depth))


@pytest.mark.parametrize("d, depth", [*((d, N) for d in (4, 16) for N in range(1, 9)), (64, 2), (64, 5), (64, 8)])
def test_theorem_1_minimum_is_attained_to_rounding(rng, d, depth, complex_entries):
    """Spread of σ of 1e6, off balance by gauges: gap below 1e-13 of the minimum, X kept to 1e-13."""
    sigma = np.geomspace(1e3, 1e-3, d)
    start = random_spectrum((d,) * (depth + 1), sigma, rng=rng, complex_entries=complex_entries)
    network = start.gauge([random_gauge(rng, d, complex_entries=complex_entries) for _ in range(depth - 1)])
    result = dln.balance(network)
    X = network.end_to_end
    minimum = least(network)
    assert la.norm(result.network.end_to_end - X) <= 1e-13 * la.norm(X)
    assert abs(result.certificate.after - minimum) <= 1e-13 * minimum
    # the certificate recomputes σ from the layers: eps σ_1 in σ_i moves σ_i^{2/N} by (2/N) σ_i^{2/N − 1} times as much
    condition = 2 * sigma[0] * np.sum(sigma ** (2 / depth - 1)) if depth > 2 else 0
    assert abs(result.certificate.gap) <= 1e-13 * minimum + 2 * EPS * condition
    if depth > 1:
        assert result.certificate.before > 1.01 * minimum
    assert result.network.is_balanced(1e-14)


@pytest.mark.parametrize("widths", [(4, 4, 4), (6, 3, 5), (3, 8, 3), (3, 3, 3, 3, 3), (2, 5)])
def test_gauge_leads_to_the_center(rng, widths, complex_entries):
    network = random_network(rng, widths, complex_entries=complex_entries)
    result = dln.balance(network)
    assert isinstance(result, BalancedNetwork)
    assert "closed" in result.orbit
    assert result.gauge is not None
    assert len(result.gauge) == len(widths) - 2
    for moved, layer in zip(network.gauge(result.gauge).weights, result.network.weights, strict=True):
        assert la.norm(moved - layer) < 1e-10 * la.norm(layer)


@pytest.mark.parametrize("widths, rank", [((4, 4, 4, 4), 2), ((3, 5, 4, 6, 3), None), ((3, 2, 1, 2, 3), None)])
def test_center_of_an_orbit_that_is_not_closed_is_a_limit(rng, widths, rank, complex_entries):
    network = random_network(rng, widths, complex_entries=complex_entries, rank=rank)
    result = dln.balance(network)
    assert result.gauge is None
    assert "not closed" in result.orbit
    assert "limit" in result.orbit
    assert not result.ranks.is_closed
    assert result.network.widths == widths
    assert abs(result.certificate.relative_gap) < 1e-12
    assert la.norm(result.network.end_to_end - network.end_to_end) < 1e-12 * max(1, la.norm(network.end_to_end))


def test_norm_on_an_open_orbit_comes_as_near_to_the_minimum_as_one_likes():
    """W_2 has a second direction that neither reaches the output nor hears the input: scale it away."""
    network = DeepLinearNetwork([[[2.0], [0.0]], np.eye(2), [[2.0, 0.0]]])
    result = dln.balance(network)
    assert result.gauge is None
    gaps = [network.gauge([np.diag([1.0, 1 / t]), np.diag([1.0, t])]).norm ** 2 for t in (1.0, 0.1, 0.01)]
    shrunk = [
        network.gauge([np.diag([s, 1 / t]), np.diag([1 / s, t])]).norm ** 2 - result.certificate.minimum
        for s, t in ((2 ** (-1 / 3), 0.1), (2 ** (-1 / 3), 1e-3))
    ]
    assert gaps[0] > gaps[1] > gaps[2]
    assert 0 < shrunk[1] < shrunk[0] < 0.1
    assert shrunk[1] < 1e-9


def test_small_singular_values_do_not_drown_in_the_depth():
    """Eight Gaussian layers of width 64: the smallest σ is 1e-10 of the largest and weighs a fourteenth."""
    network = gaussian((64,) * 9, rng=0)
    result = dln.balance(network)
    assert result.network.rank == result.ranks.rank == 64
    assert gauge_residual(network, result.network, result.gauge) < 1e-10


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    widths=st.lists(st.integers(1, 6), min_size=2, max_size=9),
    rank=st.none() | st.integers(1, 4),
    seed=st.integers(0, 999),
    complex_entries=st.booleans(),
)
def test_every_network_is_balanced_and_says_whether_a_gauge_did_it(widths, rank, seed, complex_entries):
    network = random_network(np.random.default_rng(seed), widths, complex_entries=complex_entries, rank=rank)
    result = dln.balance(network)
    assert result.network.is_balanced(1e-13)
    assert result.network.widths == network.widths
    assert abs(result.certificate.after - least(network)) <= 1e-12 * least(network)
    assert (result.gauge is None) == ("leads there" not in result.orbit)
    assert (result.gauge is not None) <= result.ranks.is_closed
    assert len(repr(result).splitlines()) == 5


@pytest.mark.parametrize("widths", [(3, 4), (3, 4, 2), (3, 4, 4, 2)])
def test_zero_network_is_its_own_center(widths):
    result = dln.balance(DeepLinearNetwork([np.zeros((b, a)) for a, b in pairwise(widths)]))
    assert result.network.norm == 0
    assert result.certificate.relative_gap == 0
    assert result.gauge is not None
    assert "closed" in repr(result)


def test_zero_end_to_end_matrix_of_layers_that_are_not_zero():
    result = dln.balance(DeepLinearNetwork([[[1.0], [0.0]], [[0.0, 2.0]]]))
    assert result.network.norm == 0
    assert result.gauge is None
    assert result.certificate.before == 5  # 1² + 2² rounds nothing


def test_one_layer_is_balanced_as_it_is(rng):
    network = random_network(rng, (3, 4))
    result = dln.balance(network)
    assert result.gauge == ()
    assert la.norm(result.network.weights[0] - network.weights[0]) < 1e-14 * network.norm * 10


def test_balancing_twice_changes_nothing(rng):
    once = dln.balance(random_network(rng, (4, 3, 5, 4))).network
    twice = dln.balance(once)
    assert twice.certificate.before == pytest.approx(twice.certificate.after, rel=1e-14)


def test_both_doors_are_one(rng):
    network = random_network(rng, (3, 3, 3))
    one, other = dln.balance(network), balance_network(network)
    for a, b in zip(one.network.weights, other.network.weights, strict=True):
        assert_small(la.norm(a - b), la.norm(b), 100)


def test_arguments_for_systems_are_refused_for_networks(rng):
    network = random_network(rng, (3, 3, 3))
    with pytest.raises(InvalidArgumentError, match="a linear system, since a form or Gramians are asked for"):
        dln.balance(network, form="input-normal")


def test_systems_still_go_through_the_same_door(rng):
    result = dln.balance(random_system(rng, 4, 1, 2))
    assert isinstance(result, dln.BalancedRealization)


@pytest.mark.parametrize("weights", [[], [[[np.nan]]], [np.ones((3, 2)), np.ones((2, 2))]])
def test_what_is_no_network_does_not_get_as_far(weights):
    with pytest.raises(InvalidArgumentError, match="weights"):
        dln.balance(DeepLinearNetwork(weights))


def test_results_are_frozen(rng):
    result = dln.balance(random_network(rng, (3, 3, 3)))
    with pytest.raises(AttributeError):
        result.gauge = None
    with pytest.raises(ValueError, match="read-only"):
        result.gauge[0][0, 0] = 1


@pytest.mark.parametrize("widths", [(4, 3, 4), (3, 3, 3, 3), (5, 2, 2, 4)])
@pytest.mark.parametrize("complex_entries", [False, True])
def test_the_point_that_the_flow_reaches_is_a_unitary_gauge_of_the_center(rng, widths, complex_entries):
    network = random_network(rng, widths, complex_entries=complex_entries)
    center, reached = balance_network(network), balance_network(network, point="flow")
    assert abs(reached.certificate.relative_gap) < 1e-9
    between = find_gauge(center.network, reached.network)
    for T in between:
        assert la.norm(T @ T.conj().T - np.eye(len(T))) < 1e-6
    moved = network.gauge(reached.gauge)
    for ours, theirs in zip(moved.weights, reached.network.weights, strict=True):
        assert la.norm(ours - theirs) < 1e-8 * la.norm(theirs)


def test_points_are_center_or_flow(rng):
    with pytest.raises(InvalidArgumentError, match="point"):
        balance_network(random_network(rng, (2, 2, 2)), point="nearest")
