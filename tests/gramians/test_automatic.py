"""The choice between kinds of Gramians by the size of the system."""

import numpy as np
import pytest

import dlnbalance as dln


def test_the_choice_by_size_is_stated():
    small, large = dln.examples.convection_diffusion(20), dln.examples.convection_diffusion(40)
    assert isinstance(dln.Automatic().for_system(small), dln.Lyapunov)
    assert isinstance(dln.Automatic().for_system(large), dln.LowRank)
    dense = dln.LinearSystem(np.diag(-np.arange(1.0, 1602.0)), np.ones((1601, 1)), np.ones((1, 1601)))
    assert isinstance(dln.Automatic().for_system(dense), dln.Lyapunov)
    assert "Lyapunov()" in repr(dln.reduce(small, 3))
    model = dln.reduce(large, 3)
    assert "low rank, residuals" in repr(model)
    assert "values computed" in repr(model)
    assert isinstance(model.gramians, dln.LowRank)
    assert not model.hsv_complete


def test_the_choice_answers_as_what_it_chose():
    kind, values = dln.Automatic(), np.array([3.0, 1.0, 0.25])
    assert kind.error_bounds(values, 1, 1e-12) == dln.Lyapunov().error_bounds(values, 1, 1e-12)
    assert kind.error_bounds(values, 1, 0.0)[:2] == (1.0, 2.5)
    assert kind.values_name == dln.Lyapunov.values_name
    small = dln.examples.get("heat-rod")
    np.testing.assert_array_equal(kind(small).singular_values, dln.Lyapunov()(small).singular_values)
    assert kind.solve(small).how == "Lyapunov()"


@pytest.mark.parametrize("count", [1500, 1501])
def test_the_choice_is_made_where_the_documentation_says(count):
    system = dln.examples.heat_rod(count, sparse=True)
    assert isinstance(dln.Automatic().for_system(system), dln.LowRank) is (count > 1500)
