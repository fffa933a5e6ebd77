"""The peak of a frequency response over all frequencies, by level sets."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError, NumericalError
from ..files.conversion import as_system
from ..linalg.arguments import function, instance, shown
from ..linalg.arrays import EPS, Array, as_array
from ..systems.frequency_units import frequency_text
from ..systems.linear_system import LinearSystem
from .gain_curves import GainCurve, spectral_norms
from .interval_proofs import IntervalProof
from .level_sets import LevelSets
from .responses import Response

__all__ = ["PeakGain", "largest_gains", "peak_gain"]

PEAK_RTOL = 1e-9  # a level set this much above the best value must be empty: three digits more than are printed
_MODAL_SHARE = 1e-10  # of a gain: error of the modal form that proofs by it allow for, a tenth of the distance above
_SCREENING = 1e-3  # error of the modal form with which it still tells which gains are far below a level
_SHARPEST = 3  # poles at which the modal form is compared with the Schur form
LEVELS = 40  # level sets at most; convergence is quadratic, so that a handful is the rule
_STEPS = 40  # of Newton's method at most: it takes three to six, and bisection some more at a peak between two poles
# Increase of the gain, relative and twice, that the last Newton step promises: the next one would promise its square.
_NEARLY_THERE = 1e-10
_MOVES = 5  # of the neighbourhood in which a peak is confirmed; that of a model is in the first
# Where the search starts: at so many poles, one more for every 16 states, and so many moduli of poles. A gain costs
# O(n²), what a bad start costs, another level set, is O((2n)³).
_POLES = 6
_MORE_POLES = 16
_CORNERS = 6
_LIGHTLY_DAMPED = 0.1  # damping ratio below which the peak of a pole is higher than everything that is not near another
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

    See Also
    --------
    dlnbalance.hinf_norm : H∞ norm of a stable system, sup_ω σ_max(G), and the frequency of the peak.
    dlnbalance.ReducedModel : a reduced model with what is proved and what was measured about it.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> peak = dln.hinf_norm(dln.LinearSystem([[-1.0]], [[1.0]], [[2.0]]))
    >>> round(float(peak), 9), peak.frequency
    (2.0, 0.0)
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
        return frequency_text(self.frequency, self.unit) if np.isfinite(self.frequency) else "infinite frequency"

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
    The peak of the model (see :func:`~dlnbalance.norms.peaks.largest_gain`), moved to the vertex of a parabola through
    three values of `response` beside it.

    See Also
    --------
    dlnbalance.hinf_norm : H∞ norm of a stable system, sup_ω σ_max(G), and the frequency of the peak.
    dlnbalance.PeakGain : largest gain over all frequencies, and where it is reached.

    Examples
    --------
    >>> from dlnbalance.norms.responses import frequency_response
    >>> from dlnbalance.systems.linear_system import LinearSystem
    >>> system = LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    >>> round(float(peak_gain(lambda omega: frequency_response(system, omega), system)), 9)
    1.0
    """
    model = as_system(model)
    model.check_descriptor()
    function("response", response, "a function of frequencies")
    peak = largest_gain(model)

    def exact(omega: Array) -> Array:
        return largest_gains(response(omega))

    return replace(_settled(model, exact, _confirmed(model, exact, peak.frequency)), unit=peak.unit)


def largest_gain(model: LinearSystem) -> PeakGain:
    r"""Largest gain of a model over all frequencies.

    Parameters
    ----------
    model : LinearSystem
        With a stated time base, a nonsingular E and no pole on the stability boundary; stable or not.

    Notes
    -----
    Starts from the resonances and corner frequencies that tell most, and climbs from the best of them by Newton's
    method on 1/σ², which near a resonance is a parabola. It ends when no gain is 1e-9 above the best value. From some
    40 states on, bounds on intervals of frequencies from the modal form show that, or find a higher gain to climb from
    (see :class:`~dlnbalance.norms.interval_proofs.IntervalProof`); the Schur form is most of the cost then. Where they
    do not decide it, and for small models, the eigenvalues of the Hamiltonian matrix of the level set
    {σ_max(G) = γ} do [1]_, [2]_, O((2n)³); usually that is one matrix.

    References
    ----------
    .. [1] S. Boyd, V. Balakrishnan, Syst. Control Lett. 15 (1990) 1-7.
    .. [2] N. A. Bruinsma, M. Steinbuch, Syst. Control Lett. 14 (1990) 287-293.

    Examples
    --------
    >>> print(largest_gain(LinearSystem([[0.0, 1.0], [-1.0, -0.2]], [[0.0], [1.0]], [[1.0, 0.0]])))
    5.02519 at 0.989949 rad/s
    """
    curve = GainCurve(model)
    best, proved = _proved(model, curve)
    return _reported(model, curve, best if proved else _highest(model, curve, best))


def proved_gain(model: LinearSystem) -> PeakGain | None:
    """The same where bounds from the modal form prove it, which takes O(n³) once; None elsewhere.

    Examples
    --------
    >>> proved_gain(LinearSystem([[-1.0]], [[1.0]], [[1.0]])) is None  # too small for that to be worth while
    True
    """
    curve = GainCurve(model)
    if curve.modal is None:
        return None
    best, proved = _proved(model, curve)
    return _reported(model, curve, best) if proved else None


def _reported(model: LinearSystem, curve: GainCurve, best: PeakGain) -> PeakGain:
    return replace(_settled(model, curve.gains, best), unit="rad/sample" if model.dt is True else "rad/s")


def _proved(model: LinearSystem, curve: GainCurve) -> tuple[PeakGain, bool]:
    """The best peak seen from the first frequencies and by bounds on intervals, and whether these prove it."""
    starts = starting_frequencies(model, curve)
    best = _climbed(model, curve, starts, _first_gains(curve, starts))
    if best.value == 0:  # at frequencies that are no zeros of anything else
        return best, True
    proof = _interval_proof(model, curve, best)
    for _ in range(LEVELS if proof else 0):
        level = (1 + PEAK_RTOL) * best.value
        higher = proof((1 - _MODAL_SHARE) * level, best.frequency) if proof else None
        if higher is None:
            break
        if not higher.size:
            return best, True
        gains = curve.gains(higher)
        if gains.max() <= level:  # what the modal form shows is rounding
            break
        best = _climbed(model, curve, higher, gains)
    return best, False


def _first_gains(curve: GainCurve, starts: Array) -> Array:
    """Gains at the first frequencies: only the largest of them need be right."""
    if curve.modal is None:
        return curve.gains(starts)
    gains = curve.modal_gains(starts)
    k = int(np.argmax(gains))
    gains[k] = curve.gain(float(starts[k]))
    return gains


def _highest(model: LinearSystem, curve: GainCurve, best: PeakGain) -> PeakGain:
    """The best of all peaks, by level sets from a first one."""
    level_set = LevelSets(model)
    for _ in range(LEVELS):
        level = (1 + PEAK_RTOL) * best.value
        crossings = level_set(level)
        gains = curve.screened_gains(crossings, level)
        if gains.max(initial=0.0) <= level:
            return best
        best = _climbed(model, curve, crossings, gains)
    raise NumericalError(
        "system",
        "a level set that becomes empty",
        "gains that keep growing",
        "a pole is too close to the boundary",
    )


def _interval_proof(model: LinearSystem, curve: GainCurve, best: PeakGain) -> IntervalProof | None:
    """Bounds of the gain on intervals from the modal form, where that is as good as the Schur form."""
    if curve.modal is None:
        return None
    sharpest = np.argsort(curve.modal.sharpness(discrete=model.is_discrete))[-_SHARPEST:]
    poles = curve.modal.poles[sharpest]
    omega = curve.unit * (np.angle(poles) if model.is_discrete else poles.imag)
    omega = np.append(omega, 0.0 if not np.isfinite(best.frequency) else best.frequency)
    error = float(np.abs(curve.modal_gains(omega) - curve.gains(omega)).max()) / best.value
    curve.modal_serves = error <= _SCREENING
    return IntervalProof(model, curve.modal) if error <= _MODAL_SHARE else None


def _climbed(model: LinearSystem, curve: GainCurve, grid: Array, gains: Array) -> PeakGain:
    """Best of the ascending frequencies, and from there to the top by Newton's method between its neighbours."""
    k = int(np.argmax(gains))
    peak = PeakGain(value=float(gains[k]), frequency=float(grid[k]))
    if not np.isfinite(peak.frequency) or peak.value == 0:
        return peak
    low, high = float(grid[max(k - 1, 0)]), float(grid[min(k + 1, grid.size - 1)])
    high = high if np.isfinite(high) else 2 * abs(peak.frequency) + abs(low)
    return ascended(curve, peak, low, high, symmetric=is_symmetric_at(model, peak.frequency))


def is_symmetric_at(model: LinearSystem, frequency: float) -> bool:
    """Whether the gain is an even function about a frequency, so that it has no slope there."""
    return not model.is_complex and frequency in (0.0, model.nyquist_frequency)


def ascended(curve: GainCurve, peak: PeakGain, low: float, high: float, *, symmetric: bool) -> PeakGain:
    """The top between two frequencies, from one between them, by Newton's method on 1/σ², and bisection."""
    frequency = peak.frequency
    for _ in range(_STEPS):
        gain, first, second = curve.slopes(frequency)
        curvature = 3 * first**2 - second
        if (symmetric and curvature > 0) or first == curvature == 0:  # a top already, or a constant
            return peak
        symmetric = False
        higher = gain >= peak.value or frequency == peak.frequency  # rounding may differ from the first look
        rises = first > 0 if higher else frequency < peak.frequency
        if higher:
            peak = PeakGain(value=gain, frequency=frequency)
        low, high = (frequency, high) if frequency <= low or (rises and frequency < high) else (low, frequency)
        newton = frequency + curve.unit * first / curvature if curvature > 0 else np.nan
        if first**2 <= _NEARLY_THERE * curvature:  # Newton's method doubles the digits: this step is the last
            gain = curve.gain(newton)
            return PeakGain(value=gain, frequency=newton) if gain > (1 - 4 * EPS) * peak.value else peak
        if not high - low > EPS * abs(frequency):
            break
        frequency = newton if low < newton < high else (low + high) / 2
    return peak


def _confirmed(model: LinearSystem, gain: Callable[[Array], Array], frequency: float) -> PeakGain:
    """The top of a response near that of a model of it: the vertex of a parabola through three values."""
    peak = _vertex(model, gain, frequency)
    if model.is_complex or not np.isfinite(peak.frequency):
        return peak
    return replace(peak, frequency=min(abs(peak.frequency), model.nyquist_frequency))


def _vertex(model: LinearSystem, gain: Callable[[Array], Array], frequency: float) -> PeakGain:
    best = PeakGain(value=0.0, frequency=frequency)
    near = gains = np.zeros(0)
    for _ in range(_MOVES):
        near = _neighbourhood(model, best.frequency)
        gains = gain(near)
        k = int(np.argmax(gains))
        best = PeakGain(value=float(gains[k]), frequency=float(near[k]))
        if 2 * k == near.size - 1:  # the middle
            break
    if near.size < 3 or best.frequency != near[1] or best.value == 0:
        return best
    below, above = gains[[0, 2]] / best.value
    bend = float(2 - below - above)
    if (above - below) ** 2 <= 8 * EPS * bend or bend <= 0:  # nothing to gain, or flat
        return best
    vertex = best.frequency + (near[2] - best.frequency) * float(above - below) / (2 * bend)
    value = float(gain(np.array([vertex]))[0])
    return PeakGain(value=value, frequency=vertex) if value > best.value else best


def largest_gains(response: Array) -> Array:
    """Largest singular value of each matrix of a stack.

    See Also
    --------
    dlnbalance.frequency_response : transfer matrix on the stability boundary.
    dlnbalance.norms.peak_gain : largest singular value of a frequency response over all frequencies.

    Examples
    --------
    >>> largest_gains(np.array([[[3.0, 0.0], [0.0, 4.0]]])).tolist()
    [4.0]
    """
    return spectral_norms(_stack(response))


def _stack(response: Any) -> Array:
    """The transfer matrices of a response as an array; refuse what is something else."""
    stack = as_array("response", response)
    if stack.ndim != 3 or 0 in stack.shape[1:] or stack.dtype.kind not in "iufc" or not np.isfinite(stack).all():
        raise InvalidArgumentError(
            "response", "finite transfer matrices, shape (K, p, m)", shown(response), "return one for each frequency"
        )
    return stack


def starting_frequencies(model: LinearSystem, curve: GainCurve) -> Array:
    """Zero, the end of the axis, some corner frequencies and those of the poles that tell most, ascending."""
    end = model.nyquist_frequency
    poles = model.poles()
    if model.is_discrete:
        poles = np.log(poles[poles != 0].astype(complex)) / model.sampling_time
    corners = np.sort(np.abs(poles))
    corners = corners[corners < end]
    corners = corners[np.linspace(0, corners.size - 1, min(corners.size, _CORNERS)).round().astype(int)]
    ends = [0.0, end]
    if model.is_complex:
        corners, ends = np.concatenate([corners, -corners]), [*ends, -end] if model.is_discrete else ends
    else:
        poles = poles[poles.imag >= 0]
    return np.unique(np.concatenate([_resonances(model, curve, poles), corners, ends]))


def _resonances(model: LinearSystem, curve: GainCurve, poles: Array) -> Array:
    """Frequencies of the least damped poles; where many are lightly damped, of those where the gain is large.

    Of all poles where the modal form makes gains cheap.
    """
    if curve.modal is not None:
        return poles.imag
    damping = np.abs(poles.real) / np.maximum(np.abs(poles), np.finfo(float).tiny)
    first = np.argsort(damping)
    count, lightly = _POLES + model.nstates // _MORE_POLES, np.count_nonzero(damping < _LIGHTLY_DAMPED)
    if lightly <= count:
        return poles.imag[first[:count]]
    candidates = poles.imag[first[:lightly]]
    return candidates[np.argsort(-curve.rough_gains(candidates))[:count]]


def _neighbourhood(model: LinearSystem, frequency: float) -> Array:
    """A peak and two frequencies beside it that leave room for its last digits."""
    if not np.isfinite(frequency):
        return np.array([frequency])
    width = 1e-3 * _distance_to_poles(model, frequency)  # over which a gain changes by about the square of this
    return np.unique([frequency - width, frequency, frequency + width])


def _settled(model: LinearSystem, gain: Callable[[Array], Array], peak: PeakGain) -> PeakGain:
    """Report frequency zero when the peak is indistinguishable from it."""
    # So near to zero the gain is within 1e-6 of that at zero, and rounding decides where its maximum is found.
    if not 0 < abs(peak.frequency) < 1e-3 * _distance_to_poles(model, 0.0):
        return peak
    at_zero = float(gain(np.zeros(1))[0])
    return PeakGain(value=at_zero, frequency=0.0) if at_zero > (1 - PEAK_RTOL) * peak.value else peak


def _distance_to_poles(model: LinearSystem, frequency: float) -> float:
    """Distance, in rad/s, of a point of the stability boundary to the nearest pole."""
    point = model.boundary_points(np.array([frequency]))
    return float(np.abs(point - model.poles()).min(initial=1.0)) / (model.sampling_time or 1.0)
