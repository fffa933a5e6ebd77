"""Work that the tests give to executors, and an executor that waits to be told."""

import os
import threading
from concurrent.futures import Executor, Future

from dlnbalance import errors

UNSTABLE = ([[1.0]], [[1.0]], [[1.0]])


def blas_threads(_model):
    """What a worker keeps: the number of BLAS threads of its process, for each BLAS that is loaded."""
    from threadpoolctl import threadpool_info

    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def die(_model):
    """End the process of the worker, as the operating system does when memory runs out."""
    os._exit(1)


def refuse(model):
    """Raise what the library does not raise."""
    raise ZeroDivisionError("on purpose")


class HoldingExecutor(Executor):
    """Runs nothing until it is told to, and remembers what it was given."""

    def __init__(self):
        self.futures, self.given = [], threading.Semaphore(0)

    def submit(self, fn, /, *args):
        future = Future()
        self.futures.append((future, fn, args))
        self.given.release()
        return future

    def finish(self, index):
        future, fn, args = self.futures[index]
        assert future.set_running_or_notify_cancel()
        try:
            future.set_result(fn(*args))
        except errors.DlnBalanceError as error:
            future.set_exception(error)


def counted(systems, taken):
    for system in systems:
        taken.append(system)
        yield system
