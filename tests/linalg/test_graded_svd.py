"""Singular values of products with a graded diagonal inside."""

import mpmath as mp
import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.linalg.graded_svd import doubly_graded_svd, graded_svd

from ..forty_digits import as_mp
from ..models import random_gauge, random_matrix


def test_graded_svd_is_accurate_relative_to_every_singular_value(rng, complex_entries):
    """Against mpmath in 400 digits, for a diagonal from 1 to e^-700."""
    B, C = (random_gauge(rng, 4, complex_entries=complex_entries) for _ in range(2))
    s = np.array([-40.0, 0.0, -1.0, -700.0])
    U, logs, V = graded_svd(B, s, C)
    with mp.workdps(400):
        S = mp.svd(mp.matrix(B.tolist()) * mp.diag([mp.exp(x) for x in s]) * mp.matrix(C.tolist()), compute_uv=False)
        exact = [float(mp.log(x)) for x in S]
    np.testing.assert_allclose(logs, exact, rtol=0, atol=1e-12)
    for frame in (U, V):
        assert la.norm(frame.conj().T @ frame - np.eye(4)) <= 1e-13
    top = (B[:, 1:3] * np.exp(s[1:3])) @ C[1:3]
    assert la.norm((U * np.exp(logs)) @ V.conj().T - top) <= 1e-14 * la.norm(top) + 1e-16


@pytest.mark.parametrize("shape", [(6, 6), (9, 6), (6, 9), (1, 1), (4, 0)])
def test_doubly_graded_matrices(rng, complex_entries, shape):
    """Rows and columns that fall by 100 decades each, with leading blocks that are well conditioned."""
    X = random_matrix(rng, *shape, complex_entries=complex_entries) + 4 * np.eye(*shape)
    T = np.geomspace(1, 1e-100, shape[0])[:, None] * X * np.geomspace(1, 1e-100, shape[1])
    U, values, V = doubly_graded_svd(T)
    r = min(shape)
    assert (U.shape, values.shape, V.shape) == ((shape[0], r), (r,), (shape[1], r))
    for frame in (U, V):
        assert la.norm(adjoint(frame) @ frame - np.eye(r)) <= 100 * EPS
    assert np.abs((U * values) @ adjoint(V) - T).max(initial=0.0) <= 10 * EPS * np.abs(T).max(initial=0.0)
    if r:
        with mp.workdps(500):
            exact = [float(x) for x in mp.svd(as_mp(T) * mp.mpf(1), compute_uv=False)]
        np.testing.assert_allclose(values, exact, rtol=100 * EPS)


def test_zeros_have_no_values():
    T = np.zeros((3, 3))
    T[:2, :2] = [[2.0, 0.0], [0.0, -1.0]]
    np.testing.assert_allclose(doubly_graded_svd(T)[1], [2.0, 1.0, 0.0], atol=0)
    assert (doubly_graded_svd(np.zeros((2, 3)))[1] == 0).all()
