"""Gramians of normalized coprime factors: values in closed form, and what they prove about the ν-gap."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, UnstableSystemError
from dlnbalance.gramians import NU_GAP, Coprime
from dlnbalance.gramians.coprime_factors import factors_of
from dlnbalance.gramians.kinds import named
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.networks.projections import projection

from ..models import assert_small, random_gauge, random_matrix, random_system
from .test_coprime_factors import unstable_system


def truncated(system, order, side="right"):
    network = Coprime(side)(system)
    T, inverse = projection(network, order)
    return system.project(system.left_basis(T), inverse)


def pendulum():
    """An inverted pendulum on a cart: position and angle from the force."""
    cart, mass, friction, inertia, gravity, length = 0.5, 0.2, 0.1, 0.006, 9.8, 0.3
    moment = mass * length
    total = inertia * (cart + mass) + cart * mass * length**2
    turning = inertia + mass * length**2
    A = np.zeros((4, 4))
    A[0, 1] = A[2, 3] = 1
    A[1, 1:3] = -turning * friction / total, moment**2 * gravity / total
    A[3, 1:3] = -moment * friction / total, moment * gravity * (cart + mass) / total
    return dln.LinearSystem(A, [[0.0], [turning / total], [0.0], [moment / total]], np.eye(4)[[0, 2]])


PLANTS = {
    "double integrator": dln.LinearSystem([[0.0, 1.0], [0.0, 0.0]], [[0.0], [1.0]], [[1.0, 0.0]]),
    "1/(s²(s+1)(s+2))": dln.LinearSystem(
        [[-3.0, -2.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]],
        [[1.0], [0.0], [0.0], [0.0]],
        [[0.0, 0.0, 0.0, 1.0]],
    ),
    "diagonal": dln.LinearSystem(np.diag([1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3))),
    "pendulum": pendulum(),
    "accumulator": dln.LinearSystem([[1.0, 0.1], [0.0, 0.5]], [[0.0], [1.0]], [[1.0, 0.0]], dt=1.0),
    "unstable, sampled": dln.LinearSystem(
        [[1.1, 0.3, 0.0], [0.0, -0.7, 0.2], [0.0, 0.0, 0.1]], np.ones((3, 1)), np.ones((1, 3)), [[0.5]], dt=0.1
    ),
}


@pytest.mark.parametrize("pole", [-2.0, 0.0, 3.0])
def test_first_order_in_closed_form(pole):
    """1/(s − a): X = Y = a + √(1 + a²), σ² = XY/(1 + XY)."""
    X = pole + np.hypot(1, pole)
    value = Coprime()(([[pole]], [[1.0]], [[1.0]])).singular_values
    assert_small(abs(value.item() - X / np.hypot(1, X)), 1.0, 8)


def test_the_double_integrator_in_closed_form():
    """1/s²: the values are cos(π/8) and sin(π/8)."""
    values = Coprime()(PLANTS["double integrator"]).singular_values
    assert_small(la.norm(values - [np.cos(np.pi / 8), np.sin(np.pi / 8)]), 1.0, 8)


def test_the_values_are_those_of_both_riccati_equations(rng, complex_entries):
    """σ² = μ²/(1 + μ²), μ² the eigenvalues of XY, by scipy's solutions."""
    system = unstable_system(rng, 6, 2, 3, complex_entries=complex_entries)
    A, B, C, D, _ = system.to_tuple()
    R, S = np.eye(2) + adjoint(D) @ D, np.eye(3) + D @ adjoint(D)
    X = la.solve_continuous_are(A, B, adjoint(C) @ C, R, s=adjoint(C) @ D)
    Y = la.solve_continuous_are(adjoint(A), adjoint(C), B @ adjoint(B), S, s=B @ adjoint(D))
    squares = np.sort(la.eigvals(X @ Y).real)[::-1]
    values = Coprime()(system).singular_values
    assert_small(la.norm(values - np.sqrt(squares / (1 + squares))), 1.0, 1e5)  # X and Y are squared


@pytest.mark.parametrize("order", [1, 3])
def test_both_sides_have_the_same_values_and_reduced_models(rng, complex_entries, discrete, descriptor, order):
    system = unstable_system(rng, 5, 2, 2, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    values = [Coprime(side)(system).singular_values for side in ("right", "left")]
    assert_small(la.norm(values[0] - values[1]), 1.0, 4000)
    assert float(dln.nu_gap(truncated(system, order), truncated(system, order, "left"))) <= 1e-10


def test_the_values_do_not_depend_on_coordinates(rng, complex_entries, discrete):
    system = unstable_system(rng, 6, 2, 2, complex_entries=complex_entries, discrete=discrete)
    T = random_gauge(rng, 6, complex_entries=complex_entries)
    turned = system.with_matrices(T @ system.A @ la.inv(T), T @ system.B, system.C @ la.inv(T))
    values = [Coprime()(each).singular_values for each in (system, turned)]
    assert_small(la.norm(values[0] - values[1]), 1.0, 4000)


def test_the_gramians_are_those_of_the_factors_in_the_states_of_the_system(rng, discrete):
    """P⁻¹ = Y⁻¹ + X: the energy that led to a state is that of its past, and of what it will yet cost."""
    system = unstable_system(rng, 5, 2, 2, discrete=discrete)
    reach, observe = Coprime("right")(system).weights
    P, X = reach @ adjoint(reach), adjoint(observe) @ observe
    reach, _ = Coprime("left")(system).weights
    Y = reach @ adjoint(reach)
    assert_small(la.norm(la.inv(P) - la.inv(Y) - X), la.norm(la.inv(P)) * np.linalg.cond(P), 100)


@pytest.mark.parametrize("name", PLANTS)
def test_the_gap_of_a_reduced_model_is_within_its_bounds(name):
    plant = PLANTS[name]
    values = Coprime()(plant).singular_values
    assert values[0] < 1
    for order in range(1, plant.nstates):
        lower, upper, measure = Coprime().error_bounds(values, order, 0.0)
        assert measure == NU_GAP
        assert lower - 1e-12 <= float(dln.nu_gap(plant, truncated(plant, order))) <= upper + 1e-12


def test_the_bounds_hold_with_a_direct_term(rng, complex_entries, discrete, descriptor):
    system = unstable_system(rng, 7, 2, 2, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    values = Coprime()(system).singular_values
    for order in range(7):
        lower, upper, _ = Coprime().error_bounds(values, order, 0.0)
        assert lower - 1e-10 <= float(dln.nu_gap(system, truncated(system, order))) <= upper + 1e-10


def test_no_model_of_the_order_comes_nearer_than_the_lower_bound(rng, discrete):
    """Any model, here truncations of other plants near by."""
    system = unstable_system(rng, 5, 1, 1, discrete=discrete)
    values = Coprime()(system).singular_values
    for order in (1, 2, 3, 4):
        lower = Coprime().error_bounds(values, order, 0.0).lower
        for size in (1e-3, 1e-2, 1e-1):
            A = system.A + size * rng.standard_normal((5, 5))
            other = truncated(dln.LinearSystem(A, system.B, system.C, system.D, dt=system.dt), order)
            assert float(dln.nu_gap(system, other)) >= lower


def test_the_lower_bound_is_met_by_the_best_gain():
    """1/(s + 1) goes from 1 to 0: the gain tan(π/8) is half way on the sphere, at the distance σ_1 = sin(π/8)."""
    plant = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    gain = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[np.tan(np.pi / 8)]])
    lower = Coprime().error_bounds(Coprime()(plant).singular_values, 0, 0.0).lower
    assert_small(abs(float(dln.nu_gap(plant, gain)) - lower), 1.0, 40)


def test_a_bound_above_one_says_nothing():
    assert Coprime().error_bounds(np.array([0.9, 0.8]), 0, 0.0).upper == pytest.approx(1.0)


def test_reduction_by_order_and_by_tolerance():
    plant = PLANTS["diagonal"]
    model = dln.reduce(plant, 2, gramians=Coprime())
    assert model.measure == NU_GAP
    assert model.lower_bound <= float(dln.nu_gap(plant, model.system)) <= model.bound
    assert dln.reduce(plant, tol=0.1, gramians=Coprime()).order == 2
    residualized = dln.reduce(plant, 2, gramians=Coprime(), method="residualize")
    assert float(dln.nu_gap(plant, residualized.system)) <= residualized.bound


def test_what_it_says():
    assert Coprime.takes_unstable
    assert not dln.Lyapunov.takes_unstable
    assert named("coprime:side=left") == Coprime("left")
    assert (
        "Coprime(side='right', denominator='normalized'), residual of the Riccati equation"
        in Coprime().solve(PLANTS["diagonal"]).how
    )
    with pytest.raises(InvalidArgumentError, match="side"):
        Coprime("middle")
    with pytest.raises(UnstableSystemError, match="not seen by the outputs"):
        Coprime()(([[1.0]], [[1.0]], [[0.0]]))


@pytest.mark.parametrize("side", ["right", "left"])
def test_inner_denominators(rng, complex_entries, discrete, side):
    """M*M = I on the boundary, G = NM⁻¹, and unstable poles go to their mirror images."""
    A = random_matrix(rng, 5, 5, complex_entries=complex_entries)
    B, C = random_matrix(rng, 5, 2, complex_entries=complex_entries), random_matrix(rng, 3, 5)
    plant = dln.LinearSystem(A, B, C, random_matrix(rng, 3, 2), dt=float(discrete))
    factors = factors_of(plant, side, "inner").system
    omega = np.array([0.3, 1.0, 2.0])
    for value, g in zip(dln.frequency_response(factors, omega), dln.frequency_response(plant, omega), strict=True):
        N, M = (value[:3], value[3:]) if side == "right" else (value[:, 3:], value[:, :3])
        np.testing.assert_allclose(M.conj().T @ M, np.eye(len(M)), atol=1e-10)
        np.testing.assert_allclose(g @ M if side == "right" else M @ g, N, atol=1e-9 * np.abs(N).max())
    poles = plant.poles()
    mirrored = (
        np.where(np.abs(poles) > 1, 1 / poles.conj(), poles) if discrete else -np.abs(poles.real) + 1j * poles.imag
    )
    np.testing.assert_allclose(np.sort_complex(factors.poles()), np.sort_complex(mirrored), atol=1e-8)


def test_inner_denominators_leave_stable_systems_their_hankel_singular_values(rng, discrete):
    system = random_system(rng, 5, 2, 2, discrete=discrete)
    values = dln.hankel_singular_values(system, gramians=dln.Coprime(denominator="inner"))
    plain = dln.hankel_singular_values(system)
    np.testing.assert_allclose(values, plain, atol=1e-12 * plain[0])
