"""Calls of other libraries' functions: what they return, what they refuse, and how long they take."""

import time
import warnings
from collections.abc import Callable
from typing import Any

__all__ = ["call_tool", "timed"]


def call_tool(run: Callable[[], Any], name: str) -> tuple[Any, str, float]:
    """Call a function of another library: its result or None, why there is none, and the wall time.

    Examples
    --------
    >>> call_tool(lambda: 1 / 0, "ratio")[:2]
    (None, 'ratio refused: division by zero')
    """
    start = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result, remark = run(), ""
    except Exception as error:  # noqa: BLE001 - whatever a tool raises is the finding that is reported
        reason = (str(error) or type(error).__name__).strip().splitlines()[0]
        result, remark = None, f"{name} refused: {reason}"
    return result, remark, time.perf_counter() - start


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    """Call a function: its result and the wall time.

    Examples
    --------
    >>> result, seconds = timed(lambda: 42)
    >>> result, seconds >= 0
    (42, True)
    """
    start = time.perf_counter()
    result = run()
    return result, time.perf_counter() - start
