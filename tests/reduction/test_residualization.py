"""Residualization: the gain at frequency zero, and the blocks of the balanced realization that it eliminates."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import NumericalError
from dlnbalance.networks.projections import projection
from dlnbalance.reduction.residualization import residualized, residualized_at_pole

from ..models import random_system


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("descriptor", [False, True])
def test_residualization_keeps_the_dc_gain_and_truncation_the_feedthrough(rng, discrete, descriptor):
    system = random_system(rng, 6, 2, 2, discrete=discrete, descriptor=descriptor)
    truncated, residualized = (dln.reduce(system, 3, method=method) for method in ("truncate", "residualize"))
    assert residualized.dc_mismatch < 1e-12 * la.norm(system.dcgain())
    np.testing.assert_array_equal(truncated.system.D, system.D)
    assert truncated.dc_mismatch > 1e-3
    zero = 1.0 if discrete else 0.0
    mismatch = la.norm(system(zero) - truncated.system(zero), 2)
    assert truncated.dc_mismatch == pytest.approx(mismatch, rel=1e-9)


def test_residualization_is_the_schur_complement_of_the_balanced_realization(rng):
    for discrete in (False, True):
        system = random_system(rng, 6, 2, 2, discrete=discrete)
        A, B, C, D, _ = dln.balance(system).system.to_tuple()
        shifted = A - np.eye(6) if discrete else A
        r, s = slice(3), slice(3, 6)
        solve = la.solve(shifted[s, s], np.hstack([shifted[s, r], B[s]]))
        reference = dln.LinearSystem(
            A[r, r] - A[r, s] @ solve[:, :3],
            B[r] - A[r, s] @ solve[:, 3:],
            C[:, r] - C[:, s] @ solve[:, :3],
            D - C[:, s] @ solve[:, 3:],
            dt=system.dt,
        )
        model = dln.reduce(system, 3, method="residualize").system
        omega = np.linspace(0, 30, 50)
        difference = dln.frequency_response(model, omega) - dln.frequency_response(reference, omega)
        assert np.abs(difference).max() < 1e-11


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("discrete", [False, True])
def test_nothing_is_lost_at_full_order(rng, complex_entries, discrete):
    system = random_system(rng, 5, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=True)
    whole = residualized(system, *projection(dln.Lyapunov()(system), 5))
    omega = np.linspace(0, 3, 13)
    difference = dln.frequency_response(whole, omega) - dln.frequency_response(system, omega)
    assert np.abs(difference).max() < 1e-10 * float(dln.hinf_norm(system))
    assert la.norm(whole.D - system.D) < 1e-10 * (1 + la.norm(system.D))


def test_no_states_leave_the_gain_at_frequency_zero(rng):
    system = random_system(rng, 4, 2, 2)
    empty = residualized(system, np.zeros((0, 4)), np.zeros((4, 0)))
    assert empty.nstates == 0
    np.testing.assert_allclose(empty.D, system.dcgain(), rtol=1e-12)


def test_names_and_time_base_stay():
    system = dln.LinearSystem(
        np.diag([0.5, 0.1]), np.ones((2, 1)), np.ones((1, 2)), dt=0.1, inputs=["force"], outputs=["way"], name="cart"
    )
    small = residualized(system, *projection(dln.Lyapunov()(system), 1))
    assert (small.dt, small.inputs, small.outputs, small.name) == (0.1, ("force",), ("way",), "cart")


def test_the_way_around_poles_at_frequency_zero_agrees_where_there_are_none(rng, discrete, descriptor):
    system = random_system(rng, 7, 2, 2, discrete=discrete, descriptor=descriptor)
    T, S = projection(dln.Lyapunov()(system), 4)
    one, other = residualized(system, T, S), residualized_at_pole(system, T, S)
    for omega in (0.0, 0.7, 5.0):
        [point] = system.boundary_points(np.array([omega]))
        size = np.abs(system(point)).max()
        assert np.abs(one(point) - other(point)).max() < 1e-11 * size


def test_states_that_do_not_come_to_rest_are_refused():
    integrators = dln.LinearSystem(np.zeros((2, 2)), np.eye(2), np.eye(2))
    T = np.array([[1.0, 0.0]])
    with pytest.raises(NumericalError, match="come to rest"):
        residualized_at_pole(integrators, T, T.T)
