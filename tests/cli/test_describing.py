"""``dlnbalance info`` and ``examples``."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.linalg import compiled

from ..models import mass_chain, random_network
from .program import run, run_json


def test_versions_and_whether_the_recursions_are_compiled():
    result = run("info", "--versions")
    assert result.exit_code == 0
    assert np.__version__ in result.stdout
    assert compiled.in_words() in result.stdout


def test_info_on_a_system(folder):
    document, status = run_json("info", "motor.npz")
    assert status == 0
    assert (document["states"], document["inputs"], document["dt"]) == (3, ["volt[age]"], 0)
    assert document["stable"] is True
    assert document["poles"]["fastest"] == {"real": pytest.approx(-30), "imag": 0}
    assert document["hinf_norm"]["value"] == pytest.approx(1 + 0.5 + 1 / 30)
    assert "volt[age]" in run("info", "motor.npz").stdout  # not taken for markup


def test_info_on_a_resonant_discrete_system(folder):
    pole = 0.9 * np.exp(0.5j)
    A = [[pole.real, pole.imag, 0], [-pole.imag, pole.real, 0], [0, 0, 0]]  # and one pole at z = 0
    dln.save(dln.LinearSystem(A, np.ones((3, 1)), np.ones((1, 3)), dt=True), "digital.npz")
    document, _ = run_json("info", "digital.npz")
    assert document["dt"] is True
    assert document["poles"]["fastest"] == {"real": 0, "imag": 0}
    assert document["poles"]["least_damped"]["real"] == pytest.approx(pole.real)
    assert "rad/sample" in run("info", "digital.npz").stdout


def test_info_says_why_a_model_has_no_gramians(folder):
    document, status = run_json("info", "unstable.npz")
    assert (status, document["stable"]) == (0, False)
    assert "NOT STABLE" in run("info", "unstable.npz").stdout
    dln.save(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], dt=None), "timeless.npz")
    document, status = run_json("info", "timeless.npz")
    assert (status, document["states"], document["dt"]) == (0, 1, None)
    assert "not computed" in run("info", "timeless.npz").stdout


def test_info_on_a_large_model_says_what_it_leaves_out(folder, monkeypatch):
    monkeypatch.setattr("dlnbalance.report.summaries._NORM_LIMIT", 2)
    assert "hinf_norm" not in run_json("info", "motor.npz")[0]
    assert "dlnbalance.hinf_norm(dlnbalance.load(SOURCE)) computes it" in " ".join(
        run("info", "motor.npz").stdout.split()
    )
    monkeypatch.setattr("dlnbalance.report.summaries._SECONDS", 100)
    document = run_json("info", "motor.npz")[0]
    assert "poles" not in document
    assert document["left_out"] == ["poles", "stable", "hankel_singular_values", "hinf_norm"]
    said = " ".join(run("info", "motor.npz").stdout.split())
    assert "3 states take about 8e+02 operations" in said
    assert "dlnbalance balance SOURCE computes them" in said


def test_info_on_a_sparse_model_takes_the_sparse_way_or_says_that_it_does_not(folder, monkeypatch):
    dln.save(dln.examples.convection_diffusion(40), "plate.npz")
    document, status = run_json("info", "plate.npz")
    assert (status, document["stable"]) == (0, True)
    assert document["hankel_singular_values"][0] > 0
    dln.save(mass_chain(400, damping=0.003), "chain.npz")
    assert "hankel_singular_values" not in run_json("info", "chain.npz")[0]
    assert "factorizations, which foresees" in " ".join(run("info", "chain.npz").stdout.split())
    monkeypatch.setattr("dlnbalance.report.summaries._TRIAL_LIMIT", 1000)
    assert "1600 states take more than seconds" in " ".join(run("info", "plate.npz").stdout.split())


def test_info_on_a_static_gain(folder):
    dln.save(dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[2.0]]), "gain.npz")
    document, status = run_json("info", "gain.npz")
    assert (status, document["states"]) == (0, 0)


def test_info_on_a_network(folder, rng):
    network = random_network(rng, (3, 4, 2))
    dln.save(network, "net.npz")
    document, status = run_json("info", "net.npz")
    assert status == 0
    assert (document["depth"], document["widths"], document["rank"]) == (2, [3, 4, 2], 2)
    assert document["balancing_gap"] == pytest.approx(network.balancing_gap())
    assert "widths 3 → 4 → 2" in run("info", "net.npz").stdout


def test_examples():
    document, status = run_json("examples")
    assert status == 0
    assert [example["name"] for example in document["examples"]] == list(dln.examples.names())
    assert all(name in run("examples").stdout for name in dln.examples.names())
