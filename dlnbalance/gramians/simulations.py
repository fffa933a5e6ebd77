r"""Simulations: what a function, a right-hand side with an output, or a linear system makes of states and inputs.

Inputs are held between times, :math:`u(t) = u_k` for :math:`t_k \le t < t_{k+1}`: so one protocol serves continuous and
discrete time, and every integrator can start anew where they jump.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy.integrate import solve_ivp

from ..errors import InvalidArgumentError, NumericalError
from ..files.conversion import as_system
from ..files.from_libraries import library_of
from ..linalg.arguments import flag, shown
from ..linalg.arrays import Array, as_matrix, dense
from ..modelling.holds import held
from ..systems.linear_system import LinearSystem

__all__ = ["Dynamics", "Experiment", "Simulator", "dynamics_of", "linear_simulator", "simulator_of"]

_RTOL, _ATOL = 1e-9, 1e-12  # of the integrator: far below the accuracy of a quadrature with hundreds of points
# A smooth solution takes some thousand evaluations; one that escapes to infinity would take them without an end.
_MOST_EVALUATIONS = 200_000


class Simulator(Protocol):
    """A function that simulates: any callable with these arguments.

    See Also
    --------
    dlnbalance.Empirical : Gramians from simulations.

    Examples
    --------
    >>> import numpy as np
    >>> import dlnbalance as dln
    >>> def simulate(x0, u, t):  # x' = −x, for inputs that do nothing
    ...     x = np.exp(-(t - t[0]))[:, None] * np.asarray(x0)
    ...     return x, x
    >>> kind = dln.Empirical(simulate, times=np.linspace(0, 10, 101), x0=[0.0], u0=[0.0])
    >>> kind.factors.weights[1].shape[1]
    1
    """

    def __call__(self, x0: Array, u: Array, t: Array, /) -> tuple[Array, Array]:
        """Simulate from `x0` (n,) at `t[0]` with inputs `u` (K, m) held between the times `t` (K,).

        Returns the states (K, n) and the outputs (K, p) at these times, those at `t[0]` included.
        """
        ...


class Dynamics(NamedTuple):
    r"""A right-hand side and an output: x' = f(x, u, t), in discrete time x⁺ = f(x, u, t), and y = h(x, u, t)."""

    f: Callable[[Array, Array, float], Any]
    h: Callable[[Array, Array, float], Any]


def dynamics_of(given: Any) -> Dynamics | None:
    """The right-hand side and the output that something has: a pair (f, h), or a nonlinear system of python-control.

    Examples
    --------
    >>> dynamics_of((lambda x, u, t: -x, lambda x, u, t: x)).f(2.0, 0.0, 0.0), dynamics_of(3) is None
    (-2.0, True)
    """
    if isinstance(given, tuple | list) and len(given) == 2 and all(map(callable, given)):
        return Dynamics(*given)
    plant: Any = given
    if library_of(plant) == "control" and not hasattr(plant, "A") and hasattr(plant, "dynamics"):
        return Dynamics(lambda x, u, t: plant.dynamics(t, x, u), lambda x, u, t: plant.output(t, x, u))
    return None


def simulator_of(given: Any, *, discrete: bool) -> Simulator:
    """The simulator that something is, or has.

    Parameters
    ----------
    given : LinearSystem, pair (f, h), control.NonlinearIOSystem, or Simulator
        A pair is integrated by LSODA, which finds out by itself whether it is stiff, or iterated.
    discrete : bool
        Whether f is the next state, or the derivative.

    Raises
    ------
    InvalidArgumentError
        For anything else.
    """
    flag("discrete", discrete)
    dynamics = dynamics_of(given)
    if dynamics is not None:
        return _iterated(dynamics) if discrete else _integrated(dynamics)
    if is_linear(given):
        return linear_simulator(given)
    if callable(given):
        simulate: Any = given
        return simulate
    raise InvalidArgumentError(
        "simulator",
        "a function of (x0, u, t) that returns states and outputs, a pair (f, h), or a system",
        shown(given),
        "see dlnbalance.gramians.simulations for what they are called with",
    )


def is_linear(given: Any) -> bool:
    """Whether something is a linear system: of this library, of another one, or matrices.

    Examples
    --------
    >>> is_linear(([[-1.0]], [[1.0]], [[1.0]])), is_linear(print)
    (True, False)
    """
    if dynamics_of(given) is not None:
        return False
    return isinstance(given, LinearSystem | tuple | list) or library_of(given) in ("control", "scipy")


def linear_simulator(system: Any) -> Simulator:
    """The exact response of a linear system, by one matrix exponential for each length of the steps.

    Parameters
    ----------
    system : LinearSystem or anything :func:`~dlnbalance.as_system` reads
        Continuous or discrete, stable or not; a nonsingular E is solved away.

    Raises
    ------
    InvalidArgumentError
        For anything else.
    SingularDescriptorError
        When E is singular.

    Examples
    --------
    >>> simulate = linear_simulator(LinearSystem(-1, 1, 1))
    >>> x, y = simulate(np.array([1.0]), np.zeros((3, 1)), np.array([0.0, 1.0, 2.0]))
    >>> x[:, 0].round(6).tolist()
    [1.0, 0.367879, 0.135335]
    """
    plant = as_system(system).explicit()
    steps: dict[float, LinearSystem] = {}

    def sampled(h: float) -> LinearSystem:
        if plant.is_discrete:
            return plant
        length = float(f"{h:.12e}")  # equal steps differ by rounding of the times
        if length not in steps:
            steps[length] = held(plant, length, "zoh")
        return steps[length]

    def simulate(x0: Array, u: Array, t: Array) -> tuple[Array, Array]:
        x = np.empty((len(t), len(x0)), np.result_type(plant.A, plant.B, x0, u))
        x[:1] = x0
        for k, h in enumerate(np.diff(t)):
            step = sampled(float(h))
            x[k + 1] = dense(step.A) @ x[k] + step.B @ u[k]
        return x, x @ plant.C.T + u @ plant.D.T

    return simulate


def _iterated(dynamics: Dynamics) -> Simulator:
    """The states one after the other, in discrete time."""

    def simulate(x0: Array, u: Array, t: Array) -> tuple[Array, Array]:
        states = [x0]
        for k in range(len(t) - 1):
            states.append(np.asarray(dynamics.f(states[-1], u[k], float(t[k]))))
        return np.array(states), _outputs(dynamics, states, u, t)

    return simulate


def _integrated(dynamics: Dynamics) -> Simulator:
    """The solution of the differential equation, from jump to jump of the inputs."""

    def simulate(x0: Array, u: Array, t: Array) -> tuple[Array, Array]:
        left = iter(range(_MOST_EVALUATIONS))

        def slope(s: float, x: Array, held_input: Array) -> Array:
            found = np.asarray(dynamics.f(x, held_input, s))
            if next(left, None) is None or not np.isfinite(found).all():
                raise _stopped(s, f"no finite derivative within {_MOST_EVALUATIONS} evaluations")
            return found

        states = [np.asarray(x0, dtype=float)]
        jumps = np.flatnonzero((u[1:-1] != u[:-2]).any(axis=1)) + 1
        for first, last in pairwise([0, *jumps, len(t) - 1]):
            solution = solve_ivp(
                slope,
                (t[first], t[last]),
                states[-1],
                t_eval=t[first + 1 : last + 1],
                args=(u[first],),
                method="LSODA",
                rtol=_RTOL,
                atol=_ATOL,
            )
            if not solution.success:
                raise _stopped(solution.t[-1] if solution.t.size else t[first], solution.message)
            states.extend(solution.y.T)
        return np.array(states), _outputs(dynamics, states, u, t)

    return simulate


def _stopped(time: float, reason: str) -> NumericalError:
    return NumericalError(
        "simulator",
        "a solution up to the last of the times",
        f"one that stops near t = {time:.6g} ({reason})",
        "choose smaller scales or fewer times, or pass a function that simulates",
    )


def _outputs(dynamics: Dynamics, states: list[Array], u: Array, t: Array) -> Array:
    samples = zip(states, u, t, strict=True)
    return np.array([np.atleast_1d(dynamics.h(x, held_input, float(s))) for x, held_input, s in samples])


@dataclass(frozen=True, eq=False)
class Experiment:
    """A simulator, the state and the inputs that it is disturbed at, and the times at which it is looked at."""

    simulate: Simulator
    x0: Array
    u0: Array
    times: Array
    discrete: bool

    @cached_property
    def nominal(self) -> tuple[Array, Array]:
        """States and outputs without a disturbance."""
        return self._run(np.zeros_like(self.x0), np.zeros((self.times.size, self.u0.size)))

    def deviation(self, state: Array | None = None, inputs: Array | None = None) -> tuple[Array, Array]:
        """States (K, n) and outputs (K, p) that disturbed initial states (n,) or inputs (K, m) add to the nominal ones.

        Raises
        ------
        InvalidArgumentError, NumericalError
            When the simulator returns something else than these.
        """
        state = np.zeros_like(self.x0) if state is None else state
        inputs = np.zeros((self.times.size, self.u0.size)) if inputs is None else inputs
        disturbed = self._run(state, inputs)
        if disturbed[1].shape != self.nominal[1].shape:
            received = f"{disturbed[1].shape[1]} after {self.nominal[1].shape[1]}"
            raise InvalidArgumentError("simulator", "equally many outputs each time", received, "check the simulator")
        return disturbed[0] - self.nominal[0], disturbed[1] - self.nominal[1]

    def _run(self, state: Array, inputs: Array) -> tuple[Array, Array]:
        result = self.simulate(self.x0 + state, self.u0 + inputs, self.times)
        if not isinstance(result, tuple | list) or len(result) != 2:
            raise InvalidArgumentError(
                "simulator", "a pair of arrays, states and outputs", shown(result), "let it return (x, y)"
            )
        arrays = [np.asarray(part) for part in result]
        if not all(part.dtype.kind in "biufc" and np.isfinite(part).all() for part in arrays):
            raise NumericalError(
                "simulator",
                "finite states and outputs",
                "NaN, infinity or no numbers",
                "choose smaller scales or fewer times",
            )
        steps, n = self.times.size, self.x0.size
        x = as_matrix("states that the simulator returns", arrays[0], rows=steps, columns=n)
        return x, as_matrix("outputs that the simulator returns", arrays[1], rows=steps)
