"""Streams, signals and errors of the operating system."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

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
