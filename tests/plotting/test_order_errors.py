"""Errors against the order: the figures of the table, where it has them."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.plotting import errors_by_order

from ..models import random_system
from .curves import lines


def test_the_figures_of_the_table_are_drawn(rng):
    table = dln.order_table(random_system(rng, 6, 2, 2), measure=True)
    [axes] = errors_by_order(table)
    curves = lines(axes)
    rows = [row for row in table if row.bound > table.accuracy_floor]
    drawn = curves["proved bound"].get_ydata()
    assert drawn[: len(rows)].tolist() == [row.bound for row in rows]
    assert curves["measured error"].get_ydata()[0] == table.rows[0].error
    following = next(curve for label, curve in curves.items() if label.startswith("first dropped"))
    assert np.array_equal(following.get_ydata()[:5], table.hsv[1:6])
    assert np.isnan(following.get_ydata()[-1])


def test_suggested_orders_are_marked(rng):
    table = dln.order_table(dln.examples.get("beam"), [2, 4, 9])
    curves = lines(errors_by_order(table)[0])
    assert f"suggested orders: {', '.join(map(str, table.suggested))}" in curves


def test_errors_in_decibels(rng):
    table = dln.order_table(random_system(rng, 4, 1, 1))
    [axes] = errors_by_order(table, db=True)
    assert axes.get_ylabel() == "H∞ error (dB)"
    assert lines(axes)["proved bound"].get_ydata()[0] == pytest.approx(table.rows[0].bound_db)


def test_what_is_no_table_is_refused():
    with pytest.raises(InvalidArgumentError, match="table"):
        errors_by_order(3)
