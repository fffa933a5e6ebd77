"""Numbers with their own exponents, against exact integers and mpmath."""

import mpmath
import numpy as np
import pytest

from dlnbalance.linalg.powers_of_two import as_numbers, near_one, powers, rows_near_one, times_power


@pytest.mark.parametrize("size", [1e-300, 1e-5, 1.0, 1e300])
def test_layers_near_one_lose_no_bit(rng, size):
    layers = [size * rng.standard_normal((3, 2)), rng.standard_normal((4, 3))]
    scaled, exponents = near_one(layers)
    for layer, near, e in zip(layers, scaled, exponents, strict=True):
        assert 0.5 <= np.abs(near).max() < 1
        assert np.array_equal(times_power(near, e), layer)


def test_zero_layers_stay_zero():
    (zero,), (exponent,) = near_one([np.zeros((2, 2))])
    assert not zero.any()
    assert exponent == 0


def test_rows_near_one_lose_no_bit(rng):
    matrix = rng.standard_normal((3, 3)) * np.array([[1e-200], [1.0], [1e200]])
    rows, exponents = rows_near_one(matrix, np.array([5, 0, -3]))
    sizes = np.abs(rows).max(axis=1)
    assert ((sizes >= 0.5) & (sizes < 1)).all()
    back = rows * 2.0 ** (exponents - [5, 0, -3])[:, None]
    assert np.array_equal(back, matrix)


@pytest.mark.parametrize("exponent", [-1500, -1000, 0, 1000, 1500])
def test_times_power_is_exact_where_the_result_is_a_number(exponent):
    start = 1.5 * 2.0 ** (-exponent // 2)
    expected = mpmath.ldexp(mpmath.mpf(start), exponent)
    assert times_power(np.array([[start]]), exponent).item() == float(expected)


def test_numbers_beyond_the_range_are_zero_or_infinite():
    found = as_numbers(np.full(5, 0.75), np.array([-(10**9), -2000, 0, 2000, 10**9]))
    assert found.tolist() == [0.0, 0.0, 0.75, np.inf, np.inf]


@pytest.mark.parametrize("power", [-0.5, 1 / 60, 0.1, 1.0])
def test_powers_of_numbers_that_double_precision_does_not_hold(power):
    mantissas, exponents = np.array([0.6, 0.7, 0.8, 0.9]), np.array([-5000, -3, 40, 7000])
    found = powers(mantissas, exponents, power)
    with mpmath.workdps(40):
        for m, e, value in zip(mantissas, exponents, found, strict=True):
            exact = mpmath.mpf(m) ** mpmath.mpf(power) * mpmath.mpf(2) ** (int(e) * mpmath.mpf(power))
            tiny, huge = exact < np.finfo(float).tiny, exact > np.finfo(float).max
            if tiny or huge:
                assert value == (0.0 if tiny else np.inf)
            else:
                assert abs(value / exact - 1) <= 1e-13


def test_powers_of_zero():
    assert powers(np.zeros(2), np.array([0, -4000]), 0.5).tolist() == [0.0, 0.0]
    assert powers(np.zeros(1), np.array([0]), -0.5).tolist() == [np.inf]
