"""Figures that several comparisons show: norms and moments of a realization, orders of truncation, errors by order."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.linalg as la

from ..errors import OrderError
from ..linalg.arrays import EPS, Array, adjoint
from ..networks.cuts import splits_equal
from ..networks.network import DeepLinearNetwork
from ..systems.linear_system import LinearSystem
from .charts import Chart
from .comparison_tables import Comparison

__all__ = [
    "IMBALANCE",
    "NORM_FIGURES",
    "cut_orders",
    "errors_by_order",
    "imbalance",
    "norm_figures",
    "nothing_to_balance",
]

#: Labels of what :func:`norm_figures` returns, by key.
NORM_FIGURES = {"states": "states", "squared_norm": "‖A‖²+‖B‖²+‖C‖²", "relative_moment": "‖μ‖/‖(A,B,C)‖²"}
#: Label of :func:`imbalance`.
IMBALANCE = "‖P−Q‖/‖P+Q‖"


def norm_figures(system: LinearSystem) -> dict[str, Any]:
    """What norm balancing makes small, by the keys of its columns.

    Examples
    --------
    >>> norm_figures(LinearSystem([[-1.0]], [[2.0]], [[1.0]]))
    {'states': 1, 'squared_norm': 6.0, 'relative_moment': 0.5}
    """
    representation = system.representation
    squared_norm = 2 * representation.energy
    figures = (system.nstates, squared_norm, representation.moment_norm() / squared_norm)
    return dict(zip(NORM_FIGURES, figures, strict=True))


def imbalance(pair: DeepLinearNetwork) -> float:
    """How far a factor pair is from balanced: ‖P − Q‖ / ‖P + Q‖.

    Examples
    --------
    >>> imbalance(DeepLinearNetwork([[[2.0]], [[1.0]]]))  # (4 − 1)/(4 + 1)
    0.6
    """
    first, second = pair.weights
    P, Q = first @ adjoint(first), adjoint(second) @ second
    return float(la.norm(P - Q) / (la.norm(P + Q) or 1.0))


def cut_orders(values: Array, floor: float, *, end: int, count: int) -> list[int]:
    """Orders r from 1 to `end` − 1 with σ_r > σ_{r+1}, at most `count` of them, evenly spread.

    Examples
    --------
    >>> cut_orders(np.array([4.0, 3.0, 3.0, 2.0, 1.0]), 0.0, end=5, count=2)
    [1, 4]
    """
    whole = [r for r in range(1, end) if not splits_equal(values, r, floor)]
    chosen = np.unique(np.linspace(0, len(whole) - 1, min(count, len(whole))).round().astype(int))
    return [whole[i] for i in chosen]


def errors_by_order(
    title: str, rows: list[dict[str, Any]], remark: str, labels: Mapping[str, str] | None = None
) -> Comparison:
    """The table of H∞ errors by order, whose other columns are drawn over it."""
    columns = tuple(key for key in rows[0] if key != "order")
    return Comparison(
        title=title,
        rows=tuple(rows),
        remarks=(remark,),
        chart=Chart(x="order", y=columns, ylabel="H∞ error", logarithmic=True, missing="not stable"),
        labels=labels or {},
    )


def nothing_to_balance() -> OrderError:
    """Refusal of a model whose states do not connect input and output."""
    return OrderError(
        "system",
        "a state that connects input and output",
        f"Hankel singular values that are all zero to rounding ({EPS:.0e})",
        "the transfer function is the constant D; there is nothing to balance",
    )
