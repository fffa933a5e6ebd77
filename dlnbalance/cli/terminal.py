"""What the command line shows and how it ends: streams, errors, exit status, tables, progress."""

import codecs
import json
import math
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from typer.core import TyperGroup

from ..errors import DlnBalanceError
from ..layout import pairs, tables
from ..summary import Rows
from ..systems.frequency_units import shown_unit, unit_size
from .completing import whole_words
from .helping import command_lines
from .logs import LOG, at_work
from .suggesting import nearest_choice

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

__all__ = [
    "BAD_INPUT",
    "INTERRUPTED",
    "UNMET",
    "Program",
    "busy",
    "command_line",
    "encodable",
    "plain",
    "progress_bar",
    "say",
    "screen",
    "show",
    "show_remark",
    "show_table",
    "write_json",
]

#: What is called with the finished share, and with the state of a computation in words.
Tell = Callable[..., None]

_BAR = 16  # characters of a bar: beside it residuals have their place on a line of 60

#: Exit status: a stated requirement is not met; bad input; interrupted.
UNMET, BAD_INPUT, INTERRUPTED = 1, 2, 130


# typer carries a copy of click in some versions and uses the package in others; in both this class is the root of
# all complaints about options.
_UsageError: Any = typer.BadParameter.__mro__[1]


_COMMAND = "dlnbalance.command"  # where the context of a run has what was typed


class Program(TyperGroup):
    """The group of commands; errors become one line and an exit status, never a traceback."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Note what was typed, for the results that state where they come from."""
        ctx.meta[_COMMAND] = shlex.join(["dlnbalance", *args])
        return super().parse_args(ctx, args)

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run a command and exit with its status."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="dlnbalance.transliterate")  # pyright: ignore[reportAttributeAccessIssue]
        try:
            with whole_words():
                status = super().main(*args, **{**extra, "standalone_mode": False})
            sys.stdout.flush()
        except (KeyboardInterrupt, typer.Abort):
            status = INTERRUPTED
        except _UsageError as error:
            command = "dlnbalance" if error.ctx is None else error.ctx.command_path
            status = _refuse(f"{nearest_choice(error.format_message()).rstrip('.')}; see {command} --help")
        except DlnBalanceError as error:
            status = _refuse(str(error))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            status = _refuse(f"{error.filename or 'file'}: {reason}; check the path and its permissions")
        except MemoryError:
            status = _refuse("not enough memory; store a large model sparse, or reduce a smaller one")
        sys.exit(status)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands with all that their first paragraphs say."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(command_lines(self.commands))


def command_line(context: typer.Context) -> str:
    """The command that runs, as it would be typed again."""
    return context.meta[_COMMAND]


def _refuse(message: str) -> int:
    say(f"error: {message}")
    return BAD_INPUT


def say(message: str) -> None:
    """Print one line on standard error."""
    sys.stderr.write(f"dlnbalance: {_printable(' '.join(message.split()))}\n")


def _printable(text: str) -> str:
    """Escape the control characters that names in a file may contain, instead of sending them to a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


#: What to write where the encoding of the terminal lacks a character.
_TRANSLITERATIONS = str.maketrans(
    {"∞": "inf", "σ": "sigma", "Σ": "Sigma", "‖": "||", "²": "^2", "…": "...", "→": "->", "≤": "<=", "∼": "~"}
    | dict.fromkeys("−–", "-")
)


def _transliterate(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    plain = error.object[error.start : error.end].translate(_TRANSLITERATIONS)
    return plain.encode("ascii", "replace").decode(), error.end


codecs.register_error("dlnbalance.transliterate", _transliterate)


def show(title: str, rows: Rows, document: dict[str, Any], written: "list[Path] | None", as_json: bool) -> None:
    """Print a result: a table of labels and texts, or one JSON document."""
    for label, value in rows:
        LOG.info("%s: %s", label, value)
    if as_json:
        write_json(document if written is None else document | {"written": [str(path) for path in written]})
        return
    if written:
        rows = [*rows, ("Written", ", ".join(map(str, written)))]
    console = screen()
    console.print(plain(title), style="bold underline")
    for line in pairs([(encodable(label), encodable(value)) for label, value in rows], console.width):
        console.print(line)


def show_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, in parts where it is wider than the screen."""
    console = screen()
    texts = [[encodable(cell) for cell in row] for row in rows]
    for part in tables([encodable(name) for name in header], texts, console.width):
        console.print(part)


def show_remark(text: str) -> None:
    """Print a remark: a dash, and further lines below its text."""
    console = screen()
    width = max(console.width - 2, 1)
    for number, line in enumerate(plain(text).wrap(console, width)):
        line.rstrip()
        console.print("- " if number == 0 else "  ", line, sep="")


def encodable(text: str) -> str:
    """Text without control characters, and as far as standard output can encode it."""
    encoding = sys.stdout.encoding or "utf-8"
    return _printable(text).encode(encoding, "dlnbalance.transliterate").decode(encoding)


def plain(text: str) -> Any:
    """Text that is neither markup nor a control sequence, and that standard output can encode."""
    from rich.text import Text

    return Text(encodable(text))


def screen(*, stderr: bool = False) -> "Console":
    """The console of one of the two streams; numbers in texts are not coloured."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


@contextmanager
def busy(message: str) -> Iterator[None]:
    """Show what is going on, on a terminal only, with the residuals of an iteration that logs them."""
    with _shown_progress(message, total=None) as tell, at_work(message, tell):
        yield


@contextmanager
def progress_bar(message: str) -> "Iterator[Tell]":
    """Show how far a long computation has come, on a terminal only."""
    with _shown_progress(message, total=1.0) as tell, at_work(message):
        yield tell or (lambda _share, _status="": None)


@contextmanager
def _shown_progress(message: str, total: float | None) -> "Iterator[Tell | None]":
    """A line at the end of a terminal; without a terminal nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    columns = SpinnerColumn("line"), TextColumn("{task.description}"), BarColumn(_BAR), TextColumn("{task.fields[now]}")
    with Progress(*columns, console=screen(stderr=True), transient=True) as bar:
        task = bar.add_task(message, total=total, now="")
        yield lambda share, status="": bar.update(task, total=1.0, completed=share, now=status)


def write_json(document: dict[str, Any]) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(_plain_data(document), indent=2, allow_nan=False) + "\n")


def _plain_data(value: Any) -> Any:
    """Replace what JSON has no numbers for (NaN, infinity) by null, and frequencies by those in the unit shown."""
    if isinstance(value, dict):
        if "frequency_unit" in value:
            value = {**value, "frequency_unit": shown_unit()}
        return {key: _plain_data(_in_unit(item) if key == "frequency" else item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_data(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _in_unit(value: Any) -> Any:
    return value / unit_size() if isinstance(value, float) else value
