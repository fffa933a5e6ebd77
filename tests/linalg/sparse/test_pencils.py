"""Sparse pencils: solves in any order, and the order itself."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.errors import (
    NumericalError,
)
from dlnbalance.linalg.sparse.pencils import SparsePencil

from ...models import grid_system, random_matrix


@pytest.mark.parametrize("trans", ["N", "T", "H"])
@pytest.mark.parametrize("complex_entries", [False, True])
def test_shifted_solves_in_any_order(rng, trans, complex_entries):
    system = grid_system(rng, complex_entries=complex_entries, descriptor=True)
    right = random_matrix(rng, 81, 2, complex_entries=True)
    matrix = 2.0 * system.A.toarray() + (3 - 1j) * system.E.toarray()
    matrix = {"N": matrix, "T": matrix.T, "H": matrix.conj().T}[trans]
    solution = SparsePencil(system.A, system.E).solve(2.0, 3 - 1j, right, trans)
    assert la.norm(matrix @ solution - right) <= 1e-12 * la.norm(matrix) * la.norm(solution)


def test_a_factorization_that_needs_pivoting_is_repeated_with_it(rng):
    n = 200
    noise = sp.random_array((n, n), density=0.05, rng=rng)
    A = (noise + noise.T + sp.diags_array(np.full(n, 1e-14))).tocsc()
    pencil = SparsePencil(A)
    right = random_matrix(rng, n, 1)
    solution = pencil.solve(1.0, 0.0, right)
    assert la.norm(A @ solution - right) <= 1e-11 * la.norm(A.toarray()) * la.norm(solution)


@pytest.mark.parametrize("descriptor", [False, True])
def test_permuted_rows_come_back(rng, descriptor):
    system = grid_system(rng, descriptor=descriptor)
    pencil = SparsePencil(system.A, system.E)
    rows = random_matrix(rng, 81, 3)
    np.testing.assert_array_equal(pencil.unpermute(pencil.permute(rows)), rows)
    np.testing.assert_allclose(
        pencil.unpermute(pencil.A @ pencil.permute(rows)), system.A @ rows, rtol=0, atol=1e-12 * abs(system.A).max()
    )


def test_a_singular_combination_is_refused(rng):
    pencil = SparsePencil(sp.diags_array(np.append(-np.ones(30), 0.0)).tocsc())
    with pytest.raises(NumericalError):
        pencil.factorized(1.0, 0.0)


def test_only_hermitian_pencils_are_hermitian(rng):
    A = grid_system(rng).A
    assert not SparsePencil(A).is_hermitian_definite  # convection
    assert SparsePencil((A + A.T).tocsc()).is_hermitian_definite
    assert not SparsePencil((A + A.T).tocsc(), -sp.eye_array(81, format="csc")).is_hermitian_definite
