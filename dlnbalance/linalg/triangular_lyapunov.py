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

from . import compiled
from .arrays import Array, Flags, Indices, adjoint
from .triangular_pencils import TriangularPencil, flipped

__all__ = ["InputNormal", "adjoint_triangular_factor", "input_normal_solution", "triangular_factor"]

_NEGLIGIBLE = np.finfo(float).tiny / np.finfo(float).eps  # rows of B below it have lost digits to underflow
_DIVISIBLE = 0.5  # modulus of a pole by which a small multiple of a rounding error may be divided
_PANEL = 32  # columns of the final QR factorization that are updated together


def triangular_factor(pencil: TriangularPencil, right: Array, *, discrete: bool) -> Array:
    """Factor U of the solution UU* in the coordinates of the Schur form, where the right-hand side is −RR*.

    Upper triangular, and real for real data; full where a real pencil with complex eigenvalues meets a complex R.

    Examples
    --------
    >>> from dlnbalance.linalg.triangular_pencils import triangular_pencil
    >>> pencil = triangular_pencil(np.array([[-2.0]]), None)
    >>> triangular_factor(pencil, np.array([[6.0]]), discrete=False).item()
    3.0
    """
    turned = right if pencil.left is None else pencil.left.adjoint_applied(right)
    U = _solution(pencil.S, pencil.T, turned, discrete=discrete)
    if pencil.right is None:
        return U
    full = pencil.right.applied(U)
    return full if np.iscomplexobj(right) else flipped(_real_triangle(adjoint(full)[::-1, ::-1]))


def adjoint_triangular_factor(pencil: TriangularPencil, right: Array, *, discrete: bool) -> Array:
    """Factor G of the solution G*G of the adjoint equation; like the other one.

    Examples
    --------
    >>> from dlnbalance.linalg.triangular_pencils import triangular_pencil
    >>> pencil = triangular_pencil(np.array([[-2.0]]), None)
    >>> adjoint_triangular_factor(pencil, np.array([[6.0]]), discrete=False).item()
    3.0
    """
    turned = right if pencil.right is None else pencil.right.adjoint_applied(right)
    T = None if pencil.T is None else flipped(pencil.T)
    U = _solution(flipped(pencil.S), T, turned[::-1], discrete=discrete)
    if pencil.left is None:
        return flipped(U)
    full = adjoint(pencil.left.applied(U[::-1]))[::-1]
    return full if np.iscomplexobj(right) else _real_triangle(full)


class InputNormal(NamedTuple):
    """A factor U of the solution UU*, and the rows β_j of the inputs of the states, one Gramian of which is I.

    Row j of the inputs, after the states j + 1, j + 2, … are taken off, is β_j, of length (−2 Re λ_j)^½, in discrete
    time (1 − |λ_j|²)^½.
    """

    factor: Array
    rows: Array


def input_normal_solution(S: Array, right: Array, *, discrete: bool) -> InputNormal:
    """Factor of the solution UU* for a triangular matrix S, with the directions that Hammarling's method meets.

    Examples
    --------
    >>> found = input_normal_solution(np.array([[-2.0]]), np.array([[6.0]]), discrete=False)
    >>> found.factor.item(), found.rows.item()
    (3.0, 2.0)
    """
    scale, kind = np.abs(right).max(initial=0.0) or 1.0, np.result_type(S, right)
    n = S.shape[0]
    U, remaining = np.zeros((n, n), dtype=kind, order="F"), _Right(right.T / scale, kind)
    way = _discrete_columns if discrete else _continuous_columns
    way(_packed(S.astype(kind, copy=False)), U=U, right=remaining)
    return InputNormal(U * scale, remaining.rows)


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
        pencil = [M.astype(kind, copy=False) for M in ((S,) if T is None else (S, T))]
        if compiled.recursions is not None:
            _compiled_columns(*pencil, U=U, right=right.T / scale, discrete=discrete)
        else:
            way = _discrete_columns if discrete else _continuous_columns if T is None else _continuous_pencil_columns
            way(*map(_packed, pencil), U=U, right=_Right(right.T / scale, kind))
        U *= scale
    return U


def _compiled_columns(S: Array, T: Array | None = None, *, U: Array, right: Array, discrete: bool) -> None:
    """Columns of U by compiled loops over the same formulas."""
    copies = np.array(S, order="F"), None if T is None else np.array(T, order="F")
    rows = np.array(right, dtype=U.dtype, order="F")
    compiled.recursions.factor_columns(*copies, rows, U, discrete, _NEGLIGIBLE, _DIVISIBLE)


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
        self.rows = np.zeros(self._B.shape[::-1], dtype=kind)
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
            length, self.rows[j, 0] = 0.0, weight
        else:
            self.rows[j] = row * (weight / length)
        return length, self.rows[j]

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
            if T is None and size >= _DIVISIBLE:  # x = known + λ* (S x + Su)
                turned = (x - known) / size
            else:
                turned = (opposite[j] / size if size else 1.0) * (right.multiply(j, S.entries, x) + Su)
            right.subtract(known / (1 + size) + turned, beta, j)


def _weights(poles: Array) -> list[float]:
    """√(−2 Re λ)."""
    return [sqrt(-2 * pole) for pole in poles.real.tolist()]
