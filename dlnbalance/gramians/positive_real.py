"""The Gramians of the positive real equations: reduction that keeps a system passive."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..linalg.arrays import Array, adjoint
from ..linalg.spectral_densities import SpectralDensity
from ..systems.linear_system import LinearSystem
from .base import ErrorBounds, Gramians, GramianStrategy, check_dense
from .coprime import NU_GAP
from .spectral_pairs import frequency_in_words, gramians_of_both
from .stability import check_stable

__all__ = ["PositiveReal"]

_SINGULAR = 1e-14  # share of the size of G + G* that rounding of a system makes of a D + D* that is singular


@dataclass(frozen=True)
class PositiveReal(GramianStrategy):
    r"""Gramians of a passive system, G + G* > 0 on the stability boundary, whose reduced models are passive.

    P = Y and Q = X are the minimal solutions of the positive real Riccati equations, in continuous time

    .. math:: A^*X + XA + (C - B^*X)^*(D + D^*)^{-1}(C - B^*X) = 0,
    .. math:: AY + YA^* + (B - YC^*)(D + D^*)^{-1}(B - YC^*)^* = 0,

    in discrete time

    .. math:: A^*XA - X + (C - B^*XA)^*(D + D^* - B^*XB)^{-1}(C - B^*XA) = 0,
    .. math:: AYA^* - Y + (B - AYC^*)(D + D^* - CYC^*)^{-1}(B - AYC^*)^* = 0,

    with E⁻¹A and E⁻¹B for A and B, and Q = E*XE: ½x*Xx is the energy that can be drawn from a state, ½x*Y⁻¹x the energy
    that it takes to reach it. Singular values are less than one. They are the bounded real singular values, for γ = 1,
    of the scattering matrix S = (G − I)(G + I)⁻¹.

    Raises
    ------
    InvalidArgumentError
        When called with a system that has not as many inputs as outputs, or that is not passive beyond rounding, with
        the least eigenvalue of G + G* and its frequency; for D + D* that is singular in continuous time, as that of
        lossless systems and of systems without direct term is; when its ``dt`` is None.
    UnstableSystemError
        When called with a system that is not asymptotically stable.

    Notes
    -----
    Computed as for :class:`~dlnbalance.gramians.bounded_real.BoundedReal`. Where D + D* is so small that the equation
    is stiff, X and Y start from the deflating subspaces of extended pencils, about 2000 n³ flops; the residuals say how
    well that went.

    References
    ----------
    .. [1] U. B. Desai, D. Pal, "A transformation approach to stochastic model reduction", IEEE Trans. Automat. Control
       29 (1984) 1097-1100.
    .. [2] P. Harshavardhana, E. A. Jonckheere, L. M. Silverman, "Stochastic balancing and approximation - stability and
       minimality", IEEE Trans. Automat. Control 29 (1984) 744-746.
    .. [3] C. Guiver, M. R. Opmeer, "Error bounds in the gap metric for dissipative balanced approximations", Linear
       Algebra Appl. 439 (2013) 3659-3698.

    See Also
    --------
    dlnbalance.BoundedReal : keeps a gain below a limit.

    Examples
    --------
    >>> system = LinearSystem([[-1.0]], [[1.0]], [[1.0]], [[0.5]])  # −2X + (1 − X)² = 0, and the same for Y
    >>> PositiveReal()(system).singular_values.round(12).tolist()  # 2 − √3
    [0.267949192431]
    """

    name = "positive-real"
    description = "Riccati equations of passive systems with D + D* > 0, which stay passive; proves the ν-gap"
    values_name = "positive real singular values"
    preserves: ClassVar[tuple[str, ...]] = ("passivity",)

    def solve(self, system: LinearSystem) -> Gramians:
        """Solve for the Gramian factors of `system`."""
        check_dense(as_system(system))
        plant = as_system(system).explicit()
        _check_square(plant)
        check_stable(plant)
        here, discrete = plant.coordinates, plant.is_discrete
        density = SpectralDensity.positive(here.A, here.B, here.C, plant.D, discrete=discrete)
        dual = SpectralDensity.positive(*map(adjoint, (here.A, here.C, here.B, plant.D)), discrete=discrete)
        try:
            return gramians_of_both(plant, density, dual, self)
        except np.linalg.LinAlgError as error:
            raise _refusal(plant, density) from error

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        r"""Bound δ_ν(G, G_r) ≤ min(1, 2 Σ_{i>r} σ_i) of the ν-gap, in exact arithmetic.

        Notes
        -----
        The map of (u, y) to (y + u)/√2 and (y − u)/√2 is unitary, takes the graph of G to that of its scattering matrix
        S, a truncation (residualization) of G to one of S, and the storage functions of passive systems to those of
        contractive ones. So the bound ‖S − S_r‖_∞ ≤ 2Σσ_i of :class:`~dlnbalance.gramians.bounded_real.BoundedReal`
        holds, and bounds the gap of S and S_r, which is that of G and G_r [1]_; the ν-gap never exceeds the gap.

        References
        ----------
        .. [1] C. Guiver, M. R. Opmeer, Linear Algebra Appl. 439 (2013) 3659-3698.
        """
        del floor
        return ErrorBounds(lower=None, upper=min(1.0, 2 * float(values[order:].sum())), measure=NU_GAP)


def _check_square(plant: LinearSystem) -> None:
    """Refuse systems that have no G + G*."""
    if plant.ninputs != plant.noutputs:
        raise InvalidArgumentError(
            "system",
            "as many inputs as outputs, which passivity pairs",
            f"{plant.ninputs} inputs and {plant.noutputs} outputs",
            "choose the inputs and outputs that belong together, or pass dlnbalance.Lyapunov()",
        )


def _refusal(plant: LinearSystem, density: SpectralDensity) -> InvalidArgumentError:
    """Why there are no Gramians: the least eigenvalue of G + G*, or of D + D*."""
    direct = float(la.eigvalsh(density.weight)[0])
    least, point, size = density.least()
    if not plant.is_discrete and abs(direct) <= _SINGULAR * size and least >= -_SINGULAR * size:
        return InvalidArgumentError(
            "system",
            "D + D* positive definite, without which the Riccati equation has no meaning",
            f"the least eigenvalue {direct:.3g} of D + D*",
            "add a direct term, as large as an error that can be allowed: as by D + 1e-3 I",
        )
    beyond = "" if least <= 0 else ", too little for double precision"
    return InvalidArgumentError(
        "system",
        "a passive system, G + G* positive definite at all frequencies",
        f"the least eigenvalue {least:.6g} of G + G*, at {frequency_in_words(plant, point)}{beyond}",
        f"add a direct term of more than {max(0.0, -least / 2):.3g} I, or pass dlnbalance.Lyapunov()",
    )
