"""``dlnbalance reduce``: what is shown, written, required and refused."""

import json
import sys

import numpy as np
import pytest

import dlnbalance as dln

from ..models import random_network
from .program import SYSTEM, UNSTABLE, run, run_json


def test_reduce_shows_what_is_proved_and_what_was_measured(folder):
    result = run("reduce", "motor.npz", "--order", 2)
    assert result.exit_code == 0
    assert result.stderr == ""
    model = dln.reduce(SYSTEM, 2)
    for text in (f"{model.bound:.6g}", f"{model.error().value:.6g}", "2 of 3 states", "stable", "'motor'"):
        assert text in result.stdout


def test_reduce_without_a_request_says_what_it_aimed_at():
    result = run("reduce", "example:heat-rod")
    assert result.exit_code == 0
    assert "rtol 0.001 (the default" in result.stdout
    document, _ = run_json("reduce", "example:heat-rod")
    assert document["requested"] == {"rtol": 1e-3}
    assert document["bound"] <= 1e-3 * document["hankel_singular_values"][0]


def test_reduce_writes_model_report_and_picture(folder):
    targets = ["-o", "small.mat", "--report", "small.html", "--plot", "small.png"]
    document, status = run_json("reduce", "motor.npz", "--order", 1, *targets)
    assert status == 0
    assert document["written"] == ["small.mat", "small.html", "small.png"]
    small = dln.load(folder / "small.mat")
    assert (small.nstates, small.inputs) == (1, SYSTEM.inputs)
    assert (folder / "small.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert (folder / "small.png").read_bytes().startswith(b"\x89PNG")


def test_reduce_document(folder):
    document, status = run_json("reduce", "motor.npz", "--tol", 0.05, "--method", "residualize")
    model = dln.reduce(SYSTEM, tol=0.05, method="residualize")
    assert status == 0
    assert document["order"] == model.order
    assert document["method"] == "residualize"
    assert document["hankel_singular_values"] == pytest.approx(model.hsv, rel=1e-12)
    assert document["error"]["value"] == pytest.approx(model.error().value)
    assert document["requirement_met"] is True
    assert document["certificate"]["relative_gap"] < 1e-12


def test_no_error_skips_the_measurement(folder):
    document, _ = run_json("reduce", "motor.npz", "--order", 1, "--no-error", "--report", "quick.html")
    assert document["error"] is None
    assert "measured" not in run("reduce", "motor.npz", "--order", 1, "--no-error").stdout
    assert "largest difference between" not in (folder / "quick.html").read_text(encoding="utf-8")


def test_the_report_says_what_was_typed(folder):
    run("reduce", "motor.npz", "--order", 1, "--report", "two words.html")
    page = (folder / "two words.html").read_text(encoding="utf-8")
    assert "dlnbalance reduce motor.npz --order 1 --report &#39;two words.html&#39;" in page


def test_max_error_that_is_exceeded_ends_with_1_and_writes_nothing(folder):
    before = sorted(folder.iterdir())
    arguments = ["reduce", "motor.npz", "--order", 1, "--max-error", 1e-6, "-o", "out.npz", "--plot", "out.svg"]
    result = run(*arguments, "--json")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "dlnbalance: the measured error exceeds --max-error 1e-06; nothing was written"
    ]
    document = json.loads(result.stdout)
    assert (document["requirement_met"], document["written"]) == (False, [])
    assert sorted(folder.iterdir()) == before


def test_max_error_that_is_met(folder):
    document, status = run_json("reduce", "motor.npz", "--order", 1, "--max-error", 1, "-o", "out.npz")
    assert (status, document["written"]) == (0, ["out.npz"])


def test_force_replaces_a_file(folder):
    assert run("reduce", "motor.npz", "--order", 1, "-o", "taken.npz", "--force").exit_code == 0
    assert dln.load("taken.npz").nstates == 1


def test_a_peak_at_infinite_frequency_is_null_in_json(folder):
    dln.save(dln.LinearSystem(np.diag([-1.0, -1e3]), np.ones((2, 1)), np.ones((1, 2))), "pair.npz")
    arguments = ["reduce", "pair.npz", "--order", 1, "--method", "residualize"]
    document, _ = run_json(*arguments)
    assert document["error"]["value"] > 0
    assert document["error"]["frequency"] is None
    assert "at infinite frequency" in run(*arguments).stdout


def test_networks_are_reduced_too(folder, rng):
    network = random_network(rng, (6, 7, 5))
    dln.save(network, "net.npz")
    result = run("reduce", "net.npz", "--order", "2", "--output", "small.npz", "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["widths"] == [6, 2, 5]
    assert document["error"]["value"] == pytest.approx(network.singular_values[2], rel=1e-10)
    assert dln.load("small.npz").widths == (6, 2, 5)
    assert "least possible for these widths" in run("reduce", "net.npz", "--rtol", "0.5").stdout
    unmet = run("reduce", "net.npz", "--order", "2", "--max-error", "1e-9", "--output", "none.npz")
    assert unmet.exit_code == 1
    assert not (folder / "none.npz").exists()


@pytest.mark.parametrize(
    "options, said",
    [
        (("--report", "a.html"), "--report: expected a linear model"),
        (("--method", "residualize"), "--method: expected a linear model"),
        (("--output", "a.mat"), ".npz"),
        (("--order", "9"), "from 1 to 2"),
    ],
)
def test_what_says_nothing_about_a_network_is_refused(folder, rng, options, said):
    dln.save(random_network(rng, (3, 4, 2)), "net.npz")
    before = {path.name for path in folder.iterdir()}
    result = run("reduce", "net.npz", *options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert {path.name for path in folder.iterdir()} == before


def test_outputs_are_checked_before_anything_is_computed(folder, monkeypatch):
    def must_not_run(*_, **__):
        raise AssertionError("the model was reduced although its file cannot be written")

    monkeypatch.setattr("dlnbalance.reduction.truncation.reduce", must_not_run)
    assert run("reduce", "motor.npz", "-o", "taken.npz").exit_code == 2
    monkeypatch.setitem(sys.modules, "jinja2", None)
    result = run("reduce", "motor.npz", "--report", "out.html")
    assert result.exit_code == 2
    assert "pip install 'dlnbalance[report]'" in result.stderr


def test_a_reduced_model_that_is_not_stable_is_reported(folder, monkeypatch):
    from dataclasses import replace

    from dlnbalance.reduction.truncation import reduce

    def spoiled(*arguments, **options):
        model = reduce(*arguments, **options)
        return replace(model, linear=UNSTABLE, balanced=model.balanced._replace(reduced=UNSTABLE))

    monkeypatch.setattr("dlnbalance.reduction.truncation.reduce", spoiled)
    document, status = run_json("reduce", "motor.npz", "--order", 1)
    assert (status, document["stable"], document["error"]) == (
        0,
        False,
        {"value": None, "norm": "H∞ error", "place": ""},
    )
    result = run("reduce", "motor.npz", "--order", 1, "--max-error", 1, "--report", "out.html", "--plot", "out.png")
    assert result.exit_code == 1
    assert "NOT STABLE" in result.stdout
    assert "infinite" in result.stdout
