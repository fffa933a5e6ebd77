r"""Riccati equations of spectral factors from the stable deflating subspace of an extended pencil: nothing is inverted.

The states x, their multipliers p = Xx and the inputs u of the optimal motion belong to the finite stable eigenvalues of

.. math:: \begin{pmatrix} A & 0 & B \\ -C^*C & -A^* & -N^* \\ N & B^* & -W \end{pmatrix}
          - λ \begin{pmatrix} I & 0 & 0 \\ 0 & I & 0 \\ 0 & 0 & 0 \end{pmatrix}, \qquad
          \begin{pmatrix} A & 0 & B \\ -C^*C & I & -N^* \\ N & 0 & -W \end{pmatrix}
          - λ \begin{pmatrix} I & 0 & 0 \\ 0 & A^* & 0 \\ 0 & -B^* & 0 \end{pmatrix}

in continuous and in discrete time, whether W is well conditioned or not.
"""

import numpy as np
import scipy.linalg as la

from .arrays import Array, adjoint, factorized
from .spectral_densities import SpectralDensity

__all__ = ["extended_solution"]


def extended_solution(density: SpectralDensity) -> Array:
    """The minimal solution X of the Riccati equation of a spectral factor.

    Raises
    ------
    numpy.linalg.LinAlgError
        When as many eigenvalues are not stable as have to be, or the subspace is not that of a solution.

    Notes
    -----
    The inputs are deflated by one QR factorization of their columns; the ordered generalized Schur form of the pencil
    of order 2n that is left takes about 80 (2n)³ flops. Errors are relative to the norm of X.

    References
    ----------
    .. [1] P. Van Dooren, "A generalized eigenvalue approach for solving Riccati equations", SIAM J. Sci. Stat. Comput.
       2 (1981) 121-135.

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> density = SpectralDensity.positive(-one, one, one, 0.5 * one, discrete=False)  # −2X + (X − 1)² = 0
    >>> extended_solution(density).round(12).item()  # 2 − √3
    0.267949192431
    """
    n = density.A.shape[0]
    left, right = _deflated(density)
    sort = "iuc" if density.discrete else "lhp"
    output = "complex" if np.iscomplexobj(left) or np.iscomplexobj(right) else "real"
    *_, alpha, beta, _, Z = la.ordqz(left, right, sort=sort, output=output, check_finite=False)
    stable = np.abs(alpha) < np.abs(beta) if density.discrete else (alpha * np.conj(beta)).real < 0
    if np.count_nonzero(stable) != n:
        raise np.linalg.LinAlgError("eigenvalues on the stability boundary")
    factors, rcond = factorized(Z[:n, :n])
    if rcond == 0:
        raise np.linalg.LinAlgError("no solution belongs to the stable eigenvalues")
    X = adjoint(la.lu_solve(factors, adjoint(Z[n:, :n]), trans=2, check_finite=False))
    return (X + adjoint(X)) / 2


def _deflated(density: SpectralDensity) -> tuple[Array, Array]:
    """The pencil of order 2n that is left when the inputs are eliminated by orthogonal combinations of the rows."""
    A, B, C, N = density.A, density.B, density.C, density.cross
    n, m = B.shape
    zero, unit, squares = np.zeros((n, n)), np.eye(n), adjoint(C) @ C
    if density.discrete:
        left = np.block([[A, zero], [-squares, unit], [N, np.zeros((m, n))]])
        right = np.block([[unit, zero], [zero, adjoint(A)], [np.zeros((m, n)), -adjoint(B)]])
    else:
        left = np.block([[A, zero], [-squares, -adjoint(A)], [N, adjoint(B)]])
        right = np.eye(2 * n + m, 2 * n)
    Q, _ = la.qr(np.vstack([B, -adjoint(N), -density.weight]), check_finite=False)
    others = adjoint(Q[:, m:])
    return others @ left, others @ right
