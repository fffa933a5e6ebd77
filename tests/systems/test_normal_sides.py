"""Both sides of a system in input-normal form lead back to its Gramians."""

import numpy as np
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.systems.normal_sides import input_side, normal_sides

from ..models import assert_small, random_system


def test_factors_are_those_of_lyapunov(rng, complex_entries, discrete):
    system = random_system(rng, 7, 2, 3, complex_entries=complex_entries, discrete=discrete)
    here, schur = system.coordinates, system.schur
    sides = normal_sides(here, schur, discrete=discrete)
    F, G = (side.triangle(side.factor(np.eye(7))) for side in sides)
    assert (np.tril(F, -1) == 0).all()
    assert (np.tril(G, -1) == 0).all()
    assert np.iscomplexobj(F) == np.iscomplexobj(G) == complex_entries
    values = la.svdvals(G @ F)
    assert_small(la.norm(values - dln.Lyapunov()(system).singular_values), values[0], 100)
    alone = input_side(here, schur, discrete=discrete)
    P = alone.factor(np.eye(7))
    assert_small(la.norm(P @ adjoint(P) - F @ adjoint(F)), la.norm(F) ** 2, 100)
