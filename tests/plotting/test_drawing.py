"""`draw` takes every result and every kind of model."""

import control
import numpy as np
import pytest
import scipy.signal

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.networks.langevin import weight_langevin
from dlnbalance.plotting import Drawing, draw, rendered

from ..models import random_network

LAGS = dln.LinearSystem(np.diag([-1.0, -20.0, -300.0]), np.ones((3, 1)), np.ones((1, 3)))
UNSTABLE = dln.LinearSystem(np.diag([1.0, -2.0]), np.ones((2, 1)), np.ones((1, 2)))
CONTROLLER = dln.LinearSystem(np.diag([-1.0, -2.0]), np.ones((2, 1)), np.ones((1, 2)))
NETWORK = dln.DeepLinearNetwork([np.diag([2.0, 1.0]), np.diag([3.0, 0.5])])
PERIODIC = dln.PeriodicSystem([[[0.5]], [[0.8]]], [[[1.0]], [[0.5]]], [[[0.3]], [[1.0]]], dt=0.1)
VARYING = dln.TimeVaryingSystem([[[2.0]], [[3.0]]], [[[1.0]], [[1.0]]], [[[1.0]], [[1.0]]], final=[[1.0]])
DESCRIPTOR = dln.LinearSystem(-np.eye(2), np.ones((2, 1)), np.ones((1, 2)), E=np.diag([1.0, 0.0]))
DRAWN = {
    "system": lambda: LAGS,
    "discrete": lambda: dln.c2d(LAGS, 0.1),
    "static": lambda: dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[2.0]]),
    "complex": lambda: dln.LinearSystem([[-1.0 + 1j]], [[1.0]], [[1.0]]),
    "list": lambda: [LAGS, UNSTABLE],
    "tuple": lambda: ([[-1.0]], [[1.0]], [[1.0]]),
    "control": lambda: control.ss(-1, 1, 1, 0),
    "transfer function": lambda: control.tf([1], [1, 1]),
    "scipy": lambda: scipy.signal.StateSpace([[-1.0]], [[1.0]], [[1.0]], [[0.0]]),
    "family": lambda: dln.SystemFamily([LAGS, LAGS]),
    "bilinear": lambda: dln.BilinearSystem([[-1.0]], [[[0.5]]], [[1.0]], [[1.0]]),
    "second order": lambda: dln.SecondOrderSystem(
        np.eye(2), 0.1 * np.eye(2), np.eye(2), np.ones((2, 1)), np.ones((1, 2))
    ),
    "periodic": lambda: PERIODIC,
    "time-varying": lambda: VARYING,
    "network": lambda: NETWORK,
    "one layer": lambda: dln.DeepLinearNetwork([np.eye(2)]),
    "zero network": lambda: dln.DeepLinearNetwork([np.zeros((2, 2)), np.eye(2)]),
    "reduced": lambda: dln.reduce(LAGS, 2),
    "reduced to nothing": lambda: dln.reduce(LAGS, 0),
    "kept poles": lambda: dln.reduce(UNSTABLE, 2),
    "residualized": lambda: dln.reduce(LAGS, 2, method="residualize"),
    "Hankel": lambda: dln.reduce(LAGS, 2, method="hankel"),
    "coprime": lambda: dln.reduce(UNSTABLE, 1, gramians=dln.Coprime()),
    "reduced family": lambda: dln.reduce(dln.SystemFamily([LAGS, LAGS]), 2),
    "reduced periodic": lambda: dln.reduce(PERIODIC, 1),
    "reduced time-varying": lambda: dln.reduce(VARYING, [0, 1, 1]),
    "reduced network": lambda: dln.reduce(NETWORK, 1),
    "reduced controller": lambda: dln.reduce_controller(LAGS, CONTROLLER, 1),
    "order table": lambda: dln.order_table(LAGS),
    "balanced": lambda: dln.balance(LAGS),
    "balanced in norm": lambda: dln.balance(LAGS, form="norm"),
    "minimum": lambda: dln.minimize(LAGS.representation),
    "balanced network": lambda: dln.balance(NETWORK),
    "trajectory": lambda: dln.flows.regularizing(NETWORK, [0.0, 1.0]),
    "flow of a system": lambda: dln.flows.helmke_moore(LAGS, [0.0, 1.0]),
    "sweep": lambda: dln.reduce_many([LAGS, LAGS], order=2),
    "split": lambda: dln.split(UNSTABLE),
    "minimal": lambda: dln.minreal(LAGS),
    "finite and infinite": lambda: dln.decompositions.finite_infinite(DESCRIPTOR),
    "Langevin": lambda: weight_langevin(NETWORK, lambda X: X, kappa=0.1, beta=9.0, dt=0.01, steps=9, copies=3, rng=0),
    "comparison": lambda: dln.compare(NETWORK),
}


@pytest.mark.parametrize("name", DRAWN)
def test_everything_has_a_picture(name):
    drawing = draw(DRAWN[name]())
    assert isinstance(drawing, Drawing)
    assert rendered(drawing, "png").startswith(b"\x89PNG")
    assert all(axes.get_xlabel() or axes.get_ylabel() for axes in drawing)


@pytest.mark.parametrize("name", ["reduced", "balanced network", "order table", "periodic", "trajectory", "comparison"])
def test_a_picture_goes_where_it_is_wanted(name):
    from matplotlib.figure import Figure

    count = len(draw(DRAWN[name]()))
    given = list(Figure().subplots(1, count, squeeze=False)[0])
    assert list(draw(DRAWN[name](), ax=given)) == given


def test_a_measured_error_is_marked():
    model = dln.reduce(dln.examples.get("mass-spring-damper"), 4)
    assert not any("measured peak" in text.get_text() for text in draw(model)[1].get_legend().get_texts())
    model.error()
    assert any("measured peak" in text.get_text() for text in draw(model)[1].get_legend().get_texts())


@pytest.mark.parametrize("bad", [None, 3, "nothing.npz", object(), {}, []])
def test_what_has_no_picture_is_refused(bad):
    with pytest.raises(dln.DlnBalanceError):
        draw(bad)


def test_a_class_of_another_package_can_be_registered(rng):
    class Weights:
        network = random_network(rng, (2, 2, 2))

    with pytest.raises(InvalidArgumentError, match="result"):
        draw(Weights())
    draw.register(Weights, lambda weights, *, ax=None: draw(weights.network, ax=ax))
    assert len(draw(Weights())) == 2
