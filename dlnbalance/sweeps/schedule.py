"""The order of work: how many batches are in flight, what came of each, and how a sweep ends."""

import os
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import ExecutorError
from ..files.parcels import Parcel
from ..quiver.integration import Progress
from .batches import Failed, Sent
from .results import Sweep, SweepInterrupted
from .tasks import Task

__all__ = ["Ledger", "run"]


class Ledger:
    """What has been begun, what came of it, and how much of the whole that is."""

    def __init__(self, total: int, receive: Callable[[int, Any], None] | None, progress: Progress | None):
        self.total, self.receive, self.progress = total, receive, progress
        self.labels: list[str] = []
        self.models: dict[int, Any] = {}
        self.failures: dict[int, Exception] = {}

    def begin(self, system: Any) -> int:
        """Note a system and return its index."""
        self.labels.append(_label(system))
        return len(self.labels) - 1

    def fail(self, index: int, error: Exception) -> None:
        """Note a failure, and free the matrices that the frames of its traceback hold."""
        error.add_note(f"system {index} {self.labels[index]}".rstrip())
        link: BaseException | None = error
        while link is not None:
            traceback.clear_frames(link.__traceback__)
            link = link.__cause__ or link.__context__
        self.failures[index] = error

    def settle(self, sent: Sent, future: Future[Parcel]) -> BaseException | None:
        """Note what came of a batch; return the exception that ends the sweep, if it is one."""
        error = CancelledError() if future.cancelled() else future.exception()
        if error is None:
            sent.outcomes = future.result().content
            self.note(sent)
        elif not isinstance(error, Exception) or isinstance(error, BrokenExecutor | CancelledError):
            return error
        elif len(sent.indices) == 1:
            self.fail(sent.indices[0], error)
        # of several systems each is tried by itself: one result that cannot be sent does not lose the others
        return None

    def note(self, sent: Sent) -> None:
        """Note those outcomes of a batch that are there."""
        for position, outcome in sent.outcomes.items():
            index = sent.indices[position]
            if not isinstance(outcome, Failed):
                self.models[index] = outcome
                self._hand_on(index)
            elif outcome.error is not None:
                self.fail(index, outcome.error)

    def unsettled(self, sent: Sent) -> list[Sent]:
        """The systems of a batch that have neither a result nor an error, each by itself."""
        pairs = zip(sent.indices, sent.systems, strict=True)
        return [Sent([i], [system]) for i, system in pairs if i not in self.models and i not in self.failures]

    def _hand_on(self, index: int) -> None:
        """Give a result to the caller; after an error of the caller's, no more."""
        receive, self.receive = self.receive, None
        if receive is not None:
            receive(index, self.models[index])
            self.receive = receive

    def report(self) -> None:
        """Report the finished share."""
        if self.progress is not None:
            finished, known = len(self.models) + len(self.failures), max(self.total, len(self.labels))
            self.progress(finished / known if known else 1.0)

    def sweep(self) -> Sweep:
        """Return the results so far."""
        indices = range(len(self.labels))
        return Sweep(
            models=tuple(self.models.get(i) for i in indices),
            failures=dict(sorted(self.failures.items())),
            unfinished=tuple(i for i in indices if i not in self.models and i not in self.failures),
            labels=tuple(self.labels),
        )


def run(batches: Iterator[list[Any]], executor: Executor, task: Task, ahead: int, ledger: Ledger) -> Sweep:
    """Keep `ahead` batches in flight until all are done, or until the executor or the user ends it."""
    waiting: dict[Future[Parcel], Sent] = {}
    again: list[Sent] = []
    end: BaseException | None = None
    try:
        while end is None:
            end = _fill(waiting, _to_send(batches, again, ledger), executor, task, ahead, ledger)
            ledger.report()
            if end is None and not waiting:
                return ledger.sweep()
            done = wait(waiting, return_when=FIRST_COMPLETED).done if end is None else ()
            for future in done:
                sent = waiting.pop(future)
                end = ledger.settle(sent, future) or end
                again += ledger.unsettled(sent)
    except KeyboardInterrupt as interrupt:
        end = interrupt
    finally:
        for future, sent in waiting.items():
            if not future.cancel() and future.done():
                ledger.settle(sent, future)
    if isinstance(end, KeyboardInterrupt):
        raise SweepInterrupted(ledger.sweep()) from None
    raise _stopped(end, ledger.sweep()) from end


def _to_send(batches: Iterator[list[Any]], again: list[Sent], ledger: Ledger) -> Iterator[Sent]:
    """What is to be sent next: first the systems that are tried once more, by themselves."""
    while again:
        yield again.pop(0)
    for batch in batches:
        contents = [Path(system).absolute() if isinstance(system, str | Path) else system for system in batch]
        yield Sent([ledger.begin(system) for system in batch], contents)


def _fill(
    waiting: dict[Future[Parcel], Sent],
    batches: Iterator[Sent],
    executor: Executor,
    task: Task,
    ahead: int,
    ledger: Ledger,
) -> BaseException | None:
    """Submit batches; return what the executor says when it takes no more."""
    for sent in islice(batches, ahead - len(waiting)):
        try:
            future = executor.submit(task, Parcel(sent.systems), sent.outcomes)
        except KeyboardInterrupt:  # in the calling process, which shares the outcomes
            ledger.note(sent)
            raise
        except (BrokenExecutor, RuntimeError) as error:  # broken, or shut down
            return error
        except Exception as error:  # noqa: BLE001 - Dask pickles at once, and a system cannot be pickled
            if len(sent.indices) == 1:
                ledger.fail(sent.indices[0], error)
                continue
            future = Future()
            future.set_exception(error)
            waiting[future] = sent
        else:
            waiting[future] = sent
    return None


def _stopped(cause: BaseException | None, sweep: Sweep) -> ExecutorError:
    reason = f"{type(cause).__name__}: {cause}".rstrip(": ")
    done = len(sweep) - len(sweep.unfinished)
    error = ExecutorError(
        "executor",
        "an executor that works until the sweep is done",
        f"{reason} after {done} systems",
        "the results so far are in the attribute sweep of this error; if memory ran out, use fewer workers",
    )
    error.sweep = sweep
    return error


def _label(system: Any) -> str:
    return os.fspath(system) if isinstance(system, str | Path) else str(getattr(system, "name", None) or "")
