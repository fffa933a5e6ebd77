"""Proofs by intervals against closed forms, fine grids and level sets."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.norms import interval_proofs
from dlnbalance.norms.gain_curves import GainCurve
from dlnbalance.norms.interval_proofs import IntervalProof
from dlnbalance.norms.peaks import proved_gain

from ..models import random_system
from .models import lightly_damped


def proof_of(system):
    return IntervalProof(system, system.modal)


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 2)])
@pytest.mark.parametrize("feedthrough", [False, True])
def test_levels_above_the_peak_are_empty_and_those_below_are_not(rng, discrete, complex_entries, shape, feedthrough):
    p, m = shape
    system = random_system(rng, 7, m, p, discrete=discrete, complex_entries=complex_entries, feedthrough=feedthrough)
    peak, curve, proof = dln.hinf_norm(system), GainCurve(system), proof_of(system)
    for excess in (1e-9, 1e-3):
        found = proof((1 + excess) * peak.value, peak.frequency)
        assert found is None or found.size == 0
    for below in (0.3, 1e-6):
        found = proof((1 - below) * peak.value, peak.frequency)
        assert found is None or curve.gains(found).max() > (1 - below) * peak.value


@pytest.mark.parametrize("discrete", [False, True])
def test_the_higher_of_two_sharp_peaks_is_found_from_the_lower(rng, discrete):
    """Peaks a hundred thousand times as sharp as the interval between them is long."""
    system = lightly_damped(1e-5, [0.7, 20.0], rng, discrete=discrete)
    gains = {omega: dln.norms.largest_gains(dln.frequency_response(system, [omega])).item() for omega in (0.7, 20.0)}
    lower = min(gains, key=gains.get)
    found = proof_of(system)(1.01 * gains[lower], lower)
    assert found is not None
    assert GainCurve(system).gains(found).max() > 1.01 * gains[lower]


@pytest.mark.parametrize("discrete", [False, True])
def test_bounds_of_derivatives_hold_on_their_intervals(rng, discrete):
    """Whatever is declared to be below a level is so at a hundred points."""
    system = random_system(rng, 6, 2, 2, discrete=discrete)
    proof, curve = proof_of(system), GainCurve(system)
    centers, widths = np.linspace(0.1, 3.0, 200), 10.0 ** np.linspace(-4, -1, 200)
    for level in np.quantile(curve.gains(curve.unit * centers), [0.3, 0.7, 0.95]):
        gains, lower, _ = proof._compared(level, centers, widths)
        np.testing.assert_allclose(gains, curve.gains(curve.unit * centers), rtol=1e-11)
        assert lower.any()
        assert not lower.all()
        for center, width in zip(centers[lower], widths[lower], strict=True):
            inside = center + width * np.linspace(-1, 1, 101)
            assert curve.gains(curve.unit * inside).max() <= level * (1 + 1e-12)


@pytest.mark.parametrize("discrete", [False, True])
def test_derivatives_along_the_boundary(rng, discrete):
    """Against central differences, all four orders (the last as a bound)."""
    system = random_system(rng, 3, 1, 1, discrete=discrete)
    proof, theta, h = proof_of(system), 0.6, 1e-3

    def derivatives(angle):
        points = np.exp(1j * angle) if discrete else 1j * angle
        return np.array([G.item() for G in proof._derivatives(points, 1 / (points[:, None] - system.modal.poles))])

    here, above, below = (derivatives(np.array([theta + step])) for step in (0, h, -h))
    np.testing.assert_allclose(here[1:], ((above - below) / (2 * h))[:-1], rtol=1e-3)
    points = np.exp(1j * theta) if discrete else 1j * theta
    remainder = proof._remainder(1 / np.abs(np.array([[points]]) - system.modal.poles))
    assert abs((above - below)[-1] / (2 * h)) <= 1.01 * remainder.item()


def test_gains_that_rounding_decides_are_left_undecided():
    """A response that is a difference of two large ones, and a feedthrough that is the peak."""
    A, B = np.diag([-1.0, -1.0 - 1e-9]), np.ones((2, 1))
    cancelling = dln.LinearSystem(A, B, np.array([[1e3, -1e3]]))
    assert proof_of(cancelling)(2e-6, 0.0) is None  # twice its peak, at zero
    assert proof_of(dln.LinearSystem([[-1.0]], [[-1.0]], [[1.0]], [[2.0]]))(2.0, np.inf) is None


def test_few_intervals_leave_it_undecided(rng, monkeypatch):
    system = random_system(rng, 20, 2, 2)
    peak = dln.hinf_norm(system)
    monkeypatch.setattr(interval_proofs, "_INTERVALS", 0)
    monkeypatch.setattr(interval_proofs, "_FURTHER", 0)
    assert proof_of(system)(1.1 * peak.value, peak.frequency) is None


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("descriptor", [False, True])
def test_proved_gains_are_those_of_level_sets(rng, discrete, descriptor, monkeypatch):
    system = random_system(rng, 45, 2, 3, discrete=discrete, descriptor=descriptor)
    proved = proved_gain(system)
    assert proved is not None
    monkeypatch.setattr(dln.norms.gain_curves, "MODAL_ORDER", 1000)
    assert proved_gain(system) is None
    searched = dln.hinf_norm(system)
    assert proved.value == pytest.approx(searched.value, rel=1e-12, abs=0)
    assert proved.frequency == pytest.approx(searched.frequency, rel=1e-6)


def test_models_without_modal_form_go_by_level_sets():
    n = 41
    chain = dln.LinearSystem(-np.eye(n) + np.eye(n, k=-1), np.eye(n)[:, :1], np.eye(n)[-1:])
    assert chain.modal is None
    assert dln.hinf_norm(chain).value == pytest.approx(1.0, rel=1e-9)


def test_a_wrong_modal_form_is_not_believed(rng):
    system = random_system(rng, 45, 2, 2)
    searched = dln.hinf_norm(system)
    form = system.modal
    vars(system)["modal"] = form._replace(outputs=0.5 * form.outputs)
    assert proved_gain(system) is None
    assert dln.hinf_norm(system).value == pytest.approx(searched.value, rel=1e-9)
    assert la.norm(form.poles) > 0
