r"""Factors of integrals of F F* over bands of frequencies, by Gauss-Legendre rules on panels that adapt to F."""

from collections.abc import Callable, Sequence

import numpy as np
import scipy.linalg as la

from ..errors import NumericalError
from .arrays import EPS, Array, adjoint, norm
from .band_integrals import Band

__all__ = ["band_factor"]

#: Maps frequencies (K,) to matrices (n, K, m).
Solutions = Callable[[Array], Array]

_NODES = 16  # of a panel; resolving a pole from both sides takes about as many nodes in all for 10 to 25
_TAIL = 3  # last Legendre coefficients of a panel, which say how well a polynomial follows
_LEVELS = 60  # of bisection: a panel is 1e-18 of its band then
_MOST_PANELS = 20_000  # pending at a time; many more than 1000 lightly damped modes need
_ROUNDING = 16 * EPS  # relative error of a frequency, times what the slope of F on a panel makes of it
_READABLE = 1e-4  # share of F up to which that may hide how well a polynomial follows
_RIGHT = 8  # columns of a factor, in units of its rows, from which on it is compressed


def band_factor(solutions: Solutions, bands: Sequence[Band], tol: float) -> Array:
    r"""A matrix Z with ZZ* close to :math:`\frac{1}{2π}\int_Ω F(ν) F(ν)^* dν`: positive terms only, nothing cancels.

    Parameters
    ----------
    solutions : callable
        Frequencies (K,) ↦ F, shape (n, K, m); decaying as 1/ν where a band is infinite.
    bands : sequence of (low, high)
        Disjoint; infinite ends after a finite one, or before it.
    tol : float
        Bound of what a polynomial on a panel leaves of F, relative to the norm of Z: of the error of the factor, not of
        its square.

    Returns
    -------
    (n, k) complex array
        With at most about 8 n columns.

    Raises
    ------
    NumericalError
        When panels become too many or too narrow: a pole is at a frequency of the bands, or within rounding of one.

    Notes
    -----
    Gauss's rule of N nodes is exact for F F* where F is a polynomial of a degree below N; so the factor has the error
    of the best such polynomial. Panels are halved until the last Legendre coefficients of F are small. The part of an
    infinite band beyond a finite frequency is a panel of u = 1/ν, where F/u is smooth.

    Examples
    --------
    >>> Z = band_factor(lambda nu: 1 / (1 + 1j * nu)[None, :, None], [(0.0, 1.0), (1.0, np.inf)], 1e-12)
    >>> round(norm(Z) ** 2, 12)  # (π/2)/(2π)
    0.25
    """
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    last = np.polynomial.legendre.legvander(nodes, _NODES - 1)[:, -_TAIL:] * weights[:, None]
    last = last * (2 * np.arange(_NODES - _TAIL, _NODES) + 1) / 2
    pending = np.array([panel for band in bands for panel in _first_panels(*band)])
    factor, size = np.zeros((0, 0)), 0.0
    for _ in range(_LEVELS):
        middles, halves = (pending[:, 1] + pending[:, 0]) / 2, (pending[:, 1] - pending[:, 0]) / 2
        points = middles[:, None] + halves[:, None] * nodes
        values = _values(solutions, points, pending[:, 2] == 1)
        if not np.isfinite(values).all():
            break
        n, m = values.shape[0], values.shape[3]
        size = max(size, norm(factor))
        own = np.sqrt(np.einsum("nkjm,j,k->k", np.abs(values) ** 2, weights, halves) / (2 * np.pi))
        tails = np.abs(np.tensordot(values, last, axes=(2, 0))).max(axis=-1)
        left = np.sqrt(halves / np.pi) * la.norm(tails, axis=(0, 2))
        blurred = _ROUNDING * np.abs(middles) / halves
        enough = np.maximum(tol * np.hypot(size, la.norm(own)), np.where(blurred < _READABLE, blurred * own, 0.0))
        done = left <= enough
        columns = values[:, done] * np.sqrt(weights[:, None] * halves[done][:, None, None] / (2 * np.pi))
        factor = np.hstack([factor.reshape(n, -1), columns.reshape(n, -1)])
        factor = _compressed(factor, m)
        if done.all():
            return factor
        pending = _halved(pending[~done])
        if len(pending) > _MOST_PANELS:
            break
    raise NumericalError(
        "system", "no pole at a frequency of the bands", "one that is there to rounding", "leave it out of the bands"
    )


def _first_panels(low: float, high: float) -> list[tuple[float, float, int]]:
    """Panels (start, end, kind) of a band; kind 1 means u = 1/ν."""
    if np.isinf(low) and np.isinf(high):
        return [(-1.0, 1.0, 0), (0.0, 1.0, 1), (-1.0, 0.0, 1)]
    if np.isinf(high):
        return [(0.0, 1 / low, 1)] if low > 0 else [(low, 1.0, 0), (0.0, 1.0, 1)]
    if np.isinf(low):
        return [(1 / high, 0.0, 1)] if high < 0 else [(-1.0, high, 0), (-1.0, 0.0, 1)]
    return [(low, high, 0)]


def _values(solutions: Solutions, points: Array, inverted: Array) -> Array:
    """F at the nodes of panels (n, panels, nodes, m), F/u for inverted ones."""
    omega = np.where(inverted[:, None], 1 / np.where(inverted[:, None], points, 1.0), points)
    values = solutions(omega.ravel())
    values = values.reshape(values.shape[0], *points.shape, values.shape[2])
    return values * np.where(inverted[:, None], np.abs(omega), 1.0)[None, :, :, None]


def _halved(panels: Array) -> Array:
    middles = (panels[:, 0] + panels[:, 1]) / 2
    first, second = panels.copy(), panels.copy()
    first[:, 1], second[:, 0] = middles, middles
    return np.concatenate([first, second])


def _compressed(factor: Array, m: int) -> Array:
    """The same ZZ* by no more columns than rows, where there are many."""
    n, columns = factor.shape
    if columns <= max(_RIGHT * n, m):
        return factor
    return adjoint(la.qr(adjoint(factor), mode="r", check_finite=False)[0][:n])
