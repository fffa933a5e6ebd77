r"""Flows on gauge orbits: regularizing, Kirwan–Ness, Helmke–Moore; and, under one name with them, learning.

The first three move any :class:`~dlnbalance.quiver.representation.Representation` (a network, a system, any quiver)
along its gauge orbit, so what the gauge group leaves alone (end-to-end matrix, transfer function) is conserved. They
are integrated on the group: every step multiplies by the exponential of a matrix, whatever its accuracy. Only the
regularizing flow of networks whose orbit is not closed is integrated in weight space, see
:mod:`dlnbalance.flows.weight_flow`. Learning and weight decay change the end-to-end matrix; they live in
:mod:`dlnbalance.flows.learning_flows`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError, NumericalError
from ..files.conversion import as_model
from ..linalg.arguments import one_of
from ..linalg.arrays import EPS, Array
from ..linalg.threads import threads_by_size
from ..networks.network import DeepLinearNetwork
from ..quiver.gram import GramOperator, Matrices
from ..quiver.gram_factors import GramSolver
from ..quiver.hessian import Hessian
from ..quiver.integration import (
    LARGEST_STEP,
    Counts,
    GaugeIntegrator,
    Progress,
    checked_progress,
    checked_rtol,
    largest,
    total_norm,
)
from ..quiver.representation import Representation
from ..systems.linear_system import LinearSystem
from .learning_flows import end_to_end_learning, learning, weight_decay
from .trajectories import ROUNDING, Trajectory, assembled, checked_times
from .weight_flow import HORIZON, WeightFlow, obstacle

__all__ = [
    "Trajectory",
    "end_to_end_learning",
    "helmke_moore",
    "kirwan_ness",
    "learning",
    "regularizing",
    "weight_decay",
]

_LATE = 1e3  # time from which on e^{−2t} is zero in double precision
_ITERATIONS = 500  # steps of conjugate gradients for a slope at most where H is singular
_CORRECTION = 60  # steps of conjugate gradients for a correction, part of which rounding may put out of reach
#: Steps of conjugate gradients altogether where the orbit is not known to be closed: many more than flows take that end
#: there, and about half a minute for small matrices.
_TOTAL = 500_000

Integrator = Literal["automatic", "gauge", "weights"]


@threads_by_size
def regularizing(
    obj: Any, t: Any, *, rtol: float = 1e-8, integrator: Integrator = "automatic", progress: Progress | None = None
) -> Trajectory:
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
    integrator : {"automatic", "gauge", "weights"}
        On the gauge group, for anything; or in weight space, for networks. "automatic" takes weight space for networks
        whose orbit is not closed, such as those with wide hidden layers, where the gauge diverges.
    progress : callable, optional
        Called with the finished share of the way, from 0 to 1.

    Returns
    -------
    Trajectory
        On the gauge group the end-to-end matrix (transfer function) is conserved by construction and the moments are
        corrected to their exact values. In weight space it is the other way round: the end-to-end matrix is corrected,
        at the times asked for, and the moments follow their law to the accuracy of the integration.

    Raises
    ------
    InvalidArgumentError
        For times that do not increase from 0 on, or a network that cannot be integrated in weight space when asked for.
    NumericalError
        When the flow cannot be followed as far as that, with the time reached: towards t = ∞ on an orbit without a
        balanced point, unless in weight space; or where that would take more than 500 000 steps of conjugate gradients
        on an orbit that is not known to be closed.

    Notes
    -----
    *Gauge group.* In the variable τ = e^{-2t} the flow is dW/dτ = ½ w_c with H_W(c) = μ(0), which is regular up to the
    balanced point τ = 0. It is integrated by a Runge–Kutta–Munthe-Kaas method of order 5(4) with adaptive steps:
    W ← e^Ω·W. The linear system is solved by preconditioned conjugate gradients started from the solution before,
    O(N d³) an iteration. On chains, deep networks among them, where that takes many iterations and the layers are small
    enough, block tridiagonal Cholesky factors of H are the preconditioner, O(N d⁶) and renewed every few evaluations
    (:mod:`dlnbalance.quiver.gram_factors`); otherwise nothing of the size of H is formed. After a step one Newton
    correction brings the moment back to τ μ(0).

    *Weight space.* Ẇ = −(W − W^⊥) with the projection W^⊥ to the normal space of the orbit, by an explicit method of
    order 8 in t; see :class:`dlnbalance.flows.weight_flow.WeightFlow`. The layers converge, also where the gauge
    diverges: at t = ∞ the state is the balanced network next to that at t = 36, where e^{-t} is rounding, and
    ``limit_distance`` states how near it is.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, arXiv:2511.01137 (the regularizing flow).
    .. [2] H. Munthe-Kaas, "High order Runge–Kutta methods on manifolds", Appl. Numer. Math. 29 (1999) 115-127.

    See Also
    --------
    dlnbalance.flows.kirwan_ness : steepest descent of the squared moments.
    dlnbalance.flows.weight_decay : gradient flow of a loss with weight decay.
    dlnbalance.balance : coordinates of least norm, with the proof.
    dlnbalance.Trajectory : path of a flow at the times that were asked for.

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
    times = checked_times(t, infinity=True)
    one_of("integrator", integrator, get_args(Integrator))
    rtol, progress = checked_rtol(rtol), checked_progress(progress)
    model = subject.model
    if not isinstance(model, DeepLinearNetwork):
        if integrator == "weights":
            raise InvalidArgumentError(
                "integrator", "'automatic' or 'gauge' here", "'weights'", "only networks are integrated in weight space"
            )
        return _on_gauge_group(subject, times, rtol, progress, closed=False)
    profile = model.rank_profile
    serves = integrator == "automatic" and not profile.is_closed and obstacle(model) is None
    if serves or integrator == "weights":
        return _in_weight_space(model, times, rtol, progress)
    return _on_gauge_group(subject, times, rtol, progress, closed=profile.is_closed)


def _in_weight_space(network: DeepLinearNetwork, times: Array, rtol: float, progress: Progress | None) -> Trajectory:
    counts = Counts()
    flow = WeightFlow(network, rtol=rtol, counts=counts, progress=progress)
    networks = flow.follow(np.minimum(times, HORIZON) if np.isinf(times[-1]) else times)
    distance = None
    if np.isinf(times[-1]):
        networks[-1], distance = flow.limit(networks[-1])
    points = [state.representation for state in networks]
    return replace(_path(_Subject(network), times, points, counts), limit_distance=distance)


def _on_gauge_group(
    subject: "_Subject", times: Array, rtol: float, progress: Progress | None, *, closed: bool
) -> Trajectory:
    start = subject.representation
    moment = start.moment_map()
    counts = Counts()
    latest: Matrices | None = None  # the solution before, from which the next one is sought
    finite_stabilizer, solver = GramOperator(start).is_regular(), GramSolver()

    def direction(point: Representation, tau: float) -> Matrices:
        nonlocal latest
        if not closed and counts.linear_iterations > _TOTAL:
            raise _too_much_work(_time(tau))
        # On the path μ(W) = τ μ(0). Beside it, at the stages of a step, only μ(W) is sure to lie in the range of H.
        right = moment if finite_stabilizer else [m / tau for m in point.moment_map()]
        # a hundredth of the error of a step, so that errors of slopes do not show in its estimate
        accuracy, operator = min(1e-2 * rtol, 1e-6), GramOperator(point)
        if finite_stabilizer:
            solution = solver.solve(operator, right, rtol=accuracy, start=latest)
        else:
            # where H has a kernel, rounding puts parts of the right-hand side there, which no iteration removes
            solution = operator.solve(right, rtol=accuracy, max_iterations=_ITERATIONS)
        latest = solution.value
        counts.linear_iterations += solution.iterations
        return [0.5 * c for c in solution.value]

    def correct(point: Representation, tau: float) -> Representation:
        return _corrected(point, [tau * m for m in moment], counts)

    path = GaugeIntegrator(direction, rtol=rtol, counts=counts, correct=correct, progress=progress, clock=_time)
    end = 0.0 if finite_stabilizer else EPS  # where τ = 0 cannot be reached, rounding level is as good
    points = path.follow(start, 1.0, np.maximum(np.exp(-2 * np.minimum(times, _LATE)), end))
    return _path(subject, times, points, counts)


def _path(subject: "_Subject", times: Array, points: list[Representation], counts: Counts) -> Trajectory:
    return subject.trajectory("the regularizing flow", times, points, counts, moment_rate=2.0)


def _time(tau: float) -> float:
    """Time t of τ = e^{−2t}."""
    return float(-np.log(tau) / 2) if tau > 0 else np.inf


def _too_much_work(time: float) -> NumericalError:
    return NumericalError(
        "t",
        "times up to which the flow can be followed",
        f"{_TOTAL} steps of conjugate gradients at t = {time:.3g}",
        "the orbit is not closed or nearly so, and the gauge diverges: end earlier, truncate the network or take the"
        " minimal part of the system (dlnbalance.minreal) first, or use the Kirwan–Ness flow",
    )


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

    See Also
    --------
    dlnbalance.flows.regularizing : steepest descent of the norm along the gauge orbit.
    dlnbalance.flows.helmke_moore : steepest descent of the norm in the normal metric.
    dlnbalance.Trajectory : path of a flow at the times that were asked for.

    Examples
    --------
    >>> path = kirwan_ness(DeepLinearNetwork([[[4.0]], [[1.0]]]), [0.0, 5.0])
    >>> path.states[-1].weights[0].round(6).item()
    2.0
    """
    return _moment_flow("the Kirwan–Ness flow", obj, t, 2.0, rtol, progress)


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

    See Also
    --------
    dlnbalance.flows.regularizing : steepest descent of the norm along the gauge orbit.
    dlnbalance.flows.kirwan_ness : steepest descent of the squared moments.
    dlnbalance.Trajectory : path of a flow at the times that were asked for.

    Examples
    --------
    >>> path = helmke_moore(LinearSystem([[-1.0]], [[4.0]], [[1.0]]), [0.0, 5.0])
    >>> path.states[-1].B.round(6).item(), bool(path.drifts.max() < 1e-12)
    (2.0, True)
    """
    return _moment_flow("the Helmke–Moore flow", obj, t, 1.0, rtol, progress)


def _moment_flow(name: str, obj: Any, t: Any, speed: float, rtol: float, progress: Progress | None) -> Trajectory:
    subject = _Subject(obj)
    times, progress = checked_times(t), checked_progress(progress)
    counts = Counts()

    def direction(point: Representation, _time: float) -> Matrices:
        return [-speed * moment for moment in point.moment_map()]

    points = GaugeIntegrator(direction, rtol=rtol, counts=counts, progress=progress).follow(
        subject.representation, 0.0, times
    )
    return subject.trajectory(name, times, points, counts)


def _corrected(point: Representation, target: Matrices, counts: "Counts") -> Representation:
    """Move along the orbit until the moment is `target`, to rounding: one or two Newton steps with Hermitian gauges."""
    floor = ROUNDING * 2 * point.energy
    for _ in range(3):  # the defect is small: the second step is at rounding level as a rule
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


class _Subject:
    """What flows, as a representation, and the way back."""

    def __init__(self, obj: Any):
        self.model = as_model(obj)
        self.representation = self.model.representation

    def trajectory(
        self,
        flow: str,
        times: Array,
        points: list[Representation],
        counts: Counts,
        *,
        moment_rate: float | None = None,
    ) -> Trajectory:
        states = tuple(self.model.with_representation(point) for point in points)
        drifts = self._drifts(states)
        return assembled(
            flow,
            times,
            states,
            points,
            counts,
            start=self.representation,
            moment_rate=moment_rate,
            conserved=self._conserved,
            drifts=drifts,
        )

    @property
    def _conserved(self) -> str | None:
        """What the flow conserves and :meth:`_drifts` measures."""
        if isinstance(self.model, DeepLinearNetwork):
            return "end-to-end matrix"
        return "transfer function" if isinstance(self.model, LinearSystem) else None

    def _drifts(self, states: Sequence[Any]) -> Array | None:
        """Changes of what is conserved, relative to its size."""
        if self._conserved is None:
            return None
        first = self._observed(self.model)
        size = la.norm(first) or 1.0
        return np.array([la.norm(self._observed(state) - first) / size for state in states])

    def _observed(self, state: Any) -> Array:
        """The end-to-end matrix, or the transfer function at a few points off the axis, as one vector."""
        if isinstance(state, DeepLinearNetwork):
            return state.end_to_end.ravel()
        # outside the spectrum of A, which the flow conserves
        radius = 2 * la.norm(self.representation.matrices[2], 2) + 1.0
        points = radius * np.exp(2j * np.pi * (np.arange(3) + 0.25) / 3)
        return np.ravel([state(z) - state.D for z in points])
