"""Positive real Gramians: their equations, the ν-gap that they bound, and systems that are not passive."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, UnstableSystemError
from dlnbalance.gramians import NU_GAP
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.linalg.spectral_densities import SpectralDensity
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, random_matrix, random_system


def passive_system(rng, n, m, margin=0.5, **options):
    """Some system, and as much direct term as makes it passive with a margin."""
    system = random_system(rng, n, m, m, **options)
    plain = system.explicit()
    least, *_ = SpectralDensity.positive(plain.A, plain.B, plain.C, plain.D, discrete=plain.is_discrete).least()
    return system + (margin - least) / 2 * np.eye(m)


def ladder(n, direct):
    """Impedance of a lossy chain of inductors and capacitors, in other coordinates, and of a resistor in series."""
    rng = np.random.default_rng(7)
    couplings = np.diag(np.ones(n - 1), 1) - np.diag(np.ones(n - 1), -1)
    T = random_matrix(rng, n, n)
    B = np.eye(n)[:, :1]
    return LinearSystem(la.solve(T, (couplings - 0.1 * np.eye(n)) @ T), la.solve(T, B), B.T @ T, [[direct]])


def residuals(system, P, Q):
    found = []
    A, B, C, D, _ = system.to_tuple()
    for (a, b, c, d), X in (((A, B, C, D), Q), (tuple(map(adjoint, (A, C, B, D))), P)):
        R = d + adjoint(d)
        if system.is_discrete:
            R = R - adjoint(b) @ X @ b
            K, terms = c - adjoint(b) @ X @ a, [adjoint(a) @ X @ a, -X]
        else:
            K, terms = c - adjoint(b) @ X, [adjoint(a) @ X, X @ a]
        terms.append(adjoint(K) @ la.solve(R, K))
        found.append(la.norm(sum(terms)) / sum(map(la.norm, terms)))
    return found


@pytest.mark.parametrize("margin", [1.0, 1e-4])
def test_balanced_gramians_are_equal_diagonal_and_solve_their_equations(rng, complex_entries, discrete, margin):
    system = passive_system(rng, 6, 2, margin, complex_entries=complex_entries, discrete=discrete, descriptor=True)
    balanced = dln.balance(system, gramians=dln.PositiveReal())
    assert max(residuals(balanced.system, np.diag(balanced.hsv), np.diag(balanced.hsv))) <= 1e-10
    assert balanced.hsv[0] < 1


def test_the_values_are_the_bounded_real_ones_of_the_scattering_matrix(rng, complex_entries, discrete):
    system = passive_system(rng, 6, 2, complex_entries=complex_entries, discrete=discrete)
    A, B, C, D, dt = system.to_tuple()
    unit, E = np.eye(2), la.inv(np.eye(2) + D)
    scattering = LinearSystem(A - B @ E @ C, np.sqrt(2) * B @ E, np.sqrt(2) * E @ C, (D - unit) @ E, dt=dt)
    values = dln.PositiveReal()(system).singular_values
    assert_small(la.norm(values - dln.BoundedReal(1.0)(scattering).singular_values), 1.0, 1e5)


@pytest.mark.parametrize("method", ["truncate", "residualize"])
@pytest.mark.parametrize("seed", range(10))
def test_bounds_hold_and_models_stay_passive(seed, discrete, method):
    rng = np.random.default_rng(seed)
    system = passive_system(rng, 7, 1 + seed % 3, 10.0 ** -(seed % 5), complex_entries=seed % 2 == 1, discrete=discrete)
    for model in dln.reduce(system, order=[0, 2, 4, 6], gramians=dln.PositiveReal(), method=method):
        assert model.measure == model.error_name == NU_GAP
        assert float(model.error()) <= model.bound + 1e-12
        assert model.stable
        (check,) = model.preserved
        assert check.holds, check


def test_balanced_truncation_alone_does_not_keep_systems_passive():
    rng, lost = np.random.default_rng(1), 0
    for _ in range(20):
        plain = dln.reduce(passive_system(rng, 6, 1, 0.01), 2, gramians=dln.Lyapunov()).system
        least, *_ = SpectralDensity.positive(plain.A, plain.B, plain.C, plain.D, discrete=False).least()
        lost += least < -1e-6
    assert lost


@pytest.mark.parametrize("direct", [1.0, 1e-3, 1e-6, 1e-9])
def test_small_direct_terms(direct):
    """The chain is passive whatever its direct term; the residual says how stiff the equation is."""
    model = dln.reduce(ladder(8, direct), 4, gramians=dln.PositiveReal())
    assert model.preserved[0].holds
    assert float(model.error()) <= model.bound
    assert ("extended pencil" in model.how) == (direct < 1e-6)


def test_what_is_not_passive_is_refused_with_the_reason(discrete):
    rng = np.random.default_rng(2)
    system = passive_system(rng, 5, 2, 0.5, discrete=discrete) - 0.3 * np.eye(2)
    with pytest.raises(InvalidArgumentError, match=r"the least eigenvalue -0\.1 of G \+ G\*, at .* rad/s; .* 0\.05 I"):
        dln.PositiveReal()(system)
    assert dln.PositiveReal()(system + 0.06 * np.eye(2)).singular_values[0] < 1


@pytest.mark.parametrize("direct", [[[0.0]], [[1e-30]]])
def test_without_a_direct_term_there_is_no_riccati_equation(direct):
    with pytest.raises(InvalidArgumentError, match=r"D \+ D\* positive definite.*add a direct term"):
        dln.PositiveReal()(LinearSystem([[-1.0]], [[1.0]], [[1.0]], direct))


def test_other_refusals():
    with pytest.raises(InvalidArgumentError, match="as many inputs as outputs"):
        dln.PositiveReal()(random_system(np.random.default_rng(0), 3, 2, 3))
    with pytest.raises(UnstableSystemError):
        dln.PositiveReal()(([[1.0]], [[1.0]], [[1.0]], [[1.0]], 0))
    with pytest.raises(InvalidArgumentError, match="dt"):
        dln.PositiveReal()(([[0.5]], [[1.0]], [[1.0]], [[1.0]], None))


def test_no_states_and_nothing_that_moves(discrete):
    dt = 1.0 if discrete else 0
    empty = LinearSystem(np.zeros((0, 0)), np.zeros((0, 2)), np.zeros((2, 0)), np.eye(2), dt=dt)
    assert dln.PositiveReal()(empty).singular_values.size == 0
    still = LinearSystem([[-0.5]], [[0.0]], [[1.0]], [[1.0]], dt=dt)
    assert dln.PositiveReal()(still).singular_values.tolist() == [0.0]
