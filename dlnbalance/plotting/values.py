"""Hankel singular values: what a reduced model keeps, drops, and what is below rounding."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..balancing.balanced_forms import BalancedRealization
from ..gramians.base import Lyapunov, values_name
from ..layout import capitalized
from ..linalg.arguments import instance
from ..linalg.arrays import Array
from ..norms.system_norms import PeakGain
from ..reduction.truncation import ReducedModel
from .figures import ERROR, REDUCED, checked_figure, new_figure, positive
from .responses import bode

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

__all__ = ["hankel", "overview"]

# Decades from the smallest value down to a floor that is still in the picture: a floor far below says that rounding
# does not matter, and would press the values together.
_NEAR_FLOOR = 3
_NOISE = 100  # values down to the floor over this show where rounding takes over; those below are nothing but noise


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
    figure = checked_figure(figure) or new_figure(7.0, 4.5)
    axes = figure.subplots()
    values, order, floor = model.hsv, model.order, model.accuracy_floor
    named = capitalized(values_name(model.gramians if isinstance(model, ReducedModel) else Lyapunov()))
    count = max(int(np.count_nonzero(values > floor / _NOISE)), order, 1)
    index = np.arange(1, count + 1)
    size = float(np.clip(160 / count, 2.5, 6.0))  # points: neighbours do not overlap, and a single one can be seen
    kept, dropped = positive(values[:order]), positive(values[order:count])
    axes.plot(index[:order], kept, "o", color=ERROR, markersize=size, label=f"kept ({order})")
    if values.size > order:
        axes.plot(
            index[order:],
            dropped,
            "o",
            color=REDUCED,
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
    figure = new_figure(13.0, 5.5)
    panels: Any = figure.subfigures(1, 2)
    left, right = panels
    hankel(model, figure=left)
    bode(model, peak=peak, figure=right)
    return figure
