"""Frequency responses: Bode diagrams of systems, and of reduced models with their error and bound."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..gramians.base import HINF_ERROR
from ..linalg.arguments import items, shown, text
from ..linalg.arrays import EPS, Array, real_vector
from ..norms.peaks import PeakGain, checked_peak
from ..norms.responses import frequency_grid, frequency_response
from ..reduction.projected_model import ProjectedModel
from ..reduction.reduced_model import ReducedModel
from ..structured.model import Model
from ..systems.linear_system import LinearSystem
from .figures import BOUND, ERROR, STYLES, checked_figure, new_figure, plain_powers, positive

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["bode"]

_LEAST = 1e-300  # frequency that an axis can show: it and its inverse keep off the ends of the range of numbers
_LONGEST_NAME = 32  # characters of a name that titles and legends have room for


def bode(
    systems: Any,
    omega: Any = None,
    *,
    labels: Sequence[str] | None = None,
    peak: PeakGain | None = None,
    figure: "Figure | SubFigure | None" = None,
) -> "Figure | SubFigure":
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
    figure : Figure or SubFigure, optional
        An empty one to draw into; a new one is made when left out.

    Returns
    -------
    Figure or SubFigure
        Gain (the largest singular value of the transfer matrix where there are several signals), and the phase
        below it where all systems have one input and one output. For complex systems, whose responses at ω and −ω
        differ, the larger of the two gains is drawn, without a phase.

    Raises
    ------
    InvalidArgumentError
        For frequencies that are not positive, or the wrong number of labels.

    See Also
    --------
    dlnbalance.plotting.hankel : Hankel singular values: kept, dropped, and below rounding.
    dlnbalance.frequency_response : transfer matrix on the stability boundary.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> lag = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    >>> [axes.get_ylabel() for axes in bode(lag).axes]
    ['gain', 'phase (degrees)']
    """
    models, names, title = _subjects(systems, labels)
    figure, peak = checked_figure(figure), None if peak is None else checked_peak("peak", peak)
    grid = frequency_grid(*models) if omega is None else _checked_frequencies(omega)
    with_phase = all(model.ninputs == model.noutputs == 1 and not model.is_complex for model in models)
    figure = new_figure(7.0, 6.0 if with_phase else 4.5) if figure is None else figure
    if with_phase:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
        _draw_phases(lower, models, grid)
    else:
        upper = lower = figure.subplots()
    gains = [_draw_gain(upper, model, grid, name, k) for k, (model, name) in enumerate(zip(models, names, strict=True))]
    if isinstance(systems, ReducedModel):
        gains.append(_draw_error(upper, systems, grid, peak))
    _limit_gains(upper, gains)
    upper.set(xscale="log", yscale="log", xlim=(grid[0] / 1.1, grid[-1] * 1.1))
    plain_powers(upper.xaxis, upper.yaxis)
    upper.set(ylabel=_gain_label(models), title=title)
    upper.grid(visible=True, which="major", alpha=0.3)
    upper.legend(fontsize="small")
    unit = "rad/sample" if any(model.dt is True for model in models) else "rad/s"
    lower.set_xlabel(f"frequency ({unit})")
    return figure


def _subjects(systems: Any, labels: Sequence[str] | None) -> tuple[list[LinearSystem], list[str], str]:
    """Return the systems to draw, their names in the legend, and the title."""
    if isinstance(systems, ReducedModel):
        models = [systems.full, systems.linear]
        names = [f"full, n = {systems.full_order}", f"reduced, r = {systems.order}"]
        title = f"{_title(models[:1])} and error of its reduced model"
    elif isinstance(systems, ProjectedModel | Model):
        models, names = _shown_by(systems)
        title = "Frequency response"
    else:
        models = [as_system(system) for system in (systems if isinstance(systems, list) else [systems])]
        if not models:
            raise InvalidArgumentError("systems", "at least one system", "an empty list", "pass what is to be drawn")
        names = [model.name or f"system {k + 1}, n = {model.nstates}" for k, model in enumerate(models)]
        title = _title(models)
    if labels is None:
        return models, names, title
    given = [text("labels", label, "names that are texts") for label in items("labels", labels, "a sequence of names")]
    if len(given) != len(models):
        raise InvalidArgumentError("labels", f"{len(models)} names", f"{len(given)}", "give every curve one")
    return models, given, title


def has_response(model: ProjectedModel) -> bool:
    """Whether there is a frequency response to draw of a reduced model."""
    return isinstance(model, ReducedModel) or bool(model.full.linear_systems())


def _shown_by(subject: ProjectedModel | Model) -> tuple[list[LinearSystem], list[str]]:
    """Linear systems whose responses show a model of another class, or two such models."""
    if isinstance(subject, Model):
        named = subject.linear_systems()
    else:
        models = {"full": subject.full, "reduced": subject.system}
        named = {f"{which}, {name}": s for which, model in models.items() for name, s in model.linear_systems().items()}
    if not named:
        what = type(subject).__name__
        remedy = "draw its singular values with hankel"
        raise InvalidArgumentError("systems", "a model with a frequency response", f"a {what} without one", remedy)
    return list(named.values()), list(named)


def _title(models: list[LinearSystem]) -> str:
    name = models[0].name if len(models) == 1 else None
    return f"{_plain(name)}: response" if name else "Frequency response"


def _gain_label(models: list[LinearSystem]) -> str:
    siso = all(model.ninputs == model.noutputs == 1 for model in models)
    label = "gain" if siso else "gain (largest singular value)"
    return f"{label}, larger of ±ω" if any(model.is_complex for model in models) else label


def _plain(text: str) -> str:
    """Shorten a name, and keep matplotlib from reading formulas into it."""
    short = text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"
    return short.replace("$", r"\$")


def _checked_frequencies(omega: Any) -> Array:
    expected, remedy = f"frequencies from {_LEAST:g} to {1 / _LEAST:g}", "the frequency axis is logarithmic"
    grid = real_vector("omega", omega, expected, remedy=remedy)
    if not (grid.size and grid.min() >= _LEAST and grid.max() <= 1 / _LEAST):
        raise InvalidArgumentError("omega", expected, shown(omega), remedy)
    return np.unique(grid)


def _shown(model: LinearSystem, grid: Array) -> Array:
    """Frequencies of the grid at which a system has a response of its own: up to the Nyquist frequency."""
    return grid[grid <= model.nyquist_frequency * (1 + EPS)]


def _gain(response: Array) -> Array:
    return np.linalg.norm(response, 2, axis=(1, 2))


def _two_sided(model: LinearSystem, grid: Array) -> list[Array]:
    """Responses of a complex system at ω and at −ω; of a real one at ω."""
    return [frequency_response(model, sign * grid) for sign in ((1, -1) if model.is_complex else (1,))]


def _draw_gain(axes: "Axes", model: LinearSystem, grid: Array, name: str, k: int) -> Array:
    shown = _shown(model, grid)
    gain = np.max([_gain(response) for response in _two_sided(model, shown)], axis=0)
    colour, style = STYLES[k % len(STYLES)]
    axes.plot(shown, positive(gain), style, color=colour, label=_plain(name), linewidth=1.8)
    return gain


def _draw_error(axes: "Axes", model: ReducedModel, grid: Array, peak: PeakGain | None) -> Array:
    full, reduced = model.balanced[:2]  # of an unstable model the stable parts: their difference is that of the models
    shown = _shown(full, grid)
    differences = [g - h for g, h in zip(_two_sided(full, shown), _two_sided(reduced, shown), strict=True)]
    error = np.max([_gain(difference) for difference in differences], axis=0)
    axes.plot(shown, positive(error), "-", color=ERROR, label="error of the reduced model", linewidth=1.2)
    drawn = [error]
    if model.bound and model.measure == HINF_ERROR:  # a bound of another measure has no place in this picture
        axes.axhline(model.bound, linestyle=":", color=BOUND, label=f"proved bound {model.bound:.3g}", linewidth=1.8)
        drawn.append(np.array([model.bound]))
    if peak is not None and model.error_name == HINF_ERROR and 0 < abs(peak.frequency) < np.inf:
        label = f"measured peak {peak.value:.3g}"
        axes.plot(abs(peak.frequency), peak.value, "o", color=ERROR, markersize=5, label=label)
    return np.concatenate(drawn)


def _limit_gains(axes: "Axes", gains: list[Array]) -> None:
    """Leave out what lies so far below the highest gain that it is rounding noise."""
    values = np.concatenate(gains)
    values = values[np.isfinite(values) & (values > EPS * values.max(initial=0.0))]
    low, high = (values.min(), values.max()) if values.size else (1.0, 1.0)
    axes.set_ylim(low / 2, high * 2)


def _draw_phases(axes: "Axes", models: list[LinearSystem], grid: Array) -> None:
    from matplotlib.ticker import MaxNLocator

    start = None
    for k, model in enumerate(models):
        shown = _shown(model, grid)
        response = frequency_response(model, shown)[:, 0, 0]
        phase = np.degrees(np.unwrap(np.angle(response)))
        if start is None:
            start = phase[:1]
        phase = phase + 360 * np.round((start - phase[:1]) / 360)  # the same branch as the first curve
        colour, style = STYLES[k % len(STYLES)]
        axes.plot(shown, np.where(response != 0, phase, np.nan), style, color=colour, linewidth=1.8)
    axes.set_ylabel("phase (degrees)")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 1.8, 3, 4.5, 9, 10]))
    axes.grid(visible=True, alpha=0.3)
