"""Many reductions at once, on the cores of one machine or on a cluster; one failure does not lose the others."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from concurrent.futures import Executor
from io import IOBase
from pathlib import Path
from typing import Any, get_args

from ..errors import InvalidArgumentError
from ..gramians.automatic import Automatic
from ..gramians.base import GramianStrategy, checked_strategy
from ..linalg.arguments import flag, function, one_of
from ..linalg.arrays import is_sparse, whole_number
from ..quiver.integration import Progress
from ..reduction.kept import Unstable, checked_wish
from ..reduction.orders import checked_request
from ..reduction.projected_model import Method
from ..systems.linear_system import LinearSystem
from .batches import Batches
from .results import Sweep
from .schedule import Ledger, run
from .tasks import CallingProcess, Keep, Task, blas_threads

__all__ = ["reduce_many"]

# Systems in flight on an executor that does not say how many workers it has: enough to keep a cluster of sixty-four
# busy, few enough to hold in memory.
_AHEAD = 128

# Systems in a batch: enough that the calls of a stack are shared, few enough for its arrays to stay in the cache; and
# on their way to workers few enough that none has to wait for long.
_BATCH = 256
_SENT = 64


def reduce_many(
    systems: Iterable[Any],
    executor: Executor | None = None,
    *,
    order: int | Sequence[int] | None = None,
    tol: float | None = None,
    rtol: float | None = None,
    gramians: GramianStrategy = Automatic(),
    method: Method = "truncate",
    unstable: Unstable = "keep",
    offset: float = 0.0,
    measure: bool = False,
    keep: Keep | None = None,
    threads: int | None = 1,
    ahead: int | None = None,
    batch: int | None = None,
    descriptor: bool = True,
    receive: Callable[[int, Any], None] | None = None,
    progress: Progress | None = None,
) -> Sweep:
    r"""Reduce many systems, each as :func:`dlnbalance.reduce` would, on the workers of an executor.

    Parameters
    ----------
    systems : iterable of LinearSystem or anything :func:`as_system` reads
        Also a generator: it is asked for no more than `ahead` batches before their turn. Files are read by the
        workers; relative paths are resolved before they are sent.
    executor : concurrent.futures.Executor, optional
        ThreadPoolExecutor, ProcessPoolExecutor, ``client.get_executor()`` of a Dask client, MPIPoolExecutor of
        mpi4py, … It is left open. Left out, the calling process does the work.
    order, tol, rtol, gramians, method, unstable, offset
        As for :func:`dlnbalance.reduce`, the same for all systems; of several orders each system gets a list of models.
    measure : bool
        Whether the workers measure the H∞ error, too, so that ``error()`` and ``measured`` have it at once.
    keep : callable, optional
        Called by the worker with each ReducedModel; what it returns takes the place of the model in the result.
        On processes it must be a function of a module (``operator.attrgetter("system")`` is one).
    threads : int or None
        Number of BLAS threads in every worker, and in the calling process during the sweep: with one thread each, as
        many workers as there are cores use all of them. None leaves BLAS alone, which is right when
        OMP_NUM_THREADS is set for the workers. Without an executor BLAS keeps its threads.
    ahead : int, optional
        Largest number of systems in flight: submitted and not finished; a batch counts as one. Left out, twice the
        number of workers of a thread or process pool, 128 for other executors, 1 without one. Make it twice the number
        of workers of a larger cluster.
    batch : int, optional
        Largest number of small systems (dense and explicit, of up to 32 states) that are read, sent and solved
        together; 1 for one by one. Left out, 64 with an executor and 256 without one. The first batches are smaller.
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

    Small systems of equal shape are solved in stacks, from their eigenvalues (see
    :mod:`dlnbalance.gramians.stacks`), as far as these give the Hankel singular values of the Schur form to 1e-12 σ_1;
    all others, and those that are refused, are reduced one by one. For ten states that is five times as fast. By
    tolerance it is the same, except for systems that meet the tolerance so narrowly, or at so small a singular value,
    that rounding may decide which order they need.

    A ReducedModel comes back complete, so that ``error()`` works: about 3n² + 2nr numbers, for the full system, its
    Gramian factors and the bases. Schur forms and other caches stay behind. Where that is too much to send or to
    hold, let the workers `measure` the error and `keep` only what is needed.

    See Also
    --------
    dlnbalance.reduce : fewer states, or hidden widths, with a bound of the error.
    dlnbalance.Sweep : results of many reductions, in the order of the systems.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> stable, unstable = ([[[pole]], [[1.0]], [[1.0]]] for pole in (-1.0, 1.0))
    >>> with ThreadPoolExecutor(2) as pool:
    ...     sweep = reduce_many([stable, unstable, stable], pool, order=1, unstable="refuse")
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
    checked_wish(unstable, offset)
    name, value = checked_request(order, tol, rtol)
    limit = None if threads is None else whole_number("threads", threads, remedy="or pass None, see reduce_many")
    if executor is None:
        limit = None
    request = {name: value, "gramians": gramians, "method": method, "unstable": unstable, "offset": offset}
    task = Task(request, descriptor, measure, keep, limit)
    in_flight = _ahead(executor) if ahead is None else whole_number("ahead", ahead)
    most = (_BATCH if executor is None else _SENT) if batch is None else whole_number("batch", batch)
    total = len(systems) if isinstance(systems, Sized) else 0
    ledger = Ledger(total, receive, progress)
    with blas_threads(limit):
        return run(Batches(given, most, in_flight, total), executor or CallingProcess(), task, in_flight, ledger)


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
