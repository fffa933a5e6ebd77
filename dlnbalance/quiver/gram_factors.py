r"""Cholesky factors of the Gram operator of a chain, as a preconditioner at points that follow each other.

Where arrows join no vertices but neighbours, in the order in which they are listed, H is block tridiagonal. With the
entries of the b_v row by row its blocks are

.. math:: H_{vv} = I ⊗ \bar S_v + R_v ⊗ I - Σ_{a: v → v} (W_a ⊗ \bar W_a + W_a^* ⊗ W_a^T), \qquad
    H_{v+1,v} = -Σ_{a: v → v+1} W_a ⊗ \bar W_a - Σ_{a: v+1 → v} W_a^* ⊗ W_a^T.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import Array, adjoint
from .gram import GramOperator, LinearSolution, Matrices

__all__ = ["GramFactors", "GramSolver", "factor_cost", "step_cost"]

#: Multiplications, and about as many bytes, that factors may take: a few seconds.
_MOST = 3e10
_OVERHEAD = 2e5  # multiplications in the time that a step of conjugate gradients takes a vertex, however small
_SERVED = 8  # solutions that factors serve before they are too far away, about
_STALE = 12  # steps of conjugate gradients with factors of another point: with more, new factors take less time


class GramFactors:
    r"""Block tridiagonal Cholesky factors of the Gram operator, H = L L*, kept in single precision.

    Parameters
    ----------
    operator : GramOperator
        At a point with a finite stabilizer, of a quiver for which :func:`factor_cost` is finite.

    Raises
    ------
    scipy.linalg.LinAlgError
        When H is not positive definite to rounding.

    Notes
    -----
    7/3 Σ n_v⁶ multiplications in double precision. They serve as a preconditioner, of which conjugate gradients
    make up the missing digits; 3 Σ n_v⁴ multiplications, whose time is that of reading the factors: half as long in
    single precision.

    Examples
    --------
    >>> from dlnbalance.networks.network import DeepLinearNetwork
    >>> network = DeepLinearNetwork([[[4.0]], [[1.0]]])
    >>> factors = GramFactors(GramOperator(network.representation))
    >>> factors.precondition(network.moments())[0].round(6).item()
    0.882353
    """

    def __init__(self, operator: GramOperator):
        self._shapes = operator.shapes
        blocks = [_diagonal_block(operator, v) for v in range(len(self._shapes))]
        largest = max((np.abs(block).max(initial=0.0) for block in blocks), default=0.0)
        self._unit = 2.0 ** np.frexp(largest)[1]  # single precision has the range for H in this unit
        diagonal: Matrices = []
        below: Matrices = []  # L_{v+1,v}*
        for v, block in enumerate(blocks):
            remainder = block / self._unit
            if v:
                coupling = adjoint(_lower_block(operator, v - 1)) / self._unit
                below.append(la.solve_triangular(diagonal[-1], coupling, lower=True, check_finite=False))
                remainder -= adjoint(below[-1]) @ below[-1]
            diagonal.append(la.cholesky(remainder, lower=True, check_finite=False))
        kind: type[np.inexact] = np.complex64 if any(map(np.iscomplexobj, diagonal)) else np.float32
        self._diagonal = [np.asfortranarray(lower.astype(kind)) for lower in diagonal]
        self._below = [coupling.astype(kind) for coupling in below]

    def precondition(self, r: Sequence[Array]) -> Matrices:
        """Solution of H(b) = r, to single precision."""
        size = max((np.abs(x).max(initial=0.0) for x in r), default=0.0) or 1.0
        kind = self._diagonal[0].dtype
        substitute = la.blas.get_blas_funcs("trsv", self._diagonal)
        solved: Matrices = []
        for v, (lower, matrix) in enumerate(zip(self._diagonal, r, strict=True)):
            x = (matrix.ravel() / size).astype(kind)
            if v:
                x -= (solved[-1].conj() @ self._below[v - 1]).conj()
            solved.append(substitute(lower, x, lower=1))
        for v in reversed(range(len(solved))):
            x = solved[v] - self._below[v] @ solved[v + 1] if v + 1 < len(solved) else solved[v]
            solved[v] = substitute(self._diagonal[v], x, lower=1, trans=2)
        wide, factor = np.result_type(kind, float), size / self._unit
        return [x.astype(wide).reshape(shape) * factor for x, shape in zip(solved, self._shapes, strict=True)]


class GramSolver:
    """Solutions of H(b) = r at points that follow each other: factors of one serve as preconditioner for the next.

    Where the preconditioner of the operator needs so few steps that factors would take longer, or H has none to
    rounding, it is left at that.

    Examples
    --------
    >>> from dlnbalance.networks.network import DeepLinearNetwork
    >>> network = DeepLinearNetwork([[[4.0]], [[1.0]]])
    >>> solution = GramSolver().solve(GramOperator(network.representation), network.moments(), rtol=1e-12)
    >>> solution.value[0].round(12).item()
    0.882352941176
    """

    def __init__(self) -> None:
        self._factors: GramFactors | None = None

    def solve(
        self, operator: GramOperator, right: Sequence[Array], *, rtol: float, start: Sequence[Array] | None = None
    ) -> LinearSolution:
        """Solve at a point; the arguments are those of :meth:`dlnbalance.quiver.gram.GramOperator.solve`."""
        cost = factor_cost(operator)
        if not 0 < cost <= _MOST:
            return operator.solve(right, rtol=rtol, start=start)
        if self._factors is None:
            patience = int(cost / (_SERVED * step_cost(operator))) + 1
            found = operator.solve(right, rtol=rtol, start=start, max_iterations=patience)
        else:
            near = self._factors.precondition
            found = operator.solve(right, rtol=rtol, start=start, max_iterations=_STALE, precondition=near)
        if found.converged:
            return found
        try:
            self._factors = GramFactors(operator)
        except la.LinAlgError:
            self._factors = None
        here = None if self._factors is None else self._factors.precondition
        solution = operator.solve(right, rtol=rtol, start=found.value, precondition=here)
        return replace(solution, iterations=found.iterations + solution.iterations)


def factor_cost(operator: GramOperator) -> float:
    """Multiplications that factors take; infinitely many where H is not block tridiagonal."""
    if any(abs(tail - head) > 1 for _, tail, head in operator.coupled):
        return np.inf
    return 7 / 3 * sum(float(n) ** 6 for n, _ in operator.shapes)


def step_cost(operator: GramOperator) -> float:
    """Multiplications in the time of a step of conjugate gradients without factors."""
    return sum(20.0 * n**3 + _OVERHEAD for n, _ in operator.shapes)


def _diagonal_block(operator: GramOperator, v: int) -> Array:
    incoming, outgoing = operator.incoming[v], operator.outgoing[v]
    one = np.eye(len(incoming))
    block = np.kron(one, incoming.conj()) + np.kron(outgoing, one)
    for W, tail, head in operator.coupled:
        if tail == head == v:
            moved = np.kron(W, W.conj())
            block = block - moved - adjoint(moved)
    return block


def _lower_block(operator: GramOperator, v: int) -> Array:
    """The block H_{v+1,v}."""
    (rows, _), (columns, _) = operator.shapes[v + 1], operator.shapes[v]
    block = np.zeros((rows**2, columns**2), operator.incoming[v].dtype)
    for W, tail, head in operator.coupled:
        if (tail, head) == (v, v + 1):
            block -= np.kron(W, W.conj())
        elif (head, tail) == (v, v + 1):
            block -= np.kron(adjoint(W), W.T)
    return block
