"""Balance and reduce linear models; deep linear networks and linear systems as one computation.

>>> import dlnbalance as dln
>>> model = dln.reduce(dln.examples.get("heat-rod"), order=4)
>>> model.order, model.stable
(4, True)

Names are imported when they are first used, so that ``import dlnbalance`` itself costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import (
        accuracy,
        balancing,
        bilinear,
        bridge,
        certificates,
        closed_forms,
        comparison,
        conversion,
        errors,
        examples,
        families,
        flows,
        geodesics,
        geometry,
        gramians,
        initialization,
        interop,
        io,
        kempf_ness,
        langevin,
        low_rank,
        network_reduction,
        networks,
        norm_balancing,
        norms,
        orbits,
        periodic,
        plotting,
        reduction,
        report,
        representation,
        schatten,
        sequence_balancing,
        stability,
        sweeps,
        systems,
        time_varying,
        training_steps,
    )
    from .accuracy import accuracy_floor
    from .balancing import BalancedNetwork, BalancedRealization, balance, balance_network, hankel_singular_values
    from .bilinear import BilinearSystem, ReducedBilinear
    from .certificates import Certificate, NormCertificate
    from .comparison import Comparison, compare, compare_realizations
    from .conversion import as_system
    from .errors import DlnBalanceError
    from .families import ReducedFamily, SystemFamily
    from .gramians import Lyapunov
    from .io import load, save
    from .kempf_ness import Minimum, minimize
    from .low_rank import Automatic, LowRank, LowRankGramians
    from .network_reduction import ReducedNetwork
    from .networks import DeepLinearNetwork
    from .norm_balancing import NormBalancedRealization
    from .norms import PeakGain, frequency_grid, frequency_response, h2_norm, hankel_norm, hinf_norm
    from .orbits import (
        NearestBalanced,
        RankProfile,
        find_gauge,
        is_balanced,
        nearest_balanced,
        random_balanced,
        rank_profile,
    )
    from .periodic import PeriodicSystem
    from .reduction import ReducedModel, reduce
    from .report import write_report
    from .representation import Arrow, Representation
    from .sequence_balancing import BalancedSequence, ReducedSequence
    from .sweeps import Sweep, SweepInterrupted, reduce_many
    from .systems import LinearSystem
    from .time_varying import TimeVaryingSystem, network_to_time_varying
    from .training_steps import TrainingStep, split_step

__all__ = [
    "Arrow",
    "Automatic",
    "BalancedNetwork",
    "BalancedRealization",
    "BalancedSequence",
    "BilinearSystem",
    "Certificate",
    "Comparison",
    "DeepLinearNetwork",
    "DlnBalanceError",
    "LinearSystem",
    "LowRank",
    "LowRankGramians",
    "Lyapunov",
    "Minimum",
    "NearestBalanced",
    "NormBalancedRealization",
    "NormCertificate",
    "PeakGain",
    "PeriodicSystem",
    "RankProfile",
    "ReducedBilinear",
    "ReducedFamily",
    "ReducedModel",
    "ReducedNetwork",
    "ReducedSequence",
    "Representation",
    "Sweep",
    "SweepInterrupted",
    "SystemFamily",
    "TimeVaryingSystem",
    "TrainingStep",
    "accuracy",
    "accuracy_floor",
    "as_system",
    "balance",
    "balance_network",
    "balancing",
    "bilinear",
    "bridge",
    "certificates",
    "closed_forms",
    "compare",
    "compare_realizations",
    "comparison",
    "conversion",
    "errors",
    "examples",
    "families",
    "find_gauge",
    "flows",
    "frequency_grid",
    "frequency_response",
    "geodesics",
    "geometry",
    "gramians",
    "h2_norm",
    "hankel_norm",
    "hankel_singular_values",
    "hinf_norm",
    "initialization",
    "interop",
    "io",
    "is_balanced",
    "kempf_ness",
    "langevin",
    "load",
    "low_rank",
    "minimize",
    "nearest_balanced",
    "network_reduction",
    "network_to_time_varying",
    "networks",
    "norm_balancing",
    "norms",
    "orbits",
    "periodic",
    "plotting",
    "random_balanced",
    "rank_profile",
    "reduce",
    "reduce_many",
    "reduction",
    "report",
    "representation",
    "save",
    "schatten",
    "sequence_balancing",
    "split_step",
    "stability",
    "sweeps",
    "systems",
    "time_varying",
    "training_steps",
    "write_report",
]

#: Where each public name lives; a module's own name stands for the module.
_HOMES = {
    "accuracy": ("accuracy_floor",),
    "balancing": ("BalancedNetwork", "BalancedRealization", "balance", "balance_network", "hankel_singular_values"),
    "bilinear": ("BilinearSystem", "ReducedBilinear"),
    "bridge": (),
    "certificates": ("Certificate", "NormCertificate"),
    "comparison": ("Comparison", "compare", "compare_realizations"),
    "conversion": ("as_system",),
    "errors": ("DlnBalanceError",),
    "examples": (),
    "families": ("ReducedFamily", "SystemFamily"),
    "flows": (),
    "geometry": (),
    "langevin": (),
    "closed_forms": (),
    "geodesics": (),
    "kempf_ness": ("Minimum", "minimize"),
    "norm_balancing": ("NormBalancedRealization",),
    "gramians": ("Lyapunov",),
    "initialization": (),
    "low_rank": ("Automatic", "LowRank", "LowRankGramians"),
    "interop": (),
    "orbits": (
        "NearestBalanced",
        "RankProfile",
        "find_gauge",
        "is_balanced",
        "nearest_balanced",
        "random_balanced",
        "rank_profile",
    ),
    "schatten": (),
    "io": ("load", "save"),
    "network_reduction": ("ReducedNetwork",),
    "networks": ("DeepLinearNetwork",),
    "periodic": ("PeriodicSystem",),
    "plotting": (),
    "norms": (
        "PeakGain",
        "frequency_grid",
        "frequency_response",
        "h2_norm",
        "hankel_norm",
        "hinf_norm",
    ),
    "reduction": ("ReducedModel", "reduce"),
    "report": ("write_report",),
    "representation": ("Arrow", "Representation"),
    "sequence_balancing": ("BalancedSequence", "ReducedSequence"),
    "stability": (),
    "sweeps": ("Sweep", "SweepInterrupted", "reduce_many"),
    "systems": ("LinearSystem",),
    "time_varying": ("TimeVaryingSystem", "network_to_time_varying"),
    "training_steps": ("TrainingStep", "split_step"),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("dlnbalance")
        except PackageNotFoundError:  # a source tree that was never installed
            return "unknown"
    if name in _HOMES:
        return import_module(f".{name}", __name__)
    if name in _MODULE_OF:
        value = getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
