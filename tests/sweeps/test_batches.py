"""Batches: how they are cut, and sweeps in batches that lose nothing."""

import operator
import pickle
import threading

import numpy as np
import pytest
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import UnstableSystemError
from dlnbalance.sweeps.batches import Batches, Failed

from ..models import random_system
from .work import UNSTABLE, counted

SMALL = ([[-1.0]], [[1.0]], [[1.0]])


def sizes(systems, limit, ahead, total=0):
    return [len(batch) for batch in Batches(iter(systems), limit, ahead, total)]


def test_sizes():
    assert sizes([SMALL] * 20, 8, 1) == [1, 2, 4, 8, 5]
    assert sizes([SMALL] * 20, 8, 2) == [1, 1, 2, 2, 4, 4, 6]
    assert sizes([SMALL] * 40, 8, 2, 40) == [1, 1, 2, 2, 4, 4, 8, 8, 5, 3, 1, 1]
    assert sizes([SMALL] * 5, 1, 3) == [1] * 5
    assert sizes([], 8, 1) == []


def test_what_is_not_small_goes_by_itself_and_in_its_place(rng):
    large = dln.LinearSystem(-np.eye(40), np.ones((40, 1)), np.ones((1, 40)))
    sparse = dln.LinearSystem(sp.csc_array([[-1.0]]), [[1.0]], [[1.0]])
    systems = [SMALL, "model.npz", SMALL, SMALL, large, sparse, random_system(rng, 3, 1, 1), 3.5, SMALL]
    batches = list(Batches(iter(systems), 8, 1, 0))
    assert [system for batch in batches for system in batch] == systems
    assert [len(batch) for batch in batches] == [1, 1, 2, 1, 1, 1, 1, 1]


def test_the_iterator_is_read_to_the_end_of_the_batch():
    taken = []
    batches = Batches(counted([SMALL] * 9, taken), 4, 1, 0)
    for read in (1, 3, 7, 9):
        next(batches)
        assert len(taken) == read


def test_errors_stay_behind_when_they_travel():
    assert pickle.loads(pickle.dumps(Failed(ValueError("mine")))).error is None


@pytest.fixture
def mixed(rng):
    """Many small systems, with unstable ones, Jordan blocks and refusals among them."""
    jordan = (-np.eye(3) + np.diag([1.0, 1.0], 1), np.ones((3, 1)), np.ones((1, 3)))
    kinds = [{"discrete": i % 3 == 0, "complex_entries": i % 5 == 0} for i in range(40)]
    systems = [random_system(rng, 3 + i % 2, 1, 1, **kind) for i, kind in enumerate(kinds)]
    systems[7], systems[20], systems[33], systems[34] = UNSTABLE, jordan, (1.0, 2.0), UNSTABLE
    return systems


def test_the_same_as_one_by_one(executor, mixed):
    found = dln.reduce_many(mixed, executor, order=1)
    expected = dln.reduce_many(mixed, order=1, batch=1)
    assert list(found.failures) == list(expected.failures) == [33]
    assert type(found.failures[33]) is type(expected.failures[33])
    assert found.failures[33].__notes__ == expected.failures[33].__notes__
    assert found.unfinished == ()
    for model, reference in zip(found, expected, strict=True):
        if reference is not None:
            assert model.order == reference.order == 1
            assert np.abs(model.hsv - reference.hsv).max(initial=0) <= 1e-12 * reference.hsv[:1].sum()
    assert found.models[7].kept.poles == pytest.approx([1.0])


def test_failures_in_a_batch(executor, mixed):
    sweep = dln.reduce_many(mixed, executor, order=1, unstable="refuse", keep=operator.attrgetter("order"))
    assert list(sweep.failures) == [7, 33, 34]
    assert isinstance(sweep.failures[7], UnstableSystemError)
    assert sum(1 for order in sweep if order == 1) == 37


def lock_of_large_gains(model):
    """What cannot be sent back, of some models."""
    return threading.Lock() if model.hsv[0] > 0.5 else model.order


def test_what_cannot_be_sent_back_loses_no_other(processes):
    systems = [([[-1.0]], [[gain]], [[1.0]]) for gain in [1.0] * 20 + [3.0] + [1.0] * 20]
    sweep = dln.reduce_many(systems, processes, order=1, keep=lock_of_large_gains)
    assert list(sweep.failures) == [20]
    assert sum(1 for order in sweep if order == 1) == 40


def test_an_interrupt_in_a_batch_keeps_what_was_done():
    def interrupt(model):
        if model.hsv[0] > 1:
            raise KeyboardInterrupt
        return model.order

    systems = [([[-1.0]], [[gain]], [[1.0]]) for gain in [1.0] * 5 + [3.0] + [1.0] * 20]
    with pytest.raises(dln.sweeps.SweepInterrupted) as caught:
        dln.reduce_many(systems, order=1, keep=interrupt)
    sweep = caught.value.sweep
    assert sweep.models == (1, 1, 1, 1, 1, None, None)
    assert sweep.unfinished == (5, 6)


def test_every_result_is_received_once(executor, mixed):
    received = []
    sweep = dln.reduce_many(mixed, executor, order=1, receive=lambda index, model: received.append((index, model)))
    assert sorted(index for index, _ in received) == [i for i in range(40) if i != 33]
    assert all(sweep.models[index] is model for index, model in received)
