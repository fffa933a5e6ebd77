"""Phases: continuous, and together wherever the responses are."""

import numpy as np

from dlnbalance.plotting.phases import phase, phase_beside


def test_a_phase_is_continuous():
    omega = np.geomspace(1e-2, 1e2, 200)
    response = (1 + 1j * omega) ** -5
    assert np.allclose(phase(response), -5 * np.degrees(np.arctan(omega)))


def test_no_response_has_no_phase():
    assert np.isnan(phase(np.array([0.0, 1.0]))[0])
    assert np.isnan(phase_beside(np.array([0.0, 1.0]), np.ones(2), np.zeros(2))[0])


def test_a_turn_of_the_computation_is_undone():
    """Two resonances turn from +90° to −90°, one by way of +180°: unwrapped alone they end 360° apart."""
    other = np.exp(1j * np.radians([80.0, -80.0, -85.0]))
    response = np.exp(1j * np.radians([95.0, -95.0, -86.0]))
    assert abs(phase(response)[-1] - phase(other)[-1]) > 300
    assert np.allclose(phase_beside(response, other, phase(other)), [95.0, -95.0, -86.0])


def test_a_turn_between_two_agreements_is_undone():
    """Apart, the response turns by 240° and then agrees again: it has not turned by 360°."""
    response = np.array([1.0, 10 * np.exp(2j * np.pi / 3), 10 * np.exp(4j * np.pi / 3), 1.0])
    found = phase_beside(response, np.ones(4), np.zeros(4))
    assert np.allclose(found, [0, 120, 240, 0])


def test_a_difference_beyond_half_a_turn_is_followed_where_responses_are_apart():
    angle = np.linspace(0, 2 * np.pi, 30)
    other = np.ones(30, dtype=complex)
    found = phase_beside(10 * np.exp(1j * angle), other, np.zeros(30))
    assert np.allclose(found, np.degrees(angle))
