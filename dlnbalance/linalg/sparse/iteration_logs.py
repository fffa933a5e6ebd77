"""What an iteration on residuals says about itself while it runs, by Python's logging."""

import logging
import math
from collections.abc import Sequence

__all__ = ["finished_share", "log_residuals"]


def log_residuals(log: logging.Logger, count: int, residuals: Sequence[float], tol: float) -> None:
    """Log relative residuals after a factorization, at level INFO.

    The record has two more attributes, for whoever shows progress: ``share``, the finished part from 0 to 1, and
    ``status``, the residuals in words.

    Examples
    --------
    >>> log = logging.getLogger("iteration")
    >>> log.addFilter(lambda record: print(record.getMessage(), round(record.share, 3)))
    >>> log.setLevel(logging.INFO)
    >>> log_residuals(log, 12, [1e-5, 1e-8], 1e-10)
    factorization 12: residuals 1.0e-05, 1.0e-08 0.5
    """
    if not log.isEnabledFor(logging.INFO):
        return
    status = f"residuals {', '.join(f'{residual:.1e}' for residual in residuals)}"
    extra = {"share": min(finished_share(residual, tol) for residual in residuals), "status": status}
    log.info("factorization %d: %s", count, status, extra=extra)


def finished_share(residual: float, tol: float) -> float:
    """How many of the digits that a tolerance asks for a relative residual has, from 0 to 1.

    Examples
    --------
    >>> finished_share(1e-5, 1e-10), finished_share(0.0, 1e-10), finished_share(3.0, 1e-10)
    (0.5, 1.0, 0.0)
    """
    if residual <= tol:
        return 1.0
    return math.log(residual) / math.log(tol) if residual < 1 else 0.0
