"""Products that gauges leave alone: conserved by them, and enough to determine the orbit of rigid networks."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.flows.conserved_products import conserved_products, is_rigid
from dlnbalance.networks.network import DeepLinearNetwork

from ..models import random_gauge, random_network

NETWORKS = {
    "closed": ((3, 3, 3, 3), None),
    "a flag of kernels": ((6, 5, 3, 2), None),
    "a flag of images": ((2, 3, 4, 5), None),
    "bottleneck": ((5, 5, 2, 5, 5), None),
    "first layer deficient": ((5, 4, 4, 5), 2),
}


@pytest.fixture(params=NETWORKS)
def network(request, rng, complex_entries):
    widths, rank = NETWORKS[request.param]
    return random_network(rng, widths, complex_entries=complex_entries, rank=rank)


def test_gauges_conserve_them(network, rng):
    moved = network.gauge([random_gauge(rng, d, complex_entries=network.is_complex) for d in network.widths[1:-1]])
    for product in conserved_products(network.weights, network.rank_profile):
        scale = np.prod([la.norm(weight, 2) for weight in moved.weights[product.first : product.last]])
        assert la.norm(product.at(network.weights) - product.value) <= 1e-13 * scale
        assert la.norm(product.at(moved.weights) - product.value) <= 1e-12 * scale


def test_changes_that_keep_them_are_tangent_to_the_orbit(network, rng):
    """The kernel of their derivative has the dimension of the orbit: that of the group less that of the stabilizer."""
    assert is_rigid(network.rank_profile)
    weights, count = network.weights, 2 if network.is_complex else 1
    units = [
        [phase * unit if j == k else np.zeros_like(W) for j, W in enumerate(weights)]
        for k, W in enumerate(weights)
        for unit in np.eye(W.size).reshape(W.size, *W.shape)
        for phase in (1, 1j)[:count]
    ]
    products = conserved_products(weights, network.rank_profile)
    columns = [np.concatenate([real(derivative(weights, unit, p)) for p in products]) for unit in units]
    kept = len(units) - np.linalg.matrix_rank(np.array(columns), tol=1e-9)
    gauges = [
        [phase * unit if v == w else np.zeros((d, d)) for w, d in enumerate(network.widths[1:-1])]
        for v, n in enumerate(network.widths[1:-1])
        for unit in np.eye(n * n).reshape(n * n, n, n)
        for phase in (1, 1j)[:count]
    ]
    tangents = [np.concatenate([real(step) for step in network.representation.infinitesimal_action(b)]) for b in gauges]
    assert kept == np.linalg.matrix_rank(np.array(tangents), tol=1e-9)


def derivative(weights, direction, product):
    """Derivative of one product, by replacing one layer after the other."""
    total = np.zeros_like(product.value, dtype=np.result_type(*direction, product.left, product.right))
    for k in range(product.first, product.last):
        replaced = [direction[j] if j == k else W for j, W in enumerate(weights)]
        total = total + product.at(replaced)
    return total


def real(matrix):
    flat = np.ravel(matrix)
    return np.concatenate([flat.real, flat.imag])


def test_the_end_to_end_matrix_comes_first(rng):
    network = random_network(rng, (3, 3, 3, 3))
    (product,) = conserved_products(network.weights, network.rank_profile)
    assert (product.first, product.last) == (0, 3)
    assert product.full_rank
    np.testing.assert_allclose(
        product.left @ product.value @ product.right.T, network.end_to_end, rtol=1e-12, atol=1e-12
    )


def test_layers_whose_rank_can_grow_are_not_rigid():
    thin = np.diag([1.0, 0.0])
    assert not is_rigid(DeepLinearNetwork([thin, thin, thin]).rank_profile)
    assert is_rigid(DeepLinearNetwork([np.eye(2), thin]).rank_profile)
