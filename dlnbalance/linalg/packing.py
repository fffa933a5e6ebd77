"""Tuples of real or complex matrices as one real vector, as solvers of differential equations want it."""

from collections.abc import Sequence

import numpy as np

from .arrays import Array

__all__ = ["packed", "unpacked"]


def packed(matrices: Sequence[Array], complex_entries: bool) -> Array:
    """Return the entries one after the other, real and imaginary parts side by side."""
    dtype = complex if complex_entries else float
    return np.concatenate([np.zeros(0, dtype), *(np.ravel(matrix).astype(dtype) for matrix in matrices)]).view(float)


def unpacked(vector: Array, shapes: Sequence[tuple[int, ...]], complex_entries: bool) -> list[Array]:
    """Return the matrices of the given shapes that :func:`packed` made into `vector`."""
    entries = np.ascontiguousarray(vector).view(complex) if complex_entries else vector
    ends = np.cumsum([0, *(np.prod(shape, dtype=int) for shape in shapes)])
    return [entries[lo:hi].reshape(shape) for lo, hi, shape in zip(ends[:-1], ends[1:], shapes, strict=True)]
