r"""Equilibration: diagonal changes of coordinates by powers of two, which round nothing.

The first step towards the least norm on a gauge orbit: among diagonal gauges the minimum of Σ‖W_a‖² is where what flows
into every coordinate is as large as what is read from it.
"""

from collections.abc import Sequence

import numpy as np

from .arrays import Array, product

__all__ = ["equilibrating_powers", "even_powers", "row_and_column_powers"]

_SWEEPS = 200
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
    Majorize–minimize restricted to diagonals: each sweep multiplies by the fourth root of the ratio, rounded. The
    diagonals of loops, which do not change, are left out. O(n²) a sweep.

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
    d: list[Array] = [np.ones(n) for n in dimensions]
    steps: list[Array] = [np.ones(n) for n in dimensions]
    for _ in range(_SWEEPS):
        filled: list[Array] = [np.zeros(n) for n in dimensions]
        read: list[Array] = [np.zeros(n) for n in dimensions]
        for square, (tail, head) in zip(loopless, ends, strict=True):
            right = np.ones(square.shape[1]) if tail is None else d[tail] ** 2
            left = np.ones(square.shape[0]) if head is None else d[head] ** -2.0
            if head is not None:
                filled[head] = filled[head] + left * product(square, right)
            if tail is not None:
                read[tail] = read[tail] + product(left, square) * right
        last, steps = steps, [_power(f, r) for f, r in zip(filled, read, strict=True)]
        if all((step == 1).all() for step in steps):
            break
        if all((step * back == 1).all() for step, back in zip(steps, last, strict=True)):  # to and fro for ever
            break
        d = [scale * step for scale, step in zip(d, steps, strict=True)]
    return d


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
    rows = np.ldexp(1.0, -np.frexp(magnitudes.max(axis=1, initial=0.0))[1])  # first, so that squares do not underflow
    magnitudes = rows[:, None] * magnitudes
    columns = np.ldexp(1.0, -np.frexp(magnitudes.max(axis=0, initial=0.0))[1])
    more_rows, more_columns = row_and_column_powers((magnitudes * columns) ** 2, none, none)
    return rows * more_rows, columns * more_columns


def _hollow(square: Array) -> Array:
    """The matrix with a zero diagonal."""
    hollow = square.copy()
    np.fill_diagonal(hollow, 0)
    return hollow


def _power(filled: Array, read: Array) -> Array:
    """Fourth root of filled/read, rounded to a power of two."""
    usable = (filled > 0) & (read > 0)
    ratio = np.where(usable, filled, 1.0) / np.where(usable, read, 1.0)
    return 2.0 ** np.round(np.log2(ratio) / 4)


def _root(squares: Array) -> Array:
    """Square root, rounded to a power of two; 1 for zeros."""
    return 2.0 ** np.round(np.log2(np.where(squares > 0, squares, 1.0)) / 2)
