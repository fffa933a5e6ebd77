"""The norms that measure a system: H∞, H2 and Hankel."""

from dataclasses import replace

import numpy as np
import scipy.linalg as la

from ..files.conversion import as_system
from ..gramians.automatic import Automatic
from ..gramians.base import check_range
from ..gramians.stability import check_stable
from ..linalg.arrays import Array, in_range, norm, product
from ..linalg.lyapunov import gramian_factor
from ..linalg.threads import threads_by_size
from ..systems.linear_system import LinearSystem
from .accuracy import rounding_near
from .large import confirmed_peak, full_projection
from .peaks import PeakGain, largest_gain
from .responses import frequency_response

__all__ = ["h2_norm", "hankel_norm", "hinf_norm"]


@threads_by_size
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
    See :func:`~dlnbalance.norms.peaks.largest_gain`. O(n³) for each of the few level sets. For large sparse systems the
    peak is searched on a balanced truncation from low-rank Gramians and confirmed on the system, and the result states
    its uncertainty.

    See Also
    --------
    dlnbalance.h2_norm : H2 norm of a stable system.
    dlnbalance.hankel_norm : Hankel norm of a stable system.
    dlnbalance.PeakGain : largest gain over all frequencies, and where it is reached.

    Examples
    --------
    >>> resonance = LinearSystem([[0.0, 1.0], [-1.0, -0.02]], [[0.0], [1.0]], [[1.0, 0.0]])
    >>> peak = hinf_norm(resonance)  # 1 / (2 ζ √(1 − ζ²)) at √(1 − 2ζ²), ζ = 0.01
    >>> round(float(peak), 9), round(peak.frequency, 6)
    (50.002500188, 0.9999)
    """
    system = as_system(system)
    if system.is_large:
        model = full_projection(system, Automatic()(system))
        return confirmed_peak(lambda omega: frequency_response(system, omega), model)
    check_stable(system)
    peak = largest_gain(system)
    return replace(peak, rounding=rounding_near(system, peak.frequency))


@threads_by_size
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

    See Also
    --------
    dlnbalance.hinf_norm : H∞ norm of a stable system, sup_ω σ_max(G), and the frequency of the peak.
    dlnbalance.hankel_norm : Hankel norm of a stable system.

    Examples
    --------
    >>> round(h2_norm(LinearSystem([[-1.0]], [[1.0]], [[2.0]])), 12)  # 2 / √2
    1.414213562373
    """
    system = as_system(system)
    feedthrough = float(la.norm(system.D))
    if not system.is_large:
        check_stable(system)
    outputs, reach = _reachability_factor(system)  # refuses large systems that are not stable
    if feedthrough and not system.is_discrete:
        return np.inf
    check_range(norm(reach), norm(outputs), "an H2 norm")
    with np.errstate(over="ignore", invalid="ignore"):
        gain = norm(outputs @ reach)
    remedy = "choose other units of the inputs or the outputs: multiply B or C by a power of ten"
    return in_range("system", float(np.hypot(gain, feedthrough)), "an H2 norm", remedy)


def _reachability_factor(system: LinearSystem) -> tuple[Array, Array]:
    """C and a factor of the reachability Gramian in the same coordinates: of dense systems in those of a Schur form."""
    if system.is_large:
        return system.C, Automatic()(system).weights[0]
    here, schur = system.coordinates, system.schur
    with np.errstate(over="ignore"):
        outputs = product(system.C * here.states, schur.Z)
    return outputs, gramian_factor(schur, here.B, discrete=system.is_discrete)


@threads_by_size
def hankel_norm(system: LinearSystem) -> float:
    """Hankel norm of a stable system: its largest Hankel singular value.

    See Also
    --------
    dlnbalance.hankel_singular_values : what each balanced state contributes.
    dlnbalance.hinf_norm : H∞ norm of a stable system, sup_ω σ_max(G), and the frequency of the peak.

    Examples
    --------
    >>> round(hankel_norm(LinearSystem([[-1.0]], [[1.0]], [[2.0]])), 12)
    1.0
    """
    return float(Automatic()(system).singular_values.max(initial=0.0))
