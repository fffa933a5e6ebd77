"""The cross Gramian gives both Gramians where a system is symmetric, and is refused elsewhere."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.linalg.arrays import adjoint

from ..limited import gramians
from ..models import assert_small, random_hermitian, random_matrix, random_system


def symmetric_system(rng, n, m, *, discrete=False, complex_entries=False, definite=False):
    """A = MJ, C = B*J with Hermitian M and a signature J: G(s) = G(s*)*."""
    M = random_hermitian(rng, n, complex_entries=complex_entries)
    J = np.eye(n) if definite else np.diag(np.where(np.arange(n) % 3, 1.0, -1.0))
    A, B = M @ J, random_matrix(rng, n, m, complex_entries=complex_entries)
    poles = la.eigvals(A)
    A = 0.9 / np.abs(poles).max() * A if discrete else A - (poles.real.max() + 0.2) * np.eye(n)
    return dln.LinearSystem(A, B, adjoint(B) @ J, dt=0.1 if discrete else 0)


def same_gramians(system):
    for found, wanted in zip(gramians(dln.Cross()(system)), gramians(dln.Lyapunov()(system)), strict=True):
        assert_small(la.norm(found - wanted), la.norm(wanted), 1e4)


@pytest.mark.parametrize("definite", [True, False])
def test_symmetric_systems(rng, complex_entries, discrete, definite):
    same_gramians(symmetric_system(rng, 7, 3, discrete=discrete, complex_entries=complex_entries, definite=definite))


def test_one_input_and_one_output(rng, discrete, descriptor):
    same_gramians(random_system(rng, 7, 1, 1, discrete=discrete, descriptor=descriptor))


def test_eigenvalues_are_those_of_the_cross_gramian(rng):
    system = random_system(rng, 6, 1, 1, feedthrough=False)
    found = dln.Cross().solve(system)
    X = la.solve_sylvester(system.A, system.A, -system.B @ system.C)
    wanted = la.eigvals(X)
    wanted = wanted[np.argsort(-np.abs(wanted))]
    assert_small(la.norm(found.eigenvalues - wanted), abs(wanted[0]), 1e3)
    assert_small(abs(2 * found.eigenvalues.sum() - system.dcgain().item()), abs(wanted[0]), 1e3)
    assert_small(la.norm(np.abs(found.eigenvalues) - dln.Lyapunov()(system).singular_values), abs(wanted[0]), 1e3)
    assert found.network.is_complex is False
    assert found.asymmetry < 1e-12


def test_collocated_structures_are_symmetric():
    """Forces and velocities of the same masses."""
    n = 4
    K = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    A = np.block([[np.zeros((n, n)), np.eye(n)], [-K, -0.1 * K]])
    B = np.vstack([np.zeros((n, 2)), np.eye(n)[:, :2]])
    system = dln.LinearSystem(A, B, B.T)
    same_gramians(system)
    model = dln.reduce(system, 4, gramians=dln.Cross())
    assert float(model.error()) <= model.bound
    assert dln.Cross().solve(system).how.endswith("4 of 8 eigenvalues negative")


def test_what_is_not_symmetric_is_refused(rng, discrete):
    with pytest.raises(InvalidArgumentError, match="off by"):
        dln.Cross()(random_system(rng, 5, 2, 2, discrete=discrete))
    with pytest.raises(InvalidArgumentError, match="off by"):
        dln.Cross()(random_system(rng, 5, 1, 1, discrete=discrete, complex_entries=True))
    with pytest.raises(InvalidArgumentError, match="as many inputs as outputs, got 2 and 3"):
        dln.Cross()(random_system(rng, 5, 2, 3, discrete=discrete))


def test_a_skew_output_is_noticed():
    """X = X* and P = I, while C = B*X + KB* with K = −K*: that the cross Gramian is Hermitian does not tell."""
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    A, B, X = turn - np.eye(2), np.sqrt(2) * np.eye(2), np.diag([1.0, 2.0])
    C = np.sqrt(2) * (X - 1.5 * turn)
    assert_small(la.norm(A @ X + X @ A + B @ C), 10.0, 10)
    with pytest.raises(InvalidArgumentError, match="off by"):
        dln.Cross()(dln.LinearSystem(A, B, C))


def test_empty_and_unreached():
    assert dln.Cross()(dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), [[]])).rank == 0
    unreached = dln.LinearSystem(np.diag([-1.0, -2.0]), [[1.0], [0.0]], [[1.0, 1.0]])
    assert_small(abs(dln.Cross()(unreached).singular_values - [0.5, 0.0]).max(), 1.0, 10)
