"""Matrices as one real vector, and back."""

import numpy as np
import pytest

from dlnbalance.linalg.packing import packed, unpacked

from ..models import random_matrix


def test_matrices_come_back(rng, complex_entries):
    shapes = [(2, 3), (1, 1), (0, 4), (5, 2)]
    matrices = [random_matrix(rng, *shape, complex_entries=complex_entries) for shape in shapes]
    vector = packed(matrices, complex_entries)
    assert vector.dtype == float
    assert vector.size == 17 * (2 if complex_entries else 1)
    for found, given in zip(unpacked(vector, shapes, complex_entries), matrices, strict=True):
        np.testing.assert_array_equal(found, given)


def test_the_norm_of_the_vector_is_that_of_the_matrices(rng, complex_entries):
    matrices = [random_matrix(rng, *shape, complex_entries=complex_entries) for shape in [(3, 4), (2, 2)]]
    squares = sum(np.linalg.norm(matrix) ** 2 for matrix in matrices)
    assert np.linalg.norm(packed(matrices, complex_entries)) ** 2 == pytest.approx(squares, rel=1e-14)


def test_real_and_imaginary_parts_stand_side_by_side():
    assert packed([np.array([[1 + 2j, 3.0]]), np.array([[4j]])], True).tolist() == [1, 2, 3, 0, 0, 4]
    assert packed([np.array([[1, 2]])], True).tolist() == [1, 0, 2, 0]
