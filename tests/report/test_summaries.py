"""What is said about models that were only looked at, and about sweeps."""

import json

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.report.summaries import follow_flow, model_summary, sweep_document, sweep_rows, swept
from dlnbalance.summary import document, rows

STABLE = dln.LinearSystem(np.diag([-1.0, -2.0]), np.ones((2, 1)), np.ones((1, 2)), name="lags")
UNSTABLE = dln.LinearSystem([[1.0]], [[1.0]], [[1.0]])
ALGEBRAIC = dln.LinearSystem(np.diag([-1.0, 1.0]), np.ones((2, 1)), np.ones((1, 2)), E=np.diag([1.0, 0.0]))
SINGULAR = dln.LinearSystem(np.diag([-1.0, 0.0]), np.ones((2, 1)), np.ones((1, 2)), E=np.diag([1.0, 0.0]))
FAMILY = dln.SystemFamily([STABLE, STABLE])
NETWORK = dln.DeepLinearNetwork([np.diag([3.0, 1.0]), np.eye(2)])


@pytest.mark.parametrize(
    "model", [STABLE, UNSTABLE, ALGEBRAIC, SINGULAR, FAMILY, NETWORK], ids=lambda model: type(model).__name__
)
def test_every_model_is_described_for_people_and_for_programs(model):
    summary = model_summary(model)
    assert all(label and text for label, text in rows(summary))
    assert json.loads(json.dumps(document(summary))) == document(summary)


def test_the_facts_about_a_stable_system_are_those_of_its_closed_form():
    facts, shown = document(model_summary(STABLE)), dict(rows(model_summary(STABLE)))
    assert (facts["states"], facts["stable"], facts["name"]) == (2, True, "lags")
    assert facts["poles"]["slowest"] == {"real": pytest.approx(-1.0), "imag": 0.0}
    assert facts["poles"]["fastest"] == {"real": pytest.approx(-2.0), "imag": 0.0}
    assert facts["hinf_norm"]["value"] == pytest.approx(1.5)
    assert shown["Fastest pole"] == "-2"


def test_what_cannot_be_computed_is_said_with_its_reason():
    assert dict(rows(model_summary(UNSTABLE)))["Stability"].startswith("NOT STABLE")
    assert "normal rank" in dict(rows(model_summary(SINGULAR)))["Poles"]
    unstable = dln.SystemFamily([UNSTABLE])
    assert "systems[0]" in dict(rows(model_summary(unstable)))["Gramians"]


def test_what_is_not_stable_or_not_explicit_is_described_by_its_parts():
    shown = dict(rows(model_summary(ALGEBRAIC)))
    assert shown["Descriptor matrix"].startswith("singular: index 1, 1 finite and 1 infinite")
    assert shown["Hankel singular values"] == "0.5"
    unstable = dln.LinearSystem(np.diag([1.0, -1.0]), np.ones((2, 1)), np.ones((1, 2)))
    assert "0.5 of the stable part, beside 1 pole" in dict(rows(model_summary(unstable)))["Hankel singular values"]


def test_a_sweep_is_told_source_by_source():
    sweep = dln.reduce_many([STABLE, UNSTABLE, NETWORK], order=1, keep=swept, measure=True, unstable="refuse")
    sources = ["a.mat", "b.mat", "net.npz"]
    first, second, third = (text for _, text in sweep_rows(sweep, sources))
    assert first.startswith("1 of 2 states, H∞ error at most")
    assert "measured" in first
    assert second.startswith("FAILED: ")
    assert "‖X − X_r‖₂ at most 1" in third
    documents = sweep_document(sweep, sources)
    assert [one["source"] for one in documents] == sources
    assert "failure" in documents[1]
    assert documents[2]["error"]["value"] == pytest.approx(1.0)


def test_flows_are_followed_to_the_time_asked_for():
    path = follow_flow(NETWORK, "regularizing", 2.0, lambda _: None)
    assert (path.times[0], path.times[-1]) == (0.0, 2.0)
    with pytest.raises(dln.DlnBalanceError, match="--time"):
        follow_flow(NETWORK, "regularizing", -1.0, lambda _: None)
