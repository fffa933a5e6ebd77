"""The class of a result follows from what its bounds are of."""

import dlnbalance as dln
from dlnbalance.gramians import HINF_ERROR
from dlnbalance.reduction.measured_otherwise import MeasuredOtherwise
from dlnbalance.reduction.result_classes import RESULTS, result_class


def test_the_h_infinity_error_has_the_plain_class():
    assert result_class(HINF_ERROR) is dln.ReducedModel


def test_every_other_class_says_how_it_measures():
    for measure, kind in RESULTS.items():
        assert measure != HINF_ERROR
        assert issubclass(kind, MeasuredOtherwise)
        assert "_distance" in vars(kind)
