"""``dlnbalance advise``: the ways to reduce a model, side by side, and which of them to take."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .comparing import show_comparison
from .completing import files_of
from .options import Force, IgnoreE, Json, Plot, Source
from .sources import checked_model, load, write_picture
from .targets import READABLE, check_targets
from .terminal import busy

__all__ = ["advise_source"]


class Criterion(StrEnum):
    """What the recommendation is for."""

    absolute = "absolute"
    relative = "relative"
    dc = "dc"
    weighted = "weighted"


def advise_source(
    source: Source,
    order: Annotated[
        list[int] | None,
        typer.Option(metavar="R", help="Number of states to keep; may be repeated (default: where σ falls most)."),
    ] = None,
    criterion: Annotated[
        Criterion,
        typer.Option(
            metavar="WHAT",
            help="absolute (the largest error), relative (to the gain), dc (at frequency 0), or weighted (between"
            " weights).",
        ),
    ] = Criterion.absolute,
    input_weight: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Weight at the inputs.", autocompletion=files_of(*READABLE)),
    ] = None,
    output_weight: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Weight at the outputs.", autocompletion=files_of(*READABLE)),
    ] = None,
    plot: Plot = None,
    force: Force = False,
    ignore_e: IgnoreE = False,
    as_json: Json = False,
) -> None:
    """Reduce a model in every way that applies, and recommend one."""
    check_targets({"--plot": plot}, force)
    system = checked_model(source, load(source, ignore_e))
    from ..comparison.comparing_methods import compare_methods

    with busy("reducing in every way"):
        comparison = compare_methods(
            system, order or None, criterion=criterion.value, input=input_weight, output=output_weight
        )
    write_picture(comparison.plot, plot, force)
    show_comparison("advise", source, comparison, plot, as_json)
