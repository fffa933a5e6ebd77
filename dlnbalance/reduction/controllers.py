"""Controllers of lower order: what is small is judged inside the loop, and the loop is checked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from ..drawable import Drawable
from ..errors import InvalidArgumentError, OrderError, ToleranceError
from ..files.conversion import recognized
from ..gramians.base import GramianStrategy
from ..gramians.coprime import Coprime
from ..gramians.lyapunov import Lyapunov
from ..gramians.weighted import Weighted
from ..html_views import HtmlView
from ..linalg.arguments import one_of, positive_number
from ..linalg.immutable import Immutable
from ..norms.gaps import NuGap, nu_gap
from ..norms.loops import Loop, check_stabilizes, loop_of
from ..norms.peaks import PeakGain
from ..norms.system_norms import hinf_norm
from ..summary import Fact, Summary, headline, told
from .kept import checked_wish
from .projected_model import Method
from .reduced_model import ReducedModel
from .truncation import reduce, selection_of

__all__ = ["Criterion", "ReducedController", "reduce_controller"]

Criterion = Literal["input", "output", "performance", "coprime", "plain"]

#: What the reduction of a controller keeps small, in words.
CRITERIA: dict[str, str] = {
    "input": "‖(K − K_r)(I ∓ GK)⁻¹G‖_∞, below 1 for a stable loop",
    "output": "‖(I ∓ GK)⁻¹G(K − K_r)‖_∞, below 1 for a stable loop",
    "performance": "‖(I ∓ GK)⁻¹G(K − K_r)(I ∓ GK)⁻¹‖_∞, the change of the closed loop to first order",
    "coprime": "the ν-gap of the controllers, below the stability margin for a stable loop",
    "plain": "‖K − K_r‖_∞, whatever the plant",
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReducedController(Immutable, Drawable, HtmlView):
    r"""A controller of lower order, and what becomes of the loop with it.

    Attributes
    ----------
    controller : same type as the controller that was passed in
        The reduced controller K_r.
    model : ReducedModel
        How it was reduced: singular values, what was kept, and the error in the measure of the criterion.
    criterion : str
        What was kept small.
    loop, reduced_loop : Loop
        The plant with the given and with the reduced controller.
    stable : bool
        Whether the loop with the reduced controller is stable beyond rounding.

    See Also
    --------
    dlnbalance.reduce_controller : reduce a controller so that its loop with a plant stays stable and changes little.
    dlnbalance.norms.Loop : a plant G and a controller K in a loop.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> plant = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    >>> controller = dln.LinearSystem([[-1.0, 0.0], [0.0, -9.0]], [[1.0], [0.1]], [[1.0, 0.1]])
    >>> dln.reduce_controller(plant, controller, order=1).controller.nstates
    1
    """

    model: ReducedModel
    criterion: Criterion
    loop: Loop = field(repr=False)
    reduced_loop: Loop = field(repr=False)

    @property
    def controller(self) -> Any:
        """The reduced controller, of the type that was passed in."""
        return self.model.system

    @property
    def order(self) -> int:
        """Number of states of the reduced controller."""
        return self.model.order

    @property
    def stable(self) -> bool:
        """Whether the loop with the reduced controller is stable beyond rounding."""
        return self.reduced_loop.stable

    @cached_property
    def loop_error(self) -> PeakGain:
        """‖T − T_r‖_∞ of the closed loops T from disturbances of output and input to what the controllers get and give.

        Infinite where the loop with the reduced controller is not stable; found on first use.
        """
        if not self.stable:
            return PeakGain(value=np.inf, frequency=np.nan)
        return hinf_norm(self.loop.closed - self.reduced_loop.closed)

    @property
    def relative_loop_error(self) -> float:
        """`loop_error` over the largest gain ‖T‖_∞ of the loop with the given controller."""
        return self.loop_error.value / self.loop.norm.value

    @cached_property
    def gap(self) -> NuGap:
        """δ_ν(K, K_r); found on first use."""
        return nu_gap(self.loop.controller, self.reduced_loop.controller)

    @property
    def why_stable(self) -> str:
        """What says that the loop is stable beside its poles: a criterion that is met, in words; empty for none."""
        if not self.stable:
            return ""
        if self.criterion in ("input", "output") and self.model.error().value < 1:
            return f"weighted error {self.model.error().value:.4g} < 1"
        if self.gap.value < self.loop.margin:
            return f"ν-gap {self.gap.value:.4g} < margin {self.loop.margin:.4g}"
        return ""

    def summary(self) -> Summary:
        """Facts about the result: keys and values for programs, labels and words for people."""
        error = self.model.error() if self.model.error_is_finite else None
        why = self.why_stable
        loop = "stable" + (f" ({why})" if why else ", by its poles") if self.stable else "NOT STABLE"
        loop_error = f"{self.loop_error}, {self.relative_loop_error:.3g} of the largest gain of the loop"
        return [
            Fact("kind", "", "controller"),
            Fact("system", "Controller", headline(self.loop.controller)),
            Fact("criterion", "Kept small", self.criterion, words=CRITERIA[self.criterion]),
            Fact("order", "Order", self.order, words=f"{self.order} of {self.model.full_order} states"),
            Fact("loop_stable", "Loop", self.stable, words=loop),
            Fact("loop_error", "Change of the loop", self.loop_error.value, words=loop_error),
            Fact("error", self.model.error_name, error and error.value, words=f"{error}" if error else "infinite"),
            Fact("nu_gap", "ν-gap of the controllers", self.gap.value, words=f"{self.gap}"),
            Fact("margin", "Stability margin before", self.loop.margin),
            Fact("reduced_margin", "Stability margin after", self.reduced_loop.margin),
            Fact("gramians", "Gramians", self.model.how),
        ]

    def __repr__(self) -> str:
        return told("ReducedController", self.summary(), ("order", "loop_stable"))


def reduce_controller(
    plant: Any,
    controller: Any,
    order: Any = None,
    *,
    tol: float | None = None,
    criterion: Criterion = "input",
    sign: float = -1,
    method: Method = "truncate",
    combination: Any = "enns",
) -> Any:
    r"""Reduce a controller so that its loop with a plant stays stable and changes little.

    The stable part of K is reduced by balanced truncation of its Gramians between weights that the loop defines; its
    other poles are kept. With K_r the loop is stable when both have as many unstable poles and

    .. math:: ‖(K - K_r) (I \mp GK)^{-1} G‖_\infty < 1 \quad\text{("input")} \qquad\text{or}\qquad
              ‖(I \mp GK)^{-1} G (K - K_r)‖_\infty < 1 \quad\text{("output")},

    or when :math:`δ_ν(K, K_r) < b_{G,K}` ("coprime", by normalized coprime factors of K). "performance" keeps the
    change of the closed loop small to first order.

    Parameters
    ----------
    plant, controller : LinearSystem or anything :func:`as_system` reads
        G with m inputs and p outputs, K with p inputs and m outputs, continuous or discrete; K stabilizes G.
    order : int or sequence of int, optional
        Number of states to keep, unstable ones included. Several give a list of results from one solution.
    tol : float, optional
        Instead of an order: the least order with a stable loop whose closed-loop error is at most `tol` times the
        largest gain ‖T‖_∞ of the loop.
    criterion : {"input", "output", "performance", "coprime", "plain"}
        What to keep small; "plain" knows nothing of the plant.
    sign : {-1, 1}
        -1 for negative feedback, u = −K y.
    method : {"truncate", "residualize"}
        As in :func:`~dlnbalance.reduction.truncation.reduce`.
    combination : number, str or pair
        As in :class:`~dlnbalance.gramians.weighted.Weighted`.

    Returns
    -------
    ReducedController or list of them
        Its ``controller`` is of the type passed in. A reduced loop that is not stable is returned, too, and says so.

    Raises
    ------
    UnstableSystemError
        When the controller does not stabilize the plant with this sign.
    OrderError
        For an order that would cut equal singular values, or poles that are kept.
    ToleranceError
        When no order below that of K meets `tol`.
    InvalidArgumentError
        When signals or time bases do not fit, or neither or both of order and tol are given.

    Notes
    -----
    The weights have the states of plant and controller together. The Gramians are solved for once; `tol` measures the
    loop for every order tried, from the least on, O((n + 2n_K)³) each.

    References
    ----------
    .. [1] D. F. Enns, "Model reduction with balanced realizations", Proc. 23rd IEEE CDC (1984) 127-132.
    .. [2] B. D. O. Anderson, Y. Liu, "Controller reduction: concepts and approaches", IEEE Trans. Automat. Control 34
       (1989) 802-812.
    .. [3] A. Varga, B. D. O. Anderson, "Accuracy-enhancing methods for balancing-related frequency-weighted model and
       controller reduction", Automatica 39 (2003) 919-927 (SLICOT's SB16AD).
    .. [4] G. Vinnicombe, "Uncertainty and Feedback", Imperial College Press 2001 (the ν-gap).

    See Also
    --------
    dlnbalance.norms.loops.stability_margin : the margin b of a loop.
    dlnbalance.gramians.weighted.Weighted : weights of your own.

    Examples
    --------
    SLICOT's example of SB16AD, with positive feedback: a controller with an unstable pole, which is kept.

    >>> import dlnbalance as dln
    >>> plant = dln.LinearSystem([[-1, 0, 4], [0, 2, 0], [0, 0, -3]], np.ones((3, 1)), np.ones((1, 3)))
    >>> controller = dln.LinearSystem(
    ...     [[-26.4, 6.4023, 4.3868], [32, 0, 0], [0, 8, 0]], [[-16], [0], [0]], [[9.2994, 1.1624, 0.109]]
    ... )
    >>> result = reduce_controller(plant, controller, 2, sign=1)
    >>> result.model.hsv.round(4).tolist(), result.stable, bool(result.loop_error.value < 100)
    ([3.8253, 0.2005], True, True)
    """
    one_of("criterion", criterion, get_args(Criterion))
    one_of("method", method, get_args(Method))
    loop = loop_of(plant, controller, sign)
    check_stabilizes(loop)
    gramians = _gramians(loop, criterion, combination)

    def judged(model: ReducedModel) -> ReducedController:
        reduced_loop = Loop(loop.plant, model.linear, loop.sign)
        return ReducedController(model=model, criterion=criterion, loop=loop, reduced_loop=reduced_loop)

    if (order is None) == (tol is None):
        given = "both" if order is not None else "neither"
        raise InvalidArgumentError("order", "either order= or tol=", given, "pass one of them")
    if order is None:
        tolerance = positive_number("tol", tol)
        selection = selection_of(recognized(controller), gramians, method, checked_wish("keep", 0.0))
        return _within(lambda each: judged(selection.of_order(each, "order")), tolerance, loop)
    models = reduce(controller, order, gramians=gramians, method=method)
    return [judged(model) for model in models] if isinstance(models, list) else judged(models)


def _gramians(loop: Loop, criterion: Criterion, combination: Any) -> GramianStrategy:
    """Gramians of the controller in which what the criterion asks for is small."""
    if criterion == "plain":
        return Lyapunov()
    if criterion == "coprime":
        return Coprime()
    weights = {
        "input": {"input": loop.disturbed},
        "output": {"output": loop.disturbed},
        "performance": {"input": loop.sensitivity, "output": loop.disturbed},
    }
    return Weighted(**weights[criterion], combination=combination)


def _within(found: Callable[[int], ReducedController], tol: float, loop: Loop) -> ReducedController:
    """The controller of least order whose loop is stable and changes by no more than asked for."""
    reached = np.inf
    for order in range(loop.controller.nstates):
        try:
            result = found(order)
        except OrderError:  # equal singular values, or poles that are kept
            continue
        reached = min(reached, result.relative_loop_error)
        if result.stable and result.relative_loop_error <= tol:
            return result
    remedy = "ask for less accuracy, or try another criterion"
    raise ToleranceError("tol", f"at least {reached:.3g}, the least change of the loop", f"{tol:.3g}", remedy)
