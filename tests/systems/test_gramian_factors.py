"""Triangular factors of both Gramians, against the equations and SciPy."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.systems.coordinates import schur_form_in, well_scaled
from dlnbalance.systems.gramian_factors import triangular_factors

from ..models import random_matrix, random_pencil


def test_they_are_factors_of_the_gramians(rng, complex_entries, discrete, descriptor):
    """P and Q = E*YE of SciPy, which forms them."""
    A, E = random_pencil(rng, 6, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    B, C = (random_matrix(rng, *shape, complex_entries=complex_entries) for shape in [(6, 2), (3, 6)])
    here = well_scaled(A, E, B, C, discrete=discrete)
    schur = schur_form_in(here)
    F, G = triangular_factors(here, schur, discrete=discrete)
    assert not np.tril(F, -1).any()
    assert not np.tril(G, -1).any()
    reach, observe = here.states[:, None] * (schur.Z @ F), G @ schur.Z.conj().T / here.states
    A, B = (M if E is None else la.solve(E, M) for M in (A, B))
    solve = la.solve_discrete_lyapunov if discrete else lambda M, R: la.solve_continuous_lyapunov(M, -R)
    P, Q = solve(A, B @ B.conj().T), solve(A.conj().T, C.conj().T @ C)
    assert la.norm(reach @ reach.conj().T - P, 2) <= 1e-12 * la.norm(P, 2)
    assert la.norm(observe.conj().T @ observe - Q, 2) <= 1e-12 * la.norm(Q, 2)


@pytest.mark.parametrize("place", ["B", "C"])
def test_complex_signals_of_a_real_pencil_make_a_complex_form(rng, place):
    A, _ = random_pencil(rng, 4)
    B, C = (
        random_matrix(rng, 4, 1, complex_entries=place == "B"),
        random_matrix(rng, 1, 4, complex_entries=place == "C"),
    )
    schur = schur_form_in(well_scaled(A, None, B, C, discrete=False))
    assert np.iscomplexobj(schur.S)
    assert not np.tril(schur.S, -1).any()
