"""The search for a realization of least norm: what it gained at every Newton step."""

from typing import Any

import numpy as np

from ..linalg.arguments import instance
from ..quiver.kempf_ness import Minimum
from .drawings import Drawing, panels
from .looks import ERROR, FULL, curve, finished, plain_powers, positive

__all__ = ["descent"]


def descent(minimum: Minimum, *, ax: Any = None) -> Drawing:
    """Squared norm and relative moment against the Newton steps of the search for the least norm on an orbit.

    Parameters
    ----------
    minimum : Minimum
        What :func:`~dlnbalance.quiver.kempf_ness.minimize` returned.
    ax : sequence of Axes, optional
        Two: norm and moment. A new figure is made when left out.

    Returns
    -------
    Drawing

    See Also
    --------
    dlnbalance.minimize : descends.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> found = dln.balance(dln.LinearSystem([[-1.0]], [[4.0]], [[1.0]]), form="norm")
    >>> [axes.get_ylabel() for axes in descent(found.minimum)]
    ['‖W‖²', '‖μ‖ / ‖W‖²']
    """
    from matplotlib.ticker import MaxNLocator

    instance("minimum", minimum, Minimum, "a Minimum", "pass what minimize returned")
    upper, lower = panels(ax, 2, 1, (7.0, 5.5), sharex=True)
    steps = np.arange(minimum.energies.size)
    curve(upper, steps, 2 * minimum.energies, FULL._replace(marker="o"))
    curve(lower, steps, positive(minimum.moment_norms), ERROR)
    lower.set_yscale("log")
    plain_powers(lower.yaxis)
    lower.xaxis.set_major_locator(MaxNLocator(integer=True))
    finished(upper, ylabel="‖W‖²", title=f"Least norm on the orbit: {minimum.status}")
    finished(lower, xlabel="Newton step", ylabel="‖μ‖ / ‖W‖²")
    return Drawing([upper, lower])
