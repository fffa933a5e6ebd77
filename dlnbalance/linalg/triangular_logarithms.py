"""The logarithm of a triangular matrix, given by its difference from the identity."""

import numpy as np
import scipy.linalg as la

from .arrays import Array, norm

__all__ = ["logarithm_of_sum"]

# Sizes of X up to which the Padé approximant of log(I + X) of a degree has a backward error below rounding, from [1]_,
# table 2.1; higher degrees cost more solves than the square roots that they save.
_REACH = {3: 1.94e-2, 4: 6.21e-2, 5: 1.28e-1, 6: 2.06e-1, 7: 2.88e-1, 8: 3.67e-1, 9: 4.39e-1}


def logarithm_of_sum(X: Array) -> Array:
    r"""Principal logarithm log(I + X) for an upper triangular X.

    Parameters
    ----------
    X : (n, n) array
        Upper triangular, no entry 1 + x_{jj} being zero or negative.

    Returns
    -------
    (n, n) complex array
        Upper triangular.

    Notes
    -----
    Inverse scaling and squaring [1]_. Square roots are taken of the sum,
    :math:`X ← X ((I + X)^{1/2} + I)^{-1}`, so that nothing cancels as they come close to I; then a Padé approximant as
    partial fractions, :math:`\sum_j w_j X (I + x_j X)^{-1}` with the nodes and weights of Gauss and Legendre. The
    diagonal is that of the logarithms of the entries. About (2/3 s + 7/3) n³ complex multiplications for s square
    roots, s being 3 to 10.

    References
    ----------
    .. [1] A. H. Al-Mohy, N. J. Higham, "Improved inverse scaling and squaring algorithms for the matrix logarithm",
       SIAM J. Sci. Comput. 34 (2012) C153-C169.

    Examples
    --------
    >>> logarithm_of_sum(np.array([[np.e - 1, 1.0], [0.0, np.e - 1]])).real.round(12).tolist()  # [[1, 1/e], [0, 1]]
    [[1.0, 0.367879441171], [0.0, 1.0]]
    """
    X = np.asfortranarray(X, dtype=complex)
    logarithms, roots = _log1p(X.diagonal()), 0
    unit = np.eye(len(X))
    while (size := _size(X)) > _REACH[9]:
        root = la.sqrtm(unit + X)
        X = _right_divided(X, root + unit)
        roots += 1
        np.fill_diagonal(X, np.expm1(logarithms / 2.0**roots))
    degree = next(degree for degree, reach in _REACH.items() if size <= reach)
    nodes, weights = np.polynomial.legendre.leggauss(degree)
    result = np.zeros_like(X)
    for x, w in zip((1 + nodes) / 2, weights / 2, strict=True):
        result += w * _right_divided(X, unit + x * X)
    result *= 2.0**roots
    np.fill_diagonal(result, logarithms)
    return result


def _log1p(z: Array) -> Array:
    """log(1 + z) with all digits next to z = 0, which NumPy has for real numbers only."""
    x, y = z.real, z.imag
    return np.log1p(x * (2 + x) + y**2) / 2 + 1j * np.arctan2(y, 1 + x)


def _size(X: Array) -> float:
    """max(‖X²‖^½, ‖X³‖^⅓), which decides about the degree where X is not normal; infinite where that is too much."""
    if np.abs(X.diagonal()).max(initial=0.0) > _REACH[9]:
        return np.inf
    if (whole := norm(X, "1")) <= _REACH[5]:
        return whole
    (trmm,) = la.blas.get_blas_funcs(("trmm",), (X,))
    square = trmm(1.0, X, X)
    return max(norm(square, "1") ** (1 / 2), norm(trmm(1.0, X, square), "1") ** (1 / 3))


def _right_divided(X: Array, M: Array) -> Array:
    """X M⁻¹ for upper triangular matrices."""
    (trsm,) = la.blas.get_blas_funcs(("trsm",), (M, X))
    return trsm(1.0, M, X, side=1)
