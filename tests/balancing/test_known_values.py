"""Which way Hankel singular values are computed, and what is said about them."""

import numpy as np
import pytest
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.balancing.known_values import known_values, plain_values
from dlnbalance.errors import InvalidArgumentError, UnstableSystemError
from dlnbalance.examples import convection_diffusion
from dlnbalance.structured.linear import LinearModel

from ..forty_digits import hankel_values
from ..models import random_matrix, random_system

ONES = np.ones((10, 1)), np.ones((1, 10))


@pytest.mark.parametrize("gramians", [dln.Automatic(), dln.Lyapunov()])
def test_diagonal_systems_have_small_values_to_all_their_digits(gramians):
    system = dln.LinearSystem(np.diag(-np.arange(1.0, 11)), *ONES)
    plain = dln.hankel_singular_values(system, gramians=gramians)
    exact = hankel_values(system, 100)
    assert type(plain) is np.ndarray
    assert not plain.flags.writeable
    np.testing.assert_allclose(plain, exact, rtol=1e-13)
    known = dln.hankel_singular_values(system, gramians=gramians, digits=True)
    np.testing.assert_array_equal(known.values, plain)
    assert known.digits.min() >= 12
    rooted = dln.Lyapunov()(system).singular_values
    assert np.abs(rooted / exact - 1).max() > 1e-9  # what the square-root method is up to


def test_real_pairs_of_modes(rng):
    blocks = [np.array([[-1e-6 * w, w], [-w, -1e-6 * w]]) for w in (1.0, 2.0, 5.0)]
    A = np.zeros((7, 7))
    for k, block in enumerate(blocks):
        A[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = block
    A[6, 6] = -1e3
    for matrix in (A, sp.csc_array(A)):
        system = dln.LinearSystem(matrix, random_matrix(rng, 7, 2), random_matrix(rng, 1, 7))
        known = dln.hankel_singular_values(system, digits=True)
        exact = hankel_values(dln.LinearSystem(A, system.B, system.C), 100)
        assert (np.abs(known.values - exact) <= known.errors).all()
        assert known.digits.min() >= 11


@pytest.mark.parametrize("complex_entries", [False, True])
def test_other_systems_have_one_error_for_all(rng, complex_entries, discrete, descriptor):
    system = random_system(rng, 6, 1, 1, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    known = dln.hankel_singular_values(system, digits=True)
    exact = hankel_values(system, 60)
    assert (np.abs(known.values - exact) <= known.errors).all()
    assert np.ptp(known.errors) == 0
    np.testing.assert_array_equal(known.values, dln.hankel_singular_values(system))
    assert known.digits[0] >= 11
    assert (np.diff(known.digits) <= 0).all()


def test_digits_of_a_badly_determined_system():
    """A cascade of ten equal poles: the last values are below the floor."""
    A = -np.eye(10) + np.diag(np.ones(9), -1)
    known = dln.hankel_singular_values((A, np.eye(10)[:, :1], np.eye(10)[9:]), digits=True)
    assert known.digits[0] >= 12
    assert known.digits[-1] < 10


def test_large_sparse_systems_state_their_residuals():
    system = convection_diffusion(8)
    known = dln.hankel_singular_values(system, gramians=dln.LowRank(), digits=True)
    dense = dln.hankel_singular_values(system, gramians=dln.Lyapunov(), digits=True)
    count = known.values.size
    assert (np.abs(known.values - dense.values[:count]) <= known.errors + dense.errors[:count]).all()
    assert "residuals" in known.measure


def test_other_kinds_and_classes():
    unstable = dln.LinearSystem([[1.0]], [[1.0]], [[1.0]])
    known = dln.hankel_singular_values(unstable, gramians=dln.Coprime(), digits=True)
    assert known.values_name == dln.Coprime.values_name
    assert "factors alone" in known.measure
    periodic = dln.PeriodicSystem([[[0.5]], [[0.8]]], [[[1.0]], [[0.5]]], [[[0.3]], [[1.0]]], dt=0.1)
    several = dln.hankel_singular_values(periodic, digits=True)
    assert [one.values.tolist() for one in several] == [v.tolist() for v in dln.hankel_singular_values(periodic)]


def test_stacks_are_answered_one_by_one(rng):
    systems = [random_system(rng, 3, 1, 1) for _ in range(2)]
    A, B, C = (np.array([getattr(system, name) for system in systems]) for name in "ABC")
    known = dln.hankel_singular_values((A, B, C), digits=True)
    values = dln.hankel_singular_values((A, B, C))
    assert len(known) == 2
    for one, row in zip(known, values, strict=True):
        assert (np.abs(one.values - row) <= one.errors + 1e-12 * row[0]).all()


def test_diagonal_systems_beyond_the_size(monkeypatch):
    import dlnbalance.balancing.known_values as module

    model = LinearModel(dln.LinearSystem(np.diag(-np.arange(1.0, 11)), *ONES))
    here = known_values(model, dln.Automatic())[0]
    monkeypatch.setattr(module, "_STATES", 9)
    beyond, plain = known_values(model, dln.Automatic())[0], plain_values(model, dln.Automatic())[0]
    np.testing.assert_array_equal(beyond.values, plain)
    assert (np.abs(beyond.values - here.values) <= beyond.errors).all()
    assert beyond.digits.min() < here.digits.min()


def test_refusals():
    with pytest.raises(InvalidArgumentError, match="digits"):
        dln.hankel_singular_values(([[-1.0]], [[1.0]], [[1.0]]), digits=3)
    for digits in (False, True):
        with pytest.raises(UnstableSystemError):
            dln.hankel_singular_values((np.diag([-1.0, 0.5]), np.ones(2), np.ones(2)), digits=digits)
        with pytest.raises(InvalidArgumentError, match="dt"):
            dln.hankel_singular_values(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], dt=None), digits=digits)
