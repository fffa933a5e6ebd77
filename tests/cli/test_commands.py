"""The command line as a whole: start, help, and bad input of every command."""

import subprocess
import sys

import numpy as np
import pytest
import scipy.io
import scipy.sparse as sp

from .program import run, run_process


def test_importing_the_command_line_imports_nothing_heavy():
    code = (
        "import sys, dlnbalance.cli.commands\n"
        "print([m for m in ('numpy', 'scipy', 'scipy.linalg', 'control', 'matplotlib', 'jinja2') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_names_all_commands(arguments):
    result = run(*arguments)
    assert result.exit_code == 0
    assert all(command in result.stdout for command in ("reduce", "sweep", "balance", "compare", "info", "examples"))


@pytest.mark.parametrize("command", ["reduce", "sweep", "balance", "compare", "info", "examples"])
def test_every_command_has_help(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "--json" in result.stdout


def test_version():
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("dlnbalance ")


BAD = {
    "missing file": (["reduce", "absent.mat"], "absent.mat"),
    "folder": (["reduce", "folder.npz"], "folder"),
    "working directory": (["info", "."], "suffix"),
    "corrupted npz": (["reduce", "corrupt.npz"], "corrupt.npz"),
    "corrupted mat": (["info", "corrupt.mat"], "corrupt.mat"),
    "unknown example": (["reduce", "example:nothing"], "heat-rod"),
    "unknown suffix of the source": (["compare", "model.xyz"], ".mat"),
    "negative order": (["reduce", "motor.npz", "--order", "-2"], "from 0 to 3"),
    "order too large": (["reduce", "motor.npz", "--order", "99"], "from 0 to 3"),
    "order of a comparison": (["compare", "motor.npz", "--order", "99"], "from 0 to 3"),
    "bits of a comparison": (["compare", "motor.npz", "--realizations", "--bits", "1"], "from 2 to 52"),
    "bits without realizations": (["compare", "motor.npz", "--bits", "8"], "--realizations"),
    "draws of a comparison": (["compare", "motor.npz", "--realizations", "--draws", "0"], "draws"),
    "tolerance too small": (["reduce", "example:heat-rod", "--tol", "1e-300"], "at least"),
    "negative tolerance": (["reduce", "motor.npz", "--tol", "-1"], "--tol"),
    "zero tolerance": (["reduce", "motor.npz", "--rtol", "0"], "--rtol"),
    "NaN": (["reduce", "motor.npz", "--rtol", "nan"], "--rtol"),
    "unstable": (["reduce", "unstable.npz", "--unstable", "refuse"], "dlnbalance.split"),
    "balancing the unstable": (["balance", "unstable.npz"], "dlnbalance.split"),
    "order below what is kept": (["reduce", "unstable.npz", "--order", "0"], "that are kept"),
    "no pole to keep": (["reduce", "motor.npz", "--keep", "7"], "keep[0]"),
    "no state to keep": (["reduce", "motor.npz", "--keep", "speed"], "keep[0]"),
    "negative offset": (["reduce", "motor.npz", "--offset", "-1"], "offset"),
    "order and tolerance": (["reduce", "absent.mat", "--order", "1", "--tol", "1"], "--order and --tol"),
    "all three": (["reduce", "absent.mat", "--order", "1", "--tol", "1", "--rtol", "1"], "only one"),
    "existing output": (["reduce", "motor.npz", "-o", "taken.npz"], "--force"),
    "existing Matrix Market set": (["reduce", "motor.npz", "-o", "set.mtx"], "--force"),
    "existing output of balance": (["balance", "motor.npz", "-o", "taken.npz"], "--force"),
    "unknown suffix": (["reduce", "absent.npz", "-o", "out.xyz"], ".mat or .npz or .mtx"),
    "no suffix": (["reduce", "absent.npz", "-o", "out"], "no suffix"),
    "unknown picture": (["reduce", "absent.npz", "--plot", "out.jpg"], ".png"),
    "report that is no page": (["reduce", "absent.npz", "--report", "out.pdf"], ".html"),
    "folder that does not exist": (["reduce", "absent.npz", "-o", "nowhere/out.npz"], "nowhere"),
    "output that is a folder": (["reduce", "absent.npz", "-o", "folder.npz", "--force"], "folder"),
    "two outputs in one file": (["reduce", "a.npz", "-o", "x.npz", "--report", "./x.npz"], "different files"),
    "text for an order": (["reduce", "motor.npz", "--order", "few"], "--order"),
    "fraction for an order": (["reduce", "motor.npz", "--order", "1.5"], "--order"),
    "text for a tolerance": (["reduce", "motor.npz", "--tol", "small"], "--tol"),
    "unknown method": (["reduce", "motor.npz", "--method", "magic"], "residualize"),
    "unknown form": (["balance", "motor.npz", "--form", "magic"], "input-normal"),
    "unknown option": (["reduce", "motor.npz", "--magic"], "--magic"),
    "unknown command": (["redcue", "motor.npz"], "redcue"),
    "no source": (["reduce"], "SOURCE"),
    "two sources": (["reduce", "motor.npz", "motor.npz"], "reduce --help"),
    "negative requirement": (["reduce", "motor.npz", "--max-error", "-1"], "--max-error"),
    "requirement that is not measured": (["reduce", "motor.npz", "--max-error", "1", "--no-error"], "--no-error"),
    "control characters": (["info", "a\x1b[31m\nb.mat"], "\\x1b"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_that_says_what_to_do(folder, case):
    arguments, said = BAD[case]
    before = {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert line.startswith("dlnbalance: error: ")
    assert said in line
    assert {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")} == before


@pytest.mark.parametrize("place", [176, 200, 224, 304, 384])
def test_a_file_that_ends_the_process_in_other_readers(folder, place):
    """Parts of matrices with a type that is none: SciPy's reader looks it up behind the end of a table."""
    diagonal = sp.csc_array(np.diag([-1.0, -2.0, -3.0]))
    scipy.io.savemat("m.mat", {"A": diagonal, "B": np.ones((3, 1)), "C": np.ones((1, 3))})
    content = bytearray((folder / "m.mat").read_bytes())
    assert content[place] in (5, 9)
    content[place] = 255
    (folder / "m.mat").write_bytes(content)
    process = run_process("info", "m.mat")
    assert process.returncode == 2
    assert process.stdout == b""
    [line] = process.stderr.decode().splitlines()
    assert line.startswith("dlnbalance: error: m.mat: ")


@pytest.mark.parametrize(
    "command", [["reduce", "--order", "1"], ["balance"], ["compare"], ["info"], ["flow", "--time", "0.1"]]
)
def test_every_command_that_reads_a_model_can_leave_E_out(folder, command):
    np.savez("disturbed.npz", A=[[-1.0, 0.5], [0, -2.0]], B=np.ones((2, 1)), C=np.ones((1, 2)), E=np.ones((2, 7)))
    refusal = run(command[0], "disturbed.npz", *command[1:])
    assert refusal.exit_code == 2
    assert "--ignore-E" in refusal.stderr
    assert run(command[0], "disturbed.npz", *command[1:], "--ignore-E").exit_code == 0
