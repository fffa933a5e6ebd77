"""Differences of systems against those that arithmetic makes, and what they are computed from."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.norms.differences import difference, explicit_in_coordinates

from ..models import random_system


@pytest.mark.parametrize("kinds", [(False, False), (True, True), (True, False)])
@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("unit", [1.0, 2.0**30, 1e300])
def test_a_difference_responds_as_one(rng, kinds, discrete, unit):
    """Also where the units of the rates are far apart, and where one system is real and the other is not."""
    first, second = (
        random_system(rng, n, 2, 3, discrete=discrete, complex_entries=kind)
        for n, kind in ((6, kinds[0]), (4, kinds[1]))
    )
    if not discrete:
        first = first.with_matrices(unit * first.A, unit * first.B, first.C)
    both, omega = difference(first, second), np.array([0.0, 0.4, 7.0])
    expected = dln.frequency_response(first, omega) - dln.frequency_response(second, omega)
    assert la.norm(dln.frequency_response(both, omega) - expected) <= 1e4 * EPS * la.norm(expected)


@pytest.mark.parametrize("complex_entries", [False, True])
def test_its_schur_form_is_one_of_its_coordinates(rng, complex_entries):
    first, second = (random_system(rng, n, 2, 2, complex_entries=complex_entries) for n in (5, 3))
    both = difference(first.with_matrices(100 * first.A, first.B, first.C), second)
    here, schur = both.coordinates, both.schur
    assert la.norm(schur.Q @ schur.S @ adjoint(schur.Z) - here.A) <= 100 * EPS * la.norm(here.A)
    scaled = here.states[:, None] * here.A / here.states * here.unit
    assert la.norm(scaled - both.A) <= 100 * EPS * la.norm(both.A)
    root = np.sqrt(here.unit)
    np.testing.assert_allclose(here.states[:, None] * here.B * root, both.B, rtol=4 * EPS)
    np.testing.assert_allclose(here.C / here.states * root, both.C, rtol=4 * EPS)
    np.testing.assert_allclose(np.sort_complex(both.poles()), np.sort_complex(la.eigvals(both.A)), rtol=1e-9)


def test_a_constant_beside_a_system():
    lag = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    constant = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[0.25]])
    assert difference(lag, constant).dcgain().item() == pytest.approx(0.75)
    assert difference(constant, lag).dcgain().item() == pytest.approx(-0.75)


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("condition", [1.0, 1e9])
def test_a_descriptor_matrix_is_solved_away_once(rng, discrete, condition):
    """Where it was for the coordinates, their Schur form serves; otherwise the explicit system does."""
    system = random_system(rng, 6, 2, 3, discrete=discrete)
    E = np.diag(np.geomspace(1.0, condition, 6)) + np.triu(np.ones((6, 6)), 1)
    system = dln.LinearSystem(E @ system.A, E @ system.B, system.C, system.D, E=E, dt=system.dt)
    explicit, omega = explicit_in_coordinates(system), np.array([0.0, 0.4, 7.0])
    assert explicit.E is None
    if system.coordinates.E is None:
        assert explicit.schur is system.schur
    expected = dln.frequency_response(system, omega)
    assert la.norm(dln.frequency_response(explicit, omega) - expected) <= 1e4 * condition * EPS * la.norm(expected)


@pytest.mark.parametrize("discrete", [False, True])
def test_its_modal_form_is_that_of_both(rng, discrete):
    first, second = (random_system(rng, n, 2, 3, discrete=discrete) for n in (40, 5))
    both, omega = difference(first, second), np.linspace(0, 3, 100)
    assert "modal" in vars(both)
    expected = dln.frequency_response(first, omega) - dln.frequency_response(second, omega)
    points = both.boundary_points(omega) / both.coordinates.unit
    assert la.norm(both.modal.response(points) + both.D - expected) <= 1e4 * EPS * la.norm(expected)
