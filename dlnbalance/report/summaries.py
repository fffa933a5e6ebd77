"""What the command line says about models, networks and results: rows for the screen, documents for machines."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..balancing.balanced_forms import balance, hankel_singular_values, listed
from ..errors import DlnBalanceError, InvalidArgumentError, UnstableSystemError
from ..flows.gradient_flows import helmke_moore, kirwan_ness, regularizing
from ..flows.trajectories import Trajectory
from ..gramians.base import values_name
from ..networks.layers import shown_widths
from ..networks.network import DeepLinearNetwork
from ..norms.peaks import PeakGain
from ..norms.system_norms import hinf_norm
from ..quiver.integration import Progress
from ..reduction.network_reduction import ReducedNetwork
from ..reduction.reduced_model import ReducedModel
from ..reduction.truncation import reduce
from ..sweeps.results import Sweep
from ..systems.linear_system import LinearSystem
from ..systems.signals import abridged
from .page import describe_peak

__all__ = [
    "balance_model",
    "balance_network",
    "flow_summary",
    "follow_flow",
    "model_summary",
    "network_summary",
    "reduction_document",
    "sweep_document",
    "sweep_rows",
    "swept",
]

_DENSE_LIMIT = 3000  # states up to which poles and Hankel singular values are computed
_STATES = 40  # of a flow that are kept for its picture
_LONG = 15.0  # time after which the regularizing flow has ended for the eye: moments e⁻³⁰ of the first
_NORM_LIMIT = 500  # states up to which the H-infinity norm is computed

#: Label and text of one line on the screen.
Rows = list[tuple[str, str]]
#: Rows, and the same for machines.
Summary = tuple[Rows, dict[str, Any]]


def balance_model(system: LinearSystem, form: Any) -> tuple[Any, Rows, dict[str, Any]]:
    """Balance a model: the balanced one, and what to say about it."""
    result = balance(system, form=form)
    rows = [
        ("System", _headline(system)),
        ("Form", result.form),
        (
            "Order",
            f"{result.order} of {result.full_order} states" + ("" if result.is_minimal else ", the minimal part"),
        ),
        ("Hankel singular values", listed(result.hsv)),
        ("Certificate", str(result.certificate)),
        ("Accuracy floor", f"{result.accuracy_floor:.1e}"),
    ]
    document = {
        "kind": "model",
        "form": result.form,
        "order": result.order,
        "full_order": result.full_order,
        "hankel_singular_values": result.hsv.tolist(),
        "certificate": _certificate_document(result.certificate),
        "accuracy_floor": result.accuracy_floor,
    }
    return result.system, rows, document


def balance_network(network: DeepLinearNetwork) -> tuple[Any, Rows, dict[str, Any]]:
    """Balance a network: its center, and what to say about it."""
    result = balance(network)
    center, certificate = result.network, result.certificate
    rows = [
        ("Network", _network_headline(network)),
        ("Singular values", listed(network.singular_values)),
        ("Balancing gap", f"{center.balancing_gap():.3g} (was {network.balancing_gap():.6g})"),
        ("Certificate", str(certificate)),
        ("Orbit", result.orbit),
    ]
    document = {
        "kind": "network",
        "widths": list(network.widths),
        "rank": network.rank,
        "singular_values": network.singular_values.tolist(),
        "balancing_gap": {"before": network.balancing_gap(), "after": center.balancing_gap()},
        "certificate": _certificate_document(certificate),
    }
    return center, rows, document


def reduce_network(
    network: DeepLinearNetwork, request: dict[str, Any], *, measure: bool
) -> tuple[ReducedNetwork, Rows, dict[str, Any]]:
    """Reduce the hidden widths of a network, and what to say about it."""
    model = reduce(network, **request)
    values = model.singular_values
    rows = [
        ("Network", _network_headline(network)),
        ("Reduced", f"widths {shown_widths(model.network.widths)}"),
        ("Singular values", f"kept {listed(values[: model.order])}"),
        ("", f"dropped {listed(values[model.order :], 3) or 'none'}"),
        ("‖X − X_r‖₂", f"{model.bound:.6g}, the least possible for these widths"),
        *([("Measured", f"{model.error():.6g}")] if measure else []),
        ("Certificate", f"when {model.certificate}"),
        ("Accuracy floor", f"{model.accuracy_floor:.1e}, the error that rounding in X can cause"),
    ]
    document = {
        "kind": "network",
        "order": model.order,
        "widths": list(model.network.widths),
        "singular_values": values.tolist(),
        "bound": model.bound,
        "lower_bound": model.lower_bound,
        "error": model.error() if measure else None,
        "accuracy_floor": model.accuracy_floor,
        "certificate": _certificate_document(model.certificate),
    }
    return model, rows, document


def _headline(system: LinearSystem) -> str:
    return repr(system).partition("\n")[0]


def _network_headline(network: DeepLinearNetwork) -> str:
    kind = "complex" if network.is_complex else "real"
    return f"depth {network.depth}, {kind}, widths {shown_widths(network.widths)}, rank {network.rank}"


def network_summary(network: DeepLinearNetwork) -> Summary:
    """Describe a network."""
    gap = network.balancing_gap()
    rows = [
        ("Network", _network_headline(network)),
        ("Singular values", listed(network.singular_values)),
        ("Squared norm", f"{network.norm**2:.6g}"),
        ("Balancing gap", f"{gap:.6g} (zero if and only if the network is balanced)"),
        ("Accuracy floor", f"{network.accuracy_floor:.1e}"),
    ]
    document = {
        "kind": "network",
        "depth": network.depth,
        "widths": list(network.widths),
        "complex": network.is_complex,
        "rank": network.rank,
        "singular_values": network.singular_values.tolist(),
        "squared_norm": network.norm**2,
        "balancing_gap": gap,
        "accuracy_floor": network.accuracy_floor,
    }
    return rows, document


def model_summary(system: LinearSystem) -> Summary:
    """Describe a model: signals, poles, Hankel singular values and norm, as far as they can be computed."""
    rows = [
        ("System", _headline(system)),
        ("Inputs", abridged(system.inputs)),
        ("Outputs", abridged(system.outputs)),
    ]
    document: dict[str, Any] = {
        "kind": "model",
        "name": system.name,
        "states": system.nstates,
        "inputs": list(system.inputs),
        "outputs": list(system.outputs),
        "dt": system.dt,
        "sparse": system.is_sparse,
        "complex": system.is_complex,
        "descriptor": system.E is not None,
    }
    if system.nstates > _DENSE_LIMIT:
        return [*rows, ("Poles", f"not computed for more than {_DENSE_LIMIT} states")], document
    try:
        more, values = _dynamics(system)
    except DlnBalanceError as error:  # what is known is shown all the same
        return [*rows, ("Poles", f"not computed: {error}")], document
    return rows + more, document | values


def _dynamics(system: LinearSystem) -> Summary:
    """Poles, stability and, where they exist, Hankel singular values and norm."""
    from ..gramians.stability import check_stable

    system.check_descriptor()
    if system.is_large:
        return _large_dynamics(system)
    discrete = system.is_discrete
    rows, document = _describe_poles(system, discrete)
    try:
        check_stable(system)
    except UnstableSystemError as error:
        return [("Stability", f"NOT STABLE: {error.received}"), *rows], document | {"stable": False}
    values = hankel_singular_values(system)
    rows = [("Stability", "stable"), *rows, ("Hankel singular values", listed(values))]
    document |= {"stable": True, "hankel_singular_values": values.tolist()}
    if system.nstates <= _NORM_LIMIT:
        peak = hinf_norm(system)
        rows.append(("H∞ norm", describe_peak(peak, system.dt)))
        document["hinf_norm"] = {"value": peak.value, "frequency": peak.frequency}
    return rows, document


def _large_dynamics(system: LinearSystem) -> Summary:
    """What is known of a large sparse system without its poles."""
    try:
        values = hankel_singular_values(system)
    except UnstableSystemError as error:
        return [("Stability", f"NOT STABLE: {error.received}")], {"stable": False}
    rows = [
        ("Stability", "stable, as far as inputs and outputs reach"),
        ("Poles", "not computed: the system is large"),
        ("Hankel singular values", f"{listed(values)} (low-rank Gramians)"),
    ]
    return rows, {"stable": True, "hankel_singular_values": values.tolist()}


def _describe_poles(system: LinearSystem, discrete: bool) -> Summary:
    """The slowest, the fastest and the least damped pole, by damping and natural frequency of s or log(z)/dt."""
    poles = system.poles()
    if not poles.size:
        return [], {}
    if discrete:
        with np.errstate(divide="ignore"):  # a pole at z = 0 forgets at once
            decay, frequency = -np.log(np.abs(poles)) / system.sampling_time, np.angle(poles) / system.sampling_time
    else:
        decay, frequency = -np.real(poles), np.imag(poles)
    size = np.hypot(decay, frequency)
    oscillating = np.flatnonzero(np.imag(poles))
    unit = "rad/sample" if system.dt is True else "rad/s"
    chosen = {"slowest": int(np.argmin(decay)), "fastest": int(np.argmax(size))}
    rows = [(f"{name.capitalize()} pole", _complex_text(poles[k])) for name, k in chosen.items()]
    if oscillating.size:
        damping = decay[oscillating] / size[oscillating]
        k = int(oscillating[np.argmin(damping)])
        chosen["least_damped"] = k
        text = f"{_complex_text(poles[k])}, damping {damping.min():.3g} at {size[k]:.4g} {unit}"
        rows.append(("Least damped pole", text))
    document = {name: {"real": float(poles[k].real), "imag": float(poles[k].imag)} for name, k in chosen.items()}
    return rows, {"poles": document}


def _complex_text(value: complex) -> str:
    if value.imag == 0:
        return f"{value.real:.6g}"
    return f"{value.real:.6g} {'+' if value.imag > 0 else '-'} {abs(value.imag):.6g}i"


def reduction_document(model: ReducedModel, error: PeakGain | None) -> dict[str, Any]:
    """Return the facts about a reduced model for machines."""
    return {
        "method": model.method,
        "full_order": model.full_order,
        "order": model.order,
        "values": values_name(model.gramians),
        "hankel_singular_values": model.hsv.tolist(),
        "bound": model.bound,
        "lower_bound": model.lower_bound,
        "bounded": model.measure,
        "rounding": model.rounding,
        "error": None
        if error is None
        else {"value": error.value, "frequency": error.frequency, "rounding": error.rounding},
        "dc_mismatch": model.dc_mismatch,
        "dc_rounding": model.dc_rounding,
        "stable": model.stable,
        "certificate": _certificate_document(model.certificate),
        "accuracy_floor": model.accuracy_floor,
    }


def swept(model: ReducedModel) -> tuple[Any, dict[str, Any]]:
    """What a worker sends back of a reduction: the small model, and the facts."""
    return model.system, reduction_document(model, model.measured)


def sweep_rows(sweep: Sweep, sources: Sequence[str]) -> Rows:
    """Describe each result of a sweep over `swept` models in one line."""
    return [(source, _sweep_text(sweep, index)) for index, source in enumerate(sources)]


def _sweep_text(sweep: Sweep, index: int) -> str:
    if index in sweep.failures:
        return f"FAILED: {sweep.failures[index]}"
    if index >= len(sweep) or index in sweep.unfinished:
        return "not finished"
    facts = sweep.models[index][1]
    parts = [f"{facts['order']} of {facts['full_order']} states"]
    if facts["bound"] is not None:
        parts.append(f"{facts['bounded']} at most {facts['bound']:.4g}")
    if facts["error"] is not None:
        parts.append(f"measured {facts['error']['value']:.4g}")
    return ", ".join(parts)


def sweep_document(sweep: Sweep, sources: Sequence[str]) -> list[dict[str, Any]]:
    """Return the same for machines."""
    return [
        {"source": source, **sweep.models[index][1]}
        if index < len(sweep) and sweep.models[index] is not None
        else {"source": source, "failure": str(sweep.failures.get(index, "not finished"))}
        for index, source in enumerate(sources)
    ]


def _certificate_document(certificate: Any) -> dict[str, float]:
    names = ("before", "after", "minimum", "gap", "relative_gap", "hidden")
    return {name: getattr(certificate, name) for name in names}


def follow_flow(subject: Any, kind: str, time: float, progress: Progress) -> Trajectory:
    """Follow a flow from time 0 to `time`, with enough states in between for a picture."""
    if not time > 0:
        raise InvalidArgumentError("--time", "a positive time, or inf", f"{time:g}", "the flow starts at time 0")
    flow = {"regularizing": regularizing, "kirwan-ness": kirwan_ness, "helmke-moore": helmke_moore}[kind]
    last = time if np.isfinite(time) else _LONG
    times = np.concatenate([[0.0], np.geomspace(min(1e-3, last / 10), last, _STATES)])
    return flow(subject, times if np.isfinite(time) else np.append(times, time), progress=progress)


def flow_summary(path: Trajectory, kind: str) -> Summary:
    """Describe the path of a flow."""
    rows = [
        ("Flow", f"{kind}, {len(path.times)} states from t = {path.times[0]:g} to {path.times[-1]:g}"),
        ("Energy ½‖W‖²", f"{path.energies[0]:.6g} → {path.energies[-1]:.6g}"),
        ("Moment norm", f"{path.moment_norms[0]:.3e} → {path.moment_norms[-1]:.3e}"),
    ]
    if path.moment_rate and path.moment_errors is not None:
        rows.append(("Exact decay", f"moments follow {path.moment_law} to {path.moment_errors.max():.1e}"))
    if path.drifts is not None:
        rows.append(("Conserved", f"{path.conserved} to {path.drifts.max():.1e}"))
    rows.append(("Work", f"{path.evaluations} right-hand sides, {path.linear_iterations} conjugate gradient steps"))
    document = {
        "kind": kind,
        "times": path.times.tolist(),
        "energies": path.energies.tolist(),
        "moment_norms": path.moment_norms.tolist(),
        "moment_rate": path.moment_rate,
        "moment_errors": None if path.moment_errors is None else path.moment_errors.tolist(),
        "conserved": path.conserved,
        "drifts": None if path.drifts is None else path.drifts.tolist(),
        "evaluations": path.evaluations,
        "linear_iterations": path.linear_iterations,
    }
    return rows, document
