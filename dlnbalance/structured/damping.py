"""Damping matrices of mechanical models: Rayleigh's, and by damping ratios of the modes."""

from typing import Any

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from ..errors import InvalidArgumentError
from ..linalg.arguments import positive_number
from ..linalg.arrays import EPS, Array, Matrix, adjoint, as_matrix, in_range, is_sparse, norm, real_vector

__all__ = ["modal_damping", "rayleigh_damping"]

_HERMITIAN = 16 * EPS  # relative: rounding of how a Hermitian matrix was computed


def rayleigh_damping(M: Any, K: Any, alpha: float, beta: float) -> Matrix:
    """D = αM + βK.

    Parameters
    ----------
    M, K : (n, n) array_like or sparse
    alpha, beta : float
        α in 1/s and β in s, not negative.

    Raises
    ------
    InvalidArgumentError
        For anything else.

    See Also
    --------
    dlnbalance.structured.damping.modal_damping : damping by damping ratios of the modes.
    dlnbalance.SecondOrderSystem : a second-order system, dense or sparse, real or complex, in continuous time.

    Examples
    --------
    >>> rayleigh_damping([[2.0]], [[8.0]], 0.1, 0.01).item()
    0.28
    """
    alpha = positive_number("alpha", alpha, or_zero=True, remedy="it is a rate in 1/s")
    beta = positive_number("beta", beta, or_zero=True, remedy="it is a time in s")
    sparse = is_sparse(M) and is_sparse(K)
    M = as_matrix("M", M, allow_sparse=sparse)
    K = as_matrix("K", K, rows=M.shape[0], columns=M.shape[1], allow_sparse=sparse)
    with np.errstate(over="ignore", invalid="ignore"):
        damping = alpha * M + beta * K
        in_range("alpha", norm(damping), "a damping")
    return sp.csc_array(damping) if sparse else damping


def modal_damping(M: Any, K: Any, zeta: Any) -> Array:
    r"""Damping that gives the undamped modes, K φ = ω² M φ with Φ*MΦ = I, their damping ratios.

    .. math:: D = M Φ \, \mathrm{diag}(2 ζ_i ω_i) \, Φ^* M .

    Parameters
    ----------
    M, K : (n, n) array_like
        Hermitian; M positive definite, K positive semidefinite.
    zeta : float or (n,) array_like
        Ratios, not negative; one for all modes, or one for each in the order of their frequencies.

    Raises
    ------
    InvalidArgumentError
        For matrices that are not, sparse ones included: the damping is dense.

    Notes
    -----
    O(n³), by the generalized Hermitian eigenvalue problem.

    See Also
    --------
    dlnbalance.structured.damping.rayleigh_damping : damping by mass and stiffness.
    dlnbalance.SecondOrderSystem : a second-order system, dense or sparse, real or complex, in continuous time.

    Examples
    --------
    >>> modal_damping(np.eye(2), np.diag([4.0, 9.0]), [0.1, 0.2]).round(12).tolist()
    [[0.4, 0.0], [0.0, 1.2]]
    """
    if is_sparse(M) or is_sparse(K):
        raise InvalidArgumentError(
            "M" if is_sparse(M) else "K",
            "a dense matrix, as modal damping is dense",
            "a sparse one",
            "turn it into a dense one with .toarray(), or use Rayleigh damping",
        )
    M = as_matrix("M", M)
    n = M.shape[0]
    M = as_matrix("M", M, rows=n, columns=n)
    K = as_matrix("K", K, rows=n, columns=n)
    ratios = real_vector("zeta", zeta, "damping ratios")
    if ratios.size not in (1, n) or (ratios < 0).any():
        raise InvalidArgumentError(
            "zeta",
            f"one ratio or {n} of them, not negative",
            f"{ratios.size}, the least {ratios.min(initial=0):g}",
            "check it",
        )
    for name, matrix in (("M", M), ("K", K)):
        if norm(matrix - adjoint(matrix)) > _HERMITIAN * norm(matrix):
            raise InvalidArgumentError(name, "a Hermitian matrix", "another", "pass the damping D itself")
    if n == 0:
        return np.zeros((0, 0))
    try:
        squares, modes = la.eigh(K, M, check_finite=False)
    except la.LinAlgError:
        raise InvalidArgumentError("M", "a positive definite matrix", "another", "pass the damping D itself") from None
    if squares[0] < -n * EPS * np.abs(squares).max():
        raise InvalidArgumentError("K", "a positive semidefinite matrix", f"ω² = {squares[0]:.3g}", "check its signs")
    weighed = M @ modes
    with np.errstate(over="ignore", invalid="ignore"):
        damping = (weighed * (2 * ratios * np.sqrt(np.maximum(squares, 0)))) @ adjoint(weighed)
    return in_range("zeta", damping, "a damping")
