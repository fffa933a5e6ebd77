r"""Hessian of the energy along a gauge orbit, on Hermitian directions: the linear algebra of Newton's method.

Along the geodesic t ↦ e^{ta}·W, a Hermitian, the energy has the slope Σ⟨μ_v, a_v⟩ and the curvature ⟨\mathcal H(a), a⟩,

.. math:: \mathcal H(a) = dμ(w_a) = H(a) + H(a)^*, \qquad ⟨\mathcal H(a), a⟩ = 2 ‖w_a‖^2 ≥ 0,
.. math:: \mathcal H_v(a) = a_v M_v + M_v a_v - 2 Σ_{a: u → v} W_a a_u W_a^* - 2 Σ_{a: v → w} W_a^* a_w W_a,

with M_v = Σ_in W W* + Σ_out W* W. No matrix of its size is formed. Every vertex is first turned, by a unitary gauge,
into coordinates where a preconditioner costs O(n²):

* without a loop, the eigenbasis of M_v, in which the first two terms are diagonal;
* with a loop A (a state-space model), a Schur basis of A. Norm-balanced realizations are nearly normal, and for normal
  A that basis diagonalizes what [A, ·] contributes, which dwarfs all else in lightly damped models. For real A the
  basis is real, and a pair of complex eigenvalues couples the entries of a 2-by-2 block.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import EPS, Array, adjoint
from ..linalg.packing import packed, unpacked
from .gram import LinearSolution, Matrices, conjugate_gradients
from .multipliers import ThinSquare, multiplier
from .representation import Representation

__all__ = ["Hessian", "SmallestCurvature"]

Rows = np.ndarray[tuple[int], np.dtype[np.intp]]

_DENSE = 400  # unknowns up to which the smallest eigenvalue is computed from the whole matrix, in fractions of a second
_SEARCH = 150  # steps of the iteration that estimates it otherwise: as much work as some Newton steps
_SETTLED = 1e-2  # relative residual at which that iteration ends: it is subtracted, and a bound needs one digit


@dataclass(frozen=True, kw_only=True)
class SmallestCurvature:
    """The smallest eigenvalue of a Hessian.

    Attributes
    ----------
    value : float
        The eigenvalue, less its error bound where it was estimated.
    proved : bool
        Whether it was computed from the whole matrix. Otherwise some eigenvalue is known to lie within the error bound,
        and in practice it is the smallest.
    """

    value: float
    proved: bool


class Hessian:
    """The Hessian of the energy at one point of an orbit.

    Parameters
    ----------
    representation : Representation
        The point.

    Examples
    --------
    >>> from dlnbalance.networks.network import DeepLinearNetwork
    >>> operator = Hessian(DeepLinearNetwork([[[4.0]], [[1.0]]]).representation)
    >>> operator.solve([np.array([[68.0]])], rtol=1e-12).value[0].round(9).item()  # 2 (4² + 1²) a
    2.0
    >>> round(operator.smallest().value, 9)
    34.0
    """

    def __init__(self, representation: Representation):
        index = {vertex: v for v, vertex in enumerate(representation.gauged)}
        ends = [(index.get(arrow.tail), index.get(arrow.head)) for arrow in representation.arrows]
        self._dtype = np.result_type(float, *representation.matrices)
        self._is_complex = representation.is_complex
        self._dimensions = representation.dimensions
        sums = _weights(representation.matrices, ends, self._dimensions, self._dtype)
        loops = [[k for k, end in enumerate(ends) if end == (v, v)] for v in range(len(sums))]
        frames = [
            _frame(total, {k: representation.matrices[k] for k in found})
            for total, found in zip(sums, loops, strict=True)
        ]
        self._frames: Matrices = [frame.basis for frame in frames]
        schur = {frame.loop: frame.schur for frame in frames if frame.loop is not None}
        turned = [
            schur[k] if k in schur else _turned(W, self._frames, *end)
            for k, (W, end) in enumerate(zip(representation.matrices, ends, strict=True))
        ]
        self._framing = [ThinSquare(n, _framing(turned, ends, v)) for v, n in enumerate(self._dimensions)]
        self._coupled = [
            (multiplier(W, schur=k in schur), tail, head)
            for k, (W, (tail, head)) in enumerate(zip(turned, ends, strict=True))
            if tail is not None and head is not None
        ]
        sums = _weights(turned, ends, self._dimensions, self._dtype)
        self._scales = [
            _Diagonal(total, [turned[k] for k in found], frame.tops)
            for total, found, frame in zip(sums, loops, frames, strict=True)
        ]

    def _apply(self, a: Sequence[Array]) -> Matrices:
        """Product with the Hessian in turned coordinates; the matrices may come in stacks."""
        half: Matrices = [framing.right(x) for framing, x in zip(self._framing, a, strict=True)]
        for W, tail, head in self._coupled:
            # w_a first and its products after that: so the Hessian is semidefinite to the last digit
            moved = W.right(a[head]) - W.left(a[tail])
            half[head] += W.star_right(moved)
            half[tail] -= W.star_left(moved)
        return [x + x.conj().mT for x in half]  # Hermitian to the last bit, or rounding would leave that space

    def _precondition(self, r: Sequence[Array]) -> Matrices:
        return [scale.divide(x) for scale, x in zip(self._scales, r, strict=True)]

    def solve(self, right: Sequence[Array], *, rtol: float, max_iterations: int = 5000) -> LinearSolution:
        r"""Hermitian solution of \mathcal H(a) = r by preconditioned conjugate gradients.

        Parameters
        ----------
        right : sequence of (n_v, n_v) array
            Hermitian, in the range (moments are).
        rtol : float
            Residual relative to `right`.
        max_iterations : int
            Products with the Hessian at most; then the best found is returned, not converged.
        """
        inside = [adjoint(U) @ r @ U for U, r in zip(self._frames, right, strict=True)]
        found = conjugate_gradients(
            self._apply,
            self._precondition,
            inside,
            rtol=rtol,
            max_iterations=max_iterations,
            is_complex=self._is_complex,
        )
        outside: Matrices = [
            U @ ((x + adjoint(x)) / 2) @ adjoint(U) for U, x in zip(self._frames, found.value, strict=True)
        ]
        return LinearSolution(
            value=outside, iterations=found.iterations, residual=found.residual, converged=found.converged
        )

    def smallest(self) -> SmallestCurvature:
        r"""Smallest eigenvalue min 2‖w_a‖²/‖a‖² over Hermitian directions; zero where the stabilizer is infinite.

        Notes
        -----
        Up to 400 unknowns from the whole matrix. Beyond, by the locally optimal preconditioned iteration for one
        vector, O(n³) a step; its residual bounds the distance to an eigenvalue.

        References
        ----------
        .. [1] A. V. Knyazev, "Toward the optimal preconditioned eigensolver: locally optimal block preconditioned
           conjugate gradient method", SIAM J. Sci. Comput. 23 (2001) 517-541.
        """
        count = sum(n * n if self._is_complex else n * (n + 1) // 2 for n in self._dimensions)
        if count == 0:
            return SmallestCurvature(value=np.inf, proved=True)
        if count <= _DENSE:
            matrix = self._dense(count)
            return SmallestCurvature(value=float(la.eigvalsh(matrix)[0]), proved=True)
        return self._estimated()

    def _dense(self, count: int) -> Array:
        """The whole matrix in an orthonormal basis of the Hermitian directions."""
        stacks: Matrices = [np.zeros((count, n, n), self._dtype) for n in self._dimensions]
        start = 0
        for stack, n in zip(stacks, self._dimensions, strict=True):
            basis = _hermitian_basis(n, self._dtype)
            stack[start : start + len(basis)] = basis
            start += len(basis)
        images = self._apply(stacks)
        return np.sum(
            [np.real(np.einsum("iab,jab->ij", s.conj(), t)) for s, t in zip(stacks, images, strict=True)], axis=0
        )

    def _estimated(self) -> SmallestCurvature:
        rng = np.random.default_rng(0)
        start = [rng.standard_normal((n, n)).astype(self._dtype) for n in self._dimensions]
        x = self._packed(self._precondition([s + adjoint(s) for s in start]))
        x, image, previous = x / la.norm(x), self._image(x) / la.norm(x), []
        for _ in range(_SEARCH):
            value = float(x @ image)
            residual = image - value * x
            if la.norm(residual) <= _SETTLED * value:
                break
            downhill = self._packed(self._precondition(self._unpacked(residual)))
            basis = _orthonormal([x, downhill, *previous])
            images = np.column_stack([self._image(column) for column in basis.T])
            lowest = la.eigh(basis.T @ images, check_finite=False)[1][:, 0]
            previous, x, image = [x], basis @ lowest, images @ lowest
        value = float(x @ image)
        return SmallestCurvature(value=max(value - float(la.norm(image - value * x)), 0.0), proved=False)

    def _image(self, vector: Array) -> Array:
        return self._packed(self._apply(self._unpacked(vector)))

    def _packed(self, matrices: Sequence[Array]) -> Array:
        return packed(matrices, self._is_complex)

    def _unpacked(self, vector: Array) -> Matrices:
        return unpacked(vector, [(n, n) for n in self._dimensions], self._is_complex)


class _Diagonal:
    r"""Diagonal of the Hessian at one vertex, in the basis u_i u_j* of (nearly) eigenvectors of its loops.

    For real matrices the vectors of a 2-by-2 block are u, ū = (q_1 ± i q_2)/√2. With J the quarter turn in every such
    block, X ↦ J X Jᵀ has the eigenvalue 1 on the span of u_i u_j*, ū_i ū_j* and −1 on that of u_i ū_j*, ū_i u_j*: so
    the two weights of a block are applied as multiples of X and of J X Jᵀ, in real arithmetic.
    """

    def __init__(self, total: Array, loops: Matrices, tops: Rows):
        n = total.shape[0]
        self.partner, self.sign = np.arange(n), np.ones(n)
        self.partner[tops], self.partner[tops + 1], self.sign[tops] = tops + 1, tops, -1.0
        weight = np.real(np.diag(total))
        weight = (weight + weight[self.partner]) / 2
        values = [_paired(loop, tops, self.partner) for loop in loops]
        same, crossed = weight[:, None] + weight, weight[:, None] + weight
        for a in values:
            same = same - 4 * np.real(a[:, None] * a.conj())
            crossed = crossed - 4 * np.real(a[:, None] * a)
        largest = max(same.max(initial=0.0), crossed.max(initial=0.0))
        # the diagonal cancels to rounding in directions of the stabilizer: no division by less
        floor = EPS * largest if largest > 0 else 1.0
        same, crossed = 1 / np.maximum(same, floor), 1 / np.maximum(crossed, floor)
        self.plain, self.turned = same, None
        if tops.size:
            self.plain, self.turned = (same + crossed) / 2, (same - crossed) / 2 * np.outer(self.sign, self.sign)

    def divide(self, X: Array) -> Array:
        """Divide X by the diagonal."""
        if self.turned is None:
            return X * self.plain
        return X * self.plain + X[self.partner[:, None], self.partner] * self.turned


def _paired(loop: Array, tops: Rows, partner: Rows) -> Array:
    """Rayleigh quotients u* A u of the vectors u of all blocks, the same for both rows of a 2-by-2 block."""
    values = np.diag(loop).astype(complex)
    values = (values + values[partner]) / 2
    values[tops] += 0.5j * (loop[tops, tops + 1] - loop[tops + 1, tops])
    values[tops + 1] = values[tops]
    return values


def _weights(
    matrices: Sequence[Array], ends: Sequence[tuple[int | None, int | None]], dimensions: Sequence[int], dtype: Any
) -> Matrices:
    """Sums M_v of W W* over incoming and W* W over outgoing arrows."""
    sums: Matrices = [np.zeros((n, n), dtype) for n in dimensions]
    for W, (tail, head) in zip(matrices, ends, strict=True):
        if head is not None:
            sums[head] += W @ adjoint(W)
        if tail is not None:
            sums[tail] += adjoint(W) @ W
    return sums


def _turned(W: Array, frames: Matrices, tail: int | None, head: int | None) -> Array:
    if tail is not None:
        W = W @ frames[tail]
    return W if head is None else adjoint(frames[head]) @ W


def _framing(matrices: Sequence[Array], ends: Sequence[tuple[int | None, int | None]], v: int) -> Matrices:
    """What enters a vertex from framing and, as adjoints, what leaves it for framing."""
    inputs = [W for W, end in zip(matrices, ends, strict=True) if end == (None, v)]
    return [*inputs, *(adjoint(W) for W, end in zip(matrices, ends, strict=True) if end == (v, None))]


class _Frame(NamedTuple):
    """Unitary basis of a vertex; the loop whose Schur form it is, and the upper rows of the 2-by-2 blocks of that."""

    basis: Array
    tops: Rows
    loop: int | None
    schur: Array


def _frame(total: Array, loops: Mapping[int, Array]) -> _Frame:
    if not loops:
        values, basis = la.eigh(total, check_finite=False)
        return _Frame(basis, np.zeros(0, np.intp), None, values)
    largest = max(loops, key=lambda k: la.norm(loops[k]))
    S, U = la.schur(loops[largest].astype(total.dtype), check_finite=False)
    tops = np.zeros(0, np.intp) if np.iscomplexobj(S) else np.flatnonzero(np.diag(S, -1))
    return _Frame(U, tops, largest, S)


def _hermitian_basis(n: int, dtype: Any) -> Array:
    """Orthonormal basis of the Hermitian (for a real type symmetric) n-by-n matrices, as a stack."""
    i, j = np.triu_indices(n, 1)
    diagonal, upper = np.zeros((n, n, n), dtype), np.zeros((i.size, n, n), dtype)
    diagonal[np.arange(n), np.arange(n), np.arange(n)] = 1
    upper[np.arange(i.size), i, j] = upper[np.arange(i.size), j, i] = np.sqrt(0.5)
    if not np.issubdtype(dtype, np.complexfloating):
        return np.concatenate([diagonal, upper])
    return np.concatenate([diagonal, upper, 1j * (np.triu(upper) - np.tril(upper))])


def _orthonormal(vectors: Sequence[Array]) -> Array:
    """Orthonormal basis of the span of a few vectors, those that depend on earlier ones left out."""
    basis, triangle = la.qr(np.column_stack(vectors), mode="economic", check_finite=False)
    return basis[:, np.abs(np.diag(triangle)) > EPS * la.norm(triangle, axis=0)]
