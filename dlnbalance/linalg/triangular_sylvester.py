"""Sylvester equations of two triangular matrices, in continuous and in discrete time."""

import numpy as np
import scipy.linalg as la

from .arrays import Array

__all__ = ["triangular_sylvester"]


def triangular_sylvester(A: Array, S: Array, right: Array, *, discrete: bool) -> Array:
    r"""Solve A Y + Y S + R = 0 (discrete: A Y S − Y + R = 0) for upper triangular A and S.

    Parameters
    ----------
    A, S : (n, n) and (k, k) array
        Upper triangular, all eigenvalues in the open left half plane (the open unit disc).
    right : (n, k) array
        R.
    discrete : bool
        Which equation.

    Notes
    -----
    Column by column, a triangular solve and a product with the columns before it each: 2 (n²k + nk²) multiplications.

    References
    ----------
    .. [1] R. H. Bartels, G. W. Stewart, "Solution of the matrix equation AX + XB = C", Comm. ACM 15 (1972) 820-826.

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> triangular_sylvester(-one, -3 * one, 8 * one, discrete=False).item()
    2.0
    """
    n, k = right.shape
    kind = np.result_type(A, S, right)
    A, Y, unit = np.asfortranarray(A, dtype=kind), np.zeros((n, k), dtype=kind, order="F"), np.eye(n)
    if discrete:
        for j in range(k):
            known = right[:, j] + A @ (Y[:, :j] @ S[:j, j])
            Y[:, j] = la.solve_triangular(unit - S[j, j] * A, known, check_finite=False)
    else:
        for j in range(k):
            known = right[:, j] + Y[:, :j] @ S[:j, j]
            Y[:, j] = -la.solve_triangular(A + S[j, j] * unit, known, check_finite=False)
    return Y
