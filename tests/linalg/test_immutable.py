"""Immutable objects, pickled and copied."""

import copy
import pickle
from functools import cached_property

import numpy as np
import pytest

from dlnbalance.linalg.arrays import frozen
from dlnbalance.linalg.immutable import Immutable


class Pair(Immutable):
    """Two matrices, and something that takes long."""

    def __init__(self, first, others):
        self.first, self.others = frozen(np.array(first)), tuple(frozen(np.array(M)) for M in others)

    @cached_property
    def total(self):
        return self.first.sum() + sum(M.sum() for M in self.others)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
def test_what_it_was_made_of_arrives_read_only_and_caches_stay_behind(copied):
    pair = Pair([1.0, 2.0], [[3.0], [4.0]])
    assert pair.total == 10
    other = copied(pair)
    assert "total" in vars(pair)
    assert "total" not in vars(other)
    assert other.total == 10
    for array in (other.first, *other.others):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
