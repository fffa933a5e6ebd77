"""Integration on the gauge group: adaptive Runge–Kutta–Munthe-Kaas steps W ← e^Ω·W.

Whatever their accuracy, such steps stay on the gauge orbit: end-to-end matrices and transfer functions are conserved by
construction.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.linalg as la

from ..errors import NumericalError
from ..linalg.arguments import function, real_number
from ..linalg.arrays import Array
from .gram import Matrices
from .representation import Representation

__all__ = ["LARGEST_STEP", "Counts", "GaugeIntegrator", "Progress", "checked_rtol", "largest", "total_norm"]

#: Called with the finished share of the way, from 0 to 1.
Progress = Callable[[float], None]

# Dormand and Prince's pair of orders 5 and 4.
_STAGES = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
)
_NODES = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0)
_WEIGHTS = (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84)
_ERRORS = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
#: Spectral norm of a step Ω in the Lie algebra up to which the series of dexp⁻¹ serves. It converges for ‖ad_Ω‖ < 2π,
#: and ‖ad_Ω‖ ≤ 2‖Ω‖.
LARGEST_STEP = 1.0
_SMALLEST_STEP = 1e-12  # of the whole interval: 10⁷ times as short as the limit of steps allows
_MOST_STEPS = 100_000  # tried; some hundred are usual, and stability may ask for ten thousands


class Counts:
    """What a run costs."""

    def __init__(self) -> None:
        self.evaluations = 0
        self.linear_iterations = 0


class GaugeIntegrator:
    """Runge–Kutta–Munthe-Kaas integration of g' = f(g·W) g on the gauge group, with adaptive steps."""

    def __init__(
        self,
        direction: Callable[[Representation, float], Matrices],
        *,
        rtol: float,
        counts: Counts,
        correct: Callable[[Representation, float], Representation] | None = None,
        progress: Progress | None = None,
        clock: Callable[[float], float] = float,
    ):
        self.direction, self.rtol, self.counts = direction, checked_rtol(rtol), counts
        self.correct, self.progress = correct, progress
        self.clock = clock  # from the variable of integration to the time that messages name

    def follow(self, point: Representation, time: float, stops: Array) -> list[Representation]:
        """Points at the `stops`, which lie in one direction from `time`."""
        begin, end = time, float(stops[-1]) if stops.size else time
        reached, step, tried = [], 0.0, 0
        for stop in map(float, stops):
            while time != stop:
                if step == 0.0:
                    step = self._first_step(point, time, stop - time)
                last = abs(step) >= abs(stop - time)
                width = stop - time if last else step
                moved, error = self._step(point, time, width)
                tried += 1
                if tried > _MOST_STEPS:
                    raise self._out_of_reach(f"{_MOST_STEPS} steps", time)
                if moved is None or error > 1:
                    step = width * (0.2 if moved is None else max(0.2, 0.9 * error**-0.2))
                    if abs(step) < _SMALLEST_STEP * abs(end - begin):
                        raise self._out_of_reach("steps that become arbitrarily small", time)
                    continue
                time = stop if last else time + width
                point = moved if self.correct is None else self.correct(moved, time)
                # the usual factors: 0.9 for safety, at most fivefold; an error of zero does not divide
                grown = width * min(5.0, 0.9 * max(error, 1e-10) ** -0.2)
                step = grown if not last or abs(grown) < abs(step) else step
                if self.progress is not None:
                    self.progress((time - begin) / (end - begin))
            reached.append(point)
        if self.progress is not None and begin == end:
            self.progress(1.0)
        return reached

    def _first_step(self, point: Representation, time: float, width: float) -> float:
        speed = total_norm(self._evaluate(point, time))
        # a gauge that moves by a twentieth: the error estimate takes over from there
        return np.copysign(min(abs(width), 0.05 / speed if speed > 0 else abs(width)), width)

    def _out_of_reach(self, received: str, time: float) -> NumericalError:
        return NumericalError(
            "t",
            "times up to which the flow can be followed",
            f"{received} at t = {self.clock(time):.3g}",
            "the orbit may have no balanced point (deficient rank, non-minimal system): end earlier, take the minimal"
            " part of the system (dlnbalance.minreal) first, or use the Kirwan–Ness flow",
        )

    def _evaluate(self, point: Representation, time: float) -> Matrices:
        self.counts.evaluations += 1
        return self.direction(point, time)

    def _step(self, point: Representation, time: float, width: float) -> tuple[Representation | None, float]:
        """One step, and its error in units of the tolerance; no point where the step leaves the series' range."""
        slopes: list[Matrices] = []
        for node, row in zip(_NODES, _STAGES, strict=True):
            omega = _combined(width, row, slopes) if row else None
            if omega is not None and not largest(omega) <= LARGEST_STEP:
                return None, np.inf
            slope = self._evaluate(point if omega is None else _moved(point, omega), time + node * width)
            slopes.append(slope if omega is None else _dexp_inverse(omega, slope))
        omega = _combined(width, _WEIGHTS, slopes)
        if not largest(omega) <= LARGEST_STEP:
            return None, np.inf
        moved = _moved(point, omega)
        slopes.append(_dexp_inverse(omega, self._evaluate(moved, time + width)))
        error = point.infinitesimal_action(_combined(width, _ERRORS, slopes))
        return moved, total_norm(error) / (self.rtol * (point.norm or 1.0))


def _combined(width: float, coefficients: Sequence[float], slopes: Sequence[Matrices]) -> Matrices:
    pairs = [(width * c, slope) for c, slope in zip(coefficients, slopes, strict=True) if c]
    return [np.sum([c * slope[v] for c, slope in pairs], axis=0) for v in range(len(slopes[0]))]


def _moved(point: Representation, omega: Matrices) -> Representation:
    return point.act([la.expm(x) for x in omega])


def _dexp_inverse(omega: Matrices, slope: Matrices) -> Matrices:
    """First terms of the series of dexp⁻¹: f − ½[Ω, f] + [Ω, [Ω, f]]/12 − …, which suffice for order 5."""
    result = []
    for x, f in zip(omega, slope, strict=True):
        once = x @ f - f @ x
        result.append(f - once / 2 + (x @ once - once @ x) / 12)
    return result


def total_norm(matrices: Sequence[Array]) -> float:
    """Euclidean norm of a tuple of matrices."""
    return float(np.sqrt(sum(la.norm(matrix) ** 2 for matrix in matrices)))


def largest(matrices: Sequence[Array]) -> float:
    """Largest spectral norm in a tuple of matrices, by the bound (‖M‖_1 ‖M‖_∞)^½."""
    return max((float(np.sqrt(la.norm(m, 1) * la.norm(m, np.inf))) for m in matrices if m.size), default=0.0)


def checked_rtol(rtol: Any) -> float:
    """Return a tolerance for the local error, or refuse it."""
    # below 1e-14 rounding alone rejects steps
    return real_number(
        "rtol", rtol, "a number from 1e-14 to 1", lambda rtol: 1e-14 <= rtol < 1, remedy="it bounds the local error"
    )


def checked_progress(progress: Any) -> Progress | None:
    """Return a function that is called with the finished share of the work, or None; refuse everything else."""
    what = "a function of the finished share, or None"
    return None if progress is None else function("progress", progress, what, remedy="it is called with 0 … 1")
