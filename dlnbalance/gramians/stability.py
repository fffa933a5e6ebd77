r"""Whether a system is stable beyond rounding: no rounding error in its entries moves a pole to the stability boundary.

The pencil z E − A stays nonsingular, at a point z of the boundary, under all perturbations \|δA\| ≤ ρ\|A\|,
\|δE\| ≤ ρ\|E\| of its entries as long as

.. math:: ρ \; \mathrm{spr}\big( |(zE - A)^{-1}| \, (|A| + |z||E|) \big) < 1 ,

whatever the units of states and equations are; and n times a small number that bound is sharp.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import scipy.linalg as la

from ..errors import NumericalError, UnstableSystemError
from ..files.conversion import as_system
from ..linalg.arguments import positive_number
from ..linalg.arrays import EPS, Array, Flags, Indices, dense, factorized, norm
from ..linalg.pencils import SchurForm
from ..linalg.scaling import even_powers
from ..systems.linear_system import LinearSystem
from ..systems.signals import pole_in_words

__all__ = ["check_stable", "is_stable", "near_boundary", "not_stable"]

_SUSPECTS = 32  # poles nearest to the stability boundary that are examined for rounding, in every block
_PAIR = 1e-6  # relative difference of margins up to which poles belong to one pair
_CLOSE = 1 / 16  # nearness in norm, an estimate for errors of one eps, from which on the entries are looked at
_CONDITION = 100  # of a pole, above which the norm of the pencil is no measure of its errors
_BOUNDED = 100  # order up to which a bound is tried for all poles together: it grows fast, and settles little beyond
_PERRON_STEPS = 50  # of the power iteration, which bounds the spectral radius at whatever step it ends
_ROUNDING = 2 * EPS  # relative error of entries that were computed, and not just rounded once


def check_stable(system: LinearSystem) -> None:
    """Refuse a system that is not asymptotically stable.

    A pole counts as stable only when no rounding errors, of 2 eps relative to each entry of A and E, could move it to
    the stability boundary. States that do not reach each other are judged apart (see
    :mod:`dlnbalance.systems.coordinates`), so that a slow pole may stand beside fast ones. What a norm decides in O(n²)
    is decided so; a pole that stays in doubt costs an inverse, O(n³).

    Raises
    ------
    UnstableSystemError
        Naming how many poles are at fault and the worst of them.
    SingularDescriptorError
        When E is singular.

    References
    ----------
    .. [1] S. M. Rump, "Ill-conditioned matrices are componentwise near to singularity", SIAM Review 41 (1999) 102-112.

    See Also
    --------
    dlnbalance.gramians.is_stable : whether a system is asymptotically stable beyond rounding.
    dlnbalance.decompositions.unstable_part : unstable poles of a sparse system, and their deflating subspaces.

    Examples
    --------
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> check_stable(LinearSystem([[-1.0]], [[1.0]], [[1.0]]))
    """
    system = as_system(system)
    system.check_descriptor()
    system = system.finite_form
    at_fault = not_stable(system)
    if not at_fault.any():
        return
    discrete, poles = system.is_discrete, system.schur.eigenvalues
    margins = _margins(poles, discrete=discrete)
    worst = system.poles()[np.argmin(np.where(at_fault, margins, np.inf))]
    region = "inside the unit circle" if discrete else "in the open left half plane"
    verdict = "too close to its boundary to tell in double precision"
    if (at_fault & (margins <= 0) & ~_hidden(system, poles)).any():
        verdict = "outside or on it"
    elif (margins <= 0).any():
        verdict = "on its boundary or too close to it to tell in double precision"
    raise UnstableSystemError(
        "system",
        f"all poles {region}",
        f"{np.count_nonzero(at_fault)} of {poles.size} {verdict}, the worst at {pole_in_words(worst)}",
        "dlnbalance.split(system) parts it from what is stable, and dlnbalance.reduce keeps it as it is",
    )


def not_stable(system: LinearSystem) -> Flags:
    """Which poles are not stable beyond rounding (see :func:`check_stable`), in the order of ``system.schur``.

    See Also
    --------
    dlnbalance.gramians.stability.near_boundary : which poles rounding may bring to the stability boundary.
    dlnbalance.gramians.is_stable : whether a system is asymptotically stable beyond rounding.

    Examples
    --------
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> not_stable(LinearSystem([[-1.0, 0.0], [0.0, 0.0]], [[1.0], [1.0]], [[1.0, 1.0]])).sum()
    np.int64(1)
    """
    system = as_system(system).finite_form
    if not system.nstates:
        return np.zeros(0, dtype=bool)
    poles = system.schur.eigenvalues
    margins = _margins(poles, discrete=system.is_discrete)
    if _all_are_far(system, poles, margins):
        return np.zeros(poles.size, dtype=bool)
    return (margins <= 0) | _in_doubt(system, poles, margins)


def _all_are_far(system: LinearSystem, poles: Array, margins: Array) -> bool:
    """Whether one bound for all points of the stability boundary settles that all poles of one block are stable."""
    schur = system.schur
    if poles.size > _BOUNDED or schur.starts.size > 1 or not (margins > 0).all():
        return False
    largest = 1.0 if system.is_discrete else float(np.abs(poles.imag).max())
    return schur.nearness_bound(margins, largest) < _CLOSE


def near_boundary(system: LinearSystem, roundings: float) -> Flags:
    """Which poles so many rounding errors, relative to the norm of their block of states, may bring to the boundary.

    For systems that were computed, whose entries are not known to their last digits one by one; to first order.

    Parameters
    ----------
    system : LinearSystem
        Dense, E nonsingular.
    roundings : float
        Number of rounding errors.

    See Also
    --------
    dlnbalance.gramians.stability.not_stable : which poles are not stable beyond rounding.
    dlnbalance.gramians.is_stable : whether a system is asymptotically stable beyond rounding.

    Examples
    --------
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> near_boundary(LinearSystem([[-1.0, 0.0], [0.0, -1e-18]], [[1.0], [1.0]], [[1.0, 1.0]]), 2.0).size
    2
    """
    system, roundings = as_system(system).finite_form, positive_number("roundings", roundings)
    poles, schur = system.schur.eigenvalues, system.schur
    margins = _margins(poles, discrete=system.is_discrete)
    found = np.zeros(poles.size, dtype=bool)
    for start, end in pairwise([*schur.starts, poles.size]):
        here = slice(start, end)
        if end - start > 1:
            found[here] = margins[here] <= roundings * EPS * _growth(schur.block(here), poles[here])
    return found


def _growth(schur: SchurForm, poles: Array) -> Array:
    """How far an error of the norm of a block moves each of its poles, to first order: (‖S‖ + |λ|‖T‖)‖x‖‖y‖/|y*Tx|.

    At most `_CONDITION` times |λ| + ‖S‖/‖T‖: where E has entries of all sizes, as in circuits, errors of its norm are
    not those that are made.
    """
    T = np.eye(schur.order) if schur.T is None else schur.T
    values, left, right = la.eig(schur.S, schur.T, left=True, right=True, check_finite=False)
    inner = np.abs(np.sum(left.conj() * (T @ right), axis=0))
    sizes = (norm(schur.S) + np.abs(values) * norm(T)) * la.norm(left, axis=0) * la.norm(right, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = sizes / inner
    nearest = np.abs(poles[:, None] - values[None, :]).argmin(axis=1)
    return np.fmin(growth, _CONDITION * (np.abs(values) + norm(schur.S) / norm(T)))[nearest]


def is_stable(system: LinearSystem) -> bool:
    """Whether a system is asymptotically stable beyond rounding (see :func:`check_stable`).

    See Also
    --------
    dlnbalance.gramians.check_stable : refuse a system that is not asymptotically stable.
    dlnbalance.gramians.stability.not_stable : which poles are not stable beyond rounding.

    Examples
    --------
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> is_stable(LinearSystem([[-1.0]], [[1.0]], [[1.0]])), is_stable(LinearSystem([[0.0]], [[1.0]], [[1.0]]))
    (True, False)
    """
    try:
        check_stable(system)
    except UnstableSystemError:
        return False
    return True


@contextmanager
def poles_refused(system: LinearSystem, omega: Array) -> Iterator[None]:
    """Refuse a pole that a solve at some frequencies meets, by its frequency and not as a singular matrix."""
    try:
        yield
    except np.linalg.LinAlgError:
        distances = np.abs(system.boundary_points(omega)[:, None] - system.poles()).min(axis=1)
        raise NumericalError(
            "system",
            "no pole at a frequency where the response is wanted",
            f"one at the frequency {omega[np.argmin(distances)]:.6g}",
            "leave this frequency out, or split off the pole first",
        ) from None


def _margins(poles: Array, *, discrete: bool) -> Array:
    """How far inside the stability region poles lie; the rate of decay in continuous time."""
    return 1 - np.abs(poles) if discrete else -poles.real


def _hidden(system: LinearSystem, poles: Array) -> Flags:
    """Which poles lie no further from the boundary than the errors of the Schur form, by norm and block by block."""
    schur, hidden = system.schur, np.zeros(poles.size, dtype=bool)
    for start, end in pairwise([*schur.starts, poles.size]):
        here = slice(start, end)
        if end - start > 1:
            hidden[here] = schur.block(here).nearness(_boundary(poles[here], discrete=system.is_discrete)) >= _CLOSE
    return hidden


def _in_doubt(system: LinearSystem, poles: Array, margins: Array) -> Flags:
    """Which poles rounding could move to the boundary."""
    schur, found = system.schur, np.zeros(poles.size, dtype=bool)
    members = np.split(system.coordinates.order, schur.starts[1:])
    single = np.array([block.size == 1 for block in members])
    alone = schur.starts[single]
    found[alone] = _scalars_in_doubt(schur, poles, alone, discrete=system.is_discrete)
    far = _far_pairs(system, poles)
    for start, states in zip(schur.starts[~single], (block for block in members if block.size > 1), strict=True):
        if start in far:
            continue
        here = slice(start, start + states.size)
        found[here] = _block_in_doubt(system, schur.block(here), states, poles[here], margins[here])
    return found


def _far_pairs(system: LinearSystem, poles: Array) -> set[int]:
    """First rows of the blocks of two states whose poles are far from the boundary by norm, all of them at once."""
    schur = system.schur
    starts = schur.starts[schur.sizes == 2] if schur.sizes is not None and schur.T is None else np.zeros(0, dtype=int)
    if not starts.size:
        return set()
    S = schur.triangular.S
    first, second, coupling = S[starts, starts], S[starts + 1, starts + 1], np.abs(S[starts, starts + 1])
    points = _boundary(np.array([poles[starts], poles[starts + 1]]), discrete=system.is_discrete)
    size = np.sqrt(np.abs(first) ** 2 + np.abs(second) ** 2 + coupling**2) + np.sqrt(2) * np.abs(points)
    gaps = np.abs(points - first), np.abs(points - second)
    with np.errstate(all="ignore"):  # infinitely near is near enough
        nearness = EPS * size * np.sqrt(gaps[0] ** 2 + gaps[1] ** 2 + coupling**2) / (gaps[0] * gaps[1])
    return set(starts[(nearness < _CLOSE).all(axis=0)].tolist())


def _scalars_in_doubt(schur: SchurForm, poles: Array, alone: Indices, *, discrete: bool) -> Flags:
    """The same for poles that are entries of the pencil."""
    values = poles[alone]
    points = _boundary(values, discrete=discrete)
    a = schur.S[alone, alone]
    e = np.ones(alone.size) if schur.T is None else schur.T[alone, alone]
    return np.abs(points * e - a) <= EPS * (np.abs(a) + np.abs(points * e))


def _block_in_doubt(system: LinearSystem, schur: SchurForm, states: Indices, poles: Array, margins: Array) -> Flags:
    """The same for the poles of one diagonal block."""
    found = np.zeros(poles.size, dtype=bool)
    suspects = np.argsort(margins)[:_SUSPECTS]
    points = _boundary(poles[suspects], discrete=system.is_discrete)
    if not system.is_complex:  # conjugate poles are equally near
        points = np.where(points.imag < 0, points.conj(), points)
    points, which = np.unique(points, return_inverse=True)
    near = schur.nearness(points) >= _CLOSE
    if not near.any():
        return found
    A, E = _block(system, states)
    unit = system.coordinates.unit if system.coordinates.sizes.size == 1 else 1.0
    near[near] = [_ROUNDING * _spectral_radius(A, E, unit * z) >= 1 for z in points[near]]
    if not near.any():
        return found
    moves = _moves(A, E, unit * poles) / unit
    found[suspects] = near[which] & (margins[suspects] <= moves[suspects])
    if not found.any():  # a cluster of poles, which moves by far more than its members to first order
        candidates = suspects[near[which]]
        found[candidates] = margins[candidates] <= margins[candidates].min() * (1 + _PAIR)
    return found


def _boundary(poles: Array, *, discrete: bool) -> Array:
    """Points of the stability boundary next to the poles."""
    return np.exp(1j * np.angle(poles)) if discrete else 1j * poles.imag


def _block(system: LinearSystem, states: Indices) -> tuple[Array, Array]:
    """Diagonal block of the scaled pencil."""
    here, block = system.coordinates, np.ix_(states, states)
    if here.sizes.size == 1:  # what was given: where E was solved away, its errors are not those of the data
        return dense(system.A), system.descriptor
    return here.A[block], np.eye(states.size) if here.E is None else here.E[block]


def _spectral_radius(A: Array, E: Array, point: complex) -> float:
    """Upper bound of spr(|(zE − A)⁻¹|(|A| + |z||E|)) at a point z, by Collatz and Wielandt; infinite at a pole."""
    rows, columns = even_powers(point * E - A)
    A, E = rows[:, None] * A * columns, rows[:, None] * E * columns
    factors, rcond = factorized(point * E - A)
    if rcond == 0:
        return np.inf
    inverse = np.abs(la.lu_solve(factors, np.eye(A.shape[0]), check_finite=False))
    sizes = np.abs(A) + abs(point) * np.abs(E)
    vector, bound = np.ones(A.shape[0]), np.inf
    with np.errstate(over="ignore", invalid="ignore"):  # infinitely near is near enough
        for _ in range(_PERRON_STEPS):
            image = inverse @ (sizes @ vector)
            bound = min(bound, float((image / vector).max()))
            if not _ROUNDING * bound >= 1 or not np.isfinite(image).all():
                break
            vector = np.maximum(image / image.max(), EPS**2)  # any positive vector gives a bound
    return bound


def _moves(A: Array, E: Array, poles: Array) -> Array:
    """How far a rounding error of every entry moves each pole, to first order: ρ|y|ᵀ(|A| + |λ||E|)|x| / |y*Ex|."""
    values, left, right = la.eig(A, E, left=True, right=True, check_finite=False)
    sizes = np.abs(left).T @ np.abs(A) @ np.abs(right), np.abs(left).T @ np.abs(E) @ np.abs(right)
    scale = np.abs(np.sum(left.conj() * (E @ right), axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        moves = _ROUNDING * (np.diag(sizes[0]) + np.abs(values) * np.diag(sizes[1])) / scale
    nearest = np.abs(poles[:, None] - values[None, :]).argmin(axis=1)
    return np.where(np.isnan(moves), np.inf, moves)[nearest]
