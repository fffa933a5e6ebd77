"""Hankel singular values: what a reduced model keeps, drops, and what is below rounding."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..balancing.balanced_forms import BalancedRealization
from ..layout import capitalized
from ..linalg.arguments import instance
from ..linalg.arrays import Array
from ..norms.peaks import PeakGain
from ..reduction.projected_model import ProjectedModel
from .bode_diagrams import bode, has_response
from .figures import ERROR, REDUCED, checked_figure, new_figure, plain_powers, positive

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

__all__ = ["hankel", "overview"]

# Decades from the smallest value down to a floor that is still in the picture: a floor far below says that rounding
# does not matter, and would press the values together.
_NEAR_FLOOR = 3
_NOISE = 100  # values down to the floor over this show where rounding takes over; those below are nothing but noise


def hankel(
    model: ProjectedModel | BalancedRealization, *, figure: "Figure | SubFigure | None" = None
) -> "Figure | SubFigure":
    """Hankel singular values (or those of other Gramians) on a logarithmic axis: kept, dropped, and below rounding.

    Parameters
    ----------
    model : ProjectedModel or BalancedRealization
        The result whose values are drawn; of a periodic or time-varying one those of the first, middle and last time.
    figure : Figure or SubFigure, optional
        An empty one to draw into; a new one is made when left out.

    Returns
    -------
    Figure or SubFigure
        Values far below the accuracy floor carry no information and are left out.

    See Also
    --------
    dlnbalance.plotting.bode : Bode diagram of systems, or of a reduced model with its error and bound.
    dlnbalance.hankel_singular_values : what each balanced state contributes.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem(np.diag([-1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)))
    >>> hankel(dln.reduce(system, order=2)).axes[0].get_title()
    'Hankel singular values: 2 of 3 kept'
    """
    from matplotlib.ticker import MaxNLocator

    results = (ProjectedModel, BalancedRealization)
    instance("model", model, results, "what reduce or balance returned", "networks have no Gramians to draw")
    figure = checked_figure(figure) or new_figure(7.0, 4.5)
    axes = figure.subplots()
    named, floor = capitalized(model.values_name), float(np.max(model.accuracy_floor))
    spaces = _shown_spaces(model)
    counts = [max(int(np.count_nonzero(values > floor / _NOISE)), order, 1) for _, values, order in spaces]
    for (words, values, order), count, marker in zip(spaces, counts, "os^", strict=False):
        index = np.arange(1, count + 1)
        size = float(np.clip(160 / count, 2.5, 6.0))  # points: neighbours do not overlap, and a single one can be seen
        kept, dropped = positive(values[:order]), positive(values[order:count])
        label = f"kept{words} ({order})"
        axes.plot(index[:order][: kept.size], kept, marker, color=ERROR, markersize=size, label=label)
        if values.size > order:
            label = f"dropped{words} ({values.size - order})"
            outlined = {"color": REDUCED, "markerfacecolor": "none", "markersize": size}
            axes.plot(index[order : order + dropped.size], dropped, marker, label=label, **outlined)
        axes.axvline(order + 0.5, color="0.5", linewidth=1, linestyle=":")
    shown = [values[:count] for (_, values, _), count in zip(spaces, counts, strict=True)]
    limits = _hankel_limits(np.concatenate(shown), floor)
    label = f"accuracy floor {floor:.1e}" + (" (below)" if floor < limits[0] else "")
    if floor > 0:
        axes.axhline(floor, color="0.3", linewidth=1.2, linestyle="--", label=label)
    sizes = [f"{order} of {values.size} kept{words}" for words, values, order in spaces]
    axes.set(
        yscale="log",
        xlim=(0.5, 1.02 * max(counts) + 0.5),
        ylim=limits,
        xlabel="state i",
        ylabel=f"{named} σᵢ",
        title=f"{named}: {sizes[0]}" if len(sizes) == 1 else f"{named} at {len(model.order)} times",
    )
    plain_powers(axes.yaxis)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize="small")
    return figure


def _shown_spaces(model: ProjectedModel | BalancedRealization) -> list[tuple[str, Array, int]]:
    """Words, singular values and order of the state spaces that are drawn: the first, middle and last of many."""
    if not isinstance(model.order, tuple):
        return [("", model.hsv, model.balanced_order if isinstance(model, ProjectedModel) else model.order)]
    times = sorted({0, len(model.order) // 2, len(model.order) - 1})
    return [(f" at time {k}", model.hsv[k], model.order[k]) for k in times]


def _hankel_limits(values: Array, floor: float) -> tuple[float, float]:
    """Show all values, and the floor when it is near enough to matter."""
    positive = values[values > 0]
    low, high = (positive.min(), positive.max()) if positive.size else (1.0, 1.0)
    if low * 10.0**-_NEAR_FLOOR < floor < low:
        low = floor
    return low / 3, high * 3


def overview(model: ProjectedModel, *, peak: PeakGain | None = None) -> "Figure":
    """Both pictures of a reduced model side by side: :func:`hankel` and, where it has a response, :func:`bode`.

    Parameters
    ----------
    model : ProjectedModel
        The result that is shown.
    peak : PeakGain, optional
        The measured error, to be marked.

    See Also
    --------
    dlnbalance.plotting.hankel : Hankel singular values: kept, dropped, and below rounding.
    dlnbalance.plotting.bode : Bode diagram of systems, or of a reduced model with its error and bound.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> figure = overview(dln.reduce(dln.examples.get("heat-rod"), order=4))
    >>> len(figure.axes)
    3
    """
    instance("model", model, ProjectedModel, "what reduce returned for a model", "networks have no response to draw")
    if not has_response(model):
        figure = new_figure(7.0, 4.5)
        hankel(model, figure=figure)
        return figure
    figure = new_figure(13.0, 5.5)
    panels: Any = figure.subfigures(1, 2)
    left, right = panels
    hankel(model, figure=left)
    bode(model, peak=peak, figure=right)
    return figure
