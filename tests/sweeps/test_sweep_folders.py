"""Folders of results: what is written, what is found again, and what is not taken for done."""

import json

import pytest

import dlnbalance as dln
from dlnbalance.errors import FileFormatError
from dlnbalance.sweeps.sweep_folders import SweepFolder

MODEL = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])
REQUEST = {"rtol": 1e-3, "gramians": dln.LowRank(tol=1e-8)}


@pytest.fixture
def outputs(tmp_path):
    """Two sources, and where their results go."""
    for name in ("a", "b"):
        dln.save(MODEL, tmp_path / f"{name}.npz")
    (tmp_path / "out").mkdir()
    return {str(tmp_path / f"{name}.npz"): tmp_path / "out" / f"{name}.npz" for name in ("a", "b")}


def folder_of(outputs, request=REQUEST, *, resumed=True):
    folder = SweepFolder(next(iter(outputs.values())).parent, outputs, request, overwrite=True)
    if resumed:
        folder.resume()
    return folder


def test_what_was_written_is_found_again_by_the_same_request(outputs):
    first, second = outputs
    folder = folder_of(outputs)
    assert folder.known == {}
    folder.write(first, MODEL, {"order": 1})
    assert folder.written == [outputs[first]]
    assert dln.load(outputs[first]).nstates == 1
    assert folder_of(outputs).known == {first: {"order": 1}}
    assert folder_of(outputs, resumed=False).known == {}
    assert folder_of(outputs, REQUEST | {"gramians": dln.LowRank(tol=1e-6)}).known == {}
    assert second not in folder_of(outputs).known


def test_what_has_changed_since_is_not_taken_for_done(outputs):
    first, second = outputs
    folder = folder_of(outputs)
    for source in outputs:
        folder.write(source, MODEL, {"order": 1})
    dln.save(MODEL.with_matrices([[-2.0]], [[1.0]], [[1.0]]), first, overwrite=True)
    outputs[second].write_bytes(b"cut off")
    assert folder_of(outputs).known == {}


def test_a_last_record_that_was_cut_off_counts_for_nothing(outputs):
    first, _ = outputs
    folder = folder_of(outputs)
    folder.write(first, MODEL, {"order": 1})
    records = outputs[first].parent / "sweep.jsonl"
    assert json.loads(records.read_text().splitlines()[0])["facts"] == {"order": 1}
    records.write_text(records.read_text() + '{"target": "b.n')
    assert list(folder_of(outputs).known) == [first]


def test_a_file_of_another_kind_is_left_alone(outputs):
    records = next(iter(outputs.values())).parent / "sweep.jsonl"
    records.write_text("my notes\n")
    with pytest.raises(FileFormatError, match="records of a sweep"):
        folder_of(outputs)
    assert records.read_text() == "my notes\n"
