r"""Sparse pencils of second-order models, solved by factors of the quadratic matrix polynomial.

The pencil A − λE of the first-order form of M x'' + D x' + K x = B u has

.. math:: A = \begin{pmatrix} 0 & I \\ -K & -D \end{pmatrix}, \qquad
          E = \begin{pmatrix} I & 0 \\ 0 & M \end{pmatrix}.

Every combination aA + eE is solved with by one LU factorization of :math:`e^2 M - a e D + a^2 K`, which has half its
size and the sparsity of M, D and K.
"""

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp

from ..arrays import Array, norm
from .orderings import fill_reducing_ordering, symmetric_share
from .pencils import SparseFactors, SparsePencil, Transposition

__all__ = ["QuadraticFactors", "SecondOrderBlocks", "SecondOrderPencil", "pencil_of", "second_order_blocks"]


class SecondOrderBlocks(NamedTuple):
    """M, D and K of a first-order form, (n, n) sparse each."""

    M: Any
    D: Any
    K: Any


def second_order_blocks(A: Any, E: Any) -> SecondOrderBlocks | None:
    """M, D and K where A and E (None for the identity) are those of a first-order form; None where they are not.

    O(entries).

    Examples
    --------
    >>> A = sp.csc_array([[0.0, 1.0], [-2.0, -3.0]])
    >>> [block.toarray().item() for block in second_order_blocks(A, None)]
    [1.0, 3.0, 2.0]
    >>> second_order_blocks(sp.csc_array([[1.0, 1.0], [-2.0, -3.0]]), None) is None
    True
    """
    size = A.shape[0]
    if size % 2 or not size:
        return None
    n = size // 2
    unit = sp.eye_array(n, format="csc")
    A = sp.csc_array(A)
    if abs(A[:n, :n]).sum() or not _same(A[:n, n:], unit):
        return None
    if E is None:
        return SecondOrderBlocks(unit, -A[n:, n:], -A[n:, :n])
    E = sp.csc_array(E)
    if abs(E[:n, n:]).sum() or abs(E[n:, :n]).sum() or not _same(E[:n, :n], unit):
        return None
    return SecondOrderBlocks(E[n:, n:], -A[n:, n:], -A[n:, :n])


def pencil_of(A: Any, E: Any) -> SparsePencil:
    """The pencil A − λE, by its quadratic polynomial where it is the first-order form of a second-order model."""
    blocks = second_order_blocks(A, E)
    return SparsePencil(A, E) if blocks is None else SecondOrderPencil(*blocks)


def _same(first: Any, second: Any) -> bool:
    return abs(first - second).sum() == 0


class SecondOrderPencil(SparsePencil):
    """The pencil of the first-order form, positions before velocities, both in an order that keeps factors sparse.

    Parameters
    ----------
    M, D, K : (n, n) sparse

    Examples
    --------
    >>> M, D, K = (sp.csc_array([[value]]) for value in (1.0, 3.0, 2.0))
    >>> SecondOrderPencil(M, D, K).solve(-1.0, 1.0, np.array([[0.0], [6.0]])).ravel().tolist()
    [1.0, 1.0]
    """

    def __init__(self, M: Any, D: Any, K: Any):
        n = M.shape[0]
        pattern = abs(M) + abs(D) + abs(K)
        self.symmetric_pattern = symmetric_share(pattern) >= 0.5  # as for other pencils
        positions: Any = fill_reducing_ordering(pattern) if self.symmetric_pattern else np.arange(n)
        self.order = np.concatenate([positions, positions + n])
        self.blocks = SecondOrderBlocks(*(sp.csc_array(X)[:, positions][positions].tocsc() for X in (M, D, K)))
        self._norms = SecondOrderBlocks(*(norm(X, "1") for X in self.blocks))

    @cached_property
    def A(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The matrix A of the first-order form, in the order of the pencil."""
        _, D, K = self.blocks
        return sp.block_array([[None, sp.eye_array(D.shape[0])], [-K, -D]], format="csc")

    @cached_property
    def E(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The matrix E of the first-order form, in the order of the pencil."""
        M = self.blocks.M
        return sp.block_diag([sp.eye_array(M.shape[0]), M], format="csc")

    def quadratic(self, a: complex, e: complex) -> SparseFactors:
        """LU factors of e²M − aeD + a²K.

        Raises
        ------
        NumericalError
            When the matrix is exactly singular.
        """
        M, D, K = self.blocks
        matrix = (e * e * M - a * e * D + a * a * K).tocsc()
        return SparseFactors(matrix, symmetric_pattern=self.symmetric_pattern)

    def factorized(self, a: complex, e: complex) -> "QuadraticFactors":  # pyright: ignore[reportIncompatibleMethodOverride]
        r"""Factors of aA + eE, by those of the quadratic polynomial.

        Raises
        ------
        NumericalError
            When the matrix is exactly singular.
        """
        a, e = (value.real if complex(value).imag == 0 else value for value in (a, e))
        mass, damping, stiffness = self._norms
        fast = abs(e) * (abs(e) * mass + abs(a) * damping) >= abs(a) ** 2 * stiffness
        return QuadraticFactors(self.blocks, self.quadratic(a, e), a, e, fast=fast)


class QuadraticFactors:
    r"""Factors of aA + eE from those of :math:`Q = e^2 M - a e D + a^2 K`.

    Parameters
    ----------
    blocks : SecondOrderBlocks
        M, D and K.
    factors : SparseFactors
        Those of Q.
    a, e : complex
    fast : bool
        Whether inertia and damping outweigh stiffness, :math:`|e| (|e| ‖M‖ + |a| ‖D‖) ≥ |a|^2 ‖K‖`.

    Notes
    -----
    One half of the unknowns comes from Q, the other from one of the two block equations. What rounding does to a solve
    with Q is a small change of aA + eE if velocities are solved for first where `fast`, and positions elsewhere: then
    the terms that cancel in Q are not above those of the equation that is left.
    """

    def __init__(self, blocks: SecondOrderBlocks, factors: SparseFactors, a: complex, e: complex, *, fast: bool):
        self._blocks, self._factors, self._a, self._e, self._fast = blocks, factors, a, e, fast

    @property
    def matrix(self) -> Any:
        """The matrix Q that was factored."""
        return self._factors.matrix

    @property
    def entries(self) -> int:
        """Number of stored entries of L and U."""
        return self._factors.entries

    @property
    def operations(self) -> float:
        """Multiplications and additions that the factorization took."""
        return self._factors.operations

    @property
    def rcond(self) -> float:
        """Estimate of the reciprocal condition number of Q."""
        return self._factors.rcond

    def solve(self, right: Array, trans: Transposition = "N") -> Array:
        """Solve for a vector or block of right-hand sides, positions before velocities."""
        first, second = np.split(right, 2)
        if trans == "N":
            return np.concatenate(self._forward(first, second))
        return np.concatenate(self._backward(first, second, trans))

    def _forward(self, first: Array, second: Array) -> tuple[Array, Array]:
        r"""Solve e x + a v = r, −aK x + (eM − aD) v = t."""
        (M, D, K), a, e = self._blocks, self._a, self._e
        if self._fast:
            v = self._factors.solve(e * second + a * (K @ first))
            return (first - a * v) / e, v
        x = self._factors.solve(e * (M @ first) - a * (D @ first) - a * second)
        return x, (first - e * x) / a

    def _backward(self, first: Array, second: Array, trans: Transposition) -> tuple[Array, Array]:
        r"""Solve e x − aKᵀ v = r, a x + (eM − aD)ᵀ v = t, or the same with conjugates."""
        turned = (lambda X: X.T.conj()) if trans == "H" else (lambda X: X.T)
        M, D, K = map(turned, self._blocks)
        a, e = (np.conj(self._a), np.conj(self._e)) if trans == "H" else (self._a, self._e)
        v = self._factors.solve(e * second - a * first, trans)
        if self._fast:
            return (first + a * (K @ v)) / e, v
        return (second - e * (M @ v) + a * (D @ v)) / a, v
