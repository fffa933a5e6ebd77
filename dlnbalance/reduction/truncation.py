"""Reduced models by order or tolerance, for every class of models: truncation and residualization."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_args, overload

import numpy as np

from ..balancing.facts import one_or_all
from ..errors import InvalidArgumentError, ToleranceError
from ..files.conversion import recognized
from ..gramians.automatic import Automatic
from ..gramians.base import ErrorBounds, GramianStrategy, checked_strategy
from ..linalg.arguments import one_of, shown
from ..linalg.arrays import adjoint, frozen
from ..networks.network import DeepLinearNetwork
from ..networks.projections import projection
from ..structured.linear import LinearModel, state_spaces
from ..structured.model import Solved, StateSpaces
from .network_reduction import ReducedNetwork, reduce_network
from .orders import checked_orders, checked_request, checked_rest, cuts, in_one_line, rounded_up
from .projected_model import Method, ProjectedModel
from .reduced_model import ReducedModel
from .residualization import residualized

__all__ = ["reduce"]


@overload
def reduce(  # pyright: ignore[reportOverlappingOverload]
    system: DeepLinearNetwork,
    order: int | None = None,
    *,
    tol: float | None = None,
    rtol: float | None = None,
) -> ReducedNetwork: ...


@overload
def reduce(
    system: Any,
    order: int | None = None,
    *,
    tol: float | None = None,
    rtol: float | None = None,
    gramians: GramianStrategy = ...,
    method: Method = ...,
) -> ReducedModel: ...


@overload
def reduce(
    system: Any,
    order: Sequence[int],
    *,
    gramians: GramianStrategy = ...,
    method: Method = ...,
) -> list[ReducedModel]: ...


def reduce(
    system: Any,
    order: int | Sequence[int] | None = None,
    *,
    tol: float | None = None,
    rtol: float | None = None,
    gramians: GramianStrategy = Automatic(),
    method: Method = "truncate",
) -> ProjectedModel | list[ReducedModel] | ReducedNetwork:
    r"""Reduce a linear system by balanced truncation (or residualization), or the hidden widths of a network.

    The network of the Gramian factors (Z_c, Z_o*) is truncated to the `r` leading singular triples of
    Z_o*Z_c = UΣV*, and the system projected along,

    .. math:: A_r = W^*AV, \; B_r = W^*B, \; C_r = CV, \qquad V = Z_cVΣ^{-½}, \; W^*E = Σ^{-½}U^*Z_o^*,

    which guarantees a stable reduced model with σ_{r+1} ≤ ‖G − G_r‖_∞ ≤ 2 Σ_{i>r} σ_i (distinct values) in exact
    arithmetic; the bounds that are returned allow for rounding.

    Parameters
    ----------
    system : LinearSystem, anything :func:`as_system` reads, or another model
        Stable, continuous or discrete, real or complex, E nonsingular; dense of up to a few thousand states, or sparse.
        A SystemFamily, BilinearSystem or SecondOrderSystem, whose order counts positions (all three by order only: no
        bound is proved), a PeriodicSystem or TimeVaryingSystem, or
        any other :class:`~dlnbalance.structured.model.Model`. A DeepLinearNetwork, whose order is its hidden width and
        whose error is that of X in the spectral norm (see
        :func:`~dlnbalance.reduction.network_reduction.reduce_network`).
    order : int or sequence of int, optional
        Number of states to keep. Zero leaves the static model D. A sequence asks for a model of each of these orders,
        from one factorization. For periodic and time-varying systems the number is that of every time, as far as there
        are so many, and a sequence has one for every time.
    tol, rtol : float, optional
        Instead of `order`: keep the fewest states whose error *bound*, rounding included, is at most `tol` (absolute,
        in units of the gain) or `rtol` σ_1 (relative).
    gramians : GramianStrategy
        Which Gramians. `Automatic` takes `LowRank` for sparse systems of more than 1500 states and `Lyapunov` for all
        others, and the result says which.
    method : {"truncate", "residualize"}
        Truncation is exact at high frequencies (D is kept); residualization (singular perturbation) keeps the DC
        gain and changes D. Both obey the same bound.

    Returns
    -------
    ReducedModel
        A list of them for a sequence of orders. For other models a ProjectedModel, for networks a ReducedNetwork.

    Raises
    ------
    OrderError
        Order below 0, above the number of Hankel singular values that exceed their rounding errors, or between
        equal ones.
    ToleranceError
        When no order meets the tolerance, in exact arithmetic or for rounding; it names the least that is proved.
    UnstableSystemError
        When the system is not stable.
    InvalidArgumentError
        When not exactly one of `order`, `tol`, `rtol` is given.

    Notes
    -----
    About 30 n³ flops: one Schur form (25 n³), two factors (n³/3 each), their product, and its band form (8/3 n³), from
    which all singular values and the leading vectors come (an SVD, 22 n³, where more than n/8 states are kept). At most
    8 n×n arrays at a time.

    Residualization projects the inverse, (A⁻¹E, A⁻¹B, −CA⁻¹E, D − CA⁻¹B) in continuous and the same with A − E for A in
    discrete time, and inverts the small result: no block of the balanced realization beyond order r is formed.

    For large sparse systems nothing of order n² is formed: the Gramian factors are thin, the DC gain takes one sparse
    factorization, and the accuracy floor is estimated on the model projected along all the computed values. Stability
    is that of the part that B and C reach: the iteration for the Gramians would not converge otherwise. The error bound
    covers the computed values; those beyond them are small but not known.

    References
    ----------
    .. [1] M. S. Tombs, I. Postlethwaite, Int. J. Control 46 (1987) 1319-1330.
    .. [2] Y. Liu, B. D. O. Anderson, "Singular perturbation approximation of balanced systems",
       Int. J. Control 50 (1989) 1379-1405.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem(np.diag([-1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)))
    >>> model = reduce(system, order=1)
    >>> round(model.lower_bound, 6), round(float(model.error()), 6), round(model.bound, 6)
    (0.024189, 0.065855, 0.065855)
    >>> reduce(system, rtol=0.05).order
    2
    >>> [model.order for model in reduce(system, order=[1, 2])]
    [1, 2]
    """
    one_of("method", method, get_args(Method))
    gramians = checked_strategy(gramians)
    request, value = checked_request(order, tol, rtol)
    system = recognized(system)
    if isinstance(system, DeepLinearNetwork):
        _check_defaults(gramians, method)
        return reduce_network(system, request, value)
    model = state_spaces(system)
    if not isinstance(model, LinearModel):
        _check_truncates(method)
    reduction = _Reduction(model=model, solved=model.solve(gramians), method=method)
    if request != "order":
        return reduction.within(request, value)
    if isinstance(value, list) and not model.several:
        return [reduction.of_order(each, f"order[{k}]") for k, each in enumerate(value)]
    return reduction.of_order(value, request)


@dataclass(frozen=True, kw_only=True)
class _Reduction:
    """All reduced models that the Gramian factors of a model give."""

    model: StateSpaces
    solved: Solved
    method: Method

    @cached_property
    def floors(self) -> tuple[float, ...]:
        """Accuracy floor of every state space."""
        return self.model.floors(self.solved)

    def of_order(self, order: Any, argument: str) -> Any:
        """Return the model of a given order, refused where it would not be unique or there is none."""
        order = checked_rest(order, self.solved.kept, argument)
        return self._result(checked_orders(self.solved.pairs, self.floors, order, argument))

    def within(self, request: str, tolerance: float) -> Any:
        """Return the smallest model whose bound, rounding included, is at most the tolerance asked for."""
        pairs = self.solved.pairs
        largest = max((float(pair.singular_values[:1].sum()) for pair in pairs), default=0.0)
        unit = 1.0 if request == "tol" else largest
        reached, orders = np.inf, ()
        candidates = list(cuts(pairs, max(self.floors, default=0.0)))
        for orders in candidates:
            upper = self._bounds(orders).upper
            if upper is None:
                raise ToleranceError(
                    request,
                    "no tolerance (these Gramians prove no error bound)",
                    f"{tolerance:.3g}",
                    "pass order= instead",
                )
            if upper > tolerance * unit and orders != candidates[-1]:
                continue
            found = self._result(orders)
            if found.bound <= tolerance * unit:
                return found
            reached = min(reached, found.bound)
        most = max(orders, default=0)
        raise ToleranceError(
            request,
            f"at least {rounded_up(reached / (unit or 1.0)):.3g}, the least that is proved in double precision",
            f"{tolerance:.3g}",
            f"ask for less accuracy, or for order={most}, the largest that rounding allows",
        )

    def _bounds(self, orders: tuple[int, ...]) -> ErrorBounds:
        values = in_one_line(self.solved.pairs, orders).values
        return self.solved.proof.error_bounds(values, sum(orders), max(self.floors, default=0.0))

    def _result(self, orders: tuple[int, ...]) -> Any:
        model, (pairs, how, complete, proof, kept) = self.model, self.solved
        if isinstance(model, LinearModel):
            reduced, (T, S) = None, zip(*map(projection, pairs, orders), strict=True)
        else:
            reduced, T, S = model.truncated(self.solved, orders)
        common: dict[str, Any] = {
            "hsv": one_or_all((pair.singular_values for pair in pairs), model.several),
            "right": one_or_all(map(frozen, S), model.several),
            "method": self.method,
            "gramians": proof,
            "how": how,
            "complete": complete,
            "exact_bounds": self._bounds(orders),
            "_pairs": pairs,
        }
        if not isinstance(model, LinearModel):
            left = one_or_all((frozen(adjoint(rows)) for rows in T), model.several)
            return ProjectedModel(system=reduced, full=model, left=left, kept=kept, **common)
        full, left = model.system, model.system.left_basis(T[0])
        reduced = full.project(left, S[0]) if self.method == "truncate" else residualized(full, T[0], S[0])
        return ReducedModel(system=model.restored(reduced), full=full, left=frozen(left), linear=reduced, **common)


def _check_truncates(method: Method) -> None:
    """Refuse residualization of a model that can only be truncated."""
    if method != "truncate":
        raise InvalidArgumentError("method", "'truncate' for this kind of model", shown(method), "leave it out")


def _check_defaults(gramians: GramianStrategy, method: Method) -> None:
    """Refuse what says nothing about a network."""
    _check_truncates(method)
    if not isinstance(gramians, Automatic):
        raise InvalidArgumentError("gramians", "none for a deep linear network", shown(gramians), "leave it out")
