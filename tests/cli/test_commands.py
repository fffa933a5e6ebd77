"""The command line: what it prints, what it writes, its exit status, and that it never shows a traceback."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import scipy.io
import scipy.sparse as sp
from typer.testing import CliRunner

import dlnbalance as dln
from dlnbalance.cli.commands import app

from ..models import INTERRUPTIBLE, random_network

SYSTEM = dln.LinearSystem(
    np.diag([-1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)), inputs=["volt[age]"], name="motor"
)
UNSTABLE = dln.LinearSystem([[1.0]], [[1.0]], [[1.0]])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Working directory with a few files, good and bad."""
    monkeypatch.chdir(tmp_path)
    dln.save(SYSTEM, "motor.npz")
    dln.save(UNSTABLE, "unstable.npz")
    (tmp_path / "corrupt.npz").write_bytes((tmp_path / "motor.npz").read_bytes()[:200])
    (tmp_path / "corrupt.mat").write_bytes(b"MATLAB 5.0 nonsense")
    (tmp_path / "taken.npz").write_bytes(b"precious")
    (tmp_path / "set.A.mtx").write_text("precious")
    (tmp_path / "folder.npz").mkdir()
    return tmp_path


def run(*arguments):
    """Run the program in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def run_json(*arguments):
    """Run a command with --json; its output must be one strict JSON document."""
    result = run(*arguments, "--json")
    assert result.stderr == ""

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(result.stdout, parse_constant=refuse), result.exit_code


def run_process(*arguments, **environment):
    """Run the program as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "dlnbalance", *map(str, arguments)],
        capture_output=True,
        check=False,
        env=os.environ | environment,
    )


# -- start ----------------------------------------------------------------------------------------------------------


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


# -- commands -------------------------------------------------------------------------------------------------------


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
    assert "largest difference" not in (folder / "quick.html").read_text(encoding="utf-8")


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
    assert "least possible" in run("balance", "net.npz").stdout.replace("\n", " ")


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
    monkeypatch.setattr("dlnbalance.report.summaries._DENSE_LIMIT", 2)
    assert "poles" not in run_json("info", "motor.npz")[0]
    assert "not computed for more than 2 states" in run("info", "motor.npz").stdout


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


def test_a_peak_at_infinite_frequency_is_null_in_json(folder):
    dln.save(dln.LinearSystem(np.diag([-1.0, -1e3]), np.ones((2, 1)), np.ones((1, 2))), "pair.npz")
    arguments = ["reduce", "pair.npz", "--order", 1, "--method", "residualize"]
    document, _ = run_json(*arguments)
    assert document["error"]["value"] > 0
    assert document["error"]["frequency"] is None
    assert "approached at high frequencies" in run(*arguments).stdout


# -- refusals -------------------------------------------------------------------------------------------------------

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
    "unstable": (["reduce", "unstable.npz"], "stabilize"),
    "balancing the unstable": (["balance", "unstable.npz"], "stabilize"),
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


def test_networks_are_reduced_too(folder, rng):
    network = random_network(rng, (6, 7, 5))
    dln.save(network, "net.npz")
    result = run("reduce", "net.npz", "--order", "2", "--output", "small.npz", "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["widths"] == [6, 2, 5]
    assert document["error"] == pytest.approx(network.singular_values[2], rel=1e-10)
    assert dln.load("small.npz").widths == (6, 2, 5)
    assert "least possible for these widths" in run("reduce", "net.npz", "--rtol", "0.5").stdout
    unmet = run("reduce", "net.npz", "--order", "2", "--max-error", "1e-9", "--output", "none.npz")
    assert unmet.exit_code == 1
    assert not (folder / "none.npz").exists()


@pytest.mark.parametrize("options, said", [(("--form", "balanced"), "--form"), (("-o", "net.mat"), ".npz")])
def test_balancing_a_network_refuses_what_belongs_to_models(folder, rng, options, said):
    dln.save(random_network(rng, (3, 4, 2)), "net.npz")
    result = run("balance", "net.npz", *options)
    assert result.exit_code == 2
    assert said in result.stderr


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


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_is_read_only(folder):
    (folder / "locked").mkdir(mode=0o500)
    result = run("reduce", "motor.npz", "-o", "locked/out.npz")
    assert result.exit_code == 2
    assert "can be written to" in result.stderr


@pytest.mark.parametrize(
    "error, said",
    [
        (PermissionError(13, "Permission denied", "x.npz"), "x.npz: Permission denied"),
        (OSError("odd"), "OSError"),
        (MemoryError(), "memory"),
        (KeyboardInterrupt(), None),
    ],
)
def test_what_the_operating_system_refuses(folder, monkeypatch, error, said):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("dlnbalance.files.models.load", fail)
    result = run("info", "motor.npz")
    assert "Traceback" not in result.stderr
    if said is None:
        assert result.exit_code == 130
    else:
        assert result.exit_code == 2
        assert said in result.stderr


def test_a_reduced_model_that_is_not_stable_is_reported(folder, monkeypatch):
    from dataclasses import replace

    from dlnbalance.reduction.truncation import reduce

    def spoiled(*arguments, **options):
        model = reduce(*arguments, **options)
        return replace(model, _reduced=UNSTABLE)

    monkeypatch.setattr("dlnbalance.reduction.truncation.reduce", spoiled)
    document, status = run_json("reduce", "motor.npz", "--order", 1)
    assert (status, document["stable"], document["error"]) == (
        0,
        False,
        {"value": None, "frequency": None, "rounding": 0.0},
    )
    result = run("reduce", "motor.npz", "--order", 1, "--max-error", 1, "--report", "out.html", "--plot", "out.png")
    assert result.exit_code == 1
    assert "NOT STABLE" in result.stdout
    assert "infinite" in result.stdout


# -- as a process ---------------------------------------------------------------------------------------------------


def test_output_that_cannot_show_all_characters(folder):
    result = run_process("reduce", "motor.npz", "--order", 1, PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert result.stderr == b""
    text = result.stdout.decode("ascii")
    assert "Hinf error" in text
    assert "||W||^2" in text
    assert "?" not in text
    assert run_process("compare", "motor.npz", PYTHONIOENCODING="latin-1").returncode == 0
    refused = run_process("info", "Σ∞ж.npz", PYTHONIOENCODING="ascii")
    assert refused.returncode == 2
    assert b"Sigmainf?.npz" in refused.stderr


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="needs pipes that end programs")
@pytest.mark.parametrize("arguments", [["--help"], ["examples"], ["reduce", "motor.npz", "--json"]])
def test_a_reader_that_goes_away(folder, arguments):
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [sys.executable, "-m", "dlnbalance", *arguments], stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert process.returncode == -signal.SIGPIPE
    assert process.stderr == b""


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_interruption(folder):
    code = (
        "import time, dlnbalance.files.models\n"
        "from dlnbalance.cli.commands import main\n"
        "dlnbalance.files.models.load = lambda path, **options: (print('started', flush=True), time.sleep(60))\n"
        "main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE + code, "info", "motor.npz"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"started\n"
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in complaints


def test_progress_is_shown_on_a_terminal_only(folder, monkeypatch):
    assert run("info", "motor.npz").stderr == ""
    pty = pytest.importorskip("pty")
    terminal, end = pty.openpty()
    process = subprocess.run(
        [sys.executable, "-m", "dlnbalance", "info", "motor.npz", "--json"],
        stdout=subprocess.PIPE,
        stderr=end,
        env=os.environ | {"TERM": "xterm"},
        check=True,
    )
    os.close(end)
    shown = os.read(terminal, 10_000)
    os.close(terminal)
    assert b"reading" in shown
    assert json.loads(process.stdout)["states"] == 3


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


# -- sweeps ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_sweep_reports_failures_and_writes_the_others(folder, jobs, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (folder / "small").mkdir()
    sources = ["motor.npz", "unstable.npz", "example:heat-rod", "missing.mat"]
    result = run("sweep", *sources, "--order", 2, "-j", jobs, "--output-dir", "small")
    assert result.exit_code == 1
    assert result.stderr == "dlnbalance: 2 of 4 models could not be reduced\n"
    assert f"at most {dln.reduce(SYSTEM, 2).bound:.4g}, measured" in result.stdout
    assert result.stdout.count("FAILED") == 2
    assert sorted(path.name for path in (folder / "small").iterdir()) == ["heat-rod.npz", "motor.npz", "sweep.jsonl"]
    assert dln.load("small/motor.npz").name == "motor"
    assert dln.load("small/motor.npz").nstates == 2


def test_sweep_as_json(folder):
    document, status = run_json("sweep", "motor.npz", "example:heat-rod", "-j", "1", "--no-error")
    assert status == 0
    assert document["requested"] == {"rtol": 1e-3}
    assert document["written"] == []
    first, second = document["results"]
    assert (first["source"], second["source"]) == ("motor.npz", "example:heat-rod")
    assert first["error"] is None
    assert first["bound"] <= 1e-3 * first["hankel_singular_values"][0]
    result = run("sweep", "unstable.npz", "motor.npz", "--json")
    assert result.exit_code == 1
    results = json.loads(result.stdout)["results"]
    assert "the worst at 1" in results[0]["failure"]
    assert results[1]["order"] >= 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["motor.npz", "--order", "1", "--tol", "1"],
        ["motor.npz", "--jobs", "0"],
        ["motor.npz", "example:nothing"],
        ["motor.npz", "--output-dir", "nowhere"],
        ["motor.npz", "--output-dir", "."],
        ["motor.npz", "elsewhere/motor.npz", "--output-dir", "."],
        ["motor.npz", "--resume"],
        ["motor.npz", "--resume", "--output-dir", "."],
    ],
)
def test_sweep_refuses_bad_input_before_any_work(folder, arguments):
    result = run("sweep", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1


def test_sweep_keeps_what_was_finished_when_its_workers_die_or_it_is_interrupted(folder, monkeypatch):
    from dlnbalance.sweeps import sweep as sweeps

    whole = sweeps.reduce_many

    def stopped_by(make):
        def reduce_some(systems, *arguments, **options):
            sweep = whole(systems[:1], **options)
            raise make(sweep)

        return reduce_some

    def dead(sweep):
        error = dln.errors.ExecutorError("executor", "a living one", "BrokenProcessPool", "")
        error.sweep = sweep
        return error

    (folder / "small").mkdir()
    for make, status in ((dead, 1), (sweeps.SweepInterrupted, 130)):
        monkeypatch.setattr(sweeps, "reduce_many", stopped_by(make))
        result = run("sweep", "motor.npz", "unstable.npz", "-j", "1", "--output-dir", "small", "--force")
        assert result.exit_code == status
        assert "not finished" in result.stdout
        assert "1 of 2" in result.stderr
        assert (folder / "small" / "motor.npz").exists()
        (folder / "small" / "motor.npz").unlink()
