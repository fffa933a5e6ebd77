"""Files that the commands read."""

import pytest

import dlnbalance as dln

from .program import SYSTEM, UNSTABLE


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Working directory with a few files, good and bad."""
    monkeypatch.chdir(tmp_path)
    dln.save(SYSTEM, "motor.npz")
    dln.save(UNSTABLE, "unstable.npz")
    (tmp_path / "corrupt.npz").write_bytes((tmp_path / "motor.npz").read_bytes()[:200])
    (tmp_path / "corrupt.mat").write_bytes(b"MATLAB 5.0 nonsense")
    (tmp_path / "taken.npz").write_bytes(b"precious")
    (tmp_path / "set.A.mtx").write_text("precious")
    (tmp_path / "folder.npz").mkdir()
    return tmp_path
