"""Which class a reduced linear system is of: chosen by what the bounds of its Gramians are of."""

from ..gramians.coprime import NU_GAP
from ..gramians.frequency_limited import BAND_ERROR
from ..gramians.h_infinity import SCALED_NU_GAP
from ..gramians.shifted import SHIFTED_ERROR
from ..gramians.stochastic import RELATIVE_ERROR
from ..gramians.time_limited import TIME_ERROR
from ..gramians.weighted import WEIGHTED_ERROR
from .gap_model import GapReducedModel, ScaledGapReducedModel
from .limited_models import BandReducedModel, ShiftedReducedModel, TimeReducedModel
from .reduced_model import ReducedModel
from .relative_model import RelativeReducedModel
from .weighted_model import WeightedReducedModel

__all__ = ["RESULTS", "result_class"]

#: Classes of results by what their bounds are of, where that is not the H∞ error.
RESULTS: dict[str, type[ReducedModel]] = {
    NU_GAP: GapReducedModel,
    SCALED_NU_GAP: ScaledGapReducedModel,
    WEIGHTED_ERROR: WeightedReducedModel,
    RELATIVE_ERROR: RelativeReducedModel,
    BAND_ERROR: BandReducedModel,
    TIME_ERROR: TimeReducedModel,
    SHIFTED_ERROR: ShiftedReducedModel,
}


def result_class(measure: str) -> type[ReducedModel]:
    """Return the class whose `error` is in this measure; the one of H∞ errors where there is none.

    Examples
    --------
    >>> result_class("ν-gap").__name__, result_class("H∞ error").__name__
    ('GapReducedModel', 'ReducedModel')
    """
    return RESULTS.get(measure, ReducedModel)
