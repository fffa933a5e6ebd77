"""The Hessian of the energy along gauge orbits."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.quiver.hessian import Hessian
from dlnbalance.quiver.representation import Arrow, Representation

from ..models import QUIVERS, assert_small, inner, norm, random_hermitian, random_representation


@pytest.fixture(params=QUIVERS)
def model(request, rng, complex_entries):
    return random_representation(rng, request.param, complex_entries=complex_entries)


def hermitian(rng, model, complex_entries):
    return [random_hermitian(rng, n, complex_entries=complex_entries) for n in model.dimensions]


def derivative_of_the_moment(model, a):
    return [h + adjoint(h) for h in model.gram_operator(a)]


def test_solution_moves_the_moment_as_asked(model, rng, complex_entries):
    right = derivative_of_the_moment(model, hermitian(rng, model, complex_entries))
    solution = Hessian(model).solve(right, rtol=1e-12)
    image = derivative_of_the_moment(model, solution.value)
    assert solution.converged
    assert norm([x - y for x, y in zip(image, right, strict=True)]) <= 1e-11 * norm(right)
    for value in solution.value:
        assert_small(la.norm(value - adjoint(value)), la.norm(value), 10)


def test_preconditioner_is_symmetric_and_positive(model, rng, complex_entries):
    operator = Hessian(model)
    a, b = (hermitian(rng, model, complex_entries) for _ in range(2))
    left, right = inner(operator._precondition(a), b), inner(a, operator._precondition(b))
    assert left == pytest.approx(right, rel=1e-9, abs=1e-12)
    assert inner(operator._precondition(a), a) > 0


def test_smallest_curvature_is_that_of_the_whole_matrix(model, rng, complex_entries):
    """Against the quadratic form 2‖w_a‖² on a basis of Hermitian directions built here, entry by entry."""
    basis = []
    for v, n in enumerate(model.dimensions):
        for i in range(n):
            for j in range(i + 1):
                for unit in (1.0, 1j)[: 2 if complex_entries and i != j else 1]:
                    element = [np.zeros((k, k), complex if complex_entries else float) for k in model.dimensions]
                    element[v][i, j] += unit
                    element[v][j, i] += np.conj(unit) if i != j else 0
                    basis.append([x / norm(element) for x in element])
    tangents = [model.infinitesimal_action(a) for a in basis]
    form = np.array([[2 * inner(x, y) for x in tangents] for y in tangents])
    expected = la.eigvalsh(form)
    smallest = Hessian(model).smallest()
    assert smallest.proved
    assert smallest.value == pytest.approx(expected[0], abs=1e-12 * expected[-1])
    estimate = Hessian(model)._estimated()
    assert estimate.value <= expected[0] * (1 + 1e-9) + 1e-12 * expected[-1]
    assert estimate.value >= 0.9 * expected[0] - 1e-12 * expected[-1]


@pytest.mark.parametrize("normal", [True, False])
def test_preconditioner_of_a_normal_loop_is_exact(rng, normal):
    """With a normal loop and scalar framing the Hessian is diagonal in the Schur basis: one step solves."""
    blocks = [np.array([[-0.1, w], [-w, -0.1]]) for w in (1.0, 1.1, 7.0)] + [np.array([[-2.0]])]
    A = la.block_diag(*blocks)
    Q = la.qr(rng.standard_normal((7, 7)))[0]
    A = Q @ (A if normal else A + np.triu(rng.standard_normal((7, 7)), 1)) @ Q.T
    frame = 1e-3 * np.eye(7)
    model = Representation([Arrow("x", "x", A), Arrow("in", "x", frame), Arrow("x", "out", frame)], ["x"])
    right = derivative_of_the_moment(model, [random_hermitian(rng, 7)])
    iterations = Hessian(model).solve(right, rtol=1e-8).iterations
    assert iterations == 1 if normal else iterations > 1


def test_no_gauged_vertex():
    assert Hessian(Representation([Arrow("in", "out", [[1.0]])], [])).smallest().value == np.inf
