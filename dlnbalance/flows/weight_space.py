r"""Learning in weight space, and a check whether rounding decides where it leads.

.. math:: \dot W_k = -(W_N ⋯ W_{k+1})^* E'(X) (W_{k-1} ⋯ W_1)^* - κ W_k.

Where a singular value of X = W_N ⋯ W_1 falls below what the integrator resolves, the layers come close to a saddle of
the loss. An error that is made there may grow to any size later. So the rest of the way is followed a second time from
layers that are changed by one local error, and what has then come apart is refused.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.linalg as la

from ..errors import NumericalError
from ..linalg.arrays import EPS, Array
from ..linalg.formed_product import multiplied
from ..linalg.packing import packed, unpacked
from ..networks.loss_gradients import layer_gradients
from ..quiver.integration import Counts, checked_rtol

__all__ = ["follow_weights", "integrated"]

Slope = Callable[[float, Array], Array]
Event = Callable[[float, Array], float]
#: Absolute tolerance in units of rtol times the size of the start: entries may fall to this share of it before they are
#: followed less accurately than rtol.
_ABSOLUTE = 1e-3
#: Share of ‖W_N‖⋯‖W_1‖ below which rounding hides a singular value, whatever the tolerance: what many steps add up to.
_FLOOR = 100 * EPS


def follow_weights(
    weights: Sequence[Array],
    gradient: Callable[[Array], Array],
    times: Array,
    kappa: float,
    *,
    rtol: float,
    counts: Counts,
) -> list[list[Array]]:
    """Integrate learning with weight decay κ in weight space; refuse what one local error decides.

    Parameters
    ----------
    weights : sequence of (d_k, d_{k-1}) array
        The layers at time 0.
    gradient : callable
        X ↦ E'(X).
    times : (K,) array
        Increasing times.
    kappa : float
        Weight decay κ.
    rtol : float
        Local error relative to the weights.
    counts : Counts
        Takes the number of gradients.

    Returns
    -------
    list of list of (d_k, d_{k-1}) array
        The layers at each time.

    Raises
    ------
    NumericalError
        When a singular value of X that started above the level rtol ‖W_N‖⋯‖W_1‖ falls below it at some time, and a
        change of the layers by one local error at that time grows to √rtol max(‖X‖, ‖X(0)‖) before the last time.

    Notes
    -----
    √rtol is half of the digits that were asked for: an error must have grown by 1/√rtol. A low-rank limit passes, since
    the gradient vanishes there and nothing grows. The second run starts where the singular value is lost, and is not
    made at all where none is; it takes twice as long as that part of the way.
    """
    weights = list(weights)
    shapes = [weight.shape for weight in weights]
    complex_entries = any(np.iscomplexobj(weight) for weight in weights)

    def layers(vector: Array) -> list[Array]:
        return unpacked(vector, shapes, complex_entries)

    def slope(_time: float, vector: Array) -> Array:
        counts.evaluations += 1
        now = layers(vector)
        slopes = [-g - kappa * w for g, w in zip(layer_gradients(now, gradient), now, strict=True)]
        return packed(slopes, complex_entries)

    level = max(rtol, _FLOOR)
    start = packed(weights, complex_entries)
    watch = _lost_value(layers, start, level) if len(weights) > 1 else None
    vectors, lost = integrated(slope, start, times, rtol, watch=watch)
    if lost is not None and lost[0] < times[-1]:
        _check_decided(slope, lambda vector: multiplied(layers(vector)), start, lost, float(times[-1]), rtol, level)
    return [layers(vector) for vector in vectors]


def integrated(
    slope: Slope, start: Array, times: Array, rtol: float, *, watch: Event | None = None
) -> tuple[list[Array], tuple[float, Array] | None]:
    """Integrate y' = slope(t, y) from time 0 by DOP853; also the first time and point where `watch` falls to zero."""
    from scipy.integrate import solve_ivp

    checked_rtol(rtol)
    if times[-1] == 0:
        return [start for _ in times], None
    size = la.norm(start) / np.sqrt(start.size)
    with np.errstate(over="ignore", invalid="ignore"):  # trial steps that overflow are rejected
        solution: Any = solve_ivp(
            slope,
            (0.0, float(times[-1])),
            start,
            method="DOP853",
            t_eval=times,
            events=watch,
            rtol=rtol,
            atol=_ABSOLUTE * rtol * (size or 1.0),
        )
    if not solution.success:
        raise NumericalError("t", "times up to which the flow can be followed", solution.message, "end earlier")
    crossed = watch is not None and solution.t_events[0].size > 0
    return list(solution.y.T), (float(solution.t_events[0][0]), solution.y_events[0][0]) if crossed else None


def _lost_value(layers: Callable[[Array], list[Array]], start: Array, level: float) -> Event:
    """The function log σ_r(X) − log(level ‖W_N‖⋯‖W_1‖), where r values are above that level at the start.

    The larger one of the products of norms now and at the start counts: errors that were made stay.
    """

    def noise(now: Sequence[Array]) -> float:
        return level * float(np.prod([la.norm(weight, 2) for weight in now]))

    first = layers(start)
    least = noise(first)
    rank = int(np.count_nonzero(la.svdvals(multiplied(first)) > least))

    def margin(_time: float, vector: Array) -> float:
        if rank == 0:
            return 1.0  # nothing that could be lost
        now = layers(vector)
        value = la.svdvals(multiplied(now))[rank - 1]
        return float(np.log(max(value, np.finfo(float).tiny)) - np.log(max(noise(now), least)))

    return _falling(margin)


def _check_decided(
    slope: Slope,
    end_to_end: Callable[[Array], Array],
    start: Array,
    lost: tuple[float, Array],
    end: float,
    rtol: float,
    level: float,
) -> None:
    """Follow the way from where a singular value is lost together with one that starts a local error beside it.

    They are compared all along, since both may leave the saddle at their own times and end at the same minimum.
    """
    since, there = lost
    kick = np.random.default_rng(0).standard_normal(there.size)
    beside = there + kick * (level * (la.norm(there) + _ABSOLUTE * la.norm(start)) / la.norm(kick))
    least = la.norm(end_to_end(start))

    def both(time: float, pair: Array) -> Array:
        return np.concatenate([slope(time, one) for one in np.split(pair, 2)])

    def margin(_time: float, pair: Array) -> float:
        X, other = (end_to_end(one) for one in np.split(pair, 2))
        return float(np.sqrt(level) * max(la.norm(X), least) - la.norm(other - X))

    pair, times = np.concatenate([there, beside]), np.array([0.0, end - since])
    _, parted = integrated(both, pair, times, rtol, watch=_falling(margin, terminal=True))
    if parted is not None:
        raise NumericalError(
            "t",
            f"times up to t = {since:.4g}, when a singular value of X falls below what rtol = {rtol:.1g} resolves",
            f"t = {end:.4g}, though from t = {since + parted[0]:.4g} on a local error has grown to"
            f" {np.sqrt(level):.1g} ‖X‖",
            "end earlier, lower rtol, or balance the network first: then log σ is followed",
        )


def _falling(function: Event, *, terminal: bool = False) -> Event:
    """An event of SciPy's solver: where a function falls through zero."""
    event: Any = function
    event.direction, event.terminal = -1, terminal
    return event
