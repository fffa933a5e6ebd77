"""Model reduction: the front door to smaller models that come with a proof of their quality."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, singledispatch
from typing import TYPE_CHECKING, Any, get_args, overload

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError, ToleranceError
from ..files.conversion import as_system, recognized
from ..files.to_libraries import restore_type
from ..gramians.base import GramianStrategy
from ..gramians.low_rank import Automatic, check_own_gramians, checked_strategy, chosen_strategy, stated
from ..linalg.arguments import is_integer, items, one_of, positive_number, shown
from ..linalg.arrays import EPS, Array, adjoint, factorized, frozen
from ..networks.network import DeepLinearNetwork, agree_with_next, check_cut
from ..networks.projections import projection
from ..norms.accuracy import accuracy_floor
from ..systems.linear_system import LinearSystem
from .network_reduction import ReducedNetwork, reduce_network
from .reduced_model import Method, ReducedModel

if TYPE_CHECKING:
    from ..structured.bilinear import BilinearSystem, ReducedBilinear
    from ..structured.families import ReducedFamily, SystemFamily
    from ..structured.sequence_balancing import ReducedSequence
    from ..structured.sequences import StateSequence

__all__ = ["Method", "ReducedModel", "check_truncates", "checked_request", "reduce", "reduce_gramians"]

REQUESTS = ("order", "tol", "rtol")


@overload
def reduce(  # pyright: ignore[reportOverlappingOverload]
    system: DeepLinearNetwork,
    order: int | None = None,
    *,
    tol: float | None = None,
    rtol: float | None = None,
) -> ReducedNetwork: ...


@overload
def reduce(  # pyright: ignore[reportOverlappingOverload]
    system: "StateSequence",
    order: int | Sequence[int] | None = None,
    *,
    tol: float | None = None,
    rtol: float | None = None,
) -> "ReducedSequence": ...


@overload
def reduce(  # pyright: ignore[reportOverlappingOverload]
    system: "SystemFamily",
    order: int,
    *,
    gramians: GramianStrategy = ...,
) -> "ReducedFamily": ...


@overload
def reduce(  # pyright: ignore[reportOverlappingOverload]
    system: "BilinearSystem", order: int
) -> "ReducedBilinear": ...


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
) -> "ReducedModel | list[ReducedModel] | ReducedNetwork | ReducedSequence | ReducedFamily | ReducedBilinear":
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
        A SystemFamily or BilinearSystem (by order only: no bound is proved), a PeriodicSystem or TimeVaryingSystem. A
        DeepLinearNetwork, whose order is its hidden width and whose error is that of X in the spectral norm (see
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
        A list of them for a sequence of orders. For other models ReducedFamily, ReducedBilinear, ReducedSequence or
        ReducedNetwork.

    Raises
    ------
    OrderError
        Order below 0, above the number of Hankel singular values that stand above rounding, or between equal
        ones.
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
    >>> system = LinearSystem(np.diag([-1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)))
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
    return reduce_gramians(recognized(system), request, value, gramians, method)


@singledispatch
def reduce_gramians(system: Any, request: str, value: Any, gramians: GramianStrategy, method: Method) -> Any:
    """Reduce one kind of model: here linear systems; modules of other models register theirs.

    `request` is the one of "order", "tol" and "rtol" that was made, with its `value`.
    """
    full = as_system(system)
    request, value = checked_request(**{one_of("request", request, REQUESTS): value})
    one_of("method", method, get_args(Method))
    gramians = chosen_strategy(gramians, full)
    network, how = stated(gramians, full)
    reduction = _Reduction(given=system, full=full, gramians=gramians, network=network, how=how, method=method)
    if request != "order":
        return reduction.within(request, value)
    if isinstance(value, list):
        return [reduction.of_order(order, f"order[{k}]") for k, order in enumerate(value)]
    return reduction.of_order(value, request)


@reduce_gramians.register
def _(
    network: DeepLinearNetwork, request: str, value: Any, gramians: GramianStrategy, method: Method
) -> ReducedNetwork:
    check_truncates(method)
    check_own_gramians(gramians)
    return reduce_network(network, request, value)


@dataclass(frozen=True, kw_only=True)
class _Reduction:
    """All reduced models that one pair of Gramian factors gives."""

    given: Any
    full: LinearSystem
    gramians: GramianStrategy
    network: DeepLinearNetwork
    how: str
    method: Method

    def of_order(self, order: Any, argument: str) -> ReducedModel:
        """Return the model of a given order, refused where it would not be unique or there is none."""
        values = self.network.singular_values
        check_cut(values, order, self.network.rank, self._deciding_floor, argument, least=0)
        return self._model(int(order))

    def within(self, request: str, tolerance: float) -> ReducedModel:
        """Return the smallest model whose bound, rounding included, is at most the tolerance asked for."""
        values, rank = self.network.singular_values, self.network.rank
        unit = 1.0 if request == "tol" else float(values[:1].sum())
        equal = agree_with_next(values, self._deciding_floor)
        candidates = [r for r in range(rank + 1) if r in (0, rank) or not equal[r - 1]]
        reached = np.inf
        for r in candidates:
            upper = self.gramians.error_bounds(values, r, self._deciding_floor).upper
            if upper is None:
                raise ToleranceError(
                    request,
                    "no tolerance (these Gramians prove no error bound)",
                    f"{tolerance:.3g}",
                    "pass order= instead",
                )
            if upper > tolerance * unit and r < rank:
                continue
            model = self._model(r)
            bound = model.bound
            if bound is not None and bound <= tolerance * unit:
                return model
            reached = min(reached, np.inf if bound is None else bound)
        raise ToleranceError(
            request,
            f"at least {_rounded_up(reached / (unit or 1.0)):.3g}, the least that is proved in double precision",
            f"{tolerance:.3g}",
            f"ask for less accuracy, or for order={rank}, the largest that stands above rounding",
        )

    @cached_property
    def _deciding_floor(self) -> float:
        """The accuracy floor where it decides whether two singular values count as equal, zero elsewhere."""
        values = self.network.singular_values
        undecided = agree_with_next(values, np.inf) > agree_with_next(values, 0.0)
        return accuracy_floor(self.full, self.network) if undecided.any() else 0.0

    def _model(self, order: int) -> ReducedModel:
        full, values = self.full, self.network.singular_values
        T, right = projection(self.network, order)
        left = full.left_basis(T)
        reduced = full.project(left, right) if self.method == "truncate" else _residualized(full, T, right)
        return ReducedModel(
            system=restore_type(reduced, self.given),
            hsv=values,
            left=frozen(left),
            right=frozen(right),
            method=self.method,
            gramians=self.gramians,
            how=self.how,
            full=full,
            exact_bounds=self.gramians.error_bounds(values, order, self._deciding_floor),
            _reduced=reduced,
            _network=self.network,
        )


def _rounded_up(value: float) -> float:
    """The least number of three digits above `value`: what is said to be within reach is."""
    if not 0 < value < np.inf:
        return value
    step = 10.0 ** (np.floor(np.log10(value)) - 2)
    return float(np.ceil(value / step * (1 + 4 * EPS)) * step)


def checked_request(order: Any = None, tol: Any = None, rtol: Any = None) -> tuple[str, Any]:
    """Return the one request that was made; refuse none, several, and what is no order and no positive tolerance.

    Several orders come back as a list.
    """
    given = {name: value for name, value in (("order", order), ("tol", tol), ("rtol", rtol)) if value is not None}
    if len(given) != 1:
        raise InvalidArgumentError(
            "order", "exactly one of order, tol and rtol", " and ".join(given) or "none of them", "say how small"
        )
    name, value = given.popitem()
    if name == "order":
        return name, _checked_orders(value)
    return name, positive_number(name, value, remedy="it bounds the H∞ error of the result")


def _checked_orders(value: Any) -> Any:
    """Return a whole number, or a sequence of them as a list; how large they may be depends on the model."""
    if is_integer(value):
        return value
    expected, remedy = "a whole number, or a sequence of them", "pass an int or a list of int"
    if isinstance(value, np.ndarray) and value.ndim != 1:
        raise InvalidArgumentError("order", expected, f"an array of shape {value.shape}", remedy)
    orders = items("order", value, expected, remedy=remedy)
    for k, order in enumerate(orders):
        if not is_integer(order):
            raise InvalidArgumentError(f"order[{k}]", "a whole number", shown(order), "pass an int")
    return orders


def _residualized(full: LinearSystem, T: Array, right: Array) -> LinearSystem:
    """Project the inverse of the system at frequency zero and invert back: the DC gain is kept."""
    r = T.shape[0]
    embedded = right if full.E is None else full.E @ right
    solution = -full.resolvent(full.dc_point, np.hstack([embedded, full.B]))
    A_hat, B_hat = T @ solution[:, :r], T @ solution[:, r:]
    C_hat, D_hat = -full.C @ solution[:, :r], full.D - full.C @ solution[:, r:]
    factors, _ = factorized(A_hat)
    inverse = la.lu_solve(factors, np.hstack([np.eye(r), B_hat]), check_finite=False)
    A_delta, B = inverse[:, :r], inverse[:, r:]
    return LinearSystem(
        np.eye(r) + A_delta if full.is_discrete else A_delta,
        B,
        -adjoint(la.lu_solve(factors, adjoint(C_hat), trans=2, check_finite=False)),
        D_hat - C_hat @ B,
        dt=full.dt,
        inputs=full.inputs,
        outputs=full.outputs,
        name=full.name,
    )


def check_truncates(method: Method) -> None:
    """Refuse residualization of a model that can only be truncated."""
    if one_of("method", method, get_args(Method)) != "truncate":
        raise InvalidArgumentError("method", "'truncate' for this kind of model", shown(method), "leave it out")
