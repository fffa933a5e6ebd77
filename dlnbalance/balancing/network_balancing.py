"""Balanced networks: the least norm over an end-to-end matrix, and the gauge that leads there."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ..drawable import Drawable
from ..errors import NumericalError
from ..flows.gradient_flows import regularizing
from ..html_views import HtmlView
from ..linalg.arguments import one_of
from ..linalg.arrays import Array
from ..networks.gauges import gauge_residual, gauge_to_center
from ..networks.layers import shown_widths
from ..networks.network import DeepLinearNetwork, as_network
from ..networks.orbits import find_gauge
from ..networks.rank_profiles import RankProfile
from ..quiver.certificates import Certificate
from ..summary import Fact, Summary, listed, told

__all__ = ["BalancedNetwork", "balance_network"]

# Relative distance from the balanced layers up to which a gauge is said to lead there: half of the digits, which a
# gauge of condition 1e8 keeps.
_GAUGE = 1e-8


@dataclass(frozen=True, kw_only=True, eq=False)
class BalancedNetwork(Drawable, HtmlView):
    r"""A balanced network over the end-to-end matrix of a given one, with the proof that nothing smaller exists.

    Attributes
    ----------
    network : DeepLinearNetwork
        The balanced center (Λ Q_0*, Λ, …, Λ, Q_N Λ), of the widths that were given.
    gauge : tuple of (d_k, d_k) array, or None
        T_1, …, T_{N−1} with T_k W_k T_{k−1}⁻¹ = C_k, for the hidden layers; None where `orbit` says why.
    certificate : Certificate
        Σ‖W_k‖² before and after, against its minimum N Σσ_i^{2/N}.
    ranks : RankProfile
        Ranks of all partial products of the network that was given.
    orbit : str
        Whether the center lies on the gauge orbit of the given network or only on its boundary, and why there is no
        gauge where there is none.
    full : DeepLinearNetwork
        The network that was given.

    See Also
    --------
    dlnbalance.balance : coordinates of least norm, with the proof.
    dlnbalance.Certificate : proof of balancedness.
    dlnbalance.networks.RankProfile : ranks of all partial products, and what they say.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> balanced = dln.balance(dln.DeepLinearNetwork([[[4.0]], [[1.0]]]))
    >>> [round(abs(W.item()), 9) for W in balanced.network.weights], round(balanced.certificate.before, 9)
    ([2.0, 2.0], 17.0)
    """

    network: DeepLinearNetwork
    gauge: tuple[Array, ...] | None
    certificate: Certificate
    ranks: RankProfile
    orbit: str
    full: DeepLinearNetwork = field(repr=False)

    def summary(self) -> Summary:
        """Facts about the balanced network: keys and values for programs, labels and words for people."""
        values = self.network.singular_values[: self.network.rank]
        gap = {"before": self.full.balancing_gap(), "after": self.network.balancing_gap()}
        return [
            Fact("kind", "", "network"),
            Fact("depth", "Depth", self.network.depth, words=f"depth {self.network.depth}"),
            Fact("widths", "Widths", list(self.network.widths), words=f"widths {shown_widths(self.network.widths)}"),
            Fact("rank", "", self.network.rank),
            Fact("singular_values", "Singular values of X", values.tolist(), words=listed(values) or "none"),
            Fact("balancing_gap", "Balancing gap", gap, words=f"{gap['after']:.3g} (was {gap['before']:.6g})"),
            Fact("certificate", "Certificate", self.certificate.to_dict(), words=f"{self.certificate}"),
            Fact("orbit", "Orbit", self.orbit),
        ]

    def __repr__(self) -> str:
        return told("BalancedNetwork", self.summary(), ("depth", "widths"))


def balance_network(network: DeepLinearNetwork, point: Literal["center", "flow"] = "center") -> BalancedNetwork:
    r"""Balance a deep linear network: least norm among all networks with the same end-to-end matrix.

    .. math:: \min \Big\{ Σ_k ‖W_k‖^2 : W_N ⋯ W_1 = X \Big\} = N Σ_i σ_i(X)^{2/N},
       \qquad W_k W_k^* = W_{k+1}^* W_{k+1}.

    Parameters
    ----------
    network : DeepLinearNetwork
        Real or complex, of any widths and rank.
    point : {"center", "flow"}
        Which of the balanced networks over X, all unitary gauges of each other: the center, or the one that the
        regularizing flow from `network` reaches.

    Returns
    -------
    BalancedNetwork
        The balanced network, at the widths given, and the gauge that leads to it where there is one.

    Raises
    ------
    InvalidArgumentError
        For another `point`.
    NumericalError
        When the flow is asked for and ends nowhere.

    Notes
    -----
    The center is one singular value decomposition of X, which works on the layers where the product of them would lose
    small singular values, and no partial product is inverted for it. If every layer has the rank of X, the orbit
    is closed and a gauge leads from W to the center (unique up to the unitary gauges that fix it and, at
    layers wider than the rank, up to what happens in the unused directions). Otherwise the center is the limit of
    networks of the orbit along which the gauge diverges, and there is none to return. Singular values that rounding in
    the layers could make zero are left out of the center, and the certificate states what they could add; then there is
    no gauge in double precision either. O(N d³) flops for N layers of width d.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network",
       arXiv:2511.01137, Theorem 1.

    See Also
    --------
    dlnbalance.balance : coordinates of least norm, with the proof.
    dlnbalance.DeepLinearNetwork : a deep linear network x ↦ W_N ⋯ W_2 W_1 x.
    dlnbalance.flows.regularizing : steepest descent of the norm along the gauge orbit.

    Examples
    --------
    >>> result = balance_network(DeepLinearNetwork([[[4.0]], [[1.0]]]))
    >>> result
    BalancedNetwork: depth 2, widths 1 → 1 → 1
      singular values of X: 4
      balancing gap: 0 (was 9)
      certificate: balanced: ‖W‖² = 8 after, 17 before, least possible 8 (relative gap ...)
      orbit: closed: every layer has the rank 1 of X; a gauge leads there
    >>> round(abs(result.gauge[0].item()), 12)
    0.5
    """
    one_of("point", point, ("center", "flow"))
    network = as_network("network", network)
    ranks = network.rank_profile
    balanced = network.center() if point == "center" else regularizing(network, [np.inf]).states[-1]
    gauge, orbit = _gauge_to(balanced, network, ranks, point)
    return BalancedNetwork(
        network=balanced,
        gauge=gauge,
        certificate=network.certificate(balanced),
        ranks=ranks,
        orbit=orbit,
        full=network,
    )


def _gauge_to(
    balanced: DeepLinearNetwork, network: DeepLinearNetwork, ranks: RankProfile, point: str
) -> tuple[tuple[Array, ...] | None, str]:
    """The gauge from a network to a balanced one, or None, and the reason in words."""
    if not ranks.is_closed:
        return None, f"{ranks.statement}; the center is the limit of such networks"
    closed, svd = ranks.statement, network.decomposition
    if svd.rank < ranks.rank:
        lost = ranks.rank - svd.rank
        below = f"{lost} of its singular values are below the accuracy floor and the center leaves them out"
        return None, f"{closed}, but {below}"
    if point == "center":
        gauge = gauge_to_center(network, svd, ranks.rank)
        residual = gauge_residual(network, balanced, gauge)
        if residual <= _GAUGE:
            return gauge, f"{closed}; a gauge leads there"
        return None, f"{closed}, but no gauge in double precision: a relative residual of {residual:.1e}"
    try:
        return find_gauge(network, balanced), f"{closed}; a gauge leads there"
    except NumericalError as error:
        return None, f"{closed}, but no gauge in double precision: {error.received}"
