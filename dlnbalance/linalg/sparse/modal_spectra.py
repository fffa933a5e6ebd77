r"""Where the poles of a sparse, lightly damped second-order model lie, and how strongly B and C take part in them.

With the modes :math:`K φ = ω^2 M φ`, :math:`φ^T M φ = 1`, of the undamped model, the poles of
M x'' + D x' + K x = B u are

.. math:: λ = -\tfrac12 δ ± \sqrt{\tfrac14 δ^2 - ω^2}, \qquad δ = φ^T D φ,

exactly for Rayleigh damping, and but for O(‖D‖²) for other light damping. Where modes lie further apart than their
poles from the imaginary axis each of them matters: they are found one by one, from the lowest on, by a Lanczos process
about one frequency after another. Further up only the curve that poles lie on does, interpolated between samples.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la

from ...errors import NumericalError
from ..arrays import Array
from .pencils import SparseFactors
from .second_order_pencils import SecondOrderPencil

__all__ = ["ModalSpectrum", "modal_spectrum"]

_STEPS = 80  # Lanczos steps about a frequency: some 40 modes converge, of which orthogonality costs as much as solves
_SAMPLE_STEPS = 24  # the same where a mode or two are enough
_SAMPLES = 12  # of the curve of poles
_SETTLED = 1e-5  # residual of a mode relative to its value; its own error is the square of that
_SURE = 0.8  # of the distance of the nearest Ritz value that has not settled: one nearer may settle late
_CLOSE = 1e-9  # relative distance to what is known at which a search is not moved any closer
_NEIGHBOURS = 8  # modes that give the mean distance between them
_AHEAD = 0.8  # of the radius that a Lanczos process saw, as a step to the next frequency
_RATIO = 30.0  # of frequencies, from which on samples are spaced evenly in logarithms
_SPACING = 0.5  # of points on the curve, in units of the distance from the imaginary axis
_TINY = 1e-300


class ModalSpectrum(NamedTuple):
    """Poles, or points of the curve that they lie on, and the parts of both right-hand sides along them.

    Attributes
    ----------
    points : (k,) complex array
        In the closed upper half plane.
    weights : (k,) array
        Logarithms of the larger of the two parts, each relative to the norm of its right-hand side.
    """

    points: Array
    weights: Array


class _Slice(NamedTuple):
    """Modes about a frequency: ω², poles and weights, and the distance in ω² up to which none is missing."""

    squares: Array
    poles: Array
    weights: Array
    radius: float


class _NoModesError(Exception):
    """M or K is not definite, or damping is not positive."""


def modal_spectrum(pencil: SecondOrderPencil, reach: Array, observe: Array, *, most: int) -> ModalSpectrum | None:
    """Poles of a model with symmetric positive definite M and K and positive damping; None for another.

    Parameters
    ----------
    pencil : SecondOrderPencil
    reach, observe : (2n, m) and (2n, p) arrays
        B and C* in the order of the pencil.
    most : int
        Modes that are found one by one at most, and points of the curve at most.

    Notes
    -----
    For every 40 modes or so one real factorization of K − σM, 80 solves with it, and O(n) operations for every pair of
    Lanczos vectors. A start vector sees one mode of a multiple frequency, which is enough for its position.
    """
    problem = _Problem(pencil, reach, observe)
    try:
        if not problem.is_symmetric:
            return None
        found, frontier, last = problem.separate_modes(most)
        curve = problem.curve(frontier, last, most) if frontier < np.inf else None
    except (_NoModesError, NumericalError):
        return None
    parts = [found] if curve is None else [found, curve]
    return ModalSpectrum(*(np.concatenate([part[k] for part in parts]) for k in (0, 1)))


class _Problem:
    """The symmetric pencil K − ω²M, with damping and right-hand sides."""

    def __init__(self, pencil: SecondOrderPencil, reach: Array, observe: Array):
        self.M, self.D, self.K = pencil.blocks
        self._symmetric_pattern = pencil.symmetric_pattern
        self._right = tuple(np.split(block / (la.norm(block, 2) or 1.0), 2) for block in (reach, observe))
        self._start = np.random.default_rng(0).standard_normal(self.M.shape[0])

    @property
    def is_symmetric(self) -> bool:
        """Whether M, D and K are, with positive diagonals of M and K."""
        same = (abs(X - X.T).max() == 0 for X in (self.M, self.D, self.K))
        return all(same) and all((X.diagonal() > 0).all() for X in (self.M, self.K))

    def separate_modes(self, most: int) -> tuple[tuple[Array, Array], float, _Slice]:
        """Modes from the lowest on, until they overlap: poles and weights, the last ω² and the last slice."""
        top, end, sigma, found = 0.0, self._largest_square(), 0.0, []
        while True:
            part = self._slice(sigma, _STEPS)
            if sigma - part.radius > top and sigma - top > _CLOSE * sigma:  # modes in between are still unknown
                sigma = top + (sigma - top) / 2
                continue
            new = (part.squares > top) & (part.squares <= sigma + part.radius)
            found.append((part.poles[new], part.weights[new]))
            top = max(sigma + part.radius, top)
            count = sum(poles.size for poles, _ in found)
            if top >= end or count >= self.M.shape[0]:
                return _joined(found), np.inf, part
            if count > most or _overlap(part.poles) or not new.any():
                return _joined(found), top, part
            sigma = min(top + _AHEAD * part.radius, end)

    def curve(self, start: float, last: _Slice, most: int) -> tuple[Array, Array]:
        """Points of the curve that the poles above ω² = start lie on."""
        ends = float(np.sqrt(start)), float(np.sqrt(self._largest_square()))
        spaced = np.geomspace if ends[1] > _RATIO * ends[0] else np.linspace
        frequencies = spaced(ends[0], ends[1], _SAMPLES)
        slices = [last, *(self._slice(frequency**2, _SAMPLE_STEPS) for frequency in frequencies[1:])]
        samples = np.array(list(_samples(slices, frequencies)))
        if samples.shape[0] < 2:
            raise _NoModesError
        order = np.argsort(samples[:, 0])
        omega, logarithms, weights = samples[order].T
        grid = [ends[0]]
        while grid[-1] < ends[1] and len(grid) < most:
            damping = np.exp(np.interp(grid[-1], omega, logarithms))
            grid.append(grid[-1] + _SPACING * min(damping, grid[-1]))
        half = np.exp(np.interp(grid, omega, logarithms))
        points = -half + np.sqrt(half**2 - np.array(grid) ** 2 + 0j)
        return points, np.interp(grid, omega, weights)

    def _slice(self, sigma: float, steps: int) -> _Slice:
        """Modes nearest to ω² = σ, by a Lanczos process for (K − σM)⁻¹M in the inner product of M."""
        factors = SparseFactors((self.K - sigma * self.M).tocsc(), symmetric_pattern=self._symmetric_pattern)
        theta, vectors, residuals = self._lanczos(lambda _x, Mx: factors.solve(Mx), steps)
        theta = np.where(np.abs(theta) < _TINY, _TINY, theta)
        settled = residuals <= _SETTLED * np.abs(theta)
        radius = _SURE * float((1 / np.abs(theta[~settled])).min(initial=np.inf))
        settled &= 1 / np.abs(theta) <= radius
        squares = sigma + 1 / theta[settled]
        if (squares <= 0).any():
            raise _NoModesError
        poles, weights = self._poles(squares, vectors[:, settled])
        order = np.argsort(squares)
        return _Slice(squares[order], poles[order], weights[order], radius)

    def _largest_square(self) -> float:
        """The largest ω², or more."""
        factors = SparseFactors(self.M.tocsc(), symmetric_pattern=self._symmetric_pattern)
        values, _, residuals = self._lanczos(lambda x, _Mx: factors.solve(self.K @ x), _SAMPLE_STEPS)
        return float((values + residuals).max())

    def _lanczos(self, apply: Any, steps: int) -> tuple[Array, Array, Array]:
        """Ritz values, vectors and residuals of an operator that is symmetric in the inner product of M."""
        n = self._start.size
        steps = min(steps, n)
        Q, MQ = (np.zeros((n, steps + 1), order="F") for _ in range(2))
        diagonal, beside = np.zeros(steps), np.zeros(steps)
        vector, j = self._start, 0
        for j in range(steps + 1):
            for _ in range(2):
                parts = MQ[:, :j].T @ vector
                vector = vector - Q[:, :j] @ parts
                if j:
                    diagonal[j - 1] += parts[j - 1]
            image = self.M @ vector
            square = float(vector @ image)
            if square < 0:
                raise _NoModesError
            size = np.sqrt(square)
            if j:
                beside[j - 1] = size
            if size <= _TINY or j == steps:
                break
            Q[:, j], MQ[:, j] = vector / size, image / size
            vector = apply(Q[:, j], MQ[:, j])
        values, vectors = la.eigh_tridiagonal(diagonal[:j], beside[: j - 1])
        return values, Q[:, :j] @ vectors, beside[j - 1] * np.abs(vectors[-1])

    def _poles(self, squares: Array, modes: Array) -> tuple[Array, Array]:
        """Poles of modes, and the weights of the right-hand sides."""
        mass = self.M @ modes
        delta = np.einsum("ij,ij->j", modes, self.D @ modes)
        if (delta <= 0).any():
            raise _NoModesError
        poles = -delta / 2 + np.sqrt(delta**2 / 4 - squares + 0j)
        ratio = squares / poles
        gap = np.maximum(np.abs(poles - ratio), _TINY)
        length, massed = la.norm(modes, axis=0), la.norm(mass, axis=0)
        (first, second), (other, last) = self._right
        reach = la.norm(second.T @ modes - (first.T @ mass) * ratio, axis=0) * np.hypot(length, np.abs(poles) * massed)
        observe = la.norm(other.T @ modes + (last.T @ modes) * np.conj(poles), axis=0)
        observe *= massed * np.hypot(1, np.abs(ratio))
        return poles, np.log(np.maximum(np.maximum(reach, observe) / gap, _TINY))


def _joined(parts: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _spacing(poles: Array) -> float:
    """Mean distance of the last modes of a slice."""
    frequencies = np.abs(poles[-_NEIGHBOURS:])
    return float(np.ptp(frequencies)) / (frequencies.size - 1) if frequencies.size > 1 else np.inf


def _overlap(poles: Array) -> bool:
    return poles.size > 1 and _spacing(poles) < -float(poles[-1].real)


def _samples(slices: list[_Slice], frequencies: Array) -> Iterator[tuple[float, float, float]]:
    """Frequency, logarithm of the damping δ/2 and weight; modes that overlap act together."""
    for part, frequency in zip(slices, frequencies, strict=True):
        if not part.poles.size:
            continue
        nearest = int(np.argmin(np.abs(np.sqrt(part.squares) - frequency)))
        pole = part.poles[nearest]
        half = -(pole.real + (part.squares[nearest] / pole).real) / 2
        together = max(1.0, half / max(_spacing(part.poles), _TINY))
        yield float(frequency), float(np.log(half)), float(part.weights.max() + np.log(together) / 2)
