r"""Systems whose states are their modes, read off without rounding: A diagonal, or with conjugate pairs in 2×2 blocks.

.. math:: e_i x_i' = a_i x_i + b_i u, \quad y = Σ_i c_i x_i + D u, \qquad
    G(s) = D + Σ_i \frac{c_i b_i}{e_i s - a_i}.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ..linalg.arrays import Array, Indices, Matrix
from .linear_system import LinearSystem

__all__ = ["DiagonalForm", "diagonal_form"]


@dataclass(frozen=True, eq=False, kw_only=True)
class DiagonalForm:
    """A system in the coordinates of its modes.

    Attributes
    ----------
    a, e : (n,) array
        The poles are 2^rate a/e; e is 1 where nothing else was given.
    B, C : (n, m) and (p, n) array
        What inputs do to the modes, and what outputs see of them.
    rate, exponent : int
        G(s) = 2^exponent C (e s/2^rate − a)⁻¹ B + D; the rate is 0 in discrete time.
    is_discrete : bool
        Whether time is discrete.
    """

    a: Array
    e: Array
    B: Array
    C: Array
    rate: int
    exponent: int
    is_discrete: bool


class _Entries(NamedTuple):
    """Diagonal of a matrix, and the first states of 2×2 blocks [[a, ω], [−ω, a]] with their ω."""

    diagonal: Array
    first: Indices
    omega: Array


def diagonal_form(system: LinearSystem) -> DiagonalForm | None:
    r"""The diagonal form of a system, where its entries show one without any rounding; None for all others.

    Parameters
    ----------
    system : LinearSystem
        Dense or sparse, real or complex.

    Returns
    -------
    DiagonalForm or None
        Where A is diagonal but for blocks [[a, ω], [−ω, a]] of neighbouring states, which are poles a ± iω, and E is
        the identity or diagonal, nowhere zero, with equal entries in such blocks.

    Notes
    -----
    Blocks are parted by x = z_1 + z_2, x' = i(z_1 − z_2), which rounds nothing in a real system. O(n²) for dense
    matrices.

    Examples
    --------
    >>> form = diagonal_form(LinearSystem([[-1.0, 5.0], [-5.0, -1.0]], [2.0, 0.0], [1.0, 0.0]))
    >>> (2**form.rate * form.a / form.e).tolist()
    [(-1+5j), (-1-5j)]
    >>> diagonal_form(LinearSystem([[-1.0, 1.0], [0.0, -1.0]], [1.0, 1.0], [1.0, 1.0])) is None
    True
    """
    entries = _entries(system.A)
    descriptor = _Entries(np.ones(system.nstates), np.zeros(0, int), np.zeros(0))
    if system.E is not None:
        descriptor = _entries(system.E)
    if entries is None or descriptor is None or descriptor.first.size or (descriptor.diagonal == 0).any():
        return None
    a, e, first = entries.diagonal, descriptor.diagonal, entries.first
    if (e[first] != e[first + 1]).any():
        return None
    B, C = system.B, system.C
    if first.size:
        a, B, C = _parted(a, entries, B, C)
    return _moderate(a, e, B, C, discrete=system.is_discrete)


def _entries(M: Matrix) -> _Entries | None:
    """What a matrix has on its diagonal and in 2×2 blocks; None where there is anything else."""
    rows, columns = (M if sp.issparse(M) else np.asarray(M)).nonzero()
    outside = rows != columns
    diagonal = M.diagonal().copy()
    rows, columns = rows[outside], columns[outside]
    first = np.unique(np.minimum(rows, columns))
    if rows.size != 2 * first.size or (np.abs(rows - columns) != 1).any() or (np.diff(first) < 2).any():
        return None
    above, below = M.diagonal(1)[first], M.diagonal(-1)[first]
    if (above != -below).any() or (diagonal[first] != diagonal[first + 1]).any():
        return None
    return _Entries(diagonal, first, above)


def _parted(a: Array, entries: _Entries, B: Array, C: Array) -> tuple[Array, Array, Array]:
    """Poles, inputs and outputs of the system with its 2×2 blocks made diagonal."""
    first, second, turn = entries.first, entries.first + 1, 1j * entries.omega
    a, B, C = (M.astype(complex) for M in (a, B, C))
    a[first], a[second] = a[first] + turn, a[first] - turn
    B[first], B[second] = (B[first] - 1j * B[second]) / 2, (B[first] + 1j * B[second]) / 2
    C[:, first], C[:, second] = C[:, first] + 1j * C[:, second], C[:, first] - 1j * C[:, second]
    return a, B, C


def _moderate(a: Array, e: Array, B: Array, C: Array, *, discrete: bool) -> DiagonalForm:
    """Scale by powers of two: equations so that e is near 1, the unit of rates, inputs, and outputs."""
    rows = np.frexp(np.abs(e))[1] - 1
    a, e, B = _shifted(a, -rows), _shifted(e, -rows), _shifted(B, -rows[:, None])
    rate = 0 if discrete else _exponent(a)
    entering, leaving = _exponent(B), _exponent(C)
    return DiagonalForm(
        a=_shifted(a, -rate),
        e=e,
        B=_shifted(B, -entering),
        C=_shifted(C, -leaving),
        rate=rate,
        exponent=entering + leaving - rate,
        is_discrete=discrete,
    )


def _exponent(M: Array) -> int:
    """Binary exponent of the largest entry."""
    return int(np.frexp(np.abs(M).max(initial=0.0))[1])


def _shifted(M: Array, powers: Array | int) -> Array:
    """Multiply by powers of two in two steps, as a single one may leave the range of numbers."""
    half = np.asarray(powers) // 2
    return M * np.ldexp(1.0, half) * np.ldexp(1.0, powers - half)
