"""What inputs reach and outputs read of a summand, to within the rounding of the system that it is a part of."""

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
    here, unit = whole.coordinates, whole.coordinates.unit
    scale = 1.0 if here.E is None else _largest_growth(summand, here.equations)
    size_A = unit * norm(here.A) * scale
    rtol = _ROUNDINGS * np.sqrt(max(whole.nstates, 1)) * EPS * condition
    size_B, size_C = np.sqrt(unit) * norm(here.B) * scale, np.sqrt(unit) * norm(here.C)
    system = summand.system
    reached = staircase(system.A, None, system.B, rtol, (size_B, size_A))
    V, unreached = reached.left[:, : reached.order], reached.left[:, reached.order :]
    A, C = adjoint(V) @ system.A @ V, system.C @ V
    read = staircase(adjoint(A), None, adjoint(C), rtol, (size_C, size_A))
    unread = read.left[:, read.order :]
    hidden = np.concatenate([la.eigvals(adjoint(N) @ M @ N) for N, M in ((unreached, system.A), (unread, A))])
    if not hidden.size:
        return summand, hidden
    V = V @ read.left[:, : read.order]
    return Summand(system=system.project(V, V), left=summand.left @ V, right=summand.right @ V), hidden


def _largest_growth(summand: Summand, equations: Array) -> float:
    """How much solving with E enlarges the equations: norm of the left basis in the units of the equations."""
    return max(norm(summand.left / equations[:, None]), 1.0)
