"""``dlnbalance orders``, and the picture of ``dlnbalance info``."""

import dlnbalance as dln

from ..models import random_network
from .program import run, run_json


def test_orders_of_a_system(folder):
    document, status = run_json("orders", "motor.npz", "--error", "--plot", "orders.png")
    assert status == 0
    assert document["written"] == ["orders.png"]
    assert (folder / "orders.png").read_bytes().startswith(b"\x89PNG")
    table = dln.order_table(dln.load("motor.npz"), measure=True)
    assert [row["order"] for row in document["rows"]] == list(table.orders)
    assert all(row["error"] <= row["bound"] for row in document["rows"])
    assert document["suggestions"][0]["reason"] == table.suggestions[0].reason


def test_orders_that_are_asked_for_are_printed(folder):
    result = run("orders", "motor.npz", "--order", 2, "--order", 1)
    assert result.exit_code == 0
    rows = [line.split("│")[1].strip() for line in result.stdout.splitlines() if line.startswith("│")]
    assert rows == ["1", "2"]
    assert "σ falls" in result.stdout


def test_orders_refuses_a_network_and_orders_out_of_range(folder, rng):
    dln.save(random_network(rng, (2, 2, 2)), "net.npz")
    assert run("orders", "net.npz").exit_code == 2
    result = run("orders", "motor.npz", "--order", 7)
    assert result.exit_code == 2
    assert "orders[0]" in result.stderr


def test_info_draws_what_an_order_is_chosen_by(folder, rng):
    assert run("info", "motor.npz", "--plot", "motor.svg").exit_code == 0
    assert (folder / "motor.svg").read_bytes().startswith(b"<?xml")
    dln.save(random_network(rng, (2, 2, 2)), "net.npz")
    document, status = run_json("info", "net.npz", "--plot", "net.png")
    assert (status, document["written"]) == (0, ["net.png"])
    assert run("info", "net.npz", "--plot", "net.png").exit_code == 2  # it does not replace files unasked
