"""``dlnbalance explore``: all orders of a reduced model, to look at in a browser."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from .documents import heading
from .options import Force, GramianKind, IgnoreE, Json, Method, Order, ReductionMethod, Source, checked_gramians
from .sources import load
from .targets import check_targets
from .terminal import busy, command_line, say, show

__all__ = ["explore_source"]


def explore_source(
    context: typer.Context,
    source: Source,
    order: Order = None,
    gramians: GramianKind = None,
    method: ReductionMethod = Method.truncate,
    report: Annotated[
        Path | None, typer.Option(metavar="OUT.html", help="Where to write the page (default: a temporary folder).")
    ] = None,
    force: Force = False,
    ignore_e: IgnoreE = False,
    as_json: Json = False,
) -> None:
    """Open a page on which the order of a reduced model is chosen by looking."""
    check_targets({"--report": report}, force)
    kind = checked_gramians(gramians)
    subject = load(source, ignore_e)
    from ..report.explorer import explored
    from ..report.page import check_available, write_report

    check_available()
    with busy("reducing"):
        model = explored(subject, order, gramians=kind, method=method.value)
    path = Path(tempfile.mkdtemp(prefix="dlnbalance-")) / "orders.html" if report is None else report
    with busy("writing"):
        write_report(model, path, source=source, command=command_line(context), overwrite=force)
    document = {**heading("explore"), "source": source, "order": model.order, "full_order": model.full_order}
    rows = [("Begins with", f"order {model.order} of {model.full_order}")]
    show(f"Orders of {source}", rows, document, [path], as_json)
    if not as_json:
        _open(path)


def _open(path: Path) -> None:
    """Show the page in the browser of the user, where there is one."""
    import webbrowser

    if not webbrowser.open(path.resolve().as_uri()):
        say(f"no browser was found: open {path} in one")
