r"""State-space realizations of rational functions: cascades of sections and companion forms, each checked.

A realization is compared with the given function on the boundary of stability before it is returned: what double
precision cannot hold is refused, not returned as another model.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

import numpy as np
import scipy.linalg as la
from scipy.optimize import linear_sum_assignment

from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arrays import Array
from .dyadic import Scaled, residual
from .rational import Factored, Quotient, boundary, paired, relative_error, sensitivity

__all__ = ["Realization", "cascade", "companion", "realize", "response"]

_HELD = 2.5e-9  # largest error of one step; those there and back make less than 1e-8 of the norm
_WELL_HELD = 1e-12  # an error that needs no better realization
_REFINEMENTS = 3  # steps of iterative refinement with exact residuals


class Realization(NamedTuple):
    """The matrices (A, B, C, D) of a system."""

    A: Array
    B: Array
    C: Array
    D: Array


def realize(entries: Sequence[Sequence[Factored | Quotient]], *, discrete: bool) -> Realization:
    r"""Realize a matrix of rational functions, entry by entry, and check the response.

    Parameters
    ----------
    entries : p sequences of m functions
        Proper. Entries of a column (or of a row, where that saves more states) with the same denominator share their
        states; others do not, because poles that only nearly agree cannot be merged exactly.
    discrete : bool
        Whether the variable is z: the response is then compared on the unit circle.

    Returns
    -------
    Realization

    Raises
    ------
    InvalidArgumentError
        For a function with more zeros than poles.
    NumericalError
        When no realization in double precision has the response of an entry to 2.5e-9 of its norm.

    Examples
    --------
    >>> lag, fast = (Quotient(np.array([1.0]), np.array([1.0, a])) for a in (1.0, 50.0))
    >>> realize([[lag, fast], [lag, lag]], discrete=False).A.diagonal().tolist()
    [-1.0, -50.0, -1.0]
    """
    for i, row in enumerate(entries):
        for j, entry in enumerate(row):
            _check_proper(entry, i, j)
    by_column, by_row = list(_groups(list(zip(*entries, strict=True)))), list(_groups(entries))
    if _size(by_row) < _size(by_column):
        blocks = [_transposed(_block(group, discrete)) for group in by_row]
        places = [[(group.line, j) for j in group.members] for group in by_row]
    else:
        blocks = [_block(group, discrete) for group in by_column]
        places = [[(i, group.line) for i in group.members] for group in by_column]
    return _side_by_side(blocks, places, (len(entries), len(entries[0])))


# -- blocks of a matrix of functions --------------------------------------------------------------------------------


class _Group(NamedTuple):
    """Functions with one denominator in one line (column or row) of the matrix."""

    line: int
    members: list[int]
    functions: list[Factored | Quotient]


def _groups(lines: Sequence[Sequence[Factored | Quotient]]) -> Iterator[_Group]:
    for k, line in enumerate(lines):
        keys = [_denominator(function, i) for i, function in enumerate(line)]
        order = sorted(range(len(line)), key=lambda i, keys=keys: keys.index(keys[i]))
        for _, members in groupby(order, key=lambda i, keys=keys: keys.index(keys[i])):
            chosen = list(members)
            yield _Group(k, chosen, [line[i] for i in chosen])


def _denominator(function: Factored | Quotient, place: int) -> tuple[object, ...]:
    """What is equal for functions with exactly the same denominator."""
    if isinstance(function, Factored) or not function.is_real:
        return ("own", place)
    leading = Fraction(float(function.denominator[0]))
    return tuple(Fraction(float(c)) / leading for c in function.denominator)


def _size(groups: Sequence[_Group]) -> int:
    return sum(_degree(group.functions[0]) for group in groups)


def _degree(function: Factored | Quotient) -> int:
    return function.poles.size if isinstance(function, Factored) else function.denominator.size - 1


def _block(group: _Group, discrete: bool) -> Realization:
    """One input, an output for each function: with common states if these are as good as separate ones."""
    functions = group.functions
    if len(functions) > 1:
        common = companion([f for f in functions if isinstance(f, Quotient)])
        if common is not None and _errors(common, functions, discrete).max() <= _WELL_HELD:
            return common
    single = [_single(function, discrete) for function in functions]
    return _side_by_side(single, [[(i, 0)] for i in range(len(single))], (len(single), 1))


def _single(function: Factored | Quotient, discrete: bool) -> Realization:
    """The best realization of one function, or a refusal."""
    best, least, error = None, np.inf, np.inf
    for attempt in _attempts(function, discrete):
        candidate = attempt()
        if candidate is None:
            continue
        found = _errors(candidate, [function], discrete)[0]
        worse = max(found, _damping_error(candidate, function, discrete))
        if best is None or worse < least / 10:
            best, least, error = candidate, worse, found
        if least <= _WELL_HELD:
            break
    if best is not None and error > _HELD:
        error = _own_error(best, function, discrete)
    if best is None or error > _HELD:
        raise _not_held(function, error)
    return best


def _damping_error(system: Realization, function: Factored | Quotient, discrete: bool) -> float:
    """Largest error of a computed pole in units of its distance from the boundary.

    Only poles with others no nearer than the boundary count: those of a cluster are determined together.
    """
    poles, values = function.poles, la.eigvals(system.A, check_finite=False)
    margins = np.abs(1 - np.abs(poles)) if discrete else np.abs(poles.real)
    gaps = np.abs(poles[:, None] - poles)
    np.fill_diagonal(gaps, np.inf)
    alone = (margins > 0) & (gaps.min(axis=1, initial=np.inf) >= margins)
    errors = np.abs(poles[alone, None] - values).min(axis=1, initial=np.inf) / margins[alone]
    return float(errors.max(initial=0.0))


def _attempts(function: Factored | Quotient, discrete: bool) -> list[Callable[[], Realization | None]]:
    if isinstance(function, Factored):
        return [lambda: cascade(function, discrete=discrete)]
    return [lambda: companion([function]), lambda: cascade(function.factored, discrete=discrete)]


def _errors(system: Realization, functions: Sequence[Factored | Quotient], discrete: bool) -> Array:
    """How far the response of each output is from its function, relative to the norm of the function."""
    errors = []
    for i, function in enumerate(functions):
        points = boundary(function.poles, function.zeros, discrete=discrete, is_real=function.is_real)
        row = Realization(system.A, system.B, system.C[i : i + 1], system.D[i : i + 1])
        errors.append(relative_error(response(row, points)[:, 0, 0], function(points)))
    return np.array(errors)


def _own_error(system: Realization, function: Factored | Quotient, discrete: bool) -> float:
    """The same without the rounding of the evaluation, and without what rounding of the poles explains."""
    points = boundary(function.poles, function.zeros, discrete=discrete, is_real=function.is_real)
    found = response(system, points, refined=True)[:, 0, 0]
    return relative_error(found, function(points), sensitivity(points, function.poles))


def _side_by_side(
    blocks: Sequence[Realization], places: Sequence[Sequence[tuple[int, int]]], shape: tuple[int, int]
) -> Realization:
    """Put blocks with one input (or one output) at their places in the matrix of functions."""
    A = (
        la.block_diag(*(block.A for block in blocks if block.A.size))
        if any(b.A.size for b in blocks)
        else np.zeros((0, 0))
    )
    dtype = np.result_type(*(M for block in blocks for M in block))
    n = A.shape[0]
    B, C, D = np.zeros((n, shape[1]), dtype), np.zeros((shape[0], n), dtype), np.zeros(shape, dtype)
    at = 0
    for block, where in zip(blocks, places, strict=True):
        states = slice(at, at + block.A.shape[0])
        rows, columns = zip(*where, strict=True)
        B[states, columns[: block.B.shape[1]]] = block.B
        C[rows[: block.C.shape[0]], states] = block.C
        D[rows, columns] = block.D.ravel()
        at = states.stop
    return Realization(A.astype(dtype), B, C, D)


def _transposed(system: Realization) -> Realization:
    return Realization(*(M.T for M in (system.A, system.C, system.B, system.D)))


# -- companion form -------------------------------------------------------------------------------------------------


def companion(functions: Sequence[Quotient]) -> Realization | None:
    """Controllable companion form of functions with one real denominator, balanced by powers of two.

    Time is scaled by a power of two first, so that the coefficients are of moderate size. They are divided exactly
    and rounded once. None where they are complex, or no doubles in any unit of time.

    Examples
    --------
    >>> system = companion([Quotient(np.array([2.0]), np.array([1.0, 3.0, 2.0]))])
    >>> system.A.tolist(), (system.C @ system.B).tolist()
    ([[-3.0, -2.0], [1.0, 0.0]], [[0.0]])
    """
    if not all(function.is_real for function in functions):
        return None
    shift = _time_unit(functions[0].denominator)
    try:
        lines = [_divided(function, shift) for function in functions]
    except OverflowError:
        return None
    n = functions[0].denominator.size - 1
    D, C = np.array([[line[0]] for line in lines]), np.array([line[1:] for line in lines]).reshape(len(lines), n)
    if n == 0:
        return Realization(np.zeros((0, 0)), np.zeros((0, 1)), C, D)
    below = _monic(functions[0].denominator, shift)
    A = np.vstack([-below[None, 1:], np.eye(n - 1, n)])
    _, (scale, _) = la.matrix_balance(A, permute=False, separate=True)
    B = np.eye(n, 1) / scale[:, None]
    return _in_seconds(Realization(A * scale / scale[:, None], B, C * scale, D), shift)


def _time_unit(denominator: Array) -> int:
    """Exponent of the power of two near the geometric mean of the poles that are not zero."""
    low = int(np.flatnonzero(denominator)[-1])
    if low == 0:
        return 0
    mantissas, exponents = np.frexp(np.abs(denominator[[0, low]]))
    return round(float(exponents[1] - exponents[0] + np.log2(mantissas[1] / mantissas[0])) / low)


def _monic(denominator: Array, shift: int) -> Array:
    """Coefficients of the denominator in the unit 2^shift, divided by the leading one."""
    leading = Fraction(float(denominator[0]))
    return np.array([float(Fraction(float(c)) / leading / _power(shift * k)) for k, c in enumerate(denominator)])


def _divided(function: Quotient, shift: int) -> list[float]:
    """The constant part of a function and the coefficients of the remainder, in the unit 2^shift."""
    below = [Fraction(float(c)) for c in function.denominator]
    above = [Fraction(float(c)) for c in function.numerator]
    above = [Fraction(0)] * (len(below) - len(above)) + above
    constant = above[0] / below[0]
    rest = [(b - constant * a) / below[0] for b, a in zip(above[1:], below[1:], strict=True)]
    return [float(constant), *(float(c / _power(shift * k)) for k, c in enumerate(rest, 1))]


def _power(exponent: int) -> Fraction:
    return Fraction(1 << exponent) if exponent >= 0 else Fraction(1, 1 << -exponent)


def _in_seconds(system: Realization, shift: int) -> Realization:
    """Undo the change of the unit of time, and share what B and C amplify evenly."""
    filled, read = np.abs(system.B).max(initial=0.0), np.abs(system.C).max(initial=0.0)
    lean = round(float(np.log2(filled) - np.log2(read))) if filled > 0 and read > 0 else shift
    to_B = (shift - lean) // 2
    A, B, C = (_times_power(M, e) for M, e in zip(system[:3], (shift, to_B, shift - to_B), strict=True))
    return Realization(A, B, C, system.D)


def _times_power(matrix: Array, exponent: int) -> Array:
    return Scaled(matrix, np.full(matrix.shape, exponent)).value


# -- cascade --------------------------------------------------------------------------------------------------------


class _Section(NamedTuple):
    """One or two poles, as many zeros or fewer, and what the function (s − z)…/(s − p)… is multiplied by."""

    poles: list[complex]
    zeros: list[complex]


def cascade(function: Factored, *, discrete: bool) -> Realization:
    r"""Cascade of first- and second-order sections, block upper triangular: the poles are on its diagonal.

    .. math:: G(s) = g \prod_k \frac{ν_k (s - z_k) ⋯}{(s - p_k) ⋯}.

    Zeros go with the poles that are nearest to them. Every section has a gain ν_k that makes it of moderate size, and
    the states of a section their own power of two. Complex functions get sections of first order.

    Examples
    --------
    >>> system = cascade(Factored(np.array([]), np.array([-1e-6, -1.0, -1e6]), 1.0), discrete=False)
    >>> np.diag(system.A).tolist(), float((-system.C @ la.solve(system.A, system.B)).item())
    ([-1000000.0, -1.0, -1e-06], 1.0)
    """
    real, origin = function.is_real, 1.0 if discrete else 0.0
    zeros, poles = (paired(v) if real else v for v in (function.zeros, function.poles))
    assert zeros is not None
    assert poles is not None
    unit = 0 if discrete else _unit_of(poles)
    zeros, poles = (Scaled(v, np.full(v.shape, -unit)).value for v in (zeros, poles))
    smallest = min((abs(p - origin) for p in poles if p != origin), default=1.0)
    sections = (_real_sections if real else _complex_sections)(zeros, poles, origin)
    sections.sort(key=lambda section: max(abs(p - origin) for p in section.poles))
    dtype = float if real else complex
    result = Realization(
        np.zeros((0, 0), dtype), np.zeros((0, 1), dtype), np.zeros((1, 0), dtype), np.eye(1, dtype=dtype)
    )
    exponent = function.exponent + unit * (zeros.size - poles.size)
    for section in sections:
        sizes = [max(abs(p - origin), smallest) for p in section.poles]
        shares = [size / max(size, abs(z - origin)) for size, z in zip(sizes, section.zeros, strict=False)]
        power = sum(_log2(value) for value in (*sizes[len(shares) :], *shares))
        exponent -= power
        result = _after(_section(section, power, _log2(max(sizes)), dtype), result)
    return _in_seconds(_amplified(result, function, exponent), unit)


def _unit_of(poles: Array) -> int:
    """Exponent of the power of two near the geometric mean of the poles that are not zero."""
    sizes = np.abs(poles[poles != 0])
    return round(float(np.log2(sizes).mean())) if sizes.size else 0


def _log2(value: float) -> int:
    return round(float(np.log2(value)))


def _section(section: _Section, power: int, size: int, dtype: type) -> Realization:
    r"""Realize 2^power Π(s − z)/Π(s − p) on states of the size 2^size.

    Two poles: A = [[e, α], [γ, f]] with B = (0, β), so that the response has the numerator
    c_2 β (s − e) + c_1 α β besides the constant part.
    """
    gain, beta = 2.0**power, 2.0 ** (size // 2)
    poles, zeros = section.poles, section.zeros
    proper = gain if len(zeros) == len(poles) else 0.0
    if len(poles) == 1:
        rest = gain * (poles[0] - zeros[0]) if zeros else gain
        A, B, C, D = (np.array([[_as(value, dtype)]], dtype) for value in (poles[0], beta, rest / beta, proper))
        return Realization(A, B, C, D)
    alpha = 2.0**size
    first, second = poles
    e, f, omega = (first.real, second.real, 0.0) if first.imag == 0 else (first.real, first.real, abs(first.imag))
    slope, value = _remainder(zeros, e, f, omega)
    A = np.array([[e, alpha], [-omega * (omega / alpha), f]])
    C = np.array([[gain * value / alpha / beta, gain * slope / beta]])
    return Realization(A, np.array([[0.0], [beta]]), C, np.array([[proper]]))


def _remainder(zeros: list[complex], e: float, f: float, omega: float) -> tuple[float, float]:
    """Π(s − z), less (s − e)(s − f) + ω² if there are two zeros: its slope and its value at s = e."""
    if not zeros:
        return 0.0, 1.0
    if len(zeros) == 1:
        return 1.0, e - zeros[0].real
    first, second = zeros
    if first.imag == 0:
        return (e - first.real) + (f - second.real), (e - first.real) * (e - second.real) - omega**2
    height = abs(first.imag)
    return (e - first.real) + (f - first.real), (e - first.real) ** 2 + (height - omega) * (height + omega)


def _as(value: complex, dtype: type) -> complex:
    return value if issubclass(dtype, complex) else np.real(value)


def _after(last: Realization, first: Realization) -> Realization:
    """The series connection; the states of `last` come first, so that A stays block upper triangular."""
    A = np.block([[last.A, last.B @ first.C], [np.zeros((first.A.shape[0], last.A.shape[0])), first.A]])
    B, C = np.vstack([last.B @ first.D, first.B]), np.hstack([last.C, last.D @ first.C])
    return Realization(A, B, C, last.D @ first.D)


def _amplified(system: Realization, function: Factored, exponent: int) -> Realization:
    """Multiply by the gain · 2^exponent, half of it at the input; the constant part is the gain of the function."""
    gain = _as(function.gain, system.D.dtype.type)
    constant = Scaled(np.full((1, 1), gain), np.full((1, 1), function.exponent)).value
    return Realization(
        A=system.A,
        B=_times_power(system.B, exponent // 2),
        C=_times_power(system.C * gain, exponent - exponent // 2),
        D=constant if function.zeros.size == function.poles.size else 0 * system.D,
    )


def _complex_sections(zeros: Array, poles: Array, origin: float) -> list[_Section]:
    """First-order sections, every zero with the pole that is nearest in the best assignment."""
    own = _assigned(_distances(zeros, poles, origin))
    return [_Section([complex(p)], [complex(zeros[own[k]])] if k in own else []) for k, p in enumerate(poles)]


def _real_sections(zeros: Array, poles: Array, origin: float) -> list[_Section]:
    """Sections with real coefficients: first pairs of zeros find pairs of poles, then real zeros find single poles."""
    arranged = [_arranged(zeros[zeros.imag > 0], poles, first, origin) for first in (0, 1)]
    _, sections = min((found for found in arranged if found is not None), key=lambda found: found[0])
    open_places = [k for k, section in enumerate(sections) for _ in section.poles if not section.zeros]
    slots = np.array([sections[k].poles[0] for k in open_places], dtype=complex)
    real_zeros = zeros[zeros.imag == 0]
    for slot, index in _assigned(_distances(real_zeros, slots, origin)).items():
        sections[open_places[slot]].zeros.append(real_zeros[index])
    return sections


def _arranged(zero_pairs: Array, poles: Array, first: int, origin: float) -> tuple[float, list[_Section]] | None:
    """Pairs of zeros with conjugate poles or with two real neighbours, counted from the `first`, and the distance.

    None where there are not enough pairs of poles.
    """
    real = sorted(poles[poles.imag == 0].tolist(), key=lambda p: abs(p - origin))
    neighbours = [real[k : k + 2] for k in range(first, len(real) - 1, 2)]
    pairs = [_pair(p) for p in poles[poles.imag > 0].tolist()] + neighbours
    if len(pairs) < zero_pairs.size:
        return None
    first_poles, second_poles = np.array(pairs, dtype=complex).reshape(-1, 2).T
    distances = _distances(zero_pairs, first_poles, origin) + _distances(zero_pairs, second_poles, origin)
    own = _assigned(distances)
    sections = [_Section([p], []) for p in real[:first] + real[first + 2 * len(neighbours) :]]
    for k, pair in enumerate(pairs):
        if k in own:
            sections.append(_Section(pair, _pair(zero_pairs[own[k]])))
        else:
            sections += [_Section(pair, [])] if pair[0].imag else [_Section([p], []) for p in pair]
    return float(sum(distances[row, column] for column, row in own.items())), sections


def _pair(value: complex) -> list[complex]:
    return [value, value.conjugate()]


def _assigned(distances: Array) -> dict[int, int]:
    """Which row goes with which column, {column: row}, at the least sum of distances."""
    rows, columns = linear_sum_assignment(distances)
    return dict(zip(columns.tolist(), rows.tolist(), strict=True))


def _distances(zeros: Array, poles: Array, origin: float) -> Array:
    """How far zeros are from poles, in octaves and squared: (s − z)/(s − p) cancels |log2(z/p)| digits at s = 0."""
    sizes = np.abs(np.concatenate([zeros, poles]) - origin)
    floor = sizes[sizes > 0].min(initial=np.inf)
    nearer = np.minimum(np.abs(zeros - origin)[:, None], np.abs(poles - origin))
    with np.errstate(divide="ignore"):  # a zero at a pole
        octaves = np.log2(np.abs(zeros[:, None] - poles)) - np.log2(np.maximum(nearer, min(floor, 1.0)))
    return np.logaddexp2(0, octaves) ** 2


# -- checks ---------------------------------------------------------------------------------------------------------


def response(system: Realization, points: Array, *, refined: bool = False) -> Array:
    """Transfer matrices at some points, (K, p, m); nan where a point is a pole.

    `refined` solves with exact residuals, so that the response is that of the matrices as they are stored. O(K n³).
    """
    n = system.A.shape[0]
    shifted = points[:, None, None] * np.eye(n) - system.A
    with np.errstate(all="ignore"):
        X = np.array([_solved(matrix, system, refined, point) for matrix, point in zip(shifted, points, strict=True)])
        return system.D + system.C @ X


def _solved(shifted: Array, system: Realization, refined: bool, point: complex) -> Array:
    try:
        X = np.linalg.solve(shifted, system.B.astype(complex))
        for _ in range(_REFINEMENTS if refined else 0):
            if np.isfinite(X).all():
                X = X + np.linalg.solve(shifted, residual(system.A, point, X, system.B))
    except np.linalg.LinAlgError:
        return np.full(system.B.shape, np.nan + 0j)
    return X


def _check_proper(function: Factored | Quotient, i: int, j: int) -> None:
    if isinstance(function, Factored):
        above, below = function.zeros.size, function.poles.size
    else:
        above, below = function.numerator.size - 1, function.denominator.size - 1
    if above > below:
        raise InvalidArgumentError(
            "system",
            "a proper transfer function",
            f"degree {above} over degree {below} from input {j} to output {i}",
            "split off its polynomial part, or add the fast poles that a real device has",
        )


def _not_held(function: Factored | Quotient, error: float) -> NumericalError:
    kind = "zeros, poles and gain" if isinstance(function, Factored) else "polynomials"
    return NumericalError(
        "system",
        f"a transfer function of order {_degree(function)} whose realization in double precision has its response",
        f"a relative error of {error:.1e} in the conversion of its {kind} to state space",
        "pass state-space matrices, or scipy.signal.ZerosPolesGain instead of polynomials",
    )
