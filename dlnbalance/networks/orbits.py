r"""Gauge orbits of deep linear networks: which networks are one orbit, where it is balanced, how far that is.

The gauge group ∏ GL(d_k) acts at the hidden layers, :math:`W_k \mapsto A_k W_k A_{k-1}^{-1}`, A_0 = A_N = I. A network
is a representation of the quiver 0 → 1 → … → N, a sum of *intervals* [i..j] (spaces F at the vertices i, …, j,
identities between them). Their multiplicities and the framing decide everything this module answers.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError, NumericalError
from ..linalg.arguments import positive_number
from ..linalg.arrays import EPS, Array, adjoint, as_generator
from ..linalg.formed_product import measured_error
from .gauges import closed_gauge, gauge_residual, solve_gauge
from .initialization import balanced, haar_unitary
from .nearest import NearestBalanced, nearest_balanced, unitary_gauged
from .network import DeepLinearNetwork, as_network
from .rank_profiles import RankProfile

# Rounding of the layers themselves moves X by more than rounding of their product, which is what is measured.
_ROUNDING = 100.0
__all__ = [
    "NearestBalanced",
    "RankProfile",
    "find_gauge",
    "is_balanced",
    "nearest_balanced",
    "random_balanced",
    "rank_profile",
]


def find_gauge(source: DeepLinearNetwork, target: DeepLinearNetwork, *, rtol: float = 1e-8) -> tuple[Array, ...]:
    r"""Find the gauge that carries one network to another.

    .. math:: A_k W_k A_{k-1}^{-1} = V_k, \qquad k = 1, …, N, \quad A_0 = A_N = I.

    Parameters
    ----------
    source, target : DeepLinearNetwork
        W and V, of the same widths.
    rtol : float
        How well ‖A·W − V‖ ≤ rtol ‖V‖ has to hold in every layer.

    Returns
    -------
    tuple of (d_k, d_k) array
        A_1, …, A_{N−1}, for ``source.gauge(...)``. Unique when W_k ⋯ W_1 has full row rank or W_N ⋯ W_{k+1} full column
        rank at every hidden layer; one of many otherwise.

    Raises
    ------
    InvalidArgumentError
        When there is none, with the first invariant in which the networks differ: the widths, X, the ranks of
        sub-products, the kernels of W_k ⋯ W_1, the images of W_N ⋯ W_{k+1}.
    NumericalError
        When the invariants agree but rounding keeps the gauge from meeting `rtol`.

    Notes
    -----
    Those invariants are complete: with equal ranks some change of *all* coordinates carries W to V, and at the ends it
    respects X and the flags of kernels and images; every such pair of end transformations extends to an automorphism
    of W (Hom between intervals [i..j] → [k..l] is nonzero only for k ≤ i ≤ l ≤ j), by which it can be corrected. Two
    networks with *closed* orbits over the same X differ by a gauge for any widths and any rank.

    *Closed orbits* meet at their center, and the gauges that lead there follow from one sweep through the layers (see
    :func:`dlnbalance.networks.gauges.gauge_to_center`): O(N d³) flops at any depth.

    *On the others* the layers are solved in turn. A_k has to satisfy A_k W_k = V_k A_{k−1},
    (V_N ⋯ V_{k+1}) A_k = W_N ⋯ W_{k+1}, and to map the kernels of W_j ⋯ W_{k+1} to those of V_j ⋯ V_{k+1}. In
    orthonormal bases adapted to these nested kernels it is block triangular. Its last block row is the joint least
    squares solution of both equations: with the SVDs of V_N ⋯ V_{k+1} and W_k each entry is a weighted mean of what
    either says, so that nothing is divided by a small singular value where the other equation knows better. The other
    rows follow from the first equation. About N² SVDs of size d.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network",
       arXiv:2511.01137, Lemma "group orbit".

    See Also
    --------
    dlnbalance.networks.rank_profile : ranks of all partial products of a network.
    dlnbalance.networks.nearest_balanced : find the balanced network over the same X that is nearest to a given one.

    Examples
    --------
    >>> source, target = DeepLinearNetwork([[[4.0]], [[1.0]]]), DeepLinearNetwork([[[2.0]], [[2.0]]])
    >>> [gauge.round(12).item() for gauge in find_gauge(source, target)]
    [0.5]
    """
    source, target = as_network("source", source), as_network("target", target)
    rtol = positive_number("rtol", rtol, remedy="pass for example 1e-8")
    profile = _common_profile(source, target, rtol)
    if profile.is_closed and profile.rank == source.decomposition.rank:
        gauge = closed_gauge(source, target, profile.rank)
    else:
        gauge = solve_gauge(source, target, profile.ranks)
    residual = gauge_residual(source, target, gauge)
    if residual > rtol:
        _explain(source, target, profile, rtol)
        raise NumericalError(
            "target",
            f"a gauge with relative residual below {rtol:.0e}",
            f"{residual:.1e}",
            "the partial products are too ill-conditioned for double precision: raise rtol or truncate the networks",
        )
    return gauge


def is_balanced(network: DeepLinearNetwork, rtol: float = 1e-9) -> bool:
    """Whether all moments of a network vanish to `rtol` ‖W‖²; see :meth:`DeepLinearNetwork.is_balanced`.

    Parameters
    ----------
    network : DeepLinearNetwork
        Any network; one layer is always balanced.
    rtol : float
        Relative tolerance.

    See Also
    --------
    dlnbalance.DeepLinearNetwork : a deep linear network x ↦ W_N ⋯ W_2 W_1 x.
    dlnbalance.networks.rank_profile : ranks of all partial products of a network.

    Examples
    --------
    >>> network = DeepLinearNetwork([[[4.0]], [[1.0]]])
    >>> is_balanced(network), is_balanced(network.center())
    (False, True)
    """
    return as_network("network", network).is_balanced(rtol)


def rank_profile(network: DeepLinearNetwork) -> RankProfile:
    """Ranks of all sub-products W_j ⋯ W_{i+1}, the intervals that a network is made of, and what they say.

    Parameters
    ----------
    network : DeepLinearNetwork
        Any widths, any ranks.

    Returns
    -------
    RankProfile
        Ranks, multiplicities, and whether the gauge orbit is closed. See
        :func:`dlnbalance.networks.rank_profiles.profile_of_layers` for how they are found and why they decide it.

    See Also
    --------
    dlnbalance.networks.RankProfile : ranks of all partial products, and what they say.
    dlnbalance.networks.find_gauge : find the gauge that carries one network to another.

    Examples
    --------
    >>> profile = rank_profile(DeepLinearNetwork([[[1.0], [2.0]], [[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0]]]))
    >>> profile.layer_ranks, profile.rank, profile.is_closed
    ((1, 2, 1), 1, False)
    """
    return as_network("network", network).rank_profile


def random_balanced(
    X: Any,
    depth: int | None = None,
    *,
    widths: Sequence[int] | None = None,
    rng: np.random.Generator | int,
) -> DeepLinearNetwork:
    r"""Sample the balanced networks over X uniformly.

    .. math:: W_k = Q_k C_k Q_{k-1}^*, \qquad Q_1, …, Q_{N-1} \text{ independent Haar}, \quad Q_0 = Q_N = I.

    Parameters
    ----------
    X : (d_N, d_0) array_like
        End-to-end matrix; a real one is given orthogonal gauges, a complex one unitary ones.
    depth : int
        Number of layers N; the hidden widths are then min(d_0, d_N).
    widths : sequence of int
        Instead of `depth`: all widths (d_0, …, d_N).
    rng : numpy.random.Generator or int
        Source of randomness, or its seed.

    Returns
    -------
    DeepLinearNetwork
        Its law is the invariant one on the orbit O_X, to which the Langevin equation of the regularized
        network, conditioned on X, concentrates at zero temperature.

    Raises
    ------
    InvalidArgumentError
        As :func:`dlnbalance.networks.initialization.balanced`.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network", arXiv:2511.01137.

    See Also
    --------
    dlnbalance.networks.nearest_balanced : find the balanced network over the same X that is nearest to a given one.
    dlnbalance.initialization.balanced : the balanced center with a given end-to-end matrix.

    Examples
    --------
    >>> network = random_balanced([[2.0, 0.0], [0.0, 1.0]], depth=3, rng=0)
    >>> network.is_balanced(1e-14), network.end_to_end.round(12).tolist() == [[2.0, 0.0], [0.0, 1.0]]
    (True, True)
    """
    center = balanced(X, depth, widths=widths)
    generator = as_generator(rng)
    hidden = [haar_unitary(d, rng=generator, complex_entries=center.is_complex) for d in center.widths[1:-1]]
    Q = [np.eye(center.widths[0]), *hidden, np.eye(center.widths[-1])]
    return unitary_gauged(center.weights, Q)


# -- the gauge between two networks -------------------------------------------------------------------------------


def _common_profile(source: DeepLinearNetwork, target: DeepLinearNetwork, rtol: float) -> RankProfile:
    """Rank profile of both networks; refuse different widths, end-to-end matrices or ranks."""
    if source.widths != target.widths:
        raise InvalidArgumentError(
            "target", f"widths {source.widths}", f"{target.widths}", "a gauge does not change the widths"
        )
    difference = float(la.norm(source.end_to_end - target.end_to_end))
    size = float(la.norm(source.end_to_end))
    rounding = sum(measured_error(network.weights, network.end_to_end) for network in (source, target))
    if difference > max(rtol * size, _ROUNDING * rounding):
        raise InvalidArgumentError(
            "target",
            "the same end-to-end matrix X",
            f"one at distance {difference:.2e} (‖X‖ = {size:.2e})",
            "gauges act at hidden layers and leave X alone: no gauge joins the two",
        )
    profile, other = source.rank_profile, target.rank_profile
    differing = np.argwhere(profile.ranks != other.ranks)
    if differing.size:
        i, j = differing[np.argmin(differing[:, 1] - differing[:, 0])]
        raise InvalidArgumentError(
            "target",
            f"rank {profile.ranks[i, j]} of {_name(i, j)}, as in the source",
            f"{other.ranks[i, j]}",
            "ranks of partial products are invariants of the orbit: no gauge joins the two",
        )
    return profile


def _explain(source: DeepLinearNetwork, target: DeepLinearNetwork, profile: RankProfile, rtol: float) -> None:
    """Refuse networks whose partial products have different kernels at the input or images at the output."""
    N = source.depth
    for k in range(1, N):
        kernels = f"kernel of {_name(0, k)}", _product(source, 0, k), _product(target, 0, k), profile.ranks[0, k]
        # the image of a matrix is the orthogonal complement of the kernel of its adjoint
        images = (
            f"image of {_name(k, N)}",
            adjoint(_product(source, k, N)),
            adjoint(_product(target, k, N)),
            profile.ranks[k, N],
        )
        for name, ours, theirs, rank in (kernels, images):
            null = adjoint(la.svd(ours)[2])[:, rank:]
            # ranks were decided, kernels come from formed products: half of the digits is what they may have lost
            if la.norm(theirs @ null) > max(rtol, EPS**0.5) * la.norm(theirs):
                raise InvalidArgumentError(
                    "target",
                    f"the same {name} as in the source",
                    "another one",
                    "it is an invariant of the orbit, since the ends keep their coordinates: no gauge joins the two",
                )


def _name(i: int, j: int) -> str:
    return f"W_{j}" if j == i + 1 else f"W_{j}⋯W_{i + 1}"


def _product(network: DeepLinearNetwork, i: int, j: int) -> Array:
    """The sub-product W_j ⋯ W_{i+1} : F^{d_i} → F^{d_j}."""
    return DeepLinearNetwork(network.weights[i:j]).end_to_end
