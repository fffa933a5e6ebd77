"""Frequency responses of systems, and the frequencies that show them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..decompositions.descriptor_forms import finite_infinite
from ..errors import NumericalError
from ..files.conversion import as_system
from ..linalg.arrays import Array, is_sparse, real_vector, whole_number
from ..linalg.threads import threads_by_size
from ..systems.coordinates import out_of_range
from ..systems.linear_system import LinearSystem
from .dense_responses import dense_response

__all__ = ["frequency_grid", "frequency_response"]

# Sparse factorizations at fewer frequencies than a fourth of the states cost less than a Schur form.
_SPARSE_SOLVES = 4
_RESONANCES = 150  # the least damped poles around which the grid is refined: about 2000 more points
_DECADES = 10  # decades below the fastest pole that a grid covers at most; more would thin it out
#: Distances from a resonance at which it is sampled, in half-power bandwidths: the arc of the resonance circle.
_OFFSETS = np.tan(np.linspace(-0.49, 0.49, 13) * np.pi)

#: Maps frequencies (K,) to transfer matrices (K, p, m).
Response = Callable[[Array], Array]


@threads_by_size
def frequency_response(system: LinearSystem, omega: Array) -> Array:
    r"""Transfer matrix on the stability boundary, G(iω) in continuous and G(e^{iω dt}) in discrete time.

    Parameters
    ----------
    system : LinearSystem
        With a stated time base.
    omega : (K,) array_like
        Frequencies in rad/s (rad/sample for dt = True); infinity gives the feedthrough of a continuous system, of one
        with a singular E that of its proper part.

    Returns
    -------
    (K, p, m) complex array

    Raises
    ------
    InvalidArgumentError
        For frequencies that are not real numbers.
    NumericalError
        When one of them is that of a pole on the stability boundary, for gains out of the range of numbers, and for an
        infinite frequency of an improper system.

    Notes
    -----
    Uses the Schur form of the system, O(n³) once. Many frequencies then take a sum over the poles, O(K n p m), where a
    comparison with the Schur form at a few of them shows that it loses nothing, otherwise back substitution, O(K m n²)
    (see :func:`~dlnbalance.norms.dense_responses.dense_response`); the memory is that of the result and a few MiB.
    Large sparse systems, and sparse ones for few frequencies, take one sparse factorization for each.

    See Also
    --------
    dlnbalance.frequency_grid : frequencies that show a response.
    dlnbalance.plotting.bode : Bode diagram of systems, or of a reduced model with its error and bound.

    Examples
    --------
    >>> lag = LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    >>> abs(frequency_response(lag, [0.0, 1.0, np.inf])).ravel().round(6).tolist()
    [1.0, 0.707107, 0.0]
    """
    system = as_system(system)
    frequencies = real_vector("omega", omega, "a list of real frequencies", infinite=True, remedy="give them in rad/s")
    response = np.empty((frequencies.size, system.noutputs, system.ninputs), dtype=complex)
    finite = np.flatnonzero(np.isfinite(frequencies))
    response[:] = system.D if finite.size == frequencies.size else _feedthrough(system)
    response[finite] = system.D
    if system.nstates == 0 or not finite.size:
        return response
    if system.is_large or (is_sparse(system.A) and _SPARSE_SOLVES * finite.size < system.nstates):
        points = system.boundary_points(frequencies)
        for k in finite:
            response[k] = system(complex(points[k]))
        return response
    response[finite] += dense_response(system, frequencies[finite])
    if not np.isfinite(response).all():
        raise out_of_range("gain")
    return response


def _feedthrough(system: LinearSystem) -> Array:
    """Gain at infinite frequency."""
    if system.E is None:
        return system.D
    parts = finite_infinite(system)
    if parts.is_proper:
        return parts.proper.D
    raise NumericalError(
        "omega",
        "finite frequencies, for an improper system",
        "an infinite one",
        "leave it out, or take the proper part of dlnbalance.decompositions.finite_infinite(system)",
    )


def frequency_grid(*systems: Any, points: int = 400) -> Array:
    r"""Frequencies that show a response: a logarithmic grid over all poles, refined at the resonances.

    Parameters
    ----------
    *systems : LinearSystem or anything :func:`as_system` reads
        One or more systems with a stated time base.
    points : int
        Size of the logarithmic grid, before the points at resonances are added.

    Returns
    -------
    (K,) array
        Ascending positive frequencies in rad/s (rad/sample for dt = True). They reach from a decade below the
        slowest pole to a decade above the fastest, over ten decades at most, and end at the Nyquist frequency π/dt
        where every system is discrete.

    Notes
    -----
    Poles z of a discrete system count as s = log(z)/dt. A resonance at Im s of half-power bandwidth −Re s is
    sampled at Im s + Re s tan φ for equally spaced φ, which puts points evenly on its circle in the complex
    plane. One Schur form a system, O(n³), which the system keeps.

    See Also
    --------
    dlnbalance.frequency_response : transfer matrix on the stability boundary.
    dlnbalance.norms.telling_frequencies : a few frequencies at which errors are likely to show.

    Examples
    --------
    >>> sampled = LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=0.1)
    >>> grid = frequency_grid(sampled)
    >>> bool(grid[-1] == np.pi / 0.1), bool((np.diff(grid) > 0).all())
    (True, True)
    """
    models = [as_system(system) for system in systems]
    for model in models:
        model.check_descriptor()
    points = whole_number("points", points, 2, remedy="a grid has two ends")
    poles = np.concatenate([np.zeros(0), *(_continuous_poles(model) for model in models)])
    nyquist = max((model.nyquist_frequency for model in models), default=np.inf)
    sizes = np.abs(poles[poles != 0])
    slow, fast = (sizes.min(), sizes.max()) if sizes.size else (1.0, 1.0)
    high = min(10 * fast, nyquist)
    low = max(min(slow, high) / 10, high * 10.0**-_DECADES)
    grid = np.concatenate([np.geomspace(low, high, points), _resonance_points(poles)])
    inside = np.unique(grid[(grid >= low) & (grid <= high)])
    inside[-1] = high  # geomspace rounds its ends
    return inside


def _continuous_poles(model: LinearSystem) -> Array:
    poles = model.poles()
    if not model.is_discrete:
        return poles
    return np.log(poles[poles != 0].astype(complex)) / model.sampling_time


def _resonance_points(poles: Array) -> Array:
    width, frequency = np.abs(np.real(poles)), np.abs(np.imag(poles))
    resonant = frequency > width
    width, frequency = width[resonant], frequency[resonant]
    least_damped = np.argsort(width / frequency)[: 2 * _RESONANCES]  # both of a conjugate pair
    return (frequency[least_damped, None] + width[least_damped, None] * _OFFSETS).ravel()
