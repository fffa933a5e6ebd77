"""Complementary deflating subspaces: the two parts of a pencil, and when they are no fact about it."""

import numpy as np
import pytest

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.deflating_subspaces import deflated
from dlnbalance.linalg.pencils import schur_form

from ..models import assert_small, random_gauge, random_matrix


@pytest.mark.parametrize("n, count", [(1, 1), (2, 1), (7, 3), (40, 39), (40, 1)])
def test_bases_decouple_the_pencil(rng, n, count, complex_entries, descriptor):
    A = random_matrix(rng, n, n, complex_entries=complex_entries)
    E = random_gauge(rng, n, complex_entries=complex_entries) if descriptor else None
    form = schur_form(A, E)
    order = np.argsort(form.eigenvalues.real + 1e-3 * np.abs(form.eigenvalues.imag), kind="stable")
    selected = np.zeros(n, dtype=bool)
    selected[order[:count]] = True
    if not complex_entries:  # both or none of a pair
        selected |= np.isin(form.eigenvalues.round(9), form.eigenvalues[selected].conj().round(9))
    parts = deflated(form, selected)
    assert parts is not None
    assert parts.is_safe
    unit = np.eye(n) if E is None else E
    for one in (parts.first, parts.second):
        k = one.S.shape[0]
        assert_small(np.linalg.norm(adjoint(one.V) @ one.V - np.eye(k)), 1, 100)
        for other in (parts.first, parts.second):
            same = one is other
            S = one.S if same else 0
            T = (np.eye(k) if one.T is None else one.T) if same else 0
            assert_small(np.linalg.norm(adjoint(one.L) @ A @ other.V - S), parts.condition * np.linalg.norm(A), 100)
            assert_small(np.linalg.norm(adjoint(one.L) @ unit @ other.V - T), parts.condition * n, 100)


def test_condition_is_the_norm_of_the_spectral_projectors(rng):
    A = random_matrix(rng, 6, 6)
    form = schur_form(A)
    selected = form.eigenvalues.real > 0
    parts = deflated(form, selected)
    projector = parts.first.V @ adjoint(parts.first.L)
    assert parts.condition == pytest.approx(np.linalg.norm(projector, 2), rel=1e-12)
    assert_small(np.linalg.norm(projector @ projector - projector), parts.condition**2, 30)


def test_separation_is_that_of_the_sylvester_operator(rng):
    A = np.diag([1.0, -2.0, -5.0]) + np.triu(random_matrix(rng, 3, 3), 1)
    form = schur_form(A)
    parts = deflated(form, form.eigenvalues.real > 0)
    S, R = parts.first.S, parts.second.S
    sylvester = np.kron(np.eye(2), S) - np.kron(R.T, np.eye(1))
    least = np.linalg.svd(sylvester)[1].min()
    assert least / 3 <= parts.separation <= 3 * least  # LAPACK estimates it in the 1-norm


@pytest.mark.parametrize("size", [2, 3, 5])
def test_a_cut_through_a_jordan_block_is_not_safe(rng, size):
    jordan = np.eye(size, k=1)
    T = random_gauge(rng, size)
    form = schur_form(np.linalg.solve(T, jordan @ T))
    ordered = np.sort(form.eigenvalues.real)
    selected = form.eigenvalues.real > (ordered[0] + ordered[-1]) / 2
    if not 0 < selected.sum() < size:
        pytest.skip("rounding left the eigenvalues together")
    parts = deflated(form, selected)
    assert parts is None or not parts.is_safe


def test_equal_eigenvalues_of_one_block_are_not_safe(rng):
    """Four equal ones but for rounding: a normal matrix, whose projectors are all harmless."""
    Q = np.linalg.qr(random_matrix(rng, 4, 4))[0]
    form = schur_form(Q @ np.diag([-1.0, -1.0, -1.0, -3.0]) @ Q.T + 1e-17)
    near = np.flatnonzero(np.abs(form.eigenvalues + 1) < 0.1)
    selected = np.zeros(4, dtype=bool)
    selected[near[0]] = True
    parts = deflated(form, selected)
    assert parts is None or not parts.is_safe


def test_eigenvalues_of_separate_blocks_are_data():
    """Rounding cannot move the entries of a diagonal matrix, however near they are to each other."""
    form = schur_form(np.diag([-1e-9, 1e-9, -1e6]), None, np.arange(3), np.ones(3, dtype=int))
    parts = deflated(form, form.eigenvalues.real > 0)
    assert parts is not None
    assert parts.is_safe
    assert parts.first.S.item() == pytest.approx(1e-9, rel=1e-15)


def test_nothing_and_everything_can_be_selected(rng):
    form = schur_form(random_matrix(rng, 3, 3))
    for flag in (False, True):
        parts = deflated(form, np.full(3, flag))
        assert parts.first.S.shape[0] == 3 * flag
        assert parts.second.S.shape[0] == 3 * (not flag)
        assert parts.is_safe
    empty = deflated(schur_form(np.zeros((0, 0))), np.zeros(0, dtype=bool))
    assert empty.first.S.shape == empty.second.S.shape == (0, 0)


def test_infinite_eigenvalues_are_a_part_like_any_other(rng):
    n = 6
    E = random_gauge(rng, n) @ np.diag([1.0, 2.0, 3.0, 4.0, 0.0, 0.0])
    A = random_matrix(rng, n, n)
    form = schur_form(A, E)
    finite = np.abs(np.diag(form.T)) > 1e-12
    parts = deflated(form, finite)
    assert parts.is_safe
    assert finite.sum() == 4
    assert_small(np.linalg.norm(adjoint(parts.second.L) @ E @ parts.second.V), parts.condition * 4, 100)
