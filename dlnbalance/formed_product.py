r"""Singular values of a product that is formed: the fast way, and a measure of what rounding did to it.

For most shallow networks the product X = W_N ⋯ W_1 can simply be multiplied out. How much its rounding errors move the
singular values is measured on the data: X z is compared with W_N(⋯(W_1 z)) for a few random vectors z.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import scipy.linalg as la

from .arrays import EPS, Array, adjoint, frozen, norm
from .product_svd import ProductSVD

__all__ = ["FormedProduct", "formed_product", "is_thin", "measured_error", "multiplied"]

_PROBES = 4  # random vectors; their mean square is within a factor of three of ‖δX‖² in all but a few cases of 1000
_CAUTION = 10.0  # times the measured error that a bound allows, for what the probes miss
_ENOUGH = 1e-13  # relative accuracy, of every singular value or of the norm, from which on the formed product serves
_LEAST = 1e-290  # singular values below it would have lost digits to underflow


@dataclass(frozen=True, kw_only=True, eq=False)
class FormedProduct:
    """Singular value decomposition of a product that was formed.

    Attributes
    ----------
    svd : ProductSVD
        With one bound of the rounding errors for all singular values.
    expected : float
        The error that one of them has, as a rule: the measured one spread over all directions.
    """

    svd: ProductSVD
    expected: float

    def keeps_values(self) -> bool:
        """Whether every singular value is accurate relative to itself."""
        smallest = self.svd.values[-1:].sum()
        return smallest > _LEAST and self.expected <= _ENOUGH * smallest

    def keeps_norms(self, depth: int, squared_norm: float) -> bool:
        """Whether N Σσ^{2/N} is accurate relative to ‖W‖², and every singular value is seen not to be zero."""
        svd = self.svd
        if svd.rank < svd.values.size or svd.values[-1:].sum() <= _LEAST:
            return False
        return 2 * self.expected * float(np.sum(svd.power(2 / depth - 1))) <= _ENOUGH * squared_norm


def multiplied(layers: Sequence[Array]) -> Array:
    """The product W_N ⋯ W_1, from the right; entries that leave the range of numbers become infinite or NaN."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        return reduce(lambda x, layer: layer @ x, layers[1:], layers[0].copy())


def is_thin(layers: Sequence[Array]) -> bool:
    """Whether the product is empty or much larger than its rank can be, so that nobody should form it.

    Examples
    --------
    >>> is_thin([np.ones((1, 5)), np.ones((5, 1))])
    True
    """
    widths = [layers[0].shape[1], *(layer.shape[0] for layer in layers)]
    return 2 * min(widths) <= min(widths[0], widths[-1])


def formed_product(layers: Sequence[Array], X: Array) -> FormedProduct | None:
    r"""Decompose the product X of `layers`.

    Parameters
    ----------
    layers : sequence of (d_k, d_{k-1}) array
        W_1, …, W_N, not thin.
    X : (d_N, d_0) array
        Their product as `multiplied` returns it.

    Returns
    -------
    FormedProduct or None
        None where X left the range of numbers.

    Notes
    -----
    One SVD of X and 8 Σ d_k d_{k−1} flops for the measurement.

    Examples
    --------
    >>> layers = [np.array([[3.0, 0.0], [0.0, 1.0]]), np.array([[2.0, 0.0], [0.0, 1.0]])]
    >>> formed_product(layers, multiplied(layers)).svd.values.tolist()
    [6.0, 1.0]
    """
    widths = [layers[0].shape[1], *(layer.shape[0] for layer in layers)]
    r = min(widths)
    if not np.isfinite(X).all():
        return None
    left, values, right = la.svd(X, full_matrices=False, check_finite=False)
    error = measured_error(layers, X)
    bound = max(widths) * EPS * values[0] + _CAUTION * error
    svd = ProductSVD(
        left=frozen(left[:, :r]),
        mantissas=frozen(values[:r]),
        exponents=frozen(np.zeros(r, dtype=int)),
        right=frozen(adjoint(right)[:, :r]),
        uncertainties=frozen(np.full(r, bound)),
    )
    # an SVD itself moves a singular value by a few eps σ_1
    return FormedProduct(svd=svd, expected=float(error / np.sqrt(min(X.shape)) + 2 * EPS * values[0]))


def measured_error(layers: Sequence[Array], X: Array) -> float:
    """Estimate of the rounding errors ‖δX‖_F of a product, from the images of random vectors of unit variance.

    Examples
    --------
    >>> measured_error([np.array([[2.0]]), np.array([[3.0]])], np.array([[6.0]])) < 1e-14
    True
    """
    probes = np.random.default_rng(0).standard_normal((X.shape[1], _PROBES))
    return norm(X @ probes - multiplied([probes, *layers])) / _PROBES**0.5
