"""``dlnbalance reduce``: a smaller model, with what is proved and measured about it."""

import math
from typing import Annotated, Any

import typer

from ..errors import InvalidArgumentError
from .documents import heading
from .options import (
    Force,
    GramianKind,
    IgnoreE,
    Json,
    Kept,
    Method,
    NoError,
    Offset,
    Order,
    Output,
    Plot,
    ReductionMethod,
    Report,
    Rtol,
    Source,
    Tol,
    UnstablePoles,
    asked,
    checked_gramians,
    checked_request,
    refuse_for_networks,
)
from .sources import is_network, is_system, load, write_model, write_picture
from .targets import check_targets
from .terminal import UNMET, busy, command_line, say, show

__all__ = ["reduce_source"]


def reduce_source(
    context: typer.Context,
    source: Source,
    order: Order = None,
    tol: Tol = None,
    rtol: Rtol = None,
    gramians: GramianKind = None,
    method: ReductionMethod = Method.truncate,
    unstable: Kept = UnstablePoles.keep,
    offset: Offset = 0.0,
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="POLE|STATE", help="Keep this pole, or this state by its name; may be repeated."),
    ] = None,
    output: Output = None,
    report: Report = None,
    plot: Plot = None,
    max_error: Annotated[
        float | None,
        typer.Option(metavar="X", help="If the measured error is larger, write nothing and exit with status 1."),
    ] = None,
    no_error: NoError = False,
    force: Force = False,
    ignore_e: IgnoreE = False,
    as_json: Json = False,
) -> None:
    """Reduce a model by balanced truncation, or the hidden widths of a network, and measure the error."""
    request = checked_request(order, tol, rtol)
    _check_max_error(max_error, no_error)
    targets = {"--output": output, "--report": report, "--plot": plot}
    check_targets(targets, force)
    kind = checked_gramians(gramians)
    subject = load(source, ignore_e)
    options: dict[str, Any] = {}
    if is_network(subject):
        unsaid = {"--report": report, "--plot": plot, "--method": method is not Method.truncate, "--gramians": gramians}
        unsaid |= {"--unstable": unstable is not UnstablePoles.keep, "--offset": offset, "--keep": keep}
        refuse_for_networks(unsaid)
    else:
        options = {"method": method.value, "gramians": kind, "unstable": unstable.value, "offset": offset}
        options["keep"] = [_pole_or_name(each) for each in keep or ()]
    check_targets({"--output": output}, force, archive=not is_system(subject))
    from ..reduction.truncation import reduce
    from ..report.page import check_available, measured_error, write_report
    from ..summary import document, rows

    if report is not None:
        check_available()
    with busy("reducing"):
        model = reduce(subject, **request, **options)
    error = None
    if not no_error:
        with busy("measuring the error"):
            error = measured_error(model)
    met = max_error is None or (error is not None and error.value <= max_error)
    written = []
    if met:
        with busy("writing"):
            written = write_model(model, output, force)
            if report is not None:
                origin = {"source": source, "command": command_line(context)}
                written.append(write_report(model, report, **origin, measure=error is not None, overwrite=force))
            written += write_picture(lambda: _picture(model, error), plot, force)
    wish = asked(request, given=any(value is not None for value in (order, tol, rtol)))
    summary = model.summary()
    said = {**heading("reduce"), "source": source, "requested": request, **document(summary)}
    said |= {"max_error": max_error, "requirement_met": met}
    show(f"Reduction of {source}", [("Asked for", wish), *rows(summary)], said, written, as_json)
    _exit_unmet(met, max_error)


def _pole_or_name(words: str) -> complex | str:
    """A pole, written as 2, -1+3j or -1+3i; everything else is the name of a state."""
    try:
        return complex(words.replace(" ", "").replace("i", "j"))
    except ValueError:
        return words


def _check_max_error(max_error: float | None, no_error: bool) -> None:
    if max_error is None:
        return
    if no_error:
        raise InvalidArgumentError("--max-error", "a measured error", "--no-error", "drop one of the two")
    if not 0 <= max_error < math.inf:
        raise InvalidArgumentError("--max-error", "a number that is not negative", f"{max_error}", "see reduce --help")


def _exit_unmet(met: bool, max_error: float | None) -> None:
    if not met:
        say(f"the measured error exceeds --max-error {max_error:g}; nothing was written")
        raise typer.Exit(UNMET)


def _picture(model: Any, error: Any) -> Any:
    from ..norms.peaks import PeakGain
    from ..plotting import overview

    return overview(model, peak=error if isinstance(error, PeakGain) else None)
