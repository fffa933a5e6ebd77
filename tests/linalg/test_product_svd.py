"""Singular values of products of many layers: against exact arithmetic, at any depth, and with honest error bounds."""

from itertools import pairwise

import mpmath
import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.linalg.product_svd import product_svd

from ..models import random_matrix, random_unitary

DEPTHS = (2, 8, 30, 60, 200)


def orthogonal(rng, depth, complex_entries):
    return [random_unitary(rng, 4, complex_entries=complex_entries) for _ in range(depth)]


def gaussian(rng, depth, complex_entries):
    return [random_matrix(rng, 4, 4, complex_entries=complex_entries) / 2 for _ in range(depth)]


def graded(rng, depth, complex_entries):
    """Singular values 1, 0.1, 0.01 and 0.001 in every layer, in frames that fit together: σ down to 1e-600."""
    frames = [random_unitary(rng, 4, complex_entries=complex_entries) for _ in range(depth + 1)]
    values = [1.0, 1e-1, 1e-2, 1e-3]
    return [(after * values) @ adjoint(before) for before, after in pairwise(frames)]


def rectangular(rng, depth, complex_entries):
    widths = rng.integers(3, 7, depth + 1)
    return [random_matrix(rng, b, a, complex_entries=complex_entries) / 2 for a, b in pairwise(widths)]


KINDS = {kind.__name__: kind for kind in (orthogonal, gaussian, graded, rectangular)}


def exact(layers):
    """Singular values of the product in enough digits for their whole range, as mpmath numbers."""
    with mpmath.workdps(50 + 4 * len(layers)):
        X = mpmath.matrix(layers[0].tolist())
        for layer in layers[1:]:
            X = mpmath.matrix(layer.tolist()) * X
        X = X if X.rows >= X.cols else X.H
        solve = mpmath.svd_c if any(map(np.iscomplexobj, layers)) else mpmath.svd_r
        values = sorted(solve(X, compute_uv=False), reverse=True)
        return values[: min(min(layer.shape) for layer in layers)]


def relative_errors(result, expected):
    with mpmath.workdps(50):
        computed = [
            mpmath.mpf(float(m)) * mpmath.mpf(2) ** int(e)
            for m, e in zip(result.mantissas, result.exponents, strict=True)
        ]
        return np.array([float(abs(c / x - 1)) for c, x in zip(computed, expected, strict=True)])


@pytest.mark.parametrize("complex_entries", [False, True], ids=["real", "complex"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("depth", DEPTHS)
def test_every_singular_value_to_twelve_digits_of_its_own(rng, depth, kind, complex_entries):
    layers = KINDS[kind](rng, depth, complex_entries)
    result = product_svd(layers)
    errors = relative_errors(result, exact(layers))
    assert result.rank == errors.size
    assert errors.max() <= 1e-12
    assert (errors * result.mantissas <= result.uncertainties).all()
    for frame in (result.left, result.right):
        assert la.norm(adjoint(frame) @ frame - np.eye(errors.size)) <= 1e-13


@pytest.mark.parametrize("complex_entries", [False, True], ids=["real", "complex"])
@pytest.mark.parametrize("kind", KINDS)
def test_singular_triples_give_the_product_back(rng, kind, complex_entries):
    layers = KINDS[kind](rng, 12, complex_entries)
    result = product_svd(layers)
    X = np.linalg.multi_dot(layers[::-1])
    assert la.norm((result.left * result.values) @ adjoint(result.right) - X) <= 1e-13 * la.norm(X)


@pytest.mark.parametrize("width, depth", [(64, 16), (40, 120), (100, 5)])
def test_wide_layers_agree_with_their_adjoint(rng, width, depth):
    """The adjoint product takes other sweeps and has the same singular values, as far as the layers determine them.

    The bound is one for the worst rounding errors; those that happen are a thousandth of it.
    """
    layers = [random_matrix(rng, width, width) / np.sqrt(width) for _ in range(depth)]
    forward, backward = product_svd(layers), product_svd([layer.T for layer in reversed(layers)])
    ratio = forward.mantissas / backward.mantissas * 2.0 ** (forward.exponents - backward.exponents)
    errors = np.abs(ratio - 1)
    assert np.median(errors) <= 1e-12  # observed 3e-14
    assert (errors * forward.mantissas <= 0.01 * forward.uncertainties).all()  # observed 9e-4
    assert (forward.uncertainties <= 1e-5 * forward.mantissas).all()  # observed 1.7e-6
    assert forward.rank == width


def test_orthogonal_layers_of_any_number_have_singular_values_one():
    result = product_svd([la.hadamard(64) / 8] * 16)
    assert np.abs(result.values - 1).max() <= 1e-14
    assert result.rank == 64


def test_values_that_span_much_more_than_the_range_of_numbers(rng):
    """Without gaps, from 1 to 2^-3800: T is decomposed in parts that are coupled at first."""
    frames = [random_unitary(rng, 20) for _ in range(201)]
    values = 0.5 ** np.arange(20)
    layers = [(after * values) @ adjoint(before) for before, after in pairwise(frames)]
    result = product_svd(layers)
    logarithms = np.log2(result.mantissas) + result.exponents
    assert result.rank == 20
    assert np.abs(logarithms + 200 * np.arange(20)).max() <= 1e-7  # what rounding of the layers themselves does


@pytest.mark.parametrize("size", [1e-250, 1e250])
def test_layers_far_from_one(rng, size):
    layers = gaussian(rng, 6, False)
    plain, scaled = product_svd(layers), product_svd([size * layer for layer in layers])
    logarithms = [np.log(result.mantissas) + result.exponents * np.log(2) for result in (plain, scaled)]
    assert np.abs(logarithms[1] - logarithms[0] - 6 * np.log(size)).max() <= 1e-11
    assert np.abs(scaled.power(1 / 6) / plain.power(1 / 6) / size - 1).max() <= 1e-13


def test_diagonal_layers_in_any_order_of_size(rng):
    exponents = rng.permutation(30)
    result = product_svd([np.diag(2.0**-exponents)] * 40)
    assert result.power(1 / 40) == pytest.approx(2.0 ** -np.sort(exponents), rel=1e-14, abs=0)


@pytest.mark.parametrize("depth", [20, 60, 200])
def test_small_values_first_and_coupled_to_large_ones(depth):
    """The first triangle has the large values last: its diagonal leaves the range of numbers in units of its rows."""
    small = 2.0**-30
    result = product_svd([np.array([[small, 1.0], [0.0, 1.0]])] * depth)
    # X = [[s^N, (1 − s^N)/(1 − s)], [0, 1]], and the product of its singular values is s^N
    first = np.hypot(1.0, 1 / (1 - small))
    assert result.rank == 2
    assert result.values[0] == pytest.approx(first, rel=1e-14)
    exponent = int(result.exponents[1]) + 30 * depth
    error = abs(result.mantissas[1] * 2.0**exponent - 1 / first)
    assert error <= result.uncertainties[1] * 2.0**exponent <= 1e-3


@pytest.mark.parametrize("width, rank, depth", [(8, 3, 4), (20, 12, 30), (64, 40, 8)])
@pytest.mark.parametrize("all_layers", [False, True])
def test_rank_of_deficient_layers(rng, width, rank, depth, all_layers):
    layers = [random_matrix(rng, width, width) / np.sqrt(width) for _ in range(depth)]
    for k in range(depth) if all_layers else [1]:
        layers[k] = random_matrix(rng, width, rank) @ random_matrix(rng, rank, width) / width
    result = product_svd(layers)
    assert result.rank == rank
    X = np.linalg.multi_dot(layers[::-1])
    kept = (result.left * result.values)[:, :rank] @ adjoint(result.right[:, :rank])
    assert la.norm(kept - X) <= 1e-12 * la.norm(X)
    assert (result.mantissas[rank:] <= result.uncertainties[rank:]).all()


@pytest.mark.parametrize(
    "layers, rank",
    [
        ([np.zeros((3, 4)), np.zeros((5, 3))], 0),
        ([np.array([[0.0, 1.0], [0.0, 0.0]])] * 3, 0),  # nilpotent
        ([np.array([[1.0], [0.0]]), np.array([[0.0, 2.0]])], 0),
        ([np.diag([1.0, 0.0, 2.0]), np.diag([3.0, 4.0, 0.0])], 1),
        ([np.diag([1.0, 1.0, 0.0]), np.eye(3)], 2),
    ],
)
def test_exact_zeros_are_known_to_be_zero(layers, rank):
    result = product_svd(layers)
    assert result.rank == rank
    assert not result.values[rank:].any()
    assert not result.hidden_power(0.1).any()


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize(
    "place", ["first column", "last column", "middle row", "corner of a triangle", "equal columns"]
)
def test_zeros_on_the_diagonals_hide_no_value_beside_them(place, depth):
    """Sweeps without pivoting meet the zero before the values that stand beside it."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(2, 8))
        layers = [random_matrix(rng, n, n, complex_entries=bool(seed % 2)) for _ in range(depth)]
        if place == "corner of a triangle":
            layers[0] = np.tril(layers[0])
            layers[0][-1, -1] = 0.0
        elif place == "equal columns":
            layers[0][:, -1] = layers[0][:, 0]
        else:
            where = {"first column": np.s_[:, 0], "last column": np.s_[:, -1], "middle row": np.s_[n // 2]}
            layers[0][where[place]] = 0.0
        result = product_svd(layers)
        expected = la.svdvals(np.linalg.multi_dot([*layers[::-1], np.eye(n)]))
        scale = np.prod([la.norm(layer, 2) for layer in layers])
        assert np.abs(result.values - expected).max() <= 1e-13 * scale
        assert result.rank == n - 1


def test_a_value_that_rounding_hides_is_no_part_of_the_rank_but_stated(rng):
    mixed = random_unitary(rng, 2) @ np.diag([1.0, 1e-17]) @ random_unitary(rng, 2)
    result = product_svd([mixed] * 3)
    assert result.rank == 1
    assert result.hidden_power(1.0).item() > 0
    assert abs(la.norm(result.left[:, 0]) - 1) <= 4 * EPS


def test_thin_pairs_never_become_large(rng, monkeypatch):
    """(d×r)(r×d): two thin QR factorizations, and nothing of size d×d."""
    first, second = random_matrix(rng, 8, 3000), random_matrix(rng, 3000, 8)
    seen = []
    monkeypatch.setattr(
        la, "svd", lambda matrix, _svd=la.svd, **options: seen.append(matrix.shape) or _svd(matrix, **options)
    )
    result = product_svd([first, second])
    R, S = la.qr(second, mode="r")[0][:8], la.qr(first.T, mode="r")[0][:8]
    assert seen
    assert max(map(max, seen)) == 8
    assert result.values == pytest.approx(la.svdvals(R @ S.T), rel=1e-12)


def test_no_layer_is_too_narrow():
    result = product_svd([np.zeros((0, 2)), np.zeros((3, 0))])
    assert result.left.shape == (3, 0)
    assert result.right.shape == (2, 0)
    assert result.rank == 0
