"""``dlnbalance reduce-controller``: a controller of lower order, and the loop that it closes."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from ..errors import InvalidArgumentError
from .completing import complete_source
from .documents import heading
from .options import Force, IgnoreE, Json, Order, Output, checked_request
from .sources import checked_model, is_system, load, write_model
from .targets import check_targets
from .terminal import UNMET, busy, say, show

__all__ = ["reduce_controller_source"]


class Criterion(StrEnum):
    """What is kept small."""

    input = "input"
    output = "output"
    performance = "performance"
    coprime = "coprime"
    plain = "plain"


def reduce_controller_source(
    plant: Annotated[
        str,
        typer.Argument(
            metavar="PLANT", help="File, or example:NAME.", show_default=False, autocompletion=complete_source
        ),
    ],
    controller: Annotated[
        str,
        typer.Argument(
            metavar="CONTROLLER",
            help="The same; it stabilizes the plant.",
            show_default=False,
            autocompletion=complete_source,
        ),
    ],
    order: Order = None,
    tol: Annotated[
        float | None,
        typer.Option(metavar="T", help="Largest change of the closed loop, relative to its largest gain."),
    ] = None,
    criterion: Annotated[
        Criterion, typer.Option(metavar="WHAT", help="What is kept small; see below.")
    ] = Criterion.input,
    sign: Annotated[int, typer.Option(metavar="±1", help="-1: u = -Ky, negative feedback; 1: u = Ky.")] = -1,
    output: Output = None,
    force: Force = False,
    ignore_e: IgnoreE = False,
    as_json: Json = False,
) -> None:
    """Reduce a controller so that its loop with a plant stays stable and changes little.

    Where the loop is not stable afterwards, nothing is written, and the exit status is 1.
    """
    if order is None and tol is None:
        raise InvalidArgumentError("--order", "this option or --tol", "neither", "say how small, or how good")
    request = checked_request(order, tol, None)
    check_targets({"--output": output}, force)
    loop = checked_model(plant, load(plant, ignore_e)), checked_model(controller, load(controller, ignore_e))
    for source, model in zip((plant, controller), loop, strict=True):
        _check_linear(source, model)
    from ..reduction.controllers import reduce_controller
    from ..summary import document, rows

    with busy("reducing"):
        result = reduce_controller(*loop, **request, criterion=criterion.value, sign=sign)
    with busy("comparing the loops"):
        summary = result.summary()
    written = write_model(result.controller, output, force) if result.stable else []
    said = {**heading("reduce-controller"), "plant": plant, "controller": controller, "requested": request}
    said |= document(summary) | {"sign": sign}
    show(f"Reduction of {controller} in the loop with {plant}", rows(summary), said, written, as_json)
    if not result.stable:
        say("the loop with the reduced controller is not stable" + ("; nothing was written" if output else ""))
        raise typer.Exit(UNMET)


def _check_linear(source: str, model: Any) -> None:
    if not is_system(model):
        remedy = "pass its first-order form (LinearSystem)"
        raise InvalidArgumentError(source, "a linear system", type(model).__name__, remedy)
