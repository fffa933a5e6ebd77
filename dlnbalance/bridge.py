r"""The bridge between deep linear networks and linear systems.

Two facts carry it. A pair of Gramian factors *is* a two-layer network, with the state space as its hidden layer;
and a network, run as a delay line, *is* a linear system whose norm-balancing functional, moment map and Hankel
singular values are those of the network.
"""

import numpy as np

from .errors import InvalidArgumentError
from .files.conversion import as_system
from .gramians.automatic import Automatic
from .gramians.base import GramianStrategy, checked_strategy
from .linalg.arguments import positive_number
from .linalg.arrays import whole_number
from .networks.network import DeepLinearNetwork, as_network
from .structured.time_varying import TimeVaryingSystem
from .systems.linear_system import LinearSystem
from .systems.signals import checked_time_base

__all__ = ["cut", "network_to_system", "network_to_time_varying", "system_to_network"]


def network_to_system(
    network: DeepLinearNetwork, dt: float | bool = 1.0, *, alpha: float | None = None
) -> LinearSystem:
    r"""Run a network as a delay line, one layer a time step.

    .. math:: x_1(t+1) = W_1 u(t), \quad x_k(t+1) = W_k x_{k-1}(t), \quad y(t) = W_N x_{N-1}(t),

    so that the transfer function is X z^{-(N-1)}. In continuous time every hidden layer is a first-order lag,
    x_k' = −α x_k + W_k x_{k−1}, and the transfer function is X (s + α)^{-(N-1)}.

    Parameters
    ----------
    network : DeepLinearNetwork
        Depth N, any widths; the states are the hidden layers, n = d_1 + … + d_{N−1} (none for N = 1).
    dt : float or True
        Sampling time; 0 for the continuous version.
    alpha : float, optional
        Decay rate α > 0 of the continuous version (1 when left out); not for discrete time.

    Returns
    -------
    LinearSystem
        Its representation has the energy of the network (plus ½ α² n in continuous time), the moments of the
        network as the diagonal blocks of its moment, and each singular value of X as a Hankel singular value
        N − 1 times (discrete time).

    Raises
    ------
    InvalidArgumentError
        For `dt` = None, an `alpha` that is not positive, or an `alpha` in discrete time.

    See Also
    --------
    dlnbalance.bridge.system_to_network : turn a system into the two-layer network of its Gramian factors.
    dlnbalance.bridge.network_to_time_varying : run a deep linear network as a time-varying system.
    dlnbalance.compare : compare this library with python-control and SLICOT, or the notions of balanced on a network.

    Examples
    --------
    >>> system = network_to_system(DeepLinearNetwork([[[2.0]], [[3.0]], [[5.0]]]))
    >>> system(2.0).item()  # 30 z⁻²
    7.5
    """
    network = as_network("network", network)
    if checked_time_base(dt) is None:
        raise InvalidArgumentError("dt", "a sampling time, True, or 0", "None", "say which time base is meant")
    continuous = dt is not True and dt == 0
    if alpha is not None and not continuous:
        raise InvalidArgumentError("alpha", "None in discrete time", f"{alpha}", "pass dt=0 for the continuous version")
    if alpha is not None:
        alpha = positive_number("alpha", alpha, remedy="the states decay like exp(−alpha t)")
    weights, hidden = network.weights, network.widths[1:-1]
    if not hidden:
        X = weights[0]
        return LinearSystem(np.zeros((0, 0)), np.zeros((0, X.shape[1])), np.zeros((X.shape[0], 0)), X, dt=dt)
    n, offsets = sum(hidden), np.cumsum([0, *hidden])
    dtype = complex if network.is_complex else float
    A = np.zeros((n, n), dtype=dtype)
    for k, weight in enumerate(weights[1:-1]):
        A[offsets[k + 1] : offsets[k + 2], offsets[k] : offsets[k + 1]] = weight
    if continuous:
        np.fill_diagonal(A, -1.0 if alpha is None else -alpha)
    B = np.zeros((n, network.widths[0]), dtype=dtype)
    B[: hidden[0]] = weights[0]
    C = np.zeros((network.widths[-1], n), dtype=dtype)
    C[:, n - hidden[-1] :] = weights[-1]
    return LinearSystem(A, B, C, dt=dt)


def network_to_time_varying(network: DeepLinearNetwork) -> TimeVaryingSystem:
    r"""Run a deep linear network as a time-varying system: the input at the start, the output at the end.

    .. math:: x_0 = W_1 v, \qquad x_k = W_{k+1} x_{k-1}, \qquad w = W_N x_{N-2},

    so that the state at time k is hidden layer k + 1. Its Gramians are P = (W_k⋯W_1)(W_k⋯W_1)* and
    Q = (W_N⋯W_{k+1})*(W_N⋯W_{k+1}) of that layer, its singular values at every time those of the end-to-end matrix, and
    its representation is the network's own.

    Parameters
    ----------
    network : DeepLinearNetwork
        Of depth N ≥ 2, any widths.

    Returns
    -------
    TimeVaryingSystem
        Of horizon N − 2.

    Raises
    ------
    InvalidArgumentError
        For a network without hidden layers.

    See Also
    --------
    dlnbalance.bridge.network_to_system : run a network as a delay line, one layer a time step.
    dlnbalance.TimeVaryingSystem : a linear time-varying system on the finite horizon 0, …, K.

    Examples
    --------
    >>> system = network_to_time_varying(DeepLinearNetwork([[[2.0]], [[3.0]], [[5.0]]]))
    >>> system.operator().item(), [values.round(12).item() for values in system.hankel_singular_values()]
    (30.0, [30.0, 30.0])
    """
    if as_network("network", network).depth < 2:
        raise InvalidArgumentError(
            "network", "a hidden layer", "a network of one layer", "there is no state between input and output"
        )
    first, *middle, last = network.weights
    inputs = [np.zeros((weight.shape[0], 0)) for weight in middle]
    outputs = [np.zeros((0, weight.shape[1])) for weight in middle]
    return TimeVaryingSystem(middle, inputs, outputs, initial=first, final=last)


def system_to_network(system: LinearSystem, *, gramians: GramianStrategy = Automatic()) -> DeepLinearNetwork:
    r"""Turn a system into the two-layer network of its Gramian factors, (W_1, W_2) = (Z_c, Z_o*).

    The hidden layer is the state space, the moment of the network is P − Q, and the singular values of its
    end-to-end matrix Z_o* Z_c are the Hankel singular values.

    Parameters
    ----------
    system : LinearSystem
        Stable.
    gramians : GramianStrategy
        Which Gramians.

    See Also
    --------
    dlnbalance.bridge.network_to_system : run a network as a delay line, one layer a time step.
    dlnbalance.Lyapunov : reachability and observability Gramians of a stable system.

    Examples
    --------
    >>> system_to_network(LinearSystem([[-1.0]], [[2.0]], [[3.0]])).singular_values.round(12).tolist()
    [3.0]
    """
    return checked_strategy(gramians)(as_system(system))


def cut(network: DeepLinearNetwork, k: int) -> DeepLinearNetwork:
    r"""Cut a network at hidden layer `k` into a factor pair (W_k ⋯ W_1, W_N ⋯ W_{k+1}).

    For a balanced network the pair is P = Q_k Σ^{2k/N} Q_k*, Q = Q_k Σ^{2(1−k/N)} Q_k*: it runs from input-normal
    at the first layer through balanced in the middle to output-normal at the last.

    Parameters
    ----------
    network : DeepLinearNetwork
        Of depth N ≥ 2.
    k : int
        Hidden layer, 1 ≤ k ≤ N − 1.

    Raises
    ------
    InvalidArgumentError
        When there is no such layer.

    See Also
    --------
    dlnbalance.bridge.network_to_system : run a network as a delay line, one layer a time step.
    dlnbalance.networks.projection : coordinates of the leading singular triples of a two-layer network.

    Examples
    --------
    >>> pair = cut(DeepLinearNetwork([[[2.0]], [[3.0]], [[5.0]]]), 1)
    >>> [w.item() for w in pair.weights]
    [2.0, 15.0]
    """
    network = as_network("network", network)
    k = whole_number("k", k, 1, network.depth - 1, remedy="a network of depth N has N − 1 hidden layers")
    before, after = DeepLinearNetwork(network.weights[:k]), DeepLinearNetwork(network.weights[k:])
    return DeepLinearNetwork([before.end_to_end, after.end_to_end])
