"""Closed forms against the differential equations that they solve."""

import numpy as np
import pytest
import scipy.linalg as la
from scipy.integrate import solve_ivp

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.networks.closed_forms import (
    aligned_geodesic,
    aligned_learning,
    aligned_length,
    hyperbola,
    two_layer_learning,
)
from dlnbalance.networks.initialization import balanced, lambda_balanced
from dlnbalance.networks.network import DeepLinearNetwork

from ..models import random_matrix, random_network, random_unitary

TIMES = [0.0, 0.2, 0.7, 1.5, 4.0]


def integrate(velocity, start, times):
    """Numerical solution of an ODE in complex numbers, to about 1e-11."""

    def real_velocity(_, z):
        v = velocity(z[: z.size // 2] + 1j * z[z.size // 2 :])
        return np.concatenate([v.real, v.imag])

    start = np.asarray(start, dtype=complex)
    packed = np.concatenate([start.real, start.imag])
    solution = solve_ivp(real_velocity, (0, times[-1]), packed, "DOP853", times, rtol=1e-12, atol=1e-14).y.T
    return solution[:, : start.size] + 1j * solution[:, start.size :]


def scalars(w1, w2):
    return DeepLinearNetwork([[[w1]], [[w2]]])


# -- the scalar hyperbola -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("w", [(4.0, 1.0), (-0.3, 2.0), (1e-3, 5.0), (1.5, 1.5), (1 - 2j, 0.3j)])
def test_figure_1_1_regularizing_flow_along_the_hyperbola(w):
    """The gradient of ½(|w_1|² + |w_2|²) along the curve w_2w_1 = x, whose tangent is (w_1, −w_2)."""

    def velocity(z):
        tangent = np.array([z[0], -z[1]])
        return -tangent * np.vdot(tangent, z).real / np.vdot(tangent, tangent).real

    exact = hyperbola(scalars(*w), TIMES)
    np.testing.assert_allclose(exact, integrate(velocity, w, TIMES), rtol=1e-9)


@pytest.mark.parametrize("w", [(4.0, 1.0), (1e-8, 1e8), (2 - 1j, -0.1j)])
def test_hyperbola_conserves_x_and_contracts_the_moment(w):
    t = np.linspace(-2, 30, 50)
    flow = hyperbola(scalars(*w), t)
    np.testing.assert_allclose(flow[:, 0] * flow[:, 1], w[0] * w[1], rtol=1e-14)
    G = np.abs(w[0]) ** 2 - np.abs(w[1]) ** 2
    moments = np.abs(flow[:, 0]) ** 2 - np.abs(flow[:, 1]) ** 2
    scale = np.sum(np.abs(flow) ** 2, axis=1)
    assert np.all(np.abs(moments - np.exp(-2 * t) * G) <= 1e-14 * scale)
    assert np.iscomplexobj(flow) == np.iscomplexobj(np.array(w))


def test_hyperbola_ends_at_the_center():
    flow = hyperbola(scalars(8.0, 0.5), [50.0])
    np.testing.assert_allclose(flow, [[2.0, 2.0]], rtol=1e-14)


@pytest.mark.parametrize("w", [(3.0, 0.0), (0.0, -2.0), (0.0, 0.0)])
def test_hyperbola_degenerates_to_a_cross(w):
    np.testing.assert_allclose(hyperbola(scalars(*w), [0.0, 1.0]), [w, np.exp(-1) * np.array(w)], rtol=1e-15)


def test_hyperbola_refuses_other_networks_and_times(rng):
    with pytest.raises(InvalidArgumentError, match=r"widths \(1, 1, 1\)"):
        hyperbola(random_network(rng, (1, 1)), [0.0])
    for times in ([np.nan], [1j], [["a"]], [[0.0, 1.0], [2.0, 3.0]]):
        with pytest.raises(InvalidArgumentError, match="times"):
            hyperbola(scalars(1.0, 1.0), times)


# -- learning -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("y", [3.0, 0.5, 0.0, -1.0])
@pytest.mark.parametrize("w", [(0.1, 0.1), (0.3, -0.3), (0.1, 2.0), (-2.0, 0.1), (0.0, 1.0)])
def test_aligned_learning_solves_its_equation(y, w):
    exact = aligned_learning([y], [w[0]], [w[1]], TIMES).ravel()
    numbers = integrate(lambda z: (y - z[0] * z[1]) * z[::-1], w, TIMES)
    np.testing.assert_allclose(exact, (numbers[:, 0] * numbers[:, 1]).real, rtol=1e-8, atol=1e-11)


def test_logistic_curve_of_saxe():
    """Balanced modes: a(t) = y e^{2yt} / (e^{2yt} − 1 + y/a_0)."""
    y, a0, t = np.array([3.0, 1.0, 0.2]), np.array([0.01, 0.2, 0.5]), np.linspace(0, 4, 9)[:, None]
    growth = np.exp(2 * y * t)
    np.testing.assert_allclose(
        aligned_learning(y, np.sqrt(a0), np.sqrt(a0), t.ravel()), y * growth / (growth - 1 + y / a0), rtol=1e-13
    )


def test_aligned_learning_at_long_times():
    late = [1e3, 1e6]
    np.testing.assert_allclose(aligned_learning([3.0, 1e-2], [1e-3] * 2, [1e-3] * 2, late)[-1], [3.0, 1e-2], rtol=1e-9)
    assert aligned_learning([-1.0], [0.1], [0.1], late).tolist() == [[0.0], [0.0]]  # rests at the saddle
    assert aligned_learning([2.0], [0.0], [0.0], late).tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize("lam", [0.0, 0.8, -0.5])
@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 5)])
def test_two_layer_learning_solves_its_equation(rng, shape, lam, complex_entries):
    """No alignment between start and target, any λ."""
    start = lambda_balanced(0.2 * random_matrix(rng, *shape, complex_entries=complex_entries), lam)
    Y = random_matrix(rng, *shape, complex_entries=complex_entries)
    first, second = (weight.shape for weight in start.weights)
    cut = first[0] * first[1]

    def velocity(z):
        W1, W2 = z[:cut].reshape(first), z[cut:].reshape(second)
        error = Y - W2 @ W1
        return np.concatenate([(adjoint(W2) @ error).ravel(), (error @ adjoint(W1)).ravel()])

    numbers = integrate(velocity, np.concatenate([weight.ravel() for weight in start.weights]), TIMES)
    for z, X in zip(numbers, two_layer_learning(start, Y, TIMES), strict=True):
        assert la.norm(z[cut:].reshape(second) @ z[:cut].reshape(first) - X) < 1e-9
        assert np.iscomplexobj(X) == complex_entries


def test_two_layer_learning_in_common_frames_is_aligned_learning(rng, complex_entries):
    U, V = (random_unitary(rng, 3, complex_entries=complex_entries) for _ in "UV")
    y, a = np.array([3.0, 1.0, 0.3]), np.array([0.1, 0.4, 0.01])
    start = balanced((U * a) @ adjoint(V), 2)
    modes = aligned_learning(y, np.sqrt(a), np.sqrt(a), TIMES)
    for X, mode in zip(two_layer_learning(start, (U * y) @ adjoint(V), TIMES), modes, strict=True):
        assert la.norm(adjoint(U) @ X @ V - np.diag(mode)) < 1e-13


def test_two_layer_learning_does_not_depend_on_the_splitting_of_time(rng):
    start = balanced(random_matrix(rng, 4, 3), 2)
    Y = random_matrix(rng, 4, 3)
    (direct,) = two_layer_learning(start, Y, [6.0])
    assert la.norm(two_layer_learning(start, Y, np.linspace(0, 6, 13))[-1] - direct) < 1e-13


def test_two_layer_learning_converges_at_long_times(rng):
    Y = random_matrix(rng, 3, 3)
    (X,) = two_layer_learning(balanced(random_matrix(rng, 3, 3), 2), Y, [2e3])
    assert la.norm(X - Y) < 1e-12


def test_two_layer_learning_of_nothing_and_from_nothing():
    zero = DeepLinearNetwork([np.zeros((2, 2)), np.zeros((2, 2))])
    assert all(not X.any() for X in two_layer_learning(zero, np.eye(2), [0.0, 1.0, 2.0]))
    (X,) = two_layer_learning(balanced(np.eye(2), 2), np.zeros((2, 2)), [1.5])
    np.testing.assert_allclose(X, np.eye(2) / 4, rtol=1e-14)  # ȧ = −2a²


def test_two_layer_learning_refusals(rng):
    Y, start = np.eye(3), balanced(np.eye(3), 2)
    with pytest.raises(InvalidArgumentError, match="depth 2"):
        two_layer_learning(balanced(Y, 3), Y, [1.0])
    with pytest.raises(InvalidArgumentError, match="λ-balanced"):
        two_layer_learning(random_network(rng, (3, 3, 3)), Y, [1.0])
    with pytest.raises(InvalidArgumentError, match="target"):
        two_layer_learning(start, np.eye(2), [1.0])
    with pytest.raises(InvalidArgumentError, match="increasing"):
        two_layer_learning(start, Y, [1.0, 0.5])
    with pytest.raises(InvalidArgumentError, match="at least 0"):
        two_layer_learning(start, Y, [-1.0])


def test_aligned_learning_refusals():
    with pytest.raises(InvalidArgumentError, match="as many targets as modes"):
        aligned_learning([1.0, 2.0], [1.0], [1.0], [0.0])
    with pytest.raises(InvalidArgumentError, match="first: expected real numbers"):
        aligned_learning([1.0], [1j], [1.0], [0.0])
    with pytest.raises(InvalidArgumentError, match="times"):
        aligned_learning([1.0], [1.0], [1.0], [-1.0])


# -- geodesics ----------------------------------------------------------------------------------------------------


def metric_norm(values, velocity, depth):
    """Length of a tangent vector that is diagonal in the frames of X: λ_ii = N σ_i^{2(N−1)/N}."""
    return np.sqrt(np.sum(velocity**2 / (depth * values ** (2 * (depth - 1) / depth))))


@pytest.mark.parametrize("depth", [1, 2, 3, 8])
def test_geodesics_have_constant_speed_and_the_stated_length(rng, depth):
    start, end = rng.uniform(0.5, 2, 4), rng.uniform(0.5, 2, 4)
    length = aligned_length(start, end, depth)
    h = 1e-5
    for s in (0.1, 0.5, 0.9):
        before, here, after = aligned_geodesic(start, end, depth, [s - h, s, s + h])
        assert metric_norm(here, (after - before) / (2 * h), depth) == pytest.approx(length, rel=1e-7)


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_geodesics_lift_to_straight_lines_of_balanced_networks(rng, depth, complex_entries):
    """The centers over X(0) and X(1), in common frames, are at the distance of X(0) and X(1)."""
    U, V = (random_unitary(rng, 3, complex_entries=complex_entries) for _ in "UV")
    start, end = np.array([3.0, 2.0, 1.0]), np.array([5.0, 2.5, 0.1])

    def lifted(values):
        roots = values ** (1 / depth)
        if depth == 1:
            return [(U * roots) @ adjoint(V)]
        return [roots[:, None] * adjoint(V), *[np.diag(roots)] * (depth - 2), U * roots]

    ends = lifted(start), lifted(end)
    gap = np.sqrt(sum(la.norm(b - a) ** 2 for a, b in zip(*ends, strict=True)))
    assert gap == pytest.approx(aligned_length(start, end, depth), rel=1e-13)
    for s, values in zip((0.25, 0.8), aligned_geodesic(start, end, depth, [0.25, 0.8]), strict=True):
        line = DeepLinearNetwork([(1 - s) * a + s * b for a, b in zip(*ends, strict=True)])
        assert line.is_balanced(1e-14)
        np.testing.assert_allclose(line.singular_values, np.sort(values)[::-1], rtol=1e-12)


def test_geodesic_refusals():
    for start, end in (([1.0], [1.0, 2.0]), ([-1.0], [1.0]), ([1.0], [-1.0])):
        with pytest.raises(InvalidArgumentError, match="start"):
            aligned_length(start, end, 2)
    with pytest.raises(InvalidArgumentError, match="depth"):
        aligned_length([1.0], [2.0], 0)
    for s in (1.5, -0.5):
        with pytest.raises(InvalidArgumentError, match="times"):
            aligned_geodesic([1.0], [2.0], 2, [s])
