"""Doubling on factors: Gramians over a finite time, of stable and unstable matrices."""

import numpy as np
import pytest
import scipy.linalg as la
from scipy.integrate import quad_vec

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.pencils import flipped
from dlnbalance.linalg.time_limited_factors import time_limited_sums

from ..models import assert_small, random_matrix


def wanted(S, right, time, discrete):
    if discrete:
        terms = [np.linalg.matrix_power(S, k) @ right for k in range(int(time))]
        return sum(term @ adjoint(term) for term in terms)

    def integrand(t):
        X = la.expm(S * t) @ right
        return X @ adjoint(X)

    return quad_vec(integrand, 0, time, epsrel=1e-14, epsabs=1e-16)[0]


@pytest.mark.parametrize("shift", [-1.0, 0.0, 0.4])
@pytest.mark.parametrize(("n", "inputs"), [(1, 1), (6, 2), (5, 9)])
@pytest.mark.parametrize("steps", [1, 2, 13])
def test_both_sides(rng, complex_entries, discrete, shift, n, inputs, steps):
    A = random_matrix(rng, n, n, complex_entries=complex_entries)
    A = A / np.abs(la.eigvals(A)).max() * (1 + shift / 4) if discrete else A + (shift - 1) * np.eye(n)
    time = steps if discrete else 0.3 * steps
    S = la.schur(A, output="complex" if complex_entries else "real")[0]
    rights = [random_matrix(rng, n, k, complex_entries=complex_entries) for k in (inputs, inputs + 1)]
    for sum_, M, right in zip(
        time_limited_sums(S, rights, time, discrete=discrete), (S, flipped(S)), rights, strict=True
    ):
        P = wanted(M, right, time, discrete)
        assert_small(la.norm(sum_.factor @ adjoint(sum_.factor) - P), la.norm(P), 2e3)
        assert_small(la.norm(sum_.triangle @ adjoint(sum_.triangle) - P), la.norm(P), 2e3)
        assert (np.tril(sum_.triangle, -1) == 0).all()
        moved = (np.linalg.matrix_power(M, steps) if discrete else la.expm(M * time)) @ right
        assert_small(la.norm(sum_.moved - moved), la.norm(moved) + la.norm(right), 1e3)
        assert np.iscomplexobj(sum_.factor) == complex_entries


def test_a_short_time_beside_a_slow_mode_keeps_its_digits():
    """∫_0^t e^{2λτ} dτ = (e^{2λt} − 1)/2λ, which P_∞ − e^{2λt}P_∞ does not have."""
    slow, time = -1e-12, 1e-3
    S, one = np.diag([slow, -1e3]), np.eye(2)
    (sum_, _) = time_limited_sums(S, [one, one], time, discrete=False)
    P = sum_.factor @ sum_.factor.T
    assert_small(abs(P[0, 0] - np.expm1(2 * slow * time) / (2 * slow)), P[0, 0], 50)


def test_it_ends_when_nothing_is_added():
    S, one = np.array([[-1.0]]), np.ones((1, 1))
    for discrete, matrix, time, value in ((False, S, 1e9, 0.5), (True, 0.5 * one, 1e15, 4 / 3)):
        (sum_, _) = time_limited_sums(matrix, [one, one], time, discrete=discrete)
        assert_small(abs(sum_.factor.item() ** 2 - value), value, 20)
        assert sum_.moved.item() == 0.0


def test_no_states():
    empty = np.zeros((0, 0))
    (sum_, _) = time_limited_sums(empty, [np.zeros((0, 1))] * 2, 1.0, discrete=False)
    assert sum_.triangle.shape == (0, 0)
