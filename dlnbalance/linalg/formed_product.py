r"""Singular values of a product that is formed: the fast way, where it can be shown to be as good as the careful one.

For most shallow networks the product X = W_N ⋯ W_1 can simply be multiplied out. Its singular vectors are good enough
then, and their Rayleigh quotients, taken through the layers from both ends,

.. math:: σ_i = (W_{m+1}^* ⋯ W_N^* u_i)^* (W_m ⋯ W_1 v_i),

do without the rounding errors of X, which only enter in second order.
"""

from collections.abc import Sequence
from functools import reduce

import numpy as np
import scipy.linalg as la

from .arrays import EPS, Array, adjoint, frozen, norm
from .product_svd import ProductSVD

__all__ = ["formed_svd", "is_thin", "measured_error", "multiplied"]

_PROBES = 4  # random vectors; their mean square is within a factor of three of ‖δX‖² in all but a few cases of 1000
_ENOUGH = 1e-13  # what forming X may add to the error of a singular value, relative to itself
_SENSITIVE = 1e-11  # what rounding in the layers may do to it, either way; beyond that the careful way is worth it
_LEAST, _LARGEST = 1e-290, 1e290  # singular values between which no digits are lost to underflow, nor all to overflow


def multiplied(layers: Sequence[Array]) -> Array:
    """The product W_N ⋯ W_1, from the right; entries that leave the range of numbers become infinite or NaN."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        return reduce(lambda x, layer: layer @ x, layers[1:], layers[0].copy())


def is_thin(layers: Sequence[Array]) -> bool:
    """Whether the product is empty or much larger than its rank can be, so that it should not be formed.

    Examples
    --------
    >>> is_thin([np.ones((1, 5)), np.ones((5, 1))])
    True
    """
    widths = [layers[0].shape[1], *(layer.shape[0] for layer in layers)]
    return 2 * min(widths) <= min(widths[0], widths[-1])


def formed_svd(layers: Sequence[Array], X: Array) -> ProductSVD | None:
    r"""Decompose the product X of `layers`, as long as every singular value comes out accurate relative to itself.

    Parameters
    ----------
    layers : sequence of (d_k, d_{k-1}) array
        W_1, …, W_N, not thin.
    X : (d_N, d_0) array
        Their product as `multiplied` returns it.

    Returns
    -------
    ProductSVD or None
        None where the careful way is needed, which is :func:`dlnbalance.linalg.product_svd.product_svd`.

    Notes
    -----
    With A = W_{m+1}* ⋯ W_N* U and B = W_m ⋯ W_1 V for the computed singular vectors, A*B is diagonal up to the rounding
    errors E of X. Its diagonal differs from the singular values by :math:`\min(|E_{ij}|, |E_{ij}|^2/|σ_i - σ_j|)`, by
    :math:`‖E‖^2/σ_i` where U and V do not span all inputs and outputs, and rounding in the chains moves it by a few
    eps ‖L_k*u_i‖ ‖W_k‖ ‖R_kv_i‖ at every layer, with the partial products L_k and R_k beside it. One SVD of X, 2 N d³
    flops for X and as many for A and B.

    Examples
    --------
    >>> layers = [np.array([[3.0, 0.0], [0.0, 1.0]]), np.array([[2.0, 0.0], [0.0, 1.0]])]
    >>> formed_svd(layers, multiplied(layers)).values.round(12).tolist()
    [6.0, 1.0]
    """
    widths = [layers[0].shape[1], *(layer.shape[0] for layer in layers)]
    r, m = min(widths), len(layers) // 2
    sizes = [np.abs(layer).max(initial=0.0) for layer in layers]
    if not (_LEAST**0.5 < min(sizes) <= max(sizes) < _LARGEST**0.5 and np.isfinite(X).all()):
        return None
    left, values, right = la.svd(X, full_matrices=False, check_finite=False)
    if not _LEAST < values[r - 1] <= values[0] < _LARGEST:
        return None
    left, right = left[:, :r], adjoint(right)[:, :r]
    observed, shrinking = _chain([adjoint(layer) for layer in reversed(layers[m:])], left)
    reached, growing = _chain(layers[:m], right)
    quotients = adjoint(observed) @ reached
    refined = np.diagonal(quotients).real
    with np.errstate(
        invalid="ignore"
    ):  # 0 · ∞ where a vector vanishes on the way: no number, which decides as it should
        rounding = EPS * la.norm(observed, axis=0) * la.norm(reached, axis=0) * (shrinking + growing + 1)
    second = _second_order(quotients)
    if r < max(X.shape):  # the vectors also lean towards directions that belong to no singular value
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            second = second + (3 * measured_error(layers, X)) ** 2 / refined
    if not ((second <= _ENOUGH * refined) & (rounding <= _SENSITIVE * refined)).all():
        return None
    order = np.argsort(-refined, kind="stable")
    return ProductSVD(
        left=frozen(left[:, order]),
        mantissas=frozen(refined[order]),
        exponents=frozen(np.zeros(r, dtype=int)),
        right=frozen(right[:, order]),
        uncertainties=frozen((max(widths) * rounding + second)[order]),
    )


def _chain(layers: Sequence[Array], frame: Array) -> tuple[Array, Array]:
    """The images of the columns of a frame, and what rounding in the layers does to them, in units of eps.

    A layer that shortens a column x adds ‖W‖‖x‖/‖Wx‖ times the rounding error of a layer that keeps it.
    """
    amplified, lengths = np.zeros(frame.shape[1]), np.ones(frame.shape[1])
    for layer in layers:
        frame = layer @ frame
        shorter = la.norm(frame, axis=0)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            amplified += norm(layer) / np.sqrt(min(layer.shape)) * lengths / shorter
        lengths = shorter
    return frame, amplified


def _second_order(quotients: Array) -> Array:
    """What the entries off the diagonal of a nearly diagonal matrix do to its singular values."""
    values, size = np.diagonal(quotients).real, np.abs(quotients)
    np.fill_diagonal(size, 0.0)
    size = np.maximum(size, size.T)
    distances = np.abs(values[:, None] - values)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(size > 0, np.minimum(size, size * (size / distances)), 0.0).max(axis=1, initial=0.0)


def measured_error(layers: Sequence[Array], X: Array) -> float:
    """Estimate of the rounding errors ‖δX‖_F of a product, from the images of random vectors of unit variance.

    Examples
    --------
    >>> measured_error([np.array([[2.0]]), np.array([[3.0]])], np.array([[6.0]])) < 1e-14
    True
    """
    probes = np.random.default_rng(0).standard_normal((X.shape[1], _PROBES))
    return norm(X @ probes - multiplied([probes, *layers])) / _PROBES**0.5
