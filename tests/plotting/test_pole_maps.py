"""Poles and zeros: those of the systems, kept and dropped."""

import control
import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.plotting import pole_zero, rendered
from dlnbalance.plotting.pole_maps import nearest, transmission_zeros

from ..models import random_system
from .curves import lines


def points(line):
    return np.sort_complex(np.asarray(line.get_xdata()) + 1j * np.asarray(line.get_ydata()))


def test_poles_of_the_full_model_are_kept_or_dropped():
    system = dln.LinearSystem(np.diag([-1.0, -2.0, -1000.0]), np.ones((3, 1)), np.ones((1, 3)))
    model = dln.reduce(system, 1)
    curves = lines(pole_zero(model)[0])
    kept, dropped = points(curves["full, n = 3: kept (1)"]), points(curves["full, n = 3: dropped (2)"])
    assert np.allclose(np.sort_complex(np.concatenate([kept, dropped])), [-1000, -2, -1])
    assert abs(kept[0] - model.linear.poles()[0]) == abs(system.poles() - model.linear.poles()[0]).min()
    assert np.allclose(points(curves["reduced, r = 1: poles"]), model.linear.poles())


@pytest.mark.parametrize("signals", [1, 2])
def test_zeros_are_those_of_control(rng, signals):
    system = random_system(rng, 5, signals, signals)
    ours, theirs = transmission_zeros(system), control.zeros(system.to_control())
    theirs = theirs[np.isfinite(theirs)]
    assert ours.size == theirs.size
    assert np.abs(ours[:, None] - theirs).min(axis=1).max() < 1e-6


def test_zeros_are_those_of_a_descriptor_system_too():
    plain = dln.LinearSystem(np.diag([-1.0, -2.0]), np.ones((2, 1)), np.ones((1, 2)), [[1.0]])
    scaled = dln.LinearSystem(3 * plain.A, 3 * plain.B, plain.C, plain.D, E=3 * np.eye(2))
    assert np.allclose(np.sort_complex(transmission_zeros(plain)), np.sort_complex(transmission_zeros(scaled)))
    assert transmission_zeros(dln.LinearSystem([[-1.0]], [[1.0, 1.0]], [[1.0]])).size == 0


def test_the_boundary_of_stability_is_drawn(rng):
    [axes] = pole_zero([random_system(rng, 4, 1, 1, discrete=True)])
    circle = lines(axes)["stability boundary"]
    assert np.allclose(np.hypot(circle.get_xdata(), circle.get_ydata()), 1)
    assert axes.get_xlabel() == "Re z"
    assert pole_zero(random_system(rng, 4, 1, 1))[0].get_xlabel() == "Re s (rad/s)"


def test_far_apart_poles_are_told_apart():
    [axes] = pole_zero(dln.LinearSystem(np.diag([-1e-3, -1e6]), np.ones((2, 1)), np.ones((1, 2))))
    assert axes.get_xscale() == "symlog"


def test_kept_exactly_are_kept():
    unstable = dln.LinearSystem(np.diag([1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)))
    curves = lines(pole_zero(dln.reduce(unstable, 1))[0])
    assert points(curves["full, n = 3: kept (1)"]).tolist() == [1.0]


def test_nothing_and_static_systems():
    static = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[1.0]])
    rendered(pole_zero([static]), "png")
    assert nearest(np.array([-1.0]), np.zeros(0)).tolist() == [False]


def test_both_time_bases_are_refused():
    with pytest.raises(InvalidArgumentError, match="one time base"):
        pole_zero([dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]]), dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=1.0)])
