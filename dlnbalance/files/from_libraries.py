"""Systems from other libraries: python-control, scipy.signal, tuples of matrices."""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..networks.network import DeepLinearNetwork
from ..systems.linear_system import LinearSystem
from ..systems.rational import Factored, Quotient
from ..systems.realizations import realize
from .saved import Saved

__all__ = ["is_network", "library_of", "system_from"]


def system_from(obj: Any) -> LinearSystem:
    """The linear system that an object in memory describes; what names a file is refused.

    Parameters
    ----------
    obj : LinearSystem, control.StateSpace, control.TransferFunction, scipy.signal system, tuple or SecondOrderSystem
        A tuple is (A, B, C), (A, B, C, D) or (A, B, C, D, dt). A second-order system stands for its first-order form.

    Raises
    ------
    InvalidArgumentError
        For anything else, improper transfer functions, and tuples of other lengths; for networks it names the functions
        that take them.
    NumericalError
        When no realization in double precision has the response of a transfer function.

    Examples
    --------
    >>> system_from(([[-1.0]], [[1.0]], [[2.0]])).dcgain().item()
    2.0
    """
    if isinstance(obj, LinearSystem):
        return obj
    if isinstance(obj, tuple | list):
        if len(obj) not in (3, 4, 5):
            raise InvalidArgumentError(
                "system",
                "(A, B, C), (A, B, C, D) or (A, B, C, D, dt)",
                f"{len(obj)} items",
                "add or remove some",
            )
        return LinearSystem(*obj[:4], dt=obj[4]) if len(obj) == 5 else LinearSystem(*obj)
    library = library_of(obj)
    if library == "control":
        return _from_control(obj)
    if library == "scipy" and hasattr(obj, "to_ss"):
        return _from_scipy(obj)
    if is_network(obj):
        raise InvalidArgumentError(
            "system",
            "a linear system",
            f"a network ({type(obj).__qualname__})",
            "reduce and balance take it as it is, DeepLinearNetwork.from_torch and from_state_dict read it, and"
            " bridge.network_to_system runs it as a system",
        )
    if isinstance(obj, Saved):
        if (linear := obj.as_linear_system()) is not None:
            return linear
        raise InvalidArgumentError(
            "system",
            "a linear system",
            f"a {type(obj).__qualname__}",
            "balance, reduce, hankel_singular_values, save and the pictures take it as it is",
        )
    raise InvalidArgumentError(
        "system",
        "a LinearSystem, control.StateSpace, control.TransferFunction, scipy.signal system, (A, B, C[, D[, dt]])"
        " or the path of a model file",
        f"{type(obj).__module__}.{type(obj).__qualname__}",
        "convert it to one of these, a constant gain by LinearSystem.static",
    )


def library_of(obj: Any) -> str:
    """Top-level package of the first class in the ancestry of `obj` that comes from a known library."""
    packages = (kind.__module__.partition(".")[0] for kind in type(obj).__mro__)
    return next((package for package in packages if package in ("control", "scipy")), "")


def is_network(obj: Any) -> bool:
    """Whether `obj` is a network, a torch module, or a mapping of names to layers (not to the matrices of a system)."""
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
