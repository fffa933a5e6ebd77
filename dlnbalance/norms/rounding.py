r"""Finite word length: what rounding the coefficients of a realization does to its transfer function and poles."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import Array, adjoint
from ..networks.initialization import haar_unitary
from ..systems.linear_system import LinearSystem
from .responses import frequency_grid, frequency_response

__all__ = [
    "RoundingErrors",
    "Sensitivity",
    "has_stable_poles",
    "peak_difference",
    "quantized",
    "rounding_errors",
    "sensitivity",
]

_POINTS = 100  # of the logarithmic part of a frequency grid; the resonances, where the peaks are, come on top


@dataclass(frozen=True, kw_only=True, eq=False)
class Sensitivity:
    r"""First-order effect of small changes of the coefficients on the transfer function, δG = F δA E + F δB + δC E.

    Attributes
    ----------
    reach, observe : (K,) array
        ‖E‖_F and ‖F‖_F, E = (zI − A)⁻¹B and F = C(zI − A)⁻¹, on a frequency grid.
    peak : float
        Peak gain of G on the grid.
    sizes : tuple of float
        ‖A‖_F, ‖B‖_F, ‖C‖_F.
    """

    reach: Array
    observe: Array
    peak: float
    sizes: tuple[float, float, float]

    @property
    def absolute(self) -> float:
        """max_ω ‖F‖_F ‖E‖_F: the most that a change of A of unit Frobenius norm does."""
        return float((self.reach * self.observe).max())

    @property
    def relative(self) -> float:
        """The most that changes by a small share of ‖A‖, ‖B‖ and ‖C‖ do, in units of that share and the peak gain."""
        return self._combined(self.sizes) / self.peak

    def predicted(self, steps: tuple[float, float, float], shape: tuple[int, int], *, complex_entries: bool) -> float:
        """Root mean square of ‖δG‖_F / peak, at its worst frequency, for entries rounded in steps (of A, B, C)."""
        p, m = shape
        parts = 2 if complex_entries else 1
        a, b, c = (step * np.sqrt(parts / 12) for step in steps)
        return self._combined((a, b * np.sqrt(m), c * np.sqrt(p))) / self.peak

    def _combined(self, sizes: tuple[float, float, float]) -> float:
        a, b, c = sizes
        parts = a * self.observe * self.reach, b * self.observe, c * self.reach
        return float(la.norm(parts, axis=0).max())


class RoundingErrors(NamedTuple):
    """What rounding to one word length did, over all draws of coordinates.

    Relative to the peak gain: `mean` and `standard_error` of the H∞ error over the stable draws, its first-order
    prediction, and the error in the coordinates of the realization itself. None where nothing is stable.
    `pole_shift` is the mean of the largest move of a pole, in units of the spectral radius.
    """

    mean: float | None
    standard_error: float | None
    predicted: float
    own: float | None
    pole_shift: float
    unstable: int
    draws: int


def sensitivity(system: LinearSystem) -> Sensitivity:
    """Measure what small changes of the coefficients of a stable explicit system do, on a frequency grid.

    Examples
    --------
    >>> measure = sensitivity(LinearSystem([[-1.0]], [[2.0]], [[3.0]]))  # at ω = 0: E = 2, F = 3
    >>> round(measure.absolute, 9), round(measure.peak, 9)
    (6.0, 6.0)
    """
    A, B, C, n = system.A, system.B, system.C, system.nstates
    omega = grid_of(system)
    states = LinearSystem(A, B, np.eye(n), dt=system.dt)
    dual = LinearSystem(adjoint(A), adjoint(C), np.eye(n), dt=system.dt)  # at conjugate points, those of −ω
    return Sensitivity(
        reach=la.norm(frequency_response(states, omega), axis=(1, 2)),
        observe=la.norm(frequency_response(dual, -omega), axis=(1, 2)),
        peak=_peak(frequency_response(system, omega)),
        sizes=(float(la.norm(A)), float(la.norm(B)), float(la.norm(C))),
    )


def quantized(matrix: Array, bits: int) -> tuple[Array, float]:
    r"""Round the entries of a matrix to fixed-point numbers of `bits` bits, sign included, with one binary point.

    Parameters
    ----------
    matrix : (m, n) array
        Real and imaginary parts of complex entries are rounded separately.
    bits : int
        At least 2: entries become whole multiples k q, −2^{bits − 1} < k < 2^{bits − 1}.

    Returns
    -------
    (m, n) array and float
        The rounded matrix, and the step q, the least power of two for which no entry overflows.

    Examples
    --------
    >>> rounded, step = quantized(np.array([[0.9, 0.3]]), 4)
    >>> rounded.tolist(), step  # 7/8 and 2/8
    ([[0.875, 0.25]], 0.125)
    """
    largest = max(np.abs(matrix.real).max(initial=0.0), np.abs(matrix.imag).max(initial=0.0))
    if largest == 0:
        return matrix, 0.0
    step = float(np.ldexp(1.0, int(np.frexp(largest)[1]) - bits + 1))
    if np.round(largest / step) >= 2.0 ** (bits - 1):  # rounded up to a power of two, which no longer fits
        step *= 2
    scaled = matrix / step
    rounded = np.round(scaled.real) + 1j * np.round(scaled.imag) if np.iscomplexobj(matrix) else np.round(scaled)
    return rounded * step, step


def rounding_errors(
    system: LinearSystem,
    measure: Sensitivity,
    words: Sequence[int],
    draws: int,
    *,
    rng: np.random.Generator,
    report: Callable[[float], None],
) -> list[RoundingErrors]:
    """Round a realization to every word length, in its own and in `draws` random unitary coordinates."""
    outcomes = [[_round(system, system, b) for b in words]]
    for done in range(draws):
        U = haar_unitary(system.nstates, rng=rng, complex_entries=system.is_complex)
        turned = system.with_matrices(U @ system.A @ adjoint(U), U @ system.B, system.C @ adjoint(U))
        outcomes.append([_round(system, turned, b) for b in words])
        report((done + 1) / draws)
    return [_summary(system, measure, column) for column in zip(*outcomes, strict=True)]


class _Outcome(NamedTuple):
    error: float | None
    shift: float
    steps: tuple[float, float, float]


def _round(reference: LinearSystem, system: LinearSystem, bits: int) -> _Outcome:
    (A, a), (B, b), (C, c) = (quantized(M, bits) for M in (system.A, system.B, system.C))
    rounded = system.with_matrices(A, B, C)
    error = peak_difference(reference, rounded) if has_stable_poles(rounded) else None
    return _Outcome(error=error, shift=_pole_shift(reference.poles(), rounded.poles()), steps=(a, b, c))


def _summary(system: LinearSystem, measure: Sensitivity, outcomes: Sequence[_Outcome]) -> RoundingErrors:
    own, *drawn = outcomes
    errors = np.array([outcome.error for outcome in drawn if outcome.error is not None]) / measure.peak
    steps = tuple(np.sqrt(np.mean(np.square([outcome.steps for outcome in drawn]), axis=0)))
    return RoundingErrors(
        mean=float(errors.mean()) if errors.size else None,
        standard_error=float(errors.std(ddof=1) / np.sqrt(errors.size)) if errors.size > 1 else None,
        predicted=measure.predicted(steps, system.D.shape, complex_entries=system.is_complex),
        own=None if own.error is None else own.error / measure.peak,
        pole_shift=float(np.mean([outcome.shift for outcome in drawn])),
        unstable=len(drawn) - errors.size,
        draws=len(drawn),
    )


def _pole_shift(before: Array, after: Array) -> float:
    """Largest move of a pole under the assignment with the least sum of moves, in units of the spectral radius."""
    distances = np.abs(before[:, None] - after[None, :])
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(distances)
    return float(distances[rows, columns].max() / (np.abs(before).max() or 1.0))


# -- gains on a grid ------------------------------------------------------------------------------------------------


def has_stable_poles(system: LinearSystem) -> bool:
    """Whether all poles, as computed, lie inside the stability region.

    That is less than to be stable beyond rounding (:func:`~dlnbalance.gramians.stability.is_stable`): coefficients that
    were rounded are the subject here, and are taken as they are.
    """
    poles = system.poles()
    return bool((np.abs(poles) < 1).all() if system.is_discrete else (poles.real < 0).all())


def grid_of(*systems: LinearSystem) -> Array:
    """Frequencies with zero and the resonances of all systems; of both signs for complex ones."""
    omega = np.append(0.0, frequency_grid(*systems, points=_POINTS))
    return np.concatenate([-omega[:0:-1], omega]) if any(system.is_complex for system in systems) else omega


def peak_difference(first: LinearSystem, second: LinearSystem) -> float:
    """Largest gain of the difference on a grid with the resonances of both: a sharp lower bound of its H∞ norm.

    Examples
    --------
    >>> slow, fast = (LinearSystem([[-decay]], [[1.0]], [[1.0]]) for decay in (1.0, 2.0))
    >>> round(peak_difference(slow, fast), 12)
    0.5
    """
    omega = grid_of(first, second)
    return _peak(frequency_response(first, omega) - frequency_response(second, omega))


def _peak(response: Array) -> float:
    return (
        float(la.norm(response, 2, axis=(1, 2)).max())
        if min(response.shape[1:]) > 1
        else float(la.norm(response, axis=(1, 2)).max())
    )
