r"""The infinite eigenvalues of a dense pencil A − λE: regularity, index, deflation, and decoupling.

A regular pencil has, after a change of coordinates of equations and states, Weierstrass' form

.. math:: \begin{pmatrix} J - λI & \\ & I - λN \end{pmatrix}, \qquad N^ν = 0, \; N^{ν-1} ≠ 0,

with the finite eigenvalues in J, the infinite ones in the nilpotent N, and the index ν. What orthogonal transformations
find of it is the staircase form of :func:`infinite_staircase`; one generalized Sylvester equation then separates the
finite from the infinite part (:func:`decoupled`).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.linalg as la

from ..errors import SingularPencilError
from .arrays import EPS, Array, adjoint, factorized, norm
from .scaling import even_exponents, even_powers, evenly_scaled_solution

__all__ = [
    "Decoupled",
    "EvenPencil",
    "InfiniteStaircase",
    "decoupled",
    "evenly_scaled",
    "infinite_staircase",
    "normal_rank",
    "rank_tolerance",
]

# Singular values that should vanish were seen at up to 2 n eps ‖E‖ after three deflations of pencils in coordinates of
# condition 10; the factor leaves room for ten times that.
_SAFETY = 10
# Angles of points on the unit circle where the rank of a pencil is taken: no eigenvalue of a given pencil is likely to
# lie at all three.
_ANGLES = (0.7390851, 2.0287578, 4.4934095)
# Reciprocal condition number of a pencil at a point above which its scales are not looked into: they cost three digits
# at most. And how much better others have to be.
_WELL_CONDITIONED = 1e-3
_WORTH_HAVING = 16
_PASSES = 2  # of scaling and choosing the unit of rates: each needs the other, and a second pass changes little


def rank_tolerance(n: int) -> float:
    """Singular values of an n×n matrix below this share of the largest count as zero, unless stated otherwise.

    Examples
    --------
    >>> rank_tolerance(100) < 1e-12
    True
    """
    return _SAFETY * max(n, 1) * EPS


@dataclass(frozen=True, eq=False, kw_only=True)
class EvenPencil:
    r"""A pencil in even scales, :math:`\hat A = R A D / θ, \hat E = R E D`, by powers of two: nothing is rounded.

    Attributes
    ----------
    A, E : (n, n) array
        Of one type, with rows and columns of norm near 1.
    rows, columns : (n,) array
        Diagonals of R and D.
    rate : int
        log₂ θ, an even number.
    """

    A: Array
    E: Array
    rows: Array
    columns: Array
    rate: int


def evenly_scaled(A: Array, E: Array) -> EvenPencil:
    """Scale a pencil so that the ranks of its parts do not depend on the units of equations, states and time.

    Rows and columns get even norms, O(n²) a sweep; where that leaves the pencil ill-conditioned at a point of the unit
    circle, one LU factorization, entries are evened out by their logarithms, if that is better.

    Examples
    --------
    >>> even = evenly_scaled(np.array([[-1e9]]), np.array([[1e-3]]))
    >>> bool(0.4 < abs(even.A.item()) < 2.5), bool(0.4 < even.E.item() < 2.5)
    (True, True)
    """
    kind = np.result_type(A, E, float)
    A, E = A.astype(kind), E.astype(kind)
    even = _by_norms(A, E)
    rcond = _rcond(even)
    if rcond >= _WELL_CONDITIONED:
        return even
    other = _by_logarithms(A, E)
    return other if _rcond(other) > _WORTH_HAVING * rcond else even


def _by_norms(A: Array, E: Array) -> EvenPencil:
    """Rows and columns of even norm."""
    rows, columns, rate = np.ones(len(A)), np.ones(len(A)), 0
    for _ in range(_PASSES):
        change = 2 * round((_exponent(A) - _exponent(E)) / 2) if E.any() and A.any() else 0
        A, rate = _shifted(A, -change), rate + change
        r, d = even_powers(np.maximum(np.abs(A), np.abs(E)))
        A, E = r[:, None] * A * d, r[:, None] * E * d
        rows, columns = rows * r, columns * d
    return EvenPencil(A=A, E=E, rows=rows, columns=columns, rate=rate)


def _by_logarithms(A: Array, E: Array) -> EvenPencil:
    """Entries near 1, and the unit of rates with them."""
    r, d, (_, t) = even_exponents(E, A)
    rate = -2 * round(t / 2)
    rows, columns = np.ldexp(1.0, r), np.ldexp(1.0, d)
    with np.errstate(over="ignore", invalid="ignore"):  # what leaves the range of numbers is no choice
        A, E = rows[:, None] * _shifted(A, -rate) * columns, rows[:, None] * E * columns
    return EvenPencil(A=A, E=E, rows=rows, columns=columns, rate=rate)


def _rcond(pencil: EvenPencil) -> float:
    """Reciprocal condition number at a point of the unit circle; 0 where entries are out of range."""
    with np.errstate(invalid="ignore"):
        here = pencil.A - np.exp(1j * _ANGLES[0]) * pencil.E
    return factorized(here)[1] if np.isfinite(here).all() else 0.0


def _exponent(M: Array) -> int:
    """Binary exponent of the largest entry."""
    return int(np.frexp(np.abs(M).max(initial=0.0))[1])


def _shifted(M: Array, power: int) -> Array:
    """The matrix times a power of two that may lie outside the range of numbers."""
    return M * np.ldexp(1.0, power // 2) * np.ldexp(1.0, power - power // 2)


def normal_rank(A: Array, E: Array, tol: float | None = None) -> int:
    """Rank of A − λE for all λ but the eigenvalues: n for a regular pencil.

    Parameters
    ----------
    A, E : (n, n) array
        In even scales (see :func:`evenly_scaled`).
    tol : float, optional
        Share of the norm of the pencil below which singular values count as zero; `rank_tolerance` of n if left out.

    Notes
    -----
    The largest rank at three points of the unit circle, by singular values: O(n³).

    Examples
    --------
    >>> normal_rank(np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[0.0, 1.0], [0.0, 0.0]]))
    1
    """
    n = A.shape[0]
    tol = rank_tolerance(n) if tol is None else tol
    scale = norm(A) + norm(E)
    ranks = (np.count_nonzero(la.svdvals(A - np.exp(1j * angle) * E) > tol * scale) for angle in _ANGLES)
    return int(max(ranks)) if n else 0


@dataclass(frozen=True, eq=False, kw_only=True)
class InfiniteStaircase:
    r"""A regular pencil with its infinite eigenvalues deflated to the front by unitary Q and Z.

    .. math:: Q^*(A - λE)Z = \begin{pmatrix} A_i - λE_i & A_{if} - λE_{if} \\ & A_f - λE_f \end{pmatrix}

    with A_i nonsingular and upper triangular, E_i strictly block upper triangular with blocks of the given `sizes`, and
    E_f nonsingular.

    Attributes
    ----------
    A, E : (n, n) array
        The transformed pencil; what is zero above is zero exactly.
    Q, Z : (n, n) array
    sizes : tuple of int
        Sizes ν_1 ≥ ν_2 ≥ … of the blocks: ν_k is the number of infinite Jordan blocks of size k at least.
    """

    A: Array
    E: Array
    Q: Array
    Z: Array
    sizes: tuple[int, ...]

    @property
    def infinite(self) -> int:
        """Number of infinite eigenvalues."""
        return sum(self.sizes)

    @property
    def finite(self) -> int:
        """Number of finite eigenvalues."""
        return self.A.shape[0] - self.infinite

    @property
    def index(self) -> int:
        """Index ν of the pencil: size of the largest infinite Jordan block, 0 where E is nonsingular."""
        return len(self.sizes)


def infinite_staircase(A: Array, E: Array, tol: float | None = None) -> InfiniteStaircase:
    """Deflate the infinite eigenvalues of a regular pencil by orthogonal (unitary) transformations.

    Parameters
    ----------
    A, E : (n, n) array
        In even scales (see :func:`evenly_scaled`), both real or both complex.
    tol : float, optional
        Singular values of parts of E below `tol` ‖E‖₂, and of A below `tol` ‖A‖_F, count as zero; `rank_tolerance` of
        n if left out.

    Raises
    ------
    SingularPencilError
        When a null vector of E that is met is one of A, too, to this tolerance; it says the normal rank.

    Notes
    -----
    Each step compresses the columns of what is left of E by an SVD, and the columns of A that belong to its null space
    by a QR factorization, until E has full rank: as many steps as the index, of O(n³) each. Backward stable: the form
    is that of a pencil within the tolerance of the given one.

    References
    ----------
    .. [1] P. Van Dooren, "The computation of Kronecker's canonical form of a singular pencil", Linear Algebra Appl. 27
       (1979) 103-140.
    .. [2] P. Misra, P. Van Dooren, A. Varga, "Computation of structural invariants of generalized state-space systems",
       Automatica 30 (1994) 1921-1936.

    Examples
    --------
    >>> form = infinite_staircase(np.eye(3), np.diag([1.0, 1.0], 1))  # s² as a gain
    >>> form.sizes, form.index, form.finite
    ((1, 1, 1), 3, 0)
    """
    n = A.shape[0]
    tol = rank_tolerance(n) if tol is None else tol
    pencil = A, E
    A, E = A.copy(), E.copy()
    Q, Z = np.eye(n, dtype=A.dtype), np.eye(n, dtype=A.dtype)
    least_A, least_E = tol * norm(A), tol * (la.norm(E, 2) if n else 0.0)
    sizes: list[int] = []
    start = 0
    while start < n:
        rest = slice(start, n)
        _, values, rows = la.svd(E[rest, rest], check_finite=False)
        rank = int(np.count_nonzero(values > least_E))
        nullity = n - start - rank
        if nullity == 0:
            break
        right = np.hstack([adjoint(rows[rank:]), adjoint(rows[:rank])])
        for M in (A, E, Z):
            M[:, rest] = M[:, rest] @ right
        here = slice(start, start + nullity)
        E[rest, here] = 0
        if la.svdvals(A[rest, here], check_finite=False)[-1] <= least_A:
            raise _singular(*pencil, tol)
        left, _ = la.qr(A[rest, here], check_finite=False)
        A[rest], E[rest], Q[:, rest] = adjoint(left) @ A[rest], adjoint(left) @ E[rest], Q[:, rest] @ left
        A[rest, here] = np.triu(A[rest, here])
        E[rest, here] = 0
        sizes.append(nullity)
        start += nullity
    return InfiniteStaircase(A=A, E=E, Q=Q, Z=Z, sizes=tuple(sizes))


def _singular(A: Array, E: Array, tol: float) -> SingularPencilError:
    """Refusal of a pencil that is singular to working precision."""
    n = A.shape[0]
    rank = min(normal_rank(A, E, tol), n - 1)
    return SingularPencilError(
        "system",
        f"a regular pencil A − λE (of normal rank {n})",
        f"a singular one, of normal rank {rank}",
        "remove the equations that follow from the others, and fix the states that no equation determines",
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Decoupled:
    r"""The finite and the infinite part of a pencil, side by side: :math:`U(A - λE)V = (A_i - λE_i) ⊕ (A_f - λE_f)`.

    Attributes
    ----------
    form : InfiniteStaircase
        The staircase that was decoupled.
    L, R : (infinite, finite) array
        The solution of A_i R + L A_f = −A_if, E_i R + L E_f = −E_if.
    """

    form: InfiniteStaircase
    L: Array
    R: Array

    @cached_property
    def condition(self) -> float:
        """Norm of the larger spectral projector, (1 + max(‖L‖, ‖R‖)²)^½, in the scales of the staircase: 1 is best."""
        sizes = [la.norm(M, 2) for M in (self.L, self.R) if M.size]
        return float(np.hypot(1.0, max(sizes, default=0.0)))

    @property
    def infinite(self) -> tuple[Array, Array]:
        """A_i and E_i."""
        here = slice(0, self.form.infinite)
        return self.form.A[here, here], self.form.E[here, here]

    @property
    def finite(self) -> tuple[Array, Array]:
        """A_f and E_f."""
        here = slice(self.form.infinite, None)
        return self.form.A[here, here], self.form.E[here, here]

    def inputs(self, B: Array) -> tuple[Array, Array]:
        """The rows of U B that belong to the infinite and to the finite part."""
        turned = adjoint(self.form.Q) @ B
        first, second = turned[: self.form.infinite], turned[self.form.infinite :]
        return first + self.L @ second, second

    def outputs(self, C: Array) -> tuple[Array, Array]:
        """The columns of C V that belong to the infinite and to the finite part."""
        turned = C @ self.form.Z
        first, second = turned[:, : self.form.infinite], turned[:, self.form.infinite :]
        return first, second + first @ self.R


def decoupled(form: InfiniteStaircase) -> Decoupled:
    r"""Separate the finite from the infinite part: one generalized Sylvester equation.

    .. math:: A_i R + L A_f = -A_{if}, \qquad E_i R + L E_f = -E_{if}

    Since E_i is strictly block upper triangular, the second equation gives the last block row of L by E_f alone, the
    first one that of R, and so on upwards: `index` solves with E_f and the triangle A_i, exact but for rounding, O(n³)
    each, and no Schur form of the finite part.

    Examples
    --------
    >>> A, E = np.array([[-1.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 0.0]])
    >>> parts = decoupled(infinite_staircase(A, E))
    >>> round(float((parts.finite[0] / parts.finite[1]).item()), 12)
    -1.0
    """
    inf = form.infinite
    A_i, E_i, A_f, E_f = form.A[:inf, :inf], form.E[:inf, :inf], form.A[inf:, inf:], form.E[inf:, inf:]
    L, R = -form.E[:inf, inf:], -form.A[:inf, inf:]
    stop = inf
    for size in reversed(form.sizes):
        here, later = slice(stop - size, stop), slice(stop, inf)
        transposed = evenly_scaled_solution(E_f.T, (L[here] - E_i[here, later] @ R[later]).T) if form.finite else None
        if transposed is not None:  # E_f, of full rank to the tolerance, is never exactly singular
            L[here] = transposed.T
        right = R[here] - L[here] @ A_f - A_i[here, later] @ R[later]
        R[here] = la.solve_triangular(A_i[here, here], right, check_finite=False)
        stop -= size
    return Decoupled(form=form, L=L, R=R)
