"""Gramian factors of large sparse systems."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import NumericalError
from ..files.conversion import as_system
from ..linalg.arguments import as_path, function, positive_number, real_number
from ..linalg.arrays import EPS, Array, adjoint, frozen, norm, whole_number
from ..linalg.sparse.adi import (
    AdiState,
    Progress,
    advance,
    confirmed_residual,
    foreseen_factorizations,
    is_planned,
    make_plan,
    rounding_of_residual,
    start,
)
from ..linalg.sparse.iteration_logs import log_residuals
from ..linalg.sparse.pencils import SparsePencil
from ..networks.factor_pairs import FactorPair
from ..systems.linear_system import LinearSystem
from .base import ErrorBounds, Gramians, GramianStrategy, check_range
from .checkpoints import Checkpoint
from .lyapunov import Lyapunov

__all__ = ["LowRank", "LowRankGramians"]

_LOG = logging.getLogger(__name__)

_LEAST_SEEN = 20  # factorizations before anything is foreseen: the first ones look for the poles
_SURELY_SEEN = 40  # the same before an iteration that has no other limit is given up
_HOPELESS = 2  # times the factorizations allowed that are foreseen then: residuals may come to fall faster
_MOST_FORESEEN = 5000  # factorizations that a plan foresees at most: more are out of the question
_MARGIN = 0.2  # of the factorizations that a plan foresees, for what it did not know
_SLACK = 10  # factor by which the recomputed residual may exceed the tolerance or what rounding explains

_NO_LOW_RANK = (
    "many lightly damped poles leave the Gramians no low rank: take gramians=dlnbalance.Lyapunov(), which is dense, or"
    " reduce the slow part alone, that of dlnbalance.split(system, dlnbalance.decompositions.Band(0, frequency))"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class LowRankGramians(Gramians):
    r"""Thin factors of both Gramians, and how good they are.

    Attributes
    ----------
    network, how, complete
        As for all :class:`~dlnbalance.gramians.base.Gramians`; the network has hidden width n, and its outer widths are
        the numbers of columns. It is never complete.
    residuals : (float, float)
        ‖A P E* + E P A* + B B*‖₂ / ‖B B*‖₂ and the same for the observability equation (in discrete time those of the
        Stein equations), recomputed from the equations at the factors that are returned.
    shifts : (k,) complex array
        Shifts, one sparse LU factorization each.
    steps : (k,) int array
        How often each of them was used.

    See Also
    --------
    dlnbalance.LowRank : Gramians of a large sparse system, by thin factors of stated residual.
    dlnbalance.gramians.Gramians : Gramian factors of a system, and how they were found.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> found = dln.LowRank(tol=1e-8).solve(dln.examples.get("convection-diffusion", n0=12))
    >>> max(found.residuals) <= 1e-8
    True
    """

    residuals: tuple[float, float]
    shifts: Array
    steps: Array

    def __repr__(self) -> str:
        columns, n, rows = self.network.widths
        return (
            f"LowRankGramians: {columns} and {rows} columns for {n} states;"
            f" residuals {self.residuals[0]:.1e} and {self.residuals[1]:.1e};"
            f" {self.shifts.size} factorizations, {int(self.steps.sum())} steps"
        )


@dataclass(frozen=True)
class LowRank(GramianStrategy):
    r"""Reachability and observability Gramians of a large sparse system, by thin factors of stated residual.

    .. math:: A P E^* + E P A^* + B B^* = 0, \qquad A^* Y E + E^* Y A + C^* C = 0, \qquad
       P ≈ Z_c Z_c^*, \quad Q = E^* Y E ≈ Z_o Z_o^*

    in continuous time, and the Stein equations of :class:`~dlnbalance.gramians.lyapunov.Lyapunov` in discrete time.

    Parameters
    ----------
    tol : float
        Each equation is solved until its residual, in the spectral norm and relative to ‖BB*‖ (‖C*C‖), is at most this.
    max_factorizations : int
        Sparse LU factorizations after which the search for a small residual is given up.
    max_columns : int
        Number of columns of a factor from which on they are compressed.
    max_rank : int, optional
        Number of columns that a factor may need in all: as soon as more are foreseen, from planned shifts or, after 20
        factorizations at the earliest, from the residuals, the search is given up. n says: when the Gramians have no
        low rank.
    progress : callable, optional
        Called with a :class:`~dlnbalance.linalg.sparse.adi.Progress` after every factorization.
    checkpoint : str or Path, optional
        A ``.npz`` file that is written from time to time, and continued from if it exists.
    checkpoint_seconds : float
        Least time between two of these writes; there is one at the end, too.

    Raises
    ------
    InvalidArgumentError
        For settings out of range, or a checkpoint of another system.
    UnstableSystemError
        When the iteration meets an unstable pole. What neither B nor C reaches is not seen.
    SingularDescriptorError
        When E is singular.
    NumericalError
        When the tolerance cannot be reached; when planned shifts are more than are allowed, or it is foreseen after 40
        factorizations that twice as many as are allowed would not reach it; or the Hankel norm is out of the range of
        numbers.

    Notes
    -----
    One low-rank ADI sweep for both equations (see :mod:`dlnbalance.linalg.sparse.adi`): every sparse LU factorization
    of A + αE serves both, and more than one step, as long as repeating its shift costs less than it brings. Shifts are
    real where the Ritz values are, or nearly so; a pair of complex shifts takes one complex factorization and real
    arithmetic otherwise. Where a second-order model with symmetric M, D and K turns out to be lightly damped, its poles
    are looked for after 12 factorizations, by real Lanczos processes (see
    :mod:`dlnbalance.linalg.sparse.modal_spectra`), and the shifts are planned for them: two to three times fewer where
    Ritz values take hundreds, and their number is known beforehand, so that a model without low rank is refused at
    once.

    In discrete time, A P A* − E P E* + BB* = 0 *is* the continuous equation of the pencil (A − E, A + E) with √2 B, so
    the same iteration solves it with the combinations (1 + α)A − (1 − α)E, as sparse as before.

    The factors approximate the Gramians from below. Hankel singular values far above ``tol``·σ_1 are those of the
    system to about that tolerance; what lies below, and beyond the number of columns, is not known to be zero.

    References
    ----------
    .. [1] P. Benner, P. Kürschner, J. Saak, Numer. Algorithms 62 (2013) 225-251.
    .. [2] P. Benner, P. Kürschner, J. Saak, Electron. Trans. Numer. Anal. 43 (2014) 142-162.

    See Also
    --------
    dlnbalance.Lyapunov : reachability and observability Gramians of a stable system.
    dlnbalance.Automatic : the Gramian strategy that costs less.
    dlnbalance.gramians.LowRankGramians : thin factors of both Gramians, and how good they are.

    Examples
    --------
    >>> from dlnbalance.examples import convection_diffusion
    >>> system = convection_diffusion(20)
    >>> values = LowRank()(system).singular_values
    >>> bool(abs(values[:5] - Lyapunov()(system).singular_values[:5]).max() < 1e-9 * values[0])
    True
    """

    name = "low-rank"
    description = "the same equations of a large sparse system, by thin factors; proves the H∞ error but for their tail"
    values_name = Lyapunov.values_name

    tol: float = 1e-10
    max_factorizations: int = 1500
    max_columns: int = 500
    max_rank: int | None = None
    progress: Callable[[Progress], None] | None = None
    checkpoint: str | Path | None = None
    checkpoint_seconds: float = 60.0

    def __post_init__(self) -> None:
        expected = f"a relative residual from {EPS:.1e} to 1"
        real_number("tol", self.tol, expected, lambda tol: EPS <= tol < 1, remedy="try 1e-10")
        for name in ("max_factorizations", "max_columns"):
            whole_number(name, getattr(self, name), remedy="try 500")
        if self.max_rank is not None:
            whole_number("max_rank", self.max_rank, remedy="try the number of states")
        if self.progress is not None:
            function("progress", self.progress, "a function", remedy="it is called with a Progress")
        if self.checkpoint is not None:
            as_path("checkpoint", self.checkpoint)
        positive_number("checkpoint_seconds", self.checkpoint_seconds, or_zero=True, remedy="try 60")

    def solve(self, system: LinearSystem) -> LowRankGramians:
        """Solve for the factors, and say how good they are."""
        system = as_system(system)
        system.check_descriptor()
        pencil, weight = _pencil(system)
        units = _unit(system.B), _unit(system.C)
        B, C = weight * pencil.permute(system.B / units[0]), weight * pencil.permute(adjoint(system.C / units[1]))
        state = start(pencil, B, C, most_columns=self.max_columns)
        checkpoint = None if self.checkpoint is None else Checkpoint(self.checkpoint, system, self.checkpoint_seconds)
        if checkpoint is not None:
            checkpoint.restore(state)
        self._iterate(state, checkpoint)
        residuals = self._confirmed(state, B, C)
        shifts = state.history.shifts
        return LowRankGramians(
            network=_network(system, state, units),
            how=f"low rank, residuals {residuals[0]:.1e} and {residuals[1]:.1e} by {len(shifts)} sparse factorizations",
            complete=False,
            residuals=residuals,
            shifts=frozen(np.array(shifts, dtype=complex)),
            steps=frozen(np.array(state.history.steps, dtype=int)),
        )

    def _iterate(self, state: AdiState, checkpoint: Checkpoint | None) -> None:
        while state.pending(self.tol):
            make_plan(state, self.tol, most=_MOST_FORESEEN)
            self._check_prospects(state)
            with np.errstate(over="ignore", invalid="ignore"):  # before an unstable system is refused
                advance(state, self.tol)
            log_residuals(_LOG, len(state.history.shifts), [side.relative_residual for side in state.sides], self.tol)
            if self.progress is not None:
                self.progress(state.progress())
            if checkpoint is not None:
                checkpoint.save(state, finished=not state.pending(self.tol))

    def _check_prospects(self, state: AdiState) -> None:
        """Give up when the factorizations are used up, or foreseen to be of no avail."""
        done, reached = len(state.history.shifts), max(side.relative_residual for side in state.sides)
        remedy = f"allow more of them or a larger tol; {_NO_LOW_RANK}"
        if done >= self.max_factorizations:
            received = f"{reached:.1e} after {done} factorizations"
            raise NumericalError("max_factorizations", f"a relative residual of {self.tol:.1e}", received, remedy)
        planned = is_planned(state)
        if done < _LEAST_SEEN and not planned:
            return
        foreseen = foreseen_factorizations(state, self.tol)
        columns = max(side.produced for side in state.sides)
        width = max(side.residual.shape[1] for side in state.sides)
        rank = columns + 2 * width * (foreseen - done) if planned else columns * foreseen / done
        if self.max_rank is not None and rank > self.max_rank:
            raise NumericalError(
                "max_rank",
                f"Gramian factors of at most {self.max_rank} columns",
                f"a residual of {reached:.1e} after {done} factorizations, {_foreseen(rank, 'columns')}",
                _NO_LOW_RANK,
            )
        # Factors of a small model soon have as many columns as it has states; to go on costs little, and may succeed.
        small = columns >= state.reach.residual.shape[0]
        rated = done >= _SURELY_SEEN and foreseen > _HOPELESS * self.max_factorizations and not small
        if rated or (planned and foreseen > self.max_factorizations):
            received = f"{reached:.1e} after {done} factorizations, {_foreseen(foreseen, 'of them')}"
            expected = f"a relative residual of {self.tol:.1e} within {self.max_factorizations} factorizations"
            if planned and foreseen < _MOST_FORESEEN:
                enough = int(foreseen + _MARGIN * foreseen)
                remedy = f"max_factorizations={enough} finds factors of about {rank:.1g} columns; {_NO_LOW_RANK}"
            raise NumericalError("max_factorizations", expected, received, remedy)

    def _confirmed(self, state: AdiState, B: Array, C: Array) -> tuple[float, float]:
        residuals = []
        for side, right in zip(state.sides, (B, C), strict=True):
            residual = confirmed_residual(side, right)
            if residual > _SLACK * max(self.tol, rounding_of_residual(side)):
                raise NumericalError(
                    "tol",
                    f"a relative residual of {self.tol:.1e}",
                    f"{residual:.1e}, recomputed at the factors found",
                    "rounding has spoiled the iteration; scale the states, or use Lyapunov()",
                )
            residuals.append(residual)
        return residuals[0], residuals[1]

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        """Bounds from the values computed, as for exact Gramians; the tail beyond them is left out."""
        return Lyapunov().error_bounds(values, order, floor)


def _foreseen(count: float, what: str) -> str:
    return f"which foresees about {count:.1g} {what}" if np.isfinite(count) else f"which foresees no end of {what}"


def _pencil(system: LinearSystem) -> tuple[SparsePencil, float]:
    """The pencil whose continuous Lyapunov equations are those of the system, and the factor of its B and C."""
    if not system.is_discrete:
        return system.sparse_pencil, 1.0
    return system.cayley_pencil, float(np.sqrt(2))


def _unit(signals: Array) -> float:
    """Power of two next to the largest entry: in units of it squares neither overflow nor underflow."""
    return float(np.ldexp(1.0, int(np.frexp(np.abs(signals).max(initial=0.0))[1]) - 1))


def _network(system: LinearSystem, state: AdiState, units: tuple[float, float]) -> FactorPair:
    """Both factors in the order of the system, and in its units of the signals; the state gives its own up."""
    reach, observe = (state.pencil.unpermute(_some_columns(side.factor.release())) for side in state.sides)
    if system.E is not None:
        observe = adjoint(system.E) @ observe
    check_range(units[0] * norm(reach), units[1] * norm(observe))
    reach *= units[0]
    observe *= units[1]
    return FactorPair([reach, adjoint(observe)])


def _some_columns(factor: Array) -> Array:
    """The factor, with a column of zeros where it has none."""
    return factor if factor.shape[1] else np.zeros((factor.shape[0], 1), dtype=factor.dtype)
