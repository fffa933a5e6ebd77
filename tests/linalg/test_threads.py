"""Numbers of BLAS threads: one inside, and afterwards what they were, whoever comes and goes in whatever order."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse as sp
from threadpoolctl import ThreadpoolController, threadpool_limits

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.linalg import threads
from dlnbalance.linalg.threads import one_thread, threads_as_chosen, threads_by_size

SMALL = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])
LARGE = SimpleNamespace(nstates=601)


def numbers():
    """The number of threads of each copy of BLAS."""
    return [library.get_num_threads() for library in ThreadpoolController().select(user_api="blas").lib_controllers]


@pytest.fixture(autouse=True)
def two():
    """Two threads before, whatever the environment says."""
    threads._forget()  # SLICOT and its BLAS may have been loaded since
    with threadpool_limits(2, user_api="blas"):
        for library in ThreadpoolController().lib_controllers:  # new versions keep other threads from setting numbers
            getattr(library, "clear_controlling_thread", lambda: None)()
        if set(numbers()) != {2}:
            pytest.skip("this BLAS does not take a second thread")
        yield
        assert set(numbers()) == {2}


@threads_by_size
def inside(*_models):
    """The numbers of threads that a call sees."""
    return set(numbers())


def test_one_inside_and_as_before_afterwards():
    with one_thread():
        assert set(numbers()) == {1}
        with one_thread():
            assert set(numbers()) == {1}
        assert set(numbers()) == {1}
    assert set(numbers()) == {2}


def test_an_error_gives_back_as_well():
    with pytest.raises(ZeroDivisionError), one_thread():
        raise ZeroDivisionError
    assert set(numbers()) == {2}


@pytest.mark.parametrize(
    "model",
    [
        SMALL,
        dln.DeepLinearNetwork([np.ones((3, 600))]),
        dln.SystemFamily([SMALL]),
        dln.PeriodicSystem([np.eye(1) / 2], [np.eye(1)], [np.eye(1)]),
        dln.reduce(SMALL, 1),
        SMALL.representation,
        SMALL.to_control(),
        (np.eye(2), np.ones((2, 1)), np.ones((1, 2))),
        (np.ones((700, 2, 2)), np.ones((700, 2, 1)), np.ones((700, 1, 2))),
        (sp.eye_array(600), None, None),
        np.eye(600),
    ],
)
def test_small_models_take_one_thread(model):
    assert inside(model) == {1}


@pytest.mark.parametrize(
    "model",
    [
        LARGE,
        SimpleNamespace(widths=(3, 601)),
        np.eye(601),
        (sp.eye_array(601), None, None),
        "model.mat",
        SimpleNamespace(nstates=None),
        (),
        None,
    ],
)
def test_large_ones_and_what_is_not_known_leave_blas_alone(model):
    assert inside(model) == {2}
    assert inside() == {2}
    assert inside("model.mat", model) == {2}


def test_the_first_argument_that_has_a_size_counts():
    assert threads_by_size(lambda _strategy, _system, _other: set(numbers()))(dln.Lyapunov(), SMALL, LARGE) == {1}


def test_small_work_within_large_work():
    assert threads_by_size(lambda _: (inside(LARGE), inside(SMALL), inside(LARGE)))(LARGE) == ({2}, {1}, {2})
    assert threads_by_size(lambda _: (inside(LARGE), inside(SMALL)))(SMALL) == ({1}, {1})


def test_what_was_asked_for_stays():
    with threads_as_chosen():
        assert inside(SMALL) == {2}
        with threads_as_chosen():
            pass
        assert inside(SMALL) == {2}
    assert inside(SMALL) == {1}


def test_a_number_set_inside_stays():
    with one_thread():
        limit = threadpool_limits(3, user_api="blas")
    assert set(numbers()) == {3}
    limit.unregister()
    with threadpool_limits(2, user_api="blas"):
        pass
    threadpool_limits(2, user_api="blas")


def test_the_last_thread_gives_back():
    entered, may_leave = Barrier(2), Event()

    def first():
        with one_thread():
            entered.wait()
        return numbers()

    def last():
        with one_thread():
            entered.wait()
            may_leave.wait()
            within = numbers()
        return within, numbers()

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.submit(first), pool.submit(last)
        between = one.result()
        may_leave.set()
        within, after = two.result()
    common = bool(threads._libraries()._common)
    assert set(between) == {1 if common else 2}
    assert set(within) == {1}
    assert set(after) == {2}


def test_many_threads_at_once():
    def work(_):
        for _ in range(50):
            with one_thread():
                if set(numbers()) != {1}:
                    return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(16)))
    assert set(numbers()) == {2}


class Recorded:
    """A BLAS with a number for each thread, as with OpenMP: here one number, set by whoever comes."""

    internal_api, threading_layer = "openblas", "openmp"

    def __init__(self):
        self.number = 4

    def get_num_threads(self):
        return self.number

    def set_num_threads(self, number):
        self.number = number


def test_numbers_of_each_thread_are_given_back_by_each(monkeypatch):
    libraries, blas = threads._Libraries(), Recorded()
    libraries._common, libraries._separate = [], [blas]
    assert not threads._is_common(blas)
    first = libraries.enter()
    blas.number = 4  # of another thread
    second = libraries.enter()
    assert blas.number == 1
    libraries.leave(first)
    assert blas.number == 4
    blas.number = 1
    libraries.leave(second)
    assert blas.number == 4


def test_the_environment_decides(monkeypatch):
    for text, expected in (("0", {2}), ("1", {1}), (" ", {1})):
        monkeypatch.setenv("DLNBALANCE_ONE_THREAD", text)
        threads._largest.cache_clear()
        assert inside(SMALL) == expected
    monkeypatch.setenv("DLNBALANCE_ONE_THREAD", "few")
    threads._largest.cache_clear()
    with pytest.raises(InvalidArgumentError, match="number of states"):
        inside(SMALL)
    monkeypatch.undo()
    threads._largest.cache_clear()


def test_public_functions_keep_their_names_and_documentation():
    for function in (dln.reduce, dln.hinf_norm, dln.frequency_response, dln.balance, dln.minreal):
        assert function.__doc__
        assert function.__wrapped__.__name__ == function.__name__


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="no fork")
def test_a_fork_in_the_middle_starts_anew():
    script = """
import os
from threading import Event, Thread
from dlnbalance.linalg.threads import one_thread
entered, leave = Event(), Event()
def hold():
    with one_thread():
        entered.set()
        leave.wait()
thread = Thread(target=hold)
thread.start()
entered.wait()
if os.fork() == 0:
    with one_thread():
        pass
    os._exit(7)
_, status = os.wait()
leave.set()
thread.join()
print(os.waitstatus_to_exitcode(status))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "7", done.stderr
