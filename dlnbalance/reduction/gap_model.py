"""A reduced linear system whose error is a ν-gap: of plants that need not be stable, by their coprime factors."""

from dataclasses import dataclass
from functools import cached_property

from ..gramians.coprime import NU_GAP
from ..gramians.stability import is_stable
from ..norms.gaps import NuGap, nu_gap
from ..summary import Fact
from .reduced_model import ReducedModel

__all__ = ["GapReducedModel"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class GapReducedModel(ReducedModel):
    """A model reduced along the Gramians of its coprime factors; `error` is the ν-gap, whatever is stable.

    Attributes are those of :class:`~dlnbalance.reduction.reduced_model.ReducedModel`; `hsv` belongs to the factors, and
    bounds are those of exact arithmetic.
    """

    @cached_property
    def error_is_finite(self) -> bool:
        """True: the ν-gap of any two systems is at most 1."""
        return True

    @cached_property
    def accuracy_floor(self) -> float:
        """What the singular values of the factors are uncertain by, as their factors were computed."""
        return self._pairs[0].accuracy_floor

    @cached_property
    def stable(self) -> bool:
        """Whether all poles of the reduced model are stable beyond rounding; found on first use, O(r³)."""
        return is_stable(self.linear)

    @cached_property
    def rounding(self) -> float:
        """Nothing: the bounds are those of exact arithmetic."""
        return 0.0

    def error(self) -> NuGap:
        """Measured ν-gap of the full and the reduced model (see :func:`~dlnbalance.norms.gaps.nu_gap`)."""
        return self._error

    @cached_property
    def _error(self) -> NuGap:
        return nu_gap(self.balanced.full, self.balanced.reduced)  # without hidden poles and algebraic equations

    @property
    def error_name(self) -> str:
        """The ν-gap is what `error` measures."""
        return NU_GAP

    def _stability(self) -> str:
        return "stable" if self.stable else "not stable, which the ν-gap allows for"

    def _further_facts(self) -> list[Fact]:
        return []  # with integrators there is no gain at frequency zero to compare
