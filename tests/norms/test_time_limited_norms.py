"""L2 norms up to a horizon, in closed form and in the limit."""

import numpy as np

import dlnbalance as dln
from dlnbalance.norms import time_limited_norm

from ..models import assert_small, random_system


def test_closed_forms():
    lag = dln.LinearSystem([[-1.0]], [[1.0]], [[2.0]])
    assert_small(abs(time_limited_norm(lag, 0.5) - 2 * np.sqrt(-np.expm1(-1.0) / 2)), 1.0, 10)
    growing = dln.LinearSystem([[1.0]], [[1.0]], [[2.0]])
    assert_small(abs(time_limited_norm(growing, 0.5) - 2 * np.sqrt(np.expm1(1.0) / 2)), 1.0, 20)
    sampled = dln.LinearSystem([[2.0]], [[1.0]], [[1.0]], [[3.0]], dt=0.5)
    assert_small(abs(time_limited_norm(sampled, 1.5) - np.sqrt(9 + 1 + 4 + 16)), 1.0, 20)
    assert time_limited_norm(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], [[1.0]]), 1.0) == np.inf


def test_a_long_horizon_gives_the_h2_norm(rng, complex_entries, discrete):
    system = random_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete, feedthrough=discrete)
    assert_small(abs(time_limited_norm(system, 1e4) - dln.h2_norm(system)), dln.h2_norm(system), 100)
