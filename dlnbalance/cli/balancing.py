"""``dlnbalance balance`` and ``dlnbalance flow``: to the balanced point at once, or along a path."""

from enum import StrEnum
from typing import Annotated

import typer

from .documents import heading
from .options import Force, GramianKind, IgnoreE, Json, Output, Plot, Source, checked_gramians, refuse_for_networks
from .sources import is_network, is_system, load, write_model, write_picture
from .targets import check_targets
from .terminal import busy, progress_bar, show

__all__ = ["balance_source", "follow_source"]


class _Form(StrEnum):
    balanced = "balanced"
    input_normal = "input-normal"
    output_normal = "output-normal"


class _Flow(StrEnum):
    regularizing = "regularizing"
    kirwan_ness = "kirwan-ness"
    helmke_moore = "helmke-moore"


def balance_source(
    source: Source,
    gramians: GramianKind = None,
    form: Annotated[
        _Form | None,
        typer.Option(
            metavar="FORM",
            help="balanced (equal, diagonal Gramians; the default), input-normal or output-normal (one of them the"
            " identity).",
        ),
    ] = None,
    output: Output = None,
    force: Force = False,
    ignore_e: IgnoreE = False,
    as_json: Json = False,
) -> None:
    """Balance a model (equal, diagonal Gramians) or a deep linear network (equal moments)."""
    subject = load(source, ignore_e)
    network = is_network(subject)
    check_targets({"--output": output}, force, archive=not is_system(subject))
    if network:
        refuse_for_networks({"--form": form, "--gramians": gramians})
    options = {} if network else {"form": (form or _Form.balanced).value, "gramians": checked_gramians(gramians)}
    with busy("balancing"):
        from ..balancing.balanced_forms import balance
        from ..summary import document, rows

        result = balance(subject, **options)
    written = write_model(result, output, force)
    summary = result.summary()
    said = {**heading("balance"), "source": source, **document(summary)}
    show(f"Balancing of {source}", rows(summary), said, written, as_json)


def follow_source(
    source: Source,
    kind: Annotated[
        _Flow,
        typer.Option(metavar="KIND", help="Which flow: regularizing, kirwan-ness or helmke-moore."),
    ] = _Flow.regularizing,
    time: Annotated[
        float, typer.Option("--time", "-t", metavar="T", help="Time to follow it (inf: to its end).")
    ] = 10.0,
    output: Output = None,
    plot: Plot = None,
    force: Force = False,
    ignore_e: IgnoreE = False,
    as_json: Json = False,
) -> None:
    """Follow a balancing flow of a network or a model; what the gauge group leaves alone is conserved."""
    subject = load(source, ignore_e)
    check_targets({"--output": output}, force, archive=not is_system(subject))
    check_targets({"--plot": plot}, force)
    from ..plotting import trajectory
    from ..report.summaries import follow_flow
    from ..summary import document, rows

    with progress_bar(f"{kind.value} flow") as progress:
        path = follow_flow(subject, kind.value, time, progress)
    written = write_model(path.states[-1], output, force) + write_picture(lambda: trajectory(path), plot, force)
    summary = path.summary()
    said = {**heading("flow"), "source": source, "kind": kind.value, **document(summary)}
    show(f"Flow from {source}", rows(summary), said, written, as_json)
