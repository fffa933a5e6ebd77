r"""Subspaces that hold the responses of a large sparse pencil over bands of frequencies, grown where they miss most."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la

from ...errors import NumericalError
from ..arrays import EPS, Array, adjoint, norm, spectral_norm_bound
from ..band_integrals import Band
from ..panel_rules import band_factor
from ..pencils import SchurForm, schur_form
from .pencils import SparseFactors, SparsePencil, Transposition

__all__ = ["BandFactors", "band_factors"]

_SKETCH = 48  # random combinations of the equations by which a residual is estimated, to 15 % or so
_GRID = 100  # frequencies of a band at which residuals are looked at, beside the Ritz values in it
_DECADES = 12  # decades below the end of a band that its geometric grid covers
_BEYOND = 10  # times the largest rate, and the end of an infinite band, up to where its frequencies are looked at
_NEW = 1e-14  # share of a column outside of the subspace from which on it adds a direction, and not rounding alone
_RULE = 1e-2  # tolerance of the rule that integrates the projected response, in units of that of the subspace
_ROUNDING = 16 * EPS  # of the solves, relative to (‖A‖ + |z|‖E‖)‖X‖, below which no residual can be brought


class BandFactors(NamedTuple):
    r"""Thin factors of the Gramians of bands, in the order of the pencil, and how good they are.

    `residual` is the largest relative residual of (zE − A)X = B and its adjoint over the frequencies of the grid, at
    the X of the projected pencil; `factorizations` counts the shifts.
    """

    reach: Array
    observe: Array
    residual: float
    factorizations: int


class _Side:
    """One of the two equations (zE − A)X = R, and the real (or complex) subspace where X is looked for."""

    def __init__(self, A: Any, E: Any, right: Array, *, real: bool):
        self.A, self.E, self.right, self.is_real = A, E, right, real
        n = right.shape[0]
        kind = float if real else complex
        self.basis, self.images = np.zeros((n, 0), kind), (np.zeros((n, 0), kind), np.zeros((n, 0), kind))
        sketch = np.random.default_rng(0).standard_normal((_SKETCH, n)) / np.sqrt(_SKETCH)
        self._sketch = sketch
        self._sketched_right = sketch @ right
        self._sizes = spectral_norm_bound(A), spectral_norm_bound(E), norm(right) or 1.0
        self._small: SchurForm | None = None

    @property
    def order(self) -> int:
        """Dimension of the subspace."""
        return self.basis.shape[1]

    def add(self, solution: Array) -> None:
        """Take the columns of a solution into the subspace, orthogonalized twice."""
        columns = np.hstack([solution.real, solution.imag]) if self.is_real else solution
        sizes = la.norm(columns, axis=0)
        columns = columns[:, sizes > 0] / sizes[sizes > 0]
        for _ in range(2):
            columns = columns - self.basis @ (adjoint(self.basis) @ columns)
        U, values, _ = la.svd(columns, full_matrices=False, check_finite=False)
        new = U[:, values > _NEW]
        new = la.qr(new - self.basis @ (adjoint(self.basis) @ new), mode="economic", check_finite=False)[0]
        self.basis = np.hstack([self.basis, new])
        images = self.images
        self.images = np.hstack([images[0], self.A @ new]), np.hstack([images[1], self.E @ new])
        A, E = (adjoint(self.basis) @ image for image in self.images)
        self._small = schur_form(A, E)

    def solutions(self, points: Array) -> Array:
        """Coordinates of X in the basis at many points z, shape (r, K, m)."""
        assert self._small is not None
        found = self._small.resolvent(points, adjoint(self.basis) @ self.right)
        return np.tensordot(self._small.Z, found, axes=1)

    def residuals(self, points: Array, tol: float) -> tuple[Array, Array]:
        """Estimated norms of the residuals relative to that of R, and the same in units of what is to be reached."""
        X = self.solutions(points)
        moved = (self._sketch @ image for image in self.images)
        A, E = (np.tensordot(image, X, axes=1) for image in moved)
        left = self._sketched_right[:, None, :] - points[None, :, None] * E + A
        size_A, size_E, size = self._sizes
        found = la.norm(left, axis=(0, 2)) / size
        rounding = _ROUNDING * (size_A + np.abs(points) * size_E) * la.norm(X, axis=(0, 2)) / size
        return found, found / np.maximum(tol, rounding)

    def ritz_values(self) -> Array:
        """Eigenvalues of the projected pencil."""
        assert self._small is not None
        return self._small.eigenvalues


def band_factors(
    pencil: SparsePencil,
    B: Array,
    C: Array,
    bands: Sequence[Band],
    boundary: Callable[[Array], Array],
    *,
    tol: float,
    most: int,
) -> BandFactors:
    r"""Thin factors of both Gramians of bands, by projection onto rational Krylov spaces.

    .. math:: P = \frac{1}{2π} \int_Ω (zE - A)^{-1} B B^* (zE - A)^{-*} dν, \qquad z = iν \text{ or } e^{iν},

    and the same for the adjoint pencil and C*.

    Parameters
    ----------
    pencil : SparsePencil
    B, C : (n, m) and (n, p) array
        Right-hand sides in the order of the pencil, C as C*.
    bands : sequence of (low, high)
        Disjoint; in continuous time one end of a band may be infinite. Of positive frequencies for real data: then P
        stands for negative ones, too.
    boundary : callable
        Frequencies ν ↦ points z.
    tol : float
        Relative residual that is to be reached over the bands, as far as rounding in the solves allows.
    most : int
        Factorizations after which the search is given up.

    Raises
    ------
    NumericalError
        When the tolerance is not reached.

    Notes
    -----
    One LU factorization of zE − A serves both sides, at the frequency where the residual of the projected equations is
    largest: of a grid over the bands and the Ritz values in them. The residual is estimated by a fixed random
    projection of the equations. What follows is an integral for a small pencil, by a rule with positive weights
    (:mod:`dlnbalance.linalg.panel_rules`), so that the factor is one of a positive semidefinite matrix. O(n r²) for a
    subspace of dimension r beside the factorizations.

    References
    ----------
    .. [1] V. Druskin, V. Simoncini, "Adaptive rational Krylov subspaces for large-scale dynamical systems", Syst.
       Control Lett. 60 (2011) 546-560.
    .. [2] P. Benner, P. Kürschner, J. Saak, "Frequency-limited balanced truncation with low-rank approximations", SIAM
       J. Sci. Comput. 38 (2016) A471-A499.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> pencil, one = SparsePencil(sp.diags_array([-1.0, -5.0])), np.array([[1.0], [0.0]])
    >>> found = band_factors(pencil, one, one, [(0.0, 1.0)], lambda nu: 1j * nu, tol=1e-10, most=10)
    >>> round(norm(found.reach) ** 2, 9), found.factorizations  # arctan(1)/π
    (0.25, 1)
    """
    real = not any(map(np.iscomplexobj, (pencil.A.data, pencil.E.data, B, C)))
    left, right = pencil.adjoint_matrices
    sides = _Side(pencil.A, pencil.E, B, real=real), _Side(left, right, C, real=real)
    residual, count = _grown(pencil, sides, bands, boundary, tol=tol, most=most)
    reach = _integrated(sides[0], bands, boundary, tol=_RULE * tol)
    observe = _integrated(sides[1], bands, lambda nu: boundary(nu).conj(), tol=_RULE * tol)
    return BandFactors(reach, observe, residual, count)


def _grown(
    pencil: SparsePencil,
    sides: tuple[_Side, _Side],
    bands: Sequence[Band],
    boundary: Callable[[Array], Array],
    *,
    tol: float,
    most: int,
) -> tuple[float, int]:
    """Let both subspaces grow until the residuals are small; the largest of them and the number of factorizations."""
    fastest = _BEYOND * spectral_norm_bound(pencil.A) / spectral_norm_bound(pencil.E)
    grid = np.concatenate([_grid(*band, fastest) for band in bands])
    if np.isinf(bands).any():  # where zX tends to E⁻¹B
        _extend(sides, pencil.factorized(0.0, 1.0))
    omega, reached = float(grid[len(grid) // 2]), np.inf
    for count in range(1, most + 1):
        _extend(sides, pencil.factorized(-1.0, complex(boundary(np.array([omega]))[0])))
        candidates = np.unique(np.concatenate([grid, _inside(bands, sides, boundary)]))
        points = boundary(candidates)
        found = [side.residuals(z, tol) for side, z in zip(sides, (points, points.conj()), strict=True)]
        missing = np.maximum(found[0][1], found[1][1])
        omega, reached = float(candidates[np.argmax(missing)]), max(float(each.max()) for each, _ in found)
        if missing.max() <= 1:
            return reached, count
    raise NumericalError(
        "tol",
        f"a relative residual of {tol:.1e} over the bands",
        f"{reached:.1e} after {most} sparse factorizations",
        "allow a larger one, or fewer frequencies",
    )


def _extend(sides: Sequence[_Side], factors: SparseFactors) -> None:
    """Take the solutions with one factorization into both subspaces."""
    transpositions: tuple[Transposition, ...] = "N", "H"
    for side, trans in zip(sides, transpositions, strict=True):
        side.add(factors.solve(side.right.astype(factors.matrix.dtype), trans))


def _integrated(side: _Side, bands: Sequence[Band], points: Callable[[Array], Array], *, tol: float) -> Array:
    """Factor of the Gramian of the projected pencil, in the order of the pencil; one zero column for nothing."""
    if not side.order:
        return np.zeros((len(side.basis), 1), dtype=side.basis.dtype)
    Z = band_factor(lambda omega: side.solutions(points(omega)), bands, tol)
    if side.is_real:
        Z = np.sqrt(2) * np.hstack([Z.real, Z.imag])
    U, values, _ = la.svd(Z, full_matrices=False, check_finite=False)
    kept = values > tol * values.max(initial=0.0)
    return side.basis @ (U[:, kept] * values[kept])


def _grid(low: float, high: float, fastest: float) -> Array:
    """Frequencies of a band, evenly and in geometric progression; of an infinite one up to a multiple of `fastest`."""
    reach = max(_BEYOND * min(abs(low), abs(high)), fastest)
    low, high = max(low, -reach), min(high, reach)
    even = np.linspace(low, high, _GRID)
    size = max(abs(low), abs(high))
    logs = size * np.geomspace(10.0**-_DECADES, 1.0, _GRID)
    both = np.concatenate([even, logs, -logs])
    return np.unique(both[(both >= low) & (both <= high)])


def _inside(bands: Sequence[Band], sides: Sequence[_Side], boundary: Callable[[Array], Array]) -> Array:
    """Frequencies of the Ritz values that are in a band."""
    on_circle = abs(abs(complex(boundary(np.zeros(1))[0])) - 1.0) < 0.5
    values = np.concatenate([sides[0].ritz_values(), sides[1].ritz_values().conj()])
    values = values[np.isfinite(values)]
    omega = np.angle(values) if on_circle else values.imag
    return omega[np.any([(low <= omega) & (omega <= high) for low, high in bands], axis=0)]
