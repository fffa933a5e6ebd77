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

from .arrays import Array, adjoint, product
from .conversion import as_system
from .errors import UnstableSystemError
from .factor_pairs import TriangularPair
from .lyapunov import gramian_factor
from .networks import DeepLinearNetwork, agree_with_next
from .pencils import flipped
from .systems import LinearSystem

_SUSPECTS = 32  # poles nearest to the stability boundary that are examined for rounding

__all__ = ["ErrorBounds", "GramianStrategy", "Lyapunov", "check_stable"]


class ErrorBounds(NamedTuple):
    """What Hankel singular values prove about the H∞ error of a reduced model; None where nothing is proved."""

    lower: float | None
    upper: float | None


class GramianStrategy(Protocol):
    """Anything that turns a system into the network of its Gramian factors."""

    def __call__(self, system: LinearSystem) -> DeepLinearNetwork:
        """Return the network (Z_c, Z_o*)."""
        ...

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        """Bound the H∞ error of truncation to `order`; values that differ by less than `floor` count as equal."""
        ...


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

    def __call__(self, system: LinearSystem) -> DeepLinearNetwork:
        """Return the network (Z_c, Z_o*) of `system`."""
        system = as_system(system)
        check_stable(system)
        schur, discrete, d = system.schur, system.is_discrete, system.scaling
        _, B, C = system.equilibrated
        reach = gramian_factor(schur, B, discrete=discrete)
        observe = flipped(gramian_factor(schur.adjoint, adjoint(C), discrete=discrete))
        return TriangularPair(reach, observe if schur.T is None else product(observe, schur.T), schur.Z, d)

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        r"""Bounds σ_{r+1} ≤ ‖G − G_r‖_∞ ≤ 2 Σ σ_i over the *distinct* values of the tail.

        References
        ----------
        .. [1] K. Glover, Int. J. Control 39 (1984) 1115-1193.
        .. [2] D. F. Enns, Proc. 23rd IEEE CDC (1984) 127-132.
        .. [3] U. M. Al-Saggaf, G. F. Franklin, IEEE Trans. Automat. Control 32 (1987) 815-819 (discrete time).
        """
        tail = values[order:]
        distinct = tail.copy()
        distinct[1:][agree_with_next(tail, floor)] = 0
        return ErrorBounds(lower=float(tail[:1].sum()), upper=2 * float(distinct.sum()))


def check_stable(system: LinearSystem) -> None:
    """Refuse a system that is not asymptotically stable.

    A pole counts as stable only when no rounding error in A and E could move it to the stability boundary: at the
    boundary point next to it, zE − A must stay nonsingular under perturbations of that size.

    Raises
    ------
    UnstableSystemError
        Naming how many poles are at fault and the worst of them.
    SingularDescriptorError
        When E is singular.
    """
    system = as_system(system)
    system.check_descriptor()
    poles = system.poles()
    if not poles.size:
        return
    discrete = system.is_discrete
    margin = 1 - np.abs(poles) if discrete else -poles.real
    faulty = margin <= 0
    suspects = np.argsort(margin)[:_SUSPECTS]
    suspects = suspects[~faulty[suspects]]
    if suspects.size and not faulty.any():
        boundary = np.exp(1j * np.angle(poles[suspects])) if discrete else 1j * poles[suspects].imag
        if not system.is_complex:  # conjugate poles are equally near
            boundary = np.where(np.imag(boundary) < 0, np.conj(boundary), boundary)
        points, which = np.unique(boundary, return_inverse=True)
        faulty[suspects] = (system.schur.nearness(points) >= 1)[which]
    if not faulty.any():
        return
    worst = poles[np.argmin(margin)]
    region = "inside the unit circle" if discrete else "in the open left half plane"
    verdict = "outside or on it" if margin.min() <= 0 else "too close to its boundary to tell in double precision"
    shown = f"{worst.real:.6g}" if worst.imag == 0 else f"{worst:.6g}"
    raise UnstableSystemError(
        "system",
        f"all poles {region}",
        f"{np.count_nonzero(faulty)} of {poles.size} {verdict}, the worst at {shown}",
        "stabilize it, or split off the unstable part first; an integrator or undamped mode has no Gramian",
    )
