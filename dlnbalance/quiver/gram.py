r"""The Gram operator of a representation as a linear system: fast products, preconditioner, conjugate gradients.

At a point W of a gauge orbit the tangent vectors are w_b, (w_b)_a = b_head W_a − W_a b_tail, and

.. math:: ⟨w_b, w_a⟩ = Σ_v ⟨H_v(b), a_v⟩, \qquad
    H_v(b) = b_v S_v + R_v b_v - Σ_{a: u → v} W_a b_u W_a^* - Σ_{a: v → w} W_a^* b_w W_a,

with S_v = Σ W_a W_a* over incoming and R_v = Σ W_a* W_a over outgoing arrows. H is symmetric positive semidefinite. No
matrix of its size is formed; a product costs O(d³) an arrow. Two preconditioners, chosen at every vertex:

* without a loop, the first two terms, one Sylvester equation that two eigendecompositions solve;
* with a loop A (a state-space model), the diagonal of H in the basis u_i u_j* of a Schur basis of A. Norm-balanced
  realizations are nearly normal, and for normal A that basis diagonalizes what [A, ·] contributes, which dwarfs all
  else in lightly damped models.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import EPS, Array, adjoint
from ..linalg.packing import packed, unpacked
from .representation import Representation

__all__ = ["GramOperator", "LinearSolution", "Matrices", "conjugate_gradients"]

Matrices = list[Array]
Operator = Callable[[Sequence[Array]], Matrices]


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearSolution:
    """Solution of H(b) = r by preconditioned conjugate gradients.

    Attributes
    ----------
    value : list of array
        One matrix for each gauged vertex.
    iterations : int
        Products with H.
    residual : float
        Norm of r − H(b) relative to r.
    converged : bool
        Whether the residual met the tolerance.
    """

    value: Matrices
    iterations: int
    residual: float
    converged: bool


class GramOperator:
    """The Gram operator H at one point of an orbit.

    Parameters
    ----------
    representation : Representation
        The point.

    Examples
    --------
    >>> from dlnbalance.networks.network import DeepLinearNetwork
    >>> network = DeepLinearNetwork([[[4.0]], [[1.0]]])
    >>> operator = GramOperator(network.representation)
    >>> operator.apply([np.array([[2.0]])])[0].item()  # 2 (4² + 1²)
    34.0
    >>> operator.solve(network.moments(), rtol=1e-12).value[0].round(12).item()
    0.882352941176
    """

    def __init__(self, representation: Representation):
        index = {vertex: v for v, vertex in enumerate(representation.gauged)}
        self._arrows = [(arrow.matrix, index.get(arrow.tail), index.get(arrow.head)) for arrow in representation.arrows]
        dtype = np.result_type(float, *(matrix for matrix, _, _ in self._arrows))
        self._is_complex = representation.is_complex
        self.shapes = [(n, n) for n in representation.dimensions]
        self.incoming: Matrices = [np.zeros(shape, dtype) for shape in self.shapes]
        self.outgoing: Matrices = [np.zeros(shape, dtype) for shape in self.shapes]
        for matrix, tail, head in self._arrows:
            if head is not None:
                self.incoming[head] += matrix @ adjoint(matrix)
            if tail is not None:
                self.outgoing[tail] += adjoint(matrix) @ matrix
        #: The arrows between gauged vertices: matrix, index of the tail, index of the head.
        self.coupled = [
            (matrix, tail, head) for matrix, tail, head in self._arrows if tail is not None and head is not None
        ]

    def apply(self, b: Sequence[Array]) -> Matrices:
        """Product H(b)."""
        result: Matrices = [x @ s + r @ x for x, s, r in zip(b, self.incoming, self.outgoing, strict=True)]
        for matrix, tail, head in self.coupled:
            starred = adjoint(matrix)
            result[head] -= matrix @ b[tail] @ starred
            result[tail] -= starred @ b[head] @ matrix
        return result

    def precondition(self, r: Sequence[Array]) -> Matrices:
        """Approximate solution of H(b) = r, by one formula a vertex; directions without weight are left out."""
        result: Matrices = []
        for x, (left, right, weights) in zip(r, self._frames, strict=True):
            solution = left @ ((adjoint(left) @ x @ right) * weights) @ adjoint(right)
            result.append(solution if np.iscomplexobj(x) else np.real(solution))
        return result

    def is_regular(self) -> bool:
        """Whether H is positive definite (the stabilizer is finite), by a solve with a random right-hand side."""
        rng = np.random.default_rng(0)
        right = [rng.standard_normal(shape) for shape in self.shapes]
        # A random right-hand side has a part in any kernel, of the order of 1/√unknowns: 1e-5 is far below it, and far
        # above rounding.
        solution = self.solve(right, rtol=1e-5)
        # Where H has a kernel, the residual of the recursion is not to be trusted.
        residual = [x - y for x, y in zip(right, self.apply(solution.value), strict=True)]
        size = sum(la.norm(x) ** 2 for x in right)
        # ten times the tolerance, squared
        return solution.converged and sum(la.norm(x) ** 2 for x in residual) <= 1e-8 * size

    @cached_property
    def _frames(self) -> list[tuple[Array, Array, Array]]:
        """Left and right unitary bases at every vertex, and the weights of the preconditioner in them."""
        frames = []
        for v, (incoming, outgoing) in enumerate(zip(self.incoming, self.outgoing, strict=True)):
            loops = [matrix for matrix, tail, head in self.coupled if tail == head == v]
            frames.append(_loop_frame(incoming, outgoing, loops) if loops else _sylvester_frame(incoming, outgoing))
        return frames

    def solve(
        self,
        right: Sequence[Array],
        *,
        rtol: float,
        start: Sequence[Array] | None = None,
        max_iterations: int = 5000,
        precondition: Operator | None = None,
    ) -> LinearSolution:
        r"""Solve H(b) = r by preconditioned conjugate gradients.

        Parameters
        ----------
        right : sequence of (n_v, n_v) array
            In the range of H (moments are).
        rtol : float
            Residual relative to `right`.
        start : sequence of array, optional
            First guess.
        max_iterations : int
            Products with H at most; then the best found is returned, not converged.
        precondition : callable, optional
            Approximate solution of H(b) = r, positive definite; :meth:`precondition` when left out.
        """
        return conjugate_gradients(
            self.apply,
            precondition or self.precondition,
            right,
            rtol=rtol,
            start=start,
            max_iterations=max_iterations,
            is_complex=self._is_complex,
        )


def conjugate_gradients(
    apply: Operator,
    precondition: Operator,
    right: Sequence[Array],
    *,
    rtol: float,
    max_iterations: int,
    is_complex: bool,
    start: Sequence[Array] | None = None,
) -> LinearSolution:
    """Preconditioned conjugate gradients on tuples of matrices, with the inner product Re tr X*Y."""
    shapes = [r.shape for r in right]

    def flat(matrices: Sequence[Array]) -> Array:
        return packed(matrices, is_complex)

    def blocks(vector: Array) -> Matrices:
        return unpacked(vector, shapes, is_complex)

    b = flat(right)
    scale = la.norm(b)
    x = np.zeros_like(b) if start is None else flat(start)
    r = b.copy() if start is None else b - flat(apply(blocks(x)))
    if not scale > 0:
        return LinearSolution(value=blocks(np.zeros_like(b)), iterations=0, residual=0.0, converged=True)
    add: Any = la.blas.daxpy  # in place, and in one pass
    z = flat(precondition(blocks(r)))
    direction, energy, iterations = z, np.vdot(r, z), 0
    while np.sqrt(np.vdot(r, r)) > rtol * scale and energy > 0 and iterations < max_iterations:
        image = flat(apply(blocks(direction)))
        curvature = np.vdot(direction, image)
        if not curvature > 0:  # rounding has the last word
            break
        step = energy / curvature
        x, r = add(direction, x, a=step), add(image, r, a=-step)
        iterations += 1
        z = flat(precondition(blocks(r)))
        previous, energy = energy, np.vdot(r, z)  # zero when r lies in the kernel, put there by rounding
        direction = add(direction, z, a=energy / previous)
    residual = float(la.norm(r) / scale)
    return LinearSolution(value=blocks(x), iterations=iterations, residual=residual, converged=residual <= rtol)


def _sylvester_frame(incoming: Array, outgoing: Array) -> tuple[Array, Array, Array]:
    """Frame in which b S + R b is diagonal; directions that no arrow fills or reads get no weight."""
    p, right = la.eigh(incoming, check_finite=False)
    q, left = la.eigh(outgoing, check_finite=False)
    sums = np.maximum(q, 0)[:, None] + np.maximum(p, 0)
    # below that the eigenvalues are rounding
    known = sums > sums.size * EPS * sums.max(initial=0.0)
    return left, right, np.where(known, 1 / np.where(known, sums, 1), 0.0)


def _loop_frame(incoming: Array, outgoing: Array, loops: Matrices) -> tuple[Array, Array, Array]:
    """Diagonal of H in a Schur basis of the largest loop."""
    _, U = la.schur(max(loops, key=la.norm), output="complex", check_finite=False)
    filled, read = (np.real(np.sum(U.conj() * (M @ U), axis=0)) for M in (incoming, outgoing))
    diagonal = read[:, None] + filled
    for loop in loops:
        values = np.sum(U.conj() * (loop @ U), axis=0)
        diagonal = diagonal - 2 * np.real(values[:, None] * values.conj())
    largest = diagonal.max(initial=0.0)
    # the diagonal cancels to rounding in directions of the stabilizer: no division by less
    return U, U, 1 / np.maximum(diagonal, EPS * largest if largest > 0 else 1.0)
