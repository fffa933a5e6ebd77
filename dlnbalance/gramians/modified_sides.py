r"""Limited Gramians whose indefinite right-hand sides are replaced by their moduli, after Gugercin and Antoulas."""

from collections.abc import Sequence

import numpy as np
import scipy.linalg as la

from ..errors import NumericalError
from ..linalg.arrays import Array, adjoint, norm, product
from ..linalg.lyapunov import gramian_factors
from ..networks.factor_pairs import TriangularPair
from ..systems.linear_system import LinearSystem
from .base import check_range

__all__ = ["modified_pair", "modulus_root"]

_CONTAINED = 1e-8  # relative part of B outside of the range of the root: rounding of eigenvalues that vanish


def modified_pair(plant: LinearSystem, roots: Sequence[Array]) -> TriangularPair:
    r"""Gramian factors of inputs B_m = `roots[0]` and outputs C_m = `roots[1]`*, in the coordinates of the plant.

    They are multiplied by ‖K‖ and ‖L‖, where B = B_m K and C = L C_m, so that twice the sum of the singular values
    that are dropped bounds the H∞ error.

    Raises
    ------
    NumericalError
        When B is not in the range of B_m, or C* in that of C_m*.
    """
    here = plant.coordinates
    weights = [_weight(name, M, root) for name, M, root in zip("BC", (plant.B, adjoint(plant.C)), roots, strict=True)]
    unit = np.sqrt(here.unit)
    B = roots[0] * (weights[0] / unit) / here.states[:, None]
    C = adjoint(roots[1]) * (weights[1] / unit) * here.states
    F, G = gramian_factors(plant.schur, B, C, discrete=plant.is_discrete)
    check_range(norm(F), norm(G))
    return TriangularPair(F, G, plant.schur.Z, here.states, plant.schur.starts)


def modulus_root(left: Array, right: Array, signature: Array) -> Array:
    r"""A root R of a modulus, RR* = \|N\|, for the Hermitian N = (left, right) J (left, right)* with a small J.

    One QR factorization, and the eigenvalues of a matrix of the order of J.

    Examples
    --------
    >>> swap = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> root = modulus_root(np.array([[1.0], [0.0]]), np.array([[0.0], [1.0]]), swap)  # N = (0 1; 1 0), |N| = I
    >>> (root @ root.T).round(12).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    Q, R = la.qr(np.hstack([left, right]), mode="economic", check_finite=False)
    values, V = la.eigh(R @ signature @ adjoint(R), check_finite=False)
    return product(Q, V * np.sqrt(np.abs(values)))


def _weight(name: str, signals: Array, root: Array) -> float:
    """‖K‖₂ of the least K with signals = root K."""
    K, *_ = la.lstsq(root, signals, check_finite=False)
    outside = norm(signals - root @ K)
    if outside > _CONTAINED * norm(signals):
        raise NumericalError(
            "gramians",
            f"a modified right-hand side whose range contains {name}",
            f"one that leaves out a part of relative size {outside / norm(signals):.1e}",
            "pass modified=False",
        )
    return float(la.norm(K, 2))
