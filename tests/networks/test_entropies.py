"""The entropy against volumes by quadrature, determinants and difference quotients.

Source: G. Menon, T. Yu, "An entropy formula for the deep linear network", arXiv:2509.09088.
"""

import math
from itertools import product

import mpmath
import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.networks.entropies import mean_powers
from dlnbalance.networks.geometry import (
    end_to_end_operator,
    entropy,
    entropy_gradient,
    log_gauge_volume,
    volume,
)

from ..models import assert_small, inner, random_matrix
from .matrices import center_over, matrix_of, matrix_with, real_vector


def rotations(nodes):
    """Quadrature for O(2): points, derivatives in the parameter, weights (both components)."""
    angles = 2 * np.pi * np.arange(nodes) / nodes
    points, slopes, weights = [], [], []
    for angle, flip in product(angles, (1.0, -1.0)):
        c, s, reflection = np.cos(angle), np.sin(angle), np.diag([1.0, flip])
        points.append(np.array([[c, -s], [s, c]]) @ reflection)
        slopes.append([np.array([[-s, -c], [c, -s]]) @ reflection])
        weights.append(2 * np.pi / nodes)
    return points, slopes, weights


def phases(nodes):
    """Quadrature for U(1)."""
    angles = 2 * np.pi * np.arange(nodes) / nodes
    points = [np.array([[np.exp(1j * angle)]]) for angle in angles]
    return points, [[1j * point] for point in points], [2 * np.pi / nodes] * nodes


def special_phases(nodes):
    """Quadrature for U(2): e^{iα} times SU(2) in Hopf coordinates (α < π, since −1 lies in SU(2))."""
    abscissas, heights = np.polynomial.legendre.leggauss(6)
    points, slopes, weights = [], [], []
    angles = 2 * np.pi * np.arange(nodes) / nodes
    for (abscissa, height), psi, chi, alpha in product(
        zip(abscissas, heights, strict=True), angles, angles, angles / 2
    ):
        phi = np.pi / 4 * (1 + abscissa)
        c, s, u, v, w = np.cos(phi), np.sin(phi), np.exp(1j * psi), np.exp(1j * chi), np.exp(1j * alpha)
        points.append(w * np.array([[u * c, v * s], [-s / v, c / u]]))
        slopes.append(
            [
                w * np.array([[-u * s, v * c], [-c / v, -s / u]]),
                w * np.array([[1j * u * c, 0], [0, -1j * c / u]]),
                w * np.array([[0, 1j * v * s], [1j * s / v, 0]]),
                1j * points[-1],
            ]
        )
        weights.append(np.pi / 4 * height * (2 * np.pi / nodes) ** 2 * np.pi / nodes)
    return points, slopes, weights


def volume_by_quadrature(X, depth, group):
    """Integral of the square root of the Gram determinant of (Q_1, …, Q_{N−1}) ↦ (Q_k W_k Q_{k−1}*)_k."""
    weights = center_over(X, depth, X.shape[0]).weights
    identity = np.eye(X.shape[0])
    total = 0.0
    for gauge in product(list(zip(*group, strict=True)), repeat=depth - 1):
        points = [identity, *(point for point, _, _ in gauge), identity]
        tangents = []
        for k, (_, slopes, _) in enumerate(gauge, start=1):
            for slope in slopes:
                image = [np.zeros_like(identity, dtype=points[1].dtype) for _ in weights]
                image[k - 1] = slope @ weights[k - 1] @ adjoint(points[k - 1])
                image[k] = points[k + 1] @ weights[k] @ adjoint(slope)
                tangents.append(real_vector(image))
        gram = np.array(tangents) @ np.array(tangents).T
        total += np.sqrt(la.det(gram)) * np.prod([weight for _, _, weight in gauge])
    return total


@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize("values", [[2.0, 0.5], [1.3, 1.3]])
def test_theorem_volume_of_the_orthogonal_orbit(rng, depth, values):
    X = matrix_with(rng, values)
    assert volume(X, depth) == pytest.approx(volume_by_quadrature(X, depth, rotations(3)), rel=1e-12)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_theorem_volume_of_the_unitary_orbit_of_scalars(rng, depth):
    X = random_matrix(rng, 1, 1, complex_entries=True)
    assert volume(X, depth) == pytest.approx(volume_by_quadrature(X, depth, phases(3)), rel=1e-12)
    by_hand = (2 * np.pi) ** (depth - 1) * np.sqrt(depth) * abs(X.item()) ** ((depth - 1) / depth)
    assert volume(X, depth) == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize("values", [[2.0, 0.5], [1.3, 1.3]])
def test_theorem_volume_of_the_unitary_orbit(rng, values):
    X = matrix_with(rng, values, complex_entries=True)
    assert volume(X, 2) == pytest.approx(volume_by_quadrature(X, 2, special_phases(3)), rel=1e-9)


def test_volume_of_the_unitary_orbit_of_depth_three(rng):
    """The Gram determinant is the same at every point: one of them times the squared volume of the group."""
    X = matrix_with(rng, [2.0, 0.5], complex_entries=True)
    points, slopes, _ = special_phases(1)
    volume_elements = []
    for point, slope in zip(points, slopes, strict=True):
        lengths = np.array([real_vector([step]) for step in slope])
        volume_elements.append(np.sqrt(la.det(lengths @ lengths.T)))
        assert_small(la.norm(adjoint(point) @ point - np.eye(2)), 1, 10)  # observed 0.5
    sample = (points[:1], slopes[:1], [math.exp(log_gauge_volume(2, is_complex=True)) / volume_elements[0]])
    assert volume(X, 3) == pytest.approx(volume_by_quadrature(X, 3, sample), rel=1e-12)


def test_volume_of_the_orthogonal_and_unitary_groups():
    assert math.exp(log_gauge_volume(0)) == 1
    assert math.exp(log_gauge_volume(1)) == pytest.approx(2)
    assert math.exp(log_gauge_volume(2)) == pytest.approx(
        2 * 2 * np.pi * np.sqrt(2)
    )  # two circles, generator of norm √2
    assert math.exp(log_gauge_volume(3)) == pytest.approx(2 * 8 * np.pi**2 * 2**1.5)  # SO(3), unit generators: 8π²
    assert math.exp(log_gauge_volume(1, is_complex=True)) == pytest.approx(2 * np.pi)
    assert math.exp(log_gauge_volume(2, is_complex=True)) == pytest.approx((2 * np.pi) ** 3)
    _, slopes, weights = special_phases(3)
    frames = [np.array([real_vector([step]) for step in slope]) for slope in slopes]
    total = sum(w * np.sqrt(la.det(frame @ frame.T)) for w, frame in zip(weights, frames, strict=True))
    assert total == pytest.approx((2 * np.pi) ** 3, rel=1e-9)


@pytest.mark.parametrize("depth", [2, 3, 6])
def test_formula_entropy_is_a_ratio_of_vandermonde_determinants(rng, depth):
    values = np.array([2.5, 1.2, 1.2 * (1 - 1e-7), 0.3])
    with mpmath.workdps(60):
        x = [mpmath.mpf(float(value)) for value in values]
        ratio = mpmath.mpf(1)
        for i, j in product(range(4), range(4)):
            if i < j:
                root = mpmath.mpf(2) / depth
                ratio *= (x[i] ** 2 - x[j] ** 2) / (x[i] ** root - x[j] ** root)
        expected = float((depth - 1) * mpmath.mpf(log_gauge_volume(4)) + mpmath.log(ratio) / 2)
    assert entropy(np.diag(values), depth) == pytest.approx(expected, rel=1e-14)


def test_formula_complex_entropy_is_that_of_the_determinant_of_the_operator(rng):
    X = random_matrix(rng, 3, 3, complex_entries=True)
    determinant = np.linalg.slogdet(matrix_of(end_to_end_operator(X, 4), 3, 3, True))[1]
    expected = 3 * log_gauge_volume(3, is_complex=True) + determinant / 4  # every λ_ij twice in the real matrix
    assert entropy(X, 4) == pytest.approx(expected, rel=1e-13)


def test_entropy_of_real_scalars_is_constant():
    for depth, x in product((1, 2, 5), (1e-3, -2.0, 40.0)):
        assert entropy([[x]], depth) == pytest.approx((depth - 1) * np.log(2), abs=1e-14)
        np.testing.assert_array_equal(entropy_gradient([[x]], depth), [[0.0]])


def test_entropy_of_one_layer_is_zero(rng, complex_entries):
    X = random_matrix(rng, 3, 3, complex_entries=complex_entries)
    assert entropy(X, 1) == 0
    assert volume(X, 1) == 1
    np.testing.assert_array_equal(entropy_gradient(X, 1), np.zeros((3, 3)))


def test_entropy_does_not_depend_on_the_frames(rng, complex_entries):
    values = [2.0, 1.0, 1.0, 0.1]
    first, second = (matrix_with(rng, values, complex_entries=complex_entries) for _ in range(2))
    assert entropy(first, 3) == pytest.approx(entropy(second, 3), rel=1e-13)


@pytest.mark.parametrize("factor", [1e-150, 1e150])
def test_entropy_far_from_one(rng, complex_entries, factor):
    X = random_matrix(rng, 3, 3, complex_entries=complex_entries)
    pairs = 9 if complex_entries else 3
    shift = pairs * (3 / 4) * np.log(factor)  # λ is homogeneous of degree 2 − 2/N
    assert entropy(factor * X, 4) - entropy(X, 4) == pytest.approx(shift, rel=1e-12)


def test_volume_out_of_range_is_refused(rng):
    for factor in (1e-200, 1e200):
        with pytest.raises(NumericalError, match="use entropy"):
            volume(factor * random_matrix(rng, 3, 3), 4)


@pytest.mark.parametrize("values", [[2.0, 1.0, 0.3], [1.0, 1.0, 1.0], [1.0, 1e-2, 1e-2]], ids=str)
@pytest.mark.parametrize("depth", [2, 5])
def test_formula_entropy_gradient_by_slope(rng, complex_entries, values, depth):
    """The remainder of the linear model falls with the square of the step, also at equal singular values."""
    X = matrix_with(rng, values, complex_entries=complex_entries)
    Z = random_matrix(rng, 3, 3, complex_entries=complex_entries)
    Z = Z * (min(values) / la.norm(Z))
    slope = inner([entropy_gradient(X, depth)], [Z])
    steps = np.geomspace(1e-1, 1e-4, 4)
    remainders = [abs(entropy(X + h * Z, depth) - entropy(X, depth) - h * slope) for h in steps]
    orders = np.diff(np.log10(remainders)) / np.diff(np.log10(steps))
    assert orders[1:] == pytest.approx(2, abs=0.1)


def test_entropy_gradient_is_finite_for_many_scales(rng):
    gradient = entropy_gradient(np.diag([1e100, 1.0001e87, 1e87]), 50)
    assert np.isfinite(gradient).all()
    powers = mean_powers(np.array([1.0, 1e-200, 0.0]), 50)
    np.testing.assert_allclose(powers + powers.T, 49, rtol=1e-14)
    np.testing.assert_allclose(powers.diagonal(), 24.5)


@pytest.mark.parametrize("function", [entropy, entropy_gradient, volume])
def test_entropy_of_infinite_depth_is_refused(function):
    with pytest.raises(InvalidArgumentError, match="finite depth"):
        function(np.eye(2), math.inf)


@pytest.mark.parametrize("function", [entropy, entropy_gradient, volume])
def test_entropy_needs_a_square_matrix_of_full_rank(function):
    with pytest.raises(InvalidArgumentError, match="X: expected a square matrix"):
        function(np.ones((2, 3)), 2)
    for singular in (np.zeros((2, 2)), np.ones((3, 3)), np.diag([1.0, 1e-17])):
        with pytest.raises(InvalidArgumentError, match="X: expected a matrix of full rank"):
            function(singular, 2)


@pytest.mark.parametrize("d", [-1, 1.0, True, None], ids=repr)
def test_group_size_must_be_a_whole_number(d):
    with pytest.raises(InvalidArgumentError, match="d: "):
        log_gauge_volume(d)
