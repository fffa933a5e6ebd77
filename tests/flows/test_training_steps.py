"""The tangential and the normal part of a training step, by differences along each of them."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.flows import gradient_flows as flows
from dlnbalance.flows.training_steps import normal_component, split_step
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.networks.geometry import end_to_end_operator
from dlnbalance.networks.network import DeepLinearNetwork

from ..models import assert_small, inner, norm, random_matrix, random_network, random_unitary

NETWORKS = {
    "N=1": ((3, 4), None),
    "N=2": ((4, 3, 5), None),
    "N=3 rectangular": ((3, 5, 4, 2), None),
    "N=3 deficient": ((4, 4, 4, 4), 2),
    "N=4 bottleneck": ((5, 4, 2, 3, 5), None),
    "N=5 square": ((3, 3, 3, 3, 3, 3), None),
}


@pytest.fixture(params=NETWORKS)
def network(request, rng, complex_entries):
    widths, rank = NETWORKS[request.param]
    return random_network(rng, widths, complex_entries=complex_entries, rank=rank)


@pytest.fixture
def gradient(rng, network, complex_entries):
    return random_matrix(rng, network.widths[-1], network.widths[0], complex_entries=complex_entries)


def product(weights):
    X = weights[0]
    for weight in weights[1:]:
        X = weight @ X
    return X


def derivative_of_product(weights, velocity):
    """dX(V), one layer at a time: exact, since X is linear in every layer."""
    parts = [[V if j == k else W for j, W in enumerate(weights)] for k, V in enumerate(velocity)]
    return sum(product(part) for part in parts)


def derivative_of_moments(weights, velocity):
    """dμ(V) by central differences, exact for the quadratic μ."""
    ahead, behind = ([W + s * V for W, V in zip(weights, velocity, strict=True)] for s in (1, -1))
    moments = [[W @ adjoint(W) - adjoint(V) @ V for W, V in pairwise(moved)] for moved in (ahead, behind)]
    return [(plus - minus) / 2 for plus, minus in zip(*moments, strict=True)]


def scale_of(network):
    return np.prod([max(la.norm(W), 1.0) for W in network.weights])


def test_the_parts_add_up_and_are_orthogonal(network, gradient):
    step = split_step(network, gradient, 0.7)
    back = product_gradients(network, gradient)
    expected = [-D - 0.7 * W for D, W in zip(back, network.weights, strict=True)]
    assert_small(norm([a - b for a, b in zip(step.velocity, expected, strict=True)]), norm(expected), 50)
    size = step.tangential_norm * step.normal_norm
    assert_small(abs(inner(step.tangential, step.normal)), size + norm(expected) ** 2, 500)
    assert step.normal_norm == pytest.approx(norm(step.normal))


def product_gradients(network, gradient):
    """∇E in every layer from the definition ⟨∇_kE, V⟩ = ⟨E', dX(V)⟩, entry by entry."""
    result = []
    for k, W in enumerate(network.weights):
        D = np.zeros(W.shape, dtype=complex if network.is_complex else float)
        for entry in np.ndindex(*W.shape):
            for unit in (1, 1j) if network.is_complex else (1,):
                V = [np.zeros_like(M, dtype=D.dtype) for M in network.weights]
                V[k][entry] = unit
                D[entry] += unit * np.vdot(gradient, derivative_of_product(network.weights, V)).real
        result.append(D)
    return result


def test_the_tangential_part_leaves_the_end_to_end_matrix(network, gradient):
    step = split_step(network, gradient, 0.7)
    moved = derivative_of_product(network.weights, step.tangential)
    assert_small(la.norm(moved), scale_of(network), 100)


def test_the_normal_part_leaves_the_moments(network, gradient):
    step = split_step(network, gradient, 0.7)
    for part in (step.learning, step.shrinking, step.normal):
        moved = derivative_of_moments(network.weights, part)
        assert_small(norm(moved) if moved else 0.0, norm(part) * network.norm, 500)


def test_the_tangential_part_moves_the_moments_at_their_rate(network, gradient):
    """dμ(−κ(W − W^⊥)) = −2κG, at any rank."""
    step = split_step(network, gradient, 0.7)
    moved = derivative_of_moments(network.weights, step.tangential)
    for rate, stated, G in zip(moved, step.moments, network.moments(), strict=True):
        assert_small(la.norm(rate + 1.4 * G), network.norm**2, 500)
        assert_small(la.norm(stated - rate), network.norm**2, 50)


def test_the_normal_part_moves_the_end_to_end_matrix_as_stated(network, gradient):
    """Ẋ = −Σ L_kL_k* E' R_k*R_k − κN X, at every network, balanced or not."""
    step = split_step(network, gradient, 0.7)
    moved = derivative_of_product(network.weights, step.normal)
    assert_small(la.norm(step.end_to_end - moved), scale_of(network) ** 2, 200)
    shrunk = derivative_of_product(network.weights, step.shrinking)
    assert_small(la.norm(shrunk + 0.7 * network.depth * network.end_to_end), scale_of(network), 100)


def test_at_a_balanced_network_weight_decay_is_normal(network, gradient, rng, complex_entries):
    """No tangential part, and Ẋ = −A_{N,X}(E'(X)) − κN X."""
    Q = [random_unitary(rng, d, complex_entries=complex_entries) for d in network.widths[1:-1]]
    balanced = network.center().gauge(Q)
    step = split_step(balanced, gradient, 0.7)
    assert_small(step.tangential_norm, balanced.norm, 100)
    X = balanced.end_to_end
    expected = -end_to_end_operator(X, network.depth)(gradient) - 0.7 * network.depth * X
    assert la.norm(step.end_to_end - expected) <= 1e-9 * la.norm(expected)


def test_the_balanced_velocity_is_a_riemannian_gradient(rng):
    """κN X = A_{N,X} of the gradient κ U Σ^{2/N − 1} V* of ½κN Σ σ_i^{2/N}."""
    X, depth = random_matrix(rng, 4, 4), 3
    left, values, right = la.svd(X)
    slope = (left * values ** (2 / depth - 1)) @ right
    assert la.norm(end_to_end_operator(X, depth)(slope) - depth * X) <= 1e-12 * la.norm(X)


@pytest.mark.parametrize("name", ["N=2", "N=5 square"])
def test_the_tangential_part_is_the_regularizing_flow(rng, complex_entries, name):
    """The velocity of the flow on the gauge orbit, by differences: closed orbits only."""
    network = random_network(rng, NETWORKS[name][0], complex_entries=complex_entries)
    h = 1e-3
    path = flows.regularizing(network, [h, 2 * h], rtol=1e-12).states
    step = split_step(network, kappa=1.0)
    layers = zip(network.weights, *(state.weights for state in path), strict=True)
    rates = [(-3 * a + 4 * b - c) / (2 * h) for a, b, c in layers]
    assert norm([a - b for a, b in zip(rates, step.tangential, strict=True)]) <= 1e-3 * step.tangential_norm


def test_normal_component_is_a_projection(network, rng, complex_entries):
    V = [random_matrix(rng, *W.shape, complex_entries=complex_entries) for W in network.weights]
    once = normal_component(network, V)
    twice = normal_component(network, once)
    assert_small(norm([a - b for a, b in zip(once, twice, strict=True)]), norm(V), 100)
    rest = [a - b for a, b in zip(V, once, strict=True)]
    assert_small(la.norm(derivative_of_product(network.weights, rest)), scale_of(network) * norm(V), 50)


def test_small_singular_values_are_projected_as_well_as_large_ones(rng):
    """Balanced, σ down to 1e-9 of the first: W is its own normal part, in every direction to its own accuracy."""
    roots = np.array([1.0, 1e-1, 1e-3])
    frames = [random_unitary(rng, 3) for _ in range(4)]
    weights = [Q @ np.diag(roots) @ P.T for P, Q in pairwise(frames)]
    normal = normal_component(DeepLinearNetwork(weights))
    for W, across, P, Q in zip(weights, normal, frames[:-1], frames[1:], strict=True):
        assert np.abs(Q.T @ (W - across) @ P).max() <= 1e-12  # the squared equation for Y: 2e-8


def test_zero_networks_have_a_zero_normal_part():
    zero = DeepLinearNetwork([np.zeros((2, 3)), np.zeros((4, 2))])
    step = split_step(zero, np.ones((4, 3)), 1.0)
    assert not any(part.any() for part in (*step.tangential, *step.normal))
    assert not step.end_to_end.any()


def test_scalar_networks_follow_the_hyperbola():
    """w_2w_1 = x: the normal at (w_1, w_2) is (w_2, w_1)."""
    step = split_step(DeepLinearNetwork([[[3.0]], [[1.0]]]), [[2.0]], 0.5)
    shrink = -0.5 * 2 * 3 * 1 / (3**2 + 1**2)
    np.testing.assert_allclose([part.item() for part in step.shrinking], [shrink * 1, shrink * 3], rtol=1e-14)
    np.testing.assert_allclose([part.item() for part in step.learning], [-2.0, -6.0], rtol=1e-14)
    assert "leaves the moments" in repr(step)


def test_refusals(rng):
    network = random_network(rng, (2, 3, 4))
    with pytest.raises(InvalidArgumentError, match="euclidean_gradient"):
        split_step(network, np.ones((2, 4)))
    with pytest.raises(InvalidArgumentError, match="real matrix"):
        split_step(network, 1j * np.ones((4, 2)))
    for kappa in (-1.0, np.inf, "1"):
        with pytest.raises(InvalidArgumentError, match="kappa"):
            split_step(network, kappa=kappa)
    with pytest.raises(InvalidArgumentError, match="2 layers"):
        normal_component(network, [np.ones((3, 2))])
    with pytest.raises(InvalidArgumentError, match="velocity\\[1\\]"):
        normal_component(network, [np.ones((3, 2)), np.ones((3, 4))])
    for function in (split_step, normal_component):
        with pytest.raises(InvalidArgumentError, match="DeepLinearNetwork"):
            function(network.weights)
