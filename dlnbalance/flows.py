r"""Flows on gauge orbits and on networks: regularizing, Kirwan–Ness, Helmke–Moore, learning, weight decay.

The first three move any :class:`~dlnbalance.representation.Representation` (a network, a system, any quiver) along its
gauge orbit, so what the gauge group leaves alone (end-to-end matrix, transfer function) is conserved. They are
integrated on the group: every step multiplies by the exponential of a matrix, whatever its accuracy. Learning and
weight decay change the end-to-end matrix and are integrated in weight space.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as la

from .arrays import EPS, Array, adjoint, as_matrix
from .errors import InvalidArgumentError, NumericalError
from .gram import GramOperator, Matrices
from .hessian import Hessian
from .integration import LARGEST_STEP, Counts, GaugeIntegrator, Progress, checked_rtol, largest, total_norm
from .networks import DeepLinearNetwork
from .representation import Representation
from .systems import LinearSystem, as_model

__all__ = [
    "Trajectory",
    "end_to_end_learning",
    "helmke_moore",
    "kirwan_ness",
    "learning",
    "regularizing",
    "weight_decay",
]

#: Maps an end-to-end matrix (d_N, d_0) to the Euclidean gradient of a loss there.
Gradient = Callable[[Array], Array]

_ITERATIONS = 5000  # steps of conjugate gradients for a slope at most
_CORRECTION = 60  # steps of conjugate gradients for a correction, part of which rounding may put out of reach


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectory:
    r"""Path of a flow at the times that were asked for.

    Attributes
    ----------
    times : (K,) array
        Increasing times.
    states : tuple
        What moved, of the type passed in, one a time.
    energies : (K,) array
        ½‖W‖² at each time.
    moment_norms : (K,) array
        ‖μ‖ at each time.
    moment_errors : (K,) array or None
        Distance of the moment from its exact value e^{-2ct}μ(0), relative to ‖μ(0)‖, where one is known.
    drifts : (K,) array or None
        Change of what the flow conserves, relative to its size: the end-to-end matrix of a network, the frequency
        response of a system; the moments for learning without weight decay.
    evaluations, linear_iterations : int
        Right-hand sides, and steps of conjugate gradients inside them.
    """

    times: Array
    states: tuple[Any, ...]
    energies: Array
    moment_norms: Array
    moment_errors: Array | None
    drifts: Array | None
    evaluations: int
    linear_iterations: int

    def __repr__(self) -> str:
        lines = [
            f"Trajectory: {len(self.states)} states from t = {self.times[0]:g} to {self.times[-1]:g}",
            f"  energy {self.energies[0]:.6g} → {self.energies[-1]:.6g}",
            f"  moment norm {self.moment_norms[0]:.3e} → {self.moment_norms[-1]:.3e}",
        ]
        if self.moment_errors is not None:
            lines.append(f"  moments follow their exact decay to {self.moment_errors.max():.1e}")
        if self.drifts is not None:
            lines.append(f"  conserved quantities drift by {self.drifts.max():.1e}")
        lines.append(f"  {self.evaluations} right-hand sides, {self.linear_iterations} steps of conjugate gradients")
        return "\n".join(lines)


# -- flows on a gauge orbit ---------------------------------------------------------------------------------------


def regularizing(obj: Any, t: Any, *, rtol: float = 1e-8, progress: Progress | None = None) -> Trajectory:
    r"""Regularizing flow: steepest descent of the energy ½‖W‖² within the gauge orbit, in the induced metric.

    .. math:: \dot W = -w_b, \qquad H_W(b) = μ(W), \qquad\text{hence}\quad μ(t) = e^{-2t} μ(0).

    Parameters
    ----------
    obj : DeepLinearNetwork, LinearSystem (or anything :func:`as_system` reads) or Representation
        Where the flow starts, at time 0.
    t : array_like
        Increasing times; infinity asks for the balanced point that the flow reaches.
    rtol : float
        Local error of a step, relative to W.
    progress : callable, optional
        Called with the finished share of the way, from 0 to 1.

    Returns
    -------
    Trajectory
        The end-to-end matrix (transfer function) is conserved by construction; the moments are corrected to their
        exact values.

    Raises
    ------
    InvalidArgumentError
        For times that do not increase from 0 on.
    NumericalError
        When the flow cannot be followed as far as that: towards t = ∞ on an orbit without a balanced point.

    Notes
    -----
    In the variable τ = e^{-2t} the flow is dW/dτ = ½ w_c with H_W(c) = μ(0), which is regular up to the balanced point
    τ = 0. It is integrated by a Runge–Kutta–Munthe-Kaas method of order 5(4) with adaptive steps: W ← e^Ω·W. The linear
    system is solved by preconditioned conjugate gradients started from the solution before; O(N d³) an iteration, and
    nothing of the size of H is formed. After a step one Newton correction brings the moment back to τ μ(0).

    References
    ----------
    .. [1] K. Lindsey, G. Menon, arXiv:2511.01137 (the regularizing flow).
    .. [2] H. Munthe-Kaas, "High order Runge–Kutta methods on manifolds", Appl. Numer. Math. 29 (1999) 115-127.

    Examples
    --------
    >>> network = DeepLinearNetwork([[[4.0]], [[1.0]]])
    >>> path = regularizing(network, [0.0, 1.0, np.inf])
    >>> (path.moment_norms / path.moment_norms[0]).round(9).tolist()  # e⁻²
    [1.0, 0.135335283, 0.0]
    >>> path.states[-1].weights[0].round(9).item()
    2.0
    """
    subject = _Subject(obj)
    times = _checked_times(t, infinity=True)
    start = subject.representation
    moment = start.moment_map()
    counts = Counts()
    memory: list[Matrices | None] = [None]

    finite_stabilizer = GramOperator(start).is_regular()

    def direction(point: Representation, tau: float) -> Matrices:
        # On the path μ(W) = τ μ(0). Beside it, at the stages of a step, only μ(W) is sure to lie in the range of H.
        right = moment if finite_stabilizer else [m / tau for m in point.moment_map()]
        first = memory[0] if finite_stabilizer else None
        limit = _ITERATIONS if finite_stabilizer else _ITERATIONS // 10
        solution = GramOperator(point).solve(right, rtol=min(1e-2 * rtol, 1e-6), start=first, max_iterations=limit)
        memory[0] = solution.value
        counts.linear_iterations += solution.iterations
        return [0.5 * c for c in solution.value]

    def correct(point: Representation, tau: float) -> Representation:
        return _corrected(point, [tau * m for m in moment], counts)

    path = GaugeIntegrator(direction, rtol=rtol, counts=counts, correct=correct, progress=progress)
    end = 0.0 if finite_stabilizer else EPS  # where τ = 0 cannot be reached, rounding level is as good
    points = path.follow(start, 1.0, np.maximum(np.exp(-2 * times), end))
    errors = [_moment_error(point, moment, np.exp(-2 * time)) for point, time in zip(points, times, strict=True)]
    return subject.trajectory(times, points, np.array(errors), counts)


def kirwan_ness(obj: Any, t: Any, *, rtol: float = 1e-8, progress: Progress | None = None) -> Trajectory:
    r"""Kirwan–Ness flow: steepest descent of ½‖μ‖², at any rank.

    .. math:: \dot W = -2 w_μ, \qquad \frac{d}{dt} \tfrac12 ‖μ‖^2 = -4 ‖w_μ‖^2.

    For a chain, Ẇ_k = 2(W_k G_{k−1} − G_k W_k). It converges to one balanced point, also where the orbit is not closed
    and the energy has no minimum on it.

    Parameters
    ----------
    obj, t, rtol, progress
        As for :func:`regularizing`; finite times only.

    Returns
    -------
    Trajectory

    References
    ----------
    .. [1] F. Kirwan, "Cohomology of quotients in symplectic and algebraic geometry", Princeton 1984.
    .. [2] L. Ness, "A stratification of the null cone via the moment map", Amer. J. Math. 106 (1984) 1281-1329.

    Examples
    --------
    >>> path = kirwan_ness(DeepLinearNetwork([[[4.0]], [[1.0]]]), [0.0, 5.0])
    >>> path.states[-1].weights[0].round(6).item()
    2.0
    """
    return _moment_flow(obj, t, 2.0, rtol, progress)


def helmke_moore(obj: Any, t: Any, *, rtol: float = 1e-8, progress: Progress | None = None) -> Trajectory:
    r"""Helmke–Moore balancing flow: steepest descent of the energy in the normal metric.

    .. math:: \dot W = -w_μ; \qquad \dot A = [A, μ], \; \dot B = -μB, \; \dot C = Cμ \text{ for a system.}

    The Kirwan–Ness flow at half its speed.

    Parameters
    ----------
    obj, t, rtol, progress
        As for :func:`regularizing`; finite times only.

    Returns
    -------
    Trajectory

    References
    ----------
    .. [1] U. Helmke, J. B. Moore, "Optimization and Dynamical Systems", Springer 1994, chapters 7 and 8.

    Examples
    --------
    >>> path = helmke_moore(LinearSystem([[-1.0]], [[4.0]], [[1.0]]), [0.0, 5.0])
    >>> path.states[-1].B.round(6).item(), bool(path.drifts.max() < 1e-12)
    (2.0, True)
    """
    return _moment_flow(obj, t, 1.0, rtol, progress)


def _moment_flow(obj: Any, t: Any, speed: float, rtol: float, progress: Progress | None) -> Trajectory:
    subject = _Subject(obj)
    times = _checked_times(t)
    counts = Counts()

    def direction(point: Representation, _time: float) -> Matrices:
        return [-speed * moment for moment in point.moment_map()]

    points = GaugeIntegrator(direction, rtol=rtol, counts=counts, progress=progress).follow(
        subject.representation, 0.0, times
    )
    return subject.trajectory(times, points, None, counts)


def _corrected(point: Representation, target: Matrices, counts: "Counts") -> Representation:
    """Move along the orbit until the moment is `target`, to rounding: one or two Newton steps with Hermitian gauges."""
    floor = 100 * EPS * 2 * point.energy
    for _ in range(3):
        defect = [wanted - moment for wanted, moment in zip(target, point.moment_map(), strict=True)]
        if total_norm(defect) <= floor:
            break
        solution = Hessian(point).solve(defect, rtol=1e-3, max_iterations=_CORRECTION)
        counts.linear_iterations += solution.iterations
        if largest(solution.value) > LARGEST_STEP:
            break
        moved = point.act([la.expm(a) for a in solution.value])
        remaining = [wanted - moment for wanted, moment in zip(target, moved.moment_map(), strict=True)]
        if not total_norm(remaining) < total_norm(defect):
            break
        point = moved
    return point


def _moment_error(point: Representation, start: Sequence[Array], factor: float) -> float:
    size = total_norm(start)
    distance = total_norm([moment - factor * first for moment, first in zip(point.moment_map(), start, strict=True)])
    return distance / size if size > 0 else distance


# -- flows in weight space ----------------------------------------------------------------------------------------


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
    times = _checked_times(t)
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
            _moment_error(s.representation, start, np.exp(-2 * kappa * time))
            for s, time in zip(states, times, strict=True)
        ]
    )
    energy = 2 * network.representation.energy
    drifts = None if kappa else errors * (total_norm(start) if total_norm(start) > 0 else 1.0) / (energy or 1.0)
    return _trajectory(times, states, [s.representation for s in states], errors, drifts, counts)


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
    from .geometry import end_to_end_operator

    start = as_matrix("X", X)
    times = _checked_times(t)
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


# -- what the flows share -----------------------------------------------------------------------------------------


class _Subject:
    """What flows, as a representation, and the way back."""

    def __init__(self, obj: Any):
        self.model = as_model(obj)
        self.representation = self.model.representation

    def trajectory(
        self, times: Array, points: list[Representation], errors: Array | None, counts: Counts
    ) -> Trajectory:
        states = tuple(self.model.with_representation(point) for point in points)
        return _trajectory(times, states, points, errors, self._drifts(states), counts)

    def _drifts(self, states: Sequence[Any]) -> Array | None:
        """Relative change of the end-to-end matrix, or of the transfer function at a few points off the axis."""
        if isinstance(self.model, DeepLinearNetwork):
            observe = lambda network: network.end_to_end  # noqa: E731
        elif isinstance(self.model, LinearSystem):
            radius = 2 * la.norm(self.representation.matrices[2], 2) + 1.0
            points = radius * np.exp(2j * np.pi * (np.arange(3) + 0.25) / 3)
            observe = lambda system: np.array([system(z) - system.D for z in points])  # noqa: E731
        else:
            return None
        first = observe(self.model)
        size = la.norm(first.ravel()) or 1.0
        return np.array([la.norm((observe(state) - first).ravel()) / size for state in states])


def _trajectory(
    times: Array,
    states: tuple[Any, ...],
    points: Sequence[Representation],
    errors: Array | None,
    drifts: Array | None,
    counts: Counts,
) -> Trajectory:
    return Trajectory(
        times=times,
        states=states,
        energies=np.array([point.energy for point in points]),
        moment_norms=np.array([point.moment_norm() for point in points]),
        moment_errors=errors,
        drifts=drifts,
        evaluations=counts.evaluations,
        linear_iterations=counts.linear_iterations,
    )


def _checked_times(t: Any, *, infinity: bool = False) -> Array:
    times = np.atleast_1d(np.asarray(t))
    numeric = times.ndim == 1 and times.size > 0 and times.dtype.kind in "iuf" and not np.isnan(times).any()
    if not numeric or times[0] < 0 or (np.diff(times) <= 0).any() or (not infinity and np.isinf(times).any()):
        raise InvalidArgumentError("t", "increasing times from 0 on", repr(t), "the flow starts at time 0")
    return times.astype(float)
