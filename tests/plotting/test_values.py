"""Hankel singular values: which of them a picture shows, and where it can be drawn."""

import numpy as np

import dlnbalance as dln
from dlnbalance.plotting import hankel, rendered

from .curves import lines

LAGS = dln.LinearSystem(np.diag([-1.0, -20.0, -300.0]), np.ones((3, 1)), np.ones((1, 3)))


def test_hankel_shows_kept_and_dropped_values():
    model = dln.reduce(LAGS, 2)
    [axes] = hankel(model).axes
    curves = lines(axes)
    assert np.array_equal(curves["kept (2)"].get_ydata(), model.hsv[:2])
    assert np.array_equal(curves["dropped (1)"].get_ydata(), model.hsv[2:])
    assert axes.get_yscale() == "log"


def test_hankel_leaves_out_values_far_below_the_floor_but_shows_the_floor():
    model = dln.reduce(dln.examples.get("heat-rod"), rtol=1e-3)
    [axes] = hankel(model).axes
    low, high = axes.get_ylim()
    assert low < model.accuracy_floor < high
    assert axes.get_xlim()[1] < model.full_order
    assert f"dropped ({model.full_order - model.order})" in lines(axes)


def test_a_mere_balancing_has_no_cut():
    realization = dln.balance(LAGS)
    [axes] = hankel(realization)
    assert next(label for label in lines(axes) if not label.startswith("_")) == "σᵢ"
    assert not any("kept" in label or "dropped" in label for label in lines(axes))
    assert not vertical(axes)
    assert axes.get_title() == "Hankel singular values of 3 states"
    rendered(hankel(realization), "png")


def test_a_realization_that_is_not_minimal_says_what_it_left_out():
    A = np.diag([-1.0, -20.0, -300.0])
    realization = dln.balance(dln.LinearSystem(A, [[1.0], [1.0], [0.0]], [[1.0, 1.0, 1.0]]))
    curves = lines(hankel(realization)[0])
    assert "kept (2)" in curves
    assert "left out, not minimal (1)" in curves


def test_the_bound_of_every_order_is_drawn():
    model = dln.reduce(LAGS, 2)
    [axes] = hankel(model)
    bounds = lines(axes)["proved bound of the H∞ error, by order"]
    assert bounds.get_xdata().tolist() == [0, 1, 2]
    tails = [2 * model.hsv[r:].sum() for r in range(3)]
    assert np.allclose(bounds.get_ydata(), tails, rtol=1e-12)
    assert vertical(axes) == [2.5]


def vertical(axes):
    """Where vertical lines are."""
    found = [line.get_xdata() for line in axes.lines if line.get_transform() != axes.transData]
    return [float(x[0]) for x in found if len(x) == 2 and x[0] == x[1]]
