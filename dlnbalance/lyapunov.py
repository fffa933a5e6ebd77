r"""Lyapunov and Stein equations, solved directly for a factor of the solution.

For a stable pencil A − λE these functions find an upper triangular U, in the coordinates of its Schur form, with

.. math:: S U U^* T^* + T U U^* S^* + B B^* = 0 \qquad\text{(continuous)},
.. math:: S U U^* S^* - T U U^* T^* + B B^* = 0 \qquad\text{(discrete)},

without ever forming U U*, which would square the condition number.

The method is Hammarling's, organized in blocks. In the coordinates where the solution is the identity the pair
(M, β) = (U⁻¹T⁻¹SU, U⁻¹T⁻¹B) is *input-normal*: M + M* = −ββ* in continuous time, MM* + ββ* = I in discrete time.
It is therefore half of a lossless (all-pass) section

.. math:: \begin{pmatrix} M & β \\ N & γ \end{pmatrix},

and the section of a block triangular pencil is the cascade of the sections of its diagonal blocks. So M and β
are known without inverting U, the panel of U that couples two blocks solves one Sylvester equation with
coefficients at hand, and everything between the 1-by-1 and 2-by-2 blocks of the Schur form is matrix products.
"""

from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from .arrays import Array, adjoint
from .pencils import SchurForm, row_blocks, split_row

__all__ = ["compressed", "gramian_factor"]

_BLOCK = 16  # rows of U that are found together
_NEGLIGIBLE = np.finfo(float).tiny / np.finfo(float).eps  # rows of B below it have lost digits to underflow
_TRSYL = 64  # largest Sylvester equation left to LAPACK's unblocked kernel
_KRONECKER = 8  # largest side of a Sylvester equation solved as one linear system


class _Section(NamedTuple):
    """A lossless section: x⁺ = M x + β u, v = N x + γ u."""

    M: Array
    beta: Array
    N: Array
    gamma: Array


def gramian_factor(schur: SchurForm, B: Array, *, discrete: bool) -> Array:
    r"""Factor of the solution of a Lyapunov (or Stein) equation in the coordinates of a Schur form.

    Parameters
    ----------
    schur : SchurForm
        Of a pencil A − λE whose eigenvalues lie in the open left half plane (`discrete`: open unit disc); the
        caller has checked that.
    B : (n, m) array
        Right-hand side, in the original coordinates; any m, and any rank, zero included.
    discrete : bool
        Solve the Stein equation instead of the Lyapunov equation.

    Returns
    -------
    U : (n, n) array
        Upper triangular, real for real data; full where a real pencil meets a complex right-hand side. The solution
        of A X E* + E X A* + BB* = 0, respectively A X A* − E X E* + BB* = 0, is X = (Z U)(Z U)*.

    Notes
    -----
    About 2 n³ flops beyond the Schur form, nearly all in matrix products.

    References
    ----------
    .. [1] S. J. Hammarling, "Numerical solution of the stable, non-negative definite Lyapunov equation",
       IMA J. Numer. Anal. 2 (1982) 303-323.
    .. [2] T. Penzl, "Numerical solution of generalized Lyapunov equations", Adv. Comput. Math. 8 (1998) 33-48.
    .. [3] I. Jonsson, B. Kågström, "Recursive blocked algorithms for solving triangular systems", ACM TOMS 28
       (2002) 392-415.

    Examples
    --------
    >>> from dlnbalance.pencils import schur_form
    >>> gramian_factor(schur_form(np.array([[-2.0]])), np.array([[6.0]]), discrete=False).item()  # 36/4 = 3²
    3.0
    """
    right = adjoint(schur.Q) @ B
    complex_data = np.iscomplexobj(right) or np.iscomplexobj(schur.S)
    if complex_data and not np.iscomplexobj(schur.S):
        triangular = _complexified(schur)
        return adjoint(schur.Z) @ (triangular.Z @ gramian_factor(triangular, B, discrete=discrete))
    scale = np.abs(right).max(initial=0.0)
    U = np.zeros((schur.order, schur.order), dtype=complex if complex_data else float, order="F")
    if scale > 0:
        _Hammarling(schur.S, schur.T, U, discrete=discrete).solve(right / scale)
    return U * scale


def compressed(factor: Array) -> Array:
    """Factor of the same product Z Z* with no more columns than rows, by one QR factorization of Z*.

    Examples
    --------
    >>> abs(compressed(np.array([[3.0, 4.0]])).item())
    5.0
    """
    rows, columns = factor.shape
    if columns <= rows:
        return factor
    triangle = la.qr(adjoint(factor), mode="r", check_finite=False)[0]
    return adjoint(triangle[:rows])


def _complexified(schur: SchurForm) -> SchurForm:
    """Complex Schur form of a real pencil that meets a complex right-hand side."""
    from .pencils import schur_form

    A = schur.Q @ schur.S @ adjoint(schur.Z)
    E = None if schur.T is None else schur.Q @ schur.T @ adjoint(schur.Z) + 0j
    return schur_form(A + 0j, E)


class _Hammarling:
    """Hammarling's method in blocks; fills the upper triangular factor `U` in place."""

    def __init__(self, S: Array, T: Array | None, U: Array, *, discrete: bool):
        self.S, self.T, self.U, self.discrete = S, T, U, discrete

    def solve(self, B: Array) -> None:
        """Solve the whole equation with right-hand side `B` (in Schur coordinates).

        Blocks are taken from the bottom up, and after each the right-hand side of the rows above shrinks to what
        that block leaves unexplained. Blocks stay narrow because this shrinking, done step by step, is what
        keeps the small entries of U accurate.
        """
        for lo, hi in row_blocks(self.S, _BLOCK):
            section = self.section(lo, hi, B[lo:hi])
            if lo > 0:
                B = self._panel(0, lo, hi, B[:lo], section)

    def section(self, lo: int, hi: int, B: Array) -> _Section:
        """Solve for the diagonal block of rows lo … hi−1, by halving, and return its lossless section."""
        mid = lo + (split_row(self.S[lo:hi, lo:hi]) if hi - lo > 1 else 1)
        if mid == hi:
            return self._diagonal_block(lo, hi, B)
        lower = self.section(mid, hi, B[mid - lo :])
        upper = self.section(lo, mid, self._panel(lo, mid, hi, B[: mid - lo], lower))
        return _cascade(upper, lower)

    def _panel(self, lo: int, mid: int, hi: int, B: Array, lower: _Section) -> Array:
        """Solve for rows lo … mid−1 of U above `lower`; return the right-hand side that is left for them."""
        here, below = slice(lo, mid), slice(mid, hi)
        S, T = self.S[here, here], None if self.T is None else self.T[here, here]
        corner = self.U[below, below]
        S_corner = self.S[here, below] @ corner
        T_corner = np.zeros_like(S_corner) if self.T is None else self.T[here, below] @ corner
        M_adjoint, input_part = adjoint(lower.M), B @ adjoint(lower.beta)
        if self.discrete:
            right = S_corner @ M_adjoint - T_corner + input_part
        else:
            right = -(S_corner + T_corner @ M_adjoint + input_part)
        panel = _sylvester(S, T, lower.M, right, discrete=self.discrete)
        self.U[here, below] = panel
        if self.discrete:
            state = S @ panel + S_corner
        else:
            state = (panel if T is None else T @ panel) + T_corner
        return state @ adjoint(lower.N) + B @ adjoint(lower.gamma)

    def _diagonal_block(self, lo: int, hi: int, B: Array) -> _Section:
        block = slice(lo, hi)
        scaling = np.ones(hi - lo) if self.T is None else np.diag(self.T[block, block]).real
        M = self.S[block, block] / scaling  # T is diagonal inside the block
        size = np.abs(B).max()
        if size < _NEGLIGIBLE:  # unreachable: U is zero here, and any input direction serves
            size, B = 0.0, np.eye(hi - lo, B.shape[1])
        else:
            B = B / size
        U, section = _pair(M, B, self.discrete) if hi - lo == 2 else _single(M, B, self.discrete)
        self.U[block, block] = size * U / scaling[:, None]
        return section


def _cascade(upper: _Section, lower: _Section) -> _Section:
    """Section of a block triangular pair: the output of `lower` drives `upper`."""
    zero = np.zeros((lower.M.shape[0], upper.M.shape[0]))
    return _Section(
        M=np.block([[upper.M, upper.beta @ lower.N], [zero, lower.M]]),
        beta=np.vstack([upper.beta @ lower.gamma, lower.beta]),
        N=np.hstack([upper.N, upper.gamma @ lower.N]),
        gamma=upper.gamma @ lower.gamma,
    )


def _single(M: Array, B: Array, discrete: bool) -> tuple[Array, _Section]:
    """Closed form for one eigenvalue."""
    pole = M[0, 0]
    weight = np.sqrt((1 - abs(pole)) * (1 + abs(pole)) if discrete else -2 * pole.real)
    length = la.norm(B)
    return np.array([[length / weight]]), _completed(M, (weight / length) * B, discrete)


def _pair(M: Array, B: Array, discrete: bool) -> tuple[Array, _Section]:
    """Factor and section of a real 2-by-2 block with complex eigenvalues."""
    if not discrete:
        U, normal, beta = _continuous_pair(M, B)
        return U, _completed(normal, beta, discrete)
    # z ↦ (z − 1)/(z + 1), after a change of sign that keeps the poles away from −1; the Gramian stays the same.
    sign, unit = (1.0 if np.trace(M) >= 0 else -1.0), np.eye(2)
    mapped = np.linalg.solve(sign * M + unit, np.hstack([sign * M - unit, np.sqrt(2) * B]))
    U, normal, beta = _continuous_pair(mapped[:, :2], mapped[:, 2:])
    section = np.linalg.solve(unit - normal, np.hstack([sign * (unit + normal), np.sqrt(2) * beta]))
    return U, _completed(section[:, :2], section[:, 2:], discrete)


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
    section = _Hammarling(triangular, None, U, discrete=False).section(0, 2, adjoint(Q) @ B)
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


def _completed(M: Array, beta: Array, discrete: bool) -> _Section:
    """Complete an input-normal pair to a lossless section."""
    n, m = beta.shape
    if not discrete:
        return _Section(M, beta, -adjoint(beta), np.eye(m))
    frame = la.qr(adjoint(np.hstack([M, beta])), check_finite=False)[0]
    rest = adjoint(frame[:, n:])
    return _Section(M, beta, rest[:, :n], rest[:, n:])


def _sylvester(S: Array, T: Array | None, M: Array, right: Array, *, discrete: bool) -> Array:
    """Solve S X + T X M* = right (`discrete`: T X − S X M* = right) for upper quasi-triangular S, T, M.

    Recursive halving of the longer side; the leaves go to LAPACK's trsyl where it applies and to one dense
    linear system otherwise.
    """
    rows, columns = right.shape
    leaf = _TRSYL if T is None and not discrete else _KRONECKER
    if max(rows, columns) <= leaf:
        return _sylvester_leaf(S, T, M, right, discrete)
    solution = np.empty_like(right)
    if rows >= columns:
        cut = split_row(S)
        low, high = slice(None, cut), slice(cut, None)
        T_low, T_high = (None, None) if T is None else (T[low, low], T[high, high])
        solution[high] = X = _sylvester(S[high, high], T_high, M, right[high], discrete=discrete)
        coupling = None if T is None else T[low, high] @ X
        rest = right[low] - _apply(S[low, high] @ X, coupling, M, discrete)
        solution[low] = _sylvester(S[low, low], T_low, M, rest, discrete=discrete)
    else:
        cut = split_row(M)
        low, high = slice(None, cut), slice(cut, None)
        solution[:, high] = X = _sylvester(S, T, M[high, high], right[:, high], discrete=discrete)
        image = -(S @ X) if discrete else (X if T is None else T @ X)
        rest = right[:, low] - image @ adjoint(M[low, high])
        solution[:, low] = _sylvester(S, T, M[low, low], rest, discrete=discrete)
    return solution


def _apply(SX: Array, TX: Array | None, M: Array, discrete: bool) -> Array:
    """Left-hand side of the Sylvester equation from the products SX and TX (None: zero)."""
    if discrete:
        return -SX @ adjoint(M) if TX is None else TX - SX @ adjoint(M)
    return SX if TX is None else SX + TX @ adjoint(M)


def _sylvester_leaf(S: Array, T: Array | None, M: Array, right: Array, discrete: bool) -> Array:
    if T is None and not discrete:
        trsyl = la.lapack.get_lapack_funcs("trsyl", (S, M, right))
        solution, scale, _ = trsyl(S, M, right, tranb="C")
        return solution / scale
    rows, columns = right.shape
    unit = np.eye(rows) if T is None else T
    if discrete:
        operator = np.kron(unit, np.eye(columns)) - np.kron(S, M.conj())
    else:
        operator = np.kron(S, np.eye(columns)) + np.kron(unit, M.conj())
    return np.linalg.solve(operator, right.reshape(-1)).reshape(rows, columns)
