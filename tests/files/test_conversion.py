"""What functions are given, as the model they work on; networks where systems are wanted."""

import sys
from types import ModuleType

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.files.conversion import as_system, recognized
from dlnbalance.systems.linear_system import LinearSystem

LAYERS = {"encoder.weight": [[3.0, 0.0], [0.0, 1.0]], "decoder.weight": [[1.0, 0.0]]}


class TestNetworks:
    def test_state_dicts_and_files_are_reduced_and_balanced(self, tmp_path):
        path = tmp_path / "layers.npz"
        np.savez(path, W1=LAYERS["encoder.weight"], W2=LAYERS["decoder.weight"])
        for source in (LAYERS, path, str(path)):
            assert dln.reduce(source, 1).network.widths == (2, 1, 1)
            assert dln.balance(source).network.widths == (2, 2, 1)

    def test_torch_modules(self, monkeypatch):
        torch = ModuleType("torch")
        torch.nn = ModuleType("torch.nn")
        torch.nn.Module = type("Module", (), {})
        torch.nn.Linear = type("Linear", (torch.nn.Module,), {"weight": np.array([[2.0, 1.0]]), "bias": None})
        torch.nn.Sequential = type("Sequential", (torch.nn.Module,), {})
        torch.nn.Identity = type("Identity", (torch.nn.Module,), {})
        monkeypatch.setitem(sys.modules, "torch", torch)
        assert recognized(torch.nn.Linear()).widths == (2, 1)
        with pytest.raises(InvalidArgumentError, match=r"got a network \(Linear\); .*from_torch"):
            as_system(torch.nn.Linear())

    def test_doors_for_systems_name_the_ones_for_networks(self):
        for network in (dln.DeepLinearNetwork([[[1.0]]]), LAYERS):
            with pytest.raises(InvalidArgumentError, match=r"reduce and balance .* bridge\.network_to_system"):
                as_system(network)

    def test_files_of_systems_are_systems(self, tmp_path):
        path = dln.save(LinearSystem(np.diag([-1.0, -2.0]), np.ones((2, 1)), np.ones((1, 2))), tmp_path / "plant.npz")
        assert dln.reduce(path, 1).full.nstates == 2
