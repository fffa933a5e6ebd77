r"""The protocol of a kind of Gramians: what it is called, what it solves for and what it proves.

Every kind turns a :class:`LinearSystem` into the network

.. math:: (W_1, W_2) = (Z_c, Z_o^*), \qquad P = Z_c Z_c^*, \quad Q = Z_o Z_o^*,

whose hidden layer is the state space, whose gauge group is the group of state transformations, whose moment is
P − Q and whose singular values are the Hankel singular values. What is done with the network afterwards
(its center balances, its truncation reduces) does not depend on where the factors came from.

A kind is a class in a module of its own, derived from :class:`GramianStrategy`; reduction, reports, pictures, the
command line and the table in the documentation take from it all that they say.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..linalg.arguments import shown
from ..linalg.arrays import Array
from ..linalg.threads import threads_by_size
from ..networks.factor_pairs import FactorPair, as_factor_pair
from ..systems.coordinates import out_of_range
from ..systems.linear_system import LinearSystem

__all__ = ["HINF_ERROR", "ErrorBounds", "GramianStrategy", "Gramians"]

# Exponents of two between which the product of two norms keeps its digits, clear of underflow and overflow.
_EXPONENTS = -1010, 1023

#: What the tail of the Hankel singular values bounds: ‖G − G_r‖_∞.
HINF_ERROR = "H∞ error"


class ErrorBounds(NamedTuple):
    """What the singular values of Gramian factors prove about a reduced model; None where nothing is proved.

    `measure` says in words what is bounded. Only "H∞ error", which stands for ‖G − G_r‖_∞, lets rounding be added, and
    a truncation stand in for the system where errors are measured.

    See Also
    --------
    dlnbalance.GramianStrategy : the base of all kinds of Gramians.
    dlnbalance.ReducedModel : a reduced model with what is proved and what was measured about it.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> round(dln.Lyapunov().error_bounds(np.array([2.0, 0.5, 0.1]), 1, 0.0).upper, 9)
    1.2
    """

    lower: float | None
    upper: float | None
    measure: str = HINF_ERROR


@dataclass(frozen=True, kw_only=True, eq=False)
class Gramians:
    """Gramian factors of a system, and how they were found.

    Attributes
    ----------
    network : FactorPair
        (Z_c, Z_o*).
    how : str
        One line on how they were computed, for reports.
    complete : bool
        Whether the singular values of the network are all that the exact Gramians have, so that a sum over them
        leaves nothing out.

    See Also
    --------
    dlnbalance.GramianStrategy : the base of all kinds of Gramians.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> found = dln.Automatic().solve(dln.LinearSystem([[-1.0]], [[4.0]], [[1.0]]))
    >>> found.complete, found.network.singular_values.round(9).tolist()
    (True, [2.0])
    """

    network: FactorPair
    how: str
    complete: bool = True


class GramianStrategy(ABC):
    """A kind of Gramians, with its settings: what `gramians=` takes.

    A derived class gives itself a `name` and a `description`, and says how to `solve`; the rest has defaults that
    promise nothing. It is best a frozen dataclass, whose fields are the settings, so that it prints itself.

    Attributes
    ----------
    name : str
        What the command line calls the kind: lower case, with hyphens.
    description : str
        One line for tables and ``--help``.
    values_name : str
        What reports call the singular values of the factors.
    takes_unstable : bool
        Whether the kind has Gramians of systems that are not stable, too.
    preserves : tuple of str
        Names of properties (:mod:`dlnbalance.reduction.preserved`) that reduced models keep, beside stability. Every
        result is checked for them.

    See Also
    --------
    dlnbalance.Lyapunov : reachability and observability Gramians of a stable system.
    dlnbalance.LowRank : Gramians of a large sparse system, by thin factors of stated residual.
    dlnbalance.Coprime : Gramians of the normalized coprime factors of a system, stable or not.
    dlnbalance.gramians.kinds.kinds : all kinds of Gramians that are there, by name.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> class Doubled(GramianStrategy):
    ...     name, description = "doubled", "both Gramians of Lyapunov(), times two"
    ...
    ...     def solve(self, system):
    ...         reach, observe = dln.Lyapunov()(system).weights
    ...         network = FactorPair([2**0.5 * reach, 2**0.5 * observe])
    ...         return Gramians(network=network, how="doubled Lyapunov factors")
    >>> dln.hankel_singular_values(([[-1.0]], [[2.0]], [[1.0]]), gramians=Doubled()).round(12).tolist()
    [2.0]
    """

    name: ClassVar[str]
    description: ClassVar[str]
    values_name: ClassVar[str] = "singular values of the Gramian factors"
    takes_unstable: ClassVar[bool] = False
    preserves: ClassVar[tuple[str, ...]] = ()

    def for_system(self, system: LinearSystem) -> "GramianStrategy":
        """Return the strategy that solves for `system`, itself in general; refuse a system that it cannot take."""
        del system
        return self

    def check_method(self, method: str, system: LinearSystem) -> None:
        """Refuse a method of reduction after which the error of this kind says nothing; here none."""
        del method, system

    @abstractmethod
    def solve(self, system: LinearSystem) -> Gramians:
        """Solve for the Gramian factors of `system`."""

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        """Bound the error of truncation to `order`, in the measure that the bounds name; here nothing is proved.

        `floor` is what one rounding error of the data does to the transfer function; zero asks for exact arithmetic.
        """
        del values, order, floor
        return ErrorBounds(None, None)

    @threads_by_size
    def __call__(self, system: LinearSystem) -> FactorPair:
        """Return the network (Z_c, Z_o*) of `system`."""
        system = as_system(system)
        return as_factor_pair(self.for_system(system).solve(system).network)


def checked_strategy(gramians: Any) -> GramianStrategy:
    """Return `gramians` when it is a kind of Gramians.

    Raises
    ------
    InvalidArgumentError
        For names and classes of kinds, and for whatever else is none.
    """
    if not isinstance(gramians, GramianStrategy):
        expected = "a GramianStrategy, not its class or name"
        remedy = "pass dlnbalance.Automatic(), dlnbalance.Lyapunov() or dlnbalance.LowRank()"
        raise InvalidArgumentError("gramians", expected, shown(gramians), remedy)
    return gramians


def check_range(reach: float, observe: float, what: str = "Hankel norm") -> None:
    """Refuse factors of these norms, when the product of them overflows or has lost digits to underflow."""
    if reach == 0 or observe == 0:
        return
    exponent = sum(int(np.frexp(size)[1]) for size in (reach, observe))
    if not _EXPONENTS[0] <= exponent <= _EXPONENTS[1]:
        raise out_of_range(what)


def check_dense(system: LinearSystem) -> None:
    """Refuse a sparse system that is too large for Gramians that are computed densely."""
    if system.is_large and not system.dense_is_affordable:
        raise InvalidArgumentError(
            "system",
            "a dense system, or a sparse one of a few thousand states, for these Gramians",
            f"a sparse one with {system.nstates} states",
            "reduce it to high accuracy by gramians=dlnbalance.LowRank() first, and the result by these",
        )
