"""The frequencies at which rounding is looked at."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.norms.frequencies import telling_frequencies

from ..models import random_matrix


@pytest.mark.parametrize("discrete", [False, True])
def test_telling_frequencies_are_those_of_the_poles(rng, discrete):
    resonance = 3.0 if not discrete else 1.0
    A = la.block_diag([[-1e-6, resonance], [-resonance, -1e-6]], -np.eye(1))
    A = la.expm(A) if discrete else A
    omega = telling_frequencies(
        dln.LinearSystem(A, random_matrix(rng, 3, 1), np.ones((1, 3)), dt=1.0 if discrete else 0)
    )
    assert omega[0] == 0
    assert np.abs(omega - resonance).min() < 1e-9
    assert np.abs(omega - 1.0).min() < 1e-9
    assert (np.diff(omega) > 0).all()
