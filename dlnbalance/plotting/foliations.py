"""The foliation of the scalar network of depth 2: fibers of the product, leaves of learning, the balanced lines."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidArgumentError
from ..flows.trajectories import Trajectory
from ..linalg.arguments import items, real_number
from ..linalg.arrays import Array, real_vector
from ..networks.network import DeepLinearNetwork
from .drawings import Drawing, panels
from .looks import LOOKS, finished

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["foliation"]

_POINTS = 201  # of a branch of a hyperbola
_FIBERS = (-2.0, -1.0, -0.25, 0.25, 1.0, 2.0)
_LEAVES = (-3.0, -1.5, -0.5, 0.5, 1.5, 3.0)
_LEAST = 1e-100  # weight whose square is still a number
_RANGE = f"a number from {_LEAST:g} to {1 / _LEAST:g}"
_FLAT = 1e-9  # share of the largest weight at which a fiber is not told from the axis
_ARROWS = 0.5  # share of a path after which its direction is shown


def foliation(
    paths: Sequence[Trajectory] = (),
    *,
    products: Any = _FIBERS,
    moments: Any = _LEAVES,
    reach: float = 2.5,
    ax: Any = None,
) -> Drawing:
    r"""Draw the plane of networks w_2 w_1 x with one input, one hidden neuron and one output.

    .. math:: \text{fibers } w_2 w_1 = x, \qquad \text{leaves } w_1^2 - w_2^2 = g, \qquad
              \text{balanced: } w_1 = ± w_2.

    The flow of a loss in x stays on a leaf and crosses the fibers; the regularizing flow stays on a fiber and crosses
    the leaves, to the balanced network over x, the point of the fiber that is nearest to zero. The two families of
    hyperbolas meet at right angles.

    Parameters
    ----------
    paths : sequence of Trajectory
        Flows of scalar networks of depth 2, drawn over it with their start (circle) and direction.
    products : (K,) array_like
        The x whose fibers are drawn; not zero, whose fiber is both axes.
    moments : (L,) array_like
        The g whose leaves are drawn; not zero, whose leaf is balanced.
    reach : float
        Largest weight that is shown.
    ax : Axes, optional
        Where to draw; a new figure is made when left out.

    Returns
    -------
    Drawing

    Raises
    ------
    InvalidArgumentError
        For paths of other networks, and fibers or leaves at zero.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network",
       arXiv:2511.01137, Figure 1.1 (the regularizing flow on a fiber).
    .. [2] G. Menon, "The geometry of the deep linear network", arXiv:2411.09004.

    See Also
    --------
    dlnbalance.plotting.trajectory : flows.

    Examples
    --------
    >>> from dlnbalance import flows
    >>> network = DeepLinearNetwork([[[2.0]], [[0.5]]])
    >>> path = flows.regularizing(network, np.linspace(0, 2, 21))
    >>> [axes] = foliation([path])
    >>> [text.get_text() for text in axes.get_legend().get_texts()]
    ['fibers w₂w₁ = x', 'leaves w₁² − w₂² = g', 'balanced: w₁ = ± w₂', 'the regularizing flow']
    """
    given = [_checked(path) for path in items("paths", paths, "a sequence of Trajectory")]
    fibers, leaves = _nonzero("products", products), _nonzero("moments", moments)
    reach = real_number("reach", reach, _RANGE, lambda x: _LEAST < x < 1 / _LEAST, remedy="weights are of size 1")
    [axes] = panels(ax, 1, 1, (6.5, 6.5))
    for k, x in enumerate(fibers):
        _draw_fiber(axes, x, reach, "fibers w₂w₁ = x" if k == 0 else None)
    for k, g in enumerate(leaves):
        _draw_leaf(axes, g, reach, "leaves w₁² − w₂² = g" if k == 0 else None)
    diagonal = np.array([-reach, reach])
    axes.plot(diagonal, diagonal, color="black", linewidth=1.8, label="balanced: w₁ = ± w₂")
    axes.plot(diagonal, -diagonal, color="black", linewidth=1.8)
    for k, (path, points) in enumerate(given):
        _draw_path(axes, path.flow, points, k)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    title = "Scalar networks of depth 2"
    finished(axes, xlabel="w₁", ylabel="w₂", title=title, place="upper right")
    axes.grid(visible=False)
    return Drawing([axes])


def _checked(path: Any) -> tuple[Trajectory, Array]:
    """The points (w_1, w_2) of a path."""
    remedy = "pass flows of DeepLinearNetwork([[[w1]], [[w2]]])"
    if not isinstance(path, Trajectory):
        raise InvalidArgumentError("paths", "a sequence of Trajectory", type(path).__name__, remedy)
    first = path.states[0]
    if not isinstance(first, DeepLinearNetwork) or first.widths != (1, 1, 1) or first.is_complex:
        what = f"networks of widths {first.widths}" if isinstance(first, DeepLinearNetwork) else type(first).__name__
        raise InvalidArgumentError("paths", "flows of real networks of widths (1, 1, 1)", what, remedy)
    return path, np.array([[weight.item() for weight in state.weights] for state in path.states])


def _nonzero(argument: str, values: Any) -> Array:
    numbers = real_vector(argument, values, "real numbers", remedy="pass for example [-1, 1]")
    if (numbers == 0).any():
        remedy = "leave zero out: its curve is drawn already, or is the axes"
        raise InvalidArgumentError(argument, "numbers that are not zero", "zero", remedy)
    return numbers


def _draw_fiber(axes: "Axes", x: float, reach: float, label: str | None) -> None:
    if abs(x) >= reach**2:
        return
    w = np.geomspace(max(abs(x) / reach, _FLAT * reach), reach, _POINTS)
    for sign in (1, -1):
        axes.plot(sign * w, sign * x / w, color="#56B4E9", linewidth=1, label=label if sign > 0 else None)


def _draw_leaf(axes: "Axes", g: float, reach: float, label: str | None) -> None:
    """Both branches of w_1² − w_2² = g, which meet one of the axes."""
    t = np.linspace(-reach, reach, _POINTS)
    near = np.sqrt(t**2 + abs(g))
    for sign in (1, -1):
        x, y = (sign * near, t) if g > 0 else (t, sign * near)
        axes.plot(x, y, color="#D55E00", linestyle="--", linewidth=1, label=label if sign > 0 else None)


def _draw_path(axes: "Axes", name: str, points: Array, k: int) -> None:
    look = LOOKS[(k + 2) % len(LOOKS)]
    x, y = points.T
    axes.plot(x, y, color=look.color, linewidth=3, linestyle=look.linestyle, label=name, zorder=3)
    axes.plot(x[0], y[0], "o", color=look.color, markerfacecolor="white", markersize=8, zorder=4)
    steps = np.hypot(np.diff(x), np.diff(y))
    if steps.sum() > 0:
        middle = int(np.searchsorted(np.cumsum(steps), _ARROWS * steps.sum()))
        axes.annotate(
            "",
            (x[middle + 1], y[middle + 1]),
            (x[middle], y[middle]),
            arrowprops={"arrowstyle": "-|>", "color": look.color, "lw": 2, "mutation_scale": 18},
            zorder=4,
        )
