"""Solves with the quadratic polynomial against dense solves with the first-order form, at all frequencies."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import NumericalError
from dlnbalance.linalg.sparse.pencils import SparsePencil
from dlnbalance.linalg.sparse.second_order_pencils import SecondOrderPencil, pencil_of, second_order_blocks
from dlnbalance.structured import chain_of_masses

from ...models import EPS

POINTS = [(1.0, -1e-6), (1.0, -0.3), (1.0, -1 + 2j), (-1.0, 3j), (1.0, -1e5), (1.0, 1e8j), (0.0, 1.0), (1.0, 0.0)]


def blocks(n=12, *, scale=1.0, complex_entries=False):
    rng = np.random.default_rng(3)
    found = [sp.random_array((n, n), density=0.2, rng=rng) for _ in range(3)]
    if complex_entries:
        found = [X + 1j * sp.random_array((n, n), density=0.2, rng=rng) for X in found]
    return [sp.csc_array(X + (k + 2) * sp.eye_array(n)) * scale**k for k, X in enumerate(found)]


@pytest.mark.parametrize("scale", [1.0, 1e3, 1e-3])
@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("trans", ["N", "T", "H"])
@pytest.mark.parametrize("point", POINTS)
def test_solves_are_backward_stable(point, trans, complex_entries, scale):
    pencil = SecondOrderPencil(*blocks(scale=scale, complex_entries=complex_entries))
    a, e = point
    rng = np.random.default_rng(1)
    matrix = (a * pencil.A + e * pencil.E).toarray()
    matrix = {"N": matrix, "T": matrix.T, "H": matrix.conj().T}[trans]
    for right in (rng.standard_normal((24, 2)), matrix @ rng.standard_normal((24, 2))):
        solution = pencil.factorized(a, e).solve(right, trans)
        residual = la.norm(matrix @ solution - right)
        assert residual <= 200 * EPS * (la.norm(matrix, 1) * la.norm(solution) + la.norm(right))


def test_the_pencil_is_that_of_the_first_order_form():
    M, D, K = blocks()
    pencil = SecondOrderPencil(M, D, K)
    A = np.block([[np.zeros((12, 12)), np.eye(12)], [-K.toarray(), -D.toarray()]])
    E = la.block_diag(np.eye(12), M.toarray())
    order = pencil.order
    assert np.array_equal(pencil.A.toarray(), A[np.ix_(order, order)])
    assert np.array_equal(pencil.E.toarray(), E[np.ix_(order, order)])
    right = np.random.default_rng(2).standard_normal((24, 3))
    assert la.norm((1j * E - A) @ pencil.solve(-1.0, 1j, right) - right) < 1e-13 * la.norm(A)
    assert pencil.unpermute(pencil.permute(right)) == pytest.approx(right, abs=0)


def test_first_order_forms_are_recognized():
    system = chain_of_masses(5).first_order()
    assert isinstance(system.sparse_pencil, SecondOrderPencil)
    chain, again = chain_of_masses(5), second_order_blocks(system.A, system.E)
    assert again is not None
    assert all(abs(X - Y).sum() == 0 for X, Y in zip(again, (chain.M, chain.D, chain.K), strict=True))
    explicit = second_order_blocks(system.A, None)
    assert explicit is not None
    assert abs(explicit.M - sp.eye_array(5)).sum() == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda A, E: (A + sp.eye_array(10), E),
        lambda A, E: (2 * A, E),
        lambda A, E: (A, 2 * E),
        lambda A, E: (A, E + sp.csc_array(([1.0], ([0], [7])), shape=(10, 10))),
        lambda A, E: (A, E + sp.csc_array(([1.0], ([7], [0])), shape=(10, 10))),
        lambda A, E: (A[1:, 1:], E[1:, 1:]),
    ],
)
def test_what_is_no_first_order_form_keeps_its_pencil(change):
    system = chain_of_masses(5).first_order()
    A, E = change(system.A, system.E)
    assert second_order_blocks(A, E) is None
    assert type(pencil_of(A, E)) is SparsePencil


def test_factors_are_those_of_the_polynomial():
    chain = chain_of_masses(200)
    first = chain.first_order()
    here, general = SecondOrderPencil(chain.M, chain.D, chain.K), SparsePencil(first.A, first.E)
    factors = here.factorized(1.0, -1.0)
    assert factors.matrix.shape == (200, 200)
    assert factors.entries < general.factorized(1.0, -1.0).entries / 2
    assert 0.5 < here.factorized(0.0, 1.0).rcond <= 1.0


def test_a_pole_is_refused():
    pencil = SecondOrderPencil(*(sp.csc_array([[value]]) for value in (1.0, 0.0, 4.0)))
    with pytest.raises(NumericalError, match="nonsingular"):
        pencil.factorized(-1.0, 2j)


def test_low_rank_gramians_by_the_polynomial():
    system = chain_of_masses(30).first_order()
    pair = dln.LowRank()(system)
    values = dln.Lyapunov()(system).singular_values
    assert np.abs(pair.singular_values[:20] - values[:20]).max() < 1e-8 * values[0]
