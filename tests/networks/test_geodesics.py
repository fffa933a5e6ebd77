"""Distances in the metric g^N against curves that know nothing of their formulas."""

import numpy as np
import pytest
import scipy.linalg as la
from scipy.optimize import minimize

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.networks import geometry
from dlnbalance.networks.closed_forms import aligned_length
from dlnbalance.networks.geodesics import distance_bounds, two_mode_distance
from dlnbalance.networks.initialization import balanced

from ..models import random_unitary


def turned(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def segments(path, depth):
    """Squared lengths g^N(ΔX, ΔX) of the chords of a path (..., K, d, d), the metric halfway, from its definition."""
    halfway, chord = (path[..., 1:, :, :] + path[..., :-1, :, :]) / 2, np.diff(path, axis=-3)
    left, values, right = np.linalg.svd(halfway)
    rows, columns = values[..., :, None] ** (2 / depth), values[..., None, :] ** (2 / depth)
    eigenvalues = sum(rows ** (depth - p) * columns ** (p - 1) for p in range(1, depth + 1))
    turned_chord = np.swapaxes(left, -1, -2).conj() @ chord @ np.swapaxes(right, -1, -2).conj()
    return np.sum(np.abs(turned_chord) ** 2 / eigenvalues, axis=(-1, -2))


def length(path, depth):
    return float(np.sum(np.sqrt(segments(path, depth))))


def shortened(path, depth):
    """A shorter path between the same ends, by descent of Σ g(ΔX, ΔX) over all entries of all points between."""
    inner, real = path[1:-1], not np.iscomplexobj(path)
    shape = inner.shape

    def unpacked(vector):
        return (vector if real else vector.view(complex)).reshape(shape)

    def neighbours(points):
        """Every point with the two beside it: (K, 3, d, d)."""
        whole = np.concatenate([path[:1], points, path[-1:]])
        return np.stack([whole[:-2], whole[1:-1], whole[2:]], axis=1)

    def energy(vector):
        whole = np.concatenate([path[:1], unpacked(vector), path[-1:]])
        return segments(whole, depth).sum()

    def slope(vector, h=1e-6):
        """Central differences: an entry of a point moves two chords only."""
        triples, result = neighbours(unpacked(vector)), np.empty(shape, dtype=path.dtype)
        for i, j in np.ndindex(*shape[1:]):
            for unit in (1,) if real else (1, 1j):
                step = np.zeros((3, *shape[1:]), dtype=path.dtype)
                step[1, i, j] = h * unit
                change = segments(triples + step, depth).sum(axis=-1) - segments(triples - step, depth).sum(axis=-1)
                result[:, i, j] = change / (2 * h) if unit == 1 else result[:, i, j] + 1j * change / (2 * h)
        return result.ravel() if real else result.ravel().view(float)

    start = inner.ravel() if real else inner.ravel().view(float)
    found = minimize(energy, start, jac=slope, method="L-BFGS-B", options={"maxiter": 500}).x
    return np.concatenate([path[:1], unpacked(found), path[-1:]])


def swap(first, last, depth, count):
    """diag(first) to diag(last), in opposite orders, by a rotation of common frames."""
    s = np.linspace(0, 1, count)
    roots = (1 - s)[:, None] * np.array(first) ** (1 / depth) + s[:, None] * np.array(last)[::-1] ** (1 / depth)
    return np.array([turned(u) @ np.diag(x) @ turned(u).T for u, x in zip(np.pi / 2 * s, roots**depth, strict=True)])


# -- two modes ----------------------------------------------------------------------------------------------------


def test_the_example_where_turning_is_shorter_than_keeping_the_frames():
    """diag(1, 1e10) to diag(1e10, 1): 40.25 with fixed frames, 22.10 by a plain rotation, 21.64 at best."""
    start, end, depth = [1.0, 1e10], [1e10, 1.0], 10
    angles, d = np.linspace(0, np.pi / 2, 200), np.diag(start)
    halfway = [turned(u) @ d @ turned(u).T for u in (angles[1:] + angles[:-1]) / 2]
    generator = np.array([[0.0, -1.0], [1.0, 0.0]])
    rates = [np.sqrt(geometry.metric(X, generator @ X - X @ generator, depth=depth)) for X in halfway]
    rotation = float(np.mean(rates)) * np.pi / 2
    assert rotation == pytest.approx(np.pi / 2 * np.sqrt(2 * (10**2 - 1)), rel=1e-6)
    assert rotation == pytest.approx(22.10, abs=5e-3)
    assert aligned_length(start, end, depth) == pytest.approx(40.25, abs=5e-3)
    assert 21.6 < two_mode_distance(start, end, depth) < 21.7 < rotation


@pytest.mark.parametrize("depth, roots, scale", [(3, (1.0, 0.1), 1.0), (4, (1.0, 0.35), 1.3), (6, (1.0, 0.4), 1.0)])
def test_two_mode_distance_is_the_length_of_the_shortest_discrete_path(rng, complex_entries, depth, roots, scale):
    """All entries of all points are free; paths of K chords converge at the order 2, and are extrapolated."""
    start = np.array(roots) ** depth
    end = (scale * np.array(roots) ** [0.8, 1.0])[::-1] ** depth
    lengths = []
    for chords in (8, 16):
        path = swap(start, end, depth, chords + 1)
        noise = rng.standard_normal((2, chords - 1, 2, 2))
        path = path.astype(complex) if complex_entries else path
        path[1:-1] += 1e-3 * (noise[0] + 1j * noise[1] if complex_entries else noise[0])
        lengths.append(length(shortened(path, depth), depth))
    extrapolated = (4 * lengths[1] - lengths[0]) / 3
    assert extrapolated == pytest.approx(two_mode_distance(start, end, depth), rel=2e-3)
    if depth != 4:
        assert extrapolated < 0.97 * aligned_length(start, end, depth)


def turning_rate(psi, depth):
    """F, the speed of a rotation of common frames at λ = (cos φ, sin φ), φ = π/4 − ψ, in units of N^½."""
    tangent = np.tan(np.pi / 4 - psi) ** depth
    return np.sqrt(2 / depth * np.sin(2 * psi) * (1 - tangent) / (1 + tangent))


@pytest.mark.parametrize("depth", [2, 3, 7])
@pytest.mark.parametrize("psi", [0.1, 0.5, 0.75])
def test_turning_rate_is_that_of_the_metric(depth, psi):
    roots = np.array([np.cos(np.pi / 4 - psi), np.sin(np.pi / 4 - psi)])
    X, generator = np.diag(roots**depth), np.array([[0.0, -1.0], [1.0, 0.0]])
    squared = geometry.metric(X, generator @ X - X @ generator, depth=depth) / depth
    assert turning_rate(psi, depth) == pytest.approx(np.sqrt(squared), rel=1e-10)


@pytest.mark.parametrize("depth", [3, 4, 10, 40])
@pytest.mark.parametrize("ends", [(0.3, 0.3), (0.7, 0.7), (0.2, 0.75), (0.6, 0.3), (np.pi / 4, 0.5)])
def test_two_mode_distance_is_the_shortest_way_on_the_surface(depth, ends):
    """Curves ψ(u) of 60 and 120 chords from u = 0 to π/2, against turning points and their absence."""
    lengths = []
    for chords in (60, 120):
        step = np.pi / 2 / chords

        def whole(psi, chords=chords):
            return np.concatenate([ends[:1], psi, ends[1:]])

        def total(psi, step=step):
            path = whole(psi)
            return np.sum(np.hypot(np.diff(path), step * turning_rate((path[1:] + path[:-1]) / 2, depth)))

        def slope(psi, step=step, h=1e-6):
            path = whole(psi)
            half = (path[1:] + path[:-1]) / 2
            rate = turning_rate(half, depth)
            rise = (turning_rate(half + h, depth) - turning_rate(half - h, depth)) / (2 * h)
            chord = np.hypot(np.diff(path), step * rate)
            along, across = np.diff(path) / chord, step**2 * rate * rise / (2 * chord)
            return along[:-1] - along[1:] + across[:-1] + across[1:]

        inner = np.linspace(*ends, chords + 1)[1:-1]
        bounds = [(1e-5, np.pi / 4 - 1e-5)] * inner.size
        found = minimize(total, inner, jac=slope, bounds=bounds, method="L-BFGS-B", options={"maxiter": 5000})
        lengths.append(found.fun)
    angle = min((4 * lengths[1] - lengths[0]) / 3, sum(ends))
    first, last = (np.array([np.cos(np.pi / 4 - psi), np.sin(np.pi / 4 - psi)]) for psi in ends)
    distance = two_mode_distance(first**depth, last[::-1] ** depth, depth)
    assert distance == pytest.approx(2 * np.sqrt(depth) * np.sin(angle / 2), rel=2e-6)  # observed 7e-7


def test_two_mode_distance_of_rank_one_matrices_is_a_half_circle_of_rank_one_matrices():
    """From diag(1, 0) to diag(0, 1): F² = 2/N at rank one, where the rotation is a geodesic."""
    for depth in (3, 5, 12):
        angle = np.pi / 2 * np.sqrt(2 / depth)
        expected = 2 * np.sqrt(depth) * np.sin(angle / 2)
        assert two_mode_distance([1.0, 0.0], [0.0, 1.0], depth) == pytest.approx(expected, rel=1e-12)
    assert two_mode_distance([1.0, 0.0], [0.0, 1.0], 2) == pytest.approx(2.0, rel=1e-14)  # aligned


def test_two_mode_distance_is_symmetric_and_scales():
    start, end = [3.0, 0.01], [0.2, 5.0]
    distance = two_mode_distance(start, end, 5)
    assert two_mode_distance(end, start, 5) == pytest.approx(distance, rel=1e-12)
    assert two_mode_distance(start[::-1], end[::-1], 5) == pytest.approx(distance, rel=1e-12)
    scaled = two_mode_distance(32 * np.array(start), 32 * np.array(end), 5)  # X ↦ c^N X scales lengths by c
    assert scaled == pytest.approx(2 * distance, rel=1e-12)


# -- any number of modes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [1, 2, 3, 7])
def test_bounds_meet_where_the_distance_is_known(rng, depth):
    start, end = rng.uniform(0.1, 2, 4), rng.uniform(0.1, 2, 4)
    alike = np.sort(start), np.sort(end)
    np.testing.assert_allclose(distance_bounds(*alike, depth), aligned_length(*alike, depth), rtol=1e-14)
    if depth <= 2:
        np.testing.assert_allclose(distance_bounds(start, end, depth), aligned_length(start, end, depth), rtol=1e-14)
    exact = two_mode_distance([1.0, 0.1], [0.01, 2.0], depth)
    np.testing.assert_allclose(distance_bounds([1.0, 0.1], [0.01, 2.0], depth), exact, rtol=1e-14)


def nearest_on_the_orbit(fixed, moving):
    """Unitary gauge of `moving` that comes near `fixed`: Procrustes problems, one hidden layer at a time."""
    weights = list(moving.weights)
    for _ in range(200):
        for k in range(len(weights) - 1):
            left, _, right = la.svd(
                fixed.weights[k] @ adjoint(weights[k]) + adjoint(fixed.weights[k + 1]) @ weights[k + 1]
            )
            Q = left @ right
            weights[k], weights[k + 1] = Q @ weights[k], weights[k + 1] @ adjoint(Q)
    return weights


@pytest.mark.parametrize("depth", [2, 3, 6])
def test_lower_bound_is_below_the_distance_of_the_orbits(rng, depth, complex_entries):
    start, end = np.array([5.0, 1.0, 0.1]), np.array([0.3, 2.0, 1.0])
    U, V = (random_unitary(rng, 3, complex_entries=complex_entries) for _ in "UV")
    first, last = (balanced((U * values) @ adjoint(V), depth) for values in (start, end))
    lower, upper = distance_bounds(start, end, depth)
    gaps = []
    for _ in range(6):
        gauges = [random_unitary(rng, 3, complex_entries=complex_entries) for _ in range(depth - 1)]
        weights = nearest_on_the_orbit(first, last.gauge(gauges))
        gaps.append(np.sqrt(sum(la.norm(a - b) ** 2 for a, b in zip(first.weights, weights, strict=True))))
    assert lower <= min(gaps) * (1 + 1e-12)
    assert min(gaps) <= upper * (1 + 1e-12)
    if depth == 2:
        assert min(gaps) == pytest.approx(lower, rel=1e-9)


def test_bounds_hold_for_the_shortest_discrete_path_of_three_modes(rng):
    depth, roots = 6, np.array([1.0, 0.7, 0.4])
    start, end = roots**depth, (roots[::-1] * [1.0, 1.1, 1.0]) ** depth
    lower, upper = distance_bounds(start, end, depth)
    s, outer = np.linspace(0, 1, 17), [0, 2]
    path = np.zeros((17, 3, 3))
    path[:, 1, 1] = (roots[1] * (1 + 0.1 * s)) ** depth
    path[np.ix_(range(17), outer, outer)] = swap(start[outer], end[outer], depth, 17)
    path[1:-1] += 1e-3 * rng.standard_normal((15, 3, 3))
    found = length(shortened(path, depth), depth)
    assert lower < found < upper * (1 + 5e-3)
    assert upper < 0.95 * aligned_length(start, end, depth)
    pair = two_mode_distance(start[outer], end[outer], depth)
    assert upper == pytest.approx(np.hypot(pair, np.sqrt(depth) * 0.1 * roots[1]), rel=1e-12)


def test_pairs_are_disjoint(rng):
    """Four modes in reverse order: two pairs, and never less than the lower bound."""
    values = np.array([1e8, 1e6, 1e2, 1.0])
    lower, upper = distance_bounds(values, values[::-1], 8)
    pairs = [two_mode_distance(values[pair], values[::-1][pair], 8) for pair in ([0, 3], [1, 2])]
    assert upper == pytest.approx(np.hypot(*pairs), rel=1e-12)
    assert lower < upper < 0.8 * aligned_length(values, values[::-1], 8)


def test_refusals():
    with pytest.raises(InvalidArgumentError, match="two singular values"):
        two_mode_distance([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], 3)
    for function in (two_mode_distance, distance_bounds):
        with pytest.raises(InvalidArgumentError, match="start"):
            function([1.0, -2.0], [1.0, 2.0], 3)
        with pytest.raises(InvalidArgumentError, match="depth"):
            function([1.0, 2.0], [1.0, 2.0], 0)
