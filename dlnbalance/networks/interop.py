"""Layers of deep linear networks, as arrays, from and to PyTorch and safetensors.

Neither is needed to install the library: they are imported when they are asked for. A mapping of names to matrices
(a state dict) is read without either.
"""

import os
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from ..errors import FileFormatError, InvalidArgumentError
from ..linalg.arguments import as_path, instance, items, shown, text
from ..linalg.arrays import Array, as_array
from .layers import checked_layers

__all__ = ["layers_of_mapping", "layers_of_safetensors", "layers_of_torch", "to_torch"]


def layers_of_mapping(tensors: Mapping[str, Any], order: Sequence[str] | None = None) -> list[Array]:
    """Layers W_1, …, W_N of a bias-free chain from a mapping of names to matrices.

    Parameters
    ----------
    tensors : mapping of str to (d_k, d_{k-1}) array_like or tensor
        A state dict: NumPy arrays, nested lists, or anything with ``numpy()``. A tensor is detached and brought to
        main memory first.
    order : sequence of str, optional
        The names in the order in which the layers act. Left out, names that differ only in their numbers are put in
        natural order (``layers.2.weight`` before ``layers.10.weight``); other names keep the order of the mapping,
        which for a state dict is that of the definitions.

    Returns
    -------
    list of (d_k, d_{k-1}) array
        What :class:`~dlnbalance.networks.network.DeepLinearNetwork` takes.

    Raises
    ------
    InvalidArgumentError
        For an empty mapping, a bias, a parameter that is not a matrix, or an `order` that does not name every entry
        once.

    See Also
    --------
    dlnbalance.networks.as_network : refuse what is no network, with the ways to make one.
    dlnbalance.networks.interop.layers_of_torch : layers of a torch module, or of its state dict.

    Examples
    --------
    >>> chain = {"layers.10.weight": [[5.0]], "layers.2.weight": [[2.0], ], "layers.0.weight": [[3.0, 1.0]]}
    >>> [layer.tolist() for layer in layers_of_mapping(chain)]
    [[[3.0, 1.0]], [[2.0]], [[5.0]]]
    """
    instance("tensors", tensors, Mapping, "a mapping of names to matrices", "pass {name: matrix, …}")
    for name in tensors:
        text("tensors", name, "names that are texts")
    names = _ordered(tensors) if order is None else _checked_order(tensors, order)
    if not names:
        raise InvalidArgumentError("tensors", "at least one layer", "an empty mapping", "pass {name: matrix, …}")
    return [_layer(name, tensors[name]) for name in names]


def layers_of_torch(source: Any) -> list[Array]:
    """Layers of a torch module, or of its state dict.

    Parameters
    ----------
    source : torch.nn.Module or mapping
        A ``Linear(bias=False)``, an ``Identity``, or a ``Sequential`` of these, nested at will; or a state dict, for
        which see :func:`layers_of_mapping`.

    Raises
    ------
    InvalidArgumentError
        For a bias, an activation or any other module whose forward pass is not known to be a chain of matrices; and
        when torch is not installed.

    Notes
    -----
    Other containers decide in their ``forward`` what happens between the layers. To declare that it is nothing,
    pass ``module.state_dict()``.

    See Also
    --------
    dlnbalance.networks.as_network : refuse what is no network, with the ways to make one.
    dlnbalance.networks.interop.to_torch : the layers as a torch module.

    Examples
    --------
    >>> import numpy as np
    >>> [layer.shape for layer in layers_of_torch({"0.weight": np.ones((3, 2)), "1.weight": np.ones((1, 3))})]
    [(3, 2), (1, 3)]
    """
    if isinstance(source, Mapping):
        return layers_of_mapping(source)
    torch = _torch()
    layers = [_layer(f"module {index}", tensor) for index, tensor in enumerate(_chain(torch.nn, source, "module"))]
    if not layers:
        raise InvalidArgumentError("module", "at least one linear layer", "none", "pass a Sequential of Linear layers")
    return layers


def to_torch(weights: Sequence[Array]) -> Any:
    """Return ``torch.nn.Sequential`` of ``Linear(bias=False)`` layers, in double precision.

    Parameters
    ----------
    weights : sequence of (d_k, d_{k-1}) array
        The layers; complex ones become complex128 layers.

    Raises
    ------
    InvalidArgumentError
        When torch is not installed.

    See Also
    --------
    dlnbalance.networks.interop.layers_of_torch : layers of a torch module, or of its state dict.

    Examples
    --------
    >>> import numpy as np
    >>> to_torch([np.ones((3, 2)), np.ones((1, 3))])  # doctest: +SKIP
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=False)
      (1): Linear(in_features=3, out_features=1, bias=False)
    )
    """
    given = checked_layers("weights", weights)
    torch = _torch()
    layers = []
    for weight in given:
        layer = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
        layer.weight = torch.nn.Parameter(torch.from_numpy(weight.copy()))
        layers.append(layer)
    return torch.nn.Sequential(*layers)


def layers_of_safetensors(path: str | os.PathLike[str], order: Sequence[str] | None = None) -> list[Array]:
    """Layers of a bias-free chain in a ``.safetensors`` file.

    Parameters
    ----------
    path : str or path
        The file.
    order : sequence of str, optional
        The names in the order in which the layers act. It may be left out for names that differ only in their
        numbers; a file does not keep the order of others.

    Raises
    ------
    InvalidArgumentError
        When safetensors is not installed, when the names do not tell the order, or for what
        :func:`layers_of_mapping` refuses.
    FileFormatError
        When the file is missing or malformed.

    See Also
    --------
    dlnbalance.networks.as_network : refuse what is no network, with the ways to make one.
    dlnbalance.networks.interop.layers_of_mapping : layers from a mapping of names to matrices.

    Examples
    --------
    >>> layers_of_safetensors("weights.safetensors")  # doctest: +SKIP
    """
    path = as_path("path", path)
    try:
        safetensors, reader = import_module("safetensors"), import_module("safetensors.numpy")
    except ImportError:
        raise InvalidArgumentError(
            "path", "safetensors, which reads such files", "no such module", "pip install 'dlnbalance[torch]'"
        ) from None
    try:
        tensors = reader.load_file(path)
    except (OSError, safetensors.SafetensorError) as error:
        raise FileFormatError(
            str(path), "a safetensors file", f"{type(error).__name__}: {error}", "check its path and its size"
        ) from error
    if order is None and not _numbered(tensors):
        raise InvalidArgumentError(
            "order", "names that differ only in their numbers", _listed(tensors), "say in which order the layers act"
        )
    return layers_of_mapping(tensors, order)


def _torch() -> Any:
    try:
        return import_module("torch")
    except ImportError:
        raise InvalidArgumentError(
            "torch", "PyTorch", "no such module", "pip install 'dlnbalance[torch]', or pass a mapping of arrays"
        ) from None


def _chain(nn: Any, module: Any, name: str) -> list[Any]:
    """Weights of the linear layers of nested Sequentials, in the order of the forward pass."""
    if isinstance(module, nn.Sequential):
        return [tensor for key, child in module.named_children() for tensor in _chain(nn, child, f"{name}.{key}")]
    if isinstance(module, nn.Identity):
        return []
    if not isinstance(module, nn.Linear):
        raise InvalidArgumentError(
            name,
            "Linear, Identity or Sequential",
            type(module).__name__,
            "a deep linear network has no activations; if only matrices act here, pass module.state_dict()",
        )
    if module.bias is not None:
        raise _bias(name)
    return [module.weight]


def _layer(name: str, value: Any) -> Array:
    """Bring a tensor to main memory; refuse what is not a matrix."""
    for step in ("detach", "cpu", "resolve_conj"):
        value = getattr(value, step)() if hasattr(value, step) else value
    if hasattr(value, "numpy"):
        try:
            value = value.numpy()
        except TypeError:  # bfloat16 has no counterpart in NumPy
            value = value.float().numpy()
    matrix = as_array(name, value)
    if matrix.ndim != 2:
        raise InvalidArgumentError(
            name, "a matrix", f"shape {matrix.shape}", "only linear layers without bias make a deep linear network"
        )
    return matrix


def _bias(name: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        name,
        "layers without bias",
        "a bias",
        "an affine layer is no matrix: train with bias=False, or append a constant 1 to the input of every layer",
    )


def _ordered(tensors: Mapping[str, Any]) -> list[str]:
    for name in tensors:
        if name == "bias" or name.endswith(".bias"):
            raise _bias(name)
    names = list(tensors)
    return sorted(names, key=_natural) if _numbered(tensors) else names


def _natural(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name)]


def _numbered(tensors: Mapping[str, Any]) -> bool:
    """Whether the names differ only in their numbers, so that these tell the order."""
    return len({re.sub(r"\d+", "#", name) for name in tensors}) <= 1


def _checked_order(tensors: Mapping[str, Any], order: Sequence[str]) -> list[str]:
    names = [text("order", name, "names of layers") for name in items("order", order, "a sequence of names")]
    if sorted(names) != sorted(tensors):
        raise InvalidArgumentError("order", f"each of {_listed(tensors)} once", shown(names), "name every layer once")
    return names


def _listed(tensors: Mapping[str, Any]) -> str:
    return ", ".join(map(repr, tensors))
