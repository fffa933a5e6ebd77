"""Hankel singular values of models by the best way there is, with or without what is known about each."""

import numpy as np

from ..gramians.automatic import Automatic
from ..gramians.base import Gramians, GramianStrategy
from ..gramians.low_rank import LowRankGramians
from ..gramians.lyapunov import Lyapunov
from ..gramians.stability import check_stable
from ..linalg.arrays import Array, frozen
from ..networks.factor_pairs import as_factor_pair
from ..norms.accuracy import accuracy_floor
from ..structured.linear import LinearModel
from ..structured.model import StateSpaces
from ..systems.diagonal_forms import DiagonalForm, diagonal_form
from .diagonal_values import diagonal_values
from .hankel_values import HankelValues

__all__ = ["known_values", "plain_values"]

# States, and entries of B or C, up to which a diagonal form takes about a second: one to six times what a Schur form
# takes, and more only where there are many more signals than states, in hundredths of a second.
_STATES, _ENTRIES = 500, 1000
_SLOWER = 10  # what is missing from thin factors may decay more slowly than what is in them: an estimate, no bound

_DIAGONAL = "poles and residues, factors accurate entry by entry"
_ENTRIES_ROUNDED = "one rounding of B and C, and of the factors entry by entry"
_ROUNDED = "one rounding of the matrices, and of the factors"
_RESIDUAL = f"estimated from the residuals, and {_ROUNDED}"
_FACTORS = "rounding in the product of the factors alone"


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
        return (HankelValues(values=values, errors=errors, values_name=name, how=_DIAGONAL, measure=_ENTRIES_ROUNDED),)
    if isinstance(model, LinearModel):
        return (_of_system(model, gramians),)
    solved = model.solve(gramians)
    name = solved.proof.values_name
    return tuple(
        _uniform(pair.singular_values, pair.accuracy_floor, name, solved.how, _FACTORS) for pair in solved.pairs
    )


def _form_of(model: StateSpaces, gramians: GramianStrategy) -> DiagonalForm | None:
    """The diagonal form of a small stable system that shows one, where Lyapunov Gramians are asked for."""
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


def _of_system(model: LinearModel, gramians: GramianStrategy) -> HankelValues:
    """Values of a system with the same error for all."""
    system, strategy = model.system, gramians.for_system(model.system)
    found: Gramians = strategy.solve(system)
    pair = as_factor_pair(found.network)
    values = pair.singular_values
    error, measure = pair.accuracy_floor, _FACTORS
    if isinstance(found, LowRankGramians):
        error += accuracy_floor(system, pair) + _SLOWER * float(values[:1].sum()) * sum(found.residuals)
        measure = _RESIDUAL
    elif isinstance(strategy, Lyapunov | Automatic):
        error, measure = error + accuracy_floor(system), _ROUNDED
    return _uniform(values, error, strategy.values_name, found.how, measure)


def _uniform(values: Array, error: float, name: str, how: str, measure: str) -> HankelValues:
    errors = frozen(np.full(values.size, error))
    return HankelValues(values=values, errors=errors, values_name=name, how=how, measure=measure)
