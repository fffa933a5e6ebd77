"""Columns of a factor: growth, and compression that changes nothing but their number."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.sparse.columns import Columns

from ...models import random_matrix


@pytest.mark.parametrize("complex_entries", [False, True])
def test_columns_stay_as_they_came(rng, complex_entries):
    blocks = [random_matrix(rng, 20, k, complex_entries=complex_entries) for k in (3, 70, 1, 40)]
    columns = Columns(20, complex if complex_entries else float, 10**6)
    for block in blocks:
        columns.append(block)
        columns.compress()
    np.testing.assert_array_equal(columns.array, np.hstack(blocks))
    np.testing.assert_array_equal(columns.newest(41), np.hstack(blocks[2:]))
    assert columns.newest(1000).shape[1] == columns.count == 114


@pytest.mark.parametrize("keep", [0, 4])
def test_compression_keeps_the_gramian_and_the_newest_columns(rng, keep):
    """Columns of rank 5: Z Z* to rounding from 5 of the older ones, and the newest untouched."""
    Z = random_matrix(rng, 30, 5) @ random_matrix(rng, 5, 40)
    columns = Columns(30, float, 20)
    columns.append(Z)
    columns.compress(keep=keep)
    assert columns.count == 5 + keep
    assert la.norm(columns.array @ columns.array.T - Z @ Z.T) <= 1e-13 * la.norm(Z) ** 2
    np.testing.assert_array_equal(columns.newest(keep), Z[:, 40 - keep :])


def test_few_columns_are_not_compressed(rng):
    columns = Columns(9, float, 20)
    columns.append(np.ones((9, 20)))
    columns.compress()
    assert columns.count == 20


def test_directions_far_below_the_largest_are_dropped():
    columns = Columns(3, float, 2)
    columns.append(np.diag([1.0, 1e-12, 1e-14]))
    columns.compress()
    assert columns.count == 2


def test_released_columns_are_gone(rng):
    Z = random_matrix(rng, 6, 3)
    columns = Columns(6, float, 10)
    columns.append(Z)
    np.testing.assert_array_equal(columns.release(), Z)
    assert columns.count == columns.array.shape[1] == 0
