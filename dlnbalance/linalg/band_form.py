r"""Singular values of a square matrix, all of them, and only as many singular vectors as are wanted.

A matrix goes to bidiagonal form in two stages: to an upper triangular band, X = Q M P*, which is nearly all matrix
products, and from there by plane rotations, which a narrow band keeps cheap. (In one stage half of the work would be
products with vectors, which wait for the memory.) The rotations give the values and are forgotten; vectors for the
leading values come from M by inverse iteration, and only these are multiplied by Q and P.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from .arrays import EPS, Array, adjoint, frozen, product
from .lapack import apply_reflections, band_to_bidiagonal, bidiagonal_values, factor_panel

__all__ = ["BandForm", "SingularValues"]

_WIDTH = 12  # diagonals above the main one: more make the first stage faster and the second slower
_SPREAD = 2 * _WIDTH - 1  # diagonals on either side of the main one of [0 M*; M 0], shuffled
_ITERATIONS = 3  # of inverse iteration: the first finds the direction, the others settle those of equal values


class SingularValues(NamedTuple):
    """Singular value decomposition X = Q_N Σ Q_0* of an end-to-end matrix, cut at the narrowest width.

    See Also
    --------
    dlnbalance.DeepLinearNetwork : a deep linear network x ↦ W_N ⋯ W_2 W_1 x.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> dln.DeepLinearNetwork([[[2.0]], [[3.0]]]).svd.values.round(9).tolist()
    [6.0]
    """

    left: Array
    values: Array
    right: Array


class BandForm:
    r"""The band form X = Q M P* of a square matrix; 8/3 n³ flops.

    Parameters
    ----------
    X : (n, n) array
        In Fortran order; overwritten.

    References
    ----------
    .. [1] B. Grosser, B. Lang, "Efficient parallel reduction to bidiagonal form", Parallel Comput. 25 (1999) 969-986.
    .. [2] K. V. Fernando, B. N. Parlett, "Accurate singular values and differential qd algorithms", Numer. Math. 67
       (1994) 191-229.
    .. [3] G. Golub, W. Kahan, "Calculating the singular values and pseudo-inverse of a matrix", SIAM J. Numer. Anal. 2
       (1965) 205-224.

    Examples
    --------
    >>> form = BandForm(np.array([[3.0, 0.0], [0.0, 4.0]], order="F"))
    >>> form.values.round(12).tolist()
    [4.0, 3.0]
    >>> abs(form.leading(1).left.ravel()).round(15).tolist()
    [0.0, 1.0]
    """

    def __init__(self, X: Array):
        n = X.shape[0]
        self._left: list[_Reflector] = []
        self._right: list[_Reflector] = []
        self._band = np.zeros((_WIDTH + 1, n), X.dtype, order="F")  # M[i, j] at [_WIDTH + i − j, j]
        for k in range(0, n, _WIDTH):
            end = min(k + _WIDTH, n)
            self._left.append(_Reflector(X[k:, k:end], k))
            self._left[-1].apply(X[k:, end:], adjoint=True)
            self._keep(np.triu(X[k:end, k:end]), k, k)
            if end < n:
                columns = np.asfortranarray(adjoint(X[k:end, end:]))
                self._right.append(_Reflector(columns, end))
                self._right[-1].apply(X[end:, end:], from_right=True)
                self._keep(adjoint(np.triu(columns[: end - k])), k, end)

    def _keep(self, block: Array, row: int, column: int) -> None:
        """Store a block of M in the band."""
        i, j = np.nonzero(block)
        self._band[_WIDTH + row + i - column - j, column + j] = block[i, j]

    @cached_property
    def values(self) -> Array:
        """All singular values, descending; 6 n² w flops for a band of width w."""
        return frozen(bidiagonal_values(*band_to_bidiagonal(self._band.copy(order="F"))))

    def leading(self, r: int) -> SingularValues:
        """The `r` leading singular triples; 8 n² r flops.

        The values ±σ and vectors (v, ±u) of [0 M*; M 0] are eigenpairs of a Hermitian band matrix, after an even
        shuffle. Both halves of an eigenvector are made orthogonal to those before, each for itself.
        """
        n, values = self._band.shape[1], self.values[:r]
        u, v = (np.empty((n, r), self._band.dtype, order="F") for _ in range(2))
        if r == 0:  # LAPACK reflects no matrix without columns
            return SingularValues(u, values, v)
        starts = np.random.default_rng(0).standard_normal((2 * n, r))
        shifted = _ShiftedBand(self._shuffled)
        for k, value in enumerate(values / self._size):
            shifted.factor(value)
            pair = starts[:, k]
            for _ in range(_ITERATIONS):
                pair = shifted.solve(pair / la.norm(pair))
                for half, basis in ((slice(1, None, 2), u), (slice(0, None, 2), v)):
                    pair[half] = _orthogonalized(pair[half], basis[:, :k])
            u[:, k], v[:, k] = (half / la.norm(half) for half in (pair[1::2], pair[::2]))
        for reflectors, vectors in ((self._left, u), (self._right, v)):
            for reflector in reversed(reflectors):
                reflector.apply(vectors[reflector.start :])
        return SingularValues(u, values, v)

    @property
    def _size(self) -> float:
        return self.values[0] or 1.0

    @cached_property
    def _shuffled(self) -> Array:
        """The matrix [0 M*; M 0]/σ_1, rows and columns in the order v_1, u_1, v_2, …, as LAPACK stores a band."""
        n = self._band.shape[1]
        shuffled = np.zeros((3 * _SPREAD + 1, 2 * n), self._band.dtype, order="F")
        for d in range(min(_WIDTH + 1, n)):
            diagonal = self._band[_WIDTH - d, d:] / self._size
            shuffled[2 * _SPREAD + 1 - 2 * d, 2 * d :: 2] = diagonal
            shuffled[2 * _SPREAD - 1 + 2 * d, 1 : 2 * (n - d) : 2] = diagonal.conj()
        return shuffled


def _orthogonalized(vector: Array, basis: Array) -> Array:
    """Project on the complement of an orthonormal basis, twice: equal values can leave little of the vector."""
    for _ in range(2):
        vector = vector - product(basis, product(adjoint(basis), vector))
    return vector


class _Reflector:
    """Product of the Householder reflections that make a panel upper triangular; it acts on the rows from `start` on.

    The vectors lie in the panel, below its triangle.
    """

    def __init__(self, panel: Array, start: int):
        self.start, self._vectors, self._triangle = start, panel, factor_panel(panel)

    def apply(self, matrix: Array, *, adjoint: bool = False, from_right: bool = False) -> None:
        """Multiply part of a matrix in Fortran order by the reflector, or its adjoint, in place."""
        apply_reflections(
            matrix, vectors=self._vectors, triangle=self._triangle, adjoint=adjoint, from_right=from_right
        )


class _ShiftedBand:
    """LU factors of K − σI for a band matrix K of norm 1; exactly singular ones are moved by a rounding error."""

    def __init__(self, band: Array):
        self._factor, self._solve = la.get_lapack_funcs(("gbtrf", "gbtrs"), (band,))
        self._band, self._lu = band, np.empty_like(band)

    def factor(self, shift: float) -> None:
        """Replace the factors by those for another shift σ."""
        np.copyto(self._lu, self._band)
        diagonal = self._lu[2 * _SPREAD]
        diagonal -= shift
        self._lu, self._pivots, _ = self._factor(self._lu, _SPREAD, _SPREAD, overwrite_ab=True)
        diagonal = self._lu[2 * _SPREAD]
        diagonal[diagonal == 0] = EPS

    def solve(self, right: Array) -> Array:
        """Solve (K − σI) x = right."""
        return self._solve(self._lu, _SPREAD, _SPREAD, right, self._pivots)[0]
