"""Paths of flows: what is conserved, what decays, and how the energy falls."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..flows.trajectories import Trajectory
from ..linalg.arguments import instance
from ..linalg.arrays import EPS, Array, Flags
from .drawings import Drawing, panels
from .looks import ERROR, FULL, REDUCED, curve, finished, plain_powers, positive

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["trajectory"]


def trajectory(path: Trajectory, *, ax: Any = None) -> Drawing:
    """Draw a flow against time: its moments with their exact law, its energy, and how well it keeps what it conserves.

    Each flow is drawn against what is true of it: learning without weight decay conserves the moments, weight decay and
    the regularizing flow let them decay at a known rate, and the flows of Kirwan–Ness and Helmke–Moore have no such
    law; those within an orbit conserve the end-to-end matrix or the transfer function.

    Parameters
    ----------
    path : Trajectory
        What a flow returned; a state at infinity is left out of the picture.
    ax : sequence of Axes, optional
        Where to draw: three panels, or two where nothing that is conserved was measured.

    Returns
    -------
    Drawing

    See Also
    --------
    dlnbalance.flows.regularizing : steepest descent of the norm along the gauge orbit.
    dlnbalance.Trajectory : path of a flow at the times that were asked for.

    Examples
    --------
    >>> from dlnbalance import DeepLinearNetwork
    >>> from dlnbalance.flows import gradient_flows as flows
    >>> drawing = trajectory(flows.regularizing(DeepLinearNetwork([[[4.0]], [[1.0]]]), [0.0, 1.0, 2.0]))
    >>> [axes.get_ylabel() for axes in drawing]
    ['moment norm ‖μ‖', 'energy ½‖W‖²', 'relative change']
    """
    instance("path", path, Trajectory, "a Trajectory", "pass what one of the flows returned")
    measured = path.drifts is not None
    count = 3 if measured else 2
    axes = panels(ax, count, 1, (7.0, 2.5 + 2 * count), sharex=True, height_ratios=[3, 2, 2][:count])
    shown = np.isfinite(path.times)
    _draw_moments(axes[0], path, shown)
    curve(axes[1], path.times[shown], path.energies[shown], ERROR)
    finished(axes[1], ylabel="energy ½‖W‖²")
    if path.drifts is not None:
        _draw_drifts(axes[2], path, path.drifts, shown)
    axes[-1].set_xlabel("time t of the flow")
    axes[0].set_title(f"{path.flow[:1].upper()}{path.flow[1:]}", fontsize="medium")
    return Drawing(axes)


def _draw_moments(axes: "Axes", path: Trajectory, shown: Flags) -> None:
    times, norms = path.times[shown], positive(path.moment_norms[shown])
    computed = "computed: balanced to rounding" if path.starts_balanced else "computed"
    curve(axes, times, norms, FULL, computed)
    exact = path.exact_moment_norms
    if exact is not None:
        law = "conserved" if path.moment_rate == 0 else f"exact decay {path.moment_law}"
        curve(axes, times, positive(exact[shown]), REDUCED, law)
    axes.set_yscale("log")
    plain_powers(axes.yaxis)
    least, most = np.nanmin(norms, initial=np.inf), np.nanmax(norms, initial=0.0)
    if 0 < most < 10 * least:  # a conserved norm is a straight line, not its rounding errors
        axes.set_ylim(least / 10, 10 * most)
    finished(axes, ylabel="moment norm ‖μ‖")


def _draw_drifts(axes: "Axes", path: Trajectory, drifts: Array, shown: Flags) -> None:
    """What changes of what is conserved: rounding and the tolerance of the integration."""
    curve(axes, path.times[shown], np.maximum(drifts[shown], EPS / 2), FULL, f"conserved: {path.conserved}")
    axes.set_yscale("log")
    axes.set_ylim(EPS / 4, max(10 * float(drifts[shown].max(initial=0.0)), 1e3 * EPS))
    plain_powers(axes.yaxis)
    finished(axes, ylabel="relative change")
