"""Gramians of shifted poles: the bound holds on the line, poles stay on their side, unstable systems have some."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, UnstableSystemError
from dlnbalance.gramians.kinds import named
from dlnbalance.gramians.shifted import shifted_system

from ..limited import gramians
from ..models import assert_small, grid_system, random_system


def test_the_equations(rng, complex_entries, discrete, descriptor):
    options = {"complex_entries": complex_entries, "discrete": discrete, "descriptor": descriptor}
    system = random_system(rng, 6, 2, 3, **options)
    A, B, C, _, _ = system.to_tuple()
    alpha, weight = (0.3, np.exp(0.03)) if discrete else (0.03, 1.0)
    P, Q = gramians(dln.Shifted(alpha)(system))
    if discrete:
        residuals = [weight**2 * (M @ X @ M.conj().T) - X for M, X in ((A, P), (A.conj().T, Q))]
    else:
        moved = A + alpha * np.eye(6)
        residuals = [M @ X + X @ M.conj().T for M, X in ((moved, P), (moved.conj().T, Q))]
    # in discrete time e^{α dt} is divided between inputs and outputs
    assert_small(la.norm(residuals[0] + weight * B @ B.conj().T), la.norm(P) + la.norm(B) ** 2, 1e3)
    assert_small(la.norm(residuals[1] + weight * C.conj().T @ C), la.norm(Q) + la.norm(C) ** 2, 1e3)


def test_the_bound_holds_on_the_line(rng, complex_entries, discrete):
    for _ in range(5):
        system = random_system(rng, 8, 2, 2, complex_entries=complex_entries, discrete=discrete)
        for alpha in (0.02, 0.0, -1.0):
            for model in dln.reduce(system, [2, 5], gramians=dln.Shifted(alpha)):
                error = float(model.error())
                assert model.lower_bound <= error * (1 + 1e-9) + model.accuracy_floor
                assert error <= model.bound * (1 + 1e-9) + model.accuracy_floor
                step = system.sampling_time
                omega = np.linspace(-3, 3, 7)
                points = np.exp((1j * omega - alpha) * step) if step else 1j * omega - alpha
                gains = [la.norm(system(z) - model.system(z), 2) for z in points]
                assert max(gains) <= error * (1 + 1e-9)


def test_poles_keep_their_distance(rng):
    system = dln.examples.get("heat-rod")
    alpha = 0.9 * np.abs(system.poles().real).min()
    model = dln.reduce(system, 3, gramians=dln.Shifted(alpha))
    assert model.system.poles().real.max() < -alpha
    [kept] = model.preserved
    assert kept.holds
    assert "rate of decay" in repr(model)
    assert float(dln.hinf_norm(system - model.system)) <= model.bound  # by the maximum principle


def test_unstable_systems(rng):
    system = dln.LinearSystem(np.diag([1.0, 0.0, -2.0, -3.0]), np.ones((4, 1)), np.ones((1, 4)))
    model = dln.reduce(system, 3, gramians=dln.Shifted(-1.5))
    assert model.kept is None
    assert float(model.error()) <= model.bound
    assert not model.stable
    with pytest.raises(UnstableSystemError):
        dln.Shifted(-1.0)(system)


def test_large_sparse_systems_take_low_rank_factors(rng, monkeypatch):
    system = grid_system(rng)
    wanted = dln.Shifted(1.0)(system).singular_values
    monkeypatch.setattr(dln.LinearSystem, "is_large", property(lambda self: self.is_sparse))
    found = dln.Shifted(1.0).solve(system)
    assert "low rank" in found.how
    assert not found.complete
    assert np.abs(found.network.singular_values[:5] - wanted[:5]).max() < 1e-9 * wanted[0]


def test_zero_is_lyapunov(rng, discrete):
    system = random_system(rng, 5, 1, 1, discrete=discrete)
    first, second = dln.Shifted(0)(system).singular_values, dln.Lyapunov()(system).singular_values
    assert_small(la.norm(first - second), second[0], 10)


def test_refusals():
    with pytest.raises(InvalidArgumentError, match="at most 700"):
        shifted_system(dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=1.0), 1e3)
    assert named("shifted:alpha=0.5") == dln.Shifted(0.5)
