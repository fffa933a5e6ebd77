"""The curves that a page shows of one reduced model and the next: gains, channels and steps, as numbers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..decompositions.descriptor_forms import finite_infinite
from ..errors import DlnBalanceError
from ..linalg.arrays import Array, dense
from ..linalg.modal_forms import ModalForm
from ..modelling.sampling import c2d
from ..norms.responses import frequency_grid, frequency_response
from ..reduction.reduced_model import ReducedModel
from ..systems.linear_system import LinearSystem

__all__ = [
    "Channel",
    "Curves",
    "both_sides",
    "channel_responses",
    "chosen_channels",
    "curves",
    "largest_gain",
    "page_frequencies",
    "step_times",
    "steps",
]

_GRID = 300  # frequencies besides those at resonances: more than a curve has pixels in half a page
_MOST = 800  # frequencies in all
_LARGE_GRID = 100  # of a large sparse system, where each takes a factorization
_CHANNELS = 16  # that can be chosen from, the strongest: more would not be found in a list, and make the page large
_TIMES = 1000  # of step responses: more than there are pixels
_PERIODS = 60  # of the slowest pole that a step response shows at most: 16 times in each of them
_DECAY = 5.0  # time constants after which a step response stands still for the eye, e⁻⁵ = 0.7 %
_STANDING = 1e-9  # rate of a pole, in units of the largest, below which it is an integrator moved by rounding
_STEP_LIMIT = 1500  # states up to which the exponential of a matrix takes a few seconds
_AGREEMENT = 1e-3  # share of the error by which a sum over the poles may be off: not seen in a picture


class Channel(NamedTuple):
    """One input and one output."""

    output: int
    input: int


class Curves(NamedTuple):
    """What is evaluated of a reduced model.

    `gain` and `error` are the largest singular values of the response and of its difference from the full one.
    `terms` has the sum over the poles, None where it would be off; then `responses` (C, K) of the channels are there.
    """

    gain: Array
    error: Array
    terms: ModalForm | None
    responses: Array | None


def page_frequencies(model: ReducedModel, others: Sequence[ReducedModel]) -> Array:
    """Frequencies at which a page shows responses: those of :func:`frequency_grid`, thinned out between the peaks.

    Peaks of the full response and of the errors of all orders stay.
    """
    full = model.balanced.full
    if full.is_large:
        return frequency_grid(others[-1].balanced.reduced, points=_LARGE_GRID)
    grid = frequency_grid(_proper(model.full), points=_GRID)
    if grid.size <= _MOST:
        return grid
    chosen = np.zeros(grid.size, dtype=bool)
    chosen[np.linspace(0, grid.size - 1, _MOST // 2).astype(int)] = True
    sides = both_sides(full, grid, both=full.is_complex)
    own = largest_gain(sides if full is model.full else both_sides(model.full, grid, both=full.is_complex))
    peaks = 1 + np.flatnonzero((own[1:-1] > own[:-2]) & (own[1:-1] > own[2:]))
    chosen[peaks[np.argsort(-own[peaks])[: _MOST // 2]]] = True
    for other in others:
        reduced = both_sides(other.balanced.reduced, grid, both=full.is_complex)
        chosen[largest_gain(sides, reduced).argmax()] = True
    return grid[chosen]


def _proper(system: LinearSystem) -> LinearSystem:
    return system if system.E is None else finite_infinite(system).proper


def both_sides(system: LinearSystem, omega: Array, *, both: bool) -> list[Array]:
    """Responses (K, p, m) at ω, and where `both` are wanted, as of complex systems, at −ω."""
    return [frequency_response(system, sign * omega) for sign in ((1, -1) if both else (1,))]


def largest_gain(sides: Sequence[Array], others: Sequence[Array] | None = None) -> Array:
    """Largest singular values (K,) of a response, or of the difference of two; the larger of both sides."""
    responses = sides if others is None else [one - other for one, other in zip(sides, others, strict=True)]
    return np.max([np.linalg.norm(response, 2, axis=(1, 2)) for response in responses], axis=0)


def chosen_channels(response: Array) -> list[Channel]:
    """Pairs of an output and an input, in their order; of many those with the highest peaks."""
    peaks = np.abs(response).max(axis=0)
    strongest = np.sort(np.argsort(-peaks, axis=None, kind="stable")[:_CHANNELS])
    return [Channel(*map(int, np.unravel_index(flat, peaks.shape))) for flat in strongest]


def curves(model: ReducedModel, omega: Array, balanced: Sequence[Array], channels: Sequence[Channel]) -> Curves:
    """Evaluate a reduced model; `balanced` are both sides of the response of what was reduced."""
    reduced, both = model.linear, len(balanced) > 1
    sides = both_sides(reduced, omega, both=both)
    part = sides if model.balanced.reduced is reduced else both_sides(model.balanced.reduced, omega, both=both)
    error = largest_gain(balanced, part)
    found, responses = terms(reduced), None
    if found is not None and reduced.nstates:
        off = np.abs(_summed(found, reduced, omega) - sides[0]).max(initial=0.0)
        if not off <= max(_AGREEMENT * error.max(initial=0.0), float(model.accuracy_floor)):
            found = None
    if found is None:
        responses = channel_responses(sides[0], channels)
    return Curves(largest_gain(sides), error, found, responses)


def channel_responses(response: Array, channels: Sequence[Channel]) -> Array:
    """The responses (C, K) of some channels, of transfer matrices (K, p, m)."""
    return np.array([response[:, i, j] for i, j in channels]).reshape(len(channels), response.shape[0])


def terms(system: LinearSystem) -> ModalForm | None:
    """The response of a small system as a sum over its poles, in its own unit of rates; None where there is none."""
    if system.nstates == 0:
        return ModalForm(np.zeros(0, complex), np.zeros((0, system.ninputs)), np.zeros((system.noutputs, 0)))
    if system.E is not None or system.modal is None:
        return None
    poles, inputs, outputs = system.modal
    unit = system.coordinates.unit
    return ModalForm(unit * poles, unit * inputs, outputs)


def _summed(found: ModalForm, system: LinearSystem, omega: Array) -> Array:
    with np.errstate(all="ignore"):  # a pole on the grid gives no number, and no agreement
        return system.D + found.response(system.boundary_points(omega))


def step_times(system: LinearSystem) -> Array:
    """Times, in seconds or samples, from zero until the slowest pole of a small system has decayed, or grown as much.

    A slow oscillation ends earlier, after some tens of periods.
    """
    poles: Array = system.poles().astype(complex) if system.E is None else np.zeros(0, complex)
    if system.is_discrete:
        poles = np.log(poles[poles != 0])  # per sample
    rates, turning = np.real(poles), np.abs(np.imag(poles))
    moving = np.abs(rates) > _STANDING * np.abs(poles).max(initial=0.0)
    length = 1.0
    if moving.any():
        slowest = np.flatnonzero(moving)[np.abs(rates[moving]).argmin()]
        growing = float(np.max(rates[moving], initial=0.0))
        length = _DECAY / (growing or float(np.abs(rates[slowest])))
        if turning[slowest] and not growing:
            length = min(length, _PERIODS * 2 * np.pi / float(turning[slowest]))
    if not system.is_discrete:
        return np.linspace(0.0, length, _TIMES)
    stride = max(1, int(np.ceil(length / _TIMES)))
    return float(stride) * np.arange(max(2, min(_TIMES, int(np.ceil(length / stride)) + 1)))


def steps(system: LinearSystem, times: Array, channels: Sequence[Channel]) -> Array | None:
    """Step responses (C, T) at evenly spaced times; None for what is too large or has impulses.

    By powers of the matrix of one step, which are exact at the samples.
    """
    if system.is_complex or system.is_large or system.nstates > _STEP_LIMIT:
        return None
    try:
        if system.E is not None:
            parts = finite_infinite(system)
            if not parts.is_proper:
                return None
            system = parts.proper.explicit()
        sampled = system if system.is_discrete else c2d(system, float(times[1]))
    except DlnBalanceError:  # beyond the range of numbers
        return None
    A, B = dense(sampled.A), sampled.B
    if system.is_discrete:
        A, B = _several_steps(A, B, int(times[1]))
    state, found = np.zeros_like(B, dtype=float), np.empty((len(channels), times.size))
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(times.size):
            output = sampled.C @ state + sampled.D
            found[:, k] = [output[i, j] for i, j in channels]
            state = A @ state + B
    return found if np.isfinite(found).all() else None


def _several_steps(A: Array, B: Array, count: int) -> tuple[Array, Array]:
    """A^k and (A^{k−1} + … + I) B, the leading blocks of a power of [A B; 0 I]."""
    n, m = B.shape
    whole = np.block([[A, B], [np.zeros((m, n)), np.eye(m)]])
    power = np.linalg.matrix_power(whole, count)
    return power[:n, :n], power[:n, n:]
