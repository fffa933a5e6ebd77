"""Hankel singular values: which of them a picture shows, and where it can be drawn."""

import numpy as np
from matplotlib.figure import Figure

import dlnbalance as dln
from dlnbalance.plotting import bode, hankel, rendered

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


def test_hankel_of_a_realization_that_drops_nothing():
    realization = dln.balance(LAGS)
    [axes] = hankel(realization).axes
    assert "kept (3)" in lines(axes)
    assert not any(label.startswith("dropped") for label in lines(axes))
    rendered(hankel(realization), "png")


def test_pictures_can_be_drawn_into_a_part_of_a_figure():
    figure = Figure()
    part, other = figure.subfigures(1, 2)
    assert bode(LAGS, figure=part) is part
    assert hankel(dln.reduce(LAGS, 1), figure=other) is other
    assert len(figure.axes) == 3
