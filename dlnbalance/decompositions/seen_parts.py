"""What inputs reach and outputs read of a summand, to within the rounding of the system that it is a part of."""

from typing import NamedTuple

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import EPS, Array, adjoint, norm
from ..linalg.staircase import staircase
from ..systems.linear_system import LinearSystem
from .divisions import Summand

__all__ = ["seen_part"]

# Units of √n eps, times the condition, that the entries of a summand are known to: hidden poles of systems that were
# turned and freed of algebraic equations show up to 50 of them; those that are seen lie many digits above.
_ROUNDINGS = 300


class _Sizes(NamedTuple):
    """Norms of (A, B, C) of the whole, as they appear in a summand."""

    A: float
    B: float
    C: float


def seen_part(whole: LinearSystem, summand: Summand, condition: float) -> tuple[Summand, Array]:
    """Return a summand without its hidden poles, and these.

    Parameters
    ----------
    whole : LinearSystem
        The system that was divided.
    summand : Summand
        With T = I.
    condition : float
        Norm of the spectral projectors: the rounding of the division grows by it.

    Notes
    -----
    A staircase form of (A, B) and one of (A*, C*), whose decisions are taken against the norms of the whole: what is
    left of a hidden integrator is nothing but rounding of the system that it was a part of. O(k³).
    """
    size = _sizes_in_sparse(whole, summand) if whole.is_large else _sizes_in_scaled(whole, summand)
    rtol = _ROUNDINGS * np.sqrt(max(whole.nstates, 1)) * EPS * condition
    system = summand.system
    reached = staircase(system.A, None, system.B, rtol, (size.B, size.A))
    V, unreached = reached.left[:, : reached.order], reached.left[:, reached.order :]
    A, C = adjoint(V) @ system.A @ V, system.C @ V
    read = staircase(adjoint(A), None, adjoint(C), rtol, (size.C, size.A))
    unread = read.left[:, read.order :]
    hidden = np.concatenate([la.eigvals(adjoint(N) @ M @ N) for N, M in ((unreached, system.A), (unread, A))])
    if not hidden.size:
        return summand, hidden
    V = V @ read.left[:, : read.order]
    return Summand(system=system.project(V, V), left=summand.left @ V, right=summand.right @ V), hidden


def _sizes_in_scaled(whole: LinearSystem, summand: Summand) -> _Sizes:
    """Norms in well-scaled coordinates, where the right basis is orthonormal."""
    here, unit = whole.coordinates, whole.coordinates.unit
    # solving with E enlarges the equations by the norm of the left basis
    growth = 1.0 if here.E is None else max(norm(summand.left / here.equations[:, None]), 1.0)
    root = np.sqrt(unit)
    return _Sizes(unit * norm(here.A) * growth, root * norm(here.B) * growth, root * norm(here.C))


def _sizes_in_sparse(whole: LinearSystem, summand: Summand) -> _Sizes:
    """Norms in the coordinates that were given."""
    left, right = norm(summand.left), norm(summand.right)
    return _Sizes(left * norm(whole.A) * right, left * norm(whole.B), norm(whole.C) * right)
