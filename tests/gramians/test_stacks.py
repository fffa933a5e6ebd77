"""Stacked Gramian factors: those of the Schur form where they are decided, and undecided where they are not."""

import pickle

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.gramians.stacks import gramian_stack
from dlnbalance.linalg.arrays import EPS

from ..models import random_system


def stacked(systems):
    A, B, C = (np.array([getattr(system, name) for system in systems]) for name in "ABC")
    return gramian_stack(A, B, C, discrete=systems[0].is_discrete)


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize(("n", "m", "p"), [(1, 1, 1), (2, 1, 3), (10, 2, 1), (20, 3, 3)])
def test_the_same_values_as_from_the_schur_form(rng, n, m, p, complex_entries, discrete):
    systems = [random_system(rng, n, m, p, complex_entries=complex_entries, discrete=discrete) for _ in range(30)]
    stack = stacked(systems)
    assert stack.decided.mean() > 0.5
    assert np.iscomplexobj(stack.first) == complex_entries
    for i in np.flatnonzero(stack.decided):
        expected = dln.Lyapunov()(systems[i])
        scale = expected.singular_values[0]
        assert np.abs(stack.values[i] - expected.singular_values).max() <= 1e-12 * scale
        assert 0.01 < stack.floors[i] / expected.accuracy_floor < 100


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("complex_entries", [False, True])
def test_the_factors_solve_the_equations_in_units_that_differ(rng, complex_entries, discrete):
    systems = [random_system(rng, 6, 2, 2, complex_entries=complex_entries, discrete=discrete) for _ in range(20)]
    units = 10.0 ** np.array([-4, 0, 3, 1, -2, 5])
    systems = [s.with_matrices(s.A * units / units[:, None], s.B / units[:, None], s.C * units) for s in systems]
    stack = stacked(systems)
    assert stack.decided.mean() > 0.5
    for i in np.flatnonzero(stack.decided):
        A, B, C = (getattr(systems[i], name) for name in "ABC")
        P = stack.first[i] @ stack.first[i].conj().T
        Q = stack.second[i].conj().T @ stack.second[i]
        for M, X, R, d in ((A, P, B, 1 / units), (A.conj().T, Q, C.conj().T, units)):
            residual = (M @ X @ M.conj().T - X if discrete else M @ X + X @ M.conj().T) + R @ R.conj().T
            size = np.abs(M) @ np.abs(X) @ (np.abs(M.T) if discrete else np.eye(6)) + np.abs(X) + np.abs(R @ R.conj().T)
            scaled = residual / d[:, None] / d, size / d[:, None] / d
            assert np.linalg.norm(scaled[0]) <= 1e4 * EPS * np.linalg.norm(scaled[1])


def test_a_closed_form_and_its_copies():
    A, B = np.tile([[[-1.0]], [[-4.0]]], (3, 1, 1)), np.tile([[[2.0]], [[1.0]]], (3, 1, 1))
    stack = gramian_stack(A, B, B, discrete=False)
    assert stack.decided.all()
    assert np.abs(stack.values[:, 0] - np.tile([2.0, 0.125], 3)).max() <= 4 * EPS


def test_what_modes_do_not_decide():
    jordan = -np.eye(4) + np.diag(np.ones(3), 1)
    nearly = -np.diag([1.0, 1.0 + 1e-9, 2.0, 3.0]) + np.diag(np.ones(3), 1)
    unstable, integrator = np.diag([-1.0, -2.0, -3.0, 1.0]), np.diag([-1.0, -2.0, -3.0, 0.0])
    barely = np.diag([-1.0, -2.0, -3.0, -1e-16])
    fine = np.diag([-1.0, -2.0, -3.0, -4.0])
    A = np.array([jordan, fine, nearly, unstable, integrator, barely, fine * 1e-200, fine])
    B = np.ones((len(A), 4, 1))
    B[-1] = 0.0
    stack = gramian_stack(A, B, B.swapaxes(1, 2), discrete=False)
    assert stack.decided.tolist() == [False, True, False, False, False, False, False, True]
    assert not stack.values[-1].any()


def test_a_pole_on_the_unit_circle_and_a_deadbeat_system():
    A = np.array([np.diag([0.5, 1.0]), np.diag([0.0, 0.5]), [[0.0, 1.0], [0.0, 0.0]]])
    B = np.ones((3, 2, 1))
    assert gramian_stack(A, B, B.swapaxes(1, 2), discrete=True).decided.tolist() == [False, True, False]


def test_pairs_pickle_without_their_decomposition(rng):
    stack = stacked([random_system(rng, 5, 2, 2) for _ in range(3)])
    pair = stack.pair(1)
    back = pickle.loads(pickle.dumps(pair))
    assert "svd" not in vars(back)
    assert back.accuracy_floor == pair.accuracy_floor
    assert np.abs(back.singular_values - pair.singular_values).max() <= 10 * EPS * pair.singular_values[0]
    assert not pair.weights[0].flags.writeable
