"""Bounded real Gramians: their equations, limits and bounds, and the norm below which there are none."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, UnstableSystemError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, random_gauge, random_system

BUILD = {"build": 0.00527633, "pde": 10.8358, "CDplayer": 2.31982e6}  # published L∞ norms


def residuals(system, gamma, P, Q):
    """Relative residuals of both Riccati equations, in the coordinates of a system with E = I."""
    found = []
    A, B, C, D, _ = system.to_tuple()
    for (a, b, c, d), X in (((A, B, C, D), Q), (tuple(map(adjoint, (A, C, B, D))), P)):
        R = gamma**2 * np.eye(d.shape[1]) - adjoint(d) @ d
        if system.is_discrete:
            R = R - adjoint(b) @ X @ b
            K, terms = adjoint(d) @ c + adjoint(b) @ X @ a, [adjoint(a) @ X @ a, -X]
        else:
            K, terms = adjoint(d) @ c + adjoint(b) @ X, [adjoint(a) @ X, X @ a]
        terms += [adjoint(c) @ c, adjoint(K) @ la.solve(R, K)]
        found.append(la.norm(sum(terms)) / sum(map(la.norm, terms)))
    return found


@pytest.mark.parametrize("share", [1.0, 1e-4])
def test_balanced_gramians_are_equal_diagonal_and_solve_their_equations(rng, complex_entries, discrete, share):
    system = random_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=True)
    gamma = (1 + share) * float(dln.hinf_norm(system))
    balanced = dln.balance(system, gramians=dln.BoundedReal(gamma))
    assert max(residuals(balanced.system, gamma, np.diag(balanced.hsv), np.diag(balanced.hsv))) <= 1e-11
    assert balanced.hsv[0] < gamma


def test_first_order_in_closed_form():
    """b/(s + 1): −2X + X²b²/γ² + 1 = 0 and −2Y + Y²/γ² + b² = 0, σ = γ(γ/b − √(γ²/b² − 1))."""
    for gamma, b in ((1.0, 0.6), (3.0, 2.9), (1e5, 1.0)):
        value = dln.BoundedReal(gamma)(LinearSystem([[-1.0]], [[b]], [[1.0]])).singular_values.item()
        assert value == pytest.approx(b / (1 + np.sqrt(1 - (b / gamma) ** 2)), rel=1e-14)


def test_large_limits_lead_to_the_hankel_singular_values(rng, complex_entries, discrete):
    system = random_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete)
    plain = dln.hankel_singular_values(system)
    values = dln.BoundedReal(1e8 * float(dln.hinf_norm(system)))(system).singular_values
    assert_small(la.norm(values - plain), la.norm(plain), 1e4)
    nearer = dln.BoundedReal(1.1 * float(dln.hinf_norm(system)))(system).singular_values
    assert (nearer >= plain * (1 - 1e-12)).all()


@pytest.mark.parametrize("feedthrough", [False, True])
def test_just_above_the_norm_it_works_and_just_below_the_message_names_it(rng, discrete, feedthrough):
    for complex_entries in (False, True):
        system = random_system(
            rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete, feedthrough=feedthrough
        )
        norm = float(dln.hinf_norm(system))
        model = dln.reduce(system, 3, gramians=dln.BoundedReal(1.0001 * norm))
        assert model.error().value <= model.bound
        assert model.preserved[0].holds
        for share in (0.9999, 1 - 1e-7, 0.3, 1e-3):
            with pytest.raises(InvalidArgumentError, match=f"the H∞ norm {norm:.6g}"[:-1]) as caught:
                dln.BoundedReal(share * norm)(system)
            assert caught.value.argument == "gamma"


def test_the_peak_may_be_at_infinite_frequency():
    high = LinearSystem([[-1.0]], [[1.0]], [[-1.0]], [[2.0]])
    with pytest.raises(InvalidArgumentError, match="norm 2, reached at infinite frequency"):
        dln.BoundedReal(1.9)(high)
    assert dln.reduce(high, 0, gramians=dln.BoundedReal(2.0 + 1e-9)).preserved[0].holds


@pytest.mark.parametrize("method", ["truncate", "residualize"])
@pytest.mark.parametrize("seed", range(10))
def test_bounds_hold_and_gains_stay_below_the_limit(seed, discrete, method):
    rng = np.random.default_rng(seed)
    system = random_system(rng, 8, 1 + seed % 3, 2, complex_entries=seed % 2 == 1, discrete=discrete)
    gamma = float(dln.hinf_norm(system)) * (1 + 10.0 ** -(seed % 5))
    for model in dln.reduce(system, order=[0, 2, 5, 7], gramians=dln.BoundedReal(gamma), method=method):
        assert model.lower_bound is None
        assert model.error().value <= model.bound
        assert model.stable
        (check,) = model.preserved
        assert check.holds, check


def test_balanced_truncation_alone_does_not_keep_the_limit():
    """What the kind is for: the models of Lyapunov() exceed the norm of the system."""
    rng, exceeded = np.random.default_rng(3), 0
    for _ in range(20):
        system = random_system(rng, 6, 1, 1)
        norm = float(dln.hinf_norm(system))
        exceeded += float(dln.hinf_norm(dln.reduce(system, 2, gramians=dln.Lyapunov()).system)) > norm * (1 + 1e-6)
    assert exceeded


def test_reduction_by_tolerance(rng):
    system = random_system(rng, 8, 2, 2)
    norm = float(dln.hinf_norm(system))
    model = dln.reduce(system, tol=0.05 * norm, gramians=dln.BoundedReal(1.2 * norm))
    assert model.error().value <= model.bound <= 0.05 * norm


def test_units_of_states_and_time_do_not_count(rng):
    system = random_system(rng, 6, 2, 2)
    strategy = dln.BoundedReal(1.1 * float(dln.hinf_norm(system)))
    values, scales = strategy(system).singular_values, 10.0 ** np.array([0, 5, -7, 3, -2, 9])
    scaled = system.with_matrices(system.A * scales[:, None] / scales, system.B * scales[:, None], system.C / scales)
    fast = system.with_matrices(1e9 * system.A, 1e9 * system.B, system.C)
    for other in (scaled, fast):
        assert_small(la.norm(strategy(other).singular_values - values), values[0], 1e4)


def test_coordinates_do_not_count(rng, complex_entries, discrete):
    system = random_system(rng, 6, 2, 2, complex_entries=complex_entries, discrete=discrete)
    strategy = dln.BoundedReal(1.1 * float(dln.hinf_norm(system)))
    T = random_gauge(rng, 6, complex_entries=complex_entries)
    turned = system.with_matrices(T @ system.A @ la.inv(T), T @ system.B, system.C @ la.inv(T))
    values = strategy(system).singular_values
    assert_small(la.norm(strategy(turned).singular_values - values), values[0], 1e4)


@pytest.mark.parametrize("name", BUILD)
def test_reference_models(reference_model, name):
    system = reference_model(name)
    norm = BUILD[name]
    with pytest.raises(InvalidArgumentError, match="H∞ norm"):
        dln.BoundedReal(0.9999 * norm)(system)
    model = dln.reduce(system, 10, gramians=dln.BoundedReal(1.0001 * norm))
    assert model.error().value <= model.bound
    assert model.preserved[0].holds


def test_degenerate_systems(discrete):
    dt = 1.0 if discrete else 0
    half, zero, one = [[-0.5]], [[0.0]], [[1.0]]
    for B, C, D in ((zero, one, one), (one, zero, one), (zero, zero, zero)):
        assert dln.BoundedReal(5.0)(LinearSystem(half, B, C, D, dt=dt)).singular_values.tolist() == [0.0]
    empty = LinearSystem(np.zeros((0, 0)), np.zeros((0, 2)), np.zeros((1, 0)), [[1.0, 0.0]], dt=dt)
    assert dln.BoundedReal(5.0)(empty).singular_values.size == 0
    complex_gain = LinearSystem(half, one, [[0.3]], [[1 + 0.5j]], dt=dt)
    assert residual_of(complex_gain, 5.0) <= 1e-14


def residual_of(system, gamma):
    reach, observe = dln.BoundedReal(gamma)(system).weights
    return max(residuals(system, gamma, reach @ adjoint(reach), adjoint(observe) @ observe))


def test_sparse_systems_are_solved_densely():
    sparse = dln.examples.convection_diffusion(9)
    gamma = 1.1 * float(dln.hinf_norm(sparse))
    dense = LinearSystem(sparse.A.toarray(), sparse.B, sparse.C)
    values = [dln.BoundedReal(gamma)(each).singular_values[0] for each in (sparse, dense)]
    assert values[0] == pytest.approx(values[1], rel=1e-10)


def test_what_it_says_and_refuses():
    system = LinearSystem([[-1.0]], [[1.0]], [[0.6]])
    how = dln.BoundedReal(1.0).solve(system).how
    assert "BoundedReal(gamma=1.0), Riccati equation: residual" in how
    assert "by Newton's method in 5 steps; dual: residual" in how
    with pytest.raises(InvalidArgumentError, match="gamma"):
        dln.BoundedReal(-1.0)
    with pytest.raises(UnstableSystemError):
        dln.BoundedReal(5.0)(([[1.0]], [[1.0]], [[1.0]]))
    with pytest.raises(InvalidArgumentError, match="dt"):
        dln.BoundedReal(5.0)(([[0.5]], [[1.0]], [[1.0]], [[0.0]], None))
