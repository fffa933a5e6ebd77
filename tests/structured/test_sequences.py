"""What periodic and time-varying systems share: the recursions of their Gramians, and whole runs in one."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import NumericalError
from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.structured.sequences import gramian_residual, reach_factors

from ..models import random_matrix


def test_factors_satisfy_the_recursion_of_the_gramians(rng, complex_entries):
    A = [random_matrix(rng, n, m, complex_entries=complex_entries) for m, n in ((3, 4), (4, 2), (2, 5))]
    B = [random_matrix(rng, M.shape[0], k, complex_entries=complex_entries) for M, k in zip(A, (1, 0, 2), strict=True)]
    factors = reach_factors(A, B, random_matrix(rng, 3, 2, complex_entries=complex_entries))
    P = [Z @ adjoint(Z) for Z in factors]
    for k, (M, N) in enumerate(zip(A, B, strict=True)):
        wanted = M @ P[k] @ adjoint(M) + N @ adjoint(N)
        assert np.abs(P[k + 1] - wanted).max() <= 50 * EPS * np.abs(wanted).max()
    assert all(Z.shape[1] <= Z.shape[0] for Z in factors)


def test_factors_beyond_the_range_of_numbers_are_refused():
    with pytest.raises(NumericalError, match="double precision"):
        reach_factors([np.full((1, 1), 1e160)], [np.ones((1, 1))], np.ones((1, 1)))


def test_unrolled_steps_are_the_simulation(rng):
    A, B, C, D = ([rng.standard_normal((2, 2)) for _ in range(4)] for _ in range(4))
    system = dln.TimeVaryingSystem(A, B, C, D)
    x = start = rng.standard_normal(2)
    u, y = rng.standard_normal((4, 2)), []
    for k in range(4):
        y.append(C[k] @ x + D[k] @ u[k])
        x = A[k] @ x + B[k] @ u[k]
    state, reach, observe, direct = system.unrolled()
    np.testing.assert_allclose(state @ start + reach @ u.ravel(), x, rtol=1e-12)
    np.testing.assert_allclose(observe @ start + direct @ u.ravel(), np.concatenate(y), rtol=1e-12)


def test_the_bound_is_that_of_the_distinct_values_of_all_times():
    """Two times drop the value 0.25: it counts once, and 0.125 besides."""
    system = dln.PeriodicSystem([[[0.5]]] * 2, [[[1.0]]] * 2, [[[1.0]]] * 2)
    lower, upper, measure = system.error_bounds(np.array([2.0, 1.0, 0.25, 0.25, 0.125]), 2, 0.0)
    assert (lower, upper) == (0.25, 2 * (0.25 + 0.125))
    assert measure == "ℓ₂ gain of the error"


def test_the_residual_is_said_with_the_factors():
    system = dln.PeriodicSystem([[[0.5]], [[0.8]]], [[[1.0]], [[1.0]]], [[[1.0]], [[1.0]]])
    pairs = system.factor_pairs()
    assert f"{gramian_residual(system, pairs):.1e}" in system.how(pairs)
