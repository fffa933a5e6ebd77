"""The peak of a frequency response over bands of frequencies."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..errors import NumericalError
from ..files.conversion import as_system
from ..gramians.bands import bands_of
from ..linalg.arrays import Array
from ..linalg.band_integrals import Band
from ..systems.linear_system import LinearSystem
from .gain_curves import GainCurve
from .level_sets import LevelSets
from .peaks import LEVELS, PEAK_RTOL, PeakGain, ascended, is_symmetric_at, starting_frequencies

__all__ = ["band_peak"]

_BESIDE_FEEDTHROUGH = 1e-9  # relative change of a level that is a singular value of D, where its level set is singular


def band_peak(system: LinearSystem, bands: Sequence[Band]) -> PeakGain:
    r"""Largest gain of a system over bands of frequencies, and where it is reached.

    Parameters
    ----------
    system : LinearSystem
        Dense, continuous or discrete, with nonsingular E, stable or not.
    bands : sequence of (low, high)
        In rad/s (rad/sample for dt = True); those of a real system stand for negative frequencies as well, and an
        infinite end for the end of the axis.

    Returns
    -------
    PeakGain
        Of a frequency in the bands, their ends among them.

    Raises
    ------
    InvalidArgumentError
        For what are no bands of this system.
    NumericalError
        When there is a pole at a frequency that is looked at.

    Notes
    -----
    As :func:`~dlnbalance.norms.peaks.largest_gain`: from the ends of the bands and the resonances in them by Newton's
    method, and then by level sets, until there is no frequency in the bands at which a level 1e-9 above the best value
    is exceeded. A band that exceeds a level does so at an end, or between two crossings within. O((2n)³) a level.

    See Also
    --------
    dlnbalance.hinf_norm : over all frequencies.
    dlnbalance.FrequencyLimited : Gramians of bands.

    Examples
    --------
    >>> lag = LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    >>> print(band_peak(lag, [(1.0, 2.0)]))
    0.707107 at 1 rad/s
    """
    system = as_system(system)
    system.check_descriptor()
    bands = bands_of(system, bands)
    curve = GainCurve(system)
    points = inside(bands, starting_frequencies(system, curve))
    best = _climbed(system, curve, bands, points)
    level_set = LevelSets(system) if best.value > 0 else None
    for _ in range(LEVELS):
        crossings = inside(bands, _crossings(level_set, best.value), ends=False)
        if not crossings.size or curve.gains(crossings).max() <= (1 + PEAK_RTOL) * best.value:
            return replace(best, unit="rad/sample" if system.dt is True else "rad/s")
        best = _climbed(system, curve, bands, crossings)
    expected = "a level set that becomes empty"
    raise NumericalError("system", expected, "gains that keep growing", "a pole is too close to the boundary")


def _crossings(level_set: LevelSets | None, value: float) -> Array:
    """Frequencies where the level above a value is crossed, and those between them."""
    if level_set is None:
        return np.zeros(0)
    level = (1 + PEAK_RTOL) * value
    try:
        return level_set.crossings(level)
    except np.linalg.LinAlgError:
        return level_set.crossings((1 + _BESIDE_FEEDTHROUGH) * level)


def inside(bands: Sequence[Band], omega: Array, *, ends: bool = True) -> Array:
    """Ascending frequencies that are in the bands, and the ends of these."""
    found = [omega[(low < omega) & (omega < high)] for low, high in bands]
    return np.unique(np.concatenate([*found, *([np.ravel(bands)] if ends else [])]))


def _climbed(system: LinearSystem, curve: GainCurve, bands: Sequence[Band], points: Array) -> PeakGain:
    """The best of some frequencies, and from there to the top within its band."""
    gains = curve.gains(points)
    k = int(np.argmax(gains))
    peak = PeakGain(value=float(gains[k]), frequency=float(points[k]))
    if peak.value == 0 or not np.isfinite(peak.frequency):
        return peak
    start, end = next(band for band in bands if band[0] <= peak.frequency <= band[1])
    low = max(float(points[max(k - 1, 0)]), start)
    high = min(float(points[min(k + 1, points.size - 1)]), end)
    reach = 2 * abs(peak.frequency) + 1.0
    low, high = max(low, -reach), min(high, reach)
    top = ascended(curve, peak, low, high, symmetric=is_symmetric_at(system, peak.frequency))
    return top if start <= top.frequency <= end else peak
