"""Sparse LU factors in even scales, whatever the units of equations and unknowns."""

from typing import Any

import numpy as np
import scipy.sparse as sp

from ..arrays import Array
from ..scaling import even_exponents
from .pencils import SparseFactors

__all__ = ["EvenSparseFactors"]


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
        rows, columns, _ = even_exponents(matrix)
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
