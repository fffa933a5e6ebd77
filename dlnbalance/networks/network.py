r"""Deep linear networks: weight tuples, their balanced centers and their truncations.

A network of depth N is a tuple W = (W_1, …, W_N) with end-to-end matrix X = W_N ⋯ W_1. Among all tuples with the
same X, the balanced ones, W_k W_k* = W_{k+1}* W_{k+1}, are those of least Euclidean norm, and
:math:`\min Σ‖W_k‖² = N Σ σ_i(X)^{2/N}` (Lindsey–Menon, Theorem 1).
"""

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np

from ..drawable import Drawable
from ..errors import NumericalError
from ..html_views import HtmlView
from ..linalg.arguments import instance, positive_number
from ..linalg.arrays import Array, adjoint, frozen
from ..linalg.band_form import SingularValues
from ..linalg.formed_product import formed_svd, is_thin, multiplied
from ..linalg.immutable import Immutable
from ..linalg.product_svd import ProductSVD, product_svd
from ..quiver.certificates import Certificate
from ..quiver.representation import Arrow, Representation
from .centers import assemble_center
from .cuts import check_cut
from .layers import checked_layers, shown_widths
from .rank_profiles import RankProfile, profile_of_layers

__all__ = ["DeepLinearNetwork", "SingularValues", "as_network"]


class DeepLinearNetwork(Immutable, Drawable, HtmlView):
    r"""A deep linear network x ↦ W_N ⋯ W_2 W_1 x.

    Parameters
    ----------
    weights : sequence of (d_k, d_{k-1}) array_like
        The layers in the order in which they act: ``weights[0]`` is W_1, applied first. Real or complex, any
        widths.

    Raises
    ------
    InvalidArgumentError
        For an empty list, a layer that is not a finite matrix, or neighbouring layers whose sizes disagree.

    Notes
    -----
    The gauge group ∏ GL(d_k) of the hidden layers moves W without changing X. Its moment map at layer k is
    G_k = W_k W_k* − W_{k+1}* W_{k+1}; the network is balanced when all of them vanish.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network",
       arXiv:2511.01137, Theorem 1.

    See Also
    --------
    dlnbalance.balance : coordinates of least norm, with the proof.
    dlnbalance.reduce : fewer states, or hidden widths, with a bound of the error.
    dlnbalance.networks.as_network : refuse what is no network, with the ways to make one.
    dlnbalance.bridge.network_to_system : run a network as a delay line, one layer a time step.

    Examples
    --------
    >>> network = DeepLinearNetwork([[[4.0]], [[1.0]]])  # x ↦ 1 · 4 x
    >>> network.end_to_end.item(), round(network.balancing_gap(), 12)
    (4.0, 9.0)
    >>> center = network.center()
    >>> [w.round(12).item() for w in center.weights], abs(center.balancing_gap()) < 1e-14
    ([2.0, 2.0], True)
    """

    def __init__(self, weights: Sequence[Array]):
        self._layers = checked_layers("weights", weights)

    @property
    def weights(self) -> tuple[Array, ...]:
        """The layers (W_1, …, W_N), in the order in which they act."""
        return self._layers

    @property
    def depth(self) -> int:
        """Number of layers N."""
        return len(self.weights)

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths (d_0, …, d_N), from the input to the output."""
        return (self.weights[0].shape[1], *(weight.shape[0] for weight in self.weights))

    @property
    def is_complex(self) -> bool:
        """Whether any layer is complex."""
        return any(np.iscomplexobj(weight) for weight in self.weights)

    @cached_property
    def end_to_end(self) -> Array:
        """End-to-end matrix X = W_N ⋯ W_1, shape (d_N, d_0).

        Raises
        ------
        NumericalError
            When the product leaves the range of double precision.
        """
        if not np.isfinite(self._product).all():
            raise NumericalError(
                "weights", "a product within the range of double precision", "overflow", "scale the layers down"
            )
        return self._product

    @cached_property
    def _product(self) -> Array:
        return frozen(multiplied(self.weights))

    @cached_property
    def decomposition(self) -> ProductSVD:
        r"""Singular value decomposition of X with every σ_i accurate relative to itself, as far as the layers tell.

        From the layers, without their product (see :func:`dlnbalance.linalg.product_svd.product_svd`), unless the
        formed X can be shown to be as good (:func:`dlnbalance.linalg.formed_product.formed_svd`). As many values as the
        narrowest width.
        """
        formed = None if is_thin(self.weights) else formed_svd(self.weights, self._product)
        return product_svd(self.weights) if formed is None else formed

    @cached_property
    def svd(self) -> SingularValues:
        """Singular value decomposition X = Q_N Σ Q_0*, cut at the narrowest width (the largest possible rank)."""
        return SingularValues(self.decomposition.left, self.decomposition.values, self.decomposition.right)

    def triples(self, r: int) -> SingularValues:
        """The `r` leading singular triples of X, r at most the narrowest width."""
        left, values, right = self.svd
        return SingularValues(left[:, :r], values[:r], right[:, :r])

    def last_layer_rows(self, left: Array) -> Array:
        """The product L* W_N: combinations of the rows of the last layer."""
        return adjoint(left) @ self.weights[-1]

    def first_layer_columns(self, right: Array) -> Array:
        """The product W_1 R: combinations of the columns of the first layer."""
        return self.weights[0] @ right

    @property
    def singular_values(self) -> Array:
        """Singular values σ_i(X), descending, as many as the narrowest width; 0 where they are below 1e-308."""
        return self.decomposition.values

    @cached_property
    def accuracy_floor(self) -> float:
        r"""Largest of the rounding errors in the singular values of X (absolute, a first-order bound).

        It belongs to σ_1; smaller singular values have smaller errors, ``decomposition.errors``.
        """
        return float(self.decomposition.errors.max(initial=0.0))

    @property
    def rank(self) -> int:
        """Rank of X: the number of singular values that rounding in the layers cannot make zero.

        Rounding means relative changes of d eps in the columns of the layers, in the frames of the decomposition.
        """
        return self.decomposition.rank

    @cached_property
    def rank_profile(self) -> RankProfile:
        """Ranks of all sub-products W_j ⋯ W_{i+1}, and whether the gauge orbit is closed."""
        return profile_of_layers(self.weights)

    @property
    def norm(self) -> float:
        """Euclidean norm ‖W‖ = (Σ‖W_k‖²)^½."""
        return float(np.sqrt(self.squared_norm))

    @cached_property
    def squared_norm(self) -> float:
        """Squared Euclidean norm Σ‖W_k‖²."""
        return float(sum(np.vdot(weight, weight).real for weight in self.weights))

    @cached_property
    def representation(self) -> Representation:
        """The chain quiver [in] → h1 → … → [out] that carries the layers."""
        vertices = ["in", *(f"h{k}" for k in range(1, self.depth)), "out"]
        arrows = [Arrow(vertices[k], vertices[k + 1], weight) for k, weight in enumerate(self.weights)]
        return Representation(arrows, gauged=vertices[1:-1])

    def with_representation(self, representation: Representation) -> "DeepLinearNetwork":
        """Return the network whose layers are the matrices of `representation`."""
        return DeepLinearNetwork(representation.matrices)

    def moments(self) -> tuple[Array, ...]:
        """Moments G_k = W_k W_k* − W_{k+1}* W_{k+1} of the hidden layers k = 1, …, N−1."""
        return self.representation.moment_map()

    def is_balanced(self, rtol: float = 1e-9) -> bool:
        r"""Whether the moments vanish to the relative tolerance `rtol`.

        .. math:: \Big( Σ_k ‖G_k‖^2 \Big)^{1/2} ≤ \mathrm{rtol} · ‖W‖^2.

        The scale is that of the whole network: directions far below its norm may be unbalanced and still pass.
        A network of one layer has no moments and is always balanced.
        """
        rtol = positive_number("rtol", rtol, or_zero=True, remedy="pass for example 1e-9")
        return self.representation.moment_norm() <= rtol * 2 * self.representation.energy

    def least_squared_norm(self, r: int | None = None) -> float:
        r"""The least squared norm of all networks of this depth with the same X.

        .. math:: \min \Big\{ Σ_k ‖V_k‖^2 : V_N ⋯ V_1 = X \Big\} = N Σ_i σ_i(X)^{2/N}.

        Parameters
        ----------
        r : int, optional
            Take the best approximation of X of rank `r` instead of X.

        Notes
        -----
        Summed up to the rank. What the values beyond it could add is `hidden_squared_norm`.
        """
        svd = self.decomposition
        return self._in_range(self.depth * float(np.sum(svd.power(2 / self.depth)[: svd.rank if r is None else r])))

    def hidden_squared_norm(self) -> float:
        r"""What the singular values that rounding hides could add to the least squared norm, at most.

        .. math:: N Σ_{i > \mathrm{rank}} (σ_i + δ_i)^{2/N},

        with the bound δ_i of the rounding error in σ_i. Zero where X has full rank, or where the missing singular
        values are exact zeros; in deep networks even σ of 1e-20 can weigh as much as the others.
        """
        return self._in_range(self.depth * float(np.sum(self.decomposition.hidden_power(2 / self.depth))))

    def _in_range(self, value: float) -> float:
        if not np.isfinite(value):
            raise NumericalError(
                "weights", "singular values within the range of double precision", "overflow", "scale the layers down"
            )
        return value

    def balancing_gap(self) -> float:
        r"""Distance of ‖W‖² from its minimum over all networks with the same X.

        .. math:: Σ_k ‖W_k‖^2 - N Σ_i σ_i(X)^{2/N} ≥ 0,

        zero if and only if W is balanced: an exact certificate of optimality. Singular values beyond the rank count as
        zero (see `hidden_squared_norm`). Rounding leaves errors of the order of eps ‖W‖², so that the value of a
        balanced network may be slightly negative.
        """
        return self._in_range(self.squared_norm) - self.least_squared_norm()

    def certificate(self, balanced: "DeepLinearNetwork", order: int | None = None) -> Certificate:
        """Certify a network that was reached from this one: its squared norm against the least value.

        Parameters
        ----------
        balanced : DeepLinearNetwork
            The network that was reached.
        order : int, optional
            Rank to which it was truncated, where it was.

        Returns
        -------
        Certificate

        Examples
        --------
        >>> network = DeepLinearNetwork([[[4.0]], [[1.0]]])
        >>> print(network.certificate(network.center()))
        balanced: ‖W‖² = 8 after, 17 before, least possible 8 (relative gap ...)
        """
        return Certificate(
            before=self.squared_norm,
            after=as_network("balanced", balanced).squared_norm,
            minimum=self.least_squared_norm(order),
            hidden=self.hidden_squared_norm() if order is None else 0.0,
        )

    def center(self) -> "DeepLinearNetwork":
        r"""The balanced network (Λ Q_0*, Λ, …, Λ, Q_N Λ), Λ = Σ^{1/N}, of the same widths and end-to-end matrix.

        All balanced networks over X are unitary gauges of this one. Widths beyond the rank of X are filled with zeros.
        """
        if self.depth == 1:
            return self
        svd = self.decomposition
        return DeepLinearNetwork(assemble_center(svd, svd.rank, self.widths[1:-1]))

    def truncate(self, r: int) -> "DeepLinearNetwork":
        r"""The balanced network of hidden widths `r` whose end-to-end matrix is the best rank-r approximation.

        Parameters
        ----------
        r : int
            1 ≤ r ≤ rank(X), with σ_r > σ_{r+1}.

        Returns
        -------
        DeepLinearNetwork
            Its end-to-end matrix is at spectral distance exactly σ_{r+1}(X) from X (Eckart–Young).

        Raises
        ------
        OrderError
            When `r` is out of range or the cut would split equal singular values.
        """
        svd = self.decomposition
        check_cut(svd.values, r, svd.rank, svd.errors, "r")
        return DeepLinearNetwork(assemble_center(svd, r, (r,) * (self.depth - 1)))

    def gauge(self, T: Sequence[Array]) -> "DeepLinearNetwork":
        """Change the coordinates of the hidden layers: W_k ↦ T_k W_k T_{k−1}⁻¹, with T_0 = T_N = I.

        Parameters
        ----------
        T : sequence of (d_k, d_k) array_like
            One invertible matrix for each of the N−1 hidden layers.
        """
        return DeepLinearNetwork(self.representation.act(T).matrices)

    @classmethod
    def from_state_dict(cls, tensors: Mapping[str, Any], order: Sequence[str] | None = None) -> Self:
        """Build the network from a mapping of names to matrices; see
        :func:`dlnbalance.networks.interop.layers_of_mapping`.
        """
        from .interop import layers_of_mapping

        return cls(layers_of_mapping(tensors, order))

    @classmethod
    def from_safetensors(cls, path: str | os.PathLike[str], order: Sequence[str] | None = None) -> Self:
        """Build the network from a ``.safetensors`` file; see
        :func:`dlnbalance.networks.interop.layers_of_safetensors`.
        """
        from .interop import layers_of_safetensors

        return cls(layers_of_safetensors(path, order))

    @classmethod
    def from_torch(cls, source: Any) -> Self:
        """Build the network from a bias-free torch module or its state dict; see :mod:`dlnbalance.networks.interop`."""
        from .interop import layers_of_torch

        return cls(layers_of_torch(source))

    def to_torch(self) -> Any:
        """Return a ``torch.nn.Sequential`` of bias-free linear layers; see
        :func:`dlnbalance.networks.interop.to_torch`.
        """
        from .interop import to_torch

        return to_torch(self.weights)

    def __repr__(self) -> str:
        kind = "complex" if self.is_complex else "real"
        return (
            f"DeepLinearNetwork(depth {self.depth}, {kind}, widths {shown_widths(self.widths)};"
            f" ‖W‖² = {self.squared_norm:.6g}, balancing gap {self.balancing_gap():.3g})"
        )


def as_network(argument: str, value: Any) -> DeepLinearNetwork:
    """Return `value` when it is a network; refuse anything else, with the ways to make one.

    Parameters
    ----------
    argument : str
        The name that error messages use.
    value : object
        What the caller passed.

    Raises
    ------
    InvalidArgumentError
        For systems, lists of matrices, modules of other libraries, and whatever else is no network.

    See Also
    --------
    dlnbalance.DeepLinearNetwork : a deep linear network x ↦ W_N ⋯ W_2 W_1 x.
    dlnbalance.load : read a model from a file.

    Examples
    --------
    >>> as_network("network", DeepLinearNetwork([[[4.0]], [[1.0]]])).depth
    2
    """
    return instance(
        argument,
        value,
        DeepLinearNetwork,
        "a DeepLinearNetwork",
        "build one: DeepLinearNetwork([W_1, …, W_N]), .from_state_dict(mapping) or .from_torch(module)",
    )


def representable_values(argument: str, network: DeepLinearNetwork) -> Array:
    """Singular values of X as numbers; refuse a network where those up to the rank over- or underflow.

    Raises
    ------
    NumericalError
        Saying which of the two happened.
    """
    values = network.singular_values
    leading = values[: network.rank]
    if not (np.isfinite(values).all() and (leading > 0).all()):
        received, remedy = ("underflow", "up") if np.isfinite(values).all() else ("overflow", "down")
        what = "singular values within the range of double precision"
        raise NumericalError(argument, what, received, f"scale the layers {remedy}")
    return values
