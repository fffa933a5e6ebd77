"""How much memory is left, from what the system says."""

import pytest

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.files import memory


def group(folder, limit):
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text("700\n")
    (folder / "memory.stat").write_text("anon 100\nactive_file 200\ninactive_file 300\n")
    return folder


def test_what_the_control_group_may_take(tmp_path):
    """Of 700 bytes in use, 500 are copies of files, which give way."""
    assert memory._of_group(tmp_path) is None
    assert memory._of_group(group(tmp_path, 1000)) == 800
    assert memory._of_group(group(tmp_path, 100)) == 0
    assert memory._of_group(group(tmp_path, "max")) is None


def test_the_least_counts(monkeypatch):
    monkeypatch.setattr(memory, "_of_machine", lambda: 300)
    monkeypatch.setattr(memory, "_of_group", lambda: None)
    monkeypatch.setattr(memory, "_of_process", lambda: 200)
    assert memory.available_memory() == 200
    memory.check_memory("A", 200, "shape (5, 5)")
    with pytest.raises(InvalidArgumentError, match=r"A: expected something that fits in memory .* got shape \(5, 6\)"):
        memory.check_memory("A", 201, "shape (5, 6)")


def test_what_is_free_can_be_had():
    available = memory.available_memory()
    assert available is None or available > 2**20


def test_memory_that_is_not_known_refuses_nothing(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    memory.check_memory("A", 2**80, "much")
