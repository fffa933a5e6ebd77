"""First-order effect of rounding on a dense system at some frequencies: the terms of its accuracy floor."""

import numpy as np

from ..gramians.stability import poles_refused
from ..linalg.arrays import EPS, Array, Indices, adjoint
from ..linalg.pencils import SchurForm
from ..linalg.shifted_solves import adjoint_solutions, solutions
from ..systems.coordinates import out_of_range
from ..systems.linear_system import LinearSystem

__all__ = ["rounding_terms"]


def rounding_terms(system: LinearSystem, omega: Array) -> Array:
    """The terms of :func:`~dlnbalance.norms.accuracy.accuracy_floor` at finite frequencies; O(n²) each.

    Examples
    --------
    >>> rounding_terms(LinearSystem([[-1.0]], [[1.0]], [[1.0]]), np.zeros(1)) / EPS  # one for each of A, B and C
    array([3.])
    """
    points = system.boundary_points(omega)
    if system.nstates == 0:
        return np.zeros(points.size)
    here, schur = system.coordinates, system.schur
    points = points / here.unit
    B, C = adjoint(schur.Q) @ here.B, adjoint(here.C @ schur.Z)
    with poles_refused(system, omega):
        reach = _block_norms(solutions(schur, points, B), schur.starts)
        observe = _block_norms(adjoint_solutions(schur, points, C), schur.starts)
    entering = _block_norms(B[:, None, :], schur.starts)
    couplings = _couplings(schur.S, schur)
    if here.errors is not None:
        couplings = couplings + _couplings(here.errors[0][np.ix_(here.order, here.order)], schur)
        entering = entering + _block_norms(here.errors[1][here.order, None, :], schur.starts)
    leaving = _block_norms(C[:, None, :], schur.starts)
    pencil = couplings @ reach
    if schur.T is not None:
        pencil = pencil + np.abs(points) * (_couplings(schur.T, schur) @ reach)
    with np.errstate(over="ignore"):
        rounding = np.sum(EPS * observe * (pencil + entering) + EPS * leaving * reach, axis=0)
    if not np.isfinite(rounding).all():
        raise out_of_range("gain")
    return rounding


def _block_norms(rows: Array, starts: Indices) -> Array:
    """Norms (blocks, K) of the rows of every block, of an (n, K, m) array."""
    size = np.abs(rows).max(initial=0.0) or 1.0  # squares may leave the range of numbers
    return size * np.sqrt(np.add.reduceat(np.sum(np.abs(rows / size) ** 2, axis=2), starts, axis=0))


def _couplings(M: Array, schur: SchurForm) -> Array:
    """Frobenius norms of the blocks of a matrix."""
    squares = np.abs(M) ** 2
    return np.sqrt(np.add.reduceat(np.add.reduceat(squares, schur.starts, axis=0), schur.starts, axis=1))
