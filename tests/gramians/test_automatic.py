"""The choice between kinds of Gramians by what they cost."""

import numpy as np
import pytest
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import NumericalError, SingularDescriptorError

from ..models import mass_chain


def test_the_choice_by_cost_is_stated():
    small, middle, large = (dln.examples.convection_diffusion(side) for side in (20, 40, 80))
    assert isinstance(dln.Automatic().for_system(small), dln.Lyapunov)
    assert isinstance(dln.Automatic().for_system(middle), dln.Automatic)  # either of the two
    assert isinstance(dln.Automatic().for_system(large), dln.LowRank)
    dense = dln.LinearSystem(np.diag(-np.arange(1.0, 1602.0)), np.ones((1601, 1)), np.ones((1, 1601)))
    assert isinstance(dln.Automatic().for_system(dense), dln.Lyapunov)
    assert "Lyapunov()" in repr(dln.reduce(small, 3))
    model = dln.reduce(middle, 3)
    assert "low rank, residuals" in repr(model)
    assert "values computed" in repr(model)
    assert not model.hsv_complete


def test_the_choice_answers_as_what_it_chose():
    kind, values = dln.Automatic(), np.array([3.0, 1.0, 0.25])
    assert kind.error_bounds(values, 1, 1e-12) == dln.Lyapunov().error_bounds(values, 1, 1e-12)
    assert kind.error_bounds(values, 1, 0.0)[:2] == (1.0, 2.5)
    assert kind.values_name == dln.Lyapunov.values_name
    small = dln.examples.get("heat-rod")
    np.testing.assert_array_equal(kind(small).singular_values, dln.Lyapunov()(small).singular_values)
    assert kind.solve(small).how == "Lyapunov()"


def test_the_steel_profile_takes_the_sparse_way(reference_model):
    assert reference_model("rail_1357").is_large
    assert not reference_model("rail_371").is_large
    assert "low rank" in dln.Automatic().solve(reference_model("rail_1357")).how


def test_a_sparse_matrix_that_fills_up_takes_the_dense_way(rng):
    n = 800
    A = sp.random_array((n, n), density=0.05, rng=rng) - 40 * sp.eye_array(n)
    assert not dln.LinearSystem(A.tocsc(), np.ones((n, 1)), np.ones((1, n))).is_large


def test_models_without_low_rank_are_solved_densely_and_the_result_says_so():
    system = mass_chain(400, damping=0.003)
    assert system.is_large
    with pytest.raises(NumericalError, match=r"gramians=dlnbalance\.Lyapunov"):
        dln.LowRank(max_rank=800).solve(system)
    found = dln.Automatic().solve(system)
    assert found.complete
    assert found.how.startswith("Lyapunov(), for low-rank factors had a residual of")
    model = dln.reduce(system, 40)
    assert model.hsv_complete
    assert "low-rank factors had" in repr(model)


def test_a_singular_descriptor_is_no_reason_for_the_dense_way(monkeypatch):
    def refuse(self, system):
        raise AssertionError("the dense way was tried")

    monkeypatch.setattr(dln.Lyapunov, "solve", refuse)
    system = dln.examples.convection_diffusion(30)
    E = sp.diags_array(np.append(np.ones(899), 0.0)).tocsc()
    with pytest.raises(SingularDescriptorError):
        dln.Automatic().solve(dln.LinearSystem(system.A, system.B, system.C, E=E))
