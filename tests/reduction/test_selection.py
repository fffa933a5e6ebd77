"""All reduced models of one factorization."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.reduction.selection import LinearSelection
from dlnbalance.structured.linear import LinearModel

from ..models import random_system


def test_one_factorization_serves_all_orders(rng):
    given = LinearModel(random_system(rng, 6, 2, 2))
    selection = LinearSelection(model=given, solved=given.solve(dln.Lyapunov()), method="truncate", given=given)
    assert selection.kept == 0
    for order in range(7):
        model = selection.of_order(order, "order")
        assert model.order == order
        assert model.hsv is selection.of_order(0, "order").hsv


def test_the_smallest_order_within_a_tolerance(rng):
    given = LinearModel(random_system(rng, 6, 1, 1))
    selection = LinearSelection(model=given, solved=given.solve(dln.Lyapunov()), method="truncate", given=given)
    bounds = [selection.of_order(order, "order").bound for order in range(7)]
    for order in range(1, 6):
        found = selection.within("tol", bounds[order] * (1 + 1e-12))
        assert found.order == order
    assert selection.within("rtol", 2 * np.sum(found.hsv) / found.hsv[0] * 1.01).order == 0
    with pytest.raises(dln.errors.ToleranceError):
        selection.within("tol", bounds[-1] / 10)
