r"""Lyapunov and Stein equations of a triangular pencil, state by state: Hammarling's method without blocks.

A real Schur form becomes complex triangular by one unitary 2-by-2 matrix for every complex pair, all of them at once.
What is left for each state are a norm, one triangular solve and a change of rank one. The factor of a real solution is
real again after one QR factorization of its real and its imaginary part, both triangular but for one diagonal.
"""

from functools import cache
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la

from .arrays import Array, Flags, Indices, adjoint
from .pencils import SchurForm, flipped

__all__ = ["TriangularPencil", "triangular_pencil"]

_NEGLIGIBLE = np.finfo(float).tiny / np.finfo(float).eps  # rows of B below it have lost digits to underflow
_PANEL = 32  # columns of the final QR factorization that are updated together


class _Turns(NamedTuple):
    """The unitary block diagonal matrix W whose blocks in rows k, k + 1 are [[x, iη], [iη, x*]], η real."""

    rows: Indices
    x: Array
    eta: Array

    def applied(self, M: Array) -> Array:
        """W M, a new array."""
        return self._combined(M, self.x[:, None], 1j * self.eta[:, None])

    def adjoint_applied(self, M: Array) -> Array:
        """W* M, a new array."""
        return self._combined(M, self.x.conj()[:, None], -1j * self.eta[:, None])

    def _combined(self, M: Array, x: Array, y: Array) -> Array:
        turned, upper, lower = M.astype(complex), M[self.rows], M[self.rows + 1]
        turned[self.rows] = x * upper + y * lower
        turned[self.rows + 1] = y * upper + x.conj() * lower
        return turned


class TriangularPencil(NamedTuple):
    """Upper triangular S − λT with Q_0 S Z_0* and Q_0 T Z_0* the pencil of a Schur form, Q_0 and Z_0 its turns.

    T is None for E = I, and there are no turns where the Schur form is triangular itself.
    """

    S: Array
    T: Array | None
    left: _Turns | None
    right: _Turns | None

    def gramian_factor(self, right: Array, *, discrete: bool) -> Array:
        """Factor U of the solution UU* in the coordinates of the Schur form, where the right-hand side is −RR*.

        Upper triangular, and real for real data; full where a real pencil with complex eigenvalues meets a complex R.
        """
        turned = right if self.left is None else self.left.adjoint_applied(right)
        U = _solution(self.S, self.T, turned, discrete=discrete)
        if self.right is None:
            return U
        full = self.right.applied(U)
        return full if np.iscomplexobj(right) else flipped(_real_triangle(adjoint(full)[::-1, ::-1]))

    def adjoint_gramian_factor(self, right: Array, *, discrete: bool) -> Array:
        """Factor G of the solution G*G of the adjoint equation; like the other one."""
        turned = right if self.right is None else self.right.adjoint_applied(right)
        T = None if self.T is None else flipped(self.T)
        U = _solution(flipped(self.S), T, turned[::-1], discrete=discrete)
        if self.left is None:
            return flipped(U)
        full = adjoint(self.left.applied(U[::-1]))[::-1]
        return full if np.iscomplexobj(right) else _real_triangle(full)


def triangular_pencil(schur: SchurForm) -> TriangularPencil:
    """Bring a real Schur form to complex triangular form, all pairs at once; O(n²). A triangular one stays as it is.

    The diagonal gets the eigenvalues of the 2-by-2 blocks as they are, and not those that rounding makes of them.

    Examples
    --------
    >>> pencil = triangular_pencil(SchurForm(S=np.array([[-1.0, 4.0], [-1.0, -1.0]]), T=None, Q=np.eye(2), Z=np.eye(2)))
    >>> pencil.S.diagonal().round(12).tolist()
    [(-1+2j), (-1-2j)]
    """
    S, T = schur.S, schur.T
    rows = np.flatnonzero(S.diagonal(-1))
    if not rows.size:
        return TriangularPencil(S, T, None, None)
    below = rows + 1
    first, second = (1.0, 1.0) if T is None else (T[rows, rows], T[below, below])
    a, b = S[rows, rows] / first, S[rows, below] / first
    c, d = S[below, rows] / second, S[below, below] / second
    half = (a - d) / 2
    values = (a + d) / 2 + 1j * np.sqrt(np.maximum(-b * c - half**2, 0.0))
    wide = np.abs(b) >= np.abs(c)
    x, y = np.where(wide, b, half + 1j * values.imag), np.where(wide, -half + 1j * values.imag, c + 0j)
    size = np.abs(y)
    x = x * np.divide(1j * y.conj(), size, out=np.ones_like(y), where=size > 0)  # which leaves y imaginary
    right, length = _turns(rows, x, size)
    left = right
    if T is not None:
        left, length = _turns(rows, first * right.x, second * right.eta)
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


def _turns(rows: Indices, x: Array, eta: Array) -> tuple[_Turns, Array]:
    """Turns from vectors (x, iη) of any length, and these lengths."""
    length = np.hypot(np.abs(x), eta)
    return _Turns(rows, x / length, eta / length), length


def _turned(M: Array, left: _Turns, right: _Turns) -> Array:
    """Left* M Right, a new array in Fortran order."""
    return adjoint(right.adjoint_applied(adjoint(left.adjoint_applied(M))))


def _real_triangle(M: Array) -> Array:
    """Real upper triangle R with RᵀR = Re M*M, where Re M is upper triangular and Im M upper Hessenberg."""
    n = M.shape[0]
    upper, below = np.asfortranarray(M.real), np.asfortranarray(M.imag)
    R, *_ = la.lapack.dtpqrt(n - 1, min(_PANEL, n), upper, below, overwrite_a=True, overwrite_b=True)
    return R


def _solution(S: Array, T: Array | None, right: Array, *, discrete: bool) -> Array:
    """Upper triangular U with S UU* T* + T UU* S* + RR* = 0 (discrete: S UU* S* − T UU* T* + RR* = 0)."""
    n, scale = S.shape[0], np.abs(right).max(initial=0.0)
    kind = np.result_type(S, right)
    U = np.zeros((n, n), dtype=kind, order="F")
    if scale > 0:
        packed = [_packed(M.astype(kind, copy=False)) for M in ((S,) if T is None else (S, T))]
        way = _discrete_columns if discrete else _continuous_columns if T is None else _continuous_pencil_columns
        way(*packed, U=U, right=_Right(right.T / scale, kind))
        U *= scale
    return U


class _Packed(NamedTuple):
    """The upper triangle of a matrix by columns, and where in it the diagonal stands."""

    entries: Array
    diagonal: Indices

    def column(self, j: int) -> Array:
        """Entries above the diagonal of column j."""
        end = j * (j + 1) // 2
        return self.entries[end : end + j]


def _packed(M: Array) -> _Packed:
    lower, diagonal = _packing(M.shape[0])
    return _Packed(M.T[lower], diagonal)


@cache
def _packing(n: int) -> tuple[Flags, Indices]:
    """The lower triangle, and the positions of the diagonal of its rows."""
    count = np.arange(n)
    return count[:, None] >= count, count * (count + 3) // 2


class _Right:
    """The right-hand side B, which shrinks to what the states that are done leave unexplained; BLAS by its types.

    Kept as Bᵀ in Fortran order, so that the rows of B above a state are one piece of memory.
    """

    def __init__(self, transposed: Array, kind: Any):
        self._B = np.asfortranarray(transposed, dtype=kind)
        blas, real = la.blas, self._B.dtype.kind == "f"
        self._norm, self._gemv, self._ger = (
            (blas.dnrm2, blas.dgemv, blas.dger) if real else (blas.dznrm2, blas.zgemv, blas.zgeru)
        )
        self.solve, self.multiply = (blas.dtpsv, blas.dtpmv) if real else (blas.ztpsv, blas.ztpmv)

    def input_normal(self, j: int, weight: float) -> tuple[float, Array]:
        """Length of row j, and a row of length `weight` in its direction: in any, where it is zero to underflow."""
        row = self._B[:, j]
        length = self._norm(row)
        if length < _NEGLIGIBLE:  # unreachable
            return 0.0, weight * np.eye(1, row.size, dtype=row.dtype)[0]
        return length, row * (weight / length)

    def along(self, beta: Array, j: int, u: float, column: Array) -> Array:
        """B β* + u c above row j."""
        return self._gemv(1.0, self._B[:, :j], beta.conj(), u, column, 0, 1, 0, 1, 1)

    def subtract(self, x: Array, beta: Array, j: int) -> None:
        """B − x β above row j."""
        self._ger(-1.0, beta, x, 1, 1, self._B[:, :j], 1, 1, 1)


def _continuous_columns(S: _Packed, U: Array, right: _Right) -> None:
    """Columns of U from the last to the first for E = I, in place; uses up the right-hand side."""
    shifted, poles = S.entries.copy(), S.entries[S.diagonal]
    opposite, weights = poles.conj(), _weights(poles)
    for j in range(U.shape[0] - 1, -1, -1):
        length, beta = right.input_normal(j, weights[j])
        U[j, j] = u = length / weights[j]
        if j:
            shifted[S.diagonal[:j]] = poles[:j] + opposite[j]
            x = right.solve(j, shifted, right.along(beta, j, u, S.column(j)), overwrite_x=1)
            U[:j, j] = x = -x
            right.subtract(x, beta, j)


def _continuous_pencil_columns(S: _Packed, T: _Packed, U: Array, right: _Right) -> None:
    """The same with T."""
    scales = T.entries[T.diagonal].real
    poles = S.entries[S.diagonal] / scales
    opposite, weights = poles.conj(), _weights(poles)
    for j in range(U.shape[0] - 1, -1, -1):
        length, beta = right.input_normal(j, weights[j])
        U[j, j] = u = length / (weights[j] * scales[j])
        if j:
            entries = S.diagonal[j]
            shifted = S.entries[:entries] + opposite[j] * T.entries[:entries]
            Tu = u * T.column(j)
            x = right.solve(j, shifted, right.along(beta, j, u, S.column(j)) + opposite[j] * Tu, overwrite_x=1)
            U[:j, j] = x = -x
            right.subtract(right.multiply(j, T.entries, x, overwrite_x=1) + Tu, beta, j)


def _discrete_columns(S: _Packed, *descriptor: _Packed, U: Array, right: _Right) -> None:
    """The same in discrete time, with T or without.

    With β of length (1 − |λ|²)^½ and e^{iφ} = λ/|λ| the unitary section of one state is
    [[λ, β], [−e^{iφ}β*, I − β*β/(1 + |λ|)]], in which nothing cancels.
    """
    [T] = descriptor or [None]
    poles = S.entries[S.diagonal]
    scales = np.ones(poles.size) if T is None else T.entries[T.diagonal].real
    poles = poles / scales
    sizes, opposite = np.abs(poles), poles.conj()
    for j in range(U.shape[0] - 1, -1, -1):
        size = float(sizes[j])
        weight = sqrt((1 - size) * (1 + size))
        length, beta = right.input_normal(j, weight)
        U[j, j] = u = length / (weight * scales[j])
        if j:
            entries, Su = S.diagonal[j], u * S.column(j)
            known = right.along(beta, j, 0.0, Su)
            shifted = S.entries[:entries] * -opposite[j]
            wanted = known + opposite[j] * Su
            if T is None:
                shifted[S.diagonal[:j]] += 1
            else:
                shifted += T.entries[:entries]
                wanted -= u * T.column(j)
            U[:j, j] = x = right.solve(j, shifted, wanted, overwrite_x=1)
            turned = (opposite[j] / size if size else 1.0) * (right.multiply(j, S.entries, x) + Su)
            right.subtract(known / (1 + size) + turned, beta, j)


def _weights(poles: Array) -> list[float]:
    """√(−2 Re λ)."""
    return [sqrt(-2 * pole) for pole in poles.real.tolist()]
