"""Which orders a reduction may have: what was asked for, and where the singular values can be cut."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import InvalidArgumentError
from ..linalg.arguments import is_integer, items, positive_number, shown
from ..linalg.arrays import EPS, Array
from ..networks.cuts import agree_with_next, check_cut
from ..networks.factor_pairs import FactorPair

__all__ = ["checked_orders", "checked_request", "cuts", "in_one_line", "rounded_up", "suggested_orders"]

_NOTABLE_FALL = 2.0  # of a singular value to the next, from which on an order is worth suggesting


def checked_request(order: Any = None, tol: Any = None, rtol: Any = None) -> tuple[str, Any]:
    """Return the one request that was made; refuse none, several, and what is no order and no positive tolerance.

    Several orders come back as a list.
    """
    given = {name: value for name, value in (("order", order), ("tol", tol), ("rtol", rtol)) if value is not None}
    if len(given) != 1:
        raise InvalidArgumentError(
            "order", "exactly one of order, tol and rtol", " and ".join(given) or "none of them", "say how small"
        )
    name, value = given.popitem()
    if name == "order":
        return name, _checked_orders(value)
    return name, positive_number(name, value, remedy="it bounds the H∞ error of the result")


def _checked_orders(value: Any) -> Any:
    """Return a whole number, or a sequence of them as a list; how large they may be depends on the model."""
    if is_integer(value):
        return value
    expected, remedy = "a whole number, or a sequence of them", "pass an int or a list of int"
    if isinstance(value, np.ndarray) and value.ndim != 1:
        raise InvalidArgumentError("order", expected, f"an array of shape {value.shape}", remedy)
    orders = items("order", value, expected, remedy=remedy)
    for k, order in enumerate(orders):
        if not is_integer(order):
            raise InvalidArgumentError(f"order[{k}]", "a whole number", shown(order), "pass an int")
    return orders


class Line(NamedTuple):
    """Singular values of all state spaces in one descending line, and the state spaces that they belong to."""

    values: Array
    spaces: Any


def in_one_line(pairs: Sequence[FactorPair], orders: Sequence[int] | None = None) -> Line:
    """All singular values, descending; with `orders` those that are kept come first."""
    values = [pair.singular_values for pair in pairs]
    if len(pairs) == 1:  # what is kept comes first already
        return Line(values[0], np.zeros(values[0].size, dtype=int))
    spaces = np.repeat(np.arange(len(pairs)), [part.size for part in values])
    dropped = [np.arange(part.size) >= (0 if orders is None else orders[k]) for k, part in enumerate(values)]
    together = np.concatenate(values)
    order = np.lexsort((-together, np.concatenate(dropped)))
    return Line(together[order], spaces[order])


def cuts(pairs: Sequence[FactorPair], floor: float) -> Iterator[tuple[int, ...]]:
    """Orders of all state spaces that one threshold for all values gives, from zero to the ranks.

    No two values that count as equal are separated, except by the ranks.
    """
    values, spaces = in_one_line(pairs)
    ranks = np.array([pair.rank for pair in pairs])
    equal = agree_with_next(values, floor)
    orders = np.zeros(len(pairs), dtype=int)
    for cut in range(values.size + 1):
        last = (orders == ranks).all()
        if cut == 0 or last or cut == values.size or not equal[cut - 1]:
            yield tuple(map(int, orders))
        if last or cut == values.size or orders[spaces[cut]] == ranks[spaces[cut]]:
            return
        orders[spaces[cut]] += 1


def checked_orders(
    pairs: Sequence[FactorPair], floors: Sequence[float], value: Any, argument: str, kept: int = 0
) -> tuple[int, ...]:
    """Return an order for every state space; refuse those out of range and cuts through equal values.

    One number stands for all state spaces, as far as their ranks allow; a list has one for each. Of a number the `kept`
    states, which have no singular values, are taken off.
    """
    if not isinstance(value, list):
        widest = int(np.argmax([pair.rank for pair in pairs]))
        value = value - kept
        check_cut(
            pairs[widest].singular_values, value, pairs[widest].rank, floors[widest], argument, least=0, kept=kept
        )
        orders: list[Any] = [min(int(value), pair.rank) for pair in pairs]
        names = [argument] * len(pairs)
    else:
        orders, names = value, [f"{argument}[{k}]" for k in range(len(value))]
    if len(orders) != len(pairs):
        raise InvalidArgumentError(
            argument, f"{len(pairs)} orders, one for every time", f"{len(orders)}", "or pass one number for all"
        )
    for pair, order, floor, name in zip(pairs, orders, floors, names, strict=True):
        check_cut(pair.singular_values, order, pair.rank, floor, name, least=0)
    return tuple(map(int, orders))


def suggested_orders(values: Array, floor: float = 0.0, count: int = 4) -> list[int]:
    r"""Orders at which the singular values fall most: where σ_r/σ_{r+1} is largest, in ascending order.

    Parameters
    ----------
    values : (n,) array
        Singular values, descending.
    floor : float
        What they are uncertain by; smaller ones count as of this size.
    count : int
        How many orders at most. An order is left out where σ_r/σ_{r+1} is less than 2, unless there is no other.

    Examples
    --------
    >>> suggested_orders(np.array([10.0, 9.0, 0.1, 0.09, 1e-4, 9e-5]))
    [2, 4]
    """
    known = np.maximum(values, max(floor, EPS * float(values[:1].sum())))
    with np.errstate(divide="ignore", invalid="ignore"):
        falls = known[:-1] / known[1:]
    if not falls.size or not known[0] > 0:
        return [values.size]
    steepest = np.argsort(-falls, kind="stable")[:count]
    notable = steepest[falls[steepest] >= _NOTABLE_FALL]
    return sorted(int(k) + 1 for k in (notable if notable.size else steepest[:1]))


def rounded_up(value: float) -> float:
    """The least number of three digits above `value`: what is said to be within reach is."""
    if not 0 < value < np.inf:
        return value
    # one unit of the third digit; the factor below makes up for rounding of the quotient and the product
    step = 10.0 ** (np.floor(np.log10(value)) - 2)
    return float(np.ceil(value / step * (1 + 4 * EPS)) * step)
