r"""Coordinates in which orthogonal transformations lose nothing: units of time, equations and states, and blocks.

The pencil of a system is written in

.. math:: \hat A = R A D / θ, \quad \hat E = R E D, \quad \hat B = R B / \sqrt θ, \quad \hat C = C D / \sqrt θ,

where the diagonal matrices R and D and the unit of rates θ are powers of two, so that nothing is rounded, and the
states stand in an order that makes the pencil block upper triangular with blocks that cannot be divided any more. Poles
are θ times those of the hatted pencil, and G(s) = Ĉ(s/θ Ê − Â)⁻¹B̂ + D. An orthogonal transformation of a block errs
relative to the norm of that block; so time constants that differ by many decades stay apart where the states do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import frexp

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from ..errors import NumericalError
from ..linalg.arrays import Array, Indices, adjoint, norm, product
from ..linalg.pencils import SchurForm, schur_form
from ..linalg.scaling import (
    coarse_exponents,
    coarse_powers,
    equilibrating_powers,
    loop_powers,
    row_and_column_powers,
)

__all__ = ["Coordinates", "out_of_range", "predicted_effect", "schur_form_in", "telling_points", "well_scaled"]

# Scales of states that differ by less cost a digit at most, and are not worth a look; a scaling that does not reduce
# the effect of rounding by at least the root of it is not worth having.
_WORTH_SCALING = 16
# Row norms of a block that differ by more: the largest go first, for then QR keeps the digits of the small ones.
_GRADED = 1e4
# Binary digits between the entries of a pencil beyond which the squares of some of them may leave the range of numbers.
_SQUARABLE = 400


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
    errors : ((n, n) array, (n, m) array) or None
        Magnitudes of the errors, in units of eps, that Â and B̂ carry from an E that was solved away.
    """

    A: Array
    E: Array | None
    B: Array
    C: Array
    states: Array
    equations: Array
    rate: int
    order: Indices
    sizes: Indices
    errors: tuple[Array, Array] | None = None

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
    if _spread(A, E) > _SQUARABLE:
        return _coarsely_scaled(A, E, B, C, discrete=discrete)
    return _well_scaled(A, E, B, C, discrete=discrete)


def schur_form_in(here: Coordinates) -> SchurForm:
    """Schur form of the pencil Â − λÊ, complex where B̂ or Ĉ is: then the Gramian factors are, and so is their basis."""
    A = here.A.astype(complex) if np.iscomplexobj(here.B) or np.iscomplexobj(here.C) else here.A
    return schur_form(A, here.E, here.order, here.sizes)


def _spread(A: Array, E: Array | None) -> int:
    """How many binary digits lie between the largest and the smallest nonzero entries of a pencil."""
    sizes = np.abs(A) if E is None else np.concatenate([np.abs(A), np.abs(E)])
    largest = float(sizes.max(initial=0.0))
    return frexp(largest)[1] - frexp(float(sizes.min(where=sizes > 0, initial=largest)))[1]


def _coarsely_scaled(A: Array, E: Array | None, B: Array, C: Array, *, discrete: bool) -> Coordinates:
    """Well-scaled coordinates of a pencil whose entries cannot be squared as they are."""
    if E is None:
        exponents = coarse_exponents(A)
        A = _multiplied(A, exponents - exponents[:, None])
        states = np.ldexp(1.0, exponents)
        equations = 1 / states
    else:
        equations, states = coarse_powers(np.maximum(np.abs(A), np.abs(E)))
        A, E = equations[:, None] * A * states, equations[:, None] * E * states
    as_given = 1 / equations, 1 / states
    here = _well_scaled(A, E, equations[:, None] * B, C * states, discrete=discrete, others=[as_given])
    return replace(here, states=states * here.states, equations=equations * here.equations)


def _multiplied(M: Array, exponents: Indices) -> Array:
    """The entries of a matrix times powers of two, which may lie outside the range of numbers."""
    if np.iscomplexobj(M):
        return np.ldexp(M.real, exponents) + 1j * np.ldexp(M.imag, exponents)
    return np.ldexp(M, exponents)


def _well_scaled(
    A: Array, E: Array | None, B: Array, C: Array, *, discrete: bool, others: Sequence[tuple[Array, Array]] = ()
) -> Coordinates:
    """The same for a pencil whose entries can be squared; `others` are scales that may serve, too."""
    rate = 0 if discrete else 2 * round((_exponent(A) - (0 if E is None else _exponent(E))) / 2)
    A, B, C = _shifted(A, -rate), _shifted(B, -rate // 2), _shifted(C, -rate // 2)
    common = 0 if E is None else -max(_exponent(A), _exponent(E))
    if E is not None:
        A, E, B = _shifted(A, common), _shifted(E, common), _shifted(B, common)
    labels = _components(A, E)
    equations, states = _scales_within(A, E, B, C, labels, discrete=discrete, others=others)
    if (equations != 1).any() or (states != 1).any():
        A, B, C = equations[:, None] * A * states, equations[:, None] * B, C * states
        E = None if E is None else equations[:, None] * E * states
    shares = _block_scales(A, E, B, C, labels)
    if labels.any():  # all the shares are equal otherwise
        A = A * shares / shares[:, None]
        E = None if E is None else E * shares / shares[:, None]
    return Coordinates(
        A=A,
        E=E,
        B=B / shares[:, None],
        C=C * shares,
        states=states * shares,
        equations=_shifted(equations / shares, common),
        rate=rate,
        order=_order(A, labels),
        sizes=np.bincount(labels)[::-1],
    )


def predicted_effect(here: Coordinates, points: Sequence[complex]) -> float:
    """Binary logarithm of what errors relative to the norm of the pencil will do to the response at a few points."""
    n = here.order.size
    ones, single = (np.ones(n), np.ones(n)), np.zeros(n, dtype=int)
    squares_A, squares_E = np.abs(here.A) ** 2, None if here.E is None else np.abs(here.E) ** 2
    if here.errors is not None:
        squares_A = squares_A + here.errors[0] ** 2
    B, C = _leveled(here.B), _leveled(here.C)
    sizes = [_response_sizes(here.A, here.E, B, C, ones, z / here.unit) for z in points]
    with np.errstate(divide="ignore"):
        effect = np.log2(_largest(_effects(squares_A, squares_E, sizes, single, ones)[None])[0, 0]) / 2
    return float(effect) + _exponent(here.B) + _exponent(here.C)


def out_of_range(what: str) -> NumericalError:
    """Refusal of gains that no double-precision number holds, or none with all its digits."""
    return NumericalError(
        "system",
        f"{what if what.startswith('an ') else f'a {what}'} within the range of double precision",
        "one that leaves it",
        "choose other units of the inputs or the outputs: multiply B or C by a power of ten",
    )


def _exponent(M: Array) -> int:
    """Binary exponent of the largest entry, 0 for a zero matrix."""
    return frexp(float(np.abs(M).max(initial=0.0)))[1]


def _shifted(M: Array, power: int) -> Array:
    """The matrix times a power of two, which may lie outside the range of numbers as long as the result does not."""
    return M * np.ldexp(1.0, power // 2) * np.ldexp(1.0, power - power // 2) if power else M


def _components(A: Array, E: Array | None) -> Indices:
    """Labels of the strongly connected components of the states, those that others lead to (in A x) last."""
    n = A.shape[0]
    linked = A != 0 if E is None else (A != 0) | (E != 0)
    if n == 0 or (linked[0].all() and linked[:, 0].all()):  # one state that reaches and is reached by all
        return np.zeros(n, dtype=int)
    # Pearce's algorithm numbers a component before every other one that leads to it.
    return connected_components(sp.csr_array(linked), directed=True, connection="strong")[1].astype(int)


def _leveled(M: Array) -> Array:
    """The matrix with its largest entry brought near 1, so that squares stay in range."""
    return _shifted(M, -_exponent(M))


def _squares(M: Array) -> Array:
    return np.abs(_leveled(M)) ** 2


def _scales_within(
    A: Array,
    E: Array | None,
    B: Array,
    C: Array,
    labels: Indices,
    *,
    discrete: bool,
    others: Sequence[tuple[Array, Array]],
) -> tuple[Array, Array]:
    """Scales of equations and states, for each block those in which rounding does least.

    Evenly scaled blocks are what an orthogonal transformation wants. But entries of A that are nothing but rounding may
    drive states apart that B and C tie together; so what a scaling brings is looked at before it is taken.
    """
    n = labels.size
    choices = [(np.ones(n), np.ones(n))]
    inside = labels[:, None] == labels[None, :] if labels.any() else 1.0
    pencil = inside * np.abs(A) ** 2, None if E is None else inside * np.abs(E) ** 2
    even = _even_scales(*pencil, B, C)
    choices += [pair for pair in [*even, *others] if any(_reach_far(d) for d in pair)]
    if len(choices) == 1:
        return choices[0]
    points = telling_points(norm(even[0][0][:, None] * A * even[0][1]), discrete=discrete)
    sizes = [_response_sizes(A, E, _leveled(B), _leveled(C), even[0], z) for z in points]
    effects = _largest(np.array([_effects(*pencil, sizes, labels, pair) for pair in choices]))
    effects[0] /= _WORTH_SCALING
    best = np.argmin(effects, axis=0)[labels]
    return np.choose(best, [r for r, _ in choices]), np.choose(best, [d for _, d in choices])


def _reach_far(scales: Array) -> bool:
    """Whether scales differ by so much that they are worth a look."""
    return bool(scales.max(initial=0) > _WORTH_SCALING * scales.min(initial=1))


def _even_scales(squares_A: Array, squares_E: Array | None, B: Array, C: Array) -> list[tuple[Array, Array]]:
    """Scales of equations and states that even out the blocks: of the pencil alone, and together with B and C."""
    entering, leaving = _squares(B).sum(axis=1), _squares(C).sum(axis=0)
    if squares_E is not None:
        squares, none = squares_A + squares_E, np.zeros(entering.size)
        return [row_and_column_powers(squares, none, none), row_and_column_powers(squares, entering, leaving)]
    framings = np.zeros((2, entering.size, 2))  # the pencil alone, and with B and C
    framings[0, :, 1], framings[1, :, 1] = entering, leaving
    return [(1 / d, d) for d in loop_powers(squares_A, *framings).T]


def telling_points(fastest: float, *, discrete: bool) -> list[complex]:
    """A few points of the stability boundary, from frequency zero to that of the fastest poles."""
    return [1.0, 1j, -1.0] if discrete else [0.0, 1e-2j * fastest, 1j * fastest]


def _response_sizes(
    A: Array, E: Array | None, B: Array, C: Array, scales: tuple[Array, Array], point: complex
) -> tuple[Array, Array, float]:
    """Squared norms of the rows of (zE − A)⁻¹B and the columns of C(zE − A)⁻¹ at a point z, and the square of z."""
    r, d = scales
    pencil = point * (np.diag(r * d) if E is None else r[:, None] * E * d) - r[:, None] * A * d
    getrf, getrs = la.lapack.get_lapack_funcs(("getrf", "getrs"), (pencil, B, C))
    lu, pivots, _ = getrf(pencil)
    with np.errstate(all="ignore"):  # at a pole everything is infinite, in all scales
        reach = d[:, None] * getrs(lu, pivots, r[:, None] * B)[0]
        observe = r[:, None] * getrs(lu, pivots, adjoint(C * d), trans=2)[0]
        return np.sum(np.abs(reach) ** 2, axis=1), np.sum(np.abs(observe) ** 2, axis=1), abs(point) ** 2


def _effects(
    squares_A: Array,
    squares_E: Array | None,
    sizes: list[tuple[Array, Array, float]],
    labels: Indices,
    scales: tuple[Array, Array],
) -> Array:
    """What errors relative to the norms of the scaled diagonal blocks do to the response, point by point, squared."""

    def gathered(values: Array) -> Array:
        return np.bincount(labels, weights=values).astype(float)

    with np.errstate(all="ignore"):  # what leaves the range of numbers is no choice
        rows, columns = (scale**2 for scale in scales)
        size_A = gathered(rows * product(squares_A, columns))
        size_E = 0.0 if squares_E is None else gathered(rows * product(squares_E, columns))
        return np.array(
            [
                gathered(observe / rows) * (size_A + size_z * size_E) * gathered(reach / columns)
                for reach, observe, size_z in sizes
            ]
        )


def _largest(effects: Array) -> Array:
    """Largest effect over the points (axis 1), without those that are poles: there it is infinite for all choices."""
    effects = np.where(np.isnan(effects), np.inf, effects)
    return np.where(np.isfinite(effects).any(axis=0), effects, 0.0).max(axis=1)


def _block_scales(A: Array, E: Array | None, B: Array, C: Array, labels: Indices) -> Array:
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
    entering, leaving = sums(_squares(B), 0), sums(_squares(C), 1)
    [shares] = equilibrating_powers([(entering, None, 0), (leaving, 0, None), (couplings, 0, 0)], [starts.size])
    return even * shares[labels]


def _order(A: Array, labels: Indices) -> Indices:
    """The states by blocks, in an order that makes A block upper triangular; graded blocks by falling size of rows."""
    if not labels.any():
        sizes = la.norm(A, axis=1)
        is_graded = sizes.max(initial=0.0) > _GRADED * sizes.min(initial=np.inf)
        return np.argsort(-sizes, kind="stable") if is_graded else np.arange(labels.size)
    sizes = np.sqrt(np.sum(np.where(labels[:, None] == labels[None, :], np.abs(A), 0.0) ** 2, axis=1))
    graded = np.zeros(labels.size)
    for label in np.flatnonzero(np.bincount(labels) > 1):
        members = labels == label
        if sizes[members].max() > _GRADED * sizes[members].min():
            graded[members] = -sizes[members]
    return np.lexsort((graded, -labels))
