"""Sweeps: the same results as one by one, and failures that lose nothing."""

import doctest
import operator
import os
import shutil
import subprocess
import sys
from pathlib import Path

import control
import numpy as np
import pytest
import scipy.signal
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import FileFormatError, InvalidArgumentError, UnstableSystemError

from ..models import random_network, random_system
from .work import UNSTABLE, counted, refuse


def assert_same_reduction(model, reference):
    """Assert equal Hankel singular values and transfer functions, whatever the number of BLAS threads."""
    scale = reference.hsv[0]
    assert np.abs(model.hsv - reference.hsv).max() < 1e-13 * scale
    omega = np.array([0.0, 0.3, 1.0, 7.0])
    given, expected = (dln.frequency_response(dln.as_system(m.system), omega) for m in (model, reference))
    assert np.abs(given - expected).max() < 1e-11 * max(scale, np.abs(expected).max())


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
    systems = [good, UNSTABLE, "good.npz", "no.npz", path, "bad.npz", 3.5, good]
    sweep = dln.reduce_many(systems, executor, order=2, unstable="refuse")
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
    assert float(small.error()) == pytest.approx(network.singular_values[2], rel=1e-10)


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
        "        systems = [rod, ([[1.0]], [[1.0]], [[1.0]]), rod.to_control()]\n"
        "        sweep = dln.reduce_many(systems, pool, order=2, unstable='refuse')\n"
        "    print([type(error).__name__ for error in sweep.failures.values()])\n"
        "    print([getattr(model, 'order', None) for model in sweep])\n"
    )
    command = [mpiexec, "-n", "2", sys.executable, "-m", "mpi4py.futures", script]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100).stdout
    assert output.splitlines() == ["['UnstableSystemError']", "[2, None, 2]"]


def test_the_documented_lines_run():
    page = Path(__file__).parents[2] / "docs" / "cluster.md"
    result = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert result.attempted >= 7
    assert result.failed == 0
