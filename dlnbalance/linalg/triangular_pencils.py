"""Complex triangular form of a real pencil in Schur form: what triangular solves, and bounds by moduli, want."""

from typing import NamedTuple

import numpy as np

from . import compiled
from .arrays import Array, Indices, adjoint

__all__ = ["TriangularPencil", "Turns", "flipped", "triangular_pencil"]


_DENSE = 16  # order up to which a product with all of W takes less time than one with its blocks in NumPy


class Turns(NamedTuple):
    """The unitary block diagonal matrix W whose blocks in rows k, k + 1 are [[x, iη], [iη, x*]], η real.

    It is formed where it is small.
    """

    rows: Indices
    x: Array
    eta: Array
    dense: Array | None

    def applied(self, M: Array) -> Array:
        """W M, a new array."""
        if self.dense is not None:
            return self.dense @ M
        return self._combined(M, self.x, 1j * self.eta)

    def adjoint_applied(self, M: Array) -> Array:
        """W* M, a new array."""
        if self.dense is not None:
            return adjoint(self.dense) @ M
        return self._combined(M, self.x.conj(), -1j * self.eta)

    def _combined(self, M: Array, x: Array, y: Array) -> Array:
        turned = np.array(M, dtype=complex, order="C")
        if compiled.recursions is not None:
            compiled.recursions.turn_rows(turned, self.rows, x, y)
            return turned
        x, y, upper, lower = x[:, None], y[:, None], M[self.rows], M[self.rows + 1]
        turned[self.rows] = x * upper + y * lower
        turned[self.rows + 1] = y * upper + x.conj() * lower
        return turned


class TriangularPencil(NamedTuple):
    """Upper triangular S − λT with Q_0 S Z_0* and Q_0 T Z_0* the pencil of a Schur form, Q_0 and Z_0 its turns.

    T is None for E = I, and there are no turns where the Schur form is triangular itself.
    """

    S: Array
    T: Array | None
    left: Turns | None
    right: Turns | None


def triangular_pencil(S: Array, T: Array | None) -> TriangularPencil:
    """Bring a real Schur form to complex triangular form, all pairs at once; O(n²). A triangular one stays as it is.

    The diagonal gets the eigenvalues of the 2-by-2 blocks as they are, and not those that rounding makes of them.

    Examples
    --------
    >>> pencil = triangular_pencil(np.array([[-1.0, 4.0], [-1.0, -1.0]]), None)
    >>> pencil.S.diagonal().round(12).tolist()
    [(-1+2j), (-1-2j)]
    """
    rows = np.flatnonzero(S.diagonal(-1))
    if not rows.size:
        return TriangularPencil(S, T, None, None)
    below = rows + 1
    first, second = (1.0, 1.0) if T is None else (T[rows, rows], T[below, below])
    a, b = S[rows, rows] / first, S[rows, below] / first
    c, d = S[below, rows] / second, S[below, below] / second
    half = (a - d) / 2
    exponents = np.frexp(np.maximum(np.abs(b), np.abs(c)))[1]  # so that no square leaves the range of numbers
    up, low, apart = (np.ldexp(entries, -exponents) for entries in (b, c, half))
    values = (a + d) / 2 + 1j * np.ldexp(np.sqrt(np.maximum(-up * low - apart**2, 0.0)), exponents)
    wide = np.abs(b) >= np.abs(c)
    x, y = np.where(wide, b, half + 1j * values.imag), np.where(wide, -half + 1j * values.imag, c + 0j)
    size = np.abs(y)
    x = x * np.divide(1j * y.conj(), size, out=np.ones_like(y), where=size > 0)  # which leaves y imaginary
    right, length = _turns(rows, x, size, S.shape[0])
    left = right
    if T is not None:
        left, length = _turns(rows, first * right.x, second * right.eta, S.shape[0])
    S = _turned(S, left, right)
    S[below, rows] = 0.0
    if T is None:
        S[rows, rows], S[below, below] = values, values.conj()
    else:
        T = _turned(T, left, right)
        T[below, rows] = 0.0
        T[rows, rows], T[below, below] = length, first * second / length
        S[rows, rows], S[below, below] = values * length, values.conj() * T[below, below]
    return TriangularPencil(S, T, left, right)


def flipped(M: Array) -> Array:
    """J M* J with J the exchange matrix: upper (quasi-)triangular again."""
    return np.asfortranarray(adjoint(M)[::-1, ::-1])


def _turns(rows: Indices, x: Array, eta: Array, n: int) -> tuple[Turns, Array]:
    """Turns of order n from vectors (x, iη) of any length, and these lengths."""
    length = np.hypot(np.abs(x), eta)
    x, eta, dense = x / length, eta / length, None
    if n <= _DENSE and compiled.recursions is None:
        dense, below = np.eye(n, dtype=complex), rows + 1
        dense[rows, rows], dense[below, below] = x, x.conj()
        dense[rows, below] = dense[below, rows] = 1j * eta
    return Turns(rows, x, eta, dense), length


def _turned(M: Array, left: Turns, right: Turns) -> Array:
    """Left* M Right, a new array in Fortran order."""
    return adjoint(right.adjoint_applied(adjoint(left.adjoint_applied(M))))
