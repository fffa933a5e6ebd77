r"""Transfer functions of a state-space system: zeros, poles and gain of every entry, and polynomials.

Every entry is compared with the system on the boundary of stability. What rounding made is dropped: zeros that stand
for infinite ones, pairs of a zero and a pole that cancel, entries that are zero.
"""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import scipy.linalg as la

from .arrays import EPS, Array, adjoint, dense
from .dyadic import Scaled, expanded, scaled
from .errors import NumericalError, UnstableSystemError
from .pencils import schur_form
from .rational import Factored, Quotient, boundary, paired, relative_error
from .realizations import Realization, response
from .systems import LinearSystem

__all__ = ["factored_entries", "polynomial_entries"]

_HELD = 1e-8  # largest error of a transfer function, relative to the norm of the entry
_CANCELLING = 1e-6  # relative distance of a zero from a pole at which both are left out, if nothing changes by that
_NOTHING = 1e-11  # change of the response that counts as nothing
_MARKOV = 100  # share of eps at which a Markov parameter counts as rounding
_STEPS = 8  # Newton steps for the zeros


def factored_entries(system: LinearSystem) -> list[list[Factored]]:
    """Zeros, poles and gain of the minimal part of every entry of the transfer matrix.

    Parameters
    ----------
    system : LinearSystem
        Dense; E is solved away.

    Returns
    -------
    list of p lists of m functions

    Raises
    ------
    NumericalError
        When no zeros, poles and gain in double precision have the response of an entry to 1e-8 of its norm.

    Notes
    -----
    States that an entry does not touch, by the zeros of the matrices, are left out exactly. Zeros are eigenvalues of
    the system pencil; the number of finite ones follows from the first Markov parameter above rounding. O(n³) an entry,
    and O(n³) for every frequency at which the response is compared.

    Examples
    --------
    >>> [[entry]] = factored_entries(LinearSystem([[-3.0, -2.0], [1.0, 0.0]], [[1.0], [0.0]], [[0.0, 1.0]]))
    >>> entry.zeros.size, entry.poles.real, round(entry.gain * 2**entry.exponent, 12)
    (0, array([-2., -1.]), 1.0)
    """
    explicit = system.explicit()
    A, B, C = explicit.equilibrated
    whole = Realization(A, B, C, dense(explicit.D))
    return [[_entry(whole, i, j, system.is_discrete) for j in range(B.shape[1])] for i in range(C.shape[0])]


def polynomial_entries(system: LinearSystem) -> list[list[Quotient]]:
    """Numerator and denominator of the minimal part of every entry of the transfer matrix; real systems only.

    Raises
    ------
    NumericalError
        Also when coefficients in double precision cannot hold the response to 1e-8 of its norm.

    Examples
    --------
    >>> [[entry]] = polynomial_entries(LinearSystem([[-3.0, -2.0], [1.0, 0.0]], [[1.0], [0.0]], [[0.0, 1.0]]))
    >>> entry.numerator.round(12), entry.denominator
    (array([1.]), array([1., 3., 2.]))
    """
    return [
        [_expanded(entry, i, j, system.is_discrete) for j, entry in enumerate(row)]
        for i, row in enumerate(factored_entries(system))
    ]


def _expanded(entry: Factored, i: int, j: int, discrete: bool) -> Quotient:
    """The polynomials of an entry, multiplied exactly, rounded once and compared."""
    try:
        power = Fraction(2) ** entry.exponent * Fraction(float(np.real(entry.gain)))
        above = np.array([float(c * power) for c in expanded(entry.zeros)])
        below = np.array([float(c) for c in expanded(entry.poles)])
    except OverflowError:
        raise _not_held("polynomials", entry.poles.size, i, j, np.inf) from None
    result = Quotient.of(above, below)
    points = boundary(np.concatenate([entry.zeros, entry.poles]), discrete=discrete, is_real=True)
    error = relative_error(result(points).value, entry(points))
    if not error <= _HELD:
        raise _not_held("polynomials", entry.poles.size, i, j, error)
    return result


def _entry(whole: Realization, i: int, j: int, discrete: bool) -> Factored:
    """One entry: from the system as it is, or else from the balanced realization of its minimal part."""
    single = _touched(Realization(whole.A, whole.B[:, [j]], whole.C[[i]], whole.D[i : i + 1, j : j + 1]))
    best, least = None, np.inf
    for candidate in _candidates(single, discrete):
        found, error = _factored(candidate, single, discrete)
        if error < least:
            best, least = found, error
        if least <= _HELD:
            break
    if best is None or not least <= _HELD:
        raise _not_held("zeros, poles and gain", single.A.shape[0], i, j, least)
    return best


def _candidates(single: Realization, discrete: bool) -> Iterator[Realization]:
    yield single
    try:
        yield _balanced(single, discrete)
    except (UnstableSystemError, NumericalError):
        return


def _balanced(single: Realization, discrete: bool) -> Realization:
    """Balanced realization of the minimal part of a stable entry."""
    from .balancing import balance_gramians
    from .low_rank import Automatic

    system = LinearSystem(*single, dt=bool(discrete) or 0)
    A, B, C, D, _ = balance_gramians(system, Automatic(), "balanced").system.to_tuple()
    return Realization(A, B, C, D)


def _touched(single: Realization) -> Realization:
    """The states on a path from the input to the output, judged by the entries that are not zero."""
    arrows = single.A != 0
    on = _closure(arrows, single.B[:, 0] != 0) & _closure(arrows.T, single.C[0] != 0)
    return Realization(single.A[np.ix_(on, on)], single.B[on], single.C[:, on], single.D)


def _closure(arrows: Array, start: Array) -> Array:
    """Everything that arrows [to, from] lead to."""
    reached, latest = start.copy(), start
    while latest.any():
        latest = (arrows[:, latest]).any(axis=1) & ~reached
        reached |= latest
    return reached


def _factored(system: Realization, given: Realization, discrete: bool) -> tuple[Factored, float]:
    """Zeros, poles and gain of one entry that have the response of the `given` system best, and their error."""
    poles, is_real = schur_form(system.A).eigenvalues, not any(map(np.iscomplexobj, system))
    pairs = paired(poles) if is_real else poles
    poles = poles if pairs is None else pairs
    points = boundary(poles, discrete=discrete, is_real=is_real)
    values, rounding = _response(given, points)
    if (np.abs(values) <= rounding).all():
        return Factored(poles[:0], poles[:0], 0.0), 0.0
    best, least = None, np.inf
    for count in range(poles.size - _relative_degree(system), poles.size + 1):
        zeros = _zeros(system, count, poles)
        if zeros is None:
            continue
        extended = boundary(np.concatenate([poles, zeros]), discrete=discrete, is_real=is_real)
        values, rounding = _response(given, extended)
        found = _fitted(zeros, poles, extended, values, is_real)
        error = _error(found, extended, values, rounding)
        if error < least:
            best, least = found, error
        if least <= _HELD:
            break
    if best is None:
        return Factored(poles[:0], poles[:0], 0.0), np.inf
    shorter = _cancelled(best, extended, values, is_real)
    if _error(shorter, extended, values, rounding) <= max(_NOTHING, 2 * least):
        return shorter, least
    return best, least


def _response(system: Realization, points: Array) -> tuple[Array, Array]:
    """The response at some points and a bound for what rounding does to it."""
    n = system.A.shape[0]
    with np.errstate(all="ignore"):
        values = response(system, points)[:, 0, 0]
        if n == 0:
            return values, EPS * np.abs(values)
        forward = np.abs(response(Realization(system.A, system.B, np.eye(n), np.zeros((n, 1))), points)[:, :, 0])
        dual = Realization(adjoint(system.A), adjoint(system.C), np.eye(n), np.zeros((n, 1)))
        backward = np.abs(response(dual, points.conj())[:, :, 0])
        data = np.abs(points)[:, None] * forward + forward @ np.abs(system.A).T + np.abs(system.B[:, 0])
        bound = (backward * data).sum(axis=1) + forward @ np.abs(system.C[0]) + abs(system.D[0, 0])
    return values, n * EPS * bound


def _error(found: Factored, points: Array, values: Array, rounding: Array) -> float:
    """Relative error of a function against values; what rounding of these explains does not count."""
    usable = np.isfinite(values)
    size = float(np.abs(values[usable]).max(initial=0.0))
    with np.errstate(all="ignore"):
        excess = np.abs(found(points).value - values) - rounding
    excess = np.where(np.isnan(excess), np.inf, excess)[usable]
    return max(float(excess.max(initial=0.0)), 0.0) / size if size > 0 else 0.0


def _relative_degree(system: Realization) -> int:
    """Number of Markov parameters D, CB, CAB, … that are zero to rounding, at most n."""
    n = system.A.shape[0]
    if abs(system.D[0, 0]) > 0:
        return 0
    size = np.abs(system.A)
    vector, bound = system.B[:, 0], np.abs(system.B[:, 0])
    for k in range(1, n):
        if abs(system.C[0] @ vector) > _MARKOV * n * EPS * (np.abs(system.C[0]) @ bound):
            return k
        scale = 2.0 ** -np.frexp(max(float((size @ bound).max()), np.finfo(float).tiny))[1]
        vector, bound = system.A @ vector * scale, size @ bound * scale
    return n


def _zeros(system: Realization, count: int, poles: Array) -> Array | None:
    """The finite transmission zeros, known to be `count`: the smallest eigenvalues of the system pencil, refined.

    None where `count` cuts a conjugate pair of a real system.
    """
    n = system.A.shape[0]
    if count == 0:
        return np.zeros(0, dtype=complex)
    weight = max(float(np.abs(system.A).max()), np.finfo(float).tiny)
    b, c = (M / max(float(np.abs(M).max()), np.finfo(float).tiny) for M in (system.B, system.C))
    share = float(np.abs(system.B).max()) * float(np.abs(system.C).max()) / weight
    pencil = np.block([[system.A / weight, b], [c, system.D / share if share > 0 else system.D]])
    alpha, beta = la.eigvals(pencil, np.diag([1.0] * n + [0.0]), homogeneous_eigvals=True, check_finite=False)
    with np.errstate(all="ignore"):
        values = np.where(beta == 0, weight, alpha / np.where(beta == 0, 1, beta) * weight)
    chosen = values[np.argsort(np.where(beta == 0, np.inf, np.abs(values)), kind="stable")[:count]]
    refined = _refined(system, chosen, poles)
    if any(map(np.iscomplexobj, system)):
        return refined
    pairs = paired(refined)
    return paired(chosen) if pairs is None else pairs


def _refined(system: Realization, zeros: Array, poles: Array) -> Array:
    """Ehrlich's simultaneous Newton steps; the numerator has the slope N'/N = G'/G + Σ 1/(s − p)."""
    n = system.A.shape[0]
    states = Realization(system.A, system.B, np.eye(n), np.zeros((n, 1)))
    dual = Realization(system.A.T, system.C.T, np.eye(n), np.zeros((n, 1)))
    with np.errstate(all="ignore"):  # zeros at poles stand still
        for _ in range(_STEPS):
            right, left = (response(M, zeros)[:, :, 0] for M in (states, dual))
            values = right @ system.C[0] + system.D[0, 0]
            slopes = -(left * right).sum(axis=1) / values + (1 / (zeros[:, None] - poles)).sum(axis=1)
            gaps = zeros[:, None] - zeros
            repulsion = np.where(gaps == 0, 0, 1 / np.where(gaps == 0, 1, gaps)).sum(axis=1)
            steps = 1 / (slopes - repulsion)
            steps = np.where(np.isfinite(steps) & (np.abs(steps) < np.abs(zeros) / 4), steps, 0)
            zeros = zeros - steps
            if (np.abs(steps) <= 4 * EPS * np.abs(zeros)).all():
                break
    return zeros


def _fitted(zeros: Array, poles: Array, points: Array, values: Array, is_real: bool) -> Factored:
    """The gain that comes nearest to the values, in the sense of least squares."""
    shape = Factored(zeros, poles, 1.0)(points)
    usable = np.isfinite(shape.mantissa) & np.isfinite(values)
    top = int(shape.exponent[usable].max(initial=-(2**62)))
    unit = Scaled(shape.mantissa[usable], shape.exponent[usable] - top).value
    size = float(np.abs(values[usable]).max(initial=0.0)) or 1.0
    gain = complex(np.vdot(unit, values[usable] / size) / (np.vdot(unit, unit).real or 1.0))
    leading = scaled(np.array([gain.real if is_real else gain]) * size)
    return Factored(zeros, poles, leading.mantissa[0].item(), int(leading.exponent[0]) - top)


def _cancelled(function: Factored, points: Array, values: Array, is_real: bool) -> Factored:
    """Without the pairs of a zero and a pole that are one point to rounding."""
    zeros, poles = list(function.zeros), list(function.poles)
    for zero in function.zeros:
        distances = np.abs(np.array(poles) - zero) if poles else np.array([np.inf])
        nearest = int(np.argmin(distances))
        if distances[nearest] <= _CANCELLING * abs(zero):
            zeros.remove(zero)
            poles.pop(nearest)
    return _fitted(np.array(zeros, complex), np.array(poles, complex), points, values, is_real)


def _not_held(kind: str, order: int, i: int, j: int, error: float) -> NumericalError:
    return NumericalError(
        "system",
        f"a response from input {j} to output {i} that {kind} in double precision can have",
        f"a relative error of {error:.1e} in the conversion of {order} states",
        "keep the state-space model (to_control, to_scipy or to_tuple)",
    )
