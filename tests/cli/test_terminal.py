"""Streams, signals and errors of the operating system."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

import dlnbalance as dln

from ..models import INTERRUPTIBLE
from .program import run, run_process


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


def seen_on_a_terminal(*arguments):
    """What a command shows on standard error when that is a terminal, and the process."""
    pty = pytest.importorskip("pty")
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "dlnbalance", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=end,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "60"},
    )
    os.close(end)
    shown = b""
    while True:
        try:
            part = os.read(terminal, 10_000)
        except OSError:  # what Linux says when the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(terminal)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode()), process.communicate()[0]


def test_progress_is_shown_on_a_terminal_only(folder):
    assert run("info", "motor.npz").stderr == ""
    shown, output = seen_on_a_terminal("info", "motor.npz", "--json")
    assert "reading" in shown
    assert json.loads(output)["states"] == 3


def test_residuals_stand_beside_the_bar_on_one_line(folder):
    dln.save(dln.examples.convection_diffusion(70), "plate.npz")
    shown, _ = seen_on_a_terminal("reduce", "plate.npz", "--order", 3, "--gramians", "low-rank", "--json")
    lines = [line for line in re.split(r"[\r\n]+", shown) if "residuals" in line]
    assert any(re.search(r"reducing [━╸╺ ]+ residuals \d\.\de-\d\d, \d\.\de-\d\d", line) for line in lines)
    assert max(map(len, lines)) <= 60


def test_a_sweep_counts_what_is_done_and_what_failed(folder):
    shown, _ = seen_on_a_terminal("sweep", "motor.npz", "corrupt.npz", "--order", 1, "-j", 1, "--json")
    assert "1 done, 1 failed" in shown


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize(
    "arguments",
    [
        ["reduce", "example:random", "--order", 5],
        ["reduce-controller", "motor.npz", "motor.npz", "--order", 1],
        ["sweep", "motor.npz", "unstable.npz", "-j", 1, "--unstable", "refuse"],
        ["balance", "example:random"],
        ["compare", "net.npz"],
        ["advise", "motor.npz", "--order", 1],
        ["info", "example:beam", "--units", "hz"],
        ["flow", "net.npz", "-t", 0.5],
        ["examples"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_screens_fit_and_break_no_words(folder, rng, monkeypatch, arguments, width):
    dln.save(dln.DeepLinearNetwork([rng.standard_normal((4, 3)), rng.standard_normal((2, 4))]), "net.npz")

    def words(columns):
        monkeypatch.setenv("COLUMNS", str(columns))
        shown = run(*arguments).stdout
        assert max(map(len, shown.splitlines())) <= columns
        return {*re.findall(r"[^\s┏┓┗┛┃│┡┩┳╇━┴─└┘]+", shown)}

    assert words(width) == words(400)
