"""Feedback of least energy of inputs and outputs, against SLICOT, closed forms and its own equation."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg import riccati
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.doubling import DualSolutions
from dlnbalance.linalg.riccati import energy_feedback, energy_feedbacks

from ..models import assert_small, random_matrix


def problem(rng, n, m, p, *, complex_entries=False):
    shapes = [(n, n), (n, m), (p, n), (p, m)]
    A, B, C, D = (random_matrix(rng, *shape, complex_entries=complex_entries) for shape in shapes)
    return A / np.sqrt(n), B, C, D


@pytest.mark.parametrize(("n", "m", "p"), [(1, 1, 1), (5, 2, 3), (7, 4, 1)])
def test_the_feedback_is_that_of_slicot(rng, n, m, p, discrete):
    slycot = pytest.importorskip("slycot")
    A, B, C, D = problem(rng, n, m, p)
    A = 1.3 * A
    R, L, Q = np.eye(m) + D.T @ D, C.T @ D, C.T @ C
    X = slycot.sb02od(n, m, A, B, Q, R, "D" if discrete else "C", L=L)[0]
    expected = -la.solve(R + B.T @ X @ B, L.T + B.T @ X @ A) if discrete else -la.solve(R, L.T + B.T @ X)
    gain = energy_feedback(A, B, C, D, discrete=discrete).gain
    assert_small(la.norm(gain - expected), la.norm(expected), 1000)


def test_the_closed_loop_is_stable_and_inner(rng, complex_entries, discrete):
    A, B, C, D = problem(rng, 8, 2, 3, complex_entries=complex_entries)
    feedback = energy_feedback(A, B, C, D, discrete=discrete)
    poles = la.eigvals(A + B @ feedback.gain)
    assert (np.abs(poles) < 1).all() if discrete else (poles.real < 0).all()
    outputs = np.vstack([feedback.gain, C + D @ feedback.gain])
    through = np.vstack([np.eye(2), D]) @ feedback.root
    for omega in (0.0, 0.7, -3.0, 40.0):
        z = np.exp(1j * omega) if discrete else 1j * omega
        G = through + outputs @ la.solve(z * np.eye(8) - A - B @ feedback.gain, B @ feedback.root)
        assert_small(la.norm(adjoint(G) @ G - np.eye(2)), 1.0, 2000)


def test_a_saturating_direct_term_costs_no_digits(rng, discrete):
    """With D = 1e9 the matrix I + D*D has lost the identity; the feedback is −C/D nearly, as for the inverse system."""
    A, B, C, _ = problem(rng, 4, 1, 1)
    A = A - 2 * np.eye(4) if not discrete else A / 4
    D = np.array([[1e9]])
    zeros = la.eigvals(A - B @ C / D)
    assert (np.abs(zeros) < 1).all() if discrete else (zeros.real < 0).all()
    gain = energy_feedback(A, B, C, D, discrete=discrete).gain
    assert_small(la.norm(gain * D + C), la.norm(C), 100)


@pytest.mark.parametrize("pole", [-2.0, 0.0, 1.0, 1e6])
def test_one_state_in_closed_form(pole):
    """2aX − X² + 1 = 0."""
    one = np.ones((1, 1))
    feedback = energy_feedback(pole * one, one, one, 0 * one, discrete=False)
    expected = -(pole + np.hypot(pole, 1)) if pole >= 0 else -1 / (np.hypot(pole, 1) - pole)
    assert_small(abs(feedback.gain.item() - expected), abs(expected), 8)


@pytest.mark.parametrize("pole", [0.5, 1.0, 2.0])
def test_one_state_in_discrete_time_in_closed_form(pole):
    """X = a²X/(1 + X) + 1, hence X² − a²X − 1 = 0, and F = −aX/(1 + X)."""
    one = np.ones((1, 1))
    feedback = energy_feedback(pole * one, one, one, 0 * one, discrete=True)
    X = (pole**2 + np.hypot(pole**2, 2)) / 2
    assert_small(abs(feedback.gain.item() + pole * X / (1 + X)), 1.0, 8)
    assert_small(abs(feedback.root.item() - (1 + X) ** -0.5), 1.0, 8)


def test_newton_ends_where_the_square_of_its_step_is_below_rounding(rng, discrete):
    A, B, C, D = problem(rng, 10, 2, 2)
    assert energy_feedback(A, B, C, D, discrete=discrete).correction <= 1e-8


def test_a_mode_on_the_boundary_that_nothing_moves_is_refused(discrete):
    A = np.diag([1.0, 0.5]) if discrete else np.diag([0.0, -0.5])
    with pytest.raises(np.linalg.LinAlgError):
        energy_feedback(A, np.array([[0.0], [1.0]]), np.array([[0.0, 1.0]]), np.zeros((1, 1)), discrete=discrete)


def test_no_states(discrete):
    D = np.array([[3.0, 0.0], [0.0, 0.0]])
    feedback = energy_feedback(np.zeros((0, 0)), np.zeros((0, 2)), np.zeros((2, 0)), D, discrete=discrete)
    assert feedback.gain.shape == (2, 0)
    assert_small(la.norm(feedback.root - np.diag([10**-0.5, 1.0])), 1.0, 4)


def test_the_subspace_is_the_way_where_doubling_fails(rng, discrete, monkeypatch):
    A, B, C, D = problem(rng, 6, 2, 3)
    expected = energy_feedback(A, B, C, D, discrete=discrete)
    monkeypatch.setattr(riccati, "doubled", lambda *_, **__: None)
    found = energy_feedback(A, B, C, D, discrete=discrete)
    assert_small(la.norm(found.gain - expected.gain), la.norm(expected.gain), 1e4)
    wrong = DualSolutions(np.zeros((6, 6)), np.zeros((6, 6)))  # stabilizes nothing
    monkeypatch.setattr(riccati, "doubled", lambda *_, **__: wrong)
    found = energy_feedback(A + 3 * np.eye(6), B, C, D, discrete=discrete)
    assert found.residual <= 1e-12


def test_both_feedbacks_are_those_of_the_system_and_its_adjoint(rng, complex_entries, discrete):
    A, B, C, D = problem(rng, 6, 2, 3, complex_entries=complex_entries)
    one, two = energy_feedbacks(A, B, C, D, discrete=discrete)
    dual = energy_feedback(adjoint(A), adjoint(C), adjoint(B), adjoint(D), discrete=discrete)
    assert_small(la.norm(one.gain - energy_feedback(A, B, C, D, discrete=discrete).gain), la.norm(one.gain), 1e4)
    assert_small(la.norm(two.gain - dual.gain), la.norm(dual.gain), 1e4)


def test_the_half_is_a_factor_of_the_solution(rng, complex_entries):
    A, B, C, D = problem(rng, 7, 2, 2, complex_entries=complex_entries)
    feedback = energy_feedback(A, B, C, D, discrete=False)
    X = adjoint(feedback.half) @ feedback.half
    R, cross = np.eye(2) + adjoint(D) @ D, adjoint(B) @ X + adjoint(D) @ C
    left = adjoint(A) @ X + X @ A + adjoint(C) @ C - adjoint(cross) @ la.solve(R, cross)
    assert_small(la.norm(left), la.norm(A) * la.norm(X) + la.norm(cross) ** 2, 400)
    assert feedback.residual <= 1e-13


def test_newton_starts_from_the_doublings_of_either_problem(rng, discrete, monkeypatch):
    monkeypatch.setattr(riccati._Problem, "subspace_solution", None)  # never asked for
    energy_feedbacks(*problem(rng, 8, 2, 3), discrete=discrete)
