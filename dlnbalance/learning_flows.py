r"""Learning flows: gradient descent of a loss of the end-to-end matrix, and training with weight decay.

They change the end-to-end matrix and are integrated in weight space; on the balanced manifold the end-to-end matrix
obeys an equation of its own.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.linalg as la

from .arrays import Array, adjoint, as_matrix
from .errors import InvalidArgumentError, NumericalError
from .geometry import end_to_end_operator
from .gram import Matrices
from .integration import Counts, checked_rtol, total_norm
from .networks import DeepLinearNetwork
from .trajectories import Trajectory, assembled, checked_times, moment_error

__all__ = ["Gradient", "end_to_end_learning", "learning", "weight_decay"]

#: Maps an end-to-end matrix (d_N, d_0) to the Euclidean gradient of a loss there.
Gradient = Callable[[Array], Array]


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
        Local error relative to the weights.

    Returns
    -------
    Trajectory
        ``drifts`` is the change of the moments relative to ‖W(0)‖².

    Notes
    -----
    Integrated by SciPy's DOP853 of order 8.

    References
    ----------
    .. [1] S. Arora, N. Cohen, E. Hazan, "On the optimization of deep networks", ICML 2018.
    .. [2] K. Lindsey, G. Menon, arXiv:2511.01137.

    Examples
    --------
    >>> target = 3.0
    >>> path = learning(DeepLinearNetwork([[[1.0]], [[1.0]]]), lambda X: X - target, [0.0, 10.0])
    >>> path.states[-1].end_to_end.round(6).item()
    3.0
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

    Examples
    --------
    >>> path = weight_decay(DeepLinearNetwork([[[2.0]], [[1.0]]]), lambda X: 0 * X, [0.0, 1.0], 0.5)
    >>> bool(path.moment_errors.max() < 1e-9)
    True
    """
    if not (isinstance(kappa, int | float | np.floating) and 0 <= kappa < np.inf):
        raise InvalidArgumentError("kappa", "a finite number that is not negative", repr(kappa), "weight decay shrinks")
    if not isinstance(network, DeepLinearNetwork):
        raise InvalidArgumentError(
            "network", "a DeepLinearNetwork", type(network).__name__, "build one from its layers"
        )
    times = checked_times(t)
    shapes = [weight.shape for weight in network.weights]
    complex_entries = network.is_complex
    counts = Counts()

    def slope(_time: float, vector: Array) -> Array:
        counts.evaluations += 1
        weights = _unpacked(vector, shapes, complex_entries)
        slopes = [-g - kappa * w for g, w in zip(_weight_gradient(weights, gradient), weights, strict=True)]
        return _packed(slopes, complex_entries)

    vectors = _integrated(slope, _packed(network.weights, complex_entries), times, rtol)
    states = tuple(DeepLinearNetwork(_unpacked(vector, shapes, complex_entries)) for vector in vectors)
    start = network.moments()
    errors = np.array(
        [
            moment_error(s.representation, start, np.exp(-2 * kappa * time))
            for s, time in zip(states, times, strict=True)
        ]
    )
    energy = 2 * network.representation.energy
    drifts = None if kappa else errors * (total_norm(start) if total_norm(start) > 0 else 1.0) / (energy or 1.0)
    return assembled(times, states, [s.representation for s in states], errors, drifts, counts)


def end_to_end_learning(
    X: Any, gradient: Gradient, t: Any, depth: int, *, rtol: float = 1e-10
) -> tuple[Array, tuple[Array, ...]]:
    r"""Image of the learning flow on the balanced manifold: Riemannian gradient descent of E on (M, g^N).

    .. math:: \dot X = -A_{N,X}(E'(X)), \qquad A_{N,X}(Z) = Σ_{p=1}^N (XX^*)^{(N-p)/N} Z (X^*X)^{(p-1)/N}.

    Parameters
    ----------
    X : (m, n) array_like
        Where it starts, at time 0.
    gradient : callable
        X ↦ E'(X).
    t : array_like
        Increasing times.
    depth : int
        N ≥ 1.
    rtol : float
        Local error relative to X.

    Returns
    -------
    times : (K,) array
    states : tuple of (m, n) array

    Examples
    --------
    >>> _, states = end_to_end_learning([[1.0]], lambda X: X - 3.0, [0.0, 10.0], depth=2)
    >>> states[-1].round(6).item()
    3.0
    """
    start = as_matrix("X", X)
    times = checked_times(t)
    complex_entries = np.iscomplexobj(start)

    def slope(_time: float, vector: Array) -> Array:
        (point,) = _unpacked(vector, [start.shape], complex_entries)
        return _packed([-end_to_end_operator(point, depth)(_evaluated(gradient, point))], complex_entries)

    vectors = _integrated(slope, _packed([start], complex_entries), times, rtol)
    return times, tuple(_unpacked(vector, [start.shape], complex_entries)[0] for vector in vectors)


def _weight_gradient(weights: Sequence[Array], gradient: Gradient) -> Matrices:
    """Gradient of W ↦ E(W_N ⋯ W_1) in every layer, by partial products from both sides."""
    right: Matrices = [np.eye(weights[0].shape[1])]  # R_k = W_{k−1} ⋯ W_1
    for weight in weights:
        right.append(weight @ right[-1])
    back = _evaluated(gradient, right[-1])  # L_k* E'(X)
    result = []
    for weight, before in zip(reversed(weights), reversed(right[:-1]), strict=True):
        result.append(back @ adjoint(before))
        back = adjoint(weight) @ back
    return result[::-1]


def _evaluated(gradient: Gradient, X: Array) -> Array:
    value = np.asarray(gradient(X))
    if value.shape != X.shape or value.dtype.kind not in "iufc":
        raise InvalidArgumentError(
            "gradient", f"a function that returns an array of shape {X.shape}", f"shape {value.shape}", "return E'(X)"
        )
    if np.iscomplexobj(value) and not np.iscomplexobj(X):
        raise InvalidArgumentError(
            "gradient", "real values at real matrices", "complex ones", "pass a complex network, or the real part"
        )
    return value


def _packed(weights: Sequence[Array], complex_entries: bool) -> Array:
    dtype = complex if complex_entries else float
    return np.concatenate([np.ravel(weight).astype(dtype) for weight in weights]).view(float)


def _unpacked(vector: Array, shapes: Sequence[tuple[int, ...]], complex_entries: bool) -> Matrices:
    entries = np.ascontiguousarray(vector).view(complex) if complex_entries else vector
    ends = np.cumsum([0, *(np.prod(shape, dtype=int) for shape in shapes)])
    return [entries[lo:hi].reshape(shape) for lo, hi, shape in zip(ends[:-1], ends[1:], shapes, strict=True)]


def _integrated(slope: Callable[[float, Array], Array], start: Array, times: Array, rtol: float) -> list[Array]:
    from scipy.integrate import solve_ivp

    if times[-1] == 0:
        return [start for _ in times]
    size = la.norm(start) / np.sqrt(start.size)
    with np.errstate(over="ignore", invalid="ignore"):  # trial steps that overflow are rejected
        solution = solve_ivp(
            slope,
            (0.0, float(times[-1])),
            start,
            method="DOP853",
            t_eval=times,
            rtol=checked_rtol(rtol),
            atol=1e-3 * rtol * (size or 1.0),
        )
    if not solution.success:
        raise NumericalError("t", "times up to which the flow can be followed", solution.message, "end earlier")
    return list(solution.y.T)
