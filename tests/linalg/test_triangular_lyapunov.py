"""Factors that are found state by state (residuals and exact solutions are in test_lyapunov)."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.pencils import schur_form
from dlnbalance.linalg.triangular_lyapunov import adjoint_triangular_factor, triangular_factor
from dlnbalance.linalg.triangular_pencils import triangular_pencil

from ..models import assert_small, random_matrix, random_pencil


@pytest.mark.parametrize("n", [1, 2, 5, 21])
def test_factors_of_the_adjoint_pencil(rng, n, complex_entries, discrete, descriptor):
    """The adjoint equation is the equation of the flipped Schur form, whose complex form is the flipped one."""
    options = {"discrete": discrete, "descriptor": descriptor}
    A, E = random_pencil(rng, n, complex_entries=complex_entries, **options)
    schur, right = schur_form(A, E), random_matrix(rng, n, 2, complex_entries=complex_entries)
    G = adjoint_triangular_factor(schur.triangular, right, discrete=discrete)
    assert np.isrealobj(G) is not complex_entries
    assert not np.tril(G, -1).any()
    F = triangular_factor(schur.adjoint.triangular, right[::-1], discrete=discrete)[::-1, ::-1]
    assert_small(la.norm(adjoint(G) @ G - F @ adjoint(F)), la.norm(F) ** 2, 50 * n)


def test_complex_right_hand_sides_of_a_real_pencil(rng, discrete, descriptor):
    """The solution for real and imaginary parts side by side is the real part of the one for the complex matrix."""
    A, E = random_pencil(rng, 8, discrete=discrete, descriptor=descriptor)
    pencil, right = schur_form(A, E).triangular, random_matrix(rng, 8, 2, complex_entries=True)
    parts = np.hstack([right.real, right.imag])
    U, real = (triangular_factor(pencil, R, discrete=discrete) for R in (right, parts))
    assert_small(la.norm((U @ adjoint(U)).real - real @ real.T), la.norm(real) ** 2, 50)
    G, real = (adjoint_triangular_factor(pencil, R, discrete=discrete) for R in (right, parts))
    assert_small(la.norm((adjoint(G) @ G).real - real.T @ real), la.norm(real) ** 2, 50)


def test_nilpotent_poles_in_discrete_time():
    """A chain of delays: X = Σ AᵏBB*A*ᵏ is the identity."""
    S = np.diag(np.ones(4), 1)
    U = triangular_factor(triangular_pencil(S, None), np.eye(5)[:, -1:], discrete=True)
    assert_small(la.norm(U @ U.T - np.eye(5)), 1, 5)
