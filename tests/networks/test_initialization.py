"""Initial networks: balanced, λ-balanced, of a given spectrum, Gaussian."""

import numpy as np
import pytest
import scipy.linalg as la
from hypothesis import given, settings
from hypothesis import strategies as st

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.networks.initialization import balanced, gaussian, haar_unitary, lambda_balanced, random_spectrum

from ..models import assert_small, random_matrix

bounded = settings(max_examples=40, derandomize=True, deadline=None)


@bounded
@given(
    widths=st.lists(st.integers(1, 6), min_size=2, max_size=9),
    rank=st.integers(0, 6),
    seed=st.integers(0, 99),
    complex_entries=st.booleans(),
)
def test_balanced_networks_of_any_widths(widths, rank, seed, complex_entries):
    rng = np.random.default_rng(seed)
    r = min(rank, *widths)
    X = random_matrix(rng, widths[-1], r, complex_entries=complex_entries) @ random_matrix(rng, r, widths[0])
    network = balanced(X, widths=widths)
    assert network.widths == tuple(widths)
    assert network.is_balanced(1e-13)
    assert_small(la.norm(network.end_to_end - X), la.norm(X), 200)
    least = network.depth * np.sum(la.svdvals(X)[:r] ** (2 / network.depth))
    assert 2 * network.representation.energy == pytest.approx(least, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("depth", range(1, 9))
def test_balanced_networks_of_any_depth(rng, depth, complex_entries):
    X = random_matrix(rng, 4, 3, complex_entries=complex_entries)
    network = balanced(X, depth)
    assert network.widths == (3, *(3,) * (depth - 1), 4)
    assert network.is_complex == complex_entries
    assert_small(la.norm(network.end_to_end - X), la.norm(X), 100)
    assert network.is_balanced(1e-14)


def test_balanced_zero_matrix_is_the_zero_network():
    network = balanced(np.zeros((2, 3)), widths=(3, 1, 4, 2))
    assert network.widths == (3, 1, 4, 2)
    assert network.norm == 0


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({}, "depth: expected either a depth or widths, got neither"),
        ({"depth": 2, "widths": (2, 2, 2)}, "depth: expected either a depth or widths, got both"),
        ({"depth": 0}, "depth: expected a whole number of at least 1, got 0"),
        ({"depth": 2.0}, "depth: expected a whole number of at least 1, got 2.0"),
        ({"depth": True}, "depth: expected a whole number of at least 1"),
        ({"widths": (2, 1, 2)}, "widths: expected hidden widths of at least 2, the rank of X, got 1"),
        ({"widths": (3, 2, 2)}, r"widths: expected \(2, …, 2\)"),
        ({"widths": (2,)}, "widths: expected at least an input and an output width"),
        ({"widths": 2}, "widths: expected at least an input"),
        ({"widths": (2, 0, 2)}, "widths: expected a whole number of at least 1, got 0"),
    ],
)
def test_balanced_refusals(arguments, message):
    with pytest.raises(InvalidArgumentError, match=f"^{message}"):
        balanced(np.eye(2), **arguments)


@pytest.mark.parametrize("X", [[[np.nan]], [["a"]], [1.0, 2.0], []])
def test_matrices_that_are_none_are_refused(X):
    with pytest.raises(InvalidArgumentError, match=r"^X: "):
        balanced(X, 2)


@pytest.mark.parametrize("lam", [-3.0, -1e-8, 0, 1e-8, 0.5, 1e6])
@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 5)])
def test_lambda_balanced(rng, shape, lam, complex_entries):
    """W_2*W_2 − W_1W_1* = λI and W_2W_1 = X."""
    X = random_matrix(rng, *shape, complex_entries=complex_entries)
    W1, W2 = lambda_balanced(X, lam).weights
    scale = la.norm(W1) ** 2 + la.norm(W2) ** 2
    assert_small(la.norm(adjoint(W2) @ W2 - W1 @ adjoint(W1) - lam * np.eye(3)), scale, 30)
    assert_small(la.norm(W2 @ W1 - X), max(la.norm(X), 1) * (1 + np.sqrt(abs(lam))), 100)


@pytest.mark.parametrize("hidden, lam, possible", [(1, 1, 0), (2, 1, 1), (4, 1, 1), (5, 1, 0), (5, -1, 1), (6, -1, 0)])
@pytest.mark.parametrize("flip", [False, True])
def test_lambda_balanced_exists_iff_the_larger_layer_can_have_full_rank(rng, hidden, lam, possible, flip):
    """X of rank 2 from F⁵ to F⁴: d_1 from 2 to 4 for λ > 0, from 2 to 5 for λ < 0."""
    X = random_matrix(rng, 4, 2) @ random_matrix(rng, 2, 5)
    X, lam = (X.T, -lam) if flip else (X, lam)
    if possible:
        W1, W2 = lambda_balanced(X, lam, hidden).weights
        assert la.norm(W2.T @ W2 - W1 @ W1.T - lam * np.eye(hidden)) < 1e-13
        assert la.norm(W2 @ W1 - X) < 1e-13
    else:
        with pytest.raises(InvalidArgumentError, match=r"^hidden: expected a width of at (least|most)"):
            lambda_balanced(X, lam, hidden)


def test_zero_balanced_is_balanced(rng):
    X = random_matrix(rng, 3, 4)
    for hidden in (3, 9):
        assert lambda_balanced(X, 0.0, hidden).is_balanced(1e-14)


def test_lambda_balanced_zero_matrix_is_an_isometry_and_nothing():
    W1, W2 = lambda_balanced(np.zeros((3, 2)), 4.0).weights
    assert not W1.any()
    assert la.norm(W2.T @ W2 - 4 * np.eye(2)) < 1e-14


@pytest.mark.parametrize("lam", [np.nan, np.inf, 1j])
def test_level_that_is_no_real_number_is_refused(lam):
    with pytest.raises(InvalidArgumentError, match=r"^lam: expected a finite real number"):
        lambda_balanced(np.eye(2), lam)


def test_random_spectrum(rng, complex_entries):
    values = [0.5, 3.0, 1.0]
    network = random_spectrum((4, 6, 3, 5), values, rng=rng, complex_entries=complex_entries)
    assert network.widths == (4, 6, 3, 5)
    assert network.is_complex == complex_entries
    assert_small(la.norm(network.singular_values - np.array([3.0, 1.0, 0.5])), 3, 30)
    assert network.is_balanced(1e-14)


def test_random_spectrum_may_hold_zeros_and_nothing_else():
    assert random_spectrum((3, 3, 3), [1.0, 0.0, 0.0], rng=0).rank == 1
    assert random_spectrum((3, 2, 3), [0.0, 0.0, 0.0], rng=0).norm == 0


@pytest.mark.parametrize(
    "values, message",
    [
        ([-1.0], "nonnegative"),
        ([1j], "nonnegative"),
        ([np.nan], "finite"),
        ([3.0, 2.0, 1.0], "at most 2 nonzero ones, the narrowest width, got 3"),
    ],
)
def test_impossible_spectra_are_refused(values, message):
    with pytest.raises(InvalidArgumentError, match=message):
        random_spectrum((4, 2, 4), values, rng=0)


def test_gaussian_layers_have_variance_one_over_the_fan_in(rng, complex_entries):
    network = gaussian((200, 300, 100), 0.5, rng=rng, complex_entries=complex_entries)
    for weight, d_in in zip(network.weights, (200, 300), strict=True):
        assert np.iscomplexobj(weight) == complex_entries
        assert np.mean(np.abs(weight) ** 2) == pytest.approx(0.25 / d_in, rel=0.03)
        assert abs(weight.mean()) < 5 * 0.5 / np.sqrt(d_in * weight.size)


def test_random_networks_are_reproducible():
    for make in (lambda: gaussian((3, 4, 2), rng=5), lambda: random_spectrum((3, 4, 2), [1.0], rng=5)):
        first, second = make(), make()
        assert all(la.norm(a - b) <= 1e-13 * la.norm(b) for a, b in zip(first.weights, second.weights, strict=True))


@pytest.mark.parametrize("scale", [-1.0, np.nan, np.inf])
def test_scale_that_is_none_is_refused(scale):
    with pytest.raises(InvalidArgumentError, match="scale"):
        gaussian((2, 2), rng=0, scale=scale)


def test_haar_unitary_is_unitary_and_invariant(rng, complex_entries):
    samples = [haar_unitary(2, rng=rng, complex_entries=complex_entries) for _ in range(4000)]
    assert max(la.norm(adjoint(Q) @ Q - np.eye(2)) for Q in samples) < 20 * EPS
    traces = np.array([np.trace(Q) for Q in samples])
    assert abs(traces.mean()) < 0.1
    assert np.mean(np.abs(traces) ** 2) == pytest.approx(1, abs=0.1)  # E |tr Q|² = 1 for O(n) and U(n)
