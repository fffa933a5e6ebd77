"""Gramians of what happens up to a horizon of time."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..linalg.arguments import flag, positive_number, shown
from ..linalg.arrays import Array, adjoint, norm, product
from ..linalg.pencils import flipped
from ..linalg.time_limited_factors import TimeLimitedSum, time_limited_sums
from ..networks.factor_pairs import TriangularPair
from ..systems.coordinates import out_of_range
from ..systems.linear_system import LinearSystem
from .base import ErrorBounds, Gramians, GramianStrategy, check_dense, check_range
from .lyapunov import Lyapunov
from .modified_sides import modified_pair, modulus_root
from .stability import check_stable

__all__ = ["TIME_ERROR", "TimeLimited"]

#: What is measured of a model reduced for a finite time: the root of the energy of its impulse response error.
TIME_ERROR = "L2 error of the impulse response up to the horizon"

_WHOLE = 1e-9  # relative distance of horizon/dt from a whole number that rounding of both may leave


@dataclass(frozen=True)
class TimeLimited(GramianStrategy):
    r"""Gramians of a system, stable or not, limited to the time from zero to a horizon, those of Gawronski and Juang.

    .. math:: P = \int_0^T e^{At} B B^* e^{A^*t} dt, \qquad A P + P A^* + B B^* - F F^* = 0, \qquad F = e^{AT} B
    .. math:: P = \sum_{k<N} A^k B B^* A^{*k}, \qquad A P A^* - P + B B^* - F F^* = 0, \qquad F = A^N B
              \quad (\text{discrete, } T = N\,dt)

    and the same for the outputs, with E solved away. As the horizon grows they become those of
    :class:`~dlnbalance.gramians.lyapunov.Lyapunov` for stable systems. Nothing is proved about the reduced model, not
    even that it is stable; what is measured is the L2 norm of the error of its impulse response up to the horizon.

    Parameters
    ----------
    horizon : float
        T in units of time (steps for dt = True); in discrete time a multiple of the sampling time.
    modified : bool
        Take the moduli \|BB* − FF*\| as right-hand sides, and the same for the outputs, as
        :class:`~dlnbalance.gramians.frequency_limited.FrequencyLimited` does, for a stable system: then stability is
        kept, and 2 Σ σ_i over the tail bounds the H∞ error.

    Raises
    ------
    InvalidArgumentError
        For a horizon that is not positive and finite; when called with a discrete system, the sampling time of which
        the horizon is no multiple of, one of more than 5000 states, or one whose ``dt`` is None.
    UnstableSystemError
        For modified Gramians of a system that is not asymptotically stable.
    NumericalError
        When the Gramians, or the response up to the horizon, are out of the range of numbers; for modified Gramians
        whose inputs do not contain those of the system.

    Notes
    -----
    The difference P_∞ − e^{AT}P_∞e^{A*T} would cancel for short horizons, and there is none for unstable systems. Here
    the time is doubled from a short interval on, :math:`P(2t) = P(t) + e^{At}P(t)e^{A^*t}`, in Schur coordinates and
    on factors (:mod:`dlnbalance.linalg.time_limited_factors`): nothing cancels, and the accuracy is that of
    Hammarling's method, relative to the norm of the factor. About 25 n³ flops for the Schur form, and 5 n³ for every
    factor of two between 1/‖A‖ and the horizon, or the time in which the slowest mode dies out.

    References
    ----------
    .. [1] W. Gawronski, J.-N. Juang, "Model reduction in limited time and frequency intervals", Int. J. Systems Sci. 21
       (1990) 349-376.
    .. [2] P. Kürschner, "Balanced truncation model order reduction in limited time intervals for large systems", Adv.
       Comput. Math. 44 (2018) 1821-1844 (unstable systems among them).

    See Also
    --------
    dlnbalance.norms.time_limited_norm : the error up to the horizon.

    Examples
    --------
    >>> integrator = LinearSystem([[0.0]], [[1.0]], [[1.0]])
    >>> TimeLimited(5.0)(integrator).singular_values.round(12).tolist()
    [5.0]
    """

    horizon: float
    modified: bool = False

    name = "time-limited"
    description = "what happens up to a horizon, in unstable systems, too; proves nothing, modified=True the H∞ error"
    values_name = "time-limited singular values"
    takes_unstable: ClassVar[bool] = True

    def __post_init__(self):
        object.__setattr__(self, "horizon", positive_number("horizon", self.horizon, remedy="pass a time"))
        flag("modified", self.modified)

    def check_method(self, method: str, system: LinearSystem) -> None:
        """Refuse residualization in continuous time: another D leaves an impulse in the error, of infinite L2 norm."""
        if method == "residualize" and not system.is_discrete:
            raise InvalidArgumentError(
                "method",
                "'truncate' for TimeLimited in continuous time: another direct term has an infinite error",
                shown(method),
                "leave it out",
            )

    def solve(self, system: LinearSystem) -> Gramians:
        """Solve for the Gramian factors of `system`."""
        system = as_system(system)
        check_dense(system)
        if self.modified:
            check_stable(system)
        plant = system.explicit()
        sums = sums_of(plant, self.horizon)
        return Gramians(network=_modified(plant, sums) if self.modified else _pair(plant, sums), how=f"{self}")

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        """Bound of the H∞ error by twice the tail for modified Gramians; for others nothing is proved."""
        if not self.modified:
            return ErrorBounds(None, None, TIME_ERROR)
        return Lyapunov().error_bounds(values, order, floor)._replace(lower=None)


def sums_of(plant: LinearSystem, horizon: float) -> tuple[TimeLimitedSum, ...]:
    """Factors of both Gramians of a system with E = I, in Schur coordinates, the outputs' in reversed order."""
    here, schur = plant.coordinates, plant.schur
    length = _steps(horizon, plant.sampling_time) if plant.is_discrete else horizon * here.unit
    basis = adjoint(schur.Z)
    rights = product(basis, here.B), product(basis, adjoint(here.C))[::-1]
    with np.errstate(over="ignore", invalid="ignore"):  # an unstable system may leave the range of numbers
        sums = time_limited_sums(schur.S, rights, length, discrete=plant.is_discrete)
    if not all(np.isfinite(M).all() for sum_ in sums for M in (sum_.factor, sum_.moved)):
        raise out_of_range("response up to the horizon")
    return sums


def _steps(horizon: float, step: float) -> int:
    """Number of sampling times of a horizon."""
    steps = round(horizon / step)
    if steps < 1 or abs(horizon / step - steps) > _WHOLE * steps:
        raise InvalidArgumentError(
            "horizon",
            f"a multiple of the sampling time {step:g}",
            f"{horizon:g}",
            f"pass {max(steps, 1) * step:g}",
        )
    return steps


def _pair(plant: LinearSystem, sums: tuple[TimeLimitedSum, ...]) -> TriangularPair:
    F, G = sums[0].triangle, flipped(sums[1].triangle)
    check_range(norm(F), norm(G))
    return TriangularPair(F, G, plant.schur.Z, plant.coordinates.states, plant.schur.starts)


def _modified(plant: LinearSystem, sums: tuple[TimeLimitedSum, ...]) -> TriangularPair:
    """The pair for the moduli of the right-hand sides, in the states of the plant."""
    here, unit = plant.coordinates, np.sqrt(plant.coordinates.unit)
    F, dual = (unit * product(plant.schur.Z, M) for M in (sums[0].moved, sums[1].moved[::-1]))
    roots = []
    for signals, moved in ((plant.B, here.states[:, None] * F), (adjoint(plant.C), dual / here.states[:, None])):
        signs = np.repeat([1.0, -1.0], signals.shape[1])
        roots.append(modulus_root(signals, moved, np.diag(signs)))
    return modified_pair(plant, roots)
