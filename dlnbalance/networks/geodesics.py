r"""How far apart two matrices with common singular frames are in the metric g^N: exact distances, and bounds.

The metric is the quotient of the balanced networks, in Euclidean weight space, by the unitary gauges of the hidden
layers. So the distance of X and Y is at least that of their orbits, and at most the length of any curve. The straight
curve of :func:`~dlnbalance.networks.closed_forms.aligned_geodesic`, which keeps the frames, need not be the shortest:
from depth 3 on, modes whose order differs at the two ends may trade their places by a rotation of the frames.

=============================  ===================================================================================
Function                       What it gives
=============================  ===================================================================================
:func:`two_mode_distance`      the distance of 2 × 2 matrices, by a conserved momentum
:func:`distance_bounds`        the distance, or an interval that holds it, for any number of modes
=============================  ===================================================================================
"""

from collections.abc import Callable
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la
from scipy.optimize import brentq

from ..errors import InvalidArgumentError
from ..linalg.arrays import Array, whole_number
from .closed_forms import aligned_length, paired_roots

__all__ = ["DistanceBounds", "distance_bounds", "two_mode_distance"]

# Gauss–Legendre quadrature on [0, 1]
_NODES, _WEIGHTS = (column / 2 for column in np.polynomial.legendre.leggauss(128))
_NODES = _NODES + 0.5
_FARTHEST = 20.0  # a half logarithm of λ_1/λ_2 beyond which the smaller λ is zero to rounding: e^{-40} of the larger


class DistanceBounds(NamedTuple):
    """An interval that holds a distance; a single number where the distance is known.

    See Also
    --------
    dlnbalance.networks.geodesics.distance_bounds : bounds of the distance of two matrices with the same frames.

    Examples
    --------
    >>> DistanceBounds(1.0, 1.5).upper
    1.5
    """

    lower: float
    upper: float


def distance_bounds(start: Any, end: Any, depth: int) -> DistanceBounds:
    r"""Bounds of the distance, in the metric g^N, of two matrices with the same singular frames.

    .. math:: X = U\, \mathrm{diag}(λ_i^N)\, V^*, \quad Y = U\, \mathrm{diag}(μ_i^N)\, V^*: \qquad
        \min(N, 2)\, ‖λ - μ‖^2 + \max(N - 2, 0)\, ‖λ^↓ - μ^↓‖^2 \;\le\; d(X, Y)^2 \;\le\; N ‖λ - μ‖^2,

    with λ^↓ the numbers in descending order.

    Parameters
    ----------
    start, end : (r,) array_like
        All singular values of X and Y, paired by their singular vectors, in any order; nonnegative.
    depth : int
        N ≥ 1.

    Returns
    -------
    DistanceBounds
        ``lower`` and ``upper``. They agree, and are the distance, for N ≤ 2, for values that are ordered alike, and
        for two modes (:func:`two_mode_distance`).

    Raises
    ------
    InvalidArgumentError
        For values that are negative or of different numbers, or a depth that is not a positive whole number.

    Notes
    -----
    Distances are those of square matrices of full rank, and by continuity of their limits.

    *From below.* A curve of balanced networks from the orbit of X to that of Y is at least as long as their Euclidean
    distance. Let W and V be balanced over X and Y. In the first and the last layer one side is a fixed frame, so that
    Re tr W_1*V_1 = Re tr diag(λ_i μ_i) Q ≤ Σ λ_i μ_i for some unitary Q; in the other layers both sides are free, and
    von Neumann's inequality bounds Re tr W_k*V_k by Σ λ_i^↓ μ_i^↓. At depth 2 the bound is the length of the aligned
    geodesic, and so it is for values ordered alike.

    *From above.* Block-diagonal matrices are a Riemannian product of their blocks, for A_{N,X} does not mix them. So
    any way of taking modes in pairs gives a curve of squared length Σ d², with the exact distance for each pair and
    N (λ_i − μ_i)² for each mode that stays alone. Pairs are taken greedily, those that save most first: not always the
    best choice, and curves that turn three modes at once may be shorter still. One millisecond for each pair in
    different orders.

    References
    ----------
    .. [1] G. Menon, "The geometry of the deep linear network", arXiv:2411.09004 (the metric as a quotient).
    .. [2] R. Bhatia, T. Jain, Y. Lim, "On the Bures–Wasserstein distance between positive definite matrices", Expo.
       Math. 37 (2019) 165-191 (depth 2).

    See Also
    --------
    dlnbalance.networks.geodesics.two_mode_distance : distance of two 2 × 2 matrices with the same frames.
    dlnbalance.networks.closed_forms.aligned_length : length of the geodesic that keeps the singular frames.

    Examples
    --------
    >>> [round(bound, 12) for bound in distance_bounds([9.0, 1.0], [4.0, 1.0], 2)]  # ordered alike: √2 (3 − 2)
    [1.414213562373, 1.414213562373]
    >>> lower, upper = distance_bounds([1.0, 1e4, 1e8], [1e8, 1e4, 1.0], 8)
    >>> round(lower, 4), round(upper, 4), round(aligned_length([1.0, 1e4, 1e8], [1e8, 1e4, 1.0], 8), 4)
    (18.0, 21.5264, 36.0)
    """
    depth = whole_number("depth", depth, remedy="pass the number of layers")
    first, last = paired_roots(start, end, depth)
    aligned = aligned_length(start, end, depth)
    inverted = _inverted_pairs(first, last)
    if depth <= 2 or not inverted:
        return DistanceBounds(aligned, aligned)
    if first.size == 2:
        distance = two_mode_distance(start, end, depth)
        return DistanceBounds(distance, distance)
    ordered = la.norm(np.sort(first) - np.sort(last))
    lower = float(np.sqrt(2 * la.norm(first - last) ** 2 + (depth - 2) * ordered**2))
    saved = _saved_by_pairs(first, last, depth, inverted)
    return DistanceBounds(lower, max(lower, float(np.sqrt(max(aligned**2 - saved, 0.0)))))


def two_mode_distance(start: Any, end: Any, depth: int) -> float:
    r"""Distance, in the metric g^N, of two 2 × 2 matrices with the same singular frames.

    In the coordinates λ = σ^{1/N} = ρ (cos φ, sin φ) and for frames that turn together by the angle u,

    .. math:: g^N = N \big( dρ^2 + ρ^2 (dψ^2 + F^2\, du^2) \big), \qquad ψ = π/4 - φ, \quad
        F^2 = \frac{2}{N} \tanh(2y) \tanh(Ny), \quad y = ½ \log(λ_1/λ_2).

    Values in the same order are joined by straight lines, λ and μ in a plane. Values in opposite orders are a quarter
    turn u = π/2 apart on the surface dψ² + F² du², whose geodesics conserve c = F² du/ds; one of them passes through
    ψ = 0, where the two singular values agree (the aligned geodesic). Then, with D the shortest way there,

    .. math:: d^2 = N \big( ρ_0^2 + ρ_1^2 - 2 ρ_0 ρ_1 \cos D \big).

    Parameters
    ----------
    start, end : (2,) array_like
        Both singular values of X and Y, paired by their singular vectors, in any order; nonnegative.
    depth : int
        N ≥ 1.

    Returns
    -------
    float

    Raises
    ------
    InvalidArgumentError
        For another number of values, or negative ones, or a depth that is not a positive whole number.

    Notes
    -----
    *No other curve is shorter*, of real or complex matrices. Let the frames of X turn at the rates a and b (the
    off-diagonal entries of U*U' and V*V'). Turning costs, per unit of time and squared,

    .. math:: ¼ c_1 |a + b|^2 + ¼ c_2 |a - b|^2 \ge c_1 \Big( \frac{|a| + |b|}{2} \Big)^2, \qquad c_1 \le c_2,

    what the surface asks for an angle u that grows at the mean of both rates; and each frame has a quarter turn to
    make. Phases cost in addition.

    Away from ψ = 0 the curve has a turning point y_m, where F = c, or none, and

    .. math:: \frac{π}{2} = ∫ \frac{c\, dψ}{F \sqrt{F^2 - c^2}}

    determines it: a root by Brent's method, with Gauss–Legendre quadrature of 128 nodes in z, y = y_m cosh z, and
    F² − c² as a sum of positive terms. Where no such curve exists, for N ≤ 2 or ratios λ_1/λ_2 that are not large, the
    aligned geodesic is the shortest. That there is never more than one is not proved; a search for further ones, in
    1500 random cases, found none. About a millisecond.

    See Also
    --------
    dlnbalance.networks.geodesics.distance_bounds : bounds of the distance of two matrices with the same frames.

    Examples
    --------
    >>> aligned, turned = aligned_length([1.0, 1e10], [1e10, 1.0], 10), two_mode_distance([1.0, 1e10], [1e10, 1.0], 10)
    >>> round(aligned, 4), round(turned, 4)
    (40.2492, 21.6413)
    """
    depth = whole_number("depth", depth, remedy="pass the number of layers")
    first, last = paired_roots(start, end, depth)
    if first.size != 2:
        raise InvalidArgumentError("start", "two singular values", f"{first.size}", "see distance_bounds for more")
    if depth <= 2 or not _inverted_pairs(first, last):
        return aligned_length(start, end, depth)
    angle = _angle_between(_half_log_ratio(first), _half_log_ratio(last), depth)
    radii = la.norm(first), la.norm(last)
    return float(np.sqrt(depth) * np.hypot(radii[0] - radii[1], 2 * np.sqrt(radii[0] * radii[1]) * np.sin(angle / 2)))


def _inverted_pairs(first: Array, last: Array) -> list[tuple[int, int]]:
    """Pairs of modes whose values are in different orders at the two ends."""
    return [(i, j) for i, j in combinations(range(first.size), 2) if (first[i] - first[j]) * (last[i] - last[j]) < 0]


def _saved_by_pairs(first: Array, last: Array, depth: int, pairs: list[tuple[int, int]]) -> float:
    """How much squared length disjoint pairs of `pairs` save over the aligned geodesic, chosen greedily."""
    savings = []
    for pair in pairs:
        ends = first[list(pair)] ** depth, last[list(pair)] ** depth
        savings.append((aligned_length(*ends, depth) ** 2 - two_mode_distance(*ends, depth) ** 2, pair))
    total, taken = 0.0, set[int]()
    for saving, pair in sorted(savings, reverse=True):
        if saving > 0 and taken.isdisjoint(pair):
            total += saving
            taken.update(pair)
    return total


def _half_log_ratio(roots: Array) -> float:
    """The coordinate y = ½ log(λ_1/λ_2) ≥ 0, cut where the smaller one no longer matters."""
    with np.errstate(divide="ignore"):
        return float(min(np.abs(np.diff(np.log(roots)))[0] / 2, _FARTHEST))


def _angle_between(y0: float, y1: float, depth: int) -> float:
    """Distance on the surface dψ² + F² du² of points with coordinates y, a quarter turn apart in u."""
    near, far = sorted((y0, y1))
    through_pole = float(np.arctan(np.tanh(near)) + np.arctan(np.tanh(far)))

    def turning(y: float) -> Array:  # inwards from `near` to the turning point y, and out again to `far`
        return _from_turning_point(y, near, depth) + _from_turning_point(y, far, depth)

    def direct(y: float) -> Array:  # the part between `near` and `far` of a geodesic that turns at y
        return _from_turning_point(y, far, depth) - _from_turning_point(y, near, depth)

    def excess(y: float, curve: Callable[[float], Array]) -> float:
        return curve(y)[0] - np.pi / 2

    least = 1e-6 * near  # where the excess still has the sign that it has in the limit, the curve through the pole
    if excess(least, turning) <= 0:
        return through_pole
    curve = turning if excess(near, turning) < 0 else direct
    # turning points may be as small as e^{-y}: only their relative accuracy counts
    y = brentq(excess, least, near, args=(curve,), xtol=1e-300, rtol=1e-14)
    return min(through_pole, float(curve(y)[1]))


def _from_turning_point(turn: float, y: float, depth: int) -> Array:
    """Angle u and length of the geodesic from its turning point to the coordinate y."""
    if y <= turn:
        return np.zeros(2)
    reach = 2 * np.arcsinh(np.sqrt((y - turn) / (2 * turn)))  # y = turn · cosh(reach)
    z = reach * _NODES
    ahead = 2 * turn * np.sinh(z / 2) ** 2
    here = turn + ahead
    square, least = (2 / depth * np.tanh(2 * p) * np.tanh(depth * p) for p in (here, turn))
    # tanh a tanh b at `here` less its value at `turn`
    rise = _tanh_rise(turn, ahead, 2) * np.tanh(depth * here) + np.tanh(2 * turn) * _tanh_rise(turn, ahead, depth)
    slope = turn * np.sinh(z) / np.cosh(2 * here) / np.sqrt(2 / depth * rise)  # dψ/dz over (F² − c²)^½
    steps = reach * _WEIGHTS * slope
    return np.array([np.sum(np.sqrt(least / square) * steps), np.sum(np.sqrt(square) * steps)])


def _tanh_rise(start: float, ahead: Array, rate: float) -> Array:
    """tanh(rate (start + ahead)) − tanh(rate start) without cancellation."""
    before, after = np.exp(-2 * rate * start), np.exp(-2 * rate * (start + ahead))
    return -2 * before * np.expm1(-2 * rate * ahead) / ((1 + before) * (1 + after))
