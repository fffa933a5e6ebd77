"""Condensed systems: what goes on with a sparse pencil whose E is singular."""

import pickle

import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.decompositions.algebraic_parts import implicit_split, semi_explicit
from dlnbalance.decompositions.polynomial_parts import polynomial_split
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.gramians.stability import is_stable
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, random_matrix
from .descriptor_models import dense_copy, rlc_ladder, saddle_point


def condensed(system):
    """Its proper part on the sparse pencil."""
    return implicit_split(semi_explicit(system, 1e-12)).proper


MODELS = ["index 1", "index 2", "both"]


def model(rng, name):
    """One of the models."""
    if name == "index 1":
        return rlc_ladder(30, resistance=20.0)
    return saddle_point(rng, 60, 12, static=9 if name == "both" else 0)


@pytest.mark.parametrize("name", MODELS)
def test_reduction_by_thin_factors_is_that_of_the_dense_proper_part(rng, name):
    system = model(rng, name)
    sparse, dense = condensed(system), polynomial_split(dense_copy(system)).proper
    small = dln.reduce(sparse, order=6)  # by thin factors, whatever the size
    exact = dln.reduce(dense, order=6)
    np.testing.assert_allclose(small.hsv[:6], exact.hsv[:6], rtol=1e-7)
    np.testing.assert_allclose(small.linear.D, dense.D, atol=1e-12 * (1 + la.norm(dense.D)))
    unit = abs(dense.poles()).max()
    for point in (0.0, 0.01j, 0.3j):
        difference = small.linear(point * unit) - exact.linear(point * unit)
        assert la.norm(difference) <= 1e-6 * la.norm(dense(point * unit))
    assert float(small.error()) <= small.bound


@pytest.mark.parametrize("name", MODELS)
def test_residualization_keeps_the_dc_gain(rng, name):
    system = condensed(model(rng, name))
    small = dln.reduce(system, order=4, gramians=dln.LowRank(), method="residualize")
    np.testing.assert_allclose(small.linear.dcgain(), system.dcgain(), rtol=0, atol=1e-9 * la.norm(system.dcgain()))


def test_saddle_points_of_every_kind_are_reduced(rng, complex_entries, discrete):
    system = saddle_point(rng, 60, 12, complex_entries=complex_entries, discrete=discrete)
    values = dln.LowRank()(condensed(system)).singular_values
    exact = dln.Lyapunov()(polynomial_split(dense_copy(system)).proper).singular_values
    np.testing.assert_allclose(values[:4], exact[:4], rtol=1e-7)


def test_the_pencil_of_the_stein_equations_is_regular_and_has_the_same_response(rng):
    for name in MODELS:
        system = condensed(model(rng, name))
        A, E = (M.toarray() for M in system.stein_pencil)
        assert np.linalg.matrix_rank(E) == system.nstates
        poles = la.eigvals(A, E)
        kept = np.sort_complex(poles[np.abs(poles) > 1e-6 * np.abs(poles).max()])
        assert kept.size == system.explicit().nstates
        for z in (0.9j, 1.2 + 0.3j):
            exact = system(z)
            assert_small(la.norm(system.C @ la.solve(z * E - A, system.B) + system.D - exact), la.norm(exact), 1e5)


def test_a_sampled_ladder_is_reduced_within_its_bound():
    """By Euler's method, with more columns in a factor than there are states."""
    ladder, step = rlc_ladder(30, resistance=10.0), 1e-6
    moving = sp.diags_array((ladder.E.diagonal() != 0).astype(float))
    A = moving @ (ladder.E + step * ladder.A) + (sp.eye_array(90) - moving) @ ladder.A
    B = np.where(moving.diagonal()[:, None] != 0, step * ladder.B, ladder.B)
    system = LinearSystem(sp.csc_array(A), B, ladder.C, ladder.D, E=ladder.E, dt=step)
    small = dln.reduce(condensed(system), order=10)
    exact = dln.reduce(polynomial_split(dense_copy(system)).proper, order=10)
    np.testing.assert_allclose(small.hsv[:10], exact.hsv[:10], rtol=1e-7)
    assert float(small.error()) <= small.bound


def test_bases_belong_to_the_mass_matrix(rng, complex_entries):
    system = condensed(saddle_point(rng, 20, 4, complex_entries=complex_entries))
    transform = np.zeros((2, 24), dtype=complex if complex_entries else float)
    transform[:, system.variables] = random_matrix(rng, 2, 20, complex_entries=complex_entries)
    left = system.left_basis(transform)
    assert_small(la.norm(left.conj().T @ system.E.toarray() - transform), la.norm(transform), 100)


@pytest.mark.parametrize("name", MODELS)
def test_explicit_form_and_finite_poles(rng, name):
    system = model(rng, name)
    sparse, dense = condensed(system), polynomial_split(dense_copy(system)).proper
    assert sparse.explicit().E is None
    assert sparse.poles().size == dense.nstates
    point = 0.1j * abs(dense.poles()).max()
    np.testing.assert_allclose(sparse.explicit()(point), sparse(point), rtol=0, atol=1e-11 * la.norm(sparse(point)))
    sparse.check_descriptor()
    assert is_stable(sparse)


def test_it_pickles_and_says_what_takes_it(rng):
    system = condensed(rlc_ladder(10))
    copy = pickle.loads(pickle.dumps(system))
    np.testing.assert_array_equal(copy.variables, system.variables)
    np.testing.assert_allclose(copy(1e3j), system(1e3j), rtol=1e-14)
    with pytest.raises(InvalidArgumentError, match=r"LowRank\(\), or call \.explicit\(\)"):
        dln.Lyapunov()(system)
