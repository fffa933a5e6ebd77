"""Matrices as one real vector, and back."""

import numpy as np
import pytest

from dlnbalance.linalg.packing import packed, unpacked

from ..models import inner, random_matrix

SHAPES = [(2, 3), (1, 1), (0, 4), (3, 3)]


def test_matrices_come_back_bit_by_bit(rng, complex_entries):
    matrices = [random_matrix(rng, *shape, complex_entries=complex_entries) for shape in SHAPES]
    vector = packed(matrices, complex_entries)
    assert vector.dtype == float
    assert vector.size == (2 if complex_entries else 1) * 16
    for back, matrix in zip(unpacked(vector, SHAPES, complex_entries), matrices, strict=True):
        assert np.array_equal(back, matrix)


def test_the_inner_product_of_vectors_is_that_of_matrices(rng, complex_entries):
    left, right = ([random_matrix(rng, *shape, complex_entries=complex_entries) for shape in SHAPES] for _ in range(2))
    assert packed(left, complex_entries) @ packed(right, complex_entries) == pytest.approx(inner(left, right))


def test_transposed_and_real_matrices_among_complex_ones(rng):
    matrices = [random_matrix(rng, 2, 3).T, random_matrix(rng, 2, 2, complex_entries=True)]
    back = unpacked(packed(matrices, True), [(3, 2), (2, 2)], True)
    assert all(np.array_equal(a, b) for a, b in zip(back, matrices, strict=True))


def test_nothing_is_an_empty_vector():
    assert packed([], False).size == 0
    assert unpacked(np.zeros(0), [], True) == []
