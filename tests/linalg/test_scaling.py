"""Equilibration by powers of two."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.linalg.scaling import (
    coarse_exponents,
    coarse_powers,
    equilibrating_powers,
    even_exponents,
    even_powers,
    loop_powers,
    row_and_column_powers,
)

from ..models import random_matrix


def similar(A, d):
    """The matrix diag(d)⁻¹ A diag(d)."""
    return A * d / d[:, None]


def unevenness(A):
    """Largest ratio of the norms of a row and the column of the same number, off the diagonal."""
    hollow = A - np.diag(np.diag(A))
    ratio = la.norm(hollow, axis=1) / la.norm(hollow, axis=0)
    return max(ratio.max(), 1 / ratio.min())


def assert_powers_of_two(d):
    assert (np.frexp(d)[0] == 0.5).all()


@pytest.mark.parametrize("exponent", [1, 7, 40, 200])
def test_two_states_that_drive_each_other_settle(exponent):
    """An oscillator [[0, 1], [−k, −d]]: with steps of the fourth root its states would change places for ever."""
    A = np.array([[0.0, 1.0], [-(2.0**exponent), -1.0]])
    [d] = equilibrating_powers([(A**2, 0, 0)], [2])
    assert_powers_of_two(d)
    assert unevenness(similar(A, d)) <= 2


@pytest.mark.parametrize("structure", ["full", "chain", "mechanical"])
@pytest.mark.parametrize("complex_entries", [False, True])
def test_rows_and_columns_come_out_even(rng, structure, complex_entries):
    n = 12
    A = random_matrix(rng, n, n, complex_entries=complex_entries)
    if structure == "chain":
        A[np.abs(np.subtract.outer(range(n), range(n))) > 1] = 0
    if structure == "mechanical":
        A[:6, :6], A[:6, 6:] = 0, np.eye(6)
    A = similar(A, 10.0 ** rng.uniform(-9, 9, n))
    [d] = equilibrating_powers([(np.abs(A) ** 2, 0, 0)], [n])
    assert_powers_of_two(d)
    assert unevenness(A) > 1e4
    assert unevenness(similar(A, d)) <= 4


def test_what_enters_and_what_is_read_come_out_even(rng):
    B, C = random_matrix(rng, 5, 2), random_matrix(rng, 3, 5)
    scale = 10.0 ** rng.uniform(-9, 9, 5)
    B, C = B * scale[:, None], C * scale
    [d] = equilibrating_powers([(B**2, None, 0), (C**2, 0, None)], [5])
    assert_powers_of_two(d)
    ratio = la.norm(B / d[:, None], axis=1) / la.norm(C * d, axis=0)
    assert 0.5 <= ratio.min() <= ratio.max() <= 2


def test_coordinates_that_nothing_fills_or_reads_keep_their_scale():
    A = np.array([[1.0, 5e8, 0.0], [0.0, 1.0, 0.0], [0.0, 3e8, 1.0]])
    [d] = equilibrating_powers([(A**2, 0, 0)], [3])
    np.testing.assert_array_equal(d, 1)


@pytest.mark.parametrize("decades", [3, 60, 140])
def test_even_powers_bring_rows_and_columns_near_one(rng, decades):
    M = random_matrix(rng, 8, 8) * 10.0 ** rng.uniform(-decades, decades, 8)
    M = M * 10.0 ** rng.uniform(-decades, decades, 8)[:, None]
    r, d = even_powers(M)
    assert_powers_of_two(r)
    assert_powers_of_two(d)
    even = r[:, None] * M * d
    norms = np.concatenate([la.norm(even, axis=0), la.norm(even, axis=1)])
    assert 0.25 <= norms.min() <= norms.max() <= 4


def test_even_powers_leave_zero_rows_and_columns_alone():
    r, d = even_powers(np.diag([8.0, 0.0]))
    np.testing.assert_array_equal([r[1], d[1]], 1)
    assert r[0] * 8.0 * d[0] == pytest.approx(1.0, rel=1)


def test_rows_and_columns_count_what_stands_beside_and_below_them():
    r, d = row_and_column_powers(np.eye(2), np.array([2.0**40, 0.0]), np.array([0.0, 2.0**40]))
    assert r[0] <= 2.0**-19 < r[1]
    assert d[1] <= 2.0**-19 < d[0]


def test_coarse_powers_reach_across_the_range_of_numbers(rng):
    n = 6
    exponents = rng.integers(-450, 450, n)
    A = random_matrix(rng, n, n)
    scaled = np.ldexp(A, exponents - exponents[:, None])
    found = coarse_exponents(scaled)
    even = np.ldexp(scaled, found - found[:, None])
    hollow = np.abs(even - np.diag(np.diag(even)))
    assert (hollow.max(axis=1) / hollow.max(axis=0)).min() >= 2.0**-8
    assert hollow.max() <= 2.0**8 * np.abs(A).max()
    r, d = coarse_powers(np.abs(np.ldexp(A, exponents[:, None] + exponents)))
    largest = (np.abs(np.ldexp(A, exponents[:, None] + exponents)) * r[:, None] * d).max(axis=0)
    assert 0.5 <= largest.min() <= largest.max() < 1


def test_coarse_powers_of_triangular_matrices_are_finite():
    A = np.triu(np.full((4, 4), 1e200))
    assert np.abs(coarse_exponents(A)).max() < 2000
    np.testing.assert_array_equal(coarse_exponents(np.diag([1.0, 1e300])), 0)


@pytest.mark.parametrize("storage", [np.asarray, sp.csc_array])
def test_any_units_of_a_sparse_pencil_are_found(rng, storage):
    """Exponents from −200 to 200 in a tridiagonal pencil, whose largest entries alone do not tell them."""
    pattern = np.eye(12) + np.eye(12, k=1) + np.eye(12, k=-1)
    r, d = (2.0 ** rng.integers(-200, 200, 12) for _ in range(2))
    E, A = (r[:, None] * M * d for M in (pattern, 2.0**60 * pattern))
    rows, columns, units = even_exponents(storage(E), storage(A))
    assert units[0] == 0
    for M, unit in ((E, units[0]), (A, units[1])):
        scaled = np.ldexp(1.0, rows + unit)[:, None] * M * np.ldexp(1.0, columns)
        np.testing.assert_array_less(np.abs(np.log2(scaled[scaled != 0])), 2.5)


def test_zeros_have_no_units():
    rows, columns, units = even_exponents(np.zeros((2, 3)), sp.csc_array((2, 3)))
    assert (rows.tolist(), columns.tolist(), units) == ([0, 0], [0, 0, 0], [0, 0])
    assert even_exponents(np.array([[0.0, 8.0]]))[0].size == 1


def test_powers_of_one_loop_in_several_framings(rng):
    """Each column is what the general iteration finds for that framing, coordinates that nothing fills among them."""
    squares = np.abs(random_matrix(rng, 6, 6) * 2.0 ** rng.integers(-20, 20, (6, 6))) ** 2
    squares[:, 2] = 0.0
    entering, leaving = np.abs(rng.standard_normal((2, 6, 2))) ** 2
    entering[:, 0] = leaving[:, 0] = 0.0
    found = loop_powers(squares, entering, leaving)
    for k in range(2):
        arrows = [(entering[:, [k]], None, 0), (leaving[None, :, k], 0, None), (squares, 0, 0)]
        [expected] = equilibrating_powers(arrows, [6])
        assert (np.abs(np.log2(found[:, k] / expected)) <= 1).all()  # one apart where rounding decides
