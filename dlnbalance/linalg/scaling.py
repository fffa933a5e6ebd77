r"""Equilibration: diagonal changes of coordinates by powers of two, which round nothing.

The first step towards the least norm on a gauge orbit: among diagonal gauges the minimum of Σ‖W_a‖² is where what flows
into every coordinate is as large as what is read from it.
"""

from collections.abc import Sequence

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp
from scipy.sparse.linalg import lsqr

from .arrays import Array, Indices, Matrix, factorized, is_small_product, product

__all__ = [
    "coarse_exponents",
    "coarse_powers",
    "equilibrating_powers",
    "even_exponents",
    "even_powers",
    "evenly_scaled_solution",
    "loop_powers",
    "row_and_column_powers",
]

_SWEEPS = 200  # at most: where the least norm is only approached, the scales drift for ever
_SETTLED = 1 / 16  # of a power of two: a last step that rounding does not see
# Steps of the iteration for logarithms, and its relative tolerance: a factor of two here and there does not matter.
_STEPS = 100
_CLOSE = 1e-4
_PENCIL_SWEEPS = 20  # more change nothing where a limit exists, and drift where there is none


def equilibrating_powers(
    arrows: Sequence[tuple[Array, int | None, int | None]], dimensions: Sequence[int]
) -> list[Array]:
    r"""Powers of two d_v such that the coordinates x̂_v of x_v = diag(d_v) x̂_v are evenly filled and read.

    .. math:: Σ_{in} ‖\hat W_a^{(i,:)}‖^2 ≈ Σ_{out} ‖\hat W_a^{(:,i)}‖^2, \qquad
        \hat W_a = \mathrm{diag}(d_{head})^{-1} W_a \mathrm{diag}(d_{tail}).

    Parameters
    ----------
    arrows : sequence of (array, tail, head)
        Squared moduli of the entries and the indices of the vertices where an arrow starts and ends, None for framing.
    dimensions : sequence of int
        Dimensions of the vertices.

    Returns
    -------
    list of (n_v,) array
        Coordinates that nothing fills, or nothing reads, keep their scale.

    Notes
    -----
    Majorize–minimize restricted to diagonals: each sweep multiplies by the eighth root of the ratio, since both ends of
    a loop move at once (with the fourth root two states that drive each other would change places for ever); what comes
    out is rounded. The diagonals of loops, which do not change, are left out. O(n²) a sweep.

    References
    ----------
    .. [1] E. E. Osborne, "On pre-conditioning of matrices", J. ACM 7 (1960) 338-345.

    Examples
    --------
    >>> [d] = equilibrating_powers([(np.array([[256.0]]), None, 0), (np.array([[1.0]]), 0, None)], [1])
    >>> d  # x' = 16 u, y = x becomes x̂' = 4 u, y = 4 x̂
    array([4.])
    """
    loopless = [_hollow(square) if tail is not None and tail == head else square for square, tail, head in arrows]
    ends = [(tail, head) for _, tail, head in arrows]
    powers: list[Array] = [np.zeros(n) for n in dimensions]
    for _ in range(_SWEEPS):
        d = [2.0**power for power in powers]
        filled: list[Array] = [np.zeros(n) for n in dimensions]
        read: list[Array] = [np.zeros(n) for n in dimensions]
        for square, (tail, head) in zip(loopless, ends, strict=True):
            right = np.ones(square.shape[1]) if tail is None else d[tail] ** 2
            left = np.ones(square.shape[0]) if head is None else d[head] ** -2.0
            if head is not None:
                filled[head] = filled[head] + left * product(square, right)
            if tail is not None:
                read[tail] = read[tail] + product(left, square) * right
        steps = [_step(f, r) for f, r in zip(filled, read, strict=True)]
        powers = [power + step for power, step in zip(powers, steps, strict=True)]
        if all(np.abs(step).max(initial=0.0) < _SETTLED for step in steps):
            break
    return [2.0 ** np.round(power) for power in powers]


def loop_powers(squares: Array, entering: Array, leaving: Array) -> Array:
    r"""Powers of two for one loop and several framings, each like those of :func:`equilibrating_powers`; all at once.

    Parameters
    ----------
    squares : (n, n) array
        Squared moduli of the entries of the loop.
    entering, leaving : (n, k) array
        What enters each coordinate from outside, and what leaves it, in each of k framings: sums of squares.

    Returns
    -------
    (n, k) array

    Examples
    --------
    >>> loop_powers(np.zeros((1, 1)), np.array([[0.0, 256.0]]), np.array([[0.0, 1.0]])).tolist()
    [[1.0, 4.0]]
    """
    loop = _hollow(squares)
    powers, moving = np.zeros(entering.shape), np.full(entering.shape, True)
    times = np.matmul if is_small_product(loop, entering) else product
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(_SWEEPS):
            d = np.exp2(2 * powers)
            filled, read = times(loop, d) + entering, times(loop.T, 1 / d) + leaving
            steps = (np.log2(filled) - np.log2(read)) / 8 - powers / 2
            moving &= np.isfinite(steps)
            steps[~moving] = 0.0
            powers += steps
            moving &= np.abs(steps).max(axis=0, initial=0.0) >= _SETTLED
            if not moving.any():
                break
    return np.exp2(np.round(powers))


def coarse_exponents(matrix: Array) -> Indices:
    """Exponents e of powers of two d_i such that the largest entries of rows and columns of diag(d)⁻¹ M diag(d) agree.

    About, and off the diagonal: for entries whose squares leave the range of numbers. O(n²) a sweep.

    Examples
    --------
    >>> coarse_exponents(np.array([[1.0, 2.0**900], [2.0**-900, 1.0]])).tolist()
    [450, -450]
    """
    sizes = np.frexp(np.abs(matrix))[1].astype(float)
    sizes[matrix == 0] = -np.inf
    np.fill_diagonal(sizes, -np.inf)
    filled, read = (np.isfinite(sizes.max(axis=axis, initial=-np.inf)) for axis in (1, 0))
    exponents = np.zeros(len(matrix))
    for _ in range(_SWEEPS):
        here = sizes + exponents - exponents[:, None]
        steps = np.zeros(len(matrix))
        both = filled & read
        steps[both] = (here.max(axis=1)[both] - here.max(axis=0)[both]) / 4
        exponents += steps
        if np.abs(steps).max(initial=0.0) < 1:
            break
    return np.round(exponents).astype(int)


def row_and_column_powers(squares: Array, beside: Array, below: Array) -> tuple[Array, Array]:
    r"""Powers of two (r, d) that even out the rows of diag(r) (M diag(d), b) and the columns of (diag(r) M; c) diag(d).

    To norms near 1, from the squared moduli of the entries of M, of a column b beside it and a row c below it. Rows and
    columns of zeros keep their scale. O(n²) a sweep.

    Examples
    --------
    >>> r, d = row_and_column_powers(np.array([[4.0, 0.0], [0.0, 2.0**-20]]), np.zeros(2), np.zeros(2))
    >>> (r * np.array([2.0, 2.0**-10]) * d).tolist()
    [1.0, 1.0]
    """
    rows, columns = np.ones(squares.shape[0]), np.ones(squares.shape[1])
    for _ in range(_PENCIL_SWEEPS):
        row_steps = _root((product(squares, columns**2) + beside) * rows**2)
        rows = rows / row_steps
        column_steps = _root((product(rows**2, squares) + below) * columns**2)
        columns = columns / column_steps
        if (row_steps == 1).all() and (column_steps == 1).all():
            break
    return rows, columns


def even_powers(matrix: Array) -> tuple[Array, Array]:
    """Powers of two that bring the rows and columns of diag(r) M diag(d) near the norm 1.

    Examples
    --------
    >>> r, d = even_powers(np.array([[0.0, 2e200], [3e-200, 0.0]]))
    >>> (r[:, None] * np.array([[0.0, 2e200], [3e-200, 0.0]]) * d).round(2).tolist()
    [[0.0, 1.31], [1.15, 0.0]]
    """
    magnitudes, none = np.abs(matrix), np.zeros(matrix.shape[0])
    rows, columns = coarse_powers(magnitudes)  # first, so that squares do not underflow
    more_rows, more_columns = row_and_column_powers((rows[:, None] * magnitudes * columns) ** 2, none, none)
    return rows * more_rows, columns * more_columns


def even_exponents(*matrices: Matrix) -> tuple[Indices, Indices, list[int]]:
    r"""Exponents of powers of two that bring the entries of matrices of one shape near 1: least squares of logarithms.

    .. math:: Σ_k Σ_{ij} \big( \log_2 |(M_k)_{ij}| + r_i + d_j + t_k \big)^2 \quad\text{(entries that are not zero)}

    Unlike `even_powers` it finds any units that sparse matrices were given in; but entries that are nothing but
    rounding count like all others.

    Parameters
    ----------
    *matrices : (m, n) array or sparse

    Returns
    -------
    r : (m,) int array
    d : (n,) int array
    t : list of int
        One for each matrix; 0 for the first.

    Notes
    -----
    At most 100 steps of the iteration LSQR, each of as many operations as there are entries.

    References
    ----------
    .. [1] A. R. Curtis, J. K. Reid, "On the automatic scaling of matrices for Gaussian elimination", IMA J. Appl. Math.
       10 (1972) 118-124.

    Examples
    --------
    >>> r, d, _ = even_exponents(np.array([[2.0**60, 0.0], [2.0**40, 2.0**-20]]))
    >>> (2.0**r[:, None] * np.array([[2.0**60, 0.0], [2.0**40, 2.0**-20]]) * 2.0**d).tolist()
    [[1.0, 0.0], [1.0, 1.0]]
    """
    m, n = matrices[0].shape
    entries = [sp.coo_array(matrix) for matrix in matrices]
    stored = [each.data != 0 for each in entries]
    sizes = np.concatenate([np.log2(np.abs(each.data[here])) for each, here in zip(entries, stored, strict=True)])
    if not sizes.size:
        return np.zeros(m, dtype=int), np.zeros(n, dtype=int), [0] * len(matrices)
    i, j = (
        np.concatenate([each.coords[axis][here] for each, here in zip(entries, stored, strict=True)]) for axis in (0, 1)
    )
    which = np.repeat(np.arange(len(matrices)), [np.count_nonzero(here) for here in stored])
    count, moved = np.arange(sizes.size), which > 0
    rows = np.concatenate([count, count, count[moved]])
    columns = np.concatenate([i, m + j, m + n + which[moved] - 1])
    shape = (sizes.size, m + n + len(matrices) - 1)
    incidence = sp.csr_array((np.ones(rows.size), (rows, columns)), shape=shape)
    exponents = np.round(lsqr(incidence, -sizes, atol=_CLOSE, btol=_CLOSE, iter_lim=_STEPS)[0]).astype(int)
    return exponents[:m], exponents[m : m + n], [0, *exponents[m + n :].tolist()]


def evenly_scaled_solution(matrix: Array, right: Array) -> Array | None:
    """Solve M X = R by LU factors of diag(r) M diag(d), refined once; None where M is singular.

    The refinement makes the error that of small relative changes of all entries of M [1]_.

    References
    ----------
    .. [1] R. D. Skeel, "Iterative refinement implies numerical stability for Gaussian elimination", Math. Comp. 35
       (1980) 817-832.

    Examples
    --------
    >>> evenly_scaled_solution(np.diag([1e200, 1e-200]), np.array([[1e200], [2e-200]])).ravel().tolist()
    [1.0, 2.0]
    """
    rows, columns = even_powers(matrix)
    scaled = rows[:, None] * matrix * columns
    factors, rcond = factorized(scaled)
    if rcond == 0:
        return None
    right = rows[:, None] * right
    solution = la.lu_solve(factors, right, check_finite=False)
    solution += la.lu_solve(factors, right - scaled @ solution, check_finite=False)
    return columns[:, None] * solution


def coarse_powers(magnitudes: Array) -> tuple[Array, Array]:
    """Powers of two (r, d) for which the columns of diag(r) M diag(d) have largest entries from ½ to 1."""
    rows = np.ldexp(1.0, -np.frexp(magnitudes.max(axis=1, initial=0.0))[1])
    columns = np.ldexp(1.0, -np.frexp((rows[:, None] * magnitudes).max(axis=0, initial=0.0))[1])
    return rows, columns


def _hollow(square: Array) -> Array:
    """The matrix with a zero diagonal."""
    hollow = square.copy()
    np.fill_diagonal(hollow, 0)
    return hollow


def _step(filled: Array, read: Array) -> Array:
    """Binary logarithm of the eighth root of filled/read."""
    usable = (filled > 0) & (read > 0)
    return (np.log2(np.where(usable, filled, 1.0)) - np.log2(np.where(usable, read, 1.0))) / 8


def _root(squares: Array) -> Array:
    """Square root, rounded to a power of two; 1 for zeros."""
    return 2.0 ** np.round(np.log2(np.where(squares > 0, squares, 1.0)) / 2)
