"""The compiled recursions, where they are built and wanted; the modules that call them can do without."""

import os
from typing import Any

__all__ = ["in_words", "recursions"]

_PURE = "DLNBALANCE_PURE"


def _found() -> tuple[Any, str]:
    """The compiled module, or None and why there is none."""
    if os.environ.get(_PURE, "0") not in ("", "0"):
        return None, f"{_PURE} is set"
    try:
        from . import _recursions
    except ImportError:
        return None, "not built: there was no C compiler"
    except TypeError:  # raised where a routine of SciPy has other arguments than at build time
        return None, "built for another SciPy"
    return _recursions, ""


recursions, _reason = _found()


def in_words() -> str:
    """Whether the recursions are compiled, and why not if they are not.

    Examples
    --------
    >>> in_words().split()[0] in ("compiled", "pure")
    True
    """
    return "pure Python" + f" ({_reason})" * bool(_reason) if recursions is None else "compiled"
