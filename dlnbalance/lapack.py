"""LAPACK routines that work in place on parts of a matrix, and those that `scipy.linalg.lapack` lacks."""

import ctypes
from functools import cache
from typing import Any

import numpy as np
from scipy.linalg import cython_lapack

from .errors import NumericalError

__all__ = ["call_lapack"]


def call_lapack(name: str, *arguments: Any) -> None:
    """Call a LAPACK routine in place.

    Parameters
    ----------
    name : str
        Its name without the letter for the type: "d" or "z" goes before it, as the first array tells.
    *arguments : int, str, array
        All but the last one (`info`). Arrays are passed by their address, so leading dimensions belong to them.

    Raises
    ------
    NumericalError
        When the routine reports that it failed.

    Examples
    --------
    >>> values, above = np.array([3.0, 4.0]), np.zeros(2)
    >>> call_lapack("lasq1", 2, values, above, np.empty(8))
    >>> values.tolist()
    [4.0, 3.0]
    """
    info = ctypes.c_int(0)
    first = next(argument for argument in arguments if isinstance(argument, np.ndarray))
    full = f"{'z' if np.iscomplexobj(first) else 'd'}{name}"
    _routine(full)(*map(_reference, arguments), ctypes.byref(info))
    if info.value:
        raise NumericalError("matrix", "an algorithm that converges", f"{full}: {info.value}", "check its scaling")


def _reference(argument: Any) -> Any:
    """Fortran passes everything by reference."""
    if isinstance(argument, np.ndarray):
        return ctypes.c_void_p(argument.ctypes.data)
    if isinstance(argument, str):
        return ctypes.c_char_p(argument.encode())
    return ctypes.byref(ctypes.c_int(argument))


@cache
def _routine(name: str) -> Any:
    """Look a routine up in the table that SciPy publishes for compiled callers."""
    capsule = vars(cython_lapack)["__pyx_capi__"][name]
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype, api.PyCapsule_GetName.argtypes = ctypes.c_char_p, [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    signature = api.PyCapsule_GetName(capsule)
    prototype = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (signature.count(b",") + 1))
    return prototype(api.PyCapsule_GetPointer(capsule, signature))
