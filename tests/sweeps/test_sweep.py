"""Many reductions at once: every kind of executor, failures, laziness, interruptions."""

import copy
import doctest
import operator
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import control
import numpy as np
import pytest
import scipy.signal
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance import errors
from dlnbalance.errors import ExecutorError, FileFormatError, InvalidArgumentError, UnstableSystemError
from dlnbalance.sweeps import sweep as sweeps

from ..models import INTERRUPTIBLE, random_network, random_system

UNSTABLE = ([[1.0]], [[1.0]], [[1.0]])


def blas_threads(_model):
    """What a worker keeps: the number of BLAS threads of its process, for each BLAS that is loaded."""
    from threadpoolctl import threadpool_info

    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def die(_model):
    """End the process of the worker, as the operating system does when memory runs out."""
    os._exit(1)


def refuse(model):
    """Raise what the library does not raise."""
    raise ZeroDivisionError("on purpose")


@pytest.fixture(scope="module")
def processes():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module")
def dask_executor():
    distributed = pytest.importorskip("distributed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the event loop and of ports that are taken, as versions differ
        cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        )
        client = distributed.Client(cluster)
    yield client.get_executor()
    client.close()
    cluster.close()


@pytest.fixture(params=["none", "threads", "processes", "dask"])
def executor(request):
    if request.param == "none":
        yield None
    elif request.param == "threads":
        with ThreadPoolExecutor(3) as pool:
            yield pool
    else:
        yield request.getfixturevalue("processes" if request.param == "processes" else "dask_executor")


@pytest.fixture
def systems(rng):
    """Real and complex, continuous and discrete, with and without E, of different orders."""
    kinds = [(c, d, e) for c in (False, True) for d in (False, True) for e in (False, True)]
    return [
        random_system(rng, 5 + i, 2, 1, complex_entries=c, discrete=d, descriptor=e)
        for i, (c, d, e) in enumerate(kinds)
    ]


def assert_same_reduction(model, reference):
    """Assert equal Hankel singular values and transfer functions, whatever the number of BLAS threads."""
    scale = reference.hsv[0]
    assert np.abs(model.hsv - reference.hsv).max() < 1e-13 * scale
    omega = np.array([0.0, 0.3, 1.0, 7.0])
    given, expected = (dln.frequency_response(dln.as_system(m.system), omega) for m in (model, reference))
    assert np.abs(given - expected).max() < 1e-11 * max(scale, np.abs(expected).max())


# -- results ----------------------------------------------------------------------------------------------------------


def test_the_same_results_as_one_by_one_in_the_same_order(executor, systems):
    sweep = dln.reduce_many(systems, executor, order=3, method="residualize")
    assert sweep.raise_failures() is sweep
    assert len(sweep) == len(systems)
    assert sweep.unfinished == ()
    for model, system in zip(sweep, systems, strict=True):
        assert_same_reduction(model, dln.reduce(system, 3, method="residualize"))
        assert model.full_order == system.nstates
        assert model.measured is None
        assert model.lower_bound * (1 - 1e-9) <= float(model.error()) <= model.bound * (1 + 1e-9)


def test_failures_in_the_middle_lose_nothing(executor, rng, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    good = random_system(rng, 4, 1, 1)
    path = dln.save(good, "good.npz")
    (tmp_path / "bad.npz").write_bytes(b"nonsense")
    sweep = dln.reduce_many([good, UNSTABLE, "good.npz", "no.npz", path, "bad.npz", 3.5, good], executor, order=2)
    assert [model is not None for model in sweep] == [True, False, True, False, True, False, False, True]
    kinds = {index: type(error) for index, error in sweep.failures.items()}
    assert kinds == {
        1: UnstableSystemError,
        3: FileFormatError,
        5: FileFormatError,
        6: InvalidArgumentError,
    }
    assert "the worst at 1" in sweep.failures[1].received
    assert sweep.failures[3].__notes__ == ["system 3 no.npz"]
    with pytest.raises(ExceptionGroup, match="4 of 8 systems could not be reduced") as caught:
        sweep.raise_failures()
    assert caught.value.exceptions == tuple(sweep.failures.values())
    for index in (0, 2, 4, 7):
        assert_same_reduction(sweep.models[index], dln.reduce(good, 2))


def test_networks_are_swept_beside_systems(executor, rng):
    network = random_network(rng, (5, 6, 4))
    system, small = dln.reduce_many([random_system(rng, 4, 1, 1), network], executor, order=2, measure=True).models
    assert system.order == 2
    assert small.network.widths == (5, 2, 4)
    assert small.error() == pytest.approx(network.singular_values[2], rel=1e-10)


def test_whatever_a_system_raises_is_a_failure_of_that_system(executor):
    sweep = dln.reduce_many([dln.examples.get("heat-rod")], executor, order=2, keep=refuse)
    assert isinstance(sweep.failures[0], ZeroDivisionError)


def test_types_that_come_in_go_out(executor, rng):
    A, B, C, D, _ = random_system(rng, 4, 1, 1, discrete=True).to_tuple()
    plant = control.ss(A, B, C, D, True, inputs=["u"], outputs=["y"], name="plant")
    given = [plant, control.ss2tf(plant), scipy.signal.dlti(A, B, C, D, dt=0.1), (A, B, C, D, 0.1)]
    given.append(dln.LinearSystem(sp.csc_array(A), B, C, D, dt=0.1))
    sweep = dln.reduce_many(given, executor, order=2).raise_failures()
    kinds = [control.StateSpace, control.TransferFunction, scipy.signal.dlti, dln.LinearSystem, dln.LinearSystem]
    assert all(isinstance(model.system, kind) for model, kind in zip(sweep, kinds, strict=True))
    state_space = sweep.models[0].system
    assert (state_space.dt, state_space.name, state_space.input_labels) == (True, "plant", ["u"])
    assert sweep.labels[0] == "plant"
    kept = dln.reduce_many([plant], executor, order=2, keep=operator.attrgetter("system")).models[0]
    assert isinstance(kept, control.StateSpace)


def test_workers_measure_and_keep_what_is_asked_for(executor, systems):
    measured = dln.reduce_many(systems, executor, rtol=0.1, measure=True).raise_failures()
    for model, system in zip(measured, systems, strict=True):
        assert model.measured.value == pytest.approx(float(dln.reduce(system, rtol=0.1).error()), rel=1e-6, abs=1e-13)
    orders = dln.reduce_many(systems, executor, rtol=0.1, keep=operator.attrgetter("order"))
    assert list(orders) == [model.order for model in measured]


def test_no_systems(executor):
    shares = []
    sweep = dln.reduce_many([], executor, order=1, progress=shares.append)
    assert (sweep.models, sweep.failures, sweep.unfinished, sweep.labels) == ((), {}, (), ())
    assert shares == [1.0]
    assert "0 systems" in repr(sweep)


@pytest.mark.parametrize("lazy", [False, True])
def test_progress_grows_to_one(executor, systems, lazy):
    shares = []
    given = (system for system in systems) if lazy else [*systems, UNSTABLE]
    dln.reduce_many(given, executor, order=2, ahead=3, progress=shares.append)
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] == 1.0
    assert len(set(shares)) > 2


def test_repr_is_one_screen(systems):
    sweep = dln.reduce_many([systems[0], *[UNSTABLE] * 20, *systems], order=3, measure=True)
    lines = repr(sweep).splitlines()
    assert "9 reduced, 20 failed" in lines[0]
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 100
    assert "3 of 5 states, H∞ error" in lines[1]
    assert any("FAILED, UnstableSystemError" in line for line in lines)


# -- schedule ---------------------------------------------------------------------------------------------------------


class HoldingExecutor(Executor):
    """Runs nothing until it is told to, and remembers what it was given."""

    def __init__(self):
        self.futures, self.given = [], threading.Semaphore(0)

    def submit(self, fn, /, *args):
        future = Future()
        self.futures.append((future, fn, args))
        self.given.release()
        return future

    def finish(self, index):
        future, fn, args = self.futures[index]
        assert future.set_running_or_notify_cancel()
        try:
            future.set_result(fn(*args))
        except errors.DlnBalanceError as error:
            future.set_exception(error)


def counted(systems, taken):
    for system in systems:
        taken.append(system)
        yield system


def test_a_generator_is_read_no_further_than_needed():
    system, executor, taken, result = dln.examples.get("heat-rod"), HoldingExecutor(), [], []
    options = {"order": 2, "ahead": 4, "keep": operator.attrgetter("order")}
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


def test_the_calling_process_takes_one_system_at_a_time():
    taken, seen = [], []
    systems = counted([dln.examples.get("heat-rod")] * 5, taken)
    dln.reduce_many(systems, order=2, keep=lambda _: seen.append(len(taken)))
    assert seen == [1, 2, 3, 4, 5]


def test_an_error_of_the_generator_or_the_callback_is_the_callers():
    def broken():
        yield UNSTABLE
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        dln.reduce_many(broken(), order=1)
    with ThreadPoolExecutor(1) as pool, pytest.raises(ZeroDivisionError):
        dln.reduce_many([UNSTABLE] * 100, pool, order=1, progress=lambda _: 1 / 0)


# -- threads of BLAS --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2])
def test_blas_threads_are_limited_inside_workers(executor, threads):
    pytest.importorskip("threadpoolctl")
    before = blas_threads(None)
    sweep = dln.reduce_many([dln.examples.get("heat-rod")] * 6, executor, order=2, threads=threads, keep=blas_threads)
    assert set(map(frozenset, sweep)) == {frozenset(before if executor is None else {threads})}
    assert blas_threads(None) == before


def test_without_threadpoolctl_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    sweeps._controller.cache_clear()
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(InvalidArgumentError, match="OMP_NUM_THREADS=1"):
            dln.reduce_many([UNSTABLE], pool, order=1)
        assert len(dln.reduce_many([UNSTABLE], pool, order=1, threads=None)) == 1
    assert len(dln.reduce_many([UNSTABLE], order=1)) == 1


# -- ends before the end ----------------------------------------------------------------------------------------------


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
    assert isinstance(caught.value, dln.SweepInterrupted)
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
    with pytest.raises(dln.SweepInterrupted) as caught:
        dln.reduce_many([first, *systems, first], rtol=1e-6, keep=interrupt)
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


# -- arguments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({}, "order"),
        ({"order": 2, "tol": 0.1}, "order"),
        ({"tol": -1.0}, "tol"),
        ({"order": 2, "method": "matchdc"}, "method"),
        ({"order": 2, "threads": 0}, "threads"),
        ({"order": 2, "threads": True}, "threads"),
        ({"order": 2, "ahead": 0}, "ahead"),
        ({"order": 2, "ahead": 1.5}, "ahead"),
        ({"order": 2, "executor": 4}, "executor"),
    ],
)
def test_arguments_that_no_system_could_use_are_refused_before_any_work(options, argument):
    taken = []
    with pytest.raises(InvalidArgumentError) as caught:
        dln.reduce_many(counted([UNSTABLE], taken), **options)
    assert caught.value.argument == argument
    assert taken == []


@pytest.mark.parametrize("systems", ["motor.npz", dln.LinearSystem(*UNSTABLE), {"a": UNSTABLE}, 3, None])
def test_what_is_no_collection_of_systems_is_refused(systems):
    with pytest.raises(InvalidArgumentError, match="wrap a single one in a list"):
        dln.reduce_many(systems, order=1)


def test_a_dask_client_is_no_executor(dask_executor):
    with pytest.raises(InvalidArgumentError, match="get_executor"):
        dln.reduce_many([UNSTABLE], dask_executor._client, order=1)


def test_what_cannot_be_pickled_is_a_failure_of_its_system(processes, dask_executor):
    stable = ([[-1.0]], [[1.0]], [[1.0]])
    for pool in (processes, dask_executor):
        sweep = dln.reduce_many([stable, (threading.Lock(), 1.0, 1.0), stable], pool, order=1)
        assert list(sweep.failures) == [1]
        assert isinstance(sweep.failures[1], TypeError)


# -- pickling ---------------------------------------------------------------------------------------------------------


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


# -- MPI --------------------------------------------------------------------------------------------------------------


def test_mpi_pool(tmp_path):
    pytest.importorskip("mpi4py")
    places = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])  # wheels bring their own
    mpiexec = shutil.which("mpiexec", path=places)
    if mpiexec is None:
        pytest.skip("needs mpiexec")
    script = tmp_path / "script.py"
    script.write_text(
        "import dlnbalance as dln\n"
        "from mpi4py.futures import MPIPoolExecutor\n"
        "if __name__ == '__main__':\n"
        "    rod = dln.examples.get('heat-rod')\n"
        "    with MPIPoolExecutor() as pool:\n"
        "        sweep = dln.reduce_many([rod, ([[1.0]], [[1.0]], [[1.0]]), rod.to_control()], pool, order=2)\n"
        "    print([type(error).__name__ for error in sweep.failures.values()])\n"
        "    print([getattr(model, 'order', None) for model in sweep])\n"
    )
    command = [mpiexec, "-n", "2", sys.executable, "-m", "mpi4py.futures", script]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100).stdout
    assert output.splitlines() == ["['UnstableSystemError']", "[2, None, 2]"]


# -- documentation ----------------------------------------------------------------------------------------------------


def test_the_documented_lines_run():
    page = Path(__file__).parents[2] / "docs" / "cluster.md"
    result = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert result.attempted >= 7
    assert result.failed == 0
