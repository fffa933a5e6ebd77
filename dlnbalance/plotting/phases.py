"""Phases of responses that are drawn together: each unwrapped, and all on one branch wherever they agree."""

import numpy as np

from ..linalg.arrays import Array

__all__ = ["phase", "phase_beside"]

# Responses differ by less than this share of their size where their phases certainly differ by less than 60°, so that
# a turn between them would be one of the computation.
_CLOSE = 0.5


def phase(response: Array) -> Array:
    """Unwrapped phase in degrees of the responses at increasing frequencies; NaN where there is none.

    Examples
    --------
    >>> phase(np.array([1.0, -1j, -1.0, 1j])).round(9).tolist()
    [0.0, -90.0, -180.0, -270.0]
    """
    return np.where(response != 0, np.degrees(np.unwrap(np.angle(response))), np.nan)


def phase_beside(response: Array, other: Array, known: Array) -> Array:
    """Phase of a response on the same branch as another one at the same frequencies.

    Between frequencies where both agree to half of their size the difference of the phases is unwrapped; where they
    agree it is less than 60°, whatever a resonance between two points of the grid has turned.

    Parameters
    ----------
    response, other : (K,) array
        At increasing frequencies.
    known : (K,) array
        Phase of the other in degrees.

    Examples
    --------
    >>> other = np.array([1.0, -1.0 - 0.1j, -1.0])
    >>> phase_beside(np.array([1.0, -1.0 + 0.1j, -1.0]), other, np.array([0.0, -174.3, -180.0])).round(1).tolist()
    [0.0, -185.7, -180.0]
    """
    apart = np.angle(response * np.conj(other))
    close = np.abs(response - other) <= _CLOSE * np.maximum(np.abs(response), np.abs(other))
    for run in np.split(np.arange(apart.size), np.flatnonzero(close[1:] != close[:-1]) + 1):
        if run.size and not close[run[0]]:
            begin = max(run[0] - 1, 0)
            apart[begin : run[-1] + 1] = np.unwrap(apart[begin : run[-1] + 1])
    return np.where((response != 0) & (other != 0), known + np.degrees(apart), np.nan)
