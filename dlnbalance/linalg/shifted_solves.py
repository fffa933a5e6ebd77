"""Solves with one shifted pencil in Schur form at a time: one call of LAPACK each."""

import numpy as np
import scipy.linalg as la

from .arrays import Array
from .pencils import SchurForm

__all__ = ["shifted_solution"]


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
    near to singular for that routine, and pencils with an E, go by :meth:`SchurForm.resolvent`.

    References
    ----------
    .. [1] R. H. Bartels, G. W. Stewart, "Solution of the matrix equation AX + XB = C", Comm. ACM 15 (1972) 820-826.

    Examples
    --------
    >>> from dlnbalance.linalg.pencils import schur_form
    >>> shifted_solution(schur_form(np.array([[-1.0]])), 1j, np.ones((1, 1))).round(12).tolist()  # 1/(1 + i)
    [[(0.5-0.5j)]]
    """
    n, m = right.shape
    if schur.T is None and n and m:
        solution = _complex_solution if np.iscomplexobj(schur.S) else _real_solution
        X = solution(schur.S, point, right)
        if X is not None:
            return X
    return schur.block(slice(0, n)).resolvent(np.array([point]), right)[:, 0, :]


def _real_solution(S: Array, point: complex, right: Array) -> Array | None:
    """The solution for a real S; None where ?trsyl would change the problem."""
    n, m = right.shape
    minus = np.negative(right, dtype=complex).view(float)  # columns Re, Im, Re, Im, …
    shift = np.zeros((2 * m, 2 * m), order="F")
    even = np.arange(0, 2 * m, 2)
    shift[even, even] = shift[even + 1, even + 1] = point.real
    shift[even, even + 1], shift[even + 1, even] = point.imag, -point.imag
    X, scale, info = la.lapack.dtrsyl(S, shift, minus, isgn=-1)
    if info or not scale:
        return None
    return np.ascontiguousarray(X / scale if scale < 1 else X).view(complex)


def _complex_solution(S: Array, point: complex, right: Array) -> Array | None:
    """The solution for a complex S; None where ?trsyl would change the problem."""
    shift = np.zeros((right.shape[1], right.shape[1]), dtype=complex, order="F")
    np.fill_diagonal(shift, point)
    X, scale, info = la.lapack.ztrsyl(S, shift, -right, isgn=-1)
    return None if info or not scale else X / scale
