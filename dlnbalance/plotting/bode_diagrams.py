"""Frequency responses: gain and phase of systems, and of reduced models with their error and bound."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import InvalidArgumentError
from ..gramians.base import HINF_ERROR
from ..linalg.arguments import flag, shown
from ..linalg.arrays import EPS, Array, real_vector
from ..norms.peaks import PeakGain, checked_peak
from ..norms.responses import frequency_grid, frequency_response
from ..reduction.reduced_model import ReducedModel
from ..systems.linear_system import LinearSystem
from .drawings import Drawing, panels
from .looks import BOUND, ERROR, LOOKS, curve, decibels, finished, plain, plain_powers, positive
from .phases import phase, phase_beside
from .subjects import Channel, Subjects, chosen_channels, gain_unit, subjects_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["bode"]

_LEAST = 1e-300  # frequency that an axis can show: it and its inverse keep off the ends of the range of numbers
_ROOM = 1.1  # factor of room left and right of the curves


def bode(
    systems: Any,
    omega: Any = None,
    *,
    labels: Sequence[str] | None = None,
    peak: PeakGain | None = None,
    channels: bool | Sequence[tuple[Any, Any]] = False,
    hz: bool = False,
    db: bool = False,
    ax: Any = None,
) -> Drawing:
    r"""Bode diagram of one or several systems, or of a reduced model with its error and the proved bound.

    Parameters
    ----------
    systems : ReducedModel, system, other model or list of systems
        A reduced model shows the full and the reduced response, the gain of their difference and, as a line, the
        bound that is proved for it. A family shows its members, a bilinear system its linear part, a periodic one the
        system lifted over a period. Otherwise one curve a system; anything :func:`as_system` reads is a system,
        but a list is a list of them.
    omega : (K,) array_like, optional
        Positive frequencies in rad/s (rad/sample for dt = True); :func:`frequency_grid` when left out. A discrete
        system is drawn up to its Nyquist frequency.
    labels : sequence of str, optional
        One for each system in the legend.
    peak : PeakGain, optional
        Marks the measured peak of the error, ``model.error()``.
    channels : bool or sequence of (output, input)
        True for gain and phase of every channel, in a grid; or the channels to draw, by names or indices.
    hz : bool
        The frequency axis in Hz (cycles/sample for dt = True) instead of rad/s.
    db : bool
        Gains in dB.
    ax : Axes or sequence of Axes, optional
        Where to draw: gain and phase of a system with one input and output, else the gain; for channels first all
        gains, then all phases. A new figure is made when left out.

    Returns
    -------
    Drawing
        Gain (the singular values of the transfer matrix where there are several signals), and the phase
        below it where all systems have one input and one output. For complex systems, whose responses at ω and −ω
        differ, the larger of the two gains is drawn, without a phase. Units in brackets at the end of the names of
        signals, as in ``"force [N]"``, become those of the gain.

    Raises
    ------
    InvalidArgumentError
        For frequencies that are not positive, the wrong number of labels or axes, and channels that are not there.

    See Also
    --------
    dlnbalance.plotting.nyquist : the complex plane.
    dlnbalance.plotting.step : step responses.
    dlnbalance.plotting.hankel : Hankel singular values: kept, dropped, and below rounding.
    dlnbalance.frequency_response : transfer matrix on the stability boundary.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> lag = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    >>> [axes.get_ylabel() for axes in bode(lag)]
    ['gain', 'phase (degrees)']
    >>> pair = dln.append(lag, lag)
    >>> [axes.get_title() for axes in bode(pair, channels=[(0, 1)])[:1]]
    ['u[1] → y[0]']
    """
    subjects = subjects_of(systems, labels, "frequency response")
    peak = None if peak is None else checked_peak("peak", peak)
    models = subjects.models
    grid = frequency_grid(*models) if omega is None else _checked_frequencies(omega)
    scales = _Scales(flag("hz", hz), flag("db", db), any(model.dt is True for model in models))
    answers = [_Answer.of(model, grid) for model in models]
    real = not any(model.is_complex for model in models)
    if isinstance(systems, ReducedModel):
        subjects = subjects._replace(title=f"{subjects.title}, and error")
    if channels is False:
        siso = all(model.ninputs == model.noutputs == 1 for model in models)
        chosen: list[Channel | None] = [None]
        axes = _whole_panels(ax, with_phase=siso and real)
    else:
        chosen = [*chosen_channels(models, channels)]
        axes = _channel_panels(ax, models[0], chosen, channels is True, with_phase=real)
    error = _Answer.of_error(systems, grid) if isinstance(systems, ReducedModel) else None
    for k, channel in enumerate(chosen):
        gains = _draw_gains(axes[k], subjects, answers, channel, scales)
        if error is not None:
            gains += _draw_error(axes[k], systems, error, channel, scales, peak if channel is None else None)
        _limit_gains(axes[k], gains, scales)
        title = subjects.title if channel is None else channel.title
        _finish_gain(axes[k], models, channel, scales, title, legend=k == 0)
    for k, panel in enumerate(axes[len(chosen) :]):
        _draw_phases(panel, answers, chosen[k] or Channel(0, 0, "", ""), scales)
    for panel in axes if channels is not False else axes[-1:]:
        panel.set_xlabel(scales.frequency_label)
    for panel in axes:
        panel.set(xscale="log", xlim=(scales.frequency(grid[0] / _ROOM), scales.frequency(grid[-1] * _ROOM)))
        plain_powers(panel.xaxis)
    return Drawing(axes)


class _Scales(NamedTuple):
    """Units of the axes."""

    hz: bool
    db: bool
    per_sample: bool

    def frequency(self, omega: Any) -> Any:
        """Frequencies as they are drawn."""
        return omega / (2 * np.pi) if self.hz else omega

    def gain(self, gain: Array) -> Array:
        """Gains as they are drawn."""
        return decibels(gain) if self.db else positive(gain)

    @property
    def frequency_label(self) -> str:
        """What stands at the frequency axis."""
        if self.per_sample:
            return f"frequency ({'cycles' if self.hz else 'rad'}/sample)"
        return f"frequency ({'Hz' if self.hz else 'rad/s'})"


class _Answer(NamedTuple):
    """Responses at positive frequencies, and of a complex system at the negative ones, too."""

    omega: Array
    sides: list[Array]

    @classmethod
    def of(cls, model: LinearSystem, grid: Array) -> "_Answer":
        """Up to the Nyquist frequency: beyond it a discrete system has no response of its own."""
        omega = grid[grid <= model.nyquist_frequency * (1 + EPS)]
        return cls(omega, [frequency_response(model, sign * omega) for sign in ((1, -1) if model.is_complex else (1,))])

    @classmethod
    def of_error(cls, model: ReducedModel, grid: Array) -> "_Answer":
        """Difference of the full and the reduced model; of an unstable one that of the stable parts, which it is."""
        full, reduced = (cls.of(part, grid) for part in model.balanced[:2])
        return cls(full.omega, [g - h for g, h in zip(full.sides, reduced.sides, strict=True)])

    def gains(self, channel: Channel | None) -> Array:
        """(K, k) singular values, descending, or the (K, 1) gain of a channel; the larger of both sides."""
        if channel is None:
            found = [np.linalg.svd(side, compute_uv=False) for side in self.sides]
        else:
            found = [np.abs(side[:, channel.row, channel.column])[:, None] for side in self.sides]
        return np.max(found, axis=0)


def _whole_panels(ax: Any, *, with_phase: bool) -> "list[Axes]":
    if with_phase:
        return panels(ax, 2, 1, (7.0, 6.0), sharex=True, height_ratios=[2, 1])
    return panels(ax, 1, 1, (7.0, 4.5))


def _channel_panels(
    ax: Any, model: LinearSystem, chosen: Sequence[Any], every: bool, *, with_phase: bool
) -> "list[Axes]":
    """Gains of all channels in reading order, then their phases; the phase of a channel is below its gain."""
    rows, columns = (model.noutputs, model.ninputs) if every else (1, len(chosen))
    if not with_phase:
        return panels(ax, rows, columns, (max(3.4 * columns, 6.0), 3.0 * rows + 0.5), sharex=True, sharey=True)
    if ax is not None:
        return panels(ax, 2 * rows, columns, (0.0, 0.0))
    size = (max(3.4 * columns, 6.0), 4.2 * rows + 0.5)
    found = np.array(panels(None, 2 * rows, columns, size, sharex=True, height_ratios=[2, 1] * rows), dtype=object)
    found = found.reshape(rows, 2, columns)
    return [*found[:, 0].flat, *found[:, 1].flat]


def _draw_gains(
    axes: "Axes", subjects: Subjects, answers: Sequence[_Answer], channel: Channel | None, scales: _Scales
) -> list[Array]:
    """Draw the largest gains of all systems, and further singular values thinner; return the former."""
    largest = []
    for k, (answer, name) in enumerate(zip(answers, subjects.names, strict=True)):
        look, gains = LOOKS[k % len(LOOKS)], answer.gains(channel)
        omega = scales.frequency(answer.omega)
        curve(axes, omega, scales.gain(gains[:, 0]), look, plain(name), phase=k)
        for column in gains.T[1:]:
            thin = look._replace(marker="", linewidth=0.6 * look.linewidth)
            curve(axes, omega, scales.gain(column), thin, alpha=0.6)
        largest.append(gains[:, 0])
    return largest


def _draw_error(
    axes: "Axes", model: ReducedModel, error: _Answer, channel: Channel | None, scales: _Scales, peak: PeakGain | None
) -> list[Array]:
    gain = error.gains(channel)[:, 0]
    curve(axes, scales.frequency(error.omega), scales.gain(gain), ERROR, "error of the reduced model", phase=2)
    drawn = [gain]
    if model.bound and model.measure == HINF_ERROR:  # a bound of another measure has no place in this picture
        level = np.array([model.bound])
        label = f"proved bound {model.bound:.3g}"
        axes.axhline(
            scales.gain(level)[0], linestyle=BOUND.linestyle, color=BOUND.color, label=label, linewidth=BOUND.linewidth
        )
        drawn.append(level)
    if peak is not None and model.error_name == HINF_ERROR and 0 < abs(peak.frequency) < np.inf:
        height, place = scales.gain(np.array([peak.value])), scales.frequency(abs(peak.frequency))
        axes.plot(place, height[0], "o", color=ERROR.color, markersize=6, label=f"measured peak {peak.value:.3g}")
    return drawn


def _limit_gains(axes: "Axes", gains: Sequence[Array], scales: _Scales) -> None:
    """Leave out what lies so far below the highest gain that it is rounding noise."""
    values = np.concatenate(gains)
    values = values[np.isfinite(values) & (values > EPS * values.max(initial=0.0))]
    low, high = (values.min(), values.max()) if values.size else (1.0, 1.0)
    axes.set_ylim(*scales.gain(np.array([low / 2, high * 2])))


def _finish_gain(
    axes: "Axes",
    models: Sequence[LinearSystem],
    channel: Channel | None,
    scales: _Scales,
    title: str,
    *,
    legend: bool,
) -> None:
    siso = channel is not None or all(model.ninputs == model.noutputs == 1 for model in models)
    label = "gain" if siso else "singular values of the gain"
    notes = [gain_unit(models[0], channel), "dB" if scales.db else ""]
    remark = ", ".join(filter(None, notes))
    label += f" ({remark})" if remark else ""
    label += ", larger of ±ω" if any(model.is_complex for model in models) else ""
    finished(axes, ylabel=label, title=title, legend=legend)
    if not scales.db:
        axes.set_yscale("log")
        plain_powers(axes.yaxis)


def _draw_phases(axes: "Axes", answers: Sequence[_Answer], channel: Channel, scales: _Scales) -> None:
    from matplotlib.ticker import MaxNLocator

    drawn: list[tuple[Array, Array]] = []
    for k, answer in enumerate(answers):
        response = answer.sides[0][:, channel.row, channel.column]
        found = _phase(response, drawn)
        drawn.append((response, found))
        curve(axes, scales.frequency(answer.omega), found, LOOKS[k % len(LOOKS)], phase=k)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 1.8, 3, 4.5, 9, 10]))
    finished(axes, ylabel="phase (degrees)", legend=False)


def _phase(response: Array, drawn: Sequence[tuple[Array, Array]]) -> Array:
    """Phase on the branch of the first curve, as far as both go: a discrete system ends at its Nyquist frequency."""
    if not drawn:
        return phase(response)
    first, known = drawn[0]
    common = min(response.size, first.size)
    beside = phase_beside(response[:common], first[:common], known[:common])
    if common == response.size:
        return beside
    alone = phase(response)
    alone = alone + 360 * np.round((beside[-1] - alone[common - 1]) / 360) if np.isfinite(beside[-1]) else alone
    return np.concatenate([beside, alone[common:]])


def _checked_frequencies(omega: Any) -> Array:
    expected, remedy = f"frequencies from {_LEAST:g} to {1 / _LEAST:g}", "the frequency axis is logarithmic"
    grid = real_vector("omega", omega, expected, remedy=remedy)
    if not (grid.size and grid.min() >= _LEAST and grid.max() <= 1 / _LEAST):
        raise InvalidArgumentError("omega", expected, shown(omega), remedy)
    return np.unique(grid)
