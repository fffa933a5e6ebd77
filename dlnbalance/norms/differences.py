"""The difference of two systems, with the scaled coordinates and the Schur form that both have already."""

from dataclasses import replace

import numpy as np
import scipy.linalg as la

from ..linalg.arrays import dense
from ..linalg.modal_forms import MODAL_ORDER, side_by_side
from ..linalg.pencils import SchurForm
from ..systems.coordinates import Coordinates
from ..systems.linear_system import LinearSystem

__all__ = ["difference", "explicit_in_coordinates"]

_FAR_APART = 200  # binary digits between two units of rates beyond which numbers in both might leave the range


def difference(first: LinearSystem, second: LinearSystem) -> LinearSystem:
    r"""Realization of G_1 − G_2 with the states of both side by side, in the coordinates of each.

    Parameters
    ----------
    first, second : LinearSystem
        With an E that is not singular, the same time base and the same signals.

    Returns
    -------
    LinearSystem
        (diag(A_1, A_2), (B_1; B_2), (C_1, −C_2), D_1 − D_2); its ``coordinates`` and ``schur`` are those of both, in a
        common unit of rates, which costs no factorization where they have them.

    See Also
    --------
    dlnbalance.systems.arithmetic : sums and differences of systems as a user writes them, with checks and signal names.

    Examples
    --------
    >>> slow, fast = (LinearSystem([[-decay]], [[1.0]], [[1.0]]) for decay in (1.0, 2.0))
    >>> difference(slow, fast).dcgain().item()
    0.5
    """
    first, second = (explicit_in_coordinates(system) for system in (first, second))
    A, B = la.block_diag(dense(first.A), dense(second.A)), np.vstack([first.B, second.B])
    both = LinearSystem(A, B, np.hstack([first.C, -second.C]), first.D - second.D, dt=first.dt)
    here, there = first.coordinates, second.coordinates
    schur = first.schur, second.schur
    same_kind = schur[0].S.dtype == schur[1].S.dtype and schur[0].T is None and schur[1].T is None
    if same_kind and first.nstates and second.nstates and abs(here.rate - there.rate) < _FAR_APART:
        rate = max(here.rate, there.rate)
        vars(both)["coordinates"] = _side_by_side(_in_unit(here, rate), _in_unit(there, rate))
        units = 2.0 ** (here.rate - rate), 2.0 ** (there.rate - rate)
        vars(both)["schur"] = _joined(*schur, *units)
        if both.nstates >= MODAL_ORDER and first.modal is not None and second.modal is not None:
            vars(both)["modal"] = side_by_side(first.modal, second.modal, units)
    return both


def explicit_in_coordinates(system: LinearSystem) -> LinearSystem:
    """The same response without an E: in the coordinates where it was solved away, which keeps the Schur form there."""
    if system.E is None or system.is_large or system.coordinates.E is not None:
        return system.explicit()
    here = system.coordinates
    root = 2.0 ** (here.rate // 2)
    found = LinearSystem(here.A * here.unit, here.B * root, here.C * root, system.D, dt=system.dt)
    ones = np.ones(system.nstates)
    vars(found)["coordinates"] = replace(here, states=ones, equations=ones)
    vars(found)["schur"] = system.schur
    return found


def _in_unit(here: Coordinates, rate: int) -> Coordinates:
    """Coordinates with another unit of rates, 2^rate: powers of two, which round nothing (both rates are even)."""
    power = here.rate - rate
    root = 2.0 ** (power // 2)
    return replace(here, A=here.A * 2.0**power, B=here.B * root, C=here.C * root, rate=rate)


def _side_by_side(here: Coordinates, there: Coordinates) -> Coordinates:
    return Coordinates(
        A=la.block_diag(here.A, there.A),
        E=None,
        B=np.vstack([here.B, there.B]),
        C=np.hstack([here.C, -there.C]),
        states=np.concatenate([here.states, there.states]),
        equations=np.concatenate([here.equations, there.equations]),
        rate=here.rate,
        order=np.concatenate([here.order, here.order.size + there.order]),
        sizes=np.concatenate([here.sizes, there.sizes]),
    )


def _joined(first: SchurForm, second: SchurForm, unit: float, other: float) -> SchurForm:
    """Schur form of two matrices side by side, each times its factor."""
    S, Z = la.block_diag(unit * first.S, other * second.S), la.block_diag(first.Z, second.Z)
    sizes = [np.array([form.order]) if form.sizes is None else form.sizes for form in (first, second)]
    return SchurForm(S=np.asfortranarray(S), T=None, Q=Z, Z=Z, sizes=np.concatenate(sizes))
