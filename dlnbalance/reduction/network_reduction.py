r"""Reduction of deep linear networks: fewer neurons in every hidden layer, and the error known exactly.

The best approximation of X of rank r is at spectral distance σ_{r+1} (Eckart–Young), and every network of hidden widths
r has an end-to-end matrix of at most that rank: nothing of the same widths is nearer.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg as la

from ..drawable import Drawable
from ..errors import ToleranceError
from ..html_views import HtmlView
from ..linalg.arguments import one_of, positive_number
from ..linalg.arrays import EPS, Array, adjoint
from ..linalg.frames import sweep
from ..linalg.immutable import Immutable
from ..linalg.product_svd import ProductSVD
from ..networks.cuts import check_cut, splits_equal
from ..networks.layers import shown_widths
from ..networks.network import (
    DeepLinearNetwork,
    as_network,
    representable_values,
)
from ..norms.measured import Measured
from ..quiver.certificates import Certificate
from ..summary import Fact, Summary, listed, told

__all__ = ["ReducedNetwork", "reduce_network"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReducedNetwork(Immutable, Drawable, HtmlView):
    r"""A network of smaller hidden widths, with its exact error.

    Attributes
    ----------
    network : DeepLinearNetwork
        The reduced network, of hidden widths `order`. Its layers are compressions of the given ones to r dimensions,
        none of larger norm; :attr:`balanced` has the one of least norm.
    order : int
        Hidden width r.
    singular_values : (k,) array
        Singular values of X, descending.
    bound, lower_bound : float
        Both are σ_{r+1}(X) up to its rounding error (added to `bound`, taken from `lower_bound`): ‖X − X_r‖₂ cannot be
        less for any network of these widths, and is not more for this one.
    accuracy_floor : float
        Rounding error of the end-to-end matrix, in the spectral norm; errors below it cannot be measured.
    measure : str
        What these bound and `error` measures, in words.
    full : DeepLinearNetwork
        The network that was given.

    See Also
    --------
    dlnbalance.reduce : fewer states, or hidden widths, with a bound of the error.
    dlnbalance.DeepLinearNetwork : a deep linear network x ↦ W_N ⋯ W_2 W_1 x.

    Examples
    --------
    >>> network = DeepLinearNetwork([np.diag([2.0, 1.0]), np.diag([3.0, 0.5])])
    >>> model = reduce_network(network, "order", 1)
    >>> model.network.widths, round(model.bound, 12), round(float(model.error()), 12)
    ((2, 1, 2), 0.5, 0.5)
    """

    network: DeepLinearNetwork
    order: int
    singular_values: Array
    bound: float
    lower_bound: float
    accuracy_floor: float
    full: DeepLinearNetwork = field(repr=False)

    @cached_property
    def balanced(self) -> DeepLinearNetwork:
        """The balanced network over the same X_r: least norm among all networks of this depth that compute it."""
        return self.full.truncate(self.order)

    @cached_property
    def certificate(self) -> Certificate:
        """‖W‖² of the given and of the balanced reduced network, against the least value for X_r."""
        return self.full.certificate(self.balanced, self.order)

    def error(self) -> Measured:
        """Measured ‖X − X_r‖₂, computed once, on first call, from the layers of both networks."""
        return self._error

    @cached_property
    def _error(self) -> Measured:
        distance = float(_difference(self.full, self.network).singular_values[:1].sum())
        return Measured(value=distance, norm=self.measure)

    @property
    def measured(self) -> Measured | None:
        """The measured error where `error` was called already, None before."""
        return vars(self).get("_error")

    @property
    def measure(self) -> str:
        """What `bound` bounds and `error` measures, in words."""
        return "‖X − X_r‖₂"

    @property
    def error_is_finite(self) -> bool:
        """Whether the error is finite: it always is."""
        return True

    @property
    def stable(self) -> bool:
        """True: a network has no dynamics."""
        return True

    def summary(self) -> Summary:
        """Facts about the result: keys and values for programs, labels and words for people."""
        before, after = (shown_widths(network.widths) for network in (self.full, self.network))
        values, error = self.singular_values, self.measured
        parameters = [sum(weight.size for weight in network.weights) for network in (self.full, self.network)]
        kept, dropped = listed(values[: self.order]) or "none", listed(values[self.order :], 3) or "none"
        document = None if error is None else {"value": error.value, "norm": error.norm, "place": error.place}
        return [
            Fact("kind", "", "network"),
            Fact("order", "", self.order),
            Fact("widths", "Widths", list(self.network.widths), words=f"widths {before} to {after}"),
            Fact("parameters", "Parameters", parameters, words=f"{parameters[0]} to {parameters[1]}"),
            Fact("singular_values", "Singular values of X", values.tolist(), words=f"kept {kept} | dropped {dropped}"),
            Fact("bound", self.measure, self.bound, words=f"{self.bound:.6g}, the least possible for these widths"),
            Fact("lower_bound", "", self.lower_bound),
            Fact("bounded", "", self.measure),
            Fact("error", "" if error is None else f"{self.measure}, measured", document, words=f"{error}"),
            Fact("certificate", "Certificate", self.certificate.to_dict(), words=f"when {self.certificate}"),
            Fact("accuracy_floor", "Accuracy floor", self.accuracy_floor, words=f"{self.accuracy_floor:.1e}"),
        ]

    def __repr__(self) -> str:
        return told("ReducedNetwork", self.summary(), ("widths",))


def reduce_network(network: DeepLinearNetwork, request: str, value: Any) -> ReducedNetwork:
    r"""Reduce the hidden widths of a network; what :func:`dlnbalance.reduce` does with one.

    .. math:: V_k = P_k^* W_k P_{k-1}, \qquad V_N ⋯ V_1 = X_r, \qquad ‖X - X_r‖_2 = σ_{r+1}(X).

    Parameters
    ----------
    network : DeepLinearNetwork
        Any depth and widths.
    request : {"order", "tol", "rtol"}
        What `value` is: the hidden width r, or the largest ‖X − X_r‖₂, absolute or in units of σ_1.
    value : int or float

    Returns
    -------
    ReducedNetwork

    Raises
    ------
    OrderError
        For an order out of range or between equal singular values.
    ToleranceError
        When rounding in X is larger than the tolerance.

    Notes
    -----
    The frames P_k of the leading right singular vectors under the layers, W_kP_{k−1} = P_kR_k, compress every layer to
    the leading block of R_k. No product of layers is formed: O(N d² r) flops after the singular value decomposition.

    References
    ----------
    .. [1] C. Eckart, G. Young, "The approximation of one matrix by another of lower rank", Psychometrika 1 (1936).

    See Also
    --------
    dlnbalance.reduce : fewer states, or hidden widths, with a bound of the error.
    dlnbalance.ReducedNetwork : a network of smaller hidden widths, with its exact error.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> network = dln.DeepLinearNetwork([np.diag([2.0, 1.0]), np.diag([2.0, 1.0])])
    >>> reduce_network(network, "order", 1).network.widths
    (2, 1, 2)
    """
    representable_values("network", as_network("network", network))
    svd = network.decomposition
    if one_of("request", request, ("order", "tol", "rtol")) != "order":
        value = positive_number(request, value, remedy="it bounds ‖X − X_r‖₂")
    # a representation of X by other layers is off by rounding of σ_1 at least, besides what its own layers leave open
    floor = float(max(svd.errors.max(initial=0.0), max(network.widths) * EPS * svd.values[:1].sum()))
    if request == "order":
        check_cut(svd.values, value, svd.rank, svd.errors, request)
        order = int(value)
    else:
        order = _smallest_order(svd, request, value, floor)
    run = sweep(network.weights, svd.right[:, :order])
    layers = list(run.triangles)
    layers[0] = layers[0] @ adjoint(run.frames[0])
    layers[-1] = run.frames[-1] @ layers[-1]
    following, error = (float(values[order : order + 1].sum()) for values in (svd.values, svd.errors))
    return ReducedNetwork(
        network=DeepLinearNetwork(layers),
        order=order,
        singular_values=svd.values,
        bound=following + error,
        lower_bound=max(following - error, 0.0),
        accuracy_floor=floor,
        full=network,
    )


def _smallest_order(svd: ProductSVD, request: str, tolerance: float, floor: float) -> int:
    """The least order with σ_{r+1} within the tolerance that splits no equal values; refuse what rounding hides."""
    unit = 1.0 if request == "tol" else float(svd.values[:1].sum())
    if tolerance * unit < floor:
        reachable = floor / unit if unit > 0 else floor
        raise ToleranceError(
            request,
            f"at least {reachable:.3g}, which rounding in the end-to-end matrix allows",
            f"{tolerance:.3g}",
            "ask for less accuracy",
        )
    uncertain = svd.values + svd.errors
    for r in range(1, svd.rank):
        if uncertain[r] <= tolerance * unit and not splits_equal(svd.values, r, svd.errors):
            return r
    check_cut(svd.values, svd.rank, svd.rank, svd.errors, request)  # refuses the zero map
    return svd.rank


def _difference(first: DeepLinearNetwork, second: DeepLinearNetwork) -> DeepLinearNetwork:
    """A network with the end-to-end matrix X − Y, whose hidden layers are those of both side by side."""
    if first.depth == 1:
        return DeepLinearNetwork([first.weights[0] - second.weights[0]])
    pairs = list(zip(first.weights, second.weights, strict=True))
    middle = [la.block_diag(one, other) for one, other in pairs[1:-1]]
    return DeepLinearNetwork(
        [np.vstack(pairs[0]), *middle, np.hstack([pairs[-1][0], -pairs[-1][1]])],
    )
