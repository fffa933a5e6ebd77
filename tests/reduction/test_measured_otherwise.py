"""An error in another measure is measured once, and is what the result tells."""

import dlnbalance as dln
from dlnbalance.reduction.measured_otherwise import MeasuredOtherwise

from ..plants import PLANTS


def test_it_is_measured_once_and_told_under_its_own_name():
    model = dln.reduce(PLANTS["pendulum on a cart"][0], 4, gramians=dln.Coprime())
    assert isinstance(model, MeasuredOtherwise)
    assert model.measured is None
    error = model.error()
    assert model.error() is error is model.measured
    assert model.error_name == model.measure
    assert model.rounding == 0.0
    assert "ν-gap, measured" in repr(model)
