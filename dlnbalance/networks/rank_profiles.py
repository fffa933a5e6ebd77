r"""Ranks of the partial products of a network, and the intervals that it is made of.

A network is a representation of the quiver 0 → 1 → … → N, a sum of *intervals* [i..j] (spaces F at the vertices
i, …, j, identities between them). Their multiplicities say whether its gauge orbit is closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import EPS, Array, adjoint, frozen, norm
from ..linalg.powers_of_two import near_one
from .layers import shown_widths

__all__ = ["RankProfile", "profile_of_layers"]


@dataclass(frozen=True, kw_only=True, eq=False)
class RankProfile:
    r"""Ranks of all partial products of a network, and what they say about its gauge orbit.

    Attributes
    ----------
    ranks : (N+1, N+1) array of int
        ``ranks[i, j]`` is the rank r_ij of W_j ⋯ W_{i+1} for i ≤ j, with r_ii = d_i; zero below the diagonal.
    multiplicities : (N+1, N+1) array of int
        ``multiplicities[i, j]`` is how often the interval [i..j] occurs in the representation,
        n_ij = r_ij − r_{i−1,j} − r_{i,j+1} + r_{i−1,j+1}, where ranks beyond the ends are zero.

    See Also
    --------
    dlnbalance.networks.rank_profile : ranks of all partial products of a network.

    Examples
    --------
    >>> profile_of_layers([np.array([[1.0], [0.0]]), np.array([[0.0, 1.0]])])  # W_1 ≠ 0, W_2 ≠ 0, X = 0
    RankProfile: depth 2, widths 1 → 2 → 1, rank of X 0
      intervals: [0..1], [1..2]
      gauge orbit: not closed: W_1 has rank 1, W_2 has rank 1, but X has rank 0, so that the norm decreases to its
      infimum along gauges that diverge, and no network of the orbit is balanced
    """

    ranks: Array
    multiplicities: Array

    @property
    def depth(self) -> int:
        """Number of layers N."""
        return self.ranks.shape[0] - 1

    @property
    def rank(self) -> int:
        """Rank r_0N of the end-to-end matrix."""
        return int(self.ranks[0, -1])

    @property
    def layer_ranks(self) -> tuple[int, ...]:
        """Ranks of the layers W_1, …, W_N."""
        return tuple(int(r) for r in np.diagonal(self.ranks, 1))

    @property
    def is_closed(self) -> bool:
        """Whether the gauge orbit is closed, which is to say that it contains a balanced network.

        It is if and only if every layer has the rank of X (a network of one layer is an orbit by itself).
        """
        return all(r == self.rank for r in self.layer_ranks)

    @property
    def statement(self) -> str:
        """What the ranks say about the orbit, in words."""
        if self.is_closed:
            return f"closed: every layer has the rank {self.rank} of X"
        excess = [f"W_{k} has rank {r}" for k, r in enumerate(self.layer_ranks, 1) if r > self.rank]
        named = ", ".join(excess[:4]) + (f", … ({len(excess)} layers in all)" if len(excess) > 4 else "")
        return (
            f"not closed: {named}, but X has rank {self.rank}, so that the norm decreases to its infimum along"
            " gauges that diverge, and no network of the orbit is balanced"
        )

    def __repr__(self) -> str:
        widths = shown_widths(np.diagonal(self.ranks))
        return "\n".join(
            [
                f"RankProfile: depth {self.depth}, widths {widths}, rank of X {self.rank}",
                f"  intervals: {self._intervals()}",
                f"  gauge orbit: {self.statement}",
            ]
        )

    def _intervals(self, count: int = 12) -> str:
        found = [
            (f"{n} × " if n > 1 else "") + f"[{i}..{j}]" for (i, j), n in np.ndenumerate(self.multiplicities) if n > 0
        ]
        return ", ".join(found[:count]) + (f", … ({len(found)} kinds)" if len(found) > count else "")


def profile_of_layers(weights: Sequence[Array]) -> RankProfile:
    r"""Ranks of all sub-products W_j ⋯ W_{i+1}, and the intervals that the network is made of.

    Parameters
    ----------
    weights : sequence of (d_k, d_{k-1}) array
        W_1, …, W_N, of any widths and ranks.

    Returns
    -------
    RankProfile
        Ranks, multiplicities, and whether the gauge orbit is closed.

    Notes
    -----
    *Ranks.* At every vertex k the images of W_k ⋯ W_{i+1} are nested, the smallest being that of i = 0. An orthonormal
    basis adapted to them goes through the layers: the images of its vectors under W_{k+1} are made independent in the
    order of i, and the complement of what they span begins at k + 1. An image counts as dependent when a change of
    W_{k+1} by d eps, relative to each column, would make it so, or the angle by which rounding in the layers before
    may have turned the images (normwise, to first order; none where an image is the whole space). All ranks come from
    the layers one at a time, no product is formed, and all multiplicities are nonnegative. One QR factorization a
    layer as a rule: O(N d³).

    *Closed orbits.* The polynomial invariants of the gauge group are the entries of X, so each fiber of W ↦ X holds one
    closed orbit of each dimension vector: that of the center. It consists of rank X full intervals [0..N] and of single
    vertices [k..k]. The interval type is preserved by the larger group that also moves input and output, which
    commutes with the gauge group, and so being closed depends on the type alone: **the orbit is closed if and only
    if every interval other than [0..N] is a single vertex, that is, if every W_k has the rank of X.** Any other
    interval spoils it: one that starts at the input and dies at j < N can be scaled to zero, at the output likewise,
    and so can the arrows of one inside. By Kempf and Ness the closed orbits are those that contain a balanced network.

    References
    ----------
    .. [1] P. Gabriel, "Unzerlegbare Darstellungen I", Manuscripta Math. 6 (1972) 71-103.
    .. [2] W. Crawley-Boevey, "Geometry of the moment map for representations of quivers", Compositio Math. 126 (2001).
    .. [3] G. Kempf, L. Ness, "The length of vectors in representation spaces", LNM 732 (1979).

    Examples
    --------
    >>> profile = profile_of_layers([np.array([[1.0], [2.0]]), np.eye(2), np.array([[1.0, 1.0]])])
    >>> profile.layer_ranks, profile.rank, profile.is_closed
    ((1, 2, 1), 1, False)
    """
    size, width = len(weights) + 1, weights[0].shape[1]
    padded = np.zeros((size + 2, size + 2), dtype=int)  # zeros on either side stand for the ranks beyond the ends
    ranks = padded[1:-1, 1:-1]
    ranks[0, 0] = width
    images = _Images(width=width)
    layers, _ = near_one(weights)  # the ranks stay, and no square leaves the range of numbers
    for k, weight in enumerate(layers, 1):
        images = images.under(weight)
        ranks[: k + 1, k] = np.cumsum(images.dimensions)
    n = np.triu(ranks - padded[:-2, 1:-1] - padded[1:-1, 2:] + padded[:-2, 2:])
    return RankProfile(ranks=frozen(ranks.copy()), multiplicities=frozen(n))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Images:
    """The nested images of W_k ⋯ W_{i+1}, i = 0, …, k, in the space at vertex k.

    Group i < k holds an orthonormal basis of what image i adds to those before it; image k is the whole space.
    `errors` are the angles by which rounding may have turned the images: none where an image is the whole space.
    """

    width: int
    groups: tuple[Array, ...] = ()
    errors: tuple[float, ...] = ()

    @property
    def dimensions(self) -> list[int]:
        """What every image adds to those before it."""
        found = [group.shape[1] for group in self.groups]
        return [*found, self.width - sum(found)]

    def under(self, weight: Array) -> "_Images":
        """Carry the images through a layer, and add the space at its end."""
        lengths, size, unit = la.norm(weight, axis=0), norm(weight), max(weight.shape) * EPS
        carried = [(weight @ group, lengths @ np.abs(group)) for group in self.groups]
        basis, longest = np.zeros((weight.shape[0], 0)), 0.0
        groups, errors = [], []
        pairs = zip([*carried, self._rest(weight, lengths)], [*self.errors, 0.0], strict=True)
        for (image, sizes), error in pairs:
            longest = max(longest, float(la.norm(image, axis=0).max(initial=0.0)))
            noise = unit * sizes + error * size  # in each column of the image
            added = image - basis @ (adjoint(basis) @ image)
            added -= basis @ (adjoint(basis) @ added)  # what rounding left
            groups.append(_column_space(added / np.where(noise > 0, noise, 1.0)))
            basis = np.hstack([basis, groups[-1]])
            # turned by as much as the columns of the image can change, relative to the longest
            turned = (unit + error) * size / longest if basis.shape[1] < weight.shape[0] and longest > 0 else 0.0
            errors.append(min(turned, 1.0))
        return _Images(width=weight.shape[0], groups=tuple(groups), errors=tuple(errors))

    def _rest(self, weight: Array, lengths: Array) -> tuple[Array, Array]:
        """Image of the complement of all groups, W (I − BB*), and the sizes of its rounding errors, in units of eps."""
        if not self.groups:
            return weight, lengths
        B = np.hstack(self.groups)
        if B.shape[1] == self.width:
            return weight[:, :0], lengths[:0]
        return weight - (weight @ B) @ adjoint(B), lengths + (lengths @ np.abs(B)) @ np.abs(B).T


def _column_space(matrix: Array) -> Array:
    """Orthonormal basis of the columns, without those that changes of length 1 in all of them make dependent."""
    rows, count = matrix.shape
    if 0 < count <= rows:
        basis, triangle = la.qr(matrix, mode="economic", check_finite=False)
        (trcon,) = la.lapack.get_lapack_funcs(("trcon",), (triangle,))
        smallest = trcon(triangle)[0] * norm(triangle, "1")  # singular value, to a factor of the order of the width
        # trcon estimates within a factor of about the width; 1 is what decides, 10 a margin for the estimate
        if np.diagonal(triangle).all() and smallest > 10 * count:
            return basis  # far from dependent: no need to look for a permutation that tells how many are
    if 0 in matrix.shape:
        return matrix[:, :0]
    basis, triangle, _ = la.qr(matrix, mode="economic", pivoting=True, check_finite=False)
    return basis[:, : np.count_nonzero(np.abs(np.diagonal(triangle)) > 1)]
