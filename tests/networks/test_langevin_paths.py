"""Records, seeds and arguments of ensembles of Langevin paths."""

import math

import numpy as np
import pytest

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.networks.langevin import LangevinPath, weight_langevin
from dlnbalance.networks.network import DeepLinearNetwork

from ..models import random_network
from .simulations import simulate


def test_path_records_every_so_many_steps(rng):
    network = random_network(rng, (2, 3, 1))
    settings = {"kappa": 0.1, "beta": 10.0, "dt": 0.1, "steps": 6, "copies": 4}
    fine = weight_langevin(network, lambda X: X, rng=np.random.default_rng(4), **settings)
    coarse = weight_langevin(network, lambda X: X, every=3, rng=4, **settings)
    np.testing.assert_allclose(coarse.times, [0, 0.3, 0.6])
    assert [weight.shape for weight in coarse.weights] == [(3, 4, 3, 2), (3, 4, 1, 3)]
    for every, third in zip(fine.weights, coarse.weights, strict=True):
        np.testing.assert_allclose(every[::3], third, rtol=1e-12, atol=1e-14)
    assert coarse.copies == 4
    np.testing.assert_allclose(coarse.network(0, 2).end_to_end, network.end_to_end, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(coarse.network(1, 2).end_to_end, coarse.end_to_end[1, 2])
    assert isinstance(coarse, LangevinPath)
    assert repr(coarse) == "LangevinPath(4 paths, 3 records up to time 0.6; widths 2 → 3 → 1)"
    with pytest.raises(ValueError, match="read-only"):
        coarse.weights[0][0] = 0


def test_one_complex_layer_makes_the_process_complex():
    start = DeepLinearNetwork([[[1.0]], [[1.0j]]])
    path = weight_langevin(start, lambda X: X, kappa=0.0, beta=1.0, dt=0.1, steps=1, rng=0)
    assert all(np.iscomplexobj(weight) for weight in path.weights)


@pytest.mark.parametrize("kind", ["matrices", "weights"])
@pytest.mark.parametrize(
    "argument, value",
    [
        *(("beta", value) for value in (-1.0, 0.0, math.nan, True, "1", None)),
        *(("dt", value) for value in (-1.0, 0.0, math.inf, math.nan, True)),
        *((name, value) for name in ("steps", "every", "copies") for value in (0, -1, 2.0, True, None)),
        ("every", 3),
        ("rng", "seed"),
        ("rng", -1),
        *(("gradient", value) for value in (None, np.eye(2), 1.0)),
        ("gradient", lambda X: X[0]),
        ("gradient", lambda X: 1j * X),
        ("gradient", lambda X: X > 0),
    ],
)
def test_bad_arguments_are_refused(kind, argument, value):
    with pytest.raises(InvalidArgumentError, match=f"^{argument}: "):
        simulate(kind, **{argument: value})


@pytest.mark.parametrize("kind", ["matrices", "weights"])
def test_a_step_that_is_too_long_is_refused(kind):
    with pytest.raises(NumericalError, match=r"^dt: .* step \d+; take a shorter time step"):
        simulate(kind, lambda X: X**3, dt=10.0, steps=100)
