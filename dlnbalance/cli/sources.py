"""What SOURCE stands for, read from a file or made by formula; and results written to files."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FileFormatError, InvalidArgumentError
from .suggesting import nearest_source
from .terminal import busy

if TYPE_CHECKING:
    from ..systems.linear_system import LinearSystem

__all__ = [
    "EXAMPLE",
    "checked_model",
    "is_network",
    "is_system",
    "load",
    "named_system",
    "write_model",
    "write_picture",
]

#: What the name of a model by formula begins with.
EXAMPLE = "example:"


def load(source: str, ignore_e: bool) -> Any:
    """Read what SOURCE names: a LinearSystem, a DeepLinearNetwork or a model of another class."""
    with busy("reading"):
        system = named_system(source)
        if not isinstance(system, Path):
            return system
        from ..files import models

        try:
            return models.load(source, descriptor=not ignore_e)
        except FileFormatError as error:
            hint = "" if system.exists() else nearest_source(source)
            if not hint:
                raise
            raise FileFormatError(error.argument, error.expected, error.received, hint) from error


def named_system(source: str) -> "LinearSystem | Path":
    """An example, or the path of a file that is still to be read (by a worker of a sweep, for instance)."""
    if source.startswith(EXAMPLE):
        from .. import examples

        return examples.get(source.removeprefix(EXAMPLE))
    return Path(source)


def is_network(subject: Any) -> bool:
    """Whether what was read is a deep linear network, and no linear model."""
    from ..networks.network import DeepLinearNetwork

    return isinstance(subject, DeepLinearNetwork)


def is_system(subject: Any) -> bool:
    """Whether what was read is a linear system, which every format of files holds."""
    from ..systems.linear_system import LinearSystem

    return isinstance(subject, LinearSystem)


def checked_model(source: str, subject: Any) -> "LinearSystem":
    """Return a linear model; refuse a network."""
    if is_network(subject):
        raise InvalidArgumentError(
            source, "a linear model", "a deep linear network", "use dlnbalance balance, compare or info with it"
        )
    return subject


def write_model(result: Any, output: Path | None, force: bool) -> list[Path]:
    """Write a model or a network where a file is named for it; return the files written."""
    if output is None:
        return []
    from ..files.models import save

    save(result, output, overwrite=force)
    return [output]


def write_picture(draw: Callable[[], Any], plot: Path | None, force: bool) -> list[Path]:
    """Draw and write a picture where a file is named for it; return the files written."""
    if plot is None:
        return []
    from ..plotting import write_figure
    from .frequency_axes import relabelled

    write_figure(relabelled(draw()), plot, overwrite=force)
    return [plot]
