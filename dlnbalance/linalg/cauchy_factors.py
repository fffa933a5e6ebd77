r"""Factors of Cauchy-like Gramians, every entry accurate relative to itself.

A diagonal system with one input has the Gramian

.. math:: P_{ij} = \frac{b_i \bar b_j}{w_{ij}}, \qquad
    w_{ij} = -(λ_i + \bar λ_j) \text{ in continuous, } 1 - λ_i \bar λ_j \text{ in discrete time.}

Its Schur complements have the same form, with b_i multiplied by Blaschke factors. So elimination subtracts nothing but
poles from poles.
"""

import numpy as np
import scipy.linalg as la

from .arrays import Array, adjoint

__all__ = ["cauchy_factor", "compressed"]


def cauchy_factor(numerators: Array, sums: Array, differences: Array, scales: Array) -> Array:
    r"""Factor Z of the Cauchy-like matrix ZZ* = (b_i conj b_j / w_ij), by elimination with complete pivoting.

    Parameters
    ----------
    numerators : (n,) array
        b.
    sums : (n, n) array
        w, Hermitian and, with these numerators, positive definite: see the head of the module.
    differences : (n, n) array
        λ_i − λ_j, multiplied by factors of modulus one or by those by which w_ij is multiplied.
    scales : (n,) array
        Positive. Pivots are the largest of scales · Z, which the result does not otherwise depend on.

    Returns
    -------
    (n, r) array
        Lower triangular with its rows permuted. Fewer columns than rows where poles are equal, numerators are zero, or
        what is left is below the range of numbers.

    Notes
    -----
    Complete pivoting is that on the diagonal. Eliminating state k leaves

    .. math:: P_{ij} - \frac{P_{ik} P_{kj}}{P_{kk}} = \frac{b_i' \bar b_j'}{w_{ij}}, \qquad
        b_i' = b_i \frac{λ_i - λ_k}{w_{ik}},

    so that column k of Z is b_i √w_kk / w_ik with the b that is left then (up to its phase): products and quotients, in
    which no digits cancel. Entries are accurate to some 2n eps of themselves, if sums and differences are to eps. The
    columns are the Takenaka–Malmquist functions at the poles. n² steps, each of a few operations.

    References
    ----------
    .. [1] J. Demmel, "Accurate singular value decompositions of structured matrices", SIAM J. Matrix Anal. Appl. 21
       (1999) 562-580, Algorithm 3.
    .. [2] T. S. Haut, G. Beylkin, "Fast and accurate con-eigenvalue algorithm for optimal rational approximations",
       SIAM J. Matrix Anal. Appl. 33 (2012) 1101-1125, Algorithm 1.

    Examples
    --------
    >>> poles = np.array([-1.0, -3.0])
    >>> Z = cauchy_factor(np.ones(2), -(poles[:, None] + poles), poles[:, None] - poles, np.ones(2))
    >>> (Z @ Z.T).round(12).tolist()  # 1/(1 + 1), 1/(1 + 3), 1/(3 + 3)
    [[0.5, 0.25], [0.25, 0.166666666667]]
    """
    left = np.array(numerators, dtype=np.result_type(numerators, sums))
    roots = np.sqrt(sums.diagonal().real)
    factor = np.zeros((left.size, left.size), left.dtype)
    for k in range(left.size):
        sizes = np.abs(left) * scales / roots
        pivot = int(np.argmax(sizes))
        if sizes[pivot] == 0:
            return factor[:, :k]
        quotients = left / sums[:, pivot]
        factor[:, k] = quotients * roots[pivot]
        left = quotients * differences[:, pivot]
    return factor


def compressed(factor: Array, scales: Array) -> tuple[Array, Array]:
    r"""Write a wide factor as Z = Z' Q* with as few columns as it has rows, the small ones as accurate as the large.

    Parameters
    ----------
    factor : (n, k) array
        Z, its columns and its rows of any sizes.
    scales : (n,) array
        Positive: by these the rows are made comparable.

    Returns
    -------
    (n, min(n, k)) array
        Z', triangular with its rows permuted, its columns descending.
    (k, min(n, k)) array
        Q, orthonormal columns.

    Notes
    -----
    Householder QR factorization of (scales · Z)* with its rows in descending order and column pivoting, which is
    backward stable row by row (Cox and Higham): every column of Z errs relative to itself. 4 k n² flops.

    References
    ----------
    .. [1] A. J. Cox, N. J. Higham, "Stability of Householder QR factorization for weighted least squares problems",
       in Numerical Analysis 1997, Pitman Research Notes 380 (1998) 57-73.

    Examples
    --------
    >>> Z = np.array([[3.0, 4e-30, 0.0]])
    >>> short, Q = compressed(Z, np.ones(1))
    >>> short.shape, np.allclose(short @ Q.T, Z, rtol=1e-15, atol=0)
    ((1, 1), True)
    """
    wide = adjoint(scales[:, None] * factor)
    order = np.argsort(-np.abs(wide).max(axis=1, initial=0.0), kind="stable")
    basis, triangle, pivots = la.qr(wide[order], mode="economic", pivoting=True, check_finite=False)
    short, Q = np.empty((factor.shape[0], triangle.shape[0]), triangle.dtype), np.empty_like(basis)
    short[pivots], Q[order] = adjoint(triangle), basis
    return short / scales[:, None], Q
