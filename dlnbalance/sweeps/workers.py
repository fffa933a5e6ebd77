"""Processes that do the work of a sweep on the command line."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread

__all__ = ["processes"]


@contextmanager
def processes(count: int) -> Iterator[Executor | None]:
    """Yield an executor of processes with one BLAS thread each, or None for the work of one.

    Parameters
    ----------
    count : int
        Number of processes.
    """
    if count == 1:
        yield None
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # inherited by processes that have not loaded BLAS yet
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_end_with_parent) as executor:
        yield executor


def _end_with_parent() -> None:
    """Let this worker end when the process that started it is killed, instead of waiting for work for ever."""
    parent = parent_process()
    if parent is not None:
        Thread(target=lambda: (wait([parent.sentinel]), os._exit(1)), daemon=True).start()
