"""Balanced stochastic truncation: its equations, the relative error that it bounds, and what it needs of a system."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.signal

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, UnstableSystemError
from dlnbalance.gramians import RELATIVE_ERROR
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, random_gauge, random_system


def residuals(system, P, Q, alpha):
    """Relative residuals of the Lyapunov and the Riccati equation of the left kind, E = I."""
    A, B, C, D, _ = system.to_tuple()
    R = D @ adjoint(D) + alpha**2 * np.eye(len(D))
    if system.is_discrete:
        inputs = A @ P @ adjoint(C) + B @ adjoint(D)
        R = R + C @ P @ adjoint(C) - adjoint(inputs) @ Q @ inputs
        K = C - adjoint(inputs) @ Q @ A
        sides = [A @ P @ adjoint(A), -P, B @ adjoint(B)], [adjoint(A) @ Q @ A, -Q]
    else:
        inputs = P @ adjoint(C) + B @ adjoint(D)
        K = C - adjoint(inputs) @ Q
        sides = [A @ P, P @ adjoint(A), B @ adjoint(B)], [adjoint(A) @ Q, Q @ A]
    sides[1].append(adjoint(K) @ la.solve(R, K))
    return [la.norm(sum(terms)) / sum(map(la.norm, terms)) for terms in sides]


def adjoint_of(system):
    A, B, C, D, dt = system.explicit().to_tuple()
    return LinearSystem(adjoint(A), adjoint(C), adjoint(B), adjoint(D), dt=dt)


@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_balanced_gramians_are_equal_diagonal_and_solve_their_equations(rng, complex_entries, discrete, alpha):
    system = random_system(rng, 6, 3, 2, complex_entries=complex_entries, discrete=discrete, descriptor=True)
    balanced = dln.balance(system, gramians=dln.Stochastic("left", alpha))
    S = np.diag(balanced.hsv)
    assert max(residuals(balanced.system, S, S, alpha)) <= 1e-10
    balanced = dln.balance(adjoint_of(system), gramians=dln.Stochastic("right", alpha))
    assert max(residuals(adjoint_of(balanced.system), S, S, alpha)) <= 1e-10


def test_first_order_in_closed_form():
    """(s + 2)/(s + 1): P = ½, B_W = 3/2, −2X + (1 − 3X/2)² = 0; and a zero at +2 gives the value one."""
    minimum_phase = LinearSystem([[-1.0]], [[1.0]], [[1.0]], [[1.0]])
    assert dln.Stochastic()(minimum_phase).singular_values.item() == pytest.approx(1 / 3, rel=1e-14)
    other = LinearSystem([[-1.0]], [[1.0]], [[-3.0]], [[1.0]])
    assert dln.Stochastic()(other).singular_values.item() == pytest.approx(1.0, rel=1e-14)


def test_the_values_are_those_of_the_phase(rng):
    """Without unstable zeros, W⁻*G is all-pass with Hankel singular values σ; of scalar G, W = G and it is G/G*."""
    A, B, C, D = np.diag([-1.0, -2.0, -5.0]), np.ones((3, 1)), np.array([[0.3, 0.2, 0.1]]), np.eye(1)
    system = LinearSystem(A, B, C, D)
    values = dln.Stochastic()(system).singular_values
    # The stable part of G/G*: residues of G at its poles, times 1/G(−s) there.
    gains = np.array([1 / system(-pole).item() for pole in np.diag(A)])
    stable_part = LinearSystem(A, B, C * gains.real)
    assert_small(la.norm(values - dln.hankel_singular_values(stable_part)), 1.0, 1e4)


def test_both_sides_agree_for_one_input_and_output(rng, complex_entries, discrete):
    system = random_system(rng, 5, 1, 1, complex_entries=complex_entries, discrete=discrete)
    left, right = (dln.Stochastic(side)(system).singular_values for side in ("left", "right"))
    assert_small(la.norm(left - right), 1.0, 1e6)


@pytest.mark.parametrize("signals", [(2, 2, "left"), (3, 2, "left"), (2, 3, "right"), (1, 1, "right")])
@pytest.mark.parametrize("seed", range(6))
def test_bounds_hold(seed, discrete, signals):
    m, p, side = signals
    rng = np.random.default_rng(seed)
    options = {"complex_entries": seed % 2 == 1, "discrete": discrete, "descriptor": seed % 3 == 1}
    system = random_system(rng, 6, m, p, **options)
    strategy = dln.Stochastic(side, 0.1 * (seed % 2))
    values = strategy(system).singular_values
    cuts = [r for r in range(6) if r == 0 or values[r] < (1 - 1e-6) * values[r - 1]]
    for method in ("truncate", "residualize"):
        for model in dln.reduce(system, order=cuts, gramians=strategy, method=method):
            assert model.measure == model.error_name == RELATIVE_ERROR
            error = float(model.error())
            assert (1 - 1e-9) * model.lower_bound <= error <= (1 + 1e-9) * model.bound
            assert model.stable


def test_the_identity_behind_the_bound_in_discrete_time(rng):
    """A step from n to n − 1 states, as in the notes of `error_bounds`."""
    system = dln.balance(random_system(rng, 4, 2, 2, discrete=True), gramians=dln.Stochastic())
    A, B, C, D, _ = system.system.to_tuple()
    S, s = np.diag(system.hsv), system.hsv[-1]
    inputs = A @ S @ C.T + B @ D.T
    N = la.cholesky(D @ D.T + C @ S @ C.T - inputs.T @ S @ inputs)
    K = la.solve_triangular(N, C - inputs.T @ S @ A, trans=2)
    for angle in (0.1, 1.0, 2.5):
        z = np.exp(1j * angle)
        resolvent, whole = la.inv(z * np.eye(3) - A[:3, :3]), la.inv(z * np.eye(4) - A)
        B_ = B[3:] + A[3:, :3] @ resolvent @ B[:3]
        K_ = K[:, 3:] + K[:, :3] @ resolvent @ A[:3, 3:]
        M = (A[3:, 3:] + A[3:, :3] @ resolvent @ A[:3, 3:]) / z
        G, W = C @ whole @ B + D, N + K @ whole @ inputs
        reduced = C[:, :3] @ resolvent @ B[:3] + D
        np.testing.assert_allclose(B_ @ adjoint(B_), s * (1 - abs(M) ** 2), rtol=1e-8)
        np.testing.assert_allclose(adjoint(K_) @ K_, s * (1 - abs(M) ** 2), rtol=1e-8)
        np.testing.assert_allclose(adjoint(W) @ W, G @ adjoint(G), rtol=1e-8)
        error = (adjoint(W) @ K_ @ B_ / (1 - M) / z - s * G @ adjoint(B_) @ B_ / (1 - M.conj())) / (1 - s**2)
        np.testing.assert_allclose(error, G - reduced, rtol=1e-7, atol=1e-10)


def test_zeros_that_are_not_stable_stay(discrete):
    for seed in range(6):
        system = random_system(np.random.default_rng(seed), 6, 2, 2, discrete=discrete)
        values = dln.Stochastic()(system).singular_values
        unstable = int(np.count_nonzero(values > 1 - 1e-7))
        for model in dln.reduce(system, order=list(range(max(unstable, 1), 6)), gramians=dln.Stochastic()):
            (check,) = model.preserved
            assert check.holds, check
            assert check.name == ("zeros that are not stable" if unstable else "minimum phase")


def test_relative_errors_are_smaller_than_those_of_plain_truncation():
    """A plant with gains from 1e-6 to 1: where the gain is small, the relative error of Lyapunov() is large."""
    zeros, poles = [-100.0, -200.0, -300.0], [-1.0, -2.0, -3.0]
    system = dln.as_system(scipy.signal.ZerosPolesGain(zeros, poles, 1e-6))
    stochastic = dln.reduce(system, 2, gramians=dln.Stochastic())
    omega = np.geomspace(1e-4, 1e4, 400)
    G = dln.frequency_response(system, omega).ravel()
    plain = dln.frequency_response(dln.reduce(system, 2, gramians=dln.Lyapunov()).system, omega).ravel()
    assert np.abs((G - plain) / G).max() > 2 * float(stochastic.error())


def test_large_regularization_leads_to_hankel_singular_values(rng, discrete):
    """(GG* + α²)^(−½) is 1/α, so that the values are those of G/α."""
    system = random_system(rng, 5, 2, 3, discrete=discrete)
    plain, alpha = dln.hankel_singular_values(system), 1e7
    values = alpha * dln.Stochastic(regularization=alpha)(system).singular_values
    np.testing.assert_allclose(values, plain, rtol=1e-8)


def test_coordinates_do_not_count(rng, complex_entries, discrete):
    system = random_system(rng, 6, 2, 2, complex_entries=complex_entries, discrete=discrete)
    T = random_gauge(rng, 6, complex_entries=complex_entries)
    turned = system.with_matrices(T @ system.A @ la.inv(T), T @ system.B, system.C @ la.inv(T))
    values, others = (dln.Stochastic()(each).singular_values for each in (system, turned))
    assert_small(la.norm(values - others), 1.0, 1e6)


def test_what_it_needs(rng):
    tall, no_direct_term = random_system(rng, 3, 2, 3), random_system(rng, 3, 2, 2, feedthrough=False)
    with pytest.raises(InvalidArgumentError, match=r"full row rank .* a least singular value of 0 at .*regularization"):
        dln.Stochastic()(tall)
    assert dln.Stochastic("right")(tall).rank == 3
    with pytest.raises(InvalidArgumentError, match="full column rank"):
        dln.Stochastic("right")(adjoint_of(tall))
    with pytest.raises(InvalidArgumentError, match="at infinite frequency"):
        dln.Stochastic()(no_direct_term)
    assert dln.Stochastic(regularization=0.1)(no_direct_term).rank == 3
    with pytest.raises(UnstableSystemError):
        dln.Stochastic()(([[1.0]], [[1.0]], [[1.0]], [[1.0]], 0))


def test_a_zero_on_the_boundary_is_refused_with_its_frequency():
    """(s² + 4)/(s + 1)²."""
    system = LinearSystem([[-2.0, -1.0], [1.0, 0.0]], [[1.0], [0.0]], [[-2.0, 3.0]], [[1.0]])
    with pytest.raises(InvalidArgumentError, match=r"at 2 rad/s"):
        dln.Stochastic()(system)


@pytest.mark.parametrize("side", ["left", "right"])
def test_frequencies_of_complex_systems_have_a_sign(side):
    """(s − 2i)/(s + 1)."""
    system = LinearSystem([[-1.0]], [[1.0]], [[-1 - 2j]], [[1.0]])
    with pytest.raises(InvalidArgumentError, match="at 2 rad/s"):
        dln.Stochastic(side)(system)


def test_zeros_at_infinity_of_sampled_systems_are_not_stable():
    """0.5/(z − 0.5) has its zero outside of the unit circle."""
    system = LinearSystem([[0.5]], [[1.0]], [[0.5]], dt=1.0)
    assert dln.Stochastic()(system).singular_values.item() == pytest.approx(1.0, rel=1e-12)


def test_settings_and_words():
    with pytest.raises(InvalidArgumentError, match="side"):
        dln.Stochastic("middle")
    with pytest.raises(InvalidArgumentError, match="regularization"):
        dln.Stochastic(regularization=-1.0)
    bounds = dln.Stochastic().error_bounds(np.array([1.0, 0.5, 0.2]), 1, 0.0)
    assert bounds.lower == pytest.approx(0.5)
    assert bounds.upper == pytest.approx(3 * 1.5 - 1)
    assert dln.Stochastic().error_bounds(np.array([1.0, 0.5]), 0, 0.0).upper == np.inf


def test_degenerate_systems(discrete):
    dt = 1.0 if discrete else 0
    for B, C in (([[0.0]], [[1.0]]), ([[1.0]], [[0.0]])):
        assert dln.Stochastic()(LinearSystem([[-0.5]], B, C, [[1.0]], dt=dt)).singular_values.tolist() == [0.0]
    empty = LinearSystem(np.zeros((0, 0)), np.zeros((0, 2)), np.zeros((2, 0)), np.eye(2), dt=dt)
    assert dln.Stochastic()(empty).singular_values.size == 0
