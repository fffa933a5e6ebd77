"""Bands of frequencies: what is asked for, and what that is on the stability boundary of a system."""

import math
from collections.abc import Sequence
from typing import Any

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..linalg.arguments import flag, items, real_number, shown
from ..linalg.band_integrals import Band
from ..systems.linear_system import LinearSystem

__all__ = ["bands_in_words", "bands_of", "checked_bands"]

_SHAPE = "bands (low, high) of frequencies with low < high"
_REMEDY = "pass a list of pairs in rad/s, such as [(0.1, 10.0)]; float('inf') stands for the end of the axis"
_AT_NYQUIST = 1e-12  # relative excess over π/dt that is rounding of π and of the division


def checked_bands(bands: Any) -> tuple[Band, ...]:
    """Return bands of frequencies as disjoint pairs in ascending order; one pair of numbers is one band.

    Raises
    ------
    InvalidArgumentError
        For what is no list of pairs of numbers, the first less than the second.

    Examples
    --------
    >>> checked_bands([(4, 6), (0, 1), (0.5, 2)]), checked_bands((1, math.inf))
    (((0.0, 2.0), (4.0, 6.0)), ((1.0, inf),))
    """
    pairs = items("bands", bands, _SHAPE, remedy=_REMEDY)
    if len(pairs) == 2 and all(_is_number(end) for end in pairs):
        pairs = [tuple(pairs)]
    if not pairs:
        raise InvalidArgumentError("bands", "at least one band", shown(bands), _REMEDY)
    return _merged([_checked(f"bands[{k}]", pair) for k, pair in enumerate(pairs)])


def _is_number(value: Any) -> bool:
    return not hasattr(value, "__len__") and not isinstance(value, str)


def _checked(argument: str, pair: Any) -> Band:
    ends = items(argument, pair, "two frequencies", remedy=_REMEDY)
    if len(ends) != 2:
        raise InvalidArgumentError(argument, "two frequencies", shown(pair), _REMEDY)
    low, high = (real_number(argument, end, _SHAPE, lambda x: not math.isnan(x), remedy=_REMEDY) for end in ends)
    if not low < high:
        raise InvalidArgumentError(argument, "a band (low, high) with low < high", shown(pair), _REMEDY)
    return low, high


def _merged(bands: Sequence[Band]) -> tuple[Band, ...]:
    """The union as disjoint bands, ascending."""
    merged: list[Band] = []
    for low, high in sorted(bands):
        if merged and low <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return tuple(merged)


def bands_of(system: LinearSystem, bands: Sequence[Band], *, exclude: bool = False) -> tuple[Band, ...]:
    """The bands on the frequency axis of a system: positive ones for real systems, whose response is symmetric.

    Parameters
    ----------
    system : LinearSystem
        Its axis ends at the Nyquist frequency where time is discrete.
    bands : sequence of (low, high)
        In rad/s (rad/sample for dt = True). Negative frequencies of a real system are those of their moduli.
    exclude : bool
        Whether the bands are those to leave out.

    Raises
    ------
    InvalidArgumentError
        For finite ends beyond the Nyquist frequency, and for bands that leave nothing.

    Examples
    --------
    >>> lag = LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=1)
    >>> bands_of(lag, [(-1.0, 2.0)]), bands_of(lag, [(1.0, 2.0)], exclude=True)[0]
    (((0.0, 2.0),), (0.0, 1.0))
    """
    system, exclude = as_system(system), flag("exclude", exclude)
    end = system.nyquist_frequency
    found = _merged([_within(band, end) for band in checked_bands(bands)])
    start = -end
    if not system.is_complex:
        start, found = 0.0, _merged([part for band in found for part in _moduli(band)])
    if exclude:
        edges = [start, *(edge for band in found for edge in band), end]
        found = tuple((low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if low < high)
    if not found:
        raise InvalidArgumentError("bands", "some that leave a frequency", "all of them excluded", "exclude fewer")
    return found


def _within(band: Band, end: float) -> Band:
    """The band on an axis that ends at ±`end`."""
    for edge in band:
        if math.isfinite(edge) and abs(edge) > end * (1 + _AT_NYQUIST):
            raise InvalidArgumentError(
                "bands", f"frequencies up to the Nyquist frequency {end:.6g}", f"{edge:.6g}", "let the band end there"
            )
    return max(band[0], -end), min(band[1], end)


def _moduli(band: Band) -> list[Band]:
    low, high = band
    if low >= 0:
        return [band]
    if high <= 0:
        return [(-high, -low)]
    return [(0.0, max(-low, high))]


def is_everything(system: LinearSystem, bands: Sequence[Band]) -> bool:
    """Whether bands, as `bands_of` gives them, are the whole axis."""
    end = system.nyquist_frequency
    return tuple(bands) == ((-end if system.is_complex else 0.0, end),)


def bands_in_words(system: LinearSystem, bands: Sequence[Band]) -> str:
    """Bands with their unit.

    Examples
    --------
    >>> bands_in_words(LinearSystem([[-1.0]], [[1.0]], [[1.0]]), [(0.0, 1.0), (2.0, math.inf)])
    '0 to 1 and 2 to inf rad/s'
    """
    unit = "rad/sample" if as_system(system).dt is True else "rad/s"
    return " and ".join(f"{low:.6g} to {high:.6g}" for low, high in bands) + f" {unit}"
