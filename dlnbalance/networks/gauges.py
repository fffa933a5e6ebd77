r"""The linear equations for the gauge between two networks of one orbit.

Whether there is such a gauge is decided in :mod:`dlnbalance.networks.orbits`; here it is computed, from the known ranks
of the partial products and without the inverse of any of them.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import scipy.linalg as la

from ..errors import NumericalError
from ..linalg.arrays import Array, adjoint, frozen, norm
from ..linalg.frames import sweep
from ..linalg.powers_of_two import times_power
from ..linalg.product_svd import ProductSVD
from .network import DeepLinearNetwork

__all__ = ["closed_gauge", "gauge_residual", "gauge_to_center", "solve_gauge"]


def gauge_to_center(network: DeepLinearNetwork, svd: ProductSVD, r: int) -> tuple[Array, ...]:
    r"""Gauge that carries a network with a closed orbit to its center, at any depth.

    .. math:: A_k W_k A_{k-1}^{-1} = C_k, \qquad C = (Λ Q_0^*, Λ, …, Λ, Q_N Λ).

    Parameters
    ----------
    network : DeepLinearNetwork
        W, all of whose layers have the rank of X.
    svd : ProductSVD
        Decomposition of X (of one with the same X, for the center in its frames).
    r : int
        Rank of X.

    Returns
    -------
    tuple of (d_k, d_k) array
        A_1, …, A_{N−1}.

    Notes
    -----
    The right singular vectors go through the layers, W_k P_{k−1} = P_k R_k, so that R_N ⋯ R_1 is diagonal. On the image
    of P_k the gauge is G_k, an upper triangle that follows from the output, G_N = I, by

    .. math:: G_{k-1} = Λ^{-1} G_k R_k,

    row by row to rounding, and without the inverse of a partial product. The kernel of W_{k+1}, a complement of that
    image, goes to the directions that the center leaves at zero. O(N d³) flops.

    Examples
    --------
    >>> network = DeepLinearNetwork([[[4.0]], [[1.0]]])
    >>> [round(abs(gauge.item()), 12) for gauge in gauge_to_center(network, network.decomposition, 1)]
    [0.5]
    """
    run = sweep(network.weights, svd.right[:, :r])
    roots = svd.power(1 / network.depth)[:r]
    G: Array = adjoint(svd.left[:, :r]) @ run.frames[-1]
    G = np.diag(np.diagonal(G) / np.abs(np.diagonal(G)))  # signs: up to rounding the frames agree
    gauge: list[Array] = []
    for k in range(network.depth - 1, 0, -1):
        G = (G @ run.triangles[k]) / roots[:, None]
        gauge.append(frozen(_completed(G, run.frames[k], network.weights[k])))
    return tuple(reversed(gauge))


def closed_gauge(source: DeepLinearNetwork, target: DeepLinearNetwork, r: int) -> tuple[Array, ...]:
    r"""Gauge between two networks over the same X whose orbits are closed, by way of their center.

    Parameters
    ----------
    source, target : DeepLinearNetwork
        W and V, of the same widths, all of whose layers have the rank of X.
    r : int
        Rank of X.

    Returns
    -------
    tuple of (d_k, d_k) array
        A_1, …, A_{N−1}. Nothing is checked: where no gauge exists this is none.

    Examples
    --------
    >>> source, target = DeepLinearNetwork([[[4.0]], [[1.0]]]), DeepLinearNetwork([[[2.0]], [[2.0]]])
    >>> [gauge.round(12).item() for gauge in closed_gauge(source, target, 1)]
    [0.5]
    """
    pairs = zip(*(gauge_to_center(network, source.decomposition, r) for network in (source, target)), strict=True)
    return tuple(frozen(la.solve(back, there)) for there, back in pairs)


def gauge_residual(source: DeepLinearNetwork, target: DeepLinearNetwork, gauge: Sequence[Array]) -> float:
    """Largest of ‖(A·W)_k − V_k‖ / ‖V_k‖; infinite for a gauge that is singular.

    Examples
    --------
    >>> source, target = DeepLinearNetwork([[[4.0]], [[1.0]]]), DeepLinearNetwork([[[2.0]], [[2.0]]])
    >>> gauge_residual(source, target, [np.array([[0.5]])])
    0.0
    """
    try:
        moved = source.gauge(gauge)
    except NumericalError:
        return np.inf
    return max(
        norm(after - layer) / (norm(layer) or 1.0) for after, layer in zip(moved.weights, target.weights, strict=True)
    )


def _completed(G: Array, frame: Array, following: Array) -> Array:
    """The gauge that is `G` on the span of `frame` and carries the kernel of the following layer to the other rows."""
    r, d = G.shape[0], frame.shape[0]
    if r == d:
        return G @ adjoint(frame)
    image = adjoint(la.svd(following, full_matrices=False)[2])[:, :r]  # of W_{k+1}*, the complement of the kernel
    along = la.solve(adjoint(image) @ frame, adjoint(image))
    rest = la.qr(frame, check_finite=False)[0][:, r:]
    return np.vstack([G @ along, adjoint(rest)])


def solve_gauge(source: DeepLinearNetwork, target: DeepLinearNetwork, ranks: Array) -> tuple[Array, ...]:
    r"""Gauge that carries `source` to `target`, provided that there is one.

    .. math:: A_k W_k = V_k A_{k-1}, \qquad (V_N ⋯ V_{k+1}) A_k = W_N ⋯ W_{k+1}, \qquad A_0 = I.

    Parameters
    ----------
    source, target : DeepLinearNetwork
        W and V, of the same widths, over the same X, on the same gauge orbit.
    ranks : (N+1, N+1) array of int
        Ranks r_ij of their sub-products W_j ⋯ W_{i+1}.

    Returns
    -------
    tuple of (d_k, d_k) array
        A_1, …, A_{N−1}. Nothing is checked: where no gauge exists this is none.

    Notes
    -----
    The layers are first scaled to equal norms, and A_k follows from A_{k−1}. Beside the two equations it has to map
    the kernels of W_{k+1}, W_{k+2}W_{k+1}, … to those of V_{k+1}, V_{k+2}V_{k+1}, …, so that the equations of the
    later layers can be met. In orthonormal bases adapted to these nested kernels it is block triangular, and its block
    rows are found from the last, which faces the output, to the first.

    Examples
    --------
    >>> source, target = DeepLinearNetwork([[[4.0]], [[1.0]]]), DeepLinearNetwork([[[2.0]], [[2.0]]])
    >>> [gauge.round(12).item() for gauge in solve_gauge(source, target, np.ones((3, 3), dtype=int))]
    [0.5]
    """
    (ours, before), (theirs, after) = _equalized(source), _equalized(target)
    gauge: list[Array] = []
    A: Array = np.eye(source.widths[0])
    for k in range(1, source.depth):
        W, S = ours.weights[k - 1], theirs.weights[k - 1] @ A
        rest = [DeepLinearNetwork(network.weights[k:]) for network in (ours, theirs)]
        A = _layer_gauge(W, S, rest[0], rest[1], ranks[k, k:], ranks[k - 1, k:])
        gauge.append(frozen(times_power(A, before[k - 1] - after[k - 1])))
    return tuple(gauge)


def _equalized(network: DeepLinearNetwork) -> tuple[DeepLinearNetwork, list[int]]:
    """The network with layers of about equal norm, and the powers of two, one a hidden layer, that make them so."""
    exponents = [int(np.frexp(la.norm(weight) or 1.0)[1]) for weight in network.weights]
    mean = sum(exponents) / network.depth
    shifts = [round(k * mean) - sum(exponents[:k]) for k in range(network.depth + 1)]
    layers = [times_power(weight, b - a) for weight, (a, b) in zip(network.weights, pairwise(shifts), strict=True)]
    return DeepLinearNetwork(layers), shifts[1:-1]


def _layer_gauge(
    W: Array, S: Array, ours: DeepLinearNetwork, theirs: DeepLinearNetwork, ranks: Array, inner_ranks: Array
) -> Array:
    """Solve A W = S and L' A = L for an A that carries the kernels of our partial products to theirs.

    `ours` and `theirs` are the layers that follow, with products L and L'; `ranks` are those of I and of their first
    factors, `inner_ranks` those of the same products times W.
    """
    basis, image = _adapted_basis(ours, ranks[1:]), _adapted_basis(theirs, ranks[1:])
    last, new_last = basis[-1], image[-1]
    block = _two_sided(
        theirs.end_to_end @ new_last,
        ours.end_to_end @ last,
        adjoint(last) @ W,
        adjoint(new_last) @ S,
        float(la.norm(W)) or 1.0,
    )
    A = new_last @ block @ adjoint(last)
    # one a block of the bases: products of equal rank have the same kernel, and the last of them counts
    ends = np.append(np.flatnonzero(np.diff(ranks)), ranks.size - 1)
    levels = inner_ranks[ends]
    lower = last
    for m in range(len(basis) - 2, -1, -1):
        row = _extend(
            adjoint(basis[m]) @ W,
            adjoint(lower) @ W,
            adjoint(image[m]) @ S,
            rank=levels[m + 1],
            prescribed=levels[m] - levels[m + 1],
        )
        lower = np.hstack([basis[m], lower])
        A = A + image[m] @ row @ adjoint(lower)
    return A


def _adapted_basis(rest: DeepLinearNetwork, ranks: Array) -> list[Array]:
    """Orthonormal bases of ker W_1, of its complement in ker W_2W_1, …, and of the complement of all kernels.

    `ranks` are those of W_1, W_2W_1, …. Every step is one SVD within the complement of the kernel before it.
    """
    blocks: list[Array] = []
    complement: Array = np.eye(rest.widths[0])
    product = complement
    for weight, rank in zip(rest.weights, ranks, strict=True):
        product = weight @ product
        if rank < complement.shape[1]:
            frame = complement @ adjoint(la.svd(product @ complement)[2])
            blocks.append(frame[:, rank:])
            complement = frame[:, :rank]
    return [*blocks, complement]


def _two_sided(left: Array, wanted_left: Array, right: Array, wanted_right: Array, size: float) -> Array:
    r"""Solve left A = wanted_left and A right = wanted_right jointly; `left` has full column rank.

    In the singular frames of `left` and `right` both equations are diagonal, s_i A_ij = a_ij and A_ij c_j = b_ij, and
    the least squares solution of the pair is (s_i a_ij + c_j b_ij)/(s_i² + c_j²), where the first equation is taken
    in units of its norm and the second in units of `size`, above whose rounding errors `right` may not stand.
    """
    if left.shape[1] == 0:
        return np.zeros((0, 0))
    U, s, V = la.svd(left / la.norm(left), full_matrices=False)
    P, c, Q = la.svd(right / size)
    a = adjoint(U) @ (wanted_left / la.norm(left)) @ P
    b = V @ (wanted_right / size) @ adjoint(Q[: c.size])
    beyond = (0, 0), (0, P.shape[0] - c.size)  # columns of A about which the second equation says nothing
    weight = s[:, None] ** 2 + np.pad(c, beyond[1]) ** 2
    return adjoint(V) @ ((s[:, None] * a + np.pad(c * b, beyond)) / weight) @ adjoint(P)


def _extend(upper: Array, lower: Array, wanted: Array, *, rank: int, prescribed: int) -> Array:
    """Solve D upper + Y lower = wanted for a row [D, Y] of blocks with D invertible.

    On the kernel of `lower`, which has the given `rank`, the equation prescribes D in as many directions as
    `prescribed` says; in the others D is free and taken isometric. Y follows.
    """
    P, c, Q = la.svd(lower)
    kept, null = adjoint(Q)[:, :rank], adjoint(Q)[:, rank:]
    u, s, v = la.svd(upper @ null)
    images = wanted @ null @ adjoint(v[:prescribed]) / s[:prescribed]
    D = np.hstack([images, la.svd(images)[0][:, prescribed:]]) @ adjoint(u)
    Y = ((wanted - D @ upper) @ kept / c[:rank]) @ adjoint(P[:, :rank])
    return np.hstack([D, Y])
