"""Langevin dynamics: drift by differences, stationary densities by quadrature, refusals.

Statistical tests have fixed seeds; their bounds are five standard errors, beside what the time step contributes.
"""

import math
from itertools import combinations

import numpy as np
import pytest
import scipy.integrate
import scipy.linalg as la
import scipy.stats

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.networks.entropies import mean_powers
from dlnbalance.networks.geometry import end_to_end_operator, entropy_gradient
from dlnbalance.networks.langevin import brownian_drift, riemannian_langevin, weight_langevin
from dlnbalance.networks.network import DeepLinearNetwork

from ..models import random_matrix, random_network, random_unitary
from .matrices import matrix_with
from .simulations import simulate

VALUES = [1.6, 1.1, 0.5]


@pytest.fixture
def X(rng, complex_entries):
    return matrix_with(rng, VALUES, complex_entries=complex_entries)


def units(d, complex_entries):
    basis = [np.eye(d * d)[k].reshape(d, d) for k in range(d * d)]
    return basis + [1j * unit for unit in basis] if complex_entries else basis


def divergence(X, depth, h, basis):
    """Σ_e ∂_e A_{N,X}(e) over an orthonormal basis, by central differences."""
    return sum(
        (end_to_end_operator(X + h * e, depth)(e) - end_to_end_operator(X - h * e, depth)(e)) / (2 * h) for e in basis
    )


def gradient_by_differences(function, X, h, basis):
    return sum((function(X + h * e) - function(X - h * e)) / (2 * h) * e for e in basis)


def decay_orders(errors, steps):
    return np.diff(np.log10(errors)) / np.diff(np.log10(steps))


# Drift


@pytest.mark.parametrize("depth", [2, 3, 6])
@pytest.mark.parametrize("values", [VALUES, [1.2, 1.2, 0.6], [1.0, 1.0, 1.0]], ids=str)
def test_formula_divergence_of_the_inverse_metric(rng, complex_entries, depth, values):
    X = matrix_with(rng, values, complex_entries=complex_entries)
    left, sigma, right = la.svd(X)
    sums = mean_powers(sigma, depth).sum(axis=1)
    factors = 4 * sums if complex_entries else depth - 1 + 2 * sums
    expected = (left * (factors * sigma ** (1 - 2 / depth))) @ right
    steps = np.geomspace(1e-1, 1e-3, 3)
    basis = units(3, complex_entries)
    errors = [la.norm(divergence(X, depth, h, basis) - expected) for h in steps]
    assert decay_orders(errors, steps)[-1] == pytest.approx(2, abs=0.1)
    assert errors[-1] <= 1e-4 * la.norm(expected)


def log_density(X, depth, entropic):
    """Log of the stated stationary density with respect to Lebesgue measure, at E = 0."""
    logarithms = np.log(end_to_end_operator(X, depth).eigenvalues)
    if np.iscomplexobj(X):
        return -(0.5 if entropic else 1.0) * logarithms.sum()
    return -0.5 * (np.triu(logarithms) if entropic else logarithms).sum()


@pytest.mark.parametrize("entropic", [True, False])
@pytest.mark.parametrize("depth", [2, 3, 6])
def test_formula_drift_makes_the_density_stationary(X, complex_entries, depth, entropic):
    """No probability flux: b = div A + A(∇ log ρ) for the density ρ with respect to Lebesgue measure."""
    operator, basis = end_to_end_operator(X, depth), units(3, complex_entries)
    drift = brownian_drift(X, depth, entropic=entropic)
    steps = np.geomspace(1e-1, 1e-3, 3)
    errors = []
    for h in steps:
        slope = gradient_by_differences(lambda point: log_density(point, depth, entropic), X, h, basis)
        errors.append(la.norm(divergence(X, depth, h, basis) + operator(slope) - drift))
    assert decay_orders(errors, steps)[-1] == pytest.approx(2, abs=0.1)
    assert errors[-1] <= 1e-4


@pytest.mark.parametrize("depth", [1, 2, 3, 6])
def test_formula_free_energy_adds_the_gradient_of_the_entropy(X, depth):
    with_entropy, without = (brownian_drift(X, depth, entropic=entropic) for entropic in (True, False))
    expected = end_to_end_operator(X, depth)(entropy_gradient(X, depth))
    np.testing.assert_allclose(with_entropy - without, expected, atol=1e-13)


def test_formula_brownian_drift_is_a_power_of_the_singular_values(X, complex_entries):
    left, sigma, right = la.svd(X)
    expected = 0 * X if complex_entries else (left * (4 * sigma ** (3 / 5))) @ right
    np.testing.assert_allclose(brownian_drift(X, 5, entropic=False), expected, atol=1e-14)


def tangent_basis(weights):
    """Orthonormal basis of the tangent space of the balanced manifold, and the pseudo-inverse of dμ."""
    complex_entries = np.iscomplexobj(weights[0])
    d = weights[0].shape[0]
    directions = [
        [unit if j == k else 0 * unit for j in range(len(weights))]
        for k in range(len(weights))
        for unit in units(d, complex_entries)
    ]
    columns = np.array([_flat(_moments(weights, direction)) for direction in directions]).T
    kernel = la.null_space(columns, rcond=1e-9)
    return [_combination(directions, column) for column in kernel.T], directions, la.pinv(columns, rtol=1e-9)


def _moments(weights, direction):
    """Derivative of the moments, polarized: μ is quadratic and this is 2 μ on the diagonal."""
    moments = []
    for k in range(len(weights) - 1):
        half = direction[k] @ adjoint(weights[k]) - adjoint(direction[k + 1]) @ weights[k + 1]
        moments.append(half + adjoint(half))
    return moments


def _flat(matrices):
    flat = np.concatenate([np.ravel(matrix) for matrix in matrices])
    return np.concatenate([flat.real, flat.imag])


def _combination(directions, coefficients):
    return [
        sum(c * direction[k] for c, direction in zip(coefficients, directions, strict=True))
        for k in range(len(directions[0]))
    ]


def _product(weights, replaced):
    layers = [replaced.get(k, weight) for k, weight in enumerate(weights)]
    return np.linalg.multi_dot(layers[::-1])


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_theorem_langevin_is_the_image_of_the_one_on_the_balanced_manifold(rng, complex_entries, depth):
    """The entropic drift is the Laplacian of the end-to-end map φ on the balanced manifold M.

    For an orthonormal basis t of its tangent space, Δφ = Σ D²φ(t, t) + dφ(II(t, t)), and the second fundamental form
    II of M = {μ = 0} is normal with dμ(II(t, t)) = −D²μ(t, t) = −2 μ(t).
    """
    X = matrix_with(rng, [1.5, 0.7], complex_entries=complex_entries)
    center = DeepLinearNetwork([np.eye(2)] * (depth - 1) + [X]).center()
    weights = center.gauge([random_unitary(rng, 2, complex_entries=complex_entries) for _ in range(depth - 1)]).weights
    tangents, directions, inverse = tangent_basis(weights)
    group = (depth - 1) * (4 if complex_entries else 1)
    assert len(tangents) == (8 if complex_entries else 4) + group
    laplacian = 0
    for t in tangents:
        for j, k in combinations(range(depth), 2):
            laplacian = laplacian + 2 * _product(weights, {j: t[j], k: t[k]})
        bending = _combination(directions, -inverse @ _flat(_moments(t, t)))
        laplacian = laplacian + sum(_product(weights, {k: bending[k]}) for k in range(depth))
    np.testing.assert_allclose(laplacian, brownian_drift(X, depth), atol=1e-12)


# Stationary densities of the Riemannian process


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("start", [0.7, 0.7 + 0.0j], ids=["real", "complex"])
def test_stationary_density_of_scalars(depth, start):
    """E = ½|x|² − c log|x|: ½β|x|² has a gamma distribution of shape (βc + 1/N)/2, or (βc + 1 + 1/N)/2 if complex."""
    beta, barrier, dt = 8.0, 0.5, 5e-3
    path = riemannian_langevin(
        [[start]], lambda X: X - barrier * X / np.abs(X) ** 2, depth, beta=beta, dt=dt, steps=500, every=500,
        copies=4000, normalized=True, rng=3,
    )  # fmt: skip
    sample = beta / 2 * np.abs(path.end_to_end[-1]).ravel() ** 2
    shape = (beta * barrier + np.iscomplexobj(start) + 1 / depth) / 2
    assert np.mean(sample) == pytest.approx(shape, abs=5 * np.sqrt(shape / sample.size) + 4 * dt)
    assert scipy.stats.kstest(sample, scipy.stats.gamma(shape).cdf).pvalue > 1e-4


@pytest.mark.parametrize("entropic", [True, False])
def test_stationary_density_of_matrices(entropic):
    """E = ½‖X‖² − c log|det X| for real 2 × 2 matrices: ‖X‖² and log|det X| against quadrature over the σ's."""
    depth, beta, barrier, dt = 3, 4.0, 1.0, 4e-3

    def gradient(X):
        return X - barrier * np.swapaxes(np.linalg.inv(X), -1, -2)

    def density(second, first):
        eigenvalues = end_to_end_operator(np.diag([first, second]), depth).eigenvalues
        weights = (np.triu(eigenvalues) + np.tril(np.ones((2, 2)), -1)) if entropic else eigenvalues
        energy = (first**2 + second**2) / 2 - barrier * np.log(first * second)
        return (first**2 - second**2) * np.exp(-beta * energy) / np.sqrt(weights.prod())

    nodes, heights = np.polynomial.legendre.leggauss(40)
    total = np.zeros(5)
    for x, wx in zip(2 * (1 + nodes), 2 * heights, strict=True):  # σ_1 from 0 to 4
        for y, wy in zip(x / 2 * (1 + nodes), x / 2 * heights, strict=True):
            squares, logarithm = x**2 + y**2, np.log(x * y)
            moments = np.array([1, squares, squares**2, logarithm, logarithm**2])
            total += wx * wy * density(y, x) * moments
    moments = total / total[0]
    path = riemannian_langevin(
        np.eye(2), gradient, depth, beta=beta, dt=dt, steps=400, every=400, copies=3000, entropic=entropic,
        normalized=True, rng=5,
    )  # fmt: skip
    last = path.end_to_end[-1]
    squares, logarithm = la.norm(last, axis=(1, 2)) ** 2, np.log(np.abs(np.linalg.det(last)))
    for sample, mean, square in ((squares, moments[1], moments[2]), (logarithm, moments[3], moments[4])):
        deviation = np.sqrt((square - mean**2) / sample.size)
        assert np.mean(sample) == pytest.approx(mean, abs=5 * deviation + 2 * dt)


def test_normalization_is_a_change_of_time(X):
    fast, slow = (
        riemannian_langevin(X, lambda Y: Y, 4, beta=20.0, dt=dt, steps=30, normalized=normalized, rng=1)
        for dt, normalized in ((1e-3, False), (4e-3, True))
    )
    np.testing.assert_allclose(fast.end_to_end, slow.end_to_end, rtol=1e-11, atol=1e-12)


def test_one_step_is_the_formula(X, rng, complex_entries):
    target = random_matrix(rng, 3, 3, complex_entries=complex_entries)
    beta, dt = 3.0, 1e-2
    path = riemannian_langevin(X, lambda Y: Y - target, 3, beta=beta, dt=dt, steps=1, copies=2, rng=7)
    source = np.random.default_rng(7)
    kicks = source.standard_normal((2, 3, 3))
    kicks = kicks + 1j * source.standard_normal((2, 3, 3)) if complex_entries else kicks
    operator = end_to_end_operator(X, 3)
    drift = -operator(X - target) + brownian_drift(X, 3) / beta
    for state, kick in zip(path.end_to_end[1], kicks, strict=True):
        expected = X + dt * drift + operator.sqrt(np.sqrt(2 * dt / beta) * kick)
        np.testing.assert_allclose(state, expected, atol=1e-13)


def test_without_noise_it_is_gradient_descent_in_the_metric(X):
    path = riemannian_langevin(X, lambda Y: Y, 2, beta=math.inf, dt=0.01, steps=1)
    np.testing.assert_allclose(path.end_to_end[1, 0], X - 0.01 * end_to_end_operator(X, 2)(X), atol=1e-14)


# Noisy training


def weighted_mean(density, function, limit):
    """Mean of a function of two numbers under an unnormalized density."""

    def integral(integrand):
        return scipy.integrate.dblquad(integrand, -limit, limit, -limit, limit)[0]

    return integral(lambda x, y: density(x, y) * function(x, y)) / integral(density)


def test_formula_weight_decay_density_has_the_half(rng, complex_entries):
    """No loss: each real coordinate has variance 1/(βκ), not 1/(2βκ), and 1/(βκ(1 − κ dt/2)) for the scheme."""
    beta, kappa, dt = 2.0, 0.8, 0.1
    start = random_network(rng, (3, 2, 4), complex_entries=complex_entries)
    path = weight_langevin(
        start, np.zeros_like, kappa=kappa, beta=beta, dt=dt, steps=200, every=200, copies=2000, rng=1
    )
    squares = np.concatenate([np.abs(weight[-1].ravel()) ** 2 for weight in path.weights])
    dimension = squares.size * (2 if complex_entries else 1)
    variance = squares.sum() / dimension
    assert variance == pytest.approx(1 / (beta * kappa * (1 - kappa * dt / 2)), rel=5 * np.sqrt(2 / dimension))
    assert abs(variance - 1 / (2 * beta * kappa)) > 50 * np.sqrt(2 / dimension) * variance  # without the ½


def test_formula_weight_decay_density_with_a_loss():
    """exp(−β(½(w_2 w_1 − 1)² + ½κ‖w‖²)) for two scalar layers, against quadrature."""
    beta, kappa, dt = 4.0, 0.3, 0.01
    start = DeepLinearNetwork([[[1.0]], [[1.0]]])
    path = weight_langevin(
        start, lambda X: X - 1, kappa=kappa, beta=beta, dt=dt, steps=1500, every=1500, copies=20000, rng=2
    )

    def density(x, y):
        return np.exp(-beta * ((x * y - 1) ** 2 + kappa * (x**2 + y**2)) / 2)

    products = path.end_to_end[-1].ravel()
    norms = sum(weight[-1].ravel() ** 2 for weight in path.weights)
    for sample, function in ((products, lambda x, y: x * y), (norms, lambda x, y: x**2 + y**2)):
        tolerance = 5 * np.std(sample) / np.sqrt(sample.size) + dt
        assert np.mean(sample) == pytest.approx(weighted_mean(density, function, 6.0), abs=tolerance)


def test_noisy_weight_decay_without_noise_is_gradient_descent(rng, complex_entries):
    network = random_network(rng, (3, 4, 2, 5), complex_entries=complex_entries)
    target = random_matrix(rng, 5, 3, complex_entries=complex_entries)
    path = weight_langevin(network, lambda X: X - target, kappa=0.3, beta=math.inf, dt=1e-3, steps=1, copies=2)

    def loss(weights):
        return la.norm(np.linalg.multi_dot(weights[::-1]) - target) ** 2 / 2 + 0.15 * sum(
            la.norm(weight) ** 2 for weight in weights
        )

    for k, (weight, states) in enumerate(zip(network.weights, path.weights, strict=True)):
        velocity = (states[1, 0] - states[0, 0]) / 1e-3
        np.testing.assert_allclose(states[1, 0], states[1, 1], rtol=1e-13, atol=1e-15)
        direction = random_matrix(rng, *weight.shape, complex_entries=complex_entries)
        shifted = [
            loss([w + s * direction if j == k else w for j, w in enumerate(network.weights)]) for s in (1e-5, -1e-5)
        ]
        slope = (shifted[0] - shifted[1]) / 2e-5
        assert -np.vdot(velocity, direction).real == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("normalized", [False, True])
def test_one_layer_is_the_usual_langevin_process_in_both(X, normalized):
    """For N = 1 both processes and dX = −(E' + κX) dt + √(2/β) dB agree path by path."""
    common = {"beta": 5.0, "dt": 0.01, "steps": 50, "copies": 3, "rng": 11}
    matrices = riemannian_langevin(X, lambda Y: 2 * Y - 1 + 0.5 * Y, 1, normalized=normalized, **common)
    weights = weight_langevin(DeepLinearNetwork([X]), lambda Y: 2 * Y - 1, kappa=0.5, **common)
    np.testing.assert_allclose(matrices.end_to_end, weights.end_to_end, atol=1e-13)


def test_one_layer_may_be_of_any_rank():
    path = riemannian_langevin(np.zeros((2, 2)), lambda Y: Y, 1, beta=1.0, dt=0.1, steps=2, rng=0)
    assert path.end_to_end.shape == (3, 1, 2, 2)


# Results and refusals


@pytest.mark.parametrize("kappa", [-0.1, math.nan, math.inf, None])
def test_weight_decay_must_not_be_negative(kappa):
    with pytest.raises(InvalidArgumentError, match=r"^kappa: "):
        simulate("weights", kappa=kappa)


def test_weights_must_be_a_network():
    with pytest.raises(InvalidArgumentError, match="network: expected a DeepLinearNetwork, got list"):
        weight_langevin([np.eye(2)], lambda X: X, kappa=0.1, beta=1.0, dt=0.1, steps=1)


@pytest.mark.parametrize("depth", [0, -1, 1.5, True, math.inf, None], ids=repr)
def test_depth_must_be_a_positive_whole_number(depth):
    with pytest.raises(InvalidArgumentError, match=r"^depth: "):
        riemannian_langevin(np.eye(2), lambda X: X, depth, beta=1.0, dt=0.1, steps=1)
    with pytest.raises(InvalidArgumentError, match=r"^depth: "):
        brownian_drift(np.eye(2), depth)


@pytest.mark.parametrize("start", [np.zeros((2, 2)), np.ones((2, 2)), np.ones((2, 3)), [[np.nan]]], ids=str)
def test_start_must_be_square_and_regular(start):
    with pytest.raises(InvalidArgumentError, match=r"^X: "):
        riemannian_langevin(start, lambda X: X, 2, beta=1.0, dt=0.1, steps=1)
    with pytest.raises(InvalidArgumentError, match=r"^X: "):
        brownian_drift(start, 2)
