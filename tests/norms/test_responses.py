"""Frequency responses against the transfer function, and the grids that show them."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.errors import NumericalError
from dlnbalance.linalg.arrays import EPS

from ..models import random_system


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("descriptor", [False, True])
def test_frequency_response_is_the_transfer_function(rng, complex_entries, discrete, descriptor):
    system = random_system(rng, 70, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    omega = np.array([-3.0, 0.0, 0.7, 25.0])
    points = np.exp(0.1j * omega) if discrete else 1j * omega
    response = dln.frequency_response(system, omega)
    for value, point in zip(response, points, strict=True):
        assert la.norm(value - system(point)) <= 1e4 * EPS * la.norm(value)


def test_frequency_response_in_batches_equals_one_by_one(rng, monkeypatch):
    system = random_system(rng, 20, 2, 2)
    omega = np.linspace(0, 5, 17)
    together = dln.frequency_response(system, omega)
    monkeypatch.setattr(dln.norms.responses, "_POINTS_IN_MEMORY", 90)
    np.testing.assert_allclose(dln.frequency_response(system, omega), together, rtol=1e-12)


def test_frequency_response_at_infinity_is_the_feedthrough(rng):
    system = random_system(rng, 4, 2, 3)
    np.testing.assert_array_equal(dln.frequency_response(system, [np.inf])[0], system.D)


@pytest.mark.parametrize("omega", [[np.nan], [1j], ["a"], [[1.0, 2.0]]])
def test_frequencies_must_be_real_numbers(rng, omega):
    with pytest.raises(dln.errors.InvalidArgumentError, match="omega"):
        dln.frequency_response(random_system(rng, 2, 1, 1), omega)


@pytest.mark.parametrize("sparse", [False, True])
def test_responses_at_poles_are_refused(sparse):
    A = np.diag([0.0, -1.0])
    system = dln.LinearSystem(sp.csc_array(A) if sparse else A, np.ones((2, 1)), np.ones((1, 2)))
    with pytest.raises(NumericalError, match="no pole"):
        dln.frequency_response(system, [1.0, 0.0])
