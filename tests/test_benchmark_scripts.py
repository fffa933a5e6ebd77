"""The benchmark scripts load, and the table of `benchmarks/run.py` comes out, as text, JSON and Markdown."""

import importlib
import json
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.py"))
NEEDS = {"peaks": "slycot", "damaged_files": "hypothesis"}


@pytest.fixture
def scripts(monkeypatch):
    """The folder of the scripts on the path, and none of their modules left afterwards."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(FOLDER)):
            del sys.modules[name]


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_load(scripts, name):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    assert importlib.import_module(name).__doc__


def test_every_computation_has_cases_that_run(scripts, monkeypatch):
    monkeypatch.delenv("DLNBALANCE_DATA", raising=False)
    cases = importlib.import_module("cases")
    for name, computation in cases.COMPUTATIONS.items():
        found = list(computation((10, 50) if name == "balance_norm" else (10,)))
        assert found or name in ("files", "flows")
        for case in found[:1]:
            assert case.here() is not None
            assert next(iter(case.runs)) == "here"


def test_the_quick_table(scripts, tmp_path, capsys):
    run = importlib.import_module("run")
    figures = tmp_path / "figures.json"
    only = ["reduce", "hinf_norm", "h2_norm", "minreal", "frequency_response"]
    run.main(
        [
            "--quick",
            "--sizes",
            "2",
            "10",
            "--threads",
            "1",
            "--seconds",
            "0.001",
            "--only",
            *only,
            "--json",
            str(figures),
        ]
    )
    printed = capsys.readouterr().out
    document = json.loads(figures.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert document["machine"]["versions"]["numpy"] in printed
    assert document["threads"] == [1]
    for row in document["rows"]:
        assert row["failed"] == "", row
        assert row["cpu"] >= 0
        assert (row["ratio"] is None) == (row["peer_cpu"] is None)
    run.main(["--markdown", "--read", str(figures), "--sizes", "2", "10"])
    table = capsys.readouterr().out
    assert "n = 2 | n = 10 |" in table
    lines = [line for line in table.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in lines}) == 1


def test_odd_sizes_are_refused(scripts, capsys):
    with pytest.raises(SystemExit):
        importlib.import_module("run").main(["--sizes", "3"])
    assert "even" in capsys.readouterr().err


def test_what_fails_is_said_once(scripts):
    measuring, run, cases = map(importlib.import_module, ("measuring", "run", "cases"))
    calls = []

    def broken():
        calls.append(1)
        raise ArithmeticError("no result\nwith details")

    times = measuring.fastest({"here": broken, "peer": lambda: None}, 0.001)
    assert calls == [1]
    assert times["here"].failed == "ArithmeticError: no result"
    rows = list(run._rows(cases.Case("this", "model", 2, broken, {"peer": lambda: None}), 1, times))
    assert rows[0]["cpu"] is None
    assert run.failures(rows * 2) == ["here: this, model, n = 2: ArithmeticError: no result"]
    json.dumps(rows, allow_nan=False)


def test_the_trend_takes_the_same_cases(scripts, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    timings = importlib.import_module("trend.timings")
    for kind in (timings.Reduce, timings.ReduceMany, timings.Others):
        timed = kind()
        for model in timed.params[0][:2]:
            timed.setup(model, timed.params[1][0])
            timed.time_here(model, timed.params[1][0])
    json.loads((FOLDER / "asv.conf.json").read_text(encoding="utf-8"))


def test_other_scripts_that_use_the_cases_run(scripts, capsys):
    threads, measuring = map(importlib.import_module, ("threads", "measuring"))
    found = threads.compared(lambda: None, 1)
    assert list(found) == ["1", "2", "default"]
    with threads.busy(1):
        pass
    assert "Python" in measuring.machine_in_words(measuring.machine("numpy", "not-there"))
