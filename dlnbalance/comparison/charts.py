"""Charts of comparisons: one panel for every table that has something to draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..linalg.arrays import Array
from ..plotting.drawings import Drawing, panels
from ..plotting.looks import LOOKS, finished, plain_powers, positive

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Chart", "drawn"]

_GAPS = 4  # places without a figure that a legend lists


@dataclass(frozen=True, kw_only=True)
class Chart:
    """How a table becomes a picture.

    Attributes
    ----------
    x : str
        Key of the column along the horizontal axis; words in it become ticks.
    y : tuple of str
        Keys of the columns that are drawn, one curve each.
    ylabel : str
        What they have in common.
    logarithmic : bool
        Whether the vertical axis is; values that are not positive are left out then.
    by : str, optional
        Key of the column that splits every curve into one for each of its values.
    missing : str
        What it means where there is no figure, in words for the legend.

    See Also
    --------
    dlnbalance.Comparison : a table of figures side by side, with what they say in words.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> comparison = dln.comparison.compare_realizations(dln.examples.get("heat-rod", n=6), bits=(12,), draws=2, rng=0)
    >>> comparison.section("Truncation").chart.x
    'order'
    """

    x: str
    y: tuple[str, ...]
    ylabel: str
    logarithmic: bool = False
    by: str | None = None
    missing: str = "no figure"


class Charted(Protocol):
    """What is drawn of a table."""

    @property
    def title(self) -> str:
        """What is compared."""
        ...

    @property
    def rows(self) -> Sequence[dict[str, Any]]:
        """Rows with the same keys."""
        ...

    def label(self, key: str) -> str:
        """What people call a column."""
        ...


def drawn(charts: "Sequence[tuple[Charted, Chart]]", ax: Any = None) -> Drawing:
    """Draw tables side by side, a panel for each."""
    axes = panels(ax, 1, len(charts), (6.5 * len(charts), 5.0))
    for panel, (part, chart) in zip(axes, charts, strict=True):
        _draw_chart(panel, part, chart)
    return Drawing(axes)


def _curves(part: Charted, chart: Chart) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Label, column and rows of every curve of a chart."""
    if chart.by is None:
        return [(part.label(column), column, list(part.rows)) for column in chart.y]
    groups: dict[Any, list[dict[str, Any]]] = {}
    for row in part.rows:
        groups.setdefault(row[chart.by], []).append(row)
    return [(str(group), column, rows) for column in chart.y for group, rows in groups.items()]


def _draw_chart(axes: "Axes", part: Charted, chart: Chart) -> None:
    from matplotlib.ticker import MaxNLocator

    words = isinstance(part.rows[0][chart.x], str)
    for k, (name, column, rows) in enumerate(_curves(part, chart)):
        values = np.array([np.nan if row[column] is None else row[column] for row in rows], dtype=float)
        look = LOOKS[k % len(LOOKS)]
        axes.plot(
            [row[chart.x] for row in rows],
            positive(values) if chart.logarithmic else values,
            linestyle="none" if words else look.linestyle,
            color=look.color,
            linewidth=1.5,
            marker="osD^vx"[k % 6],
            markersize=5,
            markerfacecolor="none",
            label=name + _gaps(chart, [row[chart.x] for row in rows], values),
        )
    if chart.logarithmic:
        axes.set_yscale("log")
        plain_powers(axes.yaxis)
    if words:
        axes.margins(x=0.3)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title(part.title.partition(":")[0], fontsize="medium")
    finished(axes, xlabel=part.label(chart.x), ylabel=chart.ylabel)


def _gaps(chart: Chart, places: Sequence[Any], values: Array) -> str:
    """Where a curve has no value, and why: what is left of it would puzzle as a lone point."""
    missing = [str(place) for place, value in zip(places, values, strict=True) if np.isnan(value)]
    if not missing or isinstance(places[0], str):
        return ""
    where = ", ".join(missing) if len(missing) <= _GAPS else f"{len(missing)} of {len(places)} values of {chart.x}"
    return f" ({chart.missing} at {where})"
