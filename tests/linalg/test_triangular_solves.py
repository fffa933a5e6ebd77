"""Compiled solves in complex triangular form; tests/linalg/test_compiled.py compares them with those in Python."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg import compiled
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.pencils import SchurForm, schur_form
from dlnbalance.linalg.shifted_solves import adjoint_solutions, solutions
from dlnbalance.linalg.triangular_solves import adjoint_triangular_solutions, triangular_solutions

from ..models import assert_small, random_matrix, random_pencil

pytestmark = pytest.mark.skipif(compiled.recursions is None, reason=f"the recursions are {compiled.in_words()}")


@pytest.mark.parametrize("n", [1, 2, 9, 30])
@pytest.mark.parametrize("m", [1, 40])
@pytest.mark.parametrize("count", [1, 700])
def test_residuals(rng, n, m, count, complex_entries, descriptor):
    A, E = random_pencil(rng, n, discrete=False, descriptor=descriptor, complex_entries=complex_entries)
    schur, right = schur_form(A, E), random_matrix(rng, n, m, complex_entries=complex_entries)
    points = rng.standard_normal(count) + 1j * rng.standard_normal(count) + 3
    X = triangular_solutions(schur.triangular, points, right)
    Y = adjoint_triangular_solutions(schur.triangular, points, right)
    assert X.shape == Y.shape == (n, count, m)
    for k in (0, count - 1):
        pencil = points[k] * (np.eye(n) if schur.T is None else schur.T) - schur.S
        assert_small(la.norm(pencil @ X[:, k, :] - right), la.norm(pencil) * la.norm(X[:, k, :]), 10)
        assert_small(la.norm(adjoint(pencil) @ Y[:, k, :] - right), la.norm(pencil) * la.norm(Y[:, k, :]), 10)


def test_nothing_to_solve():
    pencil = schur_form(np.diag([-1.0, -2.0])).triangular
    for solve in (triangular_solutions, adjoint_triangular_solutions):
        assert solve(pencil, np.zeros(0), np.ones((2, 3))).shape == (2, 0, 3)
        assert solve(pencil, np.zeros(4), np.ones((2, 0))).shape == (2, 4, 0)
        assert solve(schur_form(np.zeros((0, 0))).triangular, np.zeros(4), np.ones((0, 3))).shape == (0, 4, 3)


def test_an_eigenvalue_is_refused():
    schur = SchurForm(S=np.diag([-1.0, -2.0]), T=None, Q=np.eye(2), Z=np.eye(2))
    for solve in (solutions, adjoint_solutions):
        with pytest.raises(np.linalg.LinAlgError):
            solve(schur, np.arange(-2.0, 9), np.ones((2, 1)))
