"""Sparse LU factors in even scales, whatever the units of equations and unknowns."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import lsqr

from ..arrays import Array, Indices
from .pencils import SparseFactors

__all__ = ["EvenSparseFactors"]

# Steps of the iteration for the scales, and its relative tolerance: a factor of two here and there does not matter.
_STEPS = 100
_CLOSE = 1e-4


class EvenSparseFactors:
    """Sparse LU factors of R M D, with powers of two R and D that bring the entries of M near 1.

    Parameters
    ----------
    matrix : (n, n) sparse

    Attributes
    ----------
    rcond : float
        Estimate of the reciprocal condition number of the scaled matrix.

    Raises
    ------
    NumericalError
        When the matrix is exactly singular.

    Examples
    --------
    >>> factors = EvenSparseFactors(sp.csc_array(np.diag([2.0, 1e-20])))
    >>> factors.solve(np.array([[1.0], [1.0]])).ravel().tolist(), bool(factors.rcond > 0.1)
    ([0.5, 1e+20], True)
    """

    def __init__(self, matrix: Any):
        matrix = sp.csc_array(matrix)
        rows, columns = _even_exponents(matrix)
        self._rows, self._columns = np.ldexp(1.0, rows), np.ldexp(1.0, columns)
        scaled = sp.diags_array(self._rows) @ matrix @ sp.diags_array(self._columns)
        self._factors = SparseFactors(sp.csc_array(scaled)) if rows.size else None  # SuperLU takes no empty matrix
        self.rcond = 1.0 if self._factors is None else self._factors.rcond

    def solve(self, right: Array) -> Array:
        """M⁻¹ times a matrix."""
        if self._factors is None:
            return right
        return self._columns[:, None] * self._factors.solve(self._rows[:, None] * right)

    def adjoint_solve(self, right: Array) -> Array:
        """M⁻* times a matrix."""
        if self._factors is None:
            return right
        return self._rows[:, None] * self._factors.solve(self._columns[:, None] * right, "H")


def _even_exponents(matrix: Any) -> tuple[Indices, Indices]:
    """Exponents of powers of two that bring the entries of a matrix near 1: least squares of their logarithms.

    References
    ----------
    .. [1] A. R. Curtis, J. K. Reid, "On the automatic scaling of matrices for Gaussian elimination", IMA J. Appl. Math.
       10 (1972) 118-124.
    """
    entries = sp.coo_array(matrix)
    stored = entries.data != 0
    i, j = (place[stored] for place in entries.coords)
    rows, columns = matrix.shape
    count = np.arange(i.size)
    ends = np.concatenate([i, rows + j]), np.concatenate([count, count])
    incidence = sp.csr_array((np.ones(2 * i.size), ends[::-1]), shape=(i.size, rows + columns))
    sizes = np.log2(np.abs(entries.data[stored]))
    powers = (
        lsqr(incidence, -sizes, atol=_CLOSE, btol=_CLOSE, iter_lim=_STEPS)[0] if i.size else np.zeros(rows + columns)
    )
    exponents = np.round(powers).astype(int)
    return exponents[:rows], exponents[rows:]
