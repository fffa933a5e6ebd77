"""Families of linear systems that share one change of coordinates: grids of LPV models, gain scheduling."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Self, overload

import numpy as np

from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..files.model_formats import system_from_arrays, system_to_arrays
from ..gramians.automatic import Automatic
from ..gramians.base import GramianStrategy
from ..gramians.stability import is_stable
from ..linalg.arguments import items
from ..linalg.arrays import Array, adjoint, dense
from ..linalg.lyapunov import compressed
from ..networks.factor_pairs import FactorPair
from ..norms.measured import Measured
from ..norms.peaks import PeakGain
from ..norms.system_norms import hinf_norm
from ..quiver.representation import Arrow, Representation
from ..summary import ranged
from ..systems.linear_system import LinearSystem
from ..systems.signals import counted, time_base_in_words
from .model import Model

__all__ = ["SystemFamily"]


class SystemFamily(Model):
    r"""Linear systems (A_i, B_i, C_i, D_i), i = 1, …, s, whose states are the same quantities.

    One change of coordinates acts on all of them,

    .. math:: (A_i, B_i, C_i) \mapsto (T A_i T^{-1}, T B_i, C_i T^{-1}),

    so that interpolating between members makes sense before and after.

    Parameters
    ----------
    systems : sequence of LinearSystem, or of anything :func:`as_system` reads
        All with the same number of states and the same dt; inputs and outputs may differ. No descriptor matrices.

    Raises
    ------
    InvalidArgumentError
        For an empty sequence, members whose states or time bases differ, and descriptor systems.

    Notes
    -----
    :func:`dlnbalance.balance` balances the *summed* Gramians P = Σ P_i and Q = Σ Q_i; their factors are those of the
    members side by side, compressed by QR. A member of large gain weighs more: scale the members where that is not
    meant. The singular values of the pair are the Hankel singular values of no single member. With ``form="norm"`` it
    minimizes Σ‖A_i‖² + ‖B_i‖² + ‖C_i‖², which needs no stability.

    References
    ----------
    .. [1] G. D. Wood, P. J. Goddard, K. Glover, "Approximation of linear parameter-varying systems", Proc. 35th IEEE
       CDC (1996) 406-411 (Gramians of linear matrix inequalities, which prove a bound where sums do not).

    See Also
    --------
    dlnbalance.balance : coordinates of least norm, with the proof.
    dlnbalance.reduce : fewer states, or hidden widths, with a bound of the error.
    dlnbalance.structured.Model : a class of models beside linear systems.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> slow, fast = (dln.LinearSystem([[-a, 1.0], [0.0, -3.0]], [[0.0], [1.0]], [[1.0, 0.0]]) for a in (1.0, 2.0))
    >>> family = SystemFamily([slow, fast])
    >>> family
    SystemFamily: 2 members, 2 states, continuous (dt = 0), inputs 1, outputs 1
    >>> dln.balance(family).system[1].poles().real.round(9).tolist()
    [-2.0, -3.0]
    """

    measure = "H∞ error of the worst member"
    values_name = "singular values of the summed Gramians"
    takes_gramians = True

    def __init__(self, systems: Iterable[Any]):
        given = items("systems", systems, "a sequence of systems", remedy="wrap a single one in a list")
        members = tuple(as_system(system) for system in given)
        if not members:
            raise InvalidArgumentError("systems", "at least one system", "none", "give the members of the family")
        first = members[0]
        for i, member in enumerate(members):
            if member.E is not None:
                raise InvalidArgumentError(
                    f"systems[{i}]", "an explicit system", "a descriptor matrix", "call .explicit() first"
                )
            if member.nstates != first.nstates:
                raise InvalidArgumentError(
                    f"systems[{i}]",
                    f"{first.nstates} states, as in the first member",
                    f"{member.nstates}",
                    "the members of a family share their state space",
                )
            if (member.dt is True) != (first.dt is True) or member.dt != first.dt:
                raise InvalidArgumentError(
                    f"systems[{i}]",
                    f"dt = {first.dt}, as in the first member",
                    f"dt = {member.dt}",
                    "convert one of them to the other's time base",
                )
        self.systems: tuple[LinearSystem, ...] = members

    @property
    def nstates(self) -> int:
        """Number of states that the members share."""
        return self.systems[0].nstates

    @property
    def dt(self) -> float | bool | None:
        """Time base of all members."""
        return self.systems[0].dt

    def __len__(self) -> int:
        return len(self.systems)

    def __iter__(self) -> Iterator[LinearSystem]:
        return iter(self.systems)

    @overload
    def __getitem__(self, index: int) -> LinearSystem: ...

    @overload
    def __getitem__(self, index: slice) -> Self: ...

    def __getitem__(self, index: int | slice) -> LinearSystem | Self:
        """One member, or the family of several."""
        return type(self)(self.systems[index]) if isinstance(index, slice) else self.systems[index]

    @cached_property
    def representation(self) -> Representation:
        """The quiver with one gauged vertex x, and B_i, C_i and the loop A_i of every member, in this order."""
        arrows: list[Arrow] = []
        for i, member in enumerate(self.systems):
            arrows += [
                Arrow(f"in[{i}]", "x", member.B),
                Arrow("x", f"out[{i}]", member.C),
                Arrow("x", "x", dense(member.A)),
            ]
        return Representation(arrows, gauged=["x"])

    def with_representation(self, representation: Representation) -> Self:
        """Return the family with the same D_i, time base and signals that a representation of its quiver describes."""
        matrices = representation.matrices
        if len(matrices) != 3 * len(self):
            raise InvalidArgumentError(
                "representation",
                f"{3 * len(self)} arrows, in the order of this family's own representation",
                f"{len(matrices)}",
                "move the representation of this family by a gauge",
            )
        triples = [matrices[3 * i : 3 * i + 3] for i in range(len(self))]
        return type(self)(
            [member.with_matrices(A, B, C) for member, (B, C, A) in zip(self.systems, triples, strict=True)]
        )

    def project(self, transforms: Sequence[Array], inverses: Sequence[Array]) -> Self:
        """Project every member along the same T and S, T S = I."""
        (T,), (S,) = transforms, inverses
        return type(self)([member.project(adjoint(T), S) for member in self.systems])

    def factor_pairs(self, gramians: GramianStrategy = Automatic()) -> tuple[FactorPair]:
        r"""Factor pair of the summed Gramians.

        .. math:: Z_c = [Z_{c1}, …, Z_{cs}], \qquad Z_o = [Z_{o1}, …, Z_{os}], \qquad P = Z_c Z_c^*, \; Q = Z_o Z_o^*.

        Raises
        ------
        UnstableSystemError
            When a member has no Gramians; it is named.

        Notes
        -----
        The Gramians of every member, O(s n³), and two QR factorizations of (s n)-by-n matrices. Sums of Gramians are
        never formed.
        """
        networks = []
        for i, member in enumerate(self.systems):
            try:
                networks.append(gramians(member))
            except InvalidArgumentError as error:
                raise type(error)(f"systems[{i}]", error.expected, error.received, error.remedy) from None
        reach = compressed(np.hstack([network.weights[0] for network in networks]))
        observe = compressed(np.hstack([adjoint(network.weights[1]) for network in networks]))
        return (FactorPair([reach, adjoint(observe)]),)

    def how(self, pairs: Sequence[FactorPair]) -> str:
        """One line on the Gramian factors."""
        del pairs
        return f"sums over {len(self)} members"

    def distance(self, other: Any) -> Measured:
        """H∞ norm of the difference of two members, for the pair where it is largest; infinite if one is unstable."""
        errors = [
            hinf_norm(ours - theirs)
            if is_stable(ours) and is_stable(theirs)
            else PeakGain(value=np.inf, frequency=np.nan)
            for ours, theirs in zip(self, other, strict=True)
        ]
        worst = int(np.argmax([error.value for error in errors]))
        where = f", {errors[worst].place}" if errors[worst].place else ""
        return Measured(value=errors[worst].value, norm=self.measure, place=f"member {worst}{where}")

    @property
    def is_stable(self) -> bool:
        """Whether all members are asymptotically stable beyond rounding; summed Gramians do not keep them so."""
        return all(map(is_stable, self.systems))

    def linear_systems(self) -> dict[str, LinearSystem]:
        """The members."""
        return {member.name or f"member {i}": member for i, member in enumerate(self)}

    def to_arrays(self) -> dict[str, Array]:
        """The arrays of every member, under its number."""
        return {
            f"{i}.{name}": array for i, member in enumerate(self) for name, array in system_to_arrays(member).items()
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """The family of the members that lie under their numbers."""
        members: dict[int, dict[str, Array]] = {}
        for name, array in arrays.items():
            number, _, inner = name.partition(".")
            members.setdefault(int(number), {})[inner] = array
        return cls([system_from_arrays(members[i]) for i in sorted(members)])

    def __repr__(self) -> str:
        inputs, outputs = ([getattr(s, name) for s in self.systems] for name in ("ninputs", "noutputs"))
        return (
            f"SystemFamily: {counted(len(self), 'member')}, {counted(self.nstates, 'state')},"
            f" {time_base_in_words(self.dt)},"
            f" inputs {ranged(inputs)}, outputs {ranged(outputs)}"
        )
