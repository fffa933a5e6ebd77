"""States that are kept as they are, the others balanced."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, OrderError, UnstableSystemError

from ..models import random_system


@pytest.mark.parametrize("method", ["truncate", "residualize"])
def test_kept_states_are_states_of_the_reduced_model(rng, method, discrete, descriptor):
    system = random_system(rng, 7, 2, 2, discrete=discrete, descriptor=descriptor)
    model = dln.reduce(system, 4, keep=["x[5]", "x[2]"], method=method)
    assert model.order == 4
    assert model.linear.states == ("x[5]", "x[2]", "z[0]", "z[1]")
    assert model.hsv.size == 5
    assert model.bound is None
    assert np.abs(model.right[[5, 2]] - np.eye(4)[:2]).max() < 1e-15  # x_5 and x_2 are the first two coordinates
    assert np.isfinite(model.error().value)
    if method == "residualize":
        assert model.dc_mismatch <= 1e-10 * np.linalg.norm(system.dcgain())


def test_the_whole_is_got_back(rng):
    system = random_system(rng, 5, 1, 1)
    model = dln.reduce(system, 5, keep=["x[0]"])
    assert model.error().value < 1e-10 * float(dln.hinf_norm(system))


def test_truncation_keeps_the_equations_among_kept_states(rng):
    """Their own block of A, their rows of B and their columns of C are entries of the given matrices."""
    system = random_system(rng, 6, 2, 1)
    model = dln.reduce(system, 3, keep=["x[1]", "x[4]"])
    kept = [1, 4]
    np.testing.assert_allclose(model.linear.A[:2, :2], system.A[np.ix_(kept, kept)], atol=1e-13)
    np.testing.assert_allclose(model.linear.B[:2], system.B[kept], atol=1e-13)
    np.testing.assert_allclose(model.linear.C[:, :2], system.C[:, kept], atol=1e-13)


def test_refusals(rng):
    system = random_system(rng, 4, 1, 1)
    with pytest.raises(InvalidArgumentError, match="name of a state"):
        dln.reduce(system, 2, keep=["speed"])
    with pytest.raises(OrderError, match="kept"):
        dln.reduce(system, 0, keep=["x[0]"])
    with pytest.raises(dln.errors.ToleranceError):
        dln.reduce(system, tol=0.1, keep=["x[0]"])
    with pytest.raises(UnstableSystemError, match="kept by themselves"):
        dln.reduce(([[1.0, 0.0], [0.0, -1.0]], [[1.0], [1.0]], [[1.0, 1.0]]), 1, keep=["x[0]"])
