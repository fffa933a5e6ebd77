"""What the command line says about models that were only looked at, about sweeps, and how it follows a flow."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..balancing.balanced_forms import hankel_singular_values
from ..balancing.facts import values_facts
from ..decompositions.descriptor_forms import FiniteInfinite, finite_infinite
from ..decompositions.splitting import split
from ..errors import (
    DlnBalanceError,
    InvalidArgumentError,
    NumericalError,
    SingularDescriptorError,
    UnstableSystemError,
)
from ..flows.gradient_flows import helmke_moore, kirwan_ness, regularizing
from ..flows.trajectories import Trajectory
from ..gramians.low_rank import LowRank
from ..gramians.stability import check_stable
from ..linalg.sparse.costs import dense_operations, sparse_operations
from ..networks.layers import shown_widths
from ..networks.network import DeepLinearNetwork
from ..norms.system_norms import hinf_norm
from ..quiver.integration import Progress
from ..reduction.network_reduction import ReducedNetwork
from ..structured.model import Model
from ..summary import Fact, Summary, document, headline, listed
from ..sweeps.results import Sweep
from ..systems.frequency_units import frequency_text
from ..systems.linear_system import LinearSystem
from ..systems.signals import abridged, counted

__all__ = ["follow_flow", "model_summary", "sweep_document", "sweep_rows", "swept"]

_SECONDS = 1e11  # operations, dense ones, that take some seconds: what a look at a model may cost
_FACTORIZATIONS = 40  # sparse ones that a look at a large model may take: those with a low rank take fewer
_TRIAL_LIMIT = 20_000  # states of a sparse model up to which ordering and one trial factorization take a second
_STATES = 40  # of a flow that are kept for its picture: a smooth curve on a screen
_LONG = 15.0  # time after which the regularizing flow has ended for the eye: moments e⁻³⁰ of the first
_POLES = "in Python dlnbalance.load(SOURCE).poles() computes them"
_NORM_LIMIT = 500  # states up to which the H-infinity norm is computed: some seconds


def model_summary(model: Any) -> Summary:
    """Describe a model: signals, poles, Hankel singular values and norm, as far as they can be computed."""
    if isinstance(model, DeepLinearNetwork):
        return _describe_network(model)
    return _describe_states(model) if isinstance(model, Model) else _describe_system(model)


def _describe_network(network: DeepLinearNetwork) -> Summary:
    kind, gap, values = "complex" if network.is_complex else "real", network.balancing_gap(), network.singular_values
    words = f"depth {network.depth}, {kind}, widths {shown_widths(network.widths)}, rank {network.rank}"
    return [
        Fact("kind", "Network", "network", words=words),
        Fact("depth", "", network.depth),
        Fact("widths", "", list(network.widths)),
        Fact("complex", "", network.is_complex),
        Fact("rank", "", network.rank),
        Fact("singular_values", "Singular values", values.tolist(), words=listed(values)),
        Fact("squared_norm", "Squared norm", network.norm**2),
        Fact("balancing_gap", "Balancing gap", gap, words=f"{gap:.6g} (zero if and only if the network is balanced)"),
        Fact("accuracy_floor", "Accuracy floor", network.accuracy_floor, words=f"{network.accuracy_floor:.1e}"),
    ]


def _describe_states(model: Model) -> Summary:
    states = list(model.nstates) if isinstance(model.nstates, tuple) else model.nstates
    facts = [
        Fact("kind", "", "model"),
        Fact("class", "Model", type(model).__name__, words=headline(model)),
        Fact("states", "", states),
    ]
    try:
        values = hankel_singular_values(model)
    except DlnBalanceError as error:
        return [*facts, Fact("stable", "Gramians", model.is_stable, words=f"none: {error}")]
    stable = Fact("stable", "Stability", model.is_stable, words="stable" if model.is_stable else "NOT STABLE")
    return [*facts, stable, *values_facts(model.values_name, values)]


def _describe_system(system: LinearSystem) -> Summary:
    facts = [
        Fact("kind", "System", "model", words=headline(system)),
        Fact("name", "", system.name),
        Fact("states", "", system.nstates),
        Fact("inputs", "Inputs", list(system.inputs), words=abridged(system.inputs)),
        Fact("outputs", "Outputs", list(system.outputs), words=abridged(system.outputs)),
        Fact("dt", "", system.dt),
        Fact("sparse", "", system.is_sparse),
        Fact("complex", "", system.is_complex),
        Fact("descriptor", "", system.E is not None),
    ]
    try:
        return [*facts, *_dynamics(system)]
    except DlnBalanceError as error:  # what is known is shown all the same
        return [*facts, Fact("", "Poles", None, words=f"not computed: {error}")]


def _dynamics(system: LinearSystem) -> Summary:
    """Poles, stability and, where they exist, Hankel singular values and norm."""
    if system.is_large:
        return _large_dynamics(system)
    operations = dense_operations(system.nstates, descriptor=system.E is not None)
    if operations > _SECONDS:
        return _left_out(f"{system.nstates} states take about {operations:.0e} operations")
    pencil = finite_infinite(system)
    system = pencil.proper
    poles = [*_describe_pencil(pencil), *_describe_poles(system, system.is_discrete)]
    try:
        check_stable(system)
    except UnstableSystemError as error:
        return [
            Fact("stable", "Stability", False, words=f"NOT STABLE: {error.received}"),
            *poles,
            *_stable_part(system),
        ]
    values = hankel_singular_values(system)
    facts = [
        Fact("stable", "Stability", True, words="stable"),
        *poles,
        Fact("hankel_singular_values", "Hankel singular values", values.tolist(), words=listed(values)),
    ]
    if system.nstates <= _NORM_LIMIT:
        peak = hinf_norm(system)
        norm = {"value": peak.value, "frequency": peak.frequency}
        facts.append(Fact("hinf_norm", "H∞ norm", norm, words=f"{peak}"))
    else:
        facts.append(
            Fact(
                "",
                "H∞ norm",
                None,
                words="left out; in Python dlnbalance.hinf_norm(dlnbalance.load(SOURCE)) computes it",
            )
        )
    return facts


def _describe_pencil(pencil: FiniteInfinite) -> Summary:
    """What there is beside finite poles, where E is singular."""
    if pencil.index == 0:
        return []
    words = f"singular: index {pencil.index}, {pencil.finite} finite and {pencil.infinite} infinite eigenvalues"
    if not pencil.is_proper:
        words += f"; improper, the gain grows like the power {len(pencil.polynomial)} of the frequency"
    degree = Fact("polynomial_degree", "", len(pencil.polynomial))
    return [Fact("index", "Descriptor matrix", pencil.index, words=words), degree]


def _stable_part(system: LinearSystem) -> Summary:
    """What a reduction keeps of an unstable system, and what it can choose from."""
    parts = split(system)
    kept, values = parts.poles_outside.size, hankel_singular_values(parts.stable)
    words = f"{listed(values) or 'none'} of the stable part, beside {counted(kept, 'pole')} that a reduction keeps"
    return [Fact("hankel_singular_values", "Hankel singular values", values.tolist(), words=words)]


def _large_dynamics(system: LinearSystem) -> Summary:
    """What is known of a large sparse system without its poles."""
    if system.nstates > _TRIAL_LIMIT:
        return _left_out(f"{system.nstates} states take more than seconds")
    operations = sparse_operations(system.sparse_pencil, system.ninputs + system.noutputs)
    if operations > _SECONDS:
        return _left_out(f"low-rank Gramians take about {operations:.0e} operations")
    look = LowRank(max_factorizations=_FACTORIZATIONS, max_rank=system.nstates)
    try:
        values = hankel_singular_values(system, gramians=look)
    except UnstableSystemError as error:
        return [Fact("stable", "Stability", False, words=f"NOT STABLE: {error.received}")]
    except SingularDescriptorError:
        raise
    except NumericalError as error:
        return _left_out(f"low-rank Gramians had {error.received}")
    words = f"{listed(values)} (low-rank Gramians)"
    return [
        Fact("stable", "Stability", True, words="stable, as far as inputs and outputs reach"),
        Fact("", "Poles", None, words=f"left out, for the system is large; {_POLES}"),
        Fact("hankel_singular_values", "Hankel singular values", values.tolist(), words=words),
    ]


def _left_out(reason: str) -> Summary:
    """What was not computed, for it takes more than seconds, and what computes it."""
    return [
        Fact("left_out", "Left out", ["poles", "stable", "hankel_singular_values", "hinf_norm"], words=reason),
        Fact("", "Hankel singular values", None, words="left out; dlnbalance balance SOURCE computes them"),
        Fact("", "Poles", None, words=f"left out; {_POLES}"),
    ]


def _describe_poles(system: LinearSystem, discrete: bool) -> Summary:
    """The slowest, the fastest and the least damped pole, by damping and natural frequency of s or log(z)/dt."""
    poles = system.poles()
    if not poles.size:
        return []
    if discrete:
        with np.errstate(divide="ignore"):  # a pole at z = 0 forgets at once
            decay, frequency = -np.log(np.abs(poles)) / system.sampling_time, np.angle(poles) / system.sampling_time
    else:
        decay, frequency = -np.real(poles), np.imag(poles)
    size = np.hypot(decay, frequency)
    oscillating = np.flatnonzero(np.imag(poles))
    unit = "rad/sample" if system.dt is True else "rad/s"
    chosen = {"slowest": int(np.argmin(decay)), "fastest": int(np.argmax(size))}
    shown = {name: (f"{name.capitalize()} pole", _complex_text(poles[k])) for name, k in chosen.items()}
    if oscillating.size:
        damping = decay[oscillating] / size[oscillating]
        k = int(oscillating[np.argmin(damping)])
        chosen["least_damped"] = k
        text = f"{_complex_text(poles[k])}, damping {damping.min():.3g} at {frequency_text(size[k], unit, 4)}"
        shown["least_damped"] = ("Least damped pole", text)
    document = {name: {"real": float(poles[k].real), "imag": float(poles[k].imag)} for name, k in chosen.items()}
    return [Fact("poles", "", document), *(Fact("", label, None, words=text) for label, text in shown.values())]


def _complex_text(value: complex) -> str:
    if value.imag == 0:
        return f"{value.real:.6g}"
    return f"{value.real:.6g} {'+' if value.imag > 0 else '-'} {abs(value.imag):.6g}i"


def swept(model: Any) -> tuple[Any, dict[str, Any]]:
    """What a worker sends back of a reduction: the small model, and the facts."""
    small = model.network if isinstance(model, ReducedNetwork) else model.system
    return small, document(model.summary())


def sweep_rows(sweep: Sweep, sources: Sequence[str]) -> list[tuple[str, str]]:
    """Describe each result of a sweep over `swept` models in one line."""
    return [(source, _sweep_text(sweep, index)) for index, source in enumerate(sources)]


def _sweep_text(sweep: Sweep, index: int) -> str:
    if index in sweep.failures:
        return f"FAILED: {sweep.failures[index]}"
    if index >= len(sweep) or index in sweep.unfinished:
        return "not finished"
    facts = sweep.models[index][1]
    full = f" of {facts['full_order']} states" if "full_order" in facts else ""
    parts = [f"{facts['order']}{full}"]
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


def follow_flow(subject: Any, kind: str, time: float, progress: Progress) -> Trajectory:
    """Follow a flow from time 0 to `time`, with enough states in between for a picture."""
    if not time > 0:
        raise InvalidArgumentError("--time", "a positive time, or inf", f"{time:g}", "the flow starts at time 0")
    flow = {"regularizing": regularizing, "kirwan-ness": kirwan_ness, "helmke-moore": helmke_moore}[kind]
    last = time if np.isfinite(time) else _LONG
    # from 1e-3 on, where a flow of unit speed has moved by a tenth of a percent, evenly on a logarithmic axis
    times = np.concatenate([[0.0], np.geomspace(min(1e-3, last / 10), last, _STATES)])
    return flow(subject, times if np.isfinite(time) else np.append(times, time), progress=progress)
