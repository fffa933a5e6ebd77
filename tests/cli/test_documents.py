"""The published schema: it is one, every document obeys it, and it describes every key."""

import json

import pytest
from jsonschema import Draft202012Validator, ValidationError

import dlnbalance as dln
from dlnbalance.cli.documents import VERSION, heading, schema

from ..models import random_network
from .program import SCHEMA, run, run_json

CASES = {
    "reduce": ["reduce", "motor.npz", "--order", 2],
    "reduce unstable": ["reduce", "mixed.npz", "--order", 2],
    "reduce residualize": ["reduce", "example:random", "--tol", 1, "--method", "residualize"],
    "reduce hankel": ["reduce", "example:random", "--order", 4, "--method", "hankel"],
    "reduce irka": ["reduce", "example:random", "--order", 4, "--method", "irka"],
    "reduce low-rank": ["reduce", "example:convection-diffusion", "--order", 3, "--gramians", "low-rank"],
    "reduce coprime": ["reduce", "mixed.npz", "--order", 2, "--gramians", "coprime"],
    "reduce network": ["reduce", "net.npz", "--order", 2],
    "reduce periodic": ["reduce", "periodic.npz", "--order", 1],
    "reduce-controller": ["reduce-controller", "motor.npz", "gain.npz", "--order", 1],
    "sweep": ["sweep", "motor.npz", "net.npz", "--order", 2, "-j", 1],
    "balance": ["balance", "motor.npz"],
    "balance network": ["balance", "net.npz"],
    "balance periodic": ["balance", "periodic.npz"],
    "compare": ["compare", "motor.npz", "--order", 1],
    "compare realizations": ["compare", "motor.npz", "--realizations", "--draws", 2],
    "compare network": ["compare", "net.npz"],
    "advise": ["advise", "motor.npz", "--order", 1],
    "info": ["info", "motor.npz"],
    "info unstable": ["info", "unstable.npz"],
    "info network": ["info", "net.npz"],
    "info periodic": ["info", "periodic.npz"],
    "flow": ["flow", "net.npz", "-t", 0.5],
    "flow of a model": ["flow", "motor.npz", "-t", 0.5],
    "flow to the end": ["flow", "motor.npz", "-t", "inf"],
    "examples": ["examples"],
}


@pytest.fixture
def models(folder, rng):
    dln.save(random_network(rng, (3, 4, 5, 2)), "net.npz")
    dln.save(dln.LinearSystem([[1.0, 0, 0], [0, -2, 0], [0, 0, -30]], [[1]] * 3, [[1, 1, 1]]), "mixed.npz")
    dln.save(dln.LinearSystem([[-1.0, 0], [0, -9]], [[1], [1]], [[1, 1]]), "gain.npz")
    dln.save(dln.PeriodicSystem([[[0.5]], [[0.8]]], [[[1.0]], [[0.5]]], [[[0.3]], [[1.0]]], dt=0.1), "periodic.npz")
    return folder


def test_it_is_a_schema_and_the_command_prints_it():
    Draft202012Validator.check_schema(json.loads(schema()))
    assert run("schema").stdout == schema()
    assert json.loads(schema())["$id"].endswith(f":{VERSION}")


def described(name, part):
    """All keys that a part of the schema describes, with those of the parts it refers to."""
    definitions = json.loads(schema())["$defs"]
    keys = set(part.get("properties", {}))
    for inner in part.get("allOf", []):
        keys |= described(name, definitions[inner["$ref"].rpartition("/")[2]])
    return keys


@pytest.mark.parametrize("case", CASES)
def test_every_document_obeys_it_and_has_no_key_that_it_does_not_describe(models, case):
    document, _ = run_json(*CASES[case])
    command = CASES[case][0]
    assert document["schema"] == heading(command)["schema"]
    assert not set(document) - described(command, json.loads(schema())["$defs"][command])
    if command == "sweep":
        reduced = described("reduced", json.loads(schema())["$defs"]["reduced"]) | {"source", "failure"}
        assert not {key for result in document["results"] for key in result} - reduced


def test_what_is_wrong_is_noticed(models):
    document, _ = run_json("reduce", "motor.npz", "--order", 2)
    for key, value in (
        ("order", -1),
        ("order", "2"),
        ("schema", "dlnbalance.magic/1"),
        ("requested", {}),
        ("written", 1),
    ):
        with pytest.raises(ValidationError):
            SCHEMA.validate(document | {key: value})
    for key in ("schema", "source", "bound", "error", "frequency_unit"):
        with pytest.raises(ValidationError):
            SCHEMA.validate({name: value for name, value in document.items() if name != key})
