"""Poles and zeros in the plane: of a reduced model with the poles that it kept and those that it dropped."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError
from ..linalg.arguments import flag
from ..linalg.arrays import EPS, Array, Flags, dense
from ..reduction.reduced_model import ReducedModel
from ..systems.linear_system import LinearSystem
from .drawings import Drawing, panels
from .looks import LOOKS, finished, plain
from .subjects import subjects_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["pole_zero"]

_MOST_STATES = 2000  # of which all poles are computed: beyond, minutes
_MOST_ZEROS = 300  # states up to which zeros are computed, too, by the QZ algorithm
_WIDE = 1e3  # ratio of the largest to the smallest pole from which on the axes are logarithmic away from zero
_REACH = 2.0  # how far zeros are drawn, in units of the largest pole (or the unit circle)
_MARKERS = "x+12"  # poles of the first, second, … system; zeros are hollow circles of the same colour


def pole_zero(systems: Any, *, labels: Sequence[str] | None = None, zeros: bool = True, ax: Any = None) -> Drawing:
    r"""Pole–zero map of systems; of a reduced model with the poles of the full one that it kept and dropped.

    A pole of the full model counts as kept where it is the nearest one to a pole of the reduced model, each pole of
    which takes one: reduced poles lie near poles of the full model, and not on them.

    Parameters
    ----------
    systems : ReducedModel, system, other model or list of systems
        As in :func:`bode`.
    labels : sequence of str, optional
        One for each system in the legend.
    zeros : bool
        Draw the transmission zeros of systems with as many inputs as outputs and up to 300 states, too.
    ax : Axes, optional
        Where to draw; a new figure is made when left out.

    Returns
    -------
    Drawing
        The plane of s in rad/s with the imaginary axis, or that of z with the unit circle.

    Raises
    ------
    InvalidArgumentError
        For systems of continuous and discrete time together, and for more than 2000 states.

    See Also
    --------
    dlnbalance.split : parts by their poles.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> [axes] = pole_zero(dln.reduce(dln.examples.get("heat-rod"), order=3))
    >>> [text.get_text() for text in axes.get_legend().get_texts()][:2]
    ['full, n = 30: kept (3)', 'full, n = 30: dropped (27)']
    """
    zeros = flag("zeros", zeros)
    subjects = subjects_of(systems, labels, "poles and zeros")
    models = subjects.models
    discrete = {model.is_discrete for model in models}
    if len(discrete) > 1:
        remedy = "draw them apart"
        raise InvalidArgumentError("systems", "systems of one time base", "continuous and discrete ones", remedy)
    if max(model.nstates for model in models) > _MOST_STATES:
        raise InvalidArgumentError(
            "systems", f"at most {_MOST_STATES} states", f"{max(model.nstates for model in models)}", "reduce it first"
        )
    [axes] = panels(ax, 1, 1, (7.0, 5.5))
    poles = [_finite(model.poles()) for model in models]
    if isinstance(systems, ReducedModel):
        _draw_kept(axes, poles[0], poles[1], subjects.names)
    else:
        for k, (found, name) in enumerate(zip(poles, subjects.names, strict=True)):
            _draw(axes, found, _MARKERS[k % len(_MARKERS)], LOOKS[k % len(LOOKS)].color, f"{plain(name)}: poles")
    drawn = list(poles)
    reach = _REACH * max([float(np.abs(each).max(initial=0.0)) for each in poles] + [float(discrete == {True})])
    if zeros:
        for k, (model, name) in enumerate(zip(models, subjects.names, strict=True)):
            found = transmission_zeros(model)
            found = found[np.abs(found) <= reach]  # those far away would press all others together
            if found.size:
                drawn.append(found)
                colour, marker = LOOKS[k % len(LOOKS)].color, "os"[k % 2]
                _draw(axes, found, marker, colour, f"{plain(name)}: zeros", alpha=0.6)
    _finish(axes, np.concatenate(drawn), subjects.title, discrete=discrete == {True})
    return Drawing([axes])


def _draw(axes: "Axes", points: Array, marker: str, colour: str, label: str, **more: Any) -> None:
    size = 7 if marker in _MARKERS else 6
    axes.plot(
        points.real,
        points.imag,
        marker,
        color=colour,
        markersize=size,
        markerfacecolor="none",
        label=label,
        **more,
    )


def _draw_kept(axes: "Axes", full: Array, reduced: Array, names: Sequence[str]) -> None:
    """Poles of the full model in two kinds, and around them those of the reduced one."""
    kept = nearest(full, reduced)
    name = plain(names[0])
    _draw(axes, full[kept], "x", "#000000", f"{name}: kept ({kept.sum()})")
    _draw(axes, full[~kept], "1", "#7f7f7f", f"{name}: dropped ({(~kept).sum()})")
    axes.plot(
        reduced.real,
        reduced.imag,
        "D",
        color="#D55E00",
        markersize=9,
        markerfacecolor="none",
        label=f"{plain(names[1])}: poles",
    )


def nearest(full: Array, reduced: Array) -> Flags:
    """Which poles are the nearest to others, one for each of these, by the least sum of relative distances.

    Examples
    --------
    >>> nearest(np.array([-1.0, -2.0, -30.0]), np.array([-1.1])).tolist()
    [True, False, False]
    """
    from scipy.optimize import linear_sum_assignment

    flags = np.zeros(full.size, dtype=bool)
    distance = np.abs(reduced[:, None] - full[None, :])
    scale = np.abs(reduced)[:, None] + np.abs(full)[None, :]
    _, columns = linear_sum_assignment(np.divide(distance, scale, out=np.zeros_like(distance), where=scale > 0))
    flags[columns] = True
    return flags


def transmission_zeros(model: LinearSystem) -> Array:
    """Finite transmission zeros of a square system: the finite eigenvalues of its system pencil; none of larger ones.

    Examples
    --------
    >>> transmission_zeros(LinearSystem([[-1.0]], [[1.0]], [[2.0]], [[1.0]])).round(12).real.tolist()
    [-3.0]
    """
    n, m = model.nstates, model.ninputs
    if m != model.noutputs or not 0 < n <= _MOST_ZEROS:
        return np.zeros(0)
    pencil = np.block([[dense(model.A), model.B], [model.C, model.D]])
    mass = la.block_diag(model.descriptor, np.zeros((m, m)))
    found = la.eigvals(pencil, mass)
    # infinite eigenvalues come out finite and huge where rounding splits the Jordan chains that they are in
    largest = np.abs(_finite(model.poles())).max(initial=0.0)
    found = _finite(found)
    return found[np.abs(found) <= _WIDE * max(largest, EPS)]


def _finite(points: Array) -> Array:
    return points[np.isfinite(points)]


def _finish(axes: "Axes", points: Array, title: str, *, discrete: bool) -> None:
    sizes = np.abs(points[points != 0])
    if discrete:
        angle = np.linspace(0, 2 * np.pi, 361)
        axes.plot(np.cos(angle), np.sin(angle), color="0.5", linewidth=1, linestyle=":", label="stability boundary")
        reach = 1.1 * float(np.append(np.abs(np.append(points.real, points.imag)), 1.0).max())
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    else:
        axes.axvline(0.0, color="0.5", linewidth=1, linestyle=":", label="stability boundary")
        if sizes.size and sizes.max() > _WIDE * sizes.min():
            least = _threshold(points.real)
            axes.set_xscale("symlog", linthresh=least)
            if points.real.max() <= 0:  # nothing on the right of the boundary, which would take half of the picture
                axes.set_xlim(2 * points.real.min(), least)
            axes.set_yscale("symlog", linthresh=_threshold(points.imag))
    axes.axhline(0.0, color="0.85", linewidth=0.8, zorder=0)
    plane, unit = ("z", "") if discrete else ("s", " (rad/s)")
    finished(axes, xlabel=f"Re {plane}{unit}", ylabel=f"Im {plane}{unit}", title=title)


def _threshold(parts: Array) -> float:
    """Where the logarithmic part of an axis begins: the power of ten below the smallest part that is no rounding."""
    sizes = np.abs(parts)
    sizes = sizes[sizes > 1e-9 * sizes.max(initial=0.0)]
    return float(10.0 ** np.floor(np.log10(sizes.min()))) if sizes.size else 1.0
