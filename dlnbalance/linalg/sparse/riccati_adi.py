r"""Low-rank ADI for Riccati equations: thin factors of the solutions of a pair of large sparse ones.

With K_0 = 0 and shifts α_i in the left half plane the iteration (RADI [1]_) for
:math:`A Y E^* + E Y A^* - E Y G G^* Y E^* + R_0 R_0^* = 0` reads

.. math:: V_i = (A - K_{i-1} G^* + α_i E)^{-1} R_{i-1}, \qquad I + V_i^* G G^* V_i = T_i^* T_i, \qquad
    Z_i = \sqrt{-2\,\mathrm{Re}(α_i)} \, V_i T_i^{-1},
.. math:: R_i = R_{i-1} + \sqrt{-2\,\mathrm{Re}(α_i)} \, E Z_i T_i^{-*}, \qquad
    K_i = K_{i-1} + E Z_i Z_i^* G ,

and the residual of the equation at :math:`Y = Σ_i Z_i Z_i^*` is *equal to* :math:`R_i R_i^*`. The gain K_i is an update
of low rank, so that A + α_iE is factored, and one factorization serves both equations of a pair. The iteration is one
of Cayley transforms of the Hamiltonian matrix on a subspace, and needs no stable A.

References
----------
.. [1] P. Benner, Z. Bujanović, P. Kürschner, J. Saak, "RADI: a low-rank ADI-type algorithm for large scale algebraic
   Riccati equations", Numer. Math. 138 (2018) 301-330.
"""

import logging
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la

from ...errors import NumericalError, UnstableSystemError
from ..arrays import EPS, Array, adjoint, norm
from .adi import squared_norm
from .columns import Columns
from .iteration_logs import log_residuals
from .pencils import SparseFactors, SparsePencil, Transposition
from .shifts import History, next_shift, ritz_values

__all__ = ["RiccatiSide", "solve_riccati_pair"]

_LOG = logging.getLogger(__name__)

_RECENT = 16  # columns of the factor, at least, whose span gives the Ritz values
_MOST_COLUMNS = 500  # from which on a factor is compressed
_FACTORIZATION = 0.4  # measured cost of a factorization per stored entry in a row, in triangular solves
_MOST_REPETITIONS = 8  # of one shift
_HOPELESS = 1e20  # growth of the residual that no system was seen to recover from
# Relative residual of a solve by the update of low rank. A shift −λ for an unstable pole λ makes A + αE singular and is
# just the one that removes the closed-loop pole that mirrors it: a tenth beside it a digit is lost, and little damping.
_ACCURATE = 1e-9
_ASIDE = 1.1
_TRIES = 3  # shifts, each a tenth further, before what was found is taken as it is
_SLACK = 10  # factor by which the recomputed residual may exceed the tolerance or what rounding explains


class _Solved(NamedTuple):
    V: Array
    error: float


@dataclass(eq=False)
class RiccatiSide:
    """One of the two equations, in the order of the pencil.

    Attributes
    ----------
    trans : "N" or "H"
        Whether A and E are those of the pencil or their adjoints.
    A, E : sparse
        The matrices that act on this side.
    G : (n, p) array
        The quadratic term is −E Y G G* Y E*.
    offset : (n, p) array
        J, where the equation is that of A − J G*.
    right : (n, m) array
        R_0; the constant term is R_0 R_0*.
    """

    trans: Transposition
    A: Any
    E: Any
    G: Array
    offset: Array
    right: Array

    def __post_init__(self) -> None:
        self.dtype: Any = np.result_type(self.A, self.E, self.G, self.offset, self.right, float)
        self.residual: Array = self.right.astype(self.dtype)
        self.gain: Array = self.offset.astype(self.dtype)
        self.scale = squared_norm(self.right)
        self.factor = Columns(len(self.right), self.dtype, _MOST_COLUMNS)

    @property
    def relative_residual(self) -> float:
        """‖R R*‖₂, relative to the constant and the quadratic term (0 where the constant term is zero)."""
        return squared_norm(self.residual) / self.terms if self.scale else 0.0

    @property
    def terms(self) -> float:
        """‖R_0 R_0*‖₂ + ‖E Y G G* Y E*‖₂: with poles that are not stable, the second is the larger one."""
        return self.scale + squared_norm(self.gain - self.offset)

    def __matmul__(self, block: Array) -> Array:
        """The closed-loop matrix A − K G* times a block of vectors."""
        return self.A @ block - self.gain @ (adjoint(self.G) @ block)

    def ritz(self) -> tuple[Array, Array]:
        """Ritz values of the closed loop on the newest columns, as eigenvalues of A − λE, and their weights."""
        recent = self.factor.newest(max(_RECENT, 2 * self.residual.shape[1]))
        found = ritz_values(self, self.E, recent if recent.shape[1] else self.residual, self.residual)
        values = found.values if self.trans == "N" else found.values.conj()
        return values, found.weights - np.log(self.scale) / 2

    def solve(self, factors: SparseFactors, alpha: complex, *, mirrored: bool) -> _Solved:
        """Solve with the closed loop, A − K G* + αE, by factors of A + αE; of its conjugate where mirrored."""
        both = np.hstack([self.residual, self.gain])
        found = factors.solve(both.conj(), self.trans).conj() if mirrored else factors.solve(both, self.trans)
        m = self.residual.shape[1]
        V, W = found[:, :m], found[:, m:]
        inner = np.eye(W.shape[1]) - adjoint(self.G) @ W
        try:
            V = V + W @ la.solve(inner, adjoint(self.G) @ V, check_finite=False)
        except np.linalg.LinAlgError:
            return _Solved(V, np.inf)
        shift = alpha if (self.trans == "N") != mirrored else np.conj(alpha)
        left = self @ V + shift * (self.E @ V) - self.residual
        size = norm(self.residual)
        error = norm(left) / size if size else 0.0
        return _Solved(V, error if np.isfinite(error) else np.inf)

    def step(self, V: Array, alpha: complex) -> Array:
        """One step from the solution V; returns the columns that it adds."""
        root = np.sqrt(-2 * alpha.real)
        T = la.qr(np.vstack([np.eye(V.shape[1]), adjoint(self.G) @ V]), mode="r", check_finite=False)[0]
        T = T[: V.shape[1]]
        Z = root * adjoint(la.solve_triangular(T, adjoint(V), trans="C", check_finite=False))
        image = self.E @ Z
        self.residual = self.residual + root * adjoint(la.solve_triangular(T, adjoint(image), check_finite=False))
        self.gain = self.gain + image @ (adjoint(Z) @ self.G)
        return Z

    def advance(self, factors: SparseFactors, alpha: complex, first: Array) -> None:
        """A step from its solution; for real data and a complex shift one with the conjugate shift, too."""
        columns = self.step(first, alpha)
        if alpha.imag and self.dtype == float:
            second = self.step(self.solve(factors, alpha, mirrored=True).V, alpha)
            self.residual, self.gain = self.residual.real, self.gain.real
            columns = _real_columns(np.hstack([columns, second]))
        self.factor.append(columns)

    def confirmed_residual(self) -> float:
        """Relative residual at the factor found, recomputed from the equation by a few steps of a power method."""
        if not self.scale:
            return 0.0
        Z = self.factor.array
        seen = adjoint(Z) @ self.G
        block = np.hstack([self.residual, np.random.default_rng(0).standard_normal((len(Z), 2))])
        estimate = 0.0
        for _ in range(4):  # the residual factor, which it starts with, spans the result already, but for rounding
            Q = la.qr(block, mode="economic", check_finite=False)[0]
            inside = adjoint(Z) @ (self.E.T.conj() @ Q)
            outside = adjoint(Z) @ (self.A.T.conj() @ Q - self.G @ (adjoint(self.offset) @ Q))
            first = Z @ inside
            block = self.A @ first - self.offset @ (adjoint(self.G) @ first)
            block = block + self.E @ (Z @ (outside - seen @ (adjoint(seen) @ inside)))
            block = block + self.right @ (adjoint(self.right) @ Q)
            estimate = float(la.norm(block, 2))
        return estimate / self.terms

    @property
    def rounding(self) -> float:
        """Relative residual that rounding of A and E alone can cause at the factor found."""
        if not self.scale:
            return 0.0
        return EPS * norm(self.A, "1") * norm(self.E, "1") * squared_norm(self.factor.array) / self.terms


def solve_riccati_pair(
    pencil: SparsePencil, sides: tuple[RiccatiSide, RiccatiSide], *, tol: float, most: int
) -> tuple[float, float, int]:
    """Run the iteration until the residuals of both equations are at most `tol`, relative to their terms.

    Parameters
    ----------
    pencil : SparsePencil
        Of A and E.
    sides : pair of RiccatiSide
        The equation of the pencil ("N"), and that of its adjoint ("H"); their factors are the result.
    tol : float
        Relative residual.
    most : int
        Number of sparse factorizations that is allowed.

    Returns
    -------
    (float, float, int)
        Both relative residuals, recomputed at the factors, and the number of factorizations.

    Raises
    ------
    UnstableSystemError
        When a residual explodes: an unstable pole is hidden from the inputs or the outputs.
    NumericalError
        When the tolerance is not reached.
    """
    paired = all(side.dtype == float for side in sides)
    history = History([], [], paired)
    while pending := [side for side in sides if side.relative_residual > tol]:
        if len(history.shifts) >= most:
            reached = max(side.relative_residual for side in pending)
            received = f"{reached:.1e} after {most} factorizations"
            remedy = "take a larger tol, or matrices that are not sparse: then the equations are solved directly"
            raise NumericalError("system", f"Riccati equations with a residual of {tol:.1e}", received, remedy)
        _use_one_shift(pencil, pending, history, tol)
        log_residuals(_LOG, len(history.shifts), [side.relative_residual for side in sides], tol)
    residuals = [side.confirmed_residual() for side in sides]
    for side, residual in zip(sides, residuals, strict=True):
        if not residual <= _SLACK * max(tol, side.rounding):
            raise NumericalError(
                "tol",
                f"a relative residual of {tol:.1e}",
                f"{residual:.1e}, recomputed at the factors found",
                "rounding has spoiled the iteration; scale the states, or pass matrices that are not sparse",
            )
    return residuals[0], residuals[1], len(history.shifts)


def _use_one_shift(pencil: SparsePencil, pending: list[RiccatiSide], history: History, tol: float) -> None:
    """Factor once, and use the factors for as many steps as they are worth."""
    alpha, factors, solved = _first_solutions(pencil, pending, _chosen_shift(pending, history), _TRIES)
    width = sum(side.residual.shape[1] + side.gain.shape[1] for side in pending)
    cost = 1 + _FACTORIZATION * factors.entries / (len(pending[0].right) * width)
    before = level = _logarithmic_level(pending, tol)
    steps = 0
    while True:
        for side, found in zip(pending, solved, strict=True):
            side.advance(factors, alpha, found.V)
            if not side.relative_residual < _HOPELESS:
                raise _hidden()
        steps += 1
        previous, level = level, _logarithmic_level(pending, tol)
        if steps >= _MOST_REPETITIONS or previous - level < (before - level) / (cost + steps):
            break
        pending = [side for side in pending if side.relative_residual > tol]
        if not pending:
            break
        solved = [side.solve(factors, alpha, mirrored=False) for side in pending]
    for side in pending:
        side.factor.compress(keep=max(_RECENT, 2 * side.residual.shape[1]))
    history.shifts.append(alpha)
    history.steps.append(steps)


def _first_solutions(
    pencil: SparsePencil, pending: list[RiccatiSide], alpha: complex, tries: int
) -> tuple[complex, SparseFactors, list[_Solved]]:
    """Solutions with a shift, or one a little aside where the matrix that is factored is nearly singular."""
    try:
        factors = pencil.factorized(1.0, alpha)
    except NumericalError:  # exactly singular
        if tries == 1:
            raise
        return _first_solutions(pencil, pending, alpha * _ASIDE, tries - 1)
    solved = [side.solve(factors, alpha, mirrored=False) for side in pending]
    if tries == 1 or max(found.error for found in solved) <= _ACCURATE:
        return alpha, factors, solved
    return _first_solutions(pencil, pending, alpha * _ASIDE, tries - 1)


def _chosen_shift(pending: list[RiccatiSide], history: History) -> complex:
    found = [side.ritz() for side in pending]
    values, weights = (np.concatenate(parts) for parts in zip(*found, strict=True))
    if values.size:
        return next_shift(values, weights, history)
    side = pending[0]  # a constant term on which A vanishes
    return complex(-(la.norm(side @ side.residual) or 1.0) / la.norm(side.E @ side.residual))


def _logarithmic_level(sides: list[RiccatiSide], tol: float) -> float:
    return sum(np.log(max(side.relative_residual, tol)) for side in sides)


def _real_columns(Z: Array) -> Array:
    """A real factor of Z Z*, which is real, with as many columns."""
    Q, R = la.qr(np.hstack([Z.real, Z.imag]), mode="economic", check_finite=False)
    left, values, _ = la.svd(R, full_matrices=False, check_finite=False)
    count = Z.shape[1]
    return Q @ (left[:, :count] * values[:count])


def _hidden() -> UnstableSystemError:
    return UnstableSystemError(
        "system",
        "no hidden pole on the stability boundary or beyond it",
        "a residual of a Riccati equation that grows without end",
        "part it from what is hidden by dlnbalance.split",
    )
