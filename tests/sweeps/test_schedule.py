"""What is in flight, and sweeps that end before the end."""

import operator
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import ExecutorError

from ..models import INTERRUPTIBLE
from .work import UNSTABLE, HoldingExecutor, counted, die


def test_a_generator_is_read_no_further_than_needed():
    system, executor, taken, result = dln.examples.get("heat-rod"), HoldingExecutor(), [], []
    options = {"order": 2, "ahead": 4, "batch": 1, "keep": operator.attrgetter("order")}
    thread = threading.Thread(
        target=lambda: result.append(dln.reduce_many(counted([system] * 12, taken), executor, **options))
    )
    thread.start()
    for _ in range(4):
        executor.given.acquire(timeout=30)
    for finished in range(12):
        assert len(taken) == len(executor.futures) == min(4 + finished, 12)
        executor.finish(finished)
        if len(executor.futures) < 12:
            executor.given.acquire(timeout=30)
    thread.join(30)
    assert result[0].models == (2,) * 12


def test_the_calling_process_takes_one_system_at_a_time_where_that_is_asked_for():
    taken, seen = [], []
    systems = counted([dln.examples.get("heat-rod")] * 5, taken)
    dln.reduce_many(systems, order=2, batch=1, keep=lambda _: seen.append(len(taken)))
    assert seen == [1, 2, 3, 4, 5]


def test_an_error_of_the_generator_or_the_callback_is_the_callers():
    def broken():
        yield UNSTABLE
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        dln.reduce_many(broken(), order=1)
    with ThreadPoolExecutor(1) as pool, pytest.raises(ZeroDivisionError):
        dln.reduce_many([UNSTABLE] * 100, pool, order=1, progress=lambda _: 1 / 0)


def test_dead_workers_end_the_sweep_and_keep_its_results():
    system = dln.examples.get("heat-rod")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        with pytest.raises(ExecutorError, match="BrokenProcessPool") as caught:
            dln.reduce_many([system] * 3, pool, order=2, keep=die)
        assert caught.value.sweep.unfinished == tuple(range(len(caught.value.sweep)))
        assert len(caught.value.sweep) in (2, 3)  # two are in flight
        with pytest.raises(ExecutorError, match="after 0 systems"):  # it is broken from the start
            dln.reduce_many([system], pool, order=2)


def test_an_executor_that_was_shut_down_is_refused_with_the_results_so_far():
    pool, system = ThreadPoolExecutor(1), dln.examples.get("heat-rod")

    def closing():
        yield system
        pool.shutdown()
        yield system

    with pytest.raises(ExecutorError, match="shutdown") as caught:
        dln.reduce_many(closing(), pool, order=2)
    sweep = caught.value.sweep
    assert sweep.unfinished == (1,)
    assert sweep.models[0].order == 2
    assert "1 unfinished" in repr(sweep)
    assert pickle.loads(pickle.dumps(caught.value)).sweep.unfinished == (1,)


def test_what_others_cancel_ends_the_sweep():
    executor = HoldingExecutor()

    def cancelling():
        yield UNSTABLE
        executor.futures[0][0].cancel()
        executor.futures[0][0].set_running_or_notify_cancel()
        yield UNSTABLE

    with pytest.raises(ExecutorError, match="CancelledError"):
        dln.reduce_many(cancelling(), executor, order=1)
    assert executor.futures[1][0].cancelled()


def test_an_interrupt_cancels_what_is_pending_and_keeps_the_results():
    executor, system = HoldingExecutor(), dln.examples.get("heat-rod")

    def interrupted():
        yield system
        yield UNSTABLE
        yield system
        executor.finish(0)
        executor.finish(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        dln.reduce_many(interrupted(), executor, order=2)
    assert isinstance(caught.value, dln.sweeps.SweepInterrupted)
    sweep = caught.value.sweep
    assert sweep.models[0].order == 2
    assert list(sweep.failures) == [1]
    assert sweep.unfinished == (2,)
    assert executor.futures[2][0].cancelled()
    assert "1 of 3 systems are unfinished" in str(caught.value)


def test_an_interrupt_in_the_calling_process_keeps_the_results():
    def interrupt(model):
        if model.order > 2:
            raise KeyboardInterrupt
        return model.order

    systems = [dln.LinearSystem(*UNSTABLE), dln.examples.get("heat-rod")]
    first = dln.LinearSystem(np.diag([-1.0, -2.0]), np.ones((2, 1)), np.ones((1, 2)))
    with pytest.raises(dln.sweeps.SweepInterrupted) as caught:
        dln.reduce_many([first, *systems, first], rtol=1e-6, keep=interrupt, unstable="refuse")
    assert caught.value.sweep.models == (2, None, None)
    assert caught.value.sweep.unfinished == (2,)


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_control_c_during_a_sweep_over_processes_ends_quietly_with_the_results(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        INTERRUPTIBLE + "import sys, time\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "from multiprocessing import get_context\n"
        "import dlnbalance as dln\n"
        "def slow(model):\n"
        "    time.sleep(0 if model.order == 1 else 2)\n"
        "    return model.order\n"
        "if __name__ == '__main__':\n"
        "    first = ([[-1.0]], [[1.0]], [[1.0]])\n"
        "    rod = dln.examples.get('heat-rod')\n"
        "    tell = lambda share: print(share, flush=True)\n"
        "    try:\n"
        "        with ProcessPoolExecutor(1, mp_context=get_context('spawn')) as pool:\n"
        "            dln.reduce_many([first, rod, rod, rod], pool, rtol=1e-3, keep=slow, progress=tell)\n"
        "    except KeyboardInterrupt as stop:\n"
        "        print(stop.sweep.models[0], stop.sweep.unfinished)\n"
    )
    process = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    while process.stdout.readline() != b"0.25\n":
        assert process.poll() is None
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)  # the terminal interrupts the workers, too
    output, _ = process.communicate(timeout=60)
    assert output.splitlines()[-1].startswith(b"1 (1, 2")
