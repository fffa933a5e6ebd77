"""Frequency-weighted Gramians: what inputs coloured by one system reach, and what another one sees of the outputs."""

import os
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..files.models import load_system
from ..linalg.arguments import one_of, real_number, shown
from ..linalg.arrays import EPS, Array, adjoint, dense, norm
from ..linalg.lyapunov import compressed, gramian_factor
from ..linalg.pencils import SchurForm
from ..modelling.connections import append
from ..networks.factor_pairs import FactorPair
from ..systems.coordinates import out_of_range
from ..systems.linear_system import LinearSystem
from ..systems.signals import common_time_base
from .base import ErrorBounds, Gramians, GramianStrategy, check_dense, check_range
from .stability import check_stable

__all__ = ["WEIGHTED_ERROR", "Weighted"]

#: What is measured: ‖W(G − G_r)V‖_∞.
WEIGHTED_ERROR = "weighted H∞ error"

_SPANNED = 1e-9  # relative residual of B in the range of B̃ up to which it lies there, rounding of |X| allowed for

#: Combinations by name, as the number that stands for them.
_NAMED = {"enns": 0.0, "lin-chiu": 1.0}


@dataclass(frozen=True, eq=False)
class Weighted(GramianStrategy):
    r"""Gramians of a system G between an input weight V and an output weight W: for errors ‖W(G − G_r)V‖_∞.

    The cascade GV has the states (x, v), and a reachability Gramian with the blocks

    .. math:: \begin{pmatrix} P_{11} & P_{12} \\ P_{12}^* & P_{22} \end{pmatrix}, \qquad
              P = P_{11} - α^2 P_{12} P_{22}^{-1} P_{12}^*

    from Lyapunov's equation (Stein's in discrete time); Q is found likewise from the observability Gramian of WG. Or P
    is what a Lyapunov equation with the right-hand side :math:`|X|` gives, where :math:`X = -(AP_{11} + P_{11}A^*)` and
    its eigenvalues are replaced by their moduli.

    Parameters
    ----------
    input, output : system or path, optional
        V and W, stable, continuous or discrete as the system is: anything :func:`as_system` reads, or a file with a
        system. V has an output for every input of the system, and W an input for every output; weights with one input
        and one output weigh every channel. Without them, 1.
    combination : {"enns", "lin-chiu", "wang"}, number or pair of them
        "enns", α = 0; "lin-chiu", α = 1; a number α between (Varga and Anderson); "wang", :math:`|X|` (Wang, Sreeram
        and Liu). A pair holds that of P and that of Q.

    Raises
    ------
    UnstableSystemError
        When the system, or a weight, is not stable.
    InvalidArgumentError
        For a combination that is none of these; for weights whose signals or time base do not match the system's.

    Notes
    -----
    Both factors come from triangular factors of the cascades, in which P_{11} and P_{12} share columns: nothing is
    subtracted, and no Gramian is formed. X has the rank 2m at most, and is diagonalized without being formed. A Schur
    form and a triangular factor of order n and of the order of each cascade.

    One weight alone leaves the reduced model stable for α = 0; two weights do not, unless each combination is 1 and the
    cascades have no common poles and zeros, or "wang". :math:`|X|`, unlike all else here, depends on the coordinates of
    the states. For "wang" (see :class:`~dlnbalance.reduction.weighted_model.WeightedReducedModel`)
    :math:`‖W(G - G_r)V‖_∞ ≤ 2 ‖WL‖_∞ ‖KV‖_∞ Σ_{i>r} σ_i` with :math:`B = \tilde B K`, :math:`C = L \tilde C` and
    :math:`|X| = B̃B̃^*`; other combinations prove nothing, and the error is measured.

    References
    ----------
    .. [1] D. F. Enns, "Model reduction with balanced realizations: an error bound and a frequency weighted
       generalization", Proc. 23rd IEEE CDC (1984) 127-132.
    .. [2] C.-A. Lin, T.-Y. Chiu, "Model reduction via frequency weighted balanced realization", Control Theory Adv.
       Technol. 8 (1992) 341-351.
    .. [3] G. Wang, V. Sreeram, W. Q. Liu, "A new frequency-weighted balanced truncation method and an error bound",
       IEEE Trans. Automat. Control 44 (1999) 1734-1737.
    .. [4] A. Varga, B. D. O. Anderson, "Accuracy-enhancing methods for balancing-related frequency-weighted model and
       controller reduction", Automatica 39 (2003) 919-927.

    See Also
    --------
    dlnbalance.reduction.weighted_model.WeightedReducedModel : the result, with its measured weighted error.
    dlnbalance.gramians.lyapunov.Lyapunov : both weights equal to 1.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> system = dln.LinearSystem([[-1.0, 0.0], [0.0, -50.0]], [[1.0], [5.0]], [[1.0, 5.0]])
    >>> slow = dln.LinearSystem([[-0.1]], [[1.0]], [[1.0]])  # inputs below 0.1 rad/s
    >>> dln.hankel_singular_values(system, gramians=Weighted(input=slow)).round(3).tolist()
    [1.541, 0.031]
    >>> dln.hankel_singular_values(system).round(3).tolist()
    [0.534, 0.216]
    """

    input: Any = None
    output: Any = None
    combination: Any = "enns"

    name = "weighted"
    description = "Gramians between an input and an output weight (Enns, Lin-Chiu, Wang, Varga-Anderson)"
    values_name: ClassVar[str] = "frequency-weighted singular values"

    def __post_init__(self) -> None:
        object.__setattr__(self, "input", _weight("input", self.input))
        object.__setattr__(self, "output", _weight("output", self.output))
        object.__setattr__(self, "combination", _combinations(self.combination))

    def __repr__(self) -> str:
        weights = [
            f"{argument}={'unnamed' if weight.name is None else repr(weight.name)} ({weight.nstates} states)"
            for argument, weight in (("input", self.input), ("output", self.output))
            if weight is not None
        ]
        first, second = self.combination
        combination = f"{first!r}" if first == second else f"{self.combination!r}"
        return f"Weighted({', '.join([*weights, f'combination={combination}'])})"

    def weights_of(self, system: LinearSystem) -> tuple[LinearSystem | None, LinearSystem | None]:
        """V and W with one signal for every input and output of `system`, None where there is none."""
        return (
            None if self.input is None else _fitting("input", self.input, system, system.ninputs),
            None if self.output is None else _fitting("output", self.output, system, system.noutputs),
        )

    def sides(self, plant: LinearSystem) -> tuple["Cascade", "Cascade"]:
        """The system behind its input weight, and its adjoint behind the adjoint of the output weight."""
        before, after = self.weights_of(plant)
        return Cascade.behind(plant, before), Cascade.ahead(plant, after)

    def solve(self, system: LinearSystem) -> Gramians:
        """Solve for the Gramian factors of `system` between its weights, in the states of `system`."""
        check_dense(as_system(system))
        plant = as_system(system).explicit()
        check_stable(plant)
        before, after = self.sides(plant)
        reach, observe = before.factor(self.combination[0]), adjoint(after.factor(self.combination[1]))
        check_range(norm(reach), norm(observe), "norm of the Gramian factors")
        return Gramians(network=FactorPair([reach, observe]), how=f"{self}")

    def error_bounds(self, values: Array, order: int, floor: float) -> ErrorBounds:
        """Nothing is proved by the values alone; what is measured is the weighted error."""
        del values, order, floor
        return ErrorBounds(None, None, WEIGHTED_ERROR)


@dataclass(frozen=True, eq=False)
class Cascade:
    """A system behind a weight, by a factor of its reachability Gramian: `states` rows of the system, then `weight`."""

    A: Array
    B: Array
    states: Array
    weight: Array
    gain: Array  # (m, nv + inputs): what the weight makes of its states and of its inputs, (C_v, D_v)
    discrete: bool
    weighs: LinearSystem | None

    @classmethod
    def behind(cls, plant: LinearSystem, weight: LinearSystem | None) -> "Cascade":
        """The system G behind an input weight: GV."""
        A, B = dense(plant.A), plant.B
        if weight is None:
            whole, gain = plant, np.eye(plant.ninputs)
        else:
            check_stable(weight)
            whole, gain = plant * weight, np.hstack([weight.C, weight.D])
        here, schur = whole.coordinates, _stable_form(whole)
        factor = here.states[:, None] * (schur.Z @ gramian_factor(schur, here.B, discrete=plant.is_discrete))
        states, rows = np.split(factor, [plant.nstates])
        return cls(A, B, states, rows, gain, plant.is_discrete, weight)

    @classmethod
    def ahead(cls, plant: LinearSystem, weight: LinearSystem | None) -> "Cascade":
        """The adjoint of WG: the adjoint system behind the adjoint of an output weight."""
        A, B = adjoint(dense(plant.A)), adjoint(plant.C)
        if weight is None:
            whole, gain = plant, np.eye(plant.noutputs)
        else:
            check_stable(weight)
            whole, gain = weight * plant, np.hstack([adjoint(weight.B), adjoint(weight.D)])
        here, schur = whole.coordinates, _stable_form(whole).adjoint
        factor = gramian_factor(schur, adjoint(here.C), discrete=plant.is_discrete)
        rows, states = np.split((schur.Z @ factor) / here.states[:, None], [whole.nstates - plant.nstates])
        return cls(A, B, states, rows, gain, plant.is_discrete, weight)

    def factor(self, combination: float | str) -> Array:
        """A factor of the weighted Gramian."""
        if combination == "wang":
            return self._with_right_side(self.right_side)
        share = float(combination)
        if share == 0 or not self.weight.size:
            return compressed(self.states)
        # Columns in which the weight has no part, and those of the smallest basis in which it has.
        _, sizes, directions = la.svd(self.weight, check_finite=False)
        seen = int(np.count_nonzero(sizes > max(self.weight.shape) * EPS * sizes[:1].sum()))
        own, shared = adjoint(directions[seen:]), adjoint(directions[:seen])
        return compressed(self.states @ np.hstack([own, np.sqrt((1 - share) * (1 + share)) * shared]))

    @property
    def right_side(self) -> Array:
        r"""B̃ with B̃B̃* = :math:`|X|`, for X = BH* + HB* from the equation of the leading block.

        H = P₁₂C_v* + ½BD_vD_v*, in discrete time AP₁₂C_v* + ½B(C_vP₂₂C_v* + D_vD_v*).
        """
        nv = self.weight.shape[0]
        seen, through = adjoint(self.weight) @ adjoint(self.gain[:, :nv]), self.gain[:, nv:]
        crossed = self.states @ seen
        power = through @ adjoint(through)
        if self.discrete:
            crossed, power = self.A @ crossed, power + adjoint(seen) @ seen
        H = crossed + self.B @ power / 2
        if not H.size:
            return np.zeros(H.shape)
        basis, both = la.qr(np.hstack([self.B, H]), mode="economic", check_finite=False)
        first, second = np.hsplit(both, 2)
        small = first @ adjoint(second)
        values, vectors = la.eigh(small + adjoint(small), check_finite=False)
        return basis @ (vectors * np.sqrt(np.abs(values)))

    def spread(self) -> Array | None:
        """K with B = B̃K; None where B does not lie in the range of B̃."""
        right = self.right_side
        gain = la.lstsq(right, self.B, check_finite=False)[0]
        return gain if norm(self.B - right @ gain) <= _SPANNED * norm(self.B) else None

    def _with_right_side(self, right: Array) -> Array:
        """The plain Gramian of the system with another right-hand side, in well-scaled coordinates."""
        if not right.size:
            return right
        moved = LinearSystem(self.A, right, np.zeros((1, len(right))), dt=float(self.discrete))
        here, schur = moved.coordinates, moved.schur
        return here.states[:, None] * (schur.Z @ gramian_factor(schur, here.B, discrete=self.discrete))


def _stable_form(whole: LinearSystem) -> SchurForm:
    """The Schur form of a cascade of stable systems, refused where its poles are too far apart for its numbers."""
    poles = whole.schur.eigenvalues
    if not (np.abs(poles) < 1 if whole.is_discrete else poles.real < 0).all():
        raise out_of_range("ratio of the poles of system and weight")
    return whole.schur


def _weight(argument: str, weight: Any) -> LinearSystem | None:
    if weight is None:
        return None
    if isinstance(weight, str | os.PathLike):
        return load_system(weight).explicit()
    try:
        return as_system(weight).explicit()
    except InvalidArgumentError as error:
        raise type(error)(argument, error.expected, error.received, error.remedy) from None


def _combinations(given: Any) -> tuple[float | str, float | str]:
    if not isinstance(given, tuple | list):
        both = _combination(given)
        return both, both
    if len(given) != 2:
        remedy = "pass one combination, or a pair of them"
        raise InvalidArgumentError("combination", "that of P and that of Q", shown(given), remedy)
    return _combination(given[0]), _combination(given[1])


def _combination(given: Any) -> float | str:
    if isinstance(given, str):
        return _NAMED.get(one_of("combination", given, [*_NAMED, "wang"]), "wang")
    share = real_number("combination", given)
    if not 0 <= share <= 1:
        remedy = "0 is Enns's combination and 1 is Lin and Chiu's"
        raise InvalidArgumentError("combination", "a number from 0 to 1", shown(given), remedy)
    return share


def _fitting(argument: str, weight: LinearSystem, system: LinearSystem, count: int) -> LinearSystem:
    """The weight with a signal for every channel of the system; refused where that or the time base does not fit."""
    if weight.nstates == 0:
        weight = weight.replaced(dt=system.dt)
    try:
        common_time_base(system.dt, weight.dt)
    except InvalidArgumentError as error:
        raise type(error)(argument, f"{error.expected}, as the system has", error.received, error.remedy) from None
    facing, its = (weight.noutputs, "outputs") if argument == "input" else (weight.ninputs, "inputs")
    if facing != count and weight.D.shape != (1, 1):
        raise InvalidArgumentError(
            argument,
            f"a weight with {count} {its}, one for every {argument} of the system, or with one input and one output",
            f"{facing} {its}",
            "repeat it on the channels by dlnbalance.append, or choose some by a matrix",
        )
    return weight if facing == count else append(*[weight] * count)
