"""Pairs of Gramian factors against the plain two-layer network of the same layers."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.networks.factor_pairs import FactorPair, TriangularPair, as_factor_pair
from dlnbalance.networks.network import DeepLinearNetwork
from dlnbalance.networks.projections import projection

from ..models import assert_small, random_matrix, random_system, random_unitary


@pytest.fixture(params=[False, True], ids=["unit", "scaled"])
def scaled(request):
    return request.param


@pytest.fixture(params=[6, 130])
def pair(request, rng, scaled):
    """A pair of graded factors, small (all singular vectors at once) and larger (leading ones alone)."""
    n = request.param
    F, G = (np.triu(random_matrix(rng, n, n)) * np.geomspace(1, 1e-6, n) for _ in range(2))
    scaling = 2.0 ** rng.integers(-3, 4, n) if scaled else np.ones(n)
    return TriangularPair(np.asfortranarray(F), np.asfortranarray(G), random_unitary(rng, n), scaling)


def test_it_is_the_network_of_its_layers(pair):
    plain = DeepLinearNetwork(pair.weights)
    size = la.norm(plain.end_to_end, 2)
    assert pair.widths == plain.widths
    assert pair.depth == 2
    assert_small(la.norm(pair.end_to_end - plain.end_to_end, 2), size, 1000)
    assert_small(np.abs(pair.singular_values - plain.singular_values).max(), size, 1000)
    assert pair.squared_norm == pytest.approx(plain.squared_norm, rel=1e-13)
    assert pair.balancing_gap() == pytest.approx(plain.balancing_gap(), rel=1e-8)
    assert not any(weight.flags.writeable for weight in pair.weights)


@pytest.mark.parametrize("r", [1, 4, 6])
def test_leading_triples_and_projections(pair, r):
    left, values, right = pair.triples(r)
    X, (first, second) = pair.end_to_end, pair.weights
    size = la.norm(X, 2)
    assert_small(la.norm(X @ right - left * values, 2), size, 100)
    assert_small(la.norm(adjoint(X) @ left - right * values, 2), size, 100)
    np.testing.assert_allclose(pair.last_layer_rows(left), adjoint(left) @ second, rtol=0, atol=1e-13 * la.norm(second))
    np.testing.assert_allclose(pair.first_layer_columns(right), first @ right, rtol=0, atol=1e-13 * la.norm(first))
    T, inverse = projection(pair, r)
    assert_small(la.norm(T @ inverse - np.eye(r), 2), (values[0] / values[-1]), 1000)


def test_center_truncation_and_gauge_are_plain_networks(pair):
    center, truncated = pair.center(), pair.truncate(2)
    assert abs(center.balancing_gap()) < 1e-10 * center.squared_norm
    assert truncated.widths == (pair.widths[0], 2, pair.widths[0])
    assert_small(la.norm(pair.gauge([2 * np.eye(pair.widths[1])]).end_to_end - pair.end_to_end, 2), pair.norm**2, 100)


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("which", ["B", "C"])
def test_a_real_pencil_with_complex_inputs_or_outputs(rng, discrete, which):
    """The factors are complex then, and so is the basis they refer to."""
    A, B, C, D, dt = random_system(rng, 7, 2, 2, discrete=discrete).to_tuple()
    B, C = (B + 1j * random_matrix(rng, 7, 2), C) if which == "B" else (B, C + 1j * random_matrix(rng, 2, 7))
    network = dln.Lyapunov()(dln.LinearSystem(A, B, C, D, dt=dt))
    first, second = network.weights
    P, Q = first @ adjoint(first), adjoint(second) @ second
    if discrete:
        residuals = A @ P @ A.T - P + B @ adjoint(B), A.T @ Q @ A - Q + adjoint(C) @ C
    else:
        residuals = A @ P + P @ A.T + B @ adjoint(B), A.T @ Q + Q @ A + adjoint(C) @ C
    for residual, X in zip(residuals, (P, Q), strict=True):
        assert_small(la.norm(residual, 2), (1 + la.norm(A, 2) ** 2) * la.norm(X, 2), 100)


@pytest.mark.parametrize("discrete", [False, True])
def test_reduction_beyond_the_small_sizes(rng, discrete):
    """Hankel singular values, bounds and biorthogonality where only the leading vectors are computed."""
    system = random_system(rng, 140, 2, 2, discrete=discrete)
    model = dln.reduce(system, 6)
    first, second = dln.Lyapunov()(system).weights
    assert_small(np.abs(model.hsv - la.svdvals(second @ first)).max(), model.hsv[0], 1000)
    assert_small(la.norm(model.left.T @ model.right - np.eye(6)), model.hsv[0] / model.hsv[5], 1000)
    assert model.lower_bound * (1 - 1e-9) <= float(model.error()) <= model.bound * (1 + 1e-9)
    assert abs(model.certificate.relative_gap) < 1e-12
    assert model.certificate.minimum == pytest.approx(2 * model.hsv[:6].sum(), rel=1e-12)


def test_computed_factors_share_one_floor(rng):
    """Layers that are given determine small singular values; computed factors err by a share of their norm."""
    tiny = np.diag([1.0, 1e-20])
    given = DeepLinearNetwork([tiny, np.eye(2)])
    pair = as_factor_pair(given)
    assert given.rank == 2
    assert pair.rank == pair.decomposition.rank == 1
    assert as_factor_pair(pair) is pair
    assert pair.least_squared_norm() == pytest.approx(2.0, rel=1e-14)


def test_floor_of_a_pair_is_the_norm_of_the_product_of_magnitudes(rng):
    first, second = random_matrix(rng, 6, 4, complex_entries=True), random_matrix(rng, 5, 6)
    expected = 6 * np.finfo(float).eps * la.norm(np.abs(second) @ np.abs(first), 2)
    assert FactorPair([first, second]).accuracy_floor == pytest.approx(expected, rel=1e-3)
