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

    See Also
    --------
    dlnbalance.ConversionWarning : a result comes in another form than what was passed in.

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
    """An argument has the wrong shape, type or value.

    See Also
    --------
    dlnbalance.DlnBalanceError : base of every exception raised on purpose by this library.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> try:
    ...     dln.LinearSystem([[1.0, 2.0]], [[1.0]], [[1.0]])
    ... except dln.errors.InvalidArgumentError as error:
    ...     print(error.argument)
    A
    """


class OrderError(InvalidArgumentError):
    """The requested order cannot be had: out of range, or a cut through equal singular values.

    `largest` is the largest order that there is, where a larger one was asked for.

    See Also
    --------
    dlnbalance.DlnBalanceError : base of every exception raised on purpose by this library.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> try:
    ...     dln.reduce(dln.examples.get("heat-rod"), order=1000)
    ... except dln.errors.OrderError as error:
    ...     print(error.argument)
    order
    """

    largest: int | None = None


class ToleranceError(InvalidArgumentError):
    """No order meets the requested tolerance.

    See Also
    --------
    dlnbalance.DlnBalanceError : base of every exception raised on purpose by this library.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> try:
    ...     dln.reduce(dln.examples.get("heat-rod"), tol=1e-30)
    ... except dln.errors.ToleranceError as error:
    ...     print(error.argument)
    tol
    """


class UnstableSystemError(InvalidArgumentError):
    """Gramians are asked of a system that is not asymptotically stable (or not provably so).

    See Also
    --------
    dlnbalance.DlnBalanceError : base of every exception raised on purpose by this library.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> try:
    ...     dln.hankel_singular_values(dln.LinearSystem([[1.0]], [[1.0]], [[1.0]]))
    ... except dln.errors.UnstableSystemError as error:
    ...     print(error.argument)
    system
    """


class FileFormatError(InvalidArgumentError):
    """A file is missing, malformed, or of a kind that is not read or written here.

    See Also
    --------
    dlnbalance.DlnBalanceError : base of every exception raised on purpose by this library.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> try:
    ...     dln.load("no-such-model.mat")
    ... except dln.errors.FileFormatError as error:
    ...     print(error.argument)
    no-such-model.mat
    """


class ExecutorError(InvalidArgumentError):
    """The executor of a sweep stopped working; `sweep` holds the results so far.

    See Also
    --------
    dlnbalance.DlnBalanceError : base of every exception raised on purpose by this library.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> issubclass(dln.errors.ExecutorError, dln.DlnBalanceError)
    True
    """

    sweep: Any = None


class NumericalError(DlnBalanceError, ArithmeticError):
    """The answer cannot be computed to any accuracy in double precision.

    See Also
    --------
    dlnbalance.DlnBalanceError : base of every exception raised on purpose by this library.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> issubclass(dln.errors.NumericalError, ArithmeticError)
    True
    """


class SingularDescriptorError(NumericalError):
    """The descriptor matrix E is singular to working precision.

    See Also
    --------
    dlnbalance.DlnBalanceError : base of every exception raised on purpose by this library.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> try:
    ...     dln.LinearSystem([[1.0]], [[1.0]], [[1.0]], E=[[0.0]]).explicit()
    ... except dln.errors.SingularDescriptorError as error:
    ...     print(error.argument)
    E
    """


class SingularPencilError(SingularDescriptorError):
    """A − λE is singular for every λ: the equations do not determine the states.

    See Also
    --------
    dlnbalance.DlnBalanceError : base of every exception raised on purpose by this library.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> try:
    ...     dln.LinearSystem([[0.0]], [[1.0]], [[1.0]], E=[[0.0]]).poles()
    ... except dln.errors.SingularPencilError as error:
    ...     print(error.argument)
    system
    """


class ConversionWarning(UserWarning):
    """A result comes in another form than what was passed in, because that form cannot hold it; the text says why.

    See Also
    --------
    dlnbalance.as_system : turn anything that describes a linear system into a LinearSystem.
    dlnbalance.files.restore_type : return `system` as the kind of object that `like` is.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> issubclass(dln.ConversionWarning, UserWarning)
    True
    """
