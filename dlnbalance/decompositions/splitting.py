"""Additive decomposition of a system by its poles: stable and antistable, slow and fast, and whatever region."""

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from ..drawable import Drawable
from ..errors import InvalidArgumentError, NumericalError
from ..files.conversion import as_system
from ..files.to_libraries import restore_type
from ..linalg.arguments import one_of
from ..linalg.arrays import Array, Flags
from ..linalg.threads import threads_by_size
from ..summary import Fact, Summary, headline, told
from ..systems.linear_system import LinearSystem
from ..systems.signals import poles_in_words
from .descriptor_forms import finite_infinite
from .divisions import divided, safely_divided
from .pole_selection import chosen

__all__ = ["Split", "split"]

Side = Literal["inside", "outside"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Split(Drawable):
    r"""A system as the sum of two, G = G_inside + G_outside, divided by its poles.

    Attributes
    ----------
    inside, outside : same type as what was passed in
        The systems with the poles inside and outside the region.
    stable, antistable : same type as what was passed in
        The same for the region "stable".
    region : str
        The region in words.
    poles_inside, poles_outside : array
        Their poles.
    condition : float
        Norm of the spectral projectors, in well-scaled coordinates: what errors grow by. 1 for normal matrices.
    separation : float
        sep of the two parts, estimated: perturbations of the pencil below separation/(4 condition) keep them apart.
    system : object
        The system that was given.

    See Also
    --------
    dlnbalance.split : split a system into the sum of two by its poles.

    Examples
    --------
    >>> import numpy as np
    >>> import dlnbalance as dln
    >>> parts = dln.split(dln.LinearSystem(np.diag([1.0, -2.0]), np.ones((2, 1)), np.ones((1, 2))))
    >>> parts.stable.poles().real.tolist(), parts.antistable.poles().real.tolist()
    ([-2.0], [1.0])
    """

    system: Any = field(repr=False)
    inside: Any
    outside: Any
    region: str
    poles_inside: Array
    poles_outside: Array
    condition: float
    separation: float

    @property
    def stable(self) -> Any:
        """The stable part."""
        self._check_stable("outside")
        return self.inside

    @property
    def antistable(self) -> Any:
        """The part that is not stable: poles outside the region of stability, on its boundary or too near to tell."""
        self._check_stable("outside")
        return self.outside

    def _check_stable(self, other: str) -> None:
        if self.region != "stable":
            raise InvalidArgumentError(
                "region", "'stable' for a stable and an antistable part", self.region, f"see .inside and .{other}"
            )

    def summary(self) -> Summary:
        """Facts about the decomposition: keys and values for programs, labels and words for people."""
        return [
            Fact("kind", "", "split"),
            Fact("system", "System", headline(self.system)),
            Fact("region", "Region", self.region),
            *_part_facts("inside", "Inside", self.poles_inside),
            *_part_facts("outside", "Outside", self.poles_outside),
            Fact("condition", "Norm of the spectral projectors", self.condition, words=f"{self.condition:.3g}"),
            Fact("separation", "Separation", self.separation, words=f"{self.separation:.3g}"),
        ]

    def __repr__(self) -> str:
        return told("Split", self.summary(), ("region",))


def _part_facts(key: str, label: str, poles: Array) -> list[Fact]:
    plain = [[float(pole.real), float(pole.imag)] for pole in poles]
    return [Fact(f"poles_{key}", label, plain, words=poles_in_words(poles))]


@threads_by_size
def split(system: Any, region: Any = "stable", *, feedthrough: Side = "inside") -> Split:
    r"""Split a system into the sum of two by its poles.

    .. math:: G(s) = G_{inside}(s) + G_{outside}(s).

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        n states, continuous or discrete, real or complex, with any E of a regular pencil. Dense; a sparse system is
        turned into a dense one where that is affordable.
    region : str, Region, callable or sequence of complex
        Which poles go inside. "stable": those that are asymptotically stable beyond rounding, so that integrators and
        undamped modes are outside. :class:`~dlnbalance.decompositions.regions.Band` (slow, fast, a band of natural
        frequencies in rad/s), :class:`~dlnbalance.decompositions.regions.Decaying` (by rate of decay),
        :class:`~dlnbalance.decompositions.regions.Disc`. A function of an array of poles that returns an array of bool.
        The poles themselves, to six digits; one of a complex pair of a real system stands for both.
    feedthrough : {"inside", "outside"}
        The part that gets D, and the polynomial part of a system with a singular E.

    Returns
    -------
    Split

    Raises
    ------
    InvalidArgumentError
        When `region` is none, names poles that are not there, or parts a complex pair of a real system; when `dt` is
        None.
    NumericalError
        When the cut goes through a cluster of poles that rounding can mix. It names the nearest good cut.

    Notes
    -----
    One Schur form in well-scaled coordinates (25 n³ flops; 66 n³ with E) and two reorderings of it. A is then (quasi-)
    triangular in both parts, with orthonormal bases; the generalized Sylvester equation that would decouple them
    is not solved, as the other ordering already has the left subspaces. The parts add up to G to some eps times
    `condition`.

    References
    ----------
    .. [1] B. Kågström, P. Van Dooren, "A generalized state-space approach for the additive decomposition of a transfer
       matrix", J. Numer. Linear Algebra Appl. 1 (1992) 165-181.
    .. [2] M. G. Safonov, E. A. Jonckheere, M. Verma, D. J. N. Limebeer, Int. J. Control 46 (1987) 817-835.

    See Also
    --------
    dlnbalance.reduce : keeps the unstable part of a system and reduces the rest.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> parts = split(dln.LinearSystem(np.diag([1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3))))
    >>> parts.stable.poles().real.round(9).tolist(), parts.antistable.poles().real.round(9).tolist()
    ([-2.0, -30.0], [1.0])
    >>> split(parts.stable, dln.decompositions.Band(0, 10)).inside.nstates
    1
    """
    one_of("feedthrough", feedthrough, get_args(Side))
    given = as_system(system)
    descriptor = finite_infinite(given)
    linear, improper = descriptor.proper, descriptor.improper
    if linear.is_large and not linear.dense_is_affordable:
        raise _too_large(linear)
    flags, words = chosen(linear, region)
    division = divided(linear, flags)
    if division is None:
        raise _refusal(linear, flags)
    first, second = division.first.system, division.second.system
    inside, outside = (
        (first.replaced(D=linear.D), second) if feedthrough == "inside" else (first, second.replaced(D=linear.D))
    )
    if improper is not None:
        inside, outside = (inside + improper, outside) if feedthrough == "inside" else (inside, outside + improper)
    poles = linear.poles()
    return Split(
        system=system,
        inside=restore_type(inside, system),
        outside=restore_type(outside, system),
        region=words,
        poles_inside=poles[flags],
        poles_outside=poles[~flags],
        condition=division.condition,
        separation=division.separation,
    )


def _too_large(system: LinearSystem) -> InvalidArgumentError:
    return InvalidArgumentError(
        "system",
        "a dense system, or a sparse one of up to 5000 states",
        f"a sparse one of {system.nstates}",
        "reduce it first, which keeps unstable poles; or pass A dense, if there is room for it",
    )


def _refusal(system: LinearSystem, flags: Flags) -> NumericalError:
    """The refusal of a cut through a cluster, with the nearest cut that is none."""
    cuts = [safely_divided(system, flags, grow=grow) for grow in (True, False)]
    good = [cut.selected for cut in cuts if cut is not None and cut.selected.any() and not cut.selected.all()]
    best = min(good, key=lambda selected: np.count_nonzero(selected != flags), default=None)
    poles = system.poles()
    remedy = "no cut nearby keeps half of the digits: reduce the system as a whole"
    if best is not None:
        moved = ", ".join(f"{pole:.6g}" for pole in poles[best != flags][:4])
        verb = "with" if np.count_nonzero(best) > np.count_nonzero(flags) else "without"
        remedy = f"the nearest good cut is {verb} {moved} inside; name the poles, as in region=list of them"
    return NumericalError("region", "a cut that rounding cannot move poles across", "a cluster that it divides", remedy)
