"""Complex triangular forms of real pencils."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.pencils import schur_form
from dlnbalance.linalg.triangular_pencils import triangular_pencil

from ..models import assert_small, random_matrix, random_pencil


@pytest.mark.parametrize("n", [2, 3, 9, 40])
def test_triangular_pencil_is_equivalent(rng, n, discrete, descriptor):
    """Upper triangular with the eigenvalues on the diagonal, and the same pencil in other orthonormal coordinates."""
    A, E = random_pencil(rng, n, discrete=discrete, descriptor=descriptor)
    schur = schur_form(A, E)
    pencil = schur.triangular
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
    pencil = triangular_pencil(A, None)
    assert pencil.S is A
    assert pencil.left is None
    assert pencil.right is None


def test_damping_is_kept_to_the_last_digit():
    """The rate of decay of a pair is on the diagonal of its block, and a rotation would round it to eps of the rest."""
    damping = 1e-15
    S = np.array([[-damping, 3.0], [-0.7, -damping]])
    assert (triangular_pencil(S, None).S.diagonal().real == -damping).all()


@pytest.mark.parametrize("unit", [1e-300, 1e-160, 1e160, 1e300])
def test_pairs_in_any_unit_of_rates(unit):
    """Products of their entries leave the range of numbers; the eigenvalues do not."""
    S = triangular_pencil(unit * np.array([[-1.0, 4.0], [-1.0, -1.0]]), None).S
    assert_small(np.abs(S.diagonal() / unit - [-1 + 2j, -1 - 2j]).max(), 1, 10)
