"""Optimal Hankel-norm approximation: Glover's theorems, closed forms, and repeated singular values."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.reduction.hankel_approximation import hankel_approximation

from ..models import assert_small, random_system


def approximated(system, order):
    result = dln.balance(system)
    return hankel_approximation(result.system, result.hsv[: result.order], order), result.hsv


def frequencies(*, discrete):
    return (
        np.linspace(-31, 31, 41)
        if discrete
        else np.concatenate([-np.geomspace(0.01, 100, 20), np.geomspace(0.01, 100, 20)])
    )


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 1)])
def test_glover_theorem_6_3_the_error_of_the_extension_is_all_pass(rng, complex_entries, discrete, shape):
    system = random_system(rng, 8, *shape, complex_entries=complex_entries, discrete=discrete)
    omega = frequencies(discrete=discrete)
    for order in (0, 1, 4):
        found, values = approximated(system, order)
        gaps = dln.frequency_response(system, omega) - dln.frequency_response(found.extension, omega)
        sizes = np.linalg.norm(gaps, 2, axis=(1, 2))
        assert_small(np.abs(sizes - values[order]).max(), values[0], 1e6)  # seen: 1e5


def test_glover_theorem_7_2_the_hankel_norm_of_the_error_is_the_next_singular_value(rng, complex_entries, discrete):
    system = random_system(rng, 8, 2, 2, complex_entries=complex_entries, discrete=discrete)
    for order in (0, 2, 5):
        found, values = approximated(system, order)
        assert found.system.nstates == order
        assert dln.gramians.is_stable(found.system)
        error = dln.hankel_norm(system - found.system)
        assert_small(abs(error - values[order]), values[0], 1e6)


def test_glover_theorem_9_7_half_the_bound_of_truncation(rng, complex_entries, discrete):
    for _ in range(3):
        system = random_system(rng, 8, 2, 3, complex_entries=complex_entries, discrete=discrete)
        for order in (0, 2, 5, 7):
            found, values = approximated(system, order)
            error = float(dln.hinf_norm(system - found.system))
            assert values[order] * (1 - 1e-6) <= error <= values[order:].sum() * (1 + 1e-6)


def test_order_zero_of_a_lag_in_closed_form():
    """1/(s + 1) has σ = ½ and is ½ + ½(1 − s)/(1 + s): the best constant is ½, at the distance ½."""
    lag = dln.LinearSystem(-1, 1, 1)
    found, values = approximated(lag, 0)
    assert values[0] == pytest.approx(0.5, rel=1e-14)
    assert found.system.D.item() == pytest.approx(0.5, rel=1e-14)


def test_repeated_singular_values_are_removed_together():
    """Two equal lags side by side and a slower one: σ = 1/2, 1/2 and 5."""
    system = dln.append(dln.LinearSystem(-1, 1, 1), dln.LinearSystem(-1, 1, 1), dln.LinearSystem(-0.1, 1, 1))
    found, values = approximated(system, 1)
    np.testing.assert_allclose(values, [5, 0.5, 0.5], rtol=1e-12)
    assert found.system.nstates == 1
    assert float(dln.hinf_norm(system - found.system)) == pytest.approx(0.5, rel=1e-9)


def test_the_last_value_leaves_no_antistable_part(rng):
    """Removing the smallest value alone: the error itself is all-pass, and its H∞ norm σ_n."""
    system = random_system(rng, 5, 1, 1)
    found, values = approximated(system, 4)
    assert float(dln.hinf_norm(system - found.system)) == pytest.approx(values[4], rel=1e-6)
