"""Step and impulse responses, of every channel, several systems laid over each other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import scipy.linalg as la

from ..decompositions.descriptor_forms import finite_infinite
from ..errors import InvalidArgumentError
from ..linalg.arguments import positive_number
from ..linalg.arrays import EPS, Array, adjoint
from ..modelling.sampling import c2d
from ..systems.linear_system import LinearSystem
from .drawings import Drawing, panels
from .looks import LOOKS, curve, finished, plain
from .subjects import Channel, chosen_channels, subjects_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["impulse", "step"]

_POINTS = 1001  # of a curve: more than a picture has columns of dots
_MOST_SAMPLES = 5000  # of a discrete system
_SETTLED = 0.01  # share of the largest mode below which a mode has died out, to the eye
_PERIODS = 40  # of the mode that dies out last: more cannot be told apart
_TIME_CONSTANTS = 5  # in which an unstable pole grows by two decades
_SINGLE = 10.0  # seconds or samples where no pole says how long to look, as for gains and integrators


def step(
    systems: Any,
    until: float | None = None,
    *,
    labels: Sequence[str] | None = None,
    channels: bool | Sequence[tuple[Any, Any]] = True,
    ax: Any = None,
) -> Drawing:
    r"""Step responses of one or several systems, or of a full and a reduced model: one panel for each channel.

    .. math:: y(t) = D + \int_0^t C e^{Aτ} B \, dτ, \qquad y_k = D + Σ_{j<k} C A^j B.

    Parameters
    ----------
    systems : ReducedModel, system, other model or list of systems
        As in :func:`bode`; all with the same numbers of signals.
    until : float, optional
        Last time in seconds (samples where dt is True); when left out the time in which the modes that matter of the
        smallest of the systems have fallen to 1 %.
    labels : sequence of str, optional
        One for each system in the legend.
    channels : True or sequence of (output, input)
        All channels, or some by names or indices.
    ax : Axes or sequence of Axes, optional
        Where to draw, one for each channel; a new figure is made when left out.

    Returns
    -------
    Drawing

    Raises
    ------
    InvalidArgumentError
        For a system with a polynomial part, which has no step response that is a function, and for sparse systems that
        are too large for dense methods.

    Notes
    -----
    Exact at the points drawn: the system is sampled with a zero-order hold (one matrix exponential, O(n³)) and
    iterated, O(n²) a point.

    See Also
    --------
    dlnbalance.plotting.impulse : impulse responses.
    dlnbalance.plotting.bode : frequency responses.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> [axes] = step(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]]), until=3.0)
    >>> round(float(axes.lines[0].get_ydata()[-1]), 6)  # 1 − e⁻³
    0.950213
    >>> axes.get_xlabel()
    'time (s)'
    """
    return _drawn("step response", systems, until, labels, channels, ax)


def impulse(
    systems: Any,
    until: float | None = None,
    *,
    labels: Sequence[str] | None = None,
    channels: bool | Sequence[tuple[Any, Any]] = True,
    ax: Any = None,
) -> Drawing:
    r"""Impulse responses :math:`C e^{At} B`, or :math:`D, CB, CAB, …`, drawn as :func:`step` draws steps.

    In continuous time the impulse D δ(t) at time zero is left out.

    Parameters
    ----------
    systems, until, labels, channels, ax
        As in :func:`step`.

    Returns
    -------
    Drawing

    See Also
    --------
    dlnbalance.plotting.step : step responses.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> [axes] = impulse(dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], [[3.0]], dt=True), until=3)
    >>> axes.lines[0].get_ydata().tolist()
    [3.0, 1.0, 0.5, 0.25]
    """
    return _drawn("impulse response", systems, until, labels, channels, ax)


def _drawn(kind: str, systems: Any, until: Any, labels: Any, channels: Any, ax: Any) -> Drawing:
    subjects = subjects_of(systems, labels, kind)
    end = None if until is None else positive_number("until", until)
    models = [_proper(model) for model in subjects.models]
    chosen = chosen_channels(models, channels)
    rows, columns = (models[0].noutputs, models[0].ninputs) if channels is True else (1, len(chosen))
    axes = panels(ax, rows, columns, (max(3.6 * columns, 7.0), 3.0 * rows + 1.0), sharex=True)
    end = horizon(min(models, key=lambda model: model.nstates)) if end is None else end
    responses = [_response(model, end, impulse=kind.startswith("impulse")) for model in models]
    for panel, channel in zip(axes, chosen, strict=True):
        for k, (found, name) in enumerate(zip(responses, subjects.names, strict=True)):
            _draw_curve(panel, found, channel, plain(name), k)
        whole = len(chosen) == 1 and models[0].ninputs == models[0].noutputs == 1
        title = subjects.title if whole else channel.title
        finished(panel, title=title, ylabel=plain(channel.output), legend=panel is axes[0])
    unit = "samples" if any(model.dt is True for model in models) else "s"
    for panel in axes[-columns:]:
        panel.set_xlabel(f"time ({unit})")
    return Drawing(axes)


class _Response(NamedTuple):
    """Times, the (K, p, m) response at them, and whether it holds its values from sample to sample."""

    times: Array
    values: Array
    held: bool


def _draw_curve(axes: "Axes", found: _Response, channel: Channel, name: str, k: int) -> None:
    style = {"drawstyle": "steps-post"} if found.held else {}
    values = found.values[:, channel.row, channel.column]
    for part, suffix in ((values.real, ""), (values.imag, ", imaginary part")):
        if suffix and not np.iscomplexobj(values):
            return
        curve(axes, found.times, part, LOOKS[(k + 3 * bool(suffix)) % len(LOOKS)], name + suffix, phase=k, **style)


def _proper(model: LinearSystem) -> LinearSystem:
    """A dense system with E = I and the same response."""
    if model.is_large and not model.dense_is_affordable:
        remedy = "draw the response of its reduced model"
        raise InvalidArgumentError("systems", "systems that dense methods take", f"{model.nstates} states", remedy)
    if model.E is None:
        return model
    if model.descriptor_rcond > EPS:
        return model.explicit()
    found = finite_infinite(model)
    if not found.is_proper:
        remedy = "draw dlnbalance.decompositions.finite_infinite(system).proper"
        raise InvalidArgumentError("systems", "proper systems", "one with a polynomial part", remedy)
    return found.proper


def _response(model: LinearSystem, end: float, *, impulse: bool) -> _Response:
    if model.is_discrete:
        h = model.sampling_time
        times = h * np.arange(min(round(end / h), _MOST_SAMPLES) + 1)
        sampled = model
    else:
        times = np.linspace(0.0, end, _POINTS)
        sampled = c2d(model, times[1])
    A, B, C, D, _ = sampled.to_tuple()
    values = np.empty((times.size, *D.shape), dtype=np.result_type(A, B, C, D))
    if impulse:
        # of a discrete system D is the first sample, and the state begins with the next
        values[0] = D if model.is_discrete else C @ model.B
        state, driven, direct = (B if model.is_discrete else A @ model.B), 0.0, 0.0
    else:
        values[0], state, driven, direct = D, B, B, D
    for k in range(1, times.size):
        values[k] = C @ state + direct
        state = A @ state + driven
    return _Response(times, values, model.is_discrete)


def horizon(model: LinearSystem) -> float:
    """Time in which the modes that matter of a dense system with E = I have died out, to the eye.

    Of the modes C v_i w_i* B / p_i of the step response the slow ones are waited for as far as they are seen.

    Examples
    --------
    >>> round(horizon(LinearSystem([[-2.0]], [[1.0]], [[1.0]])), 3)  # log(100)/2
    2.303
    """
    A, B, C, _, _ = model.to_tuple()
    if model.nstates == 0:
        return _SINGLE * (model.sampling_time or 1.0)
    poles, left, right = la.eig(A, left=True, right=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.log(poles) / model.sampling_time if model.is_discrete else poles
        scale = np.abs(np.sum(left.conj() * right, axis=0))
        sizes = la.norm(C @ right, axis=0) * la.norm(adjoint(left) @ B, axis=1) / (scale * np.abs(rates))
    decaying = np.isfinite(sizes) & np.isfinite(rates) & (rates.real < -EPS * np.abs(rates))
    growing = np.isfinite(rates) & (rates.real > EPS * np.abs(rates)) & (sizes > 0)
    ends = [_TIME_CONSTANTS / rates.real[growing].max()] if growing.any() else []
    seen = decaying & (sizes > _SETTLED * sizes[decaying].max(initial=0.0))
    if seen.any() and not ends:
        times = np.log(sizes[seen] / (_SETTLED * sizes[seen].max())) / -rates.real[seen]
        last = int(times.argmax())
        turning = abs(rates.imag[seen][last])
        ends.append(min(times[last], 2 * np.pi * _PERIODS / turning) if turning else times[last])
    return float(ends[0]) if ends else _SINGLE * (model.sampling_time or 1.0)
