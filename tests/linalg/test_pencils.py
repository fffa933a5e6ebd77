"""Schur forms of matrix pencils: factorization, adjoint, eigenvalues, resolvents."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.linalg.pencils import SchurForm, row_blocks, schur_form, split_row

from ..models import assert_small, random_gauge, random_matrix, random_pencil

SIZES = [0, 1, 2, 3, 10, 33, 70]


@pytest.fixture(params=SIZES)
def pencil(request, rng, complex_entries, descriptor):
    return random_pencil(rng, request.param, complex_entries=complex_entries, descriptor=descriptor)


def pair_rows(S):
    """First rows of the 2-by-2 diagonal blocks."""
    return np.flatnonzero(np.diag(S, -1))


def assert_is_schur_form(form, A, E):
    """Backward error, unitary factors and triangular shape."""
    n = A.shape[0]
    assert form.order == n
    size = max(n, 1)
    assert_small(la.norm(form.Q @ form.S @ adjoint(form.Z) - A), size * la.norm(A), 20)  # observed 3.1
    for frame in (form.Q, form.Z):
        assert_small(la.norm(adjoint(frame) @ frame - np.eye(n)), size, 15)  # observed 2.9
    assert not np.tril(form.S, -2).any()
    if np.iscomplexobj(form.S):
        assert not np.tril(form.S, -1).any()
    rows = pair_rows(form.S)
    assert np.all(np.diff(rows) > 1)  # blocks do not overlap
    if E is None:
        assert form.T is None
        assert form.Q is form.Z or np.array_equal(form.Q, form.Z)
        return
    assert_small(la.norm(form.Q @ form.T @ adjoint(form.Z) - E), size * la.norm(E), 10)  # observed 2
    assert not np.tril(form.T, -1).any()
    assert np.all(np.diag(form.T).real > 0)
    assert np.all(np.abs(np.diag(form.T).imag) <= 4 * EPS * np.abs(np.diag(form.T)))
    assert not form.T[rows, rows + 1].any()  # diagonal inside the 2-by-2 blocks


def test_backward_error_and_shape(pencil):
    A, E = pencil
    assert_is_schur_form(schur_form(A, E), A, E)


def test_real_stays_real(pencil, complex_entries):
    form = schur_form(*pencil)
    for matrix in (form.S, form.T, form.Q, form.Z):
        assert matrix is None or matrix.size == 0 or np.iscomplexobj(matrix) == complex_entries


def test_adjoint_is_the_schur_form_of_the_adjoint_pencil(pencil):
    A, E = pencil
    given = schur_form(A, E)
    assert_is_schur_form(given.adjoint, adjoint(A), None if E is None else adjoint(E))
    again = given.adjoint.adjoint  # entries change places and signs of imaginary parts, twice
    assert np.array_equal(again.S, given.S)
    assert np.array_equal(again.Q, given.Q)


def test_eigenvalues(pencil):
    A, E = pencil
    form = schur_form(A, E)
    assert form.eigenvalues.shape == A.shape[:1]
    if A.size:
        assert_same_spectrum(form.eigenvalues, la.eigvals(A, E))
        conjugate = form.adjoint.eigenvalues
        assert_same_spectrum(conjugate.conj(), la.eigvals(A, E))


def assert_same_spectrum(first, second):
    """Each eigenvalue of either list close to one of the other."""
    distances = np.abs(first[:, None] - second)
    assert_small(distances.min(axis=0).max(), second.size * np.abs(second).max(), 8)  # observed 1.6
    assert_small(distances.min(axis=1).max(), second.size * np.abs(second).max(), 8)  # observed 1.6


def test_eigenvalues_come_in_the_order_of_the_diagonal(rng, descriptor):
    """Triangular pencils: the ratios of the diagonals, where no 2-by-2 block interferes."""
    A, E = random_pencil(rng, 20, complex_entries=True, descriptor=descriptor)
    form = schur_form(A, E)
    ratios = np.diag(form.S) / (1 if form.T is None else np.diag(form.T))
    assert_small(np.abs(form.eigenvalues / ratios - 1).max(), 1, 4)


def test_eigenvalues_of_real_pencils_are_real_or_conjugate_pairs(rng, descriptor):
    A, E = random_pencil(rng, 25, descriptor=descriptor)
    form = schur_form(A, E)
    rows = pair_rows(form.S)
    assert rows.size > 0  # otherwise this test would look at nothing
    pairs = form.eigenvalues[rows], form.eigenvalues[rows + 1].conj()
    assert_small(np.abs(pairs[0] - pairs[1]).max(), np.abs(pairs[0]).max(), 4)
    assert np.all(form.eigenvalues[rows].imag != 0)
    alone = np.setdiff1d(np.arange(25), [*rows, *(rows + 1)])
    assert alone.size > 0
    assert not form.eigenvalues[alone].imag.any()


@pytest.mark.parametrize("E", [None, np.eye(2), np.diag([2.0, 0.5]), -np.eye(2)])
def test_eigenvalues_of_a_rotation(E):
    A = np.array([[0.0, 1.0], [-1.0, 0.0]])
    expected = la.eigvals(A, np.eye(2) if E is None else E)
    assert_same_spectrum(schur_form(A, E).eigenvalues, expected)


@pytest.mark.parametrize("n", [1, 2, 12, 80])
def test_nearness_estimates_the_norm_of_the_inverse(rng, n, complex_entries, descriptor):
    A, E = random_pencil(rng, n, complex_entries=complex_entries, descriptor=descriptor)
    points = np.array([0.0, 1j, 0.3 - 2j])
    form = schur_form(A, E)
    unit = np.eye(n) if E is None else E
    estimate = form.nearness(points)
    for value, point in zip(estimate, points, strict=True):
        size = EPS * (la.norm(A) + abs(point) * la.norm(unit))
        exact = size * la.norm(la.inv(point * unit - A), 2)
        assert exact / 20 <= value <= 10 * np.sqrt(n) * exact  # observed 0.6 … 1.3 √n


def test_nearness_passes_one_at_an_eigenvalue_however_ill_conditioned(rng):
    """The computed eigenvalue of a hidden integrator is not zero, but zero is indistinguishable from an eigenvalue."""
    for _ in range(20):
        T = random_matrix(rng, 5, 5)
        A = la.solve(T, np.diag([-1.0, -2.0, -3.0, -4.0, 0.0]) @ T)
        assert schur_form(A).nearness(np.zeros(1)).item() >= 0.1


@pytest.mark.parametrize("inputs", [1, 3])
def test_resolvent(pencil, rng, complex_entries, inputs):
    """(z E − A)⁻¹ B at real, imaginary and complex shifts, scaled by the condition of each solve."""
    A, E = pencil
    n = A.shape[0]
    B = random_matrix(rng, n, inputs, complex_entries=complex_entries)
    form = schur_form(A, E)
    points = np.array([0.0, 1.0, -50.0, 1j, -3j, 1e4j, 0.3 - 0.7j, 1e-8 + 1e-8j])
    solution = form.resolvent(points, B)
    assert solution.shape == (n, points.size, inputs)
    unit = np.eye(n) if E is None else E
    for k, point in enumerate(points):
        X = form.Z @ solution[:, k, :]
        M = point * unit - A
        size = abs(point) * la.norm(unit) + la.norm(A)
        assert_small(la.norm(M @ X - B), size * la.norm(X) + la.norm(B), 15)  # observed 2.8
        if n:
            reference = np.linalg.solve(M, B.astype(complex))
            assert_small(la.norm(X - reference), np.linalg.cond(M) * la.norm(reference), 150)  # observed 22


@pytest.mark.parametrize("distance", [1e-3, 1e-6, 1e-9, 1e-12])
def test_resolvent_near_poles(rng, complex_entries, descriptor, distance):
    """Close to a pole the residual stays small, though the solution is as large as 1/distance."""
    A, E = random_pencil(rng, 40, complex_entries=complex_entries, descriptor=descriptor)
    B = random_matrix(rng, 40, 2, complex_entries=complex_entries)
    form = schur_form(A, E)
    points = form.eigenvalues[[0, 7, 21, 39]] + distance * np.exp(0.4j)
    solution = form.resolvent(points, B)
    unit = np.eye(40) if E is None else E
    for k, point in enumerate(points):
        X = form.Z @ solution[:, k, :]
        size = abs(point) * la.norm(unit) + la.norm(A)
        assert_small(la.norm((point * unit - A) @ X - B), size * la.norm(X) + la.norm(B), 15)  # observed 2.2
        assert la.norm(X) > 1e-3 / distance


def test_resolvent_with_complex_right_hand_side_of_a_real_pencil(rng, descriptor):
    A, E = random_pencil(rng, 8, descriptor=descriptor)
    B = random_matrix(rng, 8, 2, complex_entries=True)
    form = schur_form(A, E)
    X = form.Z @ form.resolvent(np.array([2j]), B)[:, 0, :]
    reference = np.linalg.solve(2j * (np.eye(8) if E is None else E) - A, B)
    assert_small(la.norm(X - reference), la.norm(reference), 50)  # observed 8.5


def test_resolvent_of_no_points(rng):
    A, _ = random_pencil(rng, 3)
    assert schur_form(A).resolvent(np.zeros(0), np.ones((3, 2))).shape == (3, 0, 2)


def test_real_and_complex_matrices_may_meet(rng):
    A, E = random_pencil(rng, 6, descriptor=True)
    for first, second in [(A + 0j, E), (A, E * 1j), (A, random_gauge(rng, 6, complex_entries=True))]:
        assert_is_schur_form(schur_form(first, second), first, second)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_signs_of_the_descriptor_go_into_S(sign):
    """E = −I is as good a descriptor as any; T keeps a positive diagonal."""
    form = schur_form(np.diag([-1.0, -2.0]), sign * np.eye(2))
    assert np.all(np.diag(form.T) > 0)
    assert_same_spectrum(form.eigenvalues, np.array([-sign, -2 * sign]))


@pytest.mark.parametrize("size", [1, 2, 5, 16, 100])
def test_row_blocks_cover_all_rows_and_cut_no_pair(rng, size):
    A, _ = random_pencil(rng, 41)
    S = schur_form(A).S
    blocks = list(row_blocks(S, size))
    assert blocks[0][1] == 41
    assert blocks[-1][0] == 0
    assert all(lower[0] == upper[1] for lower, upper in pairwise(blocks))
    assert all(0 < hi - lo <= size + 1 for lo, hi in blocks)
    assert not any(lo > 0 and S[lo, lo - 1] != 0 for lo, _ in blocks)
    assert not list(row_blocks(np.zeros((0, 0)), size))


@pytest.mark.parametrize("n", [2, 3, 4, 7, 30])
def test_split_row_cuts_no_pair(rng, n):
    for _ in range(20):
        S = schur_form(random_matrix(rng, n, n)).S
        cut = split_row(S)
        assert 0 < cut <= n
        assert abs(cut - n // 2) <= 1
        assert cut == n or S[cut, cut - 1] == 0


def block_triangular(rng, sizes, *, complex_entries, descriptor, decades=0.0):
    """A block upper triangular pencil whose diagonal blocks have sizes that differ by some decades."""
    n = sum(sizes)
    inside = la.block_diag(*(np.ones((k, k)) for k in sizes)).astype(bool)
    label = np.repeat(np.arange(len(sizes)), sizes)
    size = 10.0 ** np.linspace(-decades / 2, decades / 2, len(sizes))[label]
    A = np.where(inside | (label[:, None] < label), random_matrix(rng, n, n, complex_entries=complex_entries), 0.0)
    E = (
        np.where(inside | (label[:, None] < label), random_matrix(rng, n, n), 0.0) + 4 * np.eye(n)
        if descriptor
        else None
    )
    return np.where(inside, size[:, None] * A, A), E if descriptor else None


@pytest.mark.parametrize("sizes", [[3, 1, 1, 4, 2], [1] * 7, [9], [2, 2, 2]])
@pytest.mark.parametrize("permuted", [False, True])
def test_blocks_of_a_schur_form_err_relative_to_their_own_norms(rng, complex_entries, descriptor, sizes, permuted):
    A, E = block_triangular(rng, sizes, complex_entries=complex_entries, descriptor=descriptor, decades=24)
    n, order = len(A), np.arange(len(A))
    if permuted:  # row order[k] of the given pencil is row k of the triangular one
        order = rng.permutation(n)
        mixed = np.ix_(np.argsort(order), np.argsort(order))
        A, E = A[mixed], None if E is None else E[mixed]
    form = schur_form(A, E, order, np.array(sizes))
    assert_small(la.norm(adjoint(form.Q) @ form.Q - np.eye(n)), n, 15)
    assert_small(la.norm(adjoint(form.Z) @ form.Z - np.eye(n)), n, 15)
    assert form.starts.tolist() == [sum(sizes[:k]) for k in range(len(sizes))]
    here = np.ix_(order, order)
    errors = (form.Q @ form.S @ adjoint(form.Z) - A)[here], A[here]
    for k, first in enumerate(form.starts):
        for j in range(k + 1):
            block = np.ix_(range(form.starts[j], form.starts[j] + sizes[j]), range(first, first + sizes[k]))
            assert_small(la.norm(errors[0][block]), n * la.norm(errors[1][block]), 20)
    below = np.repeat(np.arange(len(sizes)), sizes)
    for triangle, given in ((form.S, A), (form.T, E)):
        if triangle is not None:
            assert not triangle[below[:, None] > below].any()
            assert_small(la.norm(form.Q @ triangle @ adjoint(form.Z) - given), n * la.norm(given), 20)


@pytest.mark.parametrize("sizes", [[3, 1, 2], [1] * 6])
def test_eigenvalues_of_a_block_know_nothing_of_the_others(rng, complex_entries, descriptor, sizes):
    A, E = block_triangular(rng, sizes, complex_entries=complex_entries, descriptor=descriptor, decades=40)
    form = schur_form(A, E, np.arange(6), np.array(sizes))
    for start, size in zip(form.starts, sizes, strict=True):
        here = slice(start, start + size)
        alone = schur_form(A[here, here], None if E is None else E[here, here])
        assert_same_spectrum(form.eigenvalues[here], alone.eigenvalues)
        assert_same_spectrum(form.block(here).eigenvalues, alone.eigenvalues)
    if max(sizes) == 1 and not descriptor:
        np.testing.assert_array_equal(form.eigenvalues, np.diag(A))


def test_blocks_of_the_adjoint_come_in_the_opposite_order(rng):
    A, E = block_triangular(rng, [3, 1, 2], complex_entries=True, descriptor=True)
    form = schur_form(A, E, np.arange(6), np.array([3, 1, 2])).adjoint
    assert form.sizes.tolist() == [2, 1, 3]
    assert form.starts.tolist() == [0, 2, 3]
    assert schur_form(A, E).starts.tolist() == [0]


def test_resolvents_of_block_triangular_pencils_resolve_small_blocks(rng, complex_entries, descriptor):
    """Next to the poles of a block 1e-20 of the size of the others."""
    A, E = block_triangular(rng, [2, 3], complex_entries=complex_entries, descriptor=descriptor, decades=20)
    form = schur_form(A, E, np.arange(5), np.array([2, 3]))
    B = np.vstack([random_matrix(rng, 2, 1), np.zeros((3, 1))])
    points = form.eigenvalues[:2] * (1 + 1e-3)
    solution = form.resolvent(points, B)
    unit = np.eye(5) if E is None else E
    for k, point in enumerate(points):
        X = (form.Z @ solution[:, k, :])[:2]
        expected = np.linalg.solve(point * unit[:2, :2] - A[:2, :2], B[:2])
        assert_small(la.norm(X - expected), la.norm(expected), 1e5)


def test_fields_are_named_and_frozen():
    form = SchurForm(S=np.eye(1), T=None, Q=np.eye(1), Z=np.eye(1))
    with pytest.raises(AttributeError):
        form.S = np.eye(1)
    with pytest.raises(TypeError):
        SchurForm(np.eye(1), None, np.eye(1), np.eye(1))


@pytest.mark.parametrize("n", [1, 2, 7])
def test_bound_of_the_nearness_at_all_points_of_the_boundary(rng, n, complex_entries, discrete, descriptor):
    A, E = random_pencil(rng, n, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    form = schur_form(A, E)
    poles = form.eigenvalues
    points = np.exp(1j * np.angle(poles)) if discrete else 1j * poles.imag
    distances = 1 - np.abs(poles) if discrete else -poles.real
    bound = form.nearness_bound(distances, np.abs(points).max())
    T = np.eye(n) if form.T is None else form.T
    sizes = la.norm(form.S) + np.abs(points) * la.norm(T)
    norms = np.array([la.norm(la.inv(z * T - form.S), 2) for z in points])
    assert (EPS * sizes * norms).max() <= bound * (1 + 10 * EPS)
    assert (form.nearness(points) <= 10 * bound).all()
