"""The operator A_{N,X}, the metric g^N and the entropy, against dense matrices, quadrature and difference quotients.

Sources: G. Menon, T. Yu, "An entropy formula for the deep linear network", arXiv:2509.09088; N. Cohen, G. Menon,
Z. Veraszto, "Deep linear networks for matrix completion: an infinite depth limit", arXiv:2210.12497.
"""

import math
from itertools import pairwise, product

import mpmath
import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.networks.entropies import mean_powers
from dlnbalance.networks.geometry import (
    EndToEndOperator,
    end_to_end_operator,
    entropy,
    entropy_gradient,
    log_gauge_volume,
    metric,
    riemannian_gradient,
    volume,
)
from dlnbalance.networks.network import DeepLinearNetwork

from ..models import assert_small, inner, random_matrix, random_unitary

#: Shape of X and its rank where it is not full.
SHAPES = {
    "square": ((4, 4), None),
    "wide": ((3, 5), None),
    "tall": ((5, 2), None),
    "deficient": ((5, 5), 3),
    "wide, deficient": ((4, 6), 2),
    "scalar": ((1, 1), None),
    "row": ((1, 4), None),
}
DEPTHS = [1, 2, 3, 7]


@pytest.fixture(params=[False, True], ids=["real", "complex"])
def complex_entries(request):
    return request.param


@pytest.fixture(params=SHAPES)
def X(request, rng, complex_entries):
    (rows, columns), rank = SHAPES[request.param]
    if rank is None:
        return random_matrix(rng, rows, columns, complex_entries=complex_entries)
    left = random_matrix(rng, rows, rank, complex_entries=complex_entries)
    return left @ random_matrix(rng, rank, columns, complex_entries=complex_entries)


def matrix_with(rng, values, *, complex_entries=False):
    """Square matrix of the given singular values in Haar-distributed frames."""
    left, right = (random_unitary(rng, len(values), complex_entries=complex_entries) for _ in range(2))
    return (left * np.asarray(values, float)) @ right


def real_basis(rows, columns, complex_entries):
    """Orthonormal basis of the matrices as a real vector space."""
    units = [np.eye(rows * columns)[k].reshape(rows, columns) for k in range(rows * columns)]
    return [(1 + 0j) * unit for unit in units] + [1j * unit for unit in units] if complex_entries else units


def matrix_of(linear, rows, columns, complex_entries):
    """Real matrix of a real-linear map of matrices in the basis above."""
    basis = real_basis(rows, columns, complex_entries)
    return np.array([[inner([left], [linear(right)]) for right in basis] for left in basis])


def fractional_power(gram, power):
    """Power of a positive semidefinite matrix, 0⁰ = 1, by its eigenvalues."""
    values, vectors = la.eigh(gram)
    values = np.where(values > 1e-12 * max(values.max(), 0), values, 0.0)
    return (vectors * values**power) @ adjoint(vectors)


def operator_by_powers(X, depth, Z):
    """A_{N,X}(Z) term by term, from matrix powers of the two Gram matrices."""
    return sum(
        fractional_power(X @ adjoint(X), (depth - p) / depth) @ Z @ fractional_power(adjoint(X) @ X, (p - 1) / depth)
        for p in range(1, depth + 1)
    )


def balanced_network(rng, X, depth):
    """Random point of O_X, all hidden widths being the rank of X."""
    rank = np.linalg.matrix_rank(X)
    center = DeepLinearNetwork([X]) if depth == 1 else _center(X, depth, rank)
    complex_entries = np.iscomplexobj(X)
    return center.gauge([random_unitary(rng, rank, complex_entries=complex_entries) for _ in range(depth - 1)])


def _center(X, depth, rank):
    left, values, right = la.svd(X, full_matrices=False)
    roots = values[:rank] ** (1 / depth)
    inner_layers = [np.diag(roots)] * (depth - 2)
    return DeepLinearNetwork([roots[:, None] * right[:rank], *inner_layers, left[:, :rank] * roots])


# The operator


@pytest.mark.parametrize("depth", DEPTHS)
def test_formula_end_to_end_operator(X, rng, complex_entries, depth):
    Z = random_matrix(rng, *X.shape, complex_entries=complex_entries)
    expected = operator_by_powers(X, depth, Z)
    # the matrix powers of the Gram matrices, not the operator, lose digits
    assert la.norm(end_to_end_operator(X, depth)(Z) - expected) <= 1e-9 * (la.norm(expected) + la.norm(Z))


@pytest.mark.parametrize("depth", [2, 4])
@pytest.mark.parametrize("normalized", [False, True])
def test_formula_eigenvalues_in_the_svd_frame(X, complex_entries, depth, normalized):
    operator = end_to_end_operator(X, depth, normalized=normalized)
    dense = matrix_of(operator, *X.shape, complex_entries)
    assert_small(la.norm(dense - dense.T), la.norm(dense), 10)  # observed 1.1
    expected = np.sort(np.repeat(operator.eigenvalues.ravel(), 2 if complex_entries else 1))
    assert_small(np.abs(la.eigvalsh(dense) - expected).max(), expected.max(), 60)  # observed 10
    for i, j in product(range(X.shape[0]), range(X.shape[1])):
        vector = np.outer(operator.left[:, i], operator.right[:, j].conj())
        error = la.norm(operator(vector) - operator.eigenvalues[i, j] * vector)
        assert_small(error, expected.max(), 20)  # observed 7.1


def test_eigenvalues_are_the_difference_quotient_in_high_precision(rng):
    values = np.array([3.0, 3.0 * (1 - 1e-9), 1.0, 1e-6])
    eigenvalues = end_to_end_operator(np.diag(values), depth=5).eigenvalues
    with mpmath.workdps(60):
        for i, j in product(range(4), range(4)):
            a, b = (mpmath.mpf(float(values[k])) for k in (i, j))
            exponent = mpmath.mpf(2) / 5
            expected = 5 * a ** (4 * exponent) if i == j else (a**2 - b**2) / (a**exponent - b**exponent)
            assert abs(eigenvalues[i, j] / expected - 1) <= 20 * EPS  # observed 3


def test_depth_one_is_the_identity(X, rng, complex_entries):
    Z = random_matrix(rng, *X.shape, complex_entries=complex_entries)
    operator = end_to_end_operator(X, 1)
    np.testing.assert_array_equal(operator.eigenvalues, np.ones(X.shape))  # σ⁰ is exact
    for apply in (operator, operator.sqrt, operator.inverse, operator.inverse_sqrt):
        assert_small(la.norm(apply(Z) - Z), la.norm(Z), 30)  # observed 6.4


def test_depth_two_is_the_sum_of_the_polar_factors(X, rng, complex_entries):
    Z = random_matrix(rng, *X.shape, complex_entries=complex_entries)
    left, right = la.polar(X, side="left")[1], la.polar(X, side="right")[1]
    expected = left @ Z + Z @ right
    assert_small(la.norm(end_to_end_operator(X, 2)(Z) - expected), la.norm(X) * la.norm(Z), 40)  # observed 3.4


@pytest.mark.parametrize("depth", [2, 3, 7, math.inf])
@pytest.mark.parametrize("complex_entries", [False, True])
def test_inverse_and_square_roots(rng, depth, complex_entries):
    X = matrix_with(rng, [2.0, 1.0, 1.0, 0.1], complex_entries=complex_entries)
    operator = end_to_end_operator(X, depth)
    condition = operator.eigenvalues.max() / operator.eigenvalues.min()
    Z = random_matrix(rng, 4, 4, complex_entries=complex_entries)
    size = la.norm(Z)
    assert_small(la.norm(operator.inverse(operator(Z)) - Z), condition * size, 20)  # observed 0.6
    assert_small(la.norm(operator(operator.inverse(Z)) - Z), condition * size, 20)  # observed 0.7
    scale = operator.eigenvalues.max() * size
    assert_small(la.norm(operator.sqrt(operator.sqrt(Z)) - operator(Z)), scale, 30)  # observed 2.5
    assert_small(la.norm(operator.inverse_sqrt(operator.sqrt(Z)) - Z), condition**0.5 * size, 30)  # observed 2.2
    inverse = operator.inverse(Z)
    difference = la.norm(operator.inverse_sqrt(operator.inverse_sqrt(Z)) - inverse)
    assert_small(difference, size / operator.eigenvalues.min(), 20)  # observed 1.5


@pytest.mark.parametrize("depth", [2, 5])
def test_full_rank_on_one_side_is_enough_for_an_inverse(rng, depth):
    operator = end_to_end_operator(random_matrix(rng, 2, 5), depth)
    Z = random_matrix(rng, 2, 5)
    assert la.norm(operator(operator.inverse(Z)) - Z) <= 1e-12 * la.norm(Z)


@pytest.mark.parametrize("depth", [2, 3])
def test_range_is_the_tangent_space_of_the_matrices_of_equal_rank(rng, depth):
    left, right = random_matrix(rng, 6, 2), random_matrix(rng, 2, 5)
    operator = end_to_end_operator(left @ right, depth)
    assert operator.rank == 2
    assert np.count_nonzero(operator.eigenvalues) == 6 * 5 - 4 * 3
    tangent = random_matrix(rng, 6, 2) @ right + left @ random_matrix(rng, 2, 5)
    assert la.norm(operator(operator.inverse(tangent)) - tangent) <= 1e-12 * la.norm(tangent)
    for refused in (operator.inverse, operator.inverse_sqrt):
        with pytest.raises(InvalidArgumentError, match=r"Z: expected a matrix in the range .* rank 2"):
            refused(tangent + 1e-6 * random_matrix(rng, 6, 5))
    with pytest.raises(InvalidArgumentError, match="Z2"):
        metric(left @ right, tangent, random_matrix(rng, 6, 5), depth=depth)


@pytest.mark.parametrize("spread", [1e-2, 1e-6, 1e-10])
def test_tangent_vectors_of_ill_conditioned_deficient_matrices_are_accepted(rng, spread):
    left = random_unitary(rng, 5)[:, :3] * np.array([1.0, spread**0.5, spread])
    right = random_unitary(rng, 5)[:3]
    operator = end_to_end_operator(left @ right, 2)
    assert operator.rank == 3
    tangent = random_matrix(rng, 5, 3) @ right
    assert la.norm(operator(operator.inverse(tangent)) - tangent) <= 1e-13 / spread * la.norm(tangent)


def test_zero_matrix(rng):
    operator = end_to_end_operator(np.zeros((3, 2)), 4)
    assert operator.rank == 0
    np.testing.assert_array_equal(operator(random_matrix(rng, 3, 2)), np.zeros((3, 2)))
    np.testing.assert_array_equal(operator.inverse(np.zeros((3, 2))), np.zeros((3, 2)))
    with pytest.raises(InvalidArgumentError, match="rank 0"):
        operator.inverse(np.ones((3, 2)))


def test_rounding_errors_do_not_count_as_singular_values(rng):
    deficient = random_matrix(rng, 5, 2) @ random_matrix(rng, 2, 5)
    eigenvalues = end_to_end_operator(deficient, 200, normalized=True).eigenvalues
    assert la.svdvals(deficient)[2] > 0  # by rounding
    np.testing.assert_array_equal(eigenvalues[2:, 2:], 0)  # set to zero, not computed
    np.testing.assert_allclose(eigenvalues[:2, 2], la.svdvals(deficient)[:2] ** 1.99 / 200, rtol=1e-12)


def test_real_stays_real_and_complex_directions_are_welcome(rng):
    X, Z = random_matrix(rng, 3, 4), random_matrix(rng, 3, 4, complex_entries=True)
    operator = end_to_end_operator(X, 3)
    assert not np.iscomplexobj(operator(Z.real))
    assert_small(la.norm(operator(Z) - operator(Z.real) - 1j * operator(Z.imag)), la.norm(operator(Z)), 5)  # observed 0


@pytest.mark.parametrize("factor", [1e-120, 1e120])
def test_scaling_law(rng, factor):
    X = random_matrix(rng, 3, 4)
    scaled = end_to_end_operator(factor * X, 3).eigenvalues / factor ** (4 / 3)
    np.testing.assert_allclose(scaled, end_to_end_operator(X, 3).eigenvalues, rtol=1e-12)


@pytest.mark.parametrize("factor", [1e-250, 1e250])
def test_eigenvalues_out_of_range_are_refused(factor):
    with pytest.raises(NumericalError, match="scale X"):
        end_to_end_operator(factor * np.eye(2), 10)


# Infinite depth


@pytest.mark.parametrize("gap", [0.0, 1e-15, 1e-12, 1e-8, 1e-4, 0.1, 0.9, 1 - 1e-14])
def test_limit_infinite_depth_is_the_logarithmic_mean(gap):
    values = np.array([1.5, 1.5 * (1 - gap)])
    operator = end_to_end_operator(np.diag(values), math.inf)
    assert operator.normalized
    with mpmath.workdps(60):
        a, b = (mpmath.mpf(float(value)) ** 2 for value in values)
        expected = a if a == b else (a - b) / (mpmath.log(a) - mpmath.log(b))
        assert abs(operator.eigenvalues[0, 1] / expected - 1) <= 4 * EPS  # observed 1.1
    assert_small(np.abs(operator.eigenvalues - operator.eigenvalues.T).max(), operator.eigenvalues.max(), 4)


def test_limit_infinite_depth_rate(rng, complex_entries):
    """λ(N)/N = λ(∞) (1 − log(σ_i σ_j)/N + O(1/N²)): first order, and second where σ_i σ_j = 1."""
    X = random_matrix(rng, 3, 3, complex_entries=complex_entries)
    values = la.svdvals(X)
    limit = end_to_end_operator(X, math.inf).eigenvalues
    for depth in (100, 1000, 10000):
        error = end_to_end_operator(X, depth, normalized=True).eigenvalues / limit - 1
        first_order = -np.log(np.outer(values, values)) / depth
        spread = np.abs(np.log(np.outer(values, values))) + np.abs(np.log(np.divide.outer(values, values)))
        assert (np.abs(error - first_order) <= spread**2 / depth**2 + depth * EPS).all()
    exact = end_to_end_operator(np.diag([2.0, 0.5]), math.inf).eigenvalues[0, 1]
    coarse, fine = (
        end_to_end_operator(np.diag([2.0, 0.5]), depth, normalized=True).eigenvalues[0, 1] - exact
        for depth in (50, 100)
    )
    assert coarse / fine == pytest.approx(4, rel=1e-2)


def test_limit_infinite_depth_at_deficient_rank(rng):
    X = random_matrix(rng, 4, 2) @ random_matrix(rng, 2, 4)
    operator = end_to_end_operator(X, math.inf)
    assert np.count_nonzero(operator.eigenvalues) == 4
    inside = X @ random_matrix(rng, 4, 4) @ X
    assert la.norm(operator(operator.inverse(inside)) - inside) <= 1e-12 * la.norm(inside)
    with pytest.raises(InvalidArgumentError, match="row and its column space"):
        operator.inverse(X @ random_matrix(rng, 4, 4))


# The metric


@pytest.mark.parametrize("depth", [1, 2, 4, math.inf])
def test_formula_metric(X, rng, complex_entries, depth):
    operator = end_to_end_operator(X, depth)
    Y1, Y2 = (random_matrix(rng, *X.shape, complex_entries=complex_entries) for _ in range(2))
    Z1, Z2 = operator(Y1), operator(Y2)
    expected = inner([Y1], [Z2])  # Re tr(Z_1* A⁻¹ Z_2) with Z = A(Y)
    scale = la.norm(operator.sqrt(Y1)) * la.norm(operator.sqrt(Y2))
    slack = 1e-9 * scale  # the inverse at small singular values
    assert abs(metric(X, Z1, Z2, depth=depth) - expected) <= slack
    assert metric(X, Z1, Z2, depth=depth) == pytest.approx(metric(X, Z2, Z1, depth=depth), abs=slack)
    assert metric(X, Z1, depth=depth) == pytest.approx(metric(X, Z1, Z1, depth=depth))
    if depth != math.inf:
        unscaled = metric(X, Z1, depth=depth)
        assert metric(X, Z1, depth=depth, normalized=True) == pytest.approx(depth * unscaled)


def test_formula_riemannian_gradient_represents_the_derivative(X, rng, complex_entries):
    """g^N(grad E, Z) = Re tr(E'* Z) for tangent vectors Z."""
    slope, Y = (random_matrix(rng, *X.shape, complex_entries=complex_entries) for _ in range(2))
    Z = end_to_end_operator(X, 3)(Y)
    gradient = riemannian_gradient(X, slope, 3)
    assert metric(X, gradient, Z, depth=3) == pytest.approx(inner([slope], [Z]), rel=1e-9, abs=1e-10)
    np.testing.assert_allclose(3 * riemannian_gradient(X, slope, 3, normalized=True), gradient)


def pushforward_frame(network):
    """Images under the end-to-end map of an orthonormal basis of the tangent space of the balanced manifold.

    Columns are real coordinates of matrices. The tangent space is the kernel of the derivative of the moment map.
    """
    weights = network.weights
    complex_entries = network.is_complex
    basis = [
        [unit if j == k else np.zeros_like(other) for j, other in enumerate(weights)]
        for k, weight in enumerate(weights)
        for unit in real_basis(*weight.shape, complex_entries)
    ]
    moments = np.array([real_vector(moment_derivative(weights, direction)) for direction in basis]).T
    images = np.array([real_vector([end_to_end_derivative(weights, direction)]) for direction in basis]).T
    tangent = la.null_space(moments, rcond=1e-9) if moments.size else np.eye(len(basis))
    return images @ tangent


def real_vector(matrices):
    flat = np.concatenate([np.ravel(matrix) for matrix in matrices]) if matrices else np.zeros(0)
    return np.concatenate([flat.real, flat.imag]) if np.iscomplexobj(flat) else flat


def moment_derivative(weights, direction):
    moments = []
    for (first, second), (d_first, d_second) in zip(pairwise(weights), pairwise(direction), strict=True):
        half = d_first @ adjoint(first) - adjoint(d_second) @ second
        moments.append(half + adjoint(half))
    return moments


def end_to_end_derivative(weights, direction):
    total = 0
    for k in range(len(weights)):
        factors = [direction[j] if j == k else weight for j, weight in enumerate(weights)]
        total = total + np.linalg.multi_dot(factors[::-1]) if len(factors) > 1 else factors[0]
    return total


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 3), (3, 2)])
def test_theorem_end_to_end_map_is_a_riemannian_submersion(rng, complex_entries, depth, shape):
    """The Euclidean metric of the balanced manifold is pushed forward to g^N: D D* = A_{N,X}."""
    X = random_matrix(rng, *shape, complex_entries=complex_entries)
    network = balanced_network(rng, X, depth)
    assert abs(network.balancing_gap()) <= 1e-13 * network.norm**2
    frame = pushforward_frame(network)
    dense = matrix_of(end_to_end_operator(X, depth), *shape, complex_entries)
    assert la.norm(frame @ frame.T - dense) <= 1e-12 * la.norm(dense)


@pytest.mark.parametrize("depth", [2, 3])
def test_theorem_metric_is_the_least_energy_of_a_lift(rng, complex_entries, depth):
    X, Z = (random_matrix(rng, 2, 2, complex_entries=complex_entries) for _ in range(2))
    lift = la.lstsq(pushforward_frame(balanced_network(rng, X, depth)), real_vector([Z]))[0]
    assert metric(X, Z, depth=depth) == pytest.approx(la.norm(lift) ** 2, rel=1e-10)


@pytest.mark.parametrize("depth", [2, 4])
def test_theorem_learning_flow_on_the_balanced_manifold(rng, complex_entries, depth):
    """Gradient descent in the layers of a balanced network moves X by −A_{N,X}(E'(X)), at any rank."""
    left, right = (random_matrix(rng, *s, complex_entries=complex_entries) for s in ((4, 2), (2, 3)))
    X, slope = left @ right, random_matrix(rng, 4, 3, complex_entries=complex_entries)
    weights = balanced_network(rng, X, depth).weights
    velocity = []
    for k in range(depth):
        before = np.linalg.multi_dot([*weights[:k][::-1], np.eye(3)]) if k else np.eye(3)
        after = np.linalg.multi_dot([np.eye(4), *weights[k + 1 :][::-1]]) if k + 1 < depth else np.eye(4)
        velocity.append(adjoint(after) @ slope @ adjoint(before))
    moved = end_to_end_derivative(weights, velocity)
    gradient = riemannian_gradient(X, slope, depth)
    assert la.norm(moved - gradient) <= 1e-13 * la.norm(X) ** 2 * la.norm(slope)


# Volume and entropy


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
    weights = _center(X, depth, X.shape[0]).weights
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


# Refusals


@pytest.mark.parametrize("depth", [0, -1, 1.5, 2.0, True, "2", None, math.nan, -math.inf], ids=repr)
@pytest.mark.parametrize("function", [end_to_end_operator, entropy, entropy_gradient, volume])
def test_depth_must_be_a_positive_whole_number(depth, function):
    with pytest.raises(InvalidArgumentError, match=r"depth: .*number of layers"):
        function(np.eye(2), depth)


@pytest.mark.parametrize("function", [entropy, entropy_gradient, volume])
def test_entropy_of_infinite_depth_is_refused(function):
    with pytest.raises(InvalidArgumentError, match="finite depth"):
        function(np.eye(2), math.inf)


@pytest.mark.parametrize("X", [[[np.nan]], [[np.inf]], "text", np.ones((2, 2, 2)), [[1, 2], [3]]], ids=str)
@pytest.mark.parametrize("function", [end_to_end_operator, entropy, entropy_gradient, volume])
def test_X_must_be_a_finite_matrix(X, function):
    with pytest.raises(InvalidArgumentError, match="X"):
        function(X, 2)


@pytest.mark.parametrize("function", [entropy, entropy_gradient, volume])
def test_entropy_needs_a_square_matrix_of_full_rank(function):
    with pytest.raises(InvalidArgumentError, match="X: expected a square matrix"):
        function(np.ones((2, 3)), 2)
    for singular in (np.zeros((2, 2)), np.ones((3, 3)), np.diag([1.0, 1e-17])):
        with pytest.raises(InvalidArgumentError, match="X: expected a matrix of full rank"):
            function(singular, 2)


def test_tangent_vectors_must_fit(rng):
    X = random_matrix(rng, 2, 3)
    operator = end_to_end_operator(X, 2)
    for apply in (operator, operator.sqrt, operator.inverse, operator.inverse_sqrt):
        with pytest.raises(InvalidArgumentError, match="Z"):
            apply(np.ones((3, 2)))
        with pytest.raises(InvalidArgumentError, match="NaN"):
            apply(np.full((2, 3), np.nan))
    with pytest.raises(InvalidArgumentError, match="Z1"):
        metric(X, np.ones((3, 2)), depth=2)
    with pytest.raises(InvalidArgumentError, match="Z2"):
        metric(X, np.ones((2, 3)), np.ones((3, 2)), depth=2)
    with pytest.raises(InvalidArgumentError, match="euclidean_gradient"):
        riemannian_gradient(X, lambda point: point, 2)


@pytest.mark.parametrize("d", [-1, 1.0, True, None], ids=repr)
def test_group_size_must_be_a_whole_number(d):
    with pytest.raises(InvalidArgumentError, match="d: "):
        log_gauge_volume(d)


def test_operator_is_frozen_and_says_what_it_is(rng):
    operator = end_to_end_operator(np.diag([4.0, 1.0]), 2, normalized=True)
    assert isinstance(operator, EndToEndOperator)
    assert repr(operator) == (
        "EndToEndOperator(depth 2, X of shape (2, 2) and rank 2, normalized by 1/N; eigenvalues from 1 to 4)"
    )
    with pytest.raises(AttributeError):
        operator.depth = 3
    with pytest.raises(ValueError, match="read-only"):
        operator.eigenvalues[0, 0] = 0


def test_empty_matrices():
    assert end_to_end_operator(np.zeros((0, 3)), 2)(np.zeros((0, 3))).shape == (0, 3)
    assert entropy(np.zeros((0, 0)), 3) == 0
