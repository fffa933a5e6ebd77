"""Arrays that are safe to compute with: finite, two-dimensional, double precision, read-only."""

import sys
from typing import Any, Literal, TypeVar

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp
from scipy.sparse.linalg import norm as sparse_norm

from ..errors import InvalidArgumentError, NumericalError
from .arguments import is_integer, shown

__all__ = [
    "EPS",
    "Array",
    "Flags",
    "Indices",
    "Matrix",
    "adjoint",
    "as_array",
    "as_generator",
    "as_matrix",
    "dense",
    "factorized",
    "frozen",
    "in_range",
    "is_small_product",
    "is_sparse",
    "norm",
    "product",
    "real_vector",
    "spectral_norm_bound",
    "whole_number",
]

Array = np.ndarray[tuple[Any, ...], np.dtype[np.inexact[Any]]]
Indices = np.ndarray[tuple[Any, ...], np.dtype[np.integer[Any]]]
Flags = np.ndarray[tuple[Any, ...], np.dtype[np.bool[Any]]]
#: A dense array or any scipy.sparse matrix or array.
Matrix = Any

# Multiplications that OpenBLAS leaves to one thread, of real and of complex numbers: in a product of two matrices, and
# of a matrix and a vector.
_ONE_THREAD = {("f", 2): 2**18, ("c", 2): 2**16, ("f", 1): 9216, ("c", 1): 4096}

T = TypeVar("T")

#: Unit roundoff of the arithmetic, times two: the distance from 1.0 to the next double.
EPS = float(np.finfo(float).eps)


def is_sparse(matrix: Matrix) -> bool:
    """Whether `matrix` is a scipy.sparse matrix or array."""
    return type(matrix) is not np.ndarray and sp.issparse(matrix)


def dense(matrix: Matrix) -> Array:
    """Return `matrix` as a dense array (itself when it is one)."""
    return matrix.toarray() if is_sparse(matrix) else np.asarray(matrix)


def adjoint(matrix: Array) -> Array:
    """Conjugate transpose M* (the plain transpose of a real matrix, without a copy)."""
    return matrix.conj().T


def product(left: Matrix, right: Matrix) -> Array:
    """The product of two matrices, or of a matrix and a vector, by SciPy's BLAS.

    NumPy and SciPy each come with a BLAS and its threads, and those of one keep the processors busy for a while after
    their work is done. Large products beside SciPy's LAPACK are therefore better made by the library that LAPACK uses.

    Examples
    --------
    >>> product(np.ones((2, 3)), np.ones(3))
    array([3., 3.])
    """
    if is_sparse(left) or is_sparse(right) or is_small_product(left, right) or left.dtype != right.dtype:
        return left @ right
    if left.ndim == 1:
        return product(right.T, left)
    a, transposed = (left, 0) if left.flags.f_contiguous else (left.T, 1)
    if right.ndim == 1:
        return la.blas.get_blas_funcs("gemv", (a,))(1.0, a, right, trans=transposed)
    b, flipped = (right, 0) if right.flags.f_contiguous else (right.T, 1)
    return la.blas.get_blas_funcs("gemm", (a, b))(1.0, a, b, trans_a=transposed, trans_b=flipped)


def is_small_product(left: Array, right: Array) -> bool:
    """Whether OpenBLAS leaves the product left @ right to one thread."""
    kind = "c" if left.dtype.kind == "c" or right.dtype.kind == "c" else "f"
    return left.size * right[:1].size <= _ONE_THREAD[kind, min(left.ndim, right.ndim)]


def frozen(array: Array) -> Array:
    """Mark `array` read-only and return it."""
    array.flags.writeable = False
    return array


def as_generator(rng: Any, *, optional: bool = False) -> np.random.Generator:
    """Return `rng` when it is a generator, or the generator that it seeds; None only where it is `optional`.

    Raises
    ------
    InvalidArgumentError
        For anything that is neither.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    seed = (is_integer(rng) and rng >= 0) or isinstance(
        rng, np.random.BitGenerator | np.random.SeedSequence | np.random.RandomState
    )
    if seed or (rng is None and optional):
        return np.random.default_rng(rng)
    raise InvalidArgumentError(
        "rng", "a numpy.random.Generator or a seed", shown(rng), "pass numpy.random.default_rng(seed)"
    )


def whole_number(
    argument: str, value: Any, least: int = 1, most: int | None = None, *, remedy: str = "choose a number in this range"
) -> int:
    """Return `value` when it is an integer (not a boolean) from `least` to `most`.

    Raises
    ------
    InvalidArgumentError
        For anything else, floats with integer values included, and what no array has as many entries as.
    """
    if not is_integer(value) or not least <= value <= (sys.maxsize if most is None else most):
        span = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise InvalidArgumentError(argument, f"a whole number {span}", shown(value), remedy)
    return int(value)


def real_vector(
    argument: str, value: Any, expected: str = "real numbers", *, infinite: bool = False, remedy: str = "pass a list"
) -> Array:
    """Check and copy `value` into a new vector of real numbers; a single number becomes a vector of one.

    Parameters
    ----------
    argument : str
        The name that error messages use.
    value : array_like
        What the caller passed.
    expected : str
        What the numbers are, in words.
    infinite : bool
        Let infinite numbers pass.
    remedy : str
        What the caller can do.

    Raises
    ------
    InvalidArgumentError
        For anything else; booleans, complex numbers and NaN included.

    Examples
    --------
    >>> real_vector("t", 2), real_vector("omega", [0, np.inf], infinite=True)
    (array([2.]), array([ 0., inf]))
    """
    array = np.atleast_1d(as_array(argument, value))
    if array.ndim != 1 or array.dtype.kind not in "iuf":
        received = f"dtype {array.dtype} and shape {array.shape}" if array.size > 1 else shown(value)
        raise InvalidArgumentError(argument, expected, received, remedy)
    with np.errstate(over="ignore"):  # a longdouble beyond the range becomes inf and is refused as such
        vector = array.astype(float)
    wrong = vector[np.isnan(vector) if infinite else ~np.isfinite(vector)]
    if wrong.size:
        raise InvalidArgumentError(argument, expected, f"{wrong[0]}", remedy)
    return vector


def in_range(argument: str, value: T, what: str, remedy: str = "scale it down") -> T:
    """Return a number or an array that was computed from an argument; refuse what left the range of numbers.

    Raises
    ------
    NumericalError
        For infinite entries and NaN.

    Examples
    --------
    >>> in_range("X", 2.0, "a volume")
    2.0
    """
    if not np.isfinite(value).all():  # pyright: ignore[reportArgumentType, reportCallIssue]
        raise NumericalError(argument, f"{what} within the range of double precision", "overflow", remedy)
    return value


def norm(matrix: Matrix, kind: Literal["F", "1", "I"] = "F") -> float:
    """‖M‖_F, ‖M‖_1 or ‖M‖_∞ of a dense or sparse matrix.

    Of a dense one by LAPACK, without a copy: ``np.linalg.norm`` wakes NumPy's threads (see `product`).

    Examples
    --------
    >>> norm(np.array([[3.0, 4.0]])), norm(sp.csc_array([[3.0, 4.0]]), "1")
    (5.0, 4.0)
    """
    if not matrix.size:
        return 0.0
    if is_sparse(matrix):
        return float(sparse_norm(matrix, {"F": "fro", "1": 1, "I": np.inf}[kind]))
    (lange,) = la.lapack.get_lapack_funcs(("lange",), (matrix,))
    if matrix.flags.f_contiguous:
        return float(lange(kind, matrix))
    return float(lange({"F": "F", "1": "I", "I": "1"}[kind], matrix.T))


def spectral_norm_bound(matrix: Matrix) -> float:
    """Upper bound (‖M‖_1 ‖M‖_∞)^½ of the spectral norm of M, and of that of its absolute values."""
    return float(np.sqrt(norm(matrix, "1")) * np.sqrt(norm(matrix, "I")))


def factorized(matrix: Array) -> tuple[tuple[Array, Any], float]:
    """LU factors for ``scipy.linalg.lu_solve``, and the reciprocal condition number (0 for a singular matrix)."""
    if matrix.shape[0] == 0:
        return (matrix, np.zeros(0, dtype=np.int32)), 1.0
    getrf, gecon = la.lapack.get_lapack_funcs(("getrf", "gecon"), (matrix,))
    lu, pivots, info = getrf(matrix)
    rcond = 0.0 if info > 0 else float(gecon(lu, la.norm(matrix, 1))[0])
    return (lu, pivots), rcond


def as_array(argument: str, value: Any) -> Array:
    """Return `value` as an array of any type and shape; refuse ragged lists, masked entries, and what is no array."""
    if isinstance(value, bytes | bytearray):
        raise InvalidArgumentError(argument, "an array of numbers", shown(value), "unpack it with numpy.frombuffer")
    if np.ma.is_masked(value):
        raise InvalidArgumentError(argument, "a full matrix", "masked entries", "fill them first")
    try:
        return np.asarray(value)
    except ValueError:
        raise InvalidArgumentError(
            argument, "a matrix", "rows of different lengths", "give every row the same number of entries"
        ) from None
    except (TypeError, AttributeError, NotImplementedError):  # objects that pretend to be sequences
        raise InvalidArgumentError(argument, "a matrix", shown(value), "pass an array or a list of rows") from None


def as_matrix(
    argument: str,
    value: Any,
    *,
    rows: int | None = None,
    columns: int | None = None,
    allow_sparse: bool = False,
) -> Matrix:
    """Check and copy `value` into a finite, read-only float64 or complex128 matrix.

    Scalars become 1-by-1. A one-dimensional sequence is taken as a column or a row where the known number of
    `rows` or `columns` leaves only one reading. Integer, boolean and lower-precision types are cast.

    Parameters
    ----------
    argument : str
        The name that error messages use.
    value : array_like or sparse
        What the caller passed.
    rows, columns : int, optional
        The required shape, as far as it is known.
    allow_sparse : bool
        Keep scipy.sparse input sparse (as CSC) instead of turning it dense.

    Raises
    ------
    InvalidArgumentError
        For anything that is not a finite numeric matrix of the required shape.
    """
    if is_sparse(value) and value.ndim == 2:
        matrix = _cast(argument, value) if allow_sparse else _cast(argument, value.toarray())
        if allow_sparse:
            matrix = sp.csc_array(matrix, copy=True)
            matrix.sum_duplicates()
    else:
        value = dense(value) if is_sparse(value) else value
        matrix = _reshape(argument, _cast(argument, as_array(argument, value)), rows, columns)
    _check_shape(argument, matrix.shape, rows, columns)
    entries = matrix.data if is_sparse(matrix) else matrix
    if not np.isfinite(entries).all():
        bad = "NaN" if np.isnan(entries).any() else "infinite entries"
        raise InvalidArgumentError(argument, "finite numbers", bad, "check how this matrix was computed or read")
    return matrix if is_sparse(matrix) else frozen(matrix)


def _cast(argument: str, array: Matrix) -> Matrix:
    """Copy to float64 or complex128; refuse text, objects and other non-numbers."""
    if array.dtype.kind not in "biufc":
        raise InvalidArgumentError(
            argument, "a numeric matrix", f"dtype {array.dtype}", "convert it to float or complex first"
        )
    target = complex if array.dtype.kind == "c" else float
    if array.dtype == target:
        return array.astype(target)
    with np.errstate(over="ignore"):  # a longdouble beyond the range becomes inf and is refused as such
        return array.astype(target)


def _reshape(argument: str, array: Array, rows: int | None, columns: int | None) -> Array:
    if array.ndim == 0 and rows in (None, 1) and columns in (None, 1):
        return array.reshape(1, 1)
    if array.ndim == 1 and rows == array.size and columns in (None, 1):
        return array.reshape(-1, 1)
    if array.ndim == 1 and columns in (None, array.size) and rows == 1:
        return array.reshape(1, -1)
    if array.ndim == 1 and columns == array.size and rows is None:
        return array.reshape(1, -1)
    if array.ndim == 1 and columns == 1 and rows is None:
        return array.reshape(-1, 1)
    if array.ndim != 2:
        raise InvalidArgumentError(
            argument, "a two-dimensional array", f"shape {array.shape}", "pass a list of rows or a 2-D array"
        )
    return array


def _check_shape(argument: str, shape: tuple[int, ...], rows: int | None, columns: int | None) -> None:
    expected = ("any" if rows is None else rows, "any" if columns is None else columns)
    if (rows is not None and shape[0] != rows) or (columns is not None and shape[1] != columns):
        raise InvalidArgumentError(
            argument,
            f"shape ({expected[0]}, {expected[1]})",
            f"shape ({shape[0]}, {shape[1]})",
            "make its sizes agree with the other matrices",
        )
