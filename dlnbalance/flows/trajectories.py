"""The path of a flow: its states, what they weigh, and how well they keep the laws of the flow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..drawable import Drawable
from ..errors import InvalidArgumentError
from ..linalg.arguments import shown
from ..linalg.arrays import EPS, Array, real_vector
from ..quiver.integration import Counts, total_norm
from ..quiver.representation import Representation
from ..summary import Fact, Summary, told

__all__ = ["ROUNDING", "Trajectory", "assembled", "checked_times"]

#: A moment up to this share of ‖W‖² is rounding, of the layers and of their products.
ROUNDING = 100 * EPS


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectory(Drawable):
    r"""Path of a flow at the times that were asked for.

    Attributes
    ----------
    flow : str
        What was followed.
    times : (K,) array
        Increasing times.
    states : tuple
        What moved, of the type passed in, one a time.
    energies : (K,) array
        ½‖W‖² at each time.
    moment_norms : (K,) array
        ‖μ‖ at each time.
    moment_rate : float or None
        The c of the exact law μ(t) = e^{-ct} μ(0) of the moments: 2 for the regularizing flow, 2κ for weight decay, 0
        for learning, which conserves them. The Kirwan–Ness and Helmke–Moore flows have no such law.
    moment_errors : (K,) array or None
        Distance of the moments from that law, relative to ‖μ(0)‖; to ‖W(0)‖² where the start is balanced to rounding.
    conserved : str or None
        What the flow conserves, if anything is measured: the end-to-end matrix of a network, the transfer function of a
        system; the moments for learning without weight decay.
    drifts : (K,) array or None
        Change of that relative to its size; of moments relative to ‖W(0)‖².
    evaluations, linear_iterations : int
        Right-hand sides, and steps of conjugate gradients inside them.
    limit_distance : float or None
        At t = ∞ in weight space: distance of the state there, a balanced network, from the last one that was
        integrated, relative to its norm.

    See Also
    --------
    dlnbalance.flows.regularizing : steepest descent of the norm along the gauge orbit.
    dlnbalance.plotting.trajectory : draw the moment norm and the energy of a flow against time.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> path = dln.flows.regularizing(dln.DeepLinearNetwork([[[2.0]], [[1.0]]]), [0.0, 1.0])
    >>> len(path.states), round(float(path.moment_norms[0]), 9)
    (2, 3.0)
    """

    flow: str
    times: Array
    states: tuple[Any, ...]
    energies: Array
    moment_norms: Array
    moment_rate: float | None
    moment_errors: Array | None
    conserved: str | None
    drifts: Array | None
    evaluations: int
    linear_iterations: int
    limit_distance: float | None = None

    @property
    def moment_law(self) -> str | None:
        """The exact law of the moments in words: 'conserved', or the factor of their decay."""
        if self.moment_rate is None:
            return None
        if self.moment_rate == 0:
            return "conserved"
        return "e^(−t)" if self.moment_rate == 1 else f"e^(−{self.moment_rate:g}t)"

    @property
    def starts_balanced(self) -> bool:
        """Whether the moments of the first state are rounding."""
        return bool(self.moment_norms[0] <= 2 * ROUNDING * self.energies[0])

    @property
    def exact_moment_norms(self) -> Array | None:
        """Norms ‖μ‖ by the exact law, from the first state on; None without one, or where the start is balanced."""
        if self.moment_rate is None or self.starts_balanced or np.isinf(self.times[0]):
            return None
        return self.moment_norms[0] * _factors(self.moment_rate, self.times - self.times[0])

    def summary(self) -> Summary:
        """Facts about the path: keys and values for programs, labels and words for people."""
        facts = [
            Fact("flow", "Flow", self.flow),
            Fact(
                "times",
                "States",
                self.times.tolist(),
                words=f"{len(self.states)} states from t = {self.times[0]:g} to {self.times[-1]:g}",
            ),
            _change("energies", "Energy ½‖W‖²", self.energies, ".6g"),
            _change("moment_norms", "Moment norm", self.moment_norms, ".3e"),
            Fact("moment_rate", "", self.moment_rate),
        ]
        if self.moment_rate and self.moment_errors is not None:
            words = f"moments follow the decay {self.moment_law} to {self.moment_errors.max():.1e}"
            facts.append(Fact("moment_errors", "Exact decay", self.moment_errors.tolist(), words=words))
        facts.append(Fact("conserved", "", self.conserved))
        if self.drifts is not None:
            words = f"{self.conserved}, to {self.drifts.max():.1e}"
            facts.append(Fact("drifts", "Conserved", self.drifts.tolist(), words=words))
        if self.limit_distance is not None:
            words = f"at a relative distance of {self.limit_distance:.1e} from the path"
            facts.append(Fact("limit_distance", "Balanced limit", self.limit_distance, words=words))
        inside = f", {self.linear_iterations} steps of conjugate gradients" if self.linear_iterations else ""
        return [
            *facts,
            Fact("evaluations", "Work", self.evaluations, words=f"{self.evaluations} right-hand sides{inside}"),
            Fact("linear_iterations", "", self.linear_iterations),
        ]

    def __repr__(self) -> str:
        return told("Trajectory", self.summary(), ("flow", "times"))


def _change(key: str, label: str, values: Array, form: str) -> Fact:
    return Fact(key, label, values.tolist(), words=f"{values[0]:{form}} → {values[-1]:{form}}")


def assembled(
    flow: str,
    times: Array,
    states: tuple[Any, ...],
    points: Sequence[Representation],
    counts: Counts,
    *,
    start: Representation,
    moment_rate: float | None,
    conserved: str | None,
    drifts: Array | None = None,
) -> Trajectory:
    """Return the path through `states`, whose representations are `points`.

    Where the moments themselves are what is conserved, their drift is measured here.
    """
    changes = None if moment_rate is None else _moment_changes(points, start, _factors(moment_rate, times))
    size, squared = total_norm(start.moment_map()), 2 * start.energy or 1.0
    balanced = size <= ROUNDING * squared
    return Trajectory(
        flow=flow,
        times=times,
        states=states,
        energies=np.array([point.energy for point in points]),
        moment_norms=np.array([point.moment_norm() for point in points]),
        moment_rate=moment_rate,
        moment_errors=None if changes is None else changes / (squared if balanced else size),
        conserved=conserved,
        drifts=changes / squared if changes is not None and conserved == "moments" else drifts,
        evaluations=counts.evaluations,
        linear_iterations=counts.linear_iterations,
    )


def _factors(rate: float, times: Array) -> Array:
    with np.errstate(over="ignore"):  # far away the factor is zero, as it is at t = ∞
        return np.exp(-rate * times) if rate else np.ones_like(times)


def _moment_changes(points: Sequence[Representation], start: Representation, factors: Array) -> Array:
    """Distances of the moments from their exact values."""
    first = start.moment_map()
    return np.array(
        [
            total_norm([now - factor * moment for now, moment in zip(point.moment_map(), first, strict=True)])
            for point, factor in zip(points, factors, strict=True)
        ]
    )


def checked_times(t: Any, *, infinity: bool = False) -> Array:
    """Return increasing times from 0 on as an array, or refuse them."""
    expected, remedy = "increasing times from 0 on", "the flow starts at time 0"
    times = real_vector("t", t, expected, infinite=infinity, remedy=remedy)
    if not times.size or times[0] < 0 or not (times[1:] > times[:-1]).all():
        raise InvalidArgumentError("t", expected, shown(t), remedy)
    return times
