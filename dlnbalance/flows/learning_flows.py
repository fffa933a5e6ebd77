r"""Learning flows: gradient descent of a loss of the end-to-end matrix, and training with weight decay.

They change the end-to-end matrix. On the balanced manifold it obeys an equation of its own, whose small singular values
are followed as logarithms (:mod:`dlnbalance.flows.balanced_learning`); elsewhere the layers are integrated
(:mod:`dlnbalance.flows.weight_space`).
"""

from typing import Any

import numpy as np
import scipy.linalg as la

from ..linalg.arguments import positive_number
from ..linalg.arrays import EPS, Array, adjoint, as_matrix, in_range
from ..linalg.packing import packed, unpacked
from ..networks.end_to_end_operators import checked_depth
from ..networks.loss_gradients import Gradient, checked_gradient
from ..networks.network import DeepLinearNetwork, as_network
from ..quiver.integration import Counts, checked_rtol
from .balanced_learning import BalancedPoint, balanced_point, follow
from .trajectories import Trajectory, assembled, checked_times
from .weight_space import follow_weights, integrated

__all__ = ["end_to_end_learning", "learning", "weight_decay"]


def learning(network: DeepLinearNetwork, gradient: Gradient, t: Any, *, rtol: float = 1e-10) -> Trajectory:
    r"""Gradient flow of a loss E(X) of the end-to-end matrix, in weight space.

    .. math:: \dot W_k = -(W_N ⋯ W_{k+1})^* E'(X) (W_{k-1} ⋯ W_1)^*,

    which conserves the moments G_k. On the balanced manifold its image is :func:`end_to_end_learning`.

    Parameters
    ----------
    network : DeepLinearNetwork
        Where it starts, at time 0.
    gradient : callable
        X ↦ E'(X), (d_N, d_0) arrays; of a real loss, with ⟨X, Y⟩ = Re tr X*Y.
    t : array_like
        Increasing times.
    rtol : float
        Local error relative to the weights; of a balanced network, of every singular value relative to itself.

    Returns
    -------
    Trajectory
        ``drifts`` is the change of the moments relative to ‖W(0)‖².

    Raises
    ------
    NumericalError
        When the flow of a network that is not balanced loses a singular value to rounding, and that decides what
        follows; it says from which time on. Also when the steps become arbitrarily small.

    Notes
    -----
    A network that is balanced to rounding, of depth N ≥ 2, stays so: X is followed in singular coordinates, with
    log σ_i, and the layers are its horizontal lift W_k = Q_k Σ^{1/N} Q_{k−1}*. Neither its rank nor the sign of det X
    can be lost, though σ_r may fall to e^{-100} σ_1 and more. The layers that are returned are right to rounding, which
    may hide such a value again; its product with them cannot be formed to that accuracy.

    Any other network is integrated in weight space. As soon as a singular value of X falls below rtol ‖W_N‖⋯‖W_1‖,
    the rest is followed twice, from points that one local error separates; where they part, the result is refused.

    Both by SciPy's DOP853 of order 8, which takes short steps where the flow is stiff.

    References
    ----------
    .. [1] S. Arora, N. Cohen, E. Hazan, "On the optimization of deep networks", ICML 2018.
    .. [2] K. Lindsey, G. Menon, arXiv:2511.01137.

    See Also
    --------
    dlnbalance.flows.end_to_end_learning : the learning flow of X, as on the balanced manifold.
    dlnbalance.flows.weight_decay : gradient flow of a loss with weight decay.
    dlnbalance.Trajectory : path of a flow at the times that were asked for.

    Examples
    --------
    >>> target = 3.0
    >>> path = learning(DeepLinearNetwork([[[1.0]], [[1.0]]]), lambda X: X - target, [0.0, 10.0])
    >>> path.states[-1].end_to_end.round(6).item()
    3.0
    >>> path.moment_law
    'conserved'
    """
    return weight_decay(network, gradient, t, 0.0, rtol=rtol)


def weight_decay(
    network: DeepLinearNetwork, gradient: Gradient, t: Any, kappa: float, *, rtol: float = 1e-10
) -> Trajectory:
    r"""Training with weight decay: gradient flow of E(X) + ½κ‖W‖² in weight space.

    .. math:: \dot W_k = -(W_N ⋯ W_{k+1})^* E'(X) (W_{k-1} ⋯ W_1)^* - κ W_k,
        \qquad\text{hence}\quad G(t) = e^{-2κt} G(0), \text{ whatever the loss.}

    Parameters
    ----------
    network, gradient, t, rtol
        As for :func:`learning`.
    kappa : float
        Weight decay κ ≥ 0.

    Returns
    -------
    Trajectory
        ``moment_errors`` compares the moments with e^{-2κt}G(0).

    Raises
    ------
    InvalidArgumentError
        For a κ that is negative or not finite.
    NumericalError
        As for :func:`learning`.

    Notes
    -----
    As for :func:`learning`; on the balanced manifold Ẋ = −A_{N,X}(E'(X)) − κN X.

    See Also
    --------
    dlnbalance.flows.split_step : split the velocity of training into its tangential and normal parts.
    dlnbalance.flows.regularizing : steepest descent of the norm along the gauge orbit.
    dlnbalance.flows.learning : gradient flow of a loss E(X) of the end-to-end matrix, in weight space.

    Examples
    --------
    >>> path = weight_decay(DeepLinearNetwork([[[2.0]], [[1.0]]]), lambda X: 0 * X, [0.0, 1.0], 0.5)
    >>> bool(path.moment_errors.max() < 1e-9), path.moment_law
    (True, 'e^(−t)')
    """
    network = as_network("network", network)
    in_range("network", network.squared_norm, "a squared norm")
    kappa = positive_number("kappa", kappa, or_zero=True, remedy="weight decay shrinks")
    times = checked_times(t)
    rtol = checked_rtol(rtol)
    counts = Counts()
    slope = checked_gradient(gradient)
    start = balanced_point(network.weights) if network.depth > 1 else None
    if start is None:
        layers = follow_weights(network.weights, slope, times, kappa, rtol=rtol, counts=counts)
    else:
        points = follow(start, slope, times, network.depth, kappa=kappa, rtol=rtol, counts=counts)
        layers = [point.layers for point in points]
    states = tuple(network if time == 0 else DeepLinearNetwork(W) for time, W in zip(times, layers, strict=True))
    points = [state.representation for state in states]
    return assembled(
        "weight decay" if kappa else "learning",
        times,
        states,
        points,
        counts,
        start=network.representation,
        moment_rate=2 * kappa,
        conserved=None if kappa else "moments",
    )


def end_to_end_learning(
    X: Any, gradient: Gradient, t: Any, depth: int, *, rtol: float = 1e-10
) -> tuple[Array, tuple[Array, ...]]:
    r"""Image of the learning flow on the balanced manifold: Riemannian gradient descent of E on (M, g^N).

    .. math:: \dot X = -A_{N,X}(E'(X)), \qquad A_{N,X}(Z) = Σ_{p=1}^N (XX^*)^{(N-p)/N} Z (X^*X)^{(p-1)/N}.

    Parameters
    ----------
    X : (m, n) array_like
        Where it starts, at time 0. Singular values up to max(m, n) eps σ_1 count as zero, and stay zero for N ≥ 2.
    gradient : callable
        X ↦ E'(X).
    t : array_like
        Increasing times.
    depth : int
        N ≥ 1; infinity stands for the limit of A_{N,X}/N.
    rtol : float
        Local error, of every singular value relative to itself; for N = 1 relative to X.

    Returns
    -------
    times : (K,) array
    states : tuple of (m, n) array

    Raises
    ------
    NumericalError
        When the steps become arbitrarily small.

    Notes
    -----
    For N ≥ 2 the flow conserves the rank of X and, if X is real and square, the sign of det X. A small singular value
    moves at a bounded *relative* speed, by −2u*E'v for N = 2. So log σ_i is followed, in charts X = B Σ C that are
    recentred as X moves and that crossings of singular values do not disturb; see
    :mod:`dlnbalance.flows.balanced_learning`.

    References
    ----------
    .. [1] B. Bah, H. Rauhut, U. Terstiege, M. Westdickenberg, "Learning deep linear neural networks: Riemannian
       gradient flows and convergence to global minimizers", Inf. Inference 11 (2022) 307-353.

    See Also
    --------
    dlnbalance.flows.learning : gradient flow of a loss E(X) of the end-to-end matrix, in weight space.
    dlnbalance.geometry.riemannian_gradient : gradient of a loss E with respect to the metric g^N.

    Examples
    --------
    >>> _, states = end_to_end_learning([[1.0]], lambda X: X - 3.0, [0.0, 10.0], depth=2)
    >>> states[-1].round(6).item()
    3.0
    """
    start = as_matrix("X", X)
    times = checked_times(t)
    layers, rtol = checked_depth(depth, infinite=True), checked_rtol(rtol)
    slope = checked_gradient(gradient)
    if layers == 1:
        states = _descent(start, slope, times, rtol)
    else:
        points = follow(_singular_point(start), slope, times, layers, rtol=rtol, counts=Counts())
        states = [point.end_to_end for point in points]
    return times, tuple(start if time == 0 else state for time, state in zip(times, states, strict=True))


def _descent(start: Array, gradient: Gradient, times: Array, rtol: float) -> list[Array]:
    """Plain gradient descent, Ẋ = −E'(X)."""
    complex_entries = np.iscomplexobj(start)

    def slope(_time: float, vector: Array) -> Array:
        return packed([-gradient(unpacked(vector, [start.shape], complex_entries)[0])], complex_entries)

    vectors, _ = integrated(slope, packed([start], complex_entries), times, rtol)
    return [unpacked(vector, [start.shape], complex_entries)[0] for vector in vectors]


def _singular_point(X: Array) -> BalancedPoint:
    left, values, right = la.svd(X, full_matrices=False)
    rank = int(np.count_nonzero(values > max(X.shape) * EPS * values.max(initial=0.0)))
    return BalancedPoint(left=left[:, :rank], logarithms=np.log(values[:rank]), right=adjoint(right[:rank]))
