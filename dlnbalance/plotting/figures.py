"""Figures without pyplot: how they are made, coloured and written."""

import re
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import FileFormatError, InvalidArgumentError
from ..files.writing import write_file
from ..linalg.arguments import as_path, flag, instance, one_of
from ..linalg.arrays import Array

if TYPE_CHECKING:
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure, SubFigure

__all__ = ["rendered", "write_figure"]

# What matplotlib makes of a power of ten, a factor before it or not, and the same in raised digits.
_FORMULA = re.compile(r"\$\\mathdefault\{(?:(-?[\d.]+)\\times)?10\^\{(-?\d+)\}\}\$")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

#: Formats of picture files, with what keeps the time of day out of them.
_METADATA = {"pdf": {"CreationDate": None}, "png": {}, "svg": {"Date": None}}

# Okabe and Ito's palette: distinguishable for readers with any kind of colour vision, and in grey by the line styles.
FULL, REDUCED, ERROR, BOUND = "#000000", "#D55E00", "#0072B2", "#009E73"
STYLES = ((FULL, "-"), (REDUCED, "--"), (ERROR, "-."), ("#CC79A7", ":"), ("#E69F00", "-"), ("#56B4E9", "--"))


def rendered(figure: Any, kind: str) -> bytes:
    """Return the content of a picture file, the same for the same figure every time.

    Parameters
    ----------
    figure : Figure
        What :func:`bode`, :func:`hankel` or :func:`overview` returned.
    kind : {"pdf", "png", "svg"}
        Format.

    See Also
    --------
    dlnbalance.plotting.write_figure : write a figure to a file.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> rendered(dln.plotting.bode(dln.examples.get("heat-rod")), "png")[1:4]
    b'PNG'
    """
    import matplotlib as mpl

    one_of("kind", kind, _METADATA)
    if checked_figure(figure) is None:
        raise InvalidArgumentError("figure", "a figure of matplotlib", "None", "pass what bode returned")
    content = BytesIO()
    with mpl.rc_context({"svg.hashsalt": "dlnbalance"}):
        figure.savefig(content, format=kind, metadata=_METADATA[kind], dpi=150)
    return content.getvalue()


def write_figure(figure: Any, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a figure to a file, which appears complete or not at all.

    Parameters
    ----------
    figure : Figure
        What :func:`bode`, :func:`hankel` or :func:`overview` returned.
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
    dlnbalance.plotting.rendered : the content of a picture file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import dlnbalance as dln
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_figure(dln.plotting.bode(dln.examples.get("heat-rod")), Path(folder) / "bode.png").name
    'bode.png'
    """
    path = as_path("path", path)
    kind = path.suffix.lower().removeprefix(".")
    if kind not in _METADATA:
        raise FileFormatError(str(path), "a name that ends in .pdf, .png or .svg", repr(path.suffix), "rename it")
    return write_file(path, rendered(figure, kind), overwrite=flag("overwrite", overwrite))


def checked_figure(figure: Any) -> "Figure | SubFigure | None":
    """The figure; refuse what is neither one nor None."""
    from matplotlib.figure import Figure, SubFigure

    if figure is None:
        return None
    return instance(
        "figure", figure, (Figure, SubFigure), "a figure of matplotlib", "pass an empty one, or leave it out"
    )


def new_figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def positive(values: Array) -> Array:
    """Hide what a logarithmic axis cannot show."""
    return np.where(values > 0, values, np.nan)


def plain_powers(*axes: "Axis") -> None:
    """Label logarithmic axes 10², not in the formulas of matplotlib, which take longer to read than all else to draw.

    Parameters
    ----------
    axes : Axis
        Logarithmic ones, of x or y.
    """
    from matplotlib.ticker import LogFormatterSciNotation

    class Plain(LogFormatterSciNotation):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return _FORMULA.sub(_in_words, super().__call__(x, pos))

    for axis in axes:
        axis.set_major_formatter(Plain())
        axis.set_minor_formatter(Plain(minor_thresholds=(1, 0.4)))  # those of matplotlib


def _in_words(formula: "re.Match[str]") -> str:
    factor, exponent = formula.groups()
    return f"{factor + '×' if factor else ''}10{exponent.translate(_RAISED)}"
