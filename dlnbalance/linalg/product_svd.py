r"""Singular value decomposition of a product of matrices, from the factors alone.

The product X = W_N ⋯ W_1 of many layers loses its small singular values to rounding, while the layers determine them
well. So the product is never formed. Orthonormal frames P_k run through the layers instead,

.. math:: W_k P_{k-1} = P_k R_k, \qquad R_k \text{ upper triangular}, \qquad X P_0 = P_N T, \quad T = R_N ⋯ R_1,

and row i of T, which needs only the rows and columns from i on, is as small as it should be. Turning P_0 by the right
singular vectors of T, whose rows are graded, makes the next T diagonal to rounding: two sweeps as a rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.linalg as la

from .arrays import EPS, Array, adjoint, frozen
from .frames import Sweep, sweep
from .powers_of_two import RANGE, TINY, as_numbers, near_one, powers, rows_near_one

__all__ = ["ProductSVD", "end_of_part", "product_svd"]

_SWEEPS = 12  # at most; two are the rule, a few more where the values span more than the range of numbers
_SMALL = 1e-8  # coupling whose square, which is what it does to the values, is rounding
_NEGLIGIBLE = 2.0**-100  # a zero on a diagonal counts as this share of its column, so that what follows can be divided


@dataclass(frozen=True, kw_only=True, eq=False)
class ProductSVD:
    r"""Singular value decomposition X = Q_N Σ Q_0*, whose values may lie outside the range of numbers.

    Attributes
    ----------
    left, right : (m, r) and (n, r) array
        Q_N and Q_0, orthonormal columns.
    mantissas, exponents : (r,) array
        The singular values σ_i = mantissa · 2^exponent, descending.
    uncertainties : (r,) array
        First-order bounds of the rounding errors in σ_i, in units of 2^exponent.

    Examples
    --------
    >>> result = product_svd([np.diag([1e-200, 1e-300]), np.diag([1e-200, 1e-300])])
    >>> np.log10(result.power(0.1)).round(6).tolist()  # σ = 1e-400 and 1e-600
    [-40.0, -60.0]
    """

    left: Array
    mantissas: Array
    exponents: Array
    right: Array
    uncertainties: Array

    @cached_property
    def values(self) -> Array:
        """The singular values as numbers: zero or infinite where they leave the range of double precision."""
        return frozen(as_numbers(self.mantissas, self.exponents))

    @cached_property
    def errors(self) -> Array:
        """First-order bounds of the rounding errors in the singular values."""
        return frozen(as_numbers(self.uncertainties, self.exponents))

    @property
    def rank(self) -> int:
        """Number of leading singular values that no rounding of the layers could make zero."""
        hidden = np.flatnonzero(self.mantissas <= self.uncertainties)
        return int(hidden[0]) if hidden.size else self.mantissas.size

    def power(self, exponent: float) -> Array:
        """The powers σ_i^exponent, also where σ_i is no number any more."""
        return powers(self.mantissas, self.exponents, exponent)

    def hidden_power(self, exponent: float) -> Array:
        """Upper bounds of σ_i^exponent for the values beyond the rank, which rounding hides; 0 for exact zeros."""
        r = self.rank
        return powers((self.mantissas + self.uncertainties)[r:], self.exponents[r:], exponent)


def product_svd(layers: Sequence[Array]) -> ProductSVD:
    r"""Decompose X = W_N ⋯ W_1 without forming it.

    .. math:: W_N ⋯ W_1 = Q_N \, \mathrm{diag}(σ_1, …, σ_r) \, Q_0^*.

    Parameters
    ----------
    layers : sequence of (d_k, d_{k-1}) array
        W_1, …, W_N, real or complex.

    Returns
    -------
    ProductSVD
        As many singular values as the narrowest width r.

    Notes
    -----
    *Compression.* From the narrowest width, where the frame is the identity, one sweep runs to the output and one
    through the adjoint layers to the input. What is left is a product of r×r triangles: a pair (d×r)(r×d) costs two
    thin QR factorizations and one small decomposition.

    *Sweeps.* Then P_0 is turned until T = R_N ⋯ R_1 is diagonal to rounding. T is kept as rows of unit size and
    their exponents, and its right singular vectors come from LAPACK's QR iteration, which respects graded rows; the
    sweep that follows repairs what it left. All σ_i come out to a small multiple of N eps *relative* to themselves if
    the layers determine them so well. Where they span more than 2^900, T is decomposed in parts.

    *Uncertainty.* Changing R_k by E_k changes σ_i by the modulus of u_i* L_k E_k x_i, where u_i* L_k is row i of
    R_N ⋯ R_{k+1} and x_i the solution of R_N ⋯ R_k x_i = σ_i e_i. The columns of E_k are at most d eps times as
    long as those of abs(W_k) abs(P_{k−1}), whose lengths are c_kj, so that

    .. math:: |δσ_i| ≤ d\,eps\, Σ_k ‖u_i^* L_k‖ Σ_j c_{kj} |x_{ij}| .

    A singular value below this bound could be zero in layers that agree with the given ones to rounding.

    Cost: for N layers of width d about three sweeps of 6 N d³ flops and 3 N d³ for the bounds.

    References
    ----------
    .. [1] G. H. Golub, K. Sølna, P. Van Dooren, "Computing the SVD of a general matrix product/quotient", SIAM J.
       Matrix Anal. Appl. 22 (2000) 1-19.
    .. [2] G. W. Stewart, "On graded QR decompositions of products of matrices", ETNA 3 (1995) 39-49.
    .. [3] J. L. Barlow, "More accurate bidiagonal reduction for computing the singular value decomposition", SIAM J.
       Matrix Anal. Appl. 23 (2002) 761-798.

    Examples
    --------
    >>> mixed = np.array([[0.6, 0.8], [-0.8, 0.6]])
    >>> result = product_svd([mixed * [1.0, 0.5]] + [np.diag([1.0, 0.5])] * 59)  # σ = 1 and 2^-60, …
    >>> result.rank
    2
    """
    scaled, shifts = near_one(layers)
    core = _Core(scaled)
    r = core.right.shape[1]
    if r == 0:
        nothing = np.zeros(0)
        return ProductSVD(left=core.left, mantissas=nothing, exponents=nothing, right=core.right, uncertainties=nothing)
    frame, graded, coupling = _diagonalized(core, len(layers) * r * EPS)
    order = np.argsort(-graded.logarithms, kind="stable")
    return ProductSVD(
        left=frozen(core.left @ (graded.frame[:, order] * graded.signs[order])),
        mantissas=frozen(graded.mantissas[order]),
        exponents=frozen(graded.exponents[order] + sum(shifts)),
        right=frozen(core.right @ frame[:, order]),
        uncertainties=frozen(graded.uncertainties(coupling)[order]),
    )


def _diagonalized(core: "_Core", limit: float) -> tuple[Array, "_Graded", float]:
    """The frame P_0 from which T comes out diagonal, T, and the coupling that is left.

    Rounding leaves about `limit`; a sweep beyond that, or one that no longer halves a small coupling, only shuffles it.
    A large one may grow first, where zeros on the diagonals are on their way to the last rows. Values that rounding
    hides count until two sweeps agree on them: before T is nearly diagonal any row may look like one.
    """
    frame: Array = np.eye(core.right.shape[1])
    graded = _Graded(core, sweep(core.factors, frame))
    best, settled = (frame, graded, float(graded.shares.max())), False
    for _ in range(_SWEEPS):
        coupling = best[2]
        if coupling <= limit:
            break
        frame = frame @ graded.rotation()
        graded = _Graded(core, sweep(core.factors, frame))
        known = graded.coupling(limit)
        remaining = known if settled else float(graded.shares.max())
        settled = known <= limit
        if remaining < coupling:
            best = frame, graded, remaining
        if remaining > coupling / 2 and coupling < _SMALL:
            break
    return best


class _Core:
    """Square factors C_k and orthonormal frames with X = left · C_N ⋯ C_1 · right*, of the narrowest width r.

    Rounding in the layers and in the sweeps changes C_k by matrices whose columns are at most `columns[k]` long, in
    units of d eps, and by others whose rows are at most `rows[k]` long.
    """

    def __init__(self, layers: Sequence[Array]):
        widths = [layers[0].shape[1], *(layer.shape[0] for layer in layers)]
        m = int(np.argmin(widths))
        start = np.eye(widths[m])
        outer, inner = layers[m:], [adjoint(layer) for layer in reversed(layers[:m])]
        after, before = sweep(outer, start), sweep(inner, start)
        self.left, self.right = after.frames[-1], before.frames[-1]
        self.factors = [adjoint(triangle) for triangle in reversed(before.triangles)] + list(after.triangles)
        self.width = max(widths)
        self.rows = _rounding(inner, before)[::-1] + [np.zeros(widths[m])] * len(outer)
        self.columns = [la.norm(factor, axis=0) for factor in self.factors[:m]] + _rounding(outer, after)


def _rounding(layers: Sequence[Array], run: Sweep) -> list[Array]:
    """Lengths of the columns of |W_k| |P_{k−1}|, from those of W_k: rounding errors of W_k P_{k−1} in units of eps."""
    return [la.norm(layer, axis=0) @ np.abs(frame) for layer, frame in zip(layers, run.frames, strict=False)]


class _Graded:
    """The product T = R_N ⋯ R_1 of upper triangles as diag(2^e) · rows, and what rounding in the factors does to it."""

    def __init__(self, core: _Core, run: Sweep):
        self._core, self._frames = core, run.frames
        self._given = run.triangles
        self._zero = np.any([np.diagonal(R) == 0 for R in run.triangles], axis=0)
        self._triangles = [_regular(R) for R in run.triangles]
        r = core.right.shape[1]
        rows, e = np.eye(r), np.zeros(r, dtype=int)
        for R in reversed(self._triangles):
            rows, e = rows_near_one(rows @ R, e)
        self._rows, self.exponents = rows, e
        self._diagonal = np.diagonal(rows)

    @property
    def frame(self) -> Array:
        """P_N, the left singular vectors when T is diagonal."""
        return self._frames[-1]

    @property
    def mantissas(self) -> Array:
        """Moduli of the diagonal of T, in units of 2^exponents; 0 where a factor has an exact zero."""
        return np.where(self._zero, 0.0, np.abs(self._diagonal))

    @property
    def signs(self) -> Array:
        """Phases of the diagonal; 1 where it is below the range of numbers in units of its row."""
        size = np.abs(self._diagonal)
        return np.where(size > 0, self._diagonal, 1.0) / np.where(size > 0, size, 1.0)

    @property
    def logarithms(self) -> Array:
        """Logarithms to base 2 of the diagonal, −∞ for exact zeros."""
        with np.errstate(divide="ignore"):
            return np.log2(self.mantissas) + self.exponents

    @cached_property
    def _sensitivities(self) -> Array:
        """Relative changes of the diagonal, to first order, under the changes of the factors that `_Core` describes."""
        r = self._rows.shape[0]
        L, B, up, down = np.eye(r), np.eye(r), np.zeros(r, dtype=int), np.zeros(r, dtype=int)
        total = np.zeros(r)
        for k in reversed(range(len(self._triangles))):
            R, core = self._triangles[k], self._core
            B, down = rows_near_one(la.solve_triangular(R, B.T, check_finite=False).T, down)  # column i is row i here
            change = la.norm(L, axis=1) * (np.abs(B) @ (core.columns[k] @ np.abs(self._frames[k])))
            if core.rows[k].any():
                change += (np.abs(L @ adjoint(self._frames[k + 1])) @ core.rows[k]) * la.norm(B, axis=1)
            total[np.diagonal(self._given[k]) == 0] = 0.0  # nothing arrives at the layers after this one
            total += as_numbers(change, up + down)
            L, up = rows_near_one(L @ self._given[k], up)
        return total

    def uncertainties(self, coupling: float) -> Array:
        """Bounds of the rounding errors of the diagonal; `coupling` that is left counts with its square."""
        left = np.where(self._zero, 0.0, coupling**2)
        relative = np.minimum(self._core.width * EPS * self._sensitivities + left, 1 / TINY)
        return relative * np.abs(self._diagonal)

    @cached_property
    def shares(self) -> Array:
        """Moduli of the entries off the diagonal, relative to the largest of their rows."""
        return np.abs(np.triu(self._rows, 1)) / np.abs(self._rows).max(axis=1, keepdims=True)

    def coupling(self, negligible: float) -> float:
        """Largest entry off the diagonal, relative to its row, among the values that rounding does not hide."""
        largest = float(self.shares.max())
        if largest <= negligible:
            return largest
        known = self.mantissas > self.uncertainties(0.0)
        return float(self.shares[known].max(initial=0.0))

    def rotation(self) -> Array:
        """Right singular vectors of T, in parts that span no more than the range of numbers.

        With its rows in descending order, T = diag(2^e) L Q* with a lower triangle L whose rows are of size one: parts
        of it that lie 2^g apart are coupled by 2^-g only.
        """
        lengths = np.log2(la.norm(self._rows, axis=1)) + self.exponents
        order = np.argsort(-lengths, kind="stable")
        e = self.exponents[order]
        basis, triangle = la.qr(adjoint(self._rows[order]), check_finite=False)
        frame = np.empty_like(basis)
        begin = 0
        while begin < e.size:
            end = end_of_part(e, begin, RANGE)
            scale = as_numbers(np.ones(end - begin), e[begin:end] - e[begin:end].max())
            block = scale[:, None] * adjoint(triangle[begin:end, begin:end])
            turn = adjoint(la.svd(block, lapack_driver="gesvd", check_finite=False)[2])
            frame[:, begin:end] = basis[:, begin:end] @ turn
            begin = end
        return frame


def end_of_part(sizes: Array, begin: int, span: float) -> int:
    """End of the part of descending logarithms that starts at `begin`: all, or up to the widest gap within `span`.

    Examples
    --------
    >>> end_of_part(np.array([0, -5, -80, -90, -110]), 0, 100)
    2
    """
    reach = begin + int(np.count_nonzero(sizes[begin:] > sizes[begin] - span))
    return reach if reach == sizes.size else begin + 1 + int(np.argmax(-np.diff(sizes[begin : reach + 1])))


def _regular(R: Array) -> Array:
    """R with a tiny share of the column in place of zeros on the diagonal, and 1 in a column of zeros."""
    zero = np.flatnonzero(np.diagonal(R) == 0)
    if not zero.size:
        return R
    R = R.copy()
    sizes = _NEGLIGIBLE * la.norm(R[:, zero], axis=0)
    R[zero, zero] = np.where(sizes > 0, sizes, 1.0)
    return R
