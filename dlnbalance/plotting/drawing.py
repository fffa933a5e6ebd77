"""One function for every result and every kind of model: `draw` knows which picture says most about it."""

from functools import singledispatch
from typing import Any

from ..balancing.balanced_forms import BalancedRealization, balance
from ..balancing.hankel_values import HankelValues
from ..balancing.network_balancing import BalancedNetwork
from ..balancing.norm_balancing import NormBalancedRealization
from ..decompositions.descriptor_forms import FiniteInfinite
from ..decompositions.minimal_realizations import MinimalRealization
from ..decompositions.splitting import Split
from ..errors import InvalidArgumentError
from ..files.conversion import as_system, recognized
from ..flows.trajectories import Trajectory
from ..linalg.arguments import shown
from ..networks.langevin_paths import LangevinPath
from ..networks.network import DeepLinearNetwork
from ..norms.peaks import PeakGain
from ..quiver.kempf_ness import Minimum
from ..reduction.controllers import ReducedController
from ..reduction.network_reduction import ReducedNetwork
from ..reduction.order_tables import OrderTable
from ..reduction.projected_model import ProjectedModel
from ..reduction.reduced_dynamics import ReducedDynamics
from ..structured.model import Model
from ..sweeps.results import Sweep
from .bode_diagrams import bode
from .descents import descent
from .drawings import Drawing
from .ensembles import langevin, sweep
from .known_values import empirical_values, known_values
from .network_pictures import layers, truncation
from .order_errors import errors_by_order
from .overviews import overview
from .paths import trajectory
from .pole_maps import pole_zero
from .values import hankel

__all__ = ["draw"]


@singledispatch
def draw(result: Any, *, ax: Any = None) -> Drawing:
    """Draw the picture that says most about a result or a model; ``result.plot()`` does the same.

    ======================================================  =============================================
    reduced models                                          :func:`overview`: singular values, response, error
    reduced networks                                        :func:`truncation`: singular values kept and dropped
    reduced controllers                                     gains of the closed loops
    order tables                                            :func:`errors_by_order`
    balanced realizations                                   :func:`hankel`
    realizations of least norm, searches for them           :func:`descent`
    networks and balanced networks                          :func:`layers`: moments and singular values
    trajectories and ensembles                              :func:`trajectory`, :func:`langevin`
    sweeps                                                  :func:`sweep`: orders and errors
    comparisons                                             a panel for every table
    systems divided by their poles                          :func:`pole_zero`
    all else that :func:`as_system` reads, lists of these   :func:`bode`
    ======================================================  =============================================

    Parameters
    ----------
    result : object
        A result of this library, a model, or anything :func:`as_system` reads.
    ax : Axes or sequence of Axes, optional
        Where to draw, one for each panel; a new figure is made when left out.

    Returns
    -------
    Drawing
        The axes, as a sequence, with their ``figure``; a notebook shows it.

    Raises
    ------
    InvalidArgumentError
        For what has no picture, and for the wrong number of axes.

    Notes
    -----
    A class of another package gets its picture by ``draw.register(Class, function)``.

    See Also
    --------
    dlnbalance.plotting.write_figure : to a file.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> [axes.get_ylabel() for axes in draw(dln.reduce(dln.examples.get("heat-rod"), order=3))]
    ['Hankel singular values σᵢ', 'gain', 'phase (degrees)']
    """
    if isinstance(result, list):
        return bode(result, ax=ax)
    try:
        found = recognized(result)
        picture = draw.dispatch(type(found))
        if picture is draw.dispatch(object):
            found, picture = as_system(found), bode
    except InvalidArgumentError as error:
        expected = "a result of this library, or a model"
        raise InvalidArgumentError("result", expected, shown(result), error.remedy) from None
    return picture(found, ax=ax)


@draw.register
def _(result: Model, *, ax: Any = None) -> Drawing:
    return bode(result, ax=ax) if result.linear_systems() else hankel(balance(result), ax=ax)


@draw.register
def _(result: ProjectedModel, *, ax: Any = None) -> Drawing:
    peak = result.measured
    return overview(result, peak=peak if isinstance(peak, PeakGain) else None, ax=ax)


@draw.register
def _(result: ReducedController, *, ax: Any = None) -> Drawing:
    loops = [result.loop.closed, result.reduced_loop.closed]
    labels = [f"loop with the controller given, {result.model.full_order} states", f"reduced, {result.order} states"]
    drawing = bode(loops, labels=labels, ax=ax)
    drawing[0].set_title("Closed loop" + ("" if result.stable else ": NOT STABLE with the reduced controller"))
    return drawing


@draw.register
def _(result: NormBalancedRealization, *, ax: Any = None) -> Drawing:
    return descent(result.minimum, ax=ax)


@draw.register
def _(result: BalancedNetwork, *, ax: Any = None) -> Drawing:
    return layers([result.full, result.network], labels=["as given", "balanced"], ax=ax)


@draw.register
def _(result: Split, *, ax: Any = None) -> Drawing:
    parts = [as_system(result.inside), as_system(result.outside)]
    return pole_zero(parts, labels=[f"inside ({result.region})", "outside"], zeros=False, ax=ax)


@draw.register
def _(result: MinimalRealization, *, ax: Any = None) -> Drawing:
    return draw(result.system, ax=ax)


@draw.register
def _(result: FiniteInfinite, *, ax: Any = None) -> Drawing:
    return draw(result.proper, ax=ax)


for _kind, _picture in (
    (BalancedRealization, hankel),
    (DeepLinearNetwork, layers),
    (HankelValues, known_values),
    (LangevinPath, langevin),
    (Minimum, descent),
    (OrderTable, errors_by_order),
    (ReducedDynamics, empirical_values),
    (ReducedNetwork, truncation),
    (Sweep, sweep),
    (Trajectory, trajectory),
):
    draw.register(_kind, _picture)
