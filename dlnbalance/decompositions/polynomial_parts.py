r"""Transfer functions as a proper and a polynomial part, and descriptor systems that realize a polynomial.

With the finite and the infinite part of a pencil side by side,

.. math:: G(s) = \underbrace{D + D_0 + C_f (sE_f - A_f)^{-1} B_f}_{\text{proper}} + s D_1 + s^2 D_2 + …, \qquad
    D_k = -C_i (A_i^{-1} E_i)^k A_i^{-1} B_i .
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import Array, adjoint, dense, norm
from ..linalg.pencil_structure import (
    Decoupled,
    decoupled,
    evenly_scaled,
    infinite_staircase,
    rank_tolerance,
)
from ..systems.linear_system import LinearSystem

__all__ = ["PolynomialSplit", "finite_system", "polynomial_split", "polynomial_system"]

# The same for the rank of a Hankel matrix of coefficients, which carry the condition of the decoupling: they were seen
# to be off by up to 20 times the tolerance, and what is left out below is of that size.
_NOISE = 100


@dataclass(frozen=True, eq=False, kw_only=True)
class PolynomialSplit:
    """The parts of a descriptor system, by its staircase form.

    Attributes
    ----------
    parts : Decoupled
        Of the pencil in even scales.
    proper : LinearSystem
        With a nonsingular E, or without states.
    polynomial : tuple of (p, m) array
        D_1, D_2, …, as far as there are any.
    """

    parts: Decoupled
    proper: LinearSystem
    polynomial: tuple[Array, ...]


def polynomial_split(system: LinearSystem, tol: float | None = None) -> PolynomialSplit:
    """Split a dense system into a proper and a polynomial part; see :mod:`dlnbalance.linalg.pencil_structure`.

    Parameters
    ----------
    system : LinearSystem
        With any E; sparse matrices are made dense.
    tol : float, optional
        Of the rank decisions, relative; `rank_tolerance` of n if left out.

    Raises
    ------
    SingularPencilError
        When A − λE is singular for every λ.

    Notes
    -----
    About 30 n³ flops for every step of the index.

    Examples
    --------
    >>> differentiator = LinearSystem(np.eye(2), [[0.0], [1.0]], [[-1.0, 0.0]], E=[[0.0, 1.0], [0.0, 0.0]])
    >>> [D.tolist() for D in polynomial_split(differentiator).polynomial]
    [[[1.0]]]
    """
    even = evenly_scaled(dense(system.A), system.descriptor)
    parts = decoupled(infinite_staircase(even.A, even.E, tol))
    half = np.ldexp(1.0, even.rate // 2)
    entering, leaving = even.rows[:, None] * system.B / half, system.C * even.columns / half
    (B_i, B_f), (C_i, C_f) = parts.inputs(entering), parts.outputs(leaving)
    infinite = _Infinite(
        *parts.infinite,
        B_i,
        C_i,
        sizes=(norm(even.A), norm(even.E)),
        entering=parts.condition * la.norm(entering, axis=0),
        leaving=la.norm(leaving, axis=1),
    )
    tol = rank_tolerance(system.nstates) if tol is None else tol
    constant, *powers = infinite.coefficients(parts.form.index, tol)
    unit = np.ldexp(1.0, even.rate)
    polynomial = tuple(D / unit ** (k + 1) for k, D in enumerate(powers))
    A_f, E_f = parts.finite
    proper = finite_system(system, unit * A_f, E_f, half * B_f, half * C_f, system.D + constant)
    return PolynomialSplit(parts=parts, proper=proper, polynomial=polynomial)


def finite_system(
    like: LinearSystem, A: Array, E: Array | None, B: Array, C: Array, D: Array, states: tuple[str, ...] | None = None
) -> LinearSystem:
    """A system with the time base, the signals and the name of another one."""
    return LinearSystem(
        A,
        B,
        C,
        D,
        E=E if len(B) else None,
        dt=like.dt,
        inputs=like.inputs,
        outputs=like.outputs,
        states=states,
        name=like.name,
    )


@dataclass(frozen=True, eq=False)
class _Infinite:
    """The infinite part of a system, with the sizes of the pencil, the inputs and the outputs that it came from."""

    A: Array
    E: Array
    B: Array
    C: Array
    sizes: tuple[float, float]
    entering: Array
    leaving: Array

    def coefficients(self, count: int, tol: float) -> list[Array]:
        """D_0, and D_1, …, D_count up to the last that is not zero; those below `tol` times their scales are."""
        if not count:
            return [np.zeros((len(self.C), self.B.shape[1]), dtype=np.result_type(self.A, self.B, self.C))]
        filled = [la.solve_triangular(self.A, self.B, check_finite=False)]
        read = [self._left(self.C)]
        for _ in range(count):
            filled.append(la.solve_triangular(self.A, self.E @ filled[-1], check_finite=False))
            read.append(self._left(read[-1] @ self.E))
        found = [-self.C @ states for states in filled[:count]]
        while len(found) > 1:
            k = len(found) - 1
            if (np.abs(found[k]) > tol * self._scale(k, read, filled)).any():
                break
            found.pop()
        return found

    def _left(self, rows: Array) -> Array:
        """Rows times A⁻¹."""
        return la.solve_triangular(self.A, rows.T, trans="T", check_finite=False).T

    def _scale(self, k: int, read: list[Array], filled: list[Array]) -> Array:
        r"""What relative changes of norm 1 in the matrices make of the entries of D_k, to first order.

        .. math:: Σ_{j<k} ‖C N^j A^{-1}‖ (‖E‖ ‖N^{k-1-j} V‖ + ‖A‖ ‖N^{k-j} V‖) + ‖C N^k A^{-1}‖ (‖B‖ + ‖A‖ ‖V‖)
            + ‖C‖ ‖N^k V‖, \qquad N = A^{-1}E, \; V = A^{-1}B
        """
        size_A, size_E = self.sizes
        rows, columns = [la.norm(M, axis=1) for M in read], [la.norm(M, axis=0) for M in filled]
        total = np.outer(rows[k], self.entering + size_A * columns[0]) + np.outer(self.leaving, columns[k])
        for j in range(k):
            total = total + np.outer(rows[j], size_E * columns[k - 1 - j] + size_A * columns[k - j])
        return total


def polynomial_system(like: LinearSystem, polynomial: tuple[Array, ...]) -> LinearSystem:
    r"""Minimal descriptor system with the transfer function s D_1 + s² D_2 + … and a nilpotent E.

    .. math:: D_0 + C(sE - A)^{-1}B = s D_1 + … + s^q D_q

    Parameters
    ----------
    like : LinearSystem
        The system that they come from, which gives time base, signals and name.
    polynomial : tuple of (p, m) array
        D_1, …, D_q; not all zero.

    Notes
    -----
    With A = I the coefficients are Markov parameters :math:`M_k = C E^k B = -D_k` of a nilpotent E, and M_0 is free
    since D_0 makes up for it: the choice :math:`M_0 = X Z^+ Y` of the corner of the Hankel matrix

    .. math:: H = \begin{pmatrix} M_0 & X \\ Y & Z \end{pmatrix}, \quad X = (M_1, …, M_q), \; Z = (M_{i+j})_{i,j ≥ 1}

    gives it the least rank, which is the order [1]_. E comes from a singular value decomposition of H, and a staircase
    form makes it strictly triangular. The unit of time is chosen for coefficients of one size.

    References
    ----------
    .. [1] C. Davis, W. M. Kahan, H. F. Weinberger, "Norm-preserving dilations and their applications to optimal error
       bounds", SIAM J. Numer. Anal. 19 (1982) 445-469.

    Examples
    --------
    >>> one = LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    >>> square = polynomial_system(one, (np.zeros((1, 1)), np.ones((1, 1))))
    >>> square.nstates, round(square(2.0).item().real, 12)
    (3, 4.0)
    """
    rate = _time_unit(polynomial)
    markov = [-D * np.ldexp(1.0, k * rate) for k, D in enumerate(polynomial, start=1)]
    q, (p, m) = len(markov), markov[0].shape
    zero = np.zeros((p, m), dtype=markov[0].dtype)
    rows = [[markov[i + j - 1] if 0 < i + j <= q else zero for j in range(q + 1)] for i in range(q + 1)]
    hankel = np.block(rows)
    tol = _NOISE * rank_tolerance(max(like.nstates, *hankel.shape))
    corner = hankel[:p, m:] @ la.pinv(hankel[p:, m:], rtol=tol) @ hankel[p:, :m]
    hankel[:p, :m] = corner
    left, values, right = la.svd(hankel, full_matrices=False)
    order = int(np.count_nonzero(values > tol * values[0]))
    root = np.sqrt(values[:order])
    observe, reach = left[:, :order] * root, root[:, None] * right[:order]
    shifted = np.vstack([hankel[p:], np.zeros((p, hankel.shape[1]))])
    E = (adjoint(left[:, :order]) / root[:, None]) @ shifted @ (adjoint(right[:order]) / root)
    form = infinite_staircase(np.eye(order, dtype=E.dtype), E, np.sqrt(tol))
    B, C = adjoint(form.Q) @ reach[:, :m], observe[:p] @ form.Z
    return finite_system(like, form.A, form.E * np.ldexp(1.0, -rate), B, C, corner)


def _time_unit(polynomial: tuple[Array, ...]) -> int:
    """Exponent r for which the entries of D_k 2^(rk) are of one size, as nearly as one unit of time can make them."""
    degrees = np.array([k for k, D in enumerate(polynomial, start=1) if D.any()])
    exponents = np.array([np.log2(np.abs(D).max()) for D in polynomial if D.any()])
    if degrees.size == 1:
        return 0
    return -round(float(np.polyfit(degrees, exponents, 1)[0]))
