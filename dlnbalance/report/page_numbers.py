"""The numbers of an interactive page: of the full model, and of one reduced model after the other."""

import base64
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import DlnBalanceError
from ..gramians.base import HINF_ERROR
from ..linalg.arrays import Array, dense
from ..reduction.reduced_model import ReducedModel
from ..summary import rows
from ..systems.linear_system import LinearSystem
from .curves import (
    Channel,
    Curves,
    both_sides,
    channel_responses,
    chosen_channels,
    curves,
    largest_gain,
    page_frequencies,
    step_times,
    steps,
)
from .words import assumptions, guarantee, lead

__all__ = ["OrderRow", "order_rows", "page_numbers"]

_SHOWN_POLES = 500  # more would be one cloud
_FLAT = 1e-6  # decay of a pole in units of its size below which it is called undamped


class OrderRow(NamedTuple):
    """One row of the table of orders: texts, and none for what there is not."""

    order: int
    following: str
    bound: str
    relative: str
    decibels: str
    error: str
    dc_mismatch: str
    slowest: str


def page_numbers(model: ReducedModel, models: Sequence[ReducedModel], cautions: Any) -> dict[str, Any]:
    """Everything that the page draws and writes, as plain data.

    Parameters
    ----------
    model : ReducedModel
        The result that is reported.
    models : sequence of ReducedModel
        Those that can be looked at, by ascending order.
    cautions : function
        What is to be said of a model that is not as one would like it.
    """
    full, omega = model.full, page_frequencies(model, models)
    sides = both_sides(full, omega, both=full.is_complex)
    part = model.balanced.full
    balanced = sides if part is full else both_sides(part, omega, both=full.is_complex)
    channels = [] if full.is_complex else chosen_channels(sides[0])
    times = step_times(model.linear)
    evaluated = [curves(each, omega, balanced, channels) for each in models]
    return {
        "name": full.name or "",
        "chosen": [each.order for each in models].index(model.order),
        "discrete": full.is_discrete,
        "complex": full.is_complex,
        "dt": full.sampling_time,
        "timeBase": full.dt if full.dt is True else float(full.dt or 0),
        "frequencyUnit": "rad/sample" if full.dt is True else "rad/s",
        "timeUnit": "samples" if full.dt is True else "s",
        "inputs": list(full.inputs),
        "outputs": list(full.outputs),
        "channels": [list(channel) for channel in channels],
        "omega": packed(omega),
        "times": packed(times),
        "valuesName": model.values_name,
        "values": [float(value) for value in model.hsv],
        "floor": float(model.accuracy_floor),
        "measure": model.measure,
        "boundsGain": model.measure == HINF_ERROR,
        "full": {
            "order": model.full_order,
            "gain": packed(largest_gain(sides)),
            "responses": packed(_interleaved(channel_responses(sides[0], channels))),
            "steps": _packed_or_none(steps(full, times, channels)),
            "poles": _poles(full),
        },
        "models": [
            _model(each, found, times, channels) | {"cautions": cautions(each)}
            for each, found in zip(models, evaluated, strict=True)
        ],
    }


def _model(model: ReducedModel, found: Curves, times: Array, channels: Sequence[Channel]) -> dict[str, Any]:
    linear = model.linear
    matrices = {"A": dense(linear.A), "B": linear.B, "C": linear.C, "D": linear.D}
    if linear.E is not None:
        matrices["E"] = linear.descriptor
    return {
        "order": model.order,
        "kept": model.balanced_order,
        "bound": model.bound if model.bound is not None and np.isfinite(model.bound) else None,
        "peak": float(found.error.max(initial=0.0)),
        "gain": packed(found.gain),
        "error": packed(found.error),
        "poles": _poles(linear),
        "terms": None if found.terms is None else [packed(_interleaved(part)) for part in found.terms],
        "responses": None if found.responses is None else packed(_interleaved(found.responses)),
        "steps": None if found.terms is not None else _packed_or_none(steps(linear, times, channels)),
        "matrices": {key: packed(_interleaved(M) if linear.is_complex else M) for key, M in matrices.items()},
        "facts": [list(row) for row in rows(model.summary())],
        "lead": lead(model),
        "guarantee": guarantee(model),
        "assumptions": assumptions(model),
    }


def packed(values: Array) -> str:
    """Numbers in double precision, least byte first, row by row, as text of base 64.

    Examples
    --------
    >>> packed(np.array([1.0]))
    'AAAAAAAA8D8='
    """
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f8").tobytes()).decode()


def _packed_or_none(values: Array | None) -> str | None:
    return None if values is None else packed(values)


def _interleaved(values: Array) -> Array:
    """Real and imaginary parts next to each other."""
    return np.stack([np.real(values), np.imag(values)], axis=-1)


def _poles(system: LinearSystem) -> str:
    """Poles that can be shown; of a large sparse system none, as they would take too long."""
    poles = np.zeros(0) if system.is_large else system.poles()
    poles = poles[np.isfinite(poles)]
    return packed(_interleaved(poles[np.argsort(-np.real(poles), kind="stable")[:_SHOWN_POLES]]))


def order_rows(models: Sequence[ReducedModel], numbers: dict[str, Any]) -> list[OrderRow]:
    """The table of orders in texts."""
    largest = float(models[0].hsv[:1].sum())
    return [_row(model, each["peak"], largest) for model, each in zip(models, numbers["models"], strict=True)]


def _row(model: ReducedModel, peak: float, largest: float) -> OrderRow:
    bound, kept = model.bound, model.balanced_order
    following = f"{model.hsv[kept]:.4g}" if kept < model.hsv.size else "–"
    proved = bound is not None and model.error_is_finite
    ratio = bound / largest if bound is not None and largest else 0.0
    return OrderRow(
        order=model.order,
        following=following,
        bound=f"{bound:.4g}" if proved else "–",
        relative=f"{ratio:.3g}" if proved and ratio else "–",
        decibels=f"{20 * np.log10(bound):.1f}" if proved and bound else "–",
        error=f"{peak:.4g}" if model.error_is_finite else "infinite",
        dc_mismatch=_dc_mismatch(model),
        slowest=_slowest(model.linear),
    )


def _dc_mismatch(model: ReducedModel) -> str:
    try:
        return f"{model.dc_mismatch:.3g}"
    except DlnBalanceError:  # an integrator, where no gain at frequency zero is there to compare
        return "–"


def _slowest(system: LinearSystem) -> str:
    """Damping ratio of the pole nearest to the stability boundary; the ratio is −Re s/|s|, with s = log(z)/dt."""
    poles = system.poles()
    poles = poles[np.isfinite(poles)].astype(complex)
    if system.is_discrete:
        poles = np.log(poles[poles != 0])
    if not poles.size:
        return "–"
    slowest = complex(poles[np.argmax(np.real(poles))])
    size = abs(slowest)
    if size == 0:
        return "0"
    ratio = -slowest.real / size
    return f"{ratio:.3g}" if abs(ratio) > _FLAT else "0"
