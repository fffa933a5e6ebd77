"""Exceptions (and one warning): each says which argument, what was expected, what came, and what to do.

All of them derive from :class:`DlnBalanceError`, so one ``except`` clause catches whatever the library
refuses; each also derives from the built-in ``ValueError`` or ``ArithmeticError`` that a caller would expect.
"""

from typing import Any

__all__ = [
    "ConversionWarning",
    "DlnBalanceError",
    "ExecutorError",
    "FileFormatError",
    "InvalidArgumentError",
    "NumericalError",
    "OrderError",
    "SingularDescriptorError",
    "SingularPencilError",
    "ToleranceError",
    "UnstableSystemError",
]


class DlnBalanceError(Exception):
    """Base of every exception raised on purpose by this library.

    Parameters
    ----------
    argument : str
        The argument (or file, or option) that is at fault.
    expected : str
        What it should have been.
    received : str
        What it was.
    remedy : str
        What the caller can do about it.

    Examples
    --------
    >>> raise InvalidArgumentError("A", "a square matrix", "shape (3, 2)", "pass as many rows as columns")
    Traceback (most recent call last):
        ...
    dlnbalance.errors.InvalidArgumentError: A: expected a square matrix, got shape (3, 2); pass as many rows as columns
    """

    def __init__(self, argument: str, expected: str, received: str, remedy: str):
        super().__init__(argument, expected, received, remedy)
        self.argument = argument
        self.expected = expected
        self.received = received
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.argument}: expected {self.expected}, got {self.received}; {self.remedy}"


class InvalidArgumentError(DlnBalanceError, ValueError):
    """An argument has the wrong shape, type or value."""


class OrderError(InvalidArgumentError):
    """The requested order cannot be had: out of range, or a cut through equal singular values.

    `largest` is the largest order that there is, where a larger one was asked for.
    """

    largest: int | None = None


class ToleranceError(InvalidArgumentError):
    """No order meets the requested tolerance."""


class UnstableSystemError(InvalidArgumentError):
    """Gramians are asked of a system that is not asymptotically stable (or not provably so)."""


class FileFormatError(InvalidArgumentError):
    """A file is missing, malformed, or of a kind that is not read or written here."""


class ExecutorError(InvalidArgumentError):
    """The executor of a sweep stopped working; `sweep` holds the results so far."""

    sweep: Any = None


class NumericalError(DlnBalanceError, ArithmeticError):
    """The answer cannot be computed to any accuracy in double precision."""


class SingularDescriptorError(NumericalError):
    """The descriptor matrix E is singular to working precision."""


class SingularPencilError(SingularDescriptorError):
    """A − λE is singular for every λ: the equations do not determine the states."""


class ConversionWarning(UserWarning):
    """A result comes in another form than what was passed in, because that form cannot hold it; the text says why."""
