"""The four matrices: their response and their units."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.systems.state_matrices import Realization, in_seconds, response, times_power

from ..models import random_matrix, random_pencil


@pytest.mark.parametrize("refined", [False, True])
def test_the_response_is_the_transfer_function(rng, complex_entries, refined):
    A, _ = random_pencil(rng, 5, complex_entries=complex_entries)
    B, C, D = (random_matrix(rng, *shape) for shape in [(5, 2), (3, 5), (3, 2)])
    points = np.array([2j, -0.7j, 3 + 1j])
    for found, z in zip(response(Realization(A, B, C, D), points, refined=refined), points, strict=True):
        exact = D + C @ la.inv(z * np.eye(5) - A) @ B
        np.testing.assert_allclose(found, exact, rtol=1e-12)


def test_refinement_finds_the_response_of_the_matrices_as_they_are_stored():
    """C(zI − A)⁻¹B = 1/(z − a)(z − b) near a double pole, by rationals."""
    from fractions import Fraction

    a, b, z = 1.0, 1.0 + 2.0**-40, 1.0 + 2.0**-30
    system = Realization(np.array([[a, 1.0], [0.0, b]]), np.array([[0.0], [1.0]]), np.eye(1, 2), np.zeros((1, 1)))
    exact = 1 / ((Fraction(z) - Fraction(a)) * (Fraction(z) - Fraction(b)))
    found = response(system, np.array([z]), refined=True).item()
    assert found == pytest.approx(float(exact), rel=4e-16)


def test_a_pole_has_no_response():
    system = Realization(np.array([[1.0]]), np.ones((1, 1)), np.ones((1, 1)), np.zeros((1, 1)))
    assert np.isnan(response(system, np.array([1.0]))).all()


@pytest.mark.parametrize("shift", [-601, -3, 0, 40])
def test_another_unit_of_time_is_exact_and_shared_by_inputs_and_outputs(shift):
    """G(s) = g(s/2^k)/2^k of the scaled function g: A, B, C times powers of two that add up to 2^k."""
    system = Realization(np.array([[-1.5]]), np.array([[2.0**20]]), np.array([[3.0]]), np.array([[7.0]]))
    moved = in_seconds(system, shift)
    assert moved.A.item() == np.ldexp(-1.5, shift)
    assert np.log2(moved.B.item()) + np.log2(moved.C.item() / 3) == 20 + shift
    assert abs(np.log2(moved.B.item()) - np.log2(moved.C.item())) <= 2
    assert moved.D.item() == 7


def test_powers_whose_exponents_are_out_of_range():
    np.testing.assert_array_equal(times_power(np.array([2.0**-1000, 0.0]), 2000), [2.0**1000, 0.0])
    np.testing.assert_array_equal(times_power(np.array([3 + 4j]), -3), [0.375 + 0.5j])
