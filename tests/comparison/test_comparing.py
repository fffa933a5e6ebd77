"""Comparisons with python-control and SLICOT, and between the two notions of balanced."""

import json

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import FileFormatError, InvalidArgumentError, OrderError, UnstableSystemError

from ..models import random_network, random_system


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
    with pytest.raises(InvalidArgumentError, match="one order at a time"):
        dln.compare(random_system(rng, 4, 1, 1), [1, 2])


def test_tables_print_and_export(rng):
    for comparison in (dln.compare(random_system(rng, 4, 1, 1)), dln.compare(random_network(rng, (3, 4, 5, 3)))):
        assert comparison.title in repr(comparison)
        exported = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
        assert len(exported["rows"]) == len(comparison.rows)
        for part, document in zip(comparison.sections, exported["sections"], strict=True):
            assert part.title in repr(comparison)
            assert document["title"] == part.title


# -- networks: layers, four ways, truncation ------------------------------------------------------------------------


@pytest.fixture(params=[False, True], ids=["real", "complex"])
def square(request, rng):
    return random_network(rng, (3, 3, 3, 3, 3), complex_entries=request.param)


def test_layers_run_from_input_normal_to_output_normal(square):
    rows = dln.compare(square).rows
    assert [row["layer"] for row in rows] == [0, 1, 2, 3, 4]
    for row in rows:
        assert row["gauge ∼ Σ^"] == pytest.approx(0.5 - row["layer"] / 4, abs=1e-8)
        assert (row["from unitary"] == 0) == (row["layer"] == 2)
        powers = square.singular_values ** (0.5 - row["layer"] / 4)
        assert row["from unitary"] == pytest.approx(np.abs(powers - 1).max(), abs=1e-9)


def test_network_and_norm_balancing_agree_and_gramian_balancing_is_another_point(square):
    comparison = dln.compare(square)
    rows = {row["realization"]: row for row in comparison.section("four ways").rows}
    least = square.depth * np.sum(square.singular_values ** (2 / square.depth))
    for name in ("network (center)", "norm"):
        assert rows[name]["‖A‖²+‖B‖²+‖C‖²"] == pytest.approx(least, rel=1e-12)
        assert rows[name]["‖μ‖/‖(A,B,C)‖²"] < 1e-11
        assert rows[name]["distance to center"] < 1e-10
        assert rows[name]["‖P−Q‖/‖P+Q‖"] > 1e-3
    assert rows["Gramian"]["‖P−Q‖/‖P+Q‖"] < 1e-10
    for name in ("Gramian", "as given"):
        assert rows[name]["‖A‖²+‖B‖²+‖C‖²"] > least * (1 + 1e-3)
        assert rows[name]["distance to center"] > 1e-3
    for row in rows.values():
        assert row["HSV to σ(X), /σ_1"] is None or row["HSV to σ(X), /σ_1"] < 1e-10
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
        assert rows["Gramian"]["distance to center"] > 1e-3
        assert rows["network (center)"]["distance to center"] < 1e-12


def test_error_of_every_truncation_is_the_next_singular_value(square):
    table = dln.compare(square).section("Truncation")
    assert [row["order"] for row in table.rows] == [1, 2]
    for row in table.rows:
        following = square.singular_values[row["order"]]
        for key in ("next σ(X)", "network: ‖X − X_r‖", "delay line: H∞ error"):
            assert row[key] == pytest.approx(following, rel=1e-9)
        assert row["bound 2Σσ"] == pytest.approx(2 * square.singular_values[row["order"] :].sum(), rel=1e-9)


def test_long_delay_lines_are_compared_without_what_is_expensive(square, monkeypatch):
    monkeypatch.setattr("dlnbalance.comparison.comparing_networks._STATES", 8)
    comparison = dln.compare(square)
    rows = {row["realization"]: row for row in comparison.section("four ways").rows}
    assert rows["norm"]["states"] is None
    assert any("at most 8 states" in remark for remark in comparison.section("four ways").remarks)
    assert all(row["delay line: H∞ error"] is None for row in comparison.section("Truncation").rows)


def test_equal_singular_values_leave_nothing_to_truncate():
    comparison = dln.compare(dln.DeepLinearNetwork([2 * np.eye(3)] * 3))
    assert all(row["P ∼ Σ^"] is None for row in comparison.rows)
    with pytest.raises(KeyError, match="Truncation"):
        comparison.section("Truncation")


# -- export and pictures --------------------------------------------------------------------------------------------


def test_json_files_are_written_once_and_whole(tmp_path, square):
    comparison = dln.compare(square)
    path = tmp_path / "comparison.json"
    text = comparison.to_json(path)
    assert path.read_text(encoding="utf-8") == text
    assert json.loads(text) == comparison.to_dict()
    with pytest.raises(FileFormatError, match="exists"):
        comparison.to_json(path)
    assert comparison.to_json(path, overwrite=True) == text
    assert list(tmp_path.iterdir()) == [path]


def test_json_has_no_infinities_and_no_numpy():
    row = {"a": np.float64(np.inf), "b": np.int64(3), "c": float("nan"), "d": np.float64(0.5), "e": None}
    table = dln.Comparison(title="t", rows=(row,), remarks=())
    assert table.to_dict()["rows"] == [{"a": None, "b": 3, "c": None, "d": 0.5, "e": None}]
    json.loads(table.to_json())
