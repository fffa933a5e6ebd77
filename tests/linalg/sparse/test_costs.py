"""Counts of operations: of a factorization, and which way is cheaper."""

import numpy as np
import pytest
import scipy.sparse as sp

from dlnbalance.linalg.sparse.costs import dense_operations, dense_way_is_affordable, sparse_way_is_cheaper
from dlnbalance.linalg.sparse.pencils import SparsePencil

from ...models import grid_system


def no_pencil():
    raise AssertionError("no trial was needed")


def test_operations_of_a_factorization_are_counted():
    """A full matrix of order n: two operations for every multiplication below and beside each pivot."""
    n = 30
    factors = SparsePencil(sp.csc_array(np.ones((n, n)) + n * np.eye(n))).factorized(1.0, 0.0)
    assert factors.operations == 2 * sum(k * k for k in range(n))
    tridiagonal = sp.diags_array([-np.ones(n - 1), 4 * np.ones(n), -np.ones(n - 1)], offsets=[-1, 0, 1])
    assert SparsePencil(tridiagonal.tocsc()).factorized(1.0, 0.0).operations <= 8 * n


def test_pivots_count_eigenvalues_of_hermitian_matrices(rng):
    A = grid_system(rng).A
    pencil = SparsePencil(((A + A.T) / 2).tocsc())
    values = np.linalg.eigvalsh(pencil.A.toarray())
    for count in (1, 4, 40, 81):
        shift = float(-(values[-count] + (values[-count - 1] if count < 81 else values[0] - 1)) / 2)
        assert pencil.positive_eigenvalues(1.0, shift) == count
    assert SparsePencil(sp.csc_array([[0.0, 1.0], [1.0, 0.0]])).positive_eigenvalues(1.0, 0.0) is None


def test_small_and_very_large_models_need_no_trial():
    assert not sparse_way_is_cheaper(no_pencil, 600, 2, descriptor=False)
    assert not sparse_way_is_cheaper(no_pencil, 500, 2, descriptor=True)
    assert sparse_way_is_cheaper(no_pencil, 5001, 2, descriptor=False)
    assert dense_operations(1000, descriptor=True) > 2 * dense_operations(1000, descriptor=False)
    assert dense_way_is_affordable(5000)
    assert not dense_way_is_affordable(5001)


@pytest.mark.parametrize(("density", "cheaper"), [(0.0, True), (0.02, False)])
def test_in_between_a_trial_factorization_decides(rng, density, cheaper):
    n = 1000
    A = sp.random_array((n, n), density=density, rng=rng) - 10 * sp.eye_array(n)
    assert sparse_way_is_cheaper(lambda: SparsePencil(A.tocsc()), n, 2, descriptor=False) is cheaper


def test_a_singular_pencil_is_left_to_the_dense_way():
    zero = sp.csc_array((1000, 1000))
    assert not sparse_way_is_cheaper(lambda: SparsePencil(zero, zero), 1000, 2, descriptor=True)
