"""Systems for tests, and their transfer functions from the definition."""

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, random_matrix, random_pencil

#: Points of the complex plane off the spectrum of every model below, for both time bases.
POINTS = [2.0, 0.3 + 3j, -0.2 - 4j, 25.0 + 1j, 1.7j]


def dense_system(rng, n, m, p, *, complex_entries=False, discrete=False, descriptor=False, **names):
    A, E = random_pencil(rng, n, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    B, C, D = (random_matrix(rng, *shape, complex_entries=complex_entries) for shape in [(n, m), (p, n), (p, m)])
    return LinearSystem(A, B, C, D, E=E, dt=0.25 if discrete else 0, **names)


def transfer(system, point):
    """D + C (zE − A)⁻¹ B from the definition."""
    A, E = (M.toarray() if sp.issparse(M) else M for M in (system.A, system.descriptor))
    return system.D + system.C @ np.linalg.inv(point * E - A) @ system.B


def assert_same_transfer(first, second):
    for point in POINTS:
        value = transfer(first, point)
        assert_small(la.norm(transfer(second, point) - value), la.norm(value), 60)  # observed 11


TIME_BASES = [0, 0.1, True, None]


def named_system(rng, dt, **options):
    names = {"inputs": ["force", "torque"], "outputs": ["x", "v", "a"], "name": "arm"}
    A, E = random_pencil(rng, 4, discrete=bool(dt), **options)
    B, C, D = (random_matrix(rng, *shape) for shape in [(4, 2), (3, 4), (3, 2)])
    return LinearSystem(A, B, C, D, E=E, dt=dt, states=["p", "q", "r", "s"], **names)


def assert_same_dt(first, second):
    assert first == second
    assert (first is True) == (second is True)
    assert (first is None) == (second is None)
