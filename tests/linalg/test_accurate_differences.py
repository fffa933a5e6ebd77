"""Differences of products against exact rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest

from dlnbalance.linalg.accurate_differences import cross_products
from dlnbalance.linalg.arrays import EPS

from ..models import random_matrix


def exactly(a, b, d, c):
    """Real and imaginary part of a d − b c."""
    (ar, ai), (br, bi), (dr, di), (cr, ci) = ((Fraction(z.real), Fraction(z.imag)) for z in map(complex, (a, b, d, c)))
    return ar * dr - ai * di - br * cr + bi * ci, ar * di + ai * dr - br * ci - bi * cr


@pytest.mark.parametrize("nearness", [1.0, 1e-8, 1e-15, 0.0])
def test_whatever_cancels(rng, complex_entries, nearness):
    """a d against b c that agree to none of their digits, to 8, to all but the last, and to half of the next 53."""
    a, d = (random_matrix(rng, 1, 6, complex_entries=complex_entries)[0] for _ in range(2))
    ratio = rng.standard_normal()
    b, c = a * ratio * (1 + nearness * rng.standard_normal(6)), d / ratio
    found = cross_products((a, b), (d, c))
    assert np.iscomplexobj(found) == complex_entries
    for i in range(6):
        for j in range(6):
            real, imaginary = exactly(a[i], b[i], d[j], c[j])
            size = max(abs(real), abs(imaginary))
            error = max(abs(Fraction(found[i, j].real) - real), abs(Fraction(float(np.imag(found[i, j]))) - imaginary))
            assert error <= Fraction(2 * EPS) * size


def test_equal_products_leave_zero():
    assert cross_products((np.array([3.0]), np.array([5.0])), (np.array([5.0]), np.array([3.0]))).item() == 0
    assert cross_products((np.ones(0), np.ones(0)), (np.ones(2), np.ones(2))).shape == (0, 2)


def test_all_but_the_last_of_a_hundred_bits_cancel(rng):
    """(z + t)(z − t) − z² = −t² with t the last bit of the real part, which the imaginary part exceeds."""
    for _ in range(20):
        z, t = rng.integers(2**52, 2**53) * 2.0**-57 + 1j * rng.integers(2**52, 2**53) * 2.0**-44, 2.0**-57
        assert cross_products((np.array([z + t]), np.array([z])), (np.array([z - t]), np.array([z]))).item() == -(t**2)
