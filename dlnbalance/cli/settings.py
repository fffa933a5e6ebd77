"""Options that surround a command: its log, and the unit of the frequencies that it shows."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any

import typer

from ..systems.frequency_units import FrequencyUnit, frequencies_in
from .completing import files_of
from .logs import LOG_SUFFIXES, log_to

__all__ = ["Unit", "with_settings"]


class Unit(StrEnum):
    """How frequencies are shown."""

    radians = "rad/s"
    hertz = "hz"


_SHOWN: dict[Unit, FrequencyUnit] = {Unit.radians: "rad/s", Unit.hertz: "Hz"}

_Log = Annotated[
    Path | None,
    typer.Option(
        "--log",
        metavar="FILE",
        help=f"Add what was chosen, times and residuals to this file ({', '.join(LOG_SUFFIXES)}).",
        autocompletion=files_of(*LOG_SUFFIXES),
    ),
]
_Units = Annotated[
    Unit, typer.Option("--units", metavar="UNIT", case_sensitive=False, help="Show frequencies in rad/s or in hz.")
]


def with_settings(command: Callable[..., None], *, units: bool = False) -> Callable[..., None]:
    """Give a command the option --log, and --units where frequencies are shown."""
    extra = [Parameter("log", Parameter.KEYWORD_ONLY, default=None, annotation=_Log)]
    if units:
        extra.insert(0, Parameter("units", Parameter.KEYWORD_ONLY, default=Unit.radians, annotation=_Units))

    @wraps(command)
    def run(*, log: Path | None, units: Unit = Unit.radians, **options: Any) -> None:
        with log_to(log), frequencies_in(_SHOWN[units]):
            command(**options)

    own = signature(command)
    run.__annotations__ = command.__annotations__ | {parameter.name: parameter.annotation for parameter in extra}
    run.__signature__ = own.replace(parameters=[*own.parameters.values(), *extra])  # pyright: ignore[reportAttributeAccessIssue]
    return run
