"""What objects show of themselves as HTML: a table in a notebook, and, of results, a page of their own."""

from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["HasPage", "HtmlView", "html_table"]

# What is shown lies below what writes pages, and imports go down only. So the name of the upper module stands here as
# a text, as that of a plug-in would.
_PAGES = "dlnbalance.report.page"


class HtmlView:
    """A class that notebooks show as a table, made of the lines that it prints as."""

    def _repr_html_(self) -> str:
        head, *lines = repr(self).splitlines()
        rows = [tuple(part.strip() for part in line.partition(":")[::2]) for line in lines]
        return f"<div><p><strong>{escape(head)}</strong></p>{html_table(rows)}{self._formula_html()}</div>"

    def _formula_html(self) -> str:
        """The object as a formula in MathML, where it is small enough for one; empty elsewhere."""
        return ""


class HasPage(HtmlView):
    """A result with a page of its own."""

    def to_html(self, path: str | Path, **options: Any) -> Path:
        """Write the page of this result; the same as :func:`dlnbalance.write_report`.

        Parameters
        ----------
        path : str or Path
            File to write.
        **options
            `title`, `source`, `command`, `measure` and `overwrite`, as there.

        Returns
        -------
        Path
            The path as given.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import dlnbalance as dln
        >>> model = dln.reduce(dln.examples.get("heat-rod"), order=4)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.to_html(Path(folder) / "rod.html").name
        'rod.html'
        """
        return import_module(_PAGES).write_report(self, path, **options)


def html_table(rows: Any, header: Any = ()) -> str:
    """Lay out texts in a table; labels in the first column, or in a header where there is one.

    Examples
    --------
    >>> html_table([("a", "1 < 2")])
    '<table><tbody><tr><th scope="row">a</th><td>1 &lt; 2</td></tr></tbody></table>'
    """
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in header)
    body = "".join(_row(row, labelled=not header) for row in rows)
    return f"<table>{f'<thead><tr>{head}</tr></thead>' if header else ''}<tbody>{body}</tbody></table>"


def _row(cells: Any, *, labelled: bool) -> str:
    first, *rest = (escape(str(cell)) for cell in cells)
    start = f'<th scope="row">{first}</th>' if labelled else f"<td>{first}</td>"
    return f"<tr>{start}{''.join(f'<td>{cell}</td>' for cell in rest)}</tr>"
