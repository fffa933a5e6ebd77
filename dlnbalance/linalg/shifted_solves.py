"""Solves with a shifted pencil in Schur form: one call of LAPACK for each of few shifts, or compiled loops for all."""

import numpy as np
import scipy.linalg as la

from . import compiled
from .arrays import Array
from .pencils import SchurForm
from .triangular_solves import adjoint_triangular_solutions, triangular_solutions

__all__ = ["adjoint_shifted_solution", "adjoint_solutions", "shifted_solution", "solutions"]

# Shifts up to which one solve after another takes less time than all together (``SchurForm.resolvent``); 2 for n = 5,
# 6 for n = 200, and none where that is compiled.
_FEW = 3


def shifted_solution(schur: SchurForm, point: complex, right: Array) -> Array:
    r"""Solve (z T − S) X = R at one point z, in Schur coordinates.

    Parameters
    ----------
    schur : SchurForm
    point : complex
        The shift z.
    right : (n, m) array
        R, real or complex; in Schur coordinates, Q*B for a matrix B of the pencil.

    Returns
    -------
    (n, m) complex array
        In Schur coordinates: (z E − A)⁻¹ B = Z X.

    Raises
    ------
    LinAlgError
        When z is an eigenvalue to the last bit.

    Notes
    -----
    Without E this is the Sylvester equation S X − X z = −R with a triangular S. For a real S the shift becomes a 2-by-2
    block for each column, [Re X, Im X] the unknown (?trsyl [1]_), so that everything stays real; O(m n²). What is too
    near to singular for that routine, and pencils with an E, go by :meth:`SchurForm.resolvent`. So does everything
    where that is compiled: it takes less time even for one shift.

    References
    ----------
    .. [1] R. H. Bartels, G. W. Stewart, "Solution of the matrix equation AX + XB = C", Comm. ACM 15 (1972) 820-826.

    Examples
    --------
    >>> from dlnbalance.linalg.pencils import schur_form
    >>> shifted_solution(schur_form(np.array([[-1.0]])), 1j, np.ones((1, 1))).round(12).tolist()  # 1/(1 + i)
    [[(0.5-0.5j)]]
    """
    X = _sylvester_solution(schur, point, right, adjoint=False)
    if X is None:
        X = _solutions(schur, np.array([point]), right)[:, 0, :]
    return X


def adjoint_shifted_solution(schur: SchurForm, point: complex, right: Array) -> Array:
    """Solve (z T − S)* Y = R at one point z, in Schur coordinates; (z E − A)⁻* C* = Q Y for R = Z* C*.

    See :func:`shifted_solution`.

    Examples
    --------
    >>> from dlnbalance.linalg.pencils import schur_form
    >>> adjoint_shifted_solution(schur_form(np.array([[-1.0]])), 1j, np.ones((1, 1))).round(12).tolist()  # 1/(1 − i)
    [[(0.5+0.5j)]]
    """
    Y = _sylvester_solution(schur, point, right, adjoint=True)
    if Y is None:
        Y = _adjoint_solutions(schur, np.array([point]), right)[:, 0, :]
    return Y


def _sylvester_solution(schur: SchurForm, point: complex, right: Array, *, adjoint: bool) -> Array | None:
    """The solution by ?trsyl; None where that would change the problem, is none for it, or is slower."""
    if compiled.recursions is not None or schur.T is not None or not right.size:
        return None
    z = np.conj(point) if adjoint else point
    if np.iscomplexobj(schur.S):
        operation, shift = "C" if adjoint else "N", np.diag(np.full(right.shape[1], z))
        X, scale, info = la.lapack.ztrsyl(schur.S, shift, -right, trana=operation, isgn=-1)
        return None if info or not scale else X / scale
    minus = np.negative(right, dtype=complex, order="C").view(float)  # columns Re, Im, Re, Im, …
    operation = "T" if adjoint else "N"
    X, scale, info = la.lapack.dtrsyl(schur.S, _real_shift(z, right.shape[1]), minus, trana=operation, isgn=-1)
    if info or not scale:
        return None
    return np.ascontiguousarray(X if scale == 1 else X / scale).view(complex)


def _real_shift(z: complex, columns: int) -> Array:
    """The real matrix that multiplies (Re, Im) of so many numbers, side by side, by z from the right."""
    size = 2 * columns
    transposed = np.zeros((size, size))
    entries, step = transposed.reshape(-1), 2 * (size + 1)  # the diagonal, and what is beside it in every other row
    entries[:: size + 1] = z.real
    entries[1::step], entries[size::step] = -z.imag, z.imag
    return transposed.T


def solutions(schur: SchurForm, points: Array, B: Array) -> Array:
    """The solutions (n, K, m) of (zT − S) X = B at some points z, B in Schur coordinates; the faster way."""
    if compiled.recursions is None and 0 < points.size <= _FEW and schur.T is None:
        return np.stack([shifted_solution(schur, complex(z), B) for z in points], axis=1)
    return _solutions(schur, points, B)


def _solutions(schur: SchurForm, points: Array, B: Array) -> Array:
    if compiled.recursions is not None:
        return triangular_solutions(schur.triangular, points, B)
    return schur.block(slice(0, schur.order)).resolvent(points, B)


def adjoint_solutions(schur: SchurForm, points: Array, C: Array) -> Array:
    """The solutions (n, K, p) of (zT − S)* Y = C at some points z, likewise."""
    if compiled.recursions is None and 0 < points.size <= _FEW and schur.T is None:
        return np.stack([adjoint_shifted_solution(schur, complex(z), C) for z in points], axis=1)
    return _adjoint_solutions(schur, points, C)


def _adjoint_solutions(schur: SchurForm, points: Array, C: Array) -> Array:
    if compiled.recursions is not None:
        return adjoint_triangular_solutions(schur.triangular, points, C)
    return schur.block(slice(0, schur.order)).adjoint.resolvent(points.conj(), C)[::-1]
