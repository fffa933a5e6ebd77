"""Small systems in batches: what is read, sent and solved together, and what came of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..linalg.arrays import is_sparse
from ..reduction.stacked_reduction import STACKED_STATES
from ..systems.linear_system import LinearSystem

__all__ = ["Batches", "Failed", "Sent"]


class Failed:
    """Why a system of a batch has no result.

    The error does not travel to another process: there the system is reduced once more by itself, so that the executor
    hands the error on with its traceback.

    Parameters
    ----------
    error : Exception or None
    """

    def __init__(self, error: Exception | None):
        self.error = error

    def __reduce__(self) -> tuple[type["Failed"], tuple[None]]:
        return Failed, (None,)


@dataclass
class Sent:
    """A batch on its way: indices and systems, and by position in the batch what came of them so far."""

    indices: list[int]
    systems: list[Any]
    outcomes: dict[int, Any] = field(default_factory=dict)


class Batches:
    """The systems of an iterator in batches of small ones; each other system is a batch of its own.

    The first batches have one system, so that results begin to come at once, and every `ahead` batches their size
    doubles. Near a known end they become smaller again, so that all workers end at about the same time.

    Parameters
    ----------
    systems : iterator
        Read no further than to the end of the batch that is asked for, or to the first system that is not small.
    limit : int
        Most systems in a batch.
    ahead : int
        Batches in flight.
    total : int
        Number of systems, 0 where it is not known.

    Examples
    --------
    >>> small = ([[-1.0]], [[1.0]], [[1.0]])
    >>> [len(batch) for batch in Batches(iter([small] * 9 + ["model.npz"]), 4, 1, 0)]
    [1, 2, 4, 2, 1]
    """

    def __init__(self, systems: Iterator[Any], limit: int, ahead: int, total: int):
        self._systems, self._limit, self._ahead = systems, limit, ahead
        self._left = total
        self._count = 0
        self._next: list[Any] = []  # read, and not small

    def __iter__(self) -> Iterator[list[Any]]:
        return self

    def __next__(self) -> list[Any]:
        batch = self._next or self._small_ones()
        if not batch:
            batch = self._next
        if not batch:
            raise StopIteration
        if batch is self._next:
            self._next = []
        self._count += 1
        self._left = max(self._left - len(batch), 0)
        return batch

    def _small_ones(self) -> list[Any]:
        """Read small systems up to the size of the batch, or to one that is not small, which is kept for later."""
        batch, size = [], self._size()
        for system in self._systems:
            if not _is_small(system):
                self._next = [system]
                break
            batch.append(system)
            if len(batch) >= size:
                break
        return batch

    def _size(self) -> int:
        doublings = min(self._count // self._ahead, self._limit.bit_length())
        share = -(-self._left // self._ahead) if self._left and self._ahead > 1 else self._limit
        return min(self._limit, share, 2**doublings)


def _is_small(system: Any) -> bool:
    """Whether a system may be one of a stack, as far as a glance tells."""
    if isinstance(system, LinearSystem):
        return system.nstates <= STACKED_STATES and system.E is None and not system.is_sparse
    if isinstance(system, tuple | list):
        A = system[0] if system else None
        return not is_sparse(A) and isinstance(A, np.ndarray | list | tuple) and len(A) <= STACKED_STATES
    states = getattr(system, "nstates", None)  # of control.StateSpace
    return isinstance(states, int) and states <= STACKED_STATES
