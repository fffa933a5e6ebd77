"""Restarted Krylov–Schur processes, against eigenvalues known beforehand."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.sparse.krylov_schur import krylov_values, leading_subspace

from ...models import random_unitary


def beyond(limit):
    def judge(values):
        return np.abs(values), np.abs(values) > limit, np.maximum(limit - np.abs(values), 0)

    return judge


@pytest.mark.parametrize("complex_entries", [False, True])
def test_the_subspace_is_invariant_and_belongs_to_all_that_is_wanted(rng, complex_entries):
    inner = np.linspace(-1, 1, 195)
    T = la.block_diag([[2.0, 3.0], [-3.0, 2.0]], [[-4.0]], [[1.5, 1.0], [0.0, 1.5]], np.diag(inner))
    Q = random_unitary(rng, 200, complex_entries=complex_entries)
    T = Q @ T @ Q.conj().T
    start = rng.standard_normal(200).astype(T.dtype)
    found = leading_subspace(lambda x: T @ x, start, beyond(1.2), steps=30, restarts=20)
    expected = np.array([2 + 3j, 2 - 3j, -4, 1.5, 1.5])
    distances = np.abs(found.values[:, None] - expected)
    assert max(distances.min(axis=0).max(), distances.min(axis=1).max()) <= 1e-6  # of a Jordan block, the root of eps
    X = found.basis
    assert np.iscomplexobj(X) == complex_entries
    assert not found.doubtful.size
    assert la.norm(X.conj().T @ X - np.eye(5)) <= 1e-13
    assert la.norm(T @ X - X @ (X.conj().T @ T @ X)) <= 1e-9
    assert found.residual <= 1e-10


def test_an_invariant_start_is_continued_at_random():
    values = np.append(np.linspace(0, 1, 49), 5.0)
    found = leading_subspace(lambda x: values * x, np.eye(50)[0], beyond(2.0), steps=20, restarts=20)
    np.testing.assert_allclose(found.values.real, [5], rtol=1e-12)


def test_nothing_wanted_is_an_empty_subspace():
    values = np.linspace(0, 1, 40)
    found = leading_subspace(lambda x: values * x, np.ones(40), beyond(3.0), steps=10, restarts=5)
    assert found.basis.shape == (40, 0)
    assert not found.values.size


def test_what_did_not_converge_is_in_doubt(rng):
    values = np.linspace(0, 1, 1000)
    found = leading_subspace(lambda x: values * x, np.ones(1000), beyond(0.95), steps=8, restarts=1)
    assert found.doubtful.size
    assert found.values.size < 50


def test_krylov_values_reach_the_ends_of_a_spectrum(rng):
    values = np.append(np.linspace(0, 1, 99), 3.0)
    assert np.abs(krylov_values(lambda x: values * x, np.ones(100), steps=20)).max() == pytest.approx(3, rel=1e-10)
