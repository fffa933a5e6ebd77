"""Triangular forms of real pencils, and factors that are found state by state (residuals are in test_lyapunov)."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.pencils import SchurForm, schur_form
from dlnbalance.linalg.triangular_lyapunov import triangular_pencil

from ..models import assert_small, random_matrix, random_pencil


@pytest.mark.parametrize("n", [2, 3, 9, 40])
def test_triangular_pencil_is_equivalent(rng, n, discrete, descriptor):
    """Upper triangular with the eigenvalues on the diagonal, and the same pencil in other orthonormal coordinates."""
    A, E = random_pencil(rng, n, discrete=discrete, descriptor=descriptor)
    schur = schur_form(A, E)
    pencil = triangular_pencil(schur)
    W, Z = (np.eye(n) if turns is None else turns.applied(np.eye(n)) for turns in (pencil.left, pencil.right))
    assert_small(la.norm(adjoint(W) @ W - np.eye(n)) + la.norm(adjoint(Z) @ Z - np.eye(n)), n, 5)
    assert not np.tril(pencil.S, -1).any()
    assert_small(la.norm(W @ pencil.S @ adjoint(Z) - schur.S), la.norm(schur.S), 20)
    diagonal = pencil.S.diagonal()
    if pencil.T is not None:
        assert not np.tril(pencil.T, -1).any()
        assert_small(la.norm(W @ pencil.T @ adjoint(Z) - schur.T), la.norm(schur.T), 20)
        diagonal = diagonal / pencil.T.diagonal()
    assert_small(np.abs(diagonal - schur.eigenvalues).max(), np.abs(diagonal).max(), 20)


def test_a_triangular_form_stays(rng, complex_entries):
    A = np.diag([-1.0, -2.0, -3.0]) + np.triu(random_matrix(rng, 3, 3, complex_entries=complex_entries), 1)
    pencil = triangular_pencil(SchurForm(S=A, T=None, Q=np.eye(3), Z=np.eye(3)))
    assert pencil.S is A
    assert pencil.left is None
    assert pencil.right is None


def test_damping_is_kept_to_the_last_digit():
    """The rate of decay of a pair is on the diagonal of its block, and a rotation would round it to eps of the rest."""
    damping = 1e-15
    S = np.array([[-damping, 3.0], [-0.7, -damping]])
    assert (triangular_pencil(SchurForm(S=S, T=None, Q=np.eye(2), Z=np.eye(2))).S.diagonal().real == -damping).all()


@pytest.mark.parametrize("n", [1, 2, 5, 21])
def test_factors_of_the_adjoint_pencil(rng, n, complex_entries, discrete, descriptor):
    """The adjoint equation is the equation of the flipped Schur form, whose complex form is the flipped one."""
    options = {"discrete": discrete, "descriptor": descriptor}
    A, E = random_pencil(rng, n, complex_entries=complex_entries, **options)
    schur, right = schur_form(A, E), random_matrix(rng, n, 2, complex_entries=complex_entries)
    G = triangular_pencil(schur).adjoint_gramian_factor(right, discrete=discrete)
    assert np.isrealobj(G) is not complex_entries
    assert not np.tril(G, -1).any()
    F = triangular_pencil(schur.adjoint).gramian_factor(right[::-1], discrete=discrete)[::-1, ::-1]
    assert_small(la.norm(adjoint(G) @ G - F @ adjoint(F)), la.norm(F) ** 2, 50 * n)


def test_complex_right_hand_sides_of_a_real_pencil(rng, discrete, descriptor):
    """The solution for real and imaginary parts side by side is the real part of the one for the complex matrix."""
    A, E = random_pencil(rng, 8, discrete=discrete, descriptor=descriptor)
    pencil, right = triangular_pencil(schur_form(A, E)), random_matrix(rng, 8, 2, complex_entries=True)
    parts = np.hstack([right.real, right.imag])
    U, real = (pencil.gramian_factor(R, discrete=discrete) for R in (right, parts))
    assert_small(la.norm((U @ adjoint(U)).real - real @ real.T), la.norm(real) ** 2, 50)
    G, real = (pencil.adjoint_gramian_factor(R, discrete=discrete) for R in (right, parts))
    assert_small(la.norm((adjoint(G) @ G).real - real.T @ real), la.norm(real) ** 2, 50)


def test_nilpotent_poles_in_discrete_time():
    """A chain of delays: X = Σ AᵏBB*A*ᵏ is the identity."""
    S = np.diag(np.ones(4), 1)
    U = triangular_pencil(SchurForm(S=S, T=None, Q=np.eye(5), Z=np.eye(5))).gramian_factor(
        np.eye(5)[:, -1:], discrete=True
    )
    assert_small(la.norm(U @ U.T - np.eye(5)), 1, 5)
