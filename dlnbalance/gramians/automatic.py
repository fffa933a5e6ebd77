"""The choice between kinds of Gramians that compute the same, by what they cost."""

import logging
from dataclasses import dataclass, replace

from ..errors import NumericalError, SingularDescriptorError
from ..files.conversion import as_system
from ..linalg.arrays import Array
from ..systems.linear_system import LinearSystem
from .base import ErrorBounds, Gramians, GramianStrategy
from .low_rank import LowRank
from .lyapunov import Lyapunov

__all__ = ["Automatic"]

_LOG = logging.getLogger(__name__)

_SHARE = 0.75  # of the states, in columns, from which on dense factors take as long, and leave out nothing


@dataclass(frozen=True)
class Automatic(GramianStrategy):
    """The Gramian strategy that costs less: `Lyapunov`, or for sparse systems `LowRank`.

    Notes
    -----
    The decision is that of ``system.is_large``: dense up to 1e10 operations (some 690 states, 520 with E), which take a
    second or two, since then all Hankel singular values come out; sparse above 5000 states; in between by the
    operations of one trial factorization (see :mod:`dlnbalance.linalg.sparse.costs`), so that the same model is treated
    alike on every machine. A sparse system of up to 5000 states for which `LowRank` foresees more columns than three
    quarters of its states, as many lightly damped modes make them, is solved by `Lyapunov` after all, and ``how`` says
    so.

    See Also
    --------
    dlnbalance.Lyapunov : reachability and observability Gramians of a stable system.
    dlnbalance.LowRank : Gramians of a large sparse system, by thin factors of stated residual.

    Examples
    --------
    >>> from dlnbalance.examples import convection_diffusion
    >>> Automatic().for_system(convection_diffusion(20)), Automatic().for_system(convection_diffusion(80)).tol
    (Lyapunov(), 1e-10)
    >>> Automatic().solve(convection_diffusion(40)).how
    'low rank, residuals ...'
    """

    name = "auto"
    description = "low-rank for sparse systems where that is foreseen to cost less, lyapunov for all others"
    values_name = Lyapunov.values_name

    def for_system(self, system: LinearSystem) -> GramianStrategy:
        """Return the strategy for `system`: itself where the dense way may have to take over from the sparse one."""
        system = as_system(system)
        chosen = self._chosen(system)
        words = "LowRank(), or Lyapunov() where that foresees no low rank" if chosen is self else f"{chosen}"
        _LOG.info("%d states, %s: %s", system.nstates, "sparse" if system.is_sparse else "dense", words)
        return chosen

    def _chosen(self, system: LinearSystem) -> GramianStrategy:
        if not system.is_large:
            return Lyapunov()
        return self if system.dense_is_affordable else LowRank()

    def solve(self, system: LinearSystem) -> Gramians:
        """Solve by the strategy that suits the system."""
        system = as_system(system)
        chosen = self._chosen(system)
        if chosen is not self:
            return chosen.solve(system)
        try:
            return LowRank(max_rank=max(1, int(_SHARE * system.nstates))).solve(system)
        except SingularDescriptorError:
            raise
        except NumericalError as error:
            _LOG.info("Lyapunov() instead, for low-rank factors had %s", error.received)
            found = Lyapunov().solve(system)
            return replace(found, how=f"{found.how}, for low-rank factors had {error.received}")

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        """Bounds of either strategy."""
        return Lyapunov().error_bounds(values, order, floor)
