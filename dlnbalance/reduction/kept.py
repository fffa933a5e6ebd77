"""What a reduction keeps as it is, and the part of a system that it reduces."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import scipy.linalg as la

from ..decompositions.divisions import Division, Summand, safely_divided
from ..decompositions.pole_selection import named_poles
from ..decompositions.regions import Decaying
from ..decompositions.seen_parts import seen_part
from ..decompositions.sparse_splitting import split_sparse, unstable_part
from ..errors import InvalidArgumentError, NumericalError
from ..gramians.stability import near_boundary, not_stable
from ..linalg.arguments import items, one_of, positive_number, shown
from ..linalg.arrays import Array, Flags
from ..linalg.immutable import Immutable
from ..summary import Fact
from ..systems.linear_system import LinearSystem
from ..systems.signals import poles_in_words

__all__ = ["BalancedPart", "Kept", "Unstable", "Wish", "checked_wish", "set_aside"]

Unstable = Literal["keep", "refuse"]

_ROUNDINGS = 10  # n eps that an orthogonal transformation of a system errs by: this many, with a digit to spare


class Wish(NamedTuple):
    """What shall be kept of a linear system besides the states of largest singular values."""

    unstable: str = "keep"
    offset: float = 0.0
    poles: Sequence[Any] = ()
    states: tuple[str, ...] = ()

    @property
    def is_for_poles(self) -> bool:
        """Whether poles are wished for that may be stable."""
        return bool(self.offset or len(self.poles))


def checked_wish(unstable: Any, offset: Any, keep: Any = ()) -> Wish:
    """Return what is to be kept, checked as far as that goes without the system."""
    one_of("unstable", unstable, get_args(Unstable))
    rate = positive_number("offset", offset, or_zero=True, remedy="poles to the right of -offset are kept")
    named = [keep] if isinstance(keep, str) else items("keep", keep, "poles, or names of states")
    names = tuple(each for each in named if isinstance(each, str))
    if names and len(names) != len(named):
        raise InvalidArgumentError("keep", "poles or names of states, not both", shown(named), "pass one kind")
    return Wish(unstable, rate, () if names else tuple(named), names)


class BalancedPart(NamedTuple):
    """What was balanced and truncated: the system or a summand of it, what became of it, and the bases W and V.

    The bases are None where that is no projection.
    """

    full: LinearSystem
    reduced: LinearSystem
    left: Array | None
    right: Array | None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Kept(Immutable):
    r"""A system as the sum of what is kept and the rest, which is stable.

    Attributes
    ----------
    divided : LinearSystem
        The system that was divided.
    part : Summand
        What is kept, without feedthrough.
    rest : Summand or None
        What is reduced; None where it has the states of the whole, as of large sparse systems.
    balanced : LinearSystem
        The same with D and a name: what is balanced.
    poles : (k,) array
        The poles that are kept.
    hidden : array
        Those among them that no input reaches, or no output reads: they are left out.
    condition : float
        Norm of the spectral projectors.
    search : str
        How the poles were searched for, and what could have been missed; empty where all poles are known.
    """

    divided: LinearSystem
    part: Summand
    rest: Summand | None
    balanced: LinearSystem
    poles: Array
    hidden: Array
    condition: float
    search: str = ""

    @property
    def order(self) -> int:
        """Number of states that are kept."""
        return self.part.system.nstates

    def beside(self, balanced: BalancedPart) -> BalancedPart:
        """The whole: what is kept, with the reduced rest beside it, and the bases that lead there."""
        reduced = balanced.reduced
        whole = (self.part.system + reduced).replaced(name=reduced.name, states=None)
        left, right = balanced.left, balanced.right
        if left is None or right is None:
            return BalancedPart(balanced.full, whole, None, None)
        if self.rest is not None:
            left, right = self.rest.left @ left, self.rest.right @ right
        left, right = np.hstack([self.part.left, left]), np.hstack([self.part.right, right])
        return BalancedPart(balanced.full, whole, left, right)

    def __repr__(self) -> str:
        return f"Kept: {poles_in_words(self.poles)}"

    def facts(self) -> list[Fact]:
        """What is kept: for programs and for people."""
        words = poles_in_words(self.poles)
        if self.hidden.size:
            words += f"; left out, as inputs or outputs do not see them: {poles_in_words(self.hidden)}"
        return [
            Fact("kept_poles", "Kept as they are", _plain(self.poles), words=words),
            Fact("hidden_poles", "", _plain(self.hidden)),
            Fact("search", "Search for them" if self.search else "", self.search),
        ]


def _plain(poles: Array) -> list[list[float]]:
    return [[float(pole.real), float(pole.imag)] for pole in poles]


def set_aside(system: LinearSystem, wish: Wish) -> Kept | None:
    """Set aside the poles that are not stable, those that decay too slowly and those that are named; None for none.

    Where the cut would go through a cluster of poles, all of the cluster is kept. So are poles that the rounding of a
    computation (a change of coordinates, algebraic equations eliminated) may have moved off the boundary.

    Raises
    ------
    NumericalError
        When no good cut is near.
    """
    if system.is_large:
        return _set_aside_of_sparse(system, wish)
    if system.nstates == 0 and not wish.poles:
        return None
    system.check_descriptor()
    flags = not_stable(system) | named_poles(system, wish.poles, "keep")
    flags |= near_boundary(system, _ROUNDINGS * system.nstates)
    if wish.offset:
        flags |= ~Decaying(wish.offset).contains(system.poles(), system.sampling_time)
    if not flags.any():
        return None
    return _kept(system, _good_division(system, flags))


def _good_division(system: LinearSystem, flags: Flags) -> Division:
    """Divide off the selected poles, and further ones until what is left is stable beyond rounding by itself."""
    while True:
        division = safely_divided(system, flags, grow=True)
        if division is None:
            raise NumericalError(
                "system",
                "poles that can be kept apart from the others in double precision",
                f"{np.count_nonzero(flags)} poles in a cluster with too many others",
                "reduce it by gramians=dlnbalance.Coprime(), which divides nothing",
            )
        doubtful = not_stable(division.second.system)
        if not doubtful.any():
            return division
        poles, others = system.schur.eigenvalues, np.flatnonzero(~division.selected)
        worst = division.second.system.poles()[doubtful] / system.coordinates.unit
        flags = division.selected.copy()
        for pole in worst:
            flags[others[np.argmin(np.abs(poles[others] - pole))]] = True


def _kept(system: LinearSystem, division: Division) -> Kept:
    part, hidden = seen_part(system, division.first.explicit(), division.condition)
    return Kept(
        divided=system,
        part=part,
        rest=division.second,
        balanced=division.second.system.replaced(D=system.D, name=system.name),
        poles=part.system.poles(),
        hidden=hidden,
        condition=division.condition,
    )


def _set_aside_of_sparse(system: LinearSystem, wish: Wish) -> Kept | None:
    """The same for a large sparse system, of which only the unstable poles are looked for."""
    if wish.is_for_poles:
        raise InvalidArgumentError(
            "offset" if wish.offset else "keep",
            "nothing for a large sparse system, whose stable poles are not known",
            shown(wish.offset or list(wish.poles)),
            "leave it out, or pass A dense, if there is room for it",
        )
    found = unstable_part(system)
    if not found.poles.size:
        return None
    kept, rest = split_sparse(system, found)
    condition = float(la.norm(found.V, 2) * la.norm(system.descriptor_or_identity().conj().T @ found.W, 2))
    part, hidden = seen_part(system, Summand(system=kept, left=found.W, right=found.V), condition)
    return Kept(
        divided=system,
        part=part,
        rest=None,
        balanced=rest,
        poles=part.system.poles(),
        hidden=hidden,
        condition=condition,
        search=found.statement,
    )
