"""Every public function: each kind of system or network as input, and sixty kinds of bad input.

The table `ROWS` has a row for everything that can be called in `dlnbalance.__all__` and in the `__all__` of the public
modules. What is new there and not in the table makes `test_the_table_lists_every_public_name` fail.

A row holds arguments with which the function works, and says of what kind each of them is. The kinds decide which bad
values have to be refused; all others may be refused or answered, but nothing other than an error of this library may
leave.
"""

import inspect
import math
import os
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_origin

import control
import numpy as np
import pytest
import scipy.signal
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance import errors
from dlnbalance.networks.factor_pairs import FactorPair, TriangularPair
from dlnbalance.networks.network import DeepLinearNetwork
from dlnbalance.quiver.representation import Arrow, Representation
from dlnbalance.systems.linear_system import LinearSystem

# -- what works -----------------------------------------------------------------------------------------------------


@cache
def plant(dt: float = 0) -> LinearSystem:
    """Three states, one input, one output; stable in both time bases."""
    A = np.array([[-0.5, 0.3, 0.0], [-0.3, -0.5, 0.1], [0.0, 0.0, -0.2]])
    return LinearSystem(A, [[1.0], [0.5], [1.0]], [[1.0, -0.5, 0.25]], dt=dt)


@cache
def net(*, complex_entries: bool = False, widths: tuple[int, ...] = (2, 3, 2)) -> DeepLinearNetwork:
    """A generic network."""
    rng = np.random.default_rng(5)
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    layers = [rng.standard_normal(shape) for shape in shapes]
    if complex_entries:
        layers = [layer + 1j * rng.standard_normal(layer.shape) for layer in layers]
    return DeepLinearNetwork(layers)


@cache
def pair() -> DeepLinearNetwork:
    """Gramian factors of the plant."""
    return dln.Lyapunov()(plant())


@cache
def reduced() -> Any:
    """A reduced model with its error measured."""
    model = dln.reduce(plant(), 2)
    model.error()
    return model


@cache
def periodic() -> dln.PeriodicSystem:
    """Two steps, one state."""
    return dln.PeriodicSystem([[[0.5]], [[0.8]]], [[[1.0]], [[0.5]]], [[[0.3]], [[1.0]]], dt=0.1)


@cache
def time_varying() -> dln.TimeVaryingSystem:
    """Two steps, one state."""
    return dln.TimeVaryingSystem([[[2.0]], [[3.0]]], [[[1.0]], [[1.0]]], [[[1.0]], [[1.0]]], final=[[1.0]])


@cache
def bilinear() -> dln.BilinearSystem:
    """One state."""
    return dln.BilinearSystem([[-1.0]], [[[0.5]]], [[1.0]], [[1.0]])


@cache
def family() -> dln.SystemFamily:
    """Two members."""
    return dln.SystemFamily([plant(), plant()])


@cache
def table() -> Any:
    """A comparison with a chart."""
    chart = dln.comparison.Chart(x="order", y=("error",), ylabel="error")
    return dln.Comparison(
        title="t", rows=({"order": 1, "error": 0.5}, {"order": 2, "error": 0.1}), remarks=(), chart=chart
    )


@cache
def path_of_flow() -> Any:
    """A trajectory."""
    return dln.flows.regularizing(net(), [0.0, 0.5])


@cache
def ensemble() -> Any:
    """Paths of a few networks."""
    from dlnbalance.networks.langevin import weight_langevin

    return weight_langevin(net(), towards(1.0), kappa=0.1, beta=9.0, dt=0.01, steps=3, copies=2, rng=0)


def figure() -> Any:
    """An empty figure."""
    from matplotlib.figure import Figure

    return Figure()


def towards(target: float) -> Callable[[Any], Any]:
    """Gradient of ½‖X − target‖²."""
    return lambda X: X - target


def keep(*values: Any) -> Any:
    """A function of anything."""
    return values


SYMMETRIC = [[2.0, 0.5], [0.5, 1.0]]

# -- the table ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Row:
    """Arguments that work, the kind of each of them, and a number that must not depend on how a system is given."""

    arguments: Callable[[], dict[str, Any]]
    kinds: dict[str, str]
    measure: Callable[[Any], Any] | None = None
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    brief: bool = False  # whether only values that have to be refused are tried, because what works takes long


def row(
    arguments: Callable[[], dict[str, Any]],
    kinds: str,
    measure: Callable[[Any], Any] | None = None,
    *,
    brief: bool = False,
    **choices: tuple[str, ...],
) -> Row:
    """Return a row from a text such as "system:system order:whole"."""
    return Row(
        arguments=arguments,
        kinds=dict(item.split(":") for item in kinds.split()),
        measure=measure,
        choices=choices,
        brief=brief,
    )


FORMS = ("balanced", "input-normal", "output-normal")
METHODS = ("truncate", "residualize", "hankel", "modal", "irka")
FLOW = "obj:model t:frequencies rtol:number"
LEARNING = "gradient:function t:numbers rtol:number"
CLOCK = "beta:number dt:number steps:whole every:whole copies:whole rng:rng"


def _flow(result: Any) -> Any:
    return result.times.size


def _at_a_point(result: Any) -> Any:
    return dln.as_system(result)(0.3 + 2j)


ROWS: dict[str, Row] = {
    "accuracy.accuracy_floor": row(
        lambda: {"system": plant(), "network": pair()},
        "system:system network:network",
        lambda floor: 0 <= floor < 1e-10,
    ),
    "frequencies.least_damped": row(lambda: {"system": plant()}, "system:system", lambda omega: np.abs(omega).max()),
    "accuracy.projection_rounding": row(
        lambda: {"full": plant(), "reduced": plant(), "left": np.eye(3), "right": np.eye(3)},
        "full:anything reduced:system left:matrix right:matrix",
        lambda rounding: 0 <= rounding < 1e-10,
    ),
    "accuracy.rounding_at": row(
        lambda: {"system": plant(), "omega": [0.0, 1.0]},
        "system:system omega:numbers",
        lambda rounding: (rounding >= 0) & (rounding < 1e-10),
    ),
    "accuracy.rounding_near": row(
        lambda: {"system": plant(), "frequency": 1.0, "network": pair()},
        "system:system frequency:number network:network",
        lambda rounding: 0 <= rounding < 1e-10,
    ),
    "frequencies.telling_frequencies": row(
        lambda: {"system": plant()}, "system:system", lambda omega: np.abs(omega).max()
    ),
    "minimal_realizations.minreal": row(
        lambda: {"system": plant(), "tol": 1e-9}, "system:system tol:number", lambda result: result.order
    ),
    "structural_parts.sminreal": row(
        lambda: {"system": plant()}, "system:system", lambda system: dln.as_system(system).nstates
    ),
    "structural_parts.structural_part": row(lambda: {"system": plant()}, "system:system", lambda part: part.kept.size),
    "balanced_forms.balance": row(
        lambda: {"system": plant(), "gramians": dln.Automatic(), "form": "balanced"},
        "system:model gramians:strategy form:choice",
        lambda result: result.hsv,
        form=(*FORMS, "norm"),
    ),
    "network_balancing.balance_network": row(
        lambda: {"network": net(widths=(2, 2, 2)), "point": "center"},
        "network:network point:choice",
        point=("center", "flow"),
    ),
    "balanced_forms.hankel_singular_values": row(
        lambda: {"system": plant(), "gramians": dln.Automatic(), "digits": False},
        "system:model gramians:strategy digits:flag",
        np.asarray,
    ),
    "simplification.hsvd": row(lambda: {"sys": plant()}, "sys:system", np.asarray),
    "simplification.balred": row(
        lambda: {"sys": plant(), "orders": 3, "method": "truncate", "alpha": None},
        "sys:system orders:orders method:choice alpha:number",
        _at_a_point,
        method=("truncate", "matchdc"),
    ),
    "simplification.minreal": row(
        lambda: {"sys": plant(), "tol": 1e-9, "verbose": False}, "sys:system tol:number verbose:flag", _at_a_point
    ),
    "simplification.balreal": row(lambda: {"sys": plant()}, "sys:realized", lambda result: result.g),
    "gramian_matrices.gram": row(
        lambda: {"sys": plant(), "type": "c"}, "sys:realized type:choice", type=("c", "o", "cf", "of")
    ),
    "bilinear.BilinearSystem": row(
        lambda: {
            "A": [[-1.0]],
            "N": [[[0.5]]],
            "B": [[1.0]],
            "C": [[1.0]],
            "D": [[0.0]],
            "dt": 0,
            "inputs": ["u"],
            "outputs": ["y"],
            "name": "pair",
        },
        "A:matrix N:matrices B:matrix C:matrix D:matrix dt:time inputs:names outputs:names name:text",
    ),
    "bridge.cut": row(lambda: {"network": net(), "k": 1}, "network:network k:whole"),
    "bridge.network_to_system": row(
        lambda: {"network": net(), "dt": 0, "alpha": 2.0}, "network:network dt:time alpha:number"
    ),
    "projections.projection": row(
        lambda: {"network": pair(), "r": 2, "exponent": 0.5}, "network:network r:whole exponent:number"
    ),
    "bridge.system_to_network": row(
        lambda: {"system": plant(), "gramians": dln.Automatic()},
        "system:system gramians:strategy",
        lambda result: result.singular_values,
    ),
    "certificates.weight_margin": row(
        lambda: {"representation": plant().representation}, "representation:representation"
    ),
    "closed_forms.aligned_geodesic": row(
        lambda: {"start": [1.0, 2.0], "end": [3.0, 1.0], "depth": 2, "times": [0.0, 1.0]},
        "start:numbers end:numbers depth:whole times:numbers",
    ),
    "closed_forms.aligned_learning": row(
        lambda: {"targets": [3.0], "first": [0.1], "second": [0.1], "times": [0.0, 1.0]},
        "targets:numbers first:numbers second:numbers times:numbers",
    ),
    "closed_forms.aligned_length": row(
        lambda: {"start": [1.0, 2.0], "end": [3.0, 1.0], "depth": 2}, "start:numbers end:numbers depth:whole"
    ),
    "closed_forms.hyperbola": row(
        lambda: {"network": net(widths=(1, 1, 1)), "times": [0.0, 1.0]}, "network:network times:numbers"
    ),
    "closed_forms.two_layer_learning": row(
        lambda: {"network": net().center(), "target": SYMMETRIC, "times": [0.0, 1.0], "rtol": 1e-10},
        "network:network target:matrix times:numbers rtol:number",
    ),
    "descriptor_forms.explicit_form": row(
        lambda: {"system": plant(), "tol": 1e-10}, "system:system tol:number", lambda system: system.dcgain()
    ),
    "descriptor_forms.finite_infinite": row(
        lambda: {"system": plant(), "tol": 1e-10}, "system:system tol:number", lambda parts: parts.proper.dcgain()
    ),
    "comparing.compare": row(lambda: {"obj": plant(), "order": 1}, "obj:model order:whole"),
    "comparing.compare_realizations": row(
        lambda: {"system": plant(), "bits": (8,), "draws": 1, "rng": 0, "progress": keep},
        "system:system bits:wholes draws:whole rng:rng progress:function",
        brief=True,
    ),
    "mechanics.clamped_beam": row(
        lambda: {
            "elements": 2,
            "length": 1.0,
            "bending_stiffness": 1.0,
            "mass_per_length": 1.0,
            "mass_damping": 0.1,
            "stiffness_damping": 1e-4,
            "output": "velocity",
        },
        "elements:whole length:number bending_stiffness:number mass_per_length:number mass_damping:number"
        " stiffness_damping:number output:choice",
        output=("displacement", "velocity"),
    ),
    "diffusion.convection_diffusion": row(lambda: {"n0": 5, "convection": (1.0, 2.0)}, "n0:whole convection:numbers"),
    "catalogue.describe": row(lambda: {"name": "beam"}, "name:choice", name=dln.examples.names()),
    "catalogue.get": row(lambda: {"name": "random", "options": {}}, "name:choice", name=dln.examples.names()),
    "diffusion.heat_rod": row(
        lambda: {"n": 5, "input_node": 1, "output_node": 2, "sparse": False},
        "n:whole input_node:whole output_node:whole sparse:flag",
    ),
    "mechanics.mass_spring_damper": row(
        lambda: {"masses": 2, "mass": 1.0, "stiffness": 1.0, "damping": 0.1, "fixed": "both"},
        "masses:whole mass:number stiffness:number damping:number fixed:choice",
        fixed=("both", "first"),
    ),
    "catalogue.names": row(dict, ""),
    "resonances.penzl_fom": row(lambda: {"real_poles": 5}, "real_poles:whole"),
    "random_systems.random_stable": row(
        lambda: {"n": 3, "inputs": 1, "outputs": 2, "rng": 0, "dt": 0, "complex_entries": False},
        "n:whole inputs:whole outputs:whole rng:rng dt:time complex_entries:flag",
    ),
    "damping.modal_damping": row(
        lambda: {"M": [[2.0]], "K": [[8.0]], "zeta": 0.1}, "M:matrix K:matrix zeta:numbers", lambda D: D
    ),
    "damping.rayleigh_damping": row(
        lambda: {"M": [[2.0]], "K": [[8.0]], "alpha": 0.1, "beta": 0.01},
        "M:matrix K:matrix alpha:number beta:number",
        lambda D: D,
    ),
    "mechanical_structures.chain_of_masses": row(
        lambda: {
            "masses": 3,
            "mass": 1.0,
            "stiffness": 1.0,
            "mass_damping": 0.1,
            "stiffness_damping": 0.1,
            "fixed": "both",
            "sparse": True,
        },
        "masses:whole mass:number stiffness:number mass_damping:number stiffness_damping:number fixed:choice"
        " sparse:flag",
        fixed=("both", "none"),
    ),
    "mechanical_structures.free_beam": row(
        lambda: {
            "elements": 2,
            "length": 1.0,
            "bending_stiffness": 1.0,
            "mass_per_length": 1.0,
            "mass_damping": 0.1,
            "stiffness_damping": 1e-4,
        },
        "elements:whole length:number bending_stiffness:number mass_per_length:number mass_damping:number"
        " stiffness_damping:number",
    ),
    "second_order.SecondOrderSystem": row(
        lambda: {
            "M": [[1.0]],
            "D": [[0.1]],
            "K": [[2.0]],
            "B": [[1.0]],
            "C_position": [[1.0]],
            "C_velocity": [[0.5]],
            "feedthrough": [[0.0]],
            "inputs": ["u"],
            "outputs": ["y"],
            "name": "mass",
            "dt": 0,
        },
        "M:matrix D:optional K:matrix B:matrix C_position:matrix C_velocity:matrix feedthrough:matrix inputs:names"
        " outputs:names name:text dt:number",
    ),
    "second_order_gramians.SecondOrderGramians": row(
        lambda: {"kind": "pv", "of": dln.Lyapunov(), "rigid": "refuse"},
        "kind:choice of:strategy rigid:choice",
        kind=("auto", "p", "v", "pv", "vp", "fv", "so"),
        rigid=("refuse", "keep"),
    ),
    "families.SystemFamily": row(
        lambda: {"systems": [plant(), plant()]}, "systems:systems", lambda family: dln.balance(family).hsv
    ),
    "gradient_flows.end_to_end_learning": row(
        lambda: {"X": SYMMETRIC, "gradient": towards(1.0), "t": [0.0, 0.1], "depth": 2, "rtol": 1e-6},
        f"X:matrix depth:depth {LEARNING}",
    ),
    "gradient_flows.helmke_moore": row(
        lambda: {"obj": plant(), "t": [0.0, 0.1], "rtol": 1e-6, "progress": keep},
        f"{FLOW} progress:function",
        _flow,
    ),
    "gradient_flows.kirwan_ness": row(
        lambda: {"obj": plant(), "t": [0.0, 0.1], "rtol": 1e-6, "progress": keep},
        f"{FLOW} progress:function",
        _flow,
    ),
    "gradient_flows.learning": row(
        lambda: {"network": net(), "gradient": towards(1.0), "t": [0.0, 0.1], "rtol": 1e-6},
        f"network:network {LEARNING}",
    ),
    "gradient_flows.regularizing": row(
        lambda: {
            "obj": plant(),
            "t": [0.0, 0.1],
            "rtol": 1e-6,
            "integrator": "automatic",
            "progress": keep,
        },
        f"{FLOW} integrator:choice progress:function",
        _flow,
        integrator=("automatic", "gauge"),
    ),
    "gradient_flows.weight_decay": row(
        lambda: {"network": net(), "gradient": towards(1.0), "t": [0.0, 0.1], "kappa": 0.1, "rtol": 1e-6},
        f"network:network kappa:number {LEARNING}",
    ),
    "geodesics.distance_bounds": row(
        lambda: {"start": [1.0, 2.0], "end": [3.0, 1.0], "depth": 3}, "start:numbers end:numbers depth:whole"
    ),
    "geodesics.two_mode_distance": row(
        lambda: {"start": [1.0, 2.0], "end": [3.0, 1.0], "depth": 3}, "start:numbers end:numbers depth:whole"
    ),
    "geometry.end_to_end_operator": row(
        lambda: {"X": SYMMETRIC, "depth": 3, "normalized": False}, "X:matrix depth:depth normalized:flag"
    ),
    "geometry.entropy": row(lambda: {"X": SYMMETRIC, "depth": 3}, "X:matrix depth:whole"),
    "geometry.entropy_gradient": row(lambda: {"X": SYMMETRIC, "depth": 3}, "X:matrix depth:whole"),
    "geometry.log_gauge_volume": row(lambda: {"d": 3, "is_complex": False}, "d:whole is_complex:flag"),
    "geometry.metric": row(
        lambda: {"X": SYMMETRIC, "Z1": SYMMETRIC, "Z2": SYMMETRIC, "depth": 3, "normalized": False},
        "X:matrix Z1:matrix Z2:matrix depth:depth normalized:flag",
    ),
    "geometry.riemannian_gradient": row(
        lambda: {"X": SYMMETRIC, "euclidean_gradient": SYMMETRIC, "depth": 3, "normalized": False},
        "X:matrix euclidean_gradient:matrix depth:depth normalized:flag",
    ),
    "geometry.volume": row(lambda: {"X": SYMMETRIC, "depth": 3}, "X:matrix depth:whole"),
    "initialization.balanced": row(
        lambda: {"X": SYMMETRIC, "depth": None, "widths": (2, 3, 2)}, "X:matrix depth:whole widths:wholes"
    ),
    "initialization.gaussian": row(
        lambda: {"widths": (2, 3, 2), "rng": 0, "scale": 1.0, "complex_entries": False},
        "widths:wholes rng:rng scale:number complex_entries:flag",
    ),
    "initialization.haar_unitary": row(
        lambda: {"n": 2, "rng": 0, "complex_entries": False}, "n:whole rng:rng complex_entries:flag"
    ),
    "initialization.lambda_balanced": row(
        lambda: {"X": SYMMETRIC, "lam": 0.5, "hidden": 2}, "X:matrix lam:number hidden:whole"
    ),
    "initialization.random_spectrum": row(
        lambda: {"widths": (2, 3, 2), "singular_values": [2.0, 1.0], "rng": 0, "complex_entries": False},
        "widths:wholes singular_values:numbers rng:rng complex_entries:flag",
    ),
    "interop.layers_of_mapping": row(
        lambda: {"tensors": {"0.weight": [[1.0]], "1.weight": [[2.0]]}, "order": ["0.weight", "1.weight"]},
        "tensors:mapping order:names",
    ),
    "interop.layers_of_torch": row(lambda: {"source": {"0.weight": [[1.0]]}}, "source:mapping"),
    "interop.layers_of_safetensors": row(
        lambda: {"path": saved_safetensors(), "order": ["0.weight"]}, "path:path order:names"
    ),
    "interop.to_torch": row(lambda: {"weights": torch_layers()}, "weights:matrices"),
    "models.load": row(lambda: {"path": saved("plant.npz"), "descriptor": True}, "path:path descriptor:flag"),
    "models.load_network": row(lambda: {"path": saved("net.npz")}, "path:path"),
    "models.load_system": row(lambda: {"path": saved("plant.npz"), "descriptor": True}, "path:path descriptor:flag"),
    "models.packed": row(lambda: {"obj": plant(), "path": "new.npz"}, "obj:model path:path", len),
    "models.save": row(
        lambda: {"obj": plant(), "path": "new.npz", "overwrite": True},
        "obj:model path:path overwrite:flag",
        lambda path: dln.hankel_singular_values(dln.load(path)),
    ),
    "models.targets": row(lambda: {"path": "new.mtx"}, "path:path"),
    "kempf_ness.minimize": row(
        lambda: {
            "representation": plant().representation,
            "rtol": 1e-6,
            "max_steps": 30,
            "progress": keep,
        },
        "representation:representation rtol:number max_steps:whole progress:function",
    ),
    "langevin.brownian_drift": row(
        lambda: {"X": SYMMETRIC, "depth": 3, "entropic": True}, "X:matrix depth:whole entropic:flag"
    ),
    "langevin.riemannian_langevin": row(
        lambda: {
            "X": SYMMETRIC,
            "gradient": towards(1.0),
            "depth": 2,
            "beta": 10.0,
            "dt": 1e-3,
            "steps": 2,
            "every": 1,
            "copies": 2,
            "entropic": True,
            "normalized": False,
            "rng": 0,
        },
        f"X:matrix gradient:function depth:whole entropic:flag normalized:flag {CLOCK}",
    ),
    "langevin.weight_langevin": row(
        lambda: {
            "network": net(),
            "gradient": towards(1.0),
            "kappa": 0.1,
            "beta": 10.0,
            "dt": 1e-3,
            "steps": 2,
            "every": 1,
            "copies": 2,
            "rng": 0,
        },
        f"network:network gradient:function kappa:number {CLOCK}",
    ),
    "kinds.kinds": row(dict, ""),
    "kinds.named": row(lambda: {"words": "low-rank:tol=1e-8"}, "words:text"),
    "empirical.Empirical": row(
        lambda: {
            "simulator": plant(),
            "times": 10.0,
            "disturbance": "impulse",
            "input_scales": [-1.0, 1.0],
            "state_scales": [1.0],
            "input_directions": [[[1.0]]],
            "state_directions": [np.eye(3)],
            "x0": [0.0, 0.0, 0.0],
            "u0": [0.0],
            "dt": 0,
        },
        "simulator:anything times:numbers disturbance:choice input_scales:numbers state_scales:numbers"
        " input_directions:matrices state_directions:matrices x0:numbers u0:numbers dt:time",
        disturbance=("impulse", "step"),
    ),
    "reduced_dynamics.reduce_dynamics": row(
        lambda: {
            "gramians": dln.Empirical((lambda x, u, t: -x + u, lambda x, u, t: x), times=9.0, x0=[0], u0=[0]),
            "order": 1,
        },
        "gramians:strategy order:whole",
    ),
    "weighted.Weighted": row(
        lambda: {"input": plant(), "output": plant(), "combination": "wang"},
        "input:anything output:anything combination:anything",
    ),
    "bounded_real.BoundedReal": row(lambda: {"gamma": 2.0}, "gamma:number"),
    "positive_real.PositiveReal": row(dict, ""),
    "stochastic.Stochastic": row(
        lambda: {"side": "left", "regularization": 0.1},
        "side:choice regularization:number",
        side=("left", "right"),
    ),
    "cross.Cross": row(dict, ""),
    "frequency_limited.FrequencyLimited": row(
        lambda: {"bands": [(0.0, 1.0), (2.0, 3.0)], "exclude": False, "modified": False, "tol": 1e-8},
        "bands:matrix exclude:flag modified:flag tol:number",
    ),
    "shifted.Shifted": row(lambda: {"alpha": 0.1}, "alpha:number"),
    "time_limited.TimeLimited": row(lambda: {"horizon": 2.0, "modified": False}, "horizon:number modified:flag"),
    "coprime.Coprime": row(
        lambda: {"side": "left", "denominator": "inner"},
        "side:choice denominator:choice",
        side=("right", "left"),
        denominator=("normalized", "inner"),
    ),
    "h_infinity.HInfinity": row(lambda: {"gamma": 2.0}, "gamma:number"),
    "coprime_factors.normalized_coprime_factors": row(
        lambda: {"system": plant(), "side": "right"},
        "system:system side:choice",
        lambda factors: np.abs(dln.frequency_response(factors, [0.0, 1.0])),
        side=("right", "left"),
    ),
    "linear.LinearModel": row(lambda: {"given": plant()}, "given:system", lambda model: model.nstates),
    "linear.state_spaces": row(lambda: {"model": plant()}, "model:model", lambda model: model.nstates),
    "low_rank.LowRank": row(
        lambda: {
            "tol": 1e-8,
            "max_factorizations": 100,
            "max_columns": 100,
            "max_rank": 100,
            "progress": keep,
            "checkpoint": "point.npz",
            "checkpoint_seconds": 1.0,
        },
        "tol:number max_factorizations:whole max_columns:whole max_rank:whole progress:function checkpoint:path"
        " checkpoint_seconds:number",
    ),
    "network_reduction.reduce_network": row(
        lambda: {"network": net(), "request": "order", "value": 1},
        "network:network request:choice value:number",
        request=("order", "tol", "rtol"),
    ),
    "network.as_network": row(lambda: {"argument": "network", "value": net()}, "argument:anything value:network"),
    "network.DeepLinearNetwork": row(lambda: {"weights": [SYMMETRIC, SYMMETRIC]}, "weights:matrices"),
    "norm_balancing.balance_norm": row(
        lambda: {"system": plant(), "rtol": 1e-6, "max_steps": 30, "progress": keep},
        "system:model rtol:number max_steps:whole progress:function",
        lambda result: dln.hankel_singular_values(result.system),
    ),
    "responses.frequency_grid": row(
        lambda: {"systems": [plant()], "points": 10}, "systems:systems points:whole", lambda grid: grid[[0, -1]]
    ),
    "responses.frequency_response": row(
        lambda: {"system": plant(), "omega": [0.0, 1.0]}, "system:system omega:frequencies", np.asarray
    ),
    "comparing_methods.compare_methods": row(
        lambda: {
            "system": plant(),
            "orders": [1, 2],
            "criterion": "absolute",
            "input": None,
            "output": None,
            "ways": None,
        },
        "system:system orders:anything criterion:choice input:anything output:anything ways:anything",
        criterion=("absolute", "relative", "dc"),
    ),
    "gaps.nu_gap": row(lambda: {"system": plant(), "other": -1 * plant()}, "system:system other:system", float),
    "loops.stability_margin": row(
        lambda: {"plant": plant(), "controller": plant(), "sign": 1},
        "plant:timed controller:timed sign:anything",
    ),
    "system_norms.h2_norm": row(lambda: {"system": plant()}, "system:system", float),
    "system_norms.hankel_norm": row(lambda: {"system": plant()}, "system:system", float),
    "system_norms.hinf_norm": row(lambda: {"system": plant()}, "system:system", float),
    "band_peaks.band_peak": row(
        lambda: {"system": plant(), "bands": [(0.0, 1.0), (2.0, 3.0)]}, "system:system bands:matrix", float
    ),
    "time_limited_norms.time_limited_norm": row(
        lambda: {"system": plant(), "horizon": 2.0}, "system:system horizon:number", float
    ),
    "peaks.largest_gains": row(lambda: {"response": np.ones((2, 2, 1), dtype=complex)}, "response:stack"),
    "peaks.peak_gain": row(
        lambda: {"response": lambda omega: dln.frequency_response(plant(), omega), "model": plant()},
        "response:function model:system",
    ),
    "orbits.find_gauge": row(
        lambda: {"source": net(), "target": net(), "rtol": 1e-8}, "source:network target:network rtol:number"
    ),
    "orbits.is_balanced": row(lambda: {"network": net(), "rtol": 1e-9}, "network:network rtol:number"),
    "orbits.nearest_balanced": row(
        lambda: {"network": net(), "rtol": 1e-8, "max_iterations": 100},
        "network:network rtol:number max_iterations:whole",
    ),
    "orbits.random_balanced": row(
        lambda: {"X": SYMMETRIC, "depth": 2, "widths": None, "rng": 0}, "X:matrix depth:whole widths:wholes rng:rng"
    ),
    "orbits.rank_profile": row(lambda: {"network": net()}, "network:network"),
    "periodic.PeriodicSystem": row(
        lambda: {"A": [[[0.5]]], "B": [[[1.0]]], "C": [[[1.0]]], "D": [[[0.0]]], "dt": 0.1},
        "A:matrices B:matrices C:matrices D:matrices dt:time",
    ),
    "bode_diagrams.bode": row(
        lambda: {
            "systems": [plant()],
            "omega": [0.1, 1.0],
            "labels": ["plant"],
            "peak": dln.PeakGain(value=1.0, frequency=1.0),
            "channels": False,
            "hz": False,
            "db": False,
            "ax": None,
        },
        "systems:systems omega:frequencies labels:names peak:peak channels:anything hz:flag db:flag ax:axes",
    ),
    "descents.descent": row(
        lambda: {"minimum": dln.minimize(plant().representation), "ax": None}, "minimum:record ax:axes"
    ),
    "drawing.draw": row(lambda: {"result": plant(), "ax": None}, "result:anything ax:axes", brief=True),
    "drawings.Drawing": row(lambda: {"axes": [figure().subplots()]}, "axes:record"),
    "drawings.rendered": row(
        lambda: {"drawing": figure(), "kind": "svg"}, "drawing:record kind:choice", kind=("pdf", "png", "svg")
    ),
    "drawings.write_figure": row(
        lambda: {"drawing": figure(), "path": "figure.svg", "overwrite": True},
        "drawing:record path:path overwrite:flag",
    ),
    "ensembles.langevin": row(lambda: {"path": ensemble(), "ax": None}, "path:record ax:axes"),
    "ensembles.sweep": row(
        lambda: {"results": dln.reduce_many([plant()], order=2), "ax": None}, "results:record ax:axes"
    ),
    "foliations.foliation": row(
        lambda: {"paths": [], "products": [1.0], "moments": [1.0], "reach": 2.0, "ax": None},
        "paths:anything products:numbers moments:numbers reach:number ax:axes",
    ),
    "network_pictures.layers": row(
        lambda: {"networks": net(), "labels": ["net"], "ax": None}, "networks:network labels:names ax:axes"
    ),
    "network_pictures.truncation": row(lambda: {"model": dln.reduce(net(), 1), "ax": None}, "model:record ax:axes"),
    "order_errors.errors_by_order": row(
        lambda: {"table": dln.order_table(plant()), "db": False, "ax": None}, "table:record db:flag ax:axes"
    ),
    "order_tables.order_table": row(
        lambda: {
            "system": plant(),
            "orders": [1, 3],
            "measure": False,
            "gramians": dln.Automatic(),
            "method": "truncate",
            "unstable": "keep",
            "offset": 0.0,
            "keep": (),
        },
        "system:model orders:wholes measure:flag gramians:strategy method:choice unstable:choice offset:number"
        " keep:poles",
        lambda result: result.hsv,
        method=METHODS,
        unstable=("keep", "refuse"),
    ),
    "overviews.model_overview": row(lambda: {"system": plant(), "ax": None}, "system:system ax:axes"),
    "overviews.overview": row(
        lambda: {"model": reduced(), "peak": reduced().error(), "ax": None}, "model:result peak:peak ax:axes"
    ),
    "paths.trajectory": row(lambda: {"path": path_of_flow(), "ax": None}, "path:record ax:axes"),
    "polar_diagrams.nichols": row(
        lambda: {"systems": [plant()], "labels": ["plant"], "ax": None}, "systems:anything labels:names ax:axes"
    ),
    "polar_diagrams.nyquist": row(
        lambda: {"systems": [plant()], "labels": ["plant"], "ax": None}, "systems:anything labels:names ax:axes"
    ),
    "pole_maps.pole_zero": row(
        lambda: {"systems": [plant()], "labels": ["plant"], "zeros": True, "ax": None},
        "systems:systems labels:names zeros:flag ax:axes",
    ),
    "time_responses.impulse": row(
        lambda: {"systems": [plant()], "until": 1.0, "labels": ["plant"], "channels": True, "ax": None},
        "systems:systems until:number labels:names channels:anything ax:axes",
    ),
    "time_responses.step": row(
        lambda: {"systems": [plant()], "until": 1.0, "labels": ["plant"], "channels": True, "ax": None},
        "systems:systems until:number labels:names channels:anything ax:axes",
    ),
    "values.hankel": row(lambda: {"model": reduced(), "ax": None}, "model:result ax:axes"),
    "controllers.reduce_controller": row(
        lambda: {
            "plant": plant(),
            "controller": plant(),
            "order": 2,
            "tol": None,
            "criterion": "input",
            "sign": -1,
            "method": "truncate",
            "combination": "enns",
        },
        "plant:timed controller:timed order:orders tol:number criterion:choice sign:anything method:choice"
        " combination:anything",
        criterion=("input", "output", "performance", "coprime", "plain"),
        method=("truncate", "residualize"),
    ),
    "truncation.reduce": row(
        lambda: {
            "system": plant(),
            "order": 1,
            "tol": None,
            "rtol": None,
            "gramians": dln.Automatic(),
            "method": "truncate",
            "unstable": "keep",
            "offset": 0.0,
            "keep": [],
        },
        "system:model order:orders tol:number rtol:number gramians:strategy method:choice unstable:choice"
        " offset:number keep:poles",
        lambda model: model.hsv,
        method=METHODS,
        unstable=("keep", "refuse"),
    ),
    "explorer.explore": row(
        lambda: {"system": plant(), "order": 1, "gramians": dln.Lyapunov(), "method": "truncate"},
        "system:model order:whole gramians:strategy method:choice",
        lambda picker: picker.order,
        brief=True,
        method=METHODS,
    ),
    "explorer.explored": row(
        lambda: {"system": plant(), "order": 1, "gramians": dln.Lyapunov(), "method": "truncate"},
        "system:model order:whole gramians:strategy method:choice",
        lambda model: model.hsv,
        method=METHODS,
    ),
    "page.cautions": row(lambda: {"model": reduced()}, "model:result"),
    "page.check_available": row(dict, ""),
    "page.measured_error": row(lambda: {"model": reduced()}, "model:result"),
    "page.rendered_page": row(
        lambda: {"model": reduced(), "title": "t", "source": "s", "command": "c", "measure": True},
        "model:result title:text source:text command:text measure:flag",
        brief=True,
    ),
    "page.write_report": row(
        lambda: {
            "model": reduced(),
            "path": "page.html",
            "title": "t",
            "source": "s",
            "command": "c",
            "measure": True,
            "overwrite": True,
        },
        "model:result path:path title:text source:text command:text measure:flag overwrite:flag",
        brief=True,
    ),
    "representation.Representation": row(
        lambda: {"arrows": [Arrow("u", "x", [[1.0]]), Arrow("x", "y", [[2.0]])], "gauged": ["x"]},
        "arrows:arrows gauged:names",
    ),
    "schatten.gap": row(lambda: {"network": net(), "p": 1.0}, "network:network p:number"),
    "schatten.minimum": row(lambda: {"X": SYMMETRIC, "depth": 2, "p": 1.0}, "X:matrix depth:whole p:number"),
    "schatten.regularizer": row(lambda: {"network": net(), "p": 1.0}, "network:network p:number"),
    "schatten.schatten_norm": row(lambda: {"M": SYMMETRIC, "p": 1.0}, "M:matrix p:number"),
    "splitting.split": row(
        lambda: {"system": plant(), "region": "stable", "feedthrough": "inside"},
        "system:system region:function feedthrough:choice",
        lambda parts: sorted(np.abs(parts.poles_inside)),
        feedthrough=("inside", "outside"),
    ),
    "regions.Band": row(lambda: {"low": 0, "high": 2.0}, "low:number high:number"),
    "regions.Decaying": row(lambda: {"rate": 0.5}, "rate:number"),
    "regions.Disc": row(lambda: {"center": 0.5j, "radius": 2.0}, "center:anything radius:number"),
    "sweep.reduce_many": row(
        lambda: {
            "systems": [plant()],
            "executor": None,
            "order": 2,
            "tol": None,
            "rtol": None,
            "gramians": dln.Automatic(),
            "method": "truncate",
            "unstable": "keep",
            "offset": 0.0,
            "measure": False,
            "keep": None,
            "threads": None,
            "ahead": 1,
            "batch": 1,
            "descriptor": True,
            "receive": None,
            "progress": keep,
        },
        "systems:anything executor:result order:anything tol:number rtol:number gramians:strategy method:choice"
        " unstable:choice offset:number measure:flag keep:function threads:limit ahead:whole"
        " batch:whole descriptor:flag receive:function progress:function",
        lambda sweep: sweep.raise_failures().models[0].hsv,
        method=METHODS,
        unstable=("keep", "refuse"),
    ),
    "sparse_splitting.DeflatedSystem": row(
        lambda: {"system": plant(), "V": np.zeros((3, 0)), "W": np.zeros((3, 0))}, "system:system V:matrix W:matrix"
    ),
    "sparse_splitting.split_sparse": row(
        lambda: {"system": plant(), "part": dln.decompositions.unstable_part(plant())}, "system:system part:result"
    ),
    "sparse_splitting.unstable_part": row(
        lambda: {"system": plant(), "most": 20}, "system:system most:whole", lambda part: part.poles.size
    ),
    "stability.check_stable": row(lambda: {"system": plant()}, "system:system"),
    "stability.near_boundary": row(
        lambda: {"system": plant(), "roundings": 10.0}, "system:system roundings:number", lambda flags: flags.sum()
    ),
    "stability.not_stable": row(lambda: {"system": plant()}, "system:system", lambda flags: flags.sum()),
    "stability.is_stable": row(lambda: {"system": plant()}, "system:system", bool),
    "connections.append": row(lambda: {"systems": [plant(), 2.0]}, "systems:systems", _at_a_point),
    "connections.connect": row(
        lambda: {"systems": [plant()], "inputs": ["u[0]"], "outputs": ["y[0]"]},
        "systems:systems inputs:names outputs:names",
        _at_a_point,
    ),
    "connections.feedback": row(
        lambda: {"system": plant(), "other": 0.5, "sign": -1}, "system:system other:anything sign:number", _at_a_point
    ),
    "connections.parallel": row(lambda: {"systems": [plant(), 2.0]}, "systems:systems", _at_a_point),
    "connections.series": row(lambda: {"systems": [plant(), 2.0]}, "systems:systems", _at_a_point),
    "delays.delay_line": row(lambda: {"steps": 3, "dt": 0.1}, "steps:whole dt:time"),
    "delays.delayed": row(
        lambda: {"system": plant(), "input_delays": 0.2, "output_delays": [0.1], "order": 2},
        "system:system input_delays:numbers output_delays:numbers order:whole",
        _at_a_point,
    ),
    "delays.pade": row(lambda: {"delay": 0.5, "order": 3}, "delay:numbers order:whole"),
    "sampling.c2d": row(
        lambda: {"system": plant(), "dt": 0.1, "method": "zoh", "prewarp": None},
        "system:timed dt:number method:choice prewarp:number",
        method=("zoh", "foh", "tustin", "matched"),
    ),
    "sampling.d2c": row(
        lambda: {"system": dln.c2d(plant(), 0.1), "method": "zoh", "prewarp": None},
        "system:timed method:choice prewarp:number",
        method=("zoh", "foh", "tustin", "matched"),
    ),
    "linear_system.LinearSystem": row(
        lambda: {
            "A": [[-1.0]],
            "B": [[1.0]],
            "C": [[1.0]],
            "D": [[0.0]],
            "E": [[1.0]],
            "dt": 0,
            "inputs": ["u"],
            "outputs": ["y"],
            "states": ["x"],
            "name": "lag",
        },
        "A:matrix B:matrix C:matrix D:matrix E:matrix dt:time inputs:names outputs:names states:names name:text",
    ),
    "conversion.as_model": row(lambda: {"obj": plant()}, "obj:model", dln.hankel_singular_values),
    "conversion.as_system": row(lambda: {"obj": plant()}, "obj:system", dln.hankel_singular_values),
    "conversion.recognized": row(lambda: {"obj": plant()}, "obj:anything", dln.hankel_singular_values),
    "to_libraries.restore_type": row(
        lambda: {"system": plant(), "like": plant()}, "system:anything like:anything", dln.hankel_singular_values
    ),
    "time_varying.TimeVaryingSystem": row(
        lambda: {
            "A": [[[0.5]]],
            "B": [[[1.0]]],
            "C": [[[1.0]]],
            "D": [[[0.0]]],
            "initial": [[1.0]],
            "final": [[1.0]],
        },
        "A:matrices B:matrices C:matrices D:matrices initial:matrix final:matrix",
    ),
    "bridge.network_to_time_varying": row(lambda: {"network": net()}, "network:network"),
    "training_steps.normal_component": row(
        lambda: {"network": net(), "velocity": list(net().weights)}, "network:network velocity:matrices"
    ),
    "training_steps.split_step": row(
        lambda: {"network": net(), "euclidean_gradient": SYMMETRIC, "kappa": 0.5},
        "network:network euclidean_gradient:matrix kappa:number",
    ),
    # Constructors beside the one that takes matrices
    "LinearSystem.static": row(
        lambda: {"D": [[2.0]], "dt": None, "inputs": ["u"], "outputs": ["y"], "name": "gain"},
        "D:matrix dt:time inputs:names outputs:names name:text",
    ),
    "LinearSystem.from_zpk": row(
        lambda: {
            "zeros": [-1.0],
            "poles": [-2.0],
            "gain": 3.0,
            "dt": 0,
            "inputs": ["u"],
            "outputs": ["y"],
            "name": "g",
            "form": "cascade",
        },
        "zeros:points poles:points gain:points dt:time inputs:names outputs:names name:text form:choice",
        form=("cascade", "parallel"),
    ),
    "LinearSystem.from_residues": row(
        lambda: {
            "poles": [-2.0],
            "residues": [3.0],
            "direct": 1.0,
            "dt": 0,
            "inputs": ["u"],
            "outputs": ["y"],
            "name": "g",
        },
        "poles:points residues:points direct:points dt:time inputs:names outputs:names name:text",
    ),
    "LinearSystem.from_sos": row(
        lambda: {"sections": [[1.0, 0, 0, 1, 0.5, 0]], "dt": 0.1, "inputs": ["u"], "outputs": ["y"], "name": "g"},
        "sections:matrix dt:time inputs:names outputs:names name:text",
    ),
    # What the strategies do when they are called
    "Automatic.__call__": row(
        lambda: {"self": dln.Automatic(), "system": plant()}, "system:system", lambda result: result.singular_values
    ),
    "Automatic.for_system": row(lambda: {"self": dln.Automatic(), "system": plant()}, "system:system"),
    "LowRank.solve": row(
        lambda: {"self": dln.LowRank(), "system": plant()},
        "system:system",
        lambda result: result.network.singular_values[:1],
    ),
    "Empirical.__call__": row(
        lambda: {"self": dln.Empirical(times=np.arange(40.0) / 10), "system": plant()},
        "system:timed",
    ),
    "Weighted.__call__": row(
        lambda: {"self": dln.Weighted(input=dln.LinearSystem.static(2.0)), "system": plant()},
        "system:system",
        lambda result: result.singular_values,
    ),
    "Coprime.__call__": row(
        lambda: {"self": dln.Coprime(), "system": plant()}, "system:system", lambda result: result.singular_values
    ),
    "LQG.__call__": row(
        lambda: {"self": dln.LQG(), "system": plant()}, "system:system", lambda result: result.singular_values
    ),
    "HInfinity.__call__": row(
        lambda: {"self": dln.HInfinity(10.0), "system": plant()}, "system:system", lambda result: result.singular_values
    ),
    "Lyapunov.__call__": row(
        lambda: {"self": dln.Lyapunov(), "system": plant()}, "system:system", lambda result: result.singular_values
    ),
}

#: Records that the library fills in, with no computation in their constructors, and abstract descriptions.
RECORDS = {
    "network_balancing.BalancedNetwork",
    "balanced_forms.BalancedRealization",
    "simplification.Balreal",
    "projections.Projection",
    "certificates.Certificate",
    "descriptor_forms.FiniteInfinite",
    "certificates.NormCertificate",
    "comparing.Chart",
    "comparing.Comparison",
    "comparing_methods.Way",
    "gradient_flows.Trajectory",
    "geodesics.DistanceBounds",
    "geometry.EndToEndOperator",
    "base.ErrorBounds",
    "minimal_realizations.MinimalRealization",
    "structural_parts.StructuralPart",
    "model.Model",
    "model.Proof",
    "model.Solved",
    "model.Truncated",
    "model.StateSpaces",
    "base.Gramians",
    "hankel_values.HankelValues",
    "regions.Region",
    "splitting.Split",
    "kempf_ness.Minimum",
    "langevin.LangevinPath",
    "low_rank.LowRankGramians",
    "cross.CrossGramians",
    "sparse_splitting.UnstablePart",
    "network_reduction.ReducedNetwork",
    "network.SingularValues",
    "norm_balancing.NormBalancedRealization",
    "gaps.NuGap",
    "loops.Loop",
    "peaks.PeakGain",
    "orbits.NearestBalanced",
    "orbits.RankProfile",
    "order_tables.OrderRow",
    "order_tables.OrderTable",
    "order_tables.Suggestion",
    "reduced_model.ReducedModel",
    "reduced_dynamics.ReducedDynamics",
    "controllers.ReducedController",
    "projected_model.ProjectedModel",
    "representation.Arrow",
    "representation.Representable",
    "results.Sweep",
    "results.SweepInterrupted",
    "training_steps.TrainingStep",
    *(f"errors.{name}" for name in errors.__all__),
}


def shown_modules(package: types.ModuleType) -> Iterator[tuple[str, types.ModuleType]]:
    """Modules that a package and the packages in it show."""
    for name in package.__all__:
        value = getattr(package, name)
        if isinstance(value, types.ModuleType):
            yield from shown_modules(value) if hasattr(value, "__path__") else [(name, value)]


def public() -> dict[str, Any]:
    """Everything public that can be called, by its module and name; what several modules offer, once."""
    modules = dict(shown_modules(dln))
    listed = [(m, name) for m, module in modules.items() for name in module.__all__]
    found: dict[int, tuple[str, Any]] = {}
    for module, name in sorted(listed, key=lambda item: item[1] == item[0]):
        value = getattr(modules[module], name)
        if callable(value) and get_origin(value) is None:  # a type that is made of others can be called, but is not
            home = value.__module__.rpartition(".")[2]
            known = found.get(id(value))
            if known is None or home == module:
                found[id(value)] = (f"{module}.{name}", value)
    for name in dln.__all__:
        value = getattr(dln, name)
        if callable(value):
            found.setdefault(id(value), (name, value))
    return dict(found.values())


PUBLIC = public()


def is_kind_without_checks(value: Any) -> bool:
    """Whether something is a kind of Gramians whose settings, if it has any, are not checked when they are made."""
    kind = isinstance(value, type) and issubclass(value, dln.GramianStrategy)
    return kind and not hasattr(value, "__post_init__")


def test_the_table_lists_every_public_name():
    methods = {name for name in ROWS if name[0].isupper()}
    simple = {name for name, value in PUBLIC.items() if is_kind_without_checks(value)}
    assert set(PUBLIC) == (set(ROWS) - methods) | RECORDS | simple
    assert not RECORDS & set(ROWS)


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_records_compute_nothing_when_they_are_made(name):
    kind = PUBLIC[name]
    tuple_fields = issubclass(kind, tuple) and hasattr(kind, "_fields")
    described = inspect.isabstract(kind) or getattr(kind, "_is_protocol", False)
    plain = is_dataclass(kind) and not hasattr(kind, "__post_init__")
    assert tuple_fields or plain or issubclass(kind, BaseException) or described


def target(name: str) -> Callable[..., Any]:
    """The function of a row."""
    if name in PUBLIC:
        return PUBLIC[name]
    kind, _, method = name.partition(".")
    return getattr(getattr(dln, kind), method)


def called(name: str, arguments: dict[str, Any]) -> Any:
    """Call the function of a row, with the arguments that stand for several taken apart."""
    function = target(name)
    if name == "catalogue.get":
        return function(arguments["name"], **arguments["options"])
    parameters = inspect.signature(function).parameters.values()
    for several in (p.name for p in parameters if p.kind is p.VAR_POSITIONAL):
        values = arguments.pop(several)
        return function(*(values if isinstance(values, list) else [values]), **arguments)
    by_position = [arguments.pop(p.name) for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    return function(*by_position, **arguments)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_row_names_all_arguments_and_works(name, workplace):
    arguments = ROWS[name].arguments()
    assert set(arguments) == set(inspect.signature(target(name)).parameters)
    assert set(ROWS[name].kinds) | {"self", "options"} >= set(arguments)
    called(name, arguments)


# -- where files are ------------------------------------------------------------------------------------------------

_FOLDER: list[Path] = []


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A folder of its own with a few files, which is the current one for as long as these tests run."""
    folder, before = tmp_path_factory.mktemp("public"), Path.cwd()
    os.chdir(folder)
    _FOLDER[:] = [folder]
    dln.save(plant(), "plant.npz")
    dln.save(net(), "net.npz")
    (folder / "folder").mkdir()
    yield folder
    os.chdir(before)


def saved(name: str) -> str:
    """Path of one of the files."""
    return str(_FOLDER[0] / name)


def torch_layers() -> list[Any]:
    """Layers, where there is a library to bring them to."""
    pytest.importorskip("torch")
    return [np.eye(2)]


def saved_safetensors() -> str:
    """Path of a chain of one layer in a file of that format."""
    numpy = pytest.importorskip("safetensors.numpy")
    numpy.save_file({"0.weight": np.eye(2)}, saved("chain.safetensors"))
    return saved("chain.safetensors")


# -- each kind of system and of network -------------------------------------------------------------------------------


def turned(system: LinearSystem) -> LinearSystem:
    """The same transfer function by complex matrices."""
    T = np.linalg.qr(np.vander([1.0, 1j, 2 + 1j], 3))[0]
    return LinearSystem(T @ system.A @ T.conj().T, T @ system.B, system.C @ T.conj().T, dt=system.dt)


def coefficients(system: LinearSystem) -> tuple[Any, Any]:
    """Numerator and denominator of a strictly proper transfer function."""
    numerator, denominator = scipy.signal.ss2tf(system.A, system.B, system.C, system.D)
    return numerator[0, 1:], denominator


def base(system: LinearSystem) -> dict[str, Any]:
    """The time base as scipy.signal takes it."""
    return {"dt": system.dt} if system.dt else {}


def file_of(system: LinearSystem, name: str) -> str:
    """Path of a file with the system."""
    dln.save(system, name, overwrite=True)
    return name


#: All that `as_system` takes, made from a LinearSystem.
SYSTEMS: dict[str, Callable[[LinearSystem], Any]] = {
    "sparse": lambda s: LinearSystem(sp.csc_array(s.A), s.B, s.C, dt=s.dt),
    "complex": turned,
    "descriptor": lambda s: LinearSystem(2 * s.A, 2 * s.B, s.C, E=2 * np.eye(3), dt=s.dt),
    "sparse descriptor": lambda s: LinearSystem(
        sp.csc_array(2 * s.A), 2 * s.B, s.C, E=2 * sp.eye_array(3, format="csc"), dt=s.dt
    ),
    "control.StateSpace": lambda s: control.ss(s.A, s.B, s.C, s.D, s.dt),
    "control.TransferFunction": lambda s: control.tf(*coefficients(s), s.dt),
    "scipy.signal.StateSpace": lambda s: s.to_scipy(),
    "scipy.signal.TransferFunction": lambda s: scipy.signal.TransferFunction(*coefficients(s), **base(s)),
    "scipy.signal.ZerosPolesGain": lambda s: scipy.signal.ZerosPolesGain(
        *scipy.signal.tf2zpk(*coefficients(s)), **base(s)
    ),
    "(A, B, C)": lambda s: (s.A, s.B, s.C) if not s.dt else (s.A, s.B, s.C, s.D, s.dt),
    "(A, B, C, D)": lambda s: (s.A, s.B, s.C, s.D) if not s.dt else (s.A, s.B, s.C, s.D, s.dt),
    "(A, B, C, D, dt)": lambda s: (s.A, s.B, s.C, s.D, s.dt),
    "lists": lambda s: [s.A.tolist(), s.B.tolist(), s.C.tolist(), s.D.tolist(), s.dt],
    "path of .npz": lambda s: file_of(s, "any.npz"),
    "path of .mat": lambda s: Path(file_of(s, "any.mat")),
    "path of .mtx": lambda s: file_of(s, "any.mtx"),
}

#: What a family, whose members share their coordinates, refuses rightly.
EXPLICIT = {"descriptor", "sparse descriptor"}

TAKES_SYSTEMS = [name for name, row in ROWS.items() if {"system", "model", "systems"} & set(row.kinds.values())]


def offenders(attempts: dict[str, Callable[[], Any]]) -> list[str]:
    """What goes wrong in several attempts, one line each."""
    found = []
    for label, attempt in attempts.items():
        try:
            complaint = attempt()
        except errors.DlnBalanceError as error:
            complaint = f"refused: {error}"
        except Exception as error:  # noqa: BLE001 - whatever leaves is listed
            complaint = f"{type(error).__name__}: {error}"
        if complaint:
            found.append(f"{label}: {' '.join(str(complaint).split())[:300]}")
    return found


@pytest.mark.parametrize("dt", [0, 0.1], ids=["continuous", "discrete"])
@pytest.mark.parametrize("name", sorted(TAKES_SYSTEMS))
def test_each_kind_of_system_gives_the_same_result(name, dt, workplace):
    row = ROWS[name]
    argument, *others = [key for key, kind in row.kinds.items() if kind in ("system", "model", "systems")]

    def result(given: Any) -> Any:
        value = [given] if row.kinds[argument] == "systems" else given
        answer = called(name, row.arguments() | dict.fromkeys(others, plant(dt)) | {argument: value})
        return None if row.measure is None else np.asarray(row.measure(answer))

    expected = result(plant(dt))

    def attempt(make: Callable[[LinearSystem], Any]) -> str | None:
        found = result(make(plant(dt)))
        if expected is None or (found.shape == expected.shape and np.allclose(found, expected, rtol=1e-8, atol=1e-10)):
            return None
        return f"{found} instead of {expected}"

    refused = EXPLICIT if name == "families.SystemFamily" else set()
    wrong = offenders(
        {label: lambda make=make: attempt(make) for label, make in SYSTEMS.items() if label not in refused}
    )
    assert not wrong, "\n".join(wrong)


#: All that is a network.
NETWORKS: dict[str, Callable[[], DeepLinearNetwork]] = {
    "real": net,
    "complex": lambda: net(complex_entries=True),
    "one layer": lambda: net(widths=(2, 2)),
    "deep": lambda: net(widths=(2, 3, 3, 2)),
    "deficient": lambda: DeepLinearNetwork([np.diag([1.0, 0.0]), np.eye(2)]),
    "zero": lambda: DeepLinearNetwork([np.zeros((2, 2)), np.eye(2)]),
    "a pair of factors": lambda: FactorPair(net().weights),
    "a pair of triangular factors": lambda: TriangularPair(np.eye(2), np.diag([2.0, 1.0]), np.eye(2), np.ones(2)),
}

#: Where a network of another depth, width or rank is refused rightly.
PARTICULAR = {
    "accuracy.accuracy_floor",
    "accuracy.rounding_near",
    "bridge.cut",
    "projections.projection",
    "closed_forms.hyperbola",
    "closed_forms.two_layer_learning",
    "orbits.find_gauge",
    "training_steps.normal_component",
    "network_reduction.reduce_network",
    "bridge.network_to_time_varying",
}
TAKES_NETWORKS = [(name, key) for name, row in ROWS.items() for key, kind in row.kinds.items() if kind == "network"]


@pytest.mark.parametrize(("name", "argument"), sorted(TAKES_NETWORKS))
def test_each_kind_of_network_is_taken(name, argument, workplace):
    def attempt(make: Callable[[], DeepLinearNetwork]) -> None:
        try:
            called(name, ROWS[name].arguments() | {argument: make()})
        except errors.DlnBalanceError:
            if name not in PARTICULAR:
                raise

    wrong = offenders({label: lambda make=make: attempt(make) for label, make in NETWORKS.items()})
    assert not wrong, "\n".join(wrong)


# -- each choice of a name -------------------------------------------------------------------------------------------

CHOICES = [(name, key, choice) for name, row in ROWS.items() for key, names in row.choices.items() for choice in names]


@pytest.mark.parametrize(("name", "argument", "choice"), CHOICES)
def test_each_choice_is_taken(name, argument, choice, workplace):
    called(name, ROWS[name].arguments() | {argument: choice})


# -- sixty kinds of bad input -----------------------------------------------------------------------------------------


class Anything:
    """A class, passed where an object is meant; it can be called with whatever."""

    def __init__(self, *values: Any):
        self.values = values


class Broken:
    """Nothing about it can be asked."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")


def words() -> str:
    """Path of a file that is no model, whatever was written there before."""
    Path(saved("words.npz")).write_text("not a model")
    return saved("words.npz")


def closed_file() -> Any:
    """A file that is closed already."""
    with Path(words()).open() as file:
        return file


BAD: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "empty text": lambda: "",
    "text": lambda: "x",
    "text with NUL": lambda: "a\0b",
    "long text": lambda: "x" * 5000,
    "number as text": lambda: "1e-3",
    "bytes": lambda: b"",
    "bytes of a number": lambda: b"1",
    "bytearray": lambda: bytearray(b"12"),
    "NaN": lambda: math.nan,
    "NumPy's NaN": lambda: np.float64("nan"),
    "inf": lambda: math.inf,
    "-inf": lambda: -math.inf,
    "-1": lambda: -1,
    "0": lambda: 0,
    "-0.0": lambda: -0.0,
    "1.5": lambda: 1.5,
    "tiny": lambda: 5e-324,
    "large": lambda: 1e308,
    "10**400": lambda: 10**400,
    "10**5000": lambda: 10**5000,
    "2**63": lambda: 2**63,
    "np.uint8": lambda: np.uint8(200),
    "longdouble": lambda: np.longdouble("1e4000"),
    "True": lambda: True,
    "False": lambda: False,
    "np.True_": lambda: np.True_,
    "complex": lambda: 1 + 1j,
    "ellipsis": lambda: ...,
    "empty list": list,
    "empty tuple": tuple,
    "empty dict": dict,
    "dict": lambda: {"a": 1},
    "set": lambda: {1, 2},
    "frozenset": lambda: frozenset({1}),
    "range": lambda: range(3),
    "slice": lambda: slice(3),
    "object": object,
    "broken object": Broken,
    "class": lambda: Anything,
    "type": lambda: int,
    "strategy class": lambda: dln.Lyapunov,
    "module": lambda: math,
    "function of nothing": lambda: lambda *_: None,
    "function of text": lambda: lambda *_: "x",
    "function of NaN": lambda: lambda X, *_: np.full(np.shape(X), np.nan),
    "generator": lambda: (k for k in range(3)),
    "iterator": lambda: iter([1.0]),
    "list of None": lambda: [None, None],
    "list of texts": lambda: ["a", "b"],
    "repeated texts": lambda: ["a", "a"],
    "ragged list": lambda: [[1.0, 2.0], [3.0]],
    "nested lists": lambda: [[[[1.0]]]],
    "list of huge ints": lambda: [10**400],
    "list of lists of NaN": lambda: [[math.nan, 1.0], [1.0, 1.0]],
    "empty array": lambda: np.zeros(0),
    "empty matrix": lambda: np.zeros((0, 2)),
    "array without axes": lambda: np.array(1.0),
    "vector": lambda: np.arange(5.0),
    "descending vector": lambda: np.array([3.0, 2.0]),
    "one by one": lambda: np.ones((1, 1)),
    "matrix": lambda: np.ones((2, 3)),
    "complex matrix": lambda: 1j * np.eye(2),
    "matrix of booleans": lambda: np.eye(2, dtype=bool),
    "tiny matrix": lambda: 1e-310 * np.eye(2),
    "large matrix": lambda: 1e300 * np.eye(2),
    "cube": lambda: np.ones((2, 2, 2)),
    "array of objects": lambda: np.array([object(), None]),
    "array of texts": lambda: np.array(["a", "b"]),
    "array of times": lambda: np.array(["2001-01-01", "NaT"], dtype="datetime64[D]"),
    "time": lambda: np.datetime64("NaT"),
    "duration": lambda: np.timedelta64(3, "s"),
    "masked array": lambda: np.ma.masked_invalid([[1.0, np.nan], [1.0, 1.0]]),
    "masked": lambda: np.ma.masked,
    "structured array": lambda: np.zeros(2, dtype=[("a", float)]),
    "infinite matrix": lambda: np.diag([np.inf, 1.0]),
    "sparse matrix": lambda: sp.csc_array(np.eye(2)),
    "sparse vector": lambda: sp.coo_array(np.ones(3)),
    "closed file": closed_file,
    "path of nothing": lambda: Path("no folder/nowhere.npz"),
    "path of a folder": lambda: Path("folder"),
    "path of words": words,
    "exception": lambda: ValueError("x"),
    "random generator": lambda: np.random.default_rng(0),
    "LinearSystem": plant,
    "network": net,
    "complex network": lambda: net(complex_entries=True),
    "zero network": lambda: DeepLinearNetwork([np.zeros((2, 1)), np.zeros((1, 2))]),
    "empty network": lambda: DeepLinearNetwork([np.zeros((0, 2)), np.zeros((2, 0))]),
    "huge network": lambda: DeepLinearNetwork([1e200 * np.eye(2), 1e200 * np.eye(2)]),
    "tiny network": lambda: DeepLinearNetwork([1e-200 * np.eye(2), 1e-200 * np.eye(2)]),
    "representation": lambda: plant().representation,
    "representation without arrows": lambda: Representation([], []),
    "periodic": periodic,
    "time-varying": time_varying,
    "bilinear": bilinear,
    "family": family,
    "reduced model": reduced,
    "strategy": dln.LowRank,
    "no time base": lambda: LinearSystem([[-1.0]], [[1.0]], [[1.0]], dt=None),
    "unstable": lambda: LinearSystem([[1.0]], [[1.0]], [[1.0]]),
    "integrator": lambda: LinearSystem([[0.0]], [[1.0]], [[1.0]]),
    "singular E": lambda: LinearSystem(-np.eye(2), np.ones((2, 1)), np.ones((1, 2)), E=np.diag([1.0, 0.0])),
    "singular sparse E": lambda: LinearSystem(
        -sp.eye_array(2, format="csc"), np.ones((2, 1)), np.ones((1, 2)), E=sp.csc_array(np.diag([1.0, 0.0]))
    ),
    "no states": lambda: LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[2.0]]),
    "zero input": lambda: LinearSystem([[-1.0]], [[0.0]], [[1.0]]),
    "zero output": lambda: LinearSystem([[-1.0]], [[1.0]], [[0.0]], [[1.0]]),
    "huge system": lambda: LinearSystem([[-1e300]], [[1e300]], [[1e300]]),
    "improper function": lambda: control.tf([1.0, 0.0, 0.0], [1.0, 1.0]),
    "frequency response data": lambda: control.frd([1.0, 2.0], [0.1, 1.0]),
    "tuple of numbers": lambda: (-1.0, 1.0, 1.0),
    "tuple of wrong shapes": lambda: (np.eye(2), np.ones((3, 1)), np.ones((1, 2))),
    "tuple of texts": lambda: ("a", "b", "c"),
}


#: Times up to which a loss can be descended, but not within a test.
LENGTHY = {
    (name, "t", label)
    for name in (
        "gradient_flows.end_to_end_learning",
        "gradient_flows.learning",
        "gradient_flows.weight_decay",
        "gradient_flows.kirwan_ness",
    )
    for label in ("large", "2**63", "np.uint8", "longdouble")
} | {("gradient_flows.weight_decay", "kappa", label) for label in ("large", "2**63")}

#: Functions among them that can be called with anything.
TAKE_ALL = {"class", "function of nothing", "function of text"}


def is_number(value: Any) -> bool:
    """Whether a value is a real number and not NaN."""
    real = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool | np.timedelta64)
    return real and not (isinstance(value, float | np.floating) and np.isnan(value))


def is_whole(value: Any) -> bool:
    """Whether a value is an integer."""
    return is_number(value) and isinstance(value, int | np.integer)


def is_whole_sequence(value: Any) -> bool:
    """Whether a value is a sequence, or an array of one axis, of integers."""
    listed = isinstance(value, list | tuple | range) or (isinstance(value, np.ndarray) and value.ndim == 1)
    return listed and all(map(is_whole, value))


def is_numeric(value: Any) -> bool:
    """Whether a value can be read as an array of finite numbers."""
    if isinstance(value, str | bytes | bytearray | dict | set | frozenset):
        return False
    try:
        array = value.toarray() if sp.issparse(value) else np.asarray(value)
        return array.dtype.kind in "biufc" and bool(np.isfinite(array).all())
    except (TypeError, ValueError):
        return False


MODELS = (
    LinearSystem,
    DeepLinearNetwork,
    Representation,
    dln.BilinearSystem,
    dln.PeriodicSystem,
    dln.TimeVaryingSystem,
    dln.SystemFamily,
    dln.SecondOrderSystem,
    dln.ReducedModel,
    tuple,
)

#: What an argument of each kind may be at all: everything else has to be refused.
MAY_BE: dict[str, Callable[[Any], bool]] = {
    "system": lambda v: isinstance(v, LinearSystem | tuple),
    "timed": lambda v: isinstance(v, LinearSystem | tuple),  # in one time base only
    "realized": lambda v: isinstance(v, LinearSystem | tuple),  # no transfer function
    "systems": lambda v: isinstance(v, LinearSystem | tuple | list | dln.structured.Model | dln.ReducedModel),
    "sequence": lambda v: isinstance(v, dln.PeriodicSystem | dln.TimeVaryingSystem),
    "model": lambda v: isinstance(v, MODELS),
    "network": lambda v: isinstance(v, DeepLinearNetwork),
    "representation": lambda v: isinstance(v, Representation),
    "matrix": is_numeric,
    "optional": lambda v: v is None or is_numeric(v),
    "matrices": lambda v: not isinstance(v, str | bytes | dict | set | int | float),
    "numbers": is_numeric,
    "frequencies": lambda v: is_numeric(v) or (isinstance(v, float) and math.isinf(v)),
    "points": is_numeric,
    "stack": lambda v: is_numeric(v) and np.ndim(v) == 3,
    "number": is_number,
    "whole": is_whole,
    "limit": lambda v: v is None or is_whole(v),
    "orders": lambda v: is_whole(v) or isinstance(v, types.GeneratorType) or is_whole_sequence(v),
    "poles": lambda v: (isinstance(v, list | tuple) and not v) or (isinstance(v, np.ndarray) and v.size == 0),
    "depth": lambda v: is_whole(v) or (is_number(v) and v == math.inf),
    "wholes": lambda v: not isinstance(v, str | bytes | dict | set | float | bool),
    "time": lambda v: v is True or v is None or (is_number(v) and 0 <= v < 1e309),
    "flag": lambda v: isinstance(v, bool | np.bool_),
    "choice": lambda _: False,
    "text": lambda v: isinstance(v, str),
    "names": lambda v: not isinstance(v, bytes | dict | set | int | float),
    "function": callable,
    "path": lambda v: isinstance(v, str | Path),
    "rng": lambda v: is_whole(v) or isinstance(v, np.random.Generator),
    "strategy": lambda v: isinstance(v, dln.Lyapunov | dln.LowRank | dln.Automatic),
    "mapping": lambda v: isinstance(v, dict),
    "arrows": lambda v: isinstance(v, list | tuple | type(iter([])) | types.GeneratorType),
    "peak": lambda v: v is None or isinstance(v, dln.PeakGain),
    "result": lambda v: isinstance(v, dln.ReducedModel),
    "record": lambda _: False,  # of a class that no bad value is of
    "axes": lambda _: False,
    "anything": lambda _: True,
}


def test_there_are_at_least_sixty_kinds_of_bad_input():
    assert len(BAD) >= 60


@pytest.mark.parametrize("name", sorted(ROWS))
def test_only_errors_of_this_library_leave(name, workplace):
    row = ROWS[name]
    parameters = inspect.signature(target(name)).parameters
    good = row.arguments()

    def attempt(argument: str, label: str, make: Callable[[], Any]) -> str | None:
        bad = make()
        optional = bad is None and parameters[argument].default is None
        if row.kinds[argument] == "function" and callable(bad) and label not in TAKE_ALL:
            return None  # what somebody's function raises is its own
        valid = optional or MAY_BE[row.kinds[argument]](bad)
        if valid and (row.brief or (name, argument, label) in LENGTHY):
            return None
        try:
            called(name, row.arguments() | {argument: bad})
        except errors.DlnBalanceError as error:
            return None if str(error).strip() else "an empty message"
        return None if valid else "accepted"

    attempts = {
        f"{argument} = {label}": lambda argument=argument, label=label, make=make: attempt(argument, label, make)
        for argument in good
        if argument in row.kinds
        for label, make in BAD.items()
    }
    wrong = offenders(attempts)
    assert not wrong, f"{len(wrong)} of {len(attempts)}:\n" + "\n".join(wrong)
