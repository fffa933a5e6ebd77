"""A reduced linear system whose error is a ν-gap: of plants that need not be stable, by their coprime factors."""

from dataclasses import dataclass
from functools import cached_property

from ..gramians.stability import is_stable
from ..norms.gaps import NuGap, nu_gap
from ..summary import Fact
from .measured_otherwise import MeasuredOtherwise

__all__ = ["GapReducedModel", "ScaledGapReducedModel"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class GapReducedModel(MeasuredOtherwise):
    """A model reduced along Gramians of feedback; `error` is the ν-gap, whatever is stable."""

    @cached_property
    def error_is_finite(self) -> bool:
        """True: the ν-gap of any two systems is at most 1."""
        return True

    @cached_property
    def stable(self) -> bool:
        """Whether all poles of the reduced model are stable beyond rounding; found on first use, O(r³)."""
        return is_stable(self.linear)

    def _distance(self) -> NuGap:
        return nu_gap(self.balanced.full, self.balanced.reduced)  # without hidden poles and algebraic equations

    def _stability(self) -> str:
        return "stable" if self.stable else "not stable, which the ν-gap allows for"

    def _further_facts(self) -> list[Fact]:
        return self._preserved_facts()  # with integrators there is no gain at frequency zero to compare


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ScaledGapReducedModel(GapReducedModel):
    """The same for Gramians that bound the ν-gap of both models after multiplication by one factor, their `scale`."""

    def _distance(self) -> NuGap:
        scale = getattr(self.gramians, "scale", 1.0)
        return nu_gap(scale * self.balanced.full, scale * self.balanced.reduced)
