"""What the Tab key offers, also in a real shell."""

import os
import shutil
import subprocess
import sys

import pytest

from dlnbalance.cli.completing import complete_gramians, complete_source, files_of
from dlnbalance.gramians.kinds import kinds

from .program import run


def values(offers):
    return [value for value, _ in offers]


def test_sources_are_examples_and_files_that_can_be_read(folder):
    (folder / "notes.txt").write_text("")
    (folder / "models").mkdir()
    (folder / "models" / "a.mat").write_text("")
    assert values(complete_source("example:he")) == ["example:heat-rod"]
    assert values(complete_source("mo")) == ["models/", "motor.npz"]
    assert {"motor.npz", "set.A.mtx", "example:beam", "models/"} <= {*values(complete_source(""))}
    assert "notes.txt" not in values(complete_source(""))
    assert values(complete_source("models")) == ["models/", "models/a.mat"]  # no blank behind a folder
    assert values(complete_source("models/")) == ["models/a.mat"]
    assert complete_source("nowhere/x") == []


def test_hidden_files_come_when_asked_for(folder):
    (folder / ".secret.npz").write_text("")
    assert ".secret.npz" not in values(complete_source(""))
    assert values(complete_source(".s")) == [".secret.npz"]


def test_files_of_other_suffixes(folder):
    (folder / "old.PNG").write_text("")
    assert values(files_of(".png", ".svg")("o")) == ["old.PNG"]


def test_kinds_of_gramians_and_their_settings():
    assert complete_gramians("low") == [("low-rank", kinds()["low-rank"].description)]
    assert values(complete_gramians("")) == list(kinds())
    assert values(complete_gramians("low-rank:to")) == ["low-rank:tol="]
    assert values(complete_gramians("low-rank:tol=1e-8,max_r")) == ["low-rank:tol=1e-8,max_rank="]
    assert complete_gramians("nothing:") == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("dlnbalance reduce-", ["reduce-controller"]),
        ("dlnbalance info example:he", ["heat-rod"]),
        ("dlnbalance info motor", ["motor.npz"]),
        ("dlnbalance reduce motor.npz --gramians low", ["low-rank"]),
        ("dlnbalance reduce motor.npz --gramians low-rank:to", ["tol="]),
        ("dlnbalance reduce motor.npz --gramians=low-rank:tol=1e-8,max_r", ["1e-8,max_rank="]),
        ("dlnbalance reduce motor.npz --method=re", ["residualize"]),
        ("dlnbalance reduce motor.npz --method ir", ["irka"]),
        ("dlnbalance reduce motor.npz --units h", ["hz"]),
        ("dlnbalance balance motor.npz --form ", ["balanced", "input-normal", "output-normal"]),
        ("dlnbalance reduce motor.npz -o tak", ["taken.npz"]),
    ],
)
def test_bash(folder, line, offered):
    """Words as bash cuts them, at blanks and at : and =; what it gets are completions of the last part."""
    words = line.replace(":", "\n:\n").replace("=", "\n=\n").replace(" ", "\n").split("\n")
    environment = {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    process = subprocess.run(
        [sys.executable, "-c", "from dlnbalance.cli.commands import main; main()"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment | {"_DLNBALANCE_COMPLETE": "complete_bash"},
    )
    assert process.stderr == ""
    assert process.stdout.split() == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_of_the_shells(monkeypatch, shell):
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    code = "from dlnbalance.cli.commands import main; main()"
    process = subprocess.run(
        [sys.executable, "-c", code, "--show-completion", shell], capture_output=True, text=True, check=True
    )
    assert f"complete_{shell}" in process.stdout
    assert "--install-completion" in run("--help").stdout
