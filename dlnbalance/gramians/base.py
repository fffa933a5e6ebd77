r"""Gramian factors of a system, as the two layers of a deep linear network.

Every strategy here turns a :class:`LinearSystem` into the network

.. math:: (W_1, W_2) = (Z_c, Z_o^*), \qquad P = Z_c Z_c^*, \quad Q = Z_o Z_o^*,

whose hidden layer is the state space, whose gauge group is the group of state transformations, whose moment is
P − Q and whose singular values are the Hankel singular values. What is done with the network afterwards
(its center balances, its truncation reduces) does not depend on where the factors came from.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from ..files.conversion import as_system
from ..linalg.arrays import EPS, Array, norm
from ..networks.factor_pairs import TriangularPair
from ..networks.network import DeepLinearNetwork, agree_with_next
from ..systems.coordinates import out_of_range
from ..systems.gramian_factors import triangular_factors
from ..systems.linear_system import LinearSystem
from .stability import check_stable

__all__ = ["HINF_ERROR", "ErrorBounds", "GramianStrategy", "Lyapunov", "values_name"]


_EXPONENTS = -1010, 1023  # of two, between which a number keeps its digits, and can be told from its rounding

#: What the tail of the Hankel singular values bounds: ‖G − G_r‖_∞.
HINF_ERROR = "H∞ error"


class ErrorBounds(NamedTuple):
    """What the singular values of Gramian factors prove about a reduced model; None where nothing is proved.

    `measure` says in words what is bounded. Only "H∞ error", which stands for ‖G − G_r‖_∞, lets rounding be added, and
    a truncation stand in for the system where errors are measured.
    """

    lower: float | None
    upper: float | None
    measure: str = HINF_ERROR


class GramianStrategy(Protocol):
    """Anything that turns a system into the network of its Gramian factors.

    A strategy may have a `values_name`, what reports call the singular values of its factors.
    """

    def __call__(self, system: LinearSystem) -> DeepLinearNetwork:
        """Return the network (Z_c, Z_o*)."""
        ...

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        """Bound the error of truncation to `order`, in the measure that the bounds name.

        `floor` is what one rounding error of the data does to the transfer function; zero asks for exact arithmetic.
        """
        ...


def values_name(gramians: GramianStrategy) -> str:
    """What to call the singular values of the Gramian factors of a strategy."""
    return getattr(gramians, "values_name", "singular values of the Gramian factors")


def check_range(reach: float, observe: float) -> None:
    """Refuse Gramian factors of these norms, when the product of them overflows or has lost digits to underflow."""
    if reach == 0 or observe == 0:
        return
    exponent = sum(int(np.frexp(size)[1]) for size in (reach, observe))
    if not _EXPONENTS[0] <= exponent <= _EXPONENTS[1]:
        raise out_of_range("Hankel norm")


@dataclass(frozen=True)
class Lyapunov:
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

    @property
    def values_name(self) -> str:
        """What reports call the singular values."""
        return "Hankel singular values"

    def __call__(self, system: LinearSystem) -> DeepLinearNetwork:
        """Return the network (Z_c, Z_o*) of `system`."""
        system = as_system(system)
        check_stable(system)
        schur, here = system.schur, system.coordinates
        reach, observe = triangular_factors(here, schur, discrete=system.is_discrete)
        check_range(norm(reach), norm(observe))
        return TriangularPair(reach, observe, schur.Z, here.states, schur.starts)

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
