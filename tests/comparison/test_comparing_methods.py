"""Ways to reduce side by side: the figures are those of the models, and the recommendation follows from them."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.comparison.comparing_methods import Way, compare_methods

from ..models import random_system


def test_errors_are_lower_bounds_of_the_norm_and_near_it(rng, complex_entries, discrete):
    system = random_system(rng, 8, 2, 2, complex_entries=complex_entries, discrete=discrete)
    comparison = compare_methods(system, [3, 5])
    for row in comparison.rows:
        if row["way"] in ("balanced truncation", "residualization", "Hankel-norm"):
            method = {"balanced truncation": "truncate", "residualization": "residualize", "Hankel-norm": "hankel"}
            exact = float(dln.reduce(system, row["order"], method=method[row["way"]]).error())
            assert 0.9 * exact <= row["absolute"] <= exact * (1 + 1e-9)
            assert row["absolute"] <= row["bound"]
    with_zero = [row for row in comparison.rows if row["way"] == "residualization"]
    assert all(row["dc"] < 1e-9 * row["absolute"] for row in with_zero)


def test_the_recommendation_is_the_best_of_its_criterion(rng):
    system = random_system(rng, 8, 1, 1)
    assert (
        "recommended for error at frequency zero: residualization"
        in compare_methods(system, [2, 4], criterion="dc").remarks[-1]
    )
    remark = compare_methods(system, [2, 4]).remarks[-1]
    rows = compare_methods(system, [2, 4]).rows
    means = {}
    for row in rows:
        means.setdefault(row["way"], []).append(row["absolute"])
    best = min(means, key=lambda way: np.prod(means[way]))
    assert best in remark or "balanced truncation" in remark


def test_weights_bring_weighted_balancing_in(rng):
    system, weight = random_system(rng, 8, 1, 1), dln.LinearSystem([[-0.01]], [[1.0]], [[1.0]])
    comparison = compare_methods(system, [3], input=weight, criterion="weighted")
    ways = {row["way"]: row["weighted"] for row in comparison.rows}
    assert ways["frequency-weighted"] < ways["balanced truncation"]


def test_unstable_poles_bring_coprime_factors_in():
    system = dln.LinearSystem(np.diag([1.0, -2.0, -30.0, 0.0]), np.ones((4, 1)), np.ones((1, 4)))
    comparison = compare_methods(system)
    ways = {row["way"]: row for row in comparison.rows}
    assert ways["balanced truncation"]["stable"] == "but for what is kept"
    assert ways["balanced truncation"]["dc"] is None
    assert "coprime factors" in ways
    with pytest.raises(dln.errors.InvalidArgumentError, match="integrator"):
        compare_methods(system, criterion="dc")


def test_ways_of_ones_own_and_what_does_not_apply(rng):
    system = random_system(rng, 6, 1, 1)
    comparison = compare_methods(system, [3, 99], ways={"mine": Way(dln.Coprime(), "residualize")})
    assert "mine" in {row["way"] for row in comparison.rows}
    assert any("order 99" in remark for remark in comparison.remarks)
    for ways in ("truncate", {"bad": Way(dln.Lyapunov(), "nothing")}, {"bad": 3}):
        with pytest.raises(dln.errors.InvalidArgumentError):
            compare_methods(system, [3], ways=ways)
    with pytest.raises(dln.errors.InvalidArgumentError, match="weight"):
        compare_methods(system, [3], criterion="weighted")


def test_it_prints_draws_and_goes_to_json(rng):
    comparison = compare_methods(random_system(rng, 6, 1, 1))
    assert "recommended for largest error" in repr(comparison)
    assert comparison.plot().axes
    assert '"way"' in comparison.to_json()
