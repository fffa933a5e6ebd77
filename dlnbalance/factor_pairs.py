r"""Pairs of Gramian factors as two-layer networks, kept in the coordinates in which they were computed."""

from functools import cached_property

import numpy as np
import scipy.linalg as la

from .arrays import EPS, Array, adjoint, frozen, product, spectral_norm_bound
from .band_form import BandForm, SingularValues
from .networks import DeepLinearNetwork

__all__ = ["FactorPair"]

_SMALL = 100  # order up to which all singular vectors cost no more than some
_FEW = 1 / 8  # share of the singular vectors up to which it pays to compute no others


class FactorPair(DeepLinearNetwork):
    r"""The network (W_1, W_2) = (D Z F, G Z* D⁻¹) of two upper triangular factors F and G.

    F and G are the layers in the coordinates x̂ of x = D Z x̂ (Z unitary, D diagonal and positive). Those are a
    gauge of the network, which changes neither W_2W_1 = GF nor, for D = I, the norm; so the singular values are found
    without the change back, and the layers only when somebody reads them.

    Parameters
    ----------
    first, second : (n, n) array
        F and G, upper triangular; not copied.
    basis : (n, n) array
        Z.
    scaling : (n,) array
        Diagonal of D.

    Examples
    --------
    >>> pair = FactorPair(np.diag([3.0, 1.0]), np.diag([2.0, 1.0]), np.eye(2), np.ones(2))
    >>> pair.singular_values.tolist()
    [6.0, 1.0]
    """

    def __init__(self, first: Array, second: Array, basis: Array, scaling: Array):
        self._factors = frozen(first), frozen(second)
        self._basis, self._scaling = basis, scaling

    @property
    def weights(self) -> tuple[Array, ...]:
        """The layers (W_1, W_2) = (Z_c, Z_o*) in the coordinates of the system; computed on first use, 4 n³ flops."""
        return self._weights

    @cached_property
    def _weights(self) -> tuple[Array, Array]:
        F, G = self._factors
        first, second = product(self._basis, F), product(G, adjoint(self._basis))
        return frozen(self._scaling[:, None] * first), frozen(second / self._scaling)

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths (n, n, n)."""
        return (self._scaling.size,) * 3

    @property
    def is_complex(self) -> bool:
        """Whether a layer is complex."""
        return any(np.iscomplexobj(M) for M in (*self._factors, self._basis))

    @cached_property
    def end_to_end(self) -> Array:
        """End-to-end matrix Z_o* Z_c."""
        return frozen(self._product())

    def _product(self) -> Array:
        F, G = self._factors
        if self._is_small:
            return G @ F
        (trmm,) = la.blas.get_blas_funcs(("trmm",), (G, F))
        return trmm(1.0, G, F)

    @cached_property
    def svd(self) -> SingularValues:
        """Singular value decomposition of the end-to-end matrix."""
        left, values, right = la.svd(self._product(), full_matrices=False, overwrite_a=True, check_finite=False)
        return SingularValues(frozen(left), frozen(values), frozen(adjoint(right)))

    @cached_property
    def _band_form(self) -> BandForm:
        return BandForm(self._product())

    @property
    def singular_values(self) -> Array:
        """Singular values of the end-to-end matrix, descending."""
        return self.svd.values if self._is_small else self._band_form.values

    def triples(self, r: int) -> SingularValues:
        """The `r` leading singular triples of the end-to-end matrix."""
        if self._is_small or r > self._scaling.size * _FEW:
            return super().triples(r)
        return self._band_form.leading(r)

    @property
    def _is_small(self) -> bool:
        return self._scaling.size <= _SMALL

    @cached_property
    def squared_norm(self) -> float:
        """Squared Euclidean norm tr P + tr Q."""
        layers = self._factors if (self._scaling == 1).all() else self.weights
        return float(sum(np.vdot(layer, layer).real for layer in layers))

    @cached_property
    def accuracy_floor(self) -> float:
        r"""Size of the rounding errors in the computed singular values, n eps ‖abs(G)‖₂ ‖abs(F)‖₂ (absolute, a bound).

        It covers the errors of the factors, which are relative to their norms, besides those of the product.
        """
        F, G = self._factors
        return self._scaling.size * EPS * spectral_norm_bound(F) * spectral_norm_bound(G)

    def read(self, left: Array) -> Array:
        """The product L* W_2, without forming W_2."""
        return product(product(adjoint(left), self._factors[1]), adjoint(self._basis)) / self._scaling

    def reach(self, right: Array) -> Array:
        """The product W_1 R, without forming W_1."""
        return self._scaling[:, None] * product(self._basis, product(self._factors[0], right))
