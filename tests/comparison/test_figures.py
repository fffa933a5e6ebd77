"""Figures of several comparisons: norms, imbalance, orders of truncation."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.comparison.figures import IMBALANCE, NORM_FIGURES, cut_orders, errors_by_order, imbalance, norm_figures
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.networks.network import DeepLinearNetwork

from ..models import random_network, random_system


def test_norm_figures_are_those_of_the_matrices(rng, complex_entries):
    system = random_system(rng, 4, 2, 3, complex_entries=complex_entries)
    A, B, C = system.A, system.B, system.C
    moment = B @ adjoint(B) - adjoint(C) @ C + A @ adjoint(A) - adjoint(A) @ A
    size = sum(la.norm(M) ** 2 for M in (A, B, C))
    states, squared_norm, relative = norm_figures(system).values()
    assert states == 4
    assert squared_norm == pytest.approx(size)
    assert relative == pytest.approx(la.norm(moment) / size)
    assert tuple(norm_figures(system)) == tuple(NORM_FIGURES)


def test_norm_balancing_makes_the_moment_vanish(rng, complex_entries):
    system = random_system(rng, 3, 2, 2, complex_entries=complex_entries)
    balanced = dln.balance(system, form="norm").system
    before, after = norm_figures(system), norm_figures(balanced)
    assert after["squared_norm"] < before["squared_norm"]
    assert after["relative_moment"] <= 1e-12


def test_imbalance_vanishes_for_balanced_pairs_only(rng, complex_entries):
    pair = random_network(rng, (3, 4, 3), complex_entries=complex_entries)
    assert imbalance(pair.center()) <= 1e-14
    assert 0.1 < imbalance(pair) <= 1.5
    assert imbalance(DeepLinearNetwork([[[1.0]], [[0.0]]])) == 1.0
    assert imbalance(DeepLinearNetwork([[[0.0]], [[0.0]]])) == 0.0
    assert IMBALANCE == "‖P−Q‖/‖P+Q‖"


def test_orders_are_spread_and_split_no_equal_values():
    values = np.array([9.0, 7.0, 7.0, 5.0, 4.0, 3.0, 2.0, 1.0])
    assert cut_orders(values, 0.0, end=8, count=40) == [1, 3, 4, 5, 6, 7]
    assert cut_orders(values, 0.0, end=8, count=3) == [1, 4, 7]
    assert cut_orders(values, 0.0, end=3, count=9) == [1]
    assert cut_orders(np.ones(4), 0.0, end=4, count=9) == []
    assert cut_orders(values[:1], 0.0, end=1, count=9) == []


def test_all_columns_but_the_order_are_drawn():
    table = errors_by_order("t", [{"order": 1, "error": 0.5, "bound": 1.0}], "-", {"error": "H∞ error"})
    assert (table.chart.x, table.chart.y, table.chart.logarithmic) == ("order", ("error", "bound"), True)
    assert table.remarks == ("-",)
    assert [table.label(key) for key in table.rows[0]] == ["order", "H∞ error", "bound"]
