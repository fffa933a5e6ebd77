r"""The operator A_{N,X} that turns gradients by the end-to-end matrix X into its velocities at depth N.

.. math:: A_{N,X}(Z) = \sum_{p=1}^N (XX^*)^{(N-p)/N}\, Z\, (X^*X)^{(p-1)/N}.

It is diagonal in the singular frame of X. Its geometry is in :mod:`dlnbalance.networks.geometry`.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as la
from scipy.special import exprel

from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arguments import flag, is_integer, shown
from ..linalg.arrays import EPS, Array, adjoint, as_matrix, frozen, in_range, norm, whole_number

__all__ = ["EndToEndOperator", "checked_depth", "end_to_end_operator", "operator_eigenvalues"]

#: How far rounding turns singular subspaces, in units of max(m, n) eps σ_1/σ_r. By Wedin's theorem an error of the
#: decomposition (a few units) over the gap σ_r, on either side.
_TURN = 8


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
        Singular values σ_i of X, descending; those indistinguishable from zero are zero.
    right : (n, n) ndarray
        Right singular vectors V (as columns).
    eigenvalues : (m, n) ndarray
        Eigenvalue λ_ij of the eigenvector u_i v_j*.
    depth : int or float
        Depth N, or ``math.inf``.
    normalized : bool
        Whether the factor 1/N is in.

    See Also
    --------
    dlnbalance.geometry.end_to_end_operator : the operator A_{N,X} that turns gradients by X into velocities of X.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> operator = dln.geometry.end_to_end_operator(np.diag([4.0, 1.0]), 2)
    >>> operator.depth
    2
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

    See Also
    --------
    dlnbalance.geometry.EndToEndOperator : the operator A_{N,X}, its inverse and their square roots.
    dlnbalance.geometry.metric : the Riemannian metric of depth N at X.

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
    # what is below is rounding of the decomposition itself
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
