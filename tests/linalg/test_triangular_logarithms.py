"""Logarithms of triangular matrices against forty digits, near the identity and near the negative axis."""

import mpmath as mp
import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.triangular_logarithms import logarithm_of_sum

from ..forty_digits import as_mp
from ..models import assert_small, random_matrix


def exact(X):
    with mp.workdps(40):
        return np.array(mp.logm(mp.eye(len(X)) + as_mp(X)).tolist(), dtype=complex)


@pytest.mark.parametrize("size", [1e-12, 1e-3, 0.3, 1.0, 30.0])
def test_against_forty_digits(rng, size):
    X = np.triu(random_matrix(rng, 5, 5, complex_entries=True))
    np.fill_diagonal(X, np.abs(X.diagonal().real) + 1j * X.diagonal().imag)
    X = size * X
    found = logarithm_of_sum(X)
    assert_small(la.norm(found - exact(X)), la.norm(exact(X)), 200)
    assert (np.tril(found, -1) == 0).all()


def test_beside_the_negative_axis():
    """Quotients of lightly damped modes in the middle of a band: a divided difference across the cut."""
    values = np.array([-5.0 + 1e-4j, -5.0 - 1e-4j])
    logs = np.log(values)
    wanted = np.diag(logs) + np.diag(np.diff(logs) / np.diff(values), 1)
    found = logarithm_of_sum(np.diag(values - 1) + np.diag([1.0], 1))
    assert_small(la.norm(found - wanted), la.norm(wanted), 500)


def test_far_from_normal():
    X = np.diag(np.full(6, 0.2)) + 40.0 * np.diag(np.ones(5), 1)
    assert_small(la.norm(logarithm_of_sum(X) - exact(X)), la.norm(exact(X)), 1e4)
    assert logarithm_of_sum(np.zeros((0, 0))).shape == (0, 0)
