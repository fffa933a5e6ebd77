"""Reductions in stacks: the models of `reduce`, and its refusals left to it."""

import control
import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import DlnBalanceError
from dlnbalance.reduction import stacked_reduction
from dlnbalance.reduction.stacked_reduction import STACKED_STATES, reduce_stacked

from ..models import random_system

OMEGA = np.array([0.0, 0.3, 1.0, 3.0])


def assert_same(model, reference):
    scale = reference.hsv[:1].sum()
    assert type(model) is type(reference)
    assert type(model.system) is type(reference.system)
    assert model.order == reference.order
    assert np.abs(model.hsv - reference.hsv).max(initial=0) <= 1e-12 * scale
    assert abs(model.bound - reference.bound) <= 1e-11 * scale
    assert abs(model.lower_bound - reference.lower_bound) <= 1e-11 * scale
    given, expected = (dln.frequency_response(m.linear, OMEGA) for m in (model, reference))
    # the projection's condition number, (σ_1/σ_r)^½, multiplies errors of 1e-12 at most
    condition = np.sqrt(scale / reference.hsv[model.order - 1]) if model.order else 1.0
    assert np.abs(given - expected).max() <= 1e-12 * condition * max(scale, np.abs(expected).max())
    assert (model.linear.inputs, model.linear.states, model.linear.dt) == (
        reference.linear.inputs,
        reference.linear.states,
        reference.linear.dt,
    )
    assert [fact.key for fact in model.summary()] == [fact.key for fact in reference.summary()]


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("request_", [{"order": 3}, {"order": 0}, {"order": [1, 3]}, {"rtol": 0.05}, {"tol": 2.0}])
def test_the_same_models(rng, complex_entries, discrete, request_):
    systems = [random_system(rng, 6, 2, 1, complex_entries=complex_entries, discrete=discrete) for _ in range(8)]
    found = reduce_stacked(systems, **request_)
    assert len(found) > 4
    for index, result in found.items():
        expected = dln.reduce(systems[index], **request_)
        pairs = zip(result, expected, strict=True) if isinstance(result, list) else [(result, expected)]
        for model, reference in pairs:
            assert_same(model, reference)
            assert abs(float(model.error()) - float(reference.error())) <= 1e-10 * reference.hsv[0]
            assert model.certificate.relative_gap <= 1e-12


def test_residualization(rng):
    systems = [random_system(rng, 5, 1, 2) for _ in range(4)]
    for index, model in reduce_stacked(systems, order=2, method="residualize").items():
        assert_same(model, dln.reduce(systems[index], 2, method="residualize"))


def test_shapes_types_and_time_bases_may_be_mixed(rng):
    systems = [random_system(rng, 4, 1, 1) for _ in range(2)]
    systems += [random_system(rng, 5, 2, 1, discrete=True), random_system(rng, 4, 1, 1, complex_entries=True)]
    systems += [systems[0].to_control(), systems[1].to_tuple(), control.ss2tf(systems[0].to_control())]
    systems += [random_system(rng, 4, 1, 1, descriptor=True), random_system(rng, STACKED_STATES + 1, 1, 1), "no.npz"]
    systems += [dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], dt=None), 3.5]
    found = reduce_stacked(systems, order=2)
    assert not {7, 8, 9, 10, 11} & set(found)
    assert len(found) >= 5
    assert isinstance(found[4].system, control.StateSpace)
    for index, model in found.items():
        assert_same(model, dln.reduce(systems[index], 2))


def test_what_is_refused_or_in_doubt_is_left_to_reduce():
    def system(*poles, gains=None):
        return np.diag(poles), np.ones((len(poles), 1)), np.ones((1, len(poles))) if gains is None else [gains]

    equal = np.diag([-1.0, -1.0]), np.eye(2), np.eye(2)
    jordan = [[-1.0, 1.0], [0.0, -1.0]], [[1.0], [1.0]], [[1.0, 1.0]]
    hidden = system(-1.0, -2.0, gains=[1.0, 0.0])
    systems = [equal, jordan, hidden, system(1.0, -2.0), system(-1.0, -2.0), system(-1.0, 0.0), system(-3.0)]
    found = reduce_stacked(systems, order=1)
    assert set(found) == {2, 4, 6}
    assert set(reduce_stacked(systems, order=2)) == {0, 4}
    for order in (1, 2, 3):
        for index in reduce_stacked(systems, order=order):
            assert_same(reduce_stacked(systems, order=order)[index], dln.reduce(systems[index], order))
    with pytest.raises(DlnBalanceError, match="agree to rounding"):
        dln.reduce(equal, 1)


def test_what_needs_another_way_is_left_to_it(rng):
    systems = [random_system(rng, 4, 1, 1)] * 2
    assert reduce_stacked(systems, order=2, offset=0.1) == {}
    assert reduce_stacked(systems, order=2, gramians=dln.Coprime()) == {}
    assert reduce_stacked([], order=2) == {}


@pytest.mark.parametrize("discrete", [False, True])
def test_tolerances_are_met_by_the_order_that_reduce_takes(rng, discrete):
    systems = [random_system(rng, 9, 2, 2, discrete=discrete) for _ in range(12)]
    for request in ({"rtol": 3.0}, {"rtol": 0.1}, {"rtol": 1e-4}, {"tol": 0.01}):
        found = reduce_stacked(systems, **request)
        assert len(found) > 6
        for index, model in found.items():
            assert_same(model, dln.reduce(systems[index], **request))
            assert model.bound <= request.get("tol", request.get("rtol", 0) * model.hsv[0])


def test_a_tolerance_that_rounding_decides_is_left_to_the_bound_with_rounding(rng, monkeypatch):
    systems = [random_system(rng, 6, 1, 1) for _ in range(6)]
    exact = [2 * float(dln.hankel_singular_values(system)[3:].sum()) for system in systems]
    kept = [reduce_stacked([system], tol=bound) for system, bound in zip(systems, exact, strict=True)]
    for model, system, bound in zip(kept, systems, exact, strict=True):
        expected = dln.reduce(system, tol=bound)
        assert expected.order > 3
        for found in model.values():
            assert found.order == expected.order
            assert found.bound <= bound
    monkeypatch.setattr(stacked_reduction, "_ROUNDING", np.inf)  # nothing is clear: the same models, one by one
    again = reduce_stacked(systems, rtol=0.1)
    for index, model in again.items():
        assert_same(model, dln.reduce(systems[index], rtol=0.1))


def test_values_below_rounding_may_agree(rng):
    """Tails that are nothing but rounding, of a system with many more states than its response needs."""
    poles = np.diag(-np.linspace(1.0, 1.5, 20))
    systems = [(poles, rng.uniform(0.5, 1.0, (20, 1)), rng.uniform(0.5, 1.0, (1, 20))) for _ in range(4)]
    for request in ({"order": 2}, {"rtol": 1e-3}):
        found = reduce_stacked(systems, **request)
        assert found
        for index, model in found.items():
            assert_same(model, dln.reduce(systems[index], **request))
