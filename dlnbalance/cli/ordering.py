"""``dlnbalance orders``: what each order of a reduced model comes to, and which ones to choose."""

from typing import Annotated, Any

import typer

from .documents import heading
from .options import (
    Force,
    GramianKind,
    IgnoreE,
    Json,
    Kept,
    Method,
    Offset,
    Plot,
    ReductionMethod,
    Source,
    UnstablePoles,
    checked_gramians,
)
from .sources import checked_model, load, write_picture
from .targets import check_targets
from .terminal import busy, show, show_table, write_json

__all__ = ["list_orders"]


def list_orders(
    source: Source,
    order: Annotated[
        list[int] | None,
        typer.Option(metavar="R", help="Number of states to keep; may be repeated (default: all that are possible)."),
    ] = None,
    error: Annotated[bool, typer.Option("--error", help="Measure the error of every order, too.")] = False,
    gramians: GramianKind = None,
    method: ReductionMethod = Method.truncate,
    unstable: Kept = UnstablePoles.keep,
    offset: Offset = 0.0,
    plot: Plot = None,
    force: Force = False,
    ignore_e: IgnoreE = False,
    as_json: Json = False,
) -> None:
    """Tabulate bounds and errors by order, and suggest orders where the singular values fall."""
    check_targets({"--plot": plot}, force)
    kind = checked_gramians(gramians)
    system = checked_model(source, load(source, ignore_e))
    from ..reduction.order_tables import order_table
    from ..summary import rows

    options: dict[str, Any] = {"gramians": kind, "method": method.value, "unstable": unstable.value, "offset": offset}
    with busy("measuring the errors" if error else "solving"):
        table = order_table(system, order or None, measure=error, **options)
    written = write_picture(table.plot, plot, force)
    said = {**heading("orders"), "source": source, **table.to_dict()}
    if as_json:
        write_json(said | {"written": [str(path) for path in written]})
        return
    show(f"Orders of {source}", rows(table.summary()), said, written, as_json)
    show_table(*table.texts())
