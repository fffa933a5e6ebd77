"""BLAS and LAPACK in place on parts of matrices."""

import numpy as np
import pytest

from dlnbalance.errors import NumericalError
from dlnbalance.linalg.lapack import add_product, call_lapack, leading_dimension

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
        call_lapack("potrf", "U", 2, np.asfortranarray(np.diag([1.0, -1.0])), 2)
