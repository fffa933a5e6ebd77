"""Responses of dense systems at many frequencies: by the modal form where it is as accurate as the Schur form."""

from contextlib import suppress

import numpy as np
import scipy.linalg as la

from ..errors import NumericalError
from ..gramians.stability import poles_refused
from ..linalg.arrays import EPS, Array, Flags, adjoint
from ..linalg.modal_forms import ModalForm
from ..linalg.shifted_solves import solutions
from ..systems.linear_system import LinearSystem
from .rounding_terms import rounding_terms

__all__ = ["dense_response"]

_FEW = 64  # frequencies up to which solves with the Schur form, O(n²) each, take less time than the eigenvectors, O(n³)
_POINTS_IN_MEMORY = 2**20  # complex numbers held at a time by one batch of resolvents: 16 MiB
_SAMPLE = 128  # frequencies, evenly spaced among all, of which those where the sum loses most are checked
_LAST_DIGIT = 8  # roundings of a response that need no comparison with what rounding of the data does
_AT_A_POLE = 1e-10  # distance from a pole, in units of the largest entry of S, within which the Schur form decides


def dense_response(system: LinearSystem, omega: Array) -> Array:
    r"""Strictly proper part :math:`C (zE - A)^{-1} B` of a response at finite frequencies.

    Parameters
    ----------
    system : LinearSystem
        Dense, with states.
    omega : (K,) array
        In rad/s.

    Returns
    -------
    (K, p, m) array

    Raises
    ------
    NumericalError
        When one of the frequencies is that of a pole.

    Notes
    -----
    Many frequencies by a sum over the poles, O(K n p m) after the eigenvectors, O(n³), which the system keeps. The sum
    is compared with the response by the Schur form where its terms are largest, where they cancel most, and at one more
    of the frequencies: it serves where the two differ by no more than the first-order effect of rounding the
    data (see :mod:`dlnbalance.norms.accuracy`) there. Otherwise, at few frequencies and next to a pole, by the Schur
    form, O(m n²) each.

    Examples
    --------
    >>> dense_response(LinearSystem([[-1.0]], [[1.0]], [[1.0]]), np.array([1.0])).ravel()  # 1/(1 + i)
    array([0.5-0.5j])
    """
    form = system.modal if omega.size > _FEW else None
    if form is None:
        return _by_schur_form(system, omega)
    points = system.boundary_points(omega) / system.coordinates.unit
    near = _at_poles(system, form, points)
    response, serves = None, False
    with np.errstate(all="ignore"), suppress(NumericalError):  # what leaves the range of numbers is for others to say
        response = form.response(points)
        serves = _is_accurate(system, form, omega[~near], response[~near])
    if response is None or not serves:
        return _by_schur_form(system, omega)
    if near.any():
        response[near] = _by_schur_form(system, omega[near])
    return response


def _by_schur_form(system: LinearSystem, omega: Array) -> Array:
    here, schur, (p, m) = system.coordinates, system.schur, system.D.shape
    output, right = here.C @ schur.Z, adjoint(schur.Q) @ here.B
    points = system.boundary_points(omega) / here.unit
    response = np.empty((omega.size, p, m), dtype=complex)
    step = max(1, _POINTS_IN_MEMORY // (system.nstates * m))
    for start in range(0, omega.size, step):
        batch = slice(start, start + step)
        with poles_refused(system, omega[batch]):
            solution = solutions(schur, points[batch], right)
        with np.errstate(over="ignore", invalid="ignore"):
            gains = output @ solution.reshape(system.nstates, -1)
        response[batch] = gains.reshape(p, -1, m).transpose(1, 0, 2)
    return response


def _at_poles(system: LinearSystem, form: ModalForm, points: Array) -> Flags:
    """Which points are so close to a pole that the distance has few digits."""
    margins = np.abs(1 - np.abs(form.poles)) if system.is_discrete else np.abs(form.poles.real)
    least = _AT_A_POLE * np.abs(system.schur.S).max()
    close = form.poles[margins < least]
    if not close.size:
        return np.zeros(points.size, dtype=bool)
    return np.abs(points[:, None] - close).min(axis=1) < least


def _is_accurate(system: LinearSystem, form: ModalForm, omega: Array, response: Array) -> bool:
    """Whether the sum is within rounding of the data where its terms are largest and where they cancel most."""
    if not np.isfinite(response).all():
        return False
    sample = np.linspace(0, omega.size - 1, min(omega.size, _SAMPLE)).astype(int)
    points = system.boundary_points(omega[sample]) / system.coordinates.unit
    terms = np.abs(1 / (points[:, None] - form.poles)) @ form.sizes
    lost = terms / np.abs(response[sample]).max(axis=(1, 2))
    checked = np.unique(sample[[np.argmax(terms), np.argmax(lost), sample.size // 2]])
    exact = _by_schur_form(system, omega[checked])
    errors, sizes = (la.norm(M, axis=(1, 2)) for M in (exact - response[checked], exact))
    doubtful = errors > _LAST_DIGIT * EPS * sizes
    return not doubtful.any() or bool((errors <= rounding_terms(system, omega[checked])).all())
