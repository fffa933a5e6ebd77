"""The reduced models of other orders that the Gramian factors of a result give, without solving for them again."""

import numpy as np

from ..linalg.arguments import instance
from ..linalg.arrays import whole_number
from ..structured.linear import LinearModel
from ..structured.model import Solved
from .other_methods import OTHER_METHODS, OtherSelection
from .partial_projection import GramianBlocks, PartialSelection
from .reduced_model import ReducedModel
from .selection import LinearSelection

__all__ = ["models_of_orders", "selection_behind"]

_MOST = 60  # orders: more than anyone looks through, and few enough for one page


def models_of_orders(model: ReducedModel, most: int = _MOST) -> list[ReducedModel]:
    r"""Models of the lowest orders that can be had from the Gramian factors of a result, and the result itself.

    Parameters
    ----------
    model : ReducedModel
        What :func:`dlnbalance.reduce` returned for a linear system. By ``method="irka"``, whose iteration starts anew
        for every order, it stays alone.
    most : int
        How many models at most.

    Returns
    -------
    list of ReducedModel
        By ascending order, without those that would separate Hankel singular values that count as equal. The given
        model is one of them, whatever its order.

    See Also
    --------
    dlnbalance.reduce : From the system itself; a sequence of orders shares one factorization as well.

    Notes
    -----
    O(n² r) each. All of them have the accuracy floor of the full system, which is found once.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem(np.diag([-1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)))
    >>> [(model.order, round(model.bound, 4)) for model in models_of_orders(dln.reduce(system, 2))]
    [(0, 1.5333), (1, 0.0659), (2, 0.0175), (3, 0.0)]
    """
    instance("model", model, ReducedModel, "what reduce returned for a linear system", "other models have one order")
    whole_number("most", most, 1, remedy="the given model is one of them")
    if model.method == "irka":
        return [model]
    selection = selection_behind(model)
    found = [selection.kept + cut for (cut,) in selection.candidates()]
    orders = [order for order in found if order != model.order][: most - 1]
    others = [selection.of_order(order, "order") for order in orders]
    for other in others:
        vars(other)["accuracy_floor"] = model.accuracy_floor
    return sorted([*others, model], key=lambda each: each.order)


def selection_behind(model: ReducedModel) -> LinearSelection:
    """All that could be chosen from where a result was chosen."""
    solved = Solved(model._pairs, model.how, model.complete, model.gramians)
    part, given = LinearModel(model.balanced.full), LinearModel(model.full)
    if isinstance(model.gramians, GramianBlocks):
        names = part.system.states
        fixed = np.array([names.index(name) for name in model.gramians.states], dtype=int)
        return PartialSelection(model=part, solved=solved, method=model.method, given=given, fixed=fixed)
    kind = OtherSelection if model.method in OTHER_METHODS else LinearSelection
    return kind(
        model=part,
        solved=solved,
        method=model.method,
        given=given,
        descriptor=model.descriptor,
        aside=model.kept,
    )
