"""``--log FILE``: what a command chose, how long each part took and how its residuals fell, by Python's logging."""

import logging
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import typer

from ..errors import FileFormatError

__all__ = ["LOG", "LOG_SUFFIXES", "at_work", "log_to"]

#: The logger of everything in the library.
LOG = logging.getLogger("dlnbalance")

#: A log is added to what its file holds: the suffix keeps models and reports from being spoilt.
LOG_SUFFIXES = (".log", ".txt")
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@contextmanager
def log_to(path: Path | None) -> Iterator[None]:
    """Add all that the library logs meanwhile to a file, where one is named, and how it ends.

    Raises
    ------
    FileFormatError
        For a file that is no log, or a folder that is not there.
    """
    if path is None:
        yield
        return
    handler = _handler(path)
    handler.setFormatter(logging.Formatter(_FORMAT))
    with attached(handler):
        begun = time.perf_counter()
        LOG.info("%s", " ".join(["dlnbalance", *sys.argv[1:]]))
        from .. import __version__

        LOG.info("dlnbalance %s, Python %s, %s", __version__, platform.python_version(), platform.platform())
        try:
            yield
        except typer.Exit as end:
            LOG.info("ended with status %d after %.3g s", end.exit_code, time.perf_counter() - begun)
            raise
        except BaseException as error:
            LOG.error("ended after %.3g s: %s", time.perf_counter() - begun, str(error) or type(error).__name__)
            raise
        LOG.info("done after %.3g s", time.perf_counter() - begun)


def _handler(path: Path) -> logging.FileHandler:
    if path.suffix.lower() not in LOG_SUFFIXES:
        received = repr(path.suffix) if path.suffix else "no suffix"
        raise FileFormatError("--log", f"a name that ends in {' or '.join(LOG_SUFFIXES)}", received, "rename it")
    try:
        return logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FileFormatError("--log", "a file that can be written to", f"{path}: {reason}", "name another") from error


@contextmanager
def attached(handler: logging.Handler) -> Iterator[None]:
    """Let a handler have the records of the library, from level INFO on."""
    level = LOG.level
    LOG.addHandler(handler)
    LOG.setLevel(min(level or logging.INFO, logging.INFO))
    try:
        yield
    finally:
        LOG.removeHandler(handler)
        LOG.setLevel(level)
        handler.close()


class _Watcher(logging.Handler):
    """Hands the finished share and the state of a computation on, as records tell them."""

    def __init__(self, tell: Callable[[float, str], None]):
        super().__init__(logging.INFO)
        self.tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(AttributeError):  # most records are of things that are done
            self.tell(record.share, record.status)  # pyright: ignore[reportAttributeAccessIssue]


@contextmanager
def at_work(message: str, tell: Callable[[float, str], None] | None = None) -> Iterator[None]:
    """Log how long a part of the work takes; `tell` is called with share and status of the computation in it."""
    begun = time.perf_counter()
    watching: Any = nullcontext() if tell is None else attached(_Watcher(tell))
    with watching:
        yield
    LOG.info("%s took %.3g s", message, time.perf_counter() - begun)
