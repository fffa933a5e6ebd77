"""What the method in blocks has of its own: closed forms, and trailing blocks (the rest is in test_lyapunov)."""

import mpmath
import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.blocked_lyapunov import _continuous_pair, _resonance, blocked_factor
from dlnbalance.linalg.pencils import schur_form
from dlnbalance.linalg.triangular_lyapunov import triangular_factor

from ..models import assert_small, random_matrix, random_pencil


@pytest.mark.parametrize("n", [0, 1, 30, 130])
def test_the_same_as_state_by_state(rng, n, complex_entries, discrete, descriptor):
    """Two algorithms for one factor, which is unique up to signs."""
    A, E = random_pencil(rng, n, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    right = random_matrix(rng, n, 3, complex_entries=complex_entries)
    schur = schur_form(A, E)
    U = blocked_factor(schur.S, schur.T, right, discrete=discrete)
    other = triangular_factor(schur.triangular, right, discrete=discrete)
    assert_small(la.norm(U @ adjoint(U) - other @ adjoint(other)), max(n, 1) * la.norm(U) ** 2, 5)  # observed 0.6


@pytest.mark.parametrize("damping", [1e-9, 1e-4, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("angle", [0.0, 1e-7, 0.3])
def test_closed_form_of_a_resonance(rng, damping, angle):
    """Lightly damped pairs with inputs along one direction or two, against the form for any pair and 60 digits."""
    for ratio in (1.0, -1e3, 1e-4):
        M = np.array([[-damping, ratio], [-1 / ratio, -damping]])
        B = random_matrix(rng, 2, 1) @ random_matrix(rng, 1, 3) + angle * random_matrix(rng, 2, 3)
        U, normal, beta = _resonance(M, B)
        rows = la.norm(_continuous_pair(M, B)[0], axis=1)
        assert U[1, 0] == 0
        difference = (U @ U.T - np.array(exact_gramian(M, B).tolist(), dtype=float)) / np.outer(rows, rows)
        assert_small(np.abs(difference).max(), 1, 50)  # observed 6
        assert_small(
            la.norm((M @ U - U @ normal) / rows[:, None]), la.norm(normal) * max(abs(ratio), 1 / abs(ratio)), 20
        )
        assert_small(la.norm(normal + normal.T + beta @ beta.T), la.norm(normal), 20)


def exact_gramian(M, B):
    """Solution of MX + XMᵀ + BBᵀ = 0 of order 2 with 60 digits."""
    with mpmath.workdps(60):
        M, right = mpmath.matrix(M.tolist()), mpmath.matrix(B.tolist()) * mpmath.matrix(B.tolist()).T
        system = mpmath.matrix(
            [[2 * M[0, 0], 2 * M[0, 1], 0], [M[1, 0], M[0, 0] + M[1, 1], M[0, 1]], [0, 2 * M[1, 0], 2 * M[1, 1]]]
        )
        x = mpmath.lu_solve(system, mpmath.matrix([-right[0, 0], -right[0, 1], -right[1, 1]]))
        return mpmath.matrix([[x[0], x[1]], [x[1], x[2]]])
