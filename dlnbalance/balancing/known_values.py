"""Hankel singular values, and to how many digits each of them is known."""

from dataclasses import dataclass

import numpy as np

from ..gramians.automatic import Automatic
from ..gramians.base import Gramians, GramianStrategy
from ..gramians.low_rank import LowRankGramians
from ..gramians.lyapunov import Lyapunov
from ..gramians.stability import check_stable
from ..linalg.arrays import Array, Indices, frozen
from ..linalg.immutable import Immutable
from ..networks.factor_pairs import as_factor_pair
from ..norms.accuracy import accuracy_floor
from ..structured.linear import LinearModel
from ..structured.model import StateSpaces
from ..summary import Fact, Summary, listed, told
from ..systems.diagonal_forms import DiagonalForm, diagonal_form
from .diagonal_values import diagonal_values

__all__ = ["HankelValues", "known_values", "plain_values"]

_MOST_DIGITS = 15  # that every double has
# Up to here values of a diagonal form cost no more than a few times those of a Schur form: states, and entries of B or C.
_STATES, _ENTRIES = 500, 1000

_DIAGONAL = "poles and residues, factors accurate entry by entry"
_ROUNDED = "one rounding of the matrices, and of the factors"
_RESIDUAL = f"estimated from the residuals, and {_ROUNDED}"
_FACTORS = "rounding in the product of the factors alone"


@dataclass(frozen=True, kw_only=True, eq=False)
class HankelValues(Immutable):
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


def plain_values(model: StateSpaces, gramians: GramianStrategy) -> tuple[Array, ...]:
    """Hankel singular values of every state space of a model, without a word on their errors."""
    form = _form_of(model, gramians)
    if form is not None:
        return (frozen(diagonal_values(form)[0]),)
    return tuple(pair.singular_values for pair in model.solve(gramians).pairs)


def known_values(model: StateSpaces, gramians: GramianStrategy) -> tuple[HankelValues, ...]:
    """The values of every state space of a model and what is known about them; O(n²) a frequency more.

    Notes
    -----
    Stable systems whose states are their modes (see :func:`~dlnbalance.systems.diagonal_forms.diagonal_form`) have
    every value to its own digits, see :func:`~dlnbalance.balancing.diagonal_values.diagonal_values`. Of all others the
    errors are the same for all values: the accuracy floor (:func:`~dlnbalance.norms.accuracy.accuracy_floor`) and
    rounding in the factors; for thin factors their residuals are added; for other kinds of Gramians and classes of
    models, rounding in the factors alone.
    """
    form = _form_of(model, gramians)
    if form is not None:
        values, errors = map(frozen, diagonal_values(form))
        name = Lyapunov.values_name
        return (HankelValues(values=values, errors=errors, values_name=name, how=_DIAGONAL, measure=_measured(form)),)
    if isinstance(model, LinearModel):
        return (_of_system(model, gramians),)
    solved = model.solve(gramians)
    name = solved.proof.values_name
    return tuple(
        _uniform(pair.singular_values, pair.accuracy_floor, name, solved.how, _FACTORS) for pair in solved.pairs
    )


def _form_of(model: StateSpaces, gramians: GramianStrategy) -> DiagonalForm | None:
    """The diagonal form of a stable system that shows one and is small enough, where its Lyapunov Gramians are asked."""
    if not isinstance(model, LinearModel):
        return None
    system = model.system
    if system.nstates > _STATES or max(system.B.size, system.C.size) > _ENTRIES:
        return None
    if type(gramians.for_system(system)) is not Lyapunov:
        return None
    form = diagonal_form(system)
    if form is not None:
        check_stable(system)
    return form


def _measured(form: DiagonalForm) -> str:
    several = form.B.shape[1] > 1 or form.C.shape[0] > 1
    return "one rounding of B and C, and of the factors" + (", and their compression" if several else "")


def _of_system(model: LinearModel, gramians: GramianStrategy) -> HankelValues:
    """Values of a system with the same error for all."""
    system, strategy = model.system, gramians.for_system(model.system)
    found: Gramians = strategy.solve(system)
    pair = as_factor_pair(found.network)
    values = pair.singular_values
    error, measure = pair.accuracy_floor, _FACTORS
    if isinstance(found, LowRankGramians):
        error += accuracy_floor(system, pair) + float(values[:1].sum()) * sum(found.residuals)
        measure = _RESIDUAL
    elif isinstance(strategy, Lyapunov | Automatic):
        error, measure = error + accuracy_floor(system), _ROUNDED
    return _uniform(values, error, strategy.values_name, found.how, measure)


def _uniform(values: Array, error: float, name: str, how: str, measure: str) -> HankelValues:
    errors = frozen(np.full(values.size, error))
    return HankelValues(values=values, errors=errors, values_name=name, how=how, measure=measure)
