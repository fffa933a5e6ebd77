"""Gramians of signals that are weighed by exp(αt): those of a system whose poles are shifted."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..linalg.arguments import real_number, shown
from ..linalg.arrays import Array, in_range, is_sparse
from ..systems.linear_system import LinearSystem
from .automatic import Automatic
from .base import ErrorBounds, Gramians, GramianStrategy
from .lyapunov import Lyapunov

__all__ = ["SHIFTED_ERROR", "Shifted"]

#: What the tail of the values bounds: the largest gain of G − G_r at Re s = −α, in discrete time at |z| = e^{−α dt}.
SHIFTED_ERROR = "largest error on the shifted line"

_LARGEST = 700.0  # of α dt: e^700 is in the range of numbers


@dataclass(frozen=True)
class Shifted(GramianStrategy):
    r"""Gramians of the system with all poles shifted by α, the stability boundary of which is the line Re s = −α.

    .. math:: (A + αE) P E^* + E P (A + αE)^* + B B^* = 0, \qquad
              e^{2α dt} (A P A^* + B B^*) - E P E^* = 0 \quad (\text{discrete})

    and the same for the outputs. Signals count with the weight e^{αt}: α < 0 forgets, and takes systems that are not
    stable, as long as no pole has Re s ≥ −α; α > 0 leaves a reduced model whose poles have Re s < −α, as those
    of the system must have. The bound 2 Σ σ_i over the tail is that of the gain of G − G_r on the line, in
    discrete time on the circle \|z\| = e^{−α dt}; for α ≥ 0 it bounds the H∞ error, too, by the maximum principle.

    Parameters
    ----------
    alpha : float
        α in rad/s (for dt = True per sample).

    Raises
    ------
    InvalidArgumentError
        For what is no finite number; when called with a discrete system for which e^{α dt} is out of range, or whose
        ``dt`` is None.
    UnstableSystemError
        When called with a system that has a pole on the line or to the right of it.
    NumericalError
        When called with a system whose shifted Hankel norm is out of the range of numbers.

    Notes
    -----
    As :class:`~dlnbalance.gramians.automatic.Automatic` for the shifted system: dense or low-rank.

    References
    ----------
    .. [1] K. Zhou, J. C. Doyle, K. Glover, "Robust and Optimal Control", Prentice Hall 1996, section 7.2 (the bound).
    .. [2] B. D. O. Anderson, J. B. Moore, "Linear system optimisation with prescribed degree of stability", Proc. IEE
       116 (1969) 2083-2087.

    See Also
    --------
    dlnbalance.Lyapunov : alpha = 0.

    Examples
    --------
    >>> unstable = LinearSystem([[1.0]], [[1.0]], [[1.0]])
    >>> Shifted(-3.0)(unstable).singular_values.round(12).tolist()  # 1/(s + 2)
    [0.25]
    """

    alpha: float

    name = "shifted"
    description = "the Lyapunov equations of shifted poles, of unstable systems, too; proves the error at Re s = -α"
    values_name = "shifted Hankel singular values"
    takes_unstable: ClassVar[bool] = True
    preserves: ClassVar[tuple[str, ...]] = ("rate of decay",)

    def __post_init__(self):
        object.__setattr__(self, "alpha", _rate(self.alpha))

    def solve(self, system: LinearSystem) -> Gramians:
        """Solve for the Gramian factors of the shifted system, in the states of `system`."""
        moved = shifted_system(as_system(system), self.alpha)
        found = Automatic().for_system(moved).solve(moved)
        return Gramians(network=found.network, how=f"{self}, {found.how}", complete=found.complete)

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        """Bounds σ_{r+1} and 2 Σ σ_i of the largest gain of G − G_r on the line Re s = −α, in exact arithmetic."""
        return Lyapunov().error_bounds(values, order, floor)._replace(measure=SHIFTED_ERROR)


def _rate(alpha: Any) -> float:
    return real_number("alpha", alpha, remedy="pass a rate in rad/s")


def shifted_system(system: LinearSystem, alpha: float) -> LinearSystem:
    r"""The system whose response on the stability boundary is that of `system` on the shifted line.

    G(s − α), in discrete time G(e^{−α dt}z) = D + C (zE − e^{α dt}A)⁻¹ B e^{α dt}.

    Raises
    ------
    InvalidArgumentError
        For what is no finite number, when e^{α dt} is out of range, or ``dt`` is None.
    NumericalError
        When the shifted matrices are out of the range of numbers.

    Examples
    --------
    >>> shifted_system(LinearSystem([[1.0]], [[1.0]], [[1.0]]), -3.0).poles().real.tolist()
    [-2.0]
    """
    system, alpha = as_system(system), _rate(alpha)
    A, B, C, E = system.A, system.B, system.C, system.E
    if system.is_discrete:
        exponent = alpha * system.sampling_time
        if abs(exponent) > _LARGEST:
            expected = f"a rate with |α dt| of at most {_LARGEST:g}"
            raise InvalidArgumentError("alpha", expected, shown(alpha), "shift by less")
        root = np.exp(exponent / 2)
        with np.errstate(over="ignore", invalid="ignore"):
            A, B, C = root**2 * A, root * B, root * C
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            A = A + alpha * system.descriptor_or_identity()
    for name, M in (("A", A), ("B", B), ("C", C)):
        in_range("system", M.data if is_sparse(M) else M, f"a shifted {name}", "choose other units of time")
    return LinearSystem(A, B, C, system.D, E=E, dt=system.dt)
