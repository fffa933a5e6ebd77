"""A reduced linear system whose error is relative: small beside the gain of the full system at every frequency."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..gramians.power_spectra import adjoint_system, relative_to_spectrum
from ..gramians.stability import check_stable
from ..gramians.stochastic import RELATIVE_ERROR
from ..linalg.arrays import Array
from ..norms.peaks import PeakGain, peak_gain
from ..norms.responses import frequency_response
from .measured_otherwise import MeasuredOtherwise
from .preserved import Preserved, zeros_kept

__all__ = ["RelativeError", "RelativeReducedModel"]


@dataclass(frozen=True, kw_only=True)
class RelativeError(PeakGain):
    """Largest relative error over all frequencies, and where it is found; ``float()`` gives the value."""

    @property
    def norm(self) -> str:
        """What was measured, in words."""
        return RELATIVE_ERROR


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RelativeReducedModel(MeasuredOtherwise):
    """A model reduced by balanced stochastic truncation; `error` is relative, as its Gramians mean it."""

    @cached_property
    def preserved(self) -> tuple[Preserved, ...]:
        """Properties that the Gramians are meant to keep, zeros that are not stable among them; found on first use."""
        of_zeros = () if self._floor else zeros_kept(self.balanced.full, self.balanced.reduced)
        return (*super().preserved, *of_zeros)

    @property
    def _floor(self) -> float:
        """Gain beside which errors need not be small; then zeros do not count."""
        return float(getattr(self.gramians, "regularization", 0.0))

    def _distance(self) -> RelativeError:
        """Relative error in the sense of :class:`~dlnbalance.gramians.stochastic.Stochastic`.

        Searched as :func:`~dlnbalance.norms.peaks.peak_gain` does, on a realization of V⁻¹(G − G_r) with a spectral
        factor V of GG*, and evaluated from the responses of both systems.
        """
        check_stable(self.balanced.reduced)
        full, reduced = self.balanced.full, self.balanced.reduced
        is_right = getattr(self.gramians, "side", "left") == "right"
        floor = self._floor
        if is_right:
            full, reduced = adjoint_system(full), adjoint_system(reduced)

        def ratio(omega: Array) -> Array:
            gain = frequency_response(full, omega)
            floors = np.broadcast_to(floor * np.eye(gain.shape[1]), (omega.size, gain.shape[1], gain.shape[1]))
            stacked = np.concatenate([gain, floors], axis=2).conj().swapaxes(1, 2)
            _, triangles = np.linalg.qr(stacked)
            return np.linalg.solve(triangles.conj().swapaxes(1, 2), gain - frequency_response(reduced, omega))

        peak = peak_gain(ratio, relative_to_spectrum(full, reduced, floor))
        peak = replace(peak, frequency=-peak.frequency) if is_right and full.is_complex else peak
        return RelativeError(**vars(peak))
