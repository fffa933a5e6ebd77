"""The Gramians of linear-quadratic-Gaussian control: what is hard to regulate and hard to estimate."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from ..files.conversion import as_system
from ..linalg.arrays import Array, adjoint, norm
from ..linalg.riccati import energy_feedbacks
from ..networks.factor_pairs import FactorPair
from ..systems.linear_system import LinearSystem
from .base import ErrorBounds, Gramians, GramianStrategy, check_range
from .coprime import Coprime
from .hidden_poles import check_nothing_hidden, nearly_hidden

__all__ = ["LQG"]


@dataclass(frozen=True)
class LQG(GramianStrategy):
    r"""Stabilizing solutions of the two Riccati equations of the LQG problem with unit weights.

    Of the regulator, which minimizes the energy of inputs and outputs, and of the filter, for noises of unit
    intensity at inputs and outputs:

    .. math:: A^*X + XA + C^*C - (XB + C^*D)R^{-1}(B^*X + D^*C) = 0, \qquad R = I + D^*D,
    .. math:: AY + YA^* + BB^* - (YC^* + BD^*)\tilde R^{-1}(CY + DB^*) = 0, \qquad \tilde R = I + DD^*

    in continuous, and in discrete time

    .. math:: A^*XA - X + C^*C - (A^*XB + C^*D)(R + B^*XB)^{-1}(B^*XA + D^*C) = 0,
    .. math:: AYA^* - Y + BB^* - (AYC^* + BD^*)(\tilde R + CYC^*)^{-1}(CYA^* + DB^*) = 0.

    P = Y and Q = X; their characteristic values :math:`μ_i = λ_i(XY)^{1/2}` do not depend on coordinates. What has a
    small value matters little to the loop of a plant and its LQG controller.

    Raises
    ------
    UnstableSystemError
        When called with a system that hides poles that are not stable from its inputs or outputs: then, and only then,
        an equation has no stabilizing solution.
    InvalidArgumentError
        When called with a system whose ``dt`` is None.
    NumericalError
        When the largest value is out of the range of numbers.

    Notes
    -----
    The system may be unstable. The values of :class:`~dlnbalance.gramians.coprime.Coprime` are σ with
    :math:`σ^2 = μ^2/(1 + μ^2)`, and both have the same reduced models, with the same bounds; here the values tell apart
    what is close to one there.

    One sequence of doublings for both equations, and a step of Newton's method for each, which gives X and Y by their
    factors (see :mod:`dlnbalance.linalg.riccati`); 300 n³ flops, most of them in matrix products.

    References
    ----------
    .. [1] E. A. Jonckheere, L. M. Silverman, "A new set of invariants for linear systems - application to reduced
       order compensator design", IEEE Trans. Automat. Control 28 (1983) 953-964.
    .. [2] P. C. Opdenacker, E. A. Jonckheere, "LQG balancing and reduced LQG compensation of symmetric passive
       systems", Int. J. Control 41 (1985) 73-109.
    .. [3] R. Ober, D. McFarlane, "Balanced canonical forms for minimal systems: a normalized coprime factor approach",
       Linear Algebra Appl. 122-124 (1989) 23-64 (direct term; relation to coprime factors).

    See Also
    --------
    dlnbalance.gramians.coprime.Coprime : the same reduced models from normalized coprime factors.
    dlnbalance.gramians.h_infinity.HInfinity : the same for H∞ control.

    Examples
    --------
    >>> unstable = LinearSystem([[1.0]], [[1.0]], [[1.0]])  # X = Y = 1 + √2
    >>> LQG()(unstable).singular_values.round(12).tolist()
    [2.414213562373]
    """

    name = "lqg"
    description = "the Riccati equations of LQG control, of unstable systems, too; proves the ν-gap"
    values_name = "LQG characteristic values"
    takes_unstable: ClassVar[bool] = True

    def solve(self, system: LinearSystem) -> Gramians:
        """Solve for factors of Y and X, in the states of `system`."""
        found = riccati_factors(as_system(system))
        return Gramians(network=found.pair(), how=f"{self}, {found.accuracy}")

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        r"""Bounds σ_{r+1} ≤ δ_ν(G, G_r) ≤ min(1, 2 Σ_{i>r} σ_i) of the ν-gap, σ = μ/√(1 + μ²), in exact arithmetic.

        See :meth:`Coprime.error_bounds <dlnbalance.gramians.coprime.Coprime.error_bounds>`: the reduced models are
        those of the normalized coprime factors, whose values are σ.
        """
        return Coprime().error_bounds(values / np.hypot(1, values), order, floor)


class RiccatiFactors(NamedTuple):
    """Factors of Y and X of a system, Y = reach reach*, X = observe* observe, with the residuals of their equations."""

    reach: Array
    observe: Array
    residuals: tuple[float, float]

    def pair(self) -> FactorPair:
        """The two as a network; refused where the product of their norms is out of range."""
        check_range(norm(self.reach), norm(self.observe), "largest characteristic value")
        return FactorPair([self.reach, self.observe])

    @property
    def accuracy(self) -> str:
        """How well the equations are solved, in words."""
        return f"residuals of the Riccati equations {self.residuals[0]:.0e} and {self.residuals[1]:.0e}"


def riccati_factors(system: LinearSystem, scale: float = 1.0) -> RiccatiFactors:
    """Solve both Riccati equations of the system whose transfer function is `scale` times the given one."""
    plant = system.explicit()
    check_nothing_hidden(plant)
    here, root = plant.coordinates, np.sqrt(scale)
    try:
        regulator, filtering = energy_feedbacks(
            here.A, root * here.B, root * here.C, scale * plant.D, discrete=plant.is_discrete
        )
    except np.linalg.LinAlgError as error:
        raise nearly_hidden() from error
    reach, observe = here.states[:, None] * adjoint(filtering.half), regulator.half / here.states
    return RiccatiFactors(reach, observe, (filtering.residual, regulator.residual))
