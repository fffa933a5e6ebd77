"""Singular values that stand alone: with what is known about each, or of empirical Gramians, kept and dropped."""

from typing import Any

import numpy as np

from ..balancing.hankel_values import HankelValues
from ..layout import capitalized
from ..linalg.arrays import Array, Indices
from ..reduction.reduced_dynamics import ReducedDynamics
from .drawings import Drawing, panels
from .looks import DROPPED, ERROR, finished, plain_powers, positive

__all__ = ["empirical_values", "known_values"]

_BELOW = 3.0  # what is left free below the smallest value


def known_values(values: HankelValues, *, ax: Any = None) -> Drawing:
    """Hankel singular values, each with a bar for how far rounding can have moved it."""
    [axes] = panels(ax, 1, 1, (7.0, 4.5))
    index = np.arange(1, values.values.size + 1)
    known = values.errors < values.values
    low = np.where(known, values.values - values.errors, values.values / _BELOW)
    bars = np.vstack([values.values - low, values.errors])
    axes.errorbar(index, positive(values.values), yerr=bars, fmt="o", color=ERROR.color, markersize=4, capsize=2)
    if not known.all():
        unknown = positive(values.values[~known])
        axes.plot(
            index[~known], unknown, "o", color=DROPPED.color, markerfacecolor="white", label="not known to a digit"
        )
    return _finished(axes, capitalized(values.values_name), values.values, f"known to {_digits(values.digits)}")


def empirical_values(model: ReducedDynamics, *, ax: Any = None) -> Drawing:
    """Empirical singular values of a nonlinear model: what its reduced model keeps and drops."""
    [axes] = panels(ax, 1, 1, (7.0, 4.5))
    index = np.arange(1, model.values.size + 1)
    for part, words, look, face in (
        (index <= model.order, "kept", ERROR, ERROR.color),
        (index > model.order, "dropped", DROPPED, "none"),
    ):
        if part.any():
            label = f"{words} ({np.count_nonzero(part)})"
            shown = positive(model.values[part])
            axes.plot(index[part], shown, "o", color=look.color, markerfacecolor=face, label=label)
    return _finished(axes, "Empirical singular values", model.values, f"{model.order} of {model.full_order} kept")


def _digits(digits: Indices) -> str:
    if not digits.size:
        return "no digits, as there are none"
    least, most = int(digits.min()), int(digits.max())
    return f"{least} digits" if least == most else f"{least} to {most} digits"


def _finished(axes: Any, named: str, values: Array, title: str) -> Drawing:
    from matplotlib.ticker import MaxNLocator

    shown = values[values > 0]
    limits = (shown.min() / _BELOW, shown.max() * _BELOW) if shown.size else (0.1, 10.0)
    axes.set(yscale="log", xlim=(0.5, max(values.size, 1) + 0.5))
    finished(axes, ylim=limits, xlabel="state i", ylabel=f"{named} σᵢ", title=f"{named}: {title}")
    plain_powers(axes.yaxis)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return Drawing([axes])
