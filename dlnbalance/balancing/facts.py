"""What balanced and reduced models say alike, whether they have one state space or one for every time."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..layout import capitalized
from ..summary import Fact, listed, ranged

__all__ = ["certificate_facts", "each", "floor_fact", "one_or_all", "order_facts", "values_facts"]


def one_or_all(values: Iterable[Any], several: bool) -> Any:
    """The only one of `values`, or all of them in a tuple where a model has `several` state spaces."""
    values = tuple(values)
    if several:
        return values
    (value,) = values
    return value


def each(value: Any, function: Callable[[Any], Any]) -> Any:
    """Apply a function to what one state space has, or to that of each of several."""
    return tuple(map(function, value)) if isinstance(value, tuple) else function(value)


def order_facts(order: Any, full_order: Any, remark: str = "", what: str = "states") -> list[Fact]:
    """Number of states kept and given, or of `what` a model counts."""
    if isinstance(order, tuple):
        words = f"{ranged(order)} of {ranged(full_order)} {what} at {len(order)} times"
    else:
        words = f"{order} of {full_order} {what}"
    if remark:
        words += f" ({remark})" if isinstance(order, tuple) else f"; {remark}"
    plain = (list(value) if isinstance(value, tuple) else value for value in (order, full_order))
    return [Fact("order", "Order", next(plain), words=words), Fact("full_order", "", next(plain))]


def values_facts(name: str, values: Any, order: Any = None) -> list[Fact]:
    """Singular values, and which of them an order keeps; at three times at most, where there are several."""
    data = each(values, lambda one: one.tolist())
    facts = [Fact("values", "", name), Fact("hankel_singular_values", "", list(data))]
    if not isinstance(values, tuple):
        return [*facts, Fact("", capitalized(name), None, words=_split(values, order))]
    times = range(len(values)) if len(values) <= 3 else (0, len(values) // 2, len(values) - 1)
    orders = order or (None,) * len(values)
    return facts + [
        Fact("", f"{capitalized(name)} at time {k}", None, words=_split(values[k], orders[k])) for k in times
    ]


def _split(values: Any, order: int | None) -> str:
    if order is None:
        return listed(values) or "none"
    return f"kept {listed(values[:order]) or 'none'} | dropped {listed(values[order:], 3) or 'none'}"


def certificate_facts(certificate: Any) -> list[Fact]:
    """The certificate, or the worst of several; nothing where there is none."""
    if certificate is None:
        return []
    if not isinstance(certificate, tuple):
        return [Fact("certificate", "Certificate", certificate.to_dict(), words=f"{certificate}")]
    k = int(np.argmax([abs(one.relative_gap) for one in certificate]))
    documents = [one.to_dict() for one in certificate]
    return [Fact("certificate", f"Certificate of time {k}, the worst", documents, words=f"{certificate[k]}")]


def floor_fact(floor: Any) -> Fact:
    """The accuracy floor, or the largest of several."""
    data = list(floor) if isinstance(floor, tuple) else floor
    return Fact("accuracy_floor", "Accuracy floor", data, words=f"{np.max(floor):.1e}")
