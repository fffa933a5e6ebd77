"""Writing: all files or none, and nothing over what should stay."""

import os

import pytest

from dlnbalance.errors import FileFormatError, InvalidArgumentError
from dlnbalance.files.writing import check_targets, write_file, write_files

from .models import files


def test_one_file_is_written_and_replaced_only_with_permission(tmp_path):
    path = tmp_path / "note.txt"
    assert write_file(path, b"first", overwrite=False) == path
    with pytest.raises(FileFormatError, match=r"note\.txt, which exists; .*pass overwrite=True"):
        write_file(path, b"second", overwrite=False)
    assert path.read_bytes() == b"first"
    write_file(path, b"second", overwrite=True)
    assert files(tmp_path) == {"note.txt": b"second"}


def test_several_files_come_and_go_together(tmp_path):
    old, new, gone = (tmp_path / name for name in ("old", "new", "gone"))
    old.write_bytes(b"1")
    gone.write_bytes(b"2")
    write_files(tmp_path / "set", {old: b"3", new: b"4", gone: None})
    assert files(tmp_path) == {"old": b"3", "new": b"4"}


def test_an_error_leaves_what_was_there(tmp_path, monkeypatch):
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"mine")
    replace = os.replace

    def failing(source, target):
        if str(target).endswith("second"):
            raise OSError("no space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(FileFormatError, match=r"no space left on device.*free space"):
        write_files(tmp_path / "set", {first: b"yours", second: b"too"})
    assert files(tmp_path) == {"first": b"mine"}


def test_targets_are_looked_at_before_any_work(tmp_path):
    taken = tmp_path / "taken"
    taken.write_bytes(b"")
    check_targets(tmp_path / "set", [tmp_path / "free"], overwrite=False)
    check_targets(tmp_path / "set", [taken], overwrite=True)
    with pytest.raises(FileFormatError, match="taken, which exists; choose another name, or add --force"):
        check_targets(tmp_path / "set", [tmp_path / "free", taken], overwrite=False, permission="add --force")
    with pytest.raises(FileFormatError, match="create the folder first"):
        check_targets(tmp_path / "none" / "set", overwrite=True)
    with pytest.raises(FileFormatError, match="the name of a file"):
        check_targets(tmp_path, overwrite=True)
    with pytest.raises(FileFormatError, match="a path that can be looked up"):
        check_targets(tmp_path / ("x" * 5000), overwrite=True)
    with pytest.raises(InvalidArgumentError, match=r"^overwrite"):
        check_targets(tmp_path / "set", overwrite="yes")
