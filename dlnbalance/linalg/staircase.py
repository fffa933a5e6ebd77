r"""Staircase forms: what an input reaches in a pair (A, B) or a pencil (A − λE, B), by orthogonal transformations.

.. math:: Q^* [B, A - λE] \begin{bmatrix} I & \\ & Z \end{bmatrix} =
    \begin{bmatrix} B_c & A_c - λE_c & * \\ 0 & 0 & A_{\bar c} - λE_{\bar c} \end{bmatrix}

The same of (A*, E*, C*) is what an output reads.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.linalg as la

from ..errors import NumericalError
from .arrays import EPS, Array, adjoint, factorized, norm, product
from .lapack import apply_reflections, factor_panel

__all__ = ["Staircase", "pencil_sizes", "regular_pencil", "staircase"]

# Rows that one step of the chase takes in at least: of rotations in planes the calls would take all of the time, while
# the work grows with the square of the width.
_WINDOW = 8
# Angles at which a pencil is looked at, in radians; a pencil of practice has no eigenvalue at the tangent of all four.
_ANGLES = (0.37, 1.13, 1.93, 2.71)


@dataclass(frozen=True, eq=False, kw_only=True)
class Staircase:
    r"""A staircase form, and how clear the decisions were that led to it.

    Attributes
    ----------
    left, right : (n, n) array
        Unitary Q and Z; the same where there is no E. Their leading `order` columns W and V span the deflating
        subspaces that the input reaches: im B, A im V and E im V lie in im W.
    sizes : tuple of int
        Ranks of the blocks: of B, then of those that lead from each step to the next.
    kept : float
        Smallest singular value that counted as nonzero, relative to the norm of B or of (A, E); infinite when there is
        none.
    dropped : float
        Largest one that counted as zero, likewise; 0 when there is none.
    """

    left: Array
    right: Array
    sizes: tuple[int, ...]
    kept: float
    dropped: float

    @property
    def order(self) -> int:
        """Number of states that the input reaches."""
        return sum(self.sizes)


def staircase(A: Array, E: Array | None, B: Array, rtol: float, sizes: tuple[float, float] | None = None) -> Staircase:
    r"""Find what the input reaches, step by step: B, then what A makes of the directions found last, and so on.

    Parameters
    ----------
    A : (n, n) array
    E : (n, n) array or None
        None is the identity. It may be singular, as long as the pencil is regular; then all uncontrollable finite
        eigenvalues are split off, and only some of the infinite ones (see :func:`regular_pencil`).
    B : (n, m) array
    rtol : float
        Singular values of B count as zero up to this share of ‖B‖_F, those of later blocks of ‖(A, E)‖_F.
    sizes : tuple of two floats, optional
        What stands for these norms where the matrices are parts of others, whose rounding they carry.

    Returns
    -------
    Staircase

    Notes
    -----
    Each step compresses a block of k rows by an orthogonal transformation from the left. With E, which is kept upper
    triangular, windows of rows are compressed from the bottom up, and each window of E is restored from the right by
    an RQ factorization. A is multiplied by the columns found last only, so that a step costs O(n²) per column, the
    whole O(n³). The computed form is that of matrices within a few n eps of the given ones, relative to their norms;
    a rank decision errs where these are as near to others with another rank.

    References
    ----------
    .. [1] P. M. Van Dooren, "The generalized eigenstructure problem in linear system theory", IEEE Trans. Automat.
       Control 26 (1981) 111-129.
    .. [2] A. Varga, "Computation of irreducible generalized state-space realizations", Kybernetika 26 (1990) 89-106,
       the algorithm of TG01HD in SLICOT.

    Examples
    --------
    >>> A = np.array([[-1.0, 0.0, 1.0], [0.0, -2.0, 0.0], [0.0, 0.0, -3.0]])
    >>> form = staircase(A, None, np.array([[0.0], [1.0], [1.0]]), 1e-14)
    >>> form.sizes, form.order
    ((1, 1, 1), 3)
    >>> staircase(A, np.eye(3), np.array([[1.0], [0.0], [1.0]]), 1e-14).order
    2
    """
    n = A.shape[0]
    dtype = np.result_type(*(M for M in (A, E, B) if M is not None), float)
    bases = _StateBasis(n, dtype) if E is None else _PencilBases(E.astype(dtype))
    size, later = pencil_sizes(A, E, B) if sizes is None else sizes
    source = B
    ranks: list[int] = []
    kept, dropped, start = np.inf, 0.0, 0
    while start < n:
        block = product(adjoint(bases.left[:, start:]), source.astype(dtype))
        directions, values, _ = la.svd(block, full_matrices=False, check_finite=False)
        values = values / (size or 1.0)
        rank = int(np.count_nonzero(values > rtol))
        kept = min(kept, values[:rank].min(initial=np.inf))
        dropped = max(dropped, values[rank:].max(initial=0.0))
        if rank == 0:
            break
        bases.compress(directions[:, :rank], start)
        ranks.append(rank)
        source, size = product(A.astype(dtype), bases.right[:, start : start + rank]), later
        start += rank
    return Staircase(left=bases.left, right=bases.right, sizes=tuple(ranks), kept=float(kept), dropped=float(dropped))


def pencil_sizes(A: Array, E: Array | None, B: Array) -> tuple[float, float]:
    """‖B‖_F and ‖(A, E)‖_F: what singular values in a staircase are compared with."""
    return norm(B), norm(A) if E is None else float(np.hypot(norm(A), norm(E)))


class _Bases(Protocol):
    """Unitary bases whose trailing columns have not been reached yet."""

    left: Array
    right: Array

    def compress(self, directions: Array, start: int) -> None:
        """Turn columns `start`, … of `left` so that these directions of them come first; keep E triangular."""


class _StateBasis(_Bases):
    """One basis for states and equations: E is the identity."""

    def __init__(self, n: int, dtype: np.dtype):
        self.left = self.right = np.eye(n, dtype=dtype, order="F")

    def compress(self, directions: Array, start: int) -> None:
        panel = np.asfortranarray(directions)
        triangle = factor_panel(panel)
        apply_reflections(self.left[:, start:], vectors=panel, triangle=triangle, from_right=True)


class _PencilBases(_Bases):
    """Bases Q and Z with an upper triangular T = Q* E Z."""

    def __init__(self, E: Array):
        self.left, self.T = la.qr(E, check_finite=False)
        self.right = np.eye(E.shape[0], dtype=E.dtype, order="F")

    def compress(self, directions: Array, start: int) -> None:
        rows, rank = directions.copy(), directions.shape[1]
        high = self.T.shape[0]
        low = high
        while low > start:
            low = max(start, high - rank - max(rank, _WINDOW))
            window = slice(low - start, high - start)
            turn, rows[window] = la.qr(rows[window], check_finite=False)
            self._turn(turn, low, high)
            high = low + rank

    def _turn(self, turn: Array, low: int, high: int) -> None:
        """Turn some rows, and the columns of the same numbers so that T is triangular again."""
        here = slice(low, high)
        self.left[:, here] = product(self.left[:, here], turn)
        self.T[here, low:] = product(adjoint(turn), self.T[here, low:])
        _, back = la.rq(self.T[here, here], check_finite=False)
        self.T[:high, here] = product(self.T[:high, here], adjoint(back))
        self.right[:, here] = product(self.right[:, here], adjoint(back))


def regular_pencil(A: Array, E: Array) -> tuple[Array, Array]:
    r"""Turn a regular pencil so that no eigenvalue is infinite: (cA − sE, cE + sA) with c² + s² = 1.

    Deflating subspaces stay, and so do distances between pencils. What was infinite becomes finite: one staircase then
    finds the finite and the infinite eigenvalues that an input does not reach.

    Parameters
    ----------
    A, E : (n, n) array
        Scaled alike.

    Returns
    -------
    (n, n) and (n, n) array
        The second one as well conditioned as one of a few angles makes it.

    Raises
    ------
    NumericalError
        For a pencil that is singular to working precision: det(A − λE) = 0 for all λ.

    Examples
    --------
    >>> turned_A, turned_E = regular_pencil(np.eye(2), np.diag([1.0, 0.0]))
    >>> bool(np.linalg.cond(turned_E) < 10)
    True
    """
    choices = [(np.cos(angle) * A - np.sin(angle) * E, np.cos(angle) * E + np.sin(angle) * A) for angle in _ANGLES]
    conditions = [factorized(second)[1] for _, second in choices]
    best = int(np.argmax(conditions))
    if not conditions[best] > EPS:
        raise NumericalError(
            "system",
            "a regular pencil A − λE",
            f"one that is singular: reciprocal condition number {conditions[best]:.1e} at the best of"
            f" {len(_ANGLES)} points",
            "some states are not determined by the equations: check that none is missing or stands twice",
        )
    return choices[best]
