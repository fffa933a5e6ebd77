r"""Lyapunov and Stein equations of a (quasi-)triangular pencil in blocks: Hammarling's method by matrix products.

In the coordinates where the solution is the identity the pair (M, β) = (U⁻¹T⁻¹SU, U⁻¹T⁻¹B) is *input-normal*:
M + M* = −ββ* in continuous time, MM* + ββ* = I in discrete time. It is therefore half of a lossless (all-pass) section

.. math:: \begin{pmatrix} M & β \\ N & γ \end{pmatrix},

and the section of a block triangular pencil is the cascade of the sections of its diagonal blocks. So M and β
are known without inverting U, the panel of U that couples two blocks solves one Sylvester equation with
coefficients at hand, and everything between the 1-by-1 and 2-by-2 blocks of the Schur form is matrix products.
"""

from collections.abc import Sequence
from functools import cache, reduce
from math import sqrt
from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from .arrays import Array, adjoint, frozen
from .lapack import add_product
from .pencils import row_blocks, split_row

__all__ = ["blocked_factor"]

_NARROW = 16  # columns of U that share one update of the right-hand side: more are faster and less accurate
_SMALL = 64  # order up to which all of U is one block: its products are too small to gain from more
_BLOCK = 48  # rows and columns of U that are found together; OpenBLAS leaves their products to one thread
_NEGLIGIBLE = np.finfo(float).tiny / np.finfo(float).eps  # rows of B below it have lost digits to underflow
_SQUARABLE = 1e-140, 1e140  # between these the square of a number loses no digits
_KRONECKER = 64  # unknowns of a Sylvester equation that is solved as one linear system: less than calls cost
_LEFT_OUT = np.zeros((0, 0))  # of a continuous section


class _Section(NamedTuple):
    """Rows lo … hi−1 of the pencil as a lossless section x⁺ = M x + β u, v = N x + γ u.

    In continuous time N = −β* and γ = I, and they are left out.
    """

    lo: int
    hi: int
    M: Array
    beta: Array
    N: Array = _LEFT_OUT
    gamma: Array = _LEFT_OUT


def blocked_factor(S: Array, T: Array | None, right: Array, *, discrete: bool) -> Array:
    r"""Upper triangular U with S UU* T* + T UU* S* + RR* = 0, in discrete time S UU* S* − T UU* T* + RR* = 0.

    Parameters
    ----------
    S, T : (n, n) array
        Of a stable pencil: S upper (quasi-)triangular, T triangular, diagonal inside the 2-by-2 blocks, None for E = I.
    right : (n, m) array
        R; real where S is only quasi-triangular.
    discrete : bool
        Solve the Stein equation instead of the Lyapunov equation.

    Examples
    --------
    >>> blocked_factor(np.array([[-2.0]]), None, np.array([[6.0]]), discrete=False).item()
    3.0
    """
    scale = np.abs(right).max(initial=0.0)
    U = np.zeros(S.shape, dtype=np.result_type(S, right), order="F")
    if scale > 0:
        _Hammarling(S, T, U, right / scale, discrete=discrete).solve()
    U *= scale
    return U


class _Hammarling:
    """Hammarling's method in blocks; fills the upper triangular factor `U` in place and uses up `B`.

    Block columns of U are found from the last to the first, each from the diagonal up. After every block the
    right-hand side of the rows above shrinks to what that block leaves unexplained. This happens in narrow steps, and
    in the smallest ones inside diagonal blocks, for that is what keeps the small entries of U accurate.
    """

    def __init__(self, S: Array, T: Array | None, U: Array, B: Array, *, discrete: bool):
        self.S, self.T, self.U, self.B, self.discrete = S, T, U, B, discrete
        self._pencil: tuple[Array, ...] = (S,) if T is None else (S, T)
        self._trsyl = None  # which solves the Sylvester equations of the continuous equation with E = I
        if T is None and not discrete:
            self._trsyl = la.lapack.ztrsyl if S.dtype.kind == "c" else la.lapack.dtrsyl
        self._leaves: dict[tuple[int, int], Array] = {}

    def solve(self) -> None:
        """Solve the whole equation (in Schur coordinates)."""
        n = self.S.shape[0]
        for lo, hi in row_blocks(self.S, n if n <= _SMALL else _BLOCK):
            self._above(lo, self.diagonal(lo, hi))

    def diagonal(self, lo: int, hi: int) -> list[list[_Section]]:
        """Solve for the diagonal block of rows lo … hi−1; return the sections of every narrow block, last first."""
        found: list[list[_Section]] = []
        for top, bottom in row_blocks(self.S, _NARROW, lo, hi):
            parts: list[_Section] = []
            for i, k in row_blocks(self.S, 1, top, bottom):
                parts.append(self._diagonal_block(i, k))
                if i > lo:
                    rows, block = slice(lo, i), slice(i, k)
                    products = [M[rows, block] @ self.U[block, block] for M in self._pencil]
                    self.U[rows, block] = self._coupling(rows, self.S[rows, rows], parts[-1], products)
            found.append(parts)
        return found

    def _above(self, top: int, narrow_blocks: list[list[_Section]]) -> None:
        """Solve for the rows of U above `top`, where the diagonal block with these sections begins."""
        if top == 0:
            return
        sections = [_joined(parts, discrete=self.discrete) for parts in narrow_blocks]
        column = slice(top, sections[0].hi)
        products = [self._product(M, column) for M in self._pencil]
        for lo, hi in row_blocks(self.S, _BLOCK, 0, top):
            rows, S = slice(lo, hi), self._leaf(lo, hi)
            for section in sections:
                here = slice(section.lo - top, section.hi - top)
                below = [MU[rows, here] for MU in products]
                self.U[rows, section.lo : section.hi] = self._coupling(rows, S, section, below)
            for M, MU in zip(self._pencil, products, strict=True):
                add_product(MU[:lo], M[:lo, rows], self.U[rows, column])

    def _product(self, M: Array, column: slice) -> Array:
        """The rows of M U above a diagonal block, as far as they come from that block."""
        MU = np.zeros((column.start, column.stop - column.start), self.U.dtype, order="F")
        add_product(MU, M[: column.start, column], self.U[column, column])
        return MU

    def _coupling(self, rows: slice, S: Array, section: _Section, products: Sequence[Array]) -> Array:
        """Rows of U in the columns of a section; shrinks B there.

        Given are the diagonal block of S, and the products S U and T U as far as the rows below make them up.
        """
        B = self.B[rows]
        right = B @ adjoint(section.beta)
        if self._trsyl is not None:
            right += products[0]
            negative, scale, changed = self._trsyl(S, section.M, right, tranb="C")
            if changed:  # slow eigenvalues, which trsyl takes for zero beside fast ones
                negative = _sylvester(S, np.eye(len(S), dtype=S.dtype), section.M, right)
            elif scale != 1:
                negative /= scale
            B += negative @ section.beta
            return -negative
        if self.discrete:
            SU, *TU = products
            T = np.eye(len(S), dtype=S.dtype) if self.T is None else self.T[rows, rows]
            right += SU @ adjoint(section.M)
            for known in TU:
                right -= known
            X = _sylvester(T, -S, section.M, right)
            B[:] = (S @ X + SU) @ adjoint(section.N) + B @ adjoint(section.gamma)
        else:
            (SU, TU), T = products, self._pencil[1][rows, rows]
            right += SU + TU @ adjoint(section.M)
            X = _sylvester(S, T, section.M, -right)
            B -= (T @ X + TU) @ section.beta
        return X

    def _leaf(self, lo: int, hi: int) -> Array:
        """A diagonal block of S, copied once: the block columns meet it again and again."""
        if (lo, hi) not in self._leaves:
            self._leaves[lo, hi] = np.asfortranarray(self.S[lo:hi, lo:hi])
        return self._leaves[lo, hi]

    def _diagonal_block(self, lo: int, hi: int) -> _Section:
        block, B = slice(lo, hi), self.B[lo:hi]
        M, scaling = self.S[block, block], None
        if self.T is not None:
            scaling = self.T[block, block].diagonal().real[:, None]  # T is diagonal inside the block
            M = M / scaling.T
        closed_form = None if self.discrete or hi - lo == 1 else _resonance(M, B)
        U, M, beta = closed_form or _solution(M, B, self.discrete)
        self.U[block, block] = U if scaling is None else U / scaling
        if not self.discrete:
            return _Section(lo, hi, M, beta)
        rest = adjoint(la.qr(adjoint(np.hstack([M, beta])), check_finite=False)[0][:, hi - lo :])
        return _Section(lo, hi, M, beta, rest[:, : hi - lo], rest[:, hi - lo :])


def _joined(parts: list[_Section], *, discrete: bool) -> _Section:
    """Section of a block triangular pair from those of its diagonal blocks, the last one first.

    In continuous time M + M* = −ββ* and M is block triangular, which leaves only the diagonal blocks open.
    """
    if discrete or len(parts) == 1:
        return reduce(_cascade, parts)
    lo = parts[-1].lo
    beta = np.concatenate([part.beta for part in reversed(parts)])
    M = (beta @ adjoint(-beta)) * _above_diagonal(beta.shape[0])
    for part in parts:
        here = slice(part.lo - lo, part.hi - lo)
        M[here, here] = part.M
    return _Section(lo, parts[0].hi, M, beta)


@cache
def _above_diagonal(n: int) -> Array:
    """Ones above the diagonal, zeros elsewhere."""
    return frozen(np.triu(np.ones((n, n)), 1))


def _cascade(lower: _Section, upper: _Section) -> _Section:
    """Section of a discrete block triangular pair: the output of `lower` drives `upper`."""
    zero = np.zeros((lower.M.shape[0], upper.M.shape[0]))
    return _Section(
        lo=upper.lo,
        hi=lower.hi,
        M=np.block([[upper.M, upper.beta @ lower.N], [zero, lower.M]]),
        beta=np.vstack([upper.beta @ lower.gamma, lower.beta]),
        N=np.hstack([upper.N, upper.gamma @ lower.N]),
        gamma=upper.gamma @ lower.gamma,
    )


def _solution(M: Array, B: Array, discrete: bool) -> tuple[Array, Array, Array]:
    """Factor and input-normal pair of one eigenvalue or pair, for rows of B of any size."""
    size = np.abs(B).max()
    if size < _NEGLIGIBLE:  # unreachable: U is zero here, and any input direction serves
        size, B = 0.0, np.eye(*B.shape)
    else:
        B = B / size
    U, M, beta = _pair(M, B, discrete) if M.shape[0] == 2 else _single(M, B, discrete)
    return size * U, M, beta


def _single(M: Array, B: Array, discrete: bool) -> tuple[Array, Array, Array]:
    """Factor and input-normal pair of one eigenvalue, in closed form."""
    pole = M[0, 0]
    weight = sqrt((1 - abs(pole)) * (1 + abs(pole)) if discrete else -2 * pole.real)
    length = np.linalg.norm(B)
    return np.array([[length / weight]]), M, (weight / length) * B


def _pair(M: Array, B: Array, discrete: bool) -> tuple[Array, Array, Array]:
    """Factor and input-normal pair of a real 2-by-2 block with complex eigenvalues."""
    if not discrete:
        return _continuous_pair(M, B)
    # z ↦ (z − 1)/(z + 1), after a change of sign that keeps the poles away from −1; the Gramian stays the same.
    sign, unit = (1.0 if np.trace(M) >= 0 else -1.0), np.eye(2)
    mapped = np.linalg.solve(sign * M + unit, np.hstack([sign * M - unit, np.sqrt(2) * B]))
    U, normal, beta = _continuous_pair(mapped[:, :2], mapped[:, 2:])
    section = np.linalg.solve(unit - normal, np.hstack([sign * (unit + normal), np.sqrt(2) * beta]))
    return U, section[:, :2], section[:, 2:]


def _resonance(M: Array, B: Array) -> tuple[Array, Array, Array] | None:
    """Closed form of `_continuous_pair` for M = [[a, b], [c, a]] with a damping −a that is at most √(−bc).

    In coordinates where M = aI + ω[[0, 1], [−1, 0]] the entries and the determinant of the solution are integrals of
    squares; at such dampings the Gram matrix G = BBᵀ gives all of them to a few units of rounding. None for any other
    M, and where G has no square.
    """
    (a, b), (c, d) = M.tolist()
    if a != d or a * a > -b * c:
        return None
    (g11, g12), (_, g22) = (B @ B.T).tolist()
    damping, omega, ratio = -a, sqrt(-b * c) if b > 0 else -sqrt(-b * c), sqrt(-c / b)
    g12, g22 = g12 / ratio, g22 / ratio**2
    if not _SQUARABLE[0] < g11 + g22 < _SQUARABLE[1]:
        return None
    size = damping**2 + omega**2
    x22 = (g22 + (omega**2 * g11 - 2 * damping * omega * g12 + damping**2 * g22) / size) / (4 * damping)
    x12 = (2 * damping * g12 + omega * (g22 - g11)) / (4 * size)
    determinant = ((((g11 - g22) / 2) ** 2 + g12**2) * omega**2 / size + (g11 * g22 - g12**2)) / (4 * damping**2)
    slope, u22, u11 = x12 / x22, sqrt(x22), sqrt(determinant / x22)
    U = np.array(((u11, slope * u22), (0.0, ratio * u22)))
    beta = np.array(((1 / u11, -slope / (ratio * u11)), (0.0, 1 / (ratio * u22)))) @ B
    rotation = omega * ((1 + slope**2) * u22 / u11 + u11 / u22) / 2
    symmetric = (slope * g22 - g12) / (2 * u11 * u22)
    return U, np.array(((a + omega * slope, symmetric + rotation), (symmetric - rotation, a - omega * slope))), beta


def _continuous_pair(M: Array, B: Array) -> tuple[Array, Array, Array]:
    """Real triangular U with MUUᵀ + UUᵀMᵀ + BBᵀ = 0, and its input-normal pair (N, β) with N + Nᵀ = −ββᵀ.

    The equation is solved in complex triangular form, UUᵀ = Re FF*, which an RQ factorization of (Re F, Im F)
    achieves to rounding. N is determined up to one number by β, and that one is fitted to MU = UN: near the
    stability boundary and for nearly unreachable pairs the phase of F is too inaccurate to give it.
    """
    Q = _eigenvector_frame(M)
    triangular = adjoint(Q) @ M @ Q
    triangular[1, 0] = 0
    U = np.zeros((2, 2), dtype=complex)
    [parts] = _Hammarling(triangular, None, U, adjoint(Q) @ B, discrete=False).diagonal(0, 2)
    section = _joined(parts, discrete=False)
    factor = Q @ U
    real, rows = la.rq(np.hstack([factor.real, factor.imag]), mode="economic", check_finite=False)
    beta = rows[:, :2] @ section.beta.real - rows[:, 2:] @ section.beta.imag
    symmetric = beta @ beta.T / -2
    turned = np.column_stack([-real[:, 1], real[:, 0]])  # U times the rotation by a right angle
    rotation = np.sum((M @ real - real @ symmetric) * turned) / np.sum(real**2)
    return real, symmetric + rotation * np.array([[0.0, 1.0], [-1.0, 0.0]]), beta


def _eigenvector_frame(M: Array) -> Array:
    """Unitary matrix whose first column is an eigenvector of a real 2-by-2 matrix with complex eigenvalues."""
    (a, b), (c, d) = M
    eigenvalue = (a + d) / 2 + 1j * np.sqrt(max(-b * c - ((a - d) / 2) ** 2, 0.0))
    x, y = (b, eigenvalue - a) if abs(b) >= abs(c) else (eigenvalue - d, c)
    length = np.hypot(abs(x), abs(y))
    x, y = x / length, y / length
    return np.array([[x, -np.conj(y)], [y, np.conj(x)]])


def _sylvester(P: Array, R: Array, M: Array, right: Array) -> Array:
    """Solve P X + R X M* = right for upper quasi-triangular P, R (one of them triangular at least) and M.

    For what LAPACK's trsyl does not solve, or not as it is. Recursive halving of the longer side, down to one linear
    system for few unknowns.
    """
    rows, columns = right.shape
    if rows * columns <= _KRONECKER:
        return _sylvester_leaf(P, R, M, right)
    solution = np.empty_like(right)
    if rows >= columns:
        cut = max(split_row(P), split_row(R))
        low, high = slice(None, cut), slice(cut, None)
        solution[high] = X = _sylvester(P[high, high], R[high, high], M, right[high])
        rest = right[low] - P[low, high] @ X - R[low, high] @ X @ adjoint(M)
        solution[low] = _sylvester(P[low, low], R[low, low], M, rest)
    else:
        cut = split_row(M)
        low, high = slice(None, cut), slice(cut, None)
        solution[:, high] = X = _sylvester(P, R, M[high, high], right[:, high])
        rest = right[:, low] - R @ X @ adjoint(M[low, high])
        solution[:, low] = _sylvester(P, R, M[low, low], rest)
    return solution


def _sylvester_leaf(P: Array, R: Array, M: Array, right: Array) -> Array:
    operator = np.kron(P, np.eye(right.shape[1])) + np.kron(R, M.conj())
    if operator.dtype.kind == "c":  # then all coefficients are triangular
        return la.blas.ztrsv(operator, right.reshape(-1)).reshape(right.shape)
    return np.linalg.solve(operator, right.reshape(-1)).reshape(right.shape)
