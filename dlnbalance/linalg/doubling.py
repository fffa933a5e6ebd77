r"""Riccati equations by doubling: the solutions of an equation and of its dual, where Newton's method starts from.

In discrete time the energy of twice as many steps is found from that of some number of steps; a few doublings reach the
end of time. In continuous time a bilinear map leads to the same iteration.
"""

from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from .arrays import Array, adjoint, factorized, norm, product

__all__ = ["DualSolutions", "doubled"]

_STEPS = 40  # of doubling: 2⁴⁰ time steps tell a pole from the boundary that is 1e-11 away
_CONVERGED = 1e-8  # relative change whose square, the error left, is below rounding


class DualSolutions(NamedTuple):
    """The solutions X and Y of a Riccati equation and of its dual."""

    X: Array
    Y: Array


def doubled(A: Array, G: Array, H: Array, *, discrete: bool) -> DualSolutions | None:
    r"""Solve both of a pair of Riccati equations approximately.

    .. math:: A^*X + XA - XGX + H = 0, \quad AY + YA^* - YHY + G = 0 \qquad\text{(continuous)},
    .. math:: X = A^*X(I + GX)^{-1}A + H, \quad Y = AY(I + HY)^{-1}A^* + G \qquad\text{(discrete)}.

    Parameters
    ----------
    A, G, H : (n, n) array
        G and H positive semidefinite.
    discrete : bool
        Whether time is discrete.

    Returns
    -------
    DualSolutions or None
        None where the iteration does not converge. Nothing proves that the solutions are the stabilizing ones; that is
        for the caller to see.

    Notes
    -----
    With :math:`W_k = (I + G_kH_k)^{-1}`,

    .. math:: A_{k+1} = A_kW_kA_k, \qquad G_{k+1} = G_k + A_kW_kG_kA_k^*, \qquad H_{k+1} = H_k + A_k^*H_kW_kA_k

    converge to 0, Y and X, quadratically: the error is that of the closed loop after 2ᵏ steps. About 15 n³ flops a
    step, nearly all of them in matrix products. The map to discrete time inverts one matrix of order 2n; its parameter
    is the geometric mean of the moduli of the closed-loop poles.

    References
    ----------
    .. [1] E. K.-W. Chu, H.-Y. Fan, W.-W. Lin, C.-S. Wang, "Structure-preserving algorithms for periodic discrete-time
       algebraic Riccati equations", Int. J. Control 77 (2004) 767-788.
    .. [2] E. K.-W. Chu, H.-Y. Fan, W.-W. Lin, "A structure-preserving doubling algorithm for continuous-time algebraic
       Riccati equations", Linear Algebra Appl. 396 (2005) 55-80.

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> X, Y = doubled(one, one, one, discrete=False)  # 2X − X² + 1 = 0
    >>> round(X.item(), 7), round(Y.item(), 7)
    (2.4142136, 2.4142136)
    """
    with np.errstate(all="ignore"):  # what leaves the range of numbers does not converge
        start = (A, G, H) if discrete else _sampled(A, G, H)
        return None if start is None else _doublings(*start)


def _doublings(A: Array, G: Array, H: Array) -> DualSolutions | None:
    unit = np.eye(len(A))
    for _ in range(_STEPS):
        factors, rcond = factorized(unit + product(G, H))
        if not rcond > 0:
            return None
        solved = la.lu_solve(factors, np.hstack([A, G]), check_finite=False)
        WA, WG = solved[:, : len(A)], solved[:, len(A) :]
        more_G, more_H = product(product(A, WG), adjoint(A)), product(adjoint(A), product(H, WA))
        A, G, H = product(A, WA), G + _hermitian(more_G), H + _hermitian(more_H)
        sizes = norm(G), norm(H)
        if not np.isfinite(sizes).all():
            return None
        if norm(more_G) <= _CONVERGED * sizes[0] and norm(more_H) <= _CONVERGED * sizes[1]:
            return DualSolutions(X=H, Y=G)
    return None


def _sampled(A: Array, G: Array, H: Array) -> tuple[Array, Array, Array] | None:
    """The discrete-time problem that the bilinear map z = (s + γ)/(s − γ) makes of a continuous one."""
    n = len(A)
    hamiltonian = np.block([[A, -G], [-H, -adjoint(A)]])
    _, logarithm = np.linalg.slogdet(hamiltonian)
    gamma = float(np.exp(logarithm / (2 * n)))
    if not 0 < gamma < np.inf:  # a pole on the boundary that nothing moves, or numbers out of range
        return None
    shifted = A - gamma * np.eye(n)
    factors, rcond = factorized(np.block([[shifted, G], [-H, adjoint(shifted)]]))
    if not rcond > 0:
        return None
    inverse = la.lu_solve(factors, np.eye(2 * n), check_finite=False)
    A = np.eye(n) + 2 * gamma * inverse[:n, :n]
    return A, _hermitian(-2 * gamma * inverse[:n, n:]), _hermitian(2 * gamma * inverse[n:, :n])


def _hermitian(M: Array) -> Array:
    return (M + adjoint(M)) / 2
