r"""Differences of products, a d − b c, to nearly full accuracy however much of them cancels.

Products of doubles are split into two doubles without an error (Dekker), and the parts are added in three-fold
precision.
"""

from collections.abc import Sequence

import numpy as np

from .arrays import Array

__all__ = ["cross_products"]

_SPLIT = 2.0**27 + 1  # cuts the 53 digits of a double into 26 and 26, whose products are exact


def cross_products(first: tuple[Array, Array], second: tuple[Array, Array]) -> Array:
    r"""All differences of products of two sequences of pairs.

    .. math:: X_{ij} = a_i d_j - b_i c_j.

    Parameters
    ----------
    first : ((n,) array, (n,) array)
        (a, b), real or complex.
    second : ((k,) array, (k,) array)
        (d, c).

    Returns
    -------
    (n, k) array
        Relative errors of an eps or two, of the modulus where numbers are complex, unless more than 2^-100 cancels.
        The products must not leave the range of numbers, nor come within 2^106 of its lower end.

    Notes
    -----
    Eight products at most an entry, whose sixteen parts are added with their rounding errors, and these with theirs:
    some 300 flops an entry.

    References
    ----------
    .. [1] T. Ogita, S. M. Rump, S. Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26 (2005) 1955-1988,
       Proposition 4.10 with K = 3.

    Examples
    --------
    >>> near = np.array([1 + 2.0**-52])
    >>> cross_products((near, np.ones(1)), (near, np.ones(1))).item() == 2.0**-51 + 2.0**-104
    True
    """
    (a, b), (d, c) = first, second
    if not any(map(np.iscomplexobj, (a, b, d, c))):
        return _sum_of_products([(a, d), (-b, c)])
    a, b, d, c = (np.asarray(x, complex) for x in (a, b, d, c))
    real = [(a.real, d.real), (-a.imag, d.imag), (-b.real, c.real), (b.imag, c.imag)]
    imaginary = [(a.real, d.imag), (a.imag, d.real), (-b.real, c.imag), (-b.imag, c.real)]
    return _sum_of_products(real) + 1j * _sum_of_products(imaginary)


def _sum_of_products(pairs: Sequence[tuple[Array, Array]]) -> Array:
    """Σ x_i y_j over the pairs (x, y)."""
    terms = [part for x, y in pairs for part in _exact_product(x[:, None], y[None, :])]
    for _ in range(2):
        terms = _distilled(terms)
    total = np.zeros_like(terms[0])
    for term in terms:  # the errors first, the sum, which comes last, at the end
        total = total + term
    return total


def _exact_product(x: Array, y: Array) -> tuple[Array, Array]:
    """The rounded product, and what rounding took from it."""
    product = x * y
    (x1, x2), (y1, y2) = _halves(x), _halves(y)
    return product, x2 * y2 - (((product - x1 * y1) - x2 * y1) - x1 * y2)


def _halves(x: Array) -> tuple[Array, Array]:
    large = _SPLIT * x
    head = large - (large - x)
    return head, x - head


def _distilled(terms: Sequence[Array]) -> list[Array]:
    """Terms of the same sum: the rounding errors of adding up, and the rounded sum at the end."""
    total, errors = terms[0], []
    for term in terms[1:]:
        new = total + term
        taken = new - total
        errors.append((total - (new - taken)) + (term - taken))
        total = new
    return [*errors, total]
