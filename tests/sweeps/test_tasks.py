"""What workers do, with how many threads, and what survives the way to them and back."""

import copy
import operator
import pickle
import threading

import control
import numpy as np
import pytest
import scipy.signal
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance import errors

from ..models import random_network, random_system
from .work import blas_threads


def test_workers_measure_and_keep_what_is_asked_for(executor, systems):
    measured = dln.reduce_many(systems, executor, rtol=0.1, measure=True).raise_failures()
    for model, system in zip(measured, systems, strict=True):
        assert model.measured.value == pytest.approx(float(dln.reduce(system, rtol=0.1).error()), rel=1e-6, abs=1e-13)
    orders = dln.reduce_many(systems, executor, rtol=0.1, keep=operator.attrgetter("order"))
    assert list(orders) == [model.order for model in measured]


@pytest.mark.parametrize("threads", [1, 2])
def test_blas_threads_are_limited_inside_workers(executor, threads):
    before = blas_threads(None)
    sweep = dln.reduce_many([dln.examples.get("heat-rod")] * 6, executor, order=2, threads=threads, keep=blas_threads)
    assert set(map(frozenset, sweep)) == {frozenset(before if executor is None else {threads})}
    assert blas_threads(None) == before


def test_what_cannot_be_pickled_is_a_failure_of_its_system(processes, dask_executor):
    stable = ([[-1.0]], [[1.0]], [[1.0]])
    for pool in (processes, dask_executor):
        sweep = dln.reduce_many([stable, (threading.Lock(), 1.0, 1.0), stable], pool, order=1)
        assert list(sweep.failures) == [1]
        assert isinstance(sweep.failures[1], TypeError)


@pytest.mark.parametrize("name", errors.__all__)
def test_errors_survive_pickling(name):
    error = getattr(errors, name)("A", "a square matrix", "shape (3, 2)", "pass as many rows as columns")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert vars(back) == vars(error)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_systems_and_networks_survive_pickling_without_their_caches(rng, protocol):
    system = random_system(rng, 30, 2, 2, discrete=True, descriptor=True)
    network = random_network(rng, (3, 5, 2), complex_entries=True)
    fresh = len(pickle.dumps(system, protocol))
    system.poles()
    network.singular_values.sum()
    assert len(pickle.dumps(system, protocol)) == fresh
    system_back, network_back = pickle.loads(pickle.dumps((system, network), protocol))
    assert repr(system_back) == repr(system)
    for matrix in (system_back.A, system_back.B, system_back.C, system_back.D, system_back.E, *network_back.weights):
        assert not matrix.flags.writeable
    omega = np.array([0.0, 1.0, 3.0])
    response = dln.frequency_response(system, omega)
    assert np.abs(dln.frequency_response(system_back, omega) - response).max() < 1e-11 * np.abs(response).max()
    for ours, theirs in zip(network_back.weights, network.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)  # copies


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda obj: pickle.loads(pickle.dumps(obj))])
@pytest.mark.parametrize("kind", ["system", "control", "transfer", "scipy", "sparse"])
def test_reduced_models_survive_pickling_and_copying(rng, kind, duplicate):
    system = random_system(rng, 6, 1, 1)
    A, B, C, D, _ = system.to_tuple()
    given = {
        "system": system,
        "control": control.ss(A, B, C, D, name="plant"),
        "transfer": control.tf([1.0], [1.0, 3.0, 3.0, 1.0]),
        "scipy": scipy.signal.lti(A, B, C, D),
        "sparse": dln.LinearSystem(sp.csc_array(A), B, C, D),
    }[kind]
    model = dln.reduce(given, 2)
    back = duplicate(model)
    assert type(back.system) is type(model.system)
    assert getattr(back.system, "name", None) == getattr(model.system, "name", None)
    assert repr(back) == repr(model)
    assert not any(array.flags.writeable for array in (back.hsv, back.left, back.right))
    assert back.measured is None
    assert float(back.error()) == pytest.approx(float(model.error()), rel=1e-9)
    assert duplicate(back).measured == back.measured
    assert repr(duplicate(back)) == repr(back)
