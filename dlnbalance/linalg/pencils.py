r"""The Schur form of a matrix pencil A − λE: eigenvalues, stability, and solves with many shifts.

One factorization serves both Gramians, the poles and the frequency response of a system.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.linalg as la

from . import compiled
from .arrays import EPS, Array, Indices, adjoint, norm, product
from .threads import threads_by_size
from .triangular_pencils import TriangularPencil, flipped, triangular_pencil
from .triangular_solves import triangular_solutions

__all__ = ["SchurForm", "row_blocks", "row_norms", "schur_form", "split_row"]

_REFINED = 64  # largest Hermitian matrix whose eigenvalues are refined: extended precision has no fast products
_PROBES = 3  # random vectors that estimate the norm of an inverse
_FAR = 1e-6  # a random vector underestimates that norm by this factor with about this probability
_BLOCK = 8  # rows that one batched dense solve eliminates at a time; the rest is matrix products


@dataclass(frozen=True, eq=False, kw_only=True)
class SchurForm:
    r"""Generalized Schur form A = Q S Z*, E = Q T Z* with unitary Q and Z.

    S is upper triangular, for real pencils upper quasi-triangular with 2-by-2 blocks for complex pairs; T is
    upper triangular, None for E = I (then Q = Z), and diagonal inside the 2-by-2 blocks of S. Where the pencil was
    block triangular before, `sizes` are those of its diagonal blocks: the eigenvalues of one know nothing of the
    others. None stands for a single block.
    """

    S: Array
    T: Array | None
    Q: Array
    Z: Array
    sizes: Indices | None = None

    @property
    def order(self) -> int:
        """Size of the pencil."""
        return self.S.shape[0]

    @property
    def adjoint(self) -> "SchurForm":
        """Schur form of the adjoint pencil A* − λE*, by flipping this one (a copy): no new factorization."""
        T = None if self.T is None else flipped(self.T)
        Q, Z = self.Z[:, ::-1], self.Q[:, ::-1]
        return SchurForm(S=flipped(self.S), T=T, Q=Q, Z=Z, sizes=None if self.sizes is None else self.sizes[::-1])

    @property
    def starts(self) -> Indices:
        """First rows of the diagonal blocks."""
        return np.zeros(1, dtype=int) if self.sizes is None else np.cumsum(self.sizes) - self.sizes

    def block(self, here: slice) -> "SchurForm":
        """Schur form of one diagonal block, in its own Schur coordinates."""
        T = None if self.T is None else self.T[here, here]
        unit = np.eye(here.stop - here.start, dtype=self.S.dtype)
        return SchurForm(S=self.S[here, here], T=T, Q=unit, Z=unit)

    @cached_property
    def eigenvalues(self) -> Array:
        """Eigenvalues of the pencil, in the order of the diagonal of S."""
        values = np.diag(self.S).astype(complex)
        if self.T is not None:
            with np.errstate(divide="ignore", invalid="ignore"):  # infinite eigenvalues of a singular E
                values = values / np.diag(self.T)
        tops = np.flatnonzero(np.diag(self.S, -1))
        if tops.size:
            scale = np.ones(self.order) if self.T is None else np.diag(self.T)
            a, b = self.S[tops, tops] / scale[tops], self.S[tops, tops + 1] / scale[tops + 1]
            c, d = self.S[tops + 1, tops] / scale[tops], self.S[tops + 1, tops + 1] / scale[tops + 1]
            root = np.sqrt(((a - d) / 2) ** 2 + b * c + 0j)
            values[tops], values[tops + 1] = (a + d) / 2 + root, (a + d) / 2 - root
        return values

    @cached_property
    def triangular(self) -> TriangularPencil:
        """The same pencil, complex triangular where S is not triangular itself."""
        return triangular_pencil(self.S, self.T)

    def nearness(self, points: Array) -> Array:
        r"""How near to singular rounding may bring z E − A at some points: 1 and more means "it may be singular".

        .. math:: eps \, (‖A‖_F + |z| ‖E‖_F) \, ‖(zE - A)^{-1}‖

        The norm of the inverse is estimated by random right-hand sides of a fixed stream: one, and a few more where
        that one does not already put the point far away. O(K n²) for K points.
        """
        probes = np.random.default_rng(0).standard_normal((self.order, _PROBES))
        inverse = self._gain(points, probes[:, :1])
        size_T = np.sqrt(self.order) if self.T is None else norm(self.T)
        scale = EPS * (norm(self.S) + np.abs(points) * size_T)
        with np.errstate(over="ignore"):  # infinitely near is near enough
            near = ~(scale * inverse < _FAR)
            if near.any():
                inverse[near] = self._gain(points[near], probes)
            return scale * inverse

    def nearness_bound(self, distances: Array, largest: float) -> float:
        r"""Bound of `nearness` at all points z with \|z\| at most `largest` and that far away from each eigenvalue.

        .. math:: |(zT - S)^{-1}| ≤ (D - |N|)^{-1}, \qquad |S - zT| = D + |N|,

        D being diagonal and N strictly upper triangular. One triangular solve, O(n²); of use where n or N is small.
        """
        S, T = self.triangular[:2]
        comparison, scales = -np.abs(S), 1.0
        if T is not None:
            comparison, scales = comparison - largest * np.abs(T), T.diagonal().real
        np.fill_diagonal(comparison, distances * scales)
        (trsv,) = la.blas.get_blas_funcs(("trsv",), (comparison,))
        with np.errstate(over="ignore", invalid="ignore"):
            inverse = np.abs(trsv(comparison, np.ones(self.order))).max(initial=0.0)  # its norm, of maxima
            size_T = np.sqrt(self.order) if T is None else norm(T)
            return float(EPS * (norm(S) + largest * size_T) * self.order * inverse)

    def _gain(self, points: Array, probes: Array) -> Array:
        """Largest ‖(zE − A)⁻¹ b‖ over the columns b of `probes`."""
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                gains = np.linalg.norm(self.resolvent(points, probes), axis=0).max(axis=1)
            return np.where(np.isnan(gains), np.inf, gains)  # infinitely near is near enough
        except np.linalg.LinAlgError:  # one of the points is an eigenvalue, to the last bit
            return np.full(points.shape, np.inf)

    def resolvent(self, points: Array, B: Array) -> Array:
        r"""Solve (z_k T − S) X_k = Q* B for many shifts at once.

        Parameters
        ----------
        points : (K,) array
            Complex shifts.
        B : (n, m) array
            Right-hand sides, the same for every shift.

        Returns
        -------
        (n, K, m) complex array
            In Schur coordinates: (z_k E − A)⁻¹ B = Z X_k.

        Notes
        -----
        Block back substitution, all shifts together: the small diagonal blocks by batched LU with pivoting, or in
        complex triangular form where that is compiled, the rest by matrix products; O(K m n²) flops.
        """
        right = product(adjoint(self.Q), B)
        if compiled.recursions is not None:
            return triangular_solutions(self.triangular, points, right)
        n, m, count = self.order, right.shape[1], points.size
        solution = np.zeros((n, count, m), dtype=complex)
        for lo, hi in row_blocks(self.S, _BLOCK):
            rhs = np.broadcast_to(right[lo:hi, None, :], (hi - lo, count, m)).astype(complex)
            if hi < n:
                later = solution[hi:]
                rhs += _product(self.S[lo:hi, hi:], later)
                if self.T is not None:
                    rhs -= _product(self.T[lo:hi, hi:], later * points[None, :, None])
            unit = np.eye(hi - lo) if self.T is None else self.T[lo:hi, lo:hi]
            shifted = points[:, None, None] * unit - self.S[lo:hi, lo:hi]
            solution[lo:hi] = np.linalg.solve(shifted, rhs.transpose(1, 0, 2)).transpose(1, 0, 2)
        return solution


@threads_by_size
def schur_form(
    A: Array, E: Array | None = None, order: Indices | None = None, sizes: Indices | None = None
) -> SchurForm:
    """Compute the (generalized, for real matrices real) Schur form; about 25 n³ flops, 66 n³ with E.

    A small Hermitian matrix gets its spectral decomposition, with eigenvalues that are accurate one by one. Where the
    pencil is block upper triangular with blocks of the given `sizes`, its rows and columns taken in the given `order`,
    every diagonal block gets a Schur form of its own, with errors relative to the norm of that block.
    """
    n = A.shape[0]
    if np.iscomplexobj(A) or (E is not None and np.iscomplexobj(E)):
        A, E = A.astype(complex), None if E is None else E.astype(complex)
    if n == 0:
        return SchurForm(S=A, T=E, Q=A, Z=A)
    order = np.arange(n) if order is None else order
    if not _is_natural(order):
        A, E = _taken(A, E, order)
    if sizes is None or sizes.size == 1:
        return _permuted(_block_form(A, E), order)
    return _permuted(_blockwise_form(A, E, sizes), order)


def _blockwise_form(A: Array, E: Array | None, sizes: Indices) -> SchurForm:
    """Schur form of a pencil that is block upper triangular, from those of its diagonal blocks."""
    Q, Z = np.eye(A.shape[0], dtype=A.dtype), np.eye(A.shape[0], dtype=A.dtype)
    forms = []
    for lo, size in zip(np.cumsum(sizes) - sizes, sizes, strict=True):
        here = slice(lo, lo + size)
        form = _block_form(A[here, here], None if E is None else E[here, here])
        Q[here, here], Z[here, here] = form.Q, form.Z
        forms.append((here, form))
    turned = E is not None or (sizes > 1).any()
    S = product(adjoint(Q), product(A, Z)) if turned else A.copy()
    T = None if E is None else product(adjoint(Q), product(E, Z))
    for here, form in forms:
        S[here, here] = form.S
        if T is not None and form.T is not None:
            T[here, here] = form.T
    return SchurForm(S=S, T=T, Q=Q, Z=Z, sizes=sizes)


def _is_natural(order: Indices) -> bool:
    return bool((order[1:] > order[:-1]).all())


def _taken(A: Array, E: Array | None, order: Indices) -> tuple[Array, Array | None]:
    """The pencil with its rows and columns in another order."""
    here = np.ix_(order, order)
    return A[here], None if E is None else E[here]


def _permuted(form: SchurForm, order: Indices) -> SchurForm:
    """Schur form of a pencil from that of the one with its rows and columns in the given order."""
    if _is_natural(order):
        return form
    Q, Z = np.empty_like(form.Q), np.empty_like(form.Z)
    Q[order], Z[order] = form.Q, form.Z
    return SchurForm(S=form.S, T=form.T, Q=Q, Z=Z if form.T is not None else Q, sizes=form.sizes)


def _block_form(A: Array, E: Array | None) -> SchurForm:
    """Schur form of a pencil that is taken as one block."""
    if E is None and A.shape[0] == 1:
        unit = np.ones((1, 1), dtype=A.dtype)
        return SchurForm(S=A, T=None, Q=unit, Z=unit)
    if E is None and A.shape[0] <= _REFINED and np.array_equal(A, adjoint(A)):
        return _spectral_form(A)
    if E is None:
        S, Z = _plain_schur_form(A)
        return SchurForm(S=S, T=None, Q=Z, Z=Z)
    output = "complex" if np.iscomplexobj(A) else "real"
    S, T, Q, Z = la.qz(A, E, output=output, check_finite=False)
    signs = np.where(np.diag(T) == 0, 1.0, np.diag(T) / np.where(np.diag(T) == 0, 1.0, np.abs(np.diag(T))))
    return SchurForm(S=signs.conj()[:, None] * S, T=signs.conj()[:, None] * T, Q=Q * signs, Z=Z)


def _plain_schur_form(A: Array) -> tuple[Array, Array]:
    """S and Z by ?gees; what ``scipy.linalg.schur`` does around it takes longer than a Schur form of order 10."""
    (gees,) = la.lapack.get_lapack_funcs(("gees",), (A,))
    lwork = int(gees(_unsorted, A, lwork=-1)[-2][0].real)
    S, *_, Z, _, info = gees(_unsorted, A, lwork=lwork)
    if info:
        raise np.linalg.LinAlgError("the QR iteration for the Schur form does not converge")
    return S, Z


def _unsorted(*_: complex) -> None:
    """The eigenvalues stand in the order in which they are found."""


def _spectral_form(A: Array) -> SchurForm:
    """Spectral decomposition of a Hermitian matrix, refined once in extended precision.

    Eigenvalues far below ‖A‖ decide the Gramians of a stiff system, but ``eigh`` knows them only to eps ‖A‖. One
    Newton step with residuals in extended precision (where the platform has it) makes each accurate to eps.

    References
    ----------
    .. [1] T. Ogita, K. Aishima, "Iterative refinement for symmetric eigenvalue decomposition", Japan J. Indust.
       Appl. Math. 35 (2018) 1007-1035.
    """
    _, X = la.eigh(A, check_finite=False)
    X = X[:, ::-1].astype(np.result_type(A, np.longdouble))  # slowest modes first: where small errors stay small
    defect = np.eye(A.shape[0]) - adjoint(X) @ X
    image = adjoint(X) @ (A.astype(X.dtype) @ X)
    values = np.real(np.diag(image)) / (1 - np.real(np.diag(defect)))
    gaps = values[None, :] - values[:, None]
    coupling = np.abs(image - np.diag(values)).max() + np.abs(A).max() * np.abs(defect).max()
    distinct = np.abs(gaps) > 2 * A.shape[0] * coupling
    correction = np.where(distinct, (image + values * defect) / np.where(distinct, gaps, 1), defect / 2)
    Z = (X + X @ correction).astype(A.dtype)
    return SchurForm(S=np.diag(values.astype(A.dtype)), T=None, Q=Z, Z=Z)


def row_blocks(S: Array, size: int, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, int]]:
    """Ranges of about `size` rows from start … stop−1, last first, that never cut a 2-by-2 diagonal block."""
    hi = S.shape[0] if stop is None else stop
    while hi > start:
        lo = max(start, hi - size)
        if lo > start and S[lo, lo - 1] != 0:
            lo -= 1
        yield lo, hi
        hi = lo


def split_row(S: Array) -> int:
    """Half of the size, moved down by one where that would cut a 2-by-2 diagonal block."""
    half = S.shape[0] // 2
    return half + 1 if S[half, half - 1] != 0 else half


def _product(M: Array, X: Array) -> Array:
    """M applied along the first axis of a complex (n, K, m) array, in real arithmetic when M is real."""
    rows, shape = M.shape[0], X.shape[1:]
    flat = np.ascontiguousarray(X).reshape(X.shape[0], -1)
    if np.iscomplexobj(M):
        return (M @ flat).reshape(rows, *shape)
    return (M @ flat.view(float)).view(complex).reshape(rows, *shape)


def row_norms(basis: Array, solution: Array) -> Array:
    """Norms of the rows of Z X_k, for an (n, K, m) array X of solutions in Schur coordinates."""
    n, count, columns = solution.shape
    return la.norm((basis @ solution.reshape(n, -1)).reshape(-1, count, columns), axis=2)
