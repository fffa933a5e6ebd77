"""What every picture comes back as: axes in a figure, made here or passed in, without pyplot."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..errors import FileFormatError, InvalidArgumentError
from ..files.writing import write_file
from ..linalg.arguments import as_path, flag, one_of, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Drawing", "rendered", "write_figure"]

#: Formats of picture files, with what keeps the time of day out of them.
_METADATA = {"pdf": {"CreationDate": None}, "png": {}, "svg": {"Date": None}}
_DPI = 150  # dots per inch of a file: sharp in print at the size of a column
_SCREEN_DPI = 100  # of a picture in a notebook


class Drawing(Sequence["Axes"]):
    """The axes of a picture, with the figure that they are in; a notebook shows it as the value of a cell.

    As python-control's ``ControlPlot`` it has `axes` and `figure`, and it can be unpacked like an array of axes.

    Parameters
    ----------
    axes : sequence of matplotlib Axes
        One for each panel, in reading order.

    See Also
    --------
    dlnbalance.plotting.draw : draws anything.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> drawing = dln.plotting.bode(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]]))
    >>> gain, phase = drawing
    >>> gain.figure is drawing.figure
    True
    """

    def __init__(self, axes: "Sequence[Axes]"):
        from matplotlib.axes import Axes

        panels = _listed(axes)
        if not panels or not all(isinstance(panel, Axes) for panel in panels):
            remedy = "take those of a figure: Drawing(figure.axes)"
            raise InvalidArgumentError("axes", "a sequence of matplotlib Axes", shown(axes), remedy)
        self.axes: list[Axes] = panels

    @property
    def figure(self) -> "Figure":
        """The figure that holds the axes."""
        return self.axes[0].get_figure(root=True)  # pyright: ignore[reportReturnType] - these axes are in one

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the figure to a file; the same as :func:`write_figure`."""
        return write_figure(self, path, overwrite=overwrite)

    @overload
    def __getitem__(self, index: int) -> "Axes": ...

    @overload
    def __getitem__(self, index: slice) -> "list[Axes]": ...

    def __getitem__(self, index: int | slice) -> "Axes | list[Axes]":
        return self.axes[index]

    def __len__(self) -> int:
        return len(self.axes)

    def __iter__(self) -> "Iterator[Axes]":
        return iter(self.axes)

    def __repr__(self) -> str:
        titles = [axes.get_title() or axes.get_ylabel() for axes in self.axes]
        return f"Drawing of {len(self)} panel{'s' if len(self) > 1 else ''}: {'; '.join(filter(None, titles))}"

    def _repr_png_(self) -> bytes:
        content = BytesIO()
        self.figure.savefig(content, format="png", dpi=_SCREEN_DPI)
        return content.getvalue()


def rendered(drawing: Any, kind: str) -> bytes:
    """Return the content of a picture file, the same for the same picture every time.

    Parameters
    ----------
    drawing : Drawing or matplotlib Figure
        What :func:`~dlnbalance.plotting.draw` or any other function of this package returned.
    kind : {"pdf", "png", "svg"}
        Format.

    See Also
    --------
    dlnbalance.plotting.write_figure : to a file.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> rendered(dln.plotting.hankel(dln.reduce(dln.examples.get("heat-rod"), 4)), "svg")[:5]
    b'<?xml'
    """
    import matplotlib as mpl

    one_of("kind", kind, _METADATA)
    figure = _figure_of(drawing)
    content = BytesIO()
    with mpl.rc_context({"svg.hashsalt": "dlnbalance"}):
        figure.savefig(content, format=kind, metadata=_METADATA[kind], dpi=_DPI)
    return content.getvalue()


def write_figure(drawing: Any, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a picture to a file, which appears complete or not at all.

    Parameters
    ----------
    drawing : Drawing or matplotlib Figure
        What :func:`~dlnbalance.plotting.draw` or any other function of this package returned.
    path : str or Path
        ``.pdf``, ``.png`` or ``.svg``.
    overwrite : bool
        Replace a file that exists.

    Returns
    -------
    Path
        The path as given.

    Raises
    ------
    FileFormatError
        When the suffix is another one, the file exists and `overwrite` is false, or its folder does not exist.

    See Also
    --------
    dlnbalance.plotting.rendered : the bytes of the file.

    Examples
    --------
    >>> import tempfile
    >>> import dlnbalance as dln
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_figure(dln.plotting.hankel(dln.reduce(dln.examples.get("heat-rod"), 4)), f"{folder}/hsv.svg")
    ...     path is None or path.suffix
    '.svg'
    """
    path = as_path("path", path)
    kind = path.suffix.lower().removeprefix(".")
    if kind not in _METADATA:
        raise FileFormatError(str(path), "a name that ends in .pdf, .png or .svg", repr(path.suffix), "rename it")
    return write_file(path, rendered(drawing, kind), overwrite=flag("overwrite", overwrite))


def panels(ax: Any, rows: int, columns: int, size: tuple[float, float], **sharing: Any) -> "list[Axes]":
    """The axes that were passed, as many as are wanted, or those of a new figure of `size` inches.

    Parameters
    ----------
    ax : Axes, sequence of Axes, or None
        What the caller passed.
    rows, columns : int
        Panels of the picture.
    size : (float, float)
        Width and height of a new figure.
    **sharing
        Further options of ``Figure.subplots``.
    """
    if ax is None:
        from matplotlib.figure import Figure

        figure = Figure(figsize=size, layout="constrained")
        return list(figure.subplots(rows, columns, squeeze=False, **sharing).flat)
    from matplotlib.axes import Axes

    given = [ax] if isinstance(ax, Axes) else _listed(ax)
    count = rows * columns
    if len(given) != count or not all(isinstance(panel, Axes) for panel in given):
        expected = "matplotlib Axes" if count == 1 else f"{count} matplotlib Axes, one for each panel"
        received = f"{len(given)} of them" if given and len(given) != count else shown(ax)
        raise InvalidArgumentError("ax", expected, received, "pass the axes that matplotlib made, or leave it out")
    return given


def _listed(axes: Any) -> list[Any]:
    """The entries of a sequence, or of an array as ``subplots`` returns it, row by row; none of anything else."""
    if isinstance(axes, np.ndarray):
        return list(axes.flat)
    return list(axes) if isinstance(axes, Sequence) else []


def _figure_of(drawing: Any) -> "Figure":
    from matplotlib.figure import Figure

    if isinstance(drawing, Drawing):
        return drawing.figure
    if isinstance(drawing, Figure):
        return drawing
    remedy = "pass what dlnbalance.plotting.draw returned"
    raise InvalidArgumentError("drawing", "a Drawing, or a figure of matplotlib", shown(drawing), remedy)
