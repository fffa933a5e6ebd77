r"""A system as the sum of two, each with a share of the poles.

.. math:: G(s) = D + C_1 (sT_1 - S_1)^{-1} B_1 + C_2 (sT_2 - S_2)^{-1} B_2, \qquad B_i = L_i^* B, \; C_i = C V_i,

with the bases of complementary deflating subspaces (:mod:`dlnbalance.linalg.deflating_subspaces`).
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import Array, Flags, Indices, adjoint
from ..linalg.deflating_subspaces import Deflation, Part, deflated
from ..systems.linear_system import LinearSystem

__all__ = ["Division", "Summand", "divided", "safely_divided"]

_TRIES = 64  # poles that are moved, one after the other, in search of a good cut: an O(n³) reordering each


@dataclass(frozen=True, eq=False, kw_only=True)
class Summand:
    r"""A system with some of the poles of another, and where it lies in its state space.

    Attributes
    ----------
    system : LinearSystem
        (T, S, L*B, CV), without feedthrough.
    left, right : (n, k) array
        Bases L and V with L*EV = T and L*AV = S.
    """

    system: LinearSystem
    left: Array
    right: Array

    def explicit(self) -> "Summand":
        """The same with T = I: then L*EV = I."""
        if self.system.E is None:
            return self
        left = adjoint(la.solve_triangular(self.system.descriptor, adjoint(self.left), check_finite=False))
        return Summand(system=self.system.explicit(), left=left, right=self.right)


@dataclass(frozen=True, eq=False, kw_only=True)
class Division:
    """A system in two summands, and how well they are apart (see :class:`Deflation`)."""

    first: Summand
    second: Summand
    selected: Flags
    condition: float
    separation: float


def divided(system: LinearSystem, selected: Flags) -> Division | None:
    """Divide a system by its poles, dense, O(n³); None where rounding could move poles from one part to the other."""
    found = deflated(system.schur, selected)
    return _division(system, selected, found) if found is not None and found.is_safe else None


def safely_divided(system: LinearSystem, selected: Flags, *, grow: bool) -> Division | None:
    """Divide a system by its poles, more of them selected (or fewer) until the cut is good, the nearest first."""
    poles = system.schur.eigenvalues
    for _ in range(_TRIES):
        found = deflated(system.schur, selected)
        if found is not None and found.is_safe:
            return _division(system, selected, found)
        inside, outside = (np.flatnonzero(flags) for flags in (selected, ~selected))
        pair = _nearest(poles, inside, outside) if found is None or found.closest is None else found.closest
        moved = pair[1] if grow else pair[0]
        selected = selected.copy()
        selected[moved] = grow
        if np.iscomplexobj(system.schur.S) or poles[moved].imag == 0:
            continue
        partner = moved + 1 if poles[moved].imag > 0 else moved - 1  # as `SchurForm.eigenvalues` orders them
        selected[partner] = grow
    return None


def _nearest(poles: Array, inside: Indices, outside: Indices) -> tuple[int, int]:
    """The two poles on both sides of a cut that are nearest to each other."""
    distances = np.abs(poles[inside][:, None] - poles[outside][None, :])
    i, j = np.unravel_index(int(np.argmin(distances)), distances.shape)
    return int(inside[i]), int(outside[j])


def _division(system: LinearSystem, selected: Flags, found: Deflation) -> Division:
    first, second = (_summand(system, part) for part in (found.first, found.second))
    return Division(
        first=first,
        second=second,
        selected=selected,
        condition=found.condition,
        separation=system.coordinates.unit * found.separation,
    )


def _summand(system: LinearSystem, part: Part) -> Summand:
    """The part of a system in some deflating subspaces, in its own units."""
    here, unit = system.coordinates, system.coordinates.unit
    right, left = here.states[:, None] * part.V, _left_basis(system, adjoint(part.L))
    root = np.sqrt(unit)
    summand = LinearSystem(
        unit * part.S,
        root * (adjoint(part.L) @ here.B),
        root * (here.C @ part.V),
        E=part.T,
        dt=system.dt,
        inputs=system.inputs,
        outputs=system.outputs,
    )
    return Summand(system=summand, left=left, right=right)


def _left_basis(system: LinearSystem, rows: Array) -> Array:
    """L from rows L* of the equations in well-scaled coordinates."""
    here = system.coordinates
    scaled = rows * here.equations
    if system.E is not None and here.E is None:  # the equations were solved for the rates of the states
        return system.left_basis(scaled)
    return adjoint(scaled)
