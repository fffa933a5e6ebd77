"""Companion forms of rational functions, their coefficients divided exactly and rounded once."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import Array
from .rational import Quotient
from .state_matrices import Realization, in_seconds

__all__ = ["companion"]


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
    return in_seconds(Realization(A * scale / scale[:, None], B, C * scale, D), shift)


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
