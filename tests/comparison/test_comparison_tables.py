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
