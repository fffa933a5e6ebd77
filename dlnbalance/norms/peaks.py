"""The peak of a frequency response over all frequencies, by level sets."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.linalg as la
import scipy.optimize

from ..errors import InvalidArgumentError, NumericalError
from ..files.conversion import as_system
from ..linalg.arguments import function, instance, shown
from ..linalg.arrays import EPS, Array, adjoint, as_array
from ..systems.linear_system import LinearSystem
from .responses import Response, frequency_response

__all__ = ["PeakGain", "largest_gains", "peak_gain"]

_PEAK_RTOL = 1e-9  # a level set this much above the best value must be empty: three digits more than are printed
_LEVELS = 40  # level sets at most; convergence is quadratic, so that a handful is the rule
_WORTH_SAYING = 1e-6  # share of a gain from which on rounding is printed: it is one of the digits shown


@dataclass(frozen=True, kw_only=True)
class PeakGain:
    """Largest gain over all frequencies, and where it is reached; ``float()`` gives the value.

    Attributes
    ----------
    value : float
        max σ_max(G) on the stability boundary.
    frequency : float
        Infinite where only the feedthrough reaches the peak, negative only for complex systems.
    unit : str
        Unit of the frequency: "rad/s", or "rad/sample" where the sampling time is unspecified.
    uncertainty : float
        How far the true peak may lie above `value`, as far as is known: zero where the search covered all frequencies
        of the system itself; for large sparse systems the search is on a model, and this is the excess of its peak plus
        the largest distance between model and system at the frequencies where both were evaluated.
    rounding : float
        How far rounding may have moved `value`, to first order.
    """

    value: float
    frequency: float
    unit: str = "rad/s"
    uncertainty: float = 0.0
    rounding: float = 0.0

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        if not np.isfinite(self.value):
            return "infinite"
        where = f" at {self.place}" if self.place else ""
        return f"{self.value:.6g}{where}{self.doubt}"

    @property
    def norm(self) -> str:
        """What was measured, in words."""
        return "H∞ norm"

    @property
    def place(self) -> str:
        """The frequency with its unit, in words; empty where the norm is not finite."""
        if np.isnan(self.frequency):
            return ""
        return f"{self.frequency:.6g} {self.unit}" if np.isfinite(self.frequency) else "infinite frequency"

    @property
    def doubt(self) -> str:
        """What the value is subject to, in words; nothing where the digits shown are not touched."""
        estimate = f" (by a model that is exact to {self.uncertainty:.1e})" if self.uncertainty else ""
        rounding = f" (rounding: up to {self.rounding:.1e})" if self.rounding > _WORTH_SAYING * self.value else ""
        return estimate + rounding


def checked_peak(argument: str, value: Any) -> PeakGain:
    """Return `value` when it is a peak gain; refuse anything else."""
    return instance(argument, value, PeakGain, "a PeakGain", "pass what hinf_norm or ReducedModel.error returned")


def peak_gain(response: Response, model: LinearSystem) -> PeakGain:
    r"""Largest singular value of a frequency response over all frequencies.

    Parameters
    ----------
    response : callable
        Frequencies (K,) ↦ transfer matrices (K, p, m).
    model : LinearSystem
        A realization of the response. It may be approximate: it only says where to look, and the value returned
        is one of `response`.

    Notes
    -----
    Starts from the resonances (imaginary parts of the poles) and refines the best; then looks for frequencies
    with a higher gain γ by the eigenvalues of the Hamiltonian matrix of the level set {σ_max(G) = γ}
    [1]_, [2]_. The imaginary parts of *all* its eigenvalues and the midpoints between them are tried, so no
    tolerance decides which eigenvalues lie on the axis. It ends when a level 1e-9 above the best value is empty.
    Discrete systems are mapped to continuous ones for this step.

    References
    ----------
    .. [1] S. Boyd, V. Balakrishnan, Syst. Control Lett. 15 (1990) 1-7.
    .. [2] N. A. Bruinsma, M. Steinbuch, Syst. Control Lett. 14 (1990) 287-293.
    """
    model = as_system(model)
    model.check_descriptor()
    function("response", response, "a function of frequencies")

    def approximate(omega: Array) -> Array:
        return largest_gains(frequency_response(model, omega))

    unit = "rad/sample" if model.dt is True else "rad/s"
    best = _refined(approximate, _resonances(model))
    if best.value == 0:
        return replace(best, unit=unit)
    level_set = _LevelSets(model)
    for _ in range(_LEVELS):
        crossings = level_set((1 + _PEAK_RTOL) * best.value)
        if crossings.size == 0:
            break
        gains = approximate(crossings)
        if gains.max() <= (1 + _PEAK_RTOL) * best.value:
            break
        best = _refined(approximate, crossings)
    else:
        raise NumericalError(
            "system",
            "a level set that becomes empty",
            "gains that keep growing",
            "a pole is too close to the boundary",
        )

    def exact(omega: Array) -> Array:
        return largest_gains(response(omega))

    peak = _settled(model, exact, _refined(exact, _neighbourhood(model, best.frequency)))
    return replace(peak, unit=unit)


def largest_gains(response: Array) -> Array:
    """Largest singular value of each matrix of a stack."""
    response = _stack(response)
    if response.shape[1:] == (1, 1):
        return np.abs(response[:, 0, 0])
    return np.linalg.svd(response, compute_uv=False)[:, 0]


def _stack(response: Any) -> Array:
    """The transfer matrices of a response as an array; refuse what is something else."""
    stack = as_array("response", response)
    if stack.ndim != 3 or 0 in stack.shape[1:] or stack.dtype.kind not in "iufc" or not np.isfinite(stack).all():
        raise InvalidArgumentError(
            "response", "finite transfer matrices, shape (K, p, m)", shown(response), "return one for each frequency"
        )
    return stack


def _resonances(model: LinearSystem) -> Array:
    """Frequencies of all poles, of zero and of the end of the axis, in ascending order."""
    poles = model.poles()
    if model.is_discrete:
        step = model.sampling_time
        angles = np.concatenate([np.angle(poles[poles != 0]) / step, [0.0, np.pi / step]])
        return np.unique(angles if model.is_complex else np.abs(angles))
    ends = [0.0, np.inf]
    frequencies = np.concatenate([poles.imag, poles.real, ends])
    return np.unique(frequencies if model.is_complex else np.abs(frequencies))


def _neighbourhood(model: LinearSystem, frequency: float) -> Array:
    """A peak and two frequencies beside it that leave room for its last digits."""
    if not np.isfinite(frequency):
        return np.array([frequency])
    width = 1e-3 * _distance_to_poles(model, frequency)  # over which a gain changes by about the square of this
    low = frequency - width if model.is_complex else max(frequency - width, 0.0)
    return np.unique([low, frequency, frequency + width])


def _settled(model: LinearSystem, gain: Callable[[Array], Array], peak: PeakGain) -> PeakGain:
    """Report frequency zero when the peak is indistinguishable from it."""
    # So near to zero the gain is within 1e-6 of that at zero, and rounding decides where its maximum is found.
    if not 0 < abs(peak.frequency) < 1e-3 * _distance_to_poles(model, 0.0):
        return peak
    at_zero = float(gain(np.zeros(1))[0])
    return PeakGain(value=at_zero, frequency=0.0) if at_zero > (1 - _PEAK_RTOL) * peak.value else peak


def _distance_to_poles(model: LinearSystem, frequency: float) -> float:
    """Distance, in rad/s, of a point of the stability boundary to the nearest pole."""
    point = model.boundary_points(np.array([frequency]))
    return float(np.abs(point - model.poles()).min(initial=1.0)) / (model.sampling_time or 1.0)


def _refined(gain: Callable[[Array], Array], grid: Array) -> PeakGain:
    """Best of the ascending frequencies, improved by Brent's method between its neighbours."""
    gains = gain(grid)
    k = int(np.argmax(gains))
    peak = PeakGain(value=float(gains[k]), frequency=float(grid[k]))
    low, high = grid[max(k - 1, 0)], grid[min(k + 1, grid.size - 1)]
    if not np.isfinite(peak.frequency) or peak.value == 0:
        return peak
    high = high if np.isfinite(high) else 2 * abs(peak.frequency) + abs(low)
    if high <= low:
        return peak
    width, size = high - low, int(np.frexp(peak.value)[1])
    # In units of the interval and of a power of two near the peak: the method multiplies frequencies and gains.
    found = scipy.optimize.minimize_scalar(
        lambda share: -np.ldexp(gain(np.array([low + share * width]))[0], -size),
        bounds=(0.0, 1.0),
        method="bounded",
        options={"xatol": 1e-12 + EPS * abs(peak.frequency) / width, "maxiter": 100},
    )
    value, frequency = float(np.ldexp(-found.fun, size)), float(low + found.x * width)
    return PeakGain(value=value, frequency=frequency) if value > (1 + 4 * EPS) * peak.value else peak


class _LevelSets:
    """Frequencies at which some singular value of a transfer matrix may equal a given level."""

    def __init__(self, model: LinearSystem):
        self.real = not model.is_complex
        self.step = model.sampling_time
        here = model.explicit().coordinates  # so that neither units nor the size of B and C matter
        self.unit = here.unit
        matrices = here.A, here.B, here.C, model.D
        self.A, self.B, self.C, self.D = to_continuous(*matrices) if model.is_discrete else matrices

    def __call__(self, level: float) -> Array:
        """Candidates at `level` in ascending order: wherever the gain exceeds it, it does so at one of them."""
        A, B, C, D = self.A, self.B, self.C, self.D
        if level <= la.norm(D, 2):
            return np.array([np.inf])
        B, D = B / np.sqrt(level), D / level
        C = C / np.sqrt(level)
        R = np.eye(D.shape[1]) - adjoint(D) @ D
        feedback = la.solve(R, np.hstack([adjoint(D) @ C, adjoint(B)]), assume_a="her")
        n = A.shape[0]
        closed = A + B @ feedback[:, :n]
        output = C + D @ feedback[:, :n]
        hamiltonian = np.block([[closed, B @ feedback[:, n:]], [-adjoint(C) @ output, -adjoint(closed)]])
        axis = self.unit * la.eigvals(hamiltonian, check_finite=False).imag
        if self.step:
            axis = 2 * np.arctan(axis) / self.step
        axis = np.unique(np.abs(axis) if self.real else axis)
        return np.unique(np.concatenate([axis, (axis[1:] + axis[:-1]) / 2]))


def to_continuous(A: Array, B: Array, C: Array, D: Array) -> tuple[Array, Array, Array, Array]:
    """Map z = (1 + s)/(1 − s): the unit circle becomes the imaginary axis, ω dt = 2 arctan of the frequency."""
    n = A.shape[0]
    unit = np.eye(n)
    factors = la.lu_factor(A + unit)
    B_new = np.sqrt(2) * la.lu_solve(factors, B)
    C_new = np.sqrt(2) * adjoint(la.lu_solve(factors, adjoint(C), trans=2))
    return la.lu_solve(factors, A - unit), B_new, C_new, D - C @ B_new / np.sqrt(2)
