r"""Reduction that keeps some of the states as they are, and balances the others.

With :math:`x = (x_1, x_2)`, x_1 kept, the factors of the diagonal blocks P_22 and Q_22 of the Gramians give
coordinates of x_2 in which these blocks are equal and diagonal; the system is truncated (or residualized) along them.
Stable reduced models and error bounds are not guaranteed: both are found out on the result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import ClassVar

import numpy as np

from ..errors import InvalidArgumentError, UnstableSystemError
from ..gramians.base import ErrorBounds, GramianStrategy
from ..linalg.arrays import Array, Indices
from ..networks.factor_pairs import FactorPair
from ..networks.projections import projection
from ..structured.linear import LinearModel
from ..structured.model import Proof, Solved
from ..systems.linear_system import LinearSystem
from .kept import BalancedPart
from .projected_model import Method
from .selection import LinearSelection

__all__ = ["GramianBlocks", "PartialSelection", "partial_selection"]


@dataclass(frozen=True)
class GramianBlocks:
    """The diagonal blocks of the Gramians of a kind that belong to some of the states.

    References
    ----------
    .. [1] H. Sandberg, R. M. Murray, "Model reduction of interconnected linear systems", Optimal Control Appl. Methods
       30 (2009) 225-245.
    """

    gramians: Proof
    states: tuple[str, ...]

    values_name: ClassVar[str] = "singular values of the Gramian blocks of the other states"

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        """Nothing is proved."""
        del values, order, floor
        return ErrorBounds(None, None)


@dataclass(frozen=True, kw_only=True)
class PartialSelection(LinearSelection):
    """The reduced models of a linear system that have certain states of it."""

    fixed: Indices

    @property
    def kept(self) -> int:
        """Number of states that are kept whatever the order."""
        return self.fixed.size

    def _coordinates(self, order: int) -> Sequence[Array]:
        n = self._part.nstates
        others = np.setdiff1d(np.arange(n), self.fixed)
        T, S = projection(self.solved.pairs[0], order)
        unit = np.eye(n)
        rows = np.zeros((order, n), dtype=T.dtype)
        columns = np.zeros((n, order), dtype=S.dtype)
        rows[:, others], columns[others] = T, S
        return np.vstack([unit[self.fixed], rows]), np.hstack([unit[:, self.fixed], columns])

    def _balanced(self, order: int) -> BalancedPart:
        full, reduced, left, right = super()._balanced(order)
        names = [self._part.states[k] for k in self.fixed]
        further = (f"z[{k}]" for k in count())  # balanced ones, which no name of the given ones fits
        names += list(islice((name for name in further if name not in names), order))
        named = reduced.with_matrices(reduced.A, reduced.B, reduced.C, names)
        return BalancedPart(full, named, left, right)


def partial_selection(
    given: LinearModel, base: LinearModel, names: tuple[str, ...], gramians: GramianStrategy, method: Method
) -> PartialSelection:
    """Solve for the Gramians, and take the blocks of the states that are not named."""
    system = base.system
    fixed = _numbers(system, names)
    try:
        (pair,), how, complete, strategy, _ = base.solve(gramians)
    except UnstableSystemError as error:
        raise UnstableSystemError(
            "keep",
            f"a system with {error.expected}, to keep states of it by name",
            error.received,
            "leave it out, for such poles are kept by themselves, or take dlnbalance.split(system).stable",
        ) from None
    reach, observe = pair.weights
    others = np.setdiff1d(np.arange(system.nstates), fixed)
    blocks = FactorPair([reach[others], observe[:, others]])
    solved = Solved((blocks,), how, complete, GramianBlocks(strategy, names))
    return PartialSelection(model=base, given=given, solved=solved, method=method, fixed=fixed)


def _numbers(system: LinearSystem, names: tuple[str, ...]) -> Indices:
    """The places of named states."""
    for k, name in enumerate(names):
        if name not in system.states:
            shown = ", ".join(system.states[:6]) + (", …" if system.nstates > 6 else "")
            raise InvalidArgumentError(f"keep[{k}]", f"the name of a state ({shown})", f"{name!r}", "see system.states")
    return np.array([system.states.index(name) for name in dict.fromkeys(names)], dtype=int)
