"""Comparisons: this library against python-control and SLICOT; network balancing against Gramian balancing."""

from typing import Any

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..linalg.arguments import is_integer, shown
from ..networks.network import DeepLinearNetwork
from .charts import Chart
from .comparing_networks import compare_network
from .comparing_realizations import compare_realizations
from .comparing_tools import compare_tools
from .comparison_tables import Comparison

__all__ = ["Chart", "Comparison", "compare", "compare_realizations"]


def compare(obj: Any, order: int | None = None) -> Comparison:
    r"""Compare this library with python-control and SLICOT, or the notions of balanced on a network.

    Parameters
    ----------
    obj : LinearSystem, anything :func:`as_system` reads, or DeepLinearNetwork
        What is balanced and reduced.
    order : int, optional
        Order of the reduced models; by default all states above 1e-3 σ_1. Of a network: the width to which it is
        truncated; by default every one from 1 to its rank less one (a dozen of them, where there are more).

    Returns
    -------
    Comparison
        For a system, one row a tool: the largest difference of its Hankel singular values from ours (relative to
        σ_1), the largest difference of its reduced frequency response from ours (relative to the peak of the
        full one), the wall time of both computations, and what it refuses or gets wrong. For its Gramian-balanced
        and its norm-balanced realization see :func:`compare_realizations`.

        For a network, three tables. *Layer by layer*: the Gramians of the balanced network at layer k behave like
        Σ^{2k/N} and Σ^{2(1−k/N)}, so it runs from input-normal (k = 0) through Moore-balanced (k = N/2) to
        output-normal (k = N), and the gauge Σ^{½−k/N} Q_k* that leads to the Gramian-balanced layer is
        unitary at the middle only. Exponents are measured by least-squares fits. *Four ways*: its delay line
        balanced as a network, in norm, by Gramians, and by python-control. *Truncation*: the H∞ error of every order
        beside σ_{r+1}(X).

    Raises
    ------
    OrderError, UnstableSystemError, InvalidArgumentError
        As :func:`reduce`.

    Notes
    -----
    Of a network, the norm-balanced delay line and the errors of truncation are computed up to 150 states.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, arXiv:2511.01137.

    See Also
    --------
    dlnbalance.compare_methods : reduce a model in every way that applies, over several orders, and recommend one.
    dlnbalance.comparison.compare_realizations : Gramian-balanced, norm-balanced and as given, side by side.

    Examples
    --------
    >>> comparison = compare(DeepLinearNetwork([[[3.0, 0.0], [0.0, 1.0]]] * 4))
    >>> [row["P_exponent"] for row in comparison.rows]
    [0.0, 0.5, 1.0, 1.5, 2.0]
    >>> [row["realization"] for row in comparison.section("ways").rows]
    ['as given', 'network (center)', 'norm', 'Gramian', 'python-control']
    """
    if order is not None and not is_integer(order):
        raise InvalidArgumentError("order", "a whole number", shown(order), "compare one order at a time")
    if isinstance(obj, DeepLinearNetwork):
        return compare_network(obj, order)
    return compare_tools(as_system(obj), order)
