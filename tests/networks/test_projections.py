"""Coordinates of leading singular triples: biorthogonal, and with Gramians that are powers of the singular values."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.bridge import system_to_network
from dlnbalance.networks.projections import projection

from ..models import assert_small, random_system


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_projection_is_biorthogonal_and_diagonalizes_both_gramians(rng, complex_entries, exponent):
    system = random_system(rng, 8, 2, 3, complex_entries=complex_entries)
    network = system_to_network(system)
    T, inverse = projection(network, 8, exponent)
    sigma = network.singular_values
    condition = np.sqrt(sigma[0] / sigma[-1])
    assert_small(la.norm(T @ inverse - np.eye(8)), 1.0, 100 * condition)
    first, second = T @ network.weights[0], network.weights[1] @ inverse
    P, Q = first @ first.conj().T, second.conj().T @ second
    assert_small(la.norm(P - np.diag(sigma ** (2 - 2 * exponent))), la.norm(P), 100 * condition)
    assert_small(la.norm(Q - np.diag(sigma ** (2 * exponent))), la.norm(Q), 100 * condition)
