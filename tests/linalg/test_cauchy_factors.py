"""Factors of Cauchy-like matrices: against Cauchy's determinant and mpmath."""

import mpmath as mp
import numpy as np
import pytest

from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.linalg.cauchy_factors import cauchy_factor

from ..forty_digits import as_mp
from ..models import assert_small, random_matrix


def gramian(poles, B, *, discrete=False):
    """Denominators and differences, and the matrix they stand for."""
    sums = 1 - poles[:, None] * poles.conj() if discrete else -(poles[:, None] + poles.conj())
    return sums, poles[:, None] - poles, B @ adjoint(B) / sums


@pytest.mark.parametrize("m", [1, 2, 3, 12])
def test_the_product_is_the_gramian(rng, complex_entries, discrete, m):
    poles = 0.5 * random_matrix(rng, 1, 9, complex_entries=complex_entries)[0]
    poles = 0.9 * poles / np.abs(poles).max() if discrete else poles - 2
    B = random_matrix(rng, 9, m, complex_entries=complex_entries)
    sums, differences, P = gramian(poles, B, discrete=discrete)
    Z, errors = cauchy_factor(B, sums, differences, np.ones(9))
    assert_small(np.abs(Z @ adjoint(Z) - P).max(), np.abs(P).max(), 30)
    assert (np.diff(np.abs(Z).max(axis=0)) < 0).all()
    assert (errors >= EPS * np.abs(Z)).all()


def test_pivots_have_all_digits_of_cauchys_determinant():
    """det P = Π (λ_i − λ_j)² / Π (λ_i + λ_j), below 1e-90, where no entry of P knows more than its 16 digits."""
    poles = -1 - 2.0**-10 * np.arange(8.0)
    B = np.ones((8, 1))
    sums, differences, _ = gramian(poles, B)
    Z, errors = cauchy_factor(B, sums, differences, np.ones(8))
    assert (errors <= 16 * EPS * np.abs(Z)).all()
    order = np.argsort(np.count_nonzero(Z, axis=1))
    found = np.prod(np.abs(np.diagonal(Z[order])) ** 2)
    with mp.workdps(200):
        exact = mp.fprod(mp.mpf(differences[i, j]) ** 2 for i in range(8) for j in range(i))
        exact = float(exact / mp.fprod(mp.mpf(w) for w in sums.ravel()))
    assert exact < 1e-90
    assert_small(abs(found - exact), exact, 100)


@pytest.mark.parametrize("m", [1, 2, 4])
def test_entries_are_as_accurate_as_they_say(rng, complex_entries, m):
    """Against a factor in 100 digits, with the same pivots: Cholesky's of the Gramian, but for phases of its columns.

    Rows that are through are compared with zero, for there exact directions of the inputs leave nothing.
    """
    poles, B = -(10 ** rng.uniform(-1, 1, 10)), random_matrix(rng, 10, m, complex_entries=complex_entries)
    sums, differences, _ = gramian(poles, B)
    Z, errors = cauchy_factor(B, sums, differences, np.ones(10))
    order = np.argsort(np.count_nonzero(Z, axis=1))
    with mp.workdps(100):
        P = as_mp(B[order]) * as_mp(B[order]).H
        for i in range(10):
            for j in range(10):
                P[i, j] /= -(mp.mpf(poles[order[i]]) + poles[order[j]])
        exact = mp.cholesky((P + P.H) / 2)
        exact = np.array([[complex(exact[i, j]) for j in range(10)] for i in range(10)])
    found = Z[order] / (np.diagonal(Z[order]) / np.abs(np.diagonal(Z[order])))
    # directions of the inputs err, too, and change what is projected on them by as much again
    assert (np.abs(found - exact) <= 4 * errors[order] + 40 * EPS * np.abs(exact)).all()


@pytest.mark.parametrize("m", [1, 2])
def test_rank_deficient_and_empty(m):
    poles = np.array([-1.0, -2.0, -1.0, -3.0])
    B = np.array([[1.0], [0.0], [2.0], [1.0]]) * np.arange(1.0, m + 1)
    sums, differences, P = gramian(poles, B)
    Z = cauchy_factor(B, sums, differences, np.ones(4)).entries
    assert_small(np.abs(Z @ Z.T - P).max(), 1.0, 40)
    assert np.linalg.matrix_rank(Z) == 2
    if m == 1:
        assert Z.shape == (4, 2)
    assert cauchy_factor(np.ones((0, m)), np.ones((0, 0)), np.ones((0, 0)), np.ones(0)).entries.shape == (0, 0)


def test_scales_choose_the_pivots_alone():
    poles, B = np.array([-1.0, -1.5]), np.ones((2, 1))
    sums, differences, P = gramian(poles, B)
    first, second = (cauchy_factor(B, sums, differences, np.array(s)).entries for s in ([1.0, 1.0], [1.0, 9.0]))
    assert first[0, 1] == 0
    assert second[1, 1] == 0
    for Z in (first, second):
        assert_small(np.abs(Z @ Z.T - P).max(), 1.0, 4)
