"""A reduced linear system whose error is a ν-gap: of plants that need not be stable, by their coprime factors."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.linalg as la

from ..gramians.stability import is_stable
from ..norms.gaps import NuGap, nu_gap
from ..norms.large import full_projection
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
        return self._gap(1.0)

    def _gap(self, scale: float) -> NuGap:
        """The ν-gap of what was balanced, without hidden poles and algebraic equations, both models times a factor.

        A large sparse system is represented by its projection along all singular triples that were computed; how far
        the two are apart at the frequency that was found is the uncertainty of the result.
        """
        full, reduced = self.balanced.full, scale * self.balanced.reduced
        if not full.is_large:
            return nu_gap(scale * full, reduced)
        model = full_projection(full, self._pairs[0])
        gap = nu_gap(scale * model, reduced)
        if not np.isfinite(gap.frequency):
            return gap
        [point] = full.boundary_points(np.array([gap.frequency]))
        return replace(gap, uncertainty=scale * float(la.norm(full(point) - model(point), 2)))

    def _stability(self) -> str:
        return "stable" if self.stable else "not stable, which the ν-gap allows for"

    def _further_facts(self) -> list[Fact]:
        return self._preserved_facts()  # with integrators there is no gain at frequency zero to compare


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ScaledGapReducedModel(GapReducedModel):
    """The same for Gramians that bound the ν-gap of both models after multiplication by one factor, their `scale`."""

    def _distance(self) -> NuGap:
        return self._gap(getattr(self.gramians, "scale", 1.0))
