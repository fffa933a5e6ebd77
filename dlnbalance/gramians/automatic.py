"""The choice between kinds of Gramians that compute the same."""

from dataclasses import dataclass

from ..files.conversion import as_system
from ..linalg.arrays import Array
from ..systems.linear_system import LinearSystem
from .base import ErrorBounds, Gramians, GramianStrategy
from .low_rank import LowRank
from .lyapunov import Lyapunov

__all__ = ["Automatic"]


@dataclass(frozen=True)
class Automatic(GramianStrategy):
    """The Gramian strategy that suits the size: `LowRank` for sparse systems of more than 1500 states, else `Lyapunov`.

    Examples
    --------
    >>> from dlnbalance.examples import convection_diffusion
    >>> Automatic().for_system(convection_diffusion(20)), Automatic().for_system(convection_diffusion(40)).tol
    (Lyapunov(), 1e-10)
    """

    name = "auto"
    description = "low-rank for sparse systems of more than 1500 states, lyapunov for all others"
    values_name = Lyapunov.values_name

    def for_system(self, system: LinearSystem) -> GramianStrategy:
        """Return the strategy for `system`."""
        return LowRank() if as_system(system).is_large else Lyapunov()

    def solve(self, system: LinearSystem) -> Gramians:
        """Solve by the strategy that suits the system."""
        return self.for_system(system).solve(system)

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        """Bounds of either strategy."""
        return Lyapunov().error_bounds(values, order, floor)
