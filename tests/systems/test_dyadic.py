"""Exact and scaled arithmetic with doubles."""

from fractions import Fraction

import numpy as np
import pytest

from dlnbalance.systems.dyadic import DyadicPolynomial, expanded, residual, scaled_product

from ..models import random_matrix


class TestExactArithmetic:
    def test_polynomials_are_evaluated_to_the_last_bit(self, rng):
        coefficients = random_matrix(rng, 1, 12)[0] * 10.0 ** rng.integers(-200, 200, 12)
        for point in (1e-20, -3.7, 1e15):
            exact = sum(Fraction(float(c)) * Fraction(point) ** k for k, c in enumerate(coefficients[::-1]))
            found = DyadicPolynomial(coefficients)(np.array([point + 0j]))
            share = Fraction(found.mantissa[0].real) * Fraction(2) ** int(found.exponent[0]) / exact
            assert abs(share - 1) < Fraction(1, 2**52)

    def test_derivative_and_complex_coefficients(self):
        polynomial = DyadicPolynomial([1j, 2.0, 3 - 1j])
        point = 0.5 - 0.25j
        assert polynomial(np.array([point])).value[0] == pytest.approx(1j * point**2 + 2 * point + 3 - 1j, rel=1e-15)
        assert polynomial.derivative()(np.array([point])).value[0] == pytest.approx(2j * point + 2, rel=1e-15)

    def test_residual_sees_what_double_precision_does_not(self):
        A, b = np.array([[-1.0, 2.0], [0.5, -3.0]]), np.array([[1.0], [1.0]])
        exact = [Fraction(5, 1), Fraction(7, 2)]  # (I − A) x = b times its determinant, 7
        x = np.array([[float(value / 7)] for value in exact])
        M = [[Fraction(2), Fraction(-2)], [Fraction(-1, 2), Fraction(4)]]
        wanted = [1 - sum(m * Fraction(v) for m, v in zip(row, x[:, 0].tolist(), strict=True)) for row in M]
        found = residual(A, 1.0, x, b)[:, 0]
        assert max(map(abs, wanted)) > 0
        assert np.allclose(found, [float(w) for w in wanted], rtol=1e-12, atol=0)

    def test_products_beyond_the_range_of_doubles(self):
        huge = scaled_product([np.array([1e300, -1e-300])] * 5)
        assert (huge.mantissa.real * huge.exponent < 0).tolist() == [False, False] or huge.exponent[1] < -4900
        assert huge.exponent[0] == pytest.approx(1500 * np.log2(10), abs=2)

    def test_expansion_is_exact(self):
        assert [c for c, _ in expanded(np.array([-3.0] * 3))] == [1, 9, 27, 27]
