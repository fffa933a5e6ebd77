r"""Rational functions of one variable: as a quotient of polynomials, and by zeros, poles and gain."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import EPS, Array
from .dyadic import DyadicPolynomial, Scaled, scaled, scaled_product

__all__ = ["Factored", "Quotient", "boundary", "paired", "relative_error", "roots", "sensitivity"]

_POLISHES = 100  # steps that a cluster of roots may take to settle
_SAME = 1e-12  # relative distance of a root from the conjugate of another that rounding explains
_FINER = np.array([0.5, 1.0, 2.0])  # frequencies at which a root is tried, in units of its modulus
_AT_POLE = 64 * EPS  # relative distance from a pole at which a point is as good as at the pole
_ROUNDINGS = 4  # of a pole, that a realization in double precision cannot avoid
_BEYOND = 1e3  # how far below and above all roots the boundary is looked at


@dataclass(frozen=True, eq=False)
class Factored:
    r"""The function gain · 2^exponent · Π(s − z) / Π(s − p).

    Attributes
    ----------
    zeros, poles : (m,) and (n,) complex array
    gain : complex
        Of moderate size; zero for the zero function.
    exponent : int
        Gains of high orders over many decades are no doubles.

    Examples
    --------
    >>> Factored(np.array([]), np.array([-1.0]), 2.0)(np.array([0.0, 1.0])).value.real
    array([2., 1.])
    """

    zeros: Array
    poles: Array
    gain: complex
    exponent: int = 0

    def __call__(self, points: Array) -> Scaled:
        """Values at some complex points, each right to a few units in the last place."""
        above = scaled_product([points - zero for zero in self.zeros], np.full(points.shape, self.gain, complex))
        below = scaled_product([points - pole for pole in self.poles], np.ones(points.shape, complex))
        quotient = above / below
        return Scaled(quotient.mantissa, quotient.exponent + self.exponent)

    @property
    def is_real(self) -> bool:
        """Whether zeros and poles come in conjugate pairs, up to rounding, and the gain is real."""
        pairs = all(paired(values) is not None for values in (self.zeros, self.poles))
        return pairs and np.imag(self.gain) == 0


@dataclass(frozen=True, eq=False)
class Quotient:
    r"""The function N(s)/M(s), with values that are exact up to one rounding.

    Attributes
    ----------
    numerator, denominator : (m + 1,) and (n + 1,) array
        Highest power first, without leading zeros; [0.] for the zero polynomial.

    Examples
    --------
    >>> Quotient(np.array([1.0]), np.array([1.0, 1e-9]))(np.array([0.0])).value.real
    array([1.e+09])
    """

    numerator: Array
    denominator: Array

    def __call__(self, points: Array) -> Scaled:
        """Values at some complex points."""
        below = DyadicPolynomial(self.denominator)(points)
        quotient = DyadicPolynomial(self.numerator)(points) / below
        return scaled(quotient.mantissa, quotient.exponent)

    @property
    def is_real(self) -> bool:
        """Whether all coefficients are real."""
        return not (np.iscomplexobj(self.numerator) or np.iscomplexobj(self.denominator))

    @classmethod
    def of(cls, numerator: Array, denominator: Array) -> "Quotient":
        """The quotient without leading zeros; the zero function is 0/1, whatever it was divided by."""
        above, below = (np.trim_zeros(np.atleast_1d(v), "f") for v in (numerator, denominator))
        if not above.size and below.size:
            return cls(np.zeros(1), np.ones(1))
        parts = (above, below)
        if not any(np.imag(part).any() for part in parts):
            parts = tuple(np.real(part).astype(float) for part in parts)
        return cls(*parts)

    @cached_property
    def zeros(self) -> Array:
        """Roots of the numerator."""
        return roots(self.numerator)

    @cached_property
    def poles(self) -> Array:
        """Roots of the denominator."""
        return roots(self.denominator)

    @cached_property
    def factored(self) -> Factored:
        """The same function by its zeros and poles."""
        leading = scaled(self.numerator[:1].astype(complex)) / scaled(self.denominator[:1].astype(complex))
        gain = complex(leading.mantissa[0])
        return Factored(self.zeros, self.poles, gain.real if self.is_real else gain, int(leading.exponent[0]))


def roots(coefficients: Array) -> Array:
    r"""Roots of a polynomial, each as accurate as a double can be unless roots coincide.

    Parameters
    ----------
    coefficients : (n + 1,) array
        Highest power first, the first one not zero.

    Returns
    -------
    (n,) complex array
        In conjugate pairs where the coefficients are real.

    Notes
    -----
    Eigenvalues of the balanced companion matrix on the time scale of the roots, then Ehrlich's simultaneous Newton
    steps with exact values of the polynomial. Coinciding roots settle linearly.

    References
    ----------
    .. [1] L. W. Ehrlich, "A modified Newton method for polynomials", Comm. ACM 10 (1967) 107-108.

    Examples
    --------
    >>> roots(np.array([1.0, 3.0, 2.0])).real
    array([-2., -1.])
    """
    low = int(np.flatnonzero(coefficients).max(initial=0))
    nulls = np.zeros(coefficients.size - 1 - low, dtype=complex)  # none for the zero polynomial
    reduced = coefficients[: low + 1]
    if low == 0:
        return nulls
    shift, monic = _on_own_scale(reduced)
    values = la.eigvals(la.companion(monic), check_finite=False).astype(complex)
    start = Scaled(values, np.full(low, shift)).value
    values = _polished(DyadicPolynomial(reduced), start)
    if not np.iscomplexobj(coefficients):
        pairs = paired(values)
        values = start if pairs is None else pairs
    return np.concatenate([values, nulls])


def _on_own_scale(coefficients: Array) -> tuple[int, Array]:
    """The power of two that is the geometric mean of the roots, and the monic polynomial in that unit."""
    n = coefficients.size - 1
    parts = scaled(coefficients / 1.0)
    exponents = parts.exponent - parts.exponent[0]
    shift = round(float(exponents[-1] + np.log2(abs(parts.mantissa[-1] / parts.mantissa[0]))) / n)
    monic = Scaled(parts.mantissa / parts.mantissa[0], exponents - shift * np.arange(n + 1)).value
    return shift, np.where(np.isfinite(monic), monic, np.finfo(float).max / n)


def _polished(polynomial: DyadicPolynomial, values: Array) -> Array:
    """Ehrlich's steps until all roots stand still to rounding."""
    slope, values = polynomial.derivative(), _asymmetric(values)
    for _ in range(_POLISHES):
        quotient = polynomial(values) / slope(values)
        newton = quotient.value
        gaps = values[:, None] - values[None, :]
        repulsion = np.where(gaps == 0, 0, 1 / np.where(gaps == 0, 1, gaps)).sum(axis=1)
        with np.errstate(all="ignore"):  # roots that coincide, and a slope that vanishes
            steps = newton / (1 - newton * repulsion)
        steps = np.where(np.isfinite(steps), steps, 0)
        values = values - steps
        if (np.abs(steps) <= 2 * EPS * np.abs(values)).all():
            break
    return values


def _asymmetric(values: Array) -> Array:
    """Moved by a tenth of the distance to the nearest other: steps from a conjugate pair never reach two real roots."""
    gaps = np.abs(values[:, None] - values)
    gaps[gaps == 0] = np.inf
    nearest = np.minimum(gaps.min(axis=1, initial=np.inf), np.abs(values))
    return values + nearest / 10 * np.exp(1j * np.arange(values.size))


def paired(values: Array) -> Array | None:
    """The same numbers in exact conjugate pairs, real ones first, or None where some lack a partner.

    Examples
    --------
    >>> paired(np.array([1 + 1e-17j, 2 - 3j, 2 + 3j]))
    array([1.+0.j, 2.+3.j, 2.-3.j])
    >>> paired(np.array([1j])) is None
    True
    """
    values = np.asarray(values, dtype=complex)
    is_real = np.abs(values.imag) <= 4 * EPS * np.abs(values.real)  # what rounding leaves of a real root
    upper, lower = values[~is_real & (values.imag > 0)], list(values[~is_real & (values.imag < 0)])
    if upper.size != len(lower):
        return None
    pairs: list[complex] = []
    for value in upper:
        distances = [abs(other.conjugate() - value) for other in lower]
        nearest = int(np.argmin(distances))
        if distances[nearest] > _SAME * abs(value):
            return None
        mean = (value + lower.pop(nearest).conjugate()) / 2
        pairs += [mean, mean.conjugate()]
    return np.array([*values[is_real].real, *pairs], dtype=complex)


def boundary(poles: Array, zeros: Array, *, discrete: bool, is_real: bool) -> Array:
    """Points on the boundary of stability at which a function shows all it does.

    At the frequency of each pole and zero, beside and between them, at zero and far beyond; but not at a pole on the
    boundary.
    """
    features = np.concatenate([poles, zeros]).astype(complex)
    rates = np.log(features[features != 0]) if discrete else features[features != 0]
    sizes = np.abs(rates)[np.abs(rates) > 0]
    if not sizes.size:
        sizes = np.ones(1)
    decades = np.geomspace(sizes.min() / _BEYOND, sizes.max() * _BEYOND, 20)
    omega = np.concatenate([np.outer(sizes, _FINER).ravel(), np.abs(np.imag(rates)), decades, [0.0]])
    if discrete:
        omega = np.concatenate([omega[omega < np.pi], np.linspace(0, np.pi, 9)])
    omega = np.unique(omega if is_real else np.concatenate([omega, -omega]))
    points = np.exp(1j * omega) if discrete else 1j * omega
    apart = np.abs(points[:, None] - poles) > _AT_POLE * np.abs(poles)
    return points[apart.all(axis=1)]


def relative_error(found: Array, given: Scaled, slack: Array | float = 0.0) -> float:
    """Largest modulus of found − given over the norm of what was given; points at poles of the latter do not count.

    Errors of a value up to `slack` times the value are forgiven. Infinite where the given function is beyond the
    largest double, or what was found has a pole and the function none.
    """
    usable = np.isfinite(given.mantissa)
    values = given.value[usable]
    if not (np.isfinite(values).all() and np.isfinite(found[usable]).all()):
        return np.inf
    errors = np.abs(found[usable] - values) - np.broadcast_to(slack, usable.shape)[usable] * np.abs(values)
    size, error = (float(v.max(initial=0.0)) for v in (np.abs(values), errors))
    if size > 0:
        return error / size
    return np.inf if error > 0 else 0.0


def sensitivity(points: Array, poles: Array) -> Array:
    r"""Relative change of a function when its poles are rounded, eps Σ \|p\| / \|s − p\|, a few times over."""
    return _ROUNDINGS * EPS * (np.abs(poles) / np.abs(points[:, None] - poles)).sum(axis=1)
