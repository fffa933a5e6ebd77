"""Deflated pencils: solves in the complement of a deflating subspace, at the eigenvalues left out as well."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.errors import NumericalError
from dlnbalance.linalg.sparse.deflated_pencils import DeflatedPencil
from dlnbalance.linalg.sparse.pencils import SparsePencil

from ...models import random_matrix


def deflated(rng, *, complex_entries=False):
    """A pencil with the eigenvalues 0, 2, −1, …, −30, and the first two deflated; dense A, E, V, W beside it."""
    n = 32
    mix = [sp.eye_array(n) + sp.random_array((n, n), density=0.05, rng=rng) for _ in range(2)]
    if complex_entries:
        mix[0] = mix[0] + 0.1j * sp.random_array((n, n), density=0.05, rng=rng)
    diagonal = sp.diags_array(np.concatenate([[0.0, 2.0], -np.arange(1.0, 31)]))
    A, E = (mix[0] @ diagonal @ mix[1]).tocsc(), (mix[0] @ mix[1]).tocsc()
    whole = SparsePencil(A, E)
    V = whole.permute(la.inv(mix[1].toarray())[:, :2])
    W = whole.permute(la.inv(mix[0].toarray()).conj().T[:, :2])
    return DeflatedPencil(whole, V, W), V, W


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("trans", ["N", "T", "H"])
@pytest.mark.parametrize("point", [0.0, 2.0, 2 + 1e-14, 0.5 + 3j])
def test_solutions_are_those_of_the_complement(rng, complex_entries, trans, point):
    pencil, V, W = deflated(rng, complex_entries=complex_entries)
    A, E = pencil.A.toarray(), pencil.E.toarray()
    M = A - point * E
    right = random_matrix(rng, 32, 3, complex_entries=True)
    P, Q = np.eye(32) - V @ W.conj().T @ E, np.eye(32) - E @ V @ W.conj().T
    M, P, Q = {"N": (M, P, Q), "T": (M.T, Q.T, P.T), "H": (M.conj().T, Q.conj().T, P.conj().T)}[trans]
    X = pencil.factorized(1.0, -point).solve(right, trans)
    assert la.norm(P @ X - X) <= 1e-12 * la.norm(X)
    assert la.norm(M @ X - Q @ right) <= 1e-12 * la.norm(M) * la.norm(X)


def test_combinations_have_the_same_complement(rng):
    pencil, _, W = deflated(rng)
    other = pencil.combined((1.0, -1.0), (1.0, 1.0))
    X = other.factorized(1.0, 1.0).solve(random_matrix(rng, 32, 1))
    assert la.norm(W.T @ (pencil.E @ X)) <= 1e-12 * la.norm(X)
    assert abs(other.A - (pencil.A - pencil.E)).max() == 0


def test_without_a_subspace_it_is_the_whole_pencil(rng):
    whole = SparsePencil(sp.diags_array(np.arange(0.0, 6)).tocsc())
    pencil = DeflatedPencil(whole, np.zeros((6, 0)), np.zeros((6, 0)))
    right = random_matrix(rng, 6, 1)
    np.testing.assert_allclose(pencil.factorized(1, 1).solve(right), whole.factorized(1, 1).solve(right), rtol=1e-14)
    with pytest.raises(NumericalError):
        pencil.factorized(1.0, 0.0)
