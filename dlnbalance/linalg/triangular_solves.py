"""Solves with a shifted pencil in complex triangular form, at many shifts together, by compiled loops."""

import numpy as np

from . import compiled
from .arrays import Array
from .triangular_pencils import TriangularPencil, Turns, flipped

__all__ = ["adjoint_triangular_solutions", "triangular_solutions"]

_NO_TURNS = np.zeros(0, dtype=np.intp), np.zeros(0, dtype=complex), np.zeros(0, dtype=complex)


def triangular_solutions(pencil: TriangularPencil, points: Array, right: Array) -> Array:
    """Solve (z_k T − S) X_k = R in the coordinates of the Schur form; only where the recursions are compiled.

    Parameters
    ----------
    pencil : TriangularPencil
    points : (K,) array
        Shifts.
    right : (n, m) array
        R.

    Returns
    -------
    (n, K, m) complex array

    Raises
    ------
    LinAlgError
        When a shift is an eigenvalue to the last bit.

    Notes
    -----
    Eight rows at a time, for as many shifts as the cache holds; the rest is matrix products. O(K m n²) flops.

    Examples
    --------
    >>> from dlnbalance.linalg.triangular_pencils import triangular_pencil
    >>> pencil = triangular_pencil(np.array([[-1.0]]), None)
    >>> if compiled.recursions is not None:
    ...     X = triangular_solutions(pencil, np.array([0.0, 1.0]), np.array([[2.0]]))
    ...     assert X.ravel().tolist() == [2, 1]
    """
    right = right if pencil.left is None else pencil.left.adjoint_applied(right)
    return _solutions(pencil.S, pencil.T, points, right, pencil.right)


def adjoint_triangular_solutions(pencil: TriangularPencil, points: Array, right: Array) -> Array:
    """Solve (z_k T − S)* Y_k = R likewise, by the flipped pencil.

    Examples
    --------
    >>> from dlnbalance.linalg.triangular_pencils import triangular_pencil
    >>> pencil = triangular_pencil(np.array([[-1.0]]), None)
    >>> if compiled.recursions is not None:
    ...     Y = adjoint_triangular_solutions(pencil, np.array([1j]), np.array([[2.0]]))
    ...     assert Y.ravel().tolist() == [1 + 1j]
    """
    right = right if pencil.right is None else pencil.right.adjoint_applied(right)
    T = None if pencil.T is None else flipped(pencil.T)
    mirrored = None
    if pencil.left is not None:  # a turn of rows k, k + 1 turns the last but k and the one before it, upside down
        rows, x, eta, _ = pencil.left
        mirrored = Turns(pencil.S.shape[0] - 2 - rows, x.conj(), eta, None)
    return _solutions(flipped(pencil.S), T, points.conj(), right[::-1], mirrored)[::-1]


def _solutions(S: Array, T: Array | None, points: Array, right: Array, turns: Turns | None) -> Array:
    """The solutions for a right-hand side that is turned, themselves turned back."""
    solution = np.empty((right.shape[0], points.size, right.shape[1]), dtype=complex)
    solution[:] = right[:, None, :]
    pencil = (None if M is None else np.asfortranarray(M, dtype=complex) for M in (S, T))
    after = _NO_TURNS if turns is None else (turns.rows, turns.x, 1j * turns.eta)
    if compiled.recursions.shifted_solutions(*pencil, np.ascontiguousarray(points, dtype=complex), solution, *after):
        raise np.linalg.LinAlgError("a shift is an eigenvalue")
    return solution
