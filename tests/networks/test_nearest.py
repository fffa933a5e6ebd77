"""The nearest balanced network."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.networks.initialization import random_spectrum
from dlnbalance.networks.network import DeepLinearNetwork
from dlnbalance.networks.orbits import (
    nearest_balanced,
    random_balanced,
)

from ..models import (
    assert_small,
    norm,
    random_matrix,
    random_network,
)


def test_nearest_balanced_is_balanced_and_over_the_same_matrix(network, shape):
    result = nearest_balanced(network)
    near = result.network
    assert near.widths == network.widths
    assert near.is_balanced(1e-13)
    scale = np.prod([la.norm(weight) for weight in network.weights])
    assert_small(la.norm(near.end_to_end - network.end_to_end), scale, 500)
    assert result.converged
    expected = norm([a - b for a, b in zip(network.weights, near.weights, strict=True)])
    assert result.distance == pytest.approx(expected, rel=1e-12, abs=1e-13)
    assert result.is_global == (network.depth <= 2)
    assert len(repr(result).splitlines()) == 1


def test_nearest_balanced_beats_the_center_and_random_balanced_networks(network):
    nearest = nearest_balanced(network)
    candidates = [network.center()]
    candidates += [random_balanced(network.end_to_end, widths=network.widths, rng=seed) for seed in range(20)]
    for other in candidates:
        distance = norm([a - b for a, b in zip(network.weights, other.weights, strict=True)])
        assert nearest.distance <= distance * (1 + 1e-12) + 1e-13


@pytest.mark.parametrize("widths", [(3, 4, 2), (3, 3, 3, 3), (4, 2, 5, 3, 4)])
def test_no_unitary_gauge_comes_nearer(rng, widths, complex_entries):
    """Stationary to second order: small unitary moves increase the distance."""
    network = random_network(rng, widths, complex_entries=complex_entries)
    result = nearest_balanced(network, rtol=1e-12, max_iterations=10_000)
    assert result.converged
    for _ in range(10):
        moves = []
        for d in widths[1:-1]:
            step = random_matrix(rng, d, d, complex_entries=complex_entries)
            moves.append(la.expm(1e-3 * (step - adjoint(step))))
        moved = result.network.gauge(moves)
        distance = norm([a - b for a, b in zip(network.weights, moved.weights, strict=True)])
        assert distance >= result.distance * (1 - 1e-13)


def test_nearest_balanced_of_a_balanced_network_is_itself(rng, complex_entries):
    network = random_spectrum((4, 5, 3, 4), [3.0, 1.0, 0.2], rng=rng, complex_entries=complex_entries)
    result = nearest_balanced(network)
    assert result.distance < 1e-13
    assert result.iterations == 0
    assert result.is_global


def test_nearest_balanced_of_two_layers_is_a_procrustes_problem(rng, complex_entries):
    """distance² = ‖W‖² + ‖C‖² − 2 (nuclear norm of W_1C_1* + W_2*C_2)."""
    network = random_network(rng, (4, 3, 5), complex_entries=complex_entries)
    (W1, W2), center = network.weights, network.center()
    C1, C2 = center.weights
    nuclear = la.svdvals(W1 @ adjoint(C1) + adjoint(W2) @ C2).sum()
    expected = network.norm**2 + center.norm**2 - 2 * nuclear
    result = nearest_balanced(network)
    assert result.distance**2 == pytest.approx(expected, rel=1e-11)
    assert result.is_global


def test_nearest_balanced_says_when_it_stopped_early(rng):
    network = random_network(rng, (5,) * 7)
    result = nearest_balanced(network, max_iterations=1)
    assert not result.converged
    assert "stopped early" in repr(result)
    assert result.network.is_balanced(1e-13)  # balanced all the same, only not the nearest
    with pytest.raises(InvalidArgumentError, match="max_iterations"):
        nearest_balanced(network, max_iterations=-1)


def test_nearest_balanced_of_zero_and_of_one_layer(rng):
    zero = DeepLinearNetwork([np.zeros((3, 2)), np.zeros((2, 3)), np.zeros((2, 2))])
    assert nearest_balanced(zero).distance == 0
    one = random_network(rng, (3, 4))
    assert nearest_balanced(one).distance < 1e-13
