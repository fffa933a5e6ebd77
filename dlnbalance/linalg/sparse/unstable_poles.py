r"""Eigenvalues of a sparse pencil in the closed right half plane or outside the open unit disc, few among many.

About a point σ of the unstable region the map

.. math:: μ(λ) = \frac{λ + \bar σ}{λ - σ} \quad (\text{continuous}), \qquad
   μ(λ) = \frac{1 - \bar σ λ}{λ - σ} \quad (\text{discrete})

takes the boundary to the unit circle and the unstable eigenvalues to its outside, so that *they* are the ones of
largest modulus, near σ or not. It is a function of :math:`(A - σE)^{-1} E`: one factorization, and a Krylov process.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from ...errors import NumericalError
from ..arrays import EPS, Array, Flags, adjoint, norm
from .deflated_pencils import DeflatedPencil
from .krylov_schur import InvariantSubspace, krylov_values, leading_subspace
from .pencils import SparsePencil, Transposition

__all__ = ["UnstablePoles", "unstable_poles"]

_STEPS = 60  # dimension of a Krylov space beyond what is kept of it: a single one sees the scales of the spectrum
_SCOUT = 30  # steps that show the scales of a spectrum
_RESTARTS = 6  # times that it is rebuilt about one point before what is in doubt is searched from nearby
# Relative distance |Re λ|/|λ − σ| up to which an eigenvalue counts as on the boundary: rounding parts the two of a
# double integrator by the root of eps.
_BOUNDARY = 1e-7
_TOGETHER = 1e-4  # relative distance up to which eigenvalues go with a boundary one: a multiple one comes apart by that
# Relative distance within which an unstable eigenvalue may hide behind a Ritz value that has not converged; those
# further off the boundary are inside the spectrum, where Ritz values need not converge.
_NEAR = 0.1
_REACH = 1e3  # a point σ sees eigenvalues up to this multiple of its distance from the boundary: 2/_REACH of μ
_TINY = 1e-12  # of 1/|σ|: smaller Ritz values stand for eigenvalues far out of reach
_SPACING = 100.0  # ratio of two neighbouring points on the real axis, so that their reaches overlap
_GAP = 1e4  # ratio of moduli across which the smaller ones are taken for zeros, as rounding leaves them (2e-8 or less)
_OFF = 0.37  # share of the smallest modulus at which the first point lies: no eigenvalue
_NEARBY = 6  # further points at most, beside Ritz values that stay in doubt
_OFFSET = 0.02  # share of the frequency by which they lie inside the region: near, and no eigenvalue itself
_OFFSETS = 1e-6, 1e-8, 1e-10, 1e-12  # shares of the largest modulus at which the smallest ones are looked for
_BETWEEN = 1e-3  # share of the smallest modulus that parts zeros from stable eigenvalues


@dataclass(frozen=True, eq=False, kw_only=True)
class UnstablePoles:
    """Bases of the deflating subspaces that belong to the unstable eigenvalues, and how they were searched for.

    Attributes
    ----------
    right, left : (n, k) array
        V and W, in the order of the pencil, with W*EV = I and V of orthonormal columns; real for a real pencil.
    values : (k,) array
        Eigenvalues of W*AV.
    residual : float
        The larger of ‖AV − EVΛ‖/(‖A‖‖V‖) and the same for W, Λ = W*AV.
    points : tuple of complex
        The points σ searched from, each until a search in the complement of all that was known found nothing.
    reach : (float, float)
        Moduli of the eigenvalues between which the points see: below and above, nothing was searched.
    counted : bool
        Whether the number was confirmed by Sylvester's law of inertia (Hermitian pencils only).
    doubtful : tuple of complex
        Ritz values that no search told apart from unstable ones.
    """

    right: Array
    left: Array
    values: Array
    residual: float
    points: tuple[complex, ...]
    reach: tuple[float, float]
    counted: bool
    doubtful: tuple[complex, ...]


class _Region(NamedTuple):
    """The unstable region, as one point σ of it sees it."""

    sigma: complex
    discrete: bool

    def judge(self, theta: Array) -> tuple[Array, Flags, Array]:
        """Ranks, wanted ones and margins of Ritz values θ = 1/(λ − σ)."""
        theta = np.where(np.abs(theta) < _TINY / abs(self.sigma), _TINY / abs(self.sigma), theta)
        poles, distance = self.sigma + 1 / theta, 1 / np.abs(theta)
        depth = _depth(poles, discrete=self.discrete)
        seen = distance <= _REACH * _depth(np.array([self.sigma]), discrete=self.discrete)[0]
        wanted = seen & (depth >= -_BOUNDARY * distance)
        for k in np.flatnonzero(wanted & (depth <= _TOGETHER * distance)):
            wanted |= np.abs(poles - poles[k]) <= _TOGETHER * distance[k]
        # A change of θ by r moves λ by |λ − σ|² r; half of what is needed is allowed.
        near = seen & ~wanted & (np.abs(depth) <= _NEAR * distance)
        margins = np.where(near, np.abs(depth) / (2 * distance**2), np.inf)
        modulus = np.abs(self._moved(poles)) * np.abs(theta)
        return np.where(seen, modulus, -1.0), wanted, margins

    def _moved(self, poles: Array) -> Array:
        mirrored = np.conj(self.sigma)
        return 1 - mirrored * poles if self.discrete else poles + mirrored


def _depth(poles: Array, *, discrete: bool) -> Array:
    """How far inside the unstable region points lie."""
    return np.abs(poles) - 1 if discrete else poles.real


@dataclass
class _Search:
    """What is known of a pencil so far."""

    pencil: SparsePencil
    discrete: bool
    most: int
    right: Array
    left: Array
    points: list[complex] = field(default_factory=list)
    doubtful: list[complex] = field(default_factory=list)
    cleared: list[tuple[complex, float]] = field(default_factory=list)

    @property
    def rest(self) -> DeflatedPencil:
        """The pencil without what was found."""
        return DeflatedPencil(self.pencil, self.right, self.left)

    def around(self, sigma: complex) -> None:
        """Search from one point, until nothing more is found."""
        region = _Region(sigma, self.discrete)
        self.points.append(sigma)
        sizes = 0, 0
        for attempt in range(2 * self.most):
            if self.right.shape[1] == self.right.shape[0]:
                return
            found = self._subspace(region, "N", attempt)
            if not found.values.size:
                self._settle(sigma, [complex(sigma + 1 / theta) for theta in found.doubtful])
                return
            other = self._subspace(region, "H", attempt)
            if other.values.size != found.values.size:  # of a multiple eigenvalue, copies that rounding brought in
                sizes = found.values.size, other.values.size
                continue
            self._take(_real_span(found.basis, self.right), _real_span(other.basis, self.right))
            if self.right.shape[1] > self.most:
                raise NumericalError(
                    "system",
                    f"at most {self.most} poles that are unstable or on the boundary",
                    f"{self.right.shape[1]} found so far",
                    "take dlnbalance.split, which is dense, or stabilize the model first",
                )
        raise _not_separated(sigma, *sizes)

    def _settle(self, sigma: complex, doubtful: list[complex]) -> None:
        """Forget the doubts nearer to a point than the nearest that it has itself, and remember those."""
        reach = _REACH * float(_depth(np.array([sigma]), discrete=self.discrete)[0])
        radius = min((abs(value - sigma) for value in doubtful), default=reach)
        mirrored = sigma if np.iscomplexobj(self.right) else sigma.conjugate()
        self.doubtful = [
            value for value in self.doubtful if min(abs(value - sigma), abs(value - mirrored)) >= radius
        ] + [value for value in doubtful if not self._clear(value)]
        self.cleared += [(point, radius) for point in (sigma, mirrored)]

    def _clear(self, value: complex) -> bool:
        return any(abs(value - point) < radius for point, radius in self.cleared)

    def next_point(self) -> complex:
        """A point of the region beside the doubt that lies deepest in it."""
        depths = _depth(np.array(self.doubtful), discrete=self.discrete)
        value = self.doubtful[int(np.argmax(depths))]
        if self.discrete:
            return value / (abs(value) or 1.0) * (1 + _OFFSET)
        return complex(_OFFSET * (abs(value) or 1.0), value.imag)

    def _subspace(self, region: _Region, trans: Transposition, attempt: int) -> InvariantSubspace:
        """Deflating subspace of the wanted eigenvalues, of the pencil or its adjoint."""
        rest = self.rest
        factors = rest.factorized(1.0, -region.sigma)
        E = self.pencil.E if trans == "N" else self.pencil.adjoint_matrices[1]
        project = rest.project_states if trans == "N" else rest.project_adjoint_states
        complex_needed = np.iscomplexobj(factors.matrix)
        random = np.random.default_rng(attempt).standard_normal(E.shape[0])
        start = project(random).astype(complex if complex_needed or np.iscomplexobj(self.right) else float)

        def judge(theta: Array) -> tuple[Array, Flags, Array]:
            return region.judge(theta if trans == "N" else theta.conj())

        found = leading_subspace(
            lambda x: factors.solve(E @ x, trans), start, judge, steps=_STEPS + 2 * self.most, restarts=_RESTARTS
        )
        if trans == "N":
            return found
        return found._replace(values=found.values.conj(), doubtful=found.doubtful.conj())

    def _take(self, right: Array, left: Array) -> None:
        """Add subspaces to those known, biorthogonal to them."""
        rest = self.rest
        right = la.qr(np.hstack([self.right, rest.project_states(right)]), mode="economic")[0]
        left = np.hstack([self.left, rest.project_adjoint_states(left)])
        small = adjoint(left) @ (self.pencil.E @ right)
        factors = la.lu_factor(small)
        if not np.linalg.cond(small / la.norm(small)) < 1 / EPS**0.5:
            raise _not_separated(self.points[-1], right.shape[1], left.shape[1])
        self.right, self.left = right, adjoint(la.lu_solve(factors, adjoint(left)))


def unstable_poles(pencil: SparsePencil, *, discrete: bool, most: int = 20) -> UnstablePoles:
    r"""Eigenvalues of a sparse pencil that are unstable or on the stability boundary, with their deflating subspaces.

    Parameters
    ----------
    pencil : SparsePencil
        A − λE, E nonsingular.
    discrete : bool
        Whether the unit circle is the boundary, and not the imaginary axis.
    most : int
        Number of eigenvalues from which on the search is given up.

    Returns
    -------
    UnstablePoles

    Raises
    ------
    NumericalError
        When there are more than `most`, when left and right subspaces do not belong together, or when Sylvester's law
        contradicts the number found.

    Notes
    -----
    A factorization and some hundred solves for every point: points on the positive real axis at ratios of 100 from the
    smallest modulus of an eigenvalue to the largest (in discrete time at 1 + δ and −1 − δ), and some beside Ritz values
    that stay in doubt. In the complement of what was found the search is repeated with another random vector until it
    finds nothing.
    """
    n = pencil.A.shape[0]
    dtype = complex if np.iscomplexobj(pencil.A) or np.iscomplexobj(pencil.E) else float
    unit = 1.0 if discrete else _unit(pencil)
    pencil = pencil.combined((1 / unit, 0.0), (0.0, 1.0))
    search = _Search(pencil, discrete, most, np.zeros((n, 0), dtype), np.zeros((n, 0), dtype))
    slow, fast = _scales(pencil, discrete=discrete) if n else (1.0, 1.0)
    for sigma in _points(slow, fast, discrete=discrete):
        search.around(complex(sigma))
    for _ in range(_NEARBY):
        if search.doubtful:
            search.around(search.next_point())
    small = adjoint(search.left) @ (pencil.A @ search.right)
    return UnstablePoles(
        right=search.right,
        left=search.left,
        values=unit * (la.eigvals(small) if small.size else np.zeros(0)),
        residual=_residual(pencil, search, small),
        points=tuple(unit * point for point in search.points),
        reach=(unit * slow, unit * _REACH * fast),
        counted=n > 0 and not discrete and _confirmed_count(pencil, search.right.shape[1], slow),
        doubtful=tuple(unit * value for value in search.doubtful),
    )


def _unit(pencil: SparsePencil) -> float:
    """Power of two next to the size of A relative to E: in units of it no square overflows."""
    sizes = [float(abs(M).max()) if M.nnz else 1.0 for M in (pencil.A, pencil.E)]
    exponent = int(np.frexp(sizes[0])[1]) - int(np.frexp(sizes[1])[1])
    return float(np.ldexp(1.0, exponent))


def _scales(pencil: SparsePencil, *, discrete: bool) -> tuple[float, float]:
    """Smallest distance of an eigenvalue from 0 (discrete: 1) that is not zero, and the largest modulus; roughly."""
    start = np.random.default_rng(7).standard_normal(pencil.A.shape[0]).astype(pencil.A.dtype)
    mass = pencil.factorized(0.0, 1.0)
    fast = float(np.abs(krylov_values(lambda x: mass.solve(pencil.A @ x), start, steps=_SCOUT)).max()) or 1.0
    near, slow = 1.0 if discrete else 0.0, fast
    for share in _OFFSETS:
        offset = share * fast  # off an eigenvalue at 0 or 1
        factors = pencil.factorized(1.0, -(near + offset))
        theta = krylov_values(lambda x, factors=factors: factors.solve(pencil.E @ x), start, steps=_SCOUT)
        distances = np.sort(np.abs(offset + 1 / theta[np.abs(theta) > 1 / fast]))
        jumps = np.flatnonzero(distances[1:] > _GAP * distances[:-1])
        if distances.size:
            slow = min(fast, float(distances[jumps[-1] + 1 if jumps.size else 0]))
        if slow >= 10 * offset:
            break
    # What is smaller cannot be told from zero; where all are, any scale will do.
    return slow if slow > _OFFSETS[-1] * fast else fast, fast


def _points(slow: float, fast: float, *, discrete: bool) -> Iterator[complex]:
    """Points on the real axis from which everything is seen."""
    if discrete:
        slow, fast = min(slow, 1.0), 1.0
    count = int(np.ceil(np.log(fast / slow) / np.log(_SPACING))) + 1
    for distance in np.geomspace(_OFF * slow, _OFF * fast, count):
        yield from (1 + distance, -1 - distance) if discrete else (distance,)


def _real_span(basis: Array, like: Array) -> Array:
    """Basis of the real span of a complex one, where the pencil is real."""
    if np.iscomplexobj(like) or np.isrealobj(basis):
        return basis
    both = np.hstack([basis.real, basis.imag])
    left, values, _ = la.svd(both, full_matrices=False)
    return left[:, values > EPS**0.5 * values[0]]


def _residual(pencil: SparsePencil, search: _Search, small: Array) -> float:
    if not small.size:
        return 0.0
    A, E = pencil.adjoint_matrices
    first = la.norm(pencil.A @ search.right - (pencil.E @ search.right) @ small)
    second = la.norm(A @ search.left - (E @ search.left) @ adjoint(small))
    return max(first / la.norm(search.right), second / la.norm(search.left)) / (norm(pencil.A, "1") or 1.0)


def _confirmed_count(pencil: SparsePencil, count: int, slow: float) -> bool:
    """Whether Sylvester's law says that so many eigenvalues lie to the right of the stable ones."""
    if not pencil.is_hermitian_definite or pencil.positive_eigenvalues(0.0, 1.0) != pencil.E.shape[0]:
        return False
    found = pencil.positive_eigenvalues(1.0, _BETWEEN * slow)
    if found is None:
        return False
    if found != count:
        raise NumericalError(
            "system", f"{found} poles that are not stable, by Sylvester's law", f"{count} found", "use dlnbalance.split"
        )
    return True


def _not_separated(sigma: complex, right: int, left: int) -> NumericalError:
    return NumericalError(
        "system",
        "unstable poles that lie apart from the stable ones",
        f"{right} right and {left} left vectors about {sigma:.4g}, which do not belong together",
        "take dlnbalance.split, which is dense and chooses a cut between clusters",
    )
