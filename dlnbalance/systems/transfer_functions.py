r"""Transfer functions of a state-space system: zeros, poles and gain of every entry, and polynomials.

Every entry is compared with the system on the boundary of stability. What rounding made is dropped: zeros that stand
for infinite ones, pairs of a zero and a pole that cancel, entries that are zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import scipy.linalg as la

from ..errors import NumericalError
from ..linalg.arrays import EPS, Array, adjoint
from ..linalg.pencils import schur_form
from ..networks.factor_pairs import TriangularPair
from ..networks.projections import projection
from .coordinates import schur_form_in, well_scaled
from .dyadic import Scaled, expanded, scaled
from .gramian_factors import triangular_factors
from .rational import Factored, Quotient, boundary, paired, relative_error
from .state_matrices import Realization, response

__all__ = ["factored_entries", "polynomial_entries"]

_HELD = 2.5e-9  # largest error of one step; those there and back make less than 1e-8 of the norm
_CANCELLING = 1e-6  # relative distance of a zero from a pole at which both are left out, if nothing changes by that
_NOTHING = 1e-11  # change of the response that counts as nothing: two decades below the error of a step
# Share of σ_1 below which a state is no part of the minimal one: what is left out is far below the error of a step, and
# what is kept has coordinates of condition 1e5 at most.
_MINIMAL = 5e-11
# Multiple of n eps, relative to the sum of the moduli, up to which a Markov parameter counts as rounding: the errors of
# all products before it have added up.
_MARKOV = 100
_LARGEST = 100  # order up to which an entry is tried: polynomials hold less than that, and zeros cost O(n³) a frequency
_STEPS = 8  # Newton steps for the zeros; they converge cubically, but linearly to those that are multiple


def factored_entries(system: Realization, *, discrete: bool) -> list[list[Factored]]:
    """Zeros, poles and gain of the minimal part of every entry of the transfer matrix.

    Parameters
    ----------
    system : Realization
        Dense, with E = I.
    discrete : bool
        Whether the variable is z: the response is then compared on the unit circle.

    Returns
    -------
    list of p lists of m functions

    Raises
    ------
    NumericalError
        When no zeros, poles and gain in double precision have the response of an entry to 2.5e-9 of its norm, or when
        an entry has more than 100 states.

    Notes
    -----
    States that an entry does not touch, by the zeros of the matrices, are left out exactly. Zeros are eigenvalues of
    the system pencil; the number of finite ones follows from the first Markov parameter above rounding. O(n³) an entry,
    and O(n³) for every frequency at which the response is compared.

    Examples
    --------
    >>> A, B, C, D = (np.array(M) for M in ([[-3.0, -2.0], [1.0, 0.0]], [[1.0], [0.0]], [[0.0, 1.0]], [[0.0]]))
    >>> [[entry]] = factored_entries(Realization(A, B, C, D), discrete=False)
    >>> entry.zeros.size, entry.poles.real, round(entry.gain * 2**entry.exponent, 12)
    (0, array([-2., -1.]), 1.0)
    """
    A, B, C = _in_even_units(system, discrete)
    places = [[(i, j) for j in range(B.shape[1])] for i in range(C.shape[0])]
    singles = {
        (i, j): _touched(Realization(A, B[:, [j]], C[[i]], system.D[i : i + 1, j : j + 1]))
        for row in places
        for i, j in row
    }
    for place, single in singles.items():
        _check_order(single, *place)
    norm = max(_norm(single, discrete) for single in singles.values())
    return [[_entry(singles[place], *place, discrete, norm) for place in row] for row in places]


def _in_even_units(system: Realization, discrete: bool) -> tuple[Array, Array, Array]:
    """(A, B, C) in well-scaled coordinates of the states, in the unit of time that was given; exact."""
    here = well_scaled(system.A, None, system.B, system.C, discrete=discrete)
    root = float(np.sqrt(here.unit))  # exact, too: the power of two is even
    return here.unit * here.A, root * here.B, root * here.C


def polynomial_entries(system: Realization, *, discrete: bool) -> list[list[Quotient]]:
    """Numerator and denominator of the minimal part of every entry of the transfer matrix.

    Raises
    ------
    NumericalError
        Also when coefficients in double precision cannot hold the response to 1e-8 of its norm.

    Examples
    --------
    >>> A, B, C, D = (np.array(M) for M in ([[-3.0, -2.0], [1.0, 0.0]], [[1.0], [0.0]], [[0.0, 1.0]], [[0.0]]))
    >>> [[entry]] = polynomial_entries(Realization(A, B, C, D), discrete=False)
    >>> entry.numerator.round(12), entry.denominator
    (array([1.]), array([1., 3., 2.]))
    """
    return [
        [_expanded(entry, i, j, discrete) for j, entry in enumerate(row)]
        for i, row in enumerate(factored_entries(system, discrete=discrete))
    ]


def _expanded(entry: Factored, i: int, j: int, discrete: bool) -> Quotient:
    """The polynomials of an entry, multiplied exactly, rounded once and compared."""
    gain = complex(entry.gain)
    a, b = (Fraction(part) * Fraction(2) ** entry.exponent for part in (gain.real, gain.imag))
    try:
        above = np.array([complex(a * x - b * y, a * y + b * x) for x, y in expanded(entry.zeros)])
        below = np.array([complex(x, y) for x, y in expanded(entry.poles)])
    except OverflowError:
        raise _not_held("polynomials", entry.poles.size, i, j, np.inf) from None
    result = Quotient.of(above, below)
    points = boundary(entry.poles, entry.zeros, discrete=discrete, is_real=entry.is_real)
    error = relative_error(result(points).value, entry(points))
    if not error <= _HELD:
        raise _not_held("polynomials", entry.poles.size, i, j, error)
    return result


def _check_order(single: Realization, i: int, j: int) -> None:
    if single.A.shape[0] > _LARGEST:
        raise NumericalError(
            "system",
            f"at most {_LARGEST} states from input {j} to output {i} for a transfer function",
            str(single.A.shape[0]),
            "reduce it first, or keep the state-space model (to_control, to_scipy or to_tuple)",
        )


def _norm(single: Realization, discrete: bool) -> float:
    """The largest response on the boundary that is finite."""
    poles, is_real = schur_form(single.A).eigenvalues, not any(map(np.iscomplexobj, single))
    values = np.abs(response(single, boundary(poles, poles[:0], discrete=discrete, is_real=is_real)))
    return float(values[np.isfinite(values)].max(initial=0.0))


def _entry(single: Realization, i: int, j: int, discrete: bool, norm: float) -> Factored:
    """One entry: from the system as it is, or else from the balanced realization of its minimal part."""
    best, least = None, np.inf
    for candidate in _candidates(single, discrete):
        found, error = _factored(candidate, single, discrete, norm)
        if error < least:
            best, least = found, error
        if least <= _HELD:
            break
    if best is None or not least <= _HELD:
        raise _not_held("zeros, poles and gain", single.A.shape[0], i, j, least)
    return best


def _candidates(single: Realization, discrete: bool) -> Iterator[Realization]:
    yield single
    balanced = _balanced(single, discrete)
    if balanced is not None:
        yield balanced


def _balanced(single: Realization, discrete: bool) -> Realization | None:
    """Balanced realization of the minimal part of an entry; None where it is not stable, or has no numbers.

    Stable is here what looks so: what comes of it is compared with the entry.
    """
    here = well_scaled(single.A, None, single.B, single.C, discrete=discrete)
    schur = schur_form_in(here)
    poles = schur.eigenvalues
    if not ((np.abs(poles) < 1) if discrete else (poles.real < 0)).all():
        return None
    with np.errstate(all="ignore"):
        factors = triangular_factors(here, schur, discrete=discrete)
        if not all(np.isfinite(factor).all() for factor in factors):
            return None
        pair = TriangularPair(*factors, schur.Z, here.states, schur.starts)
        order = int(np.count_nonzero(pair.singular_values[: pair.rank] > _MINIMAL * pair.singular_values[:1].sum()))
        try:
            T, inverse = projection(pair, order)
        except NumericalError:
            return None
        return _projected(single, T, inverse, discrete)


def _projected(single: Realization, T: Array, inverse: Array, discrete: bool) -> Realization:
    """(TAT⁻¹, TB, CT⁻¹, D); in discrete time I + T(A − I)T⁻¹, which keeps the digits of slow modes."""
    unit = np.eye(single.A.shape[0]) if discrete else 0.0
    A = T @ (single.A - unit) @ inverse + (np.eye(T.shape[0]) if discrete else 0.0)
    return Realization(A, T @ single.B, single.C @ inverse, single.D)


def _touched(single: Realization) -> Realization:
    """The states on a path from the input to the output, judged by the entries that are not zero."""
    arrows = single.A != 0
    forward, backward = _closure(arrows, single.B[:, 0] != 0), _closure(arrows.T, single.C[0] != 0)
    on = np.flatnonzero(forward & backward)
    return Realization(single.A[np.ix_(on, on)], single.B[on], single.C[:, on], single.D)


def _closure(arrows: Any, start: Any) -> Any:
    """Everything that arrows [to, from] lead to, as a mask."""
    reached, latest = start.copy(), start
    while latest.any():
        latest = arrows[:, latest].any(axis=1) & ~reached
        reached |= latest
    return reached


@dataclass(frozen=True, eq=False)
class _Samples:
    """The response of one entry at some points, and bounds for what rounding does to it there."""

    points: Array
    values: Array
    rounding: Array

    @classmethod
    def of(cls, system: Realization, points: Array, norm: float) -> "_Samples":
        """Bound, entry by entry: eps n |C(zI − A)⁻¹| (|z| + |A|) |(zI − A)⁻¹B| and what B, C and D add.

        Where it is too large a share of the norm, the equations are solved with exact residuals.
        """
        n = system.A.shape[0]
        A, B, C = (np.abs(M) for M in system[:3])
        with np.errstate(all="ignore"):
            values = response(system, points)[:, 0, 0]
            reached = np.abs(response(_to_states(system), points)[:, :, 0])
            read = np.abs(response(_to_states(_adjoint(system)), points.conj())[:, :, 0])
            fed = np.abs(points)[:, None] * reached + reached @ A.T + B[:, 0]
            bound = (n + 1) * EPS * ((read * fed).sum(axis=1) + reached @ C[0] + np.abs(system.D[0, 0]))
            if (bound > _HELD * norm).any():
                values = response(system, points, refined=True)[:, 0, 0]
        usable = np.isfinite(values) & np.isfinite(bound)
        return cls(points[usable], values[usable], bound[usable])

    @property
    def is_nothing(self) -> bool:
        """Whether rounding explains all of it."""
        return bool((np.abs(self.values) <= self.rounding).all())

    def error(self, function: Factored, norm: float) -> float:
        """Relative error of a function; what rounding explains does not count, up to a share of the norm of all."""
        size = float(np.abs(self.values).max(initial=0.0))
        found = function(self.points).value
        if not np.isfinite(found).all():
            return np.inf
        excess = float((np.abs(found - self.values) - np.minimum(self.rounding, _HELD * norm)).max(initial=0.0))
        return excess / size if size > 0 else 0.0

    def near(self, zeros: Array) -> Array:
        """The zeros without those so far away that 1 − s/z is 1 to rounding wherever the response is not."""
        size = float(np.abs(self.values).max(initial=0.0))
        reach = float(np.abs(self.points * self.values).max(initial=0.0))
        return zeros[np.abs(zeros) * (zeros.size * EPS * size) <= reach]

    def fitted(self, zeros: Array, poles: Array, *, is_real: bool) -> Factored:
        """The function with the gain that comes nearest to the values, in the sense of least squares."""
        shape = Factored(zeros, poles, 1.0)(self.points)
        usable = np.isfinite(shape.mantissa)
        top = int(shape.exponent[usable].max(initial=-(2**62)))
        unit = Scaled(shape.mantissa[usable], shape.exponent[usable] - top).value
        size = float(np.abs(self.values).max(initial=0.0)) or 1.0
        gain = complex(np.vdot(unit, self.values[usable] / size) / (np.vdot(unit, unit).real or 1.0))
        leading = scaled(np.array([gain.real if is_real else gain]) * size)
        return Factored(zeros, poles, leading.mantissa[0].item(), int(leading.exponent[0]) - top)


def _to_states(system: Realization) -> Realization:
    n = system.A.shape[0]
    return Realization(system.A, system.B, np.eye(n), np.zeros((n, 1)))


def _adjoint(system: Realization) -> Realization:
    return Realization(*(adjoint(M) for M in (system.A, system.C, system.B, system.D)))


def _factored(system: Realization, given: Realization, discrete: bool, norm: float) -> tuple[Factored, float]:
    """Zeros, poles and gain of one entry that have the response of the `given` system best, and their error.

    The number of zeros is what the Markov parameters say, or the next larger one that has the response.
    """
    is_real = not any(map(np.iscomplexobj, system))
    poles = schur_form(system.A).eigenvalues
    pairs = paired(poles) if is_real else None
    poles = poles if pairs is None else pairs
    nothing = Factored(poles[:0], poles[:0], 0.0)
    if _Samples.of(given, boundary(poles, poles[:0], discrete=discrete, is_real=is_real), norm).is_nothing:
        return nothing, 0.0
    best, least, degree = nothing, np.inf, _relative_degree(system)
    for count in range(poles.size - degree, poles.size + 1):
        zeros = _zeros(system, count, poles)
        if zeros is None:
            continue
        samples = _Samples.of(given, boundary(poles, zeros, discrete=discrete, is_real=is_real), norm)
        found = samples.fitted(zeros, poles, is_real=is_real)
        error = samples.error(found, norm)
        if error < least:
            shorter = samples.fitted(*_cancelled(samples.near(zeros), poles, degree), is_real=is_real)
            is_same = samples.error(shorter, norm) <= max(_NOTHING, 2 * error)
            best, least = shorter if is_same else found, error
        if least <= _HELD:
            break
    return best, least


def _cancelled(zeros: Array, poles: Array, degree: int) -> tuple[Array, Array]:
    """Without the pairs of a zero and a pole that are one point to rounding, and with the relative `degree`."""
    kept, left = [], list(poles)
    for zero in zeros:
        distances = [abs(pole - zero) for pole in left]
        if left and min(distances) <= _CANCELLING * abs(zero):
            left.pop(int(np.argmin(distances)))
        else:
            kept.append(zero)
    finite = sorted(kept, key=abs)[: max(len(left) - degree, 0)]
    return np.array(finite, dtype=complex), np.array(left, dtype=complex)


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
    transposed = Realization(*(M.T for M in (system.A, system.C, system.B, system.D)))
    with np.errstate(all="ignore"):  # zeros at poles stand still
        for _ in range(_STEPS):
            right, left = (response(_to_states(M), zeros)[:, :, 0] for M in (system, transposed))
            values = right @ system.C[0] + system.D[0, 0]
            slopes = -(left * right).sum(axis=1) / values + (1 / (zeros[:, None] - poles)).sum(axis=1)
            gaps = zeros[:, None] - zeros
            repulsion = np.where(gaps == 0, 0, 1 / np.where(gaps == 0, 1, gaps)).sum(axis=1)
            steps = 1 / (slopes - repulsion)
            steps = np.where(np.isfinite(steps) & (np.abs(steps) < np.abs(zeros) / 4), steps, 0)
            zeros = zeros - steps
            if (np.abs(steps) <= 4 * EPS * np.abs(zeros)).all():  # the last bits, which rounding of the step moves
                break
    return zeros


def _not_held(kind: str, order: int, i: int, j: int, error: float) -> NumericalError:
    return NumericalError(
        "system",
        f"a response from input {j} to output {i} that {kind} in double precision can have",
        f"a relative error of {error:.1e} in the conversion of {order} states",
        "keep the state-space model (to_control, to_scipy or to_tuple)",
    )
