"""Two pictures side by side: what an order choice goes by, and the response, before and after a reduction."""

from typing import TYPE_CHECKING, Any

from ..files.conversion import as_system
from ..linalg.arguments import instance
from ..norms.peaks import PeakGain
from ..reduction.order_tables import order_table
from ..reduction.projected_model import ProjectedModel
from .bode_diagrams import bode
from .drawings import Drawing, panels
from .order_errors import errors_by_order
from .subjects import has_response, subjects_of
from .values import hankel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["model_overview", "overview"]


def overview(model: ProjectedModel, *, peak: PeakGain | None = None, ax: Any = None) -> Drawing:
    """Both pictures of a reduced model side by side: :func:`hankel` and, where it has a response, :func:`bode`.

    Parameters
    ----------
    model : ProjectedModel
        The result that is shown.
    peak : PeakGain, optional
        The measured error, to be marked.
    ax : sequence of Axes, optional
        Where to draw: one for the singular values, and those of :func:`bode`. A new figure is made when left out.

    Returns
    -------
    Drawing
        Singular values, gain and, where there is one, phase.

    See Also
    --------
    dlnbalance.plotting.model_overview : before anything is reduced.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> model = dln.reduce(dln.examples.get("heat-rod"), order=3)
    >>> [axes.get_ylabel() for axes in overview(model)]
    ['Hankel singular values σᵢ', 'gain', 'phase (degrees)']
    """
    instance("model", model, ProjectedModel, "what reduce returned for a model", "networks have no response to draw")
    if not has_response(model):
        return hankel(model, ax=ax)
    shown = subjects_of(model, None).models
    with_phase = all(part.ninputs == part.noutputs == 1 and not part.is_complex for part in shown)
    left, *right = _new_panels(with_phase=with_phase) if ax is None else panels(ax, 1, 3 if with_phase else 2, (0, 0))
    return Drawing([*hankel(model, ax=left), *bode(model, peak=peak, ax=right)])


def model_overview(system: Any, *, ax: Any = None) -> Drawing:
    """What to choose the order of a reduced model by: error bounds by order, and the frequency response.

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        Continuous or discrete. Poles that are not stable count as kept, as in :func:`~dlnbalance.reduce`.
    ax : sequence of Axes, optional
        Where to draw: one for the errors, and those of :func:`bode`. A new figure is made when left out.

    Returns
    -------
    Drawing

    Notes
    -----
    The cost is that of :func:`~dlnbalance.order_table`.

    See Also
    --------
    dlnbalance.plotting.overview : of a reduced model.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> [axes.get_ylabel() for axes in model_overview(dln.examples.get("heat-rod"))]
    ['H∞ error', 'gain', 'phase (degrees)']
    """
    model = as_system(system)
    with_phase = model.ninputs == model.noutputs == 1 and not model.is_complex
    left, *right = _new_panels(with_phase=with_phase) if ax is None else panels(ax, 1, 3 if with_phase else 2, (0, 0))
    return Drawing([*errors_by_order(order_table(model), ax=left), *bode(model, ax=right)])


def _new_panels(*, with_phase: bool) -> "list[Axes]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13.0, 5.5), layout="constrained")
    places: Any = figure.add_gridspec(3, 2)
    left = figure.add_subplot(places[:, 0])
    if not with_phase:
        return [left, figure.add_subplot(places[:, 1])]
    gain = figure.add_subplot(places[:2, 1])
    gain.tick_params(labelbottom=False)
    return [left, gain, figure.add_subplot(places[2, 1], sharex=gain)]
