"""Reduced linear systems whose error is measured in another way than by the H∞ norm of the difference."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .reduced_model import ReducedModel

__all__ = ["MeasuredOtherwise"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MeasuredOtherwise(ReducedModel):
    """A reduced model whose Gramians bound, or are meant for, another measure of the error; `error` is in that measure.

    A derived class says how far two systems are apart (`_distance`), and stands in
    :data:`~dlnbalance.reduction.result_classes.RESULTS` under the name of its measure. Bounds are those of exact
    arithmetic. Other attributes are those of :class:`~dlnbalance.reduction.reduced_model.ReducedModel`; `hsv` are the
    singular values of the Gramians that were asked for.
    """

    @abstractmethod
    def _distance(self) -> Any:
        """How far the reduced model is from what was balanced, a Measured or PeakGain."""

    def error(self) -> Any:
        """Error in the measure of the bound, measured once, on first call, with the place where it is found."""
        return self._error

    @cached_property
    def _error(self) -> Any:
        return self._distance()

    @property
    def error_name(self) -> str:
        """What `error` measures, in words: what the bounds are of."""
        return self.measure

    @cached_property
    def accuracy_floor(self) -> float:
        """What the singular values are uncertain by, as their factors were computed."""
        return self._pairs[0].accuracy_floor

    @cached_property
    def rounding(self) -> float:
        """Nothing: the bounds are those of exact arithmetic."""
        return 0.0
