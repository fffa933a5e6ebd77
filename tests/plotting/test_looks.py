"""How curves look: powers of ten in plain text, names that are no formulas, curves that differ without colour."""

from itertools import combinations

import numpy as np
from matplotlib.figure import Figure

from dlnbalance.plotting.drawings import rendered
from dlnbalance.plotting.looks import BOUND, ERROR, FULL, LOOKS, REDUCED, curve, decibels, plain, plain_powers


def test_powers_of_ten_are_plain_text():
    figure = Figure()
    wide, narrow = figure.subplots(1, 2)
    wide.plot([1, 2], [1e-12, 1e3])
    narrow.plot([1, 2], [1.5e-3, 6e-3])
    for axes in (wide, narrow):
        axes.set_yscale("log")
        plain_powers(axes.yaxis)
    rendered(figure, "svg")
    labels = [label.get_text() for axes in (wide, narrow) for label in axes.get_yticklabels(which="both")]
    assert {"10⁻¹²", "10⁰", "10³"} & set(labels)
    assert "2×10⁻³" in labels
    assert not any("$" in label for label in labels)


def test_curves_differ_without_their_colours():
    for group in (LOOKS, (FULL, REDUCED, ERROR, BOUND)):
        for one, other in combinations(group, 2):
            assert (one.linestyle, one.marker) != (other.linestyle, other.marker)


def test_a_curve_has_a_few_markers_only():
    axes = Figure().subplots()
    line = curve(axes, np.arange(900), np.ones(900), REDUCED, "reduced", phase=1)
    start, step = line.get_markevery()
    assert start < step
    assert 5 <= 900 // step <= 12
    assert line.get_label() == "reduced"


def test_decibels_of_what_has_none():
    assert np.array_equal(decibels(np.array([10.0, 0.0, -1.0])), [20.0, np.nan, np.nan], equal_nan=True)


def test_names_are_shortened_and_no_formulas():
    assert plain("cost $x") == r"cost \$x"
    assert len(plain("x" * 100)) == 32
