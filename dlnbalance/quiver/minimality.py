r"""The minimal part of a representation: what framing vertices reach and what reaches framing vertices.

A coordinate change can shrink whatever no input fills or no output reads, without end: so an orbit has a point of least
norm only if everything that is filled is read and vice versa (or splits off). For a linear system that is Kalman's
decomposition; here it is the same for any quiver.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError
from ..linalg.arrays import EPS, Array, adjoint, frozen
from .representation import Arrow, Representation

__all__ = ["MinimalPart", "complement", "minimal_part"]


@dataclass(frozen=True, kw_only=True, eq=False)
class MinimalPart:
    r"""Minimal part of a representation: W ↦ (V_head* W_a V_tail), with orthonormal V.

    Attributes
    ----------
    representation : Representation
        The minimal part; it has the transfer function (end-to-end matrix, input-output map) of the whole.
    bases : tuple of (n_v, r_v) array
        Orthonormal bases V_v of what is reached and read, one for every gauged vertex, in the coordinates given.
    unreached : tuple of (n_v, k_v) array
        Orthonormal bases of the directions that no framing arrow fills: the complement of the reachable subspace.
    unread : tuple of (n_v, l_v) array
        Orthonormal bases of the unobservable subspaces: nothing of them ever reaches a framing vertex. They may meet
        the reachable subspace or not.
    """

    representation: Representation
    bases: tuple[Array, ...]
    unreached: tuple[Array, ...]
    unread: tuple[Array, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out."""
        return all(V.shape[0] == V.shape[1] for V in self.bases)

    @property
    def statement(self) -> str:
        """What was left out, in words."""
        if self.is_whole:
            return "minimal: every state is reached and read"
        parts = []
        for vertex, V, lost, dark in zip(
            self.representation.gauged, self.bases, self.unreached, self.unread, strict=True
        ):
            if V.shape[0] > V.shape[1]:
                parts.append(
                    f"{V.shape[1]} of {V.shape[0]} directions at {vertex} ({lost.shape[1]} not reached,"
                    f" {dark.shape[1]} not read)"
                )
        return "minimal part: " + ", ".join(parts)

    def __repr__(self) -> str:
        return f"MinimalPart: {self.statement}"


def minimal_part(representation: Representation, *, rtol: float | None = None) -> MinimalPart:
    r"""Split off the minimal part of a representation by orthogonal transformations.

    .. math:: R_v = Σ_{a: u → v} W_a R_u, \qquad O_v = Σ_{a: v → w} W_a^* O_w, \qquad R = O = F^n \text{ at framing.}

    Parameters
    ----------
    representation : Representation
        At least one arrow should start and one end at a framing vertex; otherwise nothing is left.
    rtol : float, optional
        Directions count as filled (read) when what flows there is above this share of ‖W‖; by default eps times the sum
        of the dimensions. Rescale the coordinates first if they differ by many decades
        (:func:`~dlnbalance.quiver.kempf_ness.minimize` does).

    Returns
    -------
    MinimalPart

    Raises
    ------
    InvalidArgumentError
        For a tolerance that is not between 0 and 1.

    See Also
    --------
    dlnbalance.decompositions.minimal_realizations.minreal : of linear systems, in well-scaled coordinates, with E.

    Notes
    -----
    Staircase: new directions are found by the SVD of what the directions found last are mapped to, first from the
    inputs and then, within the reachable subspaces, from the outputs. Backward stable; O(n³) in all for one vertex with
    few inputs. Rank decisions in a staircase are not the distance to the next non-minimal system, which may be smaller.

    References
    ----------
    .. [1] P. M. Van Dooren, "The generalized eigenstructure problem in linear system theory", IEEE Trans. Automat.
       Control 26 (1981) 111-129.
    .. [2] A. D. King, "Moduli of representations of finite dimensional algebras", Quart. J. Math. 45 (1994) 515-530.

    Examples
    --------
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> system = LinearSystem([[-1.0, 0.0], [0.0, -2.0]], [[3.0], [0.0]], [[1.0, 1.0]])
    >>> minimal_part(system.representation)
    MinimalPart: minimal part: 1 of 2 directions at x (1 not reached, 0 not read)
    """
    if rtol is None:
        # what sums over all dimensions leave of zero
        rtol = EPS * max(sum(representation.dimensions), 1)
    if not (isinstance(rtol, float) and 0 < rtol < 1):
        raise InvalidArgumentError("rtol", "a number between 0 and 1", repr(rtol), "it is a share of the norm")
    threshold = rtol * representation.norm
    reached = _reached(representation, threshold)
    inside = _compressed(representation, reached)
    read = _reached(_reversed(inside), threshold)
    bases = [V @ U for V, U in zip(reached, read, strict=True)]
    return MinimalPart(
        representation=_compressed(inside, read),
        bases=tuple(frozen(V) for V in bases),
        unreached=tuple(frozen(complement(V)) for V in reached),
        unread=tuple(frozen(complement(V)) for V in _reached(_reversed(representation), threshold)),
    )


def _reached(representation: Representation, threshold: float) -> list[Array]:
    """Orthonormal bases of the smallest subspaces that contain all images of framing and are kept by every arrow."""
    index = {vertex: v for v, vertex in enumerate(representation.gauged)}
    dtype = np.result_type(float, *representation.matrices)
    bases: list[Array] = [np.zeros((n, 0), dtype) for n in representation.dimensions]
    latest: dict[str, Array] = {
        a.tail: np.eye(a.matrix.shape[1], dtype=dtype) for a in representation.arrows if a.tail not in index
    }
    while latest:
        images: dict[str, list[Array]] = {}
        for arrow in representation.arrows:
            if arrow.head in index and arrow.tail in latest:
                images.setdefault(arrow.head, []).append(arrow.matrix @ latest[arrow.tail])
        latest = {}
        for vertex, found in images.items():
            v = index[vertex]
            added = _new_directions(bases[v], np.hstack(found), threshold)
            if added.shape[1]:
                bases[v] = np.hstack([bases[v], added])
                latest[vertex] = added
    return bases


def _new_directions(basis: Array, images: Array, threshold: float) -> Array:
    """Orthonormal directions of `images` outside `basis`, those above the threshold."""
    for _ in range(2):  # twice is enough
        images = images - basis @ (adjoint(basis) @ images)
    left, values, _ = la.svd(images, full_matrices=False, check_finite=False)
    added = left[:, values > threshold]
    return la.qr(added - basis @ (adjoint(basis) @ added), mode="economic", check_finite=False)[0]


def complement(basis: Array) -> Array:
    """Orthonormal basis of the orthogonal complement of the span of orthonormal columns."""
    rows, columns = basis.shape
    return la.qr(basis, check_finite=False)[0][:, columns:] if columns else np.eye(rows, dtype=basis.dtype)


def _compressed(representation: Representation, bases: Sequence[Array]) -> Representation:
    at = dict(zip(representation.gauged, bases, strict=True))
    matrices = []
    for arrow in representation.arrows:
        matrix = arrow.matrix @ at[arrow.tail] if arrow.tail in at else arrow.matrix
        matrices.append(adjoint(at[arrow.head]) @ matrix if arrow.head in at else matrix)
    return representation.with_matrices(matrices)


def _reversed(representation: Representation) -> Representation:
    """The adjoint representation: all arrows turned round."""
    arrows = [Arrow(a.head, a.tail, adjoint(a.matrix)) for a in representation.arrows]
    return Representation(arrows, representation.gauged)
