"""The largest gain of a large system at samples of bands of frequencies."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ..files.conversion import as_system
from ..gramians.bands import bands_of
from ..linalg.band_integrals import Band
from ..systems.linear_system import LinearSystem
from .band_peaks import inside
from .peaks import PeakGain, largest_gains
from .responses import Response, frequency_grid

__all__ = ["sampled_band_peak"]

_SAMPLES = 48  # frequencies in the bands at which a large system is looked at: a sparse factorization each
_REFINEMENTS = 3  # of the place of the largest of them, a third of the interval each: two more digits of a smooth peak


def sampled_band_peak(response: Response, model: LinearSystem, bands: Sequence[Band]) -> PeakGain:
    r"""Largest gain of an expensive frequency response at frequencies in the bands: a lower bound of the peak there.

    Parameters
    ----------
    response : callable
        Frequencies (K,) ↦ transfer matrices (K, p, m).
    model : LinearSystem
        A small system whose resonances say where to look.
    bands : sequence of (low, high)
        As for `band_peak`.

    See Also
    --------
    dlnbalance.norms.band_peaks.band_peak : for small systems, whose peak it finds.

    Notes
    -----
    The ends of the bands, and 48 frequencies of a grid that is refined at the resonances of the model; then three times
    two more beside the largest.

    Examples
    --------
    >>> lag = LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    >>> from dlnbalance.norms.responses import frequency_response
    >>> print(sampled_band_peak(lambda omega: frequency_response(lag, omega), lag, [(1.0, 2.0)]))
    0.707107 at 1 rad/s
    """
    model = as_system(model)
    bands = bands_of(model, bands)
    grid = frequency_grid(model)
    grid = np.concatenate([-grid[::-1], grid]) if model.is_complex else grid
    grid = inside(bands, grid)
    grid = grid[np.isfinite(grid)]
    omega = grid[np.linspace(0, grid.size - 1, min(grid.size, _SAMPLES)).round().astype(int)]
    gains = largest_gains(response(omega))
    for _ in range(_REFINEMENTS):
        k = int(np.argmax(gains))
        near = omega[max(k - 1, 0) : k + 2]
        between = np.array([(a + 2 * b if b == omega[k] else 2 * a + b) / 3 for a, b in pairwise(near)])
        between = between[[any(low <= point <= high for low, high in bands) for point in between]]
        if not between.size:
            break
        omega, order = np.unique(np.concatenate([omega, between]), return_index=True)
        gains = np.concatenate([gains, largest_gains(response(between))])[order]
    k = int(np.argmax(gains))
    unit = "rad/sample" if model.dt is True else "rad/s"
    return PeakGain(value=float(gains[k]), frequency=float(omega[k]), unit=unit)
