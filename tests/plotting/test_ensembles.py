"""Sweeps and ensembles: what each picture shows of many results."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.networks.langevin import weight_langevin
from dlnbalance.plotting import langevin, sweep

from ..models import random_network, random_system
from .curves import lines


def test_a_sweep_shows_orders_bounds_errors_and_failures(rng):
    systems = [random_system(rng, 5, 1, 1) for _ in range(3)]
    bad = dln.LinearSystem([[1.0]], [[1.0]], [[1.0]])
    results = dln.reduce_many([*systems, bad], order=2, unstable="refuse")
    for model in results:
        if model is not None:
            model.error()
    upper, lower = sweep(results)
    assert lines(upper)["order"].get_ydata().tolist() == [2, 2, 2]
    assert lines(upper)["failed (1)"].get_xdata().tolist() == [3]
    assert lines(lower)["proved bound"].get_ydata().tolist() == [model.bound for model in results.models[:3]]
    assert lines(lower)["measured error"].get_ydata().tolist() == [model.error().value for model in results.models[:3]]


def test_a_sweep_without_models_is_refused():
    failed = dln.reduce_many([dln.LinearSystem([[1.0]], [[1.0]], [[1.0]])], order=0, unstable="refuse")
    with pytest.raises(InvalidArgumentError, match="results"):
        sweep(failed)


def test_an_ensemble_shows_the_mean_of_the_singular_values(rng):
    path = weight_langevin(
        random_network(rng, (2, 2, 2)), lambda X: X, kappa=0.1, beta=9.0, dt=0.01, steps=5, copies=4, rng=0
    )
    [axes] = langevin(path)
    values = np.linalg.svd(path.end_to_end, compute_uv=False).mean(axis=1)
    assert np.allclose([line.get_ydata() for line in axes.lines], values.T)
