"""State dicts, torch modules (a stand-in for torch, which the tests do not need) and safetensors files."""

import sys
from types import ModuleType

import numpy as np
import pytest

from dlnbalance.errors import FileFormatError, InvalidArgumentError
from dlnbalance.networks.network import DeepLinearNetwork

from ..models import random_matrix


class Tensor:
    """What a torch tensor offers, as far as it is used here."""

    def __init__(self, array, *, attached=True, half=False):
        self.array, self.attached, self.half = np.asarray(array), attached, half

    def detach(self):
        return Tensor(self.array, attached=False, half=self.half)

    def cpu(self):
        return self

    def resolve_conj(self):
        return self

    def float(self):
        return Tensor(self.array, attached=self.attached)

    def numpy(self):
        if self.attached:
            raise RuntimeError("call detach() first")
        if self.half:
            raise TypeError("unsupported ScalarType BFloat16")
        return self.array


class Module:
    def named_children(self):
        return [(str(k), child) for k, child in enumerate(getattr(self, "children", ()))]


class Linear(Module):
    def __init__(self, d_in, d_out, bias=True):
        self.weight, self.bias = Tensor(np.zeros((d_out, d_in))), Tensor(np.zeros(d_out)) if bias else None


class Sequential(Module):
    def __init__(self, *children):
        self.children = children


class Identity(Module):
    pass


class ReLU(Module):
    pass


@pytest.fixture
def torch(monkeypatch):
    module = ModuleType("torch")
    module.nn = ModuleType("torch.nn")
    for kind in (Linear, Sequential, Identity):
        setattr(module.nn, kind.__name__, kind)
    module.nn.Parameter = lambda tensor: tensor
    module.from_numpy = Tensor
    monkeypatch.setitem(sys.modules, "torch", module)
    return module


@pytest.fixture
def layers(rng):
    return [random_matrix(rng, b, a) for a, b in ((3, 4), (4, 2), (2, 5))]


def same(network, layers):
    return all(np.array_equal(a, b) for a, b in zip(network.weights, layers, strict=True))


def test_numbers_in_names_are_ordered_as_numbers(rng):
    layers = [random_matrix(rng, 2, 2) for _ in range(12)]
    names = [f"layers.{k}.weight" for k in range(12)]
    shuffled = {names[k]: layers[k] for k in (10, 2, 0, 11, 1, 3, 9, 4, 8, 5, 7, 6)}
    assert same(DeepLinearNetwork.from_state_dict(shuffled), layers)


def test_other_names_keep_the_order_of_the_mapping(layers):
    mapping = dict(zip(("encoder.weight", "middle.weight", "decoder.weight"), layers, strict=True))
    assert same(DeepLinearNetwork.from_state_dict(mapping), layers)


def test_order_can_be_said(layers):
    mapping = dict(zip("cab", layers, strict=True))
    mapping = dict(sorted(mapping.items()))
    assert same(DeepLinearNetwork.from_state_dict(mapping, order=["c", "a", "b"]), layers)
    for order in (["c", "a"], ["c", "a", "b", "b"], ["c", "a", "x"]):
        with pytest.raises(InvalidArgumentError, match="order"):
            DeepLinearNetwork.from_state_dict(mapping, order=order)


def test_tensors_lists_and_half_precision_are_read(layers):
    mapping = {"0": Tensor(layers[0]), "1": layers[1].tolist(), "2": Tensor(layers[2], half=True)}
    assert same(DeepLinearNetwork.from_state_dict(mapping), layers)
    assert same(DeepLinearNetwork.from_torch(mapping), layers)  # needs no torch


def test_complex_tensors_stay_complex(rng):
    M = random_matrix(rng, 2, 3, complex_entries=True)
    assert DeepLinearNetwork.from_state_dict({"weight": Tensor(M)}).is_complex


@pytest.mark.parametrize(
    "mapping, message",
    [
        ({}, "tensors: expected at least one layer, got an empty mapping"),
        ({"0.weight": np.eye(2), "0.bias": np.ones(2)}, "0.bias: expected layers without bias"),
        ({"bias": np.ones(2)}, "bias: expected layers without bias"),
        ({"norm.weight": np.ones(2)}, r"norm.weight: expected a matrix, got shape \(2,\)"),
        ({"conv.weight": np.ones((2, 2, 3, 3))}, "conv.weight: expected a matrix"),
        ({"0": np.ones((3, 2)), "1": np.ones((2, 2))}, r"weights\[1\]: expected shape"),
        ({"0": [[np.nan]]}, r"weights\[0\]: expected finite numbers"),
    ],
)
def test_mappings_that_are_no_chain_are_refused(mapping, message):
    with pytest.raises(InvalidArgumentError, match=f"^{message}"):
        DeepLinearNetwork.from_state_dict(mapping)


def test_torch_modules_go_back_and_forth(torch, layers):
    module = DeepLinearNetwork(layers).to_torch()
    assert [child.bias for child in module.children] == [None] * 3
    assert same(DeepLinearNetwork.from_torch(module), layers)


def test_nested_and_shared_layers(torch, rng):
    shared = Linear(2, 2, bias=False)
    shared.weight = Tensor(random_matrix(rng, 2, 2))
    module = Sequential(Sequential(shared, Identity()), shared, Sequential())
    assert same(DeepLinearNetwork.from_torch(module), [shared.weight.array] * 2)
    assert DeepLinearNetwork.from_torch(shared).depth == 1


def test_modules_that_are_no_chain_are_refused(torch):
    with pytest.raises(InvalidArgumentError, match=r"module.1: expected Linear, .* got ReLU; .*no activations"):
        DeepLinearNetwork.from_torch(Sequential(Linear(2, 2, bias=False), ReLU()))
    with pytest.raises(InvalidArgumentError, match=r"module.0: expected layers without bias.*bias=False"):
        DeepLinearNetwork.from_torch(Sequential(Linear(2, 2)))
    with pytest.raises(InvalidArgumentError, match="at least one linear layer"):
        DeepLinearNetwork.from_torch(Sequential(Identity()))
    with pytest.raises(InvalidArgumentError, match="got int"):
        DeepLinearNetwork.from_torch(3)


def test_missing_torch_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for call in (lambda: DeepLinearNetwork.from_torch(Sequential()), DeepLinearNetwork([[[1.0]]]).to_torch):
        with pytest.raises(InvalidArgumentError, match=r"pip install 'dlnbalance\[torch\]'"):
            call()


@pytest.fixture
def safetensors(monkeypatch):
    """A stand-in whose files are .npz archives."""
    module, reader = ModuleType("safetensors"), ModuleType("safetensors.numpy")
    module.SafetensorError = type("SafetensorError", (Exception,), {})

    def load_file(path):
        with open(path, "rb") as file:
            if not file.read(2).startswith(b"PK"):
                raise module.SafetensorError("header too large")
        with np.load(path) as archive:
            return dict(sorted(archive.items()))

    reader.load_file = load_file
    monkeypatch.setitem(sys.modules, "safetensors", module)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", reader)


def write(path, **tensors):
    with open(path, "wb") as file:
        np.savez(file, **tensors)
    return path


def test_safetensors_files(safetensors, tmp_path, layers):
    path = write(tmp_path / "a.safetensors", **dict(zip(("w2", "w9", "w10"), layers, strict=True)))
    assert same(DeepLinearNetwork.from_safetensors(path), layers)
    named = write(tmp_path / "b.safetensors", **dict(zip(("encoder", "middle", "decoder"), layers, strict=True)))
    with pytest.raises(InvalidArgumentError, match=r"^order: .*say in which order"):
        DeepLinearNetwork.from_safetensors(named)
    assert same(DeepLinearNetwork.from_safetensors(named, ["encoder", "middle", "decoder"]), layers)


def test_safetensors_files_that_cannot_be_read(safetensors, tmp_path):
    with pytest.raises(FileFormatError, match="FileNotFoundError"):
        DeepLinearNetwork.from_safetensors(tmp_path / "missing.safetensors")
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"nothing")
    with pytest.raises(FileFormatError, match="header too large"):
        DeepLinearNetwork.from_safetensors(damaged)


def test_missing_safetensors_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(InvalidArgumentError, match=r"pip install 'dlnbalance\[torch\]'"):
        DeepLinearNetwork.from_safetensors(tmp_path / "a.safetensors")
