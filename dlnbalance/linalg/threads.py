"""One BLAS thread for work that is too small to share: the second one costs more than it does."""

import math
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from threading import Lock, local
from typing import Any, ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

from ..errors import InvalidArgumentError

__all__ = ["one_thread", "threads_as_chosen", "threads_by_size"]

_VARIABLE = "DLNBALANCE_ONE_THREAD"  # of the environment: up to how many states BLAS is kept on one thread
# By default as many as this. On two busy cores two threads made `reduce` take 4, 7, 2, 15, 7 and 8 times as long at
# n = 50, 100, 200, 300, 400 and 600; on two idle ones they would save less than half: Schur forms and triangular
# recursions, most of the work, hardly use them. See docs/threads.md.
_STATES = 600

#: Where models, results and networks have their numbers of states or rows: one, or one for every time or layer.
_SIZES = ("nstates", "full_order", "widths", "dimensions")

P = ParamSpec("P")
R = TypeVar("R")
#: A handle on one copy of BLAS, and its number of threads before.
Before = list[tuple[Any, int]]


def threads_by_size(function: Callable[P, R]) -> Callable[P, R]:
    """Keep BLAS on one thread during calls of a function of a small model or matrix.

    The first argument that has a size decides. Small are models of up to 600 states, and matrices and layers of
    networks with no more columns. What cannot be seen without work, as in files and transfer functions, and what is
    larger, leaves BLAS alone. Costs some 10 microseconds a call.
    """

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        if _is("inside") or _is("chosen") or not _first_size(args) <= _largest():
            return function(*args, **kwargs)
        with one_thread():
            return function(*args, **kwargs)

    return limited


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS on one thread, and give it back the number that it had before.

    Most builds of BLAS have one number of threads for the whole process. It is given back when the last Python thread
    leaves, unless it was set to something else in the meantime; until then other work of the process runs on one
    thread, too. Contexts may be nested.
    """
    if _is("inside"):
        yield
        return
    libraries = _libraries()
    own = libraries.enter()
    _here.inside = True
    try:
        yield
    finally:
        _here.inside = False
        libraries.leave(own)


@contextmanager
def threads_as_chosen() -> Iterator[None]:
    """Leave BLAS the number of threads that it has, whatever the size of a model: somebody asked for it."""
    before, _here.chosen = _is("chosen"), True
    try:
        yield
    finally:
        _here.chosen = before


_here = local()


def _is(state: str) -> bool:
    """Whether this Python thread keeps BLAS on one thread ("inside"), or has a number that was asked for ("chosen")."""
    return getattr(_here, state, False)


class _Libraries:
    """The copies of BLAS in the process, and how many Python threads keep them on one thread."""

    def __init__(self) -> None:
        found = ThreadpoolController().select(user_api="blas").lib_controllers
        self._common = [library for library in found if _is_common(library)]
        self._separate = [library for library in found if not _is_common(library)]
        self._lock, self._inside = Lock(), 0
        self._before: Before = []

    def enter(self) -> Before:
        """Set all numbers of threads to one; return those that the calling thread has to give back itself."""
        with self._lock:
            if self._inside == 0:
                self._before = _set_to_one(self._common)
            self._inside += 1
        return _set_to_one(self._separate)

    def leave(self, separate: Before) -> None:
        """Give back the numbers of the calling thread, and after the last one those that all have in common."""
        _given_back(separate)
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                _given_back(self._before)


def _is_common(library: Any) -> bool:
    """Whether the number of threads is known to be one for the process; with OpenMP each thread may have its own."""
    return library.internal_api == "mkl" or (library.internal_api, library.threading_layer) == ("openblas", "pthreads")


def _set_to_one(libraries: Iterable[Any]) -> Before:
    before = [(library, library.get_num_threads()) for library in libraries]
    before = [(library, number) for library, number in before if number != 1]
    for library, _ in before:
        _set(library, 1)
    return before


def _given_back(before: Before) -> None:
    for library, number in before:
        if library.get_num_threads() == 1:  # anything else was set by somebody who wants it
            _set(library, number)


def _set(library: Any, number: int) -> None:
    """Set a number of threads, and leave it to any Python thread to set another one.

    New versions of threadpoolctl listen only to the first thread that sets that of OpenBLAS, until they are told
    otherwise; who gives back here need not be who took.
    """
    library.set_num_threads(number)
    release = getattr(library, "clear_controlling_thread", None)
    if release is not None:
        release()


_found: list[_Libraries] = []  # one, from the first call on
_search = Lock()  # or threads that search at once would count who is inside each for itself


def _libraries() -> _Libraries:
    """Find the copies of BLAS, once: it takes 5 ms. NumPy and SciPy, whose copies count, are loaded by now."""
    if not _found:
        import scipy.linalg  # noqa: F401

        with _search:
            if not _found:
                _found.append(_Libraries())
    return _found[0]


def _forget() -> None:
    """Begin anew in a child process: the threads that hold locks are not there."""
    global _search  # noqa: PLW0603 - the lock of the parent may be held for ever
    _search = Lock()
    _found.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


@cache
def _largest() -> int:
    """Return how many states are too few to share."""
    text = os.environ.get(_VARIABLE, "")
    if not text.strip():
        return _STATES
    if not text.strip().isdecimal():
        raise InvalidArgumentError(
            _VARIABLE, "a number of states, 0 for no limit of threads", repr(text), "unset it, or set it to 0 or more"
        )
    return int(text)


def _first_size(arguments: Iterable[Any]) -> float:
    return next((size for size in map(_size, arguments) if size < math.inf), math.inf)


def _size(model: Any) -> float:
    """Return the number of states of a model or of matrices (A, B, C), the width of a network; else infinity."""
    for name in _SIZES:
        size = getattr(model, name, None)
        if isinstance(size, int):
            return size
        if isinstance(size, tuple):
            return max(size, default=0)
    shape = getattr(model[0] if isinstance(model, tuple) and model else model, "shape", None)
    return shape[-1] if isinstance(shape, tuple) and shape else math.inf
