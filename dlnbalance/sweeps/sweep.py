"""Many reductions at once, on the cores of one machine or on a cluster; one failure does not lose the others."""

import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from io import IOBase
from itertools import islice
from pathlib import Path
from typing import Any, Self, get_args

from ..errors import ExecutorError, InvalidArgumentError
from ..files.models import load_system
from ..files.parcels import Parcel
from ..gramians.automatic import Automatic
from ..gramians.base import GramianStrategy, checked_strategy
from ..linalg.arguments import flag, function, one_of
from ..linalg.arrays import is_sparse, whole_number
from ..quiver.integration import Progress
from ..reduction.network_reduction import ReducedNetwork
from ..reduction.truncation import Method, ReducedModel, checked_request, reduce
from ..systems.linear_system import LinearSystem

__all__ = ["Sweep", "SweepInterrupted", "reduce_many"]

_AHEAD = 128  # systems in flight on an executor that does not say how many workers it has
_ROWS = 8  # of the table that a sweep prints; as many failures beyond them
_WIDTH = 100  # characters of a row

#: What the worker makes of a reduced model before it is sent back.
Keep = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sweep:
    """Results of many reductions, in the order of the systems; iterating gives the `models`.

    Attributes
    ----------
    models : tuple
        One entry a system: a ReducedModel (or what `keep` made of it), None where there is none.
    failures : dict of int to Exception
        Why there is none, by the index of the system.
    unfinished : tuple of int
        Indices of the systems that were begun and not finished; empty unless the sweep was cut short.
    labels : tuple of str
        Path or name of each system, "" where it has none.
    """

    models: tuple[Any, ...]
    failures: dict[int, Exception]
    unfinished: tuple[int, ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.models)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.models)

    def raise_failures(self) -> Self:
        """Return the sweep itself when no system failed.

        Raises
        ------
        ExceptionGroup
            With all failures; each has a note that names its system.
        """
        if self.failures:
            message = f"{len(self.failures)} of {len(self)} systems could not be reduced"
            raise ExceptionGroup(message, list(self.failures.values()))
        return self

    def __repr__(self) -> str:
        reduced = len(self) - len(self.failures) - len(self.unfinished)
        counts = [f"{reduced} reduced", f"{len(self.failures)} failed"]
        if self.unfinished:
            counts.append(f"{len(self.unfinished)} unfinished")
        shown = [*range(min(len(self), _ROWS)), *[i for i in self.failures if i >= _ROWS][:_ROWS]]
        lines = [f"Sweep of {len(self)} systems: {', '.join(counts)}", *map(self._row, shown)]
        if len(shown) < len(self):
            lines.append(f"  and {len(self) - len(shown)} more")
        return "\n".join(lines)

    def _row(self, index: int) -> str:
        if index in self.failures:
            error = self.failures[index]
            text = f"FAILED, {type(error).__name__}: {error}"
        elif index in self.unfinished:
            text = "unfinished"
        else:
            text = _brief(self.models[index])
        label = f"{self.labels[index]}: " if self.labels[index] else ""
        line = " ".join(f"  {index:>3}  {label}{text}".splitlines())
        return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"


class SweepInterrupted(KeyboardInterrupt):
    """A sweep was interrupted from the keyboard; `sweep` holds the results so far.

    Attributes
    ----------
    sweep : Sweep
        In an interactive session it is ``sys.last_value.sweep``.
    """

    def __init__(self, sweep: Sweep):
        super().__init__(sweep)
        self.sweep = sweep

    def __str__(self) -> str:
        return f"interrupted, {len(self.sweep.unfinished)} of {len(self.sweep)} systems are unfinished"


def reduce_many(
    systems: Iterable[Any],
    executor: Executor | None = None,
    *,
    order: int | Sequence[int] | None = None,
    tol: float | None = None,
    rtol: float | None = None,
    gramians: GramianStrategy = Automatic(),
    method: Method = "truncate",
    measure: bool = False,
    keep: Keep | None = None,
    threads: int | None = 1,
    ahead: int | None = None,
    descriptor: bool = True,
    receive: Callable[[int, Any], None] | None = None,
    progress: Progress | None = None,
) -> Sweep:
    r"""Reduce many systems, each as :func:`dlnbalance.reduce` would, on the workers of an executor.

    Parameters
    ----------
    systems : iterable of LinearSystem or anything :func:`as_system` reads
        Also a generator: it is asked for no more than `ahead` systems before their turn. Files are read by the
        workers; relative paths are resolved before they are sent.
    executor : concurrent.futures.Executor, optional
        ThreadPoolExecutor, ProcessPoolExecutor, ``client.get_executor()`` of a Dask client, MPIPoolExecutor of
        mpi4py, … It is left open. Left out, the calling process does the work.
    order, tol, rtol, gramians, method
        As for :func:`dlnbalance.reduce`, the same for all systems; of several orders each system gets a list of models.
    measure : bool
        Whether the workers measure the H∞ error, too, so that ``error()`` and ``measured`` have it at once.
    keep : callable, optional
        Called by the worker with each ReducedModel; what it returns takes the place of the model in the result.
        On processes it must be a function of a module (``operator.attrgetter("system")`` is one).
    threads : int or None
        Number of BLAS threads in every worker, and in the calling process during the sweep: with one thread each, as
        many workers as there are cores use all of them. Needs threadpoolctl. None leaves BLAS alone, which is right
        when OMP_NUM_THREADS is set for the workers. Without an executor BLAS keeps its threads.
    ahead : int, optional
        Largest number of systems in flight: submitted and not finished. Left out, twice the number of workers of
        a thread or process pool, 128 for other executors, 1 without one. Make it twice the number of workers of a
        larger cluster.
    descriptor : bool
        Whether E is the descriptor matrix where a system is the path of a file; see :func:`dlnbalance.load`.
    receive : callable, optional
        Called in the calling process with the index of a system and its result as soon as it arrives, in any order: to
        store results before all are there. An error in it ends the sweep, and is the caller's.
    progress : callable, optional
        Called with the finished share from 0 to 1; of a generator, the finished share of what was read from it.

    Returns
    -------
    Sweep
        In the order of `systems`. A system that fails, for whatever reason, is listed in ``failures``.

    Raises
    ------
    InvalidArgumentError
        For arguments that no system could be reduced with, before anything is submitted.
    ExecutorError
        When the executor was shut down or its workers died. Its ``sweep`` has the results so far.
    SweepInterrupted
        After a keyboard interrupt (of which it is a subclass). Its ``sweep`` has the results so far.

    Notes
    -----
    When a sweep ends early, everything that has not begun is cancelled; what runs already runs to its end.

    A ReducedModel comes back complete, so that ``error()`` works: about 3n² + 2nr numbers, for the full system, its
    Gramian factors and the bases. Schur forms and other caches stay behind. Where that is too much to send or to
    hold, let the workers `measure` the error and `keep` only what is needed.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> stable, unstable = ([[[pole]], [[1.0]], [[1.0]]] for pole in (-1.0, 1.0))
    >>> with ThreadPoolExecutor(2) as pool:
    ...     sweep = reduce_many([stable, unstable, stable], pool, order=1)
    >>> [model is not None for model in sweep]
    [True, False, True]
    >>> sweep.failures[1].received
    '1 of 1 outside or on it, the worst at 1'
    """
    given = _iterator(systems)
    _check_executor(executor)
    one_of("method", method, get_args(Method))
    checked_strategy(gramians)
    measure, descriptor = flag("measure", measure), flag("descriptor", descriptor)
    _check_function("keep", keep, "a function of a reduced model, or None")
    _check_function("receive", receive, "a function of an index and a result, or None")
    _check_function("progress", progress, "a function of the finished share, or None")
    name, value = checked_request(order, tol, rtol)
    limit = None if threads is None else whole_number("threads", threads, remedy="or pass None, see reduce_many")
    if executor is None:
        limit = None
    task = _Task({name: value, "gramians": gramians, "method": method}, descriptor, measure, keep, limit)
    in_flight = _ahead(executor) if ahead is None else whole_number("ahead", ahead)
    ledger = _Ledger(len(systems) if isinstance(systems, Sized) else 0, receive, progress)
    with _blas_threads(limit):
        return _run(given, executor or _CallingProcess(), task, in_flight, ledger)


# -- the work ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Task:
    """What a worker does with each system."""

    request: dict[str, Any]
    descriptor: bool
    measure: bool
    keep: Keep | None
    threads: int | None

    def __call__(self, parcel: Parcel) -> Parcel:
        with _blas_threads(self.threads):
            system = parcel.content
            if isinstance(system, Path):
                system = load_system(system, descriptor=self.descriptor)
            model = reduce(system, **self.request)
            if self.measure:
                _measure(model)
            return Parcel(model if self.keep is None else self.keep(model))


def _measure(result: Any) -> None:
    """Measure the error of a reduced model, or of one for each of several orders, where it is finite."""
    for model in result if isinstance(result, list) else [result]:
        if isinstance(model, ReducedNetwork) or model.stable:
            model.error()


class _CallingProcess(Executor):
    """Does the work when it is submitted, so that every way of running goes through the same code."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - the future hands it on
            future.set_exception(error)
        return future


def _blas_threads(threads: int | None) -> AbstractContextManager[Any]:
    """Limit the threads of BLAS.

    The caller does this for as long as the sweep lasts, and every task once more: some builds of BLAS have one limit
    for the process, which the first thread that ends would lift for all, and others have one for each thread.
    """
    return nullcontext() if threads is None else _controller(len(sys.modules)).limit(limits=threads, user_api="blas")


@lru_cache(maxsize=1)
def _controller(_modules: int) -> Any:
    """Return the handle on all copies of BLAS: found in milliseconds, kept until modules bring in new ones."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        raise InvalidArgumentError(
            "threads",
            "threadpoolctl, which limits the threads of BLAS",
            "no such module",
            "pip install 'dlnbalance[parallel]', or set OMP_NUM_THREADS=1 for the workers and pass threads=None",
        ) from None
    return ThreadpoolController()


# -- the schedule -----------------------------------------------------------------------------------------------------


class _Ledger:
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

    def settle(self, index: int, future: Future[Parcel]) -> BaseException | None:
        """Note what came of a system; return the exception that ends the sweep, if it is one."""
        error = CancelledError() if future.cancelled() else future.exception()
        if error is None:
            self.models[index] = future.result().content
            self._hand_on(index)
        elif isinstance(error, Exception) and not isinstance(error, BrokenExecutor | CancelledError):
            self.fail(index, error)
        else:
            return error
        return None

    def _hand_on(self, index: int) -> None:
        """Give a result to the caller; after an error of the caller's, no more."""
        receive, self.receive = self.receive, None
        if receive is not None:
            receive(index, self.models[index])
            self.receive = receive

    def report(self) -> None:
        """Tell the finished share."""
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


def _run(systems: Iterator[Any], executor: Executor, task: _Task, ahead: int, ledger: _Ledger) -> Sweep:
    """Keep `ahead` systems in flight until all are done, or until the executor or the user ends it."""
    waiting: dict[Future[Parcel], int] = {}
    end: BaseException | None = None
    try:
        while end is None:
            end = _fill(waiting, islice(systems, ahead - len(waiting)), executor, task, ledger)
            ledger.report()
            if end is None and not waiting:
                return ledger.sweep()
            done = wait(waiting, return_when=FIRST_COMPLETED).done if end is None else ()
            for future in done:
                end = ledger.settle(waiting.pop(future), future) or end
    except KeyboardInterrupt as interrupt:
        end = interrupt
    finally:
        for future, index in waiting.items():
            if not future.cancel() and future.done():
                ledger.settle(index, future)
    if isinstance(end, KeyboardInterrupt):
        raise SweepInterrupted(ledger.sweep()) from None
    raise _stopped(end, ledger.sweep()) from end


def _fill(
    waiting: dict[Future[Parcel], int], systems: Iterable[Any], executor: Executor, task: _Task, ledger: _Ledger
) -> BaseException | None:
    """Submit systems; return what the executor says when it takes no more."""
    for system in systems:
        index = ledger.begin(system)
        content = Path(system).absolute() if isinstance(system, str | Path) else system
        try:
            future = executor.submit(task, Parcel(content))
        except (BrokenExecutor, RuntimeError) as error:  # broken, or shut down
            return error
        except Exception as error:  # noqa: BLE001 - Dask pickles at once, and this system cannot be pickled
            ledger.fail(index, error)
        else:
            waiting[future] = index
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


# -- arguments and labels ---------------------------------------------------------------------------------------------


def _iterator(systems: Any) -> Iterator[Any]:
    """Begin to iterate over systems; a single one, or a file of whatever, is no iterable of them."""
    single = isinstance(systems, str | bytes | bytearray | Path | LinearSystem | Mapping | IOBase) or is_sparse(systems)
    if not single and isinstance(systems, Iterable):
        try:
            return iter(systems)
        except TypeError:  # an array without axes says that it can be iterated
            pass
    raise InvalidArgumentError(
        "systems", "an iterable of systems", type(systems).__name__, "wrap a single one in a list"
    )


def _check_function(argument: str, value: Any, what: str) -> None:
    if value is not None:
        function(argument, value, what)


def _check_executor(executor: Any) -> None:
    if executor is not None and not isinstance(executor, Executor):
        raise InvalidArgumentError(
            "executor",
            "a concurrent.futures.Executor or None",
            f"{type(executor).__module__}.{type(executor).__qualname__}",
            "pass ProcessPoolExecutor(4), or client.get_executor() of a Dask client",
        )


def _ahead(executor: Executor | None) -> int:
    if executor is None:
        return 1
    workers = getattr(executor, "_max_workers", None)  # of both pools of the standard library
    return 2 * workers if isinstance(workers, int) else _AHEAD


def _label(system: Any) -> str:
    return os.fspath(system) if isinstance(system, str | Path) else str(getattr(system, "name", None) or "")


def _brief(result: Any) -> str:
    """One line about what was kept."""
    if not isinstance(result, ReducedModel):
        return repr(result).partition("\n")[0]
    text = f"{result.order} of {result.full_order} states"
    if not result.stable:
        return f"{text}, NOT STABLE beyond rounding"
    if result.measured is not None:
        return f"{text}, H∞ error {result.measured}"
    return text if result.bound is None else f"{text}, H∞ error at most {result.bound:.4g}"
