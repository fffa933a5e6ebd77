"""Modal forms against solves in extended precision, and where there is none."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.linalg.modal_forms import modal_form, side_by_side
from dlnbalance.linalg.pencils import schur_form

from ..models import random_matrix


def matrices(rng, n, m, p, *, complex_entries=False):
    return (
        random_matrix(rng, n, n, complex_entries=complex_entries),
        random_matrix(rng, n, m, complex_entries=complex_entries),
        random_matrix(rng, p, n, complex_entries=complex_entries),
    )


def form_of(A, B, C, sizes=None):
    schur = schur_form(A, sizes=sizes)
    return modal_form(schur, adjoint(schur.Q) @ B, C @ schur.Z)


def exact(A, B, C, z):
    """One response with eleven more bits, by Gaussian elimination with partial pivoting."""
    K, X = (z * np.eye(len(A)) - A).astype(np.clongdouble), B.astype(np.clongdouble)
    for k in range(len(A)):
        p = k + np.argmax(np.abs(K[k:, k]))
        K[[k, p]], X[[k, p]] = K[[p, k]], X[[p, k]]
        factors = K[k + 1 :, k, None] / K[k, k]
        K[k + 1 :] -= factors * K[k]
        X[k + 1 :] -= factors * X[k]
    for k in reversed(range(len(A))):
        X[k] = (X[k] - K[k, k + 1 :] @ X[k + 1 :]) / K[k, k]
    return (C @ X).astype(complex)


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize(("n", "m", "p"), [(1, 1, 1), (1, 3, 2), (2, 3, 1), (17, 2, 2), (40, 1, 3)])
def test_the_sum_over_the_poles_is_the_response(rng, complex_entries, n, m, p):
    A, B, C = matrices(rng, n, m, p, complex_entries=complex_entries)
    form = form_of(A, B, C)
    points = np.array([0.5j, 3 - 1j, 40.0])
    for few in (points, np.repeat(points, 20)):  # with fewer and with more points than poles
        response = form.response(few)
        assert response.shape == (few.size, p, m)
        for value, z in zip(response, few, strict=True):
            R = la.inv(z * np.eye(n) - A)
            # Of a perturbation of A by n roundings in coordinates whose condition is about n.
            allowed = 10 * n**2 * EPS * (la.norm(C @ R) * la.norm(A) * la.norm(R @ B) + la.norm(C) * la.norm(R @ B))
            assert la.norm(value - exact(A, B, C, z)) <= allowed


def test_repeated_poles_with_eigenvectors_of_their_own():
    form = form_of(np.diag([-1.0, -1.0, -1.0]), np.ones((3, 1)), np.ones((1, 3)))
    assert form.response(np.array([1.0])).item() == pytest.approx(1.5, rel=4 * EPS)


def test_independent_blocks_stay_apart(rng):
    fast, slow = 1e12 * random_matrix(rng, 2, 2), random_matrix(rng, 3, 3)
    B, C = np.vstack([np.zeros((2, 1)), np.ones((3, 1))]), np.ones((1, 5))
    form = form_of(la.block_diag(fast, slow), B, C, sizes=np.array([2, 3]))
    expected = np.ones(3) @ la.solve(2j * np.eye(3) - slow, np.ones(3))
    assert abs(form.response(np.array([2j])).item() - expected) <= 1e3 * EPS * abs(expected)


def test_dependent_eigenvectors_leave_the_range_of_numbers():
    assert form_of(-np.eye(30) + np.eye(30, k=1), np.ones((30, 1)), np.ones((1, 30))) is None


def test_residues_are_bounded_by_their_sizes(rng):
    form = form_of(*matrices(rng, 9, 2, 3))
    norms = la.norm(form.residues.reshape(9, 3, 2), axis=(1, 2))
    np.testing.assert_allclose(form.sizes, norms, rtol=1e-13)
    for discrete in (False, True):
        margins = abs(1 - abs(form.poles)) if discrete else abs(form.poles.real)
        np.testing.assert_allclose(form.sharpness(discrete=discrete), norms / margins, rtol=1e-13)


def test_a_difference_in_a_common_unit(rng):
    (A, B, C), (F, G, H) = (matrices(rng, n, 2, 2) for n in (4, 3))
    both = side_by_side(form_of(A, B, C), form_of(F, G, H), (0.5, 4.0))
    z = 0.3 + 1j
    expected = C @ la.solve(2 * z * np.eye(4) - A, B) - H @ la.solve(z / 4 * np.eye(3) - F, G)
    assert la.norm(both.response(np.array([z]))[0] - expected) <= 1e3 * EPS * la.norm(expected)


@pytest.mark.parametrize("complex_entries", [False, True])
def test_a_pencil(rng, complex_entries):
    A, B, C = matrices(rng, 20, 2, 3, complex_entries=complex_entries)
    E = random_matrix(rng, 20, 20, complex_entries=complex_entries) + 10 * np.eye(20)
    schur = schur_form(A, E)
    form = modal_form(schur, adjoint(schur.Q) @ B, C @ schur.Z)
    for z in (0.2j, 1.0 + 3j):
        expected = C @ la.solve(z * E - A, B)
        assert la.norm(form.response(np.array([z]))[0] - expected) <= 1e4 * EPS * la.norm(expected)


def test_a_singular_pencil_has_none():
    schur = schur_form(-np.eye(3), np.diag([1.0, 2.0, 0.0]))
    assert modal_form(schur, np.ones((3, 1)), np.ones((1, 3))) is None
