"""Paths of flows: what is conserved, what decays, and how the energy falls."""

from typing import TYPE_CHECKING

import numpy as np

from ..flows.trajectories import Trajectory
from ..linalg.arguments import instance
from .figures import ERROR, FULL, REDUCED, new_figure, plain_powers, positive

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["trajectory"]


def trajectory(path: Trajectory) -> "Figure":
    """Draw the moment norm and the energy of a flow against time.

    Where the flow has an exact law for its moments, the law is drawn, too.

    Parameters
    ----------
    path : Trajectory
        What a flow returned; a state at infinity is left out of the picture.

    Returns
    -------
    Figure

    See Also
    --------
    dlnbalance.flows.regularizing : steepest descent of the norm along the gauge orbit.
    dlnbalance.Trajectory : path of a flow at the times that were asked for.

    Examples
    --------
    >>> from dlnbalance import DeepLinearNetwork
    >>> from dlnbalance.flows import gradient_flows as flows
    >>> figure = trajectory(flows.regularizing(DeepLinearNetwork([[[4.0]], [[1.0]]]), [0.0, 1.0, 2.0]))
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['moment norm ‖μ‖', 'energy ½‖W‖²']
    """
    instance("path", path, Trajectory, "a Trajectory", "pass what one of the flows returned")
    figure = new_figure(7.0, 6.0)
    upper, lower = figure.subplots(2, 1, sharex=True)
    shown = np.isfinite(path.times)
    times = path.times[shown]
    norms = positive(path.moment_norms[shown])
    computed = "computed: balanced to rounding" if path.starts_balanced else "computed"
    upper.plot(times, norms, color=FULL, label=computed)
    exact = path.exact_moment_norms
    if exact is not None:
        law = "conserved" if path.moment_rate == 0 else f"exact decay {path.moment_law}"
        upper.plot(times, positive(exact[shown]), "--", color=REDUCED, label=law)
    upper.legend()
    upper.set_yscale("log")
    plain_powers(upper.yaxis)
    least, most = np.nanmin(norms, initial=np.inf), np.nanmax(norms, initial=0.0)
    if 0 < most < 10 * least:  # a conserved norm is a straight line, not its rounding errors
        upper.set_ylim(least / 10, 10 * most)
    upper.set_ylabel("moment norm ‖μ‖")
    lower.plot(times, path.energies[shown], color=ERROR)
    lower.set_ylabel("energy ½‖W‖²")
    lower.set_xlabel("time t")
    for axes in (upper, lower):
        axes.grid(alpha=0.3)
    return figure
