"""Residualization (singular perturbation approximation): reduction that keeps the gain at frequency zero."""

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import Array, adjoint, factorized
from ..systems.linear_system import LinearSystem

__all__ = ["residualized"]


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
