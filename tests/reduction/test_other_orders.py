"""Models of other orders from the factors of one result: the same that `reduce` returns for each of them."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.reduction.other_orders import models_of_orders, selection_behind

from ..models import random_system

UNSTABLE = dln.LinearSystem(np.diag([0.5, -1.0, -2.0, -30.0]), np.ones((4, 1)), np.ones((1, 4)))
ALGEBRAIC = dln.LinearSystem(
    np.diag([-1.0, -2.0, -9.0, 1.0]), np.ones((4, 1)), np.ones((1, 4)), E=np.diag([1.0, 1.0, 1.0, 0.0])
)
IMPROPER = dln.LinearSystem(
    np.diag([-1.0, -2.0, -9.0, 1.0, 1.0]),
    np.ones((5, 1)),
    np.ones((1, 5)),
    E=la.block_diag(np.eye(3), [[0.0, 1.0], [0.0, 0.0]]),
)
NAMED = dln.LinearSystem(
    np.diag([-1.0, -2.0, -30.0]) + 0.1, np.ones((3, 1)), np.ones((1, 3)), states=["heat", "charge", "speed"]
)


@pytest.mark.parametrize(
    "system, options",
    [
        (random_system(np.random.default_rng(1), 7, 2, 3), {}),
        (random_system(np.random.default_rng(2), 7, 2, 3), {"method": "residualize"}),
        (random_system(np.random.default_rng(3), 6, 1, 1), {"method": "hankel"}),
        (random_system(np.random.default_rng(4), 6, 1, 2, discrete=True), {}),
        (UNSTABLE, {}),
        (UNSTABLE, {"gramians": dln.LQG()}),
        (ALGEBRAIC, {}),
        (IMPROPER, {}),
        (NAMED, {"keep": ["charge"]}),
    ],
)
def test_models_are_those_of_reduce(system, options):
    given = dln.reduce(system, 3, **options)
    found = models_of_orders(given)
    assert given in found
    assert [model.order for model in found] == sorted({model.order for model in found})
    assert found[-1].order == system.nstates - (system is ALGEBRAIC)
    for model in found:
        again = dln.reduce(system, model.order, **options)
        assert type(model) is type(again)
        assert (model.bound is None) == (again.bound is None)
        assert model.bound is None or model.bound == pytest.approx(again.bound, rel=1e-6, abs=1e-12)
        omega = np.array([0.0 if system is not UNSTABLE else 0.1, 0.3, 2.0])
        responses = [dln.frequency_response(one.system, omega) for one in (model, again)]
        assert responses[0] == pytest.approx(responses[1], rel=1e-9, abs=1e-12)


def test_no_order_separates_equal_values():
    system = dln.LinearSystem(np.diag([-1.0, -1.0, -9.0]), np.eye(3), np.eye(3))
    assert [model.order for model in models_of_orders(dln.reduce(system, 2))] == [0, 2, 3]


def test_the_given_order_is_there_however_few_are_wanted():
    system = random_system(np.random.default_rng(5), 9, 1, 1)
    model = dln.reduce(system, 7)
    assert [each.order for each in models_of_orders(model, 3)] == [0, 1, 7]
    assert models_of_orders(model, 1) == [model]
    assert models_of_orders(dln.reduce(system, 2, method="irka"))[0].order == 2


def test_networks_and_other_models_are_refused():
    family = dln.SystemFamily([NAMED, NAMED])
    for other in (dln.reduce(family, 1), dln.reduce(dln.DeepLinearNetwork([np.diag([2.0, 1.0])] * 2), 1), NAMED):
        with pytest.raises(InvalidArgumentError, match="model"):
            models_of_orders(other)


def test_the_selection_is_that_of_the_result():
    model = dln.reduce(NAMED, 2)
    assert selection_behind(model).of_order(1, "order").order == 1


def test_orders_of_modal_truncation_keep_pairs_together():
    A = np.array([[-0.5, 0.3, 0.0], [-0.3, -0.5, 0.1], [0.0, 0.0, -0.2]])
    model = dln.reduce(dln.LinearSystem(A, [[1.0], [0.5], [1.0]], [[1.0, -0.5, 0.25]]), 1, method="modal")
    assert [each.order for each in models_of_orders(model)] == [0, 1, 3]
    assert [row.order for row in dln.order_table(model.full, method="modal")] == [1, 3]
