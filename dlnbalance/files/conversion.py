"""The doors from and to other libraries: python-control, scipy.signal, tuples of matrices, files."""

import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ConversionWarning, InvalidArgumentError, NumericalError
from ..systems.dyadic import Scaled
from ..systems.linear_system import LinearSystem
from ..systems.rational import Factored, Quotient
from ..systems.realizations import realize
from ..systems.state_matrices import Realization
from ..systems.transfer_functions import factored_entries, polynomial_entries

__all__ = ["as_model", "as_system", "recognized", "restore_type"]


def as_system(obj: Any) -> LinearSystem:
    """Turn anything that describes a linear system into a :class:`LinearSystem`.

    Parameters
    ----------
    obj : LinearSystem, control.StateSpace, control.TransferFunction, scipy.signal system, tuple or path
        A tuple is (A, B, C), (A, B, C, D) or (A, B, C, D, dt). A ``str`` or ``Path`` names a file
        (see :func:`dlnbalance.load`).

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

    Examples
    --------
    >>> import control
    >>> as_system(control.tf([1.0], [1.0, 3.0, 2.0], 0.1, inputs="throttle")).inputs
    ('throttle',)
    >>> as_system(([[0.5]], [[1.0]], [[1.0]], [[0.0]], 0.1)).dt
    0.1
    """
    if isinstance(obj, LinearSystem):
        return obj
    if isinstance(obj, str | Path):
        from .models import load_system

        return load_system(obj)
    if isinstance(obj, tuple | list):
        if len(obj) not in (3, 4, 5):
            raise InvalidArgumentError(
                "system",
                "(A, B, C), (A, B, C, D) or (A, B, C, D, dt)",
                f"{len(obj)} items",
                "add or remove some",
            )
        return LinearSystem(*obj[:4], dt=obj[4]) if len(obj) == 5 else LinearSystem(*obj)
    library = _library(obj)
    if library == "control":
        return _from_control(obj)
    if library == "scipy" and hasattr(obj, "to_ss"):
        return _from_scipy(obj)
    if _is_network(obj):
        raise InvalidArgumentError(
            "system",
            "a linear system",
            f"a network ({type(obj).__qualname__})",
            "reduce and balance take it as it is, DeepLinearNetwork.from_torch and from_state_dict read it, and"
            " bridge.network_to_system runs it as a system",
        )
    raise InvalidArgumentError(
        "system",
        "a LinearSystem, control.StateSpace, control.TransferFunction, scipy.signal system, (A, B, C[, D[, dt]])"
        " or the path of a model file",
        f"{type(obj).__module__}.{type(obj).__qualname__}",
        "convert it to one of these",
    )


def recognized(obj: Any) -> Any:
    """The model that `reduce` and `balance` dispatch on: networks in any form become a DeepLinearNetwork.

    Parameters
    ----------
    obj : torch.nn.Module, mapping, path or model
        A Sequential of Linear layers, a state dict, or a file of a network or a system. Everything else is returned as
        it is.

    Examples
    --------
    >>> recognized({"encoder.weight": [[1.0, 2.0]], "decoder.weight": [[3.0]]}).widths
    (2, 1, 1)
    """
    from ..networks.network import DeepLinearNetwork

    if isinstance(obj, str | Path):
        from .models import load

        return load(obj)
    return DeepLinearNetwork.from_torch(obj) if _is_network(obj) and not isinstance(obj, DeepLinearNetwork) else obj


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
    """
    if hasattr(type(obj), "with_representation") and not isinstance(obj, LinearSystem):
        return obj
    return as_system(obj).explicit()


def restore_type(system: LinearSystem, like: Any) -> Any:
    """Return `system` as the kind of object that `like` is.

    python-control and scipy.signal objects give back objects of the same class; everything else (tuples, paths,
    LinearSystem) gives the LinearSystem itself.

    Warns
    -----
    ConversionWarning
        When `like` is a transfer function, and no transfer function in double precision has the response of `system`
        to 1e-8 of its norm: then its state space is returned.
    """
    library = _library(like)
    if library == "control":
        import control

        is_transfer_function = isinstance(like, control.TransferFunction)
        return _or_state_space(system.to_transfer_function, system.to_control, is_transfer_function)
    if library == "scipy":
        return _to_scipy_kind(system, like)
    return system


def _or_state_space(to_kind: Callable[[], Any], to_state_space: Callable[[], Any], is_transfer_function: bool) -> Any:
    """The transfer function that is wanted, or the state space and the reason."""
    if is_transfer_function:
        try:
            return to_kind()
        except NumericalError as error:
            warnings.warn(f"returned in state space: {error}", ConversionWarning, stacklevel=_calls_inside() + 1)
    return to_state_space()


def _calls_inside() -> int:
    """Number of calls between the caller and whoever called the library, so that a warning names a line of theirs."""
    inside = {__name__.partition(".")[0], "functools"}  # the latter dispatches on types
    names = (frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_stack(sys._getframe(1)))
    return sum(1 for _ in takewhile(lambda name: name.partition(".")[0] in inside, names))


def _library(obj: Any) -> str:
    """Top-level package of the first class in the ancestry of `obj` that comes from a known library."""
    packages = (kind.__module__.partition(".")[0] for kind in type(obj).__mro__)
    return next((package for package in packages if package in ("control", "scipy")), "")


def _is_network(obj: Any) -> bool:
    """Whether `obj` is a network, a torch module, or a mapping of names to layers (not to the matrices of a system)."""
    from ..networks.network import DeepLinearNetwork

    if isinstance(obj, Mapping):
        return bool(obj) and not {str(name).upper() for name in obj} <= set("ABCDE")
    torch = sys.modules.get("torch")
    return isinstance(obj, DeepLinearNetwork) or (torch is not None and isinstance(obj, torch.nn.Module))


# -- python-control -------------------------------------------------------------------------------------------------


def _from_control(obj: Any) -> LinearSystem:
    import control

    if isinstance(obj, control.TransferFunction):
        A, B, C, D = realize(_functions(obj.num, obj.den), discrete=_is_discrete(obj.dt))
    elif isinstance(obj, control.StateSpace):
        A, B, C, D = obj.A, obj.B, obj.C, obj.D
    else:
        raise InvalidArgumentError(
            "system",
            "control.StateSpace or control.TransferFunction",
            type(obj).__qualname__,
            "linearize a nonlinear system; fit a model to frequency response data",
        )
    return LinearSystem(
        A,
        B,
        C,
        D,
        dt=obj.dt,
        inputs=obj.input_labels,
        outputs=obj.output_labels,
        states=obj.state_labels if isinstance(obj, control.StateSpace) else None,
        name=obj.name,
    )


def _is_discrete(dt: float | bool | None) -> bool:
    """Whether a realization is compared on the unit circle; a time base that is not known is taken for continuous."""
    return dt is True or bool(dt)


def _functions(numerators: Any, denominators: Any) -> list[list[Quotient]]:
    """The entries of a matrix of transfer functions, from its polynomials."""
    return [
        [_function(above, below) for above, below in zip(*row, strict=True)]
        for row in zip(numerators, denominators, strict=True)
    ]


def _function(numerator: Any, denominator: Any) -> Quotient:
    numbers = [np.atleast_1d(np.asarray(polynomial)) for polynomial in (numerator, denominator)]
    if not all(np.isfinite(polynomial).all() for polynomial in numbers):
        raise InvalidArgumentError(
            "system", "finite coefficients", "nan or an infinite one", "check what the transfer function came from"
        )
    function = Quotient.of(*numbers)
    if not function.denominator.size:
        raise InvalidArgumentError("system", "a denominator that is not zero", "zeros only", "check its coefficients")
    return function


# -- scipy.signal ---------------------------------------------------------------------------------------------------


def _from_scipy(obj: Any) -> LinearSystem:
    import scipy.signal

    dt = 0 if obj.dt is None else obj.dt
    if isinstance(obj, scipy.signal.StateSpace):
        return LinearSystem(obj.A, obj.B, obj.C, obj.D, dt=dt)
    if isinstance(obj, scipy.signal.ZerosPolesGain):
        entries: list[list[Any]] = [[_factors(obj)]]
    else:
        rows = np.atleast_2d(obj.num)
        entries = _functions([[row] for row in rows], [[obj.den]] * len(rows))
    return LinearSystem(*realize(entries, discrete=_is_discrete(dt)), dt=dt)


def _factors(obj: Any) -> Factored:
    zeros, poles = (np.atleast_1d(np.asarray(v, dtype=complex)) for v in (obj.zeros, obj.poles))
    gain = complex(obj.gain)
    if not all(np.isfinite(v).all() for v in (zeros, poles, gain)):
        raise InvalidArgumentError("system", "finite zeros, poles and gain", "nan or an infinite one", "check them")
    if gain == 0:
        return Factored(zeros[:0], zeros[:0], 0.0)
    return Factored(zeros, poles, gain if gain.imag else gain.real)


def _to_scipy_kind(system: LinearSystem, like: Any) -> Any:
    import scipy.signal

    if isinstance(like, scipy.signal.TransferFunction):
        return _or_state_space(lambda: _scipy_quotient(system), system.to_scipy, True)
    is_factored = isinstance(like, scipy.signal.ZerosPolesGain)
    return _or_state_space(lambda: _scipy_factors(system), system.to_scipy, is_factored)


def _scipy_factors(system: LinearSystem) -> Any:
    import scipy.signal

    if (system.ninputs, system.noutputs) != (1, 1):
        raise NumericalError(
            "system", "one input and one output (scipy holds no others)", "several", "keep the state-space model"
        )
    entry = factored_entries(_matrices(system), discrete=_is_discrete(system.dt))[0][0]
    gain = Scaled(np.array(entry.gain), np.array(entry.exponent)).value.item()
    if not np.isfinite(gain) or (gain == 0) != (entry.gain == 0):
        raise NumericalError("system", "a gain that is a double", f"2^{entry.exponent}", "keep the state-space model")
    return scipy.signal.ZerosPolesGain(entry.zeros, entry.poles, gain, **_sampling(system))


def _scipy_quotient(system: LinearSystem) -> Any:
    import scipy.signal

    entries = [row[0] for row in polynomial_entries(_matrices(system), discrete=_is_discrete(system.dt))]
    below = entries[0].denominator
    if system.ninputs > 1 or not all(np.array_equal(entry.denominator, below) for entry in entries):
        raise NumericalError(
            "system", "one input and one denominator (scipy holds no others)", "several", "use to_transfer_function"
        )
    rows = [np.pad(entry.numerator, (below.size - entry.numerator.size, 0)) for entry in entries]
    result = scipy.signal.TransferFunction([1.0], [1.0], **_sampling(system))
    # Set after the fact: the constructor takes coefficients below 1e-14 for rounding and drops them.
    result.num, result.den = (np.vstack(rows) if len(rows) > 1 else entries[0].numerator), below
    return result


def _matrices(system: LinearSystem) -> Realization:
    return Realization(*system.to_tuple()[:4])


def _sampling(system: LinearSystem) -> dict[str, Any]:
    return {"dt": system.dt} if system.is_discrete else {}
