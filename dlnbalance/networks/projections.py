"""What a pair of factors gives: coordinates of the leading singular triples of its end-to-end matrix."""

from typing import NamedTuple

from ..errors import InvalidArgumentError
from ..linalg.arguments import real_number
from ..linalg.arrays import Array, whole_number
from ..quiver.certificates import Certificate
from .network import DeepLinearNetwork, as_network, representable_values

__all__ = ["Projection", "projection"]


class Projection(NamedTuple):
    """Leading rows of a change of coordinates z = T x and columns of its inverse; transform @ inverse = I.

    See Also
    --------
    dlnbalance.networks.projection : coordinates of the leading singular triples of a two-layer network.

    Examples
    --------
    >>> import numpy as np
    >>> import dlnbalance as dln
    >>> pair = dln.Lyapunov()(dln.examples.get("heat-rod"))
    >>> rows, columns = dln.networks.projection(pair, 2)
    >>> np.allclose(rows @ columns, np.eye(2))
    True
    """

    transform: Array
    inverse: Array


def checked_pair(network: DeepLinearNetwork) -> DeepLinearNetwork:
    """Return `network` when it has two layers; refuse any other."""
    if as_network("network", network).depth != 2:
        raise InvalidArgumentError(
            "network", "a network of depth 2", f"depth {network.depth}", "cut a deeper one at a hidden layer (see cut)"
        )
    return network


def projection(network: DeepLinearNetwork, r: int, exponent: float = 0.5) -> Projection:
    r"""Coordinates of the leading `r` singular triples of a two-layer network, W_2 W_1 = U Σ V*.

    .. math:: T = Σ^{-a} U^* W_2, \qquad T^{-1} = W_1 V Σ^{-(1-a)}, \qquad a = \text{exponent}.

    For a factor pair, a = ½ is the square-root method: the gauge that leads to the center of the fiber. a = 1
    makes the first Gramian the identity (input-normal), a = 0 the second (output-normal).

    Parameters
    ----------
    network : DeepLinearNetwork
        Of depth 2.
    r : int
        Number of triples, at most the rank of W_2 W_1.
    exponent : float
        The share of Σ that the transformation takes.

    Notes
    -----
    Relative errors of order eps (σ_1/σ_r)^{1/2}: that is the condition number of the change of coordinates.

    References
    ----------
    .. [1] M. S. Tombs, I. Postlethwaite, "Truncated balanced realization of a stable non-minimal state-space
       system", Int. J. Control 46 (1987) 1319-1330.

    See Also
    --------
    dlnbalance.networks.Projection : leading rows of a change of coordinates z = T x and columns of its inverse.
    dlnbalance.reduce : fewer states, or hidden widths, with a bound of the error.

    Examples
    --------
    >>> T, inverse = projection(DeepLinearNetwork([[[4.0]], [[1.0]]]), 1)
    >>> round(abs(T.item()), 12), round(abs(inverse.item()), 12)
    (0.5, 2.0)
    """
    exponent = real_number("exponent", exponent, "a share from 0 to 1", lambda share: 0 <= share <= 1)
    representable_values("network", checked_pair(network))
    whole_number("r", r, 0, network.rank, remedy="the other singular values are below the accuracy floor")
    left, values, right = network.triples(r)
    return Projection(
        transform=network.last_layer_rows(left) / values[:, None] ** exponent,
        inverse=network.first_layer_columns(right) / values ** (1 - exponent),
    )


def certify(network: DeepLinearNetwork, order: int) -> Certificate:
    """Recompute the energy of a factor pair in the coordinates of its `order` leading singular triples."""
    T, inverse = projection(network, order)
    first, second = network.weights
    return network.certificate(DeepLinearNetwork([T @ first, second @ inverse]), order)
