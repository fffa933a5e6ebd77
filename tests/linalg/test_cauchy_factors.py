"""Factors of Cauchy-like matrices: against Cauchy's determinant and mpmath."""

import mpmath as mp
import numpy as np
import scipy.linalg as la

from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.linalg.cauchy_factors import cauchy_factor, compressed

from ..forty_digits import as_mp
from ..models import assert_small, random_matrix


def gramian(poles, b, *, discrete=False):
    """Numerators, denominators and differences, and the matrix they stand for."""
    sums = 1 - poles[:, None] * poles.conj() if discrete else -(poles[:, None] + poles.conj())
    return sums, poles[:, None] - poles, b[:, None] * b.conj() / sums


def test_the_product_is_the_gramian(rng, complex_entries, discrete):
    poles = 0.5 * random_matrix(rng, 1, 9, complex_entries=complex_entries)[0]
    poles = 0.9 * poles / np.abs(poles).max() if discrete else poles - 2
    b = random_matrix(rng, 1, 9, complex_entries=complex_entries)[0]
    sums, differences, P = gramian(poles, b, discrete=discrete)
    Z = cauchy_factor(b, sums, differences, np.ones(9))
    assert_small(np.abs(Z @ adjoint(Z) - P).max(), np.abs(P).max(), 10)
    assert (np.diff(np.abs(Z).max(axis=0)) < 0).all()


def test_pivots_have_all_digits_of_cauchys_determinant():
    """det P = Π (λ_i − λ_j)² / Π (λ_i + λ_j), below 1e-90, where no entry of P knows more than its 16 digits."""
    poles = -1 - 2.0**-10 * np.arange(8.0)
    sums, differences, _ = gramian(poles, np.ones(8))
    Z = cauchy_factor(np.ones(8), sums, differences, np.ones(8))
    order = np.argsort(np.count_nonzero(Z, axis=1))
    found = np.prod(np.abs(np.diagonal(Z[order])) ** 2)
    with mp.workdps(200):
        exact = mp.fprod(mp.mpf(differences[i, j]) ** 2 for i in range(8) for j in range(i))
        exact = float(exact / mp.fprod(mp.mpf(w) for w in sums.ravel()))
    assert exact < 1e-90
    assert_small(abs(found - exact), exact, 100)


def test_rank_deficient_and_empty():
    poles = np.array([-1.0, -2.0, -1.0, -3.0])
    b = np.array([1.0, 0.0, 2.0, 1.0])
    sums, differences, P = gramian(poles, b)
    Z = cauchy_factor(b, sums, differences, np.ones(4))
    assert Z.shape == (4, 2)
    assert_small(np.abs(Z @ Z.T - P).max(), 1.0, 4)
    assert cauchy_factor(np.ones(0), np.ones((0, 0)), np.ones((0, 0)), np.ones(0)).shape == (0, 0)


def test_scales_choose_the_pivots_alone():
    poles = np.array([-1.0, -1.5])
    sums, differences, P = gramian(poles, np.ones(2))
    first, second = (cauchy_factor(np.ones(2), sums, differences, np.array(s)) for s in ([1.0, 1.0], [1.0, 9.0]))
    assert first[0, 1] == 0
    assert second[1, 1] == 0
    for Z in (first, second):
        assert_small(np.abs(Z @ Z.T - P).max(), 1.0, 4)


def test_compression_keeps_small_singular_values(rng, complex_entries):
    """Columns and rows over 40 decades, in any order."""
    wide = random_matrix(rng, 5, 12, complex_entries=complex_entries)
    scales, columns = rng.permutation(np.geomspace(1, 1e-20, 5)), rng.permutation(np.geomspace(1, 1e-40, 12))
    wide = wide / scales[:, None] * columns
    short, Q = compressed(wide, scales)
    assert short.shape == (5, 5)
    assert la.norm(adjoint(Q) @ Q - np.eye(5)) < 100 * EPS
    error = scales[:, None] * np.abs(short @ adjoint(Q) - wide)
    assert (error.max(axis=0) <= 100 * EPS * columns).all()
    with mp.workdps(200):
        values = [mp.svd(as_mp(scales[:, None] * M) * mp.mpc(1), compute_uv=False) for M in (short, wide)]
        assert max(abs(mp.mpf(1) - a / b) for a, b in zip(*values, strict=True)) < 1000 * EPS
