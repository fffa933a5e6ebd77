"""The unitary polar factor: nearest of all matrices with orthonormal columns."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.polar import polar_factor

from ..models import assert_small, random_matrix, random_unitary


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (2, 5)])
def test_it_is_that_of_the_polar_decomposition(rng, shape, complex_entries):
    matrix = random_matrix(rng, *shape, complex_entries=complex_entries)
    unitary, _ = la.polar(matrix)
    assert_small(la.norm(polar_factor(matrix) - unitary), 1.0, 50)


def test_no_other_matrix_with_orthonormal_columns_is_nearer(rng, complex_entries):
    matrix = random_matrix(rng, 5, 3, complex_entries=complex_entries)
    nearest = polar_factor(matrix)
    assert_small(la.norm(adjoint(nearest) @ nearest - np.eye(3)), 1.0, 20)
    for _ in range(50):
        other = random_unitary(rng, 5, complex_entries=complex_entries)[:, :3]
        assert la.norm(matrix - nearest) <= la.norm(matrix - other)


def test_the_least_distance_is_that_of_the_singular_values_to_one(rng):
    matrix = random_matrix(rng, 4, 4)
    expected = la.norm(la.svdvals(matrix) - 1)
    assert la.norm(matrix - polar_factor(matrix)) == pytest.approx(expected, rel=1e-13)
