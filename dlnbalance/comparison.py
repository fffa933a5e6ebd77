"""Comparisons: this library against python-control and SLICOT; network balancing against Gramian balancing."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np
import scipy.linalg as la

from .arrays import EPS, Array, adjoint, dense
from .balancing import hankel_singular_values
from .bridge import cut, network_to_system
from .errors import InvalidArgumentError, OrderError
from .networks import DeepLinearNetwork, splits_equal
from .norms import frequency_grid, frequency_response
from .reduction import reduce
from .systems import LinearSystem, as_system

__all__ = ["Comparison", "compare"]

# Order that is compared when none is asked for: the states that carry more than this share of σ_1.
_KEPT_SHARE = 1e-3


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """A table of figures side by side, with what they say in words.

    Attributes
    ----------
    title : str
        What is compared.
    rows : tuple of dict
        One row a tool or a layer; all rows have the same keys. None stands for "there is no such figure".
    remarks : tuple of str
        What the figures mean, refusals and errors included.
    """

    title: str
    rows: tuple[dict[str, Any], ...]
    remarks: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return title, rows and remarks as plain Python objects, ready for JSON."""
        return {"title": self.title, "rows": [dict(row) for row in self.rows], "remarks": list(self.remarks)}

    def to_table(self) -> Any:
        """Return the rows as a ``rich.table.Table`` (without the title)."""
        from rich.table import Table

        table = Table()
        for key in self.rows[0]:
            table.add_column(key, overflow="fold")
        for row in self.rows:
            table.add_row(*(_shown(value) for value in row.values()))
        return table

    def __repr__(self) -> str:
        from rich.console import Console

        page = StringIO()
        console = Console(file=page, width=110, force_jupyter=False)
        console.print(self.title, markup=False, highlight=False)
        console.print(self.to_table())
        for remark in self.remarks:
            console.print(f"- {remark}", markup=False, highlight=False)
        return page.getvalue().rstrip()


def compare(obj: Any, order: int | None = None) -> Comparison:
    r"""Compare this library with python-control and SLICOT, or a network with its Gramian-balanced delay line.

    Parameters
    ----------
    obj : LinearSystem, anything :func:`as_system` reads, or DeepLinearNetwork
        What is balanced and reduced.
    order : int, optional
        Order of the reduced models; by default all states above 1e-3 σ_1 (of a network: its rank less one).

    Returns
    -------
    Comparison
        For a system, one row a tool: the largest difference of its Hankel singular values from ours (relative to
        σ_1), the largest difference of its reduced frequency response from ours (relative to the peak of the
        full one), the wall time of both computations, and what it refuses or gets wrong.

        For a network, one row a hidden layer k of its balanced center: the Gramians R_k and O_k of the cut at k
        behave like Σ^{2k/N} and Σ^{2(1−k/N)}, so they agree (the layer is balanced in the Gramian sense, too)
        only at k = N/2. The exponents are measured by a least-squares fit.

    Raises
    ------
    OrderError, UnstableSystemError, InvalidArgumentError
        As :func:`reduce`.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, arXiv:2511.01137.

    Examples
    --------
    >>> network = DeepLinearNetwork([np.diag([3.0, 1.0])] * 4)
    >>> [row["P ∼ Σ^"] for row in compare(network).rows]
    [0.5, 1.0, 1.5]
    """
    if isinstance(obj, DeepLinearNetwork):
        return _compare_network(obj, order)
    return _compare_system(as_system(obj), order)


# -- systems ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What a tool returned, or why it did not."""

    values: Array | None
    reduced: LinearSystem | None
    seconds: float
    remarks: tuple[str, ...]


def _compare_system(system: LinearSystem, order: int | None) -> Comparison:
    explicit = system.explicit()
    if order is None:
        order = _notable_order(explicit)
    (values, model), seconds = _timed(lambda: _ours(explicit, order))
    tools = {
        "python-control": lambda: _python_control(explicit, order),
        "slycot AB09AD": lambda: _slycot(explicit, order),
    }
    omega = frequency_grid(explicit)
    full, ours = frequency_response(explicit, omega), frequency_response(model, omega)
    rows: list[dict[str, Any]] = [
        {"tool": "dlnbalance", "HSV difference / σ_1": 0.0, "response difference": 0.0, "seconds": seconds}
    ]
    remarks: list[str] = []
    for tool, run in tools.items():
        outcome = run()
        rows.append(
            {
                "tool": tool,
                "HSV difference / σ_1": None
                if outcome.values is None
                else _distance(outcome.values, values, values[0]),
                "response difference": None
                if outcome.reduced is None
                else _distance(frequency_response(outcome.reduced, omega), ours, np.abs(full).max()),
                "seconds": outcome.seconds if outcome.values is not None or outcome.reduced is not None else None,
            }
        )
        remarks += [f"{tool}: {remark}" for remark in outcome.remarks]
    kind = "discrete" if system.is_discrete else "continuous"
    return Comparison(
        title=f"Hankel singular values and reduction from {system.nstates} to {order} states ({kind} time)",
        rows=tuple(rows),
        remarks=tuple(remarks or ["all tools agree to the differences shown"]),
    )


def _ours(system: LinearSystem, order: int) -> tuple[Array, LinearSystem]:
    fresh = as_system(system.to_tuple())  # its Schur form is part of the work
    model = reduce(fresh, order)
    return model.hsv, model.system


def _notable_order(system: LinearSystem) -> int:
    values = hankel_singular_values(system)
    order = int(np.count_nonzero(values > _KEPT_SHARE * values[:1].sum()))
    if order == 0:
        raise OrderError("system", "a state that connects input and output", "a constant gain", "nothing to compare")
    while splits_equal(values, order, EPS * values[0]):
        order += 1
    return order


def _python_control(system: LinearSystem, order: int) -> _Outcome:
    import control

    if system.is_complex:
        return _Outcome(values=None, reduced=None, seconds=0.0, remarks=("represents real systems only",))
    state_space = system.to_control()
    values, remark, seconds = _attempt(lambda: control.hankel_singular_values(state_space), "hankel_singular_values")
    remarks = [remark] if remark else []
    if values is not None and (np.iscomplexobj(values) or np.isnan(values).any()):
        complex_count = int(np.count_nonzero(np.iscomplex(values)))
        nan_count = int(np.count_nonzero(np.isnan(values)))
        remarks.append(
            f"hankel_singular_values returned {complex_count} complex and {nan_count} NaN values of {values.size}"
            " (it takes eigenvalues of the product of the Gramians)"
        )
        values = np.sort(np.nan_to_num(np.abs(values)))[::-1]
    reduced, remark, more = _attempt(lambda: control.balanced_reduction(state_space, order), "balanced_reduction")
    remarks += [remark] if remark else []
    if reduced is not None and system.is_discrete:
        remarks.append(
            "balanced_reduction treated the discrete system as a continuous one: it returned"
            f" {reduced.nstates} states (asked for {order}) and dt = {reduced.dt}"
        )
        reduced = control.StateSpace(reduced.A, reduced.B, reduced.C, reduced.D, system.dt)
    model = None if reduced is None else as_system(reduced)
    return _Outcome(values=values, reduced=model, seconds=seconds + more, remarks=tuple(remarks))


def _slycot(system: LinearSystem, order: int) -> _Outcome:
    try:
        import slycot
    except ImportError:
        return _Outcome(
            values=None, reduced=None, seconds=0.0, remarks=("not installed: pip install 'dlnbalance[slycot]'",)
        )
    if system.is_complex:
        return _Outcome(values=None, reduced=None, seconds=0.0, remarks=("AB09AD takes real systems only",))
    A, B, C = dense(system.A), system.B, system.C
    sizes = (system.nstates, system.ninputs, system.noutputs)
    time_base = "D" if system.is_discrete else "C"
    found, remark, seconds = _attempt(lambda: slycot.ab09ad(time_base, "B", "N", *sizes, A, B, C, nr=order), "ab09ad")
    if found is None:
        return _Outcome(values=None, reduced=None, seconds=seconds, remarks=(remark,))
    kept, A_r, B_r, C_r, values = found
    remarks = () if kept == order else (f"returned order {kept} instead of {order}",)
    reduced = LinearSystem(A_r, B_r, C_r, system.D, dt=system.dt)
    return _Outcome(values=values, reduced=reduced, seconds=seconds, remarks=remarks)


def _attempt(run: Callable[[], Any], name: str) -> tuple[Any, str, float]:
    """Run another library's function: its result or None, why there is none, and the wall time."""
    import warnings

    start = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result, remark = run(), ""
    except Exception as error:  # noqa: BLE001 - whatever a tool raises is the finding that is reported
        reason = (str(error) or type(error).__name__).strip().splitlines()[0]
        result, remark = None, f"{name} refused: {reason}"
    return result, remark, time.perf_counter() - start


def _timed(run: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = run()
    return result, time.perf_counter() - start


def _distance(theirs: Array, ours: Array, scale: float) -> float | None:
    return float(np.abs(theirs - ours).max() / scale) if theirs.shape == ours.shape else None


# -- networks -----------------------------------------------------------------------------------------------------


def _compare_network(network: DeepLinearNetwork, order: int | None) -> Comparison:
    if network.depth < 2 or network.rank == 0:
        raise InvalidArgumentError(
            "network",
            "at least two layers and a nonzero end-to-end matrix",
            repr(network),
            "there is nothing to balance",
        )
    center, depth, rank = network.center(), network.depth, network.rank
    values = network.singular_values[:rank]
    rows = tuple(_layer_row(network, center, values, k) for k in range(1, depth))
    delay_line = network_to_system(center)
    expected = np.repeat(network.singular_values[:rank], depth - 1)
    hsv = hankel_singular_values(delay_line)
    deviation = np.abs(hsv[: expected.size] - expected).max() / values[0]
    gap = (
        f"balancing gap ‖W‖² − N Σσ^(2/N): {network.balancing_gap():.4g} as given,"
        f" {center.balancing_gap():.1e} at the center"
    )
    remarks = [
        gap,
        f"Hankel singular values of the delay line: each σ_i(X) {depth - 1} times, to {deviation:.1e} σ_1",
        "network balancing and Gramian balancing agree at layer N/2"
        + (f" = {depth // 2}" if depth % 2 == 0 else f" = {depth / 2:g}, which lies between two layers"),
    ]
    if order is not None or rank > 1:
        remarks.append(_truncation_remark(network, rank - 1 if order is None else order))
    return Comparison(
        title=f"Balanced network of depth {depth} against its Gramian-balanced delay line",
        rows=rows,
        remarks=tuple(remarks),
    )


def _layer_row(network: DeepLinearNetwork, center: DeepLinearNetwork, values: Array, k: int) -> dict[str, Any]:
    first, second = cut(center, k).weights
    reach, observe = la.svdvals(first)[: values.size], la.svdvals(second)[: values.size]
    return {
        "layer": k,
        "width": network.widths[k],
        "P ∼ Σ^": _exponent(values, reach),
        "theory 2k/N": 2 * k / network.depth,
        "Q ∼ Σ^": _exponent(values, observe),
        "‖P−Q‖/‖P+Q‖ center": _imbalance(first, second),
        "‖P−Q‖/‖P+Q‖ given": _imbalance(*cut(network, k).weights),
    }


def _exponent(values: Array, roots: Array) -> float | None:
    """Slope of log eigenvalue of a Gramian against log σ (None where all σ are equal)."""
    x, y = np.log(values), 2 * np.log(roots)
    x, y = x - x.mean(), y - y.mean()
    return round(float(x @ y / (x @ x)), 9) if x @ x > EPS else None


def _imbalance(first: Array, second: Array) -> float:
    P, Q = first @ adjoint(first), adjoint(second) @ second
    return float(la.norm(P - Q) / la.norm(P + Q))


def _truncation_remark(network: DeepLinearNetwork, order: int) -> str:
    error = la.norm(network.end_to_end - network.truncate(order).end_to_end, 2)
    following = network.singular_values[order : order + 1].sum()
    return f"truncation to width {order}: H∞ error {error:.6g} = σ_{order + 1} = {following:.6g}, the least possible"


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return "0" if value == 0 else f"{value:.3g}" if 1e-3 <= abs(value) < 1e4 else f"{value:.1e}"
    return str(value)
