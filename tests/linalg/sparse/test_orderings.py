"""Orderings that keep sparse factors sparse."""

import numpy as np
import pytest
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.linalg.sparse import orderings


@pytest.mark.parametrize("dissection", [True, False])
def test_orderings_keep_factors_sparse(monkeypatch, dissection):
    from scipy.sparse.linalg import splu

    if dissection:
        pytest.importorskip("pymetis")
    else:
        monkeypatch.setattr(orderings, "_WORTH_DISSECTING", 10**9)
    A = dln.examples.convection_diffusion(40).A
    order = orderings.fill_reducing_ordering(A)
    assert sorted(order) == list(range(1600))
    permuted = A[:, order][order].tocsc()
    options = {"permc_spec": "NATURAL", "diag_pivot_thresh": 0.1, "options": {"SymmetricMode": True}}
    assert splu(permuted, **options).nnz < 0.7 * splu(A).nnz


def test_share_of_symmetric_entries():
    """Of three entries off the diagonal, two are partners."""
    pattern = sp.csc_array([[1.0, 2.0, 3.0], [4.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert orderings.symmetric_share(pattern) == pytest.approx(2 / 3)
    assert orderings.symmetric_share(sp.eye_array(3)) == 1
    assert orderings.symmetric_share(sp.csc_array(np.triu(np.ones((4, 4))))) == 0


def test_an_arrow_is_ordered_from_its_tips():
    """Eliminating the hub first fills everything; minimum degree leaves it among the last two, and fills nothing."""
    n = 50
    A = np.eye(n)
    A[0], A[:, 0] = 1, 1
    order = orderings.fill_reducing_ordering(sp.csc_array(A))
    assert list(order).index(0) >= n - 2
