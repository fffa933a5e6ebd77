"""The Gramians of linear-quadratic-Gaussian control: what is hard to regulate and hard to estimate."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..files.conversion import as_system
from ..linalg.arrays import Array
from ..systems.linear_system import LinearSystem
from .base import ErrorBounds, Gramians, GramianStrategy
from .coprime import Coprime
from .riccati_factors import riccati_factors

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
        When the largest value is out of the range of numbers, or thin factors of a large system do not reach a residual
        of 1e-10.

    Notes
    -----
    The system may be unstable. The values of :class:`~dlnbalance.gramians.coprime.Coprime` are σ with
    :math:`σ^2 = μ^2/(1 + μ^2)`, and both have the same reduced models, with the same bounds; here the values tell apart
    what is close to one there.

    One sequence of doublings for both equations, and a step of Newton's method for each, which gives X and Y by their
    factors (see :mod:`dlnbalance.linalg.riccati`); 300 n³ flops, most of them in matrix products. Large sparse systems
    are solved by thin factors of stated residual (:mod:`dlnbalance.linalg.sparse.riccati_adi`), a sparse factorization
    and two solves a step, and up to 5000 states by dense ones where that does not succeed. What is hidden there from
    inputs *and* outputs is not seen, and the tail beyond the values computed is not counted in the bounds.

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
        return Gramians(network=found.pair(), how=f"{self}, {found.accuracy}", complete=found.complete)

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        r"""Bounds σ_{r+1} ≤ δ_ν(G, G_r) ≤ min(1, 2 Σ_{i>r} σ_i) of the ν-gap, σ = μ/√(1 + μ²), in exact arithmetic.

        See :meth:`Coprime.error_bounds <dlnbalance.gramians.coprime.Coprime.error_bounds>`: the reduced models are
        those of the normalized coprime factors, whose values are σ.
        """
        return Coprime().error_bounds(values / np.hypot(1, values), order, floor)
