r"""Pairs of Gramian factors as two-layer networks; triangular ones stay in the coordinates of their computation."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import EPS, Array, Indices, adjoint, frozen, norm, product, spectral_norm_bound
from ..linalg.band_form import BandForm, SingularValues
from ..linalg.formed_product import multiplied
from ..linalg.product_svd import ProductSVD
from .network import DeepLinearNetwork

__all__ = ["FactorPair", "TriangularPair", "as_factor_pair"]

_SMALL = 100  # order up to which all singular vectors cost no more than some: calls cost more than flops there
_FEW = 1 / 8  # share of the singular vectors up to which it pays to compute no others, each one by itself


class FactorPair(DeepLinearNetwork):
    r"""The network (W_1, W_2) = (Z_c, Z_o*) of two computed factors, whose errors are relative to their norms.

    Layers that are data determine even tiny singular values of their product. Computed factors carry errors
    of the size of eps times their norms, so that all singular values of Z_o*Z_c share one floor, and one SVD of the
    product is as good as the data.

    Parameters
    ----------
    weights : pair of (n, k) and (l, n) array_like
        Z_c and Z_o*.

    Examples
    --------
    >>> FactorPair([np.diag([1.0, 1e-20]), np.eye(2)]).rank
    1
    """

    @cached_property
    def decomposition(self) -> ProductSVD:
        """Singular value decomposition of the end-to-end matrix, the accuracy floor being its uncertainty."""
        left, values, right = self.svd
        return ProductSVD(
            left=left,
            mantissas=values,
            exponents=frozen(np.zeros(values.size, dtype=int)),
            right=right,
            uncertainties=frozen(np.full(values.size, self.accuracy_floor)),
        )

    @cached_property
    def svd(self) -> SingularValues:
        """Singular value decomposition of the end-to-end matrix, cut at the narrowest width."""
        left, values, right = la.svd(self._formed_matrix(), full_matrices=False, overwrite_a=True, check_finite=False)
        r = min(self.widths)
        return SingularValues(frozen(left[:, :r]), frozen(values[:r]), frozen(adjoint(right)[:, :r]))

    def _formed_matrix(self) -> Array:
        """A new array with the end-to-end matrix."""
        return self.end_to_end.copy()

    @property
    def singular_values(self) -> Array:
        """Singular values of the end-to-end matrix, descending."""
        return self.svd.values

    @property
    def depth(self) -> int:
        """Number of layers, 2: known without forming them."""
        return 2

    @property
    def rank(self) -> int:
        """Number of singular values above the accuracy floor."""
        return self._rank

    @cached_property
    def _rank(self) -> int:
        return int(np.count_nonzero(self.singular_values > self.accuracy_floor))

    def least_squared_norm(self, r: int | None = None) -> float:
        """The least value 2Σσ_i of tr P + tr Q, over the leading `r` values (those above the floor when left out)."""
        return 2 * float(np.sum(self.singular_values[: self.rank if r is None else r]))

    @cached_property
    def accuracy_floor(self) -> float:
        r"""Size of the rounding errors in the computed singular values (absolute, a bound).

        .. math:: \max_k d_k \; eps \; \big‖ \, |W_2| |W_1| \, \big‖_2 .

        It covers the errors of the factors, which are relative to their norms, besides those of the product.
        """
        return max(self.widths) * EPS * _norm_of_magnitudes(self.weights)


def as_factor_pair(network: DeepLinearNetwork) -> FactorPair:
    """The two layers of a network as computed factors; itself when it is a pair already."""
    return network if isinstance(network, FactorPair) else FactorPair(network.weights)


def _norm_of_magnitudes(weights: Sequence[Array]) -> float:
    """Spectral norm of |W_2| |W_1| by power iteration, which converges fast for entries that are nonnegative."""
    magnitudes = [np.abs(weight) for weight in weights]
    vector = np.ones(magnitudes[0].shape[1])
    norm = 0.0
    for _ in range(8):  # a bound needs one digit
        length = la.norm(vector)
        if length == 0:
            break
        image = multiplied([vector[:, None] / length, *magnitudes])
        size = la.norm(image)
        norm = max(norm, float(size))
        vector = multiplied([image / (size or 1.0), *(m.T for m in reversed(magnitudes))])[:, 0]
    return norm


def _block_norms(M: Array, starts: Indices) -> Array:
    """Frobenius norms of the blocks of rows of a matrix."""
    ends = np.append(starts[1:], len(M))
    return np.array([norm(M[lo:hi]) for lo, hi in zip(starts, ends, strict=True)])


class TriangularPair(FactorPair):
    r"""The network (W_1, W_2) = (D Z F, G Z* D⁻¹) of two upper triangular factors F and G.

    F and G are the layers in the coordinates x̂ of x = D Z x̂ (Z unitary, D diagonal and positive). Those are a
    gauge of the network, which changes neither W_2W_1 = GF nor, for D = I, the norm; so the singular values are found
    without the change back, and the layers only when they are read.

    Parameters
    ----------
    first, second : (n, n) array
        F and G, upper triangular; not copied.
    basis : (n, n) array
        Z.
    scaling : (n,) array
        Diagonal of D.
    starts : (K,) int array, optional
        First rows of blocks whose scales are free: the algorithm that found the factors does not see them.
    uncertainty : float
        What singular values are uncertain by beside rounding in F, G and their product.

    Examples
    --------
    >>> pair = TriangularPair(np.diag([3.0, 1.0]), np.diag([2.0, 1.0]), np.eye(2), np.ones(2))
    >>> pair.singular_values.round(12).tolist()
    [6.0, 1.0]
    """

    def __init__(
        self,
        first: Array,
        second: Array,
        basis: Array,
        scaling: Array,
        starts: Indices | None = None,
        uncertainty: float = 0.0,
    ):
        self._uncertainty = uncertainty
        self._factors = frozen(first), frozen(second)
        self._basis, self._scaling, self._starts = basis, scaling, starts

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
        return frozen(self._formed_matrix())

    def _formed_matrix(self) -> Array:
        F, G = self._factors
        if self._is_small:
            return G @ F
        (trmm,) = la.blas.get_blas_funcs(("trmm",), (G, F))
        return trmm(1.0, G, F)

    @cached_property
    def _band_form(self) -> BandForm:
        return BandForm(self._formed_matrix())

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

        It covers the errors of the factors, which are relative to their norms, besides those of the product. Where the
        scales of blocks are free, the bound may be taken in the best of them, where it is n eps Σ_b ‖G_b‖ ‖F_b‖ over
        the columns and rows of the blocks.
        """
        F, G = self._factors
        bound = spectral_norm_bound(F) * spectral_norm_bound(G)
        if self._starts is not None and self._starts.size > 1:
            bound = min(bound, float(_block_norms(F, self._starts) @ _block_norms(G.T, self._starts)))
        return self._scaling.size * EPS * bound + self._uncertainty

    def last_layer_rows(self, left: Array) -> Array:
        """The product L* W_2, without forming W_2."""
        return product(product(adjoint(left), self._factors[1]), adjoint(self._basis)) / self._scaling

    def first_layer_columns(self, right: Array) -> Array:
        """The product W_1 R, without forming W_1."""
        return self._scaling[:, None] * product(self._basis, product(self._factors[0], right))
