"""Staircase forms: what they are, how many states they find, and pencils that are singular."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.errors import NumericalError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.staircase import regular_pencil, staircase

from ..models import assert_small, random_gauge, random_matrix, random_unitary

N, REACHED = 11, 7


def hidden(rng, *, descriptor, inputs, complex_entries=False, rank_E=N):
    """(A, E, B) of which the input reaches `REACHED` states, in unitary coordinates of equations and states."""
    options = {"complex_entries": complex_entries}
    A, B = random_matrix(rng, N, N, **options), random_matrix(rng, N, inputs, **options)
    E = np.eye(N)
    if descriptor:
        E = np.triu(random_matrix(rng, N, N, **options)) + 3 * np.diag(np.arange(N) < rank_E)
        E[rank_E:] = 0
    A[REACHED:, :REACHED], E[REACHED:, :REACHED], B[REACHED:] = 0, 0, 0
    Q = random_unitary(rng, N, **options)
    Z = random_unitary(rng, N, **options) if descriptor else Q
    return Q @ A @ adjoint(Z), Q @ E @ adjoint(Z) if descriptor else None, Q @ B


@pytest.mark.parametrize("inputs", [1, 2, 5])
@pytest.mark.parametrize("descriptor", [False, True])
def test_the_form_is_what_it_says(rng, inputs, descriptor, complex_entries):
    A, E, B = hidden(rng, descriptor=descriptor, inputs=inputs, complex_entries=complex_entries)
    form = staircase(A, E, B, 1e-11)
    r = form.order
    assert r == REACHED
    assert form.sizes[0] == inputs
    assert all(a >= b for a, b in zip(form.sizes, form.sizes[1:], strict=False))
    Q, Z = form.left, form.right
    for unitary in (Q, Z):
        assert_small(la.norm(adjoint(unitary) @ unitary - np.eye(N)), 1, 60)
    below = [(adjoint(Q) @ B)[r:], (adjoint(Q) @ A @ Z)[r:, :r]]
    below += [] if E is None else [(adjoint(Q) @ E @ Z)[r:, :r]]
    assert_small(max(map(la.norm, below)), la.norm(A) + la.norm(B), 1e3)
    assert form.dropped <= 1e-11 < form.kept
    assert (Q is Z) == (E is None)
    assert np.iscomplexobj(Q) == complex_entries


def test_blocks_of_a_staircase_have_full_rank_and_zeros_below(rng):
    """TG01HD: blocks below the first subdiagonal of blocks are zero, and those on it have full row rank."""
    A, E, B = hidden(rng, descriptor=True, inputs=2)
    form = staircase(A, E, B, 1e-11)
    S = adjoint(form.left) @ A @ form.right
    ends = np.cumsum(form.sizes)
    for first, end, following in zip(ends[:-1] - form.sizes[:-1], ends[:-1], ends[1:], strict=True):
        assert la.norm(S[following:REACHED, first:end]) <= 1e-12 * la.norm(A)
        assert la.svdvals(S[end:following, first:end]).min() > 1e-6


@pytest.mark.parametrize("inputs", [1, 3])
def test_a_singular_E_splits_off_all_that_is_finite_and_not_reached(rng, inputs):
    A, E, B = hidden(rng, descriptor=True, inputs=inputs, rank_E=N - 1)
    form = staircase(A, E, B, 1e-11)
    assert form.order in (REACHED, REACHED + 1)  # with or without the infinite eigenvalue, which is not reached either
    r = form.order
    S, T = (adjoint(form.left) @ M @ form.right for M in (A, E))
    alpha, beta = la.eigvals(S[:r, :r], T[:r, :r], homogeneous_eigvals=True)
    finite = np.abs(beta) > 1e-10 * np.abs(alpha)
    assert np.count_nonzero(finite) == REACHED
    for pole in alpha[finite] / beta[finite]:
        hautus = np.hstack([S[:r, :r] - pole * T[:r, :r], (adjoint(form.left) @ B)[:r]])
        assert la.svdvals(hautus).min() > 1e-6
    turned = regular_pencil(A, E)
    assert staircase(*turned, B, 1e-8).order == REACHED  # rounding grows from step to step


def test_a_turned_pencil_has_no_infinite_eigenvalue_and_keeps_its_subspaces(rng):
    T = random_gauge(rng, 5)
    A, E = T @ np.diag([1.0, 2, 3, 1, 1]), T @ np.diag([1.0, 1, 1, 0, 0])
    turned_A, turned_E = regular_pencil(A, E)
    assert np.linalg.cond(turned_E) < 100
    assert la.norm(turned_A) ** 2 + la.norm(turned_E) ** 2 == pytest.approx(la.norm(A) ** 2 + la.norm(E) ** 2)
    assert staircase(turned_A, turned_E, A[:, 3:] + A[:, :1] @ np.ones((1, 2)), 1e-12).order == 3


@pytest.mark.parametrize("n", [0, 1, 4])
def test_inputs_that_are_zero_reach_nothing(n):
    for E in (None, np.eye(n)):
        form = staircase(np.eye(n), E, np.zeros((n, 2)), 1e-12)
        assert (form.order, form.kept, form.dropped) == (0, np.inf, 0.0)


def test_sizes_of_the_whole_decide_about_parts(rng):
    B = 1e-14 * random_matrix(rng, 3, 1)
    assert staircase(np.eye(3), None, B, 1e-12).order == 1
    assert staircase(np.eye(3), None, B, 1e-12, (1.0, 1.0)).order == 0


def test_a_singular_pencil_is_refused(rng):
    A, E = random_matrix(rng, 4, 4), random_matrix(rng, 4, 4)
    A[:, 0] = E[:, 0] = 0
    Q, Z = random_unitary(rng, 4), random_unitary(rng, 4)
    with pytest.raises(NumericalError, match="singular"):
        regular_pencil(Q @ A @ Z, Q @ E @ Z)
