"""What callers pass, checked in one place: numbers, choices, switches, functions, texts, paths, sequences.

Matrices, whole numbers and random generators are checked in :mod:`dlnbalance.linalg.arrays`, systems by
:func:`~dlnbalance.systems.linear_system.as_system`, networks by :func:`~dlnbalance.networks.network.as_network`. Each
of these functions returns what it was given in the type that is computed with, or refuses it by its name.
"""

import math
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from difflib import get_close_matches
from io import IOBase
from pathlib import Path
from typing import Any, TypeVar

from ..errors import InvalidArgumentError

__all__ = [
    "as_path",
    "did_you_mean",
    "flag",
    "function",
    "instance",
    "is_integer",
    "items",
    "one_of",
    "positive_number",
    "real_number",
    "shown",
    "text",
]

_LONGEST = 100  # characters of a value that a message shows
_NEAR = 0.7  # share of common letters from which on one name is taken for another misspelt: below, for a different word

T = TypeVar("T")


def shown(value: Any) -> str:
    """Show a value in a message: on one line, shortened, and whatever its ``repr`` does.

    Examples
    --------
    >>> shown("center"), shown(10**5000), shown(range(3))
    ("'center'", 'an int', 'range(0, 3)')
    """
    try:
        words = " ".join(repr(value).split())
    except Exception:  # noqa: BLE001 - a repr that fails must not hide what is wrong with the argument
        return f"an {type(value).__name__}" if type(value).__name__[0] in "aeiou" else f"a {type(value).__name__}"
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def is_integer(value: Any) -> bool:
    """Whether `value` is an integer of Python or NumPy; booleans and durations, which derive from these, are none.

    Examples
    --------
    >>> import numpy as np
    >>> is_integer(np.uint8(3)), is_integer(True), is_integer(np.timedelta64(3, "s"))
    (True, False, False)
    """
    if isinstance(value, int):
        return not isinstance(value, bool)
    import numpy as np  # the command line checks its files without it

    return isinstance(value, np.integer) and not isinstance(value, np.timedelta64)


def real_number(
    argument: str,
    value: Any,
    expected: str = "a finite real number",
    accepts: Callable[[float], bool] = math.isfinite,
    *,
    remedy: str = "pass an int or a float",
) -> float:
    """Return `value` as a float when it is a real number, no boolean and no text, that `accepts` lets pass.

    Parameters
    ----------
    argument : str
        The name that error messages use.
    value : object
        What the caller passed.
    expected : str
        Which numbers are right, in words.
    accepts : callable
        The same as a condition; it must be false of NaN.
    remedy : str
        What the caller can do.

    Raises
    ------
    InvalidArgumentError
        For anything else.

    Examples
    --------
    >>> import numpy as np
    >>> real_number("p", np.float32(0.5)), real_number("beta", np.inf, "β > 0", lambda beta: beta > 0)
    (0.5, inf)
    """
    if is_integer(value) or _is_floating(value):
        try:
            number = float(value)
        except OverflowError:  # an int beyond the range of double precision
            number = math.nan
        if accepts(number):
            return number
    raise InvalidArgumentError(argument, expected, shown(value), remedy)


def _is_floating(value: Any) -> bool:
    if isinstance(value, float):
        return True
    import numpy as np

    return isinstance(value, np.floating)


def positive_number(
    argument: str, value: Any, *, or_zero: bool = False, remedy: str = "pass an int or a float in this range"
) -> float:
    """Return `value` as a float when it is a positive, finite number (or zero, where that is allowed).

    Examples
    --------
    >>> positive_number("rtol", 1e-3), positive_number("kappa", 0, or_zero=True)
    (0.001, 0.0)
    """
    if or_zero:
        return real_number(
            argument, value, "a finite number that is not negative", lambda x: 0 <= x < math.inf, remedy=remedy
        )
    return real_number(argument, value, "a positive, finite number", lambda x: 0 < x < math.inf, remedy=remedy)


def did_you_mean(value: Any, choices: Collection[str]) -> str:
    """Ask for the nearest of some names; nothing when none of them is near.

    Examples
    --------
    >>> did_you_mean("Lypunov", ("lyapunov", "low-rank")), did_you_mean("magic", ("lyapunov", "low-rank"))
    ("did you mean 'lyapunov'?", '')
    """
    named = {choice.lower(): choice for choice in choices}
    near = get_close_matches(value.lower(), named, n=1, cutoff=_NEAR) if isinstance(value, str) else []
    return f"did you mean {named[near[0]]!r}?" if near else ""


def one_of(argument: str, value: T, choices: Collection[str], *, remedy: str = "choose one of these") -> T:
    """Return `value` when it is one of the names in `choices`, unhashable values refused like all others.

    Examples
    --------
    >>> one_of("point", "flow", ("center", "flow"))
    'flow'
    """
    if isinstance(value, str) and value in choices:
        return value
    remedy = did_you_mean(value, choices) or remedy
    raise InvalidArgumentError(argument, " or ".join(map(repr, choices)), shown(value), remedy)


def flag(argument: str, value: Any) -> bool:
    """Return `value` when it is True or False; nothing else counts as either.

    Examples
    --------
    >>> import numpy as np
    >>> flag("sparse", np.True_)
    True
    """
    if isinstance(value, bool):
        return value
    import numpy as np

    if isinstance(value, np.bool_):
        return bool(value)
    raise InvalidArgumentError(argument, "True or False", shown(value), "pass one of these")


def function(argument: str, value: T, what: str, *, remedy: str = "pass a callable") -> T:
    """Return `value` when it can be called; `what` says what it should do.

    Examples
    --------
    >>> function("progress", print, "a function of the finished share") is print
    True
    """
    if callable(value):
        return value
    raise InvalidArgumentError(argument, what, shown(value), remedy)


def text(argument: str, value: Any, what: str = "a text", *, remedy: str = "pass a str") -> str:
    """Return `value` when it is a str.

    Examples
    --------
    >>> text("name", "heat-rod")
    'heat-rod'
    """
    return instance(argument, value, str, what, remedy)


def as_path(argument: str, value: Any) -> Path:
    """Return the path of a file; anything but a str or a path-like object of text is refused.

    Examples
    --------
    >>> as_path("path", "model.npz").suffix
    '.npz'
    """
    named = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(named, str) or "\0" in named:  # a path-like object may stand for bytes
        raise InvalidArgumentError(argument, "the path of a file", shown(value), "pass a str or a Path")
    return Path(named)


def instance(argument: str, value: Any, kind: type[T] | tuple[type[T], ...], what: str, remedy: str) -> T:
    """Return `value` when it is an instance of `kind` (of one of several), which `what` describes.

    Examples
    --------
    >>> instance("name", "rod", str, "a text", "pass a str")
    'rod'
    """
    if isinstance(value, kind):
        return value
    raise InvalidArgumentError(argument, what, _kind(value), remedy)


def _kind(value: Any) -> str:
    """What kind of thing a value is; the value itself where that says as much in a word."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return shown(value) if isinstance(value, str | int | float | None) else type(value).__name__


def items(argument: str, value: Any, what: str, *, remedy: str = "pass a list") -> list[Any]:
    """Return the items of a sequence, or of anything else that has an order, as a list.

    Texts are no sequences here, and neither are sets, mappings and the lines of a file.

    Examples
    --------
    >>> items("widths", (2, 3, 2), "all widths"), items("labels", (name for name in "ab"), "names")
    ([2, 3, 2], ['a', 'b'])
    """
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | bytearray | Mapping | AbstractSet | IOBase):
        try:
            return list(value)
        except TypeError:  # an array without axes says that it can be iterated
            pass
    raise InvalidArgumentError(argument, what, shown(value), remedy)
