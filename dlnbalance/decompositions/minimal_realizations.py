"""Minimal realizations: what is left of a system without the states that no input reaches or no output reads."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg as la

from ..drawable import Drawable
from ..errors import InvalidArgumentError
from ..files.conversion import as_system
from ..files.to_libraries import restore_type
from ..linalg.arguments import real_number
from ..linalg.arrays import EPS, Array, Indices, adjoint, dense, product
from ..linalg.immutable import Immutable
from ..linalg.threads import threads_by_size
from ..summary import Fact, Summary, listed, told
from ..systems.coordinates import Coordinates, well_scaled
from ..systems.linear_system import LinearSystem
from .hidden_parts import Pencil, Rest
from .structural_parts import StructuralPart, structural_part, structural_subsystem, submatrix

__all__ = ["MinimalRealization", "minreal"]

_LARGEST = 3000  # states of a sparse system that are taken as dense matrices: 72 MB each, a minute in all
_ROUNDINGS = 10  # times n eps is the default tolerance: a few roundings of each of the sums in a step
# What is left when a part has been split off is known to a digit less: the subspace turns with the rounding.
_AFTER_A_SPLIT = 10
_TRIES = 4  # each leaves out the largest value that counted as zero
# States up to which a printed result lists removed poles: they cost an eigenvalue problem, and fill the screen.
_LISTED = 50


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MinimalRealization(Immutable, Drawable):
    r"""A system without what no input reaches or no output reads, and how clear the decisions were.

    Attributes
    ----------
    system : same type as what was passed in
        The minimal realization, with the signals and the time base of the given system; that system itself where it is
        minimal. Where only zeros of the matrices decided, its states keep their names.
    full_order : int
        Number of states given.
    order : int
        Number of states kept.
    uncontrollable, unobservable : int
        Numbers of states removed because no input reaches them, and, of the others, because no output reads them.
    kept : float
        Smallest singular value in the staircases that counted as nonzero, relative to the norms there (see Notes of
        :func:`minreal`); infinite when there is none. Between `dropped` and this one a tolerance gives the same result.
    dropped : float
        Largest one that counted as zero; 0 when only zeros of the matrices decided.
    tol : float
        The tolerance that was used last.
    states, equations : (k,) array of int
        States and equations that the zeros of the matrices leave.
    bases : tuple of two (k, order) arrays, or None
        Bases W and V of what is kept of these; None for all of it.
    distance : float
        How far the next smaller realization is, at most; infinite without states.

        .. math:: \min_λ \min\{‖y_λ^* \hat B‖ / ‖\hat B‖_F, ‖\hat C x_λ‖ / ‖\hat C‖_F\}

        over the poles λ of the minimal realization, infinite ones of a singular E included, with eigenvectors y and x
        of length one: an error of that size in B̂ alone (in Ĉ alone) makes the pole λ uncontrollable (unobservable),
        exactly, by B̂ − y(y*B̂). Errors of all matrices together may do it with less (Eising's distance); complex entries
        are allowed. Hats as in the Notes of :func:`minreal`.
    hidden : tuple of two sequences of pencils
        The parts (A, E) that no input reaches, and those that no output reads.

    See Also
    --------
    dlnbalance.minreal : remove the states that no input reaches or no output reads.

    Examples
    --------
    >>> import numpy as np
    >>> import dlnbalance as dln
    >>> result = dln.minreal(dln.LinearSystem(np.diag([-1.0, -2.0]), [[1.0], [0.0]], [[1.0, 1.0]]))
    >>> result.full_order, result.system.nstates
    (2, 1)
    """

    system: Any
    full_order: int
    kept: float
    dropped: float
    distance: float
    tol: float
    states: Indices
    equations: Indices
    bases: tuple[Array, Array] | None
    hidden: tuple[tuple[Pencil, ...], tuple[Pencil, ...]]

    @property
    def order(self) -> int:
        """Number of states kept."""
        return self.states.size if self.bases is None else self.bases[1].shape[1]

    @property
    def is_minimal(self) -> bool:
        """Whether the given system was minimal already."""
        return self.order == self.full_order

    @property
    def uncontrollable(self) -> int:
        """Number of states removed because no input reaches them."""
        return sum(part.A.shape[0] for part in self.hidden[0])

    @property
    def unobservable(self) -> int:
        """Number of states removed because no output reads them, of those that an input reaches."""
        return sum(part.A.shape[0] for part in self.hidden[1])

    @cached_property
    def uncontrollable_poles(self) -> Array:
        """Eigenvalues removed because no input reaches them; infinite ones are those of a singular E. O(k³)."""
        return _eigenvalues(self.hidden[0])

    @cached_property
    def unobservable_poles(self) -> Array:
        """Eigenvalues removed because no output reads them, of those that an input reaches. O(k³)."""
        return _eigenvalues(self.hidden[1])

    @property
    def left(self) -> Array:
        """W (n, order): the minimal realization is (W*AV, W*EV, W*B, CV, D), and W*V = I where there is no E."""
        return self._embedded(self.equations, 0)

    @property
    def right(self) -> Array:
        """V (n, order): the states of the given system are x = V z where nothing was driven that is removed."""
        return self._embedded(self.states, 1)

    def _embedded(self, places: Indices, side: int) -> Array:
        """A basis in the coordinates of the given system."""
        basis = np.eye(places.size) if self.bases is None else self.bases[side]
        whole = np.zeros((self.full_order, self.order), basis.dtype)
        whole[places] = basis
        return whole

    def summary(self) -> Summary:
        """Facts about the realization: keys and values for programs, labels and words for people."""
        return [
            Fact("kind", "", "model"),
            Fact("order", "Order", self.order, words=f"{self.order} of {self.full_order} states"),
            Fact("full_order", "", self.full_order),
            Fact("uncontrollable", "Uncontrollable", self.uncontrollable, words=_counted(self, "uncontrollable")),
            Fact("unobservable", "Unobservable", self.unobservable, words=_counted(self, "unobservable")),
            Fact("tol", "Tolerance", self.tol, words=f"{self.tol:.1e}: {self._gap()}"),
            Fact("kept", "", self.kept),
            Fact("dropped", "", self.dropped),
            Fact("distance", "Distance", self.distance, words=f"at most {self.distance:.1e} to one with fewer states"),
        ]

    def _gap(self) -> str:
        return f"largest singular value that counts as zero {self.dropped:.1e}, smallest that does not {self.kept:.1e}"

    def __repr__(self) -> str:
        return told("MinimalRealization", self.summary(), ("order",))


@threads_by_size
def minreal(system: Any, tol: float | None = None) -> MinimalRealization:
    r"""Remove the states that no input reaches or no output reads; the transfer function stays.

    .. math:: D + C(λE - A)^{-1}B = D + CV(λ W^*EV - W^*AV)^{-1} W^*B

    Parameters
    ----------
    system : LinearSystem or anything :func:`as_system` reads
        Stable or not, continuous, discrete or with dt None, real or complex. E may be singular; A − λE must be regular.
    tol : float, optional
        Between 0 and 1: singular values count as zero up to this share of the norms (see Notes). By default
        10 n eps, and ten times as much once a part has been split off.

    Returns
    -------
    MinimalRealization
        With `system` of the type passed in: the object itself where it is minimal, with E where there was one.

    Raises
    ------
    InvalidArgumentError
        For a tolerance out of range, and for sparse systems with more than 3000 states that are connected to inputs and
        outputs.
    NumericalError
        When A − λE is singular.

    See Also
    --------
    dlnbalance.decompositions.structural_parts.sminreal : by zeros of the matrices alone, exactly, and sparse.
    dlnbalance.quiver.minimality.minimal_part : the same for any quiver representation, without scaling.
    dlnbalance.balancing.balanced_forms.balance : drops, of a stable system, what is nearly uncontrollable, too.

    Notes
    -----
    What the zeros of the matrices decide is removed first, exactly. The rest is written in well-scaled coordinates
    (:mod:`dlnbalance.systems.coordinates`), the columns of B and the rows of C scaled to a norm about 1, and
    goes through two staircases, of (A, B) and of what is left of (A*, C*); with E, of the pencil, turned so that
    infinite eigenvalues are treated as the finite ones are (:mod:`dlnbalance.linalg.staircase`). Since rounding grows
    from step to step of a long staircase, clusters of eigenvalues are looked at afterwards, each with a short staircase
    of its own (:mod:`dlnbalance.linalg.hidden_modes`); what they show is split off, too. A singular value of a
    block counts as zero up to ``tol`` times ‖B̂‖_F (‖Ĉ‖_F) in the first step, and ‖(Â, Ê)‖_F in later ones. Orthogonal
    transformations only, O(n³). To first order, the system is changed by `dropped`, relative to the norms of the
    matrices. By default the response is compared at a few points, and less is split off where it would lose half of its
    digits to more than rounding: rates that differ by more than 15 decades look like zeros. A staircase that finds
    nothing to remove does not prove that a non-minimal system is far: `distance` says how near one is.

    Of a singular E all uncontrollable and unobservable eigenvalues are removed, finite and infinite: [A − λE, B] and
    [E, B] get full row rank, and their duals full column rank. Algebraic equations that take part in the transfer
    function ("non-dynamic modes") are kept.

    References
    ----------
    .. [1] P. M. Van Dooren, "The generalized eigenstructure problem in linear system theory", IEEE Trans. Automat.
       Control 26 (1981) 111-129.
    .. [2] A. Varga, "Computation of irreducible generalized state-space realizations", Kybernetika 26 (1990) 89-106.
    .. [3] R. Eising, "Between controllable and uncontrollable", Systems Control Lett. 4 (1984) 263-264.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> G = dln.LinearSystem([[0.0, 1.0], [0.0, -2.0]], [[0.0], [1.0]], [[1.0, 0.0]])  # 1/(s (s + 2))
    >>> result = dln.minreal(G + G)
    >>> result.order, result.unobservable + result.uncontrollable
    (2, 2)
    >>> dln.minreal(G).system is G
    True
    """
    given = as_system(system)
    if tol is not None:
        remedy = "it is a share of the norms of the matrices"
        tol = real_number("tol", tol, "a number between 0 and 1", lambda x: 0 < x < 1, remedy=remedy)
    part = structural_part(given)
    connected = structural_subsystem(given, part)
    n = connected.nstates
    if connected.is_sparse and n > _LARGEST:
        raise InvalidArgumentError(
            "system",
            f"at most {_LARGEST} sparse states that are connected to inputs and outputs",
            f"{n}",
            "use dlnbalance.sminreal, which stays sparse, or dlnbalance.reduce; or pass A as a dense matrix",
        )
    found = _rest(connected) if tol is None else Rest(_coordinates(connected), tol, tol).reduced()
    unreached, unread = _disconnected(given, part)
    minimal = connected if found.bases is None else _projected(connected, *found.bases)
    return MinimalRealization(
        system=system if minimal is given else restore_type(minimal, system),
        full_order=given.nstates,
        kept=found.kept,
        dropped=found.dropped,
        distance=found.distance,
        tol=found.tol,
        states=part.kept,
        equations=part.rows(part.kept),
        bases=found.bases,
        hidden=((*unreached, *found.hidden[0]), (*unread, *found.hidden[1])),
    )


def _rest(system: LinearSystem) -> Rest:
    """Split off what a default tolerance allows, as long as the response stays."""
    here = _coordinates(system)
    n = system.nstates
    tol = _ROUNDINGS * n * EPS
    center = 0.0 if system.dt is None else system.dc_point
    for _ in range(_TRIES):
        found = Rest(here, tol, _AFTER_A_SPLIT * tol).reduced()
        if found.bases is None or found.keeps_response(center):
            return found
        tol = found.dropped / (2 * _AFTER_A_SPLIT)
    return Rest(here, 0.0, 0.0).reduced()


def _coordinates(system: LinearSystem) -> Coordinates:
    """Well-scaled coordinates of the system, E kept, with columns of B and rows of C of norm about 1."""
    discrete = system.dt is None or system.is_discrete
    E = None if system.E is None else dense(system.E)
    here = well_scaled(dense(system.A), E, system.B, system.C, discrete=discrete)
    return replace(here, B=_evened(here.B), C=_evened(here.C.T).T)


def _evened(B: Array) -> Array:
    """The columns times powers of two that bring their norms between 1/2 and 1: units of inputs decide nothing."""
    largest = np.clip(np.frexp(np.abs(B).max(axis=0, initial=0.0))[1], -1000, 1000)
    B = B * np.ldexp(1.0, -largest)
    return B * np.ldexp(1.0, -np.frexp(la.norm(B, axis=0))[1])


def _projected(system: LinearSystem, left: Array, right: Array) -> LinearSystem:
    """(W*AV, W*EV, W*B, CV, D), without E where there is none."""
    if system.E is None and system.dt is not None:
        return system.project(left, right)
    return LinearSystem(
        adjoint(left) @ product(system.A, right),
        adjoint(left) @ system.B,
        system.C @ right,
        system.D,
        E=None if system.E is None else adjoint(left) @ product(system.E, right),
        dt=system.dt,
        inputs=system.inputs,
        outputs=system.outputs,
        name=system.name,
    )


def _disconnected(system: LinearSystem, part: StructuralPart) -> tuple[list[Pencil], list[Pencil]]:
    """What the zeros of the matrices remove: unreached states, and those that are reached and not read."""
    pencils = []
    for states in (np.flatnonzero(~part.reached), np.flatnonzero(part.reached & ~part.read)):
        rows = part.rows(states)
        E = None if system.E is None else submatrix(system.E, rows, states)
        pencils.append([Pencil(submatrix(system.A, rows, states), E)])
    return pencils[0], pencils[1]


def _eigenvalues(parts: tuple[Pencil, ...]) -> Array:
    return np.concatenate([part.eigenvalues for part in parts])


def _counted(result: MinimalRealization, which: str) -> str:
    """How many states were removed, with their poles where these are few."""
    count = getattr(result, which)
    if not 0 < count <= _LISTED:
        return f"{count}"
    poles = getattr(result, f"{which}_poles")
    return f"{count}, with eigenvalues {listed(poles if np.iscomplex(poles).any() else poles.real)}"
