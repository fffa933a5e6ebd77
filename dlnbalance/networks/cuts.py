"""Where singular values may be cut: above their rounding errors, and never between two that count as equal."""

import numpy as np

from ..errors import InvalidArgumentError, OrderError
from ..linalg.arguments import is_integer, shown
from ..linalg.arrays import EPS, Array

__all__ = ["agree_with_next", "check_cut", "splits_equal"]


def agree_with_next(values: Array, floor: float | Array) -> np.ndarray:
    """Which of the descending `values`, the last one excepted, count as equal to the next.

    They do when they agree to half of the digits and rounding errors of size `floor` (one for all, or one for each)
    can explain the difference.
    """
    # 8 eps is what a decomposition leaves of two equal values, whatever the floor. And half of the digits are enough to
    # tell two values apart, even if the floor, which is a bound, is higher.
    value, floor = values[:-1], floor if np.ndim(floor) == 0 else np.asarray(floor)[:-1]
    return value - values[1:] <= np.maximum(8 * EPS * value, np.minimum(floor, np.sqrt(EPS) * value))


def splits_equal(values: Array, r: int, floor: float | Array) -> bool:
    """Whether a cut after the first `r` of the descending `values` separates two that count as equal."""
    return 0 < r < values.size and bool(agree_with_next(values, floor)[r - 1])


def check_cut(
    values: Array, r: int, rank: int, floor: float | Array, argument: str, least: int = 1, kept: int = 0
) -> None:
    """Refuse an order below `least` or above `rank`, or one that splits equal singular values.

    Orders are counted in messages with the `kept` states that the values know nothing of.

    Raises
    ------
    OrderError
        Naming the nearest orders that can be had.
    """
    if not is_integer(r):
        raise InvalidArgumentError(
            argument, "a whole number", shown(r), f"pass an int from {least + kept} to {rank + kept}"
        )
    if rank == 0 and r != least == 0:
        error = OrderError(
            argument,
            f"order {kept}, for {'a part' if kept else 'a map'} that is zero to rounding",
            shown(r + kept),
            "the transfer function is the constant D, which is its own reduced model of order 0"
            if not kept
            else "nothing is left to balance beside what is kept",
        )
        error.largest = kept if r > 0 else None
        raise error
    if rank == 0 and least > 0:
        raise OrderError(
            argument,
            "a nonzero map to truncate",
            f"{shown(r)} for a map that is zero to rounding",
            "nothing is left to keep",
        )
    if not least <= r <= rank:
        error = OrderError(
            argument,
            f"an order from {least + kept} to {rank + kept}",
            shown(r + kept),
            f"only {rank} singular values exceed their rounding errors; choose an order among them",
        )
        error.largest = rank + kept if r > rank else None
        raise error
    equal = agree_with_next(values, floor)
    if 0 < r < rank and equal[r - 1]:
        below = next((k for k in range(r - 1, 0, -1) if not equal[k - 1]), None)
        above = next((k for k in range(r + 1, rank) if not equal[k - 1]), rank)
        choices = f"{above + kept}" if below is None else f"{below + kept} or {above + kept}"
        raise OrderError(
            argument,
            "a cut between different singular values",
            f"{r + kept}, where σ_{r} and σ_{r + 1} agree to rounding ({values[r - 1]:.6g})",
            f"the reduced model would not be unique: choose {choices}",
        )
