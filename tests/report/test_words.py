"""What reports say beside the facts: only what is proved, by the names of the Gramians that prove it."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.report.words import assumptions, guarantee, lead

LAGS = dln.LinearSystem(np.diag([-1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)), name="lags")
UNSTABLE = dln.LinearSystem(np.diag([0.5, -1.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)))


def test_the_formula_of_truncation_has_the_numbers_of_the_model():
    model = dln.reduce(LAGS, 1)
    formula, words = guarantee(model)
    assert formula.startswith(f"σ₂ − ρ = {model.lower_bound:.4g} ≤ ‖G − G₁‖∞ ≤ 2 Σ σᵢ + ρ = {model.bound:.4g}")
    assert f"‖y − yᵣ‖₂ ≤ {model.bound:.4g} ‖u‖₂" in words


def test_values_are_counted_without_the_poles_that_are_kept():
    assert guarantee(dln.reduce(UNSTABLE, 2))[0].startswith("σ₂ − ρ")
    assert "‖G − G₂‖∞" in guarantee(dln.reduce(UNSTABLE, 2))[0]


def test_half_the_sum_is_not_called_twice_the_sum():
    formula = guarantee(dln.reduce(LAGS, 1, method="hankel"))[0]
    assert "2 Σ" not in formula
    assert f"{dln.reduce(LAGS, 1, method='hankel').bound:.4g}" in formula


@pytest.mark.parametrize("gramians", [dln.LQG(), dln.Coprime()])
def test_bounds_of_other_measures_are_called_by_their_names(gramians):
    [words] = guarantee(dln.reduce(UNSTABLE, 1, gramians=gramians))
    assert words.startswith("The ν-gap is at most")
    assert gramians.values_name in words


def test_nothing_is_proved_by_interpolation():
    [words] = guarantee(dln.reduce(LAGS, 1, method="irka"))
    assert words.startswith("No bound for the error is proved")


def test_the_error_is_said_once_it_was_measured():
    model = dln.reduce(LAGS, 1)
    assert lead(model) == "1 of 3 states were kept by balanced truncation."
    assert f"{float(model.error()):.4g}" in lead(model)
    gap = dln.reduce(UNSTABLE, 1, gramians=dln.LQG())
    gap.error()
    assert "transfer functions" not in lead(gap)


def test_what_is_assumed():
    words = " ".join(assumptions(dln.reduce(UNSTABLE, 2)))
    for part in ("balanced truncation", "Lyapunov", "continuous (dt = 0)", "1 pole: 0.5"):
        assert part in words
    singular = dln.LinearSystem(np.diag([-1.0, -2.0, 1.0]), LAGS.B, LAGS.C, E=np.diag([1.0, 1.0, 0.0]))
    assert "E is singular" in " ".join(assumptions(dln.reduce(singular, 1)))
    assert assumptions(dln.reduce(dln.SystemFamily([LAGS, LAGS]), 1))
