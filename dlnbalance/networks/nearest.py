"""The balanced network that is nearest to a given one, over the same end-to-end matrix: Procrustes problems."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.linalg as la

from ..linalg.arguments import positive_number
from ..linalg.arrays import EPS, Array, adjoint, in_range, whole_number
from ..linalg.polar import polar_factor
from .network import DeepLinearNetwork, as_network

__all__ = ["NearestBalanced", "nearest_balanced", "unitary_gauged"]

# What products and decompositions leave of a gradient or a distance that is zero, in units of eps: some tens.
_ROUNDED = 100


@dataclass(frozen=True, kw_only=True, eq=False)
class NearestBalanced:
    r"""The balanced network next to a given one, over the same end-to-end matrix.

    Attributes
    ----------
    network : DeepLinearNetwork
        The balanced network.
    distance : float
        Its Euclidean distance (Σ‖W_k − V_k‖²)^{1/2} from the given network, recomputed.
    iterations : int
        Sweeps of alternating Procrustes problems (0 where one problem is all there is).
    converged : bool
        Whether the network returned is stationary: no unitary gauge reduces the distance to first order.
    is_global : bool
        Whether it is proved to be the nearest one: for N ≤ 2, or at distance zero. Otherwise it is a local answer.

    See Also
    --------
    dlnbalance.networks.nearest_balanced : find the balanced network over the same X that is nearest to a given one.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> nearest = dln.networks.nearest_balanced(dln.DeepLinearNetwork([[[4.0]], [[1.0]]]))
    >>> nearest.converged, round(nearest.distance**2, 9)  # (4 − 2)² + (1 − 2)²
    (True, 5.0)
    """

    network: DeepLinearNetwork
    distance: float
    iterations: int
    converged: bool
    is_global: bool

    def __repr__(self) -> str:
        kind = "nearest of all" if self.is_global else "a local minimum: others may be nearer"
        state = "stationary" if self.converged else "not stationary, stopped early"
        return f"NearestBalanced: distance {self.distance:.6g} ({kind}; {state} after {self.iterations} sweeps)"


def nearest_balanced(network: DeepLinearNetwork, *, rtol: float = 1e-8, max_iterations: int = 1000) -> NearestBalanced:
    r"""Find the balanced network over the same X that is nearest to a given one.

    .. math:: \min_{Q_1, …, Q_{N-1} \text{ unitary}} Σ_k ‖W_k - Q_k C_k Q_{k-1}^*‖^2, \qquad Q_0 = Q_N = I,

    where C is the center: the balanced networks over X are its unitary gauges.

    Parameters
    ----------
    network : DeepLinearNetwork
        W, of any widths and rank.
    rtol : float
        Relative size of the gradient, in units of ‖W‖‖C‖, at which the iteration stops.
    max_iterations : int
        Most sweeps.

    Returns
    -------
    NearestBalanced
        The network, its distance, and whether it is stationary and globally nearest.

    Notes
    -----
    For N = 2 this is one Procrustes problem: Q_1 is the polar factor of W_1C_1* + W_2*C_2, and the answer is global.
    For N > 2 the Q_k are improved in turn, each by the polar factor of
    M_k = W_k Q_{k−1} C_k* + W_{k+1}* Q_{k+1} C_{k+1}, which never increases the distance; the start solves the
    N = 2 problem of the network cut at every layer. Convergence is linear and the limit may be a local minimum.
    One sweep costs N SVDs and 6N products.

    References
    ----------
    .. [1] P. H. Schönemann, "A generalized solution of the orthogonal Procrustes problem", Psychometrika 31 (1966).

    See Also
    --------
    dlnbalance.balance : coordinates of least norm, with the proof.
    dlnbalance.networks.random_balanced : sample the balanced networks over X uniformly.
    dlnbalance.networks.NearestBalanced : the balanced network next to a given one, over the same end-to-end matrix.

    Examples
    --------
    >>> result = nearest_balanced(DeepLinearNetwork([[[-4.0]], [[-1.0]]]))
    >>> [w.round(12).item() for w in result.network.weights], round(result.distance**2, 12), result.is_global
    ([-2.0, -2.0], 5.0, True)
    """
    network = as_network("network", network)
    in_range("network", network.squared_norm, "a squared norm")
    rtol = positive_number("rtol", rtol, or_zero=True, remedy="pass for example 1e-8")
    whole_number("max_iterations", max_iterations, 0, remedy="pass for example 1000")
    center = network.center()
    W, C = network.weights, center.weights
    Q = _aligned_cuts(W, C)
    if network.depth == 2:  # the one Procrustes problem there is, whatever the start
        Q[1] = polar_factor(_correlation(W, C, Q, 1))
    scale = network.norm * center.norm
    sweeps = 0
    while network.depth > 2 and sweeps < max_iterations and _gradient(W, C, Q) > rtol * scale:
        for k in range(1, network.depth):
            Q[k] = polar_factor(_correlation(W, C, Q, k))
        sweeps += 1
    nearest = unitary_gauged(C, Q)
    distance = float(la.norm([la.norm(given - layer) for given, layer in zip(W, nearest.weights, strict=True)]))
    return NearestBalanced(
        network=nearest,
        distance=distance,
        iterations=sweeps,
        converged=_gradient(W, C, Q) <= max(rtol, _ROUNDED * EPS) * scale,
        is_global=network.depth <= 2 or distance <= _ROUNDED * max(network.widths) * EPS * network.norm,
    )


def _aligned_cuts(W: Sequence[Array], C: Sequence[Array]) -> list[Array]:
    """Unitary gauges that solve the two-layer problem of the networks cut at every hidden layer."""
    below = zip(_partial_products(W), _partial_products(C), strict=True)
    above = zip(_partial_products(_reversed(W)), _partial_products(_reversed(C)), strict=True)
    pairs = zip(below, reversed(list(above)), strict=True)
    inner = [polar_factor(reach @ adjoint(center) + there @ adjoint(here)) for (reach, center), (there, here) in pairs]
    return [np.eye(W[0].shape[1]), *inner, np.eye(W[-1].shape[0])]


def _reversed(layers: Sequence[Array]) -> list[Array]:
    return [adjoint(layer) for layer in reversed(layers)]


def _partial_products(layers: Sequence[Array]) -> list[Array]:
    """The products W_k ⋯ W_1, k = 1, …, N − 1, each divided by its norm."""
    products, product = [], np.eye(layers[0].shape[1])
    for layer in layers[:-1]:
        product = layer @ product
        product = product / (la.norm(product) or 1.0)
        products.append(product)
    return products


def _correlation(W: Sequence[Array], C: Sequence[Array], Q: Sequence[Array], k: int) -> Array:
    """M_k, for which −2 Re tr(Q_k* M_k) is the part of the squared distance that depends on Q_k."""
    return W[k - 1] @ Q[k - 1] @ adjoint(C[k - 1]) + adjoint(W[k]) @ Q[k + 1] @ C[k]


def _gradient(W: Sequence[Array], C: Sequence[Array], Q: Sequence[Array]) -> float:
    """Norm of the skew-Hermitian parts of Q_k* M_k, which vanish where the distance is stationary."""
    products = [adjoint(Q[k]) @ _correlation(W, C, Q, k) for k in range(1, len(W))]
    return float(np.sqrt(sum(la.norm(product - adjoint(product)) ** 2 for product in products))) / 2


def unitary_gauged(C: Sequence[Array], Q: Sequence[Array]) -> DeepLinearNetwork:
    """The network Q·C for unitary Q."""
    return DeepLinearNetwork(
        [after @ layer @ adjoint(before) for layer, (before, after) in zip(C, pairwise(Q), strict=True)]
    )
