"""Cascades of first- and second-order sections: realizations with the poles on the diagonal of A."""

from typing import NamedTuple

import numpy as np

from ..linalg.arrays import Array
from .dyadic import Scaled
from .rational import Factored, paired
from .state_matrices import Realization, in_seconds, times_power

__all__ = ["cascade"]


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
    >>> np.diag(system.A).tolist(), float((-system.C @ np.linalg.solve(system.A, system.B)).item())
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
    return in_seconds(_amplified(result, function, exponent), unit)


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
        B=times_power(system.B, exponent // 2),
        C=times_power(system.C * gain, exponent - exponent // 2),
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
    from scipy.optimize import linear_sum_assignment  # not above: it takes longer to load than all the rest of SciPy

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
