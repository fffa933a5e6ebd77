"""The command line, ``dlnbalance COMMAND``: what there is, and how it begins.

Exit status: 0 done; 1 a stated requirement (``--max-error``, a stable loop) is not met, or a model of a sweep could not
be reduced; 2 bad input, with one line on standard error that says what to do; 130 interrupted.

Numerical libraries are imported inside the commands, so that ``dlnbalance --help`` answers at once.
"""

import signal
from typing import Annotated

import typer

from .advising import advise_source
from .balancing import balance_source, follow_source
from .comparing import compare_source
from .controlling import reduce_controller_source
from .describing import describe_source, list_examples
from .documents import show_schema
from .exploring import explore_source
from .helping import Command
from .ordering import list_orders
from .reducing import reduce_source
from .settings import with_settings
from .sweeping import sweep_sources
from .terminal import Program

__all__ = ["app", "main"]

app = typer.Typer(
    cls=Program,
    name="dlnbalance",
    help="Balance and reduce linear models, with a proof of how good the result is.",
    epilog="SOURCE is the file of a model or of a network, or example:NAME (see dlnbalance examples)."
    " Exit status: 0 done; 1 a requirement is not met, or a model of a sweep could not be reduced; 2 bad input; 130"
    " interrupted.",
    rich_markup_mode=None,  # tables of options would break words where the terminal is narrow
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("reduce", cls=Command)(with_settings(reduce_source, units=True))
app.command("explore", cls=Command)(with_settings(explore_source))
app.command("orders", cls=Command)(with_settings(list_orders, units=True))
app.command("reduce-controller", cls=Command)(with_settings(reduce_controller_source, units=True))
app.command("sweep", cls=Command)(with_settings(sweep_sources))
app.command("balance", cls=Command)(with_settings(balance_source))
app.command("compare", cls=Command)(with_settings(compare_source, units=True))
app.command("advise", cls=Command)(with_settings(advise_source, units=True))
app.command("info", cls=Command)(with_settings(describe_source, units=True))
app.command("flow", cls=Command)(with_settings(follow_source))
app.command("examples")(list_examples)
app.command("schema")(show_schema)


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
