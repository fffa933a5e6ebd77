"""Balancing at any depth and width: small values count, as in exact arithmetic."""

from itertools import pairwise

import mpmath
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import OrderError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.networks.gauges import gauge_residual
from dlnbalance.networks.initialization import gaussian
from dlnbalance.networks.network import DeepLinearNetwork
from dlnbalance.networks.orbits import find_gauge, is_balanced, rank_profile

from ..models import random_gauge, random_unitary


def mixed(rng, values, depth, *, complex_entries=False):
    """Layers with the same singular values, in frames that fit together: balanced over σ = values^depth."""
    frames = [random_unitary(rng, len(values), complex_entries=complex_entries) for _ in range(depth + 1)]
    return DeepLinearNetwork([(after * values) @ adjoint(before) for before, after in pairwise(frames)])


def least(network):
    """N Σσ^{2/N} in exact arithmetic."""
    with mpmath.workdps(60 + 4 * network.depth):
        X = mpmath.matrix(network.weights[0].tolist())
        for weight in network.weights[1:]:
            X = mpmath.matrix(weight.tolist()) * X
        X = X if X.rows >= X.cols else X.H
        values = (mpmath.svd_c if network.is_complex else mpmath.svd_r)(X, compute_uv=False)
        values = sorted(values, reverse=True)[: min(network.widths)]
        return float(network.depth * sum(x ** (mpmath.mpf(2) / network.depth) for x in values))


def hadamard(depth):
    return DeepLinearNetwork([la.hadamard(64) / 8] * depth)


@pytest.mark.parametrize("depth", [16, 24])
def test_orthogonal_layers_are_balanced_as_they_are(depth):
    network = hadamard(depth)
    result = dln.balance(network)
    assert is_balanced(network)
    assert network.rank == 64
    assert network.balancing_gap() == pytest.approx(0, abs=1e-10)
    assert result.certificate.minimum == pytest.approx(64 * depth, rel=1e-14)
    assert result.certificate.after == pytest.approx(64 * depth, rel=1e-13)
    assert la.norm(result.network.end_to_end - network.end_to_end) <= 1e-12
    assert gauge_residual(network, result.network, result.gauge) <= 1e-12


def test_sixty_diagonal_layers_of_which_one_direction_decays():
    """σ = 2^-60 is a fourth of the minimum: 60 (1 + 1/4) = 75."""
    network = DeepLinearNetwork([np.diag([1.0, 0.5])] * 60)
    assert network.balancing_gap() == pytest.approx(0, abs=1e-12)
    assert dln.balance(network).certificate.minimum == pytest.approx(75, rel=1e-14)
    assert rank_profile(network).multiplicities[0, 60] == 2


@pytest.mark.parametrize("complex_entries", [False, True], ids=["real", "complex"])
def test_a_neuron_that_matters_little_is_not_deleted(rng, complex_entries):
    network = mixed(rng, [1.0, 1e-2, 1e-3], 6, complex_entries=complex_entries)
    result = dln.balance(network)
    assert abs(network.balancing_gap()) <= 1e-13
    assert result.network.rank == 3
    assert la.svdvals(result.network.weights[2])[-1] == pytest.approx(1e-3, rel=1e-10)


def test_twenty_gaussian_layers():
    """The minimum is known to forty digits by exact arithmetic: 97.164, a ninth of which rounding in X hides."""
    network = gaussian((10,) * 21, rng=1)
    assert network.least_squared_norm() == pytest.approx(97.16396223028903, rel=1e-14)
    assert network.least_squared_norm() == pytest.approx(least(network), rel=1e-14)


CASES = {
    "shallow": lambda rng: gaussian((6, 6, 6), rng=rng),
    "two rectangular": lambda rng: gaussian((7, 3, 5), rng=rng),
    "eight": lambda rng: gaussian((6,) * 9, rng=rng),
    "thirty": lambda rng: gaussian((5,) * 31, rng=rng),
    "sixty, widths of all kinds": lambda rng: gaussian([4, *rng.integers(3, 7, 59), 5], rng=rng),
    "two hundred": lambda rng: gaussian((3,) * 201, rng=rng),
    "graded": lambda rng: mixed(rng, [1.0, 1e-1, 1e-2, 1e-3], 30, complex_entries=True),
    "graded, two hundred": lambda rng: mixed(rng, [1.0, 1e-1, 1e-3], 200),
}


@pytest.mark.parametrize("case", CASES)
def test_balanced_network_keeps_x_and_attains_the_exact_minimum(rng, case):
    network = CASES[case](rng)
    result, exact = dln.balance(network), least(network)
    tolerance = 1e-12 * network.squared_norm
    X = network.end_to_end
    assert la.norm(result.network.end_to_end - X) <= 1e-12 * la.norm(X)
    assert abs(result.certificate.minimum - exact) <= tolerance
    assert abs(result.network.squared_norm - exact) <= tolerance
    assert abs(network.balancing_gap() - (network.squared_norm - exact)) <= tolerance
    assert abs(network.center().squared_norm - exact) <= tolerance
    assert result.network.is_balanced(1e-13)
    assert result.certificate.hidden == 0


@pytest.mark.parametrize("case", ["eight", "thirty", "graded", "two hundred"])
def test_gauge_leads_to_the_center_at_any_depth(rng, case):
    """A_k W_k = C_k A_{k−1} row by row, though the gauges may be as ill-conditioned as partial products."""
    network = CASES[case](rng)
    result = dln.balance(network)
    assert result.gauge is not None, result.orbit
    A = [np.eye(network.widths[0]), *result.gauge, np.eye(network.widths[-1])]
    for k, (before, after) in enumerate(zip(network.weights, result.network.weights, strict=True)):
        difference = A[k + 1] @ before - after @ A[k]
        scale = la.norm(A[k + 1], axis=1) * la.norm(before)
        assert (la.norm(difference, axis=1) <= 1e-11 * scale).all()


def test_gauge_between_deep_networks_of_one_orbit(rng):
    network = gaussian((5,) * 25, rng=rng)
    target = network.gauge([random_gauge(rng, 5) for _ in range(23)])
    assert gauge_residual(network, target, find_gauge(network, target)) <= 1e-8


def test_what_rounding_hides_is_stated_not_free(rng):
    """One layer of thirty is singular to rounding: its σ of 1e-17 or so could weigh 30 σ^{1/15}, which is 2."""
    deficient = mixed(rng, [1.0, 1e-1, 1e-17], 1).weights
    network = DeepLinearNetwork([*mixed(rng, [1.0] * 3, 29).weights, *deficient])
    result = dln.balance(network)
    assert result.network.rank == 2
    assert result.certificate.hidden > 0.01 * result.certificate.minimum
    assert "could add" in str(result.certificate)
    assert result.gauge is None
    assert network.hidden_squared_norm() == result.certificate.hidden


def test_certificate_is_that_of_the_network_that_was_given(rng):
    """A zero network would attain its own minimum; it is compared with that of X."""
    network = hadamard(16)
    wrong = DeepLinearNetwork([np.zeros((64, 64))] * 16)
    certificate = network.certificate(wrong)
    assert certificate.minimum == pytest.approx(1024)
    assert certificate.gap == pytest.approx(-1024)


def test_truncation_of_a_deep_network_keeps_the_leading_values(rng):
    network = mixed(rng, [1.0, 0.5, 0.25, 0.125], 40)
    reduced = network.truncate(2)
    assert reduced.widths == (4, *(2,) * 39, 4)
    assert reduced.decomposition.power(1 / 40) == pytest.approx([1.0, 0.5], rel=1e-12)
    with pytest.raises(OrderError, match="an order from 1 to 4"):
        network.truncate(5)


def test_rank_profile_of_a_deep_network_is_one_pass(rng, monkeypatch):
    """As many factorizations as layers, not as sub-products."""
    count = []
    monkeypatch.setattr(la, "qr", lambda *args, _qr=la.qr, **options: count.append(1) or _qr(*args, **options))
    profile = rank_profile(gaussian((4,) * 101, rng=rng))
    assert profile.is_closed
    assert len(count) <= 3 * 100


@pytest.mark.parametrize("p", [0.5, 1, 2])
def test_schatten_minimum_of_a_deep_network(rng, p):
    """N ‖X‖_{S_{p/N}}^{1/N}, where σ itself is no number any more."""
    network = mixed(rng, [1.0, 1e-2, 1e-3], 150)
    expected = 150 * (1 + 1e-2**p + 1e-3**p) ** (1 / p)
    assert dln.networks.schatten.regularizer(network, p) == pytest.approx(expected, rel=1e-11)
    assert dln.networks.schatten.gap(network, p) == pytest.approx(0, abs=1e-9 * expected)
