"""Tables that fit the width they are printed in: words stay whole, and nothing is left out.

A table that is too wide is continued below with further columns; where not even that helps, its rows become lists of
labels and values, and these stand below each other instead of side by side.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

__all__ = ["capitalized", "pairs", "tables"]

_GAP = 2  # between a label and its value
_LEAST = 20  # characters for values beside their labels; with less room they go below
_BORDER = 3  # characters that a column takes beside its cells; and the table one more


def pairs(rows: Sequence[tuple[str, str]], width: int) -> "list[Text]":
    """Lay out labels and values: side by side where the words of the value fit there, else one below the other.

    Parameters
    ----------
    rows : sequence of (str, str)
        Labels and values.
    width : int
        Characters of a line.

    Returns
    -------
    list of rich.text.Text
        The lines.

    Examples
    --------
    >>> for line in pairs([("Inputs", "force"), ("Written", "a/rather/long/path.npz")], 30):
    ...     print(line)
    Inputs   force
    Written
      a/rather/long/path.npz
    """
    from rich.cells import cell_len

    label_width = max((cell_len(label) for label, _ in rows), default=0)
    room = width - label_width - _GAP
    lines: list[Text] = []
    for label, value in rows:
        if room >= max(_LEAST, _longest_word(value)):
            lines += _beside(label, _wrapped(value, room), label_width + _GAP)
        else:
            lines += [line for line in _wrapped(label, width, "bold") if line]
            lines += [_indented(line, min(_GAP, width - 1)) for line in _wrapped(value, max(width - _GAP, 1))]
    return lines


def tables(header: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> "list[Table | Text]":
    """Lay out a table, in several parts where it is too wide.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    rows : sequence of sequence of str
        One text a column.
    width : int
        Characters of a line.

    Returns
    -------
    list of rich.table.Table or rich.text.Text
        Tables that repeat the first columns, which identify the rows; or lines of labels and values.
    """
    columns = list(zip(header, *rows, strict=True))
    least = [max(map(_longest_word, column)) for column in columns]
    groups = _groups(least, _keys(rows), width)
    if groups:
        return [_table([columns[i] for i in group], [least[i] for i in group], width) for group in groups]
    from rich.text import Text

    blocks = [pairs(list(zip(header, row, strict=True)), width) for row in rows]
    return [line for number, block in enumerate(blocks) for line in [*([Text()] if number else []), *block]]


def _keys(rows: Sequence[Sequence[str]]) -> int:
    """Number of leading columns that identify the rows; at least one."""
    for count in range(1, len(rows[0]) if rows else 1):
        if len({tuple(row[:count]) for row in rows}) == len(rows):
            return count
    return 1


def _groups(least: Sequence[int], keys: int, width: int) -> list[list[int]]:
    """Columns of each part, which begins with the keys; none when a part does not fit however narrow it is."""
    room = width - 1 - sum(size + _BORDER for size in least[:keys])
    if any(size + _BORDER > room for size in least[keys:]) or room < 0:
        return []
    groups, used = [list(range(keys))], 0
    for index in range(keys, len(least)):
        if used + least[index] + _BORDER > room:
            groups.append(list(range(keys)))
            used = 0
        groups[-1].append(index)
        used += least[index] + _BORDER
    return groups


def _table(columns: Sequence[Sequence[str]], least: Sequence[int], width: int) -> "Table":
    from rich.table import Table
    from rich.text import Text

    sizes = _sizes(columns, least, width - 1 - _BORDER * len(columns))
    table = Table()
    for (name, *_), size in zip(columns, sizes, strict=True):
        table.add_column(Text(name), width=size, overflow="fold")
    for row in zip(*(cells for _, *cells in columns), strict=True):
        table.add_row(*map(Text, row))
    return table


def _sizes(columns: Sequence[Sequence[str]], least: Sequence[int], room: int) -> list[int]:
    """Widths of columns: as wide as their texts if there is room, else at the cost of those that have most lines."""
    from rich.cells import cell_len

    full = [max(map(cell_len, column)) for column in columns]
    sizes = list(least)
    for _ in range(min(room, sum(full)) - sum(least)):
        index = max(range(len(sizes)), key=lambda i: full[i] / max(sizes[i], 1))
        sizes[index] += 1
    return sizes


def _longest_word(text: str) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, text.split()), default=0)


def _wrapped(text: str, width: int, style: str = "") -> "list[Text]":
    """Lines of a text, broken between words where these fit."""
    from rich.console import Console
    from rich.text import Text

    lines = Text(text, style).wrap(Console(width=width), width, overflow="fold")
    for line in lines:
        line.rstrip()
    return list(lines)


def _beside(label: str, lines: "Sequence[Text]", indent: int) -> "Iterator[Text]":
    from rich.cells import set_cell_size
    from rich.text import Text

    first, *rest = lines
    yield Text.assemble((set_cell_size(label, indent), "bold"), first)
    yield from (_indented(line, indent) for line in rest)


def _indented(line: "Text", indent: int) -> Any:
    from rich.text import Text

    return Text.assemble(" " * indent, line)


def capitalized(words: str) -> str:
    """The words with a capital first letter, the others as they are; Greek letters are symbols, and stay.

    Examples
    --------
    >>> capitalized("values"), capitalized("ν-gap")
    ('Values', 'ν-gap')
    """
    return words[:1].upper() + words[1:] if words[:1].isascii() else words
