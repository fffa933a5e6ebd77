"""The layers of a network as a plain sequence of matrices: what is a chain, and how its widths are shown."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..linalg.arguments import items
from ..linalg.arrays import Array, as_matrix

__all__ = ["checked_layers", "shown_widths"]


def checked_layers(argument: str, weights: Any) -> tuple[Array, ...]:
    """Return the layers W_1, …, W_N as matrices; refuse what is no chain of them.

    Raises
    ------
    InvalidArgumentError
        For an empty list, a layer that is not a finite matrix, or neighbouring layers whose sizes disagree.

    Examples
    --------
    >>> [layer.shape for layer in checked_layers("weights", [[[4.0, 1.0]], [[1.0]]])]
    [(1, 2), (1, 1)]
    """
    if isinstance(weights, np.ndarray) and weights.ndim == 2:
        raise InvalidArgumentError(
            argument, "a sequence of matrices", "a single matrix", "wrap it in a list for a one-layer network"
        )
    layers = items(argument, weights, "a sequence of matrices", remedy="pass [W_1, …, W_N]")
    if not layers:
        raise InvalidArgumentError(argument, "at least one layer", "an empty sequence", "pass [W_1, …, W_N]")
    checked: list[Array] = []
    for k, weight in enumerate(layers):
        columns = checked[-1].shape[0] if checked else None
        checked.append(as_matrix(f"{argument}[{k}]", weight, columns=columns))
    return tuple(checked)


def shown_widths(widths: Iterable[int], count: int = 10) -> str:
    """The widths d_0 → … → d_N on one line, those in the middle left out where there are more than `count`.

    Examples
    --------
    >>> shown_widths((2, 3, 2)), shown_widths([5] * 40, count=5)
    ('2 → 3 → 2', '5 → 5 → 5 → … → 5')
    """
    shown = [str(d) for d in widths]
    return " → ".join(shown if len(shown) <= count else [*shown[: count - 2], "…", shown[-1]])
