r"""Sparse pencils A − λE: one ordering, then an LU factorization for every combination aA + eE that is needed.

What `pencils.py` does for dense systems by one Schur form is done here by one factorization for each shift.
"""

from functools import cached_property
from typing import Any, Literal

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from ...errors import NumericalError
from ..arrays import EPS, Array, norm
from ..threads import one_thread
from .orderings import fill_reducing_ordering, symmetric_share

__all__ = ["SparseFactors", "SparsePencil"]

#: How a factorization is applied: with the matrix, its transpose, or its adjoint.
Transposition = Literal["N", "T", "H"]

_MOSTLY_SYMMETRIC = 0.5  # share of entries with a partner from which on pivots are sought on the diagonal
_PIVOT_THRESHOLD = 0.1  # a diagonal entry of this relative size is taken as the pivot
_GOOD_ENOUGH = 1e-11  # backward error of a first solve above which the factorization is repeated with more pivoting
_MOST_GROWTH = 1e6  # of entries, up to which signs of pivots count: the backward error stays below 1e-10 of the matrix


class SparsePencil:
    r"""The matrices A and E of a large system in an order that keeps their factors sparse.

    Parameters
    ----------
    A : (n, n) sparse
    E : (n, n) sparse, optional
        The identity when left out.

    Notes
    -----
    Matrices with a mostly symmetric pattern are ordered by
    :func:`~dlnbalance.linalg.sparse.orderings.fill_reducing_ordering` and factored with pivots from the diagonal; the
    backward error of the first solve with each factorization is checked, and one that fails is repeated with full
    partial pivoting and the COLAMD ordering, which the other matrices get from the start.
    """

    def __init__(self, A: Any, E: Any = None):
        n = A.shape[0]
        A = sp.csc_array(A)
        E = sp.eye_array(n, format="csc") if E is None else sp.csc_array(E)
        pattern = abs(A) + abs(E)
        self.symmetric_pattern = symmetric_share(pattern) >= _MOSTLY_SYMMETRIC
        self.order: Any = fill_reducing_ordering(pattern) if self.symmetric_pattern else np.arange(n)
        self.A, self.E = (M[:, self.order][self.order].tocsc() for M in (A, E))

    @cached_property
    def adjoint_matrices(self) -> tuple[Any, Any]:
        """A* and E*, in the order of the pencil."""
        A, E = (M.T.conj() if np.iscomplexobj(M) else M.T for M in (self.A, self.E))
        return A, E

    @cached_property
    def is_hermitian_definite(self) -> bool:
        """Whether A = A*, and E = E* has a positive diagonal (E itself is not tested further)."""
        A, E = self.adjoint_matrices
        same = (abs(M - N).max() == 0 for M, N in ((self.A, A), (self.E, E)))
        return all(same) and bool((self.E.diagonal().real > 0).all())

    def permute(self, rows: Array) -> Array:
        """Bring the rows of a block vector into the order of the pencil."""
        return rows[self.order]

    def unpermute(self, rows: Array) -> Array:
        """Bring the rows of a block vector back into the order of the system."""
        restored = np.empty_like(rows, order="F")
        restored[self.order] = rows
        return restored

    def matrix(self, a: complex, e: complex) -> Any:
        """The matrix aA + eE, real for real data and numbers."""
        a, e = (value.real if complex(value).imag == 0 else value for value in (a, e))
        return (a * self.A + e * self.E).tocsc()

    def combined(self, first: tuple[float, float], second: tuple[float, float]) -> "SparsePencil":
        """The pencil of two combinations aA + eE, for pairs (a, e), in the same order."""
        made = object.__new__(SparsePencil)
        made.symmetric_pattern, made.order = self.symmetric_pattern, self.order
        made.A, made.E = self.matrix(*first), self.matrix(*second)
        return made

    def factorized(self, a: complex, e: complex) -> "SparseFactors":
        r"""LU factors of aA + eE.

        Raises
        ------
        NumericalError
            When the matrix is exactly singular.
        """
        return SparseFactors(self.matrix(a, e), symmetric_pattern=self.symmetric_pattern)

    def positive_eigenvalues(self, a: float, e: float) -> int | None:
        """Number of positive eigenvalues of aA + eE, Hermitian: that of positive pivots, by Sylvester's law of inertia.

        None when pivots from the diagonal are so small that rounding may have changed the number.
        """
        matrix = self.matrix(a, e)
        try:
            with one_thread():
                factors = splu(matrix, permc_spec="NATURAL", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
        except RuntimeError:  # exactly singular
            return None
        pivots = factors.U.diagonal().real
        grown = abs(factors.U).max() > _MOST_GROWTH * abs(matrix).max()
        if grown or not np.array_equal(factors.perm_r, factors.perm_c):
            return None
        return int(np.count_nonzero(pivots > 0))

    def solve(self, a: complex, e: complex, right: Array, trans: Transposition = "N") -> Array:
        """Solve once with aA + eE, its transpose or its adjoint, in the order of the system."""
        return self.unpermute(self.factorized(a, e).solve(self.permute(right), trans))


class SparseFactors:
    """LU factors of one sparse matrix, for right-hand sides that may be complex where the matrix is real.

    One BLAS thread: the blocks of a sparse factorization are too small to share. On two cores that other processes used
    as well, complex factorizations of a five-point grid of 4·10⁴ nodes took 6 to 9 times as long with two threads as
    with one; real ones took as long with both.
    """

    def __init__(self, matrix: Any, *, symmetric_pattern: bool = False):
        self.matrix = matrix
        self._checked = False
        self._lu = self._factor(symmetric_pattern)

    @property
    def entries(self) -> int:
        """Number of stored entries of L and U."""
        return self._lu.nnz

    @property
    def operations(self) -> float:
        """Multiplications and additions that the factorization took."""
        below = np.diff(self._lu.L.indptr) - 1
        beside = np.bincount(self._lu.U.indices, minlength=below.size) - 1
        return float(2 * below.astype(float) @ beside)

    @cached_property
    def rcond(self) -> float:
        """Estimate of the reciprocal condition number in the 1-norm, by a few solves with a random block."""
        from scipy.sparse.linalg import LinearOperator, onenormest

        n = self.matrix.shape[0]
        dtype = self.matrix.dtype
        inverse = LinearOperator(
            (n, n), matvec=self.solve, rmatvec=lambda x: self.solve(x, "H"), matmat=self.solve, dtype=dtype
        )
        adjoint_norm = onenormest(inverse, t=1) if n > 4 else la.norm(self.solve(np.eye(n, dtype=dtype)), 1)
        return 1 / max(float(adjoint_norm) * norm(self.matrix, "1"), EPS)

    def solve(self, right: Array, trans: Transposition = "N") -> Array:
        """Solve for a vector or block of right-hand sides."""
        with one_thread():
            solution = self._solve(right, trans)
            if not self._checked:
                self._checked = True
                if not self._is_accurate(solution, right, trans):
                    self._lu = self._factor(symmetric_pattern=False)
                    solution = self._solve(right, trans)
        return solution

    def _factor(self, symmetric_pattern: bool) -> Any:
        try:
            with one_thread():
                if symmetric_pattern:
                    return splu(
                        self.matrix,
                        permc_spec="NATURAL",
                        diag_pivot_thresh=_PIVOT_THRESHOLD,
                        options={"SymmetricMode": True},
                    )
                return splu(self.matrix)
        except RuntimeError:  # how SuperLU says that a matrix is exactly singular
            raise NumericalError(
                "system", "a nonsingular matrix", "one that is exactly singular", "shift it away from its eigenvalues"
            ) from None

    def _solve(self, right: Array, trans: Transposition) -> Array:
        if np.iscomplexobj(right) and not np.iscomplexobj(self.matrix):
            real, imag = (self._lu.solve(np.ascontiguousarray(part), trans) for part in (right.real, right.imag))
            return real + 1j * imag
        return self._lu.solve(right.astype(self.matrix.dtype, copy=False), trans)

    def _is_accurate(self, solution: Array, right: Array, trans: Transposition) -> bool:
        if not np.isfinite(solution).all():
            return False
        matrix = self.matrix if trans == "N" else self.matrix.T
        matrix = matrix.conj() if trans == "H" else matrix
        error = la.norm(matrix @ solution - right)
        return bool(error <= _GOOD_ENOUGH * (norm(self.matrix, "1") * la.norm(solution) + la.norm(right)))
