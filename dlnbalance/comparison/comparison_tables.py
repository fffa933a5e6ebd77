"""Tables of figures side by side: printed, drawn, exported."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..files.writing import write_file
from ..html_views import HtmlView, html_table
from ..layout import tables
from ..plotting.drawing import draw
from ..plotting.drawings import Drawing
from .charts import Chart, drawn

__all__ = ["Comparison"]

_WIDTH = 118  # characters of a printed table: as wide as lines of code here


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison(HtmlView):
    """A table of figures side by side, with what they say in words, and further tables that belong to it.

    Attributes
    ----------
    title : str
        What is compared.
    rows : tuple of dict
        One row a tool, a realization or a layer; all rows have the same keys, ASCII identifiers. None stands for
        "there is no such figure".
    remarks : tuple of str
        What the figures mean, refusals and errors included.
    chart : Chart, optional
        How the rows are drawn; a table without is not.
    labels : mapping of str to str
        What stands above a column in print and in pictures, by its key; a key without a label stands for itself.
    sections : tuple of Comparison
        The further tables.

    See Also
    --------
    dlnbalance.compare : compare this library with python-control and SLICOT, or the notions of balanced on a network.
    dlnbalance.compare_methods : reduce a model in every way that applies, over several orders, and recommend one.
    dlnbalance.comparison.compare_realizations : Gramian-balanced, norm-balanced and as given, side by side.

    Examples
    --------
    >>> rows = {"pole": 1, "damping": 0.5}, {"pole": 2, "damping": None}
    >>> Comparison(title="Two poles", rows=rows, remarks=("-",), labels={"damping": "ζ"})
    Two poles
    ┏━━━━━━┳━━━━━┓
    ┃ pole ┃ ζ   ┃
    ┡━━━━━━╇━━━━━┩
    │ 1    │ 0.5 │
    │ 2    │ –   │
    └──────┴─────┘
    - -
    """

    title: str
    rows: tuple[dict[str, Any], ...]
    remarks: tuple[str, ...]
    chart: Chart | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    sections: tuple["Comparison", ...] = ()

    def label(self, key: str) -> str:
        """Return what stands above a column in print and in pictures."""
        return self.labels.get(key, key)

    def parts(self) -> Iterator["Comparison"]:
        """Iterate over this table and all that belong to it, in the order in which they are printed."""
        yield self
        for section in self.sections:
            yield from section.parts()

    def section(self, word: str) -> "Comparison":
        """Return the first table whose title contains `word`.

        Raises
        ------
        KeyError
            When there is none.
        """
        for part in self.parts():
            if word in part.title:
                return part
        raise KeyError(f"{word!r}: no title contains it; there are {[part.title for part in self.parts()]}")

    def to_dict(self) -> dict[str, Any]:
        """Return title, labels, rows, remarks and sections as plain Python objects, ready for JSON (no infinities)."""
        return {
            "title": self.title,
            "labels": {key: self.label(key) for row in self.rows[:1] for key in row},
            "rows": [{key: _plain(value) for key, value in row.items()} for row in self.rows],
            "remarks": list(self.remarks),
            "sections": [section.to_dict() for section in self.sections],
        }

    def to_json(self, path: str | Path | None = None, *, overwrite: bool = False) -> str:
        """Return the comparison as a JSON document, and write it to a file where one is named.

        Parameters
        ----------
        path : str or Path, optional
            File that appears complete or not at all.
        overwrite : bool
            Replace a file that exists.

        Raises
        ------
        FileFormatError
            When the file exists and `overwrite` is false, or cannot be written.
        """
        document = json.dumps(self.to_dict(), indent=2, allow_nan=False, ensure_ascii=False) + "\n"
        if path is not None:
            write_file(Path(path), document.encode(), overwrite=overwrite)
        return document

    def texts(self) -> tuple[list[str], list[list[str]]]:
        """Return the labels of the columns and the cells of the rows, as they are printed."""
        return [self.label(key) for key in self.rows[0]], [
            [_shown(value) for value in row.values()] for row in self.rows
        ]

    def to_table(self) -> Any:
        """Return the rows as a ``rich.table.Table`` (without title, remarks and sections)."""
        from rich.table import Table

        header, rows = self.texts()
        table = Table()
        for label in header:
            table.add_column(label, overflow="fold")
        for row in rows:
            table.add_row(*row)
        return table

    def plot(self, *, ax: Any = None) -> Drawing:
        """Draw every table that has a chart, side by side.

        Parameters
        ----------
        ax : sequence of Axes, optional
            Where to draw, one for each such table; a new figure is made when left out.

        Returns
        -------
        Drawing

        Raises
        ------
        InvalidArgumentError
            When there is nothing to draw.

        Examples
        --------
        >>> import dlnbalance as dln
        >>> drawing = dln.compare(dln.DeepLinearNetwork([[[3.0, 0.0], [0.0, 1.0]]] * 4)).plot()
        >>> [axes.get_xlabel() for axes in drawing]
        ['layer', 'order']
        """
        charts = [(part, part.chart) for part in self.parts() if part.chart is not None]
        if not charts:
            raise InvalidArgumentError("comparison", "a table with a chart", repr(self.title), "print it instead")
        return drawn(charts, ax)

    def _repr_html_(self) -> str:
        parts = []
        for part in self.parts():
            header, rows = part.texts()
            remarks = "".join(f"<li>{escape(remark)}</li>" for remark in part.remarks)
            listed = f"<ul>{remarks}</ul>" if remarks else ""
            parts.append(f"<p><strong>{escape(part.title)}</strong></p>{html_table(rows, header)}{listed}")
        return f"<div>{''.join(parts)}</div>"

    def __repr__(self) -> str:
        from rich.console import Console

        page = StringIO()
        console = Console(file=page, width=_WIDTH, force_jupyter=False, force_terminal=False)
        for number, part in enumerate(self.parts()):
            if number:
                console.print()
            console.print(part.title, markup=False, highlight=False)
            for table in tables(*part.texts(), _WIDTH):
                console.print(table)
            for remark in part.remarks:
                console.print(f"- {remark}", markup=False, highlight=False)
        return page.getvalue().rstrip()


@draw.register
def _(result: Comparison, *, ax: Any = None) -> Drawing:
    return result.plot(ax=ax)


def _plain(value: Any) -> Any:
    """A number of numpy as one of Python; what is not finite as None."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return "0" if value == 0 else f"{value:.3g}" if 1e-3 <= abs(value) < 1e4 else f"{value:.1e}"
    return str(value)
