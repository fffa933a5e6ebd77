"""Nyquist and Nichols diagrams, drawn by python-control."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arrays import Array
from ..norms.responses import frequency_grid, frequency_response
from ..reduction.reduced_model import ReducedModel
from ..systems.linear_system import LinearSystem
from .drawings import Drawing, panels
from .looks import LOOKS, finished, plain
from .pole_maps import transmission_zeros
from .subjects import Subjects, subjects_of

__all__ = ["nichols", "nyquist"]

_MIRRORED = 0.4  # opacity of the half of negative frequencies
_SHARPEST = 32  # resonances, and antiresonances, of a system that get points of their own
_ON_A_CIRCLE = 49  # points on the circle of a resonance
_WIDEST = np.radians(88)  # half of the arc, seen from the point opposite to the pole, that they cover
_SEEN = 1e-3  # share of the peak below which a Nichols diagram (60 dB lower) has nothing more to say


def nyquist(systems: Any, *, labels: Sequence[str] | None = None, ax: Any = None) -> Drawing:
    """Nyquist diagram of systems with one input and one output, or of a full and a reduced model, by python-control.

    Parameters
    ----------
    systems : ReducedModel, system or list of systems
        As in :func:`bode`; real, with one input and one output.
    labels : sequence of str, optional
        One for each system in the legend.
    ax : Axes, optional
        Where to draw; a new figure is made when left out.

    Returns
    -------
    Drawing

    Raises
    ------
    InvalidArgumentError
        For systems with several signals or complex matrices.

    Notes
    -----
    ``control.nyquist_plot`` places the curves of negative frequencies and the indentations around poles on the axis.

    See Also
    --------
    dlnbalance.plotting.nichols : gain over phase.
    dlnbalance.plotting.bode : gain and phase over frequency.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> [axes] = nyquist(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]]))
    >>> axes.get_xlabel()
    'Re G(iω)'
    """
    import control

    subjects = _scalar(systems, labels, "Nyquist diagram")
    [axes] = panels(ax, 1, 1, (6.5, 5.5))
    grid = np.append(0.0, _fine_grid(subjects.models))  # from zero on: the curve is closed there
    for k, (model, name) in enumerate(zip(subjects.models, subjects.names, strict=True)):
        look, before = LOOKS[k % len(LOOKS)], len(axes.lines)
        with _in_range():
            control.nyquist_plot(
                model.to_control(),
                grid[grid <= model.nyquist_frequency],
                ax=axes,
                color=look.color,
                linewidth=look.linewidth,
                primary_style=["-", "-"],  # which must be texts
                mirror_style=["-", "-"],
                label=plain(name),
                title="",
                warn_encirclements=False,
            )
        for line in axes.lines[before:]:
            if line.get_linestyle() == "-":
                line.set_linestyle(look.linestyle)
                line.set_alpha(_MIRRORED if str(line.get_label()).startswith("_") else 1.0)
    finished(axes, xlabel="Re G(iω)", ylabel="Im G(iω)", title=subjects.title, place="upper right")
    return Drawing([axes])


def nichols(systems: Any, *, labels: Sequence[str] | None = None, ax: Any = None) -> Drawing:
    """Nichols diagram (gain in dB over phase) of the same systems as :func:`nyquist` takes, by python-control.

    Parameters
    ----------
    systems, labels, ax
        As in :func:`nyquist`.

    Returns
    -------
    Drawing
        With the curves of constant gain and phase of the closed loop.

    See Also
    --------
    dlnbalance.plotting.nyquist : the complex plane.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> [axes] = nichols(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]]))
    >>> axes.get_ylabel()
    'gain (dB)'
    """
    import control

    subjects = _scalar(systems, labels, "Nichols diagram")
    [axes] = panels(ax, 1, 1, (6.5, 5.5))
    names = [plain(name) for name in subjects.names]
    plants = [model.to_control() for model in subjects.models]
    with _in_range():
        drawn = control.nichols_plot(plants, _seen(subjects), ax=axes, label=names, title="")
    for k, lines in enumerate(drawn.lines):
        look = LOOKS[k % len(LOOKS)]
        for line in lines:
            line.set(color=look.color, linestyle=look.linestyle, linewidth=look.linewidth)
    finished(axes, xlabel="phase (degrees)", ylabel="gain (dB)", title=subjects.title, place="upper right")
    return Drawing([axes])


def _fine_grid(models: Sequence[LinearSystem]) -> Array:
    """Positive frequencies with many at every resonance and antiresonance, where the curves are circles or turn.

    A pole −a ± ib adds the points b + a tan θ with even steps of θ, which are even steps on its circle.
    """
    angles = np.tan(np.linspace(-_WIDEST, _WIDEST, _ON_A_CIRCLE))
    parts = [frequency_grid(*models)]
    for model in models:
        points = np.concatenate([model.poles(), transmission_zeros(model)]).astype(complex)
        points = points[np.isfinite(points) & (points != 0)]
        rates: Any = np.log(points) / model.sampling_time if model.is_discrete else points
        sharp = rates[(np.abs(rates.real) < rates.imag) & (rates.real != 0)]
        sharp = sharp[np.argsort(np.abs(sharp.real) / sharp.imag)[:_SHARPEST]]
        parts.append((sharp.imag[:, None] + np.abs(sharp.real)[:, None] * angles).ravel())
    grid = np.unique(np.concatenate(parts))
    return grid[(grid >= parts[0][0]) & (grid <= parts[0][-1])]


@contextmanager
def _in_range() -> Iterator[None]:
    """Leave out what is no number, as the decibels of a zero gain; refuse poles that are not."""
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            yield
    except np.linalg.LinAlgError:
        expected, remedy = "loops within the range of double precision", "scale the inputs or outputs down"
        raise NumericalError("systems", expected, "overflow", remedy) from None


def _seen(subjects: Subjects) -> Array:
    """Frequencies, up to the Nyquist frequencies of all systems, between which the gains are not far below the peak."""
    grid = _fine_grid(subjects.models)
    grid = grid[grid <= min(model.nyquist_frequency for model in subjects.models)]
    gains = np.max([np.abs(frequency_response(model, grid)[:, 0, 0]) for model in subjects.models], axis=0)
    seen = np.flatnonzero(gains >= _SEEN * gains.max())
    return grid[seen[0] : seen[-1] + 1] if seen.size > 1 else grid


def _scalar(systems: Any, labels: Sequence[str] | None, what: str) -> Subjects:
    subjects = subjects_of(systems, labels, what)
    if not isinstance(systems, ReducedModel) and not subjects.models[0].name:
        subjects = subjects._replace(title=what)  # the name of a person keeps its capital
    for model in subjects.models:
        model.check_real("control.StateSpace")
        if model.ninputs != 1 or model.noutputs != 1:
            sizes = f"{model.noutputs} × {model.ninputs}"
            raise InvalidArgumentError("systems", "one input and one output", sizes, "draw bode(…, channels=True)")
    return subjects
