"""Time base and signal names of systems: checked, and in words."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..linalg.arguments import items, real_number, shown, text
from ..linalg.arrays import Array

__all__ = [
    "abridged",
    "checked_names",
    "checked_time_base",
    "common_time_base",
    "counted",
    "joined_names",
    "time_base_in_words",
]


_SHOWN_POLES = 6  # that fit on a line


def checked_time_base(dt: Any) -> float | bool | None:
    """Return a time base as python-control writes it; refuse anything else."""
    if dt is None or dt is True:
        return dt
    seconds = real_number(
        "dt",
        dt,
        "0 (continuous), a positive sampling time, True or None",
        lambda seconds: 0 <= seconds < np.inf,
        remedy="give seconds between samples",
    )
    return seconds or 0


def common_time_base(first: float | bool | None, second: float | bool | None) -> float | bool | None:
    """Time base of two systems together, as in python-control: None goes with any, True with any sampling time.

    Raises
    ------
    InvalidArgumentError
        When they have different ones.

    Examples
    --------
    >>> common_time_base(None, 0), common_time_base(0.1, True)
    (0, 0.1)
    """
    if first is None or (first is True and second):
        return second
    if second is None or (second is True and first) or (first == second and second is not True):
        return first
    raise InvalidArgumentError(
        "other",
        f"dt = {first}",
        f"dt = {second}",
        "convert one of them to the other's time base (modelling.c2d and d2c), or correct its dt",
    )


def checked_names(argument: str, names: Sequence[str] | None, count: int, letter: str) -> tuple[str, ...]:
    """Return `count` different names, those that count the signals of a letter when there are none."""
    if names is None:
        return _counted_names(count, letter)
    given = [names] if isinstance(names, str) else items(argument, names, "a sequence of names")
    labels = tuple(text(argument, label, "names that are texts") for label in given)
    if len(labels) != count or len(set(labels)) != count:
        raise InvalidArgumentError(
            argument,
            f"{count} different names",
            shown(list(labels)),
            "name every signal once, or leave the names out",
        )
    return labels


@lru_cache
def _counted_names(count: int, letter: str) -> tuple[str, ...]:
    return tuple(f"{letter}[{i}]" for i in range(count))


def joined_names(groups: Sequence[Sequence[str]], owners: Sequence[str | None]) -> tuple[str, ...] | None:
    """Names of the signals of several systems together; None, for names that count them, where some would coincide.

    They are kept where they differ, and else preceded by the names of the systems, as in python-control.

    Examples
    --------
    >>> joined_names([["p", "v"], ["i"]], [None, None]), joined_names([["x[0]"], ["x[0]"]], ["arm", "motor"])
    (('p', 'v', 'i'), ('arm_x[0]', 'motor_x[0]'))
    """
    plain = tuple(name for group in groups for name in group)
    preceded = tuple(f"{owner}_{name}" for group, owner in zip(groups, owners, strict=True) for name in group)
    return next((names for names in (plain, preceded) if len(set(names)) == len(names)), None)


def counted(number: int, noun: str) -> str:
    """A number of things, in words."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def time_base_in_words(dt: float | bool | None) -> str:
    """A time base, in words."""
    if dt is None:
        return "time base unspecified (dt = None)"
    if dt is True:
        return "discrete (dt = True)"
    return f"discrete (dt = {dt:g})" if dt else "continuous (dt = 0)"


def abridged(names: tuple[str, ...]) -> str:
    """The names on one line, some left out where there are many."""
    return ", ".join(names if len(names) <= 8 else (*names[:6], "…", names[-1]))


def pole_in_words(pole: complex) -> str:
    """A pole to six digits, without an imaginary part where there is none; a pole at −0 is one at 0.

    Examples
    --------
    >>> pole_in_words(-2.0), pole_in_words(-1 + 3j), pole_in_words(-0.0)
    ('-2', '-1+3j', '0')
    """
    value = complex(pole)
    return f"{value.real + 0.0:.6g}" if value.imag == 0 else f"{value:.6g}"


def poles_in_words(poles: Array) -> str:
    """How many poles, and which; the first of many.

    Examples
    --------
    >>> poles_in_words(np.array([1.0])), poles_in_words(np.zeros(0))
    ('1 pole: 1', 'none')
    """
    if not poles.size:
        return "none"
    more = ", …" if poles.size > _SHOWN_POLES else ""
    return f"{counted(poles.size, 'pole')}: {', '.join(map(pole_in_words, poles[:_SHOWN_POLES]))}{more}"
