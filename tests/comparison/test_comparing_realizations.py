"""The two notions of balanced on systems: what each minimizes, sensitivity, rounding and truncation."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, OrderError, UnstableSystemError

from ..models import random_gauge, random_system

GRAMIAN, NORM, GIVEN = "Gramian-balanced", "norm-balanced", "as given"


def by_name(table):
    return {row["realization"]: row for row in table.rows}


@pytest.fixture(params=[(False, False), (True, True)], ids=["real continuous", "complex discrete"])
def system(request, rng):
    complex_entries, discrete = request.param
    return random_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete)


def test_each_realization_minimizes_its_own_norm(system):
    rows = by_name(dln.comparison.compare_realizations(system, bits=(10,), draws=2))
    squared, trace = "squared_norm", "gramian_trace"
    for other in (GRAMIAN, GIVEN):
        assert rows[NORM][squared] < rows[other][squared]
    for other in (NORM, GIVEN):
        assert rows[GRAMIAN][trace] < rows[other][trace]
    assert rows[GRAMIAN][trace] == pytest.approx(2 * dln.hankel_singular_values(system).sum(), rel=1e-10)
    assert rows[NORM]["relative_moment"] < 1e-10 < rows[GRAMIAN]["relative_moment"]
    assert rows[GRAMIAN]["imbalance"] < 1e-10 < rows[NORM]["imbalance"]
    assert rows[GIVEN][squared] == pytest.approx(system.representation.norm**2)


def test_the_balanced_rows_do_not_depend_on_the_given_coordinates(system, rng):
    T = random_gauge(rng, 6, complex_entries=system.is_complex)
    moved = system.with_matrices(T @ system.A @ la.inv(T), T @ system.B, system.C @ la.inv(T))
    before, after = (dln.comparison.compare_realizations(model, bits=(10,), draws=2) for model in (system, moved))
    for first, second in zip(before.parts(), after.parts(), strict=True):
        if "Rounding" in first.title:
            continue
        for row, other in zip(first.rows, second.rows, strict=True):
            if row.get("realization") == GIVEN:
                continue
            for key, value in row.items():
                if isinstance(value, float) and value > 1e-6:
                    assert other[key] == pytest.approx(value, rel=1e-5), (first.title, key)


def test_condition_numbers_of_poles_are_those_of_the_definition():
    A = np.array([[-1.0, 100.0], [0.0, -2.0]])
    rows = by_name(
        dln.comparison.compare_realizations((A, [[0.0], [1.0]], [[1.0, 0.0]]), bits=(16,), draws=1).section("Poles")
    )
    assert rows[GIVEN]["pole_condition"] == pytest.approx(np.hypot(1, 100), rel=1e-9)
    assert rows[NORM]["pole_condition"] < 10


def test_rounding_table(system):
    table = dln.comparison.compare_realizations(system, bits=[20, 12, 12], draws=6).section("Rounding")
    assert [row["bits"] for row in table.rows] == [12] * 3 + [20] * 3
    for row in table.rows:
        assert row["unstable"] == "0 of 6"
        assert 0.2 < row["error"] / row["first_order"] < 4
        assert row["standard_error"] < row["error"]
    assert len(table.remarks) == 2
    assert all("least error for" in remark for remark in table.remarks)


def test_truncation_table_is_bounded_by_the_hankel_singular_values(system):
    hsv = dln.hankel_singular_values(system)
    table = dln.comparison.compare_realizations(system, bits=(16,), draws=1).section("Truncation")
    assert [row["order"] for row in table.rows] == [1, 2, 3, 4, 5]
    for row in table.rows:
        r = row["order"]
        assert row["next_value"] == pytest.approx(hsv[r], rel=1e-8)
        assert row["bound"] == pytest.approx(2 * hsv[r:].sum(), rel=1e-8)
        assert row["next_value"] * 0.98 <= row["gramian_balanced"] <= row["bound"] * (1 + 1e-9)
        assert row["gramian_balanced"] == pytest.approx(float(dln.reduce(system, r).error()), rel=2e-2)
        assert (
            row["norm_balanced"] is None or row["norm_balanced"] >= 0.98 * row["next_value"]
        )  # no model of this order does better


def test_the_same_seed_gives_the_same_figures_and_progress_reaches_one(system):
    def errors(seed, progress=None):
        compared = dln.comparison.compare_realizations(system, bits=(10,), draws=3, rng=seed, progress=progress)
        return [row["error"] for row in compared.section("Rounding").rows]

    seen = []
    first = errors(5, seen.append)
    assert errors(5) == pytest.approx(first, rel=1e-6)
    assert errors(6) != pytest.approx(first, rel=1e-3)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1)


def test_descriptor_sparse_and_nonminimal_systems(rng):
    import scipy.sparse as sp

    descriptor = random_system(rng, 4, 1, 1, descriptor=True)
    assert len(dln.comparison.compare_realizations(descriptor, bits=(12,), draws=1).rows) == 3
    sparse = dln.LinearSystem(sp.diags_array([-1.0, -2.0, -3.0]), np.ones((3, 1)), np.ones((1, 3)), name="lags")
    assert "lags" in dln.comparison.compare_realizations(sparse, bits=(12,), draws=1).title
    idle = dln.LinearSystem(np.diag([-1.0, -2.0, -3.0]), [[1.0], [1.0], [0.0]], np.ones((1, 3)))
    comparison = dln.comparison.compare_realizations(idle, bits=(12,), draws=1)
    assert [row["states"] for row in comparison.rows] == [2, 2, 3]
    assert any("2 of 3 states" in remark for remark in comparison.remarks)


def test_a_system_of_one_state():
    comparison = dln.comparison.compare_realizations(([[-1.0]], [[4.0]], [[1.0]]), bits=8, draws=2)
    assert by_name(comparison)[NORM]["squared_norm"] == pytest.approx(9)
    assert [row["order"] for row in comparison.section("Truncation").rows] == [1]
    assert comparison.plot().axes


@pytest.mark.parametrize("bits", [(), (1,), (53,), (8.0,), (True,), "8", None, (8, "x")])
def test_word_lengths_are_checked(system, bits):
    with pytest.raises(InvalidArgumentError, match="bits"):
        dln.comparison.compare_realizations(system, bits=bits)


@pytest.mark.parametrize("draws", [0, -1, 2.5, True, "many"])
def test_the_number_of_draws_is_checked(system, draws):
    with pytest.raises(InvalidArgumentError, match="draws"):
        dln.comparison.compare_realizations(system, draws=draws)


def test_refusals():
    with pytest.raises(UnstableSystemError):
        dln.comparison.compare_realizations(([[1.0]], [[1.0]], [[1.0]]))
    with pytest.raises(OrderError):
        dln.comparison.compare_realizations(([[-1.0]], [[0.0]], [[1.0]]))
