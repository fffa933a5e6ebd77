"""Proofs that a gain nowhere exceeds a level, interval by interval, from the modal form."""

from math import factorial

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import EPS, Array, Flags
from ..linalg.modal_forms import ModalForm
from ..systems.linear_system import LinearSystem
from .gain_curves import spectral_norms

__all__ = ["IntervalProof"]

# Intervals that are looked at: so many, and more for each state; they take a fourth of the time of the eigenvalues of a
# Hamiltonian matrix at most.
_INTERVALS = 200
_FURTHER = 4
_ORDER = 4  # derivatives that are bounded and not computed: where terms cancel, higher ones allow wider intervals
#: Coefficients of z^j d^j/dz^j in (z d/dz)^k, derivatives along the unit circle: Stirling numbers of the second kind.
_STIRLING = ((1,), (0, 1), (0, 1, 1), (0, 1, 3, 1), (0, 1, 7, 6, 1))
_PARTS = 4  # into which an interval is divided whose bound is too high
_ROUNDS = 60  # of dividing at most: 4^−30 of a pole's frequency is below its rounding
_ROUNDING = 16 * EPS  # of a sum over the poles, in units of the sum of the moduli of its terms
_FIRST = 1e-4  # half width of the interval about the peak, in units of its distance from the nearest pole
_NEGLIGIBLE = 1e-10  # rounding of a sum, in units of the level: a tenth of what the level is above the peak
_DOUBLINGS = 60  # of the frequency beyond which the gain is small at most


class IntervalProof:
    r"""Intervals of frequencies with upper bounds of the gain on each.

    Parameters
    ----------
    model : LinearSystem
        With a stated time base.
    form : ModalForm
        Of the model.

    Notes
    -----
    On an interval of half width h about ω the eigenvalues of Φ = G*G are at most

    .. math:: \max_± λ_{\max} \big( Φ(ω) ± h Φ'(ω) \big) + \tfrac12 h^2 \max \|Φ''\| ,

    the first term being convex in the distance from ω. Derivatives are bounded by Taylor series about ω, the last of
    them by a sum over the poles,

    .. math:: \|G^{(k)}\| ≤ k! \, Σ_i \frac{\|c_i\| \|b_i\|}{(|z - λ_i| - h)^{k + 1}} .

    Intervals whose bound is too high are divided. Towards a peak they shrink in proportion to their distance from it,
    so that a handful for each pole is the rule; where eigenvectors are nearly dependent the bounds are of no use.
    O(n p m) an interval, all that are divided at a time together.

    Examples
    --------
    >>> model = LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    >>> proof = IntervalProof(model, model.modal)
    >>> proof(1.0 + 1e-9, 0.0), proof(0.9, 0.0).size > 0
    (array([], dtype=float64), True)
    """

    def __init__(self, model: LinearSystem, form: ModalForm):
        self._form, self._D = form, model.D
        self._sizes, self._residues = form.sizes, form.residues
        self._discrete, self._both_signs = model.is_discrete, model.is_complex
        self._unit = 1 / model.sampling_time if model.sampling_time else model.coordinates.unit

    def __call__(self, level: float, peak: float) -> Array | None:
        """Frequencies around a gain above `level`; none where none is; None where the bounds do not decide it.

        Frequencies are in rad/s; at `peak` the largest gain is expected, which the level exceeds by little.
        """
        with np.errstate(all="ignore"):  # bounds that leave the range of numbers decide nothing
            return self._searched(level, peak)

    def _searched(self, level: float, peak: float) -> Array | None:
        end = np.pi if self._discrete else self._end(level)
        if not np.isfinite(end):
            return None
        edges = self._edges(end, min(peak / self._unit, end))
        centers, widths = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
        left = _INTERVALS + _FURTHER * self._sizes.size
        for _ in range(_ROUNDS):
            left -= centers.size
            if left < 0:
                return None
            gains, lower, rounding = self._compared(level, centers, widths)
            if rounding > _NEGLIGIBLE * level:
                return None
            k = int(np.argmax(gains))
            if gains[k] > level:
                return self._unit * (centers[k] + widths[k] * np.array([-1.0, 0.0, 1.0]))
            centers, widths = centers[~lower], widths[~lower] / _PARTS
            if not centers.size:
                return centers
            offsets = widths[:, None] * (2 * np.arange(_PARTS) + 1 - _PARTS)
            centers, widths = (centers[:, None] + offsets).ravel(), np.repeat(widths, _PARTS)
        return None

    def _end(self, level: float) -> float:
        """Frequency beyond which the gain stays below the level; infinite where there is none."""
        room = (1 - _NEGLIGIBLE) * level - (la.norm(self._D, 2) if self._D.any() else 0.0)
        moduli = np.abs(self._form.poles)
        end = 2 * float(moduli.max())
        for _ in range(_DOUBLINGS):
            if (self._sizes / (end - moduli)).sum() < room:
                return end
            end *= 2
        return np.inf

    def _edges(self, end: float, peak: float) -> Array:
        """Ends of the first intervals: zero or both ends, the frequencies of the poles, and some around the peak."""
        poles = self._form.poles
        places = np.angle(poles) if self._discrete else poles.imag
        point = np.exp(1j * peak) if self._discrete else 1j * peak
        distance = _FIRST * float(np.abs(point - poles).min())
        around = distance * _PARTS ** np.arange(0, np.log(max(end / distance, 2.0)) / np.log(_PARTS))
        if self._both_signs:
            edges = np.concatenate([[-end, end], places, peak - around, peak + around])
        else:
            edges = np.concatenate([[0.0, end], places[places >= 0], np.abs(peak - around), peak + around])
        return np.unique(edges[np.abs(edges) <= end])

    def _compared(self, level: float, centers: Array, widths: Array) -> tuple[Array, Flags, float]:
        """Gains at the centers, which intervals have none that is higher than the level, and rounding of the gains."""
        points = np.exp(1j * centers) if self._discrete else 1j * centers
        gaps = points[:, None] - self._form.poles
        distances = np.abs(gaps)
        derivatives = self._derivatives(points, 1 / gaps)
        rounding = _ROUNDING * ((1 / distances) @ self._sizes)
        rooms = distances - widths[:, None]
        clear = (rooms > 0).all(axis=1)
        further = [la.norm(G, axis=(1, 2)) for G in derivatives[1:]]  # at least the spectral norm, in less time
        sizes = np.array([spectral_norms(derivatives[0]), *further])
        bounds = _taylor(sizes, self._remainder(1 / np.where(rooms > 0, rooms, np.inf)), widths)
        lower = bounds[0] + rounding <= level
        doubtful = np.flatnonzero(clear & ~lower & (sizes[0] <= level))
        response, slope = (G[doubtful] for G in derivatives[:2])
        lower[doubtful] = _squares(level, response, slope, widths[doubtful], bounds[:, doubtful])
        return sizes[0], clear & lower, float(rounding.max())

    def _derivatives(self, points: Array, factors: Array) -> list[Array]:
        """The response at some points and its derivatives along the stability boundary, up to modulus-1 factors."""
        powers, sums = factors, []
        for k in range(_ORDER):
            sums.append((-1.0) ** k * factorial(k) * (powers @ self._residues).reshape(-1, *self._D.shape))
            powers = powers * factors
        sums[0] = sums[0] + self._D
        if not self._discrete:
            return [np.multiply(1j**k, G) for k, G in enumerate(sums)]
        z = points[:, None, None]
        terms = [[S * z**j * sums[j] for j, S in enumerate(_STIRLING[k]) if S] for k in range(_ORDER)]
        return [np.multiply(1j**k, np.sum(parts, axis=0)) for k, parts in enumerate(terms)]

    def _remainder(self, nearest: Array) -> Array:
        """Bound of the first derivative that is not computed, on intervals with the given reciprocal distances."""
        coefficients = _STIRLING[_ORDER] if self._discrete else (0,) * _ORDER + (1,)
        terms = [S * factorial(j) * (nearest ** (j + 1) @ self._sizes) for j, S in enumerate(coefficients) if S]
        return np.sum(terms, axis=0)


def _taylor(sizes: Array, remainder: Array, widths: Array) -> Array:
    """Bounds of a response and its derivatives on intervals, from their sizes at the centers."""
    terms = [*sizes, remainder]
    return np.array(
        [sum(widths**k / factorial(k) * term for k, term in enumerate(terms[first:])) for first in range(len(sizes))]
    )


def _squares(level: float, response: Array, slope: Array, widths: Array, bounds: Array) -> Flags:
    """Which intervals stay below the level by the bound of the squares of the gains."""
    if response.shape[1] < response.shape[2]:
        response, slope = (M.conj().transpose(0, 2, 1) for M in (response, slope))
    bend = 2 * bounds[0] * bounds[2] + 2 * bounds[1] ** 2
    adjoint = response.conj().transpose(0, 2, 1)
    squares, half = adjoint @ response, adjoint @ slope
    change = widths[:, None, None] * (half + half.conj().transpose(0, 2, 1))
    largest = np.maximum(_largest_eigenvalues(squares + change), _largest_eigenvalues(squares - change))
    return largest + widths**2 * bend / 2 <= level**2


def _largest_eigenvalues(stack: Array) -> Array:
    """Largest eigenvalue of each Hermitian matrix of a stack."""
    if stack.shape[1] == 1:
        return stack[:, 0, 0].real
    return np.linalg.eigvalsh(stack)[:, -1]
