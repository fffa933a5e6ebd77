"""The ν-gap: how far two systems are apart as far as feedback is concerned, be they stable or not."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..gramians.coprime import NU_GAP
from ..gramians.coprime_factors import factors_of
from ..linalg.arrays import Array, adjoint
from ..linalg.threads import threads_by_size
from ..systems.linear_system import LinearSystem
from .accuracy import rounding_near
from .level_sets import to_continuous
from .peaks import PeakGain, peak_gain
from .responses import frequency_response

__all__ = ["NuGap", "nu_gap"]


@dataclass(frozen=True, kw_only=True)
class NuGap(PeakGain):
    """The ν-gap of two systems, and the frequency at which they are farthest apart; ``float()`` gives the value.

    Attributes
    ----------
    value : float
        δ_ν, from 0 to 1; 1 where the winding numbers differ.
    frequency : float
        NaN where the winding numbers differ.
    distance : float
        Largest chordal distance of the two responses over all frequencies, whatever the winding numbers.
    winding : int
        Winding number of det(N_2*N_1 + M_2*M_1) about zero, along the stability boundary; the value is `distance` where
        it is zero. Otherwise no controller that stabilizes one system need stabilize the other.

    See Also
    --------
    dlnbalance.nu_gap : Vinnicombe's distance of two systems under feedback.
    dlnbalance.PeakGain : largest gain over all frequencies, and where it is reached.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> gap = dln.nu_gap(dln.LinearSystem([[0.0]], [[1.0]], [[1.0]]), dln.LinearSystem([[-0.1]], [[1.0]], [[1.0]]))
    >>> 0 < float(gap) < 0.1
    True
    """

    distance: float
    winding: int

    @property
    def norm(self) -> str:
        """What was measured, in words."""
        return NU_GAP

    @property
    def doubt(self) -> str:
        """What the value is subject to, in words; that the winding numbers differ, where they do."""
        if self.winding:
            return f" (the winding numbers differ by {abs(self.winding)}; largest distance {self.distance:.6g})"
        return super().doubt


@threads_by_size
def nu_gap(system: Any, other: Any) -> NuGap:
    r"""The ν-gap of two systems (Vinnicombe's metric), which need not be stable.

    .. math:: δ_ν = \sup_ω \, σ_{\max}\big( \tilde M_2 N_1 - \tilde N_2 M_1 \big)
              \quad\text{where}\quad \mathrm{wno}\, \det(N_2^* N_1 + M_2^* M_1) = 0, \qquad δ_ν = 1 \text{ otherwise},

    with normalized coprime factors :math:`G_1 = N_1M_1^{-1}`, :math:`G_2 = N_2M_2^{-1} = \tilde M_2^{-1}\tilde N_2` and
    the winding number about zero along the stability boundary. The singular value is the chordal distance of the two
    responses, for scalar ones that of their images on the Riemann sphere,

    .. math:: κ(G_1, G_2) = \frac{|G_1 - G_2|}{\sqrt{1 + |G_1|^2} \sqrt{1 + |G_2|^2}} .

    Every controller that stabilizes one system with the margin b > δ_ν stabilizes the other, with a margin of
    at least sin(arcsin b − arcsin δ_ν), where :math:`1/b = ‖(I; K)(I - GK)^{-1}(I, G)‖_∞`.

    Parameters
    ----------
    system, other : LinearSystem or anything :func:`as_system` reads
        With the same numbers of inputs and outputs and the same dt; stable or not, continuous or discrete, real or
        complex, E nonsingular.

    Returns
    -------
    NuGap

    Raises
    ------
    InvalidArgumentError
        When the systems have other signals, or ``dt`` is None.
    UnstableSystemError
        When one of them hides poles that are not stable from its inputs or outputs.

    Notes
    -----
    The peak is found by :func:`~dlnbalance.norms.peaks.peak_gain` on a realization of the stable product of order
    n_1 + n_2, O((2(n_1 + n_2))³) for each of a few level sets. The winding number is counted: the zeros of
    N_2*N_1 + M_2*M_1 are the eigenvalues of a matrix of order n_1 + n_2, of which n_2 have to be unstable. None of them
    is on the boundary as long as the distance is less than one, where the least singular value of this matrix function
    is :math:`(1 - κ^2)^{1/2}`: only where the value is next to 1 can rounding decide the count. The units
    of inputs and outputs matter: a gain of one is where the metric tells most.

    References
    ----------
    .. [1] G. Vinnicombe, "Frequency domain uncertainty and the graph topology", IEEE Trans. Automat. Control 38 (1993)
       1371-1383.
    .. [2] G. Vinnicombe, "Uncertainty and Feedback: H∞ loop-shaping and the ν-gap metric", Imperial College Press 2001,
       chapter 3.

    See Also
    --------
    dlnbalance.gramians.coprime.Coprime : reduction whose error is bounded in the ν-gap.
    hinf_norm : the norm of a difference that is stable.

    Examples
    --------
    An unstable and a stable system, far apart in open loop and near to each other in closed loop:

    >>> first, second = (LinearSystem([[pole]], [[1.0]], [[1.0]]) for pole in (0.001, -0.001))
    >>> print(nu_gap(first, second))
    0.002 at 0 rad/s
    >>> float(nu_gap(LinearSystem([[2.0]], [[1.0]], [[1.0]]), LinearSystem([[-2.0]], [[1.0]], [[1.0]])))
    1.0
    """
    first, second = as_system(system), as_system(other)
    _check_comparable(first, second)
    right, left = factors_of(first, "right").system, factors_of(second, "left").system
    product = _Product(left, right)
    peak = peak_gain(product.response, product.realization)
    distance = min(peak.value, 1.0)
    winding = _winding(right, factors_of(second, "right").system)
    rounding = rounding_near(right, peak.frequency) + rounding_near(left, peak.frequency)
    if winding:
        return NuGap(value=1.0, frequency=np.nan, unit=peak.unit, distance=distance, winding=winding)
    return NuGap(
        value=distance,
        frequency=peak.frequency,
        unit=peak.unit,
        rounding=rounding,
        distance=distance,
        winding=0,
    )


def _check_comparable(first: LinearSystem, second: LinearSystem) -> None:
    """Refuse systems with different signals or time bases."""
    shapes = (first.ninputs, first.noutputs), (second.ninputs, second.noutputs)
    if shapes[0] != shapes[1]:
        expected, received = (f"{m} inputs and {p} outputs" for m, p in shapes)
        raise InvalidArgumentError("other", expected, received, "compare systems with the same signals")
    if first.is_discrete != second.is_discrete or first.dt != second.dt:
        remedy = "convert one of them to the other's time base"
        raise InvalidArgumentError("other", f"dt = {first.dt}", f"dt = {second.dt}", remedy)


class _Product:
    """The product M̃ N' − Ñ M' of left factors (M̃, Ñ) and right factors (N'; M')."""

    def __init__(self, left: LinearSystem, right: LinearSystem):
        self.left, self.right = left, right
        signs = np.ones(left.ninputs)
        signs[left.noutputs :] = -1
        self.signs = signs

    def response(self, omega: Array) -> Array:
        """Frequency response, from those of the factors."""
        return (frequency_response(self.left, omega) * self.signs) @ frequency_response(self.right, omega)

    @property
    def realization(self) -> LinearSystem:
        """The right factors in front of the left ones, in one system."""
        (A1, B1, C1, D1, dt), (A2, B2, C2, D2, _) = self.right.to_tuple(), self.left.to_tuple()
        B2, D2 = B2 * self.signs, D2 * self.signs
        A = np.block([[A1, np.zeros((len(A1), len(A2)))], [B2 @ C1, A2]])
        return LinearSystem(A, np.vstack([B1, B2 @ D1]), np.hstack([D2 @ C1, C2]), D2 @ D1, dt=dt)


def _winding(first: LinearSystem, second: LinearSystem) -> int:
    """Winding number of det(G_2*G_1) about zero, along the boundary, for the right factors of two systems.

    In the continuous time of the bilinear map, which takes the boundary to the imaginary axis with the point z = −1 at
    infinity: there stable factors have no pole.
    """
    A1, B1, C1, D1 = _continuous(first)
    A2, B2, C2, D2 = map(adjoint, _continuous(second))
    A = np.block([[A1, np.zeros((len(A1), len(A2)))], [-C2 @ C1, -A2]])
    if not len(A):
        return 0
    B, C = np.vstack([B1, -C2 @ D1]), np.hstack([D2 @ C1, B2])
    zeros = la.eigvals(A - B @ la.lstsq(D2 @ D1, C)[0], check_finite=False)
    return int(np.count_nonzero(zeros.real > 0)) - len(A2)


def _continuous(system: LinearSystem) -> tuple[Array, Array, Array, Array]:
    """Matrices of a stable system, mapped to continuous time where it is discrete."""
    A, B, C, D, _ = system.to_tuple()
    return to_continuous(A, B, C, D) if system.is_discrete else (A, B, C, D)
