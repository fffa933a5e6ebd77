r"""Partial products that gauges leave alone, and when they determine the orbit of a network.

Gauges at the hidden layers conserve X = W_N ⋯ W_1, the kernels of all W_j ⋯ W_1 and the images of all W_N ⋯ W_{i+1}:

.. math:: X, \qquad W_j ⋯ W_1 K_j = 0, \qquad E_i^* W_N ⋯ W_{i+1} = 0,

with fixed orthonormal bases K_j of a kernel and E_i of the complement of an image. A network is called *rigid* here
when no rank of its partial products can grow by a small change of the layers that keeps X. Then nothing else is
conserved to first order: the tangent space of the orbit consists of the changes that keep these products.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import Array, adjoint
from ..networks.rank_profiles import RankProfile

__all__ = ["Conserved", "conserved_products", "is_rigid"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Conserved:
    """The conserved matrix E* W_last ⋯ W_{first+1} K.

    Attributes
    ----------
    first, last : int
        The vertices between which the layers act, 0 ≤ first < last ≤ N.
    left : (d_last, e) array
        E.
    right : (d_first, κ) array
        K.
    value : (e, κ) array
        What it is.
    full_rank : bool
        Whether the value has full row or column rank. Then the normal vectors stay independent along the flow; others
        may die out with parts of the layers that do not contribute to X.
    """

    first: int
    last: int
    left: Array
    right: Array
    value: Array
    full_rank: bool

    def at(self, weights: Sequence[Array]) -> Array:
        """The same product of other layers."""
        product = self.right
        for weight in weights[self.first : self.last]:
            product = weight @ product
        return adjoint(self.left) @ product


def is_rigid(profile: RankProfile) -> bool:
    r"""Whether no rank of the partial products can grow by a small change of the layers that keeps X.

    Parameters
    ----------
    profile : RankProfile
        Of the network.

    Notes
    -----
    Intervals [i..j] and [k..m] with i < k ≤ j + 1 ≤ m can be glued to [i..m] and [k..j] by an arbitrarily small change
    of the layers. That moves X when i = 0 and m = N; any other such pair is a rank that can grow without it. Gaussian
    layers of any widths are rigid, also when a layer at one end has a smaller rank.

    Examples
    --------
    >>> from dlnbalance.networks.network import DeepLinearNetwork
    >>> thin = [[1.0, 0.0], [0.0, 0.0]]
    >>> [is_rigid(DeepLinearNetwork([W, thin, thin]).rank_profile) for W in (thin, [[1.0, 2.0], [3.0, 4.0]])]
    [False, False]
    >>> is_rigid(DeepLinearNetwork([[[1.0, 2.0], [3.0, 4.0]], thin]).rank_profile)
    True
    """
    last = profile.depth
    found = np.argwhere(profile.multiplicities > 0).tolist()
    return not any(i < k <= j + 1 <= m and (i, m) != (0, last) for i, j in found for k, m in found)


def conserved_products(weights: Sequence[Array], profile: RankProfile) -> list[Conserved]:
    """Products that determine the orbit of rigid layers to first order; X comes first.

    Parameters
    ----------
    weights : sequence of (d_k, d_{k-1}) array
    profile : RankProfile
        Of these layers.

    Notes
    -----
    Let V be normal to the orbit and tangent to {X = const}: V_k W_k* = W_{k+1}* V_{k+1}. All ⟨V_k, W_k⟩ are then the
    same number, so they vanish, and V does not matter to a projection of W, if V has no part in some layer. That is so
    as long as there are intervals [0..j], j < N, of one length only, and likewise intervals [i..N] of one length only.
    Otherwise every vector that a kernel adds to the one before is listed with the product that it is a kernel of, and X
    restricted to the vectors that are in none (and so for the images), so that no product follows from the others.
    """
    depth = len(weights)
    rows = _flag(weights, profile.ranks[0], profile.multiplicities[0, :depth])
    mirrored = [adjoint(weight) for weight in reversed(weights)]
    columns = _flag(mirrored, profile.ranks[::-1, depth], profile.multiplicities[:0:-1, depth])
    whole = _zero(0, depth, columns[0], rows[0])
    found = [replace(whole, value=whole.at(weights), full_rank=profile.rank == min(whole.value.shape))]
    for j, kernel in enumerate(rows[1:], 1):
        found.append(_zero(0, j, np.eye(weights[j - 1].shape[0]), kernel))
    for i, kernel in enumerate(columns[1:], 1):
        found.append(_zero(depth - i, depth, kernel, np.eye(weights[depth - i].shape[1])))
    return [product for product in found if product.value.size]


def _zero(first: int, last: int, left: Array, right: Array) -> Conserved:
    """A product that is zero: what is computed for it is rounding."""
    value = np.zeros((left.shape[1], right.shape[1]))
    return Conserved(first=first, last=last, left=left, right=right, value=value, full_rank=False)


def _flag(weights: Sequence[Array], ranks: Array, counts: Array) -> list[Array]:
    """Orthonormal bases of what the kernel of W_j ⋯ W_1 adds to that before, j = 1, …, N−1, after one of all the rest.

    `ranks` are those of I, W_1, W_2 W_1, …, and `counts` how often the intervals [0..0], [0..1], … occur.
    """
    rest: Array = np.eye(weights[0].shape[1])
    if np.count_nonzero(counts) < 2:
        return [rest]
    product, added = rest, []
    for weight, rank in zip(weights[:-1], ranks[1:-1], strict=True):
        product = weight @ product
        frame = adjoint(la.svd(product)[2])
        added.append(rest @ frame[:, rank:])
        rest, product = rest @ frame[:, :rank], product @ frame[:, :rank]
    return [rest, *added]
