"""Help: kinds and methods, one line each, and every command at every width."""

import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from dlnbalance.cli.commands import app
from dlnbalance.gramians.kinds import kinds
from dlnbalance.reduction.controllers import CRITERIA
from dlnbalance.reduction.projected_model import METHODS

from .program import run, run_process

COMMANDS = [command.name for command in app.registered_commands]


def words(text):
    """Words of a text that are parted at blanks and at hyphens, where help texts may be broken."""
    return re.findall(r"[^\s-]+", text)


def helped(command, width):
    arguments = [command, "--help"] if command else ["--help"]
    return CliRunner().invoke(app, arguments, terminal_width=width).stdout


@pytest.mark.parametrize("command", ["reduce", "sweep"])
def test_kinds_and_methods_are_listed_with_their_descriptions(command):
    said = words(run(command, "--help").stdout)
    for name, description in {**{name: kind.description for name, kind in kinds().items()}, **METHODS}.items():
        wanted = words(f"{name} {description}")
        assert any(said[k : k + len(wanted)] == wanted for k in range(len(said))), name


def test_criteria_are_listed():
    said = words(run("reduce-controller", "--help").stdout)
    assert {*words(" ".join(CRITERIA.values()))} <= {*said}


def test_the_first_help_imports_no_kinds():
    code = (
        "import sys\nfrom dlnbalance.cli.commands import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('numpy', 'dlnbalance.gramians.lyapunov') if m in sys.modules])"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_and_breaks_no_words(command, width):
    wide, narrow = helped(command, 300), helped(command, width)
    assert words(narrow) == words(wide)
    assert max(map(len, narrow.splitlines())) <= width
    assert "..." not in narrow.replace("SOURCE...", "").replace("[ARGS]...", "")


def test_the_width_is_that_of_the_terminal():
    lines = run_process("reduce", "--help", COLUMNS="60").stdout.decode().splitlines()
    assert 50 < max(map(len, lines)) <= 60


def test_exit_codes_are_said():
    said = " ".join(run("--help").stdout.split())
    assert "Exit status: 0 done; 1 a requirement is not met" in said
    assert "130 interrupted" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_usage_names_arguments_plainly(command):
    assert "{" not in run(command, "--help").stdout.partition("\n\n")[0]
