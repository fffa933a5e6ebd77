r"""The Gramians of H∞ control: LQG balancing for the worst disturbance."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..errors import NumericalError
from ..files.conversion import as_system
from ..linalg.arguments import real_number
from ..linalg.arrays import Array
from ..networks.factor_pairs import FactorPair
from ..systems.linear_system import LinearSystem
from .base import ErrorBounds, Gramians, GramianStrategy
from .coprime import Coprime
from .riccati_factors import RiccatiFactors, riccati_factors

__all__ = ["SCALED_NU_GAP", "HInfinity"]

#: What the tail of the singular values bounds: the ν-gap of βG and βG_r, β = (1 − γ⁻²)^½.
SCALED_NU_GAP = "ν-gap of √(1 − γ⁻²) times the systems"

_DIGITS = 1e-4  # relative accuracy of the least γ that a message names


@dataclass(frozen=True)
class HInfinity(GramianStrategy):
    r"""Stabilizing solutions of the two Riccati equations of the normalized H∞ control problem.

    .. math:: A^*X + XA + C^*C - (XB + C^*D)R^{-1}(B^*X + D^*C) = 0, \qquad R = (1 - γ^{-2})^{-1} I + D^*D,
    .. math:: AY + YA^* + BB^* - (YC^* + BD^*)\tilde R^{-1}(CY + DB^*) = 0, \qquad \tilde R = (1 - γ^{-2})^{-1} I + DD^*

    in continuous time, with D = 0 those of Mustafa and Glover, :math:`A^*X + XA - (1 - γ^{-2})XBB^*X + C^*C = 0`; in
    discrete time

    .. math:: A^*XA - X + C^*C - (A^*XB + C^*D)(R + B^*XB)^{-1}(B^*XA + D^*C) = 0

    and its dual. P = Y and Q = X; their H∞ characteristic values are :math:`ν_i = λ_i(XY)^{1/2}`. What has a small
    value matters little to a loop in which an H∞ controller keeps

    .. math:: \left\| \begin{pmatrix} G \\ 0 \end{pmatrix}
              \begin{pmatrix} I & 0 \end{pmatrix} + \begin{pmatrix} G \\ I \end{pmatrix}
              K (I - GK)^{-1} \begin{pmatrix} G & I \end{pmatrix} \right\|_∞ < γ .

    Parameters
    ----------
    gamma : float
        γ > 1, above the least value for which there is such a controller; infinity gives
        :class:`~dlnbalance.gramians.lqg.LQG`. At 1 the equations are those of
        :class:`~dlnbalance.gramians.lyapunov.Lyapunov`, below 1 those of ``BoundedReal``
        for the level γ/√(1 − γ²).

    Raises
    ------
    InvalidArgumentError
        When γ is 1 or less; when called with a system whose ``dt`` is None.
    NumericalError
        When called with a system for which no controller keeps γ; the message names the least γ.
    UnstableSystemError
        When called with a system that hides poles that are not stable from its inputs or outputs.

    Notes
    -----
    With β² = 1 − γ⁻² the equations are those of LQG control for βG, and ν_i = μ_i(βG)/β, so they are solved as such. A
    direct term and discrete time change nothing about that: let v be the sum of control u and disturbance w at the
    input. For a given v the saddle point of ‖u‖² − γ²‖w‖² is at u = v/β², and its value is ‖v‖²/β²; what is left is to
    minimize ‖Cx + Dv‖² + ‖v‖²/β² over v.

    The controller exists if and only if ν_1 < γ (the solutions X and Y exist for every γ > 1 as soon as nothing
    unstable is hidden), in other words if γ > (1 + μ_1(βG)²)^½, the inverse of the largest margin of βG in the gap. The
    system may be unstable. About 300 n³ flops; a refusal takes some ten times as long, since it looks for the least γ.

    References
    ----------
    .. [1] D. Mustafa, K. Glover, "Controller reduction by H∞-balanced truncation", IEEE Trans. Automat. Control 36
       (1991) 668-682.
    .. [2] D. Mustafa, K. Glover, "Minimum Entropy H∞ Control", Lecture Notes in Control and Information Sciences 146,
       Springer 1990.
    .. [3] K. Glover, J. C. Doyle, "State-space formulae for all stabilizing controllers that satisfy an H∞-norm bound
       and relations to risk sensitivity", Systems Control Lett. 11 (1988) 167-172 (direct term).

    See Also
    --------
    dlnbalance.gramians.lqg.LQG : the limit γ → ∞.

    Examples
    --------
    >>> unstable = LinearSystem([[1.0]], [[1.0]], [[1.0]])  # 2X − (15/16) X² + 1 = 0; from γ = 1 + √3 on
    >>> HInfinity(4.0)(unstable).singular_values.round(12).tolist()
    [2.551403830088]
    >>> HInfinity(2.0)(unstable)
    Traceback (most recent call last):
    dlnbalance.errors.NumericalError: gamma: expected a number above 2.733, the least that a controller keeps, ...
    """

    gamma: float

    name = "h-infinity"
    description = "the Riccati equations of H∞ control at a level gamma; proves the ν-gap of the scaled systems"
    values_name = "H∞ characteristic values"
    takes_unstable: ClassVar[bool] = True

    def __post_init__(self):
        remedy = (
            "take Lyapunov() for gamma = 1, it has the same equations; below 1 take BoundedReal(gamma/√(1 − gamma²)),"
            " with the same reduced models"
        )
        real_number("gamma", self.gamma, "a number above 1", lambda gamma: gamma > 1, remedy=remedy)

    @property
    def scale(self) -> float:
        """The factor β = (1 − γ⁻²)^½."""
        return _scale(self.gamma)

    def solve(self, system: LinearSystem) -> Gramians:
        """Solve for factors of Y and X, in the states of `system`."""
        system = as_system(system)
        found = _solved(system, self.gamma)
        network = found.pair()
        largest = _largest(network)
        if not largest < self.gamma:
            least = _rounded_up(_least_gamma(system, self.gamma))
            raise NumericalError(
                "gamma",
                f"a number above {least:.4g}, the least that a controller keeps",
                f"{self.gamma:g}, for which the largest characteristic value is {largest:.4g}",
                f"take HInfinity({least:.4g}) or more, or the limit, LQG()",
            )
        return Gramians(network=network, how=f"{self}, {found.accuracy}", complete=found.complete)

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        r"""Bounds of the ν-gap of βG and βG_r by the values σ = βν/√(1 + β²ν²), in exact arithmetic.

        .. math:: σ_{r+1} ≤ δ_ν(βG, βG_r) ≤ \min(1, 2 \sum_{i>r} σ_i), \qquad β = (1 - γ^{-2})^{1/2} .

        Mustafa and Glover [1]_ bound the H∞ error of the normalized coprime factors of βG by the same sum; the ν-gap
        follows as in :meth:`Coprime.error_bounds <dlnbalance.gramians.coprime.Coprime.error_bounds>`.

        References
        ----------
        .. [1] D. Mustafa, K. Glover, IEEE Trans. Automat. Control 36 (1991) 668-682.
        """
        scaled = self.scale * values
        return Coprime().error_bounds(scaled / np.hypot(1, scaled), order, floor)._replace(measure=SCALED_NU_GAP)


def _scale(gamma: float) -> float:
    return float(np.sqrt((1 - 1 / gamma) * (1 + 1 / gamma)))


def _solved(system: LinearSystem, gamma: float) -> RiccatiFactors:
    """Factors of Y and X."""
    scale = _scale(gamma)
    found, root = riccati_factors(system, scale), np.sqrt(scale)
    return found._replace(reach=found.reach / root, observe=found.observe / root)


def _largest(network: FactorPair) -> float:
    return float(network.singular_values[:1].sum())


def _least_gamma(system: LinearSystem, refused: float) -> float:
    """The least γ for which ν_1 < γ, above one that is refused."""

    def excess(gamma: float) -> float:
        return _largest(_solved(system, gamma).pair()) / gamma - 1

    from scipy.optimize import brentq  # here, for it takes a third of a second to load

    above = 2 * refused
    while excess(above) >= 0:
        above *= 2
    return float(brentq(excess, refused, above, rtol=_DIGITS / 4))


def _rounded_up(value: float) -> float:
    """The next number of four digits, clear of the error of the value."""
    unit = 10.0 ** (np.floor(np.log10(value)) - 3)
    return float(unit * np.ceil(value * (1 + _DIGITS) / unit))
