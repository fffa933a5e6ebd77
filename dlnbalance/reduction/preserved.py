"""Properties that reduction keeps, by the kind of Gramians: each is checked on the result, whatever the theory says."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la

from ..gramians.shifted import shifted_system
from ..gramians.stability import is_stable
from ..linalg.arrays import Array, dense, factorized
from ..linalg.spectral_densities import SpectralDensity
from ..norms.system_norms import hinf_norm
from ..systems.linear_system import LinearSystem

__all__ = ["CHECKS", "Preserved", "preserved", "zeros_kept"]

_ROUNDING = 1e-12  # relative excess over a limit that rounding of the reduced matrices may cause
_INVERTIBLE = 1e-8  # reciprocal condition of D up to which half of the digits of the zeros are lost


class Preserved(NamedTuple):
    """A property of a reduced model: whether it holds, and by what number that was seen.

    Attributes
    ----------
    name : str
        The property, in words.
    holds : bool
        Whether it was found on the reduced model.
    evidence : str
        What was computed to decide.
    """

    name: str
    holds: bool
    evidence: str

    def __str__(self) -> str:
        return f"{self.name} ({self.evidence})" if self.holds else f"{self.name} NOT kept ({self.evidence})"


def preserved(reduced: LinearSystem, gramians: Any) -> tuple[Preserved, ...]:
    """Check every property that `gramians.preserves` names on a reduced model."""
    return tuple(CHECKS[name](name, reduced, gramians) for name in getattr(gramians, "preserves", ()))


def zeros_kept(full: LinearSystem, reduced: LinearSystem) -> tuple[Preserved, ...]:
    """Whether a reduced model has as many zeros that are not stable as the full one; nothing where D has no inverse."""
    found = [_unstable_zeros(system.explicit()) for system in (full, reduced)]
    if any(zeros is None for zeros in found):
        return ()
    before, after = (0 if zeros is None else zeros.size for zeros in found)
    name = "zeros that are not stable" if before else "minimum phase"
    evidence = f"{after} of {before} zeros" if before else f"{after} zeros that are not stable"
    return (Preserved(name, before == after, evidence),)


def _unstable_zeros(system: LinearSystem) -> Array | None:
    """Zeros that are not stable, the poles of the inverse; None where there is none."""
    A, B, C, D, _ = system.to_tuple()
    if system.ninputs != system.noutputs:
        return None
    factors, rcond = factorized(np.array(D))
    if rcond <= _INVERTIBLE:
        return None
    zeros = la.eigvals(dense(A) - B @ la.lu_solve(factors, C))
    return zeros[np.abs(zeros) >= 1 if system.is_discrete else zeros.real >= 0]


def _passive(name: str, reduced: LinearSystem, gramians: Any) -> Preserved:
    """Passive: stable, and G_r + G_r* positive semidefinite at all frequencies."""
    del gramians
    if not is_stable(reduced):
        return Preserved(name, False, "not stable")
    system = reduced.explicit()
    here = system.coordinates
    density = SpectralDensity.positive(here.A, here.B, here.C, system.D, discrete=system.is_discrete)
    least = density.least().value
    holds = least >= -_ROUNDING * float(la.norm(density.weight))
    return Preserved(name, holds, f"least eigenvalue of G_r + G_r* = {least:.6g}")


def _contractive(name: str, reduced: LinearSystem, gramians: Any) -> Preserved:
    if not is_stable(reduced):
        return Preserved(name, False, "not stable")
    gain = float(hinf_norm(reduced))
    limit = float(gramians.gamma)
    return Preserved(name, gain <= limit * (1 + _ROUNDING), f"‖G_r‖_∞ = {gain:.6g}, at most {limit:g}")


def _decaying(name: str, reduced: LinearSystem, gramians: Any) -> Preserved:
    moved = shifted_system(reduced, gramians.alpha)
    poles = moved.poles() if moved.nstates else np.zeros(1)
    boundary = float(np.abs(poles).max()) if moved.is_discrete else float(poles.real.max())
    words = (
        f"spectral radius {boundary:.6g} after the shift" if moved.is_discrete else f"Re s + α at most {boundary:.6g}"
    )
    return Preserved(name, is_stable(moved), words)


#: How every property is checked on a reduced model, given the kind of Gramians with its settings.
CHECKS: dict[str, Callable[[str, LinearSystem, Any], Preserved]] = {
    "contractivity": _contractive,
    "passivity": _passive,
    "rate of decay": _decaying,
}
