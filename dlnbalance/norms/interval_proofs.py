"""Proofs that a gain nowhere exceeds a level, interval by interval, from the modal form."""

import numpy as np

from ..linalg.arrays import EPS, Array, Flags
from ..linalg.modal_forms import ModalForm
from ..systems.linear_system import LinearSystem
from .gain_curves import spectral_norms

__all__ = ["IntervalProof"]

# Intervals that are looked at: so many, and more for each state; they take a fourth of the time of the eigenvalues of a
# Hamiltonian matrix at most.
_INTERVALS = 200
_FURTHER = 4
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

    the first term being convex in the distance from ω. Derivatives beyond those at ω are bounded by sums over the poles,

    .. math:: \|G^{(k)}\| ≤ k! \, Σ_i \frac{\|c_i\| \|b_i\|}{(|z - λ_i| - h)^{k + 1}} .

    Intervals whose bound is too high are divided. Towards a peak they shrink in proportion to their distance from it, so
    that a handful for each pole is the rule; where eigenvectors are nearly dependent the bounds are of no use. O(n p m)
    an interval, all of one size together.

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
            gains, lower = self._compared(level, centers, widths)
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
        room = (1 - _NEGLIGIBLE) * level - (np.linalg.norm(self._D, 2) if self._D.any() else 0.0)
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

    def _compared(self, level: float, centers: Array, widths: Array) -> tuple[Array, Flags]:
        """Gains at the centers, and which intervals have none that is higher than the level."""
        points = np.exp(1j * centers) if self._discrete else 1j * centers
        gaps = points[:, None] - self._form.poles
        factors, distances = 1 / gaps, np.abs(gaps)
        direction = 1j * points if self._discrete else 1j
        response = self._sum(factors) + self._D
        slope = -self._sum(factors**2) * (direction * np.ones(centers.size))[:, None, None]
        rounding = _ROUNDING * ((1 / distances) @ self._sizes)
        rooms = distances - widths[:, None]
        clear = (rooms > 0).all(axis=1)
        nearest = 1 / np.where(rooms > 0, rooms, np.inf)
        second = 2 * (nearest**3 @ self._sizes)
        if self._discrete:
            second += nearest**2 @ self._sizes
        gains, slopes = spectral_norms(response), spectral_norms(slope)
        lower = gains + rounding + widths * (slopes + widths * second / 2) <= level
        doubtful = np.flatnonzero(clear & ~lower & (gains <= level))
        lower[doubtful] = self._squares(level, response[doubtful], slope[doubtful], widths[doubtful], second[doubtful])
        return gains, clear & lower & (rounding < _NEGLIGIBLE * level)

    def _sum(self, factors: Array) -> Array:
        return (factors @ self._residues).reshape(-1, *self._D.shape)

    @staticmethod
    def _squares(level: float, response: Array, slope: Array, widths: Array, second: Array) -> Flags:
        """Which intervals stay below the level by the bound of the squares of the gains."""
        if response.shape[1] < response.shape[2]:
            response, slope = (M.conj().transpose(0, 2, 1) for M in (response, slope))
        size, rise = spectral_norms(response), spectral_norms(slope)
        bend = 2 * (size + widths * (rise + widths * second / 2)) * second + 2 * (rise + widths * second) ** 2
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
