r"""Geometry of end-to-end matrices: the operator A_{N,X}, the metric g^N and the entropy.

Training the layers of a balanced network by gradient descent moves its end-to-end matrix X = W_N ⋯ W_1 by a
gradient flow of its own, in which the depth N survives only as a metric:

.. math:: \dot X = -A_{N,X}(E'(X)), \qquad A_{N,X}(Z) = \sum_{p=1}^N (XX^*)^{(N-p)/N}\, Z\, (X^*X)^{(p-1)/N},

.. math:: g^N(Z_1, Z_2) = \mathrm{Re}\,\mathrm{tr}(Z_1^* A_{N,X}^{-1} Z_2).

The balanced networks over X form an orbit of the orthogonal (unitary) gauges of the hidden layers; the logarithm
of its volume is the entropy. Everything here is one singular value decomposition of X, in whose frame A is
diagonal. Inner products are ⟨A, B⟩ = Re tr(A*B), so that complex matrices count as real vectors of twice the length.
"""

import numpy as np

from ..linalg.arrays import Array, in_range
from .end_to_end_operators import EndToEndOperator, end_to_end_operator
from .entropies import entropy, entropy_gradient, log_gauge_volume, volume

__all__ = [
    "EndToEndOperator",
    "end_to_end_operator",
    "entropy",
    "entropy_gradient",
    "log_gauge_volume",
    "metric",
    "riemannian_gradient",
    "volume",
]


def metric(X: Array, Z1: Array, Z2: Array | None = None, *, depth: float, normalized: bool = False) -> float:
    r"""The Riemannian metric of depth N at X.

    .. math:: g^N(Z_1, Z_2) = \mathrm{Re}\,\mathrm{tr}(Z_1^* A_{N,X}^{-1} Z_2).

    Parameters
    ----------
    X : (m, n) array_like
        End-to-end matrix.
    Z1, Z2 : (m, n) array_like
        Tangent vectors. `Z2` is `Z1` when it is left out.
    depth : int or math.inf
        Number of layers N.
    normalized : bool
        Use A_{N,X}/N, which multiplies the metric by N.

    Returns
    -------
    float

    Raises
    ------
    InvalidArgumentError
        When X is rank-deficient and a tangent vector leaves the range of A_{N,X}
        (tolerance as in :meth:`EndToEndOperator.inverse`).

    Notes
    -----
    The map from balanced networks to their end-to-end matrices is a Riemannian submersion onto this metric:
    g^N(Z, Z) is the least Σ‖Ẇ_k‖² of all velocities of a balanced network over X that move X by Z.

    References
    ----------
    .. [1] G. Menon, T. Yu, "An entropy formula for the deep linear network", arXiv:2509.09088.

    See Also
    --------
    dlnbalance.geometry.end_to_end_operator : the operator A_{N,X} that turns gradients by X into velocities of X.
    dlnbalance.geometry.riemannian_gradient : gradient of a loss E with respect to the metric g^N.

    Examples
    --------
    >>> round(metric([[4.0]], [[1.0]], depth=2), 12)  # ẇ_1² + ẇ_2² at w_1 = w_2 = 2, where w_1ẇ_2 + w_2ẇ_1 = 1
    0.125
    """
    operator = end_to_end_operator(X, depth, normalized=normalized)
    first = operator._divided(Z1, 0.5, "Z1")
    second = first if Z2 is None else operator._divided(Z2, 0.5, "Z2")
    with np.errstate(over="ignore", invalid="ignore"):  # refused at once
        return in_range("Z1", float(np.vdot(first, second).real), "a length")


def riemannian_gradient(X: Array, euclidean_gradient: Array, depth: float, *, normalized: bool = False) -> Array:
    r"""Gradient of a loss E with respect to the metric g^N.

    .. math:: \mathrm{grad}\,E(X) = A_{N,X}(E'(X)), \qquad dE(Z) = \mathrm{Re}\,\mathrm{tr}(E'(X)^* Z).

    Parameters
    ----------
    X : (m, n) array_like
        End-to-end matrix.
    euclidean_gradient : (m, n) array_like
        The gradient E'(X), *not* a function.
    depth : int or math.inf
        Number of layers N.
    normalized : bool
        Use A_{N,X}/N.

    Returns
    -------
    (m, n) ndarray
        Minus the velocity of X when a balanced network of depth N is trained by gradient flow.

    See Also
    --------
    dlnbalance.geometry.metric : the Riemannian metric of depth N at X.
    dlnbalance.flows.end_to_end_learning : the learning flow of X, as on the balanced manifold.

    Examples
    --------
    >>> riemannian_gradient([[4.0]], [[1.0]], depth=2).round(12).item()
    8.0
    """
    operator = end_to_end_operator(X, depth, normalized=normalized)
    return operator._from_frame(operator.eigenvalues * operator._in_frame(euclidean_gradient, "euclidean_gradient"))
