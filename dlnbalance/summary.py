"""The facts of a result, stated once: for people on a screen or a page, and for programs as a JSON document."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

__all__ = ["Fact", "Rows", "Summary", "document", "headline", "listed", "ranged", "rows", "told"]


class Fact(NamedTuple):
    """One thing to know about a result.

    Attributes
    ----------
    key : str
        What programs call it: an ASCII identifier, the key of a JSON document.
    label : str
        What people call it; empty for what only programs read.
    value : object
        Plain data: a number, a text, None, or lists and dictionaries of these.
    unit : str
        Unit of the value, as it stands behind the number.
    words : str
        The value in words, where a number with its unit would not do.
    """

    key: str
    label: str
    value: Any
    unit: str = ""
    words: str = ""

    @property
    def text(self) -> str:
        """The value as people read it."""
        if self.words:
            return self.words
        number = f"{self.value:.6g}" if isinstance(self.value, float) else f"{self.value}"
        return f"{number} {self.unit}".rstrip()


#: Labels and texts, in the order in which people read them.
Rows = Sequence[tuple[str, str]]
#: All that a result says, in the order in which people read it.
Summary = Sequence[Fact]


def rows(summary: Summary) -> Rows:
    """Labels and texts for people.

    Examples
    --------
    >>> rows([Fact("order", "Order", 2, "states"), Fact("poles", "", [1.0, 2.0])])
    [('Order', '2 states')]
    """
    return [(fact.label, fact.text) for fact in summary if fact.label]


def document(summary: Summary) -> dict[str, Any]:
    """Keys and values for programs.

    Examples
    --------
    >>> document([Fact("order", "Order", 2, "states"), Fact("poles", "", [1.0, 2.0])])
    {'order': 2, 'poles': [1.0, 2.0]}
    """
    return {fact.key: fact.value for fact in summary if fact.key}


def told(name: str, summary: Summary, head: Iterable[str] = ("order", "stable")) -> str:
    """Write a summary in a few lines, as ``repr`` does; the facts of the `head` follow the name in the first.

    What the result was made from is left out: whoever prints it has it at hand.

    Examples
    --------
    >>> print(told("Model", [Fact("order", "Order", 2, "states"), Fact("bound", "Bound", 0.5)]))
    Model: 2 states
      bound: 0.5
    """
    head = tuple(head)
    first = ", ".join(fact.text for fact in summary if fact.key in head)
    rest = [
        f"  {fact.label[:1].lower() + fact.label[1:] if _is_word(fact.label) else fact.label}: {fact.text}"
        for fact in summary
        if fact.label and fact.key not in (*head, "system")
    ]
    return "\n".join([f"{name}: {first}", *rest])


def _is_word(label: str) -> bool:
    """Whether a label begins with a word that is written small within a line; names and symbols keep their capitals."""
    first = label.split(maxsplit=1)[0] if label.split() else ""
    return first[1:].islower() and first not in _NAMES


_NAMES = {"Hankel", "Gramians", "Gramian"}


def headline(obj: object) -> str:
    """The first line of what an object prints as."""
    return repr(obj).partition("\n")[0]


def listed(values: Any, count: int = 8) -> str:
    """Show the first `count` of many numbers on one line.

    Examples
    --------
    >>> import numpy as np
    >>> listed(np.array([3.0, 2.0, 1.0]), 2)
    '3, 2, … (3 in all)'
    """
    shown = ", ".join(f"{value:.4g}" for value in values[:count])
    return shown + (f", … ({len(values)} in all)" if len(values) > count else "")


def ranged(numbers: Sequence[int]) -> str:
    """One number, or the smallest and the largest of several.

    Examples
    --------
    >>> ranged([3, 3]), ranged([2, 4, 3])
    ('3', '2…4')
    """
    if not numbers:
        return "none"
    return f"{min(numbers)}" if min(numbers) == max(numbers) else f"{min(numbers)}…{max(numbers)}"
