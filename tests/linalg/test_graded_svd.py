"""Singular values of products with a graded diagonal inside."""

import numpy as np
import scipy.linalg as la

from dlnbalance.linalg.graded_svd import graded_svd

from ..models import random_gauge


def test_graded_svd_is_accurate_relative_to_every_singular_value(rng, complex_entries):
    """Against mpmath in 400 digits, for a diagonal from 1 to e^-700."""
    import mpmath as mp

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
