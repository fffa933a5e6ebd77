"""BLAS and LAPACK in place on parts of matrices, and routines that `scipy.linalg.lapack` lacks."""

import ctypes
from functools import cache
from typing import Any

import numpy as np
from scipy.linalg import cython_blas, cython_lapack

from ..errors import NumericalError
from .arrays import Array, is_small_product

__all__ = [
    "add_product",
    "apply_reflections",
    "band_to_bidiagonal",
    "bidiagonal_values",
    "factor_panel",
    "leading_dimension",
]


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


def band_to_bidiagonal(band: Array) -> tuple[Array, Array]:
    """Reduce an upper triangular band to real bidiagonal form by plane rotations, which are forgotten (?gbbrd).

    Parameters
    ----------
    band : (w + 1, n) array
        M[i, j] at [w + i − j, j], in Fortran order; overwritten.

    Returns
    -------
    (n,) and (n,) array
        The main diagonal, and the one above it, followed by a zero.

    Examples
    --------
    >>> band = np.array([[0.0, 4.0, 5.0], [3.0, 2.0, 1.0]], order="F")
    >>> [np.abs(part).tolist() for part in band_to_bidiagonal(band)]  # bidiagonal already
    [[3.0, 2.0, 1.0], [4.0, 5.0, 0.0]]
    """
    rows, n = band.shape
    diagonal, above = np.empty(n), np.zeros(n)
    unused = np.empty((1, 1), band.dtype)  # of the rotations from left and right, and of a right-hand side
    work = [np.empty(n, band.dtype), np.empty(n)] if np.iscomplexobj(band) else [np.empty(2 * n)]
    shape = (n, n, 0, 0, rows - 1)  # rows, columns, columns of the right-hand side, diagonals below and above
    outputs = (diagonal, above, unused, 1, unused, 1, unused, 1)
    _call("gbbrd", "N", *shape, band, leading_dimension(band), *outputs, *work)
    return diagonal, above


def bidiagonal_values(diagonal: Array, above: Array) -> Array:
    """Singular values of a real upper bidiagonal matrix, descending, each to high relative accuracy (?lasq1).

    Parameters
    ----------
    diagonal, above : (n,) array
        The main diagonal and the one above it, whose last entry does not count; both are overwritten.

    Examples
    --------
    >>> bidiagonal_values(np.array([3.0, 4.0]), np.zeros(2)).round(12).tolist()
    [4.0, 3.0]
    """
    n = diagonal.size
    _call("lasq1", n, diagonal, above, np.empty(4 * n))
    return diagonal


def factor_panel(panel: Array) -> Array:
    """QR factorization of a panel in place, its reflections gathered in one block (?geqrt).

    Parameters
    ----------
    panel : (m, k) array
        In Fortran order, or part of a matrix that is; R takes its upper triangle, the vectors V what is below.

    Returns
    -------
    (min(m, k), min(m, k)) array
        The triangle T of Q = I − V T V*.

    Examples
    --------
    >>> panel = np.array([[3.0], [4.0]], order="F")
    >>> triangle = factor_panel(panel)
    >>> np.abs(panel[0]).round(12).tolist()
    [5.0]
    """
    rows, columns = panel.shape
    count = min(rows, columns)
    triangle = np.empty((count, count), panel.dtype, order="F")
    work = np.empty(count * columns, panel.dtype)
    _call("geqrt", rows, columns, count, panel, leading_dimension(panel), triangle, count, work)
    return triangle


def apply_reflections(
    matrix: Array, *, vectors: Array, triangle: Array, adjoint: bool = False, from_right: bool = False
) -> None:
    """Multiply a matrix by the Q of a panel, or by its adjoint, in place (?gemqrt).

    Parameters
    ----------
    matrix : (m, n) array
        In Fortran order, or part of a matrix that is; overwritten.
    vectors, triangle : array
        The panel after :func:`factor_panel`, and what that returned.
    adjoint : bool
        Multiply by Q*.
    from_right : bool
        Multiply from the right.

    Examples
    --------
    >>> panel, matrix = np.array([[3.0], [4.0]], order="F"), np.array([[3.0], [4.0]], order="F")
    >>> apply_reflections(matrix, vectors=panel, triangle=factor_panel(panel), adjoint=True)
    >>> np.abs(matrix).round(12).tolist()
    [[5.0], [0.0]]
    """
    rows, columns = matrix.shape
    count = triangle.shape[0]
    side = "R" if from_right else "L"
    operation = "N" if not adjoint else "C" if np.iscomplexobj(matrix) else "T"
    shape = (rows, columns, count, count)  # of the matrix; reflections; reflections in a block
    reflections = (vectors, leading_dimension(vectors), triangle, count)
    work = np.empty(count * (rows if from_right else columns), matrix.dtype)
    _call("gemqrt", side, operation, *shape, *reflections, matrix, leading_dimension(matrix), work)


def leading_dimension(matrix: Array) -> int:
    """Distance between the columns of (part of) a matrix in Fortran order; any other would be misread."""
    if matrix.shape[0] > 1 and matrix.strides[0] != matrix.itemsize:
        raise ValueError(f"a matrix in Fortran order is needed, strides {matrix.strides} came")
    return max(matrix.strides[1] // matrix.itemsize, matrix.shape[0])


def _call(name: str, *arguments: Any) -> None:
    """Call a LAPACK routine in place: "d" or "z" goes before its name, as the first array tells.

    The arguments are all but the last one (`info`). Arrays are passed by their address, so leading dimensions belong to
    them.
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
