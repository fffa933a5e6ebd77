"""All reduced models that some Gramian factors give, chosen by order or by tolerance."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..balancing.facts import one_or_all
from ..decompositions.descriptor_forms import FiniteInfinite
from ..errors import OrderError, ToleranceError
from ..gramians.base import ErrorBounds
from ..linalg.arrays import Array, adjoint, frozen
from ..networks.projections import projection
from ..structured.linear import LinearModel
from ..structured.model import Solved, StateSpaces
from ..systems.linear_system import LinearSystem
from ..systems.signals import poles_in_words
from .kept import BalancedPart, Kept
from .orders import checked_orders, cuts, in_one_line, rounded_up
from .projected_model import Method, ProjectedModel
from .reduced_model import ReducedModel
from .residualization import residualized, residualized_at_pole
from .result_classes import result_class

__all__ = ["LinearSelection", "Selection"]


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The reduced models of a model."""

    model: StateSpaces
    solved: Solved
    method: Method

    @property
    def kept(self) -> int:
        """Number of states that are kept whatever the order, because they have no singular values."""
        return self.solved.kept

    @cached_property
    def floors(self) -> tuple[float, ...]:
        """Accuracy floor of every state space."""
        return self.model.floors(self.solved)

    def of_order(self, order: Any, argument: str) -> Any:
        """Return the model of a given order, refused where it would not be unique or there is none."""
        if self.kept and order < self.kept:
            counted = getattr(self.model, "counted", "states")
            which, way_out = self._what_is_kept()
            raise OrderError(
                argument,
                f"at least the {self.kept} {counted} that are kept{which}",
                f"{order}",
                f"ask for order {self.kept} or more, or {way_out}",
            )
        return self._result(self._checked(order, argument))

    def _checked(self, order: Any, argument: str) -> tuple[int, ...]:
        """An order for every state space, refused where it would not be unique or there is none."""
        return checked_orders(self.solved.pairs, self.floors, order, argument, self.kept)

    def candidates(self) -> list[tuple[int, ...]]:
        """Orders that a tolerance chooses from, ascending."""
        return list(cuts(self.solved.pairs, max(self.floors, default=0.0)))

    def _what_is_kept(self) -> tuple[str, str]:
        """What is kept, in words, and what can be done about it."""
        return "", "keep none of them"

    def within(self, request: str, tolerance: float) -> Any:
        """Return the smallest model whose bound, rounding included, is at most the tolerance asked for."""
        pairs = self.solved.pairs
        largest = max((float(pair.singular_values[:1].sum()) for pair in pairs), default=0.0)
        unit = 1.0 if request == "tol" else largest
        reached, orders = np.inf, ()
        candidates = self.candidates()
        for orders in candidates:
            upper = self._bounds(orders).upper
            if upper is None:
                raise ToleranceError(
                    request,
                    "no tolerance (these Gramians prove no error bound)",
                    f"{tolerance:.3g}",
                    "pass order= instead",
                )
            if upper > tolerance * unit and orders != candidates[-1]:
                continue
            found = self._result(orders)
            if found.bound <= tolerance * unit:
                return found
            reached = min(reached, found.bound)
        most = self.kept + max(orders, default=0)
        raise ToleranceError(
            request,
            f"at least {rounded_up(reached / (unit or 1.0)):.3g}, the least that is proved in double precision",
            f"{tolerance:.3g}",
            f"ask for less accuracy, or for order={most}, the largest that rounding allows",
        )

    def _bounds(self, orders: tuple[int, ...]) -> ErrorBounds:
        values = in_one_line(self.solved.pairs, orders).values
        return self.solved.proof.error_bounds(values, sum(orders), max(self.floors, default=0.0))

    def _result(self, orders: tuple[int, ...]) -> Any:
        model, several = self.model, self.model.several
        reduced, T, S = model.truncated(self.solved, orders)
        return ProjectedModel(
            system=reduced,
            full=model,
            left=one_or_all((frozen(adjoint(rows)) for rows in T), several),
            right=one_or_all(map(frozen, S), several),
            **self._common(orders),
        )

    def _common(self, orders: tuple[int, ...]) -> dict[str, Any]:
        """What a result says whatever the class of the model."""
        pairs, how, complete, proof, _ = self.solved
        return {
            "hsv": one_or_all((pair.singular_values for pair in pairs), self.model.several),
            "method": self.method,
            "gramians": proof,
            "how": how,
            "complete": complete,
            "exact_bounds": self._bounds(orders),
            "_pairs": pairs,
            "_cuts": orders,
        }


@dataclass(frozen=True, kw_only=True)
class LinearSelection(Selection):
    """The reduced models of a linear system, or of a summand of it that is reduced beside what is kept.

    `descriptor` is there where E is singular: then its proper part is reduced, and its polynomial part kept.
    """

    model: LinearModel
    given: LinearModel
    descriptor: FiniteInfinite | None = None
    aside: Kept | None = None

    @property
    def kept(self) -> int:
        """Number of states that are kept whatever the order."""
        improper = self._improper
        return (0 if self.aside is None else self.aside.order) + (0 if improper is None else improper.nstates)

    @property
    def _improper(self) -> LinearSystem | None:
        return None if self.descriptor is None else self.descriptor.improper

    def _what_is_kept(self) -> tuple[str, str]:
        which = "" if self.aside is None else f" ({poles_in_words(self.aside.poles)})"
        if self._improper is None:
            return which, "take the parts by dlnbalance.split(system)"
        which += f", {self._improper.nstates} of them for the polynomial part"
        return which, "see dlnbalance.decompositions.finite_infinite(system)"

    def _result(self, orders: tuple[int, ...]) -> ReducedModel:
        fields = self._fields(orders, self._balanced(orders[0]))
        return result_class(fields["exact_bounds"].measure)(**fields)

    def _fields(self, orders: tuple[int, ...], part: BalancedPart) -> dict[str, Any]:
        """What the result says of what became of the balanced part."""
        whole = self._whole(part)
        return {
            "system": self.given.restored(whole.reduced),
            "full": self.given.system,
            "left": None if whole.left is None else frozen(whole.left),
            "right": None if whole.right is None else frozen(whole.right),
            "linear": whole.reduced,
            "balanced": part,
            "kept": self.aside,
            "descriptor": self.descriptor,
            **self._common(orders),
        }

    def _whole(self, part: BalancedPart) -> BalancedPart:
        """What became of the balanced part, with all that is kept beside it."""
        whole, improper = part if self.aside is None else self.aside.beside(part), self._improper
        if improper is None:
            return whole
        return whole._replace(reduced=(whole.reduced + improper).replaced(name=whole.reduced.name))

    def _balanced(self, order: int) -> BalancedPart:
        full, (T, S) = self._part, self._coordinates(order)
        left = full.left_basis(T)
        if self.method == "truncate":
            reduced = full.project(left, S)
        else:
            reduced = (residualized_at_pole if self._may_be_unstable else residualized)(full, T, S)
        return BalancedPart(full, reduced, left, S)

    @property
    def _may_be_unstable(self) -> bool:
        """Whether the Gramians are of a kind that needs no stable system."""
        return getattr(self.solved.proof, "takes_unstable", False)

    @property
    def _part(self) -> LinearSystem:
        """The system that is balanced."""
        return self.model.system

    def _coordinates(self, order: int) -> Sequence[Array]:
        """T and S of the states that are kept of the part, T S = I."""
        return projection(self.solved.pairs[0], order)
