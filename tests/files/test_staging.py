"""Writing files together: what a killed process leaves is finished or removed by the next, at every moment."""

import json
import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import FileFormatError
from dlnbalance.files import staging

from .test_models import assert_same, files

OLD = dln.LinearSystem(-np.eye(2), np.ones((2, 1)), np.ones((1, 2)), 1.0, E=3 * np.eye(2))
NEW = dln.LinearSystem(-2 * np.eye(2), np.ones((2, 1)), np.ones((1, 2)), 5.0)

#: Writes NEW over what is there and kills itself before the step with the given number.
KILLED = """
import os, pathlib, shutil, signal, sys
import numpy as np
import dlnbalance as dln

steps = int(sys.argv[2])

def counted(function):
    def step(*arguments, **options):
        global steps
        if steps == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        steps -= 1
        return function(*arguments, **options)
    return step

for module, name in [
    (pathlib.Path, "mkdir"), (pathlib.Path, "write_bytes"), (pathlib.Path, "write_text"), (pathlib.Path, "rename"),
    (pathlib.Path, "unlink"), (shutil, "copy2"), (os, "replace"), (shutil, "rmtree"),
]:
    setattr(module, name, counted(getattr(module, name)))
system = dln.LinearSystem(-2 * np.eye(2), np.ones((2, 1)), np.ones((1, 2)), 5.0)
dln.save(system, sys.argv[1], overwrite=True)
print("done")
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes are killed otherwise there")


@pytest.fixture(autouse=True)
def another_process():
    """Each test begins as a new process would, which has cleared no folder yet."""
    staging.clear.cache_clear()


def killed_before(step, path):
    """Whether the process was killed."""
    code = [sys.executable, "-c", KILLED, str(path), str(step)]
    return subprocess.run(code, capture_output=True, check=False).returncode == -signal.SIGKILL


def leftovers(folder):
    return [entry for entry in folder.iterdir() if entry.name.startswith(".")]


@pytest.mark.parametrize("suffix", [".npz", ".mtx"])
def test_a_process_killed_at_any_step_leaves_the_old_or_the_new_model(tmp_path, suffix):
    """Until the next process finishes its work, what is there is a whole model, or none at all: never a mixture."""
    path, left, outcomes, step = tmp_path / f"m{suffix}", 0, set(), 0
    while True:
        for entry in tmp_path.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        dln.save(OLD, path)
        if not killed_before(step, path):
            break
        step += 1
        left += len(leftovers(tmp_path))
        try:
            between = dln.load(path)
        except FileFormatError:
            outcomes.add("none")
        else:
            assert_same(between, NEW if between.E is None else OLD)
        staging.clear.cache_clear()
        staging.clear(tmp_path)
        assert leftovers(tmp_path) == []
        after = dln.load(path)
        assert_same(after, NEW if after.E is None else OLD)
        outcomes.add("new" if after.E is None else "old")
    assert left > 3
    assert outcomes == ({"old", "new", "none"} if suffix == ".mtx" else {"old", "new"})


def test_the_next_run_clears_even_if_it_is_refused(tmp_path):
    path = dln.save(OLD, tmp_path / "m.npz")
    step = next(step for step in range(20) if killed_before(step, path) and leftovers(tmp_path))
    assert step >= 0
    staging.clear.cache_clear()
    with pytest.raises(FileFormatError, match="overwrite"):
        dln.save(NEW, path)
    assert leftovers(tmp_path) == []
    assert_same(dln.load(path), OLD)


def test_a_folder_in_use_stays(tmp_path):
    """Two processes write into one folder at once."""
    code = (
        "import sys, time, pathlib\nfrom dlnbalance.files.staging import _staging\n"
        "with _staging(pathlib.Path(sys.argv[1])) as stage:\n"
        "    (stage / 'new').mkdir(); print(stage.name, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    name = process.stdout.readline().strip()
    dln.save(OLD, tmp_path / "m.npz")
    assert (tmp_path / name / "new").is_dir()
    process.kill()
    process.communicate()
    staging.clear.cache_clear()
    dln.save(NEW, tmp_path / "m.npz", overwrite=True)
    assert set(files(tmp_path)) == {"m.npz"}


def test_folders_of_the_same_beginning_that_are_no_staging_folders(tmp_path):
    (tmp_path / ".dlnbalance-mine").mkdir()
    (tmp_path / ".dlnbalance-mine" / "notes").write_text("mine")
    (tmp_path / ".dlnbalance-file").write_text("mine")
    (tmp_path / ".dlnbalance-link").symlink_to(tmp_path / "elsewhere")
    dln.save(OLD, tmp_path / "m.npz")
    assert (tmp_path / ".dlnbalance-mine" / "notes").read_text() == "mine"
    assert (tmp_path / ".dlnbalance-file").read_text() == "mine"


def test_what_others_put_there_is_not_carried_out(tmp_path, monkeypatch):
    stage = tmp_path / ".dlnbalance-foreign"
    (stage / "new").mkdir(parents=True)
    (stage / "lock").touch()
    (stage / "new" / "m.npz").write_text("harm")
    (stage / "plan forth").write_text(json.dumps({"m.npz": True}))
    monkeypatch.setattr(os, "getuid", lambda: stage.stat().st_uid + 1)
    staging.clear(tmp_path)
    assert not (tmp_path / "m.npz").exists()
    assert stage.exists()


def test_a_plan_that_cannot_be_read_harms_nothing(tmp_path):
    stage = tmp_path / ".dlnbalance-damaged"
    (stage / "new").mkdir(parents=True)
    (stage / "lock").touch()
    (stage / "plan forth").write_text("{")
    dln.save(OLD, tmp_path / "m.npz")
    assert_same(dln.load(tmp_path / "m.npz"), OLD)


def test_a_folder_taken_away_at_once_is_made_again(tmp_path, monkeypatch):
    """As by another process that finds it before it is locked."""
    make, made = staging.tempfile.mkdtemp, []

    def taken(**options):
        made.append(make(**options))
        if len(made) < 3:
            os.rmdir(made[-1])
        return made[-1]

    monkeypatch.setattr(staging.tempfile, "mkdtemp", taken)
    dln.save(OLD, tmp_path / "m.npz")
    assert len(made) == 3
    assert_same(dln.load(tmp_path / "m.npz"), OLD)


def test_without_locks_nothing_is_taken_for_left_behind(tmp_path, monkeypatch):
    stage = tmp_path / ".dlnbalance-other"
    stage.mkdir()
    (stage / "lock").touch()
    monkeypatch.setattr(staging, "_lock", lambda _file: None)
    dln.save(OLD, tmp_path / "m.npz")
    assert stage.exists()
    assert_same(dln.load(tmp_path / "m.npz"), OLD)
