"""Zeros, poles, gains and polynomials of the entries of a transfer matrix."""

import numpy as np
import pytest

from dlnbalance.errors import NumericalError
from dlnbalance.systems.linear_system import LinearSystem
from dlnbalance.systems.state_matrices import Realization
from dlnbalance.systems.transfer_functions import factored_entries, polynomial_entries

from ..models import random_matrix, random_system


@pytest.mark.parametrize("complex_entries", [False, True])
def test_of_full_matrices(rng, complex_entries):
    for discrete in (False, True):
        system = random_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=True)
        entries = factored_entries(Realization(*system.to_tuple()[:4]), discrete=discrete)
        for point in (0.3 + 2j, -1.5j, 7.0):
            found = np.array([[entry(np.array([point])).value[0] for entry in row] for row in entries])
            assert np.abs(found - system(point)).max() < 1e-9 * np.abs(system(point)).max()


def test_what_cancels_is_left_out(rng):
    T = random_matrix(rng, 4, 4)
    A, B, C = np.diag([-1.0, -2.0, -3.0, -4.0]), np.array([[1.0], [1.0], [0.0], [1.0]]), np.array([[1.0, 0, 1, 1]])
    [[entry]] = polynomial_entries(
        Realization(T @ A @ np.linalg.inv(T), T @ B, C @ np.linalg.inv(T), np.zeros((1, 1))), discrete=False
    )
    assert entry.denominator == pytest.approx([1, 5, 4])
    assert entry.numerator == pytest.approx([2, 5])


def test_orders_that_no_transfer_function_has():
    system = LinearSystem(np.diag(-np.arange(1.0, 121)), np.ones((120, 1)), np.ones((1, 120)))
    with pytest.raises(NumericalError, match=r"at most 100 states from input 0 to output 0.*reduce it first"):
        system.to_transfer_function()


@pytest.mark.parametrize("discrete", [False, True])
def test_an_entry_with_states_near_rounding_is_that_of_its_minimal_part(rng, discrete):
    """Four states that a fifth, hardly seen one does not become a sixth pole for; against the exact zeros and poles."""
    poles = np.array([0.5, 0.2, -0.3, 0.7]) if discrete else np.array([-1.0, -2.0, -3.0, -5.0])
    A = np.diag(np.append(poles, 0.9 if discrete else -0.1))
    B, C = np.array([[1.0], [2.0], [1.0], [1.0], [1e-9]]), np.array([[1.0, 1.0, 1.0, 1.0, 1e-9]])
    T = random_matrix(rng, 5, 5)
    system = Realization(T @ A @ np.linalg.inv(T), T @ B, C @ np.linalg.inv(T), np.zeros((1, 1)))
    [[entry]] = factored_entries(system, discrete=discrete)
    residues = np.array([1.0, 2.0, 1.0, 1.0])
    for point in (1.3 + 0.4j, -2.1j, 8.0):
        exact = (residues / (point - poles)).sum()
        assert entry(np.array([point])).value[0] == pytest.approx(exact, rel=1e-8)
    assert entry.poles.size - entry.zeros.size == 1
