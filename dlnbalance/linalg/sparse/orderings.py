r"""Fill-reducing orderings for the sparse factorizations of a pencil, computed once and used for every shift."""

from typing import Any

import numpy as np
import scipy.sparse as sp

from ..arrays import Array

__all__ = ["fill_reducing_ordering", "symmetric_share"]

_WORTH_DISSECTING = 1000  # smaller graphs are ordered as well, and faster, by minimum degree


def symmetric_share(pattern: Any) -> float:
    """Share of the off-diagonal entries (i, j) of a sparse pattern that have a partner (j, i)."""
    off_diagonal = _graph(pattern)
    if off_diagonal.nnz == 0:
        return 1.0
    return off_diagonal.multiply(off_diagonal.T).nnz / off_diagonal.nnz


def fill_reducing_ordering(pattern: Any) -> Array:
    r"""Permutation p for which the factors of M[p][:, p] have few entries, whatever the values of M.

    Parameters
    ----------
    pattern : (n, n) sparse
        Any matrix with the entries of M.

    Returns
    -------
    (n,) array of int

    Notes
    -----
    Nested dissection of the graph of M + M* by METIS where ``pymetis`` is installed (extra ``large``), minimum degree
    by SuperLU otherwise. On five-point grids of 4·10⁴ and 1.6·10⁵ nodes the factors have 1.9 and 9.0 million entries by
    dissection, 2.0 and 9.7 by minimum degree, and 3.8 (4·10⁴ nodes) by COLAMD, which does not know of the symmetry.
    """
    graph = _graph(pattern)
    graph = (graph + graph.T).tocsr()
    n = graph.shape[0]
    if n > _WORTH_DISSECTING:
        try:
            import pymetis
        except ImportError:
            pass
        else:
            adjacency = pymetis.CSRAdjacency(graph.indptr.astype(np.int32), graph.indices.astype(np.int32))
            return np.asarray(pymetis.nested_dissection(adjacency)[0])
    return _minimum_degree(graph)


def _graph(pattern: Any) -> Any:
    """Pattern without its diagonal, every entry a one."""
    coordinates = sp.coo_array(pattern)
    keep = (coordinates.row != coordinates.col) & (coordinates.data != 0)
    rows, columns = coordinates.row[keep], coordinates.col[keep]
    return sp.csr_array((np.ones(rows.size), (rows, columns)), shape=coordinates.shape)


def _minimum_degree(graph: Any) -> Array:
    """Minimum degree ordering that SuperLU computes for an incomplete factorization that keeps next to nothing."""
    from scipy.sparse.linalg import spilu

    dominant = (graph + sp.diags_array(np.asarray(graph.sum(axis=1)).ravel() + 1.0)).tocsc()
    factors = spilu(
        dominant, drop_tol=1.0, fill_factor=1.0, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}
    )
    ordering: Any = np.argsort(factors.perm_c)
    return ordering
