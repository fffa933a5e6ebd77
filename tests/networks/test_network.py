"""Deep linear networks: end-to-end map, moments, center, gap, truncation."""

from itertools import pairwise

import mpmath
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, NumericalError, OrderError
from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.networks.network import DeepLinearNetwork

from ..models import (
    assert_small,
    random_gauge,
    random_matrix,
    random_network,
    random_unitary,
    random_weights,
)

#: Widths and, where it is not full, the rank of the end-to-end matrix.
SHAPES = {
    "one layer": ((4, 3), None),
    "factor pair": ((7, 4, 6), None),
    "square": ((5, 5, 5, 5), None),
    "rectangular": ((6, 3, 7, 4, 5), None),
    "bottleneck": ((8, 6, 2, 6, 8), None),
    "rank-deficient": ((5, 6, 5, 5), 3),
    "rank one, deep": ((3, 4, 4, 4, 4, 4, 3), 1),
    "vectors": ((1, 5, 1), None),
}


@pytest.fixture(params=SHAPES)
def shape(request):
    return SHAPES[request.param]


@pytest.fixture
def network(rng, shape, complex_entries):
    widths, rank = shape
    return random_network(rng, widths, complex_entries=complex_entries, rank=rank)


def minimum(network):
    """Least ‖W‖² over all networks with the same end-to-end matrix, N Σ σ^{2/N}, from the known rank."""
    values = la.svdvals(network.end_to_end)[: network.rank]
    return network.depth * np.sum(values ** (2 / network.depth))


def energy(network):
    return sum(la.norm(weight) ** 2 for weight in network.weights)


def test_shape_and_end_to_end(network, shape, complex_entries):
    widths, rank = shape
    assert network.widths == widths
    assert network.depth == len(widths) - 1
    assert network.is_complex == complex_entries
    assert network.rank == (min(widths) if rank is None else rank)
    X = np.eye(widths[0])
    for weight in network.weights:
        X = weight @ X
    assert_small(la.norm(network.end_to_end - X), la.norm(X), 1)  # observed 0
    assert_small(abs(network.norm - np.sqrt(energy(network))), network.norm, 5)  # observed 0.93


def test_svd_is_that_of_the_end_to_end_matrix(network):
    left, values, right = network.svd
    r = min(network.widths)
    assert values.shape == (r,)
    assert np.all(np.diff(values) <= 0)
    assert_small(la.norm((left * values) @ adjoint(right) - network.end_to_end), values[0], 200)  # observed 37
    for frame in (left, right):
        assert_small(la.norm(adjoint(frame) @ frame - np.eye(r)), 1, 80)  # observed 12
    assert network.singular_values is values


def test_moments_are_those_of_neighbouring_layers(network):
    moments = network.moments()
    assert len(moments) == network.depth - 1
    for (inner, outer), moment in zip(pairwise(network.weights), moments, strict=True):
        expected = inner @ inner.conj().T - outer.conj().T @ outer
        assert np.array_equal(moment, adjoint(moment))  # (M + M*)/2 is Hermitian whatever the rounding of M
        assert_small(la.norm(moment - expected), energy(network), 2)  # observed 0.23


def test_gap_is_the_excess_over_the_minimum(network):
    expected = energy(network) - minimum(network)
    assert_small(abs(network.balancing_gap() - expected), energy(network), 30)  # observed 5.1
    if network.depth > 1:
        assert network.balancing_gap() > 1e-2 * energy(network)  # nothing random is balanced


def test_center_is_balanced(network):
    center = network.center()
    assert center.widths == network.widths
    assert center.is_complex == network.is_complex
    if network.depth > 1:  # a single layer has nothing to balance
        assert all(la.norm(moment) <= 20 * EPS * energy(center) for moment in center.moments())
    assert_small(abs(center.balancing_gap()), minimum(network), 20)  # observed 3.6
    assert_small(abs(energy(center) - minimum(network)), minimum(network), 30)  # observed 5


def test_center_keeps_the_end_to_end_matrix(network):
    X = network.end_to_end
    assert_small(la.norm(network.center().end_to_end - X), la.norm(X), 150)  # observed 29


def test_center_of_one_layer_is_that_layer(rng, complex_entries):
    network = random_network(rng, (3, 4), complex_entries=complex_entries)
    center = network.center()
    assert_small(la.norm(center.weights[0] - network.weights[0]), network.norm, 50)  # observed 9.6
    assert network.balancing_gap() == pytest.approx(0, abs=20 * EPS * network.norm**2)


def test_center_is_idempotent_up_to_rounding_of_the_energy(network):
    once = network.center()
    twice = once.center()
    assert twice.rank == once.rank == network.rank
    assert_small(abs(energy(twice) - energy(once)), energy(once), 50)  # observed 8.1


@pytest.mark.parametrize("exponent", [-150, -20, 20, 150])
def test_center_does_not_see_how_scale_is_spread_over_the_layers(rng, exponent, complex_entries):
    weights = random_weights(rng, (4, 3, 5, 4), complex_entries=complex_entries)
    reference = DeepLinearNetwork(weights)
    least = minimum(reference)
    scaled = DeepLinearNetwork([weights[0] * 2.0**exponent, weights[1], weights[2] * 2.0**-exponent])
    assert scaled.rank == reference.rank == 3
    assert scaled.balancing_gap() > reference.balancing_gap()
    assert_small(abs(energy(scaled.center()) - least), least, 15)  # observed 2.2
    assert_small(abs(scaled.center().balancing_gap()), least, 10)  # observed 1.6


@pytest.mark.parametrize("exponent", [-160, -80, 80, 160])
def test_huge_and_tiny_networks(rng, exponent, complex_entries):
    """End-to-end matrices of size 1e±145, whose squares are still numbers."""
    weights = random_weights(rng, (4, 3, 5, 4), complex_entries=complex_entries)
    network = DeepLinearNetwork([weight * 2.0**exponent for weight in weights])
    center, X = network.center(), network.end_to_end
    assert network.rank == 3
    # σ^{1/3} with 1/3 rounded costs eps ln(σ)/6 in relative terms: 55 eps here
    assert_small(la.norm(center.end_to_end - X), la.norm(X), 500)  # observed 87
    assert_small(abs(center.balancing_gap()), minimum(network), 300)  # observed 57


@pytest.mark.filterwarnings("ignore:overflow")
def test_overflow_of_the_end_to_end_matrix_is_refused():
    with pytest.raises((NumericalError, InvalidArgumentError)):
        DeepLinearNetwork([[[1e200]], [[1e200]]]).balancing_gap()


@pytest.mark.parametrize("size", [1e-120, 1e120])
def test_accuracy_floor_of_extreme_layers(size):
    network = DeepLinearNetwork([[[size]], [[size]]])
    assert EPS * size**2 <= network.accuracy_floor <= 4 * EPS * size**2


def test_layers_whose_product_underflows_are_balanced_all_the_same():
    """σ = 4e-400 is no number, its root is."""
    network = DeepLinearNetwork([[[1e-200]], [[4e-200]]])
    assert network.end_to_end.item() == 0
    assert network.rank == 1
    center = network.center()
    for layer in center.weights:
        assert abs(layer.item()) == pytest.approx(2e-200, rel=1e-14, abs=0)


def test_layers_whose_product_overflows_are_balanced_all_the_same():
    network = DeepLinearNetwork([[[1e180]], [[8e120]], [[1e120]]])
    for layer in network.center().weights:
        assert abs(layer.item()) == pytest.approx(2e140, rel=1e-13)
    with pytest.raises(NumericalError, match="overflow"):
        network.end_to_end  # noqa: B018


@pytest.mark.parametrize("widths", [(3, 4), (3, 4, 2), (3, 4, 4, 2)])
def test_zero_map(widths):
    network = DeepLinearNetwork([np.zeros((b, a)) for a, b in pairwise(widths)])
    assert network.rank == 0
    assert network.accuracy_floor == 0
    assert network.balancing_gap() == 0
    assert all(not weight.any() for weight in network.center().weights)
    assert network.center().widths == widths
    with pytest.raises(OrderError, match="zero to rounding"):
        network.truncate(1)


def test_zero_map_from_nonzero_layers():
    """X = 0 though W is not: the whole energy is gap, and the center is the zero network."""
    network = DeepLinearNetwork([[[1.0], [0.0]], [[0.0, 2.0]]])
    assert network.rank == 0
    assert network.balancing_gap() == 5  # 1² + 2² − 0 rounds nothing
    assert network.center().norm == 0


def test_layers_of_width_zero():
    network = DeepLinearNetwork([np.zeros((0, 2)), np.zeros((3, 0))])
    assert network.widths == (2, 0, 3)
    assert network.rank == 0
    assert network.end_to_end.tolist() == [[0, 0]] * 3
    assert network.center().widths == (2, 0, 3)


def test_truncation_is_the_best_approximation(network):
    values = network.singular_values
    for r in range(1, network.rank + 1):
        reduced = network.truncate(r)
        assert reduced.widths == (network.widths[0], *(r,) * (network.depth - 1), network.widths[-1])
        assert reduced.is_complex == network.is_complex
        distance = la.norm(network.end_to_end - reduced.end_to_end, 2)
        expected = values[r] if r < values.size else 0.0
        assert_small(abs(distance - expected), values[0], 200)  # observed 37
        assert_small(abs(reduced.balancing_gap()), energy(reduced), 20)  # observed 3.6
        assert_small(la.norm(reduced.singular_values[:r] - values[:r]), values[0], 40)  # observed 6.9


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.uint16])
def test_order_may_be_any_integer_type(rng, kind):
    assert random_network(rng, (4, 4, 4)).truncate(kind(2)).widths == (4, 2, 4)


@pytest.mark.parametrize("r", [True, 2.0, "2", None, np.float64(2), np.True_, [2]])
def test_order_that_is_no_integer_is_refused(rng, r):
    with pytest.raises(InvalidArgumentError, match="r: expected a whole number"):
        random_network(rng, (4, 4, 4)).truncate(r)


@pytest.mark.parametrize("r", [0, -1, 4, 100])
def test_order_out_of_range_is_refused(rng, r):
    network = random_network(rng, (5, 4, 5), rank=3)
    with pytest.raises(OrderError, match=f"r: expected an order from 1 to 3, got {r}; only 3 singular"):
        network.truncate(r)


def equal_values(rng, values, complex_entries):
    """Balanced network of depth two with the given singular values."""
    n = len(values)
    left, right = (random_unitary(rng, n, complex_entries=complex_entries) for _ in "lr")
    roots = np.sqrt(values)
    return DeepLinearNetwork([roots[:, None] * right, left * roots])


@pytest.mark.parametrize(
    "r, neighbours",
    [(1, "choose 2$"), (3, "choose 2 or 5$"), (4, "choose 2 or 5$"), (6, "choose 5 or 7$")],
)
def test_cut_through_equal_singular_values_names_the_neighbours(rng, complex_entries, r, neighbours):
    network = equal_values(rng, [4, 4, 3, 3, 3, 1, 1], complex_entries)
    with pytest.raises(OrderError, match=neighbours) as info:
        network.truncate(r)
    assert f"σ_{r} and σ_{r + 1}" in info.value.received
    for order in (2, 5, 7):
        assert network.truncate(order).widths[1] == order


def test_cut_between_close_but_different_singular_values(rng):
    network = equal_values(rng, [1 + 1e-12, 1, 0.5], complex_entries=False)
    assert network.truncate(1).widths == (3, 1, 3)


def test_cut_after_equal_singular_values_at_the_rank():
    """Zeros beyond the rank are not singular values that a cut could split."""
    X = np.diag([1.0, 1.0, 0.0])
    assert_small(la.norm(DeepLinearNetwork([X, np.eye(3)]).truncate(2).end_to_end - X), 1, 20)


def test_gauge_keeps_the_end_to_end_matrix_and_the_minimum(network, rng, complex_entries):
    T = [random_gauge(rng, d, complex_entries=complex_entries) for d in network.widths[1:-1]]
    moved = network.gauge(T)
    assert moved.widths == network.widths
    scale = np.prod([la.norm(weight) for weight in network.weights])
    assert_small(la.norm(moved.end_to_end - network.end_to_end), scale, 8)  # observed 1.2
    ends = [np.eye(network.widths[0]), *T, np.eye(network.widths[-1])]
    for k, (before, after) in enumerate(zip(network.weights, moved.weights, strict=True)):
        assert_small(la.norm(after @ ends[k] - ends[k + 1] @ before), la.norm(after), 15)  # observed 2.6


def test_unitary_gauges_leave_the_gap_alone(network, rng, complex_entries):
    Q = [random_unitary(rng, d, complex_entries=complex_entries) for d in network.widths[1:-1]]
    moved, start = network.gauge(Q), network.center().gauge(Q)
    assert_small(abs(moved.balancing_gap() - network.balancing_gap()), energy(network), 15)  # observed 2.1
    assert_small(abs(start.balancing_gap()), minimum(network), 20)  # observed 3.6


def test_gauge_refuses_what_is_not_one():
    network = DeepLinearNetwork([np.eye(2), np.eye(2)])
    with pytest.raises(InvalidArgumentError, match="gauge: expected 1 matrices"):
        network.gauge([])
    with pytest.raises(NumericalError, match="h1"):
        network.gauge([np.ones((2, 2))])


def test_results_are_read_only(rng):
    network = random_network(rng, (3, 3, 3))
    for array in (*network.weights, network.end_to_end, *network.svd):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_end_to_end_of_one_layer_is_no_view_of_it(rng):
    network = random_network(rng, (3, 2))
    assert not np.shares_memory(network.end_to_end, network.weights[0])


def test_repr_says_what_it_is(network, complex_entries):
    text = repr(network)
    assert f"depth {network.depth}, {'complex' if complex_entries else 'real'}" in text
    assert " → ".join(str(d) for d in network.widths) in text
    assert "balancing gap" in text


def exact_singular_values(weights):
    """Singular values of the exact product of double-precision layers, to 50 digits."""
    with mpmath.workdps(50):
        X = mpmath.matrix(weights[0].tolist())
        for weight in weights[1:]:
            X = mpmath.matrix(weight.tolist()) * X
        values = mpmath.svd_c(X, compute_uv=False)
        return np.array([float(value) for value in values])


@pytest.mark.parametrize("spread", [0, 4, 8, 14])
@pytest.mark.parametrize("depth", [1, 2, 3, 6])
@pytest.mark.parametrize("n", [2, 6, 12])
def test_accuracy_floor_bounds_the_error_of_the_singular_values(rng, complex_entries, n, depth, spread):
    """Layers D_k⁻¹ M_k D_{k-1}: the product is modest, the partial products are not."""
    scalings = [np.ones(n), *(10.0 ** rng.uniform(-spread, spread, n) for _ in range(depth - 1)), np.ones(n)]
    weights = [
        random_matrix(rng, n, n, complex_entries=complex_entries) * a / b[:, None] for a, b in pairwise(scalings)
    ]
    network = DeepLinearNetwork(weights)
    error = np.abs(network.singular_values - exact_singular_values(weights)).max()
    assert error <= network.accuracy_floor


@pytest.mark.parametrize("depth", [2, 4])
def test_accuracy_floor_bounds_the_error_when_layers_cancel(rng, complex_entries, depth):
    """W_2 W_1 with W_2 close to W_1⁻¹ on huge layers: the exact product is all cancellation."""
    n = 5
    inner = random_unitary(rng, n, complex_entries=complex_entries) * np.geomspace(1e-7, 1e7, n)
    weights = [inner, la.inv(inner)] * (depth // 2)
    network = DeepLinearNetwork(weights)
    error = np.abs(network.singular_values - exact_singular_values(weights)).max()
    assert error > 1e3 * EPS  # the product alone, of norm 1, does not show what was lost
    assert error <= network.accuracy_floor


def test_rank_ignores_what_rounding_leaves():
    """Cancellation leaves noise of size 1e-9 in the product; the rank does not count it."""
    rng = np.random.default_rng(1)
    large = 1e7 * np.outer(rng.standard_normal(4), rng.standard_normal(4))
    first = np.vstack([large + np.outer([1, 0, 0, 0], [1, 0, 0, 0]), large])
    network = DeepLinearNetwork([first, np.hstack([np.eye(4), -np.eye(4)])])
    assert network.rank == 1
    assert network.singular_values[0] == pytest.approx(1, abs=1e-8)


def test_small_singular_values_count_when_rounding_in_the_layers_could_not_make_them_zero(rng):
    """A tiny column is known to its last digit; mixed into the others it is rounding."""
    tiny = np.diag([1.0, 1e-17])
    mixed = random_unitary(rng, 2) @ tiny @ random_unitary(rng, 2)
    assert DeepLinearNetwork([tiny, np.eye(2)]).rank == 2
    assert DeepLinearNetwork([mixed, np.eye(2)]).rank == 1


def test_certificate_of_a_network_and_its_center(rng):
    network = random_network(rng, (3, 4, 5, 2), complex_entries=True)
    certificate = network.certificate(network.center())
    assert certificate.before > certificate.minimum
    assert abs(certificate.relative_gap) < 1e-13
    assert certificate.gap == pytest.approx(certificate.after - certificate.minimum)
    assert "least possible" in str(certificate)


def test_certificate_of_a_zero_network_has_no_relative_gap():
    zero = dln.DeepLinearNetwork([np.zeros((2, 2)), np.zeros((2, 2))])
    assert zero.certificate(zero).relative_gap == 0
