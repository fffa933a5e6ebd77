"""The search for the least norm: its steps as they were."""

import numpy as np

import dlnbalance as dln
from dlnbalance.plotting import descent

from ..models import random_system


def test_every_newton_step_is_drawn(rng):
    minimum = dln.balance(random_system(rng, 4, 2, 2), form="norm").minimum
    upper, lower = descent(minimum)
    assert np.array_equal(upper.lines[0].get_ydata(), 2 * minimum.energies)
    assert np.array_equal(lower.lines[0].get_ydata(), minimum.moment_norms)
    assert upper.get_title().endswith(minimum.status)
