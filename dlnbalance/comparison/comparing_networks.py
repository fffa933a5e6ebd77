r"""A deep linear network and its delay line: where the notions of balanced agree, and how far they are elsewhere."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.linalg as la

from ..balancing.balanced_forms import balance
from ..bridge import cut, network_to_system
from ..errors import DlnBalanceError, InvalidArgumentError
from ..files.conversion import as_system
from ..gramians.lyapunov import Lyapunov
from ..linalg.arrays import EPS, Array, adjoint, dense
from ..linalg.polar import polar_factor
from ..networks.network import DeepLinearNetwork, representable_values
from ..networks.projections import projection
from ..reduction.truncation import reduce
from ..systems.linear_system import LinearSystem
from .charts import Chart
from .comparison_tables import Comparison
from .figures import IMBALANCE, NORM_FIGURES, cut_orders, errors_by_order, imbalance, norm_figures, nothing_to_balance
from .other_tools import call_tool

__all__ = ["compare_network", "unitary_gauge"]

_STATES = 150  # of a delay line that is balanced in norm and truncated: about a second each, growing with the cube
_ORDERS = 12  # of truncation that are tried: a table that fits a screen
_BALANCED = 1e-6  # ‖P − Q‖/‖P + Q‖ up to which a realization of another library counts as balanced: half of the digits

_LAYER_LABELS = {
    "P_exponent": "a of P ∼ Σᵃ",
    "P_exponent_theory": "theory a = 2k/N",
    "Q_exponent": "b of Q ∼ Σᵇ",
    "gauge_exponent": "c of gauge ∼ Σᶜ",
    "gauge_distance": "from unitary",
    "imbalance_center": f"{IMBALANCE} center",
    "imbalance_given": f"{IMBALANCE} given",
}
_WAY_LABELS = NORM_FIGURES | {
    "imbalance": IMBALANCE,
    "hsv_difference": "HSV to σ(X), /σ_1",
    "center_distance": "distance to center",
}
_TRUNCATION_LABELS = {
    "next_value": "next σ(X)",
    "network_error": "network: ‖X − X_r‖",
    "delay_line_error": "delay line: H∞ error",
    "bound": "bound 2Σσ",
}

_ONE_POINT = (
    "the norm of the network is that of the realization, so its center and the norm-balanced realization are one point,"
    " up to a unitary gauge of every layer; the Gramian-balanced realization is another one"
)


def compare_network(network: DeepLinearNetwork, order: int | None) -> Comparison:
    """Compare the notions of balanced on a network and its delay line; see :func:`dlnbalance.compare`."""
    if network.depth < 2 or network.rank == 0:
        raise InvalidArgumentError(
            "network",
            "at least two layers and a nonzero end-to-end matrix",
            repr(network),
            "there is nothing to balance",
        )
    representable_values("network", network)
    center, depth = network.center(), network.depth
    middle = (
        "layer 0 is input-normal (P = I), layer N output-normal (Q = I); the two notions agree at layer N/2 ="
        f" {depth / 2:g}" + (", which lies between two layers" if depth % 2 else "")
    )
    gap = (
        f"balancing gap ‖W‖² − N Σσ^(2/N): {network.balancing_gap():.4g} as given,"
        f" {center.balancing_gap():.1e} at the center"
    )
    sections = [_four_ways(network, center)]
    if network.rank > 1 or order is not None:
        sections += _truncations(network, order)
    return Comparison(
        title=f"Balanced network of depth {depth}, layer by layer: from input-normal to output-normal",
        rows=tuple(_layer_row(network, center, k) for k in range(depth + 1)),
        remarks=(middle, gap),
        chart=Chart(x="layer", y=("P_exponent", "Q_exponent", "gauge_exponent"), ylabel="exponents a, b, c of Σ"),
        labels=_LAYER_LABELS,
        sections=tuple(sections),
    )


# -- layer by layer -----------------------------------------------------------------------------------------------


def _layer_row(network: DeepLinearNetwork, center: DeepLinearNetwork, k: int) -> dict[str, Any]:
    depth, rank = network.depth, network.rank
    values, pair = network.singular_values[:rank], _pair(center, k)
    reach, observe = (la.svdvals(weight)[:rank] for weight in pair.weights)
    # its rows are orthogonal: T_k = Σ^{½−k/N} Q_k*, so their norms are the singular values, in the order of Σ
    gauge = la.norm(projection(pair, rank).transform, axis=1)
    return {
        "layer": k,
        "width": network.widths[k],
        "P_exponent": _exponent(values, reach**2),
        "P_exponent_theory": 2 * k / depth,
        "Q_exponent": _exponent(values, observe**2),
        "gauge_exponent": _exponent(values, gauge),
        "gauge_distance": _small(float(np.abs(gauge - 1).max())),
        "imbalance_center": imbalance(pair),
        "imbalance_given": imbalance(_pair(network, k)),
    }


def _pair(network: DeepLinearNetwork, k: int) -> DeepLinearNetwork:
    """Cut at layer k, the ends included: there one of the factors is the identity."""
    if 0 < k < network.depth:
        return cut(network, k)
    X = network.end_to_end
    return DeepLinearNetwork([np.eye(X.shape[1]), X] if k == 0 else [X, np.eye(X.shape[0])])


def _exponent(values: Array, sizes: Array) -> float | None:
    """Slope of log size against log σ (None where all σ are equal)."""
    x, y = np.log(values), np.log(sizes)
    x, y = x - x.mean(), y - y.mean()
    # nine digits hide what rounding adds to an exponent, and 0.0 turns a rounded −0 into 0
    return round(float(x @ y / (x @ x)), 9) + 0.0 if x @ x > EPS else None


def _small(distance: float) -> float:
    """The distance, or zero where it is rounding of the sums that it comes from."""
    return 0.0 if distance < 100 * EPS else distance


# -- four ways ----------------------------------------------------------------------------------------------------


def _four_ways(network: DeepLinearNetwork, center: DeepLinearNetwork) -> Comparison:
    given = network_to_system(network)
    ways: dict[str, Callable[[], LinearSystem]] = {
        "as given": lambda: given,
        "network (center)": lambda: network_to_system(center),
        "norm": lambda: _norm_balanced(given),
        "Gramian": lambda: _gramian_balanced(given),
    }
    rows, remarks = [], []
    for name, run in ways.items():
        found, refusal, _ = call_tool(run, name)
        remarks += [refusal] if refusal else []
        rows.append(_way_row(name, found, network))
    found, told = _python_control(given, network.rank * (network.depth - 1))
    rows.append(_way_row("python-control", found, network))
    remarks += told
    return Comparison(
        title=f"Its delay line balanced four ways ({given.nstates} states, discrete time)",
        rows=tuple(rows),
        remarks=(_ONE_POINT, *remarks),
        labels=_WAY_LABELS,
    )


def _norm_balanced(system: LinearSystem) -> LinearSystem:
    if system.nstates > _STATES:
        raise InvalidArgumentError(
            "network", f"a delay line of at most {_STATES} states", f"{system.nstates}", "call balance(…, form='norm')"
        )
    return balance(system, form="norm").system


def _gramian_balanced(system: LinearSystem) -> LinearSystem:
    balanced = balance(system)
    if not balanced.order:
        raise nothing_to_balance()
    return balanced.system


def _python_control(system: LinearSystem, order: int) -> tuple[LinearSystem | None, list[str]]:
    """What python-control makes of a delay line, and how it agrees on Gramians."""
    if system.is_complex:
        return None, ["python-control: represents real systems only"]
    import control

    state_space = system.to_control()
    remarks = []
    factors, refusal, _ = call_tool(lambda: [control.gram(state_space, kind) for kind in "co"], "gram")
    if factors is None:
        remarks.append(refusal)
    else:
        first, second = Lyapunov()(system).weights
        ours = first @ adjoint(first), adjoint(second) @ second
        difference = max(float(la.norm(M - N) / la.norm(N)) for M, N in zip(factors, ours, strict=True))
        remarks.append(f"gram agrees with our Gramians to {difference:.1e}")
    _, refusal, _ = call_tool(lambda: control.hankel_singular_values(state_space), "hankel_singular_values")
    remarks += [refusal] if refusal else []
    reduced, refusal, _ = call_tool(lambda: control.balanced_reduction(state_space, order), "balanced_reduction")
    if reduced is None:
        return None, [f"python-control: {remark}" for remark in [*remarks, refusal]]
    found = as_system((reduced.A, reduced.B, reduced.C, reduced.D, system.dt))
    if imbalance(Lyapunov()(found)) > _BALANCED:
        remarks.append("balanced_reduction returned a realization that is not balanced: it knows continuous time only")
    if found.nstates != order:
        remarks.append(f"balanced_reduction returned {found.nstates} states where {order} were asked for")
    return found, [f"python-control: {remark}" for remark in remarks]


def _way_row(name: str, system: LinearSystem | None, network: DeepLinearNetwork) -> dict[str, Any]:
    if system is None:
        return {"realization": name, **dict.fromkeys(_WAY_LABELS)}
    pair = Lyapunov()(system)
    values = np.zeros(max(system.nstates, network.rank * (network.depth - 1)))
    expected = values.copy()
    values[: pair.singular_values.size] = pair.singular_values
    repeated = np.repeat(network.singular_values[: network.rank], network.depth - 1)
    expected[: repeated.size] = repeated
    return {
        "realization": name,
        **norm_figures(system),
        "imbalance": imbalance(pair),
        "hsv_difference": float(np.abs(values - expected).max() / expected[0]),
        "center_distance": _distance_to_center(system, network),
    }


def _distance_to_center(system: LinearSystem, network: DeepLinearNetwork) -> float | None:
    """Relative distance of a realization to the center up to a unitary gauge, of every layer where that is enough."""
    for candidate in (network.center(), network.truncate(network.rank)):
        center = network_to_system(candidate)
        if center.nstates == system.nstates:
            return min(_misfit(center, system, blocks) for blocks in (candidate.widths[1:-1], None))
    return None


def _misfit(source: LinearSystem, target: LinearSystem, blocks: Sequence[int] | None) -> float:
    U = unitary_gauge(source, target, steps=source.nstates if blocks is None else len(blocks), blocks=blocks)
    A, B, C = U @ source.A @ adjoint(U), U @ source.B, source.C @ adjoint(U)
    parts = [dense(target.A) - A, target.B - B, target.C - C]
    return float(la.norm([la.norm(part) for part in parts]) / source.representation.norm)


def unitary_gauge(
    source: LinearSystem, target: LinearSystem, *, steps: int, blocks: Sequence[int] | None = None
) -> Array:
    r"""Unitary change of coordinates that brings one realization of a transfer function nearest to another.

    .. math:: \min_U ‖U R - R'‖^2 + ‖O U^* - O'‖^2, \qquad R = (B, AB, …), \; O = (C; CA; …).

    Parameters
    ----------
    source, target : LinearSystem
        Two realizations with the same number of states.
    steps : int
        Number of powers of A.
    blocks : sequence of int, optional
        Sizes of diagonal blocks to which U is restricted, the layers of a delay line.

    Notes
    -----
    A Procrustes problem: U is the polar factor of the correlation :math:`R' R^* + O'^* O`, block by block. Where a
    unitary gauge joins the two, U is that gauge (on the states that are reached or observed).

    Examples
    --------
    >>> source = LinearSystem([[-1.0]], [[2.0]], [[3.0]])
    >>> unitary_gauge(source, LinearSystem([[-1.0]], [[-2.0]], [[-3.0]]), steps=1).round(12).item()
    -1.0
    """
    correlation = np.zeros((target.nstates, source.nstates), dtype=np.result_type(source.B, target.B, source.A))
    reach, observe = (source.B, target.B), (source.C, target.C)
    for _ in range(steps):
        correlation = correlation + reach[1] @ adjoint(reach[0]) + adjoint(observe[1]) @ observe[0]
        reach = (source.A @ reach[0], target.A @ reach[1])
        observe = (observe[0] @ source.A, observe[1] @ target.A)
    ends = np.cumsum([0, *(blocks or [source.nstates])])
    return la.block_diag(*(polar_factor(correlation[lo:hi, lo:hi]) for lo, hi in pairwise(ends) if hi > lo))


# -- truncation ---------------------------------------------------------------------------------------------------


def _truncations(network: DeepLinearNetwork, order: int | None) -> list[Comparison]:
    system = network_to_system(network)
    spread = cut_orders(network.singular_values, network.accuracy_floor, end=network.rank, count=_ORDERS)
    orders = spread if order is None else [order]
    if not orders:
        return []
    rows = [_truncation_row(network, system, r) for r in orders]
    error, following = rows[-1]["network_error"], rows[-1]["next_value"]
    remark = (
        f"truncation to width {orders[-1]}: H∞ error {error:.6g} = σ_{orders[-1] + 1} = {following:.6g},"
        " the least possible"
    )
    title = "Truncation: H∞ error of the network and of its delay line, r states a layer"
    return [errors_by_order(title, rows, remark, _TRUNCATION_LABELS)]


def _truncation_row(network: DeepLinearNetwork, system: LinearSystem, r: int) -> dict[str, Any]:
    truncated = network.truncate(r)
    error = bound = None
    if system.nstates <= _STATES:
        try:
            model = reduce(system, r * (network.depth - 1))
            error, bound = model.error().value, model.bound
        except DlnBalanceError:  # rounding may hide from the system what the singular values of X still show
            pass
    return {
        "order": r,
        "next_value": float(network.singular_values[r : r + 1].sum()),
        "network_error": float(la.norm(network.end_to_end - truncated.end_to_end, 2)),
        "delay_line_error": error,
        "bound": bound,
    }
