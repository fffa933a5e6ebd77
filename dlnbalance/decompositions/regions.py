"""Regions of the complex plane that poles are chosen by."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..gramians.stability import not_stable
from ..linalg.arguments import items, real_number, shown
from ..linalg.arrays import Array, Flags
from ..systems.linear_system import LinearSystem

__all__ = ["Band", "Decaying", "Disc", "Region", "chosen", "named_poles"]

# How far a named pole may lie from one of the system, relative to its magnitude: six digits are what people copy.
_AS_NAMED = 1e-6


class Region(ABC):
    """A region that poles are chosen by; what is neither stable nor unstable, slow nor fast is a class of its own."""

    @abstractmethod
    def contains(self, poles: Array, sampling_time: float) -> Flags:
        """Which of the poles are in the region; `sampling_time` is 0 in continuous time."""


@dataclass(frozen=True)
class Decaying(Region):
    """Poles that decay at least at a rate: Re s ≤ −rate, in discrete time of s = log(z)/dt.

    Examples
    --------
    >>> Decaying(2.0).contains(np.array([-3.0, -1.0, 0.5]), 0.0).tolist()
    [True, False, False]
    """

    rate: float

    def __post_init__(self) -> None:
        real_number("rate", self.rate)

    def contains(self, poles: Array, sampling_time: float) -> Flags:
        """Which of the poles decay at least at this rate."""
        return _exponents(poles, sampling_time).real <= -self.rate


@dataclass(frozen=True)
class Band(Region):
    """Poles of natural frequency low ≤ |s| ≤ high, in rad/s; in discrete time of s = log(z)/dt.

    Examples
    --------
    >>> Band(0, 10).contains(np.array([-3.0, -100.0]), 0.0).tolist()
    [True, False]
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        low = real_number("low", self.low, "a frequency, not negative", lambda x: 0 <= x < np.inf)
        real_number("high", self.high, f"a frequency above low = {low:g}", lambda x: x > low)

    def contains(self, poles: Array, sampling_time: float) -> Flags:
        """Which of the poles have a natural frequency in the band."""
        size = np.abs(_exponents(poles, sampling_time))
        return (self.low <= size) & (size <= self.high)


@dataclass(frozen=True)
class Disc(Region):
    """Poles with |pole − center| ≤ radius, in the s- or z-plane as it is.

    Examples
    --------
    >>> Disc(-1.0, 0.5).contains(np.array([-1.2, -2.0]), 0.0).tolist()
    [True, False]
    """

    center: complex
    radius: float

    def __post_init__(self) -> None:
        real_number("radius", self.radius, "a positive number", lambda x: x > 0)

    def contains(self, poles: Array, sampling_time: float) -> Flags:
        """Which of the poles lie in the disc."""
        del sampling_time
        return np.abs(poles - self.center) <= self.radius


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
    flags = named_poles(system, items("region", region, _EXPECTED), "region")
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
        try:
            pole = complex(value)
        except (TypeError, ValueError):
            raise InvalidArgumentError(f"{argument}[{k}]", "a pole", shown(value), "pass complex numbers") from None
        distances = np.where(flags, np.inf, np.abs(poles - pole))  # a pole that is named twice stands for two
        best = int(np.argmin(distances)) if poles.size else 0
        if not poles.size or not distances[best] <= _AS_NAMED * max(abs(pole), _AS_NAMED * system.coordinates.unit):
            nearest = f"{pole:.6g}, the nearest is {poles[best]:.6g}" if poles.size else "a system without poles"
            raise InvalidArgumentError(f"{argument}[{k}]", "a pole of the system", nearest, "see system.poles()")
        flags[best] = True
        if not system.is_complex and poles[best].imag != 0:
            flags[_partner(poles, best)] = True
    return flags


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


def _exponents(poles: Array, sampling_time: float) -> Array:
    """Exponents s of poles: themselves, or log(z)/dt."""
    if not sampling_time:
        return poles
    with np.errstate(divide="ignore", invalid="ignore"):  # a pole at z = 0 decays at once
        return np.log(poles.astype(complex)) / sampling_time
