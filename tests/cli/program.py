"""The program, run in this process or in one of its own."""

import json
import os
import subprocess
import sys

import numpy as np
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

import dlnbalance as dln
from dlnbalance.cli.commands import app
from dlnbalance.cli.documents import schema

SYSTEM = dln.LinearSystem(
    np.diag([-1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)), inputs=["volt[age]"], name="motor"
)


SCHEMA = Draft202012Validator(json.loads(schema()))


UNSTABLE = dln.LinearSystem([[1.0]], [[1.0]], [[1.0]])


def run(*arguments):
    """Run the program in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def run_json(*arguments):
    """Run a command with --json; its output must be one strict JSON document, of the published schema."""
    result = run(*arguments, "--json")
    assert result.stderr == ""

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    document = json.loads(result.stdout, parse_constant=refuse)
    SCHEMA.validate(document)
    return document, result.exit_code


def run_process(*arguments, **environment):
    """Run the program as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "dlnbalance", *map(str, arguments)],
        capture_output=True,
        check=False,
        env=os.environ | environment,
    )
