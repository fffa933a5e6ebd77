"""How python-control reads a system: no time base is continuous time, and Gramians belong to a state space."""

from typing import Any

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..files.to_libraries import restore_type
from ..systems.linear_system import LinearSystem

__all__ = ["as_state_space", "as_timed_system", "returned"]


def as_timed_system(sys: Any) -> LinearSystem:
    """The system, in continuous time where its `dt` is None.

    Examples
    --------
    >>> as_timed_system(LinearSystem(-1, 1, 1, dt=None)).dt
    0
    """
    system = as_system(sys)
    return system.replaced(dt=0) if system.dt is None else system


def as_state_space(sys: Any) -> LinearSystem:
    """The same of an object that has states; transfer functions are refused, whose coordinates nobody has chosen.

    Raises
    ------
    InvalidArgumentError
        For transfer functions.

    Examples
    --------
    >>> as_state_space(([[-1.0]], [[1.0]], [[1.0]])).nstates
    1
    """
    if not hasattr(sys, "A") and (hasattr(sys, "num") or hasattr(sys, "zeros")):
        raise InvalidArgumentError(
            "sys",
            "a state space, in whose coordinates the answer is",
            f"a {type(sys).__name__}",
            "choose a realization by dlnbalance.as_system(sys); hsvd and balred need none",
        )
    return as_timed_system(sys)


def returned(result: LinearSystem, sys: Any) -> Any:
    """What came out, as the kind of object that came in and with its `dt`.

    Examples
    --------
    >>> given = LinearSystem(-1, 1, 1, dt=None)
    >>> returned(as_timed_system(given), given).dt is None
    True
    """
    dt = as_system(sys).dt
    return restore_type(result if dt is not None else result.replaced(dt=None), sys)
