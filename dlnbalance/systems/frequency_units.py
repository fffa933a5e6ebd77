r"""The unit in which texts show frequencies: rad/s, which all numbers are in, or Hz.

:math:`f = ω / 2π`. Without a stated sampling time rad/sample stands for rad/s, and cycles/sample for Hz. Only words
change; attributes and arguments stay in rad/s.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

from ..linalg.arguments import one_of

__all__ = ["FrequencyUnit", "frequencies_in", "frequency_text", "shown_unit", "unit_of", "unit_size"]

FrequencyUnit = Literal["rad/s", "Hz"]

_CYCLES = {"rad/s": "Hz", "rad/sample": "cycles/sample"}
_SHOWN: ContextVar[FrequencyUnit] = ContextVar("the unit in which frequencies are shown", default="rad/s")


@contextmanager
def frequencies_in(unit: FrequencyUnit) -> Iterator[None]:
    """Show frequencies in this unit, "rad/s" or "Hz", within a with-statement; in this thread only.

    Raises
    ------
    InvalidArgumentError
        For another unit.

    Examples
    --------
    >>> with frequencies_in("Hz"):
    ...     frequency_text(2 * math.pi * 50), frequency_text(math.pi, "rad/sample")
    ('50 Hz', '0.5 cycles/sample')
    >>> frequency_text(2 * math.pi * 50)
    '314.159 rad/s'
    """
    token = _SHOWN.set(one_of("unit", unit, ("rad/s", "Hz")))
    try:
        yield
    finally:
        _SHOWN.reset(token)


def shown_unit() -> FrequencyUnit:
    """The unit that :func:`frequencies_in` asks for, and "rad/s" elsewhere.

    Examples
    --------
    >>> shown_unit()
    'rad/s'
    """
    return _SHOWN.get()


def unit_size() -> float:
    """The unit shown, in rad/s: 1, or 2π for Hz.

    Examples
    --------
    >>> unit_size()
    1.0
    """
    return 1.0 if shown_unit() == "rad/s" else 2 * math.pi


def unit_of(unit: str) -> str:
    """What stands behind a frequency that is given in `unit`, "rad/s" or "rad/sample".

    Examples
    --------
    >>> with frequencies_in("Hz"):
    ...     unit_of("rad/s")
    'Hz'
    """
    return unit if shown_unit() == "rad/s" else _CYCLES[unit]


def frequency_text(omega: float, unit: str = "rad/s", digits: int = 6) -> str:
    """A frequency, given in `unit` ("rad/s" or "rad/sample"), in words.

    Examples
    --------
    >>> frequency_text(0.25, "rad/sample")
    '0.25 rad/sample'
    """
    return f"{omega / unit_size():.{digits}g} {unit_of(unit)}"
