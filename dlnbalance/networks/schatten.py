r"""Schatten regularizers of deep linear networks, their minima and their gaps.

The balanced networks minimize not only the Euclidean norm but every sum of Schatten norms over the fiber of X.
"""

from typing import Any

import numpy as np

from ..errors import NumericalError
from ..linalg.arguments import real_number
from ..linalg.arrays import Array, as_matrix, whole_number
from .network import DeepLinearNetwork, as_network

__all__ = ["gap", "minimum", "regularizer", "schatten_norm"]


def schatten_norm(M: Any, p: float) -> float:
    r"""Schatten norm (for p < 1: quasi-norm) of a matrix.

    .. math:: ‖M‖_{S_p} = \Big( Σ_i σ_i(M)^p \Big)^{1/p}, \qquad ‖M‖_{S_∞} = σ_1(M).

    Parameters
    ----------
    M : (m, n) array_like
        Real or complex.
    p : float
        Positive, or ``inf``; p = 1 is the nuclear, p = 2 the Frobenius, p = inf the spectral norm.

    Returns
    -------
    float
        The norm; zero for a zero matrix.

    Raises
    ------
    InvalidArgumentError
        For p that is not positive.
    NumericalError
        When the value exceeds the range of double precision, as for a very small p.

    Notes
    -----
    Singular values that rounding in M, relative to its columns, could make zero count as zero: for small p they would
    be all there is to see (16 digits below σ_1 is still 1 % of it when p = 1/8 is the exponent).

    See Also
    --------
    dlnbalance.networks.schatten.regularizer : sum of the Schatten norms of the layers.

    Examples
    --------
    >>> [round(schatten_norm([[3.0, 0.0], [0.0, 4.0]], p), 12) for p in (1, 2)]
    [7.0, 5.0]
    """
    p = _exponent(p)
    return _norm(_roots(DeepLinearNetwork([as_matrix("M", M)])), p)


def regularizer(network: DeepLinearNetwork, p: float) -> float:
    r"""Sum of the Schatten norms of the layers.

    .. math:: Σ_{k=1}^N ‖W_k‖_{S_p}.

    Parameters
    ----------
    network : DeepLinearNetwork
        Any network.
    p : float
        Positive, or ``inf``.

    See Also
    --------
    dlnbalance.networks.schatten.minimum : least sum of Schatten norms over one end-to-end matrix.
    dlnbalance.networks.schatten.gap : distance of the Schatten regularizer from its minimum.

    Examples
    --------
    >>> round(regularizer(DeepLinearNetwork([[[4.0]], [[1.0]]]), 1), 12)
    5.0
    """
    network, p = as_network("network", network), _exponent(p)
    return sum(schatten_norm(weight, p) for weight in network.weights)


def minimum(X: Any, depth: int, p: float) -> float:
    r"""Least sum of Schatten norms over all networks of a depth that have the end-to-end matrix X.

    .. math:: \min_{W_N ⋯ W_1 = X} Σ_k ‖W_k‖_{S_p} = N ‖X‖_{S_{p/N}}^{1/N} = N \Big( Σ_i σ_i(X)^{p/N} \Big)^{1/p}.

    Parameters
    ----------
    X : (d_N, d_0) array_like
        End-to-end matrix; the hidden widths are at least its rank.
    depth : int
        Number of layers N.
    p : float
        Positive, or ``inf``, where the least value is N σ_1^{1/N}.

    Returns
    -------
    float
        The least value.

    Raises
    ------
    InvalidArgumentError
        For a `depth` that is not a positive whole number, or a p that is not positive.

    Notes
    -----
    Means, Horn's inequality and Hölder's give, for every p > 0,

    .. math:: Σ_k ‖W_k‖_{S_p} ≥ N \prod_k ‖W_k‖_{S_p}^{1/N}
        ≥ N \Big( Σ_i \prod_k σ_i(W_k)^{p/N} \Big)^{1/p} ≥ N \Big( Σ_i σ_i(X)^{p/N} \Big)^{1/p}.

    *Equality*, for 0 < p < ∞, any widths and any rank: the first step wants layers of equal norm, the second
    proportional and hence equal singular values σ_i(W_k) = s_i, the third (strict convexity of t ↦ t^{q/q'} on the
    weakly majorized powers q' < q = p/N) s_i^N = σ_i(X). Then Σ‖W_k‖² = N Σ σ_i^{2/N} is the least Euclidean norm, and
    by Theorem 1 W is balanced. Conversely all balanced networks attain the value. This covers p ≤ 1, where the
    regularizer is not strictly convex or not convex at all, and X of any rank. For p = ∞ the value holds, but other
    networks attain it too. The sum is of norms, not of their powers; either way the layers must be equally large.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network",
       arXiv:2511.01137, Theorem "intro-revised" (1 < p < ∞).
    .. [2] A. Horn, "On the singular values of a product of completely continuous operators", PNAS 36 (1950) 374-375.

    See Also
    --------
    dlnbalance.networks.schatten.regularizer : sum of the Schatten norms of the layers.
    dlnbalance.networks.schatten.schatten_norm : Schatten norm of a matrix.

    Examples
    --------
    >>> round(minimum([[4.0]], 2, 1), 12), round(minimum([[8.0, 0.0], [0.0, 8.0]], 3, 1), 12)
    (4.0, 12.0)
    """
    layers = whole_number("depth", depth, remedy="pass the number of layers")
    p = _exponent(p)
    return layers * _norm(_roots(DeepLinearNetwork([as_matrix("X", X)]), layers), p)


def gap(network: DeepLinearNetwork, p: float) -> float:
    r"""Distance of the Schatten regularizer from its minimum over all networks with the same X.

    .. math:: Σ_k ‖W_k‖_{S_p} - N ‖X‖_{S_{p/N}}^{1/N} ≥ 0,

    zero if and only if the network is balanced (0 < p < ∞). For p = 2 this is not
    :meth:`DeepLinearNetwork.balancing_gap`, which takes the squares of the norms.

    Parameters
    ----------
    network : DeepLinearNetwork
        Any network.
    p : float
        Positive, or ``inf``.

    Notes
    -----
    Singular values that rounding in the layers could make zero count as zero, those of X and those of each layer.

    See Also
    --------
    dlnbalance.networks.schatten.minimum : least sum of Schatten norms over one end-to-end matrix.
    dlnbalance.networks.schatten.regularizer : sum of the Schatten norms of the layers.

    Examples
    --------
    >>> network = DeepLinearNetwork([[[4.0]], [[1.0]]])
    >>> round(gap(network, 1), 12), abs(gap(network.center(), 1)) < 1e-14
    (1.0, True)
    """
    network, p = as_network("network", network), _exponent(p)
    return regularizer(network, p) - network.depth * _norm(_roots(network, network.depth), p)


def _roots(network: DeepLinearNetwork, degree: int = 1) -> Array:
    """Roots σ_i^{1/degree} of the singular values of X, up to its rank."""
    svd = network.decomposition
    return svd.power(1 / degree)[: svd.rank]


def _norm(values: Array, p: float) -> float:
    """Length (Σ values^p)^{1/p} of descending numbers, in units of the largest."""
    if values.size == 0:
        return 0.0
    if p == np.inf:
        return float(values[0])
    with np.errstate(over="ignore", under="ignore"):
        norm = float(values[0] * np.sum((values / values[0]) ** p) ** (1 / p))
    if not np.isfinite(norm):
        raise NumericalError("p", "a norm within the range of double precision", "overflow", "take a larger p")
    return norm


def _exponent(p: float) -> float:
    return real_number("p", p, "a positive number or inf", lambda p: p > 0, remedy="p = 2 is the Frobenius norm")
