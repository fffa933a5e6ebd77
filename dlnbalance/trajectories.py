"""The path of a flow: its states, what they weigh, and how well they keep the laws of the flow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arrays import Array
from .errors import InvalidArgumentError
from .integration import Counts, total_norm
from .representation import Representation

__all__ = ["Trajectory", "assembled", "checked_times", "moment_error"]


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


def assembled(
    times: Array,
    states: tuple[Any, ...],
    points: Sequence[Representation],
    errors: Array | None,
    drifts: Array | None,
    counts: Counts,
) -> Trajectory:
    """Return the path through `states`, whose representations are `points`."""
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


def moment_error(point: Representation, start: Sequence[Array], factor: float) -> float:
    """Distance of the moment at `point` from factor · start, relative to the size of `start`."""
    size = total_norm(start)
    distance = total_norm([moment - factor * first for moment, first in zip(point.moment_map(), start, strict=True)])
    return distance / size if size > 0 else distance


def checked_times(t: Any, *, infinity: bool = False) -> Array:
    """Return increasing times from 0 on as an array, or refuse them."""
    times = np.atleast_1d(np.asarray(t))
    numeric = times.ndim == 1 and times.size > 0 and times.dtype.kind in "iuf" and not np.isnan(times).any()
    if not numeric or times[0] < 0 or (np.diff(times) <= 0).any() or (not infinity and np.isinf(times).any()):
        raise InvalidArgumentError("t", "increasing times from 0 on", repr(t), "the flow starts at time 0")
    return times.astype(float)
