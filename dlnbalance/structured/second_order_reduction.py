"""Reduction of second-order systems to second-order systems: Gramians, rigid-body modes, and measured errors."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError
from ..gramians.automatic import Automatic
from ..gramians.base import GramianStrategy, checked_strategy
from ..gramians.second_order_gramians import KINDS, SecondOrderGramians
from ..gramians.stability import is_stable
from ..linalg.arrays import Array, Matrix, adjoint, dense
from ..networks.factor_pairs import FactorPair, as_factor_pair
from ..norms.large import confirmed_peak, full_projection
from ..norms.responses import frequency_response
from ..norms.system_norms import hinf_norm
from ..systems.linear_system import LinearSystem
from ..systems.signals import counted
from ..systems.sparse_only_systems import SparseOnlySystem
from .model import Solved, Truncated
from .rigid_modes import FIRST_ORDER_WAY, RigidModes, rigid_modes
from .second_order_balancing import Bases, Halves, bases, one_sided_bases, pair_of
from .second_order_form import SecondOrderForm

__all__ = ["SecondOrderReduction", "distance"]

_SAME_RIGID = 1e-8  # relative difference of rigid parts that rounding of the null vectors explains
_STILL = 1e-4  # share of the slowest frequency at which the mean of ±ω is the static gain to 1e-8 of it


class Flexible(NamedTuple):
    """What is left of a model without its rigid-body modes.

    Attributes
    ----------
    system : LinearSystem
        Its first-order form.
    reach, observe : callable
        Blocks of its Gramian factors in the coordinates of the whole model.
    """

    system: LinearSystem
    reach: Callable[[Array], Array]
    observe: Callable[[Array], Array]


class Found(NamedTuple):
    """Gramian factors of the flexible part."""

    strategy: GramianStrategy
    pair: FactorPair
    halves: Halves
    how: str
    complete: bool


class SecondOrderReduction:
    """What balancing and reduction of a second-order system compute once: rigid-body modes and Gramian factors."""

    def __init__(self, system: SecondOrderForm):
        self.system = system
        self.latest: Found | None = None

    @cached_property
    def rigid(self) -> RigidModes | None:
        """Rigid-body modes, where there are any."""
        return rigid_modes(self.system.M, self.system.K)

    @cached_property
    def flexible(self) -> Flexible:
        """The model without its rigid-body modes."""
        if self.rigid is None:
            return Flexible(self.system.first_order(), _as_it_is, _as_it_is)
        self.rigid.check_uncoupled(self.system.M, self.system.D)
        large = self.system.first_order().is_large
        return _deflated(self.system, self.rigid) if large else _split(self.system, self.rigid)

    def found(self, strategy: GramianStrategy) -> Found:
        """Gramian factors by a kind, the last ones kept: all kinds of second-order balancing share them."""
        system, reach, observe = self.flexible
        strategy = strategy.for_system(system)
        if self.latest is None or self.latest.strategy != strategy:
            solved = strategy.solve(system)
            pair = as_factor_pair(solved.network)
            halves = Halves.of(pair).lifted(reach, observe)
            self.latest = Found(strategy, pair, halves, solved.how, solved.complete)
        return self.latest

    def solve(self, gramians: GramianStrategy) -> Solved:
        """Gramian factors that a kind of second-order balancing takes."""
        gramians = checked_strategy(gramians)
        chosen = gramians if isinstance(gramians, SecondOrderGramians) else SecondOrderGramians(of=gramians)
        count = 0 if self.rigid is None else self.rigid.number
        if count and chosen.rigid == "refuse":
            raise InvalidArgumentError(
                "K",
                "a nonsingular stiffness matrix",
                f"one with {counted(count, 'rigid-body mode')}",
                "keep them with gramians=dlnbalance.gramians.SecondOrderGramians(rigid='keep'), or " + FIRST_ORDER_WAY,
            )
        found, kind = self.found(chosen.of), self._kind(chosen)
        one_sided = self._is_one_sided(kind)
        if one_sided:
            reach = found.halves.reach[self.system.collocated]
            pair = FactorPair([reach, adjoint(self.system.M @ reach)])
        else:
            pair = pair_of(kind, found.halves)
        congruence = ", W = V" if one_sided or kind == "fv" else ""
        how = f"{KINDS[kind]} blocks ({kind}{congruence}) of the first-order form by {found.how}"
        return Solved((pair,), how, found.complete, chosen, count)

    def truncated(self, solved: Solved, order: int) -> Truncated:
        """The reduced model of a number of flexible positions, beside the rigid-body modes."""
        chosen: Any = solved.proof
        kind, (pair,), M = self._kind(chosen), solved.pairs, self.system.M
        if self._is_one_sided(kind):
            found = one_sided_bases(pair.first_layer_columns(pair.triples(order).right), M)
        else:
            found = bases(kind, self.found(chosen.of).halves, pair, order, M, self.system.solved_with_mass_adjoint)
        return _with_rigid_modes(self.system, found, self.rigid)

    def _kind(self, chosen: SecondOrderGramians) -> str:
        if chosen.kind != "auto":
            return chosen.kind
        return "pv" if self.system.C_position.any() or not self.system.C_velocity.any() else "v"

    def _is_one_sided(self, kind: str) -> bool:
        """Whether the Gramians of a kind make W = V: see `kind` of `SecondOrderGramians`."""
        measured = {"pv": "position", "v": "velocity"}.get(kind)
        return measured is not None and self.system.is_symmetric and self.system.collocated == measured


def _as_it_is(factor: Array) -> Array:
    return factor


def _split(system: SecondOrderForm, rigid: RigidModes) -> Flexible:
    """The flexible part of a dense model, in coordinates of its own."""
    M, k = dense(system.M), rigid.number
    F, G = (
        la.qr(basis, check_finite=False)[0][:, k:] for basis in (adjoint(M) @ rigid.left, M @ rigid.right)
    )  # L*MF = 0 and G*MN = 0
    part = system.with_matrices(
        adjoint(G) @ M @ F,
        adjoint(G) @ system.D @ F,
        adjoint(G) @ system.K @ F,
        adjoint(G) @ system.B,
        system.C_position @ F,
        system.C_velocity @ F,
    )

    def observe(factor: Array) -> Array:
        return adjoint(M) @ (G @ part.solved_with_mass_adjoint(factor))

    return Flexible(part.first_order(), lambda factor: F @ factor, observe)


def _deflated(system: SecondOrderForm, rigid: RigidModes) -> Flexible:
    """The flexible part of a sparse model: the model itself, seen by inputs and outputs that leave the others out."""
    M, N, L = system.M, rigid.right, rigid.left
    outputs = (C - (C @ N) @ adjoint(adjoint(M) @ L) for C in (system.C_position, system.C_velocity))
    part = system.with_matrices(M, system.D, system.K, system.B - M @ (N @ (adjoint(L) @ system.B)), *outputs)

    def observe(factor: Array) -> Array:
        return factor - adjoint(M) @ (L @ (adjoint(N) @ factor))

    first = part.first_order()  # whose matrices have the rigid-body modes still
    flexible = SparseOnlySystem(
        first.A, first.B, first.C, first.D, E=first.E, inputs=first.inputs, outputs=first.outputs
    )
    return Flexible(flexible, lambda factor: rigid.without(M, factor), observe)


def _with_rigid_modes(system: SecondOrderForm, found: Bases, rigid: RigidModes | None) -> Truncated:
    """The reduced model of some bases, rigid-body modes first."""
    X, Y, W, T, V = found
    B, position, velocity = adjoint(W) @ system.B, system.C_position @ X, system.C_velocity @ Y
    M, D, K = (adjoint(W) @ (matrix @ basis) for matrix, basis in ((system.M, Y), (system.D, Y), (system.K, X)))
    if W is X and system.is_symmetric:
        M, D, K = ((matrix + adjoint(matrix)) / 2 for matrix in (M, D, K))
    if rigid is None:
        return Truncated(system.with_matrices(M, D, K, B, position, velocity), (T,), (V,))
    N, L = rigid.right, rigid.left
    damping = adjoint(L) @ (system.D @ N)
    small = system.with_matrices(
        la.block_diag(np.eye(rigid.number), M),
        la.block_diag((damping + adjoint(damping)) / 2 if system.is_symmetric and N is L else damping, D),
        la.block_diag(np.zeros((rigid.number, rigid.number)), K),
        np.vstack([adjoint(L) @ system.B, B]),
        np.hstack([system.C_position @ N, position]),
        np.hstack([system.C_velocity @ N, velocity]),
    )
    rows = np.vstack([adjoint(adjoint(system.M) @ L), T])
    return Truncated(small, (rows,), (np.hstack([N, V]),))


# -- errors -----------------------------------------------------------------------------------------------------------


def distance(ours: SecondOrderReduction, theirs: SecondOrderReduction) -> tuple[float, str]:
    """H∞ norm of the difference of two second-order systems, and where it is reached.

    Rigid-body modes leave the difference where both have the same; the norm is infinite where they have not, or the
    rest is unstable. Of large sparse systems the peak is searched on a model, as for linear systems.
    """
    if not _same_rigid_part(ours, theirs):
        return np.inf, ""
    first, second = ours.flexible.system, theirs.flexible.system
    if not is_stable(second):
        return np.inf, ""
    if not first.is_large:
        if not is_stable(first):
            return np.inf, ""
        peak = hinf_norm(first - second)
        return peak.value, peak.place
    pair = (ours.latest or ours.found(Automatic())).pair
    still = 0.0 if ours.rigid is None else _STILL * float(np.abs(second.poles()).min(initial=1.0))

    def difference(omega: Array) -> Array:
        return _response(first, omega, still) - frequency_response(second, omega)

    peak = confirmed_peak(difference, full_projection(first, pair) - second)
    return peak.value, f"{peak.place}{peak.doubt}"


def _response(system: LinearSystem, omega: Array, still: float) -> Array:
    """Frequency response; where K is singular, the static one is the mean of two beside the pole at frequency zero."""
    response = frequency_response(system, np.where(omega == 0, still, omega))
    if still and (omega == 0).any():
        response[omega == 0] = frequency_response(system, np.array([still, -still])).mean(axis=0)
    return response


def _same_rigid_part(ours: SecondOrderReduction, theirs: SecondOrderReduction) -> bool:
    """Whether the rigid-body modes of two systems respond alike."""
    if ours.rigid is None or theirs.rigid is None:
        return ours.rigid is theirs.rigid
    first, second = (_rigid_gain(reduction.system, reduction.rigid) for reduction in (ours, theirs))
    return bool(np.abs(first - second).max() <= _SAME_RIGID * np.abs(first).max())


def _rigid_gain(system: SecondOrderForm, rigid: RigidModes | None) -> Matrix:
    """Responses of the rigid-body modes at two points of the right half plane."""
    assert rigid is not None
    N, L = rigid.right, rigid.left
    damping = adjoint(L) @ (system.D @ N)
    rate = max(1.0, float(la.norm(damping)))
    gains = [
        (system.C_position @ N + s * (system.C_velocity @ N))
        @ la.solve(s * s * np.eye(rigid.number) + s * damping, adjoint(L) @ system.B)
        for s in (rate, 2 * rate)
    ]
    return np.vstack(gains)
