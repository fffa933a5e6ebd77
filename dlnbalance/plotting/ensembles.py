"""Many results at once: the models of a sweep, and the paths of an ensemble of networks."""

from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..linalg.arguments import instance
from ..networks.langevin_paths import LangevinPath
from ..reduction.projected_model import ProjectedModel
from ..sweeps.results import Sweep
from .drawings import Drawing, panels
from .looks import BOUND, ERROR, FULL, LOOKS, curve, finished, plain_powers, positive

__all__ = ["langevin", "sweep"]

_VALUES = 6  # singular values whose bands can be told apart
_QUARTILES = (25, 75)


def sweep(results: Sweep, *, ax: Any = None) -> Drawing:
    """Orders, bounds and measured errors of all models of a sweep, and which systems failed.

    Parameters
    ----------
    results : Sweep
        What :func:`~dlnbalance.reduce_many` returned, its entries as they are.
    ax : sequence of Axes, optional
        Two: orders and errors. A new figure is made when left out.

    Returns
    -------
    Drawing

    Raises
    ------
    InvalidArgumentError
        When none of its entries is a reduced model.

    See Also
    --------
    dlnbalance.reduce_many : the results that are drawn.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> results = dln.reduce_many([dln.examples.get("heat-rod")] * 2, order=2)
    >>> [axes.get_ylabel() for axes in sweep(results)]
    ['order', 'error']
    """
    from matplotlib.ticker import MaxNLocator

    instance("results", results, Sweep, "a Sweep", "pass what reduce_many returned")
    models = {k: model for k, model in enumerate(results.models) if isinstance(model, ProjectedModel)}
    if not models:
        remedy = "sweep without keep=, which made something else of the models"
        raise InvalidArgumentError("results", "a sweep with reduced models", "one without", remedy)
    upper, lower = panels(ax, 2, 1, (7.0, 5.5), sharex=True)
    index = np.array(list(models))
    orders = np.array([np.max(model.order) for model in models.values()])
    upper.plot(index, orders, "o", color=FULL.color, label="order")
    failed = np.array(list(results.failures), dtype=int)
    if failed.size:
        upper.plot(failed, np.zeros(failed.size), "x", color=LOOKS[4].color, label=f"failed ({failed.size})")
    bounds = np.array([np.nan if m.bound is None else m.bound for m in models.values()], dtype=float)
    errors = np.array([np.nan if m.measured is None else m.measured.value for m in models.values()], dtype=float)
    for values, look, marker, label in ((bounds, BOUND, "_", "proved bound"), (errors, ERROR, "^", "measured error")):
        if np.isfinite(values).any():
            lower.plot(index, positive(values), marker, color=look.color, markersize=8, label=label)
    lower.set_yscale("log")
    plain_powers(lower.yaxis)
    lower.xaxis.set_major_locator(MaxNLocator(integer=True))
    finished(upper, ylabel="order", title=f"{len(models)} of {len(results)} systems reduced")
    finished(lower, xlabel="system", ylabel="error")
    return Drawing([upper, lower])


def langevin(path: LangevinPath, *, ax: Any = None) -> Drawing:
    """Singular values of the end-to-end matrices of an ensemble against time: mean and quartiles.

    Parameters
    ----------
    path : LangevinPath
        What a function of :mod:`dlnbalance.networks.langevin` returned.
    ax : Axes, optional
        Where to draw; a new figure is made when left out.

    Returns
    -------
    Drawing

    See Also
    --------
    dlnbalance.plotting.trajectory : flows without noise.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> from dlnbalance.networks.langevin import weight_langevin
    >>> network = dln.DeepLinearNetwork([[[1.0]], [[1.0]]])
    >>> found = weight_langevin(network, lambda X: X, kappa=0.0, beta=10.0, dt=0.01, steps=20, copies=5, rng=0)
    >>> langevin(found)[0].get_xlabel()
    'time t'
    """
    instance("path", path, LangevinPath, "a LangevinPath", "pass what weight_langevin returned")
    [axes] = panels(ax, 1, 1, (7.0, 4.5))
    values = np.linalg.svd(path.end_to_end, compute_uv=False)[..., :_VALUES]
    low, high = np.percentile(values, _QUARTILES, axis=1)
    for i, mean in enumerate(values.mean(axis=1).T):
        look = LOOKS[i % len(LOOKS)]
        curve(axes, path.times, mean, look, f"σ_{i + 1}: mean, with quartiles", phase=i)
        axes.fill_between(path.times, low[:, i], high[:, i], color=look.color, alpha=0.15, linewidth=0)
    title = f"Langevin dynamics, {path.copies} paths"
    finished(axes, xlabel="time t", ylabel="singular values of X", title=title)
    return Drawing([axes])
