"""``dlnbalance compare``."""

import dlnbalance as dln

from ..models import random_network
from .program import run, run_json


def test_compare_a_system_and_a_network(folder, rng):
    dln.save(random_network(rng, (3, 4, 5, 2)), "net.npz")
    for source in ("motor.npz", "net.npz"):
        document, status = run_json("compare", source)
        assert status == 0
        assert document["rows"]
        assert document["remarks"]
        assert document["title"] in run("compare", source).stdout.replace("\n", " ")
    document, _ = run_json("compare", "net.npz")
    assert ["four ways" in section["title"] for section in document["sections"]] == [True, False]
    assert "balanced four ways" in run("compare", "net.npz").stdout.replace("\n", " ")


def test_compare_realizations(folder):
    words = ("--bits", "10", "--bits", "14", "--draws", "3")
    document, status = run_json("compare", "motor.npz", "--realizations", *words, "--plot", "rounding.svg")
    assert status == 0
    assert document["written"] == ["rounding.svg"]
    assert (folder / "rounding.svg").read_bytes().startswith(b"<?xml")
    rounding = next(section for section in document["sections"] if "Rounding" in section["title"])
    assert [row["bits"] for row in rounding["rows"]] == [10, 10, 10, 14, 14, 14]
    assert all(row["unstable"].endswith("of 3") for row in rounding["rows"])
    small, _ = run_json("compare", "motor.npz", "--realizations", "--order", "2", *words)
    assert [row["states"] for row in small["rows"]] == [2, 2, 2]
    text = run("compare", "motor.npz", "--realizations", *words).stdout.replace("\n", " ")
    assert "norm-balanced" in text
    assert "Truncation" in text
