r"""Geometry of end-to-end matrices: the operator A_{N,X}, the metric g^N and the entropy.

Training the layers of a balanced network by gradient descent moves its end-to-end matrix X = W_N ⋯ W_1 by a
gradient flow of its own, in which the depth N survives only as a metric:

.. math:: \dot X = -A_{N,X}(E'(X)), \qquad A_{N,X}(Z) = \sum_{p=1}^N (XX^*)^{(N-p)/N}\, Z\, (X^*X)^{(p-1)/N},

.. math:: g^N(Z_1, Z_2) = \mathrm{Re}\,\mathrm{tr}(Z_1^* A_{N,X}^{-1} Z_2).

The balanced networks over X form an orbit of the orthogonal (unitary) gauges of the hidden layers; the logarithm
of its volume is the entropy. Everything here is one singular value decomposition of X, in whose frame A is
diagonal. Inner products are ⟨A, B⟩ = Re tr(A*B), so that complex matrices count as real vectors of twice the length.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as la
from scipy.special import exprel, gammaln

from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arguments import flag, is_integer, shown
from ..linalg.arrays import EPS, Array, adjoint, as_matrix, frozen, in_range, norm, whole_number

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

_TURN = 8  # how far rounding turns singular subspaces, in units of max(m, n) eps σ_1/σ_r


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EndToEndOperator:
    r"""The operator A_{N,X}, its inverse and their square roots; made by :func:`end_to_end_operator`.

    Calling it applies it. With the full SVD X = U Σ V*, all of these are

    .. math:: Z \mapsto U \,(λ^{s} \circ U^* Z V)\, V^*, \qquad s = 1, ½, -1, -½.

    Attributes
    ----------
    left : (m, m) ndarray
        Left singular vectors U.
    singular_values : (min(m, n),) ndarray
        Singular values σ_i of X, descending; those that rounding cannot tell from zero are zero.
    right : (n, n) ndarray
        Right singular vectors V (as columns).
    eigenvalues : (m, n) ndarray
        Eigenvalue λ_ij of the eigenvector u_i v_j*.
    depth : int or float
        Depth N, or ``math.inf``.
    normalized : bool
        Whether the factor 1/N is in.
    """

    left: Array
    singular_values: Array
    right: Array
    eigenvalues: Array
    depth: int | float
    normalized: bool

    @property
    def rank(self) -> int:
        """Rank of X."""
        return int(np.count_nonzero(self.singular_values))

    def __call__(self, Z: Array) -> Array:
        """Return A(Z) for `Z` of shape (m, n)."""
        return self._from_frame(self.eigenvalues * self._in_frame(Z))

    def sqrt(self, Z: Array) -> Array:
        """Return A^½(Z), the positive semidefinite square root."""
        return self._from_frame(np.sqrt(self.eigenvalues) * self._in_frame(Z))

    def inverse(self, Z: Array) -> Array:
        """Return A⁻¹(Z).

        Raises
        ------
        InvalidArgumentError
            When X is rank-deficient and `Z` is not in the range of A: its part there exceeds
            8 max(m, n) eps (σ_1/σ_r) ‖Z‖, r = rank X, which is how far rounding in X turns the range.
        """
        return self._from_frame(self._divided(Z, 1.0))

    def inverse_sqrt(self, Z: Array) -> Array:
        """Return A^{-½}(Z); `Z` is subject to the same condition as in :meth:`inverse`."""
        return self._from_frame(self._divided(Z, 0.5))

    def _in_frame(self, Z: Array, argument: str = "Z") -> Array:
        rows, columns = self.eigenvalues.shape
        return adjoint(self.left) @ as_matrix(argument, Z, rows=rows, columns=columns) @ self.right

    def _from_frame(self, coordinates: Array) -> Array:
        return self.left @ coordinates @ adjoint(self.right)

    def _divided(self, Z: Array, power: float, argument: str = "Z") -> Array:
        """Coordinates of A^{-power}(Z) in the singular frame; refuse what is not in the range."""
        with np.errstate(over="ignore", invalid="ignore"):  # refused at once
            coordinates = self._in_frame(Z, argument)
        inside = self.eigenvalues > 0
        size = in_range(argument, norm(coordinates), "a norm")
        self._check_range(norm(np.where(inside, 0, coordinates)), size, argument)
        return np.where(inside, coordinates, 0) / np.where(inside, self.eigenvalues, 1) ** power

    def _check_range(self, outside: float, size: float, argument: str) -> None:
        values = self.singular_values[: self.rank]
        spread = values[0] / values[-1] if values.size else 0.0
        if outside > _TURN * max(self.eigenvalues.shape) * EPS * spread * size:
            tangent = "its row and its column space" if math.isinf(self.depth) else "its row or its column space"
            raise InvalidArgumentError(
                argument,
                f"a matrix in the range of A_{{N,X}}, which the rank {self.rank} of X limits to {tangent}",
                f"a part of norm {outside:.3g} outside of it (‖{argument}‖ = {size:.3g})",
                "project onto the range, or pass an X of full rank",
            )

    def __repr__(self) -> str:
        rows, columns = self.eigenvalues.shape
        scale = ", normalized by 1/N" if self.normalized else ""
        return (
            f"EndToEndOperator(depth {self.depth}, X of shape ({rows}, {columns}) and rank {self.rank}{scale};"
            f" eigenvalues from {self.eigenvalues.min(initial=np.inf):.6g} to {self.eigenvalues.max(initial=0):.6g})"
        )


def end_to_end_operator(X: Array, depth: float, *, normalized: bool = False) -> EndToEndOperator:
    r"""The operator A_{N,X} that turns gradients by X into velocities of X.

    .. math:: A_{N,X}(Z) = \sum_{p=1}^N (XX^*)^{(N-p)/N}\, Z\, (X^*X)^{(p-1)/N}.

    Parameters
    ----------
    X : (m, n) array_like
        End-to-end matrix, real or complex, any shape and rank.
    depth : int or math.inf
        Number of layers N ≥ 1, or ``math.inf`` for the limit of A_{N,X}/N.
    normalized : bool
        Multiply by 1/N, as some authors do. Always on at infinite depth, where only this limit exists.

    Returns
    -------
    EndToEndOperator

    Raises
    ------
    InvalidArgumentError
        For a depth that is not a positive whole number or infinity.
    NumericalError
        When an eigenvalue overflows or underflows.

    Notes
    -----
    In the SVD frame A is diagonal with eigenvalues

    .. math:: λ_{ij} = \sum_{p=1}^N σ_i^{2(N-p)/N} σ_j^{2(p-1)/N}
              = \frac{σ_i^2 - σ_j^2}{σ_i^{2/N} - σ_j^{2/N}} \quad (σ_i \ne σ_j),

    and at infinite depth they are the logarithmic means of the squares,

    .. math:: λ_{ij} = \frac{σ_i^2 - σ_j^2}{\log σ_i^2 - \log σ_j^2} = σ_i^2\, \frac{1 - e^{-u}}{u},
              \qquad u = \log σ_i^2 - \log σ_j^2 \ge 0,

    which is how they are computed: without a difference of nearly equal numbers in either case. λ_ij vanishes where
    σ_i = σ_j = 0 (at infinite depth where either does; at depth 1 nowhere), so the range of A is the tangent space of
    the matrices of rank r = rank X for 2 ≤ N < ∞.

    Singular values up to max(m, n) eps σ_1 count as zero. For deep networks this is a real choice: powers σ^{2/N} lift
    rounding errors to the order of one.

    The limit of infinite depth is approached at the rate 1/N:
    λ_ij(N)/N = λ_ij(∞) (1 − log(σ_i σ_j)/N + O(1/N²)).

    Cost: one full SVD, O(m³ + n³), and O(N m n); each application 2 (m² n + m n²) multiplications twice.

    References
    ----------
    .. [1] S. Arora, N. Cohen, E. Hazan, "On the optimization of deep networks: implicit acceleration by
       overparameterization", ICML 2018, Theorem 1.
    .. [2] B. Bah, H. Rauhut, U. Terstiege, M. Westdickenberg, "Learning deep linear neural networks: Riemannian
       gradient flows and convergence to global minimizers", Inf. Inference 11 (2022) 307-353.
    .. [3] N. Cohen, G. Menon, Z. Veraszto, "Deep linear networks for matrix completion: an infinite depth limit",
       arXiv:2210.12497.

    Examples
    --------
    >>> A = end_to_end_operator([[4.0, 0.0], [0.0, 1.0]], depth=2)
    >>> A.eigenvalues  # σ_i + σ_j
    array([[8., 5.],
           [5., 2.]])
    >>> A([[1.0, 1.0], [0.0, 0.0]])
    array([[8., 5.],
           [0., 0.]])
    >>> end_to_end_operator([[2.0]], depth=math.inf).eigenvalues.round(12).item()  # σ²
    4.0
    """
    X = as_matrix("X", X)
    depth = checked_depth(depth, infinite=True)
    normalized = flag("normalized", normalized) or math.isinf(depth)
    left, values, right = la.svd(X)
    values = np.where(values > max(X.shape) * EPS * values.max(initial=0.0), values, 0.0)
    rows, columns = (np.pad(values, (0, size - values.size)) for size in X.shape)
    eigenvalues = operator_eigenvalues(rows, columns, depth, normalized=normalized)
    _check_eigenvalues(eigenvalues, rows, columns, depth)
    return EndToEndOperator(
        left=frozen(left),
        singular_values=frozen(values),
        right=frozen(adjoint(right)),
        eigenvalues=frozen(eigenvalues),
        depth=depth,
        normalized=normalized,
    )


def operator_eigenvalues(rows: Array, columns: Array, depth: float, *, normalized: bool) -> Array:
    """λ_ij for singular values `rows` (…, m) and `columns` (…, n), padded with zeros; shape (…, m, n)."""
    if math.isinf(depth):
        return _logarithmic_means(rows, columns)
    powers = 2 * np.arange(depth) / depth
    with np.errstate(over="ignore", under="ignore"):
        terms = (rows[..., None] ** powers[::-1], columns[..., None] ** powers)
        return terms[0] @ np.swapaxes(terms[1], -1, -2) / (depth if normalized else 1)


def _logarithmic_means(rows: Array, columns: Array) -> Array:
    """Logarithmic means of the squares, max² (1 − e^{−u})/u with u = log(max²/min²)."""
    larger = np.maximum(rows[..., :, None], columns[..., None, :])
    smaller = np.minimum(rows[..., :, None], columns[..., None, :])
    positive = smaller > 0
    with np.errstate(over="ignore", under="ignore"):
        gap = 2 * np.log(larger / np.where(positive, smaller, 1), where=positive, out=np.zeros_like(larger))
        return np.where(positive, larger**2 * exprel(-gap), 0.0)


def _check_eigenvalues(eigenvalues: Array, rows: Array, columns: Array, depth: float) -> None:
    """Refuse eigenvalues that left the range of double precision."""
    supported = rows[:, None].astype(bool), columns.astype(bool)
    expected = np.logical_and(*supported) if math.isinf(depth) else np.logical_or(*supported)
    if not (np.isfinite(eigenvalues).all() and (eigenvalues[expected] > 0).all()):
        raise NumericalError(
            "X",
            "eigenvalues of A_{N,X} within the range of double precision",
            f"largest singular value {rows.max():.3g}",
            "scale X: A_{N,cX} is |c|^{2−2/N} A_{N,X}",
        )


def checked_depth(depth: Any, *, infinite: bool = False) -> int | float:
    """Return the depth as an int (or infinity, where that is allowed); refuse everything else."""
    if is_integer(depth):
        return whole_number("depth", depth, remedy="pass the number of layers")
    if isinstance(depth, float | np.floating) and depth == math.inf:
        if infinite:
            return math.inf
        raise InvalidArgumentError("depth", "a finite depth", "inf", "only A_{N,X}/N has a limit of infinite depth")
    expected = "a whole number N ≥ 1 or math.inf" if infinite else "a whole number N ≥ 1"
    raise InvalidArgumentError("depth", expected, shown(depth), "pass the number of layers")


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

    Examples
    --------
    >>> riemannian_gradient([[4.0]], [[1.0]], depth=2).round(12).item()
    8.0
    """
    operator = end_to_end_operator(X, depth, normalized=normalized)
    return operator._from_frame(operator.eigenvalues * operator._in_frame(euclidean_gradient, "euclidean_gradient"))


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
