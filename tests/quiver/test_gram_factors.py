"""Cholesky factors of the Gram operator of chains, and solutions at points that follow each other."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.networks.network import DeepLinearNetwork
from dlnbalance.quiver import gram_factors
from dlnbalance.quiver.gram import GramOperator
from dlnbalance.quiver.gram_factors import GramFactors, GramSolver, factor_cost, step_cost
from dlnbalance.quiver.representation import Arrow, Representation

from ..models import norm, random_direction, random_matrix, random_network, random_system


def chains(rng, complex_entries):
    """Chains that have finite stabilizers: networks of equal and of different widths, a system, arrows both ways."""

    def matrix(rows, columns):
        return random_matrix(rng, rows, columns, complex_entries=complex_entries)

    arrows = [("u", "a", 4, 4), ("a", "b", 3, 4), ("b", "a", 4, 3), ("b", "b", 3, 3), ("b", "y", 5, 3)]
    return [
        random_network(rng, (5, 4, 3), complex_entries=complex_entries).representation,
        random_network(rng, (6, 6, 6, 6, 6), complex_entries=complex_entries).representation,
        random_network(rng, (8, 6, 5, 4, 3), complex_entries=complex_entries).representation,
        random_system(rng, 6, 2, 3, complex_entries=complex_entries).representation,
        Representation([Arrow(tail, head, matrix(p, m)) for tail, head, p, m in arrows], ["a", "b"]),
    ]


def test_factors_solve_the_equation_to_single_precision(rng, complex_entries):
    for model in chains(rng, complex_entries):
        operator, right = GramOperator(model), random_direction(rng, model, complex_entries=complex_entries)
        solution = GramFactors(operator).precondition(right)
        residual = [r - h for r, h in zip(right, operator.apply(solution), strict=True)]
        size = norm(operator.apply([np.eye(len(x)) for x in right])) * norm(solution)
        assert norm(residual) <= 1e-5 * size
        assert all(np.iscomplexobj(x) == complex_entries for x in solution)


def test_the_unit_of_the_weights_does_not_matter(rng):
    weights = random_network(rng, (4, 4, 4, 4)).weights
    found = [
        GramFactors(GramOperator(DeepLinearNetwork([unit * w for w in weights]).representation)).precondition(
            [unit**2 * np.ones((4, 4))] * 2
        )
        for unit in (2.0**-200, 1.0, 2.0**200)
    ]
    for other in found[::2]:
        assert norm([x - y for x, y in zip(other, found[1], strict=True)]) <= 1e-5 * norm(found[1])


def test_no_factors_where_H_is_singular_or_not_block_tridiagonal(rng):
    with pytest.raises(la.LinAlgError):
        GramFactors(GramOperator(random_network(rng, (4, 5, 5, 4), rank=2).representation))
    one = np.eye(1)
    ring = Representation(
        [Arrow("u", "a", one), Arrow("a", "b", one), Arrow("b", "c", one), Arrow("a", "c", one)], ["a", "b", "c"]
    )
    assert np.isinf(factor_cost(GramOperator(ring)))


@pytest.mark.parametrize("patient", [False, True])
def test_solutions_along_a_path(rng, monkeypatch, patient, complex_entries):
    """With factors at once, renewed when the point has moved far, and without any."""
    monkeypatch.setattr(gram_factors, "_MOST", 0.0 if patient else np.inf)
    monkeypatch.setattr(gram_factors, "_SERVED", 1e9)
    solver, layers = GramSolver(), random_network(rng, (6,) * 7, complex_entries=complex_entries)
    last, iterations = None, []
    for width in (0.0, 1e-3, 1e-2, 1.0):
        moved = [w + width * random_matrix(rng, 6, 6, complex_entries=complex_entries) for w in layers.weights]
        network = DeepLinearNetwork(moved)
        operator, moment = GramOperator(network.representation), network.moments()
        solution = solver.solve(operator, moment, rtol=1e-10, start=last)
        residual = [m - h for m, h in zip(moment, operator.apply(solution.value), strict=True)]
        assert solution.converged
        assert norm(residual) <= 1e-9 * norm(moment)
        last = solution.value
        iterations.append(solution.iterations)
    assert min(iterations) > 40 if patient else max(iterations[:3]) < 25


def test_singular_systems_are_left_to_the_preconditioner(rng, monkeypatch):
    monkeypatch.setattr(gram_factors, "_SERVED", 1e9)
    network = random_network(rng, (4, 5, 5, 4), rank=2)
    operator, moment = GramOperator(network.representation), network.moments()
    solution = GramSolver().solve(operator, moment, rtol=1e-9)
    residual = [m - h for m, h in zip(moment, operator.apply(solution.value), strict=True)]
    assert norm(residual) <= 1e-8 * norm(moment)


def test_costs_grow_with_the_widths(rng):
    small, large = (GramOperator(random_network(rng, (n,) * 5).representation) for n in (4, 8))
    assert factor_cost(large) == pytest.approx(64 * factor_cost(small))
    assert step_cost(small) < step_cost(large) < 8 * step_cost(small)
