"""A tall matrix that grows by columns, and is compressed when they pile up."""

from typing import Any

import numpy as np
import scipy.linalg as la

from ..arrays import Array

__all__ = ["Columns"]

_LEAST_CAPACITY = 64  # columns; memory that is not written to costs nothing
_NEGLIGIBLE = 1e-13  # directions this far below the largest one are dropped: 1e-26 of P, and rounding in Z nearly


class Columns:
    r"""Columns Z of a factor of P = Z Z*, in Fortran order.

    Parameters
    ----------
    rows : int
        Number of rows n.
    dtype : type
        float or complex.
    most : int
        When more columns than this have come together, Z Z* is kept to rounding by fewer: QR, SVD of the triangular
        factor, and directions below 1e-13 of the largest dropped. O(n·most²).
    """

    def __init__(self, rows: int, dtype: Any, most: int):
        self._buffer: Array = np.empty((rows, 0), dtype=dtype, order="F")
        self.count = 0
        self._most = self._trigger = most

    @property
    def array(self) -> Array:
        """The columns so far (a view)."""
        return self._buffer[:, : self.count]

    def newest(self, count: int) -> Array:
        """The last `count` columns, or all there are (a view)."""
        return self.array[:, max(self.count - count, 0) :]

    def append(self, block: Array) -> None:
        """Add columns; the number of those kept may fall."""
        end = self.count + block.shape[1]
        if end > self._buffer.shape[1]:
            self._grow(max(end, _LEAST_CAPACITY, 3 * self._buffer.shape[1] // 2))
        self._buffer[:, self.count : end] = block
        self.count = end

    def compress(self, keep: int = 0) -> None:
        """Compress the columns before the newest `keep`, when there are more than the limit."""
        if self.count - keep <= self._trigger:
            return
        old, new = self.array[:, : self.count - keep], self.newest(keep).copy(order="F")
        Q, R = la.qr(old, mode="economic", check_finite=False)
        left, values, _ = la.svd(R, full_matrices=False, check_finite=False)
        rank = int(np.count_nonzero(values > _NEGLIGIBLE * values[0]))
        self.count = rank + keep
        self._buffer[:, :rank] = Q @ (left[:, :rank] * values[:rank])
        self._buffer[:, rank : self.count] = new
        self._trigger = max(self._most, 2 * rank)

    def release(self) -> Array:
        """Return the columns, and keep none: memory is scarce where this class is used."""
        columns, self._buffer, self.count = self.array, self._buffer[:, :0].copy(), 0
        return columns

    def _grow(self, capacity: int) -> None:
        larger = np.empty((self._buffer.shape[0], capacity), dtype=self._buffer.dtype, order="F")
        larger[:, : self.count] = self.array
        self._buffer = larger
