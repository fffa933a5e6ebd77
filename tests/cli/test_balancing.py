"""``dlnbalance balance`` and ``flow``, of models and of networks."""

import numpy as np
import pytest

import dlnbalance as dln

from ..models import random_network
from .program import SYSTEM, run, run_json


@pytest.mark.parametrize("form", ["balanced", "input-normal", "output-normal"])
def test_balance_a_system(folder, form):
    document, status = run_json("balance", "motor.npz", "--form", form, "-o", "out.npz")
    assert (status, document["form"], document["written"]) == (0, form, ["out.npz"])
    assert document["hankel_singular_values"] == pytest.approx(dln.hankel_singular_values(SYSTEM), rel=1e-9)
    assert dln.load("out.npz").nstates == 3
    assert form in run("balance", "motor.npz", "--form", form).stdout


def test_balance_a_network(folder, rng):
    network = random_network(rng, (3, 4, 5, 2))
    dln.save(network, "net.npz")
    document, status = run_json("balance", "net.npz", "-o", "center.npz")
    assert status == 0
    assert document["balancing_gap"]["before"] > document["balancing_gap"]["after"]
    center = dln.load("center.npz")
    assert center.widths == network.widths
    assert np.allclose(center.end_to_end, network.end_to_end)
    assert "least possible" in " ".join(run("balance", "net.npz").stdout.split())


@pytest.mark.parametrize("options, said", [(("--form", "balanced"), "--form"), (("-o", "net.mat"), ".npz")])
def test_balancing_a_network_refuses_what_belongs_to_models(folder, rng, options, said):
    dln.save(random_network(rng, (3, 4, 2)), "net.npz")
    result = run("balance", "net.npz", *options)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize("kind", ["regularizing", "kirwan-ness", "helmke-moore"])
def test_flow_of_a_network_is_written_and_drawn(folder, kind):
    source = dln.save(dln.DeepLinearNetwork([np.diag([3.0, 1.0]), np.diag([1.0, 0.5])]), folder / "weights.npz")
    document, _ = run_json("flow", str(source), "--kind", kind, "-t", "3", "-o", "after.npz", "--plot", "path.png")
    assert document["kind"] == kind
    assert document["moment_norms"][-1] < document["moment_norms"][0]
    assert max(document["drifts"]) < 1e-12
    after = dln.load(folder / "after.npz")
    assert after.balancing_gap() < dln.load(source).balancing_gap()
    assert (folder / "path.png").read_bytes().startswith(b"\x89PNG")


def test_flow_to_infinity_of_a_model_balances_its_norm(folder):
    document, _ = run_json("flow", "motor.npz", "-t", "inf")
    assert document["moment_norms"][-1] < 1e-9 * document["moment_norms"][0] + 1e-12


@pytest.mark.parametrize(
    "options", [["-t", "-1"], ["-t", "nan"], ["--kind", "downhill"], ["--kind", "kirwan-ness", "-t", "inf"]]
)
def test_flow_refuses_what_makes_no_sense(folder, options):
    result = run("flow", "motor.npz", *options)
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1
