"""Order tables: their figures are those of the reduced models, and the suggestions are where values fall."""

import json

import control
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, OrderError
from dlnbalance.reduction.order_tables import order_table, slowest_damping

from ..models import random_network, random_system

CLUSTERS = dln.LinearSystem(
    la.block_diag(*(scale * -np.eye(2) + np.diag([0.0, -0.2 * scale]) for scale in (1.0, 1e2, 1e5))),
    np.eye(6),
    np.eye(6),
)
UNSTABLE = dln.LinearSystem(np.diag([1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)))


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("complex_entries", [False, True])
def test_every_row_says_what_the_reduced_model_says(rng, discrete, complex_entries):
    system = random_system(rng, 6, 2, 2, discrete=discrete, complex_entries=complex_entries)
    table = order_table(system, measure=True)
    assert table.orders == (1, 2, 3, 4, 5, 6)
    for row in table:
        alone = dln.reduce(system, row.order)
        assert row.sigma == pytest.approx(alone.hsv[row.order - 1])
        assert row.bound == pytest.approx(alone.bound, rel=1e-6)
        assert row.bound_db == pytest.approx(20 * np.log10(row.bound))
        assert row.relative_bound == pytest.approx(row.bound / alone.hsv[0])
        assert row.error <= row.bound
        assert row.dc_mismatch <= row.error * (1 + 1e-6) + 1e-12
        assert table.choose(row.order).order == row.order


def test_values_fall_at_the_suggested_orders():
    table = order_table(CLUSTERS)
    assert table.suggested == (2, 4)
    falls = [suggestion.fall for suggestion in table.suggestions]
    assert falls == pytest.approx([table.hsv[1] / table.hsv[2], table.hsv[3] / table.hsv[4]])
    assert table.suggestions[0].reason.startswith(f"σ falls {falls[0]:.2g}-fold, from {table.hsv[1]:.3g}")


def test_what_rounding_hides_is_no_gap():
    table = order_table(dln.examples.get("heat-rod"))
    assert max(table.orders) < 30
    assert all(table.hsv[order - 1] > table.accuracy_floor for order in table.suggested)


def test_a_relative_bound_is_what_rtol_asks_for(rng):
    system = random_system(rng, 6, 1, 1)
    table = order_table(system)
    for row in table.rows[:-1]:
        assert dln.reduce(system, rtol=row.relative_bound * (1 + 1e-9)).order == row.order


def test_damping_is_that_of_control(rng):
    for discrete in (False, True):
        system = random_system(rng, 6, 1, 1, discrete=discrete)
        natural, ratio, _ = control.damp(system.to_control(), doprint=False)
        slowest = np.argmin(natural * ratio)
        assert slowest_damping(system) == pytest.approx(ratio[slowest], abs=1e-9)


def test_damping_of_special_poles():
    assert slowest_damping(UNSTABLE) == -1
    assert slowest_damping(dln.LinearSystem([[0.0]], [[1.0]], [[1.0]])) == 0
    assert slowest_damping(dln.LinearSystem([[0.0]], [[1.0]], [[1.0]], dt=1.0)) is None
    assert slowest_damping(dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)))) is None


def test_unstable_poles_are_kept_in_every_row():
    table = order_table(UNSTABLE, measure=True)
    assert (table.kept, table.orders) == (1, (2, 3))
    assert all(row.damping == -1 for row in table)
    assert all(row.error <= row.bound for row in table)


def test_chosen_orders_come_ascending_and_once():
    assert order_table(CLUSTERS, [4, 2, 2]).orders == (2, 4)
    assert order_table(CLUSTERS, 2).orders == (2,)


def test_many_orders_are_thinned_out_around_the_suggested_ones():
    table = order_table(dln.examples.get("beam"))
    assert len(table) <= 44
    assert set(table.suggested) <= set(table.orders)


def test_gramians_that_prove_nothing_leave_the_bound_out(rng):
    table = order_table(random_system(rng, 5, 1, 1), method="irka", orders=[1, 2])
    assert [row.bound for row in table] == [None, None]
    assert "bound" not in repr(table).splitlines()[2]


def test_other_classes_of_models():
    family = dln.SystemFamily([UNSTABLE.replaced(A=-np.eye(3)), UNSTABLE.replaced(A=np.diag([-1.0, -2.0, -3.0]))])
    table = order_table(family)
    assert table.rows[0].bound is None
    assert table.rows[0].damping is None
    assert table.choose(table.orders[0]).order == table.orders[0]


def test_static_and_zero_systems():
    static = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[2.0]])
    silent = dln.LinearSystem([[-1.0]], [[0.0]], [[1.0]])
    for system in (static, silent):
        table = order_table(system)
        assert table.orders == (0,)
        assert repr(table)


def test_it_prints_and_is_plain_data(rng):
    table = order_table(CLUSTERS, measure=True)
    document = table.to_dict()
    assert json.loads(json.dumps(document))["rows"][0]["order"] == table.orders[0]
    text = repr(table)
    assert text.startswith("OrderTable: ")
    assert "- order 2: σ falls" in text
    assert text.count("\n│") == len(table)


def test_what_is_refused(rng):
    with pytest.raises(OrderError, match=r"orders\[0\]"):
        order_table(CLUSTERS, [9])
    with pytest.raises(InvalidArgumentError, match="orders"):
        order_table(CLUSTERS, [])
    with pytest.raises(InvalidArgumentError, match="network"):
        order_table(random_network(rng, (2, 2, 2)))
    periodic = dln.PeriodicSystem([[[0.5]], [[0.8]]], [[[1.0]], [[0.5]]], [[[0.3]], [[1.0]]], dt=0.1)
    with pytest.raises(InvalidArgumentError, match="one state space"):
        order_table(periodic)
    with pytest.raises(OrderError, match="order"):
        order_table(CLUSTERS).choose(1000)
