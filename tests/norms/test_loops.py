"""Stability margins of loops: closed forms, and what the theory says of plants near by."""

import control
import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.norms.loops import Loop, stability_margin

from ..models import random_system


def test_constant_gains():
    """‖(1; k)(1 − gk)⁻¹(1, g)‖ = √(1 + k²) √(1 + g²)/|1 − gk|."""
    g, k = 0.7, -1.3
    expected = abs(1 - g * k) / np.hypot(1, k) / np.hypot(1, g)
    G, K = dln.LinearSystem.static(g, dt=0), dln.LinearSystem.static(k, dt=0)
    assert stability_margin(G, K, sign=1) == pytest.approx(expected, rel=1e-12)
    assert stability_margin(G, -K, sign=-1) == pytest.approx(expected, rel=1e-12)


def test_by_frequencies(rng, complex_entries, discrete):
    entries = {"complex_entries": complex_entries, "discrete": discrete}
    G, K = random_system(rng, 4, 2, 3, **entries), 0.01 * random_system(rng, 3, 3, 2, **entries)
    loop = Loop(G, K)
    assert loop.stable
    omega = np.linspace(-np.pi / 0.1, np.pi / 0.1, 400) if discrete else np.linspace(-50, 50, 400)
    responses = [dln.frequency_response(s, omega) for s in (G, K, loop.closed, loop.sensitivity, loop.disturbed)]
    for g, k, closed, sensitivity, disturbed in zip(*responses, strict=True):
        S = np.linalg.inv(np.eye(3) + g @ k)
        both = np.vstack([np.eye(3), k]) @ S
        np.testing.assert_allclose(closed, np.hstack([both, both @ g]), atol=1e-9)
        np.testing.assert_allclose(sensitivity, S, atol=1e-9)
        np.testing.assert_allclose(disturbed, S @ g, atol=1e-9)
    assert loop.margin <= 1 / np.linalg.norm(responses[2], 2, axis=(1, 2)).max() + 1e-9


def test_the_loop_of_an_unstable_plant_against_its_characteristic_polynomial():
    G, K = control.tf([1, 3], [1, -1, 2]), control.tf([5, 1], [1, 4])
    poles = Loop(dln.as_system(G), dln.as_system(K)).closed.poles()
    polynomial = np.polyadd(np.polymul([1, -1, 2], [1, 4]), np.polymul([1, 3], [5, 1]))
    np.testing.assert_allclose(np.sort_complex(poles), np.sort_complex(np.roots(polynomial)), atol=1e-9)


def test_plants_nearer_than_the_margin_are_stabilized(rng):
    """δ_ν(G, G') < b_{G,K} implies that K stabilizes G' (Vinnicombe 1993, Theorem 4.5)."""
    G, K = dln.LinearSystem(1, 1, 1), dln.LinearSystem.static(2.5)
    margin, nearer, farther = stability_margin(G, K), 0, 0
    for pole, gain in rng.uniform([-2, 0.2], [6, 3], (200, 2)):
        other = dln.LinearSystem(pole, gain, 1)
        if float(dln.nu_gap(G, other)) < margin:
            assert Loop(other, K).stable
            nearer += 1
        else:
            farther += not Loop(other, K).stable
    assert nearer > 20
    assert farther > 0


def test_a_loop_that_is_not_stable_has_no_margin():
    assert stability_margin(dln.LinearSystem(1, 1, 1), dln.LinearSystem.static(0.5)) == 0.0


def test_what_does_not_fit_is_refused():
    plant = dln.LinearSystem(1, 1, 1)
    for bad, words in [
        (dln.LinearSystem.static(np.ones((2, 2))), "controller: expected 1 inputs and 1 outputs"),
        (dln.LinearSystem(0.5, 1, 1, dt=0.1), "dt"),
    ]:
        with pytest.raises(dln.errors.InvalidArgumentError, match=words):
            stability_margin(plant, bad)
    with pytest.raises(dln.errors.InvalidArgumentError, match="sign"):
        stability_margin(plant, dln.LinearSystem.static(3.0), sign=0)
