"""Residualization (singular perturbation approximation): reduction that keeps the gain at frequency zero."""

import numpy as np
import scipy.linalg as la

from ..errors import NumericalError
from ..linalg.arrays import Array, adjoint, dense, factorized
from ..linalg.scaling import evenly_scaled_solution
from ..systems.linear_system import LinearSystem

__all__ = ["residualized", "residualized_at_pole"]


def residualized(full: LinearSystem, T: Array, right: Array) -> LinearSystem:
    """Project the inverse of the system at frequency zero and invert back: the DC gain is kept."""
    r = T.shape[0]
    embedded = right if full.E is None else full.E @ right
    solution = -full.resolvent(full.dc_point, np.hstack([embedded, full.B]))
    A_hat, B_hat = T @ solution[:, :r], T @ solution[:, r:]
    C_hat, D_hat = -full.C @ solution[:, :r], full.D - full.C @ solution[:, r:]
    factors, _ = factorized(A_hat)
    inverse = la.lu_solve(factors, np.hstack([np.eye(r), B_hat]), check_finite=False)
    A_delta, B = inverse[:, :r], inverse[:, r:]
    return LinearSystem(
        np.eye(r) + A_delta if full.is_discrete else A_delta,
        B,
        -adjoint(la.lu_solve(factors, adjoint(C_hat), trans=2, check_finite=False)),
        D_hat - C_hat @ B,
        dt=full.dt,
        inputs=full.inputs,
        outputs=full.outputs,
        name=full.name,
    )


def residualized_at_pole(full: LinearSystem, T: Array, right: Array) -> LinearSystem:
    r"""Residualize a system that may have poles at frequency zero, dense; one LU factorization of order n + r.

    With x = S z + …, T x = z, the rates μ of z and the other states at rest solve

    .. math:: \begin{pmatrix} A & -ES \\ T & 0 \end{pmatrix} \begin{pmatrix} x \\ μ \end{pmatrix}
              = \begin{pmatrix} -B u \\ z \end{pmatrix}

    (A − E for A in discrete time), which needs the dropped block of A to be nonsingular, and not A.

    Raises
    ------
    NumericalError
        When the dropped states have no equilibrium.
    """
    n, r = full.nstates, T.shape[0]
    embedded = right if full.E is None else full.E @ right
    bordered = np.block([[dense(full.shifted_to_dc()), -embedded], [T, np.zeros((r, r))]])
    given = np.block([[np.zeros((n, r)), -full.B], [np.eye(r), np.zeros((r, full.ninputs))]])
    solution = evenly_scaled_solution(bordered, given)
    if solution is None:
        raise NumericalError(
            "order", "dropped states that come to rest", "some that do not", "choose another order, or truncate"
        )
    states, rates = solution[:n], solution[n:]
    return LinearSystem(
        np.eye(r) + rates[:, :r] if full.is_discrete else rates[:, :r],
        rates[:, r:],
        full.C @ states[:, :r],
        full.D + full.C @ states[:, r:],
        dt=full.dt,
        inputs=full.inputs,
        outputs=full.outputs,
        name=full.name,
    )
