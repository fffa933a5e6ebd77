"""Sylvester equations of triangular matrices satisfy themselves."""

import numpy as np
import scipy.linalg as la

from dlnbalance.linalg.triangular_sylvester import triangular_sylvester

from ..models import assert_small, random_matrix, random_pencil


def test_residuals(rng, complex_entries, discrete):
    A, S = (
        la.schur(random_pencil(rng, n, complex_entries=True, discrete=discrete)[0], output="complex")[0] for n in (6, 4)
    )
    R = random_matrix(rng, 6, 4, complex_entries=complex_entries)
    Y = triangular_sylvester(A, S, R, discrete=discrete)
    residual = A @ Y @ S - Y + R if discrete else A @ Y + Y @ S + R
    assert_small(la.norm(residual), (la.norm(A) + la.norm(S) + 1) * la.norm(Y), 20)


def test_nothing_to_solve():
    assert triangular_sylvester(np.zeros((0, 0)), np.zeros((0, 0)), np.zeros((0, 0)), discrete=False).shape == (0, 0)
