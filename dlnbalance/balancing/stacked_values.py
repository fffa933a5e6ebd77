"""Hankel singular values of stacks of systems: arrays with one more axis in, an array with one more axis out."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import DlnBalanceError, InvalidArgumentError
from ..gramians.automatic import Automatic
from ..gramians.base import GramianStrategy
from ..gramians.lyapunov import Lyapunov
from ..gramians.stacks import gramian_stack
from ..linalg.arrays import Array
from ..systems.linear_system import LinearSystem

__all__ = ["is_stack", "stacked_values", "systems_of"]

_CHUNK = 256  # systems that are solved together: their arrays stay in the cache


def is_stack(system: Any) -> bool:
    """Whether a tuple (A, B, C, …) holds stacks of matrices: A is an array of three axes."""
    return isinstance(system, tuple | list) and len(system) > 2 and getattr(system[0], "ndim", 0) == 3


def stacked_values(system: Any, gramians: GramianStrategy) -> Array:
    """Hankel singular values (k, n) of the k systems of a stack; see :func:`hankel_singular_values`.

    Parameters
    ----------
    system : tuple
        Arrays A (k, n, n), B (k, n, m) and C (k, p, n), a D that does not count, and the time base of all.
    gramians : GramianStrategy
        Stacks are solved for those of Lyapunov's equations; any others system by system.

    Raises
    ------
    InvalidArgumentError
        When the arrays do not go together.
    DlnBalanceError
        What the first system raises that has no singular values, with a note that says which it is.

    Examples
    --------
    >>> A, B = np.array([[[-1.0]], [[-2.0]]]), np.ones((2, 1, 1))
    >>> stacked_values((A, B, B), Lyapunov()).round(12).tolist()
    [[0.5], [0.25]]
    """
    A, B, C, dt = _checked(system)
    values = np.empty(A.shape[:2])
    one_by_one = np.ones(len(A), dtype=bool)
    if A.shape[1] and dt is not None and isinstance(gramians, Automatic | Lyapunov):
        for start in range(0, len(A), _CHUNK):
            here = slice(start, start + _CHUNK)
            stack = gramian_stack(A[here], B[here], C[here], discrete=dt is True or dt > 0)
            values[here], one_by_one[here] = stack.values, ~stack.decided
    for index in np.flatnonzero(one_by_one):
        try:
            one = LinearSystem(A[index], B[index], C[index], dt=dt)
            found = gramians(one).singular_values
        except DlnBalanceError as error:
            error.add_note(f"system {index} of the stack")
            raise
        values[index] = found
    return values


def systems_of(system: Any) -> Iterator[LinearSystem]:
    """The systems of a stack, one by one."""
    A, B, C, dt = _checked(system)
    return (LinearSystem(*matrices, dt=dt) for matrices in zip(A, B, C, strict=True))


def _checked(system: Any) -> tuple[Array, Array, Array, Any]:
    """Return the arrays and the time base of a stack, their shapes, types and entries checked."""
    if len(system) > 5:
        raise InvalidArgumentError(
            "system", "(A, B, C), (A, B, C, D) or (A, B, C, D, dt)", f"{len(system)} items", "remove some"
        )
    A, B, C = (_numbers(name, array) for name, array in zip("ABC", system[:3], strict=True))
    k, n = A.shape[:2]
    m, p = B.shape[2], C.shape[1]
    if (A.shape, B.shape, C.shape) != ((k, n, n), (k, n, m), (k, p, n)) or 0 in (m, p):
        raise InvalidArgumentError(
            "system",
            "stacks (k, n, n), (k, n, m) and (k, p, n) of matrices",
            f"shapes {A.shape}, {B.shape} and {C.shape}",
            "make their sizes agree, with at least one input and one output",
        )
    # one small system with this time base checks it
    dt = LinearSystem([[0.0]], [[0.0]], [[0.0]], dt=system[4]).dt if len(system) == 5 else 0
    return A, B, C, dt


def _numbers(name: str, array: Any) -> Array:
    array = np.asarray(array)
    if array.ndim != 3 or array.dtype.kind not in "biufc":
        raise InvalidArgumentError(
            name,
            "a stack of matrices, as A is",
            f"shape {array.shape}, dtype {array.dtype}",
            "pass an array of numbers",
        )
    array = array.astype(complex if array.dtype.kind == "c" else float)
    if not np.isfinite(array).all():
        raise InvalidArgumentError(name, "finite numbers", "others", "check how this stack was computed or read")
    return array
