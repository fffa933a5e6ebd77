"""Cascades of sections against the functions they stand for."""

import numpy as np
import pytest

from dlnbalance.systems.cascades import cascade
from dlnbalance.systems.linear_system import LinearSystem
from dlnbalance.systems.rational import Factored


def test_of_complex_functions(rng):
    poles = -rng.uniform(0.5, 1, 7) + 1j * rng.standard_normal(7)
    function = Factored(1j * rng.standard_normal(7), poles, 1 - 2j)
    system = LinearSystem(*cascade(function, discrete=False))
    assert np.abs(np.sort_complex(system.poles()) - np.sort_complex(poles)).max() < 1e-14
    for point in (0, 2j, -3j, 1e3):
        assert system(point).item() == pytest.approx(function(np.array([point])).value[0], rel=1e-12)


def test_sections_may_repeat_cancel_or_lie_at_zero():
    for function in (
        Factored(np.array([]), np.array([-1.0 + 0j] * 6), 3.0),
        Factored(np.array([-1.0, 0]), np.array([-1.0, -2.0, 0.0]), 1.0),
        Factored(np.array([1j, -1j] * 2), np.array([-1, -2, -3, -4, -5.0]), 1.0),
        Factored(np.array([2 + 1j, 2 - 1j, -3]), np.array([-1 + 5j, -1 - 5j, -1e-3]), -1.0),
    ):
        system = LinearSystem(*cascade(function, discrete=False))
        for point in (0.3j, 1 + 1j, 40.0):
            value = function(np.array([point])).value[0]
            assert system(point).item() == pytest.approx(value, rel=1e-12)


def test_the_poles_stand_on_the_diagonal_to_the_last_bit():
    """Distances of poles that A, computed in one piece, could not tell apart."""
    poles = np.array([-1.0, -1.0 - 1e-15, -1e-9, -1e9])
    system = cascade(Factored(np.array([-2.0]), poles, 1.0), discrete=False)
    assert sorted(np.diag(system.A)) == sorted(poles)
    assert not np.tril(system.A, -1).any()


def test_zeros_go_with_the_nearest_poles():
    """Each pole cancels its zero then, exactly: nothing but the gain is left between input and output."""
    poles = np.array([-1.0, -1e3, -1e6])
    system = cascade(Factored(poles[::-1], poles, 7.0), discrete=False)
    assert system.D.item() == 7.0
    assert not (system.C @ np.linalg.solve(system.A - 1j * np.eye(3), system.B)).any()
