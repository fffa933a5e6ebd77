"""BLAS and LAPACK in place on parts of matrices, and routines that `scipy.linalg.lapack` lacks."""

import ctypes
from functools import cache
from typing import Any

import numpy as np
from scipy.linalg import cython_blas, cython_lapack

from ..errors import NumericalError
from .arrays import Array, is_small_product

__all__ = ["add_product", "call_lapack", "leading_dimension"]


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
    >>> values.round(12).tolist()
    [4.0, 3.0]
    """
    info = ctypes.c_int(0)
    first = next(argument for argument in arguments if isinstance(argument, np.ndarray))
    full = f"{'z' if np.iscomplexobj(first) else 'd'}{name}"
    _routine(full)(*map(_reference, arguments), ctypes.byref(info))
    if info.value:
        raise NumericalError("matrix", "an algorithm that converges", f"{full}: {info.value}", "check its scaling")


def add_product(target: Array, left: Array, right: Array) -> None:
    """Add left @ right to `target`, in place; without copies where all are parts of matrices in Fortran order.

    Examples
    --------
    >>> target = np.ones((1, 1), order="F")
    >>> add_product(target, np.array([[2.0]]), np.array([[3.0]]))
    >>> target.item()
    7.0
    """
    rows, inner = left.shape
    columns = right.shape[1]
    fits = all(M.strides[0] == M.itemsize and M.dtype == target.dtype for M in (target, left, right))
    if not fits or is_small_product(left, right):
        target += left @ right
        return
    one = np.ones(1, target.dtype)
    factors = (left, leading_dimension(left), right, leading_dimension(right))
    _routine("zgemm" if np.iscomplexobj(target) else "dgemm")(
        *map(_reference, ("N", "N", rows, columns, inner, one, *factors, one, target, leading_dimension(target)))
    )


def leading_dimension(matrix: Array) -> int:
    """Distance between the columns of (part of) a matrix in Fortran order; any other would be misread."""
    if matrix.shape[0] > 1 and matrix.strides[0] != matrix.itemsize:
        raise ValueError(f"a matrix in Fortran order is needed, strides {matrix.strides} came")
    return max(matrix.strides[1] // matrix.itemsize, matrix.shape[0])


def _reference(argument: Any) -> Any:
    """Fortran passes everything by reference."""
    if isinstance(argument, np.ndarray):
        return ctypes.c_void_p(argument.__array_interface__["data"][0])
    if isinstance(argument, str):
        return ctypes.c_char_p(argument.encode())
    return ctypes.byref(ctypes.c_int(argument))


@cache
def _routine(name: str) -> Any:
    """Look a routine up in the table that SciPy publishes for compiled callers."""
    tables = (vars(module)["__pyx_capi__"] for module in (cython_lapack, cython_blas))
    capsule = next(table[name] for table in tables if name in table)
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype, api.PyCapsule_GetName.argtypes = ctypes.c_char_p, [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    signature = api.PyCapsule_GetName(capsule)
    prototype = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (signature.count(b",") + 1))
    return prototype(api.PyCapsule_GetPointer(capsule, signature))
