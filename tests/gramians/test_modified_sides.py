"""Roots of moduli, and right-hand sides that miss the inputs."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import NumericalError
from dlnbalance.gramians.modified_sides import modified_pair, modulus_root
from dlnbalance.linalg.arrays import adjoint

from ..models import assert_small, random_hermitian, random_matrix


def test_roots_of_moduli(rng, complex_entries):
    left, right = (random_matrix(rng, 6, 2, complex_entries=complex_entries) for _ in range(2))
    J = random_hermitian(rng, 4, complex_entries=complex_entries)
    both = np.hstack([left, right])
    root = modulus_root(left, right, J)
    values, V = la.eigh(both @ J @ adjoint(both))
    assert_small(la.norm(root @ adjoint(root) - (V * np.abs(values)) @ adjoint(V)), np.abs(values).max(), 100)
    assert modulus_root(left, np.zeros((6, 0)), np.eye(2)).shape == (6, 2)


def test_inputs_outside_of_the_range_are_refused():
    plant = dln.LinearSystem(np.diag([-1.0, -2.0]), [[1.0], [1.0]], [[1.0, 1.0]])
    with pytest.raises(NumericalError, match="pass modified=False"):
        modified_pair(plant, [np.array([[1.0], [0.0]]), np.eye(2)])
