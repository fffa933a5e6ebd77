"""Pencils, and the check that the response stays."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.decompositions.hidden_parts import Pencil, Rest
from dlnbalance.linalg.staircase import staircase
from dlnbalance.systems.coordinates import well_scaled

from ..models import random_matrix


def cascade(rates):
    """First-order lags in a row."""
    A = -np.diag(rates) + np.diag(rates[1:], -1)
    B, C = np.zeros((len(rates), 1)), np.zeros((1, len(rates)))
    B[0], C[0, -1] = rates[0], 1
    return dln.LinearSystem(A, B, C)


def coordinates(system):
    return well_scaled(system.A, None, system.B, system.C, discrete=False)


def test_eigenvalues_of_pencils_include_infinite_ones(rng):
    T = random_matrix(rng, 3, 3)
    found = Pencil(T @ np.diag([2.0, 3, 1]), T @ np.diag([1.0, 1, 0])).eigenvalues
    assert np.sort(found.real) == pytest.approx([2, 3, np.inf], rel=1e-10)
    assert Pencil(np.zeros((0, 0)), np.zeros((0, 0))).eigenvalues.size == 0


def test_a_pencil_is_solved(rng):
    A, B = random_matrix(rng, 3, 3), random_matrix(rng, 3, 1)
    assert la.norm((2j * np.eye(3) - A) @ Pencil(A, None).solve(2j, B) - B) < 1e-13 * la.norm(B) * 10
    assert np.isinf(Pencil(np.eye(2), None).solve(1.0, np.ones((2, 1)))).all()


def test_what_is_split_off_too_much_changes_the_response():
    system = coordinates(cascade([1e9, 1e-9, 1.7e-9]))
    rest = Rest(system, 1e-3, 1e-3).reduced()
    assert rest.bases is not None
    assert not rest.keeps_response(0.0)
    whole = Rest(system, 1e-15, 1e-15)
    assert whole.keeps_response(0.0)


def test_what_is_really_hidden_does_not(rng):
    lag = cascade([1.0, 2.0])
    rest = Rest(coordinates(lag + lag), 1e-13, 1e-12).reduced()
    assert rest.left.shape == (4, 2)
    assert rest.keeps_response(0.0)
    assert rest.tol == 1e-12  # what is left is known to fewer digits
    assert [len(side) for side in rest.hidden] == [1, 0]


def test_outputs_are_compared_with_those_of_the_whole():
    """C V of the reached states of G − G is rounding, and counts as zero beside C."""
    lag = cascade([1.0, 2.0, 3.0])
    difference = Rest(coordinates(lag - lag), 1e-13, 1e-12)
    difference.split(staircase(difference.A, None, difference.B, 1e-13))
    assert difference.left.shape == (6, 3)
    form = staircase(*difference.adjoint_matrices, 1e-12, difference.leaving)
    assert form.order == 0
    assert la.norm(difference.C) < 1e-14


def test_no_states():
    rest = Rest(well_scaled(np.zeros((0, 0)), None, np.zeros((0, 1)), np.zeros((1, 0)), discrete=True), 1e-9, 1e-9)
    assert rest.reduced().bases is None
    assert rest.keeps_response(1.0)
