"""``dlnbalance compare``: one model by several methods and libraries, side by side."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import InvalidArgumentError
from .documents import heading
from .options import Force, IgnoreE, Json, Plot, Source
from .sources import checked_model, load, write_picture
from .targets import check_targets
from .terminal import busy, plain, progress_bar, screen, show_remark, show_table, write_json

__all__ = ["compare_source", "show_comparison"]


def compare_source(
    source: Source,
    order: Annotated[int | None, typer.Option(metavar="R", help="Order of the reduced models.")] = None,
    realizations: Annotated[
        bool,
        typer.Option(
            "--realizations",
            help="Compare the Gramian-balanced with the norm-balanced realization (with --order: reduced first).",
        ),
    ] = False,
    bits: Annotated[
        list[int] | None,
        typer.Option(metavar="B", help="Word length of coefficients; may be repeated (default 8, 12 and 16)."),
    ] = None,
    draws: Annotated[
        int | None, typer.Option(metavar="K", help="Random coordinates over which rounding is averaged (default 20).")
    ] = None,
    plot: Plot = None,
    force: Force = False,
    ignore_e: IgnoreE = False,
    as_json: Json = False,
) -> None:
    """Compare with python-control and SLICOT, two realizations, or the notions of balanced on a network."""
    subject = load(source, ignore_e)
    check_targets({"--plot": plot}, force)
    if realizations:
        comparison = _compare_realizations(source, subject, order, bits, draws)
    else:
        for option, value in (("--bits", bits), ("--draws", draws)):
            if value is not None:
                raise InvalidArgumentError(option, "--realizations beside it", "this option alone", "add or drop one")
        with busy("comparing"):
            from ..comparison.comparing import compare

            comparison = compare(subject, order)
    write_picture(comparison.plot, plot, force)
    show_comparison("compare", source, comparison, plot, as_json)


def show_comparison(command: str, source: str, comparison: Any, plot: Path | None, as_json: bool) -> None:
    """Print the tables of a comparison and its remarks, or one JSON document."""
    if as_json:
        written = {"written": [str(plot)]} if plot is not None else {}
        write_json({**heading(command), "source": source, **comparison.to_dict(), **written})
        return
    console = screen()
    for part in comparison.parts():
        console.print(plain(part.title), style="bold")
        header, rows = part.texts()
        show_table(header, rows)
        for remark in part.remarks:
            show_remark(remark)
    if plot is not None:
        console.print(plain(f"Written: {plot}"))


def _compare_realizations(
    source: str, subject: Any, order: int | None, bits: Sequence[int] | None, draws: int | None
) -> Any:
    from ..comparison.comparing import compare_realizations
    from ..reduction.truncation import reduce

    system = checked_model(source, subject)
    with progress_bar("rounding") as progress:
        return compare_realizations(
            system if order is None else reduce(system, order).system,
            bits=bits or (8, 12, 16),
            draws=20 if draws is None else draws,
            progress=progress,
        )
