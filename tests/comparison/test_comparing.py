"""Comparisons with python-control and SLICOT, and between the two notions of balanced."""

import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, OrderError, UnstableSystemError

from ..models import random_system


def test_refusals(rng):
    with pytest.raises(UnstableSystemError):
        dln.compare(([[1.0]], [[1.0]], [[1.0]]))
    with pytest.raises(OrderError):
        dln.compare(random_system(rng, 4, 1, 1), 9)
    with pytest.raises(OrderError):
        dln.compare(([[-1.0]], [[0.0]], [[1.0]]))
    with pytest.raises(InvalidArgumentError, match="one order at a time"):
        dln.compare(random_system(rng, 4, 1, 1), [1, 2])
