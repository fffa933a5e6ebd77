"""Reduced models: bounds, measured errors, orders, tolerances and refusals."""

import control
import numpy as np
import pytest
import scipy.linalg as la
import scipy.signal

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, OrderError, ToleranceError, UnstableSystemError

from ..models import random_system

METHODS = ["truncate", "residualize"]


@pytest.fixture
def relaxation():
    """System with real poles and a symmetric transfer matrix: well-separated Hankel singular values."""
    poles = -np.array([1.0, 3.0, 10.0, 30.0, 100.0, 300.0])
    return dln.LinearSystem(np.diag(poles), np.ones((6, 1)), np.ones((1, 6)))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("descriptor", [False, True])
def test_error_lies_between_its_bounds_at_every_order(rng, method, complex_entries, discrete, descriptor):
    system = random_system(rng, 8, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    for order in range(1, 8):
        model = dln.reduce(system, order, method=method)
        slack = 10 * model.accuracy_floor
        assert model.stable
        assert model.order == order
        assert model.lower_bound - slack <= float(model.error()) <= model.bound + slack
        assert la.norm(model.left.conj().T @ system.descriptor @ model.right - np.eye(order)) < 1e-11


@pytest.mark.parametrize("method", METHODS)
def test_full_order_reproduces_the_system(rng, method):
    system = random_system(rng, 5, 2, 2)
    model = dln.reduce(system, 5, method=method)
    assert model.exact_bounds[:2] == (0, 0)
    assert model.lower_bound == 0
    assert 0 < model.bound == model.rounding < 1e-11  # no proof of an error of zero
    assert float(model.error()) < model.bound


def test_order_is_the_smallest_whose_bound_meets_the_tolerance(relaxation):
    values = dln.hankel_singular_values(relaxation)
    for order in range(1, 6):
        bound = 2 * values[order:].sum()
        assert dln.reduce(relaxation, tol=bound * 1.0001).order == order
        assert dln.reduce(relaxation, tol=bound * 0.9999).order == order + 1
        assert dln.reduce(relaxation, rtol=bound / values[0] * 1.0001).order == order
    assert dln.reduce(relaxation, tol=1e9).order == 0


def test_tolerance_never_splits_equal_values(rng):
    A, B, C, _, _ = random_system(rng, 3, 1, 1).to_tuple()
    double = dln.LinearSystem(la.block_diag(A, A), la.block_diag(B, B), la.block_diag(C, C))
    values = dln.hankel_singular_values(double)
    model = dln.reduce(double, tol=2 * (values[1] + values[3]) / 2 + 2 * values[4])
    assert model.order in (2, 4)
    assert dln.reduce(double, 2).bound == pytest.approx(2 * (values[2] + values[4]), rel=1e-9)
    for order in (1, 3, 5):
        with pytest.raises(OrderError, match="agree to rounding"):
            dln.reduce(double, order)


def test_a_cut_through_equal_values_names_its_neighbours(rng):
    A, B, C, _, _ = random_system(rng, 2, 1, 1).to_tuple()
    triple = dln.LinearSystem(*(la.block_diag(M, M, M) for M in (A, B, C)))
    with pytest.raises(OrderError, match="choose 3 or 6"):
        dln.reduce(triple, 4)
    with pytest.raises(OrderError, match="choose 3"):
        dln.reduce(triple, 1)


@pytest.mark.parametrize("order", [-1, 7, 1000])
def test_orders_out_of_range_are_refused(relaxation, order):
    with pytest.raises(OrderError, match="from 0 to 6"):
        dln.reduce(relaxation, order)


@pytest.mark.parametrize("order", [2.0, "2", True, {2}, np.float64(2)])
def test_orders_that_are_not_whole_numbers_are_refused(relaxation, order):
    with pytest.raises(InvalidArgumentError, match="whole number"):
        dln.reduce(relaxation, order)
    assert dln.reduce(relaxation, np.int64(2)).order == 2


@pytest.mark.parametrize("tolerance", [0.0, -1.0, np.nan, np.inf, "small", True])
def test_tolerances_must_be_positive_numbers(relaxation, tolerance):
    for name in ("tol", "rtol"):
        with pytest.raises(InvalidArgumentError, match=name):
            dln.reduce(relaxation, **{name: tolerance})


def test_exactly_one_request(relaxation):
    with pytest.raises(InvalidArgumentError, match="none of them"):
        dln.reduce(relaxation)
    with pytest.raises(InvalidArgumentError, match="order and tol"):
        dln.reduce(relaxation, 2, tol=1.0)
    with pytest.raises(InvalidArgumentError, match="tol and rtol"):
        dln.reduce(relaxation, tol=1.0, rtol=1.0)


def test_order_above_the_minimal_one_is_refused():
    A = np.diag([-1.0, -2.0, -3.0])
    system = dln.LinearSystem(A, [[1.0], [1.0], [0.0]], [[1.0, 1.0, 1.0]])
    assert dln.reduce(system, 2).order == 2
    with pytest.raises(OrderError, match="only 2 singular values exceed their rounding errors"):
        dln.reduce(system, 3)


def test_unreachable_tolerance_says_what_can_be_reached():
    system = dln.examples.get("heat-rod")
    with pytest.raises(ToleranceError, match="at least"):
        dln.reduce(system, tol=1e-25)


def test_unstable_and_constant_systems_are_refused():
    with pytest.raises(UnstableSystemError):
        dln.reduce(([[1.0]], [[1.0]], [[1.0]]), 1, unstable="refuse")
    with pytest.raises(OrderError, match="order 0"):
        dln.reduce(([[-1.0]], [[0.0]], [[1.0]]), 1)


def test_unknown_method_is_refused(relaxation):
    with pytest.raises(InvalidArgumentError, match="method"):
        dln.reduce(relaxation, 2, method="matchdc")


def test_types_names_and_time_base_survive(rng):
    A, B, C, D, _ = random_system(rng, 4, 1, 1, discrete=True).to_tuple()
    plant = control.ss(A, B, C, D, True, inputs=["u"], outputs=["y"], name="plant")
    reduced = dln.reduce(plant, 2).system
    assert isinstance(reduced, control.StateSpace)
    assert reduced.dt is True
    assert (reduced.input_labels, reduced.output_labels, reduced.name) == (["u"], ["y"], "plant")
    transfer = control.ss2tf(control.ss(A, B, C, D, 0.1, inputs=["u"], outputs=["y"]))
    reduced = dln.reduce(transfer, 2).system
    assert isinstance(reduced, control.TransferFunction)
    assert reduced.dt == 0.1
    assert reduced.input_labels == ["u"]
    reduced = dln.reduce(scipy.signal.dlti(A, B, C, D, dt=0.1), 2).system
    assert isinstance(reduced, scipy.signal.dlti)
    assert reduced.dt == 0.1
    assert isinstance(dln.reduce((A, B, C, D, 0.1), 2).system, dln.LinearSystem)


def test_measured_error_agrees_with_the_norm_of_the_error_system(rng):
    for discrete in (False, True):
        system = random_system(rng, 10, 2, 2, discrete=discrete)
        model = dln.reduce(system, 4)
        direct = dln.hinf_norm(system - model.system)
        assert float(model.error()) == pytest.approx(direct.value, rel=1e-9)
        assert model.error().frequency == pytest.approx(direct.frequency, rel=1e-4, abs=1e-6)


def test_measured_error_on_a_surrogate_is_the_error_of_the_full_system():
    system = dln.examples.heat_rod(50)
    model = dln.reduce(system, 3)
    assert model._surrogate().nstates < system.nstates
    omega = np.concatenate([[0.0], np.geomspace(1e-3, 1e6, 4000)])
    error = dln.frequency_response(system, omega) - dln.frequency_response(model.system, omega)
    assert np.abs(error).max() * (1 - 1e-9) <= float(model.error()) <= np.abs(error).max() * (1 + 1e-4)


def test_sum_of_a_system_with_itself_reduces_back_to_its_order(rng):
    for discrete in (False, True):
        system = random_system(rng, 5, 2, 2, discrete=discrete)
        double = system + system
        model = dln.reduce(double, 5)
        assert float(model.error()) < 1e-10 * model.hsv[0]
        with pytest.raises(OrderError):
            dln.reduce(double, 6)
        with pytest.raises(OrderError):
            dln.reduce(system - system, 1)


def test_repr_is_one_screen_and_tells_the_measured_error_once_it_is_known(relaxation):
    model = dln.reduce(relaxation, 2)
    assert "measured" not in repr(model)
    model.error()
    assert "measured" in repr(model)
    assert len(repr(model).splitlines()) <= 10
    assert max(len(line) for line in repr(model).splitlines()) <= 120
