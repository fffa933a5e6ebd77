"""Doublings of Riccati equations: both solutions, and None where they lead nowhere."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.doubling import doubled

from ..models import random_matrix


def residual(A, G, H, X, *, discrete):
    if discrete:
        return adjoint(A) @ X @ la.solve(np.eye(len(A)) + G @ X, A) + H - X
    return adjoint(A) @ X + X @ A - X @ G @ X + H


@pytest.mark.parametrize("n", [1, 6, 20])
def test_both_solutions_leave_small_residuals_and_stabilize(rng, complex_entries, discrete, n):
    A = 1.2 * random_matrix(rng, n, n, complex_entries=complex_entries) / np.sqrt(n)
    B, C = random_matrix(rng, n, 2, complex_entries=complex_entries), random_matrix(rng, 3, n)
    G, H = B @ adjoint(B), adjoint(C) @ C
    X, Y = doubled(A, G, H, discrete=discrete)
    for matrices, solution in (((A, G, H), X), ((adjoint(A), H, G), Y)):
        left = residual(*matrices, solution, discrete=discrete)
        assert la.norm(left) <= 1e-9 * (la.norm(solution) + la.norm(solution @ matrices[1] @ solution))
    closed = la.solve(np.eye(n) + G @ X, A) if discrete else A - G @ X
    poles = la.eigvals(closed)
    assert (np.abs(poles) < 1).all() if discrete else (poles.real < 0).all()


def test_time_constants_of_many_decades(discrete):
    rates = -np.geomspace(1e-9, 1.0, 10)
    A = np.diag(np.exp(rates) if discrete else rates)
    X, _ = doubled(A, np.zeros((10, 10)), np.eye(10), discrete=discrete)
    expected = 1 / (-np.expm1(2 * rates)) if discrete else -0.5 / rates
    assert np.abs(np.diag(X) / expected - 1).max() <= 1e-6


def test_a_pole_on_the_boundary_that_nothing_moves_has_no_solution(discrete):
    A = np.diag([1.0, 0.5]) if discrete else np.diag([0.0, -0.5])
    B = np.array([[0.0], [1.0]])
    assert doubled(A, B @ B.T, np.eye(2), discrete=discrete) is None


def test_numbers_out_of_range_have_none(discrete):
    A = np.diag([1e200, 0.5])
    assert doubled(A, np.diag([1e-300, 1.0]), np.eye(2), discrete=discrete) is None
