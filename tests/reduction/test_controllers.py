"""Controllers of lower order: SLICOT's example, what guarantees a stable loop, and what is refused."""

import pickle

import control
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.reduction.controllers import CRITERIA, reduce_controller

from ..slicot import PRINTED, inputs, printed


def loop_of_regulator(rng, *, discrete=False):
    """A plant with an unstable pole and its LQG controller, by scipy's Riccati solvers."""
    A = np.diag([0.3, -1.0, -3.0, -10.0, -30.0, -100.0])
    B, C = rng.standard_normal((6, 2)), rng.standard_normal((2, 6))
    A, dt = (np.diag(np.exp(0.1 * np.diag(A))), 0.1) if discrete else (A, 0)
    solve = la.solve_discrete_are if discrete else la.solve_continuous_are
    X, Y = solve(A, B, C.T @ C, np.eye(2)), solve(A.T, C.T, B @ B.T, np.eye(2))
    if discrete:
        F = -la.solve(np.eye(2) + B.T @ X @ B, B.T @ X @ A)
        L = -la.solve(np.eye(2) + C @ Y @ C.T, C @ Y @ A.T).T
    else:
        F, L = -B.T @ X, -Y @ C.T
    return dln.LinearSystem(A, B, C, dt=dt), dln.LinearSystem(A + B @ F + L @ C, -L, F, dt=dt)


def test_sb16ad_input_weight_of_the_loop():
    given, result = inputs("SB16AD"), printed("SB16AD")
    plant = dln.LinearSystem(*(given[name] for name in "ABCD"))
    controller = dln.LinearSystem(*(given[name] for name in ("AC", "BC", "CC", "DC")))
    reduced = reduce_controller(plant, controller, int(result["nr"]), sign=1)
    np.testing.assert_allclose(reduced.model.hsv, result["hsv"], rtol=0, atol=PRINTED)
    published = dln.LinearSystem(*(result[name] for name in ("Ac", "Bc", "Cc", "Dc")))
    omega = np.geomspace(1e-2, 1e3, 50)
    responses = [dln.frequency_response(s, omega) for s in (reduced.controller, published)]
    np.testing.assert_allclose(*responses, atol=5e-4 * np.abs(responses[1]).max())
    assert reduced.stable


@pytest.mark.parametrize("criterion", ["input", "output"])
def test_anderson_and_liu_a_weighted_error_below_one_keeps_the_loop_stable(rng, discrete, criterion):
    met = 0
    for _ in range(4):
        plant, controller = loop_of_regulator(rng, discrete=discrete)
        for order in range(6):
            try:
                result = reduce_controller(plant, controller, order, criterion=criterion, sign=1)
            except dln.errors.OrderError:
                continue
            if result.model.error_is_finite and result.model.error().value < 1:
                assert result.stable
                met += 1
    assert met > 4


def test_vinnicombe_a_gap_below_the_margin_keeps_the_loop_stable(rng, discrete):
    met = 0
    for _ in range(4):
        plant, controller = loop_of_regulator(rng, discrete=discrete)
        for order in range(1, 6):
            result = reduce_controller(plant, controller, order, criterion="coprime", sign=1)
            if result.gap.value < result.loop.margin:
                assert result.stable
                assert result.why_stable
                met += 1
    assert met > 4


@pytest.mark.parametrize("criterion", CRITERIA)
def test_the_full_order_changes_nothing(rng, criterion):
    plant, controller = loop_of_regulator(rng)
    result = reduce_controller(plant, controller, 6, criterion=criterion, sign=1)
    assert result.stable
    assert result.relative_loop_error < 1e-7
    assert result.reduced_loop.margin == pytest.approx(result.loop.margin, rel=1e-6)


def test_the_least_order_within_a_tolerance(rng):
    plant, controller = loop_of_regulator(rng)
    result = reduce_controller(plant, controller, tol=0.2, criterion="performance", sign=1)
    assert result.stable
    assert result.relative_loop_error <= 0.2
    assert result.order < 6
    with pytest.raises(dln.errors.ToleranceError, match="at least"):
        reduce_controller(plant, controller, tol=1e-12, sign=1)


def test_several_orders_from_one_solution(rng):
    plant, controller = loop_of_regulator(rng)
    results = reduce_controller(plant, controller, [3, 5], sign=1)
    assert [result.order for result in results] == [3, 5]


def test_a_loop_that_became_unstable_says_so(rng):
    plant, controller = loop_of_regulator(rng)
    result = reduce_controller(plant, controller, 0, criterion="plain", sign=1)
    assert not result.stable
    assert "NOT STABLE" in repr(result)
    assert result.relative_loop_error == np.inf
    assert result.why_stable == ""


def test_the_result_prints_pickles_and_keeps_the_type(rng):
    plant, controller = loop_of_regulator(rng)
    result = reduce_controller(plant, controller.to_control(), 4, sign=1)
    assert isinstance(result.controller, control.StateSpace)
    assert result.controller.nstates == result.order == 4
    text = repr(result)
    assert "stability margin before" in text
    assert repr(pickle.loads(pickle.dumps(result))) == text


def test_what_does_not_fit_is_refused(rng):
    plant, controller = loop_of_regulator(rng)
    with pytest.raises(dln.errors.UnstableSystemError, match="pass sign=1: then the loop is stable"):
        reduce_controller(plant, controller, 3)
    with pytest.raises(dln.errors.UnstableSystemError, match="stabilizes"):
        reduce_controller(plant, dln.LinearSystem.static(np.zeros((2, 2))), 0)
    for wrong in ({}, {"order": 3, "tol": 0.1}):
        with pytest.raises(dln.errors.InvalidArgumentError, match="either order= or tol="):
            reduce_controller(plant, controller, sign=1, **wrong)
