"""What a worker does with each system, and with how many threads."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from threadpoolctl import ThreadpoolController

from ..files.models import load
from ..files.parcels import Parcel
from ..linalg.threads import threads_as_chosen
from ..reduction.stacked_reduction import reduce_stacked
from ..reduction.truncation import reduce
from .batches import Failed

__all__ = ["CallingProcess", "Keep", "Task", "blas_threads"]

#: What the worker makes of a reduced model before it is sent back.
Keep = Callable[[Any], Any]


@dataclass(frozen=True)
class Task:
    """What a worker does with each system, or with a batch of small ones."""

    request: dict[str, Any]
    descriptor: bool
    measure: bool
    keep: Keep | None
    threads: int | None

    def __call__(self, parcel: Parcel, outcomes: dict[int, Any]) -> Parcel:
        """Reduce the systems in the parcel, and return what came of them by their positions.

        `outcomes` is filled on the way, for who shares the memory of the worker. A single system raises its error.
        """
        with blas_threads(self.threads):
            systems = parcel.content
            if len(systems) == 1:
                outcomes[0] = self._finished(self._reduced(systems[0]))
                return Parcel(outcomes)
            together = reduce_stacked(systems, **self.request)
            for position, system in enumerate(systems):
                try:
                    model = together.pop(position) if position in together else self._reduced(system)
                    outcomes[position] = self._finished(model)
                except Exception as error:  # noqa: BLE001 - whatever a system raises is its failure alone
                    outcomes[position] = Failed(error)
            return Parcel(outcomes)

    def _reduced(self, system: Any) -> Any:
        if isinstance(system, Path):
            system = load(system, descriptor=self.descriptor)
        return reduce(system, **self.request)

    def _finished(self, model: Any) -> Any:
        if self.measure:
            _measure(model)
        return model if self.keep is None else self.keep(model)


def _measure(result: Any) -> None:
    """Measure the error of a reduced model, or of one for each of several orders, where it is finite."""
    for model in result if isinstance(result, list) else [result]:
        if model.error_is_finite:
            model.error()


class CallingProcess(Executor):
    """Does the work when it is submitted, so that every way of running goes through the same code."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do the work, and return it done."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - the future hands it on
            future.set_exception(error)
        return future


@contextmanager
def blas_threads(threads: int | None) -> Iterator[None]:
    """Limit the threads of BLAS.

    The caller does this for as long as the sweep lasts, and every task once more: some builds of BLAS have one limit
    for the process, which the first thread that ends would lift for all, and others have one for each thread.
    """
    if threads is None:
        yield
        return
    with _controller(len(sys.modules)).limit(limits=threads, user_api="blas"), threads_as_chosen():
        yield


@lru_cache(maxsize=1)
def _controller(_modules: int) -> ThreadpoolController:
    """Return the handle on all copies of BLAS: found in milliseconds, kept until modules bring in new ones."""
    return ThreadpoolController()
