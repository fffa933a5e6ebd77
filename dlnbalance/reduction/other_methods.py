"""Methods of reduction that are no projection along Gramians; these say how large the error must be at least."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la

from ..balancing.balanced_forms import balanceable_order
from ..decompositions.divisions import divided
from ..errors import InvalidArgumentError, NumericalError, OrderError
from ..gramians.base import HINF_ERROR, ErrorBounds, GramianStrategy
from ..gramians.lyapunov import Lyapunov
from ..linalg.arguments import is_integer
from ..linalg.arrays import Array, Flags, Indices, whole_number
from ..networks.factor_pairs import FactorPair
from ..networks.projections import projection
from ..norms.frequencies import telling_frequencies
from ..norms.responses import frequency_response
from ..norms.system_norms import hankel_norm
from ..summary import Fact
from ..systems.linear_system import LinearSystem
from ..systems.signals import pole_in_words
from .hankel_approximation import hankel_approximation
from .interpolation import interpolated
from .kept import BalancedPart
from .reduced_model import ReducedModel
from .selection import LinearSelection

__all__ = ["OTHER_METHODS", "OtherSelection", "ReducedOtherwise", "check_lyapunov"]

_ROUNDING = 4  # as of the other reduced models: what is seen stays below 1 of these units


class Found(NamedTuple):
    """A reduced model: with its bases, where it is a projection, what its making rounded, and what there is to say."""

    reduced: LinearSystem
    left: Array | None
    right: Array | None
    rounding: float
    facts: list[Fact]


class OtherMethod(ABC):
    """One method for one system, which is stable, with its Gramian factors."""

    def __init__(self, system: LinearSystem, pair: FactorPair):
        self.system, self.pair = system, pair

    @abstractmethod
    def upper(self, order: int) -> float | None:
        """Upper bound of the H∞ error, in exact arithmetic; None where none is known."""

    @abstractmethod
    def found(self, order: int) -> Found:
        """The reduced model of an order that the singular values allow."""

    def checked(self, order: int, argument: str, kept: int) -> int | None:
        """Check an order, to which `kept` states come; None where the singular values decide whether there is one."""
        del order, argument, kept

    def orders(self) -> list[int] | None:
        """All orders that there are, ascending; None where the singular values decide."""
        return None

    def truncated(self, order: int) -> LinearSystem:
        """Balanced truncation."""
        T, S = projection(self.pair, order)
        return self.system.project(self.system.left_basis(T), S)


class Hankel(OtherMethod):
    """Glover's approximation: the least error in the Hankel norm, and half the bound of truncation."""

    def upper(self, order: int) -> float:
        """Σ σ_i over the distinct values of the tail, and once more those that are too small to be balanced."""
        half = Lyapunov().error_bounds(self.pair.singular_values, order, 0.0).upper
        assert half is not None
        return half / 2 + float(self.pair.singular_values[max(self._balanced_order, order) :].sum())

    @property
    def _balanced_order(self) -> int:
        return balanceable_order(self.pair)

    @cached_property
    def _balanced(self) -> tuple[LinearSystem, Array, Array]:
        """The balanced realization that all orders begin with, and its response where it tells most."""
        balanced = self.truncated(self._balanced_order)
        omega = telling_frequencies(balanced)
        return balanced, omega, frequency_response(balanced, omega)

    def found(self, order: int) -> Found:
        """The optimal approximation; where nothing is left to approximate, the truncation."""
        k = self._balanced_order
        if order >= k:
            reduced, values = self.truncated(order), self.pair.singular_values
            return Found(reduced, None, None, 2 * float(values[order:].sum()), [])
        values = self.pair.singular_values[:k]
        balanced, omega, response = self._balanced
        reduced, extension = hankel_approximation(balanced, values, order)
        gaps = response - frequency_response(extension, omega)
        defect = float(np.abs(la.norm(gaps, 2, axis=(1, 2)) - values[order]).max())
        least = float(values[order])
        fact = Fact("hankel_error", "Hankel-norm error", least, words=f"{least:.6g}, the least for this order")
        return Found(reduced, None, None, defect, [fact, Fact("all_pass_defect", "", defect)])


class Interpolating(OtherMethod):
    """Tangential interpolation at the mirror images of its own poles: a local minimum of the H2 error, mostly."""

    def upper(self, order: int) -> None:
        """Nothing is proved."""
        del order

    def found(self, order: int) -> Found:
        """The model that the iteration from balanced truncation leads to."""
        start = self.truncated(order)
        if not 0 < order < self.system.nstates:
            return Found(start, None, None, 0.0, [])
        system, left, right, residual, steps = interpolated(self.system.explicit(), start)
        words = f"{residual:.1e} after {steps} steps"
        fact = Fact("optimality", "Defect of the H2 conditions", residual, words=words)
        return Found(system, left, right, 0.0, [fact, Fact("steps", "", steps)])


class DominantModes(OtherMethod):
    r"""Modal truncation: the poles with the largest :math:`‖c_i‖‖b_i‖/|\mathrm{Re}\,λ_i|`, the peaks of their terms.

    In discrete time the distance of a pole from the unit circle takes the place of its real part.
    """

    def upper(self, order: int) -> float:
        """Sum of the peaks of the terms that are left out."""
        return float(self._ranked.sizes[order:].sum())

    def checked(self, order: int, argument: str, kept: int) -> int:
        """Check an order: complex poles of a real system are kept in pairs."""
        poles = self._ranked.poles
        order = whole_number(argument, order, 0, poles.size)
        if not self._parts(order):
            return order
        raise OrderError(
            argument,
            "an order that keeps complex poles in pairs",
            f"{order + kept}, between {pole_in_words(poles[order - 1])} and its conjugate",
            f"ask for order {order + kept - 1} or {order + kept + 1}",
        )

    def _parts(self, order: int) -> bool:
        return order > 0 and bool(self._ranked.paired[order - 1])

    def orders(self) -> list[int]:
        """All orders that there are."""
        return [order for order in range(self._ranked.poles.size + 1) if not self._parts(order)]

    @cached_property
    def _ranked(self) -> "Ranked":
        modal, poles = self.system.modal, self.system.schur.eigenvalues
        if modal is None:
            raise NumericalError(
                "method",
                "eigenvectors that are linearly independent, for modal truncation",
                "some that are dependent to working precision",
                "take method='truncate'",
            )
        sizes = modal.sharpness(discrete=self.system.is_discrete)
        # Conjugate poles share their rank; they stand next to each other in the Schur form.
        pairs = np.flatnonzero(poles.imag > 0) if not self.system.is_complex else np.zeros(0, dtype=int)
        sizes[pairs + 1] = sizes[pairs]
        order = np.lexsort((np.arange(poles.size), -sizes))
        paired = np.isin(order, pairs)
        return Ranked(poles[order] * self.system.coordinates.unit, sizes[order], order, paired)

    def found(self, order: int) -> Found:
        """The part of the system with the dominant poles, by orthogonal transformations."""
        ranked, n = self._ranked, self.system.nstates
        selected = np.isin(np.arange(n), ranked.places[:order])
        division = divided(self.system, selected)
        if division is None:
            raise NumericalError(
                "order",
                "a cut between poles that rounding does not mix",
                f"one within a cluster of poles, after {order} of them",
                "take another order, or method='truncate'",
            )
        part = division.first.explicit()
        listed = pole_in_words(ranked.poles[order - 1]) if order else "none"
        fact = Fact("last_pole", "Least dominant pole kept", listed)
        return Found(part.system.replaced(D=self.system.D), part.left, part.right, 0.0, [fact])


class Ranked(NamedTuple):
    """Poles by their dominance, the peaks of their terms, their places in the Schur form, and firsts of pairs."""

    poles: Array
    sizes: Array
    places: Indices
    paired: Flags


#: The methods that are no projection along Gramians.
OTHER_METHODS: dict[str, type[OtherMethod]] = {
    "hankel": Hankel,
    "modal": DominantModes,
    "irka": Interpolating,
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReducedOtherwise(ReducedModel):
    r"""A model reduced by a method that is no projection along Gramians.

    `hsv` and `lower_bound` = σ_{r+1} are those of the system, as for truncation. `left` and `right` are None for
    `method="hankel"`, which projects along nothing, and `certificate` is None: there are no balanced coordinates.
    """

    found: Found = field(repr=False)

    @cached_property
    def certificate(self) -> Any:
        """None: nothing was balanced."""
        return None

    @cached_property
    def rounding(self) -> float:
        """What rounding can add to the error: in the data, in the singular values, and in the method."""
        return super().rounding + _ROUNDING * self.found.rounding

    @property
    def hankel_error(self) -> float:
        """Measured error ‖G − G_r‖ in the Hankel norm."""
        return hankel_norm(self.balanced.full - self.balanced.reduced)

    def _further_facts(self) -> list[Fact]:
        return [*self.found.facts, *super()._further_facts()]


def check_lyapunov(method: str, gramians: GramianStrategy, system: LinearSystem) -> None:
    """Refuse other Gramians than Lyapunov's for a method that is no projection along them."""
    found = gramians.for_system(system)
    if not isinstance(found, Lyapunov):
        raise InvalidArgumentError(
            "gramians",
            f"Lyapunov() for method='{method}', which takes dense systems",
            f"{found}",
            "pass gramians=dlnbalance.Lyapunov(), or method='truncate'",
        )


@dataclass(frozen=True, kw_only=True)
class OtherSelection(LinearSelection):
    """The reduced models that another method gives."""

    def _checked(self, order: Any, argument: str) -> tuple[int, ...]:
        own = self._how_else.checked(order - self.kept, argument, self.kept) if is_integer(order) else None
        return super()._checked(order, argument) if own is None else (own,)

    def candidates(self) -> list[tuple[int, ...]]:
        """Orders that a tolerance chooses from: those of the method, where it has orders of its own."""
        own = self._how_else.orders()
        return super().candidates() if own is None else [(order,) for order in own]

    @cached_property
    def _how_else(self) -> OtherMethod:
        return OTHER_METHODS[self.method](self._part, self.solved.pairs[0])

    def _bounds(self, orders: tuple[int, ...]) -> ErrorBounds:
        (order,) = orders
        lower = float(self.solved.pairs[0].singular_values[order : order + 1].sum())
        return ErrorBounds(lower, self._how_else.upper(order), HINF_ERROR)

    def _result(self, orders: tuple[int, ...]) -> ReducedModel:
        found = self._how_else.found(orders[0])
        part = BalancedPart(self._part, found.reduced, found.left, found.right)
        return ReducedOtherwise(**self._fields(orders, part), found=found)
