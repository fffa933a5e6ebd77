"""Small systems of equal shape reduced at once, as far as stacked Gramian factors decide them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from ..errors import DlnBalanceError
from ..gramians.automatic import Automatic
from ..gramians.base import ErrorBounds, GramianStrategy
from ..gramians.lyapunov import Lyapunov
from ..gramians.stacks import GramianStack, gramian_stack
from ..linalg.arguments import is_integer
from ..linalg.arrays import EPS, Array, Indices, frozen
from ..structured.linear import LinearModel
from ..structured.model import Solved
from ..systems.linear_system import LinearSystem
from .kept import BalancedPart
from .orders import checked_request
from .projected_model import Method
from .reduced_model import ReducedModel
from .selection import LinearSelection

__all__ = ["STACKED_STATES", "reduce_stacked"]

#: States of the largest systems that are stacked: with more, the modes are rarely accurate enough, and the work of one
#: system is no longer small beside that of calling it.
STACKED_STATES = 32

# A singular value counts as different from its rounding errors only where it exceeds the floor that many times: the
# floor of the Schur form may be another, and whether there is a model of that order is for it to say.
_CLEAR = 10
# What rounding adds to a bound at most, by far, where a system is decided: for rounding of its data in units of σ_1,
# and for that of the projection in units of the floor times σ_1/σ_r. On the systems of `gramians.stacks` it was less
# than a hundredth of that. Tolerances that are not met by such a margin are left to the bound with its rounding.
_ROUNDING = 1e-9
_PROJECTION = 100
_PROOF: Any = Lyapunov()
_HOW = f"{_PROOF}, from the modes"


def reduce_stacked(
    systems: Sequence[Any],
    *,
    order: Any = None,
    tol: float | None = None,
    rtol: float | None = None,
    gramians: GramianStrategy = Automatic(),
    method: Method = "truncate",
    unstable: str = "keep",
    offset: float = 0.0,
) -> dict[int, Any]:
    """Reduce those of many systems that stacked Gramian factors decide; the others are for :func:`reduce`.

    Parameters
    ----------
    systems : sequence of LinearSystem or anything :func:`as_system` reads
        Of whatever shapes. What is no small, dense and explicit system is left out, and so is what fails.
    order, tol, rtol, gramians, method, unstable, offset
        As for :func:`~dlnbalance.reduction.truncation.reduce`.

    Returns
    -------
    dict
        By the index of the system, what `reduce` would return: equal to 1e-12 σ_1.

    Examples
    --------
    >>> systems = [([[pole]], [[1.0]], [[1.0]]) for pole in (-1.0, 1.0, -2.0)]
    >>> {index: round(model.hsv.item(), 12) for index, model in reduce_stacked(systems, order=1).items()}
    {0: 0.5, 2: 0.25}
    """
    del unstable  # the systems that are decided are stable
    if offset or not isinstance(gramians, Automatic | Lyapunov):
        return {}
    request, value = checked_request(order, tol, rtol)
    found: dict[int, Any] = {}
    for indices, models in _groups(systems):
        stack = _solved(models)
        orders = _orders(stack, request, value, method)
        for each in np.unique(orders[orders >= 0]):
            chosen = np.flatnonzero(orders == each)
            truncated = _truncated([models[i] for i in chosen], stack, chosen, int(each))
            found |= zip((indices[i] for i in chosen), truncated, strict=True)
        for i in map(int, np.flatnonzero(stack.decided & (orders < 0))):
            with suppress(DlnBalanceError):  # which `reduce` has to say
                result = _one_by_one(models[i], stack, i, request, value, method)
                if _is_clear(result, stack.floors[i]):
                    found[indices[i]] = result
    return found


def _groups(systems: Sequence[Any]) -> Iterator[tuple[list[int], list[LinearModel]]]:
    """The systems that can be stacked, by their shapes, time bases and types."""
    groups: dict[Any, tuple[list[int], list[LinearModel]]] = defaultdict(lambda: ([], []))
    for index, given in enumerate(systems):
        try:
            model = LinearModel(given)
        except Exception:  # noqa: BLE001 - whatever it is, `reduce` meets it again
            continue
        system = model.system
        if not 0 < system.nstates <= STACKED_STATES or system.is_sparse or system.E is not None or system.dt is None:
            continue
        kinds = system.A.dtype, system.B.dtype, system.C.dtype
        indices, models = groups[system.nstates, system.ninputs, system.noutputs, system.is_discrete, kinds]
        indices.append(index)
        models.append(model)
    yield from groups.values()


def _solved(models: Sequence[LinearModel]) -> GramianStack:
    A, B, C = (np.array([getattr(model.system, name) for model in models]) for name in "ABC")
    return gramian_stack(A, B, C, discrete=models[0].system.is_discrete)


def _one_by_one(model: LinearModel, stack: GramianStack, index: int, request: str, value: Any, method: Method) -> Any:
    """What `reduce` does once it has the Gramian factors."""
    solved = Solved((stack.pair(index),), _HOW, True, _PROOF)
    selection = LinearSelection(model=model, solved=solved, method=method, given=model)
    if request != "order":
        return selection.within(request, value)
    if isinstance(value, list):
        return [selection.of_order(each, f"order[{k}]") for k, each in enumerate(value)]
    return selection.of_order(value, request)


def _is_clear(result: Any, floor: float) -> bool:
    """Whether all singular values that were kept exceed their rounding errors without a doubt."""
    models = result if isinstance(result, list) else [result]
    return all(model.order == 0 or model.hsv[model.order - 1] > _CLEAR * floor for model in models)


def _orders(stack: GramianStack, request: str, value: Any, method: Method) -> Indices:
    """Orders to which systems are truncated without a question; -1 where there is one, for `reduce` to answer.

    There is none where no singular values above rounding agree, the order is in range, and rounding cannot change which
    is the least that meets a tolerance.
    """
    values = stack.values
    n = values.shape[1]
    if method != "truncate" or (request == "order" and not (is_integer(value) and 0 <= value <= n)):
        return np.full(len(values), -1)
    apart = values[:, :-1] - values[:, 1:] > np.sqrt(EPS) * values[:, :-1]
    rounded = values[:, :-1] <= _CLEAR * stack.floors[:, None]  # whether these are equal is of no consequence
    clear = stack.decided & (apart | rounded).all(axis=1)
    if request == "order":
        orders = np.full(len(values), value)
    else:
        limits = np.full(len(values), value) if request == "tol" else value * values[:, 0]
        bounds = np.zeros((len(values), n + 1))
        bounds[:, :n] = 2 * np.cumsum(values[:, ::-1], axis=1)[:, ::-1]
        orders = np.argmax(bounds <= limits[:, None], axis=1)
        least = _at(values, orders - 1, values[:, 0])
        with np.errstate(divide="ignore", invalid="ignore"):
            slack = values[:, 0] * (_ROUNDING + _PROJECTION * stack.floors / least)
        clear &= (_at(bounds, orders, np.inf) <= limits - slack) & (_at(bounds, orders - 1, np.inf) > limits + slack)
    clear &= _at(values, orders - 1, np.inf) > _CLEAR * stack.floors
    return np.where(clear, orders, -1)


def _at(values: Array, columns: Indices, otherwise: Any) -> Array:
    """Entries of the rows of an array in one column each; something else in column -1."""
    return np.where(columns >= 0, np.take_along_axis(values, columns[:, None], axis=1)[:, 0], otherwise)


def _truncated(
    models: Sequence[LinearModel], stack: GramianStack, chosen: Indices, order: int
) -> Iterator[ReducedModel]:
    """The truncations of chosen systems of a stack, all projected at once."""
    systems = [model.system for model in models]
    A, B, C = (np.array([getattr(system, name) for system in systems]) for name in "ABC")
    roots = np.sqrt(stack.values[chosen, :order])
    left = frozen(stack.second[chosen].conj().swapaxes(1, 2) @ stack.left[chosen, :, :order] / roots[:, None, :])
    right = frozen(stack.first[chosen] @ stack.right[chosen, :, :order] / roots[:, None, :])
    transform = left.conj().swapaxes(1, 2)
    if systems[0].is_discrete:  # as LinearSystem.project does it
        reduced_A = np.eye(order) + transform @ ((A - np.eye(A.shape[1])) @ right)
    else:
        reduced_A = transform @ (A @ right)
    reduced = frozen(reduced_A), frozen(transform @ B), frozen(C @ right)
    states = systems[0].with_matrices(*(M[0] for M in reduced)).states
    lower, upper = stack.values[:, order : order + 1].sum(axis=1), 2 * stack.values[:, order:].sum(axis=1)
    for k, (i, model) in enumerate(zip(map(int, chosen), models, strict=True)):
        small = _with_matrices(model.system, reduced[0][k], reduced[1][k], reduced[2][k], states)
        yield ReducedModel(
            system=model.restored(small),
            full=model.system,
            left=left[k],
            right=right[k],
            linear=small,
            balanced=BalancedPart(model.system, small, left[k], right[k]),
            kept=None,
            descriptor=None,
            hsv=stack.values[i],
            method="truncate",
            gramians=_PROOF,
            how=_HOW,
            complete=True,
            exact_bounds=ErrorBounds(lower=float(lower[i]), upper=float(upper[i])),
            _pairs=(stack.pair(i),),
            _cuts=(order,),
        )


def _with_matrices(system: LinearSystem, A: Array, B: Array, C: Array, states: tuple[str, ...]) -> LinearSystem:
    """As ``system.with_matrices``, of matrices that were computed and need no check."""
    result = object.__new__(LinearSystem)
    result.__setstate__(system.__getstate__() | {"A": A, "B": B, "C": C, "states": states})
    return result
