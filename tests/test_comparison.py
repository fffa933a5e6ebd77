"""Comparisons with python-control and SLICOT, and between the two notions of balanced."""

import json

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, OrderError, UnstableSystemError

from .models import random_network, random_system


def by_tool(comparison):
    return {row["tool"]: row for row in comparison.rows}


def test_continuous_system_agrees_with_both(rng):
    pytest.importorskip("slycot")
    rows = by_tool(dln.compare(random_system(rng, 10, 2, 2), 4))
    for tool in ("python-control", "slycot AB09AD"):
        assert rows[tool]["HSV difference / σ_1"] < 1e-7
        assert rows[tool]["response difference"] < 1e-10
        assert rows[tool]["seconds"] > 0


def test_discrete_system_shows_what_python_control_refuses_and_gets_wrong(rng):
    pytest.importorskip("slycot")
    comparison = dln.compare(random_system(rng, 6, 1, 1, discrete=True), 3)
    rows = by_tool(comparison)
    assert rows["slycot AB09AD"]["HSV difference / σ_1"] < 1e-12
    assert rows["python-control"]["HSV difference / σ_1"] is None
    text = " ".join(comparison.remarks)
    assert "hankel_singular_values refused" in text
    assert "treated the discrete system as a continuous one" in text or "balanced_reduction refused" in text


def test_complex_hankel_singular_values_of_python_control_are_named():
    comparison = dln.compare(dln.examples.get("heat-rod"))
    assert any("complex" in remark for remark in comparison.remarks)


def test_complex_systems_stay_with_this_library(rng):
    rows = by_tool(dln.compare(random_system(rng, 5, 1, 1, complex_entries=True), 2))
    assert rows["dlnbalance"]["HSV difference / σ_1"] == 0
    assert rows["python-control"]["seconds"] is None


def test_missing_slycot_is_said(rng, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "slycot", None)
    comparison = dln.compare(random_system(rng, 4, 1, 1), 2)
    assert any("not installed" in remark for remark in comparison.remarks)


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("widths", [(3, 3, 3, 3, 3), (4, 5, 6, 3), (2, 7, 3)])
def test_network_rows_measure_the_exponents_of_theory(rng, complex_entries, widths):
    network = random_network(rng, widths, complex_entries=complex_entries)
    comparison = dln.compare(network)
    depth = network.depth
    for row in comparison.rows:
        assert row["P ∼ Σ^"] == pytest.approx(2 * row["layer"] / depth, abs=1e-8)
        assert row["Q ∼ Σ^"] == pytest.approx(2 - 2 * row["layer"] / depth, abs=1e-8)
        middle = 2 * row["layer"] == depth
        assert (row["‖P−Q‖/‖P+Q‖ center"] < 1e-12) == middle


def test_network_truncation_is_eckart_young(rng):
    network = random_network(rng, (4, 4, 4))
    text = " ".join(dln.compare(network, 2).section("Truncation").remarks)
    assert f"σ_3 = {network.singular_values[2]:.6g}" in text


def test_a_network_of_rank_one_is_compared_without_truncation(rng):
    comparison = dln.compare(random_network(rng, (3, 4, 3), rank=1))
    assert comparison.rows[0]["P ∼ Σ^"] is None
    assert not any("Truncation" in part.title for part in comparison.parts())


@pytest.mark.parametrize("weights", [[np.ones((2, 2))], [np.zeros((2, 2)), np.ones((2, 2))]])
def test_networks_with_nothing_to_balance_are_refused(weights):
    with pytest.raises(InvalidArgumentError, match="network"):
        dln.compare(dln.DeepLinearNetwork(weights))


def test_refusals(rng):
    with pytest.raises(UnstableSystemError):
        dln.compare(([[1.0]], [[1.0]], [[1.0]]))
    with pytest.raises(OrderError):
        dln.compare(random_system(rng, 4, 1, 1), 9)
    with pytest.raises(OrderError):
        dln.compare(([[-1.0]], [[0.0]], [[1.0]]))


def test_tables_print_and_export(rng):
    for comparison in (dln.compare(random_system(rng, 4, 1, 1)), dln.compare(random_network(rng, (3, 4, 5, 3)))):
        assert comparison.title in repr(comparison)
        exported = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
        assert len(exported["rows"]) == len(comparison.rows)
