"""First-order effects of rounding against random changes of the matrices."""

import numpy as np
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.linalg.arrays import EPS
from dlnbalance.norms.rounding_terms import rounding_terms

from ..models import random_matrix, random_system


def test_changes_of_one_rounding_error_stay_within_the_terms(rng):
    system, omega, size = random_system(rng, 8, 2, 3, feedthrough=False), np.array([0.0, 0.7, 3.0]), 1e-8

    def change(M):
        noise = random_matrix(rng, *M.shape)
        return size * la.norm(M) * noise / la.norm(noise)

    response, terms = dln.frequency_response(system, omega), rounding_terms(system, omega)
    for _ in range(10):
        A, B, C = (M + change(M) for M in (system.A, system.B, system.C))
        moved = dln.frequency_response(system.with_matrices(A, B, C), omega) - response
        # Scaled coordinates differ from the given ones by small powers of two, and the effect is of first order only.
        assert (la.norm(moved, axis=(1, 2)) <= 4 * size / EPS * terms).all()


def test_no_states_round_nothing():
    constant = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[2.0]])
    np.testing.assert_array_equal(rounding_terms(constant, np.array([0.0, 1.0])), [0.0, 0.0])
