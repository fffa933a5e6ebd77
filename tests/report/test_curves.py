"""What pages draw: responses by the library itself, steps against python-control, peaks on the grid."""

import control
import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.report.curves import (
    both_sides,
    channel_responses,
    chosen_channels,
    curves,
    largest_gain,
    page_frequencies,
    step_times,
    steps,
)

from ..models import random_system


def gain(system, omega):
    return largest_gain(both_sides(system, omega, both=system.is_complex))


def modes(count):
    """Lightly damped modes from 1 to 100 rad/s."""
    frequencies = np.geomspace(1, 100, count)
    A = la.block_diag(*([[-1e-3 * w, w], [-w, -1e-3 * w]] for w in frequencies))
    return dln.LinearSystem(A, np.ones((2 * count, 1)), np.ones((1, 2 * count)))


def test_a_thinned_grid_has_the_peaks():
    model = dln.reduce(modes(90), 6)
    others = [model, dln.reduce(modes(90), 20)]
    omega, every = page_frequencies(model, others), dln.frequency_grid(model.full, points=300)
    assert omega.size <= 1000 < every.size
    assert np.isin(omega, every).all()
    assert gain(model.full, omega).max() == gain(model.full, every).max()
    for other in others:
        errors = [gain(model.full - other.linear, grid).max() for grid in (omega, every)]
        assert errors[0] == pytest.approx(errors[1], rel=1e-9)


def test_gains_of_complex_systems_are_the_larger_of_both_sides(rng):
    system, omega = random_system(rng, 4, 2, 2, complex_entries=True), np.array([0.5, 2.0])
    sides = [la.norm(dln.frequency_response(system, sign * omega), 2, axis=(1, 2)) for sign in (1, -1)]
    assert gain(system, omega) == pytest.approx(np.max(sides, axis=0), rel=1e-12)


def test_the_strongest_of_many_channels_are_chosen(rng):
    response = np.ones((3, 6, 6)) * (1 + np.arange(36.0).reshape(6, 6))
    channels = chosen_channels(response)
    assert channels == [(i, j) for i in range(6) for j in range(6) if 6 * i + j >= 20]
    assert (channel_responses(response, channels)[0] == response[:, 3, 2]).all()


def test_sums_over_the_poles_are_used_where_they_agree_only():
    omega = np.array([0.1, 1.0, 10.0])
    distinct = dln.LinearSystem(-np.diag([1.0, 2.0, 3.0]), np.ones((3, 1)), np.ones((1, 3)))
    found = curves(dln.reduce(distinct, 2), omega, both_sides(distinct, omega, both=False), [(0, 0)])
    assert found.responses is None
    assert sorted(found.terms.poles.real) == pytest.approx(sorted(dln.reduce(distinct, 2).system.poles().real))
    integrators = dln.LinearSystem(la.block_diag([[0.0, 1.0], [0.0, 0.0]], -1.0), np.ones((3, 1)), np.ones((1, 3)))
    model = dln.reduce(integrators, 2)
    found = curves(model, omega, both_sides(model.balanced.full, omega, both=False), [(0, 0)])
    assert found.terms is None
    assert found.responses[0] == pytest.approx(dln.frequency_response(model.system, omega)[:, 0, 0], rel=1e-12)


def test_steps_are_those_of_python_control(rng, discrete):
    system = random_system(rng, 5, 2, 2, discrete=discrete)
    times = step_times(system)
    drawn = steps(system, times, [(0, 0), (1, 0), (0, 1)])
    seconds = times * (system.dt or 1.0)
    exact = np.asarray(control.step_response(system.to_control(), T=seconds, squeeze=False).outputs)
    for found, (i, j) in zip(drawn, [(0, 0), (1, 0), (0, 1)], strict=True):
        assert found == pytest.approx(exact[i, j], rel=1e-8, abs=1e-10 * float(np.abs(exact).max()))


def test_steps_of_sparse_systems(rng, discrete):
    system = random_system(rng, 5, 1, 1, discrete=discrete)
    sparse = dln.LinearSystem(sp.csc_array(system.A), system.B, system.C, system.D, dt=system.dt)
    times = step_times(system)
    assert steps(sparse, times, [(0, 0)]) == pytest.approx(steps(system, times, [(0, 0)]), rel=1e-12)


def test_slow_sampled_systems_are_drawn_at_every_so_many_samples():
    system = dln.LinearSystem([[1 - 1e-5]], [[1.0]], [[1.0]], dt=0.1)
    times = step_times(system)
    assert times.size <= 1001
    assert times[1] > 300
    assert (times == np.round(times)).all()
    exact = (1 - (1 - 1e-5) ** times) / 1e-5
    assert steps(system, times, [(0, 0)])[0] == pytest.approx(exact, rel=1e-9)


def test_steps_of_growing_systems_end_before_they_overflow():
    system = dln.LinearSystem([[3.0]], [[1.0]], [[1.0]])
    assert steps(system, step_times(system), [(0, 0)]).max() < 1e3


def test_impulses_are_not_drawn():
    improper = dln.LinearSystem([[1.0, 0.0], [0.0, 1.0]], [[0.0], [1.0]], [[1.0, 0.0]], E=[[0.0, 1.0], [0.0, 0.0]])
    assert steps(improper, np.linspace(0, 1, 5), [(0, 0)]) is None


def test_steps_of_complex_and_of_large_systems_are_left_out(rng):
    system = random_system(rng, 3, 1, 1, complex_entries=True)
    assert steps(system, np.linspace(0, 1, 5), [(0, 0)]) is None
