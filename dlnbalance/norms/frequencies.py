"""Frequencies at which a system is most sensitive: its resonances and corner frequencies."""

import numpy as np

from ..files.conversion import as_system
from ..linalg.arrays import EPS, Array
from ..systems.linear_system import LinearSystem

__all__ = ["least_damped", "telling_frequencies"]

_LEAST_DAMPED = 64  # poles near which the accuracy floor is sampled: there resolvents are largest; O(n²) each
_CORNERS = 32  # corner frequencies, moduli of poles: where well-damped systems turn; O(n²) each


def telling_frequencies(system: LinearSystem) -> Array:
    """Frequency zero, those of the poles nearest to the stability boundary, and corner frequencies.

    Parameters
    ----------
    system : LinearSystem
        Continuous or discrete.

    See Also
    --------
    dlnbalance.frequency_grid : frequencies that show a response.
    dlnbalance.norms.least_damped : frequency zero and those of the poles nearest to the stability boundary.

    Examples
    --------
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> float(telling_frequencies(LinearSystem([[-1.0]], [[1.0]], [[1.0]])).min())
    0.0
    """
    system = as_system(system)
    system.check_descriptor()
    sizes = np.abs(system.poles())
    if system.is_discrete:
        with np.errstate(divide="ignore"):  # a pole at z = 0 has no corner
            sizes = np.abs(np.log(system.poles().astype(complex))) / system.sampling_time
        sizes = sizes[sizes <= system.nyquist_frequency]
    if sizes.size > _CORNERS:
        sizes = np.quantile(sizes, np.linspace(0, 1, _CORNERS), method="nearest")
    return np.unique(np.concatenate([least_damped(system), sizes, -sizes if system.is_complex else sizes]))


def least_damped(system: LinearSystem) -> Array:
    """Frequency zero and those of the poles nearest to the stability boundary.

    Parameters
    ----------
    system : LinearSystem
        Continuous or discrete.

    See Also
    --------
    dlnbalance.norms.telling_frequencies : a few frequencies at which errors are likely to show.

    Examples
    --------
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> least_damped(LinearSystem([[0.0, 1.0], [-4.0, -0.1]], [[0.0], [1.0]], [[1.0, 0.0]])).round(1).tolist()
    [0.0, 2.0]
    """
    system = as_system(system)
    system.check_descriptor()
    poles = system.poles()
    boundary = np.angle(poles) / (system.sampling_time or 1.0) if system.is_discrete else poles.imag
    margin = 1 - np.abs(poles) if system.is_discrete else -poles.real / np.maximum(np.abs(poles), EPS)
    omega = np.append(boundary[np.argsort(margin)[:_LEAST_DAMPED]], 0.0)
    return np.unique(omega if system.is_complex else np.abs(omega))
