"""Balancing and truncation of periodic and time-varying systems, one factor pair at every time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..balancing.balanced_forms import FORMS, Form, balanceable_order, certify, listed, nothing_to_balance, ranged
from ..errors import InvalidArgumentError, OrderError, ToleranceError
from ..gramians.base import ErrorBounds
from ..gramians.lyapunov import Lyapunov
from ..linalg.arguments import is_integer, items, one_of, shown
from ..linalg.arrays import Array, adjoint, frozen
from ..networks.cuts import check_cut, splits_equal
from ..networks.network import DeepLinearNetwork
from ..networks.projections import projection
from ..quiver.certificates import Certificate
from ..reduction.truncation import REQUESTS, checked_request
from .sequences import StateSequence, as_sequence, gramian_residual

__all__ = ["BalancedSequence", "ReducedSequence", "balance_sequence", "reduce_sequence"]

Arrays = tuple[Array, ...]
Networks = tuple[DeepLinearNetwork, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class BalancedSequence:
    r"""A periodic or time-varying system in balanced coordinates at every time, with the proof that it is.

    Attributes
    ----------
    system : same type as what was passed in
        (T_{k+1} A_k T_k⁻¹, T_{k+1} B_k, C_k T_k⁻¹, D_k), with orders r_k.
    transforms, inverses : tuple of (r_k, n_k) and (n_k, r_k) array
        T_k and T_k⁻¹ of z_k = T_k x_k; where r_k < n_k the projection to, and embedding of, the minimal part.
    singular_values : tuple of array
        All Hankel singular values at every time, descending.
    form : str
        "balanced", "input-normal" or "output-normal".
    certificates : tuple of Certificate
        tr P_k + tr Q_k against its minimum 2Σσ at every time.
    residual : float
        Largest relative residual of the Gramian equations at the factors used (see
        :func:`~dlnbalance.structured.sequences.gramian_residual`).
    """

    system: Any
    transforms: Arrays
    inverses: Arrays
    singular_values: Arrays
    form: Form
    certificates: tuple[Certificate, ...]
    residual: float

    @property
    def orders(self) -> tuple[int, ...]:
        """Number of states kept at every time."""
        return tuple(T.shape[0] for T in self.transforms)

    @property
    def full_orders(self) -> tuple[int, ...]:
        """Number of states given at every time."""
        return tuple(T.shape[1] for T in self.transforms)

    @property
    def is_minimal(self) -> bool:
        """Whether all states were kept at every time."""
        return self.orders == self.full_orders

    def __repr__(self) -> str:
        given = "" if self.is_minimal else f" of {ranged(self.full_orders)}"
        kept = f"{ranged(self.orders)}{given} states at {len(self.orders)} times"
        if not self.is_minimal:
            kept += " (the minimal part)"
        return "\n".join(
            [
                f"BalancedSequence ({self.form}: {FORMS[self.form][1]} at every time), {kept}",
                *_shown_values(self.singular_values, self.orders),
                f"  {_worst(self.certificates)}",
                f"  relative residual of the Gramian equations: {self.residual:.1e}",
            ]
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class ReducedSequence:
    r"""A reduced periodic or time-varying system with what is proved and what was measured about it.

    Attributes
    ----------
    system : same type as what was passed in
        The reduced model, with the inputs, outputs and time base of the given one.
    singular_values : tuple of array
        All Hankel singular values of the full system at every time, descending.
    bound, lower_bound : float
        max_k σ_{k,r_k+1} ≤ error ≤ 2 Σ σ over the distinct values truncated at any time (in exact arithmetic), for the
        error in the ℓ₂ gain.
    left, right : tuple of (n_k, r_k) array
        Bases W_k and V_k of the projection, W_k* V_k = I.
    stable : bool
        Whether the reduced model is stable beyond rounding.
    certificates : tuple of Certificate
        tr P_k + tr Q_k of the kept coordinates against its minimum, at every time.
    full : PeriodicSystem or TimeVaryingSystem
        The system that was given.

    Notes
    -----
    *What is proved.* If all states of one value γ are truncated, at whatever times, the error is at most 2γ: the proof
    for time-invariant systems rests on two Lyapunov inequalities that the kept part enters only time by time, and the
    truncated realization satisfies them again, so that the triangle inequality adds up the distinct values. That is a
    bound for any orders r_k. It can be far from sharp, since values that merely differ from time to time count each:
    where σ_{k,i} is monotonic in k, Lall, Beck and Dullerud [1]_, [2]_ and Sandberg and Rantzer [3]_ have better ones,
    which are not implemented. The lower bound holds since the Hankel operator at time k of the reduced model has rank
    r_k at most.

    References
    ----------
    .. [1] S. Lall, C. Beck, G. Dullerud, "Guaranteed error bounds for model reduction of linear time-varying systems",
       Proc. American Control Conf. 1998.
    .. [2] S. Lall, C. Beck, "Error bounds for balanced model-reduction of linear time-varying systems", IEEE Trans.
       Automat. Control 48 (2003) 946-956.
    .. [3] H. Sandberg, A. Rantzer, "Balanced truncation of linear time-varying systems", IEEE Trans. Automat. Control
       49 (2004) 217-229.
    .. [4] S. Longhi, G. Orlando, "Balanced reduction of linear periodic systems", Kybernetika 35 (1999) 737-751.
    .. [5] A. Varga, "Balanced truncation model reduction of periodic systems", Proc. 39th IEEE CDC (2000) 2379-2384.
    """

    system: Any
    singular_values: Arrays
    bound: float
    lower_bound: float
    left: Arrays
    right: Arrays
    stable: bool
    certificates: tuple[Certificate, ...]
    full: Any = field(repr=False)

    @property
    def orders(self) -> tuple[int, ...]:
        """Number of states kept at every time."""
        return tuple(V.shape[1] for V in self.right)

    @property
    def full_orders(self) -> tuple[int, ...]:
        """Number of states given at every time."""
        return tuple(V.shape[0] for V in self.right)

    def error(self) -> float:
        """Measured ℓ₂ gain of the difference, computed once, on first call.

        For a periodic system the H∞ norm of the lifted error system (infinite if the reduced model is not stable), for
        a time-varying one the spectral norm of the difference of the operators.
        """
        return self._error

    @cached_property
    def _error(self) -> float:
        return self.full.distance(self.system)

    def __repr__(self) -> str:
        stability = "stable" if self.stable else "NOT STABLE beyond rounding"
        kept = f"{ranged(self.orders)} of {ranged(self.full_orders)} states at {len(self.orders)} times"
        lines = [
            f"ReducedSequence: {kept}, {stability}",
            *_shown_values(self.singular_values, self.orders),
            f"  ℓ₂ gain of the error: between {self.lower_bound:.4g} and {self.bound:.4g}, proved for exact arithmetic",
        ]
        if "_error" in vars(self):
            lines.append(f"  ℓ₂ gain of the error: measured {self.error():.6g}")
        return "\n".join([*lines, f"  {_worst(self.certificates)}"])


def balance_sequence(system: StateSequence, form: Form) -> BalancedSequence:
    r"""Balance the Gramians at every time, :math:`T_k P_k T_k^* = T_k^{-*} Q_k T_k^{-1} = \mathrm{diag}(σ_k)`.

    Parameters
    ----------
    system : PeriodicSystem or TimeVaryingSystem
        A periodic one must be stable.
    form : {"balanced", "input-normal", "output-normal"}
        P_k = Q_k = diag(σ_k), P_k = I or Q_k = I at every time.

    Returns
    -------
    BalancedSequence
        States whose Hankel singular values lie below 5e-11 of the largest at the same time are dropped.

    Raises
    ------
    UnstableSystemError
        When a periodic system has no Gramians.
    OrderError
        When no state at any time connects input and output.

    Notes
    -----
    The square-root method with one SVD for every time, O(K n³) flops. Unique up to unitary changes of coordinates
    within equal σ at every time.
    """
    networks = as_sequence("system", system).gramian_networks()
    one_of("form", form, FORMS)
    orders = [balanceable_order(network) for network in networks]
    if not any(orders):
        raise nothing_to_balance()
    T, S = _projections(networks, orders, FORMS[form][0])
    return BalancedSequence(
        system=system.project(T, S),
        transforms=T,
        inverses=S,
        singular_values=tuple(network.singular_values for network in networks),
        form=form,
        certificates=_certificates(networks, orders),
        residual=gramian_residual(system, networks),
    )


def reduce_sequence(system: StateSequence, request: str, value: Any) -> ReducedSequence:
    """Truncate the balanced realization at every time.

    Parameters
    ----------
    system : PeriodicSystem or TimeVaryingSystem
        A periodic one must be stable.
    request : {"order", "tol", "rtol"}
        What `value` is: orders r_k, one for every time; or one number r, that is r states at every time, or all that
        stand above rounding where there are fewer; or a tolerance for the error bound, absolute or relative to the
        largest Hankel singular value of all times, for the fewest states that meet it by one threshold for all times.
    value : int, sequence of int or float
        See `request`.

    Returns
    -------
    ReducedSequence

    Raises
    ------
    OrderError
        For orders out of range, or between equal singular values of one time.
    ToleranceError
        When no orders meet the tolerance.
    UnstableSystemError
        When a periodic system has no Gramians.
    """
    networks = as_sequence("system", system).gramian_networks()
    request, value = checked_request(**{one_of("request", request, REQUESTS): value})
    if request == "order":
        orders = _checked_orders(networks, value)
    else:
        unit = 1.0 if request == "tol" else max(float(network.singular_values[:1].sum()) for network in networks)
        orders = _orders_within(networks, request, value, unit)
    T, S = _projections(networks, orders)
    reduced = system.project(T, S)
    bounds = _error_bounds(networks, orders)
    return ReducedSequence(
        system=reduced,
        singular_values=tuple(network.singular_values for network in networks),
        bound=float(bounds.upper or 0.0),
        lower_bound=float(bounds.lower or 0.0),
        left=tuple(frozen(adjoint(transform)) for transform in T),
        right=S,
        stable=reduced.is_stable,
        certificates=_certificates(networks, orders),
        full=system,
    )


def _projections(networks: Networks, orders: Sequence[int], exponent: float = 0.5) -> tuple[Arrays, Arrays]:
    pairs = [projection(network, order, exponent) for network, order in zip(networks, orders, strict=True)]
    return tuple(frozen(pair.transform) for pair in pairs), tuple(frozen(pair.inverse) for pair in pairs)


def _certificates(networks: Networks, orders: Sequence[int]) -> tuple[Certificate, ...]:
    return tuple(certify(network, order) for network, order in zip(networks, orders, strict=True))


def _checked_orders(networks: Networks, value: Any) -> list[int]:
    """Orders for every time; refuse those out of range and cuts through equal values."""
    ranks = [network.rank for network in networks]
    if is_integer(value):
        if not any(ranks):
            raise nothing_to_balance()
        if not 1 <= value <= max(ranks):
            raise OrderError(
                "order",
                f"an order from 1 to {max(ranks)}",
                shown(value),
                "no time has more singular values above rounding",
            )
        orders: list[Any] = [min(int(value), rank) for rank in ranks]
    else:
        orders = items("order", value, "a whole number, or one for every time", remedy="pass an int")
    if len(orders) != len(networks):
        raise InvalidArgumentError(
            "order", f"{len(networks)} orders, one for every time", f"{len(orders)}", "or pass one number for all"
        )
    for k, (network, order) in enumerate(zip(networks, orders, strict=True)):
        if not is_integer(order) or order != 0:  # no state at all is always possible, and all there is at rank 0
            check_cut(network.singular_values, order, network.rank, network.accuracy_floor, f"order[{k}]")
    return [int(order) for order in orders]


def _orders_within(networks: Networks, request: str, tolerance: float, unit: float) -> list[int]:
    """Orders of the largest threshold for which the error bound meets `tolerance` · `unit`."""
    values, times, floor = _merged(networks)
    kept, bound = values.size, 0.0
    for cut in range(values.size - 1, -1, -1):  # a cut before position `cut` truncates it and all that follow
        if splits_equal(values, cut, floor):
            continue
        bound += 2 * float(values[cut])  # the largest of the values that count as equal
        if bound > tolerance * unit:
            break
        kept = cut
    counts = np.bincount(times[:kept], minlength=len(networks))
    if any(count > network.rank for count, network in zip(counts, networks, strict=True)):
        reachable = _error_bounds(networks, [network.rank for network in networks]).upper or 0.0
        raise ToleranceError(
            request,
            f"at least {reachable / unit:.3g}, which the largest orders meet",
            f"{tolerance:.3g}",
            "ask for less accuracy",
        )
    return [int(count) for count in counts]


def _merged(networks: Networks, orders: Sequence[int] | None = None) -> tuple[Array, Any, float]:
    """Singular values of all times beyond the `orders`, descending, the times they belong to, and their floor."""
    skipped = orders if orders is not None else [0] * len(networks)
    tails = [network.singular_values[order:] for network, order in zip(networks, skipped, strict=True)]
    values = np.concatenate(tails)
    times = np.repeat(np.arange(len(networks)), [tail.size for tail in tails])
    descending = np.argsort(-values, kind="stable")
    return values[descending], times[descending], max(network.accuracy_floor for network in networks)


def _error_bounds(networks: Networks, orders: Sequence[int]) -> ErrorBounds:
    """Largest truncated value, and twice the sum of the distinct ones, over all times."""
    values, _, floor = _merged(networks, orders)
    return Lyapunov().error_bounds(values, 0, floor)


def _shown_values(values: Arrays, orders: Sequence[int]) -> list[str]:
    """Hankel singular values, kept | dropped, at three times at most."""
    times = range(len(values)) if len(values) <= 3 else (0, len(values) // 2, len(values) - 1)
    return [
        f"  Hankel singular values at time {k}: {listed(values[k][: orders[k]], 5) or 'none kept'}"
        f" | {listed(values[k][orders[k] :], 3) or 'none dropped'}"
        for k in times
    ]


def _worst(certificates: Sequence[Certificate]) -> str:
    """Say how far the worst time is from its minimum."""
    k = int(np.argmax([abs(certificate.relative_gap) for certificate in certificates]))
    return f"certificate of time {k}, the worst: {certificates[k]}"
