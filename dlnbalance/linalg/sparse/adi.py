r"""Low-rank ADI: thin factors of both Gramians of a large sparse system, from one factorization for each shift.

With shifts α_i in the left half plane, the iteration for :math:`A P E^* + E P A^* + B B^* = 0` reads [1]_, [2]_

.. math:: V_i = (A + α_i E)^{-1} R_{i-1}, \quad R_i = R_{i-1} - 2\,\mathrm{Re}(α_i)\, E V_i, \quad
   Z_i = [Z_{i-1}, \sqrt{-2\,\mathrm{Re}(α_i)}\, V_i], \qquad R_0 = B,

and the residual of the equation at P = Z_i Z_i^* is *equal to* R_i R_i^*. The adjoint equation is solved with the
adjoint of the same factors.

References
----------
.. [1] P. Benner, P. Kürschner, J. Saak, "Efficient handling of complex shift parameters in the low-rank Cholesky factor
   ADI method", Numer. Algorithms 62 (2013) 225-251.
.. [2] P. Benner, P. Kürschner, J. Saak, "Self-generating and efficient shift parameters in ADI methods for large
   Lyapunov and Sylvester equations", Electron. Trans. Numer. Anal. 43 (2014) 142-162.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.linalg as la

from ...errors import NumericalError, UnstableSystemError
from ..arrays import EPS, Array, adjoint, norm
from .columns import Columns
from .modal_spectra import modal_spectrum
from .pencils import SparseFactors, SparsePencil, Transposition
from .planned_shifts import PlannedShifts
from .second_order_pencils import SecondOrderPencil
from .shifts import TRUSTED, History, Ritz, next_shift, ritz_values

__all__ = [
    "AdiState",
    "Progress",
    "Side",
    "advance",
    "confirmed_residual",
    "foreseen_factorizations",
    "is_planned",
    "make_plan",
    "rounding_of_residual",
    "start",
]

_RECENT = 16  # columns of the factor, at least, whose span gives the Ritz values: few, for O(n) each a step
_FACTORIZATION = 0.4  # measured cost of a factorization per stored entry in a row, in triangular solves
_MOST_REPETITIONS = 8  # of one shift
_SEEN = 12  # factorizations after which it is known whether poles are lightly damped
# Angle of a shift from the imaginary axis up to which it belongs to a pole that is lightly damped, and the share of
# such shifts from which on a plan pays.
_LIGHTLY, _MOSTLY = 0.2, 0.5
# Of the tolerance, that a plan goes on to: it damps all poles alike, and where an output is far from the input, as on a
# chain of masses, the singular values need more digits than the norm of the residual. A tenth more factorizations.
_BEYOND = 1e-2
_MOST_POINTS = 4000  # of a plan; more poles than these leave no low rank
_LEADING = 6  # directions of the residual factor that its recomputation starts with
_HOPELESS = 1e12  # growth of the residual that no stable system was seen to show


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a low-rank ADI iteration stands, after every factorization.

    Attributes
    ----------
    factorizations : int
        Sparse LU factorizations so far.
    shift : complex
        The last shift.
    residuals : tuple of float
        Relative residuals of the reachability and the observability equation.
    columns : tuple of int
        Columns of their factors.
    """

    factorizations: int
    shift: complex
    residuals: tuple[float, float]
    columns: tuple[int, int]


@dataclass(eq=False)
class Side:
    """One of the two equations: its matrices, the residual factor R and the factor Z of the solution.

    Attributes
    ----------
    trans : "N" or "H"
        Whether the matrices are those of the pencil or their adjoints.
    A, E : sparse
        The matrices that act on this side, in the order of the pencil.
    residual : (n, m) array
        R; the residual of the equation at Z Z* is R R*.
    scale : float
        ‖B B*‖₂ of the right-hand side.
    factor : Columns
        Z.
    lowest : float
        Lowest relative residual so far.
    produced : int
        Columns that the steps so far have made, compressed or not.
    """

    trans: Transposition
    A: Any
    E: Any
    residual: Array
    scale: float
    factor: Columns
    lowest: float = 1.0
    produced: int = 0
    _measured: tuple[Array, float] | None = None

    @property
    def relative_residual(self) -> float:
        """‖R R*‖₂ / ‖B B*‖₂ (0 for a right-hand side that is zero), computed once for every R."""
        if self._measured is None or self._measured[0] is not self.residual:
            self._measured = self.residual, squared_norm(self.residual) / self.scale if self.scale else 0.0
        return self._measured[1]

    def step(self, factors: SparseFactors, alpha: complex, *, paired: bool) -> None:
        """One step with a shift α; with α and its conjugate where they come in pairs."""
        V = factors.solve(self.residual, self.trans)
        self.produced += V.shape[1] * (1 if alpha.imag == 0 or not paired else 2)
        if alpha.imag == 0 or not paired:
            self.residual = self.residual - 2 * alpha.real * (self.E @ V)
            self.factor.append(np.sqrt(-2 * alpha.real) * V)
            return
        # The transposed matrices are real, so that "H" solved with the conjugate of α.
        imag = V.imag if self.trans == "N" else -V.imag
        ratio = alpha.real / alpha.imag
        combined = V.real + ratio * imag
        self.residual = self.residual - 4 * alpha.real * (self.E @ combined)
        root = np.sqrt(-4 * alpha.real)
        self.factor.append(root * combined)
        self.factor.append(root * np.sqrt(1 + ratio**2) * imag)

    def ritz(self) -> Ritz:
        """Ritz values of the pencil on the newest columns of Z, or on R at the start, as eigenvalues of A − λE."""
        recent = self.factor.newest(_newest(self))
        found = ritz_values(self.A, self.E, recent if recent.shape[1] else self.residual, self.residual)
        weights = found.weights - np.log(self.scale) / 2
        return found._replace(values=found.values if self.trans == "N" else found.values.conj(), weights=weights)


@dataclass(eq=False)
class AdiState:
    """Everything that a run needs to go on: both sides and the shifts used so far.

    Attributes
    ----------
    right : (array, array)
        Both right-hand sides, B and C*.
    plan : PlannedShifts, optional
        Where the poles are known, until all that is known of them is damped.
    foreseen : float, optional
        Factorizations in all that the plan foresaw; NaN where there are no known poles.
    """

    pencil: SparsePencil
    reach: Side
    observe: Side
    history: History
    right: tuple[Array, Array]
    plan: PlannedShifts | None = None
    foreseen: float | None = None
    paired: bool = field(init=False)

    def __post_init__(self) -> None:
        self.paired = self.history.paired

    @property
    def sides(self) -> tuple[Side, Side]:
        """Reachability and observability."""
        return self.reach, self.observe

    def pending(self, tol: float) -> list[Side]:
        """Sides whose relative residual is above the tolerance, which a plan goes below."""
        level = tol if self.plan is None else _BEYOND * tol
        return [side for side in self.sides if side.relative_residual > level]

    def progress(self) -> Progress:
        """Where the run stands."""
        return Progress(
            factorizations=len(self.history.shifts),
            shift=self.history.shifts[-1] if self.history.shifts else 0j,
            residuals=(self.reach.relative_residual, self.observe.relative_residual),
            columns=(self.reach.factor.count, self.observe.factor.count),
        )


def start(pencil: SparsePencil, B: Array, C: Array, *, most_columns: int) -> AdiState:
    """Begin an iteration for the Gramians of (A, B, C), B and C* in the order of the pencil."""
    matrices = (pencil.A, pencil.E, B, C)
    paired = not any(np.iscomplexobj(M) for M in matrices)
    dtype = float if paired else complex

    def side(trans: Transposition, A: Any, E: Any, right: Array) -> Side:
        return Side(trans, A, E, right.astype(dtype), squared_norm(right), Columns(len(right), dtype, most_columns))

    reach, observe = side("N", pencil.A, pencil.E, B), side("H", *pencil.adjoint_matrices, C)
    return AdiState(pencil, reach, observe, History([], [], paired), (B, C))


def advance(state: AdiState, tol: float) -> None:
    """Factor once more and use the factors for as many steps as they are worth.

    Repeating a shift costs a solve and no factorization. It goes on while the residuals fall faster, for the operations
    that it costs, than they did on average over the factorization and the steps since.

    Raises
    ------
    UnstableSystemError
        When the Ritz values show an eigenvalue in the right half plane, or the residual explodes.
    """
    pending = state.pending(tol)
    alpha = _chosen_shift(state, pending) if state.plan is None else state.plan.shift()
    factors = state.pencil.factorized(1.0, alpha)
    width = sum(side.residual.shape[1] for side in pending)
    # Of the factorization, in units of one step with all right-hand sides.
    cost = 1 + _FACTORIZATION * factors.entries / (factors.matrix.shape[0] * width)
    before = level = _logarithmic_level(pending, tol)
    steps = 0
    # Of a plan each shift is for its own pole or its own part of a strip, and to repeat it makes columns in vain.
    most = _MOST_REPETITIONS if state.plan is None else 1
    while steps < most and pending:
        for side in pending:
            side.step(factors, alpha, paired=state.paired)
            side.lowest = min(side.lowest, side.relative_residual)
            if not side.relative_residual < _HOPELESS:
                raise _unstable(f"a residual that grows to {side.relative_residual:.1e} times the right-hand side")
        steps += 1
        previous, level = level, _logarithmic_level(pending, tol)
        if previous - level < (before - level) / (cost + steps):
            break
        pending = [side for side in pending if side.relative_residual > tol]
    for side in state.sides:
        side.factor.compress(keep=_newest(side))
    state.history.shifts.append(alpha)
    state.history.steps.append(steps)
    if state.plan is not None:
        state.plan.take(alpha, steps)
        state.plan = None if state.plan.is_done(_BEYOND * tol) else state.plan


def make_plan(state: AdiState, tol: float, *, most: int) -> None:
    """Look for the poles, once, where the shifts so far show that most are lightly damped and the model allows it.

    Parameters
    ----------
    state : AdiState
    tol : float
    most : int
        Factorizations beyond which it does not matter how many are foreseen.
    """
    shifts: Array = np.asarray(state.history.shifts, dtype=complex)
    if state.foreseen is not None or len(shifts) < _SEEN or not state.paired:
        return
    state.foreseen = np.nan
    light = (np.abs(shifts.real) <= _LIGHTLY * np.abs(shifts.imag))[_SEEN // 2 :]  # the first ones look for the poles
    if np.mean(light) < _MOSTLY or not isinstance(state.pencil, SecondOrderPencil):
        return
    spectrum = modal_spectrum(state.pencil, state.right[0], state.right[1], most=_MOST_POINTS)
    if spectrum is not None:
        state.plan = PlannedShifts(spectrum.points, spectrum.weights, state.history)
        state.foreseen = len(shifts) + state.plan.foreseen(_BEYOND * tol, most)


def _newest(side: Side) -> int:
    """Number of columns that the next Ritz values are taken from."""
    return max(_RECENT, 2 * side.residual.shape[1])


def _logarithmic_level(sides: list[Side], tol: float) -> float:
    return sum(np.log(max(side.relative_residual, tol)) for side in sides)


def _chosen_shift(state: AdiState, pending: list[Side]) -> complex:
    found = [side.ritz() for side in pending]
    for ritz in found:
        if ritz.unstable is not None:
            raise _unstable(f"a pole that belongs to {ritz.unstable:.6g}, to {TRUSTED:.0e} relative")
    values = np.concatenate([ritz.values for ritz in found])
    if values.size:
        return next_shift(values, np.concatenate([ritz.weights for ritz in found]), state.history)
    # A right-hand side on which A vanishes, as of a second-order model with forces only.
    side = pending[0]
    return complex(-(la.norm(side.A @ side.residual) or 1.0) / la.norm(side.E @ side.residual))


def _unstable(received: str) -> UnstableSystemError:
    return UnstableSystemError(
        "system",
        "all poles in the open left half plane (inside the unit circle)",
        received,
        "take its stable part, by dlnbalance.split, or stabilize it; an integrator or undamped mode has no Gramian",
    )


def is_planned(state: AdiState) -> bool:
    """Whether the poles were known, so that the number of factorizations is."""
    return state.foreseen is not None and bool(np.isfinite(state.foreseen))


def foreseen_factorizations(state: AdiState, tol: float) -> float:
    """Factorizations until both residuals reach the tolerance, if they go on to fall as on the average so far.

    Infinite where the lowest residual of an equation is the first one. What a plan foresaw, where there is one.
    """
    if state.foreseen is not None and is_planned(state):
        return max(state.foreseen, len(state.history.shifts))
    rates = [-np.log(side.lowest) / max(len(state.history.shifts), 1) for side in state.pending(tol)]
    return -np.log(tol) / min(rates) if rates and min(rates) > 0 else np.inf if rates else 0.0


def rounding_of_residual(side: Side) -> float:
    """Relative residual that rounding of A and E alone can cause at Z Z*."""
    if not side.scale:
        return 0.0
    return EPS * norm(side.A, "1") * norm(side.E, "1") * squared_norm(side.factor.array) / side.scale


def confirmed_residual(side: Side, right: Array) -> float:
    r"""Relative residual of one equation at Z Z*, recomputed from the equation itself.

    The operator :math:`M = A Z Z^* E^* + E Z Z^* A^* + B B^*` is applied to vectors, and its norm found by a few steps
    of a block power method that starts with the leading directions of the residual factor and random columns.

    Raises
    ------
    NumericalError
        When the result is not finite.
    """
    if not side.scale:
        return 0.0
    Z = side.factor.array
    adjoint_A, adjoint_E = (M.T.conj() for M in (side.A, side.E))
    block = np.random.default_rng(0).standard_normal((Z.shape[0], 2)).astype(Z.dtype)
    leading = np.linalg.eigh(adjoint(side.residual) @ side.residual)[1][:, -_LEADING:]
    block = np.hstack([side.residual @ leading, block])
    estimate = 0.0
    for _ in range(4):  # the directions that it starts with span the leading ones of the result, but for rounding
        Q = la.qr(block, mode="economic", check_finite=False)[0]
        first, second = adjoint(Z) @ (adjoint_E @ Q), adjoint(Z) @ (adjoint_A @ Q)
        block = side.A @ (Z @ first) + side.E @ (Z @ second) + right @ (adjoint(right) @ Q)
        estimate = float(la.norm(block, 2))
    if not np.isfinite(estimate):
        raise NumericalError("system", "a finite residual", f"{estimate}", "scale the system")
    return estimate / side.scale


def squared_norm(block: Array) -> float:
    """‖R R*‖₂ = ‖R* R‖₂ of a tall matrix; infinite where it overflows."""
    if not np.isfinite(block).all():
        return np.inf
    gram = adjoint(block) @ block
    if not np.isfinite(gram).all():
        return np.inf
    return float(np.linalg.eigvalsh(gram)[-1]) if gram.shape[0] > 1 else float(abs(gram.sum()))
