r"""The entropy of an end-to-end matrix: the logarithm of the volume of the balanced networks over it.

These form an orbit of the orthogonal (unitary) gauges of the hidden layers, and its volume is a product over pairs of
singular values.
"""

import math
from typing import Any

import numpy as np
import scipy.linalg as la
from scipy.special import gammaln

from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arguments import flag
from ..linalg.arrays import EPS, Array, as_matrix, in_range, whole_number
from .end_to_end_operators import checked_depth, operator_eigenvalues

__all__ = ["checked_full_rank", "entropy", "entropy_gradient", "log_gauge_volume", "mean_powers", "volume"]


def entropy(X: Array, depth: int) -> float:
    r"""Boltzmann entropy of X: log of the volume of the balanced networks of depth N over X.

    For real X, with van the Vandermonde determinant :math:`\prod_{i<j}(x_i - x_j)`,

    .. math:: S(X) = \log \mathrm{vol}(O_X)
              = (N-1) \log c_d + ½ \log \frac{\mathrm{van}(Σ^2)}{\mathrm{van}(Σ^{2/N})}
              = (N-1) \log c_d + ½ \sum_{i<j} \log λ_{ij},

    and for complex X

    .. math:: S(X) = (N-1) \log c_d + ½ \sum_{i,j} \log λ_{ij}, \qquad λ_{ii} = N σ_i^{2-2/N},

    with λ_ij the eigenvalues of A_{N,X} (without 1/N) and c_d the volume of O(d) or U(d).

    Parameters
    ----------
    X : (d, d) array_like
        End-to-end matrix of full rank. Its dtype decides: the networks over a real X are real, those over a complex X
        are complex, even if the imaginary part of X is zero.
    depth : int
        Number of layers N, all hidden widths being d.

    Returns
    -------
    float
        In units of Boltzmann's constant: no constant is dropped.

    Raises
    ------
    InvalidArgumentError
        When X is not square, or σ_d ≤ d eps σ_1. The gauge group then has stabilizers and the formula fails.

    Notes
    -----
    O_X is the orbit of the N−1 hidden gauge groups, with the volume that Σ‖dW_k‖² induces. The action is free, and in
    the frame of the SVD the tangent space splits into planes (i, j), on each of which the Gram matrix of the orbit map
    is tridiagonal of order N−1 with diagonal 2(σ_i^{2/N} + σ_j^{2/N}), off-diagonal −2(σ_i σ_j)^{1/N} and
    determinant :math:`2^{N-1} λ_{ij}`. The powers of two belong to c_d: the volume of the group is to be taken in the
    metric tr(A*A) on skew-Hermitian A, in which a rotation generator has norm √2; see :func:`log_gauge_volume`. In the
    complex case each (i, j) comes twice, and the phases, whose generators have norm one, add λ_ii. For N = 1 the orbit
    is a point and S = 0; for real d = 1 it is 2^{N−1} points and S is constant.

    Cost: one SVD and O(N d²).

    References
    ----------
    .. [1] G. Menon, T. Yu, "An entropy formula for the deep linear network", arXiv:2509.09088.

    See Also
    --------
    dlnbalance.geometry.entropy_gradient : Euclidean gradient of the entropy, dS(Z) = Re tr(S'(X)* Z).
    dlnbalance.geometry.volume : volume of the orbit O_X of the balanced networks of depth N over X.

    Examples
    --------
    The orbit of depth 2 over X = diag(4, 1) is the group O(2) = {Q} through Q ↦ (Q Λ, Λ Q*): two circles of
    circumference 2π √(2·(4 + 1)).

    >>> round(math.exp(entropy([[4.0, 0.0], [0.0, 1.0]], depth=2)) / (4 * math.pi), 12) == round(math.sqrt(10), 12)
    True
    """
    X, depth = _regular(X, depth)
    values = la.svdvals(X)
    d = values.size
    top = values[0] if d else 1.0
    with np.errstate(under="ignore"):
        ratios = operator_eigenvalues(values / top, values / top, depth, normalized=False)
    logarithms = np.log(ratios) + 2 * (depth - 1) / depth * np.log(top)
    is_complex = np.iscomplexobj(X)
    pairs = logarithms if is_complex else logarithms[np.triu_indices(d, 1)]
    return (depth - 1) * log_gauge_volume(d, is_complex=is_complex) + 0.5 * float(pairs.sum())


def volume(X: Array, depth: int) -> float:
    r"""Volume of the orbit O_X of the balanced networks of depth N over X.

    .. math:: \mathrm{vol}(O_X) = e^{S(X)}.

    Parameters
    ----------
    X : (d, d) array_like
        End-to-end matrix of full rank, real or complex.
    depth : int
        Number of layers N.

    Returns
    -------
    float
        Of dimension (N−1) d(d−1)/2 for real X, (N−1) d² for complex X.

    Raises
    ------
    InvalidArgumentError
        As :func:`entropy`.
    NumericalError
        When the volume leaves the range of double precision.

    See Also
    --------
    dlnbalance.geometry.entropy : Boltzmann entropy of X.
    dlnbalance.geometry.log_gauge_volume : logarithm of the volume of O(d) or U(d).

    Examples
    --------
    >>> round(volume([[3.0]], depth=4), 12)  # w_1 w_2 w_3 w_4 = 3 with equal squares: eight choices of signs
    8.0
    """
    logarithm = entropy(X, depth)
    try:
        value = math.exp(logarithm)
    except OverflowError:
        value = math.inf
    if not 0 < value < math.inf:
        raise NumericalError(
            "X", "a volume within the range of double precision", f"log vol = {logarithm:.6g}", "use entropy(X, depth)"
        )
    return value


def entropy_gradient(X: Array, depth: int) -> Array:
    r"""Euclidean gradient of the entropy, dS(Z) = Re tr(S'(X)* Z).

    .. math:: S'(X) = U\, \mathrm{diag}\Big(\frac{∂S}{∂σ_i}\Big)\, V^*, \qquad
              \frac{∂S}{∂σ_i} = \frac{1}{N σ_i} \sum_{k \ne i} w_{ik} \;\text{(real)}, \quad
              \frac{2}{N σ_i} \sum_{k} w_{ik} \;\text{(complex)},

    with the mean powers

    .. math:: w_{ik} = \frac{1}{λ_{ik}} \sum_{q=0}^{N-1} q\, σ_i^{2q/N} σ_k^{2(N-1-q)/N},
              \qquad w_{ik} + w_{ki} = N - 1.

    Parameters
    ----------
    X : (d, d) array_like
        End-to-end matrix of full rank, real or complex.
    depth : int
        Number of layers N.

    Returns
    -------
    (d, d) ndarray

    Raises
    ------
    InvalidArgumentError
        As :func:`entropy`.

    Notes
    -----
    A quotient of sums of nonnegative terms: equal singular values are harmless. S is a smooth function of X there,
    too, since λ_ij is a smooth and symmetric function of the squares. One SVD and O(N d²).

    See Also
    --------
    dlnbalance.geometry.entropy : Boltzmann entropy of X.

    Examples
    --------
    >>> gradient = entropy_gradient([[4.0, 0.0], [0.0, 1.0]], depth=2)  # S = ½ log(σ_1 + σ_2) + const
    >>> gradient.diagonal().round(12).tolist()
    [0.1, 0.1]
    """
    X, depth = _regular(X, depth)
    left, values, right = la.svd(X)
    powers = mean_powers(values, depth)
    if np.iscomplexobj(X):
        slopes = 2 * powers.sum(axis=1)
    else:
        slopes = powers.sum(axis=1) - powers.diagonal()
    with np.errstate(over="ignore", invalid="ignore"):  # refused at once
        gradient = (left * (slopes / (depth * values))) @ right
    return in_range("X", gradient, "a gradient", "scale it up: the gradient goes like its inverse")


def mean_powers(values: Array, depth: int) -> Array:
    """w_ik = Σ q x_i^q x_k^{N−1−q} / Σ x_i^q x_k^{N−1−q}, x = σ^{2/N}, for values (…, d); shape (…, d, d)."""
    rows, columns = values[..., :, None], values[..., None, :]
    larger = np.maximum(rows, columns)
    ratios = np.divide(np.minimum(rows, columns), larger, out=np.ones_like(larger), where=larger > 0)
    ratios = ratios ** (2 / depth)
    numerator, denominator = np.zeros_like(ratios), np.zeros_like(ratios)
    with np.errstate(under="ignore"):
        for q in reversed(range(depth)):  # Horner's rule for Σ q t^q and Σ t^q, t ≤ 1
            numerator = numerator * ratios + q
            denominator = denominator * ratios + 1
    of_smaller = numerator / denominator
    return np.where(rows <= columns, of_smaller, depth - 1 - of_smaller)


def _regular(X: Array, depth: Any) -> tuple[Array, int]:
    """Check a square matrix of full rank and a finite depth."""
    depth = int(checked_depth(depth))
    return checked_full_rank("X", X), depth


def checked_full_rank(argument: str, X: Array) -> Array:
    """Return `X` as a matrix; refuse one that is not square or not of full rank."""
    X = as_matrix(argument, X)
    if X.shape[0] != X.shape[1]:
        raise InvalidArgumentError(
            argument,
            "a square matrix",
            f"shape {X.shape}",
            "the entropy formula is proved for square networks only",
        )
    values = la.svdvals(X)
    # below that no digit of σ_d, whose logarithm is asked for, would be right
    if values.size and not values[-1] > X.shape[0] * EPS * values[0]:
        raise InvalidArgumentError(
            argument,
            "a matrix of full rank, σ_d > d eps σ_1",
            f"singular values from {values[0]:.3g} down to {values[-1]:.3g}",
            "add what the missing directions carry, or restrict X to its row and column spaces",
        )
    return X


def log_gauge_volume(d: int, *, is_complex: bool = False) -> float:
    r"""Logarithm of the volume c_d of O(d) or U(d) in the metric tr(A*A) on skew-Hermitian A.

    .. math:: \mathrm{vol}\,O(d) = 2^{d(d-1)/4} \prod_{k=1}^{d} \frac{2 π^{k/2}}{Γ(k/2)}, \qquad
              \mathrm{vol}\,U(d) = \prod_{k=1}^{d} \frac{(2π)^k}{(k-1)!}.

    Parameters
    ----------
    d : int
        Size of the matrices, d ≥ 0.
    is_complex : bool
        U(d) instead of O(d).

    Returns
    -------
    float

    Notes
    -----
    The columns of an orthogonal matrix are points of the unit spheres of dimension d−1, …, 1, 0, whose areas are the
    factors; O(1) is two points. Every one of the d(d−1)/2 rotation generators has norm √2 in this metric, not one,
    which is where the power of two comes from. With any other choice the formula of :func:`entropy` is off by a
    constant.

    See Also
    --------
    dlnbalance.geometry.volume : volume of the orbit O_X of the balanced networks of depth N over X.

    Examples
    --------
    >>> round(math.exp(log_gauge_volume(2)) / math.pi, 12) == round(4 * math.sqrt(2), 12)  # two circles of radius √2
    True
    >>> round(math.exp(log_gauge_volume(1, is_complex=True)) / math.pi, 12)  # one circle of radius 1
    2.0
    """
    d = whole_number("d", d, 0, remedy="pass the size of the gauge matrices")
    k = np.arange(1, d + 1)
    if flag("is_complex", is_complex):
        return float(np.sum(k * math.log(2 * math.pi) - gammaln(k)))
    spheres = math.log(2) + k / 2 * math.log(math.pi) - gammaln(k / 2)
    return float(np.sum(spheres)) + d * (d - 1) / 4 * math.log(2)
