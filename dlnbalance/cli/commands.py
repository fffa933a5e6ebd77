"""The command line, ``dlnbalance COMMAND``: reduce, explore, sweep, balance, compare, advise, info, flow and examples.

Exit status: 0 done; 1 a stated requirement (``--max-error``) is not met, or a model of a sweep could not be reduced;
2 bad input, with one line on standard error that says what to do; 130 interrupted.

Numerical libraries are imported inside the commands, so that ``dlnbalance --help`` answers at once.
"""

import signal
from typing import Annotated

import typer

from .advising import advise_source
from .balancing import balance_source, follow_source
from .comparing import compare_source
from .describing import describe_source, list_examples
from .exploring import explore_source
from .reducing import reduce_source
from .sweeping import sweep_sources
from .terminal import Program

__all__ = ["app", "main"]

app = typer.Typer(
    cls=Program,
    name="dlnbalance",
    help="Balance and reduce linear models, with a proof of how good the result is.",
    epilog="SOURCE is the file of a model or of a network, or example:NAME (see dlnbalance examples).",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("reduce")(reduce_source)
app.command("explore")(explore_source)
app.command("sweep")(sweep_sources)
app.command("balance")(balance_source)
app.command("compare")(compare_source)
app.command("advise")(advise_source)
app.command("info")(describe_source)
app.command("flow")(follow_source)
app.command("examples")(list_examples)


def main() -> None:
    """Run the program on the arguments of the process."""
    if hasattr(signal, "SIGPIPE"):  # end like other programs, silently, when the reader of a pipe goes away
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    app(prog_name="dlnbalance")


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        from .. import __version__

        typer.echo(f"dlnbalance {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)
