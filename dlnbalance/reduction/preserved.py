"""Properties that reduction keeps, by the kind of Gramians: each is checked on the result, whatever the theory says."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..gramians.shifted import shifted_system
from ..gramians.stability import is_stable
from ..norms.system_norms import hinf_norm
from ..systems.linear_system import LinearSystem

__all__ = ["CHECKS", "Preserved", "preserved"]

_ROUNDING = 1e-12  # relative excess over a limit that rounding of the reduced matrices may cause


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


def _contractive(name: str, reduced: LinearSystem, gramians: Any) -> Preserved:
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
    "rate of decay": _decaying,
}
