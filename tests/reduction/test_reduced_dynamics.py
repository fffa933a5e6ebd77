"""Projected nonlinear equations: what they keep, and how near their responses are."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, OrderError

from ..models import assert_small, random_system

MASSES = 6


def line(x, u, t):
    """Masses in a line with springs that harden, dampers to the ground, and a force on the first."""
    q, v = x[:MASSES], x[MASSES:]
    stretch = np.diff(q, prepend=0.0)
    force = stretch + stretch**3
    push = np.zeros(MASSES)
    push[0] = u[0]
    return np.concatenate([v, np.append(force[1:], 0) - force - v + push])


def first_mass(x, u, t):
    return x[:1]


@pytest.fixture(scope="module")
def kind():
    times = np.linspace(0, 80, 401)
    return dln.Empirical((line, first_mass), times=times, x0=np.zeros(2 * MASSES), u0=[0.0], disturbance="step")


def step_response(f, h, n, times):
    solution = solve_ivp(lambda t, z: f(z, [0.7], t), (0, times[-1]), np.zeros(n), t_eval=times, rtol=1e-8, atol=1e-10)
    return np.array([h(z, [0.7], t)[0] for z, t in zip(solution.y.T, times, strict=True)])


def test_the_response_comes_nearer_with_the_order(kind):
    times = np.linspace(0, 30, 61)
    full = step_response(line, first_mass, 2 * MASSES, times)
    errors = []
    for order in (1, 3, 6):
        small = dln.reduce_dynamics(kind, order)
        assert (small.order, small.full_order, small.values.size) == (order, 2 * MASSES, 2 * MASSES)
        errors.append(np.abs(step_response(small.f, small.h, order, times) - full).max() / np.abs(full).max())
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] <= 1e-2


def test_all_states_are_a_change_of_coordinates(kind, rng):
    whole = dln.reduce_dynamics(kind, 2 * MASSES)
    x, u = rng.standard_normal(2 * MASSES), rng.standard_normal(1)
    z = whole.restrict(x)
    assert_small(np.abs(whole.lift(z) - x).max(), np.abs(x).max(), 1e7)
    assert_small(np.abs(whole.inverse @ whole.f(z, u, 0.0) - line(x, u, 0.0)).max(), 10, 1e7)


def test_linear_equations_become_the_reduced_linear_system(rng, discrete):
    system = random_system(rng, 5, 2, 2, discrete=discrete)
    A, B, C, D, dt = system.to_tuple()
    pair = (lambda x, u, t: A @ x + B @ u), (lambda x, u, t: C @ x + D @ u)
    times = 200 * system.dt if discrete else np.linspace(0, 100, 1001)
    small = dln.reduce_dynamics(dln.Empirical(pair, times=times, dt=dt, x0=np.zeros(5), u0=np.zeros(2)), 3)
    basis = np.eye(3)
    f = [small.f(z, np.zeros(2), 0.0) for z in basis], [small.f(np.zeros(3), u, 0.0) for u in np.eye(2)]
    h = [small.h(z, np.zeros(2), 0.0) for z in basis]
    projected = dln.LinearSystem(np.array(f[0]).T, np.array(f[1]).T, np.array(h).T, D, dt=dt)
    model = dln.reduce(system, 3, gramians=dln.Empirical(times=times))
    assert float(dln.hinf_norm(projected - model.linear)) <= 1e-5 * float(dln.hinf_norm(system))


def test_a_steady_state_that_is_not_zero_stays_one():
    """x⁺ = (x + 4/x)/2 + u at x = 2."""
    pair = (lambda x, u, t: (x + 4 / x) / 2 + u), (lambda x, u, t: x)
    kind = dln.Empirical(pair, times=9.0, dt=1, x0=[2.0, 2.0], u0=[0.0, 0.0], input_scales=0.1, state_scales=0.1)
    small = dln.reduce_dynamics(kind, 2)
    assert small.discrete
    assert_small(np.abs(small.f(np.zeros(2), np.zeros(2), 0.0)).max(), 1, 10)
    assert_small(np.abs(small.h(np.zeros(2), np.zeros(2), 0.0) - 2).max(), 1, 10)
    assert repr(small) == "ReducedDynamics: 2 of 2 states, discrete time"


def test_refusals(kind):
    for order in (-1, 2 * MASSES + 1):
        with pytest.raises(OrderError, match="order"):
            dln.reduce_dynamics(kind, order)
    for order in (1.0, True):
        with pytest.raises(InvalidArgumentError, match="order"):
            dln.reduce_dynamics(kind, order)
    plant = dln.LinearSystem(-1, 1, 1)
    for gramians in (dln.Lyapunov(), dln.Empirical(plant, times=1.0), dln.Empirical(plant.to_tuple(), times=1.0)):
        with pytest.raises(InvalidArgumentError, match="gramians"):
            dln.reduce_dynamics(gramians, 1)
