"""BLAS and LAPACK in place on parts of matrices."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.errors import NumericalError
from dlnbalance.linalg.lapack import (
    _call,
    add_product,
    apply_reflections,
    band_to_bidiagonal,
    bidiagonal_values,
    factor_panel,
    leading_dimension,
)

from ..models import assert_small, random_matrix


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("size", [3, 80])
def test_products_are_added_to_parts_of_matrices(rng, complex_entries, size):
    whole, left, right = (
        np.asfortranarray(random_matrix(rng, 2 * size, 2 * size, complex_entries=complex_entries)) for _ in range(3)
    )
    before = whole.copy()
    part, inner = slice(2, 2 + size), slice(1, 1 + size)
    add_product(whole[part, inner], left[part, inner], right[inner, part])
    expected = before.copy()
    expected[part, inner] += left[part, inner] @ right[inner, part]
    assert_small(np.abs(whole - expected).max(), size, 10)


@pytest.mark.parametrize("order", ["C", "F"])
def test_products_of_other_layouts_and_types(rng, order):
    left, right = random_matrix(rng, 90, 90), np.asarray(random_matrix(rng, 90, 90), order=order)
    for target in (np.zeros((90, 90), order=order), np.zeros((90, 90), complex, order=order)):
        add_product(target, left, right)
        assert_small(np.abs(target - left @ right).max(), 90, 10)


def test_leading_dimension_refuses_the_other_order():
    matrix = np.zeros((6, 4), order="F")
    assert leading_dimension(matrix) == leading_dimension(matrix[1:3, 1:]) == 6
    assert leading_dimension(np.zeros((5, 1))) == 5
    with pytest.raises(ValueError, match="Fortran order"):
        leading_dimension(np.zeros((6, 4)))


def test_a_failed_routine_is_reported():
    with pytest.raises(NumericalError, match="dpotrf: 2"):
        _call("potrf", "U", 2, np.asfortranarray(np.diag([1.0, -1.0])), 2)


@pytest.mark.parametrize("complex_entries", [False, True])
def test_a_band_and_its_bidiagonal_form_have_the_same_singular_values(rng, complex_entries):
    n, width = 30, 4
    M = np.triu(np.tril(random_matrix(rng, n, n, complex_entries=complex_entries), width))
    band = np.zeros((width + 1, n), M.dtype, order="F")
    for d in range(width + 1):
        band[width - d, d:] = np.diag(M, d)
    diagonal, above = band_to_bidiagonal(band)
    bidiagonal = np.diag(diagonal) + np.diag(above[:-1], 1)
    expected = la.svdvals(M)
    assert_small(np.abs(la.svdvals(bidiagonal) - expected).max(), expected[0], 50)
    assert_small(np.abs(bidiagonal_values(diagonal, above) - expected).max(), expected[0], 50)


def test_bidiagonal_values_are_accurate_one_by_one():
    """[[1, x], [0, y]] with y = 1e-200: σ_1² + σ_2² = 1 + x² + y² and σ_1 σ_2 = y."""
    x, y = 2.0, 1e-200
    values = bidiagonal_values(np.array([1.0, y]), np.array([x, 0.0]))
    assert values[0] == pytest.approx(np.sqrt(5), rel=1e-14)
    assert values[1] == pytest.approx(y / np.sqrt(5), rel=1e-14)


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize(("rows", "columns"), [(9, 4), (4, 4), (3, 5)])
def test_panels_are_factored_and_applied_in_place(rng, complex_entries, rows, columns):
    whole = np.asfortranarray(random_matrix(rng, rows + 2, columns + 1, complex_entries=complex_entries))
    panel, given = whole[2:, 1:], whole[2:, 1:].copy()
    triangle = factor_panel(panel)
    Q = np.asfortranarray(np.eye(rows, dtype=panel.dtype))
    apply_reflections(Q, vectors=panel, triangle=triangle)
    assert_small(la.norm(Q.conj().T @ Q - np.eye(rows), 2), 1, 20)
    assert_small(la.norm(Q @ np.triu(panel) - given, 2), la.norm(given, 2), 20)
    X = np.asfortranarray(random_matrix(rng, rows, rows, complex_entries=complex_entries))
    for adjoint in (False, True):
        factor = Q.conj().T if adjoint else Q
        for from_right in (False, True):
            Y = X.copy(order="F")
            apply_reflections(Y, vectors=panel, triangle=triangle, adjoint=adjoint, from_right=from_right)
            assert_small(la.norm(Y - (X @ factor if from_right else factor @ X), 2), la.norm(X, 2), 20)
