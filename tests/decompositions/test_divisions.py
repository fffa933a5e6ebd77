"""A system in two summands, and where they lie in its state space."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.decompositions.divisions import divided, safely_divided
from dlnbalance.linalg.arrays import adjoint

from ..models import assert_small, random_system


def test_bases_project_onto_the_summands(rng, complex_entries, discrete, descriptor):
    system = random_system(rng, 9, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    sizes = np.abs(system.schur.eigenvalues)
    division = divided(system, sizes > np.sort(sizes)[4] * (1 + 1e-9))
    E = system.descriptor
    for one in (division.first.explicit(), division.second.explicit()):
        part = one.system
        k = part.nstates
        scale = 10 * division.condition * np.linalg.norm(one.left) * np.linalg.norm(one.right)
        assert_small(np.linalg.norm(adjoint(one.left) @ E @ one.right - np.eye(k)), scale, 30)
        assert_small(np.linalg.norm(adjoint(one.left) @ system.A @ one.right - part.A), scale * 5, 30)
        assert_small(np.linalg.norm(adjoint(one.left) @ system.B - part.B), scale * 5, 30)
        assert_small(np.linalg.norm(system.C @ one.right - part.C), scale * 5, 30)
    cross = adjoint(division.first.left) @ E @ division.second.right
    assert_small(np.linalg.norm(cross), np.linalg.norm(division.first.left) * np.linalg.norm(division.second.right), 99)


def test_a_cut_grows_until_it_is_good(rng):
    chain = np.eye(5, k=1)
    chain[4, 4] = -1.0
    T = rng.standard_normal((5, 5))
    system = dln.LinearSystem(np.linalg.solve(T, chain @ T), rng.standard_normal((5, 1)), rng.standard_normal((1, 5)))
    poles = system.schur.eigenvalues
    selected = poles.real == poles.real.max()
    selected |= poles == poles[selected][0].conj()
    assert divided(system, selected) is None
    grown = safely_divided(system, selected, grow=True)
    assert grown.selected.sum() == 4
    assert system.poles()[~grown.selected].item() == pytest.approx(-1)
    assert safely_divided(system, selected, grow=False).selected.sum() == 0


def test_units_of_time_and_states_do_not_matter(rng):
    system = random_system(rng, 6, 1, 1)
    scaled = dln.LinearSystem(
        2.0**60 * np.diag(2.0 ** np.arange(0, 60, 10.0)) @ system.A @ np.diag(2.0 ** -np.arange(0, 60, 10.0)),
        np.diag(2.0 ** np.arange(0, 60, 10.0)) @ system.B,
        system.C @ np.diag(2.0 ** -np.arange(0, 60, 10.0)),
    )
    flags = scaled.schur.eigenvalues.real < np.median(scaled.schur.eigenvalues.real)
    division = divided(scaled, flags)
    assert division.condition < 1e3
    point = 2.0**60 * 0.3j
    total = division.first.system(point) + division.second.system(point) + scaled.D
    assert_small(np.abs(total - scaled(point)).max(), np.abs(scaled(point)).max() * division.condition, 200)
