"""Norms of large sparse systems, against fine sweeps and dense computations."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.norms.accuracy import rounding_at
from dlnbalance.norms.frequencies import telling_frequencies
from dlnbalance.norms.large import confirmed_peak, full_projection, projected_accuracy_floor

from ..models import grid_system


def test_peak_of_a_large_system_against_a_fine_sweep():
    system = dln.examples.penzl_fom(2000)
    peak = dln.hinf_norm(system)
    omega = np.concatenate([np.linspace(95, 105, 201), np.linspace(195, 205, 201), [0.0]])
    sweep = np.abs(dln.frequency_response(system, omega)).max()
    assert sweep * (1 - 1e-9) <= peak.value <= sweep * (1 + 1e-3)
    assert peak.uncertainty <= 1e-6 * peak.value


@pytest.mark.parametrize("discrete", [False, True])
def test_a_model_of_all_singular_triples_has_the_response(rng, discrete):
    system = grid_system(rng, discrete=discrete, descriptor=True)
    model = full_projection(system, dln.LowRank(tol=1e-12)(system))
    assert model.nstates < system.nstates
    omega = np.linspace(0, 30, 7)
    exact = dln.frequency_response(system, omega)
    assert np.abs(dln.frequency_response(model, omega) - exact).max() <= 1e-8 * np.abs(exact).max()


def test_the_peak_is_one_of_the_response_and_the_doubt_covers_a_model_that_errs():
    """The model has the gain 1 at its peak, and the response 10% more everywhere."""
    model = dln.LinearSystem([[0.0, 1.0], [-1.0, -0.2]], [[0.0], [0.2]], [[0.0, 1.0]])
    peak = confirmed_peak(lambda omega: 1.1 * dln.frequency_response(model, omega), model)
    assert peak.value == pytest.approx(1.1, rel=1e-9)
    assert peak.frequency == pytest.approx(1.0, rel=1e-6)
    assert peak.uncertainty == pytest.approx(0.0, abs=1e-6)
    low = confirmed_peak(lambda omega: 0.9 * dln.frequency_response(model, omega), model)
    assert low.value == pytest.approx(0.9, rel=1e-9)
    assert low.value + low.uncertainty == pytest.approx(1.1, rel=1e-6)


def test_the_accuracy_floor_by_projection_is_that_of_the_norms_of_the_resolvent(rng):
    """Against eps (‖A‖ ‖C(zE − A)⁻¹‖ ‖(zE − A)⁻¹B‖), with everything dense, at the same frequencies."""
    system = grid_system(rng)
    found = projected_accuracy_floor(system, dln.LowRank(tol=1e-12)(system))
    A, size = system.A.toarray(), la.norm(system.A.toarray(), 2)
    products = []
    for omega in telling_frequencies(system):
        inverse = la.inv(1j * omega * np.eye(81) - A)
        products.append((size + omega) * la.norm(inverse @ system.B) * la.norm(system.C @ inverse))
    assert found == pytest.approx(np.finfo(float).eps * max(products), rel=0.5)
    assert rounding_at(system, np.zeros(1))[0] <= 10 * found
