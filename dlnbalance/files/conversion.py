"""What a function is given, as the model that it works on: a system, a network, or a quiver representation."""

from pathlib import Path
from typing import Any

from ..networks.network import DeepLinearNetwork
from ..systems.linear_system import LinearSystem
from .from_libraries import is_network, system_from
from .models import load, load_system
from .saved import Saved

__all__ = ["as_model", "as_system", "recognized"]


def as_system(obj: Any) -> LinearSystem:
    """Turn anything that describes a linear system into a :class:`LinearSystem`.

    Parameters
    ----------
    obj : LinearSystem, control.StateSpace, control.TransferFunction, scipy.signal system, tuple or path
        A tuple is (A, B, C), (A, B, C, D) or (A, B, C, D, dt). A ``str`` or ``Path`` names a file
        (see :func:`dlnbalance.load`). A SecondOrderSystem stands for its first-order form.

    Returns
    -------
    LinearSystem
        With the time base and signal names of `obj`.

    Raises
    ------
    InvalidArgumentError
        For anything else, improper transfer functions, and tuples of other lengths; for networks it names the functions
        that take them.
    NumericalError
        When no realization in double precision has the response of a transfer function (see
        :mod:`dlnbalance.systems.realizations`).

    See Also
    --------
    dlnbalance.load : read a model from a file.
    dlnbalance.LinearSystem : a linear time-invariant state-space model, dense or sparse, real or complex.

    Examples
    --------
    >>> import control
    >>> as_system(control.tf([1.0], [1.0, 3.0, 2.0], 0.1, inputs="throttle")).inputs
    ('throttle',)
    >>> as_system(([[0.5]], [[1.0]], [[1.0]], [[0.0]], 0.1)).dt
    0.1
    """
    if isinstance(obj, str | Path):
        model = load(obj)
        linear = model.as_linear_system() if isinstance(model, Saved) else None
        return load_system(obj) if linear is None else linear
    return system_from(obj)


def recognized(obj: Any) -> Any:
    """The model that `reduce` and `balance` dispatch on: networks in any form become a DeepLinearNetwork.

    Parameters
    ----------
    obj : torch.nn.Module, mapping, path or model
        A Sequential of Linear layers, a state dict, or a file of a network or a system. Everything else is returned as
        it is.

    See Also
    --------
    dlnbalance.as_system : turn anything that describes a linear system into a LinearSystem.
    dlnbalance.files.conversion.as_model : a quiver representation as it is, or the linear system.

    Examples
    --------
    >>> recognized({"encoder.weight": [[1.0, 2.0]], "decoder.weight": [[3.0]]}).widths
    (2, 1, 1)
    """
    if isinstance(obj, str | Path):
        return load(obj)
    return DeepLinearNetwork.from_torch(obj) if is_network(obj) and not isinstance(obj, DeepLinearNetwork) else obj


def as_model(obj: Any) -> Any:
    """Return `obj` if it is a quiver representation in other words, else the linear system (E = I) that it describes.

    Parameters
    ----------
    obj : Representation, DeepLinearNetwork, any other :class:`~dlnbalance.quiver.representation.Representable`, or
    anything
        that :func:`as_system` reads
        A model.

    Raises
    ------
    InvalidArgumentError
        For anything else.

    See Also
    --------
    dlnbalance.as_system : turn anything that describes a linear system into a LinearSystem.
    dlnbalance.files.conversion.recognized : the model that `reduce` and `balance` dispatch on.

    Examples
    --------
    >>> as_model(([[-1.0]], [[1.0]], [[1.0]])).nstates
    1
    """
    if hasattr(type(obj), "with_representation") and not isinstance(obj, LinearSystem):
        return obj
    return as_system(obj).explicit()
