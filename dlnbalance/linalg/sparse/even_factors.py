"""Sparse LU factors in even scales, whatever the units of equations and unknowns."""

from typing import Any

import numpy as np
import scipy.sparse as sp

from ..arrays import Array
from .pencils import SparseFactors

__all__ = ["EvenSparseFactors"]


class EvenSparseFactors:
    """Sparse LU factors of R M D, with R and D that bring the largest entries of rows and columns to about 1.

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
        self._rows = _powers(abs(matrix).max(axis=1).toarray().ravel())
        self._columns = _powers(abs(sp.diags_array(self._rows) @ matrix).max(axis=0).toarray().ravel())
        scaled = sp.diags_array(self._rows) @ matrix @ sp.diags_array(self._columns)
        self._factors = SparseFactors(sp.csc_array(scaled))
        self.rcond = self._factors.rcond

    def solve(self, right: Array) -> Array:
        """M⁻¹ times a matrix."""
        return self._columns[:, None] * self._factors.solve(self._rows[:, None] * right)

    def adjoint_solve(self, right: Array) -> Array:
        """M⁻* times a matrix."""
        return self._rows[:, None] * self._factors.solve(self._columns[:, None] * right, "H")


def _powers(sizes: Array) -> Array:
    """Powers of two that bring some sizes to between ½ and 1; 1 for zeros."""
    return np.ldexp(1.0, -np.frexp(sizes)[1])
