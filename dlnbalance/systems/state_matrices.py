"""The four matrices of a system without its names: their response, their units."""

from typing import NamedTuple

import numpy as np

from ..linalg.arrays import Array
from .dyadic import Scaled, residual

__all__ = ["Realization", "in_seconds", "response", "times_power"]

_REFINEMENTS = 3  # steps of iterative refinement with exact residuals: each adds the digits that one solve has


class Realization(NamedTuple):
    """The matrices (A, B, C, D) of a system."""

    A: Array
    B: Array
    C: Array
    D: Array


def response(system: Realization, points: Array, *, refined: bool = False) -> Array:
    """Transfer matrices at some points, (K, p, m); nan where a point is a pole.

    `refined` solves with exact residuals, so that the response is that of the matrices as they are stored. O(K n³).
    """
    n = system.A.shape[0]
    shifted = points[:, None, None] * np.eye(n) - system.A
    with np.errstate(all="ignore"):
        X = np.array([_solved(matrix, system, refined, point) for matrix, point in zip(shifted, points, strict=True)])
        return system.D + system.C @ X


def _solved(shifted: Array, system: Realization, refined: bool, point: complex) -> Array:
    try:
        X = np.linalg.solve(shifted, system.B.astype(complex))
        for _ in range(_REFINEMENTS if refined else 0):
            if np.isfinite(X).all():
                X = X + np.linalg.solve(shifted, residual(system.A, point, X, system.B))
    except np.linalg.LinAlgError:
        return np.full(system.B.shape, np.nan + 0j)
    return X


def in_seconds(system: Realization, shift: int) -> Realization:
    """Undo the change of the unit of time, and share what B and C amplify evenly."""
    filled, read = np.abs(system.B).max(initial=0.0), np.abs(system.C).max(initial=0.0)
    lean = round(float(np.log2(filled) - np.log2(read))) if filled > 0 and read > 0 else shift
    to_B = (shift - lean) // 2
    A, B, C = (times_power(M, e) for M, e in zip(system[:3], (shift, to_B, shift - to_B), strict=True))
    return Realization(A, B, C, system.D)


def times_power(matrix: Array, exponent: int) -> Array:
    """The matrix times a power of two, whatever its exponent."""
    return Scaled(matrix, np.full(matrix.shape, exponent)).value
