"""The Gram operator as a linear system."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.quiver.gram import GramOperator

from ..models import (
    QUIVERS,
    assert_small,
    inner,
    norm,
    random_direction,
    random_network,
    random_representation,
)


@pytest.fixture(params=QUIVERS)
def model(request, rng, complex_entries):
    return random_representation(rng, request.param, complex_entries=complex_entries)


def test_products_are_those_of_the_representation(model, rng, complex_entries):
    b = random_direction(rng, model, complex_entries=complex_entries)
    expected = model.gram_operator(b)
    difference = [x - y for x, y in zip(GramOperator(model).apply(b), expected, strict=True)]
    assert_small(norm(difference), norm(expected), 20)


def test_solution_of_the_moment_equation(model):
    operator, moment = GramOperator(model), model.moment_map()
    solution = operator.solve(moment, rtol=1e-11)
    assert solution.converged
    residual = [m - h for m, h in zip(moment, operator.apply(solution.value), strict=True)]
    assert norm(residual) <= 1e-10 * norm(moment)
    assert solution.residual <= 1e-11


def test_preconditioner_is_symmetric_and_positive(model, rng, complex_entries):
    operator = GramOperator(model)
    a, b = (random_direction(rng, model, complex_entries=complex_entries) for _ in range(2))
    left, right = inner(operator.precondition(a), b), inner(a, operator.precondition(b))
    assert left == pytest.approx(right, rel=1e-9, abs=1e-12)
    assert inner(operator.precondition(a), a) > 0


def test_preconditioner_is_exact_for_two_layers(rng, complex_entries):
    operator = GramOperator(random_network(rng, (5, 4, 3), complex_entries=complex_entries).representation)
    (b,) = random_direction(rng, random_network(rng, (5, 4, 3)).representation, complex_entries=complex_entries)
    (back,) = operator.precondition(operator.apply([b]))
    assert la.norm(back - b) <= 1e-10 * la.norm(b)


def test_singular_but_consistent_systems_are_solved(rng, complex_entries):
    network = random_network(rng, (4, 5, 5, 4), complex_entries=complex_entries, rank=2)
    operator, moment = GramOperator(network.representation), network.moments()
    solution = operator.solve(moment, rtol=1e-9)
    residual = [m - h for m, h in zip(moment, operator.apply(solution.value), strict=True)]
    assert norm(residual) <= 1e-8 * norm(moment)


def test_a_good_start_saves_iterations(rng):
    network = random_network(rng, (6, 6, 6, 6))
    operator, moment = GramOperator(network.representation), network.moments()
    cold = operator.solve(moment, rtol=1e-10)
    warm = operator.solve(moment, rtol=1e-10, start=cold.value)
    assert warm.iterations < cold.iterations / 4


def test_limits_are_reported(rng):
    network = random_network(rng, (6, 6, 6, 6))
    solution = GramOperator(network.representation).solve(network.moments(), rtol=1e-14, max_iterations=2)
    assert not solution.converged
    assert solution.iterations == 2
    zero = GramOperator(network.representation).solve([np.zeros((6, 6))] * 2, rtol=1e-10)
    assert zero.converged
    assert zero.iterations == 0


def test_no_gauged_vertices(rng):
    network = random_network(rng, (3, 2))
    solution = GramOperator(network.representation).solve([], rtol=1e-10)
    assert solution.value == []
    assert solution.converged
