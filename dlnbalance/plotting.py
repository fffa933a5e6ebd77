r"""Pictures of systems and reduced models: frequency responses and Hankel singular values.

Every function returns a ``matplotlib.figure.Figure`` that belongs to nobody: no pyplot state, no window, no choice
of a backend. ``figure.savefig("out.png")`` writes it; in a notebook the figure is shown as the value of a cell.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .balancing.balanced_forms import BalancedRealization
from .comparison.comparison_tables import Chart, Comparison
from .errors import FileFormatError, InvalidArgumentError
from .files.conversion import as_system
from .files.writing import write_file
from .flows.trajectories import Trajectory
from .gramians.base import HINF_ERROR, Lyapunov, values_name
from .layout import capitalized
from .linalg.arguments import as_path, flag, instance, items, one_of, shown, text
from .linalg.arrays import EPS, Array, real_vector
from .norms.peaks import PeakGain, checked_peak
from .norms.responses import frequency_grid, frequency_response
from .reduction.truncation import ReducedModel
from .systems.linear_system import LinearSystem

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["bode", "comparison", "hankel", "overview", "rendered", "trajectory", "write_figure"]

#: Formats of picture files, with what keeps the time of day out of them.
_METADATA = {"pdf": {"CreationDate": None}, "png": {}, "svg": {"Date": None}}

# Okabe and Ito's palette: told apart by readers with any kind of colour vision, and in grey by the line styles.
_FULL, _REDUCED, _ERROR, _BOUND = "#000000", "#D55E00", "#0072B2", "#009E73"
_STYLES = ((_FULL, "-"), (_REDUCED, "--"), (_ERROR, "-."), ("#CC79A7", ":"), ("#E69F00", "-"), ("#56B4E9", "--"))

_NEAR_FLOOR = 3  # decades from the smallest value down to a floor that is still in the picture
_LEAST = 1e-300  # frequency that an axis can show
_LONGEST_NAME = 32  # characters of a name that titles and legends have room for


# -- frequency responses ------------------------------------------------------------------------------------------


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
    systems : ReducedModel, system or list of systems
        A reduced model shows the full and the reduced response, the gain of their difference and, as a line, the
        bound that is proved for it. Otherwise one curve a system; anything :func:`as_system` reads is a system,
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

    Examples
    --------
    >>> import dlnbalance as dln
    >>> lag = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    >>> [axes.get_ylabel() for axes in bode(lag).axes]
    ['gain', 'phase (degrees)']
    """
    models, names, title = _subjects(systems, labels)
    figure, peak = _checked_figure(figure), None if peak is None else checked_peak("peak", peak)
    grid = frequency_grid(*models) if omega is None else _checked_frequencies(omega)
    with_phase = all(model.ninputs == model.noutputs == 1 and not model.is_complex for model in models)
    figure = _new_figure(7.0, 6.0 if with_phase else 4.5) if figure is None else figure
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
    upper.set(ylabel=_gain_label(models), title=title)
    upper.grid(visible=True, which="major", alpha=0.3)
    upper.legend(fontsize="small")
    unit = "rad/sample" if any(model.dt is True for model in models) else "rad/s"
    lower.set_xlabel(f"frequency ({unit})")
    return figure


def _subjects(systems: Any, labels: Sequence[str] | None) -> tuple[list[LinearSystem], list[str], str]:
    """Return the systems to draw, their names in the legend, and the title."""
    if isinstance(systems, ReducedModel):
        models = [systems.full, as_system(systems.system)]
        names = [f"full, n = {systems.full_order}", f"reduced, r = {systems.order}"]
        title = f"{_title(models[:1])} and error of its reduced model"
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
    colour, style = _STYLES[k % len(_STYLES)]
    axes.plot(shown, _positive(gain), style, color=colour, label=_plain(name), linewidth=1.8)
    return gain


def _draw_error(axes: "Axes", model: ReducedModel, grid: Array, peak: PeakGain | None) -> Array:
    full, reduced = model.full, as_system(model.system)
    shown = _shown(full, grid)
    differences = [g - h for g, h in zip(_two_sided(full, shown), _two_sided(reduced, shown), strict=True)]
    error = np.max([_gain(difference) for difference in differences], axis=0)
    axes.plot(shown, _positive(error), "-", color=_ERROR, label="error of the reduced model", linewidth=1.2)
    drawn = [error]
    if model.bound and model.measure == HINF_ERROR:  # a bound of another measure has no place in this picture
        axes.axhline(model.bound, linestyle=":", color=_BOUND, label=f"proved bound {model.bound:.3g}", linewidth=1.8)
        drawn.append(np.array([model.bound]))
    if peak is not None and 0 < abs(peak.frequency) < np.inf:
        label = f"measured peak {peak.value:.3g}"
        axes.plot(abs(peak.frequency), peak.value, "o", color=_ERROR, markersize=5, label=label)
    return np.concatenate(drawn)


def _positive(values: Array) -> Array:
    """Hide what a logarithmic axis cannot show."""
    return np.where(values > 0, values, np.nan)


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
        colour, style = _STYLES[k % len(_STYLES)]
        axes.plot(shown, np.where(response != 0, phase, np.nan), style, color=colour, linewidth=1.8)
    axes.set_ylabel("phase (degrees)")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 1.8, 3, 4.5, 9, 10]))
    axes.grid(visible=True, alpha=0.3)


# -- Hankel singular values ---------------------------------------------------------------------------------------


def hankel(
    model: ReducedModel | BalancedRealization, *, figure: "Figure | SubFigure | None" = None
) -> "Figure | SubFigure":
    """Hankel singular values (or those of other Gramians) on a logarithmic axis: kept, dropped, and below rounding.

    Parameters
    ----------
    model : ReducedModel or BalancedRealization
        The result whose values are drawn.
    figure : Figure or SubFigure, optional
        An empty one to draw into; a new one is made when left out.

    Returns
    -------
    Figure or SubFigure
        Values far below the accuracy floor carry no information and are left out.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem(np.diag([-1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)))
    >>> hankel(dln.reduce(system, order=2)).axes[0].get_title()
    'Hankel singular values: 2 of 3 kept'
    """
    from matplotlib.ticker import MaxNLocator

    results = (ReducedModel, BalancedRealization)
    instance("model", model, results, "a ReducedModel or BalancedRealization", "pass what reduce or balance returned")
    figure = _checked_figure(figure) or _new_figure(7.0, 4.5)
    axes = figure.subplots()
    values, order, floor = model.hsv, model.order, model.accuracy_floor
    named = capitalized(values_name(model.gramians if isinstance(model, ReducedModel) else Lyapunov()))
    count = max(int(np.count_nonzero(values > floor / 100)), order, 1)
    index = np.arange(1, count + 1)
    size = float(np.clip(160 / count, 2.5, 6.0))
    kept, dropped = _positive(values[:order]), _positive(values[order:count])
    axes.plot(index[:order], kept, "o", color=_ERROR, markersize=size, label=f"kept ({order})")
    if values.size > order:
        axes.plot(
            index[order:],
            dropped,
            "o",
            color=_REDUCED,
            markerfacecolor="none",
            markersize=size,
            label=f"dropped ({values.size - order})",
        )
    axes.axvline(order + 0.5, color="0.5", linewidth=1, linestyle=":")
    limits = _hankel_limits(values[:count], floor)
    label = f"accuracy floor {floor:.1e}" + (" (below)" if floor < limits[0] else "")
    if floor > 0:
        axes.axhline(floor, color="0.3", linewidth=1.2, linestyle="--", label=label)
    axes.set(
        yscale="log",
        xlim=(0.5, 1.02 * count + 0.5),
        ylim=limits,
        xlabel="state i",
        ylabel=f"{named} σᵢ",
        title=f"{named}: {order} of {values.size} kept",
    )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize="small")
    return figure


def _hankel_limits(values: Array, floor: float) -> tuple[float, float]:
    """Show all values, and the floor when it is near enough to matter."""
    positive = values[values > 0]
    low, high = (positive.min(), positive.max()) if positive.size else (1.0, 1.0)
    if low * 10.0**-_NEAR_FLOOR < floor < low:
        low = floor
    return low / 3, high * 3


def overview(model: ReducedModel, *, peak: PeakGain | None = None) -> "Figure":
    """Both pictures of a reduced model side by side: :func:`hankel` and :func:`bode`.

    Parameters
    ----------
    model : ReducedModel
        The result that is shown.
    peak : PeakGain, optional
        The measured error, to be marked.
    """
    instance("model", model, ReducedModel, "a ReducedModel", "pass what reduce returned")
    figure = _new_figure(13.0, 5.5)
    panels: Any = figure.subfigures(1, 2)
    left, right = panels
    hankel(model, figure=left)
    bode(model, peak=peak, figure=right)
    return figure


# -- flows and comparisons ------------------------------------------------------------------------------------------


def trajectory(path: Trajectory) -> "Figure":
    """Draw the moment norm and the energy of a flow against time.

    Where the flow has an exact law for its moments, the law is drawn, too.

    Parameters
    ----------
    path : Trajectory
        What a flow returned; a state at infinity is left out of the picture.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from dlnbalance import DeepLinearNetwork
    >>> from dlnbalance.flows import gradient_flows as flows
    >>> figure = trajectory(flows.regularizing(DeepLinearNetwork([[[4.0]], [[1.0]]]), [0.0, 1.0, 2.0]))
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['moment norm ‖μ‖', 'energy ½‖W‖²']
    """
    instance("path", path, Trajectory, "a Trajectory", "pass what one of the flows returned")
    figure = _new_figure(7.0, 6.0)
    upper, lower = figure.subplots(2, 1, sharex=True)
    shown = np.isfinite(path.times)
    times = path.times[shown]
    norms = _positive(path.moment_norms[shown])
    computed = "computed: balanced to rounding" if path.starts_balanced else "computed"
    upper.plot(times, norms, color=_FULL, label=computed)
    exact = path.exact_moment_norms
    if exact is not None:
        law = "conserved" if path.moment_rate == 0 else f"exact decay {path.moment_law}"
        upper.plot(times, _positive(exact[shown]), "--", color=_REDUCED, label=law)
    upper.legend()
    upper.set_yscale("log")
    least, most = np.nanmin(norms, initial=np.inf), np.nanmax(norms, initial=0.0)
    if 0 < most < 10 * least:  # a conserved norm is a straight line, not its rounding errors
        upper.set_ylim(least / 10, 10 * most)
    upper.set_ylabel("moment norm ‖μ‖")
    lower.plot(times, path.energies[shown], color=_ERROR)
    lower.set_ylabel("energy ½‖W‖²")
    lower.set_xlabel("time t")
    for axes in (upper, lower):
        axes.grid(alpha=0.3)
    return figure


def comparison(table: Comparison) -> "Figure":
    """Draw every table of a comparison that has a chart, side by side.

    Parameters
    ----------
    table : Comparison
        What :func:`dlnbalance.compare` or :func:`dlnbalance.compare_realizations` returned.

    Returns
    -------
    Figure

    Raises
    ------
    InvalidArgumentError
        When there is nothing to draw.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> figure = comparison(dln.compare(dln.DeepLinearNetwork([[[3.0, 0.0], [0.0, 1.0]]] * 4)))
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['layer', 'order']
    """
    instance("table", table, Comparison, "a Comparison", "pass what compare returned")
    charts = [(part, part.chart) for part in table.parts() if part.chart is not None]
    if not charts:
        raise InvalidArgumentError("table", "a comparison with a chart", repr(table.title), "print it instead")
    figure = _new_figure(6.5 * len(charts), 5.0)
    panels = figure.subplots(1, len(charts), squeeze=False)[0]
    for axes, (part, chart) in zip(panels, charts, strict=True):
        _draw_chart(axes, part, chart)
    return figure


def _curves(part: Comparison, chart: Chart) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Name, column and rows of every curve of a chart."""
    if chart.by is None:
        return [(column, column, list(part.rows)) for column in chart.y]
    groups: dict[Any, list[dict[str, Any]]] = {}
    for row in part.rows:
        groups.setdefault(row[chart.by], []).append(row)
    return [(str(group), column, rows) for column in chart.y for group, rows in groups.items()]


def _draw_chart(axes: "Axes", part: Comparison, chart: Chart) -> None:
    from matplotlib.ticker import MaxNLocator

    words = isinstance(part.rows[0][chart.x], str)
    for k, (name, column, rows) in enumerate(_curves(part, chart)):
        values = np.array([np.nan if row[column] is None else row[column] for row in rows], dtype=float)
        colour, style = _STYLES[k % len(_STYLES)]
        axes.plot(
            [row[chart.x] for row in rows],
            _positive(values) if chart.logarithmic else values,
            linestyle="none" if words else style,
            color=colour,
            linewidth=1.5,
            marker="osD^vx"[k % 6],
            markersize=5,
            label=name,
        )
    if chart.logarithmic:
        axes.set_yscale("log")
    if words:
        axes.margins(x=0.3)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel=chart.x, ylabel=chart.ylabel)
    axes.set_title(part.title.partition(":")[0], fontsize="medium")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize="small")


# -- files ----------------------------------------------------------------------------------------------------------


def rendered(figure: Any, kind: str) -> bytes:
    """Return the content of a picture file, the same for the same figure every time.

    Parameters
    ----------
    figure : Figure
        What :func:`bode`, :func:`hankel` or :func:`overview` returned.
    kind : {"pdf", "png", "svg"}
        Format.
    """
    import matplotlib as mpl

    one_of("kind", kind, _METADATA)
    if _checked_figure(figure) is None:
        raise InvalidArgumentError("figure", "a figure of matplotlib", "None", "pass what bode returned")
    content = BytesIO()
    with mpl.rc_context({"svg.hashsalt": "dlnbalance"}):
        figure.savefig(content, format=kind, metadata=_METADATA[kind], dpi=150)
    return content.getvalue()


def write_figure(figure: Any, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a figure to a file, which appears complete or not at all.

    Parameters
    ----------
    figure : Figure
        What :func:`bode`, :func:`hankel` or :func:`overview` returned.
    path : str or Path
        ``.pdf``, ``.png`` or ``.svg``.
    overwrite : bool
        Replace a file that exists.

    Returns
    -------
    Path
        The path as given.

    Raises
    ------
    FileFormatError
        When the suffix is another one, the file exists and `overwrite` is false, or its folder does not exist.
    """
    path = as_path("path", path)
    kind = path.suffix.lower().removeprefix(".")
    if kind not in _METADATA:
        raise FileFormatError(str(path), "a name that ends in .pdf, .png or .svg", repr(path.suffix), "rename it")
    return write_file(path, rendered(figure, kind), overwrite=flag("overwrite", overwrite))


def _checked_figure(figure: Any) -> "Figure | SubFigure | None":
    """The figure; refuse what is neither one nor None."""
    from matplotlib.figure import Figure, SubFigure

    if figure is None:
        return None
    return instance(
        "figure", figure, (Figure, SubFigure), "a figure of matplotlib", "pass an empty one, or leave it out"
    )


def _new_figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")
