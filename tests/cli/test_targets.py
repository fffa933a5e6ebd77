"""Files that cannot be written are refused before any work."""

import os

import pytest

from .program import run


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_is_read_only(folder):
    (folder / "locked").mkdir(mode=0o500)
    result = run("reduce", "motor.npz", "-o", "locked/out.npz")
    assert result.exit_code == 2
    assert "can be written to" in result.stderr
