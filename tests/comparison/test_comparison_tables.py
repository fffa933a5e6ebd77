"""Tables: printed, exported, drawn."""

import json

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import FileFormatError

from ..models import random_network, random_system


def test_tables_print_and_export(rng):
    for comparison in (dln.compare(random_system(rng, 4, 1, 1)), dln.compare(random_network(rng, (3, 4, 5, 3)))):
        assert comparison.title in repr(comparison)
        exported = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
        assert len(exported["rows"]) == len(comparison.rows)
        for part, document in zip(comparison.sections, exported["sections"], strict=True):
            assert part.title in repr(comparison)
            assert document["title"] == part.title


def test_json_files_are_written_once_and_whole(tmp_path, square):
    comparison = dln.compare(square)
    path = tmp_path / "comparison.json"
    text = comparison.to_json(path)
    assert path.read_text(encoding="utf-8") == text
    assert json.loads(text) == comparison.to_dict()
    with pytest.raises(FileFormatError, match="exists"):
        comparison.to_json(path)
    assert comparison.to_json(path, overwrite=True) == text
    assert list(tmp_path.iterdir()) == [path]


def test_json_has_no_infinities_and_no_numpy():
    row = {"a": np.float64(np.inf), "b": np.int64(3), "c": float("nan"), "d": np.float64(0.5), "e": None}
    table = dln.Comparison(title="t", rows=(row,), remarks=())
    assert table.to_dict()["rows"] == [{"a": None, "b": 3, "c": None, "d": 0.5, "e": None}]
    json.loads(table.to_json())


def test_keys_are_identifiers_and_labels_are_what_is_printed(rng, square):
    system = random_system(rng, 4, 1, 1)
    for comparison in (
        dln.compare(system),
        dln.compare(square),
        dln.comparison.compare_realizations(system, bits=8, draws=1),
    ):
        for part in comparison.parts():
            keys = list(part.rows[0])
            assert all(key.isascii() and key.isidentifier() for key in keys)
            assert set(part.labels) <= set(keys)
            labels = [part.label(key) for key in keys]
            assert len(set(labels)) == len(keys)
            assert part.texts()[0] == labels == list(part.to_dict()["labels"].values())
            assert [column.header for column in part.to_table().columns] == labels


def test_labels_stand_above_columns_in_place_of_keys():
    table = dln.Comparison(title="t", rows=({"a": 1, "b": 2},), remarks=(), labels={"b": "‖B‖"})
    header = repr(table).splitlines()[2]
    assert "a" in header
    assert "‖B‖" in header
    assert "b" not in header
    assert table.to_dict()["labels"] == {"a": "a", "b": "‖B‖"}
    assert dln.Comparison(title="t", rows=(), remarks=()).to_dict()["labels"] == {}
