r"""Pairs of factors whose Gramians are known to a share of larger Gramians, in every direction at once."""

from functools import cached_property

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import Array, adjoint, product
from ..networks.factor_pairs import TriangularPair
from ..systems.coordinates import Coordinates

__all__ = ["LimitedPair"]


class LimitedPair(TriangularPair):
    r"""Factors of P and Q with errors \|x*δP x\| ≤ δ x*P_∞ x and \|x*δQ x\| ≤ δ x*Q_∞ x for all x.

    Parameters
    ----------
    first, second : (n, n) array
        F and G, upper triangular, with P = (DZF)(DZF)* and GZ*D⁻¹ for Q, as for
        :class:`~dlnbalance.networks.factor_pairs.TriangularPair`.
    basis : (n, n) array
        Z.
    here : Coordinates
        Whose scales of the states are D.
    wholes : two (n, k) arrays
        F_∞ and the adjoint of G_∞, factors of P_∞ and Q_∞ in the coordinates of F and G.
    doubt : float
        δ.

    Notes
    -----
    A square σ_i² is an eigenvalue of GPG*, which changes by δ τ_i² at most, to first order, where
    τ_i = ‖u_i*GF_∞‖ ≥ σ_i with the left singular vector u_i of GF; entries beside the diagonal are as graded. So σ_i is
    off by min(δτ_i²/2σ_i, δ^½τ_i), and the same for the other side.
    """

    def __init__(
        self, first: Array, second: Array, basis: Array, here: Coordinates, wholes: tuple[Array, Array], doubt: float
    ):
        super().__init__(first, second, basis, here.states)
        self._wholes, self._doubt = wholes, doubt

    @cached_property
    def accuracy_floor(self) -> float:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Largest uncertainty of a singular value that is known, and largest value that is not, by one SVD."""
        left, values, right = self.svd
        F, G = self._factors
        reached = la.norm(product(product(adjoint(left), G), self._wholes[0]), axis=1)
        seen = la.norm(product(product(adjoint(right), adjoint(F)), self._wholes[1]), axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            off = sum(
                np.fmin(self._doubt * tau**2 / (2 * values), np.sqrt(self._doubt) * tau) for tau in (reached, seen)
            )
        return super().accuracy_floor + float(np.fmin(values, off).max(initial=0.0))
