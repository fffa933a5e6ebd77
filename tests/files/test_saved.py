"""Classes of models that bring their own arrays to a file."""

import subprocess
import sys

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import FileFormatError, InvalidArgumentError
from dlnbalance.files import archives
from dlnbalance.files.models import load, save
from dlnbalance.files.saved import Saved, saved_class


class Gains(Saved):
    """A list of numbers."""

    def __init__(self, values):
        self.values = np.array(values)

    def to_arrays(self):
        return {"values": self.values}

    @classmethod
    def from_arrays(cls, arrays):
        if arrays["values"].ndim != 1:
            raise InvalidArgumentError("values", "a vector", f"{arrays['values'].ndim} axes", "write it again")
        return cls(arrays["values"])


class Fewer(Gains):
    """A class derived from one that is saved."""


class Unfinished(Saved):
    """A base that cannot be read, since it does not say what it is made of."""


@pytest.mark.parametrize("kind", [Gains, Fewer])
def test_a_class_is_found_by_its_name(kind, tmp_path):
    assert saved_class(kind.__name__) is kind
    again = load(save(kind([1.0, 2.0]), tmp_path / "gains.npz"))
    assert type(again) is kind
    np.testing.assert_array_equal(again.values, [1.0, 2.0])


@pytest.mark.parametrize("name", ["Nobody", "Unfinished", "Saved", ""])
def test_other_names_are_refused_with_those_that_there_are(name):
    with pytest.raises(InvalidArgumentError) as caught:
        saved_class(name)
    for known in ("Gains", "BilinearSystem", "SystemFamily", "LinearSystem"):
        assert known in caught.value.expected
    assert "import the module" in caught.value.remedy


def test_files_of_unknown_classes_are_refused_by_their_name(tmp_path):
    path = tmp_path / "later.npz"
    path.write_bytes(archives.packed("LaterModel", {"values": np.ones(2)}))
    with pytest.raises(FileFormatError, match="'LaterModel'") as caught:
        load(path)
    assert caught.value.argument == str(path)


def test_what_a_class_refuses_is_told_with_the_file(tmp_path):
    path = tmp_path / "gains.npz"
    path.write_bytes(archives.packed("Gains", {"values": np.ones((2, 2))}))
    with pytest.raises(FileFormatError, match="a vector in values") as caught:
        load(path)
    assert caught.value.argument == str(path)


def test_an_array_that_is_missing_makes_the_file_incomplete(tmp_path):
    path = tmp_path / "gains.npz"
    path.write_bytes(archives.packed("Gains", {"others": np.ones(2)}))
    with pytest.raises(FileFormatError, match="values"):
        load(path)


def test_classes_of_the_package_are_read_by_a_process_that_has_not_imported_them(tmp_path):
    family = dln.SystemFamily([dln.examples.get("heat-rod")] * 2)
    path = save(family, tmp_path / "family.npz")
    code = (
        "import sys; from dlnbalance.files.models import load\n"
        "assert 'dlnbalance.structured.families' not in sys.modules\n"
        f"print(load({str(path)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == repr(family)


@pytest.mark.parametrize("suffix", [".mat", ".mtx"])
def test_other_formats_do_not_hold_them(suffix, tmp_path):
    with pytest.raises(FileFormatError, match=r"a \.npz file for a Gains"):
        save(Gains([1.0]), tmp_path / f"gains{suffix}")
    assert list(tmp_path.iterdir()) == []
