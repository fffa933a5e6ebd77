"""No kind of linear model is turned away: properties of reduction, minimality and algebra over all of them."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln

from .models import random_gauge, random_matrix, random_unitary

E_KINDS = ("none", "nonsingular", "index 1", "index 2")


def any_system(rng, *, complex_entries, discrete, kind, minimal):
    """Two poles that are not stable and four that are, in general coordinates; algebraic equations and hidden states.

    Poles lie well apart, so that all of them are known to many digits.
    """
    continuous = [0.0, 0.5, -1.0, -2.0, -4.0, -8.0]
    poles = np.exp(0.3 * np.array(continuous)) if discrete else np.array(continuous)
    n, m, p = 6, 2, 2

    def entries(rows, columns):
        return random_matrix(rng, rows, columns, complex_entries=complex_entries)

    A, B, C, D = (
        np.diag(poles).astype(complex if complex_entries else float),
        entries(n, m),
        entries(p, n),
        entries(p, m),
    )
    if not minimal:  # an integrator that nothing reaches, a lag that nothing reads
        hidden = [1.0, 0.1] if discrete else [0.0, -3.0]
        A = la.block_diag(A, np.diag(hidden))
        B, C = np.vstack([B, np.zeros((1, m)), entries(1, m)]), np.hstack([C, entries(p, 1), np.zeros((p, 1))])
    E = np.eye(len(A))
    if kind.startswith("index"):  # algebraic equations that add to D; for index 2 an equation that is differentiated
        nilpotent = np.zeros((2, 2))
        nilpotent[0, 1] = kind == "index 2"
        A, E = la.block_diag(A, np.eye(2)), la.block_diag(E, nilpotent)
        further_B, further_C = entries(2, m), entries(p, 2)
        if kind == "index 2":
            further_C[:, 0] = 0  # the derivative is not read: index 2, and yet proper
        B, C = np.vstack([B, further_B]), np.hstack([C, further_C])
    n = len(A)
    if kind == "none":
        T = random_gauge(rng, n, complex_entries=complex_entries)
        return dln.LinearSystem(T @ A @ la.inv(T), T @ B, C @ la.inv(T), D, dt=0.3 if discrete else 0)
    L, R = (random_gauge(rng, n, complex_entries=complex_entries) for _ in range(2))
    return dln.LinearSystem(L @ A @ R, L @ B, C @ R, D, E=L @ E @ R, dt=0.3 if discrete else 0)


CASES = [
    pytest.param(
        {"complex_entries": complex_entries, "discrete": discrete, "kind": kind, "minimal": minimal},
        id=f"{'complex' if complex_entries else 'real'}-{'discrete' if discrete else 'continuous'}-E {kind}"
        f"-{'minimal' if minimal else 'with hidden states'}",
    )
    for complex_entries in (False, True)
    for discrete in (False, True)
    for kind in E_KINDS
    for minimal in (True, False)
]


@pytest.fixture(params=CASES)
def system(request, rng):
    """One system of every kind."""
    return any_system(rng, **request.param)


OMEGA = np.array([0.2, 1.1, 3.0, 9.0])


def gains(model):
    return np.array([model(point) for point in model.boundary_points(OMEGA)])


def distance(left, right, scale):
    return np.abs(gains(left) - gains(right)).max() / np.abs(gains(scale)).max()


def test_a_model_plus_itself_is_minimal_of_the_order_of_the_minimal_model(system):
    twice = dln.minreal(system + system)
    assert twice.order == dln.minreal(system).order
    assert distance(twice.system, 2 * system, system) < 1e-9


def test_a_model_less_itself_is_nothing(system):
    nothing = dln.minreal(system - system)
    assert nothing.order == 0
    assert np.abs(gains(nothing.system)).max() < 1e-9 * np.abs(gains(system)).max()


def test_minimal_realization(system):
    minimal = dln.minreal(system)
    assert dln.decompositions.finite_infinite(minimal.system).finite == 6
    assert distance(minimal.system, system, system) < 1e-10
    assert dln.minreal(minimal.system).order == minimal.order
    assert dln.minreal(dln.decompositions.explicit_form(system)).order == 6


def test_reduction_keeps_the_poles_that_are_not_stable(system):
    model = dln.reduce(system, 4)
    expected = np.exp([0.0, 0.15]) if system.is_discrete else np.array([0.0, 0.5])
    np.testing.assert_allclose(np.sort(model.kept.poles.real), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(model.kept.poles.imag, 0, atol=1e-12)
    poles = model.linear.poles()
    for pole in model.kept.poles:
        assert np.abs(poles - pole).min() < 1e-12
    error = model.error()
    assert model.lower_bound <= error.value <= model.bound
    assert np.linalg.norm(gains(system) - gains(model.linear), 2, axis=(1, 2)).max() <= error.value * (1 + 1e-6)


def test_residualization_keeps_the_gain_of_the_stable_part_at_frequency_zero(system):
    model = dln.reduce(system, 4, method="residualize")
    assert model.dc_mismatch <= 1e-10 * np.linalg.norm(model.balanced.full.dcgain())
    assert model.error().value <= model.bound


def test_the_parts_of_a_split_add_up(system):
    parts = dln.split(system)
    assert parts.antistable.nstates >= 2
    total = dln.parallel(parts.stable, parts.antistable)
    assert distance(total, system, system) < 1e-12


def test_coordinates_do_not_matter(system, rng):
    """Neither a similarity nor a permutation changes the reduced model."""
    expected = dln.reduce(system, 4)
    n = system.nstates
    shuffled = np.eye(n)[rng.permutation(n)]
    turned = random_unitary(rng, n, complex_entries=system.is_complex)
    for T in (shuffled, turned):
        E = None if system.E is None else T @ system.E @ T.conj().T
        other = dln.LinearSystem(
            T @ system.A @ T.conj().T, T @ system.B, system.C @ T.conj().T, system.D, E=E, dt=system.dt
        )
        model = dln.reduce(other, 4)
        np.testing.assert_allclose(model.hsv[:4], expected.hsv[:4], rtol=1e-9)
        assert distance(model.linear, expected.linear, system) < 1e-9


def test_duality(system):
    """The adjoint reduces to the adjoint."""
    E = None if system.E is None else system.E.conj().T
    adjoint = dln.LinearSystem(
        system.A.conj().T, system.C.conj().T, system.B.conj().T, system.D.conj().T, E=E, dt=system.dt
    )
    model, dual = dln.reduce(system, 4), dln.reduce(adjoint, 4)
    np.testing.assert_allclose(dual.hsv[:4], model.hsv[:4], rtol=1e-9)
    points = system.boundary_points(OMEGA)
    for point in points:
        gap = dual.linear(np.conj(point)).conj().T - model.linear(point)
        assert np.abs(gap).max() < 1e-9 * np.abs(gains(system)).max()
