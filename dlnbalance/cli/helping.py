"""What ``--help`` shows beside the options: the kinds of Gramians and the methods, one line each."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

from typer.core import TyperCommand

__all__ = ["Command", "command_lines"]


class Command(TyperCommand):
    """A command whose help lists what its options --gramians, --method and --criterion may name.

    The lists come from the library, which is imported only when this help is asked for.
    """

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Names of arguments as they stand in the help, without the braces of some versions of typer."""
        return [re.sub(r"(\.\.\.)+", "...", re.sub("[{}]", "", piece)) for piece in super().collect_usage_pieces(ctx)]

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the lists below the options."""
        options = {option for parameter in self.params for option in parameter.opts}
        for title, rows in _lists(self.name or "", options).items():
            with formatter.section(title):
                formatter.write_dl(list(rows.items()))
        super().format_epilog(ctx, formatter)


def _lists(command: str, options: set[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    if "--gramians" in options:
        from ..gramians.kinds import kinds

        found["Kinds of Gramians (--gramians)"] = {name: kind.description for name, kind in kinds().items()}
    if "--method" in options:
        from ..reduction.projected_model import METHODS

        found["Methods (--method)"] = METHODS
    if command == "reduce-controller":
        from ..reduction.controllers import CRITERIA

        found["What is kept small (--criterion)"] = CRITERIA
    return found


def command_lines(commands: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The first paragraph of what each command says about itself."""
    return [
        (name, inspect.cleandoc(command.help or "").partition("\n\n")[0])
        for name, command in commands.items()
        if not command.hidden
    ]
