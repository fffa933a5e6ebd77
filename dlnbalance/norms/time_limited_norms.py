"""The energy of impulse responses up to a horizon."""

import numpy as np
import scipy.linalg as la

from ..files.conversion import as_system
from ..gramians.time_limited import sums_of
from ..linalg.arguments import positive_number
from ..linalg.arrays import in_range, norm, product
from ..systems.linear_system import LinearSystem

__all__ = ["time_limited_norm"]


def time_limited_norm(system: LinearSystem, horizon: float) -> float:
    r"""L2 norm of the impulse response of a system, stable or not, from zero to a horizon.

    .. math:: \Big( \int_0^T ‖C e^{At} B‖_F^2 \, dt \Big)^{1/2} = ‖C Z(T)‖_F, \qquad
              \Big( ‖D‖_F^2 + \sum_{k<N} ‖C A^k B‖_F^2 \Big)^{1/2} \quad (\text{discrete, } T = N\,dt)

    with the factor Z(T) of the reachability Gramian up to the horizon; infinite for a continuous system with
    feedthrough. Nothing is squared; O(n³).

    Parameters
    ----------
    system : LinearSystem
        Continuous or discrete, with nonsingular E.
    horizon : float
        T in units of time; in discrete time a multiple of the sampling time (steps for dt = True).

    Raises
    ------
    InvalidArgumentError
        For another horizon.
    NumericalError
        When the response leaves the range of numbers.

    See Also
    --------
    dlnbalance.norms.system_norms.h2_norm : for an infinite horizon.

    Examples
    --------
    >>> round(time_limited_norm(LinearSystem([[0.0]], [[1.0]], [[3.0]]), 4.0), 12)  # (9·4)^½
    6.0
    """
    system, horizon = as_system(system), positive_number("horizon", horizon)
    feedthrough = float(la.norm(system.D))
    if feedthrough and not system.is_discrete:
        return np.inf
    plant = system.explicit()
    outputs = product(plant.coordinates.C, plant.schur.Z)
    with np.errstate(over="ignore", invalid="ignore"):
        gain = norm(product(outputs, sums_of(plant, horizon)[0].factor)) * np.sqrt(plant.coordinates.unit)
    remedy = "choose other units of the inputs or the outputs: multiply B or C by a power of ten"
    return in_range("system", float(np.hypot(gain, feedthrough)), "an L2 norm", remedy)
