"""``--log``: what was chosen, times and residuals; what it must not spoil; how interrupted work ends."""

import logging
import os
import signal
import subprocess
import sys
import time

import pytest

import dlnbalance as dln

from ..models import INTERRUPTIBLE
from .program import run


def test_choice_times_and_results_are_logged_run_after_run(folder):
    assert run("reduce", "motor.npz", "--order", 2, "--log", "run.log").exit_code == 0
    text = (folder / "run.log").read_text(encoding="utf-8")
    for said in ("3 states, dense: Lyapunov()", "reducing took", "H∞ error, measured", "done after"):
        assert said in text
    assert run("reduce", "motor.npz", "--order", 9, "--log", "run.log").exit_code == 2
    more = (folder / "run.log").read_text(encoding="utf-8")
    assert more.startswith(text)
    assert "ERROR dlnbalance: ended after" in more[len(text) :]
    assert "from 0 to 3" in more[len(text) :]


def test_residuals_are_logged_and_a_requirement_that_is_not_met(folder):
    dln.save(dln.examples.convection_diffusion(40), "plate.npz")
    options = ["--order", 1, "--gramians", "low-rank", "--max-error", "1e-9", "--log", "run.txt"]
    assert run("reduce", "plate.npz", *options).exit_code == 1
    text = (folder / "run.txt").read_text(encoding="utf-8")
    assert "factorization 1: residuals" in text
    assert "ended with status 1" in text


def test_a_sweep_logs_its_models(folder):
    assert run("sweep", "motor.npz", "absent.npz", "--order", 1, "-j", 1, "--log", "run.log").exit_code == 1
    text = (folder / "run.log").read_text(encoding="utf-8")
    assert "motor.npz: reduced" in text
    assert "absent.npz: FAILED" in text


@pytest.mark.parametrize(
    ("path", "said"), [("taken.npz", ".log or .txt"), ("log", "no suffix"), ("nowhere/run.log", "nowhere")]
)
def test_files_that_are_no_logs_stay_as_they_are(folder, path, said):
    result = run("info", "motor.npz", "--log", path)
    assert result.exit_code == 2
    assert said in result.stderr
    assert (folder / "taken.npz").read_bytes() == b"precious"


def test_the_logger_is_left_as_it_was(folder, caplog):
    caplog.set_level(logging.WARNING, "dlnbalance")
    log = logging.getLogger("dlnbalance")
    before = list(log.handlers)
    run("info", "motor.npz", "--log", "run.log")
    assert (log.level, list(log.handlers)) == (logging.WARNING, before)
    assert "reading took" in (folder / "run.log").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_an_iteration_that_is_interrupted_ends_with_130_and_writes_nothing(folder):
    dln.save(dln.examples.convection_diffusion(40), "plate.npz")
    code = (
        "import time, dlnbalance.gramians.low_rank as module\n"
        "from dlnbalance.cli.commands import main\n"
        "advance = module.advance\n"
        "module.advance = lambda *arguments: (advance(*arguments), time.sleep(0.5))\n"
        "main()"
    )
    options = ["--order", "3", "--gramians", "low-rank", "-o", "small.npz", "--plot", "small.png", "--log", "run.log"]
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE + code, "reduce", "plate.npz", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while not ((folder / "run.log").exists() and "factorization 1" in (folder / "run.log").read_text("utf-8")):
        assert process.poll() is None
        time.sleep(0.02)
    before = {path.name for path in folder.iterdir()}
    process.send_signal(signal.SIGINT)
    output, complaints = process.communicate()
    assert process.returncode == 130
    assert output == complaints == b""
    assert {path.name for path in folder.iterdir()} == before
    assert not (folder / "small.npz").exists()
    assert "KeyboardInterrupt" in (folder / "run.log").read_text("utf-8")
