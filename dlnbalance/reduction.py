"""Model reduction: the front door to smaller models that come with a proof of their quality."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, singledispatch
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import scipy.linalg as la

from .arrays import EPS, Array, adjoint, frozen
from .balancing import certify, listed
from .bridge import projection
from .certificates import Certificate
from .conversion import as_system, recognized, restore_type
from .errors import InvalidArgumentError, ToleranceError, UnstableSystemError
from .gramians import ErrorBounds, GramianStrategy, check_stable
from .large_norms import confirmed_peak
from .low_rank import Automatic, LowRank, check_own_gramians, chosen_strategy, stated
from .network_reduction import ReducedNetwork, reduce_network
from .networks import DeepLinearNetwork, agree_with_next, check_cut
from .norms import PeakGain, accuracy_floor, frequency_response, peak_gain
from .systems import LinearSystem
from .transport import Immutable, Parcel

if TYPE_CHECKING:
    from .bilinear import BilinearSystem, ReducedBilinear
    from .families import ReducedFamily, SystemFamily
    from .sequence_balancing import ReducedSequence
    from .sequences import StateSequence

__all__ = ["ReducedModel", "check_truncates", "checked_request", "is_stable", "reduce", "reduce_gramians"]

Method = Literal["truncate", "residualize"]

# The error of a reduced model is searched on a model of the full system whose own error is this share of it.
_SURROGATE_SHARE = 1e-8


@dataclass(frozen=True, kw_only=True, eq=False)
class ReducedModel(Immutable):
    r"""A reduced model with what is proved and what was measured about it.

    Attributes
    ----------
    system : same type as what was passed in
        The reduced model, with the signals and the time base of the given one.
    order, full_order : int
        Number of states kept and given.
    hsv : (n,) array
        All Hankel singular values of the full system, descending; fewer than n for low-rank Gramians (`hsv_complete`).
    bound, lower_bound : float
        σ_{r+1} ≤ ‖G − G_r‖_∞ ≤ 2 Σ σ_i over the distinct values of the tail (in exact arithmetic; None for
        Gramians that prove none). Where not all values were computed, the tail is that of the computed ones.
    left, right : (n, r) array
        Bases W and V of the projection, W*EV = I.
    method : str
        "truncate" or "residualize".
    stable : bool
        Whether all poles of the reduced model are stable beyond rounding.
    certificate : Certificate
        tr P + tr Q of the kept coordinates against its minimum 2 Σ_{i≤r} σ_i, recomputed.
    dc_mismatch : float
        ‖G − G_r‖₂ at frequency zero.
    accuracy_floor : float
        Errors and Hankel singular values below it are within what rounding of the data does to the full system.
    gramians : GramianStrategy
        The Gramians that were used, with their settings.
    how : str
        One line on how they were computed; for low-rank factors the residuals of their equations.
    full : LinearSystem
        The system that was given.
    """

    system: Any
    hsv: Array
    bound: float | None
    lower_bound: float | None
    left: Array
    right: Array
    method: Method
    gramians: GramianStrategy
    how: str
    full: LinearSystem = field(repr=False)
    _reduced: LinearSystem = field(repr=False)
    _network: DeepLinearNetwork = field(repr=False)

    @property
    def order(self) -> int:
        """Number of states of the reduced model."""
        return self.right.shape[1]

    @property
    def full_order(self) -> int:
        """Number of states of the system that was given."""
        return self.right.shape[0]

    @property
    def hsv_complete(self) -> bool:
        """Whether `hsv` holds all n values as exact Gramians give them, so that `bound` leaves nothing out."""
        return self.hsv.size >= self.full_order and not isinstance(self.gramians, LowRank)

    @cached_property
    def accuracy_floor(self) -> float:
        """What rounding of the data does to the full system (see `norms.accuracy_floor`); found on first use, O(n²)."""
        return accuracy_floor(self.full, self._network)

    @cached_property
    def stable(self) -> bool:
        """Whether all poles of the reduced model are stable beyond rounding; found on first use, O(r³)."""
        return is_stable(self._reduced)

    @cached_property
    def certificate(self) -> Certificate:
        """Recomputed tr P + tr Q of the kept coordinates against its minimum; found on first use, O(n² r)."""
        return certify(self._network, self.order)

    @cached_property
    def dc_mismatch(self) -> float:
        """‖G − G_r‖₂ at frequency zero; found on first use, one LU factorization."""
        return float(la.norm(self.full.dcgain() - self._reduced.dcgain(), 2))

    def error(self) -> PeakGain:
        r"""Measured H∞ error ‖G − G_r‖_∞ with its frequency; computed once, on first call.

        Raises
        ------
        UnstableSystemError
            When the reduced model is unstable: then the error is infinite.

        Notes
        -----
        The peak is searched (see :func:`dlnbalance.norms.peak_gain`) on G_k − G_r, where G_k is the balanced
        truncation that differs from G by less than 1e-8 of the error, and then evaluated on G itself. For large sparse
        systems G_k comes from the computed values alone, and G is evaluated at a few frequencies only; the result says
        how far the two were apart there (see :func:`dlnbalance.large_norms.confirmed_peak`).
        """
        return self._error

    @property
    def measured(self) -> PeakGain | None:
        """The measured error where `error` was called already, None before."""
        return vars(self).get("_error")

    def __getstate__(self) -> dict[str, Any]:
        measured = {} if self.measured is None else {"_error": self.measured}
        return super().__getstate__() | {"system": Parcel(self.system)} | measured

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state | {"system": state["system"].content})

    @cached_property
    def _error(self) -> PeakGain:
        if not self.stable:
            check_stable(self._reduced)
        full, reduced = self.full, self._reduced
        search = peak_gain if self.hsv_complete else confirmed_peak
        return search(
            lambda omega: frequency_response(full, omega) - frequency_response(reduced, omega),
            self._surrogate() - reduced,
        )

    def _surrogate(self) -> LinearSystem:
        """Smallest balanced truncation of the full system that is as good as the full one to measure an error."""
        values, network = self.hsv, self._network
        tails = 2 * np.cumsum(values[::-1])[::-1]
        enough = max(_SURROGATE_SHARE * float(values[self.order : self.order + 1].sum()), EPS * values[0])
        k = min(int(np.count_nonzero(tails > enough)), network.rank)
        if k >= self.full_order:
            return self.full.explicit()
        T, inverse = projection(network, max(k, self.order))
        return self.full.project(self.full.left_basis(T), inverse)

    def _proof(self) -> str:
        """What the computed values prove about the error, and what they leave out."""
        if self.hsv_complete:
            return f"proved between {self.lower_bound:.4g} and {self.bound:.4g}"
        return (
            f"at least {self.lower_bound:.4g}; at most {self.bound:.4g} + twice what follows the"
            f" {self.hsv.size} values computed"
        )

    def __repr__(self) -> str:
        stability = "stable" if self.stable else "NOT STABLE beyond rounding"
        lines = [
            f"ReducedModel ({self.method}): {self.order} of {self.full_order} states, {stability}",
            f"  Hankel singular values: {listed(self.hsv[: self.order])} | {listed(self.hsv[self.order :], 3)}",
        ]
        if self.stable and self.bound is not None and self.lower_bound is not None:
            lines.append(f"  H∞ error: {self._proof()}")
        if self.measured is not None:
            lines.append(f"  H∞ error: measured {self.measured}")
        lines.append(f"  DC mismatch: {self.dc_mismatch:.3g}")
        lines.append(f"  certificate: {self.certificate}")
        lines.append(f"  Gramians: {self.how}")
        lines.append(f"  rounding in the data reaches errors of {self.accuracy_floor:.1e}")
        return "\n".join(lines)


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


def reduce(
    system: Any,
    order: int | Sequence[int] | None = None,
    *,
    tol: float | None = None,
    rtol: float | None = None,
    gramians: GramianStrategy = Automatic(),
    method: Method = "truncate",
) -> "ReducedModel | ReducedNetwork | ReducedSequence | ReducedFamily | ReducedBilinear":
    r"""Reduce a linear system by balanced truncation (or residualization), or the hidden widths of a network.

    The network of the Gramian factors (Z_c, Z_o*) is truncated to the `r` leading singular triples of
    Z_o*Z_c = UΣV*, and the system projected along,

    .. math:: A_r = W^*AV, \; B_r = W^*B, \; C_r = CV, \qquad V = Z_cVΣ^{-½}, \; W^*E = Σ^{-½}U^*Z_o^*,

    which guarantees a stable reduced model with σ_{r+1} ≤ ‖G − G_r‖_∞ ≤ 2 Σ_{i>r} σ_i (distinct values).

    Parameters
    ----------
    system : LinearSystem, anything :func:`as_system` reads, or another model
        Stable, continuous or discrete, real or complex, E nonsingular; dense of up to a few thousand states, or sparse.
        A SystemFamily or BilinearSystem (by order only: no bound is proved), a PeriodicSystem or TimeVaryingSystem. A
        DeepLinearNetwork, whose order is its hidden width and whose error is that of X in the spectral norm (see
        :func:`~dlnbalance.network_reduction.reduce_network`).
    order : int, optional
        Number of states to keep; for periodic and time-varying systems at every time, as far as there are so many, or
        a sequence of one for every time.
    tol, rtol : float, optional
        Instead of `order`: keep the fewest states whose error *bound* is at most `tol` (absolute, in units of the
        gain) or `rtol` σ_1 (relative).
    gramians : GramianStrategy
        Which Gramians. `Automatic` takes `LowRank` for sparse systems of more than 1500 states and `Lyapunov` for all
        others, and the result says which.
    method : {"truncate", "residualize"}
        Truncation is exact at high frequencies (D is kept); residualization (singular perturbation) keeps the DC
        gain and changes D. Both obey the same bound.

    Returns
    -------
    ReducedModel
        For other models ReducedFamily, ReducedBilinear, ReducedSequence or ReducedNetwork.

    Raises
    ------
    OrderError
        Order below 1, above the number of Hankel singular values that stand above rounding, or between equal
        ones.
    ToleranceError
        When no order meets the tolerance.
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
    """
    if method not in ("truncate", "residualize"):
        raise InvalidArgumentError("method", "'truncate' or 'residualize'", repr(method), "choose one of these")
    request, value = checked_request(order, tol, rtol)
    return reduce_gramians(recognized(system), request, value, gramians, method)


@singledispatch
def reduce_gramians(system: Any, request: str, value: Any, gramians: GramianStrategy, method: Method) -> Any:
    """Reduce one kind of model: here linear systems; modules of other models register theirs.

    `request` is the one of "order", "tol" and "rtol" that was made, with its `value`.
    """
    full = as_system(system)
    gramians = chosen_strategy(gramians, full)
    network, how = stated(gramians, full)
    values = network.singular_values
    floor = _deciding_floor(values, full, network)

    def bounds(r: int) -> ErrorBounds:
        return gramians.error_bounds(values, r, floor)

    if request == "order":
        check_cut(values, value, network.rank, floor, request)
        order = int(value)
    else:
        unit = 1.0 if request == "tol" else float(values[:1].sum())
        order = _smallest_order(values, network.rank, floor, request, value, unit, bounds)
    T, right = projection(network, order)
    left = full.left_basis(T)
    reduced = full.project(left, right) if method == "truncate" else _residualized(full, T, right)
    proved = bounds(order)
    return ReducedModel(
        system=restore_type(reduced, system),
        hsv=values,
        bound=proved.upper,
        lower_bound=proved.lower,
        left=frozen(left),
        right=frozen(right),
        method=method,
        gramians=gramians,
        how=how,
        full=full,
        _reduced=reduced,
        _network=network,
    )


@reduce_gramians.register
def _(
    network: DeepLinearNetwork, request: str, value: Any, gramians: GramianStrategy, method: Method
) -> ReducedNetwork:
    check_truncates(method)
    check_own_gramians(gramians)
    return reduce_network(network, request, value)


def _deciding_floor(values: Array, full: LinearSystem, network: DeepLinearNetwork) -> float:
    """The accuracy floor where it decides whether two singular values count as equal, zero elsewhere."""
    undecided = agree_with_next(values, np.inf) > agree_with_next(values, 0.0)
    return accuracy_floor(full, network) if undecided.any() else 0.0


def checked_request(order: Any, tol: Any, rtol: Any) -> tuple[str, Any]:
    """Return the one request that was made; refuse none, several, and tolerances that are not positive numbers."""
    given = {name: value for name, value in (("order", order), ("tol", tol), ("rtol", rtol)) if value is not None}
    if len(given) != 1:
        raise InvalidArgumentError(
            "order", "exactly one of order, tol and rtol", " and ".join(given) or "none of them", "say how small"
        )
    name, value = given.popitem()
    if name == "order":
        return name, value
    try:
        tolerance = float(value)
    except (TypeError, ValueError):
        tolerance = np.nan
    if isinstance(value, bool) or not (np.isfinite(tolerance) and tolerance > 0):
        raise InvalidArgumentError(name, "a positive number", f"{value!r}", "it bounds the H∞ error of the result")
    return name, tolerance


def _smallest_order(
    values: Array,
    rank: int,
    floor: float,
    request: str,
    tolerance: float,
    unit: float,
    bounds: Callable[[int], ErrorBounds],
) -> int:
    """Fewest states whose error bound meets `tolerance` · `unit`, never splitting equal singular values."""
    check_cut(values, max(rank, 1), rank, floor, "system")
    equal = agree_with_next(values, floor)
    candidates = [r for r in range(1, rank + 1) if r == rank or not equal[r - 1]]
    proved = [bounds(r).upper for r in candidates]
    for r, upper in zip(candidates, proved, strict=True):
        if upper is not None and upper <= tolerance * unit:
            return r
    if proved[-1] is None:
        raise ToleranceError(
            request, "no tolerance (these Gramians prove no error bound)", f"{tolerance:.3g}", "pass order= instead"
        )
    raise ToleranceError(
        request,
        f"at least {proved[-1] / unit:.3g}, which the largest order {rank} meets",
        f"{tolerance:.3g}",
        "ask for less accuracy",
    )


def _residualized(full: LinearSystem, T: Array, right: Array) -> LinearSystem:
    """Project the inverse of the system at frequency zero and invert back: the DC gain is kept."""
    r = T.shape[0]
    embedded = right if full.E is None else full.E @ right
    solution = -full.resolvent(full.dc_point, np.hstack([embedded, full.B]))
    A_hat, B_hat = T @ solution[:, :r], T @ solution[:, r:]
    C_hat, D_hat = -full.C @ solution[:, :r], full.D - full.C @ solution[:, r:]
    inverse = la.solve(A_hat, np.hstack([np.eye(r), B_hat]))
    A_delta, B = inverse[:, :r], inverse[:, r:]
    return LinearSystem(
        np.eye(r) + A_delta if full.is_discrete else A_delta,
        B,
        -adjoint(la.solve(adjoint(A_hat), adjoint(C_hat))),
        D_hat - C_hat @ B,
        dt=full.dt,
        inputs=full.inputs,
        outputs=full.outputs,
        name=full.name,
    )


def check_truncates(method: Method) -> None:
    """Refuse residualization of a model that can only be truncated."""
    if method != "truncate":
        raise InvalidArgumentError("method", "'truncate' for this kind of model", repr(method), "leave it out")


def is_stable(system: LinearSystem) -> bool:
    """Whether all poles are stable beyond rounding."""
    try:
        check_stable(system)
    except UnstableSystemError:
        return False
    return True
