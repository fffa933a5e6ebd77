"""Deep linear networks: how far each layer is from balanced, and the singular values layer by layer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError
from ..linalg.arrays import EPS, Array
from ..networks.network import DeepLinearNetwork, as_network
from ..reduction.network_reduction import ReducedNetwork
from .drawings import Drawing, panels
from .looks import BOUND, DROPPED, ERROR, LOOKS, curve, finished, plain, plain_powers, positive
from .subjects import checked_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["layers", "truncation"]

_VALUES = 8  # singular values of a layer whose curves can be told apart
_ROUNDING = 100 * EPS  # a moment up to this share of ‖W‖² is rounding, of the layers and of their products


def layers(networks: Any, *, labels: Sequence[str] | None = None, ax: Any = None) -> Drawing:
    r"""Moments and singular values of networks, layer by layer.

    .. math:: G_k = W_k W_k^* - W_{k+1}^* W_{k+1}, \qquad σ_i(W_k) = σ_i(X)^{1/N} \text{ where balanced.}

    Parameters
    ----------
    networks : DeepLinearNetwork or list of them
        One marker each; all of the same depth.
    labels : sequence of str, optional
        One for each network.
    ax : sequence of Axes, optional
        Two: for moments, relative to ‖W‖², and for singular values. A new figure is made when left out.

    Returns
    -------
    Drawing
        The lines across the layers are those of the balanced network over the same X as the first network.

    See Also
    --------
    dlnbalance.plotting.truncation : what truncation does to a network.

    Examples
    --------
    >>> moments, values = layers(DeepLinearNetwork([[[4.0]], [[1.0]]]))
    >>> moments.lines[0].get_ydata().round(6).tolist()  # (16 − 1)/17
    [0.882353]
    """
    given = [as_network("networks", each) for each in (networks if isinstance(networks, list) else [networks])]
    depths = {network.depth for network in given}
    if len(depths) != 1:
        remedy = "draw them apart"
        raise InvalidArgumentError("networks", "networks of one depth", f"{sorted(depths) or 'none'}", remedy)
    several = len(given) > 1
    names = [f"network {k + 1} of {len(given)}" if several else "network" for k in range(len(given))]
    names = names if labels is None else checked_labels(labels, len(given))
    left, right = panels(ax, 1, 2, (11.0, 4.5))
    right.set(yscale="log", ylim=_limits(given))  # before anything is drawn, which would scale the axis itself
    for k, (network, name) in enumerate(zip(given, names, strict=True)):
        _draw_moments(left, network, name, k)
        _draw_singular_values(right, network, name, k)
    _draw_balanced(right, given[0])
    _finish(left, right, given)
    return Drawing([left, right])


def truncation(model: ReducedNetwork, *, ax: Any = None) -> Drawing:
    """Singular values of the end-to-end matrix of a network, kept and dropped, with the error of the reduced one.

    Parameters
    ----------
    model : ReducedNetwork
        What :func:`~dlnbalance.reduce` returned for a network.
    ax : Axes, optional
        Where to draw; a new figure is made when left out.

    Returns
    -------
    Drawing

    See Also
    --------
    dlnbalance.plotting.layers : moments and singular values of the layers.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> model = dln.reduce(DeepLinearNetwork([np.diag([3.0, 0.5]), np.diag([2.0, 1.0])]), order=1)
    >>> truncation(model)[0].get_title()
    'Singular values of X: 1 of 2 kept'
    """
    from matplotlib.ticker import MaxNLocator

    if not isinstance(model, ReducedNetwork):
        remedy = "pass what reduce returned for a network"
        raise InvalidArgumentError("model", "a ReducedNetwork", type(model).__name__, remedy)
    [axes] = panels(ax, 1, 1, (7.0, 4.5))
    values, r = model.singular_values, model.order
    index = np.arange(1, values.size + 1)
    axes.plot(index[:r], positive(values[:r]), "o", color=ERROR.color, label=f"kept ({r})")
    if values.size > r:
        label = f"dropped ({values.size - r})"
        axes.plot(index[r:], positive(values[r:]), "o", label=label, color=DROPPED.color, markerfacecolor="none")
        axes.axvline(r + 0.5, color="0.5", linewidth=1, linestyle=":")
        label = f"error {model.measure} = σᵣ₊₁ = {model.bound:.3g}"
        axes.axhline(model.bound, linestyle=BOUND.linestyle, color=BOUND.color, linewidth=1.8, label=label)
    axes.set_yscale("log")
    plain_powers(axes.yaxis)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    title = f"Singular values of X: {r} of {values.size} kept"
    finished(axes, xlabel="i", ylabel="σᵢ(X)", title=title)
    return Drawing([axes])


def _draw_moments(axes: "Axes", network: DeepLinearNetwork, name: str, k: int) -> None:
    sizes = np.array([la.norm(moment) for moment in network.moments()]) / (network.squared_norm or 1.0)
    look = LOOKS[k % len(LOOKS)]
    hidden = np.arange(1, network.depth)
    curve(axes, hidden, np.maximum(sizes, EPS / 10), look._replace(marker=look.marker or "o"), plain(name))


def _draw_singular_values(axes: "Axes", network: DeepLinearNetwork, name: str, k: int) -> None:
    """One column of markers a layer; the network is told by colour and marker, the values by their height."""
    look = LOOKS[k % len(LOOKS)]
    for place, weight in enumerate(network.weights, start=1):
        values = la.svdvals(weight)[:_VALUES]
        label = plain(name) if place == 1 else None
        x = np.full(values.size, place + 0.12 * k)
        axes.plot(
            x, positive(values), look.marker or "o", color=look.color, markersize=6, markerfacecolor="none", label=label
        )


def _draw_balanced(axes: "Axes", network: DeepLinearNetwork) -> None:
    values: Array = network.decomposition.power(1 / network.depth)[: min(network.rank, _VALUES)]
    for k, value in enumerate(values):
        label = "balanced: σᵢ(X)^(1/N)" if k == 0 else None
        axes.axhline(value, color=BOUND.color, linestyle=BOUND.linestyle, linewidth=1.2, label=label, zorder=0)


def _limits(networks: Sequence[DeepLinearNetwork]) -> tuple[float, float]:
    """Room for the singular values that are drawn and are not zero."""
    drawn = [la.svdvals(weight)[:_VALUES] for network in networks for weight in network.weights]
    values = np.concatenate(drawn)
    values = values[values > EPS * values.max(initial=0.0)]
    return (values.min() / 2, values.max() * 2) if values.size else (0.1, 10.0)


def _finish(left: "Axes", right: "Axes", networks: Sequence[DeepLinearNetwork]) -> None:
    from matplotlib.ticker import MaxNLocator

    depth = networks[0].depth
    left.axhline(_ROUNDING, color="0.5", linestyle=":", linewidth=1, label="rounding")
    left.set(yscale="log", xlim=(0.5, max(depth - 0.5, 1.5)), ylim=(EPS / 100, 10))
    right.set_xlim(0.5, depth + 0.5)
    finished(left, xlabel="hidden layer k", ylabel="‖Gₖ‖ / ‖W‖²", title="Moments: zero where balanced")
    most = max(min(weight.shape) for network in networks for weight in network.weights)
    shown = f", the largest {_VALUES}" if most > _VALUES else ""
    finished(right, xlabel="layer k", ylabel="σᵢ(Wₖ)", title=f"Singular values of the layers{shown}")
    for axes in (left, right):
        plain_powers(axes.yaxis)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
