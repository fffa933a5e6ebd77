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
    monkeypatch.setattr(dln.norms.dense_responses, "_POINTS_IN_MEMORY", 90)
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


# -- grids ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("discrete", [False, True])
def test_a_grid_shows_the_peak_of_a_resonance(discrete):
    """Points on the resonance circle: one of them lies within 1% of the peak, however sharp it is."""
    for damping in (1e-1, 1e-4, 1e-8):
        A = np.array([[0.0, 1.0], [-1.0, -2 * damping]])
        A = la.expm(0.1 * A) if discrete else A
        system = dln.LinearSystem(A, [[0.0], [1.0]], [[1.0, 0.0]], dt=0.1 if discrete else 0)
        seen = np.abs(dln.frequency_response(system, dln.frequency_grid(system))).max()
        peak = dln.hinf_norm(system)
        assert 0.99 * peak.value <= seen <= (1 + 1e-9) * peak.value + peak.rounding


def test_a_grid_reaches_a_decade_beyond_the_poles_and_ten_in_all():
    grid = dln.frequency_grid(dln.LinearSystem(np.diag([-1e-2, -1e3]), np.ones((2, 1)), np.ones((1, 2))), points=50)
    assert grid[0] == pytest.approx(1e-3)
    assert grid[-1] == 1e4
    assert grid.size == 50
    wide = dln.frequency_grid(dln.LinearSystem(np.diag([-1e-9, -1e9]), np.ones((2, 1)), np.ones((1, 2))))
    assert wide[0] == pytest.approx(1.0)
    assert wide[-1] == 1e10


def test_a_grid_of_several_systems_covers_all_of_them():
    slow, fast = (dln.LinearSystem([[-rate]], [[1.0]], [[1.0]]) for rate in (1e-2, 1e4))
    sampled = dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=0.1)
    grid = dln.frequency_grid(slow, fast)
    assert (grid[0], grid[-1]) == (pytest.approx(1e-3), 1e5)
    assert dln.frequency_grid(sampled)[-1] == 10 * np.pi
    assert dln.frequency_grid(slow, sampled)[-1] == pytest.approx(100 * np.log(2))  # a decade beyond log(½)/dt


@pytest.mark.parametrize("dt", [0, 0.1])
def test_an_infinite_frequency_of_a_descriptor_system_gives_the_feedthrough_of_its_proper_part(dt):
    """1 + 1/(s + 1) with the one as an algebraic equation; and s, which has no gain there."""
    lag = dln.LinearSystem(-np.eye(2), np.ones((2, 1)), np.ones((1, 2)), E=np.diag([1.0, 0.0]), dt=dt)
    np.testing.assert_allclose(dln.frequency_response(lag, [0.0, np.inf])[1], [[1.0]], rtol=1e-15)
    derivative = dln.LinearSystem(np.eye(2), [[0.0], [1.0]], [[-1.0, 0.0]], E=[[0.0, 1.0], [0.0, 0.0]], dt=dt)
    np.testing.assert_allclose(
        dln.frequency_response(derivative, [0.0, 2.0]).ravel(), derivative.boundary_points(np.array([0.0, 2.0]))
    )
    with pytest.raises(NumericalError, match=r"infinite.*finite_infinite\(system\)"):
        dln.frequency_response(derivative, [np.inf])
