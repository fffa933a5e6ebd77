"""Reduced linear systems whose error is measured in bands, up to a horizon, or on a shifted line."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..gramians.shifted import shifted_system
from ..gramians.stability import is_stable
from ..gramians.time_limited import TIME_ERROR
from ..linalg.arrays import Array
from ..norms.band_peaks import band_peak
from ..norms.differences import difference
from ..norms.measured import Measured
from ..norms.peaks import PeakGain
from ..norms.responses import frequency_response
from ..norms.sampled_peaks import sampled_band_peak
from ..norms.system_norms import hinf_norm
from ..norms.time_limited_norms import time_limited_norm
from ..summary import Fact
from .measured_otherwise import MeasuredOtherwise

__all__ = ["BandReducedModel", "ShiftedReducedModel", "TimeReducedModel"]


class _Limited(MeasuredOtherwise):
    """A reduced model whose error is finite, be it stable or not."""

    @cached_property
    def error_is_finite(self) -> bool:
        """True: the measure asks for no stability."""
        return True

    @cached_property
    def stable(self) -> bool:
        """Whether all poles of the reduced model are stable beyond rounding; found on first use, O(r³)."""
        return is_stable(self.linear)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BandReducedModel(_Limited):
    r"""A model reduced for bands of frequencies; `error` is the largest gain of G − G_r in them, and where it is.

    Of dense systems by level sets (:func:`~dlnbalance.norms.band_peaks.band_peak`), of large sparse ones at samples.
    """

    def _distance(self) -> PeakGain:
        full, reduced = self.balanced[:2]
        kind: Any = self.gramians
        bands = kind.bands_of(full)
        if not full.is_large:
            return band_peak(difference(full.explicit(), reduced), bands)

        def distance(omega: Array) -> Array:
            return frequency_response(full, omega) - frequency_response(reduced, omega)

        return sampled_band_peak(distance, reduced, bands)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TimeReducedModel(_Limited):
    """A model reduced for a finite time; `error` is the L2 norm of its impulse response error up to the horizon."""

    def _distance(self) -> Measured:
        full, reduced = self.balanced[:2]
        kind: Any = self.gramians
        value = time_limited_norm(difference(full.explicit(), reduced), kind.horizon)
        return Measured(value=value, norm=TIME_ERROR)

    def _error_document(self, error: Measured) -> dict[str, Any]:
        return {"value": error.value, "norm": self.error_name, "place": error.place}

    def _further_facts(self) -> list[Fact]:
        return self._preserved_facts()  # with integrators there is no gain at frequency zero to compare


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ShiftedReducedModel(_Limited):
    """A model reduced with shifted poles; `error` is the largest gain of G − G_r on the shifted stability boundary."""

    def _distance(self) -> PeakGain:
        full, reduced = self.balanced[:2]
        kind: Any = self.gramians
        return hinf_norm(shifted_system(difference(full.explicit(), reduced), kind.alpha))

    def _further_facts(self) -> list[Fact]:
        return self._preserved_facts()  # with integrators there is no gain at frequency zero to compare
