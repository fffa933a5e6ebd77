"""The Gramians of Lyapunov's equations: what balanced truncation usually means."""

from dataclasses import dataclass

import numpy as np

from ..files.conversion import as_system
from ..linalg.arrays import EPS, Array, norm
from ..networks.cuts import agree_with_next
from ..networks.factor_pairs import TriangularPair
from ..systems.gramian_factors import triangular_factors
from ..systems.linear_system import LinearSystem
from .base import ErrorBounds, Gramians, GramianStrategy, check_range
from .stability import check_stable

__all__ = ["Lyapunov"]


@dataclass(frozen=True)
class Lyapunov(GramianStrategy):
    r"""Reachability and observability Gramians of a stable system.

    Continuous time:

    .. math:: A P E^* + E P A^* + B B^* = 0, \qquad A^* Y E + E^* Y A + C^* C = 0, \qquad Q = E^* Y E;

    discrete time: :math:`A P A^* - E P E^* + B B^* = 0` and :math:`A^* Y A - E^* Y E + C^* C = 0`.

    Both equations are solved for a factor of the solution, from one Schur form of the pencil A − λE; no Gramian
    is formed. About 25 n³ flops for the Schur form (66 n³ with E) and n³ for the factors.

    Raises
    ------
    UnstableSystemError
        When called with a system that is not asymptotically stable, or whose stability rounding hides.
    InvalidArgumentError
        When called with a system whose ``dt`` is None.
    NumericalError
        When called with a system whose Hankel norm is out of the range of numbers.

    References
    ----------
    .. [1] S. J. Hammarling, IMA J. Numer. Anal. 2 (1982) 303-323.
    .. [2] A. C. Antoulas, "Approximation of Large-Scale Dynamical Systems", SIAM 2005, section 4.3.

    See Also
    --------
    dlnbalance.LowRank : Gramians of a large sparse system, by thin factors of stated residual.
    dlnbalance.Automatic : the Gramian strategy that costs less.
    dlnbalance.Coprime : Gramians of the normalized coprime factors of a system, stable or not.

    Examples
    --------
    >>> system = LinearSystem([[-1.0, 0.0], [0.0, -2.0]], [[1.0], [1.0]], [[1.0, 1.0]])
    >>> network = Lyapunov()(system)
    >>> network.widths
    (2, 2, 2)
    >>> P = network.weights[0] @ network.weights[0].T
    >>> P.round(12).tolist()
    [[0.5, 0.333333333333], [0.333333333333, 0.25]]
    """

    name = "lyapunov"
    description = "the Lyapunov (Stein) equations of a stable system, by a Schur form; proves the H∞ error"
    values_name = "Hankel singular values"

    def solve(self, system: LinearSystem) -> Gramians:
        """Solve for the Gramian factors of `system`."""
        system = as_system(system)
        check_stable(system)
        schur, here = system.schur, system.coordinates
        reach, observe = triangular_factors(here, schur, discrete=system.is_discrete)
        check_range(norm(reach), norm(observe))
        pair = TriangularPair(reach, observe, schur.Z, here.states, schur.starts)
        return Gramians(network=pair, how=f"{self}")

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        r"""Bounds σ_{r+1} ≤ ‖G − G_r‖_∞ ≤ 2 Σ σ_i over the *distinct* values of the tail.

        Notes
        -----
        Nothing proves two computed values equal. But where they agree to rounding, a relative change of the matrices by
        about δ = (σ_i − σ_{i+1})/σ_{i+1} makes them so, and changes the transfer function by δ/eps times the `floor`:
        such a value adds this or itself to the sum, whichever is less.

        References
        ----------
        .. [1] K. Glover, Int. J. Control 39 (1984) 1115-1193.
        .. [2] D. F. Enns, Proc. 23rd IEEE CDC (1984) 127-132.
        .. [3] U. M. Al-Saggaf, G. F. Franklin, IEEE Trans. Automat. Control 32 (1987) 815-819 (discrete time).
        """
        tail = values[order:]
        first, further = tail[:1], tail[1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            merging = (tail[:-1] - further) / further / EPS * floor
        added = np.where(agree_with_next(tail, floor), np.fmin(further, merging), further)
        return ErrorBounds(lower=float(first.sum()), upper=2 * float(first.sum() + added.sum()))
