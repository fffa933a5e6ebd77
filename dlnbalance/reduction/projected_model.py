"""A model reduced by projection to the leading states of balanced Gramians, of whatever class it is."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from ..balancing.facts import certificate_facts, each, floor_fact, one_or_all, order_facts, values_facts
from ..drawable import Drawable
from ..files.parcels import Parcel
from ..gramians.base import ErrorBounds
from ..html_views import HasPage
from ..layout import capitalized
from ..linalg.immutable import Immutable
from ..networks.factor_pairs import FactorPair
from ..networks.projections import certify
from ..structured.model import Proof
from ..summary import Fact, Summary, headline, told
from ..systems.linear_system import LinearSystem

__all__ = ["METHODS", "Method", "ProjectedModel"]

Method = Literal["truncate", "residualize", "hankel", "modal", "irka"]

#: Methods of reduction, in words.
METHODS: dict[str, str] = {
    "truncate": "balanced truncation",
    "residualize": "residualization (singular perturbation, keeps the DC gain)",
    "hankel": "optimal Hankel-norm approximation",
    "modal": "modal truncation (keeps dominant poles)",
    "irka": "tangential interpolation at the mirror images of its poles (IRKA)",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class ProjectedModel(Immutable, Drawable, HasPage):
    r"""A reduced model with what is proved and what was measured about it.

    Periodic and time-varying systems have a state space for every time: `hsv`, `order`, `full_order`, `left`, `right`,
    `certificate` and `accuracy_floor` are tuples then, with one of each.

    Attributes
    ----------
    system : same type as what was passed in
        The reduced model, with the signals and the time base of the given one.
    order, full_order : int
        Number of states kept and given.
    hsv : (n,) array
        All singular values of the Gramian factors, descending.
    bound, lower_bound : float
        Bounds of the error, in exact arithmetic; None where none are proved.
    measure : str
        What these bound and `error` measures, in words.
    left, right : (n, r) array
        Bases W and V of the projection, W*V = I.
    method : str
        "truncate", "residualize", "hankel", "modal" or "irka".
    stable : bool
        Whether the reduced model is asymptotically stable beyond rounding.
    certificate : Certificate
        tr P + tr Q of the kept coordinates against its minimum 2 Σ_{i≤r} σ_i, recomputed.
    gramians : object
        Who defined the Gramians: a kind of Gramians with its settings, or the model itself.
    how : str
        One line on how the Gramian factors were computed.
    full : model
        The model that was given.

    See Also
    --------
    dlnbalance.reduce : fewer states, or hidden widths, with a bound of the error.
    dlnbalance.ReducedModel : a reduced model with what is proved and what was measured about it.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> periodic = dln.PeriodicSystem([[[0.5]], [[0.8]]], [[[1.0]], [[0.5]]], [[[0.3]], [[1.0]]], dt=0.1)
    >>> model = dln.reduce(periodic, order=1)
    >>> isinstance(model, dln.ProjectedModel), model.order
    (True, (1, 1))
    """

    system: Any
    full: Any = field(repr=False)
    hsv: Any
    left: Any
    right: Any
    method: Method
    gramians: Proof
    how: str
    complete: bool
    exact_bounds: ErrorBounds = field(repr=False)
    _pairs: tuple[FactorPair, ...] = field(repr=False)
    _cuts: tuple[int, ...] = field(repr=False)

    @property
    def order(self) -> Any:
        """Number of states of the reduced model."""
        return each(self.right, lambda V: V.shape[1])

    @property
    def balanced_order(self) -> Any:
        """Number of singular values that are kept: `order`, less the states that are kept because they have none."""
        return one_or_all(self._cuts, isinstance(self.order, tuple))

    @property
    def full_order(self) -> Any:
        """Number of states of the model that was given."""
        return each(self.right, lambda V: V.shape[0])

    @property
    def bound(self) -> float | None:
        """Upper bound of the error; None where none is proved."""
        return self.exact_bounds.upper

    @property
    def lower_bound(self) -> float | None:
        """Lower bound of the error of any model of this order; None where none is proved."""
        return self.exact_bounds.lower

    @property
    def measure(self) -> str:
        """What `bound` bounds, in words."""
        return self.exact_bounds.measure

    @property
    def values_name(self) -> str:
        """What the singular values are called."""
        return self.gramians.values_name

    @cached_property
    def stable(self) -> bool:
        """Whether the reduced model is asymptotically stable beyond rounding; found on first use."""
        return self.system.is_stable

    @cached_property
    def error_is_finite(self) -> bool:
        """Whether the difference of both models is stable, so that it has a norm."""
        return self.stable or self.order != self.balanced_order  # what is kept exactly leaves the difference

    @cached_property
    def certificate(self) -> Any:
        """Recomputed tr P + tr Q of the kept coordinates against its minimum; found on first use, O(n² r)."""
        return one_or_all(map(certify, self._pairs, self._cuts), isinstance(self.order, tuple))

    @cached_property
    def accuracy_floor(self) -> Any:
        """Singular values below it carry no information."""
        return one_or_all((pair.accuracy_floor for pair in self._pairs), isinstance(self.order, tuple))

    def error(self) -> Any:
        """Measure the error, once, on first call: the norm of the difference of both models, and where it is found.

        Returns
        -------
        Measured
            Infinite where the difference of both models is not stable.
        """
        return self._error

    @cached_property
    def _error(self) -> Any:
        return self.full.distance(self.system)

    @property
    def measured(self) -> Any:
        """The measured error where `error` was called already, None before."""
        return vars(self).get("_error")

    def __getstate__(self) -> dict[str, Any]:
        measured = {} if self.measured is None else {"_error": self.measured}
        state = super().__getstate__()
        if not isinstance(self.system, LinearSystem):  # which pickles as it is, once for all that refers to it
            state["system"] = Parcel(self.system)
        return state | measured

    def __setstate__(self, state: dict[str, Any]) -> None:
        system = state["system"]
        super().__setstate__(state | {"system": system.content if isinstance(system, Parcel) else system})

    def proved(self, digits: int = 6) -> str:
        """What the computed values prove about the error, in words; empty for nothing."""
        if self.bound is None:
            return ""
        lower = f"at least {self.lower_bound:.{digits}g}, " if self.lower_bound else ""
        return f"{lower}at most {self._proved_upper(digits)}"

    def _proved_upper(self, digits: int) -> str:
        return f"{self.bound:.{digits}g}, in exact arithmetic"

    def summary(self) -> Summary:
        """Facts about the result: keys and values for programs, labels and words for people."""
        return [
            Fact("kind", "", "model"),
            Fact("system", "System", headline(self.full)),
            Fact("method", "Method", self.method, words=METHODS[self.method]),
            *self.order_facts(),
            *values_facts(self.values_name, self.hsv, self.balanced_order),
            *self._bound_facts(),
            *self._error_facts(),
            *self._further_facts(),
            Fact("stable", "Stability", self.stable, words=self._stability()),
            *certificate_facts(self.certificate),
            Fact("how", "Gramians", self.how),
            floor_fact(self.accuracy_floor),
        ]

    def order_facts(self) -> list[Fact]:
        """Numbers of states (of positions, for second-order models) kept and given."""
        kept = 0 if isinstance(self.order, tuple) else self.order - self.balanced_order
        remark = f"{kept} of them kept exactly" if kept else ""
        return order_facts(self.order, self.full_order, remark, getattr(self.full, "counted", "states"))

    def _bound_facts(self) -> list[Fact]:
        label, words = f"{capitalized(self.measure)}, proved", self.proved()
        if not words:
            label, words = capitalized(self.measure), "no bound"
        return [
            Fact("bound", label if self.error_is_finite else "", self.bound, words=words),
            Fact("lower_bound", "", self.lower_bound),
            Fact("bounded", "", self.measure),
        ]

    @property
    def error_name(self) -> str:
        """What `error` measures, in words, whatever it is that the bounds are of."""
        return self.full.measure

    def _error_facts(self) -> list[Fact]:
        error, label = self.measured, capitalized(self.error_name)
        if error is not None:
            return [Fact("error", f"{label}, measured", self._error_document(error), words=f"{error}")]
        if self.error_is_finite:
            return [Fact("error", "", None)]
        infinite = {"value": float("inf"), "norm": self.error_name, "place": ""}
        return [Fact("error", label, infinite, words="infinite")]

    def _error_document(self, error: Any) -> dict[str, Any]:
        return {"value": error.value, "norm": self.error_name, "place": error.place}

    def _further_facts(self) -> list[Fact]:
        return []

    def _stability(self) -> str:
        if self.stable:
            return "stable"
        return "not stable, by what is kept" if self.order != self.balanced_order else "NOT STABLE beyond rounding"

    def __repr__(self) -> str:
        return told(type(self).__name__, self.summary())
