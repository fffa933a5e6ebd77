r"""What `balance`, `reduce` and the rest of the library ask of a class of models.

A model has one or several state spaces. Each of them has a pair of Gramian factors (Z_c, Z_o*), a network of depth 2,
and can be projected along: x = S z, z = T x with T S = I. That is all that balancing and truncation need to know;
whatever else a class says about itself (how far two models are apart, what the singular values prove, how it is saved
and drawn) goes into the results as it is.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, Protocol, Self

from ..drawable import Drawable
from ..errors import InvalidArgumentError
from ..files.saved import Saved
from ..gramians.automatic import Automatic
from ..gramians.base import ErrorBounds, GramianStrategy
from ..gramians.lyapunov import Lyapunov
from ..html_views import HtmlView
from ..linalg.arguments import shown
from ..linalg.arrays import Array
from ..linalg.immutable import Immutable
from ..networks.factor_pairs import FactorPair
from ..networks.projections import projection
from ..norms.measured import Measured
from ..systems.linear_system import LinearSystem

__all__ = ["Model", "Proof", "Solved", "StateSpaces", "Truncated"]


class Proof(Protocol):
    """Who says what the singular values are called and what they prove: a kind of Gramians, or a class of models.

    See Also
    --------
    dlnbalance.GramianStrategy : the base of all kinds of Gramians.
    dlnbalance.structured.Solved : Gramian factors of all state spaces of a model.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> dln.Lyapunov().values_name  # a kind of Gramians says it itself
    'Hankel singular values'
    """

    values_name: ClassVar[str]

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        """Bound the error of truncation of the descending `values` to the first `order`."""
        ...


class Solved(NamedTuple):
    """Gramian factors of all state spaces of a model: one pair each, how they were found, and who says what they prove.

    `complete` says whether the singular values are all that exact Gramians have; `kept` counts the states that every
    reduced model has beside those of the pairs, because they have no Gramians.

    See Also
    --------
    dlnbalance.structured.StateSpaces : what balancing and reduction need of a model.
    dlnbalance.structured.model.Proof : who says what the singular values are called and what they prove.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> pair = dln.Lyapunov()(dln.LinearSystem([[-1.0]], [[4.0]], [[1.0]]))
    >>> Solved((pair,), "by hand", True, dln.Lyapunov()).kept
    0
    """

    pairs: tuple[FactorPair, ...]
    how: str
    complete: bool
    proof: Proof
    kept: int = 0


class Truncated(NamedTuple):
    """A reduced model, and rows T and columns S with T S = I of every state space that say what was kept.

    See Also
    --------
    dlnbalance.structured.StateSpaces : what balancing and reduction need of a model.

    Examples
    --------
    >>> import numpy as np
    >>> Truncated(None, (np.eye(1, 2),), (np.eye(2, 1),)).transforms[0] @ np.eye(2, 1)
    array([[1.]])
    """

    model: Any
    transforms: tuple[Array, ...]
    inverses: tuple[Array, ...]


class StateSpaces(Immutable, ABC):
    """What can be balanced: state spaces with Gramian factors, and a projection along them.

    See Also
    --------
    dlnbalance.structured.Model : a class of models beside linear systems.
    dlnbalance.structured.state_spaces : what can be balanced of a model.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> issubclass(dln.SystemFamily, StateSpaces)
    True
    """

    @property
    @abstractmethod
    def nstates(self) -> int | tuple[int, ...]:
        """Number of states; one for every time where the model has a state space for each."""

    @property
    def several(self) -> bool:
        """Whether there is a state space for every time, and results have one of everything for each."""
        return isinstance(self.nstates, tuple)

    @abstractmethod
    def solve(self, gramians: GramianStrategy) -> Solved:
        """Solve for the Gramian factors of all state spaces."""

    @abstractmethod
    def project(self, transforms: Sequence[Array], inverses: Sequence[Array]) -> Any:
        """Project along (r, n) rows T and (n, r) columns S with T S = I, one of each a state space."""

    def truncated(self, solved: Solved, orders: Sequence[int]) -> Truncated:
        """Reduce to the leading singular triples of every pair: by default along the projections that they give."""
        T, S = zip(*map(projection, solved.pairs, orders), strict=True)
        return Truncated(self.project(T, S), T, S)

    def floors(self, solved: Solved) -> tuple[float, ...]:
        """Accuracy floor of the singular values of every state space: what decides whether two count as equal."""
        return tuple(pair.accuracy_floor for pair in solved.pairs)


class Model(StateSpaces, Saved, Drawable, HtmlView):
    """A class of models beside linear systems: a module, its export and its test are all that it takes.

    Attributes
    ----------
    measure : str
        What `distance` measures, and error bounds bound, in words.
    values_name : str
        What reports call the singular values of the Gramian factors.
    counted : str
        What `nstates`, and the orders of reduced models, count.
    takes_gramians : bool
        Whether a kind of Gramians can be chosen; if not, the model defines its own.

    See Also
    --------
    dlnbalance.structured.StateSpaces : what balancing and reduction need of a model.
    dlnbalance.SystemFamily : linear systems (A_i, B_i, C_i, D_i), i = 1, …, s, whose states are the same quantities.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> issubclass(dln.PeriodicSystem, Model)
    True
    """

    measure: ClassVar[str]
    values_name: ClassVar[str] = "Hankel singular values"
    counted: ClassVar[str] = "states"
    takes_gramians: ClassVar[bool] = False

    @abstractmethod
    def factor_pairs(self, gramians: GramianStrategy = Automatic()) -> tuple[FactorPair, ...]:
        """Return the Gramian factors (Z_c, Z_o*), one pair for every state space."""

    @abstractmethod
    def project(self, transforms: Sequence[Array], inverses: Sequence[Array]) -> Self:
        """Project along (r, n) rows T and (n, r) columns S with T S = I, one of each a state space."""

    @abstractmethod
    def distance(self, other: Any) -> Measured:
        """Measure the difference of two models with the same signals, in the norm that `measure` names."""

    @property
    @abstractmethod
    def is_stable(self) -> bool:
        """Whether the model is asymptotically stable beyond rounding."""

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        """Bound the error of truncation of the singular values of all state spaces; here nothing is proved."""
        del values, order, floor
        return ErrorBounds(None, None, self.measure)

    def how(self, pairs: Sequence[FactorPair]) -> str:
        """One line on the Gramian factors, for reports."""
        del pairs
        return "those that this class of models defines"

    def linear_systems(self) -> dict[str, LinearSystem]:
        """Linear systems whose responses show the model in a picture, by name; here none."""
        return {}

    def solve(self, gramians: GramianStrategy) -> Solved:
        """Solve for the Gramian factors of all state spaces."""
        if not (self.takes_gramians or isinstance(gramians, Automatic | Lyapunov)):
            raise InvalidArgumentError(
                "gramians", "Lyapunov(), the Gramians that this kind of model defines", shown(gramians), "leave it out"
            )
        pairs = self.factor_pairs(gramians)
        return Solved(pairs=pairs, how=self.how(pairs), complete=True, proof=self)
