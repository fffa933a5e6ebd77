"""Rational functions: roots to the last bit."""

import numpy as np
import pytest

from dlnbalance.systems.dyadic import DyadicPolynomial, expanded
from dlnbalance.systems.rational import Quotient, paired, roots


def quotient(above, below):
    return Quotient.of(np.array(above), np.array(below))


class TestRoots:
    @pytest.mark.parametrize("decades", [0.3, 4, 8])
    def test_are_those_of_the_rounded_polynomial(self, rng, decades):
        wanted = -(10.0 ** np.linspace(-decades, 0, 10)) * rng.uniform(0.95, 1.05, 10)
        coefficients = np.array([float(c) for c, _ in expanded(wanted)])
        found = roots(coefficients)
        polynomial = DyadicPolynomial(coefficients)
        steps = (polynomial(found) / polynomial.derivative()(found)).value
        assert (np.abs(steps) < 1e-14 * np.abs(found)).all()

    def test_two_real_roots_that_begin_as_a_conjugate_pair(self):
        found = np.sort(roots(np.array([1.0, 2.0, 1.0 - 2.0**-50])).real)
        assert found == pytest.approx([-1 - 2.0**-25, -1 + 2.0**-25], rel=1e-15)

    def test_at_zero_and_multiple(self):
        assert roots(np.array([2.0, 2.0, 0.0, 0.0])).tolist() == [-1, 0, 0]
        found = roots(np.array([1.0, 3.0, 3.0, 1.0]))
        assert paired(found) is not None
        assert np.abs(found + 1).max() < 1e-4

    def test_of_extreme_coefficients(self):
        assert roots(np.array([1e-300, 1e-300, 1e300])).imag == pytest.approx([1e300, -1e300])
