"""The operator A_{N,X} against dense matrices, high precision and its limit of infinite depth.

Source: N. Cohen, G. Menon, Z. Veraszto, "Deep linear networks for matrix completion: an infinite depth limit",
arXiv:2210.12497.
"""

import math
from itertools import product

import mpmath
import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.networks.geometry import (
    EndToEndOperator,
    end_to_end_operator,
    metric,
)

from ..models import assert_small, random_matrix, random_unitary
from .matrices import matrix_of, matrix_with

DEPTHS = [1, 2, 3, 7]


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
