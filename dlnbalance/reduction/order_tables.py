"""Which order to choose: what is proved, measured and kept at each, from one solution of the Gramian equations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, NamedTuple, get_args

import numpy as np

from ..drawable import Drawable
from ..errors import InvalidArgumentError, OrderError, UnstableSystemError
from ..files.conversion import recognized
from ..gramians.automatic import Automatic
from ..gramians.base import GramianStrategy, checked_strategy
from ..layout import tables
from ..linalg.arguments import flag, is_integer, one_of
from ..linalg.arrays import EPS, Array
from ..linalg.immutable import Immutable
from ..linalg.threads import threads_by_size
from ..networks.network import DeepLinearNetwork
from ..summary import Fact, Summary, headline
from ..systems.linear_system import LinearSystem
from .kept import Unstable, checked_wish
from .orders import checked_request, suggested_orders
from .projected_model import Method, ProjectedModel
from .reduced_model import ReducedModel
from .selection import Selection
from .truncation import selection_of

__all__ = ["OrderRow", "OrderTable", "Suggestion", "order_table"]

_MOST = 40  # orders of a table that lists all: one screen
_WIDTH = 118  # characters of a printed table

_LABELS = {
    "order": "order",
    "sigma": "σ, least kept",
    "bound": "bound",
    "bound_db": "bound (dB)",
    "relative_bound": "bound / σ₁",
    "error": "error",
    "dc_mismatch": "DC mismatch",
    "damping": "damping",
}


class OrderRow(NamedTuple):
    r"""What one order comes to; None stands for "there is no such figure".

    Attributes
    ----------
    order : int
        Number of states, those that are kept exactly among them.
    sigma : float or None
        The least singular value that is kept.
    bound : float or None
        Upper bound of the error, rounding included.
    bound_db : float or None
        The same in dB.
    relative_bound : float or None
        The same in units of σ₁: what ``rtol=`` of `reduce` asks for.
    error : float or None
        Measured error, where it was asked for; infinite where the reduced model is not stable.
    dc_mismatch : float or None
        ‖G − G_r‖₂ at frequency zero.
    damping : float or None
        Damping ratio :math:`-\mathrm{Re}\, s / |s|` of the slowest pole of the reduced model, the one of largest Re s
        (s = log(z)/dt in discrete time): 1 for a real stable one, near 0 for a resonance, negative for an unstable one.

    See Also
    --------
    dlnbalance.order_table : the table.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> dln.order_table(dln.examples.get("heat-rod"), [4]).rows[0].order
    4
    """

    order: int
    sigma: float | None
    bound: float | None
    bound_db: float | None
    relative_bound: float | None
    error: float | None
    dc_mismatch: float | None
    damping: float | None


class Suggestion(NamedTuple):
    """An order worth choosing, how many times the singular values fall there, and why.

    See Also
    --------
    dlnbalance.order_table : the table.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> dln.order_table(dln.examples.get("heat-rod"), [4]).suggestions[0].order
    2
    """

    order: int
    fall: float
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OrderTable(Immutable, Drawable):
    """The reduced models of several orders side by side, from one solution of the Gramian equations.

    Attributes
    ----------
    rows : tuple of OrderRow
        One for each order, ascending.
    models : tuple of ReducedModel (of ProjectedModel for models of other classes)
        The reduced models themselves; ``table.choose(r)`` is the one of order r.
    suggestions : tuple of Suggestion
        Orders at the largest gaps of the singular values, with the reason.
    hsv : (n,) array
        The singular values, descending.
    values_name, measure : str
        What they are called, and what the bounds bound.
    error_name : str
        What the errors are.
    accuracy_floor : float
        Singular values below it carry no information.
    kept : int
        Number of states that every model keeps exactly, because they have no singular values.
    full : model
        The model that was given.

    See Also
    --------
    dlnbalance.order_table : makes it.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> [row.order for row in dln.order_table(dln.examples.get("heat-rod"), [2, 4]).rows]
    [2, 4]
    """

    rows: tuple[OrderRow, ...]
    models: tuple[Any, ...]
    suggestions: tuple[Suggestion, ...]
    hsv: Array
    values_name: str
    measure: str
    error_name: str
    accuracy_floor: float
    kept: int
    full: Any = field(repr=False)

    @property
    def orders(self) -> tuple[int, ...]:
        """The orders of the rows."""
        return tuple(row.order for row in self.rows)

    @property
    def suggested(self) -> tuple[int, ...]:
        """The suggested orders, ascending."""
        return tuple(suggestion.order for suggestion in self.suggestions)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[OrderRow]:
        return iter(self.rows)

    def choose(self, order: int) -> Any:
        """Return the reduced model of an order that is in the table.

        Raises
        ------
        OrderError
            For an order that is not.
        """
        if not is_integer(order) or order not in self.orders:
            known = ", ".join(map(str, self.orders))
            raise OrderError("order", f"one of {known}", f"{order!r}", "make a table with order_table(…, orders=[…])")
        return self.models[self.orders.index(order)]

    def texts(self) -> tuple[list[str], list[list[str]]]:
        """Labels of the columns and cells of the rows, as they are printed; columns without any figure are left out."""
        keys = [key for key in _LABELS if any(getattr(row, key) is not None for row in self.rows)]
        rows = [[_shown(key, getattr(row, key)) for key in keys] for row in self.rows]
        return [_LABELS[key] for key in keys], rows

    def summary(self) -> Summary:
        """Facts about the choice: keys and values for programs, labels and words for people."""
        return [
            Fact("kind", "", "orders"),
            Fact("system", "System", headline(self.full)),
            Fact("bounded", "", self.measure),
            Fact("error_name", "", self.error_name),
            Fact("values_name", "", self.values_name),
            Fact("hsv", "", self.hsv.tolist()),
            Fact("accuracy_floor", "Accuracy floor", self.accuracy_floor, words=f"{self.accuracy_floor:.1e}"),
            Fact("kept", "Kept exactly" if self.kept else "", self.kept, "states"),
            Fact("rows", "", [row._asdict() for row in self.rows]),
            Fact("suggestions", "", [suggestion._asdict() for suggestion in self.suggestions]),
            *(Fact("", f"Order {each.order}", None, words=each.reason) for each in self.suggestions),
        ]

    def to_dict(self) -> dict[str, Any]:
        """The facts as plain Python objects, ready for JSON once infinite errors are replaced."""
        return {fact.key: fact.value for fact in self.summary() if fact.key}

    def __repr__(self) -> str:
        from rich.console import Console

        page = StringIO()
        console = Console(file=page, width=_WIDTH, force_jupyter=False, force_terminal=False)
        bounds = f"bound of the {self.measure}" if any(row.bound is not None for row in self.rows) else "no bound"
        console.print(f"OrderTable: {len(self)} orders by the {self.values_name}, {bounds}", highlight=False)
        for part in tables(*self.texts(), _WIDTH):
            console.print(part)
        for suggestion in self.suggestions:
            console.print(f"- order {suggestion.order}: {suggestion.reason}", markup=False, highlight=False)
        return page.getvalue().rstrip()


@threads_by_size
def order_table(
    system: Any,
    orders: Sequence[int] | None = None,
    *,
    measure: bool = False,
    gramians: GramianStrategy = Automatic(),
    method: Method = "truncate",
    unstable: Unstable = "keep",
    offset: float = 0.0,
    keep: Sequence[Any] = (),
) -> OrderTable:
    r"""Compare the orders that a reduction may have, and suggest some where the singular values fall most.

    .. math:: \max_r \; σ_r / σ_{r+1}, \qquad σ_{r+1} ≤ ‖G - G_r‖_\infty ≤ 2 Σ_{i>r} σ_i.

    A cut where σ falls a hundredfold leaves an error a hundred times below what the last state kept is worth; one
    between nearly equal values leaves out as much as it keeps, and small changes of the data change what is kept.

    Parameters
    ----------
    system : LinearSystem, anything :func:`as_system` reads, or another model with one state space
        As in :func:`reduce`; no network, whose errors are its singular values, and nothing time-varying.
    orders : sequence of int, optional
        Which orders; when left out all that cut no equal singular values and are above rounding, thinned out evenly to
        40 beside the suggested ones.
    measure : bool
        Measure the error of every order, too: an H∞ norm each, O(n³).
    gramians, method, unstable, offset, keep
        As in :func:`reduce`.

    Returns
    -------
    OrderTable
        It prints as a table; ``table.choose(r)`` is the reduced model of order r, ``table.plot()`` draws the errors.

    Raises
    ------
    OrderError
        For an order that is out of range or cuts equal singular values.
    InvalidArgumentError
        For a network, and for models with a state space for every time.

    See Also
    --------
    dlnbalance.reduce : The reduced model of one order, or of a tolerance.
    dlnbalance.compare_methods : Kinds of Gramians and methods side by side.

    Notes
    -----
    Gramian factors, Schur form and singular values are computed once, 25 n³ + 30 n³ flops; every order takes a
    projection, O(n² r), its DC gain and its poles, O(n³) and O(r³). The bounds are those of [1]_ and [2]_, for other
    kinds of Gramians those that they prove.

    References
    ----------
    .. [1] D. F. Enns, "Model reduction with balanced realizations", Proc. 23rd IEEE CDC (1984) 127-132.
    .. [2] K. Glover, "All optimal Hankel-norm approximations of linear multivariable systems and their L∞-error
       bounds", Int. J. Control 39 (1984) 1115-1193, Theorem 9.6.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem(np.diag([-1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)))
    >>> table = order_table(system, measure=True)
    >>> table.orders, table.suggested
    ((1, 2, 3), (1, 2))
    >>> [bool(row.error <= row.bound) for row in table]
    [True, True, True]
    >>> table.suggestions[0].reason
    'σ falls 30-fold, from 0.734 to 0.0242'
    """
    one_of("method", method, get_args(Method))
    wish = checked_wish(unstable, offset, keep)
    measure = flag("measure", measure)
    chosen = None if orders is None else _checked(orders)
    subject = recognized(system)
    if isinstance(subject, DeepLinearNetwork):
        remedy = "its singular_values are the errors of all orders"
        raise InvalidArgumentError("system", "a model with states", "a deep linear network", remedy)
    selection = selection_of(subject, checked_strategy(gramians), method, wish)
    if selection.model.several:
        remedy = "call reduce with one order for all times, or one for each"
        raise InvalidArgumentError("system", "a model with one state space", "one for every time", remedy)
    [values] = [pair.singular_values for pair in selection.solved.pairs]
    suggested = _suggested(selection, values)
    if chosen is None:
        chosen = _listed(selection, [each.order for each in suggested])
    models = tuple(selection.of_order(order, f"orders[{k}]") for k, order in enumerate(chosen))
    return _assembled(selection, models, values, suggested, measure=measure)


def _checked(orders: Any) -> list[int]:
    """The orders, ascending and each once."""
    _, value = checked_request(order=[orders] if is_integer(orders) else orders)
    if not value:
        raise InvalidArgumentError("orders", "at least one order", "none", "leave it out for all orders")
    return sorted(set(map(int, value)))


def _floor(selection: Selection) -> float:
    return max(*selection.floors, *(pair.accuracy_floor for pair in selection.solved.pairs))


def _possible(selection: Selection) -> list[int]:
    """Orders that cut no equal values, from the first on that keeps one."""
    every = [selection.kept + cut for (cut,) in selection.candidates() if cut]
    return every or [selection.kept]


def _listed(selection: Selection, suggested: Sequence[int]) -> list[int]:
    """As many of the possible orders as a table holds, the suggested ones and the first ones among them."""
    possible = _possible(selection)
    if len(possible) <= _MOST:
        return possible
    spread = np.unique(np.geomspace(1, len(possible), _MOST).round().astype(int)) - 1
    return sorted({possible[k] for k in spread} | set(suggested))


def _suggested(selection: Selection, values: Array) -> tuple[Suggestion, ...]:
    floor = _floor(selection)
    possible = set(_possible(selection))
    found = []
    for cut in suggested_orders(values, floor):
        if cut + selection.kept not in possible:
            continue
        if cut >= values.size:
            found.append(Suggestion(cut + selection.kept, 1.0, "nothing falls: every state counts as much"))
            continue
        following = max(float(values[cut]), floor, EPS * float(values[0]))
        fall = float(values[cut - 1]) / following
        to = f"{values[cut]:.3g}" if values[cut] >= following else f"the accuracy floor, {following:.1e}"
        found.append(
            Suggestion(cut + selection.kept, fall, f"σ falls {fall:.2g}-fold, from {values[cut - 1]:.3g} to {to}")
        )
    return tuple(found)


def _assembled(
    selection: Selection, models: tuple[Any, ...], values: Array, suggested: tuple[Suggestion, ...], *, measure: bool
) -> OrderTable:
    first: ProjectedModel = models[0]
    largest = float(values[:1].sum())
    return OrderTable(
        rows=tuple(_row(model, values, largest, measure=measure) for model in models),
        models=models,
        suggestions=suggested,
        hsv=values,
        values_name=first.values_name,
        measure=first.measure,
        error_name=first.error_name,
        accuracy_floor=float(np.max(first.accuracy_floor)),
        kept=selection.kept,
        full=first.full,
    )


def _row(model: ProjectedModel, values: Array, largest: float, *, measure: bool) -> OrderRow:
    cut, bound = int(model.balanced_order), model.bound if model.error_is_finite else None
    with np.errstate(divide="ignore"):
        decibels = None if bound is None else float(20 * np.log10(bound))
    linear = isinstance(model, ReducedModel)
    return OrderRow(
        order=int(model.order),
        sigma=float(values[cut - 1]) if cut else None,
        bound=bound,
        bound_db=decibels if decibels is not None and np.isfinite(decibels) else None,
        relative_bound=bound / largest if bound is not None and largest else None,
        error=_measured(model) if measure else None,
        dc_mismatch=model.dc_mismatch if linear else None,
        damping=slowest_damping(model.linear) if linear else None,
    )


def _measured(model: ProjectedModel) -> float:
    try:
        return float(model.error().value)
    except UnstableSystemError:
        return np.inf


def slowest_damping(system: LinearSystem) -> float | None:
    """Damping ratio of the finite pole that decays most slowly; None where there is none.

    Examples
    --------
    >>> slowest_damping(LinearSystem([[0.0, 1.0], [-1.0, -0.2]], [[0.0], [1.0]], [[1.0, 0.0]]))
    0.1
    """
    poles: Any = system.poles().astype(complex)
    poles = poles[np.isfinite(poles)]
    if system.is_discrete:
        poles = np.log(poles[poles != 0])
    if not poles.size:
        return None
    slowest = complex(poles[np.argmax(poles.real)])
    return round(-slowest.real / abs(slowest), 12) + 0.0 if slowest else 0.0


def _shown(key: str, value: Any) -> str:
    if value is None:
        return "–"
    if key == "bound_db":
        return f"{value:.1f}"
    return str(value) if key == "order" else f"{value:.3g}"
