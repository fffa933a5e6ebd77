"""Frequency axes of pictures in the unit that the command line shows."""

import math
from typing import Any

from ..systems.frequency_units import shown_unit, unit_of, unit_size

__all__ = ["relabelled"]

_UNITS = ("rad/s", "rad/sample")


def relabelled(figure: Any) -> Any:
    """The figure, with ticks and labels of its frequency axes in the unit shown; curves and limits stay where they are.

    Axes of frequencies are those whose label names rad/s or rad/sample.
    """
    if shown_unit() == "rad/s":
        return figure
    for axes in figure.axes:
        unit = next((unit for unit in sorted(_UNITS, key=len, reverse=True) if unit in axes.get_xlabel()), None)
        if unit is None:
            continue
        axes.set_xlabel(axes.get_xlabel().replace(unit, unit_of(unit)))
        for shared in axes.get_shared_x_axes().get_siblings(axes):
            _scale_ticks(shared.xaxis)
    return figure


def _scale_ticks(axis: Any) -> None:
    from matplotlib.ticker import FuncFormatter, LogFormatterSciNotation, LogLocator, NullFormatter, ScalarFormatter

    size = unit_size()
    if axis.get_scale() == "log":
        # on a logarithmic axis round values of the new unit are those times the powers of ten of the old one
        axis.set_major_locator(LogLocator(subs=[_leading(size)]))
        axis.set_minor_locator(LogLocator(subs=[_leading(digit * size) for digit in range(2, 10)]))
        axis.set_minor_formatter(NullFormatter())
        inner = LogFormatterSciNotation()
    else:
        axis.set_major_locator(_scaled_locator(size))
        inner = ScalarFormatter()
    inner.set_axis(axis)
    axis.set_major_formatter(FuncFormatter(lambda value, position: inner(value / size, position)))


def _leading(value: float) -> float:
    """The value times the power of ten that puts it between 1 and 10."""
    return value / 10 ** math.floor(math.log10(value))


def _scaled_locator(size: float) -> Any:
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    class Scaled(MaxNLocator):
        """Ticks at round values of a multiple of the unit."""

        def tick_values(self, vmin: float, vmax: float) -> Any:
            return size * np.asarray(super().tick_values(vmin / size, vmax / size))

    return Scaled(nbins="auto", steps=[1, 2, 2.5, 5, 10])
