"""Hankel singular values: what a reduced model keeps, drops, and what is below rounding."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..balancing.balanced_forms import BalancedRealization
from ..layout import capitalized
from ..linalg.arguments import instance
from ..linalg.arrays import Array
from ..reduction.projected_model import ProjectedModel
from .drawings import Drawing, panels
from .looks import BOUND, DROPPED, ERROR, curve, finished, plain_powers, positive

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["hankel"]

# Decades from the smallest value down to a floor that is still in the picture: a floor far below says that rounding
# does not matter, and would press the values together.
_NEAR_FLOOR = 3
_NOISE = 100  # values down to the floor over this show where rounding takes over; those below are nothing but noise
_BOUNDS = 400  # orders up to which the bound is drawn for each: O(n) each, and more points than that are a line


def hankel(model: ProjectedModel | BalancedRealization, *, ax: Any = None) -> Drawing:
    """Hankel singular values (or those of other Gramians) on a logarithmic axis, with the bound and the floor.

    Parameters
    ----------
    model : ProjectedModel or BalancedRealization
        The result whose values are drawn; of a periodic or time-varying one those of the first, middle and last time.
        A reduced model shows which values it keeps and drops and, where one is proved, the error bound of every order.
    ax : Axes, optional
        Where to draw; a new figure is made when left out.

    Returns
    -------
    Drawing
        Values far below the accuracy floor carry no information and are left out.

    See Also
    --------
    dlnbalance.plotting.bode : Bode diagram of systems, or of a reduced model with its error and bound.
    dlnbalance.hankel_singular_values : what each balanced state contributes.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem(np.diag([-1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)))
    >>> hankel(dln.reduce(system, order=2))[0].get_title()
    'Hankel singular values: 2 of 3 kept'
    >>> hankel(dln.balance(system))[0].get_title()
    'Hankel singular values of 3 states'
    """
    results = (ProjectedModel, BalancedRealization)
    instance("model", model, results, "what reduce or balance returned", "networks have no Gramians to draw")
    [axes] = panels(ax, 1, 1, (7.0, 4.5))
    floor = float(np.max(model.accuracy_floor))
    spaces = _shown_spaces(model)
    counts = [max(int(np.count_nonzero(values > floor / _NOISE)), order, 1) for _, values, order in spaces]
    for (words, values, order), count, marker in zip(spaces, counts, "os^", strict=False):
        _draw_values(axes, words, values[:count], order, values.size, marker, cut=isinstance(model, ProjectedModel))
    shown = np.concatenate([values[:count] for (_, values, _), count in zip(spaces, counts, strict=True)])
    limits = _limits(shown, floor)
    if isinstance(model, ProjectedModel) and len(spaces) == 1:
        limits = _draw_bounds(axes, model, counts[0], floor, limits)
    if floor > 0:
        label = f"accuracy floor {floor:.1e}" + (" (below)" if floor < limits[0] else "")
        axes.axhline(floor, color="0.3", linewidth=1.2, linestyle="--", label=label)
    _finish(axes, model, spaces, max(counts), limits)
    return Drawing([axes])


def _draw_values(axes: "Axes", words: str, values: Array, order: int, total: int, marker: str, *, cut: bool) -> None:
    """Filled markers for what is kept, hollow ones for the rest; a line between them where a reduction cut."""
    index = np.arange(1, values.size + 1)
    size = float(np.clip(160 / max(values.size, 1), 2.5, 6.0))  # points: neighbours do not overlap, and one can be seen
    kept = f"kept{words} ({order})" if cut or order < total else f"σᵢ{words}"
    axes.plot(index[:order], positive(values[:order]), marker, color=ERROR.color, markersize=size, label=kept)
    if total > order:
        label = f"{'dropped' if cut else 'left out, not minimal'}{words} ({total - order})"
        outlined = {"color": DROPPED.color, "markerfacecolor": "none", "markersize": size}
        axes.plot(index[order:], positive(values[order:]), marker, label=label, **outlined)
    if cut:
        axes.axvline(order + 0.5, color="0.5", linewidth=1, linestyle=":")


def _draw_bounds(
    axes: "Axes", model: ProjectedModel, count: int, floor: float, limits: tuple[float, float]
) -> tuple[float, float]:
    """Draw what is proved of every order, in exact arithmetic; return limits with room for it."""
    orders = np.arange(min(count, _BOUNDS))
    uppers = [model.gramians.error_bounds(model.hsv, int(r), floor).upper for r in orders]
    bounds = np.array([np.nan if upper is None else upper for upper in uppers], dtype=float)
    if not np.isfinite(bounds).any():
        return limits
    label = f"proved bound of the {model.measure}, by order"
    curve(axes, orders, positive(bounds), BOUND, label)
    return limits[0], max(limits[1], 2 * float(np.nanmax(bounds)))


def _finish(
    axes: "Axes",
    model: ProjectedModel | BalancedRealization,
    spaces: list[tuple[str, Array, int]],
    count: int,
    limits: tuple[float, float],
) -> None:
    from matplotlib.ticker import MaxNLocator

    named = capitalized(model.values_name)
    _, values, order = spaces[0]
    reduced = isinstance(model, ProjectedModel)
    of_one = f"{named}: {order} of {values.size} kept" if reduced else f"{named} of {order} states"
    axes.set(yscale="log", xlim=(-0.02 * count if reduced and len(spaces) == 1 else 0.5, 1.02 * count + 0.5))
    finished(
        axes,
        ylim=limits,
        xlabel="order r, state i" if reduced else "state i",
        ylabel=f"{named} σᵢ",
        title=of_one if len(spaces) == 1 else f"{named} at {len(model.order)} times",
    )
    plain_powers(axes.yaxis)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _shown_spaces(model: ProjectedModel | BalancedRealization) -> list[tuple[str, Array, int]]:
    """Words, singular values and order of the state spaces that are drawn: the first, middle and last of many."""
    if not isinstance(model.order, tuple):
        return [("", model.hsv, model.balanced_order if isinstance(model, ProjectedModel) else model.order)]
    times = sorted({0, len(model.order) // 2, len(model.order) - 1})
    return [(f" at time {k}", model.hsv[k], model.order[k]) for k in times]


def _limits(values: Array, floor: float) -> tuple[float, float]:
    """Show all values, and the floor when it is near enough to matter."""
    positive = values[values > 0]
    low, high = (positive.min(), positive.max()) if positive.size else (1.0, 1.0)
    if low * 10.0**-_NEAR_FLOOR < floor < low:
        low = floor
    return low / 3, high * 3
