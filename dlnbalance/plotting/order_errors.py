"""Error against order: what is proved, what was measured, and where to cut."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..layout import capitalized
from ..linalg.arguments import flag, instance
from ..linalg.arrays import Array
from ..reduction.order_tables import OrderRow, OrderTable
from .drawings import Drawing, panels
from .looks import BOUND, ERROR, FULL, Look, curve, decibels, finished, plain_powers, positive

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["errors_by_order"]

_NOISE = 100  # values down to the floor over this show where rounding takes over
_DC = Look("#D55E00", (0, (3, 2)), "s", 1.2)


def errors_by_order(table: OrderTable, *, db: bool = False, ax: Any = None) -> Drawing:
    """Error bounds, measured errors and the first dropped singular value against the order, with suggested orders.

    Parameters
    ----------
    table : OrderTable
        What :func:`~dlnbalance.reduction.order_tables.order_table` returned.
    db : bool
        Errors in dB.
    ax : Axes, optional
        Where to draw; a new figure is made when left out.

    Returns
    -------
    Drawing
        Suggested orders are marked by vertical lines.

    See Also
    --------
    dlnbalance.order_table : the figures.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> [axes] = errors_by_order(dln.order_table(dln.examples.get("heat-rod")))
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('order r', 'H∞ error')
    """
    instance("table", table, OrderTable, "an OrderTable", "pass what order_table returned")
    db = flag("db", db)
    [axes] = panels(ax, 1, 1, (7.0, 4.5))
    orders = np.array(table.orders)
    floor, shown = table.accuracy_floor, []
    following = _following(table)
    for look, label, values in (
        (FULL._replace(marker=".", linewidth=1.2), "first dropped σ: no model of this order does better", following),
        (BOUND, "proved bound", _column(table.rows, "bound")),
        (ERROR, "measured error", _column(table.rows, "error")),
        (_DC, "mismatch at frequency zero", _column(table.rows, "dc_mismatch")),
    ):
        clear = np.where(values > floor / _NOISE, values, np.nan)
        if np.isfinite(clear).any():
            curve(axes, orders, decibels(clear) if db else positive(clear), look, label, phase=len(shown))
            shown.append(clear)
    if floor > 0 and shown:
        _draw_floor(axes, floor, min(float(np.nanmin(each)) for each in shown), db=db)
    for k, suggestion in enumerate(table.suggestions):
        label = "suggested orders: " + ", ".join(map(str, table.suggested)) if k == 0 else None
        axes.axvline(suggestion.order, color="0.6", linewidth=1, linestyle="-.", label=label, zorder=0)
    _finish(axes, table, db=db)
    return Drawing([axes])


def _following(table: OrderTable) -> Array:
    """σ_{r+1} of every row; nothing where all values are kept."""
    beyond = np.append(table.hsv, np.nan)
    return beyond[np.minimum(np.array(table.orders) - table.kept, table.hsv.size)]


def _column(rows: Sequence[OrderRow], name: str) -> Array:
    values = [getattr(row, name) for row in rows]
    found = np.array([np.nan if value is None else value for value in values], dtype=float)
    return np.where(np.isfinite(found), found, np.nan)


def _draw_floor(axes: "Axes", floor: float, least: float, *, db: bool) -> None:
    """The accuracy floor where it is near what is shown; else in the legend only."""
    level, near = float(decibels(np.array(floor))) if db else floor, floor > least / _NOISE
    label = f"accuracy floor {floor:.1e}" + ("" if near else " (below)")
    if near:
        axes.axhline(level, color="0.3", linewidth=1.2, linestyle="--", label=label)
    else:
        axes.plot([], [], color="0.3", linewidth=1.2, linestyle="--", label=label)


def _finish(axes: "Axes", table: OrderTable, *, db: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    if not db:
        axes.set_yscale("log")
        plain_powers(axes.yaxis)
    label = capitalized(table.measure) + (" (dB)" if db else "")
    name = getattr(table.full, "name", None)
    title = f"{name}: error against order" if name else "Error against order"
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    finished(axes, xlabel="order r", ylabel=label, title=title.replace("$", r"\$"))
