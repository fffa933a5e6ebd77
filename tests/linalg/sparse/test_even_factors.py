"""Sparse LU factors in even scales."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.errors import NumericalError
from dlnbalance.linalg.sparse.even_factors import EvenSparseFactors

from ...models import assert_small, random_matrix


def test_solutions_of_both_equations_whatever_the_units(rng, complex_entries):
    line = sp.diags_array([1.0, 4.0, -1.0], offsets=[-1, 0, 1], shape=(30, 30))
    matrix = sp.csc_array(line) + (1j * sp.eye_array(30, format="csc") if complex_entries else 0 * sp.eye_array(30))
    r, d = (2.0 ** rng.integers(-200, 200, 30) for _ in range(2))
    right = random_matrix(rng, 30, 2, complex_entries=complex_entries)
    plain = EvenSparseFactors(matrix)
    scaled = EvenSparseFactors(sp.diags_array(r) @ matrix @ sp.diags_array(d))
    for factors, rows, columns in ((plain, np.ones(30), np.ones(30)), (scaled, r, d)):
        assert factors.rcond > 0.1
        X = columns[:, None] * factors.solve(rows[:, None] * right)
        assert_small(la.norm(matrix @ X - right), la.norm(right), 50)
        X = rows[:, None] * factors.adjoint_solve(columns[:, None] * right)
        assert_small(la.norm(matrix.conj().T @ X - right), la.norm(right), 50)


def test_singular_matrices_are_refused():
    with pytest.raises(NumericalError):
        EvenSparseFactors(sp.csc_array(np.ones((2, 2))))
    with pytest.raises(NumericalError):
        EvenSparseFactors(sp.csc_array(np.diag([1.0, 0.0])))


def test_an_empty_matrix_is_nonsingular():
    factors = EvenSparseFactors(sp.csc_array((0, 0)))
    assert factors.rcond == 1
    assert factors.solve(np.zeros((0, 2))).shape == factors.adjoint_solve(np.zeros((0, 2))).shape == (0, 2)
