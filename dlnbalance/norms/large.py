"""Norms of large sparse systems: searched on a projected model, confirmed on the system at a few frequencies."""

from dataclasses import replace

import numpy as np
import scipy.linalg as la

from ..gramians.stability import poles_refused
from ..linalg.arrays import EPS, Array, adjoint, spectral_norm_bound
from ..linalg.pencils import row_norms
from ..networks.network import DeepLinearNetwork
from ..networks.projections import Projection, projection
from ..systems.linear_system import LinearSystem
from .frequencies import least_damped
from .peaks import PeakGain, largest_gain, largest_gains
from .responses import Response, frequency_grid, frequency_response

__all__ = ["confirmed_peak", "full_projection", "projected_accuracy_floor"]

_CHECKS = 4  # further local maxima of the model at which the system is evaluated: a sparse factorization each
# Share of σ_1 below which singular triples of the factors are left out of a model: hundreds of eps, so that those kept
# are no rounding, and their coordinates have a condition of 1e13^½ at most.
_WORTH_KEEPING = 1e-13


def confirmed_peak(response: Response, model: LinearSystem) -> PeakGain:
    r"""Largest singular value of an expensive frequency response, searched on a model of it.

    Parameters
    ----------
    response : callable
        Frequencies (K,) ↦ transfer matrices (K, p, m) of the system; a sparse factorization each.
    model : LinearSystem
        A small realization that approximates it.

    Returns
    -------
    PeakGain
        The largest gain of `response` seen, which is a lower bound of its norm; ``uncertainty`` is how much higher the
        peak of the model, plus the largest distance of model and response where both were evaluated, reaches.

    Notes
    -----
    The model's peak is found by level sets (:func:`~dlnbalance.norms.peaks.largest_gain`). The response is
    evaluated there, at frequency zero and at the next highest local maxima of the model over a grid that is refined at
    its resonances.
    """
    peak = largest_gain(model)
    omega = np.unique(np.concatenate([[peak.frequency, 0.0], _local_maxima(model)]))
    exact, approximate = response(omega), frequency_response(model, omega)
    gains = largest_gains(exact)
    best = int(np.argmax(gains))
    distance = float(largest_gains(exact - approximate).max())
    uncertainty = max(peak.value + distance - float(gains[best]), 0.0)
    return replace(peak, value=float(gains[best]), frequency=float(omega[best]), uncertainty=uncertainty)


def _local_maxima(model: LinearSystem) -> Array:
    """Frequencies of the highest local maxima of the gain of a model, the ends of the grid included."""
    grid = frequency_grid(model)
    gains = np.concatenate([[-np.inf], largest_gains(frequency_response(model, grid)), [-np.inf]])
    top = np.flatnonzero((gains[1:-1] >= gains[:-2]) & (gains[1:-1] > gains[2:]))
    highest = top[np.argsort(gains[1:-1][top])[::-1][:_CHECKS]]
    return grid[highest]


def _basis(network: DeepLinearNetwork) -> Projection:
    values = network.singular_values
    order = int(np.count_nonzero(values[: network.rank] > _WORTH_KEEPING * values[:1].sum()))
    return projection(network, order)


def full_projection(system: LinearSystem, network: DeepLinearNetwork) -> LinearSystem:
    """The system projected along all singular triples of its Gramian factors that are above the accuracy floor."""
    T, inverse = _basis(network)
    return system.project(system.left_basis(T), inverse)


def projected_accuracy_floor(system: LinearSystem, network: DeepLinearNetwork) -> float:
    """Accuracy floor of a large system, with the norms of its resolvent estimated by those of the projected one.

    See :func:`~dlnbalance.norms.accuracy.accuracy_floor`. The columns of (zE − A)⁻¹B are taken to be V (zI − A_r)⁻¹B_r,
    and the rows of C(zE − A)⁻¹ to be C_r (zI − A_r)⁻¹W*. O(n r²).
    """
    T, inverse = _basis(network)
    if T.shape[0] == 0:
        return 0.0
    left = system.left_basis(T)
    model = system.project(left, inverse)
    omega = least_damped(model)
    points = model.boundary_points(omega)
    schur, here, d = model.schur, model.coordinates, model.coordinates.states
    lift_reach = la.qr(inverse * d, mode="r", check_finite=False)[0] @ schur.Z
    lift_observe = la.qr(left / d, mode="r", check_finite=False)[0] @ schur.adjoint.Z
    with poles_refused(model, omega):
        reached = row_norms(lift_reach, schur.resolvent(points / here.unit, here.B))
        observed = row_norms(lift_observe, schur.adjoint.resolvent(points.conj() / here.unit, adjoint(here.C)))
    reach, observe = la.norm(reached, axis=0), la.norm(observed, axis=0)
    return float(EPS * (_perturbation_size(system, points) / here.unit * reach * observe).max())


def _perturbation_size(system: LinearSystem, points: Array) -> Array:
    r"""Upper bounds of :math:`‖A‖ + |z|\,‖E‖` at some points z; a rounding error of zE − A is eps times this."""
    bound = np.full(points.shape, spectral_norm_bound(system.A))
    if system.E is not None:
        bound = bound + np.abs(points) * spectral_norm_bound(system.E)
    return bound
