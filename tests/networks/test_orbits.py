"""Gauge orbits: the gauge between two networks, ranks and intervals, closedness, the nearest balanced network."""

import numpy as np
import pytest
import scipy.linalg as la
from hypothesis import assume, given
from hypothesis import strategies as st

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.networks.initialization import balanced, random_spectrum
from dlnbalance.networks.network import DeepLinearNetwork
from dlnbalance.networks.orbits import (
    find_gauge,
    is_balanced,
    nearest_balanced,
    random_balanced,
)

from ..models import (
    assert_small,
    random_gauge,
    random_hermitian,
    random_matrix,
    random_network,
    random_unitary,
)
from .representations import bounded, interval_counts, network_of_intervals, residual

# -- the gauge between two networks -------------------------------------------------------------------------------


def test_lemma_group_orbit(rng, complex_entries):
    """Two tuples of full rank over the same X are one orbit, and the gauge is unique."""
    source = random_network(rng, (4, 4, 4, 4), complex_entries=complex_entries)
    others = random_network(rng, (4, 4, 4), complex_entries=complex_entries).weights
    last = source.end_to_end @ la.inv(others[1] @ others[0])
    target = DeepLinearNetwork([*others, last])
    gauge = find_gauge(source, target)
    assert residual(source, target, gauge) < 1e-10
    first = others[0] @ la.inv(source.weights[0])
    assert la.norm(gauge[0] - first) < 1e-10 * la.norm(first)
    assert all(np.iscomplexobj(A) == complex_entries for A in gauge)


def test_gauge_is_found_for_any_widths_and_ranks(network, rng, complex_entries):
    T = [random_gauge(rng, d, complex_entries=complex_entries) for d in network.widths[1:-1]]
    target = network.gauge(T)
    gauge = find_gauge(network, target)
    assert [A.shape for A in gauge] == [t.shape for t in T]
    assert residual(network, target, gauge) < 1e-9


@bounded
@given(n=interval_counts(), seed=st.integers(0, 99), complex_entries=st.booleans())
def test_gauge_is_found_for_every_type_of_representation(n, seed, complex_entries):
    rng = np.random.default_rng(seed)
    network = network_of_intervals(rng, n, complex_entries=complex_entries)
    assume(network is not None)
    T = [random_gauge(rng, d, complex_entries=complex_entries) for d in network.widths[1:-1]]
    target = network.gauge(T)
    assert residual(network, target, find_gauge(network, target)) < 1e-9


def test_gauges_between_closed_orbits_need_no_common_ancestor(rng, complex_entries):
    """Closed orbits over the same X are one orbit, at any widths and any rank."""
    X = random_matrix(rng, 4, 2, complex_entries=complex_entries) @ random_matrix(rng, 2, 5)
    widths = (5, 3, 4, 6, 4)
    one, other = (
        random_balanced(X, widths=widths, rng=seed).gauge([random_gauge(rng, d) for d in widths[1:-1]])
        for seed in (1, 2)
    )
    assert residual(one, other, find_gauge(one, other)) < 1e-11


@pytest.mark.parametrize("depth", [2, 3, 5, 8])
def test_gauge_with_ill_conditioned_partial_products(rng, depth, complex_entries):
    """d = 32, singular values of X over six decades: the residual stays near rounding."""
    source = random_spectrum((32,) * (depth + 1), np.geomspace(1e3, 1e-3, 32), rng=rng, complex_entries=complex_entries)
    target = source.gauge([random_gauge(rng, 32, complex_entries=complex_entries) for _ in range(depth - 1)])
    assert residual(source, target, find_gauge(source, target)) < 1e-12  # observed 1e-14
    center = target.center()
    assert residual(target, center, find_gauge(target, center)) < 1e-9  # observed 2e-12


@pytest.mark.parametrize("exponent", [-300, 40, 300])
def test_gauge_between_layers_of_very_different_size(rng, exponent):
    source = random_network(rng, (3, 4, 2, 3))
    W = source.weights
    target = DeepLinearNetwork([W[0] * 2.0**exponent, W[1], W[2] * 2.0**-exponent])
    gauge = find_gauge(source, target)
    assert residual(source, target, gauge) < 1e-11


def test_gauge_of_balanced_networks_is_unitary(rng, complex_entries):
    X = random_matrix(rng, 4, 4, complex_entries=complex_entries)
    one, other = (random_balanced(X, 4, rng=seed) for seed in (1, 2))
    for Q in find_gauge(one, other):
        assert la.norm(adjoint(Q) @ Q - np.eye(4)) < 1e-11


@pytest.mark.parametrize("layer", [0, 1])
def test_gauge_between_real_and_complex_networks(rng, layer):
    source = random_network(rng, (3, 4, 2, 3))
    T = [random_gauge(rng, d, complex_entries=k == layer) for k, d in enumerate((4, 2))]
    target = source.gauge(T)
    real_ends = DeepLinearNetwork([w if np.iscomplexobj(w) and w.imag.any() else w.real for w in target.weights])
    assert residual(source, real_ends, find_gauge(source, real_ends)) < 1e-11
    assert residual(real_ends, source, find_gauge(real_ends, source)) < 1e-11


def test_gauge_of_one_layer_is_empty(rng):
    network = random_network(rng, (3, 2))
    assert find_gauge(network, network) == ()


def test_gauge_between_zero_networks():
    zero = DeepLinearNetwork([np.zeros((3, 2)), np.zeros((2, 3))])
    (A,) = find_gauge(zero, zero)
    assert np.linalg.matrix_rank(A) == 3


def test_no_gauge_changes_the_widths(rng):
    with pytest.raises(InvalidArgumentError, match="a gauge does not change the widths"):
        find_gauge(random_network(rng, (2, 3, 2)), random_network(rng, (2, 4, 2)))


def test_no_gauge_changes_the_end_to_end_matrix(rng):
    with pytest.raises(InvalidArgumentError, match="the same end-to-end matrix X, got one at distance"):
        find_gauge(random_network(rng, (3, 3, 3)), random_network(rng, (3, 3, 3)))


def test_no_gauge_changes_ranks():
    used, unused = DeepLinearNetwork([[[1.0]], [[0.0]]]), DeepLinearNetwork([[[0.0]], [[0.0]]])
    with pytest.raises(InvalidArgumentError, match="rank 1 of W_1, as in the source, got 0"):
        find_gauge(used, unused)


def test_no_gauge_changes_kernels():
    """X = 0 and equal ranks, yet W_1 forgets different inputs: the orbits of such networks are many."""
    one, other = (DeepLinearNetwork([[row], [[0.0]]]) for row in ([1.0, 0.0], [0.0, 1.0]))
    with pytest.raises(InvalidArgumentError, match="the same kernel of W_1"):
        find_gauge(one, other)


def test_no_gauge_changes_images():
    one, other = (DeepLinearNetwork([[[0.0]], [[x], [y]]]) for x, y in ((1.0, 0.0), (0.0, 1.0)))
    with pytest.raises(InvalidArgumentError, match="the same image of W_2"):
        find_gauge(one, other)


def test_gauge_that_rounding_keeps_from_the_tolerance_is_refused(rng):
    source = random_spectrum((16,) * 6, np.geomspace(1e3, 1e-3, 16), rng=rng)
    target = source.gauge([random_gauge(rng, 16) for _ in range(4)])
    with pytest.raises(NumericalError, match="raise rtol or truncate"):
        find_gauge(source, target, rtol=1e-17)


@pytest.mark.parametrize("rtol", [0, -1.0, np.nan, np.inf])
def test_tolerance_of_a_gauge_is_checked(rtol):
    network = DeepLinearNetwork([[[1.0]]])
    with pytest.raises(InvalidArgumentError, match="rtol"):
        find_gauge(network, network, rtol=rtol)


# -- balanced networks --------------------------------------------------------------------------------------------


def test_is_balanced_is_a_method_and_a_function(network):
    assert is_balanced(network.center(), 1e-14)
    assert is_balanced(network) == network.is_balanced() == (network.depth == 1)


def test_is_balanced_scales_with_the_moment(rng):
    center = random_network(rng, (3, 3, 3)).center()
    moved = center.gauge([la.expm(1e-6 * random_hermitian(rng, 3))])
    assert moved.is_balanced(1e-4)
    assert not moved.is_balanced(1e-9)
    scaled = DeepLinearNetwork([weight * 1e60 for weight in moved.weights])
    assert scaled.is_balanced(1e-4)
    assert not scaled.is_balanced(1e-9)


@pytest.mark.parametrize("rtol", [-1.0, np.nan])
def test_tolerance_of_balancedness_is_checked(rtol):
    with pytest.raises(InvalidArgumentError, match="rtol"):
        DeepLinearNetwork([[[1.0]]]).is_balanced(rtol)


def test_zero_network_is_balanced():
    assert DeepLinearNetwork([np.zeros((2, 3)), np.zeros((3, 2))]).is_balanced(0.0)


@pytest.mark.parametrize("widths", [(4, 4, 4), (5, 3, 6, 4)])
def test_random_balanced_networks_lie_over_x(rng, widths, complex_entries):
    X = random_matrix(rng, widths[-1], 3, complex_entries=complex_entries) @ random_matrix(rng, 3, widths[0])
    network = random_balanced(X, widths=widths, rng=rng)
    assert network.widths == widths
    assert network.is_complex == complex_entries
    assert network.is_balanced(1e-13)
    assert_small(la.norm(network.end_to_end - X), la.norm(X), 200)
    least = 2 * balanced(X, widths=widths).representation.energy
    assert 2 * network.representation.energy == pytest.approx(least, rel=1e-13)


def test_random_balanced_is_haar_distributed(rng):
    """The mean of W_1 over the orbit vanishes, and its covariance is that of a Haar frame."""
    X = np.diag([2.0, 1.0])
    samples = np.array([random_balanced(X, 2, rng=rng).weights[0] for _ in range(4000)])
    assert np.abs(samples.mean(axis=0)).max() < 0.1
    second = np.einsum("nij,nik->jk", samples, samples) / 4000
    np.testing.assert_allclose(second, np.diag([2.0, 1.0]), atol=1e-10)  # W_1*W_1 = Σ for every sample
    rows = np.einsum("nij,nkj->ik", samples, samples) / 4000
    np.testing.assert_allclose(rows, 1.5 * np.eye(2), atol=0.1)


def test_random_balanced_is_reproducible():
    one, other = (random_balanced(np.eye(3), 3, rng=7) for _ in "ab")
    assert all(la.norm(a - b) <= 1e-13 * la.norm(b) for a, b in zip(one.weights, other.weights, strict=True))


def test_unitary_gauges_of_the_center_are_all_balanced_networks(rng, complex_entries):
    """Theorem 1, any widths: the gauge between two balanced networks over X can be taken unitary."""
    X = random_matrix(rng, 3, 3, complex_entries=complex_entries)
    network = random_balanced(X, widths=(3, 5, 4, 3), rng=rng)
    Q = [random_unitary(rng, d, complex_entries=complex_entries) for d in (5, 4)]
    assert nearest_balanced(network.gauge(Q)).distance < 1e-13
