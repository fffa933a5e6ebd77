"""High-precision references: Hankel singular values far below eps."""

import mpmath as mp
import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.linalg.arrays import EPS


def heat_rod_reference(n, input_node, output_node, digits):
    """Hankel singular values of the heat rod from the closed-form eigenpairs of the second difference.

    In the eigenbasis the Gramians are Cauchy-like, P_ij = b_i b_j / (λ_i + λ_j) with λ > 0, and so is Q.
    """
    with mp.workdps(digits):
        h = mp.mpf(1) / (n + 1)
        rates = [4 / h**2 * mp.sin(k * mp.pi / (2 * (n + 1))) ** 2 for k in range(1, n + 1)]
        mode = lambda node, k: mp.sqrt(2 * h) * mp.sin(node * k * mp.pi * h)  # noqa: E731
        b = [mode(input_node, k) for k in range(1, n + 1)]
        c = [mode(output_node, k) for k in range(1, n + 1)]
        P = mp.matrix(n, n)
        Q = mp.matrix(n, n)
        for i in range(n):
            for j in range(n):
                P[i, j] = b[i] * b[j] / (rates[i] + rates[j])
                Q[i, j] = c[i] * c[j] / (rates[i] + rates[j])
        L = mp.cholesky(P + mp.mpf(10) ** (-digits + 8) * mp.eye(n))
        squares = mp.eigsy(L.T * Q * L, eigvals_only=True)
        return sorted((mp.sqrt(abs(s)) for s in squares), reverse=True)


@pytest.fixture(scope="module")
def reference():
    return heat_rod_reference(30, 10, 20, digits=120)


def test_reference_does_not_depend_on_its_precision(reference):
    finer = heat_rod_reference(30, 10, 20, digits=160)
    assert max(abs(a - b) for a, b in zip(reference, finer, strict=True)) < mp.mpf(10) ** -40


def test_heat_rod_hankel_singular_values(reference):
    values = dln.hankel_singular_values(dln.examples.heat_rod(30))
    exact = np.array([float(value) for value in reference])
    # The last digits depend on the processor's kernels; one eigenvalue at a time would leave 7, and 20 for other nodes.
    assert np.abs(values - exact).max() <= 30 * EPS * exact[0]  # observed 14
    assert (np.abs(values - exact) / exact)[:10].max() <= 1e-6


def test_heat_rod_against_a_certified_sum(reference):
    """Σσ² = tr(PQ) has a closed form of its own, which the reference must reproduce."""
    with mp.workdps(60):
        h = mp.mpf(1) / 31
        rates = [4 / h**2 * mp.sin(k * mp.pi * h / 2) ** 2 for k in range(1, 31)]
        gains = [2 * h * mp.sin(10 * k * mp.pi * h) * mp.sin(20 * k * mp.pi * h) for k in range(1, 31)]
        trace = mp.fsum(gains[i] * gains[j] / (rates[i] + rates[j]) ** 2 for i in range(30) for j in range(30))
        assert abs(mp.fsum(s**2 for s in reference) / trace - 1) < mp.mpf(10) ** -30


@pytest.mark.parametrize("dt", [0, 1.0])
def test_repeated_poles_closed_form(dt):
    """σ of a cascade of equal lags: exact Gramians by rational arithmetic in mpmath."""
    n = 5
    pole = -1.0 if dt == 0 else 0.5
    A = pole * np.eye(n) + np.eye(n, k=-1)
    B, C = np.eye(n, 1), np.eye(1, n, k=n - 1)
    with mp.workdps(60):
        a = mp.matrix(A.tolist())
        unit = mp.eye(n)
        kron = lambda x, y: mp.matrix(  # noqa: E731
            [[x[i // n, j // n] * y[i % n, j % n] for j in range(n * n)] for i in range(n * n)]
        )

        def gramian(m, right):
            operator = kron(m, unit) + kron(unit, m) if dt == 0 else kron(m, m) - kron(unit, unit)
            vector = mp.lu_solve(operator, mp.matrix([-right[i, j] for i in range(n) for j in range(n)]))
            return mp.matrix([[vector[i * n + j] for j in range(n)] for i in range(n)])

        P = gramian(a, mp.matrix((B @ B.T).tolist()))
        Q = gramian(a.T, mp.matrix((C.T @ C).tolist()))
        squares = mp.eig(P * Q, left=False, right=False)
        exact = np.array(sorted((float(mp.sqrt(mp.re(s))) for s in squares), reverse=True))
    values = dln.hankel_singular_values((A, B, C, np.zeros((1, 1)), dt))
    assert np.abs(values - exact).max() <= 20 * EPS * exact[0]
