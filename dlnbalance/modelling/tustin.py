r"""Tustin's bilinear map of the half plane onto the disc, and back, without inverses.

.. math:: s = α \frac{z - 1}{z + 1}, \qquad z = \frac{α + s}{α - s}.
"""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from ..errors import NumericalError
from ..linalg.arrays import EPS, Array, Matrix, adjoint, dense, in_range, is_sparse
from ..linalg.sparse.pencils import SparsePencil
from ..systems.descriptors import DescriptorFactors, singular_descriptor
from ..systems.linear_system import LinearSystem

__all__ = ["to_disc", "to_half_plane"]

_Solve = Callable[[Array], Array]


def to_disc(system: LinearSystem, alpha: float, dt: float) -> LinearSystem:
    r"""The discrete system G_d(z) = G(α(z − 1)/(z + 1)).

    .. math:: E_d = E - A/α, \quad A_d = E + A/α, \quad B_d = \sqrt{2/α}\, B, \quad
        C_d = \sqrt{2/α}\, C E_d^{-1} E, \quad D_d = D + C E_d^{-1} B / α.

    Parameters
    ----------
    system : LinearSystem
        Continuous.
    alpha : float
        α > 0: 2/dt, or what maps one frequency onto itself.
    dt : float
        Sampling time of the result.

    Returns
    -------
    LinearSystem
        Sparse systems, and those with an E, stay pencils; others get E = I. Both Gramians are those of the continuous
        system [1]_, so that balanced systems stay balanced.

    Raises
    ------
    NumericalError
        When α is a pole, to working precision.

    Notes
    -----
    One factorization of E − A/α, sparse where A is, and p + m solves; with E = I also those for A and B. A singular E
    is no obstacle: G(∞) becomes G_d(-1), where the pencil then has poles that inputs do not reach.

    References
    ----------
    .. [1] K. Glover, "All optimal Hankel-norm approximations of linear multivariable systems and their L∞-error
       bounds", Int. J. Control 39 (1984) 1115-1193, section 6.

    Examples
    --------
    >>> to_disc(LinearSystem(0, 1, 1), 2.0, 1.0)(3.0).item()
    1.0
    """
    E = system.descriptor_or_identity()
    with np.errstate(over="ignore", invalid="ignore"):
        moved = E - system.A / alpha, E + system.A / alpha
    return _moved(system, *moved, through=1 / alpha, shared=2 / alpha, dt=dt, pole=f"a pole at s = {alpha:.6g}")


def to_half_plane(system: LinearSystem, alpha: float) -> LinearSystem:
    r"""The continuous system G(s) = G_d((α + s)/(α − s)): the inverse of :func:`to_disc`.

    .. math:: E = (E_d + A_d)/2, \quad A = α (A_d - E_d)/2, \quad B = \sqrt{α/2}\, B_d, \quad
        C = \sqrt{α/2}\, C_d E^{-1} E_d, \quad D = D_d - C_d E^{-1} B_d / 2.

    Parameters
    ----------
    system : LinearSystem
        Discrete.
    alpha : float
        α > 0.

    Raises
    ------
    NumericalError
        When there is a pole at z = -1, which goes to infinity.

    Examples
    --------
    >>> to_half_plane(to_disc(LinearSystem(-3, 2, 1), 2.0, 1.0), 2.0).A.round(14).item()
    -3.0
    """
    E = system.descriptor_or_identity()
    with np.errstate(over="ignore", invalid="ignore"):
        moved = (E + system.A) / 2, alpha * (system.A - E) / 2
    return _moved(system, *moved, through=-0.5, shared=alpha / 2, dt=0, pole="a pole at z = -1")


def _moved(
    system: LinearSystem, E: Matrix, A: Matrix, *, through: float, shared: float, dt: float, pole: str
) -> LinearSystem:
    """The system of a pencil A − λE, with the square root of a factor at the input and at the output."""
    for matrix in (E, A):
        in_range(
            "dt", matrix.data if is_sparse(matrix) else matrix, "matrices", "choose one nearer to the time constants"
        )
    solve, solve_adjoint = _solvers(E, pole)
    root = float(np.sqrt(shared))
    solved, rows = solve(system.B), adjoint(solve_adjoint(adjoint(system.C)))  # E⁻¹B and C E⁻¹
    D = system.D + through * (system.C @ solved)
    if system.is_sparse or system.E is not None:
        C = root * (rows if system.E is None else rows @ system.E)
        return system.replaced(A=A, E=E, B=root * system.B, C=C, D=D, dt=dt)
    return system.replaced(A=solve(A), B=root * solved, C=root * rows, D=D, dt=dt)


def _solvers(E: Matrix, pole: str) -> tuple[_Solve, _Solve]:
    """Solve with E and with E*, rows and columns scaled evenly."""
    try:
        if is_sparse(E):
            return _sparse_solvers(E)
        factors = DescriptorFactors(E)
        return factors.solve, factors.adjoint_solve
    except NumericalError:
        raise NumericalError(
            "system", "poles that the map does not send to infinity", pole, "choose another dt, or method='zoh'"
        ) from None


def _sparse_solvers(E: Matrix) -> tuple[_Solve, _Solve]:
    """By LU factors in the first of two scalings that shows E to be nonsingular."""
    found = (_scaled_solvers(E, *_even_powers(E, rows_first=first)) for first in (True, False))
    solvers = next((both for both in found if both is not None), None)
    if solvers is None:
        raise singular_descriptor(0.0)
    return solvers


def _scaled_solvers(E: Matrix, rows: Array, columns: Array) -> tuple[_Solve, _Solve] | None:
    scaled = SparsePencil(sp.diags_array(rows) @ E @ sp.diags_array(columns))
    factors = scaled.factorized(1.0, 0.0)
    if not factors.rcond > EPS:
        return None

    def solve(right: Array) -> Array:
        return columns[:, None] * scaled.unpermute(factors.solve(scaled.permute(rows[:, None] * right)))

    def solve_adjoint(right: Array) -> Array:
        return rows[:, None] * scaled.unpermute(factors.solve(scaled.permute(columns[:, None] * right), "H"))

    return solve, solve_adjoint


def _even_powers(matrix: Matrix, *, rows_first: bool) -> tuple[Array, Array]:
    """Powers of two that bring the largest entries of the rows, then of the columns, near 1 (or the columns first).

    Where equations alone, or states alone, have units that are far apart, one order finds these and the other does not.
    """
    if not rows_first:
        columns, rows = _even_powers(matrix.T, rows_first=True)
        return rows, columns
    rows = _largest(matrix, 1)
    return rows, _largest(sp.diags_array(rows) @ matrix, 0)


def _largest(matrix: Matrix, axis: int) -> Array:
    """Powers of two that bring the largest entry of every row (1) or column (0) near 1."""
    sizes = dense(abs(matrix).max(axis=axis)).ravel()
    return np.ldexp(1.0, -np.frexp(sizes)[1])
