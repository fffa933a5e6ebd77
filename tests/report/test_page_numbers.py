"""The numbers of a page: plain data, of every kind of result, and texts of the table of orders."""

import base64
import json

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.reduction.other_orders import models_of_orders
from dlnbalance.report.page_numbers import order_rows, packed, page_numbers

from ..models import random_system

RNG = np.random.default_rng(8)
UNSTABLE = dln.LinearSystem(np.diag([0.5, 0.0, -1.0, -30.0]), np.ones((4, 1)), np.ones((1, 4)), name="unstable")
SINGULAR = dln.LinearSystem(np.diag([-1.0, -2.0, 1.0]), np.ones((3, 1)), np.ones((1, 3)), E=np.diag([1.0, 1.0, 0.0]))
IMPROPER = dln.LinearSystem(
    np.diag([-1.0, -2.0, 1.0, 1.0]),
    np.ones((4, 1)),
    np.ones((1, 4)),
    E=np.diag([1.0, 1.0, 0.0, 0.0]) + np.eye(4, k=1) * [0, 0, 0, 1],
)
SYSTEMS = {
    "real": random_system(RNG, 5, 2, 3),
    "complex": random_system(RNG, 5, 2, 2, complex_entries=True),
    "discrete": random_system(RNG, 5, 1, 1, discrete=True),
    "descriptor": random_system(RNG, 5, 1, 2, descriptor=True),
    "unstable": UNSTABLE,
    "singular": SINGULAR,
    "improper": IMPROPER,
    "unspecified sampling": dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=True),
    "static": dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[2.0]]),
}
OPTIONS = [{}, {"method": "residualize"}, {"gramians": dln.LQG()}]


def numbers_of(model):
    models = models_of_orders(model)
    return models, page_numbers(model, models, lambda each: [f"{each.order}"])


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("options", OPTIONS, ids=["truncate", "residualize", "LQG"])
def test_numbers_are_plain_data(name, options):
    try:
        model = dln.reduce(SYSTEMS[name], min(4, SYSTEMS[name].nstates), **options)
    except dln.DlnBalanceError:
        pytest.skip("there is no such model")
    models, numbers = numbers_of(model)
    assert json.loads(json.dumps(numbers, allow_nan=False)) == numbers
    assert numbers["models"][numbers["chosen"]]["order"] == model.order
    rows = order_rows(models, numbers)
    assert [row.order for row in rows] == [each["order"] for each in numbers["models"]]
    assert all(cell != "nan" for row in rows for cell in row)
    for each in numbers["models"]:
        assert (each["terms"] is None) != (each["responses"] is None)
        assert len(base64.b64decode(each["gain"])) == len(base64.b64decode(numbers["omega"]))


def test_rows_say_what_the_models_say():
    model = dln.reduce(SYSTEMS["real"], 2)
    models, numbers = numbers_of(model)
    row = order_rows(models, numbers)[2]
    assert row.bound == f"{model.bound:.4g}"
    assert row.decibels == f"{20 * np.log10(model.bound):.1f}"
    assert row.following == f"{model.hsv[2]:.4g}"
    slowest = max(model.system.poles(), key=lambda pole: pole.real)
    assert row.slowest == f"{-slowest.real / abs(slowest):.3g}"


def test_what_is_not_known_is_a_dash():
    models, numbers = numbers_of(dln.reduce(SYSTEMS["unstable"], 3))
    rows = order_rows(models, numbers)
    assert rows[-1].following == "–"
    models, numbers = numbers_of(dln.reduce(SYSTEMS["real"], 2, method="irka"))
    assert order_rows(models, numbers)[0].bound == "–"
    assert numbers["models"][0]["bound"] is None


def test_numbers_are_packed_row_by_row():
    values = np.arange(6.0).reshape(2, 3)
    assert np.frombuffer(base64.b64decode(packed(values.T)), "<f8").tolist() == [0, 3, 1, 4, 2, 5]
