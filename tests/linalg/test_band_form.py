"""All singular values and the leading singular vectors from one band form, against LAPACK's full drivers."""

import mpmath
import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.linalg.band_form import BandForm

from ..models import assert_small, random_matrix, random_unitary


def graded(rng, values, complex_entries):
    n = len(values)
    left, right = (random_unitary(rng, n, complex_entries=complex_entries) for _ in range(2))
    return np.asfortranarray((left * values) @ right)


def assert_triples(X, triples, r):
    left, values, right = triples
    size, unit = la.norm(X, 2), np.eye(r)
    assert left.shape == right.shape == (X.shape[0], r)
    assert_small(la.norm(X @ right - left * values, 2), size, 100)  # observed 20
    assert_small(la.norm(adjoint(X) @ left - right * values, 2), size, 100)
    assert_small(la.norm(adjoint(left) @ left - unit, 2), 1, 100)
    assert_small(la.norm(adjoint(right) @ right - unit, 2), 1, 100)


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize(("n", "r"), [(1, 1), (2, 1), (2, 2), (7, 7), (40, 5), (150, 20)])
@pytest.mark.parametrize("decades", [0, 3, 14, 40])
def test_values_and_leading_triples(rng, complex_entries, n, r, decades):
    X = graded(rng, np.geomspace(1, 10.0**-decades, n), complex_entries)
    form = BandForm(X.copy(order="F"))
    assert_small(np.abs(form.values - la.svdvals(X)).max(), 1, 50)  # observed 6
    if decades <= 3:
        assert_triples(X, form.leading(r), r)
    else:  # vectors of values below the accuracy floor mean nothing
        kept = max(r // 8, 1)
        assert_triples(X, form.leading(kept), kept)


@pytest.mark.parametrize("complex_entries", [False, True])
def test_equal_values(rng, complex_entries):
    X = graded(rng, np.repeat([2.0, 1.0, 0.5], [3, 5, 22]), complex_entries)
    for r in (1, 3, 5, 8, 12):
        assert_triples(X, BandForm(X.copy(order="F")).leading(r), r)


@pytest.mark.parametrize("complex_entries", [False, True])
def test_equal_values_over_many_decades(rng, complex_entries):
    """Rounding splits equal values, and a solve favours one of their directions; the others must not be lost."""
    X = graded(rng, np.repeat(10.0 ** -np.arange(8), 17), complex_entries)
    for r in (5, 17, 34, 60):
        assert_triples(X, BandForm(X.copy(order="F")).leading(r), r)


@pytest.mark.parametrize("diagonal", [[1.0] * 6, [3.0, 2.0, 2.0, 1.0, 0.0, 0.0], [0.0, 5.0, 0.0, 4.0, 3.0, 0.0]])
def test_matrices_that_fall_apart(diagonal):
    X = np.asfortranarray(np.diag(diagonal))
    form = BandForm(X.copy(order="F"))
    assert_small(np.abs(form.values - np.sort(diagonal)[::-1]).max(), max(diagonal), 8)  # observed 0
    assert_triples(X, form.leading(3), 3)


def test_no_triples_of_a_matrix_that_was_reflected(rng):
    vectors = BandForm(np.asfortranarray(rng.standard_normal((120, 120)))).leading(0)
    assert [each.shape for each in vectors] == [(120, 0), (0,), (120, 0)]


def test_zero_matrix():
    assert not BandForm(np.zeros((4, 4), order="F")).values.any()


def test_values_of_a_bidiagonal_matrix_are_accurate_one_by_one():
    """Twenty-four decades, against 60 digits: each value to a few units of its own last place."""
    diagonal, above = np.geomspace(1, 1e-24, 13), np.geomspace(0.5, 1e-22, 12)
    X = np.asfortranarray(np.diag(diagonal) + np.diag(above, 1))
    with mpmath.workdps(80):
        exact = np.array([float(value) for value in mpmath.svd_r(mpmath.matrix(X.tolist()), compute_uv=False)])
    values = BandForm(X.copy(order="F")).values
    assert (np.abs(values - exact) / exact).max() <= 100 * EPS  # observed 3


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_scale(rng, scale):
    X = np.asfortranarray(random_matrix(rng, 30, 30))
    assert_small(np.abs(BandForm(scale * X).values / scale - la.svdvals(X)).max(), la.norm(X, 2), 50)
    assert_triples(scale * X, BandForm(scale * X).leading(4), 4)
