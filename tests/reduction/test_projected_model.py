"""Reduced models of whatever class: what they claim, measure and carry with them."""

import copy
import json
import pickle
from dataclasses import replace

import control
import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.gramians.base import ErrorBounds
from dlnbalance.norms.measured import Measured
from dlnbalance.reduction.projected_model import METHODS, ProjectedModel
from dlnbalance.summary import document, rows

from ..models import random_steps

SLOW = dln.LinearSystem([[-1.0, 2.0, 0.0], [0.0, -3.0, 1.0], [0.0, 0.0, -9.0]], np.ones((3, 1)), [[1.0, 0.0, 1.0]])


@pytest.fixture
def family():
    return dln.SystemFamily([SLOW, dln.LinearSystem(3 * SLOW.A, SLOW.B, SLOW.C)])


@pytest.fixture
def periodic(rng):
    return dln.PeriodicSystem(*random_steps(rng, (3, 4, 3), (2, 2), (2, 2)), dt=0.5)


def test_one_state_space_has_numbers_and_several_have_tuples(family, periodic):
    one, several = dln.reduce(family, 2), dln.reduce(periodic, 2)
    assert type(one) is type(several) is ProjectedModel
    assert (one.order, one.full_order) == (2, 3)
    assert (several.order, several.full_order) == ((2, 2), periodic.nstates)
    for W, V in [(one.left, one.right), *zip(several.left, several.right, strict=True)]:
        assert np.abs(W.conj().T @ V - np.eye(2)).max() < 1e-12
        assert not W.flags.writeable
        assert not V.flags.writeable
    assert isinstance(one.accuracy_floor, float)
    assert len(several.certificate) == len(several.accuracy_floor) == 2
    assert all(abs(certificate.relative_gap) < 1e-12 for certificate in several.certificate)
    assert one.certificate.minimum == pytest.approx(2 * one.hsv[:2].sum(), rel=1e-12)


def test_the_error_is_measured_once_and_told_from_then_on(family, monkeypatch):
    result = dln.reduce(family, 1)
    assert result.measured is None
    assert "measured" not in repr(result)
    assert document(result.summary())["error"] is None
    error = result.error()
    monkeypatch.setattr(dln.SystemFamily, "distance", None)
    assert result.error() is result.measured is error
    assert f"H∞ error of the worst member, measured: {error}" in repr(result)
    assert document(result.summary())["error"]["value"] == error.value


def test_what_was_measured_travels_and_caches_stay(family):
    result = dln.reduce(family, 1)
    assert pickle.loads(pickle.dumps(result)).measured is None
    result.error()
    assert result.certificate
    for arrived in (pickle.loads(pickle.dumps(result)), copy.copy(result), copy.deepcopy(result)):
        assert arrived.measured == result.measured
        assert "certificate" not in vars(arrived)
        assert repr(arrived) == repr(result)


def test_models_of_other_libraries_travel():
    plant = control.ss(SLOW.A, SLOW.B, SLOW.C, SLOW.D, name="plant")
    arrived = pickle.loads(pickle.dumps(dln.reduce(plant, 2)))
    assert isinstance(arrived.system, control.StateSpace)
    assert arrived.system.name == "plant"


@pytest.mark.parametrize(
    ("bounds", "proved", "label"),
    [
        (ErrorBounds(None, None, "gap"), "", "Gap"),
        (ErrorBounds(None, 0.5, "gap"), "at most 0.5, in exact arithmetic", "Gap, proved"),
        (ErrorBounds(0.0, 0.5, "gap"), "at most 0.5, in exact arithmetic", "Gap, proved"),
        (ErrorBounds(0.25, 0.5, "gap"), "at least 0.25, at most 0.5, in exact arithmetic", "Gap, proved"),
    ],
)
def test_what_is_proved_in_words(family, bounds, proved, label):
    result = replace(dln.reduce(family, 1), exact_bounds=bounds)
    assert result.proved() == proved
    assert (result.bound, result.lower_bound, result.measure) == (bounds.upper, bounds.lower, "gap")
    assert dict(rows(result.summary()))[label] == (proved or "no bound")
    facts = document(result.summary())
    assert (facts["bound"], facts["lower_bound"], facts["bounded"]) == (bounds.upper, bounds.lower, "gap")


def test_a_model_that_is_not_stable_has_no_bound_and_an_infinite_error(family):
    unstable = dln.SystemFamily([dln.LinearSystem([[1.0]], [[1.0]], [[1.0]])] * 2)
    result = replace(dln.reduce(family, 1), system=unstable, exact_bounds=ErrorBounds(None, 0.5, "gap"))
    shown = dict(rows(result.summary()))
    assert shown["Stability"] == "NOT STABLE beyond rounding"
    assert shown["H∞ error of the worst member"] == "infinite"
    assert "Gap, proved" not in shown
    assert document(result.summary())["error"] == {"value": np.inf, "norm": "H∞ error of the worst member", "place": ""}
    assert result.error() == Measured(value=np.inf, norm="H∞ error of the worst member", place="member 0")


@pytest.mark.parametrize("method", METHODS)
def test_documents_are_plain_data(method):
    result = dln.reduce(SLOW, 2, method=method)
    result.error()
    facts = json.loads(json.dumps(document(result.summary())))
    assert facts["method"] == method
    assert dict(rows(result.summary()))["Method"] == METHODS[method]
    assert facts["order"] == 2


def test_documents_of_several_state_spaces_are_lists(periodic):
    facts = json.loads(json.dumps(document(dln.reduce(periodic, 2).summary())))
    assert facts["order"] == [2, 2]
    assert [len(values) for values in facts["hankel_singular_values"]] == list(periodic.nstates)
    assert len(facts["certificate"]) == len(facts["accuracy_floor"]) == 2
