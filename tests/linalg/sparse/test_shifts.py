"""Shifts: what is left after a step, and which step is next."""

import numpy as np
import pytest

from dlnbalance.linalg.sparse.shifts import History, next_shift, ritz_values

from ...models import random_matrix


def test_damping_is_that_of_the_rational_function():
    """Three steps with −2 and one with −1 ± 3i."""
    history = History([-2.0 + 0j, -1.0 + 3j], [3, 1], paired=True)
    points = np.array([-5.0, -0.1 + 2j, -1.0 - 3.5j])
    ratios = ((points + 2) / (points - 2)) ** 3
    for shift in (-1 + 3j, -1 - 3j):
        ratios = ratios * (points - np.conj(shift)) / (points + shift)
    np.testing.assert_allclose(history.damping(points), np.log(np.abs(ratios)), rtol=1e-12)


def test_an_eigenvector_is_removed_by_its_own_shift():
    assert History([-3.0 + 0j], [1], paired=True).damping(np.array([-3.0])) == -np.inf


def test_ritz_values_on_an_invariant_subspace_are_eigenvalues(rng):
    A = np.diag([-1.0, -2.0, -30.0, -400.0])
    T = random_matrix(rng, 4, 4)
    A, E = T @ A, T
    found = ritz_values(A, E, np.eye(4)[:, :2], T @ np.array([[1.0], [1e-3], [0.0], [0.0]]))
    order = np.argsort(found.values.real)
    np.testing.assert_allclose(found.values[order], [-2, -1], rtol=1e-12)
    np.testing.assert_allclose(np.exp(found.weights[order]), [1e-3, 1], rtol=1e-9)
    assert found.unstable is None


def test_columns_that_depend_on_others_add_no_directions():
    """Rounding would bring in the third eigenvector, which the columns do not have."""
    A, basis = np.diag([-1.0, -2.0, 5.0]), np.array([[1.0, 1.0, 2.0, 1.0], [1.0, -1.0, 0.0, 3.0], [0, 0, 1e-17, 0]])
    found = ritz_values(A, np.eye(3), basis, basis[:, :1])
    np.testing.assert_allclose(np.sort(found.values.real), [-2, -1], rtol=1e-12)
    assert found.unstable is None


def test_an_eigenvalue_in_the_right_half_plane_is_a_proof_and_a_ritz_value_is_not(rng):
    A = np.diag([0.5, -1.0, -2.0])
    proof = ritz_values(A, np.eye(3), np.eye(3)[:, :2], np.eye(3)[:, :1])
    assert proof.unstable == pytest.approx(0.5)
    skew = np.array([[-1.0, 8.0], [0.0, -1.0]])  # stable, with a numerical range that reaches far to the right
    hint = ritz_values(skew, np.eye(2), np.ones((2, 1)), np.ones((2, 1)))
    assert hint.values.real.max() > 0
    assert hint.unstable is None


def test_the_next_shift_lies_in_the_left_half_plane_and_is_real_where_that_will_do():
    nothing = History([], [], paired=True)
    assert next_shift(np.array([3.0 + 0j]), np.zeros(1), nothing) == -3
    assert next_shift(np.array([-1 + 0.2j]), np.zeros(1), nothing) == pytest.approx(-abs(-1 + 0.2j))
    assert next_shift(np.array([-1 + 9j]), np.zeros(1), nothing) == -1 - 9j
    assert next_shift(np.array([2j]), np.zeros(1), nothing).real < 0


def test_the_next_shift_is_for_what_weighs_most_and_is_least_damped():
    candidates, history = np.array([-1.0 + 0j, -100.0 + 0j]), History([-1.0 + 0j], [1], paired=True)
    assert next_shift(candidates, np.array([5.0, 0.0]), history) == -100
    assert next_shift(candidates, np.array([5.0, 0.0]), History([], [], paired=True)) == -1
