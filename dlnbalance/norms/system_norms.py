r"""Frequency responses and the norms that measure a system: H∞, H2 and Hankel."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.linalg as la
import scipy.optimize

from ..errors import InvalidArgumentError, NumericalError
from ..files.conversion import as_system
from ..gramians.low_rank import Automatic
from ..gramians.stability import check_stable, poles_refused
from ..linalg.arguments import function, instance, shown
from ..linalg.arrays import EPS, Array, adjoint, as_array, in_range, is_sparse, norm, real_vector, whole_number
from ..systems.coordinates import out_of_range
from ..systems.linear_system import LinearSystem
from .accuracy import rounding_near

__all__ = [
    "PeakGain",
    "frequency_grid",
    "frequency_response",
    "h2_norm",
    "hankel_norm",
    "hinf_norm",
    "largest_gains",
    "peak_gain",
]

_POINTS_IN_MEMORY = 2**22  # complex numbers held at a time by one batch of resolvents
# Sparse factorizations at fewer frequencies than a fourth of the states cost less than a Schur form.
_SPARSE_SOLVES = 4
_PEAK_RTOL = 1e-9  # a level set this much above the best value must be empty

_WORTH_SAYING = 1e-6  # share of a gain from which on rounding is printed: it is one of the digits shown
_RESONANCES = 150  # the least damped poles around which the grid is refined
_DECADES = 10  # decades below the fastest pole that a grid covers at most
#: Distances from a resonance at which it is sampled, in half-power bandwidths: the arc of the resonance circle.
_OFFSETS = np.tan(np.linspace(-0.49, 0.49, 13) * np.pi)

#: Maps frequencies (K,) to transfer matrices (K, p, m).
Response = Callable[[Array], Array]


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
        "rad/s", or "rad/sample" where the sampling time is unspecified.
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
        where = f"{self.frequency:.6g} {self.unit}" if np.isfinite(self.frequency) else "infinite frequency"
        return f"{self.value:.6g} at {where}{self.doubt}"

    @property
    def doubt(self) -> str:
        """What the value is subject to, in words; nothing where the digits shown are not touched."""
        estimate = f" (by a model that is exact to {self.uncertainty:.1e})" if self.uncertainty else ""
        rounding = f" (rounding: up to {self.rounding:.1e})" if self.rounding > _WORTH_SAYING * self.value else ""
        return estimate + rounding


def checked_peak(argument: str, value: Any) -> PeakGain:
    """Return `value` when it is a peak gain; refuse anything else."""
    return instance(argument, value, PeakGain, "a PeakGain", "pass what hinf_norm or ReducedModel.error returned")


def frequency_response(system: LinearSystem, omega: Array) -> Array:
    r"""Transfer matrix on the stability boundary, G(iω) in continuous and G(e^{iω dt}) in discrete time.

    Parameters
    ----------
    system : LinearSystem
        With a stated time base.
    omega : (K,) array_like
        Frequencies in rad/s (rad/sample for dt = True); infinity gives the feedthrough of a continuous system.

    Returns
    -------
    (K, p, m) complex array

    Raises
    ------
    InvalidArgumentError
        For frequencies that are not real numbers.
    NumericalError
        When one of them is that of a pole on the stability boundary, and for gains out of the range of numbers.

    Notes
    -----
    Uses the Schur form of the system, O(n³) once, and then back substitution for all frequencies together,
    O(K m n²). Large sparse systems, and others for few frequencies, take one sparse factorization for each.

    Examples
    --------
    >>> lag = LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    >>> abs(frequency_response(lag, [0.0, 1.0, np.inf])).ravel().round(6).tolist()
    [1.0, 0.707107, 0.0]
    """
    system = as_system(system)
    frequencies = real_vector("omega", omega, "a list of real frequencies", infinite=True, remedy="give them in rad/s")
    response = np.empty((frequencies.size, system.noutputs, system.ninputs), dtype=complex)
    response[:] = system.D
    finite = np.flatnonzero(np.isfinite(frequencies))
    if system.nstates == 0 or not finite.size:
        return response
    points = system.boundary_points(frequencies)
    if system.is_large or (is_sparse(system.A) and _SPARSE_SOLVES * finite.size < system.nstates):
        for k in finite:
            response[k] = system(complex(points[k]))
        return response
    here = system.coordinates
    output = here.C @ system.schur.Z
    step = max(1, _POINTS_IN_MEMORY // (system.nstates * system.ninputs))
    for start in range(0, finite.size, step):
        batch = finite[start : start + step]
        with poles_refused(system, frequencies[batch]):
            solution = system.schur.resolvent(points[batch] / here.unit, here.B)
        with np.errstate(over="ignore", invalid="ignore"):
            gains = output @ solution.reshape(system.nstates, -1)
        response[batch] += gains.reshape(system.noutputs, batch.size, system.ninputs).transpose(1, 0, 2)
    if not np.isfinite(response).all():
        raise out_of_range("gain")
    return response


def frequency_grid(*systems: Any, points: int = 400) -> Array:
    r"""Frequencies that show a response: a logarithmic grid over all poles, refined at the resonances.

    Parameters
    ----------
    *systems : LinearSystem or anything :func:`as_system` reads
        One or more systems with a stated time base.
    points : int
        Size of the logarithmic grid, before the points at resonances are added.

    Returns
    -------
    (K,) array
        Ascending positive frequencies in rad/s (rad/sample for dt = True). They reach from a decade below the
        slowest pole to a decade above the fastest, over ten decades at most, and end at the Nyquist frequency π/dt
        where every system is discrete.

    Notes
    -----
    Poles z of a discrete system count as s = log(z)/dt. A resonance at Im s of half-power bandwidth −Re s is
    sampled at Im s + Re s tan φ for equally spaced φ, which puts points evenly on its circle in the complex
    plane. One Schur form a system, O(n³), which the system keeps.

    Examples
    --------
    >>> sampled = LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=0.1)
    >>> grid = frequency_grid(sampled)
    >>> bool(grid[-1] == np.pi / 0.1), bool((np.diff(grid) > 0).all())
    (True, True)
    """
    models = [as_system(system) for system in systems]
    for model in models:
        model.check_descriptor()
    points = whole_number("points", points, 2, remedy="a grid has two ends")
    poles = np.concatenate([np.zeros(0), *(_continuous_poles(model) for model in models)])
    nyquist = max((model.nyquist_frequency for model in models), default=np.inf)
    sizes = np.abs(poles[poles != 0])
    slow, fast = (sizes.min(), sizes.max()) if sizes.size else (1.0, 1.0)
    high = min(10 * fast, nyquist)
    low = max(min(slow, high) / 10, high * 10.0**-_DECADES)
    grid = np.concatenate([np.geomspace(low, high, points), _resonance_points(poles)])
    inside = np.unique(grid[(grid >= low) & (grid <= high)])
    inside[-1] = high  # geomspace rounds its ends
    return inside


def _continuous_poles(model: LinearSystem) -> Array:
    poles = model.poles()
    if not model.is_discrete:
        return poles
    return np.log(poles[poles != 0].astype(complex)) / model.sampling_time


def _resonance_points(poles: Array) -> Array:
    width, frequency = np.abs(np.real(poles)), np.abs(np.imag(poles))
    resonant = frequency > width
    width, frequency = width[resonant], frequency[resonant]
    least_damped = np.argsort(width / frequency)[: 2 * _RESONANCES]  # both of a conjugate pair
    return (frequency[least_damped, None] + width[least_damped, None] * _OFFSETS).ravel()


def hinf_norm(system: LinearSystem) -> PeakGain:
    r"""H∞ norm of a stable system, sup_ω σ_max(G), and the frequency of the peak.

    Parameters
    ----------
    system : LinearSystem
        Stable, continuous or discrete, real or complex.

    Returns
    -------
    PeakGain

    Raises
    ------
    UnstableSystemError
        The norm of an unstable system is infinite.

    Notes
    -----
    See :func:`peak_gain`. O(n³) for each of the few level sets. For large sparse systems the peak is searched on a
    balanced truncation from low-rank Gramians and confirmed on the system, and the result states its uncertainty.

    Examples
    --------
    >>> resonance = LinearSystem([[0.0, 1.0], [-1.0, -0.02]], [[0.0], [1.0]], [[1.0, 0.0]])
    >>> peak = hinf_norm(resonance)  # 1 / (2 ζ √(1 − ζ²)) at √(1 − 2ζ²), ζ = 0.01
    >>> round(float(peak), 9), round(peak.frequency, 6)
    (50.002500188, 0.9999)
    """
    system = as_system(system)
    if system.is_large:
        from .large import confirmed_peak, full_projection

        model = full_projection(system, Automatic()(system))
        return confirmed_peak(lambda omega: frequency_response(system, omega), model)
    check_stable(system)
    peak = peak_gain(lambda omega: frequency_response(system, omega), system)
    return replace(peak, rounding=rounding_near(system, peak.frequency))


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
    for _ in range(40):
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
    width = 1e-3 * _distance_to_poles(model, frequency)
    low = frequency - width if model.is_complex else max(frequency - width, 0.0)
    return np.unique([low, frequency, frequency + width])


def _settled(model: LinearSystem, gain: Callable[[Array], Array], peak: PeakGain) -> PeakGain:
    """Report frequency zero when the peak cannot be told from it."""
    if not 0 < abs(peak.frequency) < 1e-3 * _distance_to_poles(model, 0.0):
        return peak
    at_zero = float(gain(np.zeros(1))[0])
    return PeakGain(value=at_zero, frequency=0.0) if at_zero > (1 - 1e-9) * peak.value else peak


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
        self.A, self.B, self.C, self.D = _to_continuous(*matrices) if model.is_discrete else matrices

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


def _to_continuous(A: Array, B: Array, C: Array, D: Array) -> tuple[Array, Array, Array, Array]:
    """Map z = (1 + s)/(1 − s): the unit circle becomes the imaginary axis, ω dt = 2 arctan of the frequency."""
    n = A.shape[0]
    unit = np.eye(n)
    factors = la.lu_factor(A + unit)
    B_new = np.sqrt(2) * la.lu_solve(factors, B)
    C_new = np.sqrt(2) * adjoint(la.lu_solve(factors, adjoint(C), trans=2))
    return la.lu_solve(factors, A - unit), B_new, C_new, D - C @ B_new / np.sqrt(2)


def h2_norm(system: LinearSystem) -> float:
    r"""H2 norm of a stable system.

    .. math:: ‖G‖_2^2 = \mathrm{tr}(C P C^*) \;(+\,‖D‖_F^2 \text{ in discrete time}),

    infinite for a continuous system with feedthrough. From the Gramian factor, without squaring; O(n³).

    Raises
    ------
    UnstableSystemError
        The norm of an unstable system is infinite.
    NumericalError
        When the norm of a stable one is out of the range of numbers.

    Examples
    --------
    >>> round(h2_norm(LinearSystem([[-1.0]], [[1.0]], [[2.0]])), 12)  # 2 / √2
    1.414213562373
    """
    system = as_system(system)
    feedthrough = float(la.norm(system.D))
    if feedthrough and not system.is_discrete and not system.is_large:
        check_stable(system)
        return np.inf
    reach, _ = Automatic()(system).weights  # refuses unstable systems
    if feedthrough and not system.is_discrete:
        return np.inf
    with np.errstate(over="ignore", invalid="ignore"):
        gain = norm(system.C @ reach)
    remedy = "choose other units of the inputs or the outputs"
    return in_range("system", float(np.hypot(gain, feedthrough)), "an H2 norm", remedy)


def hankel_norm(system: LinearSystem) -> float:
    """Hankel norm of a stable system: its largest Hankel singular value.

    Examples
    --------
    >>> round(hankel_norm(LinearSystem([[-1.0]], [[1.0]], [[2.0]])), 12)
    1.0
    """
    return float(Automatic()(system).singular_values.max(initial=0.0))
