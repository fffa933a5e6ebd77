"""The Gramians of the bounded real equations: reduction that keeps the gain of a system below a limit."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..linalg.arguments import positive_number
from ..linalg.arrays import Array, adjoint
from ..linalg.spectral_densities import SpectralDensity
from ..systems.linear_system import LinearSystem
from .base import ErrorBounds, Gramians, GramianStrategy, check_dense
from .lyapunov import Lyapunov
from .spectral_pairs import frequency_in_words, gramians_of_both
from .stability import check_stable

__all__ = ["BoundedReal"]


@dataclass(frozen=True)
class BoundedReal(GramianStrategy):
    r"""Gramians of a system whose gain stays below a limit, ‖G‖_∞ < γ, which its reduced models keep.

    P = Y and Q = X are the minimal solutions of the bounded real Riccati equations, in continuous time

    .. math:: A^*X + XA + C^*C + (XB + C^*D)(γ^2 I - D^*D)^{-1}(XB + C^*D)^* = 0,
    .. math:: AY + YA^* + BB^* + (YC^* + BD^*)(γ^2 I - DD^*)^{-1}(YC^* + BD^*)^* = 0,

    in discrete time

    .. math:: A^*XA - X + C^*C + (A^*XB + C^*D)(γ^2 I - D^*D - B^*XB)^{-1}(A^*XB + C^*D)^* = 0,
    .. math:: AYA^* - Y + BB^* + (AYC^* + BD^*)(γ^2 I - DD^* - CYC^*)^{-1}(AYC^* + BD^*)^* = 0,

    with E⁻¹A and E⁻¹B for A and B, and Q = E*XE. Singular values are in the units of the gain and less than γ; for γ →
    ∞ they become the Hankel singular values.

    Parameters
    ----------
    gamma : float
        γ, larger than the H∞ norm; 1 for contractive systems, such as scattering matrices.

    Raises
    ------
    InvalidArgumentError
        For a γ that is not positive; when called with a system whose H∞ norm is not less than γ, which the message
        names, or with one whose ``dt`` is None.
    UnstableSystemError
        When called with a system that is not asymptotically stable.

    Notes
    -----
    X is climbed to by Newton's method for factors (see
    :func:`~dlnbalance.linalg.spectral_riccati.minimal_factor`), and Y follows from it; both end as Gramian factors of
    the system with the inputs and outputs of its spectral factors, from one Schur form. About 200 n³ flops, 26 n³ more
    for every factor of four by which γ comes nearer to the norm than 1 %. Dense, whatever the storage.

    References
    ----------
    .. [1] P. C. Opdenacker, E. A. Jonckheere, "A contraction mapping preserving balanced reduction scheme and its
       infinity norm error bounds", IEEE Trans. Circuits Syst. 35 (1988) 184-189.
    .. [2] S. Gugercin, A. C. Antoulas, "A survey of model reduction by balanced truncation and some new results", Int.
       J. Control 77 (2004) 748-766.

    See Also
    --------
    dlnbalance.PositiveReal : keeps systems passive.
    dlnbalance.hinf_norm : the least limit.

    Examples
    --------
    >>> system = LinearSystem([[-1.0]], [[1.0]], [[0.6]])  # −2X + X² + 0.36 = 0, −2Y + 0.36 Y² + 1 = 0
    >>> BoundedReal(1.0)(system).singular_values.round(12).tolist()  # √(0.2 · 5/9)
    [0.333333333333]
    >>> BoundedReal(0.5)(system)
    Traceback (most recent call last):
        ...
    dlnbalance.errors.InvalidArgumentError: gamma: expected more than the H∞ norm 0.6, reached at 0 rad/s, got 0.5; ...
    """

    gamma: float = 1.0

    name = "bounded-real"
    description = "Riccati equations of systems with a gain below gamma, which is kept; proves the H∞ error"
    values_name = "bounded real singular values"
    preserves: ClassVar[tuple[str, ...]] = ("contractivity",)

    def __post_init__(self) -> None:
        positive_number("gamma", self.gamma)

    def solve(self, system: LinearSystem) -> Gramians:
        """Solve for the Gramian factors of `system`."""
        check_dense(as_system(system))
        plant = as_system(system).explicit()
        check_stable(plant)
        here, discrete, root = plant.coordinates, plant.is_discrete, np.sqrt(float(self.gamma))
        A, B, C, D = here.A, here.B / root, here.C / root, plant.D / self.gamma
        density = SpectralDensity.contractive(A, B, C, D, discrete=discrete)
        dual = SpectralDensity.contractive(*map(adjoint, (A, C, B, D)), discrete=discrete)
        try:
            return gramians_of_both(plant, density, dual, self, self.gamma)
        except np.linalg.LinAlgError as error:
            raise self._refusal(plant, density) from error

    def _refusal(self, plant: LinearSystem, density: SpectralDensity) -> InvalidArgumentError:
        """Why there are no Gramians: the H∞ norm."""
        least, point, _ = density.least()
        norm = self.gamma * np.sqrt(max(1 - least, 0.0))
        beyond = "" if least <= 0 else ", by as much as double precision can tell"
        return InvalidArgumentError(
            "gamma",
            f"more than the H∞ norm {norm:.10g}, reached at {frequency_in_words(plant, point)}{beyond}",
            f"{self.gamma:.10g}",
            "choose a larger one",
        )

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        r"""Bound ‖G − G_r‖_∞ ≤ 2 Σ σ_i over the distinct values of the tail.

        Notes
        -----
        P and Q are the Lyapunov Gramians of a larger system, with the inputs and outputs of the spectral factors beside
        its own; the bound is that of its balanced truncation, of which G − G_r is a block. In discrete time, too. The
        values are larger than the Hankel singular values, and bound no error from below.

        References
        ----------
        .. [1] P. C. Opdenacker, E. A. Jonckheere, IEEE Trans. Circuits Syst. 35 (1988) 184-189.
        """
        return Lyapunov().error_bounds(values, order, floor)._replace(lower=None)
