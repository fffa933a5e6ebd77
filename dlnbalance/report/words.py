"""What a report says about a reduced model beside its facts: what is proved, what was assumed, what to beware of."""

import math

from ..gramians.base import HINF_ERROR
from ..gramians.lyapunov import Lyapunov
from ..layout import capitalized
from ..reduction.projected_model import METHODS, ProjectedModel
from ..reduction.reduced_model import ReducedModel
from ..systems.signals import counted, poles_in_words, time_base_in_words

__all__ = ["assumptions", "guarantee", "lead", "subscript"]

_NOTHING = (
    "No bound for the error is proved here: the Gramians that were chosen prove none, or the reduced model is not"
    " stable."
)
_DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def lead(model: ProjectedModel) -> str:
    """The result in a sentence or two, with the error where it was measured."""
    order, *_ = model.order_facts()
    done, error = f"{order.text} were kept by {METHODS[model.method]}.", model.measured
    if error is None or not math.isfinite(error.value):
        return done
    if not isinstance(model, ReducedModel) or model.error_name != HINF_ERROR:
        return f"{done} {capitalized(error.norm)}, measured: {error}."
    return (
        f"{done} The largest difference between the two transfer functions, over all frequencies, is"
        f" {error.value:.4g}{_relative(error.value, model)}."
    )


def _relative(error: float, model: ProjectedModel) -> str:
    largest = float(model.hsv[:1].sum())
    if not largest:
        return ""
    return f": {error / largest:.2g} times the largest of the {model.values_name}"


def guarantee(model: ProjectedModel) -> list[str]:
    """What is proved about the error, in sentences; the first is a formula where it is the H∞ error that is bounded.

    Examples
    --------
    >>> import numpy as np
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem(np.diag([-1.0, -30.0]), np.ones((2, 1)), np.ones((1, 2)))
    >>> guarantee(dln.reduce(system, 1))[0]
    'σ₂ − ρ = 0.01452 ≤ ‖G − G₁‖∞ ≤ 2 Σ σᵢ + ρ = 0.02905  (i > 1),  ρ = ...e-15'
    """
    if model.bound is None or not model.error_is_finite:
        return [_NOTHING]
    if not isinstance(model, ReducedModel) or model.measure != HINF_ERROR:
        return [_other_words(model)]
    return [_hinf_formula(model), _hinf_words(model)]


def _other_words(model: ProjectedModel) -> str:
    return (
        f"The {model.measure} is at most {model.bound:.4g}, in exact arithmetic, as the tail of the"
        f" {model.values_name} proves. The accuracy floor of the full model is {_floor(model)}."
    )


def _hinf_formula(model: ReducedModel) -> str:
    """The chain of inequalities of balanced truncation; other kinds of Gramians have other factors before the tail."""
    name, lower = f"G{subscript(model.order)}", f"{model.lower_bound or 0:.4g}"
    upper = f"{model.bound:.4g}"
    if model.method == "hankel" or not isinstance(model.gramians, Lyapunov):
        return f"{lower} ≤ ‖G − {name}‖∞ ≤ {upper},  ρ = {model.rounding:.1e}"
    kept = model.balanced_order
    chain = f"σ{subscript(kept + 1)} − ρ = {lower} ≤ ‖G − {name}‖∞ ≤ 2 Σ σᵢ + ρ = {upper}"
    return f"{chain}  (i > {kept}),  ρ = {model.rounding:.1e}"


def _hinf_words(model: ReducedModel) -> str:
    bound, order = f"{model.bound:.4g}", counted(model.order, "state")
    beyond = "" if model.hsv_complete else " The values that follow those computed are not in the sum."
    return (
        "For every input signal u of finite energy, the outputs y of the full and yᵣ of the reduced model, both started"
        f" from rest, differ by ‖y − yᵣ‖₂ ≤ {bound} ‖u‖₂. No model with {order} can have an error smaller than"
        f" {model.lower_bound or 0:.4g}. In the sum, {model.values_name} that are equal to rounding count once.{beyond}"
        f" ρ is what rounding can add: in the data of the full model, whose accuracy floor is {_floor(model)}, in the"
        " computation of the Gramians and in the projection, to first order."
    )


def _floor(model: ProjectedModel) -> str:
    floors = model.accuracy_floor
    return f"{max(floors) if isinstance(floors, tuple) else floors:.1e}"


def assumptions(model: ProjectedModel) -> list[str]:
    """What the numbers of a report rest on, a sentence each."""
    found = [f"The method is {METHODS[model.method]}."]
    description = getattr(model.gramians, "description", "")
    if description:
        found.append(f"The Gramians are those of {description}.")
    found.append(f"Gramians: {capitalized(model.how)}.")
    if not isinstance(model, ReducedModel):
        return found
    found.append(
        f"The full model is linear and time-invariant, {time_base_in_words(model.full.dt)}; its matrices are"
        " taken as exact, up to rounding in double precision."
    )
    if model.kept is not None:
        kept = poles_in_words(model.kept.poles)
        found.append(f"Kept as they are: {kept}. Errors and bounds are those of the rest.")
    if model.descriptor is not None:
        found.append("E is singular: algebraic equations were eliminated, and a polynomial part is kept.")
    if not model.hsv_complete:
        found.append(f"Of the {model.values_name} only the {model.hsv.size} largest were computed.")
    return found


def subscript(number: int) -> str:
    """A number in subscript digits.

    Examples
    --------
    >>> subscript(12)
    '₁₂'
    """
    return f"{number}".translate(_DIGITS)
