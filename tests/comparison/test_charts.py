"""Charts of comparisons: a panel for each, a curve for each column or group."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError

from ..models import random_network, random_system


@pytest.mark.parametrize("complex_entries", [False, True], ids=["real", "complex"])
def test_pictures_have_one_panel_a_chart(rng, complex_entries):
    square = random_network(rng, (3, 3, 3, 3, 3), complex_entries=complex_entries)
    left, right = dln.compare(square).plot().axes
    assert left.get_ylabel() == "exponents a, b, c of Σ"
    curves = {line.get_label(): line for line in left.lines}
    assert np.allclose(curves["a of P ∼ Σᵃ"].get_ydata(), [0, 0.5, 1, 1.5, 2])
    assert right.get_yscale() == "log"
    [axes] = dln.compare(random_system(rng, 4, 1, 1)).plot().axes
    assert axes.get_xlabel() == "tool"
    comparison = dln.comparison.compare_realizations(random_system(rng, 4, 1, 1), bits=(8, 16), draws=2)
    rounding, truncation = comparison.plot().axes
    assert [_name(line) for line in rounding.lines] == ["Gramian-balanced", "norm-balanced", "as given"]
    assert [_name(line) for line in truncation.lines] == [
        "next σ",
        "Gramian-balanced",
        "norm-balanced",
        "bound 2Σσ",
    ]


def _name(line):
    """The name of a curve, without the places where it has no value."""
    return line.get_label().partition(" (not stable")[0]


def test_a_lone_point_is_explained():
    rows = tuple({"bits": bits, "error": error} for bits, error in ((8, None), (12, None), (16, 0.5)))
    chart = dln.comparison.Chart(x="bits", y=("error",), ylabel="error", missing="not stable")
    [axes] = dln.Comparison(title="t", rows=rows, remarks=(), chart=chart).plot()
    assert axes.lines[0].get_label() == "error (not stable at 8, 12)"


def test_a_comparison_is_drawn_where_it_is_wanted():
    from matplotlib.figure import Figure

    chart = dln.comparison.Chart(x="bits", y=("error",), ylabel="error")
    table = dln.Comparison(title="t", rows=({"bits": 8, "error": 1.0},), remarks=(), chart=chart)
    axes = Figure().subplots()
    assert table.plot(ax=axes)[0] is dln.plotting.draw(table, ax=axes)[0] is axes


def test_a_table_without_a_chart_is_not_drawn():
    with pytest.raises(InvalidArgumentError, match="chart"):
        dln.Comparison(title="t", rows=({"a": 1},), remarks=()).plot()
