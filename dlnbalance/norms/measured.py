"""Errors that were measured: a value with its norm and the place where it was found."""

from dataclasses import dataclass

__all__ = ["Measured"]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A measured error; ``float()`` gives the value.

    Attributes
    ----------
    value : float
        The error; infinite where the difference of the two models has no finite norm.
    norm : str
        What was measured, in words.
    place : str
        Where the value was found, with its unit: a frequency, a member, a time. Empty where the norm is an integral.

    Examples
    --------
    >>> error = Measured(value=0.25, norm="H2 error", place="member 1")
    >>> print(error, float(error))
    0.25 at member 1 0.25
    """

    value: float
    norm: str
    place: str = ""

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        if self.value == float("inf"):
            return f"infinite at {self.place}" if self.place else "infinite"
        return f"{self.value:.6g} at {self.place}" if self.place else f"{self.value:.6g}"
