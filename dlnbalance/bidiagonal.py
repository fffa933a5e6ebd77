r"""Singular values of a square matrix, all of them, and only as many singular vectors as are wanted.

One Householder bidiagonalization X = Q B P* serves both: the values are those of B, found by the qd algorithm to high
relative accuracy, and vectors of B for the leading ones by inverse iteration; only these are multiplied by Q and P.
"""

import ctypes
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la
from scipy.linalg import cython_lapack

from .arrays import Array, frozen
from .errors import NumericalError

__all__ = ["Bidiagonal", "SingularValues"]


class SingularValues(NamedTuple):
    """Singular value decomposition X = Q_N Σ Q_0* of an end-to-end matrix, cut at the narrowest width."""

    left: Array
    values: Array
    right: Array


class Bidiagonal:
    r"""The bidiagonal form of a square matrix, 8/3 n³ flops.

    Parameters
    ----------
    X : (n, n) array
        In Fortran order; overwritten by the reflectors of Q and P.

    References
    ----------
    .. [1] K. V. Fernando, B. N. Parlett, "Accurate singular values and differential qd algorithms", Numer. Math. 67
       (1994) 191-229.
    .. [2] G. Golub, W. Kahan, "Calculating the singular values and pseudo-inverse of a matrix", SIAM J. Numer. Anal. 2
       (1965) 205-224.

    Examples
    --------
    >>> form = Bidiagonal(np.diag([3.0, 4.0]))
    >>> form.values.tolist()
    [4.0, 3.0]
    >>> abs(form.leading(1).left.ravel()).tolist()
    [0.0, 1.0]
    """

    def __init__(self, X: Array):
        self._reflectors = X
        n, kind = X.shape[0], X.dtype
        self._diagonal, self._above = np.empty(n), np.empty(max(n - 1, 0))
        self._left, self._right = np.empty(n, kind), np.empty(n, kind)
        arguments = (n, n, X, n, self._diagonal, self._above, self._left, self._right)
        _call("zgebrd" if np.iscomplexobj(X) else "dgebrd", *arguments, work=kind)

    @cached_property
    def values(self) -> Array:
        """All singular values, descending; O(n²)."""
        values, n = self._diagonal.copy(), self._diagonal.size
        _call("dlasq1", n, values, np.append(self._above, 0.0), np.empty(4 * n))
        return frozen(values)

    def leading(self, r: int) -> SingularValues:
        """The `r` leading singular triples; 8 n² r flops.

        The values ±σ and vectors (v, ±u) of [0 B*; B 0] are eigenpairs of a tridiagonal matrix with zero diagonal,
        after an even shuffle.
        """
        n = self._diagonal.size
        couplings = np.empty(2 * n - 1)
        couplings[::2], couplings[1::2] = self._diagonal, self._above
        scale = self.values[0] or 1.0
        couplings /= scale
        zero, blocks, ends = np.zeros(2 * n), np.ones(2 * n, np.int32), np.full(2 * n, 2 * n, np.int32)
        if (couplings**2 > np.finfo(float).tiny).all():
            ascending = self.values[:r][::-1] / scale
        else:  # the matrix falls apart, and inverse iteration wants to know where
            found = la.lapack.dstebz(zero, couplings, 2, 0.0, 1.0, 2 * n - r + 1, 2 * n, 0.0, "B")
            ascending, blocks, ends = found[1][:r], found[2], found[3]
        vectors, info = la.lapack.dstein(zero, couplings, ascending, blocks, ends)
        if info:
            raise NumericalError("X", "singular vectors that converge", f"dstein reports {info}", "ask for all of them")
        shuffled = vectors[:, np.argsort(ascending)[::-1]]
        left, right = (self._turned(*side) for side in (("Q", shuffled[1::2]), ("P", shuffled[::2])))
        return SingularValues(left, self.values[:r], right)

    def _turned(self, side: str, vectors: Array) -> Array:
        """Q or P times `vectors`, which are normalized first."""
        n, r = vectors.shape
        turned = np.asfortranarray(vectors / np.linalg.norm(vectors, axis=0), dtype=self._reflectors.dtype)
        scalars = self._left if side == "Q" else self._right
        name = "zunmbr" if np.iscomplexobj(turned) else "dormbr"
        arguments = (side, "L", "N", n, r, n, self._reflectors, n, scalars, turned, n)
        _call(name, *arguments, work=turned.dtype)
        return turned


def _call(name: str, *arguments: Any, work: Any = None) -> None:
    """Call a LAPACK routine in place; `work`: it takes a workspace of that type, of the size that it asks for."""
    info = ctypes.c_int(0)
    if work is not None:
        size = np.empty(1, work)
        _routine(name)(*_references(*arguments, size, -1, info))
        length = int(size[0].real)
        arguments = (*arguments, np.empty(length, work), length)
    _routine(name)(*_references(*arguments, info))
    if info.value:
        raise NumericalError("X", "singular values that converge", f"{name} reports {info.value}", "check the scaling")


def _references(*arguments: Any) -> list[Any]:
    """Fortran passes everything by reference."""

    def reference(argument: Any) -> Any:
        if isinstance(argument, np.ndarray):
            return argument.ctypes.data_as(ctypes.c_void_p)
        if isinstance(argument, str):
            return ctypes.c_char_p(argument.encode())
        return ctypes.byref(ctypes.c_int(argument) if isinstance(argument, int) else argument)

    return [reference(argument) for argument in arguments]


@cache
def _routine(name: str) -> Any:
    """A LAPACK routine that scipy.linalg.lapack lacks, from the table that SciPy publishes for compiled callers."""
    capsule = vars(cython_lapack)["__pyx_capi__"][name]
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype, api.PyCapsule_GetName.argtypes = ctypes.c_char_p, [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    signature = api.PyCapsule_GetName(capsule)
    prototype = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (signature.count(b",") + 1))
    return prototype(api.PyCapsule_GetPointer(capsule, signature))
