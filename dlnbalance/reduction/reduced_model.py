"""A reduced linear system: what is proved and what was measured about it, both with their rounding."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg as la

from ..decompositions.descriptor_forms import FiniteInfinite
from ..errors import NumericalError
from ..gramians.base import HINF_ERROR
from ..gramians.stability import check_stable, is_stable
from ..linalg.arrays import EPS, Array
from ..linalg.threads import threads_by_size
from ..networks.factor_pairs import FactorPair
from ..networks.projections import projection
from ..norms.accuracy import accuracy_floor, projection_rounding, rounding_near
from ..norms.differences import difference
from ..norms.frequencies import telling_frequencies
from ..norms.large import confirmed_peak
from ..norms.peaks import PeakGain, largest_gains, peak_gain, proved_gain
from ..norms.responses import frequency_response
from ..summary import Fact
from ..systems.linear_system import LinearSystem
from .kept import BalancedPart, Kept
from .preserved import Preserved, preserved
from .projected_model import ProjectedModel

__all__ = ["ReducedModel"]

# The error of a reduced model is searched on a model of the full system whose own error is this share of it: the peak
# moves by as little, and is evaluated on the full system afterwards.
_SURROGATE_SHARE = 1e-8
_FAR_ABOVE = (
    1e-4  # share of σ_1 that σ_{r+1} has to be for rounding of sums over the poles to leave digits of the error
)
_MUCH_SMALLER = 4  # ratio of orders from which on that model takes less time than the modal form of the whole
_SMALL = 32  # states up to which a Schur form of that model costs as much as a Hamiltonian matrix of the whole
_WORTH_SAYING = 1e-3  # share of a bound from which on rounding is printed beside it: it shows in three digits then
_CHECKS = 8  # frequencies at which a system is compared with its parts: an LU factorization each
_ROUNDING = 4  # errors of the algorithms in units of one rounding error of the data: what is seen stays below 1


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReducedModel(ProjectedModel):
    r"""A reduced model with what is proved and what was measured about it.

    Attributes
    ----------
    system : same type as what was passed in
        The reduced model, with the signals and the time base of the given one.
    order, full_order : int
        Number of states kept and given.
    hsv : (n,) array
        All Hankel singular values of the full system (the singular values of whatever Gramians were asked for),
        descending; fewer than n for low-rank Gramians (`hsv_complete`).
    bound, lower_bound : float
        σ_{r+1} − ρ ≤ ‖G − G_r‖_∞ ≤ 2 Σ σ_i + ρ over the distinct values of the tail, with the `rounding` ρ; None for
        Gramians that prove none. Where not all values were computed, the tail is that of the computed ones.
    rounding : float
        What rounding can add to the error: in the data and in the Gramians (a few times the accuracy floor), and in the
        projection. First-order bounds.
    left, right : (n, r) array
        Bases W and V of the projection, W*EV = I.
    method : str
        "truncate", "residualize", "hankel", "modal" or "irka".
    stable : bool
        Whether all poles of the reduced model are stable beyond rounding.
    certificate : Certificate
        tr P + tr Q of the kept coordinates against its minimum 2 Σ_{i≤r} σ_i, recomputed.
    dc_mismatch, dc_rounding : float
        ‖G − G_r‖₂ at frequency zero, and how much of it may be rounding of its evaluation.
    accuracy_floor : float
        Errors and Hankel singular values below it are within what rounding of the data does to the full system.
    gramians : GramianStrategy
        The Gramians that were used, with their settings.
    how : str
        One line on how they were computed; for low-rank factors the residuals of their equations.
    full : LinearSystem
        The system that was given.
    kept : Kept or None
        The poles that are kept as they are (`kept.poles`), because they are not stable or were asked for; `hsv`,
        bounds, `certificate` and `error` are those of the rest.
    descriptor : FiniteInfinite or None
        How a singular E was resolved: its proper part was reduced, and its polynomial part is kept. Then `left` and
        `right` are bases in the states of the proper part.
    preserved : tuple of Preserved
        What these Gramians are meant to keep beside stability (contractivity, …): whether the result has it.
    balanced : BalancedPart
        What was balanced, the system or this rest, what became of it, and the bases that lead there.

    See Also
    --------
    dlnbalance.reduce : fewer states, or hidden widths, with a bound of the error.
    dlnbalance.ProjectedModel : a reduced model with what is proved and what was measured about it.
    dlnbalance.PeakGain : largest gain over all frequencies, and where it is reached.

    Examples
    --------
    >>> import dlnbalance as dln
    >>> model = dln.reduce(dln.examples.get("heat-rod"), order=4)
    >>> model.lower_bound <= float(model.error()) <= model.bound
    True
    """

    #: The reduced model as it was measured, whatever type `system` has.
    linear: LinearSystem = field(repr=False)
    balanced: BalancedPart = field(repr=False)
    kept: Kept | None = field(repr=False)
    descriptor: FiniteInfinite | None = field(repr=False)

    @property
    def hsv_complete(self) -> bool:
        """Whether `hsv` holds all n values as exact Gramians give them, so that `bound` leaves nothing out."""
        return self.complete and self.hsv.size >= self.balanced.full.nstates

    @property
    def bound(self) -> float | None:
        """Upper bound of the error, rounding included; None where the Gramians prove none."""
        upper = self.exact_bounds.upper
        return None if upper is None else upper + self._widening

    @property
    def lower_bound(self) -> float | None:
        """Lower bound of the error of any model of this order, less rounding; None where the Gramians prove none."""
        lower = self.exact_bounds.lower
        return None if lower is None else max(lower - self._widening, 0.0)

    @property
    def _widening(self) -> float:
        return self.rounding if self.measure == HINF_ERROR else 0.0

    @cached_property
    def rounding(self) -> float:
        """What rounding can add to the error; found on first use, O(n²)."""
        full, reduced, left, right = self.balanced
        projected = 0.0 if left is None or right is None else projection_rounding(full, reduced, left, right)
        return _ROUNDING * (self.accuracy_floor + self._pairs[0].accuracy_floor + projected)

    @cached_property
    def accuracy_floor(self) -> float:
        """What rounding of the data does to the full system; found on first use, O(n²) (see `accuracy_floor`)."""
        full = self.balanced.full
        floor = accuracy_floor(full, self._factors)
        # What is reduced may have been computed itself.
        if self.kept is not None and self.kept.rest is not None:
            rest = self.kept.rest.explicit()
            floor += projection_rounding(self.kept.divided, rest.system, rest.left, rest.right)
        return floor if self.descriptor is None else floor + _elimination_error(self.full, self.descriptor)

    @property
    def order(self) -> int:
        """Number of states of the reduced model, kept ones and those of a polynomial part among them."""
        return self.linear.nstates

    @property
    def full_order(self) -> int:
        """Number of states of the system that was given."""
        return self.full.nstates

    @property
    def _factors(self) -> FactorPair | None:
        """The Gramian factors of what was balanced, where they are those of all its states."""
        (pair,) = self._pairs
        return pair if pair.widths[1] == self.balanced.full.nstates else None

    @cached_property
    def stable(self) -> bool:
        """Whether all poles of the reduced model are stable beyond rounding; found on first use, O(r³)."""
        return self.error_is_finite and (self.kept is None or is_stable(self.kept.part.system))

    @cached_property
    def error_is_finite(self) -> bool:
        """Whether what was reduced is stable beyond rounding; found on first use, O(r³)."""
        return is_stable(self.balanced.reduced)

    @cached_property
    def preserved(self) -> tuple[Preserved, ...]:
        """Properties that the Gramians are meant to keep, each checked on the reduced model; found on first use."""
        return preserved(self.balanced.reduced, self.gramians)

    @cached_property
    def dc_mismatch(self) -> float:
        """‖G − G_r‖₂ at frequency zero; found on first use, one LU factorization."""
        return float(la.norm(self.balanced.full.dcgain() - self.balanced.reduced.dcgain(), 2))

    @cached_property
    def dc_rounding(self) -> float:
        """How much of `dc_mismatch` may be rounding of its evaluation; found on first use."""
        of_difference = 2 * EPS * self.dc_mismatch  # of the subtraction, and of the norm
        full, reduced = self.balanced[:2]
        return rounding_near(full, 0.0, self._factors) + rounding_near(reduced, 0.0) + of_difference

    @threads_by_size
    def error(self) -> PeakGain:
        r"""Measured H∞ error ‖G − G_r‖_∞ with its frequency; computed once, on first call.

        Raises
        ------
        UnstableSystemError
            When the reduced model is unstable: then the error is infinite.

        Notes
        -----
        The peak is searched on G − G_r where the modal form of both shows that it is one
        (see :func:`dlnbalance.norms.peaks.proved_gain`). Elsewhere it is searched on G_k − G_r, where G_k is the
        balanced truncation that differs from G by less than 1e-8 of the error, and then evaluated on G itself
        (see :func:`dlnbalance.norms.peaks.peak_gain`); where the Gramians prove no bound of the H∞ error, on G − G_r.
        For large sparse systems G_k comes from the computed values alone, and G is evaluated at a few frequencies only;
        the result says how far the two were apart there (see :func:`dlnbalance.norms.large.confirmed_peak`). Its
        ``rounding`` is what evaluation and search are subject to: the accuracy floors of both systems.
        """
        return self._error

    @cached_property
    def _error(self) -> PeakGain:
        full, reduced = self.balanced[:2]
        if not self.error_is_finite:
            check_stable(reduced)

        def distance(omega: Array) -> Array:
            return frequency_response(full, omega) - frequency_response(reduced, omega)

        peak = proved_gain(difference(full, reduced)) if self._has_better_modes else None
        if peak is None:
            search = peak_gain if self.hsv_complete else confirmed_peak
            peak = search(distance, difference(self._surrogate(), reduced))
        feedthrough = 2 * EPS * float(la.norm(full.D))  # of the sums with D in both responses
        rounding = self.accuracy_floor + accuracy_floor(reduced) + feedthrough
        if rounding > peak.value and not full.is_large:  # rounding may hide the peak; the resonances may show more
            omega = telling_frequencies(full)
            gains = largest_gains(distance(omega))
            if gains.max() > peak.value:
                peak = replace(peak, value=float(gains.max()), frequency=float(omega[gains.argmax()]))
        return replace(peak, rounding=rounding)

    @property
    def _has_better_modes(self) -> bool:
        """Whether the modal form of the whole is expected to show the error in less time than a smaller model."""
        full = self.balanced.full
        if not self.hsv_complete or full.is_large or self._surrogate_order < full.nstates // _MUCH_SMALLER:
            return False
        following = float(self.hsv[self._cuts[0] : self._cuts[0] + 1].sum())
        return following > _FAR_ABOVE * float(self.hsv[:1].sum())

    @cached_property
    def _surrogate_order(self) -> int:
        """States of the smallest balanced truncation that is as good as the full system to measure an error."""
        full, values, network = self.balanced.full, self.hsv, self._pairs[0]
        if full.nstates <= _SMALL:
            return full.nstates
        proved = self.gramians.error_bounds(values, min(network.rank, values.size), 0.0)
        if proved.upper is None or proved.measure != HINF_ERROR:
            return full.nstates
        following = float(values[self._cuts[0] : self._cuts[0] + 1].sum())
        enough = max(_SURROGATE_SHARE * following, EPS * float(values[:1].sum()))
        return min(max(self._least_order_within(enough), self._cuts[0]), full.nstates)

    def _surrogate(self) -> LinearSystem:
        """The balanced truncation of that order; the full system where that is all its states."""
        full, order = self.balanced.full, self._surrogate_order
        if order >= full.nstates:
            return full
        T, inverse = projection(self._pairs[0], order)
        return full.project(full.left_basis(T), inverse)

    def _least_order_within(self, enough: float) -> int:
        """Least order up to the rank whose bound, which falls with the order, is at most `enough`; else the rank."""
        low, high = 0, self._pairs[0].rank
        while low < high:
            middle = (low + high) // 2
            upper = self.gramians.error_bounds(self.hsv, middle, 0.0).upper
            if upper is not None and upper <= enough:
                high = middle
            else:
                low = middle + 1
        return low

    def _proved_upper(self, digits: int) -> str:
        beyond = "" if self.hsv_complete else f" + twice what follows the {self.hsv.size} values computed"
        rounding = ""
        if self.measure != HINF_ERROR:
            rounding = ", in exact arithmetic"
        elif self.bound is not None and self._widening > _WORTH_SAYING * self.bound:
            rounding = f", {self._widening:.1e} of it for rounding"
        return f"{self.bound:.{digits}g}{beyond}{rounding}"

    def _bound_facts(self) -> list[Fact]:
        return [*super()._bound_facts(), Fact("rounding", "", self.rounding)]

    @property
    def error_name(self) -> str:
        """The H∞ error is what `error` measures, whatever the Gramians bound."""
        return HINF_ERROR

    def _error_document(self, error: Any) -> dict[str, Any]:
        return super()._error_document(error) | {"frequency": error.frequency, "rounding": error.rounding}

    def _stability(self) -> str:
        if self.kept is None or self.stable or not self.error_is_finite:
            return super()._stability()
        return "not stable, by what is kept; the rest is stable"

    def _further_facts(self) -> list[Fact]:
        return [
            *([] if self.kept is None else self.kept.facts()),
            *([] if self.descriptor is None else _descriptor_facts(self.descriptor)),
            Fact("dc_mismatch", "DC mismatch", self.dc_mismatch, words=self._dc_words()),
            Fact("dc_rounding", "", self.dc_rounding),
            *self._preserved_facts(),
        ]

    def _preserved_facts(self) -> list[Fact]:
        document = [check._asdict() for check in self.preserved]
        return [Fact("preserved", "Preserved", document, words="; ".join(map(str, self.preserved)))] if document else []

    def _dc_words(self) -> str:
        """The mismatch at frequency zero in words, with its rounding where that is a digit of it."""
        worth_saying = self.dc_rounding > _WORTH_SAYING * self.dc_mismatch
        return f"{self.dc_mismatch:.3g}" + (f" (rounding: up to {self.dc_rounding:.1e})" if worth_saying else "")


def _elimination_error(full: LinearSystem, descriptor: FiniteInfinite) -> float:
    """How far the proper and the polynomial part are from their sum, the given system, at a few frequencies.

    Large sparse systems keep their matrices, and nothing is eliminated.
    """
    proper, improper = descriptor.proper, descriptor.improper
    if proper.is_large or proper.nstates == 0:
        return 0.0
    omega = telling_frequencies(proper)
    omega = omega[np.linspace(0, omega.size - 1, min(omega.size, _CHECKS)).astype(int)]
    error = 0.0
    for point in proper.boundary_points(omega):
        with suppress(NumericalError):  # a pole on the boundary
            gap = full(point) - proper(point) - (0 if improper is None else improper(point))
            error = max(error, float(la.norm(gap, 2)))
    return error


def _descriptor_facts(descriptor: FiniteInfinite) -> list[Fact]:
    degree = len(descriptor.polynomial)
    words = f"index {descriptor.index}, {descriptor.finite} finite and {descriptor.infinite} infinite eigenvalues"
    if degree:
        words += f"; the polynomial part, of degree {degree}, is kept"
    return [Fact("index", "Descriptor pencil", descriptor.index, words=words), Fact("polynomial_degree", "", degree)]
