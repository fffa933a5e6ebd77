"""Poles that no feedback moves: which are refused, and which are not."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import UnstableSystemError
from dlnbalance.gramians.hidden_poles import check_nothing_hidden, nearly_hidden

from ..models import random_gauge, random_system


def test_stable_systems_hide_what_they_like(discrete):
    A = np.diag([0.5, 0.2]) if discrete else np.diag([-1.0, -2.0])
    check_nothing_hidden(dln.LinearSystem(A, np.zeros((2, 1)), np.zeros((1, 2)), dt=float(discrete)))


def test_a_system_that_shows_all_its_poles_passes(rng, complex_entries, discrete):
    system = random_system(rng, 6, 1, 1, complex_entries=complex_entries, discrete=discrete)
    check_nothing_hidden(dln.LinearSystem(-3 * system.A, system.B, system.C, dt=system.dt))


@pytest.mark.parametrize("side", ["reached", "seen"])
def test_hidden_poles_are_named_in_any_coordinates(rng, complex_entries, discrete, side):
    T = random_gauge(rng, 4, complex_entries=complex_entries)
    B, C = np.ones((4, 1)), np.ones((1, 4))
    (B.T if side == "reached" else C)[0, 1] = 0.0
    poles = np.diag([0.5, 2.0, 0.25, -0.5]) - (0 if discrete else 1) * np.eye(4)
    system = dln.LinearSystem(T @ poles @ np.linalg.inv(T), T @ B, C @ np.linalg.inv(T), dt=float(discrete))
    with pytest.raises(UnstableSystemError, match=rf"{2 if discrete else 1} \(not {side} by the"):
        check_nothing_hidden(system)


def test_the_doubt_has_a_way_out():
    assert "dln.minreal" in nearly_hidden().remedy


@pytest.mark.parametrize("side", ["reached", "seen"])
def test_a_hidden_pole_on_the_boundary_is_refused(discrete, side):
    """An integrator or accumulator."""
    A, B, C = np.diag([1.0, 0.5]) - (0 if discrete else 1) * np.eye(2), np.ones((2, 1)), np.ones((1, 2))
    (B.T if side == "reached" else C)[0, 0] = 0.0
    with pytest.raises(UnstableSystemError, match=rf"{1 if discrete else 0} \(not {side} by the"):
        check_nothing_hidden(dln.LinearSystem(A, B, C, dt=float(discrete)))
