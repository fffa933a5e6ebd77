"""Models in files, and assertions about them."""

import numpy as np
import pytest
import scipy.io

from dlnbalance.errors import FileFormatError
from dlnbalance.files.models import load
from dlnbalance.linalg.arrays import dense, is_sparse
from dlnbalance.networks.network import DeepLinearNetwork

FORMATS = [".mat", ".npz", ".mtx"]


def assert_same(first, second):
    """Assert that two models are equal to the last bit, in storage, time base and names."""
    assert type(first) is type(second)
    if isinstance(first, DeepLinearNetwork):
        assert first.depth == second.depth
        for weight, other in zip(first.weights, second.weights, strict=True):
            assert_same_matrix(weight, other)
        return
    for letter in "ABCDE":
        assert_same_matrix(getattr(first, letter), getattr(second, letter))
    assert (first.dt is True) is (second.dt is True)
    for key in ("dt", "inputs", "outputs", "states", "name"):
        assert getattr(first, key) == getattr(second, key)


def assert_same_matrix(first, second):
    if first is None or second is None:
        assert first is second
        return
    assert is_sparse(first) is is_sparse(second)
    assert first.dtype == second.dtype
    assert np.array_equal(dense(first), dense(second))


def files(folder):
    """Names and contents of all that a folder holds."""
    return {entry.name: entry.read_bytes() for entry in folder.iterdir()}


def refused(path, *fragments):
    """Assert that a file is refused with an error that names it, and that its text has the fragments."""
    with pytest.raises(FileFormatError) as caught:
        load(path)
    assert caught.value.argument == str(path)
    assert caught.value.remedy
    for fragment in fragments:
        assert fragment in str(caught.value)
    return caught.value


def matlab(path, **variables):
    scipy.io.savemat(path, variables)
    return path


def numpy_archive(path, **arrays):
    np.savez(path, **arrays)
    return path
