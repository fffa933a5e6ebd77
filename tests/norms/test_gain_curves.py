"""Gains and their derivatives against finite differences, and against frequency responses."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import NumericalError
from dlnbalance.norms.gain_curves import GainCurve, spectral_norms

from ..models import random_matrix, random_system


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (4, 1)])
def test_spectral_norms_are_spectral_norms(rng, shape):
    stack = np.array([random_matrix(rng, *shape, complex_entries=True) for _ in range(5)])
    np.testing.assert_allclose(spectral_norms(stack), [la.norm(M, 2) for M in stack], rtol=1e-13)


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("descriptor", [False, True])
@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 2), (1, 4)])
def test_slopes_are_those_of_the_response(rng, discrete, complex_entries, descriptor, shape):
    """Central differences with Richardson's extrapolation."""
    outputs, inputs = shape
    system = random_system(
        rng, 6, inputs, outputs, discrete=discrete, complex_entries=complex_entries, descriptor=descriptor
    )
    curve, omega = GainCurve(system), 0.8
    slopes, h = curve.slopes(omega), 2e-3 * curve.unit

    def gain(steps):
        return la.norm(dln.frequency_response(system, [omega + steps * h])[0], 2)

    assert slopes.gain == pytest.approx(gain(0), rel=1e-13)
    assert curve.gain(omega) == pytest.approx(gain(0), rel=1e-13)
    first = (8 * (gain(1) - gain(-1)) - (gain(2) - gain(-2))) / (12 * 2e-3 * gain(0))
    second = (16 * (gain(1) + gain(-1)) - (gain(2) + gain(-2)) - 30 * gain(0)) / (12 * 4e-6 * gain(0))
    size = 1 + abs(first) ** 2 + abs(second)
    assert slopes.first == pytest.approx(first, abs=1e-5 * size)
    assert slopes.second == pytest.approx(second, abs=1e-5 * size)


def test_gains_at_several_frequencies_and_at_infinity(rng):
    system = random_system(rng, 5, 2, 3)
    omega = np.array([0.0, 1.0, np.inf])
    expected = spectral_norms(dln.frequency_response(system, omega))
    np.testing.assert_allclose(GainCurve(system).gains(omega), expected, rtol=1e-13)


def test_equal_channels_have_the_slopes_of_one():
    """Two singular values that are the same for all frequencies: no kink, and nothing divided by zero."""
    lag = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    both = dln.LinearSystem(-np.eye(2), np.eye(2), np.eye(2))
    np.testing.assert_allclose(GainCurve(both).slopes(0.5), GainCurve(lag).slopes(0.5), rtol=1e-14)


def test_a_rough_gain_is_that_of_one_combination_of_the_inputs(rng):
    system = random_system(rng, 5, 3, 2, feedthrough=False)
    curve = GainCurve(system)
    omega = np.array([0.3, 2.0])
    rough = curve.rough_gains(omega)
    assert rough.shape == (2,)
    assert (rough > 0).all()
    assert (rough <= np.sqrt(3) * curve.gains(omega) * (1 + 1e-13)).all()


def test_gains_far_below_a_level_need_no_digits(rng):
    """By the modal form where it has been seen to serve; what is near the level is computed as ever."""
    system = random_system(rng, 45, 2, 2)
    curve, omega = GainCurve(system), np.append(np.linspace(0, 20, 50), np.inf)
    exact = curve.gains(omega)
    np.testing.assert_array_equal(curve.screened_gains(omega, exact.max()), exact)
    curve.modal_serves = True
    screened = curve.screened_gains(omega, exact.max())
    np.testing.assert_allclose(screened, exact, rtol=1e-10)
    near = exact > 0.95 * exact.max()
    np.testing.assert_array_equal(screened[near], exact[near])


def test_zero_systems_and_constants_have_no_slope():
    zero = dln.LinearSystem([[-1.0]], [[0.0]], [[1.0]])
    constant = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 2)), np.zeros((1, 0)), [[3.0, 4.0]])
    assert GainCurve(zero).slopes(1.0) == (0.0, 0.0, 0.0)
    assert GainCurve(constant).slopes(1.0)[1:] == (0.0, 0.0)
    assert GainCurve(constant).gain(1.0) == pytest.approx(5.0)


def test_a_pole_on_the_boundary_is_refused_by_its_frequency():
    oscillator = dln.LinearSystem([[0.0, 2.0], [-2.0, 0.0]], [[1.0], [0.0]], [[1.0, 0.0]])
    with pytest.raises(NumericalError, match=r"no pole at .* got one at the frequency 2;"):
        GainCurve(oscillator).gain(2.0)
