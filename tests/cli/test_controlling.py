"""``dlnbalance reduce-controller``."""

import numpy as np
import pytest

import dlnbalance as dln

from .program import run, run_json


@pytest.fixture
def loop(folder):
    """SLICOT's example of SB16AD: positive feedback, and a controller with an unstable pole."""
    plant = dln.LinearSystem([[-1, 0, 4], [0, 2, 0], [0, 0, -3]], np.ones((3, 1)), np.ones((1, 3)))
    A = [[-26.4, 6.4023, 4.3868], [32, 0, 0], [0, 8, 0]]
    dln.save(plant, "plant.npz")
    dln.save(dln.LinearSystem(A, [[-16], [0], [0]], [[9.2994, 1.1624, 0.109]]), "controller.npz")
    return ["reduce-controller", "plant.npz", "controller.npz", "--sign", 1]


@pytest.mark.parametrize("criterion", ["input", "output", "performance", "coprime"])
def test_the_reduced_controller_is_that_of_the_library(loop, criterion):
    document, status = run_json(*loop, "--order", 2, "--criterion", criterion, "-o", "small.npz")
    plant, controller = dln.load("plant.npz"), dln.load("controller.npz")
    expected = dln.reduce_controller(plant, controller, 2, sign=1, criterion=criterion)
    assert (status, document["written"], document["criterion"]) == (0, ["small.npz"], criterion)
    assert document["loop_error"] == pytest.approx(expected.loop_error.value, rel=1e-8)
    small = dln.load("small.npz")
    assert small.nstates == 2
    closed = np.block([[plant.A + plant.B @ small.D @ plant.C, plant.B @ small.C], [small.B @ plant.C, small.A]])
    assert np.linalg.eigvals(closed).real.max() < 0
    assert dln.stability_margin(plant, small, sign=1) == pytest.approx(document["reduced_margin"], rel=1e-8)


def test_by_tolerance(loop):
    document, status = run_json(*loop, "--tol", 0.7)
    assert (status, document["requested"], document["order"]) == (0, {"tol": 0.7}, 2)


def test_a_loop_that_is_not_stable_ends_with_1_and_writes_nothing(loop, folder):
    result = run(*loop, "--order", 1, "-o", "small.npz")
    assert result.exit_code == 1
    assert "NOT STABLE" in result.stdout
    assert result.stderr.splitlines() == [
        "dlnbalance: the loop with the reduced controller is not stable; nothing was written"
    ]
    assert not (folder / "small.npz").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--order"),
        (["--order", 1, "--tol", 0.5], "--order and --tol"),
        (["--order", 2, "--sign", -1], "stabilizes"),
        (["--order", 2, "--sign", 3], "-1 or 1"),
        (["--order", 2, "--criterion", "performence"], "did you mean 'performance'?"),
        (["--order", 2, "-o", "taken.npz"], "--force"),
        (["--tol", 1e-9], "at least"),
    ],
)
def test_what_is_refused(loop, options, said):
    result = run(*loop, *options)
    assert result.exit_code == 2
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert said in line


def test_a_network_is_no_controller(loop, rng):
    dln.save(dln.DeepLinearNetwork([np.eye(1), np.eye(1)]), "net.npz")
    assert "a linear model" in run("reduce-controller", "plant.npz", "net.npz", "--order", 1).stderr
