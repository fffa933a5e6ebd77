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
    assert left.get_ylabel() == "exponent of Σ"
    curves = {line.get_label(): line for line in left.lines}
    assert np.allclose(curves["P ∼ Σ^"].get_ydata(), [0, 0.5, 1, 1.5, 2])
    assert right.get_yscale() == "log"
    [axes] = dln.compare(random_system(rng, 4, 1, 1)).plot().axes
    assert axes.get_xlabel() == "tool"
    comparison = dln.comparison.compare_realizations(random_system(rng, 4, 1, 1), bits=(8, 16), draws=2)
    rounding, truncation = comparison.plot().axes
    assert [line.get_label() for line in rounding.lines] == ["Gramian-balanced", "norm-balanced", "as given"]
    assert [line.get_label() for line in truncation.lines] == [
        "next σ",
        "Gramian-balanced",
        "norm-balanced",
        "bound 2Σσ",
    ]


def test_a_table_without_a_chart_is_not_drawn():
    with pytest.raises(InvalidArgumentError, match="chart"):
        dln.Comparison(title="t", rows=({"a": 1},), remarks=()).plot()
