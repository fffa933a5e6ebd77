r"""One step of training, split into what balances a network and what changes its end-to-end matrix.

The velocity of regularized training is :math:`\dot W = -∇E - κW`. At every network W it has a part tangential to the
fiber F_X of the networks with the same end-to-end matrix X, and a part normal to it:

.. math:: -∇E - κW = \underbrace{-κ(W - W^⊥)}_{\text{tangential: balances, leaves } X}
          + \underbrace{-∇E - κW^⊥}_{\text{normal: moves } X \text{, leaves the moments}} .

Only the first is the regularizing flow. The second learns and shrinks X at the rate κN, whether W is balanced or not;
at a balanced network there is nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError
from ..linalg.arguments import items, positive_number
from ..linalg.arrays import EPS, Array, adjoint, as_matrix, frozen, in_range
from ..networks.network import DeepLinearNetwork, as_network
from ..quiver.integration import total_norm

__all__ = ["TrainingStep", "normal_component", "split_step"]

Layers = tuple[Array, ...]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TrainingStep:
    r"""Velocity of regularized training in three parts; made by :func:`split_step`.

    Attributes
    ----------
    tangential : tuple of (d_k, d_{k-1}) array
        −κ(W − W^⊥), a velocity along the fiber: the regularizing flow at the speed κ.
    learning : tuple of (d_k, d_{k-1}) array
        −∇E, normal to the fiber.
    shrinking : tuple of (d_k, d_{k-1}) array
        −κW^⊥, normal to the fiber.
    end_to_end : (d_N, d_0) array
        Velocity of X, −Σ_k L_kL_k* E'(X) R_k*R_k − κN X. The tangential part does not contribute.
    moments : tuple of (d_k, d_k) array
        Velocities −2κG_k of the moments. The normal part does not contribute.

    See Also
    --------
    dlnbalance.flows.split_step : split the velocity of training into its tangential and normal parts.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> step = dln.flows.split_step(dln.DeepLinearNetwork([[[2.0]], [[2.0]]]), kappa=0.1)
    >>> round(step.end_to_end.item(), 9)  # −κ N X
    -0.8
    """

    tangential: Layers
    learning: Layers
    shrinking: Layers
    end_to_end: Array
    moments: Layers

    @property
    def normal(self) -> Layers:
        """The part −∇E − κW^⊥ that is normal to the fiber."""
        return _sums(self.learning, self.shrinking)

    @property
    def velocity(self) -> Layers:
        """The whole velocity −∇E − κW."""
        return _sums(self.tangential, self.normal)

    @property
    def tangential_norm(self) -> float:
        """Euclidean norm of the tangential part."""
        return total_norm(self.tangential)

    @property
    def normal_norm(self) -> float:
        """Euclidean norm of the normal part."""
        return total_norm(self.normal)

    def __repr__(self) -> str:
        return (
            f"TrainingStep: velocity of norm {total_norm(self.velocity):.6g}\n"
            f"  tangential to the fiber {self.tangential_norm:.6g}: balances, leaves the end-to-end matrix\n"
            f"  normal to the fiber {self.normal_norm:.6g} (learning {total_norm(self.learning):.6g},"
            f" shrinking {total_norm(self.shrinking):.6g}): leaves the moments\n"
            f"  end-to-end matrix moves at {la.norm(self.end_to_end):.6g}, moments at {total_norm(self.moments):.6g}"
        )


def split_step(network: DeepLinearNetwork, euclidean_gradient: Any = None, kappa: float = 0.0) -> TrainingStep:
    r"""Split the velocity of regularized training into its parts tangential and normal to the fiber.

    .. math:: \dot W = -∇E - κW, \qquad (∇E)_k = L_k^* E'(X) R_k^*, \qquad W^⊥_k = L_k^* Y R_k^*, \qquad
        Σ_k L_kL_k^*\, Y\, R_k^*R_k = N X,

    with L_k = W_N ⋯ W_{k+1} and R_k = W_{k−1} ⋯ W_1.

    Parameters
    ----------
    network : DeepLinearNetwork
        W, of any widths and any rank, real or complex.
    euclidean_gradient : (d_N, d_0) array_like, optional
        The gradient E'(X) of the loss at the end-to-end matrix, *not* a function. Zero when it is left out.
    kappa : float
        Weight decay κ ≥ 0.

    Returns
    -------
    TrainingStep
        ``tangential`` and ``normal``, tuples of layers, with the velocities of X and of the moments.

    Raises
    ------
    InvalidArgumentError
        For another network, a gradient of another shape (or complex for a real network), or a κ that is negative.

    Notes
    -----
    The normal space of the fiber at W is {(L_k* Y R_k*)_k}, the range of the adjoint of dX. The gradient of a loss of X
    lies in it, and dμ vanishes on it; hence dμ(Ẇ) = −2κμ and dX(κW^⊥) = κN X for every W. At a balanced network
    W^⊥ = W, the tangential part vanishes, and

    .. math:: \dot X = -A_{N,X}(E'(X)) - κN X,

    gradient flow of E + ½κN Σ σ_i^{2/N} in the metric g^N. Where X is rank-deficient the fiber has singular points, and
    tangential means dX(Ẇ) = 0.

    Cost: see :func:`normal_component`.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network", arXiv:2511.01137.

    See Also
    --------
    dlnbalance.flows.weight_decay : gradient flow of a loss with weight decay.
    dlnbalance.flows.normal_component : the part of a velocity that is normal to the fiber.

    Examples
    --------
    >>> step = split_step(DeepLinearNetwork([[[2.0]], [[1.0]]]), [[0.0]], kappa=1.0)
    >>> [part.round(12).item() for part in step.tangential], [part.round(12).item() for part in step.normal]
    ([-1.2, 0.6], [-0.8, -1.6])
    >>> step.end_to_end.round(12).item(), step.moments[0].round(12).item()  # −κN X and −2κG
    (-4.0, -6.0)
    """
    network = as_network("network", network)
    kappa = positive_number("kappa", kappa, or_zero=True, remedy="weight decay shrinks")
    left, right = _partial_products(network.weights)
    slope = _checked_gradient(network, euclidean_gradient)
    normal = normal_component(network)
    parts = zip(network.weights, normal, strict=True)
    in_range("kappa", kappa * network.depth * (network.norm + float(la.norm(network.end_to_end))), "velocities")
    tangential = tuple(frozen(kappa * (across - weight)) for weight, across in parts)
    return TrainingStep(
        tangential=tangential,
        learning=tuple(frozen(-adjoint(L) @ slope @ adjoint(R)) for L, R in zip(left, right, strict=True)),
        shrinking=tuple(frozen(-kappa * across) for across in normal),
        end_to_end=frozen(
            -sum((L @ (adjoint(L) @ slope @ adjoint(R)) @ R for L, R in zip(left, right, strict=True)), 0 * slope)
            - kappa * network.depth * network.end_to_end
        ),
        moments=_moment_velocity(network.weights, tangential),
    )


def normal_component(network: DeepLinearNetwork, velocity: Sequence[Any] | None = None) -> Layers:
    r"""Component of a velocity, or of W itself, normal to the fiber of the networks with the same end-to-end matrix.

    .. math:: V^⊥ = \operatorname{argmin} \big\{ ‖V - U‖ : U_k = L_k^* Y R_k^* \text{ for some } Y \big\}, \qquad
        Σ_k L_k V^⊥_k R_k = Σ_k L_k V_k R_k.

    Parameters
    ----------
    network : DeepLinearNetwork
        W, of any widths and any rank.
    velocity : sequence of (d_k, d_{k-1}) array_like, optional
        V; the layers of the network when it is left out.

    Returns
    -------
    tuple of (d_k, d_{k-1}) array

    Raises
    ------
    InvalidArgumentError
        For another network, or a velocity of other shapes.

    Notes
    -----
    Orthogonal projection by a QR factorization with pivoting of the map Y ↦ (L_k* Y R_k*)_k, written in the singular
    frames of X and with columns of length one. So the conditioning is not squared, as it is in the equation
    Σ L_kL_k* Y R_k*R_k = Σ L_kV_kR_k, and near balanced networks the columns are nearly orthogonal whatever the
    singular values of X. Columns at rounding level count as zero. With p = Σ_k d_k d_{k−1} weights and q = d_N d_0
    entries of X it takes p q numbers and 4 p q² operations: hundredths of a second for five layers of width 16.

    See Also
    --------
    dlnbalance.flows.split_step : split the velocity of training into its tangential and normal parts.

    Examples
    --------
    >>> network = DeepLinearNetwork([[[2.0]], [[1.0]]])  # the fiber w_2w_1 = 2, with normal (1, 2) at (2, 1)
    >>> [part.round(12).item() for part in normal_component(network)]
    [0.8, 1.6]
    """
    network = as_network("network", network)
    layers = network.weights if velocity is None else _checked_velocity(network, velocity)
    basis = _normal_basis(network)
    flat = np.concatenate([layer.ravel() for layer in layers])
    projected = basis @ (adjoint(basis) @ flat)
    ends = np.cumsum([weight.size for weight in network.weights])[:-1]
    parts = zip(np.split(projected, ends), network.weights, strict=True)
    return tuple(frozen(part.reshape(weight.shape)) for part, weight in parts)


def _normal_basis(network: DeepLinearNetwork) -> Array:
    """Orthonormal basis of the normal space, as columns of length Σ d_k d_{k−1}."""
    left, right = _partial_products(network.weights)
    U, _, Vh = la.svd(network.end_to_end)
    blocks, sizes = [], []
    for L, R in zip(left, right, strict=True):
        rows, columns = adjoint(L) @ U, R @ adjoint(Vh)  # L_k* u_i and R_k v_j
        block = rows[:, None, :, None] * columns.conj()[None, :, None, :]
        blocks.append(block.reshape(rows.shape[0] * columns.shape[0], rows.shape[1] * columns.shape[1]))
        sizes.append(la.norm(L) * la.norm(R))
    normals = np.concatenate(blocks)
    lengths = la.norm(normals, axis=0)
    rounding = max(normals.shape) * EPS
    kept = lengths > rounding * max(sizes)  # shorter ones are rounding of the products that they come from
    if not kept.any():
        return np.zeros((normals.shape[0], 0))
    basis, triangle, _ = la.qr(normals[:, kept] / lengths[kept], mode="economic", pivoting=True)
    diagonal = np.abs(np.diag(triangle))
    return basis[:, : np.count_nonzero(diagonal > rounding * diagonal[0])]


def _partial_products(weights: Sequence[Array]) -> tuple[list[Array], list[Array]]:
    """L_k = W_N ⋯ W_{k+1} and R_k = W_{k−1} ⋯ W_1 for k = 1, …, N."""
    left: list[Array] = [np.eye(weights[-1].shape[0])]
    right: list[Array] = [np.eye(weights[0].shape[1])]
    for weight in weights[:-1]:
        right.append(weight @ right[-1])
    for weight in reversed(weights[1:]):
        left.append(left[-1] @ weight)
    return left[::-1], right


def _moment_velocity(weights: Sequence[Array], velocity: Sequence[Array]) -> Layers:
    """dμ(Ẇ): the Hermitian part of 2(Ẇ_kW_k* − W_{k+1}*Ẇ_{k+1}) at every hidden layer."""
    halves = [
        V @ adjoint(W) - adjoint(after) @ V_after
        for (W, after), (V, V_after) in zip(pairwise(weights), pairwise(velocity), strict=True)
    ]
    return tuple(frozen(half + adjoint(half)) for half in halves)


def _checked_gradient(network: DeepLinearNetwork, value: Any) -> Array:
    rows, columns = network.widths[-1], network.widths[0]
    if value is None:
        return np.zeros((rows, columns))
    gradient = as_matrix("euclidean_gradient", value, rows=rows, columns=columns)
    if np.iscomplexobj(gradient) and not network.is_complex:
        raise InvalidArgumentError(
            "euclidean_gradient", "a real matrix", "a complex one", "pass a complex network, or the real part"
        )
    return gradient


def _checked_velocity(network: DeepLinearNetwork, velocity: Sequence[Any]) -> list[Array]:
    layers = items("velocity", velocity, "a sequence of matrices", remedy="pass one for each layer")
    if len(layers) != network.depth:
        raise InvalidArgumentError(
            "velocity", f"{network.depth} layers", f"{len(layers)}", "pass one matrix for each layer"
        )
    return [
        as_matrix(f"velocity[{k}]", V, rows=W.shape[0], columns=W.shape[1])
        for k, (V, W) in enumerate(zip(layers, network.weights, strict=True))
    ]


def _sums(first: Layers, second: Layers) -> Layers:
    return tuple(frozen(a + b) for a, b in zip(first, second, strict=True))
