"""Tuples of real or complex matrices as one real vector, as solvers of differential and linear equations want it."""

from collections.abc import Sequence
from math import prod

import numpy as np

from .arrays import Array

__all__ = ["packed", "unpacked"]


def packed(matrices: Sequence[Array], complex_entries: bool) -> Array:
    """Return the entries one after the other, real and imaginary parts side by side."""
    vector = np.empty(sum(matrix.size for matrix in matrices), complex if complex_entries else float)
    start = 0
    for matrix in matrices:
        vector[start : start + matrix.size].reshape(matrix.shape)[...] = matrix
        start += matrix.size
    return vector.view(float)


def unpacked(vector: Array, shapes: Sequence[tuple[int, ...]], complex_entries: bool) -> list[Array]:
    """Return the matrices of the given shapes that :func:`packed` made into `vector`."""
    entries = np.ascontiguousarray(vector).view(complex) if complex_entries else vector
    matrices, start = [], 0
    for shape in shapes:
        size = prod(shape)
        matrices.append(entries[start : start + size].reshape(shape))
        start += size
    return matrices
