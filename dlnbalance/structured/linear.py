"""Linear systems as the case of one state space."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..files.conversion import as_system
from ..files.to_libraries import restore_type
from ..gramians.base import GramianStrategy, checked_strategy
from ..linalg.arrays import Array
from ..networks.cuts import agree_with_next
from ..networks.factor_pairs import as_factor_pair
from ..norms.accuracy import accuracy_floor
from ..systems.linear_system import LinearSystem
from .model import Model, Solved, StateSpaces

__all__ = ["LinearModel", "state_spaces"]


class LinearModel(StateSpaces):
    """A linear system, and what it was given as.

    Parameters
    ----------
    given : LinearSystem or anything :func:`as_system` reads
        What projections come back as.

    See Also
    --------
    dlnbalance.structured.state_spaces : what can be balanced of a model.
    dlnbalance.LinearSystem : a linear time-invariant state-space model, dense or sparse, real or complex.

    Examples
    --------
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> LinearModel(LinearSystem([[-1.0]], [[1.0]], [[1.0]])).nstates
    1
    """

    def __init__(self, given: Any):
        self.given = given
        self.system: LinearSystem = as_system(given)

    @property
    def nstates(self) -> int:
        """Number of states."""
        return self.system.nstates

    def solve(self, gramians: GramianStrategy) -> Solved:
        """Solve for the Gramian factors by the kind of Gramians that was asked for."""
        strategy = checked_strategy(gramians).for_system(self.system)
        found = strategy.solve(self.system)
        return Solved((as_factor_pair(found.network),), found.how, found.complete, strategy)

    def project(self, transforms: Sequence[Array], inverses: Sequence[Array]) -> Any:
        """Project along T and S, as an object of the type that was given."""
        return self.restored(self.system.project(self.system.left_basis(transforms[0]), inverses[0]))

    def restored(self, system: LinearSystem) -> Any:
        """A system as an object of the type that was given."""
        return restore_type(system, self.given)

    def floors(self, solved: Solved) -> tuple[float]:
        """Accuracy floor of the system where it decides whether two singular values count as equal, zero elsewhere."""
        (pair,) = solved.pairs
        values = pair.singular_values
        undecided = agree_with_next(values, np.inf) > agree_with_next(values, 0.0)
        return (accuracy_floor(self.system, pair) if undecided.any() else 0.0,)


def state_spaces(model: Any) -> StateSpaces:
    """What can be balanced of a model: itself, or the linear system that it describes.

    See Also
    --------
    dlnbalance.structured.StateSpaces : what balancing and reduction need of a model.
    dlnbalance.structured.LinearModel : a linear system, and what it was given as.

    Examples
    --------
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> type(state_spaces(LinearSystem([[-1.0]], [[1.0]], [[1.0]]))).__name__
    'LinearModel'
    """
    return model if isinstance(model, Model) else LinearModel(model)
