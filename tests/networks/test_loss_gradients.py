"""Gradients of the layers against difference quotients, stack by stack; values of a caller's function."""

import numpy as np
import pytest

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.networks.loss_gradients import checked_gradient, layer_gradients

from ..models import inner, random_matrix, random_weights


@pytest.mark.parametrize("widths", [(3, 2), (2, 4, 3), (3, 5, 1, 4, 2)])
def test_gradients_represent_the_derivative_of_the_loss(rng, widths, complex_entries):
    layers = random_weights(rng, widths, complex_entries=complex_entries)
    direction = random_weights(rng, widths, complex_entries=complex_entries)
    target = random_matrix(rng, widths[-1], widths[0], complex_entries=complex_entries)

    def loss(t):
        X = np.eye(widths[0])
        for layer, step in zip(layers, direction, strict=True):
            X = (layer + t * step) @ X
        return 0.5 * np.linalg.norm(X - target) ** 2

    slopes = layer_gradients(layers, lambda X: X - target)
    h = 1e-5
    assert inner(slopes, direction) == pytest.approx((loss(h) - loss(-h)) / (2 * h), rel=1e-7)


def test_stacks_are_treated_one_by_one(rng, complex_entries):
    samples = [random_weights(rng, (3, 2, 4), complex_entries=complex_entries) for _ in range(5)]
    stacks = [np.stack(layers) for layers in zip(*samples, strict=True)]
    together = layer_gradients(stacks, lambda X: X**3)
    for k, layers in enumerate(samples):
        for one, all_of_them in zip(layer_gradients(layers, lambda X: X**3), together, strict=True):
            np.testing.assert_allclose(all_of_them[k], one, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("gradient", [lambda X: X[0], lambda X: X > 0, lambda X: 1j * X, lambda X: X.astype(str)])
@pytest.mark.parametrize("stacked", [False, True])
def test_values_of_other_shapes_and_kinds_are_refused(gradient, stacked):
    with pytest.raises(InvalidArgumentError, match=r"^gradient: "):
        checked_gradient(gradient, stacked=stacked)(np.ones((2, 2)))


def test_infinite_values_are_refused_unless_one_of_many():
    X = np.ones((1, 1))
    with pytest.raises(InvalidArgumentError, match="finite"):
        checked_gradient(lambda X: X * np.inf)(X)
    assert np.isinf(checked_gradient(lambda X: X * np.inf, stacked=True)(X[None])).all()


def test_what_is_no_function_is_refused_at_once():
    with pytest.raises(InvalidArgumentError, match=r"^gradient: "):
        checked_gradient(np.eye(2))
