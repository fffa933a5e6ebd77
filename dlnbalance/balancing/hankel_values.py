"""What is known about Hankel singular values: each with its error, and its digits."""

from dataclasses import dataclass

import numpy as np

from ..drawable import Drawable
from ..linalg.arrays import Array, Indices
from ..linalg.immutable import Immutable
from ..summary import Fact, Summary, listed, told

__all__ = ["HankelValues"]

_MOST_DIGITS = 15  # that every double has


@dataclass(frozen=True, kw_only=True, eq=False)
class HankelValues(Immutable, Drawable):
    """Hankel singular values with what is known about each.

    Attributes
    ----------
    values : (n,) array
        σ_1 ≥ … ≥ σ_n.
    errors : (n,) array
        How far rounding can have moved each, absolute: to first order, bounds or estimates as `measure` says.
    values_name : str
        What these values are called.
    how : str
        One line on how they were computed.
    measure : str
        One line on what the errors account for.

    See Also
    --------
    dlnbalance.hankel_singular_values : returns one where digits are asked for.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> known = dln.hankel_singular_values(dln.LinearSystem([[-2.0]], [[4.0]], [[1.0]]), digits=True)
    >>> known.values.item(), known.digits.item()
    (1.0, 14)
    """

    values: Array
    errors: Array
    values_name: str
    how: str
    measure: str

    @property
    def relative_errors(self) -> Array:
        """The errors as shares of the values; infinite for zero."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.where(self.values > 0, self.errors / self.values, np.inf)

    @property
    def digits(self) -> Indices:
        """Decimal digits to which each value is known, 0 to 15."""
        with np.errstate(divide="ignore"):
            digits = -np.log10(self.relative_errors)
        return np.clip(np.floor(digits), 0, _MOST_DIGITS).astype(int)

    def summary(self) -> Summary:
        """Facts about the values: keys and values for programs, labels and words for people."""
        return [
            Fact("count", "", self.values.size, "values"),
            Fact("hankel_singular_values", self.values_name, self.values.tolist(), words=listed(self.values)),
            Fact("digits", "Digits", self.digits.tolist(), words=listed(self.digits)),
            Fact("errors", "", self.errors.tolist()),
            Fact("how", "Gramians", self.how),
            Fact("measure", "Errors", self.measure),
        ]

    def __repr__(self) -> str:
        return told("HankelValues", self.summary(), ("count",))
