"""Coefficients of finite word length, and the first-order theory of what rounding them does."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.norms.rounding import has_stable_poles, peak_difference, quantized, rounding_errors, sensitivity

from ..models import random_matrix, random_system, random_unitary

KINDS = [(False, False), (True, False), (False, True), (True, True)]
ids = ["real continuous", "complex continuous", "real discrete", "complex discrete"]


@pytest.fixture(params=KINDS, ids=ids)
def system(request, rng):
    complex_entries, discrete = request.param
    return random_system(rng, 5, 2, 3, complex_entries=complex_entries, discrete=discrete)


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("bits", [2, 3, 8, 16, 40])
def test_rounded_entries_are_words_within_half_a_step(rng, bits, complex_entries):
    for scale in (1e-9, 1.0, 3e7):
        matrix = scale * random_matrix(rng, 6, 5, complex_entries=complex_entries)
        rounded, step = quantized(matrix, bits)
        for given, word in ((matrix.real, rounded.real / step), (matrix.imag, rounded.imag / step)):
            assert np.array_equal(word, np.round(word))
            assert np.abs(word).max() < 2 ** (bits - 1)
            assert np.abs(word * step - given).max() <= step / 2
        assert step == 2.0 ** np.round(np.log2(step))
        assert np.abs(quantized(matrix, bits + 1)[1]) <= step


def test_the_step_is_the_least_without_overflow():
    assert quantized(np.array([[1.0]]), 4)[1] == 0.25  # 4 words of ¼: with ⅛ it would be 8, one too many
    assert quantized(np.array([[0.99]]), 4)[1] == 0.25  # rounds up to 8/8
    assert quantized(np.array([[0.93]]), 4)[1] == 0.125
    assert quantized(np.zeros((2, 2)), 4)[1] == 0


def test_sensitivity_is_the_norm_of_the_first_derivative(system, rng):
    """|tr(δA* ∂G)| ≤ ‖F‖‖E‖‖δA‖, with equality for the worst δA of rank one at the worst frequency."""
    measure = sensitivity(system)
    A, B, C, n = system.A, system.B, system.C, system.nstates
    shifts = np.linspace(-30, 30, 2001)
    points = np.exp(1j * shifts * system.sampling_time) if system.is_discrete else 1j * shifts
    expected = 0.0
    for z in points if system.is_complex else points[1000:]:
        resolvent = la.inv(z * np.eye(n) - A)
        expected = max(expected, la.norm(C @ resolvent) * la.norm(resolvent @ B))
    assert measure.absolute == pytest.approx(expected, rel=2e-2)
    assert measure.peak == pytest.approx(float(dln.hinf_norm(system)), rel=2e-2)


def test_sensitivity_does_not_depend_on_unitary_coordinates(system, rng):
    U = random_unitary(rng, 5, complex_entries=system.is_complex)
    turned = system.with_matrices(U @ system.A @ adjoint(U), U @ system.B, system.C @ adjoint(U))
    before, after = sensitivity(system), sensitivity(turned)
    assert after.absolute == pytest.approx(before.absolute, rel=1e-9)
    assert after.relative == pytest.approx(before.relative, rel=1e-9)


def test_gramian_balancing_has_the_least_bound_of_the_mean_sensitivity(system, rng):
    """∫‖F‖‖E‖ ≤ (tr P tr Q)^½, which is least, Σσ, where P = Q (Thiele)."""
    balanced = dln.balance(system)
    for realization in (system, balanced.system, dln.balance(system, form="norm").system):
        first, second = dln.Lyapunov()(realization).weights
        bound = la.norm(first) * la.norm(second)
        assert bound >= balanced.hsv.sum() * (1 - 1e-9)
    first, second = dln.Lyapunov()(balanced.system).weights
    assert la.norm(first) * la.norm(second) == pytest.approx(balanced.hsv.sum(), rel=1e-9)


def test_first_order_theory_predicts_the_errors_of_long_words(system, rng):
    """The mean of the largest error over all frequencies, near the largest of its root mean squares."""
    measure = sensitivity(system)
    errors = rounding_errors(system, measure, (20, 24), 30, rng=rng, report=lambda _: None)
    for outcome in errors:
        assert outcome.unstable == 0
        assert 0.3 < outcome.mean / outcome.predicted < 2.5
    assert errors[0].mean / errors[1].mean == pytest.approx(16, rel=0.5)  # four bits more


def test_unstable_draws_are_counted_and_not_averaged(rng):
    slow = dln.LinearSystem(np.diag([-1e-3, -1.0, -2.0]), np.ones((3, 1)), np.ones((1, 3)))
    [errors] = rounding_errors(slow, sensitivity(slow), [4], 20, rng=rng, report=lambda _: None)
    assert 0 < errors.unstable < errors.draws == 20
    assert np.isfinite(errors.mean)
    hopeless = dln.LinearSystem(np.diag([-1e-9, -1.0, -2.0]), np.ones((3, 1)), np.ones((1, 3)))
    [errors] = rounding_errors(hopeless, sensitivity(hopeless), [4], 3, rng=rng, report=lambda _: None)
    assert errors.own is None  # its slow pole is rounded to zero


def test_exactly_representable_coefficients_have_no_error_in_their_own_coordinates(rng):
    system = dln.LinearSystem([[-1.0, 0.5], [0.0, -0.25]], [[1.0], [0.5]], [[1.0, 0.0]])
    [errors] = rounding_errors(system, sensitivity(system), [8], 2, rng=rng, report=lambda _: None)
    assert errors.own <= 1e-12 * errors.mean
    assert errors.mean > 1e-4


def test_peak_of_a_difference_is_a_sharp_lower_bound_of_its_norm(system, rng):
    other = dln.reduce(system, 3).system
    exact = float(dln.hinf_norm(system - other))
    assert 0.98 * exact <= peak_difference(system, other) <= exact * (1 + 1e-9)
    assert peak_difference(system, system) <= 100 * EPS * float(dln.hinf_norm(system))


def test_stability_of_computed_poles():
    assert has_stable_poles(dln.LinearSystem([[-1e-15]], [[1.0]], [[1.0]]))
    assert not has_stable_poles(dln.LinearSystem([[0.0]], [[1.0]], [[1.0]]))
    assert not has_stable_poles(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], dt=0.1))
