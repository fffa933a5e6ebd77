"""Errors between weights: published values, and the bound of Wang, Sreeram and Liu."""

import pickle

import control
import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.reduction.weighted_model import WeightedReducedModel

from ..models import random_system


def test_varga_and_anderson_2001_first_example():
    """Singular perturbation approximation of order 1, (2.398 s + 1.739)/(s + 1.739), error 0.0855 (CDC 2001)."""
    G = control.tf([8, 6, 2], [1, 4, 5, 2])
    kind = dln.Weighted(input=control.tf(1, [1, 3]), output=control.tf(1, [1, 4]))
    model = dln.reduce(G, 1, gramians=kind, method="residualize")
    assert float(model.error()) == pytest.approx(0.0855, abs=5e-5)
    assert isinstance(model.system, control.TransferFunction)
    np.testing.assert_allclose(model.system.num[0][0], [2.398, 1.739], atol=6e-4)
    np.testing.assert_allclose(model.system.den[0][0], [1, 1.739], atol=6e-4)


@pytest.mark.parametrize("method, errors", [("truncate", [2.12, 0.265, 0.112]), ("residualize", [1.405, 0.25, 0.065])])
def test_varga_and_anderson_2001_third_example(method, errors):
    """Their own combination is a little better for some orders; the figures agree to a percent."""
    A = np.diag([-1.0, -2.0, -3.0, -4.0])
    B = np.array([[0, 5], [1 / 2, -3 / 2], [1, -5], [-1 / 2, 1 / 6]])
    C = np.array([[1, 0, 1, 0], [4 / 15, 1, 0, 1]])
    weight = dln.LinearSystem(-4.5 * np.eye(2), 3 * np.eye(2), 1.5 * np.eye(2), np.eye(2))
    kind = dln.Weighted(input=weight, output=weight)
    found = [float(m.error()) for m in dln.reduce(dln.LinearSystem(A, B, C), [1, 2, 3], gramians=kind, method=method)]
    np.testing.assert_allclose(found, errors, rtol=0.011)


@pytest.mark.parametrize("method", ["truncate", "residualize"])
@pytest.mark.parametrize("sides", [("input",), ("output",), ("input", "output")])
def test_wang_sreeram_and_liu_theorem_3(rng, complex_entries, discrete, sides, method):
    """‖W(G − G_r)V‖_∞ ≤ 2 ‖WL‖_∞ ‖KV‖_∞ Σ_{i>r} σ_i."""
    for _ in range(3):
        entries = {"complex_entries": complex_entries, "discrete": discrete}
        system = random_system(rng, 8, 2, 3, **entries)
        weights = {"input": random_system(rng, 3, 2, 2, **entries), "output": random_system(rng, 2, 3, 2, **entries)}
        kind = dln.Weighted(**{side: weights[side] for side in sides}, combination="wang")
        for model in dln.reduce(system, [2, 5], gramians=kind, method=method):
            assert isinstance(model, WeightedReducedModel)
            assert model.stable
            assert 0 == model.lower_bound <= float(model.error()) <= model.bound


@pytest.mark.parametrize("combination", ["enns", "lin-chiu", 0.3, ("wang", "enns")])
def test_other_combinations_prove_nothing(rng, combination):
    system, weight = random_system(rng, 6, 1, 1), random_system(rng, 2, 1, 1)
    kind = dln.Weighted(input=weight, output=weight, combination=combination)
    model = dln.reduce(system, 3, gramians=kind)
    assert model.bound is None
    assert model.lower_bound is None
    assert "weighted H∞ error: no bound" in repr(model)
    with pytest.raises(dln.errors.ToleranceError, match="order="):
        dln.reduce(system, rtol=0.1, gramians=kind)


def test_the_error_is_the_one_between_the_weights(rng, discrete):
    system, W = random_system(rng, 6, 2, 2, discrete=discrete), random_system(rng, 2, 2, 2, discrete=discrete)
    model = dln.reduce(system, 3, gramians=dln.Weighted(output=W))
    assert float(model.error()) == pytest.approx(float(dln.hinf_norm(W * (system - model.linear))), rel=1e-9)
    assert model.error_name == "weighted H∞ error"
    assert float(pickle.loads(pickle.dumps(model)).error()) == pytest.approx(float(model.error()))


def test_unstable_poles_are_kept_beside_the_weighted_rest(rng):
    system = random_system(rng, 5, 1, 1) + dln.LinearSystem([[2.0]], [[1.0]], [[1.0]])
    model = dln.reduce(system, 3, gramians=dln.Weighted(input=random_system(rng, 2, 1, 1)))
    np.testing.assert_allclose(model.kept.poles.real, [2.0], rtol=1e-12)
    assert np.isfinite(float(model.error()))
