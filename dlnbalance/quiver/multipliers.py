"""Products with one matrix and its adjoint from either side, cheaper where it is triangular or thin."""

from collections.abc import Sequence

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import Array, adjoint

__all__ = ["Multiplier", "SchurMultiplier", "ThinSquare", "multiplier"]

_WORTH = 64  # order from which a triangular product takes less time than a general one


class Multiplier:
    """Products with a matrix W and with W*; the other factor may be a stack.

    Parameters
    ----------
    matrix : (p, m) array
        W.
    """

    def __init__(self, matrix: Array):
        self.matrix, self._starred = matrix, np.ascontiguousarray(adjoint(matrix))

    def left(self, x: Array) -> Array:
        """Product W x."""
        return self.matrix @ x

    def right(self, x: Array) -> Array:
        """Product x W."""
        return x @ self.matrix

    def star_left(self, x: Array) -> Array:
        """Product W* x."""
        return self._starred @ x

    def star_right(self, x: Array) -> Array:
        """Product x W*."""
        return x @ self._starred


class SchurMultiplier(Multiplier):
    """The same for a Schur form, triangular or, of real matrices, with blocks of two rows: half of the operations.

    Examples
    --------
    >>> S = np.array([[1.0, 2.0], [-3.0, 1.0]])
    >>> SchurMultiplier(S).star_right(np.eye(2)).tolist()
    [[1.0, -3.0], [2.0, 1.0]]
    """

    def __init__(self, matrix: Array):
        super().__init__(matrix)
        self._upper = np.asfortranarray(np.triu(matrix))
        self._below = np.diag(matrix, -1)
        self._multiply = la.blas.get_blas_funcs("trmm", (matrix,))

    def left(self, x: Array) -> Array:
        """Product W x."""
        if x.ndim > 2:
            return super().left(x)
        result = self._triangular(x, side=0, starred=0)
        result[1:] += self._below[:, None] * x[:-1]
        return result

    def right(self, x: Array) -> Array:
        """Product x W."""
        if x.ndim > 2:
            return super().right(x)
        result = self._triangular(x, side=1, starred=0)
        result[:, :-1] += x[:, 1:] * self._below
        return result

    def star_left(self, x: Array) -> Array:
        """Product W* x."""
        if x.ndim > 2:
            return super().star_left(x)
        result = self._triangular(x, side=0, starred=1)
        result[:-1] += self._below.conj()[:, None] * x[1:]
        return result

    def star_right(self, x: Array) -> Array:
        """Product x W*."""
        if x.ndim > 2:
            return super().star_right(x)
        result = self._triangular(x, side=1, starred=1)
        result[:, 1:] += x[:, :-1] * self._below.conj()
        return result

    def _triangular(self, x: Array, side: int, starred: int) -> Array:
        if np.iscomplexobj(self._upper) or x.flags.f_contiguous:
            return self._multiply(1.0, self._upper, x, side=side, trans_a=2 * starred)
        # row by row, as BLAS would not have it: the transposed product, without a copy
        return self._multiply(1.0, self._upper, x.T, side=1 - side, trans_a=1 - starred).T


class ThinSquare:
    """Products x K K*, in the order that is cheaper.

    Parameters
    ----------
    order : int
        Number of rows of K.
    parts : sequence of (order, m) array
        Columns of K.

    Examples
    --------
    >>> ThinSquare(2, [np.ones((2, 1))]).right(np.eye(2)).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """

    def __init__(self, order: int, parts: Sequence[Array]):
        columns = np.hstack([np.zeros((order, 0)), *parts])
        self._thin = 2 * columns.shape[1] <= order
        self._factor, self._starred = columns, np.ascontiguousarray(adjoint(columns))
        self._square = columns if self._thin else columns @ self._starred

    def right(self, x: Array) -> Array:
        """Product x K K*."""
        return (x @ self._factor) @ self._starred if self._thin else x @ self._square


def multiplier(matrix: Array, *, schur: bool) -> Multiplier:
    """The multiplier of a matrix that is a Schur form or not."""
    return SchurMultiplier(matrix) if schur and len(matrix) >= _WORTH else Multiplier(matrix)
