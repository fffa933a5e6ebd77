"""A reduced model: what is proved and what was measured about it, both with the rounding that they are subject to."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import scipy.linalg as la

from ..balancing.balanced_forms import certify, listed
from ..files.parcels import Parcel
from ..gramians.base import HINF_ERROR, ErrorBounds, GramianStrategy, values_name
from ..gramians.low_rank import LowRank
from ..gramians.stability import check_stable, is_stable
from ..linalg.arrays import EPS, Array
from ..linalg.immutable import Immutable
from ..networks.network import DeepLinearNetwork
from ..networks.projections import projection
from ..norms.accuracy import accuracy_floor, projection_rounding, rounding_near
from ..norms.frequencies import telling_frequencies
from ..norms.large import confirmed_peak
from ..norms.peaks import PeakGain, largest_gains, peak_gain
from ..norms.responses import frequency_response
from ..quiver.certificates import Certificate
from ..systems.linear_system import LinearSystem

__all__ = ["Method", "ReducedModel"]

Method = Literal["truncate", "residualize"]

# The error of a reduced model is searched on a model of the full system whose own error is this share of it.
_SURROGATE_SHARE = 1e-8
_WORTH_SAYING = 1e-3  # share of a bound from which on rounding is printed beside it
_ROUNDING = 4  # errors of the algorithms in units of one rounding error of the data: what is seen stays below 1


@dataclass(frozen=True, kw_only=True, eq=False)
class ReducedModel(Immutable):
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
        "truncate" or "residualize".
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
    """

    system: Any
    hsv: Array
    left: Array
    right: Array
    method: Method
    gramians: GramianStrategy
    how: str
    full: LinearSystem = field(repr=False)
    exact_bounds: ErrorBounds = field(repr=False)
    _reduced: LinearSystem = field(repr=False)
    _network: DeepLinearNetwork = field(repr=False)

    @property
    def order(self) -> int:
        """Number of states of the reduced model."""
        return self.right.shape[1]

    @property
    def full_order(self) -> int:
        """Number of states of the system that was given."""
        return self.right.shape[0]

    @property
    def hsv_complete(self) -> bool:
        """Whether `hsv` holds all n values as exact Gramians give them, so that `bound` leaves nothing out."""
        return self.hsv.size >= self.full_order and not isinstance(self.gramians, LowRank)

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
    def measure(self) -> str:
        """What `bound` bounds, in words: the H∞ error, unless the Gramians are of a kind that bounds something else."""
        return self.exact_bounds.measure

    @property
    def _widening(self) -> float:
        return self.rounding if self.measure == HINF_ERROR else 0.0

    @cached_property
    def rounding(self) -> float:
        """What rounding can add to the error; found on first use, O(n²)."""
        return _ROUNDING * (
            self.accuracy_floor
            + self._network.accuracy_floor
            + projection_rounding(self.full, self._reduced, self.left, self.right)
        )

    @cached_property
    def accuracy_floor(self) -> float:
        """What rounding of the data does to the full system; found on first use, O(n²) (see `accuracy_floor`)."""
        return accuracy_floor(self.full, self._network)

    @cached_property
    def stable(self) -> bool:
        """Whether all poles of the reduced model are stable beyond rounding; found on first use, O(r³)."""
        return is_stable(self._reduced)

    @cached_property
    def certificate(self) -> Certificate:
        """Recomputed tr P + tr Q of the kept coordinates against its minimum; found on first use, O(n² r)."""
        return certify(self._network, self.order)

    @cached_property
    def dc_mismatch(self) -> float:
        """‖G − G_r‖₂ at frequency zero; found on first use, one LU factorization."""
        return float(la.norm(self.full.dcgain() - self._reduced.dcgain(), 2))

    @cached_property
    def dc_rounding(self) -> float:
        """How much of `dc_mismatch` may be rounding of its evaluation; found on first use."""
        of_difference = 2 * EPS * self.dc_mismatch
        return rounding_near(self.full, 0.0, self._network) + rounding_near(self._reduced, 0.0) + of_difference

    @property
    def dc_statement(self) -> str:
        """The mismatch at frequency zero in words, with its rounding where that is a digit of it."""
        doubt = (
            f" (rounding: up to {self.dc_rounding:.1e})" if self.dc_rounding > _WORTH_SAYING * self.dc_mismatch else ""
        )
        return f"{self.dc_mismatch:.3g}{doubt}"

    def error(self) -> PeakGain:
        r"""Measured H∞ error ‖G − G_r‖_∞ with its frequency; computed once, on first call.

        Raises
        ------
        UnstableSystemError
            When the reduced model is unstable: then the error is infinite.

        Notes
        -----
        The peak is searched (see :func:`dlnbalance.norms.peaks.peak_gain`) on G_k − G_r, where G_k is the
        balanced truncation that differs from G by less than 1e-8 of the error, and then evaluated on G itself; where
        the Gramians prove no bound of the H∞ error, on G − G_r. For large sparse systems G_k comes from the computed
        values alone, and G is evaluated at a few frequencies only; the result says how far the two were apart there
        (see
        :func:`dlnbalance.norms.large.confirmed_peak`). Its ``rounding`` is what evaluation and search are subject to:
        the accuracy floors of both systems.
        """
        return self._error

    @property
    def measured(self) -> PeakGain | None:
        """The measured error where `error` was called already, None before."""
        return vars(self).get("_error")

    def __getstate__(self) -> dict[str, Any]:
        measured = {} if self.measured is None else {"_error": self.measured}
        return super().__getstate__() | {"system": Parcel(self.system)} | measured

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state | {"system": state["system"].content})

    @cached_property
    def _error(self) -> PeakGain:
        if not self.stable:
            check_stable(self._reduced)
        full, reduced = self.full, self._reduced

        def difference(omega: Array) -> Array:
            return frequency_response(full, omega) - frequency_response(reduced, omega)

        search = peak_gain if self.hsv_complete else confirmed_peak
        peak = search(difference, self._surrogate() - reduced)
        feedthrough = 2 * EPS * float(la.norm(full.D))
        rounding = self.accuracy_floor + accuracy_floor(reduced) + feedthrough
        if rounding > peak.value and not full.is_large:  # a search in the dark: the resonances may show more
            omega = telling_frequencies(full)
            gains = largest_gains(difference(omega))
            if gains.max() > peak.value:
                peak = replace(peak, value=float(gains.max()), frequency=float(omega[gains.argmax()]))
        return replace(peak, rounding=rounding)

    def _surrogate(self) -> LinearSystem:
        """Smallest balanced truncation of the full system that is as good as the full one to measure an error."""
        values, network = self.hsv, self._network
        proved = self.gramians.error_bounds(values, min(network.rank, values.size), 0.0)
        if proved.upper is None or proved.measure != HINF_ERROR:
            return self.full.explicit()
        following = float(values[self.order : self.order + 1].sum())
        enough = max(_SURROGATE_SHARE * following, EPS * float(values[:1].sum()))
        k = self._least_order_within(enough)
        if k >= self.full_order:
            return self.full.explicit()
        T, inverse = projection(network, max(k, self.order))
        return self.full.project(self.full.left_basis(T), inverse)

    def _least_order_within(self, enough: float) -> int:
        """Least order up to the rank whose bound, which falls with the order, is at most `enough`; else the rank."""
        low, high = 0, self._network.rank
        while low < high:
            middle = (low + high) // 2
            upper = self.gramians.error_bounds(self.hsv, middle, 0.0).upper
            if upper is not None and upper <= enough:
                high = middle
            else:
                low = middle + 1
        return low

    @property
    def proof(self) -> str:
        """What the computed values prove about the error and what they leave out, in words; empty for nothing."""
        if self.bound is None:
            return ""
        lower = f"at least {self.lower_bound:.4g}, " if self.lower_bound else ""
        return f"{lower}at most {self.proved_upper(4)}"

    def proved_upper(self, digits: int) -> str:
        """The upper bound in words, with so many digits; empty where nothing is proved."""
        if self.bound is None:
            return ""
        beyond = "" if self.hsv_complete else f" + twice what follows the {self.hsv.size} values computed"
        rounding = ""
        if self._widening > _WORTH_SAYING * self.bound:
            rounding = f", {self._widening:.1e} of it for rounding"
        return f"{self.bound:.{digits}g}{beyond}{rounding}"

    def __repr__(self) -> str:
        stability = "stable" if self.stable else "NOT STABLE beyond rounding"
        named = values_name(self.gramians)
        kept, dropped = listed(self.hsv[: self.order]) or "none", listed(self.hsv[self.order :], 3) or "none"
        lines = [
            f"ReducedModel ({self.method}): {self.order} of {self.full_order} states, {stability}",
            f"  {named}: {kept} | {dropped}",
        ]
        if self.stable and self.proof:
            lines.append(f"  {self.measure}: proved {self.proof}")
        if self.measured is not None:
            lines.append(f"  {HINF_ERROR}: measured {self.measured}")
        lines.append(f"  DC mismatch: {self.dc_statement}")
        lines.append(f"  certificate: {self.certificate}")
        lines.append(f"  Gramians: {self.how}")
        lines.append(f"  rounding in the data reaches errors of {self.accuracy_floor:.1e}")
        return "\n".join(lines)
