r"""Rigid-body modes of second-order models: motions that meet no stiffness.

They are the null vectors of K: K N = 0 from the right and L*K = 0 from the left. Where L*MN is nonsingular, and the
damping does not couple them to the rest, the model falls apart,

.. math:: x = N a + f, \quad L^* M f = 0, \qquad
          (L^* M N) a'' + (L^* D N) a' = L^* B u,

and f obeys the given equations with the inputs (I − MN(L*MN)⁻¹L*)B.
"""

from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arrays import EPS, Array, Matrix, adjoint, factorized, is_sparse, norm
from ..linalg.scaling import even_powers
from ..linalg.sparse.pencils import SparsePencil

__all__ = ["FIRST_ORDER_WAY", "RigidModes", "rigid_modes"]

_ROUNDING = 16 * EPS  # of the evenly scaled K: what rounding of its entries, and the decomposition, do to a zero
_BLOCK = 12  # null vectors looked for in a sparse K: two bodies have as many
_ITERATIONS = 4  # of inverse iteration, each of which gains the digits that K has at its least singular value
_COUPLING = 64  # times what errors of the null vectors do: a coupling of this size counts as none

#: The way out where second-order balancing does not apply, in words.
FIRST_ORDER_WAY = "reduce the first-order form instead, dlnbalance.reduce(system.first_order(), order)"


class RigidModes(NamedTuple):
    """Null vectors of K, and how much the rest of K stands out.

    Attributes
    ----------
    right, left : (n, k) array
        N and L, with L*MN = I.
    gap : float
        The least other singular value of the evenly scaled K over its largest: the errors of N and L are eps over this.
    """

    right: Array
    left: Array
    gap: float

    @property
    def number(self) -> int:
        """Number of rigid-body modes."""
        return self.right.shape[1]

    def without(self, M: Matrix, columns: Array) -> Array:
        """Remove the rigid part of positions."""
        return columns - self.right @ (adjoint(self.left) @ (M @ columns))

    def check_uncoupled(self, M: Matrix, D: Matrix) -> None:
        """Refuse damping that couples the rigid-body modes to the others.

        Raises
        ------
        InvalidArgumentError
            With the way out.
        """
        within = adjoint(self.left) @ (D @ self.right)
        forces = D @ self.right - M @ (self.right @ within)
        rows = adjoint(self.left) @ D - within @ (adjoint(self.left) @ M)
        allowed = _COUPLING * EPS / self.gap
        sizes = norm(D) * norm(self.right), norm(D) * norm(self.left)
        if norm(forces) > allowed * sizes[0] or norm(rows) > allowed * sizes[1]:
            share = max(norm(forces) / sizes[0], norm(rows) / sizes[1])
            raise InvalidArgumentError(
                "D",
                "damping that leaves the rigid-body modes uncoupled",
                f"a coupling of {share:.1e} relative to D",
                FIRST_ORDER_WAY,
            )


def rigid_modes(M: Matrix, K: Matrix) -> RigidModes | None:
    """The rigid-body modes; None where K is nonsingular beyond rounding of its entries.

    Raises
    ------
    InvalidArgumentError
        When they cannot be told from the rest: L*MN is singular, or K is sparse and not Hermitian, or has very many.

    Notes
    -----
    Dense: an SVD of the evenly scaled K, O(n³). Sparse: a factorization and a few steps of inverse iteration.
    """
    if not K.shape[0]:
        return None
    right, left, gap = _sparse_null_vectors(K) if is_sparse(K) else _null_vectors(K)
    if not right.shape[1]:
        return None
    mass = adjoint(left) @ (M @ right)
    factors, rcond = factorized(mass)
    if not rcond > EPS / gap:
        raise InvalidArgumentError(
            "K",
            "rigid-body modes that M moves apart from the others",
            f"an L*MN of reciprocal condition {rcond:.1e} for the null vectors of K",
            FIRST_ORDER_WAY,
        )
    if norm(left - right) == 0:  # one basis for both, orthonormal in M
        try:
            factor = la.cholesky((mass + adjoint(mass)) / 2, lower=True)
        except la.LinAlgError:
            pass
        else:
            right = adjoint(la.solve_triangular(factor, adjoint(right), lower=True))
            return RigidModes(right, right, gap)
    return RigidModes(right, adjoint(la.lu_solve(factors, adjoint(left))), gap)


def _null_vectors(K: Array) -> tuple[Array, Array, float]:
    """Right and left null vectors of a dense K."""
    if np.array_equal(K, adjoint(K)):
        d = _symmetric_powers(np.abs(K.diagonal()))
        values, vectors = la.eigh(d[:, None] * K * d, check_finite=False)
        null = np.abs(values) <= _ROUNDING * np.abs(values).max()
        right = d[:, None] * vectors[:, null]
        return right, right, _gap(np.abs(values[~null]))
    rows, columns = even_powers(K)
    left, values, right = la.svd(rows[:, None] * K * columns, check_finite=False)
    null = values <= _ROUNDING * values[0]
    return columns[:, None] * adjoint(right)[:, null], rows[:, None] * left[:, null], _gap(values[~null])


def _gap(values: Array) -> float:
    return float(values.min() / values.max()) if values.size else 1.0


def _symmetric_powers(diagonal: Array) -> Array:
    """Powers of two next to the inverse roots of the diagonal entries; 1 for those that are zero."""
    with np.errstate(divide="ignore"):
        return np.where(diagonal > 0, 2.0 ** np.round(-np.log2(diagonal) / 2), 1.0)


def _sparse_null_vectors(K: Any) -> tuple[Array, Array, float]:
    """Null vectors of a sparse Hermitian K; none where its condition is that of a nonsingular one."""
    n = K.shape[0]
    diagonal = np.abs(K.diagonal())
    d = sp.diags_array(_symmetric_powers(diagonal))
    scaled = (d @ K @ d).tocsc()
    pencil = SparsePencil(scaled)
    try:
        if pencil.factorized(1.0, 0.0).rcond > _ROUNDING:
            return np.zeros((n, 0)), np.zeros((n, 0)), 1.0
    except NumericalError:  # exactly singular
        pass
    if abs(K - K.T.conj()).sum() > 0:
        raise InvalidArgumentError("K", "a Hermitian or a nonsingular sparse stiffness", "neither", FIRST_ORDER_WAY)
    size = norm(scaled, "1")
    # A shift by rounding keeps the factors from a zero pivot, and moves no vector: it is the same for all of them.
    factors = pencil.factorized(1.0, _ROUNDING * size)
    block = np.random.default_rng(0).standard_normal((n, min(_BLOCK, n)))
    for _ in range(_ITERATIONS):
        block = la.qr(factors.solve(block), mode="economic", check_finite=False)[0]
    block = pencil.unpermute(block)
    values, vectors = la.eigh(adjoint(block) @ (scaled @ block), check_finite=False)
    null = np.abs(values) <= _ROUNDING * size
    if null.all() and n > _BLOCK:
        raise InvalidArgumentError("K", f"fewer than {_BLOCK} rigid-body modes", "as many or more", FIRST_ORDER_WAY)
    right = d @ (block @ vectors[:, null])
    return right, right, _gap(np.append(np.abs(values[~null]), size)) if not null.all() else 1.0
