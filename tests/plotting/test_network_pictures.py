"""Pictures of networks: their moments and singular values by layer, and what a reduction drops."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.plotting import layers, truncation

from ..models import random_network
from .curves import lines


def test_moments_and_singular_values_by_layer(rng):
    network = random_network(rng, (3, 4, 2, 3))
    left, right = layers(network)
    moments = [la.norm(moment) / network.squared_norm for moment in network.moments()]
    assert np.allclose(lines(left)["network"].get_ydata(), moments)
    shown = [line.get_ydata() for line in right.lines[: network.depth]]
    for values, weight in zip(shown, network.weights, strict=True):
        assert np.allclose(values, la.svdvals(weight))


def test_the_balanced_network_lies_on_its_lines_and_below_rounding(rng):
    network = random_network(rng, (3, 3, 3))
    left, right = layers([network, network.center()], labels=["given", "balanced"])
    assert max(lines(left)["balanced"].get_ydata()) < lines(left)["rounding"].get_ydata()[0]
    levels = sorted(line.get_ydata()[0] for line in right.lines[4:])
    assert np.allclose(levels, sorted(network.singular_values**0.5))


def test_networks_of_one_depth_only(rng):
    for bad in ([random_network(rng, (2, 2)), random_network(rng, (2, 2, 2))], [], [3]):
        with pytest.raises(InvalidArgumentError, match="networks"):
            layers(bad)
    with pytest.raises(InvalidArgumentError, match="labels"):
        layers(random_network(rng, (2, 2, 2)), labels=["a", "b"])


def test_what_a_reduction_of_a_network_drops(rng):
    model = dln.reduce(random_network(rng, (4, 4, 4)), 2)
    [axes] = truncation(model)
    curves = lines(axes)
    assert np.array_equal(curves["kept (2)"].get_ydata(), model.singular_values[:2])
    assert np.array_equal(curves["dropped (2)"].get_ydata(), model.singular_values[2:])
    with pytest.raises(InvalidArgumentError, match="model"):
        truncation(model.network)
