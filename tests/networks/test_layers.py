"""What is a chain of layers, and what is refused."""

import numpy as np
import pytest

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.networks.network import DeepLinearNetwork

from ..models import (
    random_matrix,
)


@pytest.mark.parametrize(
    "weights, message",
    [
        ([], "weights: expected at least one layer, got an empty sequence"),
        ((), "weights: expected at least one layer"),
        (np.eye(2), "weights: expected a sequence of matrices, got a single matrix"),
        ([np.ones((3, 2)), np.ones((2, 2))], r"weights\[1\]: expected shape \(any, 3\), got shape \(2, 2\)"),
        ([np.eye(2), np.eye(2), np.ones((2, 3))], r"weights\[2\]: expected shape \(any, 2\)"),
        ([np.eye(2), np.array([[1.0, np.nan]])], r"weights\[1\]: expected finite numbers, got NaN"),
        ([np.array([[np.inf]])], r"weights\[0\]: expected finite numbers, got infinite"),
        ([[1.0, 2.0]], r"weights\[0\]: expected a two-dimensional array"),
        ([[["a"]]], r"weights\[0\]: expected a numeric matrix"),
    ],
)
def test_refusals_name_the_layer(weights, message):
    with pytest.raises(InvalidArgumentError, match=f"^{message}"):
        DeepLinearNetwork(weights)


def test_layers_may_come_as_lists_arrays_or_one_stack(rng):
    stack = random_matrix(rng, 3, 12).reshape(3, 3, 4)[:, :, :3]
    for weights in (stack, list(stack), stack.tolist(), iter(stack)):
        assert np.array_equal(DeepLinearNetwork(weights).weights[2], stack[2])
