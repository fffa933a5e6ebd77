r"""Empirical Gramians: from simulations of whatever can be simulated, linear or not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..linalg.arguments import items, one_of, positive_number, shown
from ..linalg.arrays import Array, adjoint, as_array, as_matrix, frozen, norm, real_vector
from ..linalg.lyapunov import compressed
from ..networks.factor_pairs import FactorPair
from ..systems.linear_system import LinearSystem
from ..systems.signals import checked_time_base
from .base import Gramians, GramianStrategy, check_dense, check_range
from .simulations import Experiment, dynamics_of, is_linear, simulator_of
from .stability import check_stable

__all__ = ["Empirical"]

Disturbance = Literal["impulse", "step"]

_STEPS = 400  # of a horizon in continuous time: errors of the quadrature of 1e-5 where the fastest mode decays in 100
_ORTHONORMAL = 1e-8  # deviation of Q*Q from 1: directions that were written to a file with eight digits are taken


class _Known(NamedTuple):
    """What a simulator says about itself: its sampling time (0 in continuous time), and numbers where it has them."""

    sampling_time: float
    states: int | None = None
    inputs: int | None = None


@dataclass(frozen=True, eq=False)
class Empirical(GramianStrategy):
    r"""Gramians from simulations: of a function, of nonlinear equations, or of a linear system, as a check.

    With inputs :math:`u_0 + c\,q_j δ(t)` in every direction q_j and initial states :math:`x_0 + d\,s_a`, averaged over
    the scales c and d,

    .. math:: P = ⟨\frac{1}{c^2} \sum_j \int_0^T (x^{j} - \bar x)(x^{j} - \bar x)^* dt ⟩, \qquad
              Q = ⟨\frac{1}{d^2} \sum_{a,b} s_a \int_0^T (y^{a} - \bar y)^* (y^{b} - \bar y)\, dt \; s_b^*
              ⟩,

    in discrete time with sums. :math:`\bar x` and :math:`\bar y` are the nominal trajectory from x_0 with the inputs
    u_0: for a steady state constants.

    Parameters
    ----------
    simulator : Simulator, pair (f, h), control.NonlinearIOSystem, or linear system, optional
        A function of (x0, u, t) that returns the states (K, n) and outputs (K, p) at the times t (K,), for inputs
        u (K, m) that are held between them (:class:`~dlnbalance.gramians.simulations.Simulator`). Or functions
        f(x, u, t) and h(x, u, t) with x' = f (in discrete time the next state) and y = h. When left out, the linear
        system that is reduced is simulated.
    times : number or (K,) array_like
        The horizon T, long enough for the responses to die out; or increasing times, dense where responses are fast. Of
        a number, 400 equal steps are made, in discrete time steps of `dt`.
    disturbance : {"impulse", "step"}
        In continuous time an impulse is a pulse over the first step. Of the responses to steps the increments are
        taken, which for linear systems are the responses to pulses: so the amplitude is reached, and kept.
    input_scales, state_scales : (k,) or (signals, k) array_like
        The scales c and d: sizes at which the model is to be good, in the units of the signals. An array of two axes
        has one of each for every input, or state. Both signs let what is even cancel.
    input_directions, state_directions : sequence of arrays, optional
        Orthogonal matrices with the directions q_j and s_a as columns; several are averaged over. By default one signal
        after the other.
    x0, u0 : array_like, optional
        Where the model is disturbed; zero when left out. Their lengths tell the numbers of states and inputs, so that
        functions need both.
    dt : number or True
        Time base of functions; systems have their own.

    Attributes
    ----------
    factors : FactorPair
        (Z_c, Z_o*) of the simulator, without a system.

    Raises
    ------
    InvalidArgumentError
        For arguments that are none of these, and for what a simulator returns in another shape.
    NumericalError
        When a simulation leaves the range of numbers, or does not get to its end.
    UnstableSystemError
        When the linear system that is reduced is not stable.

    Notes
    -----
    Snapshots, times the roots of the weights of the quadrature, *are* the factors: they are compressed by one QR
    factorization an experiment, and no Gramian is formed. m simulations for every scale and set of directions, and n
    for the second factor; nothing is proved, and the error is measured. For linear systems everything is exact in
    discrete time but for the horizon, and second-order accurate in the steps in continuous time (midpoint and
    trapezoidal rules).

    Not offered is emgr's cross Gramian, the integral of states after impulses times outputs from disturbed states: for
    as many inputs as outputs it tells what the other two do of a symmetric system by one matrix, but is no pair of
    factors.

    References
    ----------
    .. [1] S. Lall, J. E. Marsden, S. Glavaški, "A subspace approach to balanced truncation for model reduction of
       nonlinear control systems", Int. J. Robust Nonlinear Control 12 (2002) 519-535.
    .. [2] C. Himpe, "emgr - the empirical Gramian framework", Algorithms 11 (2018) 91.

    See Also
    --------
    dlnbalance.reduction.reduced_dynamics.reduce_dynamics : the projection of nonlinear equations along these Gramians.

    Examples
    --------
    Of a linear system, they come near its own.

    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem([[-1.0, 2.0], [0.0, -3.0]], [[1.0], [1.0]], [[1.0, 0.0]])
    >>> dln.hankel_singular_values(system, gramians=Empirical(times=10.0)).round(3).tolist()
    [0.881, 0.047]
    >>> dln.hankel_singular_values(system).round(3).tolist()
    [0.881, 0.047]

    A pendulum with friction, at deflections of one radian:

    >>> pendulum = (lambda x, u, t: [x[1], u[0] - 0.5 * x[1] - np.sin(x[0])], lambda x, u, t: x[:1])
    >>> kind = Empirical(pendulum, times=30.0, x0=[0.0, 0.0], u0=[0.0])
    >>> kind.factors.singular_values.round(2).tolist()
    [1.35, 0.77]
    """

    simulator: Any = None
    times: Any = field(kw_only=True)
    disturbance: Disturbance = "impulse"
    input_scales: Any = (-1.0, 1.0)
    state_scales: Any = (-1.0, 1.0)
    input_directions: Any = None
    state_directions: Any = None
    x0: Any = None
    u0: Any = None
    dt: float | bool = 0

    name = "empirical"
    description = "snapshots of simulated responses, of nonlinear models, too; proves nothing"
    values_name = "empirical singular values"

    def __post_init__(self) -> None:
        one_of("disturbance", self.disturbance, get_args(Disturbance))
        checked = {
            "times": _times(self.times),
            "input_scales": _scales("input_scales", self.input_scales),
            "state_scales": _scales("state_scales", self.state_scales),
            "input_directions": _directions("input_directions", self.input_directions),
            "state_directions": _directions("state_directions", self.state_directions),
            "x0": None if self.x0 is None else frozen(real_vector("x0", self.x0)),
            "u0": None if self.u0 is None else frozen(real_vector("u0", self.u0)),
            "dt": _time_base(self.dt),
        }
        for argument, value in checked.items():
            object.__setattr__(self, argument, value)
        if self.simulator is not None:
            simulator_of(self.simulator, discrete=bool(self.dt))

    def __repr__(self) -> str:
        horizon = self.times if np.ndim(self.times) == 0 else self.times[-1]
        of = "" if self.simulator is None else f"{'linear' if is_linear(self.simulator) else 'a'} simulator, "
        return f"Empirical({of}times up to {horizon:g}, disturbance={self.disturbance!r})"

    def solve(self, system: LinearSystem) -> Gramians:
        """Simulate, and make the snapshots factors in the states of `system`, which has E = I or a nonsingular E."""
        check_dense(as_system(system))
        plant = as_system(system).explicit()
        check_stable(plant)
        experiment = self._experiment(plant)
        pair = self._pair(experiment)
        reach, observe = pair.weights
        check_range(norm(reach), norm(observe), "norm of the Gramian factors")
        steps, horizon = experiment.times.size - 1, experiment.times[-1] - experiment.times[0]
        return Gramians(network=pair, how=f"{self.disturbance}s and disturbed states, {steps} steps up to {horizon:g}")

    @cached_property
    def experiment(self) -> Experiment:
        """The simulator with the point and the times of the experiments."""
        return self._experiment(None)

    @cached_property
    def factors(self) -> FactorPair:
        """(Z_c, Z_o*) of the simulator, simulated on first use."""
        return self._pair(self.experiment)

    def _experiment(self, system: LinearSystem | None) -> Experiment:
        given = system if self.simulator is None else self.simulator
        if given is None:
            remedy = "pass one, or pass this kind of Gramians to dlnbalance.reduce with a system"
            raise InvalidArgumentError("simulator", "something that can be simulated", "none", remedy)
        known = self._known(given)
        if system is not None and known.sampling_time != system.sampling_time:
            received = f"a sampling time of {known.sampling_time:g} (0 is continuous time)"
            raise InvalidArgumentError("simulator", "the time base of the system", received, "change its dt")
        expected = known if system is None else _Known(0.0, system.nstates, system.ninputs)
        x0 = _point("x0", self.x0, expected.states, known.states)
        u0 = _point("u0", self.u0, expected.inputs, known.inputs)
        for side, count in (("input", u0.size), ("state", x0.size)):
            self._check_sizes(side, count)
        simulate = simulator_of(given, discrete=known.sampling_time > 0)
        return Experiment(simulate, x0, u0, self._grid(known.sampling_time), known.sampling_time > 0)

    def _check_sizes(self, side: str, count: int) -> None:
        """Refuse scales and directions of another number of signals."""
        scales, directions = getattr(self, f"{side}_scales"), getattr(self, f"{side}_directions")
        for argument, rows in [
            (f"{side}_scales", count if len(scales) == 1 else len(scales)),
            *((f"{side}_directions", len(basis)) for basis in directions or ()),
        ]:
            if rows != count:
                remedy = f"the simulator has {count} {side}s"
                raise InvalidArgumentError(argument, f"{count} rows", f"{rows}", remedy)

    def _known(self, given: Any) -> _Known:
        if is_linear(given):
            plant = as_system(given)
            if plant.dt is None:
                raise InvalidArgumentError("simulator", "a system with a time base", "dt = None", "set its dt")
            return _Known(plant.sampling_time, plant.nstates, plant.ninputs)
        if dynamics_of(given) is not None and hasattr(given, "nstates"):
            return _Known(_sampling_time(given.dt), given.nstates, given.ninputs)
        return _Known(_sampling_time(self.dt))

    def _grid(self, h: float) -> Array:
        """Times of the samples, at least three."""
        if np.ndim(self.times) > 0:
            if h and np.abs(np.diff(self.times) / h - 1).max() > 1e-6:
                remedy = "pass the horizon as a number"
                raise InvalidArgumentError("times", f"steps of dt = {h:g}", shown(self.times), remedy)
            return self.times
        if not h:
            return np.linspace(0, self.times, _STEPS + 1)
        steps = round(self.times / h)
        if steps < 2:
            received = f"{self.times:g}"
            raise InvalidArgumentError("times", f"a horizon of at least two steps of {h:g}", received, "choose more")
        return h * np.arange(steps + 1)

    def _pair(self, experiment: Experiment) -> FactorPair:
        n = experiment.x0.size
        reach, observe = _gathered(n, self._reach(experiment)), _gathered(n, self._observe(experiment))
        return FactorPair([reach, adjoint(observe)])

    def _reach(self, experiment: Experiment) -> Iterator[Array]:
        """Weighted snapshots of states, as columns, scale by scale."""
        steps, discrete = np.diff(experiment.times), experiment.discrete
        held = self.disturbance == "step"

        def states(direction: Array) -> Array:
            inputs = np.zeros((steps.size + 1, direction.size), direction.dtype)
            inputs[: None if held else 1] = direction if held or discrete else direction / steps[0]
            found = experiment.deviation(inputs=inputs)[0]
            if held:
                return np.diff(found, axis=0) / (1 if discrete else np.sqrt(steps)[:, None])
            return found[1:] * (1 if discrete else np.sqrt(_pulse_weights(steps))[:, None])

        for responses in _by_direction(states, self.input_scales, self.input_directions, experiment.u0.size):
            yield np.hstack([*responses])

    def _observe(self, experiment: Experiment) -> Iterator[Array]:
        """Weighted snapshots of outputs, conjugate transposed, scale by scale."""
        steps = np.diff(experiment.times)
        weights = np.ones(steps.size + 1) if experiment.discrete else _trapezoidal(steps)

        def outputs(direction: Array) -> Array:
            return np.sqrt(weights)[:, None] * experiment.deviation(state=direction)[1]

        n = experiment.x0.size
        for responses in _by_direction(outputs, self.state_scales, self.state_directions, n):
            yield adjoint(np.vstack([*responses]))


def _by_direction(
    respond: Callable[[Array], Array], scales: Array, directions: Sequence[Array] | None, count: int
) -> Iterator[Array]:
    """Responses (K, ., count) to one of `count` signals at a time, from those to directions; for one scale each."""
    if count == 0:
        return
    sets = [np.eye(count)] if directions is None else directions
    for scale in np.broadcast_to(scales, (count, scales.shape[1])).T:
        for basis in sets:
            found = np.stack([respond(scale * direction) for direction in basis.T], axis=-1)
            yield found @ (adjoint(basis) / scale) / np.sqrt(scales.shape[1] * len(sets))


def _gathered(n: int, blocks: Iterator[Array]) -> Array:
    """Factor (n, n) of the sum of the products of all blocks with their adjoints."""
    factor = np.zeros((n, n))
    for block in blocks:
        factor = compressed(np.hstack([factor, block]))
    return factor


def _trapezoidal(steps: Array) -> Array:
    """Weights of the trapezoidal rule."""
    return (np.append(steps, 0) + np.insert(steps, 0, 0)) / 2


def _pulse_weights(steps: Array) -> Array:
    """Weights for the states after a pulse over the first step: each is a mean over as long, as of its middle."""
    weights = _trapezoidal(steps[1:])
    weights[[0, -1]] += steps[0] / 2
    return weights


def _point(argument: str, given: Array | None, *counts: int | None) -> Array:
    """The state or input that is disturbed, of the length that the simulator and the system have."""
    known = [count for count in counts if count is not None]
    if given is None and known:
        given = np.zeros(known[0])
    if given is None:
        remedy = "pass it, zeros too, so that the numbers of states and inputs are known"
        raise InvalidArgumentError(argument, "a vector, where functions are simulated", "none", remedy)
    if any(count != given.size for count in known):
        received = " and ".join(f"{size}" for size in dict.fromkeys([given.size, *known]))
        remedy = "simulate what is reduced, in the same states and inputs"
        raise InvalidArgumentError(argument, "one number of signals for point, simulator and system", received, remedy)
    return given


def _times(given: Any) -> Any:
    if np.ndim(as_array("times", given)) == 0:
        return positive_number("times", given, remedy="it is the horizon, in units of time")
    times = real_vector("times", given)
    if times.size < 3 or (np.diff(times) <= 0).any():
        remedy = "or pass a horizon as a number"
        raise InvalidArgumentError("times", "three increasing times or more", shown(given), remedy)
    return frozen(times)


def _scales(argument: str, given: Any) -> Array:
    expected, remedy = "numbers other than zero", "pass sizes at which the model is to be good"
    if np.ndim(as_array(argument, given)) < 2:
        scales = real_vector(argument, given, expected, remedy=remedy)[None, :]
    else:
        scales = as_matrix(argument, given)
    if not scales.size or np.iscomplexobj(scales) or (np.abs(scales) < np.finfo(float).tiny).any():
        raise InvalidArgumentError(argument, expected, shown(given), remedy)
    return scales


def _directions(argument: str, given: Any) -> tuple[Array, ...] | None:
    if given is None:
        return None
    bases = tuple(as_matrix(argument, basis) for basis in items(argument, given, "orthogonal matrices"))
    for basis in bases:
        with np.errstate(over="ignore", invalid="ignore"):
            defect = norm(adjoint(basis) @ basis - np.eye(basis.shape[1])) if basis.size else np.inf
        if not defect <= _ORTHONORMAL:
            remedy = "take the first factor of numpy.linalg.qr"
            raise InvalidArgumentError(argument, "matrices with orthonormal columns", shown(basis), remedy)
    if not bases:
        raise InvalidArgumentError(argument, "an orthogonal matrix or more", "none", "leave it out")
    return bases


def _time_base(dt: Any) -> float | bool:
    base = checked_time_base(dt)
    if base is None:
        raise InvalidArgumentError("dt", "a time base", "None", "0 is continuous time, True discrete time")
    return base


def _sampling_time(dt: float | bool | None) -> float:
    """The time between samples; 0 in continuous time, which no time base stands for as in python-control."""
    return 1.0 if dt is True else float(dt or 0)
