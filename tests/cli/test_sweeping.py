"""Sweeps on the command line: what they report, and that those cut short go on with no result lost or mistaken."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.files import staging

from .program import SYSTEM, run, run_json

SOURCES = [f"m{k}.npz" for k in range(5)]


SWEEP = ["sweep", *SOURCES, "--order", "2", "-j", "1", "--output-dir", "small"]


#: Kills itself where the model with the given number would be moved into place.
KILLED = """
import os, signal, sys
from dlnbalance.cli.commands import main

left, replace = int(sys.argv.pop(1)), os.replace

def counted(source, target):
    global left
    if str(target).endswith(".npz"):
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
    return replace(source, target)

os.replace = counted
main()
"""


@pytest.fixture
def models(tmp_path, monkeypatch):
    """Five models and an empty folder for the reduced ones; each run is like that of a new process."""
    monkeypatch.chdir(tmp_path)
    for k, name in enumerate(SOURCES):
        dln.save(dln.LinearSystem(np.diag([-1.0, -2.0, -30.0 - k]), np.ones((3, 1)), np.ones((1, 3))), name)
    (tmp_path / "small").mkdir()
    staging.clear.cache_clear()
    return tmp_path


def times():
    return {entry.name: entry.stat().st_mtime_ns for entry in os.scandir("small") if entry.name.endswith(".npz")}


def results(document):
    """The part of a document that a sweep cut short must come to, too."""
    return {key: document[key] for key in ("requested", "results")}


@pytest.mark.skipif(os.name == "nt", reason="processes are killed otherwise there")
def test_a_sweep_that_is_killed_goes_on_where_it_stood(models):
    (models / "whole").mkdir()
    whole, _ = run_json(*SWEEP[:-1], "whole")
    killed = subprocess.run([sys.executable, "-c", KILLED, "3", *SWEEP], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list((models / "small").glob(".dlnbalance-*"))) == 1
    first = times()
    assert len(first) == 3
    assert len((models / "small" / "sweep.jsonl").read_text().splitlines()) == 4  # the last of them without its model

    staging.clear.cache_clear()
    document, status = run_json(*SWEEP, "--resume")
    assert status == 0
    assert results(document) == results(whole)
    assert document["resumed"] == SOURCES[:3]
    assert document["written"] == ["small/m3.npz", "small/m4.npz"]
    assert first.items() <= times().items()
    assert sorted(os.listdir("small")) == [*SOURCES, "sweep.jsonl"]
    for name in SOURCES:
        assert (models / "small" / name).read_bytes() == (models / "whole" / name).read_bytes()

    again, status = run_json(*SWEEP, "--resume")
    assert (status, again["written"], again["resumed"]) == (0, [], SOURCES)
    assert results(again) == results(whole)
    assert "5 of 5 results were there" in run(*SWEEP, "--resume").stdout


@pytest.mark.skipif(not hasattr(os, "killpg") or not os.path.isdir("/proc"), reason="looks into /proc")
def test_workers_end_with_a_sweep_that_is_killed(models):
    process = subprocess.Popen(
        [sys.executable, "-m", "dlnbalance", "sweep", *SOURCES * 40, "--order", "2", "-j", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

    def workers():
        found = []
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                try:
                    with open(f"/proc/{entry.name}/stat") as file:
                        state, _, _, session = file.read().rpartition(")")[2].split()[:4]
                    with open(f"/proc/{entry.name}/cmdline") as file:
                        spawned = "spawn_main" in file.read()
                except OSError:
                    continue
                if int(session) == process.pid and state != "Z" and spawned:
                    found.append(int(entry.name))
        return found

    while len(workers()) < 2:
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    while workers():  # without an end, if they did not end
        time.sleep(0.05)


def test_results_are_written_as_they_come(models, monkeypatch):
    """When the third model is reduced, two are there."""
    from dlnbalance.sweeps import tasks

    seen, reduce = [], tasks.reduce

    def watched(*arguments, **options):
        seen.append(sorted(times()))
        return reduce(*arguments, **options)

    monkeypatch.setattr(tasks, "reduce", watched)
    assert run(*SWEEP).exit_code == 0
    assert seen == [SOURCES[:k] for k in range(5)]


def test_failures_are_tried_again(models):
    good = (models / "m1.npz").read_bytes()
    (models / "m1.npz").write_bytes(good[:100])
    assert run(*SWEEP).exit_code == 1
    (models / "m1.npz").write_bytes(good)
    document, status = run_json(*SWEEP, "--resume")
    assert (status, document["written"]) == (0, ["small/m1.npz"])
    assert document["resumed"] == [name for name in SOURCES if name != "m1.npz"]


@pytest.mark.parametrize("change", ["order", "method", "source", "result", "record"])
def test_a_result_of_something_else_does_not_count(models, change):
    """It is neither kept nor replaced unasked."""
    run(*SWEEP)
    options, other = [], "small/m2.npz"
    if change == "order":
        options = ["--order", "1"]
    if change == "method":
        options = ["--method", "residualize"]
    if change == "source":
        dln.save(dln.LinearSystem(np.diag([-1.0, -2, -3]), np.ones((3, 1)), np.ones((1, 3))), "m2.npz", overwrite=True)
        os.utime("m2.npz", ns=(1, 1))
    if change == "result":
        dln.save(dln.LinearSystem(-1.0, 1.0, 1.0), other, overwrite=True)
    if change == "record":
        lines = (models / "small" / "sweep.jsonl").read_text().splitlines()
        (models / "small" / "sweep.jsonl").write_text("\n".join([*lines[:2], *lines[3:]]) + "\n")
    before = times()
    result = run(*SWEEP, *options, "--resume")
    assert result.exit_code == 2
    assert "--force" in result.stderr
    assert times() == before
    document, status = run_json(*SWEEP, *options, "--resume", "--force")
    replaced = [f"small/{name}" for name in SOURCES] if options else [other]
    assert (status, document["written"]) == (0, replaced)


def test_without_resume_nothing_is_kept(models):
    run(*SWEEP)
    refusal = run(*SWEEP)
    assert refusal.exit_code == 2
    assert "--resume" in refusal.stderr
    document, _ = run_json(*SWEEP, "--force")
    assert len(document["written"]) == 5
    assert "resumed" not in document


def test_records_of_other_sources_stay(models):
    run(*SWEEP)
    run("sweep", "example:heat-rod", "--order", "2", "-j", "1", "--output-dir", "small")
    document, _ = run_json(*SWEEP, "--resume")
    assert document["resumed"] == SOURCES


def test_a_line_that_was_cut_off_is_left_out(models):
    run(*SWEEP)
    with open("small/sweep.jsonl", "a") as file:
        file.write('{"target": "m4.npz", "sour')
    os.remove("small/m3.npz")
    document, status = run_json(*SWEEP, "--resume")
    assert (status, document["written"]) == (0, ["small/m3.npz"])
    assert all(json.loads(line) for line in (models / "small" / "sweep.jsonl").read_text().splitlines())


@pytest.mark.parametrize("content", ["precious\n", "[]\n", "3\n", '{"target": "m0.npz"}\n', "\n"])
def test_a_file_of_that_name_that_is_something_else_stays(models, content):
    (models / "small" / "sweep.jsonl").write_text(content)
    for options in ([], ["--force"], ["--resume"]):
        result = run(*SWEEP, *options)
        assert result.exit_code == 2
        assert "records of a sweep" in result.stderr
    assert (models / "small" / "sweep.jsonl").read_text() == content
    assert times() == {}


def test_a_model_that_cannot_be_written_is_a_failure_of_that_model(models, monkeypatch):
    from dlnbalance.sweeps import sweep_folders

    write = sweep_folders.write_files

    def failing(path, contents):
        if path.name == "m1.npz":
            raise dln.errors.FileFormatError(str(path), "free space", "none", "make room")
        write(path, contents)

    monkeypatch.setattr(sweep_folders, "write_files", failing)
    result = run(*SWEEP[:4], *SWEEP[6:], "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert "make room" in document["results"][1]["failure"]
    assert document["written"] == ["small/m0.npz", "small/m2.npz"]
    monkeypatch.setattr(sweep_folders, "write_files", write)
    document, status = run_json(*SWEEP[:4], *SWEEP[6:], "--resume")
    assert (status, document["written"]) == (0, ["small/m1.npz"])


def test_sets_of_files_are_resumed(models):
    dln.save(dln.load("m0.npz"), "set.mtx")
    sweep = ["sweep", "set.mtx", "m1.npz", "--order", "2", "-j", "1", "--output-dir", "small"]
    run(*sweep)
    assert run_json(*sweep, "--resume")[0]["resumed"] == ["set.mtx", "m1.npz"]
    os.remove("small/set.D.mtx")
    assert run_json(*sweep, "--resume", "--force")[0]["resumed"] == ["m1.npz"]
    os.utime("set.B.mtx", ns=(1, 1))
    assert run_json(*sweep, "--resume", "--force")[0]["resumed"] == ["m1.npz"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_E_that_is_no_descriptor_matrix(models, monkeypatch, jobs):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    np.savez("disturbed.npz", A=-np.eye(3), B=np.ones((3, 1)), C=np.ones((1, 3)), E=np.ones((3, 2)))
    result = run("sweep", "disturbed.npz", "m0.npz", "--order", "1", "-j", jobs)
    assert result.exit_code == 1
    assert "--ignore-E" in " ".join(result.stdout.split())
    document, status = run_json("sweep", "disturbed.npz", "m0.npz", "--order", "1", "-j", jobs, "--ignore-E")
    assert status == 0
    assert [facts["order"] for facts in document["results"]] == [1, 1]


@pytest.mark.parametrize("jobs", [1, 2])
def test_sweep_reports_failures_and_writes_the_others(folder, jobs, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (folder / "small").mkdir()
    sources = ["motor.npz", "unstable.npz", "example:heat-rod", "missing.mat"]
    result = run("sweep", *sources, "--order", 2, "--unstable", "refuse", "-j", jobs, "--output-dir", "small")
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
    result = run("sweep", "unstable.npz", "motor.npz", "--unstable", "refuse", "--json")
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
    for make, status in ((dead, 1), (dln.sweeps.SweepInterrupted, 130)):
        monkeypatch.setattr(sweeps, "reduce_many", stopped_by(make))
        result = run("sweep", "motor.npz", "unstable.npz", "-j", "1", "--output-dir", "small", "--force")
        assert result.exit_code == status
        assert "not finished" in result.stdout
        assert "1 of 2" in result.stderr
        assert (folder / "small" / "motor.npz").exists()
        (folder / "small" / "motor.npz").unlink()
