"""Which poles of a system are meant: by a region, a function, or by name."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..gramians.stability import not_stable
from ..linalg.arguments import items, shown
from ..linalg.arrays import Array, Flags
from ..systems.linear_system import LinearSystem
from .regions import Region

__all__ = ["chosen", "named_poles"]

# How far a named pole may lie from one of the system, relative to its magnitude: six digits are what people copy.
_AS_NAMED = 1e-6


def chosen(system: LinearSystem, region: Any) -> tuple[Flags, str]:
    """Which poles a region holds, in the order of ``system.schur``, and the region in words.

    Raises
    ------
    InvalidArgumentError
        When `region` is no region, or holds one pole of a complex pair of a real system only.
    """
    poles = system.poles()
    if isinstance(region, str):
        if region != "stable":
            raise _no_region(region)
        return ~not_stable(system), "stable"
    if isinstance(region, Region):
        return _paired(system, poles, region.contains(poles, system.sampling_time), f"{region}")
    if callable(region):
        return _paired(system, poles, _by_predicate(region, poles), getattr(region, "__name__", "a predicate"))
    named = items("region", region, _EXPECTED)
    if not named:
        raise _no_region(region)
    flags = named_poles(system, named, "region")
    return flags, f"{np.count_nonzero(flags)} named poles"


_EXPECTED = "'stable', a region of dlnbalance.decompositions, a function of poles, or poles"


def _no_region(region: Any) -> InvalidArgumentError:
    return InvalidArgumentError("region", _EXPECTED, shown(region), "choose one, for example Band(0, 10)")


def _by_predicate(region: Callable[[Any], Any], poles: Array) -> Flags:
    answer = np.asarray(region(poles))
    if answer.dtype != bool or answer.shape != poles.shape:
        raise InvalidArgumentError(
            "region",
            f"a function that says of each of {poles.size} poles whether it belongs",
            f"{answer.dtype} of shape {answer.shape}",
            "return an array of bool, as in lambda poles: abs(poles) < 10",
        )
    return answer


def named_poles(system: LinearSystem, named: Any, argument: str) -> Flags:
    """Which poles of a system were named, to six digits, of complex pairs of a real system both.

    Raises
    ------
    InvalidArgumentError
        For what is no number, and where no pole is near.
    """
    poles = system.poles()
    flags = np.zeros(poles.size, dtype=bool)
    for k, value in enumerate(named):
        pole = _number(value)
        if pole is None:
            raise InvalidArgumentError(f"{argument}[{k}]", "a pole", shown(value), "pass complex numbers")
        distances = np.where(flags, np.inf, np.abs(poles - pole))  # a pole that is named twice stands for two
        best = int(np.argmin(distances)) if poles.size else 0
        if not poles.size or not distances[best] <= _AS_NAMED * max(abs(pole), _AS_NAMED * system.coordinates.unit):
            nearest = f"{pole:.6g}, the nearest is {poles[best]:.6g}" if poles.size else "a system without poles"
            raise InvalidArgumentError(f"{argument}[{k}]", "a pole of the system", nearest, "see system.poles()")
        flags[best] = True
        if not system.is_complex and poles[best].imag != 0:
            flags[_partner(poles, best)] = True
    return flags


def _number(value: Any) -> complex | None:
    """A finite complex number; None for anything else."""
    if isinstance(value, int | float | complex | np.number) and not isinstance(value, bool | np.timedelta64):
        with suppress(OverflowError):
            number = complex(value)
            return number if np.isfinite(number) else None
    return None


def _paired(system: LinearSystem, poles: Array, flags: Flags, words: str) -> tuple[Flags, str]:
    """Refuse to part the two poles of a complex pair of a real system."""
    if not system.is_complex:
        for k in np.flatnonzero(flags & (poles.imag != 0)):
            if not flags[_partner(poles, int(k))]:
                raise InvalidArgumentError(
                    "region",
                    "both or none of a complex pair of a real system",
                    f"{poles[k]:.6g} without its conjugate",
                    "choose a region that is symmetric about the real axis",
                )
    return flags, words


def _partner(poles: Array, k: int) -> int:
    """The conjugate of a pole of a real system: they stand side by side in its Schur form."""
    candidates = [j for j in (k - 1, k + 1) if 0 <= j < poles.size]
    return min(candidates, key=lambda j: abs(poles[j] - poles[k].conj()))
