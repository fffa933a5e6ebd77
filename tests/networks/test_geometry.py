"""The metric g^N: a quotient of weight space, and what learning descends in; what all functions of the geometry refuse.

Source: G. Menon, T. Yu, "An entropy formula for the deep linear network", arXiv:2509.09088.
"""

import math
from itertools import pairwise

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.networks.geometry import (
    end_to_end_operator,
    entropy,
    entropy_gradient,
    metric,
    riemannian_gradient,
    volume,
)
from dlnbalance.networks.network import DeepLinearNetwork

from ..models import inner, random_matrix, random_unitary
from .matrices import center_over, matrix_of, real_basis, real_vector


def balanced_network(rng, X, depth):
    """Random point of O_X, all hidden widths being the rank of X."""
    rank = np.linalg.matrix_rank(X)
    center = DeepLinearNetwork([X]) if depth == 1 else center_over(X, depth, rank)
    complex_entries = np.iscomplexobj(X)
    return center.gauge([random_unitary(rng, rank, complex_entries=complex_entries) for _ in range(depth - 1)])


# The metric


@pytest.mark.parametrize("depth", [1, 2, 4, math.inf])
def test_formula_metric(X, rng, complex_entries, depth):
    operator = end_to_end_operator(X, depth)
    Y1, Y2 = (random_matrix(rng, *X.shape, complex_entries=complex_entries) for _ in range(2))
    Z1, Z2 = operator(Y1), operator(Y2)
    expected = inner([Y1], [Z2])  # Re tr(Z_1* A⁻¹ Z_2) with Z = A(Y)
    scale = la.norm(operator.sqrt(Y1)) * la.norm(operator.sqrt(Y2))
    slack = 1e-9 * scale  # the inverse at small singular values
    assert abs(metric(X, Z1, Z2, depth=depth) - expected) <= slack
    assert metric(X, Z1, Z2, depth=depth) == pytest.approx(metric(X, Z2, Z1, depth=depth), abs=slack)
    assert metric(X, Z1, depth=depth) == pytest.approx(metric(X, Z1, Z1, depth=depth))
    if depth != math.inf:
        unscaled = metric(X, Z1, depth=depth)
        assert metric(X, Z1, depth=depth, normalized=True) == pytest.approx(depth * unscaled)


def test_formula_riemannian_gradient_represents_the_derivative(X, rng, complex_entries):
    """g^N(grad E, Z) = Re tr(E'* Z) for tangent vectors Z."""
    slope, Y = (random_matrix(rng, *X.shape, complex_entries=complex_entries) for _ in range(2))
    Z = end_to_end_operator(X, 3)(Y)
    gradient = riemannian_gradient(X, slope, 3)
    assert metric(X, gradient, Z, depth=3) == pytest.approx(inner([slope], [Z]), rel=1e-9, abs=1e-10)
    np.testing.assert_allclose(3 * riemannian_gradient(X, slope, 3, normalized=True), gradient)


def pushforward_frame(network):
    """Images under the end-to-end map of an orthonormal basis of the tangent space of the balanced manifold.

    Columns are real coordinates of matrices. The tangent space is the kernel of the derivative of the moment map.
    """
    weights = network.weights
    complex_entries = network.is_complex
    basis = [
        [unit if j == k else np.zeros_like(other) for j, other in enumerate(weights)]
        for k, weight in enumerate(weights)
        for unit in real_basis(*weight.shape, complex_entries)
    ]
    moments = np.array([real_vector(moment_derivative(weights, direction)) for direction in basis]).T
    images = np.array([real_vector([end_to_end_derivative(weights, direction)]) for direction in basis]).T
    tangent = la.null_space(moments, rcond=1e-9) if moments.size else np.eye(len(basis))
    return images @ tangent


def moment_derivative(weights, direction):
    moments = []
    for (first, second), (d_first, d_second) in zip(pairwise(weights), pairwise(direction), strict=True):
        half = d_first @ adjoint(first) - adjoint(d_second) @ second
        moments.append(half + adjoint(half))
    return moments


def end_to_end_derivative(weights, direction):
    total = 0
    for k in range(len(weights)):
        factors = [direction[j] if j == k else weight for j, weight in enumerate(weights)]
        total = total + np.linalg.multi_dot(factors[::-1]) if len(factors) > 1 else factors[0]
    return total


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 3), (3, 2)])
def test_theorem_end_to_end_map_is_a_riemannian_submersion(rng, complex_entries, depth, shape):
    """The Euclidean metric of the balanced manifold is pushed forward to g^N: D D* = A_{N,X}."""
    X = random_matrix(rng, *shape, complex_entries=complex_entries)
    network = balanced_network(rng, X, depth)
    assert abs(network.balancing_gap()) <= 1e-13 * network.norm**2
    frame = pushforward_frame(network)
    dense = matrix_of(end_to_end_operator(X, depth), *shape, complex_entries)
    assert la.norm(frame @ frame.T - dense) <= 1e-12 * la.norm(dense)


@pytest.mark.parametrize("depth", [2, 3])
def test_theorem_metric_is_the_least_energy_of_a_lift(rng, complex_entries, depth):
    X, Z = (random_matrix(rng, 2, 2, complex_entries=complex_entries) for _ in range(2))
    lift = la.lstsq(pushforward_frame(balanced_network(rng, X, depth)), real_vector([Z]))[0]
    assert metric(X, Z, depth=depth) == pytest.approx(la.norm(lift) ** 2, rel=1e-10)


@pytest.mark.parametrize("depth", [2, 4])
def test_theorem_learning_flow_on_the_balanced_manifold(rng, complex_entries, depth):
    """Gradient descent in the layers of a balanced network moves X by −A_{N,X}(E'(X)), at any rank."""
    left, right = (random_matrix(rng, *s, complex_entries=complex_entries) for s in ((4, 2), (2, 3)))
    X, slope = left @ right, random_matrix(rng, 4, 3, complex_entries=complex_entries)
    weights = balanced_network(rng, X, depth).weights
    velocity = []
    for k in range(depth):
        before = np.linalg.multi_dot([*weights[:k][::-1], np.eye(3)]) if k else np.eye(3)
        after = np.linalg.multi_dot([np.eye(4), *weights[k + 1 :][::-1]]) if k + 1 < depth else np.eye(4)
        velocity.append(adjoint(after) @ slope @ adjoint(before))
    moved = end_to_end_derivative(weights, velocity)
    gradient = riemannian_gradient(X, slope, depth)
    assert la.norm(moved - gradient) <= 1e-13 * la.norm(X) ** 2 * la.norm(slope)


# Refusals


@pytest.mark.parametrize("depth", [0, -1, 1.5, 2.0, True, "2", None, math.nan, -math.inf], ids=repr)
@pytest.mark.parametrize("function", [end_to_end_operator, entropy, entropy_gradient, volume])
def test_depth_must_be_a_positive_whole_number(depth, function):
    with pytest.raises(InvalidArgumentError, match=r"depth: .*number of layers"):
        function(np.eye(2), depth)


@pytest.mark.parametrize("X", [[[np.nan]], [[np.inf]], "text", np.ones((2, 2, 2)), [[1, 2], [3]]], ids=str)
@pytest.mark.parametrize("function", [end_to_end_operator, entropy, entropy_gradient, volume])
def test_X_must_be_a_finite_matrix(X, function):
    with pytest.raises(InvalidArgumentError, match="X"):
        function(X, 2)


def test_tangent_vectors_must_fit(rng):
    X = random_matrix(rng, 2, 3)
    operator = end_to_end_operator(X, 2)
    for apply in (operator, operator.sqrt, operator.inverse, operator.inverse_sqrt):
        with pytest.raises(InvalidArgumentError, match="Z"):
            apply(np.ones((3, 2)))
        with pytest.raises(InvalidArgumentError, match="NaN"):
            apply(np.full((2, 3), np.nan))
    with pytest.raises(InvalidArgumentError, match="Z1"):
        metric(X, np.ones((3, 2)), depth=2)
    with pytest.raises(InvalidArgumentError, match="Z2"):
        metric(X, np.ones((2, 3)), np.ones((3, 2)), depth=2)
    with pytest.raises(InvalidArgumentError, match="euclidean_gradient"):
        riemannian_gradient(X, lambda point: point, 2)


def test_empty_matrices():
    assert end_to_end_operator(np.zeros((0, 3)), 2)(np.zeros((0, 3))).shape == (0, 3)
    assert entropy(np.zeros((0, 0)), 3) == 0
