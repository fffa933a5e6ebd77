"""Numbers beyond the range of double precision: mantissas m with their own exponents e, for m 2^e."""

from collections.abc import Sequence

import numpy as np

from .arrays import Array

__all__ = ["RANGE", "TINY", "as_numbers", "near_one", "powers", "rows_near_one", "times_power"]

#: Powers of two that numbers may spread over where they meet in one computation: double precision has about 2000, and
#: products of two of them need room.
RANGE = 900
#: Where numbers begin to lose digits: the smallest one with all of them is 2e-308, and sums of a few roundings below it
#: are still to be known.
TINY = 1e-300
#: Exponents beyond which every mantissa is zero or infinite: they are cut there, or the conversion to an integer of
#: the C library would wrap.
_BEYOND = 5000


def near_one(layers: Sequence[Array]) -> tuple[list[Array], list[int]]:
    """The layers divided by powers of two that bring their largest entries near 1, and the exponents.

    Examples
    --------
    >>> layers, exponents = near_one([np.array([[3 * 2.0**900]]), np.array([[2.0**-900]])])
    >>> [layer.item() for layer in layers], exponents
    ([0.75, 0.5], [902, -899])
    """
    exponents = [int(np.frexp(np.abs(layer).max(initial=0.0))[1]) for layer in layers]
    return [times_power(layer, -e) for layer, e in zip(layers, exponents, strict=True)], exponents


def rows_near_one(matrix: Array, exponents: Array) -> tuple[Array, Array]:
    """The rows divided by powers of two that bring their largest entries near 1, and the new exponents."""
    shifts = np.frexp(np.abs(matrix).max(axis=1))[1]
    shifts = np.maximum(shifts, -RANGE)  # 2^-shift has to be a number
    return matrix * np.ldexp(1.0, -shifts)[:, None], exponents + shifts


def times_power(matrix: Array, exponent: int) -> Array:
    """The matrix times a power of two, in two steps so that its intermediate value stays within range."""
    half = exponent // 2
    return matrix * 2.0**half * 2.0 ** (exponent - half)


def as_numbers(mantissas: Array, exponents: Array) -> Array:
    """The numbers m 2^e: zero or infinite where they leave the range of double precision."""
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(mantissas, np.clip(exponents, -_BEYOND, _BEYOND).astype(int))


def powers(mantissas: Array, exponents: Array, power: float) -> Array:
    """(m 2^e)^p, as m^p 2^⌊ep⌋ 2^(ep − ⌊ep⌋) where m 2^e is no number."""
    values, whole = as_numbers(mantissas, exponents), np.floor(exponents * power)
    inside = (values > TINY) & (values < 1 / TINY)
    with np.errstate(divide="ignore"):  # zero to a negative power
        outside = as_numbers(mantissas**power * 2.0 ** (exponents * power - whole), whole)
    return np.where(inside, np.where(inside, values, 1.0) ** power, outside)
