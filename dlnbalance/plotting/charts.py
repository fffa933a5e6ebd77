"""Charts of comparisons: one panel for every table that has something to draw."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..comparison.comparison_tables import Chart, Comparison
from ..errors import InvalidArgumentError
from ..linalg.arguments import instance
from .figures import STYLES, new_figure, positive

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["comparison"]


def comparison(table: Comparison) -> "Figure":
    """Draw every table of a comparison that has a chart, side by side.

    Parameters
    ----------
    table : Comparison
        What :func:`dlnbalance.compare` or :func:`dlnbalance.comparison.compare_realizations` returned.

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
    figure = new_figure(6.5 * len(charts), 5.0)
    panels = figure.subplots(1, len(charts), squeeze=False)[0]
    for axes, (part, chart) in zip(panels, charts, strict=True):
        _draw_chart(axes, part, chart)
    return figure


def _curves(part: Comparison, chart: Chart) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Label, column and rows of every curve of a chart."""
    if chart.by is None:
        return [(part.label(column), column, list(part.rows)) for column in chart.y]
    groups: dict[Any, list[dict[str, Any]]] = {}
    for row in part.rows:
        groups.setdefault(row[chart.by], []).append(row)
    return [(str(group), column, rows) for column in chart.y for group, rows in groups.items()]


def _draw_chart(axes: "Axes", part: Comparison, chart: Chart) -> None:
    from matplotlib.ticker import MaxNLocator

    words = isinstance(part.rows[0][chart.x], str)
    for k, (name, column, rows) in enumerate(_curves(part, chart)):
        values = np.array([np.nan if row[column] is None else row[column] for row in rows], dtype=float)
        colour, style = STYLES[k % len(STYLES)]
        axes.plot(
            [row[chart.x] for row in rows],
            positive(values) if chart.logarithmic else values,
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
    axes.set(xlabel=part.label(chart.x), ylabel=chart.ylabel)
    axes.set_title(part.title.partition(":")[0], fontsize="medium")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize="small")
