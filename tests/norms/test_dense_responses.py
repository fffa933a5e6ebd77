"""Responses by the modal form against those by the Schur form, and where the Schur form has to decide."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.signal

import dlnbalance as dln
from dlnbalance.norms import dense_responses
from dlnbalance.norms.accuracy import rounding_at
from dlnbalance.norms.dense_responses import dense_response

from ..models import random_system


def by_schur_form(system, omega, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(dense_responses, "_FEW", omega.size)
        return dense_response(system, omega)


def many(system):
    omega = np.linspace(0.0, np.pi / system.sampling_time, 201) if system.is_discrete else np.geomspace(1e-2, 1e2, 201)
    return np.concatenate([-omega, omega]) if system.is_complex else omega


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("descriptor", [False, True])
@pytest.mark.parametrize("size", [1, 6, 70])
def test_both_ways_agree_within_rounding(rng, monkeypatch, complex_entries, discrete, descriptor, size):
    system = random_system(
        rng, size, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor, feedthrough=False
    )
    omega = many(system)
    difference = dense_response(system, omega) - by_schur_form(system, omega, monkeypatch)
    assert (la.norm(difference, axis=(1, 2)) <= 4 * rounding_at(system, omega)).all()


@pytest.mark.parametrize(
    "system",
    [
        dln.LinearSystem(-np.eye(5) + np.eye(5, k=-1), np.eye(5)[:, :1], np.eye(5)[-1:]),
        dln.LinearSystem(*scipy.signal.tf2ss(*scipy.signal.butter(8, 0.05)), dt=1.0),
        dln.LinearSystem(la.companion(np.poly(-np.arange(1.0, 13.0))), np.eye(12)[:, :1], np.ones((1, 12))),
    ],
    ids=["chain", "filter", "companion"],
)
def test_nearly_dependent_eigenvectors_are_left_alone(system, monkeypatch):
    omega = many(system)
    expected = by_schur_form(system, omega, monkeypatch)
    assert (la.norm(dense_response(system, omega) - expected, axis=(1, 2)) <= 2 * rounding_at(system, omega)).all()


def test_rates_that_are_many_decades_apart(rng, monkeypatch):
    rates = 10.0 ** rng.uniform(-8, 8, 12)
    system = dln.LinearSystem(-np.diag(rates), np.sqrt(rates)[:, None], np.sqrt(rates)[None, :])
    omega = np.geomspace(1e-9, 1e9, 200)
    expected = (rates / (1j * omega[:, None] + rates)).sum(axis=1)
    np.testing.assert_allclose(dense_response(system, omega).ravel(), expected, rtol=1e-14)


def test_undamped_resonances(monkeypatch):
    """Next to a pole on the axis the Schur form decides, at the pole there is no answer."""
    oscillator = dln.LinearSystem([[0.0, 1.0], [-4.0, 0.0]], [[0.0], [1.0]], [[1.0, 0.0]])
    omega = np.append(np.linspace(0, 3, 101), 2 + 1e-13)
    response = dense_response(oscillator, omega)
    np.testing.assert_array_equal(response[-1], by_schur_form(oscillator, omega[-1:], monkeypatch)[0])
    np.testing.assert_allclose(response[:-1].ravel(), 1 / (4 - omega[:-1] ** 2), rtol=1e-12)
    with pytest.raises(dln.errors.NumericalError, match="at the frequency 2"):
        dln.frequency_response(oscillator, np.append(omega, 2.0))


def test_memory_is_bounded_by_the_result(rng, monkeypatch):
    """Small batches, with residues and without."""
    system = random_system(rng, 30, 3, 2, feedthrough=False)
    for omega in (np.linspace(0, 4, 70), np.linspace(0, 4, 70)[:66]):
        whole = dense_response(system, omega)
        with monkeypatch.context() as patched:
            patched.setattr(dln.linalg.modal_forms, "_NUMBERS_IN_MEMORY", 100)
            np.testing.assert_allclose(dense_response(system, omega), whole, rtol=1e-12)
