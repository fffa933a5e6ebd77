"""A reduced linear system whose error is measured between an input and an output weight."""

from dataclasses import dataclass
from functools import cached_property

from ..gramians.base import ErrorBounds
from ..gramians.stability import check_stable
from ..gramians.weighted import Weighted
from ..linalg.arrays import adjoint
from ..norms.peaks import PeakGain
from ..norms.system_norms import hinf_norm
from .measured_otherwise import MeasuredOtherwise

__all__ = ["WeightedReducedModel"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WeightedReducedModel(MeasuredOtherwise):
    r"""A model reduced along frequency-weighted Gramians; `error` is ‖W(G − G_r)V‖_∞.

    `bound` is there for the combination "wang" on both sides, where B lies in the range of B̃ and C* in that of C̃*:
    :math:`2 ‖WL‖_∞ ‖KV‖_∞ Σ_{i>r} σ_i`, B = B̃K, C = LC̃, in exact arithmetic [1]_. It takes two H∞ norms of the weights.

    References
    ----------
    .. [1] G. Wang, V. Sreeram, W. Q. Liu, IEEE Trans. Automat. Control 44 (1999) 1734-1737, Theorem 3.
    """

    @property
    def bound(self) -> float | None:
        """Upper bound of the weighted error; None where none is proved."""
        return self._bounds.upper

    @cached_property
    def _bounds(self) -> ErrorBounds:
        scale = self._scale
        if scale is None:
            return self.exact_bounds
        return self.exact_bounds._replace(lower=0.0, upper=2 * scale * float(self.hsv[self._cuts[0] :].sum()))

    @property
    def _strategy(self) -> Weighted:
        assert isinstance(self.gramians, Weighted)
        return self.gramians

    @property
    def lower_bound(self) -> float | None:
        """Lower bound of the weighted error: zero, where there is an upper one."""
        return self._bounds.lower

    @property
    def _scale(self) -> float | None:
        """‖WL‖_∞ ‖KV‖_∞; None where the Gramians are of another combination, or B̃ or C̃ have too small a range."""
        before, after = self._strategy.sides(self.balanced.full.explicit())
        scale = 1.0
        for side, combination in zip((before, after), self._strategy.combination, strict=True):
            if side.weighs is None:
                continue
            gain = side.spread() if combination == "wang" else None
            if gain is None:
                return None
            scale *= float(hinf_norm(gain * side.weighs if side is before else side.weighs * adjoint(gain)))
        return scale

    def _distance(self) -> PeakGain:
        full, reduced = self.balanced[:2]
        if not self.error_is_finite:
            check_stable(reduced)
        before, after = self._strategy.weights_of(full)
        error = full.explicit() - reduced.explicit()
        error = error if before is None else error * before
        return hinf_norm(error if after is None else after * error)
