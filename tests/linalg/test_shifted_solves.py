"""Solves with one shift against dense ones."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.linalg.pencils import schur_form
from dlnbalance.linalg.shifted_solves import adjoint_shifted_solution, shifted_solution

from ..models import random_matrix


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("descriptor", [False, True])
@pytest.mark.parametrize("columns", [0, 1, 3])
@pytest.mark.parametrize("point", [0.0, 0.7, 2j, -0.3 + 1.1j])
def test_solutions_are_those_of_the_dense_pencil(rng, complex_entries, descriptor, columns, point):
    n = 9
    A = random_matrix(rng, n, n, complex_entries=complex_entries)
    E = random_matrix(rng, n, n, complex_entries=complex_entries) if descriptor else None
    schur, pencil = schur_form(A, E), point * (np.eye(n) if E is None else E) - A
    for right in (random_matrix(rng, n, columns, complex_entries=wide) for wide in (False, True)):
        for B in (right, np.asfortranarray(right)):
            X = schur.Z @ shifted_solution(schur, complex(point), adjoint(schur.Q) @ B)
            Y = schur.Q @ adjoint_shifted_solution(schur, complex(point), adjoint(schur.Z) @ B)
            scale = 100 * EPS * la.norm(pencil)
            assert la.norm(pencil @ X - B) <= scale * la.norm(X)
            assert la.norm(adjoint(pencil) @ Y - B) <= scale * la.norm(Y)


def test_a_slow_state_beside_fast_ones_is_solved_for_as_it_is():
    """1e-20 beside 1: ?trsyl takes that for a singular pencil, and would solve another one."""
    schur = schur_form(np.diag([-1.0, -1e-20]), sizes=np.array([1, 1]))
    for solve in (shifted_solution, adjoint_shifted_solution):
        np.testing.assert_allclose(solve(schur, 0j, np.ones((2, 1))).ravel().real, [1.0, 1e20], rtol=4 * EPS)


@pytest.mark.parametrize("entries", [float, complex])
def test_an_eigenvalue_is_refused(entries):
    schur = schur_form(np.diag([-1.0, 0.0]).astype(entries), sizes=np.array([1, 1]))
    for solve in (shifted_solution, adjoint_shifted_solution):
        with pytest.raises(np.linalg.LinAlgError):
            solve(schur, 0j, np.ones((2, 1)))
