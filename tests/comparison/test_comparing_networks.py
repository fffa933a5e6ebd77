"""Layers, four ways to balance a delay line, and truncation."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError

from ..models import random_network


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("widths", [(3, 3, 3, 3, 3), (4, 5, 6, 3), (2, 7, 3)])
def test_network_rows_measure_the_exponents_of_theory(rng, complex_entries, widths):
    network = random_network(rng, widths, complex_entries=complex_entries)
    comparison = dln.compare(network)
    depth = network.depth
    for row in comparison.rows:
        assert row["P_exponent"] == pytest.approx(2 * row["layer"] / depth, abs=1e-8)
        assert row["Q_exponent"] == pytest.approx(2 - 2 * row["layer"] / depth, abs=1e-8)
        middle = 2 * row["layer"] == depth
        assert (row["imbalance_center"] < 1e-12) == middle


def test_network_truncation_is_eckart_young(rng):
    network = random_network(rng, (4, 4, 4))
    text = " ".join(dln.compare(network, 2).section("Truncation").remarks)
    assert f"σ_3 = {network.singular_values[2]:.6g}" in text


def test_a_network_of_rank_one_is_compared_without_truncation(rng):
    comparison = dln.compare(random_network(rng, (3, 4, 3), rank=1))
    assert comparison.rows[0]["P_exponent"] is None
    assert not any("Truncation" in part.title for part in comparison.parts())


@pytest.mark.parametrize("weights", [[np.ones((2, 2))], [np.zeros((2, 2)), np.ones((2, 2))]])
def test_networks_with_nothing_to_balance_are_refused(weights):
    with pytest.raises(InvalidArgumentError, match="network"):
        dln.compare(dln.DeepLinearNetwork(weights))


def test_layers_run_from_input_normal_to_output_normal(square):
    rows = dln.compare(square).rows
    assert [row["layer"] for row in rows] == [0, 1, 2, 3, 4]
    for row in rows:
        assert row["gauge_exponent"] == pytest.approx(0.5 - row["layer"] / 4, abs=1e-8)
        assert (row["gauge_distance"] == 0) == (row["layer"] == 2)
        powers = square.singular_values ** (0.5 - row["layer"] / 4)
        assert row["gauge_distance"] == pytest.approx(np.abs(powers - 1).max(), abs=1e-9)


def test_network_and_norm_balancing_agree_and_gramian_balancing_is_another_point(square):
    comparison = dln.compare(square)
    rows = {row["realization"]: row for row in comparison.section("four ways").rows}
    least = square.depth * np.sum(square.singular_values ** (2 / square.depth))
    for name in ("network (center)", "norm"):
        assert rows[name]["squared_norm"] == pytest.approx(least, rel=1e-12)
        assert rows[name]["relative_moment"] < 1e-11
        assert rows[name]["center_distance"] < 1e-10
        assert rows[name]["imbalance"] > 1e-3
    assert rows["Gramian"]["imbalance"] < 1e-10
    for name in ("Gramian", "as given"):
        assert rows[name]["squared_norm"] > least * (1 + 1e-3)
        assert rows[name]["center_distance"] > 1e-3
    for row in rows.values():
        assert row["hsv_difference"] is None or row["hsv_difference"] < 1e-10
    text = " ".join(comparison.section("four ways").remarks)
    if square.is_complex:
        assert rows["python-control"]["states"] is None
        assert "real systems only" in text
    else:
        assert "gram agrees with our Gramians" in text
        assert "hankel_singular_values refused" in text
        assert "not balanced" in text


def test_wide_and_deficient_networks_are_compared_by_their_minimal_parts(rng):
    for network in (random_network(rng, (3, 5, 4, 2)), random_network(rng, (4, 4, 4, 4), rank=2)):
        rows = {row["realization"]: row for row in dln.compare(network).section("four ways").rows}
        assert rows["Gramian"]["states"] == network.rank * (network.depth - 1)
        assert rows["Gramian"]["center_distance"] > 1e-3
        assert rows["network (center)"]["center_distance"] < 1e-12


def test_error_of_every_truncation_is_the_next_singular_value(square):
    table = dln.compare(square).section("Truncation")
    assert [row["order"] for row in table.rows] == [1, 2]
    for row in table.rows:
        following = square.singular_values[row["order"]]
        for key in ("next_value", "network_error", "delay_line_error"):
            assert row[key] == pytest.approx(following, rel=1e-9)
        assert row["bound"] == pytest.approx(2 * square.singular_values[row["order"] :].sum(), rel=1e-9)


def test_long_delay_lines_are_compared_without_what_is_expensive(square, monkeypatch):
    monkeypatch.setattr("dlnbalance.comparison.comparing_networks._STATES", 8)
    comparison = dln.compare(square)
    rows = {row["realization"]: row for row in comparison.section("four ways").rows}
    assert rows["norm"]["states"] is None
    assert any("at most 8 states" in remark for remark in comparison.section("four ways").remarks)
    assert all(row["delay_line_error"] is None for row in comparison.section("Truncation").rows)


def test_equal_singular_values_leave_nothing_to_truncate():
    comparison = dln.compare(dln.DeepLinearNetwork([2 * np.eye(3)] * 3))
    assert all(row["P_exponent"] is None for row in comparison.rows)
    with pytest.raises(KeyError, match="Truncation"):
        comparison.section("Truncation")
