r"""Singular value decomposition of a graded product B e^{diag(s)} C, every singular value accurate relative to itself.

Formed as a matrix, the product keeps singular values down to eps σ_1 only; the factors determine all of them, with
their signs, as long as B and C are well conditioned.
"""

import numpy as np
import scipy.linalg as la

from .arrays import EPS, Array, adjoint
from .product_svd import end_of_part

__all__ = ["doubly_graded_svd", "graded_svd"]

_RANGE = 600.0  # natural logarithm that one part may span: double precision has 708 below 1
_ROUNDS = 6  # at most; one or two are the rule
_COUPLING = 8 * EPS  # per column: an entry off the diagonal, relative to its row, that rounding leaves


def graded_svd(left: Array, logarithms: Array, right: Array) -> tuple[Array, Array, Array]:
    r"""Decompose a product of two well-conditioned matrices with a diagonal of any range between them.

    .. math:: B \, \mathrm{diag}(e^{s}) \, C = U \, \mathrm{diag}(e^{s'}) \, V^*.

    Parameters
    ----------
    left : (m, r) array
        B, of full column rank r.
    logarithms : (r,) array
        s, in any order, also far outside the range of exponents of double precision.
    right : (r, n) array
        C, of full row rank.

    Returns
    -------
    U : (m, r) array
        Orthonormal columns.
    logarithms : (r,) array
        s', descending: logarithms of the singular values.
    V : (n, r) array
        Orthonormal columns.

    Notes
    -----
    With s in descending order, B = PR and C = LQ* (R upper, L lower triangular) leave the matrix R e^{s} L, whose
    entry (i, j) is a sum over k ≥ max(i, j) and hence of the size e^{s_max(i,j)}: graded from both sides, so that
    nothing cancels when it is formed. The right singular vectors of such a matrix from LAPACK's QR iteration turn it
    into one whose triangular factor is diagonal up to eps *in units of its rows*, which fixes every singular value
    relative to itself; the round is repeated where that takes more than one. Values further apart than the range of
    numbers belong to different parts, which are coupled by less than rounding.

    Cost: two QR factorizations, and one SVD and one QR factorization of order r a round.

    References
    ----------
    .. [1] J. Demmel, M. Gu, S. Eisenstat, I. Slapničar, K. Veselić, Z. Drmač, "Computing the singular value
       decomposition with high relative accuracy", Linear Algebra Appl. 299 (1999) 21-80.

    Examples
    --------
    >>> B = np.array([[1.0, 0.5], [0.0, 1.0]])
    >>> U, s, V = graded_svd(B, np.array([0.0, -500.0]), B.T)
    >>> s.sum().round(9).item(), (la.det(U) * la.det(V)).round(9).item()  # det B = 1
    (-500.0, 1.0)
    """
    order = np.argsort(-logarithms, kind="stable")
    s = logarithms[order]
    P, R = la.qr(left[:, order], mode="economic", check_finite=False)
    Q, lower = la.qr(adjoint(right[order]), mode="economic", check_finite=False)
    L = adjoint(lower)
    U, V, values = np.empty_like(P), np.empty_like(Q), np.empty_like(s)
    begin = 0
    while begin < s.size:
        end = end_of_part(s, begin, _RANGE)
        part = slice(begin, end)
        u, sizes, v = doubly_graded_svd((R[part, part] * np.exp(s[part] - s[begin])) @ L[part, part])
        U[:, part], V[:, part], values[part] = P[:, part] @ u, Q[:, part] @ v, s[begin] + np.log(sizes)
        begin = end
    return U, values, V


def doubly_graded_svd(T: Array) -> tuple[Array, Array, Array]:
    r"""Decompose a matrix T = D_1 X D_2 whose rows and columns both descend, by as many decades as they like.

    Parameters
    ----------
    T : (m, n) array
        Real or complex; :math:`|T_{ij}|` falls with i and with j.

    Returns
    -------
    U : (m, r) array
        Orthonormal columns, r = min(m, n).
    values : (r,) array
        Singular values, descending. Each is accurate relative to itself as long as the leading blocks of X are well
        conditioned.
    V : (n, r) array
        Orthonormal columns.

    Notes
    -----
    Right singular vectors by LAPACK's QR iteration and a QR factorization of what they make of T, until that is
    diagonal to rounding in units of its rows: one round or two, 30 n³ flops each.

    Examples
    --------
    >>> U, values, V = doubly_graded_svd(np.array([[1.0, 1e-20], [1e-20, 5e-40]]))  # determinant 4e-40
    >>> (values / [1.0, 4e-40]).round(12).tolist()
    [1.0, 1.0]
    """
    if T.shape[0] < T.shape[1]:
        V, values, U = doubly_graded_svd(adjoint(T))
        return U, values, V
    u = np.eye(T.shape[0])
    if T.shape[0] > T.shape[1]:
        u, T = la.qr(T, mode="economic", check_finite=False)
    v = np.eye(T.shape[0])
    for _ in range(_ROUNDS):
        turn = adjoint(la.svd(T, lapack_driver="gesvd", check_finite=False)[2])
        basis, T = la.qr(T @ turn, check_finite=False)
        u, v = u @ basis, v @ turn
        if (np.abs(np.triu(T, 1)).max(axis=1, initial=0.0) <= _COUPLING * len(T) * np.abs(np.diagonal(T))).all():
            break
    diagonal = np.diagonal(T)
    sizes = np.abs(diagonal)
    order = np.argsort(-sizes, kind="stable")
    phases = np.where(sizes > 0, diagonal, 1.0) / np.where(sizes > 0, sizes, 1.0)
    return (u * phases)[:, order], sizes[order], v[:, order]
