r"""Exact arithmetic with doubles: every double is a whole number times a power of two.

Sums and products of whole numbers are exact and do not overflow. So the value of a polynomial is known to the last bit
however far its coefficients are apart, and so is the residual of a linear equation. Results leave as scaled numbers:
mantissas of ordinary size, and exponents.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ..linalg.arrays import Array

__all__ = ["DyadicPolynomial", "Scaled", "expanded", "residual", "scaled_product"]

_DIGITS = 53  # binary digits of a double
_KEPT = 64  # digits that survive when a whole number is rounded


class Scaled(NamedTuple):
    """Numbers mantissa · 2^exponent, mantissas zero or between 1/2 and 2 in modulus."""

    mantissa: Array
    exponent: Array

    @property
    def value(self) -> Array:
        """As doubles: infinite where they are too large, zero where they are too small."""
        with np.errstate(over="ignore", under="ignore"):
            clipped = np.clip(self.exponent, -2200, 2200).astype(int)
            half = clipped // 2
            return _ldexp(_ldexp(self.mantissa, half), clipped - half)

    def __truediv__(self, other: "Scaled") -> "Scaled":  # pyright: ignore[reportIncompatibleMethodOverride]
        with np.errstate(divide="ignore", invalid="ignore"):
            return scaled(self.mantissa / other.mantissa, self.exponent - other.exponent)


def scaled(mantissa: Array, exponent: Array | int = 0) -> Scaled:
    """Normalize mantissa · 2^exponent; what is not finite stays as it is."""
    size = np.maximum(np.abs(mantissa.real), np.abs(mantissa.imag))
    shift = np.frexp(np.where(np.isfinite(size), size, 1.0))[1].astype(int)
    half = shift // 2
    return Scaled(_ldexp(_ldexp(mantissa, -half), half - shift), exponent + shift)


def scaled_product(factors: Sequence[Array], start: complex | Array = 1.0) -> Scaled:
    """Product of arrays of the same shape, times `start`, without over- or underflow on the way.

    Examples
    --------
    >>> huge = scaled_product([np.array([1e200])] * 3)
    >>> round(float(np.log10(huge.mantissa[0]) + huge.exponent[0] * np.log10(2)), 9)
    600.0
    """
    shape = factors[0].shape if factors else np.shape(start)
    result = scaled(np.broadcast_to(np.asarray(start), shape) * np.ones(shape))
    for factor in factors:
        other = scaled(factor)
        result = scaled(result.mantissa * other.mantissa, result.exponent + other.exponent)
    return result


class DyadicPolynomial:
    """A polynomial with double coefficients, real or complex, that is evaluated exactly and rounded once.

    Parameters
    ----------
    coefficients : (n + 1,) array_like
        Highest power first.

    Examples
    --------
    >>> nearly = DyadicPolynomial([1.0, -3.0, 3.0, -1.0])  # (x − 1)³
    >>> nearly(np.array([1 + 1e-9])).value.real * 1e27
    array([1.00000025])
    """

    def __init__(self, coefficients: Any):
        entries = np.atleast_1d(np.asarray(coefficients))
        parts, self._exponent = _common_integers(np.concatenate([np.real(entries), np.imag(entries)]).astype(float))
        self._real, self._imag = parts[: entries.size], parts[entries.size :]

    def derivative(self) -> "DyadicPolynomial":
        """The derivative, exactly."""
        result, n = object.__new__(DyadicPolynomial), len(self._real) - 1
        powers = range(n, 0, -1)
        result._real = [k * c for k, c in zip(powers, self._real, strict=False)] or [0]
        result._imag = [k * c for k, c in zip(powers, self._imag, strict=False)] or [0]
        result._exponent = self._exponent
        return result

    def __call__(self, points: Array) -> Scaled:
        """Values at some complex points, each right to the last bit."""
        values = [self._at(complex(point)) for point in points]
        return Scaled(np.array([v[0] for v in values], dtype=complex), np.array([v[1] for v in values], dtype=int))

    def _at(self, point: complex) -> tuple[complex, int]:
        """Horner's rule in whole numbers: the point is (a + ib)/2^t."""
        (a, b), exponent = _common_integers(np.array([point.real, point.imag]))
        if exponent > 0:
            a, b, exponent = a << exponent, b << exponent, 0
        re, im, t = self._real[0], self._imag[0], 0
        for c, d in zip(self._real[1:], self._imag[1:], strict=True):
            t -= exponent
            re, im = re * a - im * b + (c << t), re * b + im * a + (d << t)
        return _rounded(re, im, self._exponent - t)


def expanded(roots: Array) -> list[tuple[Fraction, Fraction]]:
    """Coefficients of Π(x − r), highest power first, exact: their real and imaginary parts.

    Examples
    --------
    >>> [float(real) for real, _ in expanded(np.array([-1 + 2j, -1 - 2j]))]
    [1.0, 2.0, 5.0]
    """
    nothing = (Fraction(0), Fraction(0))
    coefficients = [(Fraction(1), Fraction(0))]
    for root in roots:
        a, b = Fraction(float(np.real(root))), Fraction(float(np.imag(root)))
        coefficients = [
            (re - a * x + b * y, im - a * y - b * x)
            for (re, im), (x, y) in zip([*coefficients, nothing], [nothing, *coefficients], strict=True)
        ]
    return coefficients


def residual(A: Array, point: complex, X: Array, B: Array) -> Array:
    """B − (zI − A)X at one point z, rounded once: the residual that iterative refinement needs.

    Examples
    --------
    >>> third = np.array([[1 / 3]])
    >>> residual(np.array([[-2.0]]), 1.0, third, np.array([[1.0]])).item().real == 2.0**-54
    True
    """
    shifted = _sum(_whole(point * np.eye(A.shape[0])), _negative(_whole(A)))
    re, im, exponent = _sum(_whole(B), _negative(_times(shifted, _whole(X))))
    rounded = [_rounded(a, b, exponent) for a, b in zip(re.ravel(), im.ravel(), strict=True)]
    mantissas, exponents = (np.array(part) for part in zip(*rounded, strict=True))
    return Scaled(mantissas, exponents).value.reshape(re.shape)


#: Matrices of whole numbers, real and imaginary parts, and the exponent of the power of two that multiplies both.
_Whole = tuple[Any, Any, int]


def _whole(matrix: Array) -> _Whole:
    flat = np.concatenate([matrix.real.ravel(), matrix.imag.ravel()])
    integers, exponent = _common_integers(flat)
    parts = np.array(integers, dtype=object).reshape(2, *matrix.shape)
    return parts[0], parts[1], exponent


def _times(left: _Whole, right: _Whole) -> _Whole:
    (a, b, e), (c, d, f) = left, right
    return a @ c - b @ d, a @ d + b @ c, e + f


def _sum(left: _Whole, right: _Whole) -> _Whole:
    (a, b, e), (c, d, f) = left, right
    lowest = min(e, f)
    p, q = 1 << (e - lowest), 1 << (f - lowest)
    return a * p + c * q, b * p + d * q, lowest


def _negative(whole: _Whole) -> _Whole:
    return -whole[0], -whole[1], whole[2]


def _common_integers(values: Array) -> tuple[list[int], int]:
    """Whole numbers and the exponent e with values = whole · 2^e."""
    mantissas, exponents = np.frexp(values)
    filled = exponents[mantissas != 0]
    if not filled.size:
        return [0] * values.size, 0
    lowest = int(filled.min())
    shifts = np.where(mantissas != 0, exponents - lowest, 0).tolist()
    digits = np.ldexp(mantissas, _DIGITS).astype(np.int64).tolist()
    return [digit << shift for digit, shift in zip(digits, shifts, strict=True)], lowest - _DIGITS


def _rounded(re: int, im: int, exponent: int) -> tuple[complex, int]:
    """The complex number (re + i im) 2^exponent as a mantissa and an exponent."""
    length = max(re.bit_length(), im.bit_length())
    shift = max(length - _KEPT, 0)
    scale = 0.5 ** (length - shift)
    return complex((re >> shift) * scale, (im >> shift) * scale), exponent + length


def _ldexp(values: Array, shift: Array | int) -> Array:
    if not np.iscomplexobj(values):
        return np.ldexp(values, shift)
    result = np.empty(np.broadcast_shapes(np.shape(values), np.shape(shift)), dtype=complex)
    result.real, result.imag = np.ldexp(values.real, shift), np.ldexp(values.imag, shift)
    return result
