"""Modes that an input does not reach, found cluster by cluster where a long staircase finds none."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.hidden_modes import Modes, mode_staircase
from dlnbalance.linalg.staircase import pencil_sizes, staircase

from ..models import random_gauge, random_matrix

RTOL = 1e-11


def doubled(rng, n, *, inputs, descriptor, complex_entries):
    """Two equal systems side by side, mixed: the input reaches n of 2 n states."""
    options = {"complex_entries": complex_entries}
    A, B = random_matrix(rng, n, n, **options) / np.sqrt(n), random_matrix(rng, n, inputs, **options)
    A, B = la.block_diag(A, A), np.vstack([B, B])
    T = random_gauge(rng, 2 * n, **options)
    if descriptor:
        S = random_gauge(rng, 2 * n, **options)
        return S @ A @ T, S @ T, S @ B
    return la.solve(T, A @ T), None, la.solve(T, B)


@pytest.mark.parametrize("descriptor", [False, True])
@pytest.mark.parametrize("inputs", [1, 2])
def test_two_equal_systems(rng, inputs, descriptor, complex_entries):
    n = 40
    A, E, B = doubled(rng, n, inputs=inputs, descriptor=descriptor, complex_entries=complex_entries)
    form = mode_staircase(Modes(A, E), B, RTOL, pencil_sizes(A, E, B))
    assert form is not None
    assert form.order == n
    Q, Z = form.left, form.right
    below = [(adjoint(Q) @ M)[n:] for M in (B, A @ Z[:, :n], *([] if E is None else [E @ Z[:, :n]]))]
    assert max(la.norm(M) for M in below) <= 1e-9 * la.norm(A)
    assert np.iscomplexobj(Q) == complex_entries


def test_a_long_staircase_misses_them(rng):
    A, E, B = doubled(rng, 60, inputs=1, descriptor=False, complex_entries=False)
    assert staircase(A, E, B, RTOL).order == 120  # rounding of the first steps has grown to the size of the rest
    form = mode_staircase(Modes(A, E), B, RTOL, pencil_sizes(A, E, B))
    assert form is not None
    assert form.order == 60


def test_the_adjoint_looks_at_outputs(rng):
    A = np.diag([-1.0, -2.0, -3.0])
    C = np.array([[1.0, 0.0, 1.0]])
    form = mode_staircase(Modes(A, None).adjoint, adjoint(C), RTOL, (1.0, 1.0))
    assert form is not None
    assert form.order == 2
    assert np.abs(form.left[:, 2:]).round(12).ravel().tolist() == [0, 1, 0]


def test_conjugate_poles_go_together(rng):
    A = la.block_diag([[-1.0, 2.0], [-2.0, -1.0]], [[-3.0]])
    T = random_gauge(rng, 3)
    A, B = la.solve(T, A @ T), la.solve(T, [[0.0], [0.0], [1.0]])
    form = mode_staircase(Modes(A, None), B, RTOL, pencil_sizes(A, None, B))
    assert form is not None
    assert form.order == 1
    assert not np.iscomplexobj(form.left)


def test_what_is_reached_has_no_hidden_modes(rng):
    A, B = random_matrix(rng, 6, 6), random_matrix(rng, 6, 1)
    assert mode_staircase(Modes(A, None), B, RTOL, pencil_sizes(A, None, B)) is None
    jordan = np.eye(3) + np.eye(3, k=1)
    assert mode_staircase(Modes(jordan, None), np.array([[0.0], [0], [1]]), RTOL, (1.0, 1.0)) is None


def test_coupling_bounds_the_distance_to_a_hidden_mode(rng):
    """B − y y*B makes the pole of y uncontrollable: the Hautus matrix loses rank there."""
    A, B = random_matrix(rng, 5, 5), random_matrix(rng, 5, 2)
    modes = Modes(A, None)
    k = int(np.argmin(modes.coupling(B)))
    y = modes.left[:, k : k + 1]
    changed = B - y @ (adjoint(y) @ B)
    assert la.norm(changed - B) == pytest.approx(modes.coupling(B)[k])
    hautus = np.hstack([A - modes.values[k] * np.eye(5), changed])
    assert la.svdvals(hautus).min() <= 1e-13 * la.norm(hautus)
