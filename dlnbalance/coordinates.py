r"""Coordinates in which orthogonal transformations lose nothing: units of time, equations and states, and blocks.

The pencil of a system is written in

.. math:: \hat A = R A D / θ, \quad \hat E = R E D, \quad \hat B = R B / \sqrt θ, \quad \hat C = C D / \sqrt θ,

where the diagonal matrices R and D and the unit of rates θ are powers of two, so that nothing is rounded, and the
states stand in an order that makes the pencil block upper triangular with blocks that cannot be divided any more. Poles
are θ times those of the hatted pencil, and G(s) = Ĉ(s/θ Ê − Â)⁻¹B̂ + D. An orthogonal transformation of a block errs
relative to the norm of that block; so time constants that differ by many decades stay apart where the states do.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from .arrays import Array
from .scaling import equilibrating_powers, row_and_column_powers

__all__ = ["Coordinates", "well_scaled"]

# Scales of states that differ by less cost a digit at most, and stay as they are.
_WORTH_SCALING = 16
# Row norms of a block that differ by more: the largest go first, for then QR keeps the digits of the small ones.
_GRADED = 1e4


@dataclass(frozen=True, eq=False, kw_only=True)
class Coordinates:
    r"""A system (A, E, B, C) in well-scaled coordinates x = D x̂ of its states.

    Attributes
    ----------
    A, E, B, C : array
        Â, Ê (None for the identity), B̂ and Ĉ, all dense and with the states in the order of the system.
    states : (n,) array
        Diagonal of D.
    equations : (n,) array
        Diagonal of R; 1/D where there is no E.
    rate : int
        log₂ θ, an even number; 0 in discrete time.
    order : (n,) int array
        The states in an order that makes the pencil block upper triangular.
    sizes : (K,) int array
        Sizes of its diagonal blocks, the strongly connected components of the states.
    """

    A: Array
    E: Array | None
    B: Array
    C: Array
    states: Array
    equations: Array
    rate: int
    order: Array
    sizes: Array

    @property
    def unit(self) -> float:
        """Unit of rates θ."""
        return float(np.ldexp(1.0, self.rate))


def well_scaled(A: Array, E: Array | None, B: Array, C: Array, *, discrete: bool) -> Coordinates:
    """Find well-scaled coordinates; O(n²) a sweep of the scaling.

    Parameters
    ----------
    A : (n, n) array
    E : (n, n) array or None
    B : (n, m) array
    C : (p, n) array
    discrete : bool
        Whether time is discrete: then its unit is given.

    Notes
    -----
    States are scaled first within the blocks, for Â alone (or the pencil), then block against block, by what flows
    between them. Units of the inputs and outputs are divided between B and C evenly.

    References
    ----------
    .. [1] E. E. Osborne, "On pre-conditioning of matrices", J. ACM 7 (1960) 338-345.
    .. [2] D. Lemonnier, P. Van Dooren, "Balancing regular matrix pencils", SIAM J. Matrix Anal. Appl. 28 (2006)
       253-263.
    """
    rate = 0 if discrete else 2 * round((_exponent(A) - (0 if E is None else _exponent(E))) / 2)
    A = _shifted(A, -rate)
    labels = _components(A, E)
    within = labels[:, None] == labels[None, :]
    if E is None:
        states = _state_scales(A, within)
        equations = 1 / states
    else:
        equations, states = _pencil_scales(A, E, within)
        E = equations[:, None] * E * states
    A = equations[:, None] * A * states
    B, C = _shifted(equations[:, None] * B, -rate // 2), _shifted(C * states, -rate // 2)
    shares = _block_scales(A, E, B, C, labels)
    A = A * shares / shares[:, None]
    E = None if E is None else E * shares / shares[:, None]
    return Coordinates(
        A=A,
        E=E,
        B=B / shares[:, None],
        C=C * shares,
        states=states * shares,
        equations=equations / shares,
        rate=rate,
        order=_order(A, labels),
        sizes=np.bincount(labels)[::-1],
    )


def _exponent(M: Array) -> int:
    """Binary exponent of the largest entry, 0 for a zero matrix."""
    return int(np.frexp(np.abs(M).max(initial=0.0))[1])


def _shifted(M: Array, power: int) -> Array:
    """The matrix times a power of two, which may lie outside the range of numbers as long as the result does not."""
    return M * np.ldexp(1.0, power // 2) * np.ldexp(1.0, power - power // 2) if power else M


def _components(A: Array, E: Array | None) -> Array:
    """Labels of the strongly connected components of the states, those that others lead to (in A x) last."""
    n = A.shape[0]
    linked = A != 0 if E is None else (A != 0) | (E != 0)
    if n == 0 or (linked[0].all() and linked[:, 0].all()):  # one state that reaches and is reached by all
        return np.zeros(n, dtype=int)
    # Pearce's algorithm numbers a component before every other one that leads to it.
    return connected_components(sp.csr_array(linked), directed=True, connection="strong")[1].astype(int)


def _state_scales(A: Array, within: Array) -> Array:
    """Scales of the states that make rows and columns of every diagonal block equally large."""
    squares = np.where(within, np.abs(A), 0.0) ** 2
    [d] = equilibrating_powers([(squares, 0, 0)], [A.shape[0]])
    return _worth(d)


def _pencil_scales(A: Array, E: Array, within: Array) -> tuple[Array, Array]:
    """Scales of equations and states that make the rows and columns of all diagonal blocks of the pencil about 1."""
    squares = np.where(within, np.abs(A) ** 2 + np.abs(E) ** 2, 0.0)
    rows, columns = row_and_column_powers(squares)
    return _worth(rows), _worth(columns)


def _worth(scales: Array) -> Array:
    return scales if scales.max(initial=0.0) > _WORTH_SCALING * scales.min(initial=np.inf) else np.ones(scales.size)


def _block_scales(A: Array, E: Array | None, B: Array, C: Array, labels: Array) -> Array:
    """Scales of the states, one for each block, that even out what flows between the blocks and in and out."""
    size_B, size_C = _exponent(B), _exponent(C)
    even = np.full(labels.size, np.ldexp(1.0, (size_B - size_C) // 2 if B.any() and C.any() else 0))
    if labels.max(initial=0) == 0:
        return even
    by_label = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[by_label], np.arange(labels.max() + 1))

    def sums(squares: Array, axis: int) -> Array:
        return np.add.reduceat(np.take(squares, by_label, axis), starts, axis)

    pencil = np.abs(A) ** 2 if E is None else np.abs(A) ** 2 + np.abs(E) ** 2
    couplings = sums(sums(pencil, 0), 1)
    entering = sums(np.abs(_shifted(B, -size_B)) ** 2, 0)
    leaving = sums(np.abs(_shifted(C, -size_C)) ** 2, 1)
    [shares] = equilibrating_powers([(entering, None, 0), (leaving, 0, None), (couplings, 0, 0)], [starts.size])
    return even * _worth(shares)[labels]


def _order(A: Array, labels: Array) -> Array:
    """The states by blocks, in an order that makes A block upper triangular; graded blocks by falling size of rows."""
    sizes = np.sqrt(np.sum(np.where(labels[:, None] == labels[None, :], np.abs(A), 0.0) ** 2, axis=1))
    graded = np.zeros(labels.size)
    for label in np.flatnonzero(np.bincount(labels) > 1):
        members = labels == label
        if sizes[members].max() > _GRADED * sizes[members].min():
            graded[members] = -sizes[members]
    return np.lexsort((graded, -labels))
