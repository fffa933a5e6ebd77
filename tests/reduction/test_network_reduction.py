"""Reduction of deep linear networks: exact errors, thin factors, refusals."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, OrderError, ToleranceError
from dlnbalance.networks.initialization import gaussian
from dlnbalance.networks.network import DeepLinearNetwork

from ..models import random_matrix, random_network

SHAPES = [(5, 4), (6, 4, 5), (5, 6, 7, 4), (4, 6, 3, 6, 4), (5,) * 9]


@pytest.mark.parametrize("complex_entries", [False, True], ids=["real", "complex"])
@pytest.mark.parametrize("widths", SHAPES)
def test_theorem_of_eckart_and_young(rng, widths, complex_entries):
    """‖X − X_r‖₂ = σ_{r+1}, measured from the layers and on the products."""
    network = random_network(rng, widths, complex_entries=complex_entries)
    X, values = network.end_to_end, network.singular_values
    for r in range(1, network.rank + 1):
        model = dln.reduce(network, r)
        following = values[r] if r < values.size else 0.0
        assert model.network.widths == (widths[0], *(r,) * (len(widths) - 2), widths[-1])
        assert model.network.is_complex == complex_entries
        assert model.lower_bound <= following <= model.bound
        assert float(model.error()) == pytest.approx(following, rel=1e-10, abs=1e-13 * values[0])
        assert la.norm(X - model.network.end_to_end, 2) == pytest.approx(following, abs=1e-13 * values[0])
        assert la.norm(X - model.balanced.end_to_end, 2) == pytest.approx(following, abs=1e-13 * values[0])


@pytest.mark.parametrize("widths", SHAPES[1:])
def test_layers_are_compressions_and_the_balanced_ones_of_least_norm(rng, widths):
    network = random_network(rng, widths)
    model = dln.reduce(network, 2)
    for given, kept in zip(network.weights, model.network.weights, strict=True):
        assert la.norm(kept, 2) <= la.norm(given, 2) * (1 + 1e-13)
    assert model.balanced.is_balanced(1e-13)
    assert model.balanced.squared_norm <= model.network.squared_norm * (1 + 1e-13)
    assert abs(model.certificate.relative_gap) <= 1e-12


def test_order_one_more_than_the_error_allows_is_not_needed(rng):
    network = random_network(rng, (7, 7, 7))
    values = network.singular_values
    for r in range(1, 7):
        assert dln.reduce(network, tol=values[r] * (1 + 1e-9)).order == r
        assert dln.reduce(network, rtol=values[r] / values[0] * (1 + 1e-9)).order == r
    assert dln.reduce(network, tol=values[6] * (1 - 1e-6)).order == 7


def test_low_rank_adapters(rng):
    """(d×16)(16×d): no matrix of d×d is formed."""
    network = DeepLinearNetwork([random_matrix(rng, 16, 2000) / 45, random_matrix(rng, 2000, 16) / 4])
    model = dln.reduce(network, 8)
    assert model.network.widths == (2000, 8, 2000)
    assert float(model.error()) == pytest.approx(network.singular_values[8], rel=1e-10)
    for one in (network, model.network):
        assert "_product" not in vars(one)
        assert "end_to_end" not in vars(one)


def test_deep_networks_reduce_by_what_the_layers_know():
    network = gaussian((10,) * 61, rng=0)
    model = dln.reduce(network, 4)
    assert model.network.rank == 4
    ratio = model.network.decomposition.power(1 / 60) / network.decomposition.power(1 / 60)[:4]
    assert np.abs(ratio - 1).max() <= 1e-12


def test_equal_values_are_not_split():
    network = DeepLinearNetwork([np.diag([3.0, 2.0, 2.0, 1.0]), np.eye(4)])
    with pytest.raises(OrderError, match="choose 1 or 3"):
        dln.reduce(network, 2)
    assert dln.reduce(network, tol=2.5).order == 1
    assert dln.reduce(network, tol=2.0 + 1e-9).order == 1
    assert dln.reduce(network, tol=1.5).order == 3


def test_a_tolerance_that_rounding_forbids_is_refused_with_the_smallest_one(rng):
    network = random_network(rng, (5, 5, 5))
    with pytest.raises(ToleranceError, match=r"at least .* which rounding in the end-to-end matrix allows") as info:
        dln.reduce(network, rtol=1e-17)
    smallest = float(info.value.expected.split()[2].rstrip(","))
    assert dln.reduce(network, rtol=2 * smallest).order == 5


def test_refusals(rng):
    network = random_network(rng, (4, 4, 4))
    with pytest.raises(OrderError, match="from 1 to 4"):
        dln.reduce(network, 5)
    with pytest.raises(OrderError, match="zero to rounding"):
        dln.reduce(DeepLinearNetwork([np.zeros((2, 2))] * 2), 1)
    with pytest.raises(InvalidArgumentError, match="'truncate' for this kind of model"):
        dln.reduce(network, 2, method="residualize")
    with pytest.raises(InvalidArgumentError, match="order"):
        dln.reduce(network)
    with pytest.raises(InvalidArgumentError, match="gramians"):
        dln.reduce(network, 2, gramians=dln.LowRank())


def test_one_screen(rng):
    text = repr(dln.reduce(random_network(rng, (20,) * 31), 3))
    assert len(text.splitlines()) <= 7
    assert max(map(len, text.splitlines())) <= 120
    assert "the least possible for these widths" in text


def test_results_are_saved_as_networks(rng, tmp_path):
    model = dln.reduce(random_network(rng, (5, 5, 5)), 2)
    assert dln.load(dln.save(model, tmp_path / "small.npz")).widths == (5, 2, 5)
