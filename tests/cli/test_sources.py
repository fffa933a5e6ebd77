"""What SOURCE stands for, and results written where a file is named for them."""

from pathlib import Path

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.cli.sources import checked_model, is_network, is_system, load, named_system, write_model
from dlnbalance.errors import FileFormatError, InvalidArgumentError

NETWORK = dln.DeepLinearNetwork([np.eye(2)])


def test_examples_are_made_and_files_are_read_later(tmp_path):
    assert named_system("example:beam").name == "beam"
    assert named_system("model.mat") == Path("model.mat")
    with pytest.raises(InvalidArgumentError, match="beam"):
        named_system("example:beamm")
    path = dln.save(NETWORK, tmp_path / "net.npz")
    assert is_network(load(str(path), ignore_e=False))
    assert is_system(load("example:beam", ignore_e=False))


def test_a_command_for_linear_models_refuses_a_network():
    system = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    assert checked_model("m.npz", system) is system
    with pytest.raises(InvalidArgumentError, match=r"net\.npz: expected a linear model"):
        checked_model("net.npz", NETWORK)


def test_results_are_written_where_a_file_is_named(tmp_path):
    assert write_model(NETWORK, None, force=False) == []
    path = tmp_path / "out.npz"
    assert write_model(NETWORK, path, force=False) == [path]
    with pytest.raises(FileFormatError, match="exists"):
        write_model(NETWORK, path, force=False)
    assert write_model(NETWORK, path, force=True) == [path]
