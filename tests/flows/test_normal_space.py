"""Projections to the normal space of orbits, and changes that move products as asked."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.flows.conserved_products import conserved_products, is_rigid
from dlnbalance.flows.normal_space import NormalSpace
from dlnbalance.networks.orbits import rank_profile

from ..models import random_matrix, random_network


def orbit_projection(network):
    """Projection of W to the tangent vectors w_b of the orbit, by least squares with all of them."""
    columns = []
    dimensions = network.representation.dimensions
    for v, n in enumerate(dimensions):
        for entry in range(n * n):
            b = [np.zeros((d, d)) for d in dimensions]
            b[v].flat[entry] = 1.0
            tangent = network.representation.infinitesimal_action(b)
            columns.append(np.concatenate([t.ravel() for t in tangent]))
    W = np.concatenate([w.ravel() for w in network.weights])
    A = np.array(columns).T
    return A @ la.lstsq(A, W, cond=1e-10)[0]


@pytest.mark.parametrize("seed", range(25))
def test_normal_part_is_that_of_the_orbit_for_all_rigid_networks(seed):
    rng = np.random.default_rng(seed)
    while True:
        widths = rng.integers(1, 6, rng.integers(3, 6))
        layers = list(random_network(rng, widths).weights)
        if rng.random() < 0.5:
            layers[0] = layers[0][:, :1] @ layers[0][:1]  # of rank 1
        network = dln.DeepLinearNetwork(layers)
        profile = rank_profile(network)
        if is_rigid(profile) and profile.rank:
            break
    products = conserved_products(network.weights, profile)
    nothing = [np.zeros_like(product.value) for product in products]
    found = NormalSpace(network.weights, products).nearest(network.weights, nothing, rtol=1e-13)
    tangent = np.concatenate([v.ravel() for v in found.value])
    assert found.converged
    assert la.norm(tangent - orbit_projection(network)) <= 1e-8 * network.norm


def test_nearest_change_moves_the_product_as_asked(rng, complex_entries):
    network = random_network(rng, (3, 5, 4, 2), complex_entries=complex_entries)
    products = conserved_products(network.weights, rank_profile(network))
    assert len(products) == 1  # X
    move = random_matrix(rng, 2, 3, complex_entries=complex_entries)
    change = NormalSpace(network.weights, products).nearest([0 * w for w in network.weights], [move], rtol=1e-12)
    W3, W2, W1 = reversed(network.weights)
    V1, V2, V3 = change.value
    np.testing.assert_allclose(W3 @ W2 @ V1 + W3 @ V2 @ W1 + V3 @ W2 @ W1, move, atol=1e-11)
    # the smallest one that does is normal: V_k = L_k* Y R_k*, so that V_1 W_1* = W_2* V_2 and V_2 W_2* = W_3* V_3
    np.testing.assert_allclose(V1 @ W1.conj().T, W2.conj().T @ V2, atol=1e-11)
    np.testing.assert_allclose(V2 @ W2.conj().T, W3.conj().T @ V3, atol=1e-11)


def test_two_layers_take_one_step_of_conjugate_gradients(rng):
    network = random_network(rng, (7, 9, 5))
    products = conserved_products(network.weights, rank_profile(network))
    space = NormalSpace(network.weights, products)
    assert space.nearest(network.weights, [np.zeros((5, 7))], rtol=1e-10).iterations == 1
