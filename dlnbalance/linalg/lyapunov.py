r"""Lyapunov and Stein equations, solved directly for a factor of the solution.

For a stable pencil A − λE these functions find an upper triangular U, in the coordinates of its Schur form, with

.. math:: S U U^* T^* + T U U^* S^* + B B^* = 0 \qquad\text{(continuous)},
.. math:: S U U^* S^* - T U U^* T^* + B B^* = 0 \qquad\text{(discrete)},

without ever forming U U*, which would square the condition number: state by state where that takes less time
(:mod:`dlnbalance.linalg.triangular_lyapunov`), in blocks for larger systems
(:mod:`dlnbalance.linalg.blocked_lyapunov`).
"""

import numpy as np
import scipy.linalg as la

from .arrays import Array, adjoint, product
from .blocked_lyapunov import blocked_factor
from .pencils import SchurForm, schur_form
from .triangular_lyapunov import adjoint_triangular_factor, triangular_factor
from .triangular_pencils import flipped

__all__ = ["compressed", "gramian_factor", "gramian_factors"]

# Orders up to which the equations are solved state by state: a continuous one with E = I, and all others. As measured,
# blocks take less time for random matrices from about 700 on, for the others still 1.2 (E) to 2 times as much at 1000.
# For oscillators, whose pairs have a closed form, blocks take less from 20 on; so 200 costs these a fourth of the time
# of the factors, and saves others three fourths.
_UNBLOCKED = {True: 200, False: 1000}


def gramian_factor(schur: SchurForm, B: Array, *, discrete: bool) -> Array:
    r"""Factor of the solution of a Lyapunov (or Stein) equation in the coordinates of a Schur form.

    Parameters
    ----------
    schur : SchurForm
        Of a pencil A − λE whose eigenvalues lie in the open left half plane (`discrete`: open unit disc); the
        caller has checked that.
    B : (n, m) array
        Right-hand side, in the original coordinates; any m, and any rank, zero included.
    discrete : bool
        Solve the Stein equation instead of the Lyapunov equation.

    Returns
    -------
    U : (n, n) array
        Upper triangular, real for real data; full where a real pencil meets a complex right-hand side. The solution
        of A X E* + E X A* + BB* = 0, respectively A X A* − E X E* + BB* = 0, is X = (Z U)(Z U)*.

    Notes
    -----
    Small systems are solved state by state (see :mod:`dlnbalance.linalg.triangular_lyapunov`). In blocks, n³/3 flops in
    matrix products (twice that with T), and O(n²) in small Sylvester equations, which up to n of about 2000 take
    longer.

    References
    ----------
    .. [1] S. J. Hammarling, "Numerical solution of the stable, non-negative definite Lyapunov equation",
       IMA J. Numer. Anal. 2 (1982) 303-323.
    .. [2] T. Penzl, "Numerical solution of generalized Lyapunov equations", Adv. Comput. Math. 8 (1998) 33-48.
    .. [3] I. Jonsson, B. Kågström, "Recursive blocked algorithms for solving triangular systems", ACM TOMS 28
       (2002) 392-415.

    Examples
    --------
    >>> from dlnbalance.linalg.pencils import schur_form
    >>> gramian_factor(schur_form(np.array([[-2.0]])), np.array([[6.0]]), discrete=False).item()  # 36/4 = 3²
    3.0
    """
    right = product(adjoint(schur.Q), B)
    if _is_small(schur, discrete=discrete):
        return triangular_factor(schur.triangular, right, discrete=discrete)
    if np.iscomplexobj(right) and not np.iscomplexobj(schur.S):
        form = _complexified(schur)
        return adjoint(schur.Z) @ (form.Z @ gramian_factor(form, B, discrete=discrete))
    return blocked_factor(schur.S, schur.T, right, discrete=discrete)


def gramian_factors(schur: SchurForm, B: Array, C: Array, *, discrete: bool) -> tuple[Array, Array]:
    r"""Factors of both Gramians in the coordinates of a Schur form: U as above, and G of the adjoint pencil.

    Parameters
    ----------
    schur : SchurForm
        Of a stable pencil.
    B, C : (n, m) and (p, n) array
        In the original coordinates.
    discrete : bool
        Solve Stein equations instead of Lyapunov equations.

    Returns
    -------
    (n, n) arrays
        U and G, the solutions being (Z U)(Z U)* and (G Q*)*(G Q*).

    Examples
    --------
    >>> from dlnbalance.linalg.pencils import schur_form
    >>> U, G = gramian_factors(schur_form(np.array([[-2.0]])), np.array([[6.0]]), np.array([[2.0]]), discrete=False)
    >>> U.item(), G.item()
    (3.0, 1.0)
    """
    if not _is_small(schur, discrete=discrete):
        adjoint_factor = gramian_factor(schur.adjoint, adjoint(C), discrete=discrete)
        return gramian_factor(schur, B, discrete=discrete), flipped(adjoint_factor)
    return (
        triangular_factor(schur.triangular, product(adjoint(schur.Q), B), discrete=discrete),
        adjoint_triangular_factor(schur.triangular, product(adjoint(schur.Z), adjoint(C)), discrete=discrete),
    )


def _is_small(schur: SchurForm, *, discrete: bool) -> bool:
    """Whether the equations of a pencil are solved state by state."""
    return schur.order <= _UNBLOCKED[schur.T is None and not discrete]


def compressed(factor: Array) -> Array:
    """Factor of the same product Z Z* with no more columns than rows, by one QR factorization of Z*.

    Examples
    --------
    >>> round(abs(compressed(np.array([[3.0, 4.0]])).item()), 12)
    5.0
    """
    rows, columns = factor.shape
    if columns <= rows:
        return factor
    triangle = la.qr(adjoint(factor), mode="r", check_finite=False)[0]
    return adjoint(triangle[:rows])


def _complexified(schur: SchurForm) -> SchurForm:
    """Complex Schur form of a real pencil that meets a complex right-hand side."""
    A = schur.Q @ schur.S @ adjoint(schur.Z)
    E = None if schur.T is None else schur.Q @ schur.T @ adjoint(schur.Z) + 0j
    return schur_form(A + 0j, E)
