r"""Changes of layers with a prescribed effect on products of them, nearest to given ones: least squares, factored.

Let S = E* W_j ⋯ W_{i+1} K be a product of layers between fixed matrices E and K. A change V of the layers moves it by

.. math:: dS(V) = Σ_k L_k V_k R_k, \qquad L_k = E^* W_j ⋯ W_{k+1}, \quad R_k = W_{k-1} ⋯ W_{i+1} K,

and the vectors (L_k* Y R_k*)_k are normal to {S = const}. For S = X, the end-to-end matrix, they are the normal space
of the fiber F_X (Lindsey–Menon); with the products of :mod:`dlnbalance.flows.conserved_products` that of the gauge
orbit.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import EPS, Array, adjoint, product
from ..quiver.gram import Matrices
from ..quiver.integration import total_norm
from .conserved_products import Conserved

__all__ = ["DYING", "NOTHING", "Change", "NormalSpace"]

#: Length of a normal vector L_k* u v* R_k*, u and v of unit length, that counts as zero, in units of the longest: some
#: thousand roundings.
NOTHING = 1e-12
#: The same where normal vectors may die out along the flow. The rounding of one of length η turns it by EPS/η, which
#: adds as much of W to a projection, 2e-9 here; what it would contribute itself has decayed to about η.
DYING = 1e-7
#: Length below which moves are left out: EPS, their rounding, would come out divided by it.
_FAINT = 1e-6


class Change(NamedTuple):
    """A change of the layers, what it cost, and whether it meets the tolerance."""

    value: Matrices
    iterations: int
    converged: bool


class NormalSpace:
    r"""Normal space of {S_1 = const, S_2 = const, …} at given layers.

    Parameters
    ----------
    weights : sequence of (d_k, d_{k-1}) array
        The layers W_1, …, W_N, not all of them zero.
    products : sequence of Conserved
        The products S.

    Notes
    -----
    No matrix of the size of a Y is formed. In singular bases U of L_{i+1} and V of R_j the normal vectors of the unit
    matrices have the lengths (Σ_k ‖L_k* u_a‖² ‖R_k v_b‖²)^{1/2}; they are divided by them, which diagonalizes the least
    squares problem for N ≤ 2 and at balanced layers. Conjugate gradients act on the factor, not on the normal
    equations, so that the conditioning is not squared. One iteration costs 4N products of matrices.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network", arXiv:2511.01137.
    .. [2] M. R. Hestenes, E. Stiefel, "Methods of conjugate gradients for solving linear systems", J. Res. Nat. Bur.
       Standards 49 (1952) 409-436, section 10 (the form for least squares).

    Examples
    --------
    >>> from dlnbalance.flows.conserved_products import Conserved
    >>> one = np.eye(1)
    >>> X = Conserved(first=0, last=2, left=one, right=one, value=4 * one, full_rank=True)
    >>> space = NormalSpace([4 * one, one], [X])
    >>> change = space.nearest([-4 * one, -one], [0 * one], rtol=1e-12)  # along the hyperbola w_2 w_1 = 4
    >>> [v.round(6).item() for v in change.value]  # a multiple of (w_1, −w_2)
    [-3.529412, 0.882353]
    """

    def __init__(self, weights: Sequence[Array], products: Sequence[Conserved]):
        self._blocks = [_Block(weights, conserved) for conserved in products]

    def nearest(
        self, vectors: Sequence[Array], moves: Sequence[Array], *, rtol: float, max_iterations: int = 2000
    ) -> Change:
        r"""Change nearest to a given one that moves every product S by a given amount.

        .. math:: \min ‖V' - V‖ \quad\text{such that}\quad Σ_k L_k V'_k R_k = ΔS.

        Parameters
        ----------
        vectors : sequence of (d_k, d_{k-1}) array
            V.
        moves : sequence of (e, κ) array
            ΔS, one for each product; what only a change 10⁶ times as large could do is left out.
        rtol : float
            Error of the moves, divided by the lengths of the normal vectors, relative to that of V.
        max_iterations : int
            Steps of conjugate gradients at most; then the best found is returned, not converged.
        """
        aims = [block.framed(move) for block, move in zip(self._blocks, moves, strict=True)]
        V: Matrices = list(vectors)
        g: Matrices = [a - b for a, b in zip(self._moved(V), aims, strict=True)]
        size = total_norm(g)
        # The normal vectors have unit length, so that rounding leaves about this much of V: some roundings of its size.
        floor = max(rtol * size, 10 * EPS * total_norm(V))
        direction, iterations = g, 0
        while size > floor and iterations < max_iterations:
            image = self._normal(direction, V)
            length = total_norm(image)
            if not length > 0:  # rounding has the last word
                break
            step = (size / length) ** 2
            V = [v - step * n for v, n in zip(V, image, strict=True)]
            g = [a - b for a, b in zip(self._moved(V), aims, strict=True)]
            size, before = total_norm(g), size
            direction = [a + (size / before) ** 2 * b for a, b in zip(g, direction, strict=True)]
            iterations += 1
        return Change(V, iterations, size <= floor)

    def _moved(self, V: Sequence[Array]) -> Matrices:
        return [block.moved(V) for block in self._blocks]

    def _normal(self, coefficients: Sequence[Array], like: Sequence[Array]) -> Matrices:
        total: Matrices = [np.zeros_like(v) for v in like]
        for block, matrix in zip(self._blocks, coefficients, strict=True):
            block.add_normal(matrix, total)
        return total


class _Block:
    """The normal vectors of one product, in bases and units that make them nearly orthonormal."""

    def __init__(self, weights: Sequence[Array], conserved: Conserved):
        self._layers = range(conserved.first, conserved.last)
        before: Matrices = [conserved.right]
        for k in self._layers[:-1]:
            before.append(product(weights[k], before[-1]))
        after: Matrices = [adjoint(conserved.left)]
        for k in reversed(self._layers[1:]):
            after.append(product(after[-1], weights[k]))
        # Both are square unitary matrices, whatever the ranks.
        self._U = la.svd(after[-1], check_finite=False)[0]
        V = adjoint(la.svd(before[-1], check_finite=False)[2])
        self._V = V
        self._left = [product(adjoint(self._U), matrix) for matrix in reversed(after)]
        self._right = [product(matrix, V) for matrix in before]
        self._stars = [
            (np.ascontiguousarray(adjoint(left)), np.ascontiguousarray(adjoint(right)))
            for left, right in zip(self._left, self._right, strict=True)
        ]
        squares = sum(
            np.outer(np.sum(np.abs(left) ** 2, axis=1), np.sum(np.abs(right) ** 2, axis=0))
            for left, right in zip(self._left, self._right, strict=True)
        )
        lengths = np.sqrt(squares)
        known = lengths > (NOTHING if conserved.full_rank else DYING) * lengths.max(initial=0.0)
        self._units = np.where(known, 1 / np.where(known, lengths, 1.0), 0.0)
        self._movable = lengths > _FAINT * lengths.max(initial=0.0)

    def framed(self, move: Array) -> Array:
        """A move of the product in these bases and units."""
        return self._movable * self._units * product(product(adjoint(self._U), move), self._V)

    def moved(self, V: Sequence[Array]) -> Array:
        """What a change of the layers moves, in these bases and units."""
        total = np.zeros(self._units.shape, np.result_type(*V, self._U, self._V))
        for k, left, right in zip(self._layers, self._left, self._right, strict=True):
            total += _three(left, V[k], right)
        return self._units * total

    def add_normal(self, coefficients: Array, total: Matrices) -> None:
        """Add the normal vector with the given coefficients."""
        Y = self._units * coefficients
        for k, (left, right) in zip(self._layers, self._stars, strict=True):
            total[k] += _three(left, Y, right)


def _three(left: Array, middle: Array, right: Array) -> Array:
    """Product of three matrices, in the order that is cheaper."""
    (a, b), (c, d) = left.shape, right.shape
    if a * c * (b + d) <= b * d * (a + c):
        return product(product(left, middle), right)
    return product(left, product(middle, right))
