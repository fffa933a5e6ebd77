"""The layers of balanced centers, from singular triples of the end-to-end matrix."""

from itertools import pairwise

import numpy as np

from ..linalg.arrays import Array, adjoint
from ..linalg.product_svd import ProductSVD

__all__ = ["assemble_center"]


def assemble_center(svd: ProductSVD, r: int, hidden: tuple[int, ...]) -> list[Array]:
    """Layers (Λ Q_0*, Λ, …, Λ, Q_N Λ), Λ = Σ^{1/N}, of the leading `r` singular triples, filled up with zeros.

    The depth is N = len(hidden) + 1, and every hidden width is at least `r`.

    Examples
    --------
    >>> from dlnbalance.linalg.product_svd import product_svd
    >>> layers = assemble_center(product_svd([np.array([[9.0]])]), 1, (2,))
    >>> [np.abs(layer).round(12).tolist() for layer in layers]
    [[[3.0], [0.0]], [[3.0, 0.0]]]
    """
    left, right = svd.left[:, :r], svd.right[:, :r]
    roots = svd.power(1 / (len(hidden) + 1))[:r]
    if not hidden:
        return [(left * roots) @ adjoint(right)]
    first = np.zeros((hidden[0], right.shape[0]), dtype=right.dtype)
    first[:r] = roots[:, None] * adjoint(right)
    last = np.zeros((left.shape[0], hidden[-1]), dtype=left.dtype)
    last[:, :r] = left * roots
    return [first, *(_diagonal(d_out, d_in, roots) for d_in, d_out in pairwise(hidden)), last]


def _diagonal(rows: int, columns: int, values: Array) -> Array:
    matrix = np.zeros((rows, columns))
    np.fill_diagonal(matrix[: values.size, : values.size], values)
    return matrix
