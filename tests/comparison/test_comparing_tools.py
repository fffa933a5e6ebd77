"""Other tools beside this library: what they return, refuse and get wrong."""

import pytest

import dlnbalance as dln

from ..models import random_system


def by_tool(comparison):
    return {row["tool"]: row for row in comparison.rows}


def test_continuous_system_agrees_with_both(rng):
    pytest.importorskip("slycot")
    rows = by_tool(dln.compare(random_system(rng, 10, 2, 2), 4))
    for tool in ("python-control", "slycot AB09AD"):
        assert rows[tool]["hsv_difference"] < 1e-7
        assert rows[tool]["response_difference"] < 1e-10
        assert rows[tool]["seconds"] > 0


def test_discrete_system_shows_what_python_control_refuses_and_gets_wrong(rng):
    pytest.importorskip("slycot")
    comparison = dln.compare(random_system(rng, 6, 1, 1, discrete=True), 3)
    rows = by_tool(comparison)
    assert rows["slycot AB09AD"]["hsv_difference"] < 1e-12
    assert rows["python-control"]["hsv_difference"] is None
    text = " ".join(comparison.remarks)
    assert "hankel_singular_values refused" in text
    assert "treated the discrete system as a continuous one" in text or "balanced_reduction refused" in text


def test_complex_hankel_singular_values_of_python_control_are_named():
    comparison = dln.compare(dln.examples.get("heat-rod"))
    assert any("complex" in remark for remark in comparison.remarks)


def test_complex_systems_stay_with_this_library(rng):
    rows = by_tool(dln.compare(random_system(rng, 5, 1, 1, complex_entries=True), 2))
    assert rows["dlnbalance"]["hsv_difference"] == 0
    assert rows["python-control"]["seconds"] is None


def test_missing_slycot_is_said(rng, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "slycot", None)
    comparison = dln.compare(random_system(rng, 4, 1, 1), 2)
    assert any("not installed" in remark for remark in comparison.remarks)
