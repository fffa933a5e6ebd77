"""Linear systems as the case of one state space."""

import control
import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.norms.accuracy import accuracy_floor
from dlnbalance.structured.linear import LinearModel, state_spaces

from ..models import grid_system, random_system


def test_models_are_what_they_are_and_all_else_is_a_linear_system(rng):
    system = random_system(rng, 4, 2, 2)
    family = dln.SystemFamily([system])
    assert state_spaces(family) is family
    model = state_spaces(system)
    assert isinstance(model, LinearModel)
    assert model.system is system
    assert model.nstates == 4
    assert state_spaces(system.to_tuple()).nstates == 4
    with pytest.raises(InvalidArgumentError):
        state_spaces(3)


@pytest.mark.parametrize("descriptor", [False, True])
def test_factors_and_proof_are_those_of_the_kind(rng, descriptor):
    system = random_system(rng, 5, 2, 2, descriptor=descriptor)
    solved = LinearModel(system).solve(dln.Automatic())
    assert solved.proof == dln.Lyapunov()  # the kind that was chosen, which says what is proved
    assert (solved.how, solved.complete) == ("Lyapunov()", True)
    (pair,) = solved.pairs
    np.testing.assert_array_equal(pair.singular_values, dln.hankel_singular_values(system))


def test_factors_of_low_rank_are_not_complete(rng):
    solved = LinearModel(grid_system(rng)).solve(dln.LowRank(tol=1e-8))
    assert solved.proof == dln.LowRank(tol=1e-8)
    assert not solved.complete
    assert "residuals" in solved.how


def test_names_and_classes_of_kinds_are_refused(rng):
    with pytest.raises(InvalidArgumentError, match="gramians"):
        LinearModel(random_system(rng, 3, 1, 1)).solve(dln.Lyapunov)


@pytest.mark.parametrize("descriptor", [False, True])
def test_projections_are_of_the_type_that_was_given(rng, descriptor):
    system = random_system(rng, 4, 2, 2, descriptor=descriptor)
    model = LinearModel(system)
    T = np.eye(4)[:, ::-1]
    turned = model.project([T], [T])
    omega = np.linspace(0, 3, 7)
    difference = dln.frequency_response(turned, omega) - dln.frequency_response(system, omega)
    assert np.abs(difference).max() < 1e-10
    plant = control.ss(*system.explicit().to_tuple()[:4], name="plant")
    found = LinearModel(plant).project([T[:2]], [T[:, :2]])
    assert isinstance(found, control.StateSpace)
    assert (found.nstates, found.name) == (2, "plant")


def test_the_floor_is_found_only_where_it_decides(rng, monkeypatch):
    system = random_system(rng, 4, 1, 1)
    apart = LinearModel(system)
    assert apart.floors(apart.solve(dln.Lyapunov())) == (0.0,)
    near = dln.LinearSystem(np.diag([-1.0, -1.0]), np.eye(2), np.diag([1.0, 1.0 - 1e-12]))
    model = LinearModel(near)
    solved = model.solve(dln.Lyapunov())
    assert model.floors(solved) == (accuracy_floor(near, solved.pairs[0]),)
    assert model.floors(solved)[0] > 0
