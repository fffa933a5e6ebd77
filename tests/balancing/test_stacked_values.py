"""Hankel singular values of stacks: those of every system by itself."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, UnstableSystemError

from ..models import random_system


@pytest.mark.parametrize("dt", [0, True, 0.1])
@pytest.mark.parametrize("complex_entries", [False, True])
def test_the_values_of_every_system(rng, complex_entries, dt):
    systems = [random_system(rng, 5, 2, 3, complex_entries=complex_entries, discrete=bool(dt)) for _ in range(9)]
    A, B, C, D = (np.array([getattr(system, name) for system in systems]) for name in "ABCD")
    A[4] = np.diag([-0.5] * 5) + np.diag([0.25] * 4, 1)  # Jordan's block, which has no basis of modes
    values = dln.hankel_singular_values((A, B, C, D, dt))
    assert values.shape == (9, 5)
    for i in range(9):
        expected = dln.hankel_singular_values((A[i], B[i], C[i], D[i], dt))
        assert np.abs(values[i] - expected).max() <= 1e-12 * expected[0]


def test_other_gramians_and_empty_stacks(rng):
    A, B = np.array([[[1.0]], [[-1.0]]]), np.ones((2, 1, 1))
    expected = [dln.hankel_singular_values((a, b, b), gramians=dln.Coprime()) for a, b in zip(A, B, strict=True)]
    assert dln.hankel_singular_values((A, B, B), gramians=dln.Coprime()) == pytest.approx(np.array(expected))
    assert dln.hankel_singular_values((A[:0], B[:0], B[:0])).shape == (0, 1)
    assert dln.hankel_singular_values((np.zeros((2, 0, 0)), np.zeros((2, 0, 1)), np.zeros((2, 1, 0)))).shape == (2, 0)


def test_the_system_that_is_refused_is_named():
    A, B = np.array([[[-1.0]], [[1.0]]]), np.ones((2, 1, 1))
    with pytest.raises(UnstableSystemError) as caught:
        dln.hankel_singular_values((A, B, B))
    assert caught.value.__notes__ == ["system 1 of the stack"]


@pytest.mark.parametrize(
    "stack",
    [
        (np.zeros((2, 1, 1)), np.ones((3, 1, 1)), np.ones((2, 1, 1))),
        (np.zeros((2, 2, 1)), np.ones((2, 2, 1)), np.ones((2, 1, 2))),
        (np.zeros((2, 1, 1)), np.ones((2, 1, 0)), np.ones((2, 1, 1))),
        (np.zeros((2, 1, 1)), np.ones((2, 1)), np.ones((2, 1, 1))),
        (np.full((2, 1, 1), np.nan), np.ones((2, 1, 1)), np.ones((2, 1, 1))),
        (np.zeros((2, 1, 1)), np.full((2, 1, 1), "a"), np.ones((2, 1, 1))),
        (np.zeros((2, 1, 1)), np.ones((2, 1, 1)), np.ones((2, 1, 1)), None, -1.0),
        (np.zeros((2, 1, 1)), np.ones((2, 1, 1)), np.ones((2, 1, 1)), None, None),
        (np.zeros((2, 1, 1)),) * 6,
    ],
)
def test_stacks_that_are_none_are_refused(stack):
    with pytest.raises(InvalidArgumentError):
        dln.hankel_singular_values(stack)
