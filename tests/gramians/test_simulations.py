"""Simulators against closed forms, and against each other where they simulate the same."""

from types import SimpleNamespace

import control
import numpy as np
import pytest
import scipy.linalg as la
import scipy.signal

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.gramians import simulations
from dlnbalance.gramians.simulations import Experiment, dynamics_of, linear_simulator, simulator_of

from ..models import assert_small, random_system

TIMES = np.array([0.0, 0.3, 0.5, 1.5, 1.6, 2.0])


def inputs(rng, m):
    u = rng.standard_normal((TIMES.size, m))
    u[2] = u[1]  # held over two intervals
    return u


def test_a_linear_system_by_the_matrix_exponential(rng, complex_entries):
    system = random_system(rng, 4, 2, 3, complex_entries=complex_entries)
    x0, u = rng.standard_normal(4), inputs(rng, 2)
    x, y = linear_simulator(system)(x0, u, TIMES)
    state = x0
    for k, h in enumerate(np.diff(TIMES)):
        shift = la.solve(system.A, system.B @ u[k])
        state = la.expm(system.A * h) @ (state + shift) - shift
        assert_small(la.norm(x[k + 1] - state), la.norm(x), 1e4)
    assert_small(la.norm(y - (x @ system.C.T + u @ system.D.T)), la.norm(y), 10)


def test_a_discrete_linear_system_as_scipy_has_it(rng):
    system = random_system(rng, 4, 2, 3, discrete=True)
    x0, u = rng.standard_normal(4), rng.standard_normal((9, 2))
    x, y = linear_simulator(system)(x0, u, system.dt * np.arange(9))
    plant = scipy.signal.StateSpace(system.A, system.B, system.C, system.D, dt=1.0)
    _, expected_y, expected_x = scipy.signal.dlsim(plant, u, x0=x0)
    assert_small(la.norm(y - expected_y), la.norm(y), 100)
    assert_small(la.norm(x - expected_x), la.norm(x), 100)


def test_a_pair_and_a_linear_system_agree(rng, discrete):
    system = random_system(rng, 3, 2, 2, discrete=discrete)
    pair = (lambda x, u, t: system.A @ x + system.B @ u), (lambda x, u, t: system.C @ x + system.D @ u)
    x0, u = rng.standard_normal(3), inputs(rng, 2)
    first, second = (simulator_of(given, discrete=discrete)(x0, u, TIMES) for given in (pair, system))
    for mine, exact in zip(first, second, strict=True):
        assert la.norm(mine - exact) <= 1e-7 * la.norm(exact)


def test_a_nonlinear_system_of_python_control():
    plant = control.nlsys(lambda t, x, u, p: u - x**3, lambda t, x, u, p: 2 * x, inputs=1, outputs=1, states=1)
    dynamics = dynamics_of(plant)
    assert (dynamics.f([2.0], np.ones(1), 0.0), dynamics.h([2.0], [0.0], 0.0)) == ([-7.0], [4.0])
    x, y = simulator_of(plant, discrete=False)(np.array([1.0]), np.zeros((6, 1)), TIMES)
    expected = 1 / np.sqrt(1 + 2 * TIMES)  # of x' = −x³
    assert np.abs(x[:, 0] - expected).max() <= 1e-8
    assert np.abs(y[:, 0] - 2 * expected).max() <= 2e-8


def test_time_is_passed_on():
    clock = (lambda x, u, t: np.array([2 * t])), (lambda x, u, t: x - t)
    x, y = simulator_of(clock, discrete=False)(np.zeros(1), np.zeros((6, 1)), TIMES)
    assert np.abs(x[:, 0] - TIMES**2).max() <= 1e-8
    assert np.abs(y[:, 0] - TIMES**2 + TIMES).max() <= 1e-8


def test_a_function_is_taken_as_it_is():
    def simulate(x0, u, t):
        return x0 + 0 * u, u

    assert simulator_of(simulate, discrete=True) is simulate
    with pytest.raises(InvalidArgumentError, match="simulator"):
        simulator_of(3, discrete=False)


def test_deviations_are_from_the_nominal_trajectory():
    pair = (lambda x, u, t: x**2 + u), (lambda x, u, t: x)
    experiment = Experiment(simulator_of(pair, discrete=True), np.array([0.5]), np.array([0.1]), np.arange(3.0), True)
    assert np.abs(experiment.nominal[0][:, 0] - [0.5, 0.35, 0.2225]).max() <= 1e-15
    x, _ = experiment.deviation(state=np.array([0.5]))
    assert np.abs(x[:, 0] - [0.5, 0.75, 1.1**2 + 0.1 - 0.2225]).max() <= 1e-14


@pytest.mark.parametrize(
    ("returned", "error", "words"),
    [
        (lambda k, n: (np.zeros((k, n + 1)), np.zeros((k, 1))), InvalidArgumentError, "states that"),
        (lambda k, n: (np.zeros((k, n)), np.zeros((k - 1, 1))), InvalidArgumentError, "outputs that"),
        (lambda k, n: np.zeros((k, n)), InvalidArgumentError, "pair"),
        (lambda k, n: (np.full((k, n), np.nan), np.zeros((k, 1))), NumericalError, "finite"),
        (lambda k, n: ("x", "y"), NumericalError, "no numbers"),
    ],
)
def test_what_a_simulator_may_not_return(returned, error, words):
    experiment = Experiment(lambda x0, u, t: returned(t.size, x0.size), np.zeros(2), np.zeros(1), TIMES, False)
    with pytest.raises(error, match=words):
        experiment.deviation()


def test_solutions_that_end_too_early_are_refused(monkeypatch):
    escaping = (lambda x, u, t: x**2), (lambda x, u, t: x)  # infinite at t = 1
    undefined = (lambda x, u, t: np.sqrt(0.7 - t) + x if t < 0.7 else x * np.nan), (lambda x, u, t: x)
    monkeypatch.setattr(simulations, "_MOST_EVALUATIONS", 2000)
    for pair in (escaping, undefined):
        with pytest.raises(NumericalError, match="smaller scales"):
            simulator_of(pair, discrete=False)(np.array([1.0]), np.zeros((6, 1)), TIMES)
    monkeypatch.setattr(
        simulations, "solve_ivp", lambda *_, **__: SimpleNamespace(success=False, t=TIMES[:1], message="x")
    )
    with pytest.raises(NumericalError, match="near t = 0"):
        simulator_of(undefined, discrete=False)(np.array([1.0]), np.zeros((6, 1)), TIMES)
