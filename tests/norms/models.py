"""Systems on which norms are tested."""

import numpy as np
import scipy.linalg as la

import dlnbalance as dln

from ..models import random_matrix, random_unitary

#: Published by A. Varga (DescriptorSystems.jl, test_analysis.jl).
A2 = np.array([[-1.0, 2.0], [-3.0, -2.0]])
B2 = np.array([[2.0, 3.0, 4.0], [1.0, 2.0, 3.0]])
C2 = np.array([[1.0, 4.0], [2.0, 2.0], [1.0, 3.0]])


def lightly_damped(damping, frequencies, rng, *, discrete=False):
    blocks = [np.array([[-damping * w, w], [-w, -damping * w]]) for w in frequencies]
    Q = random_unitary(rng, 2 * len(frequencies))
    A = Q @ la.block_diag(*blocks) @ Q.T
    B, C = random_matrix(rng, len(A), 2), random_matrix(rng, 3, len(A))
    return dln.LinearSystem(la.expm(0.01 * A) if discrete else A, B, C, dt=0.01 if discrete else 0)
