"""An order picker for notebooks: the page of a reduced model, whose choice Python has as well."""

from functools import cache
from importlib import resources
from typing import Any

from ..errors import InvalidArgumentError
from ..files.conversion import recognized
from ..gramians.automatic import Automatic
from ..gramians.base import GramianStrategy
from ..linalg.arguments import shown
from ..reduction.other_orders import models_of_orders
from ..reduction.projected_model import Method
from ..reduction.reduced_model import ReducedModel
from ..reduction.truncation import reduce
from .page import rendered_page

__all__ = ["explore", "explored"]

_RTOL = 1e-3  # what the first order that is shown is for: engineering accuracy, far above rounding
_HEIGHT = 900  # pixels: the controls and four pictures


def explore(
    system: Any,
    order: int | None = None,
    *,
    gramians: GramianStrategy = Automatic(),
    method: Method = "truncate",
) -> Any:
    """Choose the order of a reduced model by looking, in a notebook.

    Parameters
    ----------
    system : LinearSystem, anything :func:`as_system` reads, or ReducedModel
        What is to be reduced, or a result whose other orders are of interest.
    order : int, optional
        The order to begin with; the least whose bound is 1e-3 σ_1 when left out, or that of the result.
    gramians : GramianStrategy
        As for :func:`dlnbalance.reduce`.
    method : {"truncate", "residualize", "hankel", "irka"}
        As there.

    Returns
    -------
    anywidget.AnyWidget
        It shows itself as the last line of a cell. Its ``order`` is the one that is chosen, and can be set; its
        ``model`` is the :class:`~dlnbalance.reduction.reduced_model.ReducedModel` of that order.

    Raises
    ------
    InvalidArgumentError
        When anywidget, jinja2 or plotly is not installed, or for models that are no linear systems.
    ToleranceError
        When no `order` is given and no bound is proved, or none as small as that.

    See Also
    --------
    dlnbalance.write_report : The same page as a file.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> picker = explore(dln.examples.get("heat-rod"), order=4)
    >>> picker.order = 6
    >>> picker.model.order
    6
    """
    widget = _picker_class()
    model = explored(system, order, gramians=gramians, method=method)
    return widget(model)


def explored(
    system: Any,
    order: int | None = None,
    *,
    gramians: GramianStrategy = Automatic(),
    method: Method = "truncate",
) -> ReducedModel:
    """The reduced model that a look at all orders begins with.

    Parameters
    ----------
    system, order, gramians, method
        As of :func:`explore`.

    See Also
    --------
    dlnbalance.explore : shows all orders in a notebook.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> explored(dln.examples.get("heat-rod")).order
    4
    """
    if isinstance(system, ReducedModel):
        if order is None or order == system.order:
            return system
        found = {each.order: each for each in models_of_orders(system)}
        if order not in found:
            raise InvalidArgumentError("order", f"one of {sorted(found)}", shown(order), "or explore the full system")
        return found[order]
    subject = recognized(system)
    wish: dict[str, Any] = {"rtol": _RTOL} if order is None else {"order": order}
    model = reduce(subject, **wish, gramians=gramians, method=method) if _is_system(subject) else None
    if not isinstance(model, ReducedModel):
        expected, remedy = "a linear system", "write_report has a page for models of other classes"
        raise InvalidArgumentError("system", expected, shown(system), remedy)
    return model


def _is_system(subject: Any) -> bool:
    from ..networks.network import DeepLinearNetwork
    from ..structured.model import Model

    return not isinstance(subject, DeepLinearNetwork | Model)


@cache
def _picker_class() -> Any:
    """The class of the widget, which is there only where anywidget is."""
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise InvalidArgumentError(
            "explore",
            "anywidget, which shows the page in a notebook",
            "no such module",
            "pip install 'dlnbalance[notebook]'",
        ) from None

    class OrderPicker(anywidget.AnyWidget):
        """The page of a reduced model in a notebook."""

        _esm = (resources.files("dlnbalance.report") / "templates" / "picker.js").read_text(encoding="utf-8")
        page = traitlets.Unicode().tag(sync=True)
        order = traitlets.Int().tag(sync=True)
        height = traitlets.Int(_HEIGHT).tag(sync=True)

        def __init__(self, model: ReducedModel):
            self._models = {each.order: each for each in models_of_orders(model)}
            super().__init__(page=rendered_page(model), order=model.order)

        @traitlets.validate("order")
        def _nearest(self, proposal: Any) -> int:
            """The nearest order that there is a model of."""
            return min(self._models, key=lambda order: abs(order - proposal["value"]))

        @property
        def model(self) -> ReducedModel:
            """The reduced model of the order that is chosen."""
            return self._models[self.order]

    return OrderPicker
