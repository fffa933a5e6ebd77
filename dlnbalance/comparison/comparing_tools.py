"""Comparison of this library with python-control and SLICOT on one system."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..balancing.balanced_forms import hankel_singular_values
from ..errors import OrderError
from ..files.conversion import as_system
from ..linalg.arrays import EPS, Array, dense, whole_number
from ..networks.cuts import splits_equal
from ..norms.responses import frequency_grid, frequency_response
from ..reduction.truncation import reduce
from ..systems.linear_system import LinearSystem
from .charts import Chart
from .comparison_tables import Comparison
from .other_tools import call_tool, timed

__all__ = ["compare_tools"]

# Order that is compared when none is asked for: the states that carry more than this share of σ_1. Smaller ones do
# not show in a picture of the response.
_KEPT_SHARE = 1e-3


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What a tool returned, or why it did not."""

    values: Array | None
    reduced: LinearSystem | None
    seconds: float
    remarks: tuple[str, ...]


def compare_tools(system: LinearSystem, order: int | None) -> Comparison:
    """Compare what this library, python-control and SLICOT make of a system; see :func:`dlnbalance.compare`."""
    explicit = system.explicit()
    if order is None:
        order = _notable_order(explicit)
    order = whole_number("order", order, 0, remedy="compare one order at a time")
    (values, model), seconds = timed(lambda: _ours(explicit, order))
    tools = {
        "python-control": lambda: _python_control(explicit, order),
        "slycot AB09AD": lambda: _slycot(explicit, order),
    }
    omega = frequency_grid(explicit)
    full, ours = frequency_response(explicit, omega), frequency_response(model, omega)
    rows: list[dict[str, Any]] = [
        {"tool": "dlnbalance", "hsv_difference": 0.0, "response_difference": 0.0, "seconds": seconds}
    ]
    remarks: list[str] = []
    for tool, run in tools.items():
        outcome = run()
        rows.append(
            {
                "tool": tool,
                "hsv_difference": None if outcome.values is None else _distance(outcome.values, values, values[0]),
                "response_difference": None
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
        chart=Chart(
            x="tool",
            y=("hsv_difference", "response_difference"),
            ylabel="difference from dlnbalance",
            logarithmic=True,
        ),
        labels={"hsv_difference": "HSV difference / σ_1", "response_difference": "response difference"},
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
    # tools may disagree about which one of two equal states is kept
    while splits_equal(values, order, EPS * values[0]):
        order += 1
    return order


def _python_control(system: LinearSystem, order: int) -> _Outcome:
    import control

    if system.is_complex:
        return _Outcome(values=None, reduced=None, seconds=0.0, remarks=("represents real systems only",))
    state_space = system.to_control()
    values, remark, seconds = call_tool(lambda: control.hankel_singular_values(state_space), "hankel_singular_values")
    remarks = [remark] if remark else []
    if values is not None and (np.iscomplexobj(values) or np.isnan(values).any()):
        complex_count = int(np.count_nonzero(np.iscomplex(values)))
        nan_count = int(np.count_nonzero(np.isnan(values)))
        remarks.append(
            f"hankel_singular_values returned {complex_count} complex and {nan_count} NaN values of {values.size}"
            " (it takes eigenvalues of the product of the Gramians)"
        )
        values = np.sort(np.nan_to_num(np.abs(values)))[::-1]
    reduced, remark, more = call_tool(lambda: control.balanced_reduction(state_space, order), "balanced_reduction")
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
    found, remark, seconds = call_tool(lambda: slycot.ab09ad(time_base, "B", "N", *sizes, A, B, C, nr=order), "ab09ad")
    if found is None:
        return _Outcome(values=None, reduced=None, seconds=seconds, remarks=(remark,))
    kept, A_r, B_r, C_r, values = found
    remarks = () if kept == order else (f"returned order {kept} instead of {order}",)
    reduced = LinearSystem(A_r, B_r, C_r, system.D, dt=system.dt)
    return _Outcome(values=values, reduced=reduced, seconds=seconds, remarks=remarks)


def _distance(theirs: Array, ours: Array, scale: float) -> float | None:
    return float(np.abs(theirs - ours).max() / scale) if theirs.shape == ours.shape else None
