"""Two pictures side by side, before and after a reduction."""

import numpy as np

import dlnbalance as dln
from dlnbalance.plotting import model_overview, overview

from ..models import random_system

UNSTABLE = dln.LinearSystem(np.diag([1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)))


def test_a_reduced_model_is_shown_by_its_values_and_its_response(rng):
    assert len(overview(dln.reduce(random_system(rng, 4, 1, 1), 2))) == 3
    assert len(overview(dln.reduce(random_system(rng, 4, 2, 1), 2))) == 2
    varying = dln.TimeVaryingSystem([[[2.0]]], [[[1.0]]], [[[1.0]]], initial=[[1.0]], final=[[1.0]])
    assert len(overview(dln.reduce(varying, 1))) == 1  # it has no frequency response


def test_a_model_is_shown_by_what_an_order_is_chosen_by():
    errors, gain, _ = model_overview(UNSTABLE)
    assert errors.get_xlabel() == "order r"
    assert gain.get_title() == "Frequency response"
    assert errors.lines[0].get_xdata().tolist() == [2, 3]  # one of the states is unstable, and kept
