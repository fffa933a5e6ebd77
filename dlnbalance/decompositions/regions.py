"""Regions of the complex plane that poles are chosen by."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from ..linalg.arguments import real_number
from ..linalg.arrays import Array, Flags

__all__ = ["Band", "Decaying", "Disc", "Region"]


class Region(ABC):
    """A region that poles are chosen by; what is neither stable nor unstable, slow nor fast is a class of its own.

    See Also
    --------
    dlnbalance.decompositions.Band : poles between two natural frequencies.
    dlnbalance.decompositions.Decaying : poles that decay at least at a rate.
    dlnbalance.decompositions.Disc : poles within a radius of a center, in the s- or z-plane as it is.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> isinstance(dln.decompositions.Disc(0, 2.0), dln.decompositions.Region)
    True
    """

    @abstractmethod
    def contains(self, poles: Array, sampling_time: float) -> Flags:
        """Which of the poles are in the region; `sampling_time` is 0 in continuous time."""


@dataclass(frozen=True)
class Decaying(Region):
    """Poles that decay at least at a rate: Re s ≤ −rate, in discrete time of s = log(z)/dt.

    See Also
    --------
    dlnbalance.split : split a system into the sum of two by its poles.
    dlnbalance.decompositions.Band : poles between two natural frequencies.
    dlnbalance.decompositions.Disc : poles within a radius of a center, in the s- or z-plane as it is.

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
    r"""Poles of natural frequency :math:`low ≤ |s| ≤ high`, in rad/s; in discrete time of s = log(z)/dt.

    See Also
    --------
    dlnbalance.split : split a system into the sum of two by its poles.
    dlnbalance.decompositions.Decaying : poles that decay at least at a rate.
    dlnbalance.decompositions.Disc : poles within a radius of a center, in the s- or z-plane as it is.

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
    r"""Poles within a radius of a center, in the s- or z-plane as it is.

    See Also
    --------
    dlnbalance.split : split a system into the sum of two by its poles.
    dlnbalance.decompositions.Band : poles between two natural frequencies.
    dlnbalance.decompositions.Decaying : poles that decay at least at a rate.

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


def _exponents(poles: Array, sampling_time: float) -> Array:
    """Exponents s of poles: themselves, or log(z)/dt."""
    if not sampling_time:
        return poles
    with np.errstate(divide="ignore", invalid="ignore"):  # a pole at z = 0 decays at once
        return np.log(poles.astype(complex)) / sampling_time
