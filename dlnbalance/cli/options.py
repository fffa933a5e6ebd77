"""Options that several commands share, and what is checked of them before the long work."""

import math
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import InvalidArgumentError
from .completing import complete_gramians, complete_source, files_of
from .targets import MODEL_SUFFIXES, PICTURE_SUFFIXES

__all__ = [
    "Force",
    "GramianKind",
    "IgnoreE",
    "Json",
    "Kept",
    "Method",
    "NoError",
    "Offset",
    "Order",
    "Output",
    "Plot",
    "ReductionMethod",
    "Report",
    "Rtol",
    "Source",
    "Tol",
    "UnstablePoles",
    "asked",
    "checked_gramians",
    "checked_request",
    "refuse_for_networks",
]

#: What `reduce` aims at when nothing is asked for: engineering accuracy, far above rounding.
_DEFAULT_RTOL = 1e-3


class Method(StrEnum):
    """What becomes of the states that are dropped."""

    truncate = "truncate"
    residualize = "residualize"
    hankel = "hankel"
    modal = "modal"
    irka = "irka"


class UnstablePoles(StrEnum):
    """What becomes of poles that are not stable."""

    keep = "keep"
    refuse = "refuse"


Order = Annotated[int | None, typer.Option(metavar="R", help="Number of states to keep.")]
Tol = Annotated[float | None, typer.Option(metavar="T", help="Largest error bound, in units of the gain.")]
Rtol = Annotated[
    float | None,
    typer.Option(
        metavar="T", help=f"The same, relative to the largest Hankel singular value (default {_DEFAULT_RTOL:g})."
    ),
]
ReductionMethod = Annotated[
    Method,
    typer.Option(metavar="METHOD", help="What becomes of the states that are dropped; see below."),
]
Kept = Annotated[
    UnstablePoles,
    typer.Option(
        "--unstable", metavar="WHAT", help="keep (poles that are not stable stay as they are) or refuse (the model)."
    ),
]
Offset = Annotated[
    float, typer.Option(metavar="A", help="Keep poles that decay more slowly than e^(-At) as well.", show_default=False)
]
GramianKind = Annotated[
    str | None,
    typer.Option(
        "--gramians",
        metavar="KIND",
        help="Which Gramians, see below; with settings KIND:NAME=VALUE,… (default auto).",
        autocompletion=complete_gramians,
    ),
]
NoError = Annotated[bool, typer.Option("--no-error", help="Do not measure the error.")]
Source = Annotated[
    str,
    typer.Argument(metavar="SOURCE", help="File, or example:NAME.", show_default=False, autocompletion=complete_source),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="OUT",
        help="Write the result to this file.",
        autocompletion=files_of(*MODEL_SUFFIXES),
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(
        metavar="OUT.png",
        help="Write a picture (.png, .svg, .pdf).",
        autocompletion=files_of(*PICTURE_SUFFIXES),
    ),
]
Report = Annotated[
    Path | None,
    typer.Option(metavar="OUT.html", help="Write a report with pictures.", autocompletion=files_of(".html")),
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that exist.")]
IgnoreE = Annotated[
    bool, typer.Option("--ignore-E", help="Ignore a matrix E in files, where it is not the descriptor matrix.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def checked_request(order: int | None, tol: float | None, rtol: float | None) -> dict[str, Any]:
    """Return the one thing that was asked for, as an argument of `reduce`."""
    options = {"order": order, "tol": tol, "rtol": rtol}
    given = {name: value for name, value in options.items() if value is not None}
    if len(given) > 1:
        names = " and ".join(f"--{name}" for name in given)
        raise InvalidArgumentError(names, "only one of --order, --tol and --rtol", f"{len(given)} of them", "drop one")
    for name in ("tol", "rtol"):
        if name in given and not 0 < given[name] < math.inf:
            raise InvalidArgumentError(f"--{name}", "a positive number", f"{given[name]}", "it bounds the error")
    return given or {"rtol": _DEFAULT_RTOL}


def checked_gramians(words: str | None) -> Any:
    """Return the kind of Gramians that was asked for, as an argument of `reduce` and `balance`."""
    from ..gramians.automatic import Automatic
    from ..gramians.kinds import named

    if words is None:
        return Automatic()
    try:
        return named(words)
    except InvalidArgumentError as error:
        raise type(error)("--gramians", error.expected, error.received, error.remedy) from None


def asked(request: dict[str, Any], *, given: bool = True) -> str:
    """Say what was asked for, or that it is the default."""
    [(name, value)] = request.items()
    return f"{name} {value:g}" + ("" if given else " (the default; choose with --order, --tol or --rtol)")


def refuse_for_networks(options: Mapping[str, Any]) -> None:
    """Refuse the options that say nothing about a deep linear network, where they are given."""
    for name, value in options.items():
        if value:
            raise InvalidArgumentError(name, "a linear model", "a deep linear network", "leave this option out")
