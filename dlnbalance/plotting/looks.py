"""How curves look, and how axes are labelled: distinguishable in grey, with powers of ten in plain text."""

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from ..linalg.arrays import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = [
    "BOUND",
    "DROPPED",
    "ERROR",
    "FULL",
    "LOOKS",
    "REDUCED",
    "Look",
    "curve",
    "decibels",
    "finished",
    "plain",
    "plain_powers",
    "positive",
]

# What matplotlib makes of a power of ten, a factor before it or not, and the same in raised digits.
_FORMULA = re.compile(r"\$\\mathdefault\{(?:(-?[\d.]+)\\times)?10\^\{(-?\d+)\}\}\$")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_LONGEST_NAME = 32  # characters of a name that titles and legends have room for
_MARKS = 9  # markers along a curve: enough to tell it by, few enough to leave its line style to be seen


class Look(NamedTuple):
    """Colour, line and marker of a curve: each by itself tells it from the others."""

    color: str
    linestyle: Any
    marker: str
    linewidth: float = 1.8


# Okabe and Ito's palette: distinguishable for readers with any kind of colour vision. In grey some of its colours
# coincide; line styles and markers differ, and the first is the thickest because others lie upon it.
FULL = Look("#000000", "-", "", 2.4)
REDUCED = Look("#E69F00", (0, (5, 2)), "o")
ERROR = Look("#0072B2", "-", "^", 1.2)
BOUND = Look("#009E73", (0, (1, 1.2)), "")
DROPPED = Look("#D55E00", "none", "o")
LOOKS = (
    FULL,
    REDUCED,
    Look("#0072B2", (0, (6, 2, 1, 2)), "s"),
    Look("#CC79A7", (0, (1, 1)), "^"),
    Look("#D55E00", "-", "v", 1.2),
    Look("#56B4E9", (0, (3, 1, 1, 1, 1, 1)), "D"),
)


def curve(axes: "Axes", x: Any, y: Any, look: Look, label: str | None = None, *, phase: int = 0, **more: Any) -> Any:
    """Draw a curve with a few hollow markers, which begin at different places for different values of `phase`."""
    step = max(len(x) // _MARKS, 1)
    [line] = axes.plot(
        x,
        y,
        linestyle=look.linestyle,
        color=look.color,
        linewidth=look.linewidth,
        marker=look.marker or None,
        markersize=5,
        markerfacecolor="white",
        markevery=(phase * step // 3 % step, step),
        label=label,
        **more,
    )
    return line


def decibels(gain: Array) -> Array:
    """Gains in dB; what is not positive has none."""
    return 20 * np.log10(positive(gain))


def positive(values: Array) -> Array:
    """Hide what a logarithmic axis cannot show."""
    return np.where(np.asarray(values) > 0, values, np.nan)


def plain(text: str) -> str:
    """Shorten a name, and keep matplotlib from reading formulas into it."""
    short = text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"
    return short.replace("$", r"\$")


def finished(
    axes: "Axes", *, legend: bool = True, place: Literal["best", "upper right"] = "best", **labels: Any
) -> None:
    """Set labels and limits, a light grid and, where anything has a name, a legend."""
    axes.set(**labels)
    axes.grid(visible=True, which="major", alpha=0.3)
    if legend and axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize="small", loc=place)


def plain_powers(*axes: "Axis") -> None:
    """Label logarithmic axes 10², not in the formulas of matplotlib, which take longer to read than all else to draw.

    Parameters
    ----------
    axes : Axis
        Logarithmic ones, of x or y.
    """
    from matplotlib.ticker import LogFormatterSciNotation

    class Plain(LogFormatterSciNotation):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return _FORMULA.sub(_in_words, super().__call__(x, pos))

    for axis in axes:
        axis.set_major_formatter(Plain())
        axis.set_minor_formatter(Plain(minor_thresholds=(1, 0.4)))  # those of matplotlib


def _in_words(formula: "re.Match[str]") -> str:
    factor, exponent = formula.groups()
    return f"{factor + '×' if factor else ''}10{exponent.translate(_RAISED)}"
