"""Products with one matrix from either side."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.quiver.multipliers import Multiplier, SchurMultiplier, ThinSquare, multiplier

from ..models import assert_small, random_matrix


@pytest.fixture(params=["general", "Schur"])
def tried(request, rng, complex_entries):
    W = random_matrix(rng, 7, 7, complex_entries=complex_entries)
    return Multiplier(W) if request.param == "general" else SchurMultiplier(la.schur(W)[0])


@pytest.mark.parametrize("layout", ["C", "F", "stack"])
def test_products(tried, rng, layout, complex_entries):
    W, x = tried.matrix, np.array(random_matrix(rng, 7, 7, complex_entries=complex_entries))
    x = np.stack([x, 2 * x]) if layout == "stack" else x.copy(order=layout)
    before = x.copy()
    pairs = [
        (tried.left(x), W @ x),
        (tried.right(x), x @ W),
        (tried.star_left(x), adjoint(W) @ x),
        (tried.star_right(x), x @ adjoint(W)),
    ]
    for found, expected in pairs:
        assert_small(np.abs(found - expected).max(), np.abs(W).max() * np.abs(x).max(), 50)
    assert (x == before).all()


def test_only_large_schur_forms_are_multiplied_as_such(rng):
    assert type(multiplier(np.eye(100), schur=True)) is SchurMultiplier
    assert type(multiplier(np.eye(100), schur=False)) is type(multiplier(np.eye(10), schur=True)) is Multiplier


@pytest.mark.parametrize("columns", [(), (1, 2), (3, 5)])
def test_squares_of_columns(rng, columns, complex_entries):
    parts = [random_matrix(rng, 6, m, complex_entries=complex_entries) for m in columns]
    x = random_matrix(rng, 6, 6, complex_entries=complex_entries)
    expected = sum((x @ K @ adjoint(K) for K in parts), np.zeros((6, 6)))
    assert_small(np.abs(ThinSquare(6, parts).right(x) - expected).max(), np.abs(expected).max(), 100)
