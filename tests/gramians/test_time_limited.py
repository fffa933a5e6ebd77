"""Time-limited Gramians against quadrature and sums, their limits, and what the modified ones prove."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, NumericalError, UnstableSystemError
from dlnbalance.gramians.kinds import named
from dlnbalance.linalg.arrays import adjoint

from ..limited import gramians, time_gramians
from ..models import assert_small, random_matrix, random_system


@pytest.mark.parametrize("horizon", [0.1, 1.3, 6.0])
def test_both_gramians(rng, complex_entries, discrete, descriptor, horizon):
    options = {"complex_entries": complex_entries, "discrete": discrete, "descriptor": descriptor}
    system = random_system(rng, 7, 2, 3, **options)
    network = dln.TimeLimited(horizon)(system)
    assert network.is_complex == complex_entries
    for found, wanted in zip(gramians(network), time_gramians(system, horizon), strict=True):
        assert_small(la.norm(found - wanted), la.norm(wanted), 2e3)


def test_unstable_systems(rng, complex_entries, discrete):
    system = random_system(rng, 6, 2, 2, complex_entries=complex_entries, discrete=discrete)
    A = system.A * 1.5 if discrete else system.A + np.eye(6)
    unstable = dln.LinearSystem(A, system.B, system.C, system.D, dt=system.dt)
    assert not dln.gramians.is_stable(unstable)
    for found, wanted in zip(gramians(dln.TimeLimited(2.0)(unstable)), time_gramians(unstable, 2.0), strict=True):
        assert_small(la.norm(found - wanted), la.norm(wanted), 1e4)
    model = dln.reduce(unstable, 5, gramians=dln.TimeLimited(2.0))
    assert model.kept is None
    assert type(model).__name__ == "TimeReducedModel"
    assert float(model.error()) < 0.1 * dln.norms.time_limited_norm(unstable, 2.0) + la.norm(system.D)


def test_in_closed_form():
    """An integrator and a lag: T and (1 − e^{−2T})/2; a double integrator: T³/3, T²/2 and T."""
    assert_small(abs(dln.TimeLimited(7.0)(([[0.0]], [[1.0]], [[1.0]])).singular_values.item() - 7), 7.0, 10)
    lag = dln.TimeLimited(0.25)(([[-1.0]], [[1.0]], [[1.0]])).singular_values.item()
    assert_small(abs(lag + np.expm1(-0.5) / 2), lag, 10)
    double = dln.LinearSystem([[0.0, 1.0], [0.0, 0.0]], [[0.0], [1.0]], [[1.0, 0.0]])
    P = gramians(dln.TimeLimited(3.0)(double))[0]
    assert_small(la.norm(P - [[9.0, 4.5], [4.5, 3.0]]), 9.0, 20)


def test_the_equation_holds_in_balanced_coordinates(rng, complex_entries, discrete):
    system = random_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete)
    balanced = dln.balance(system, gramians=dln.TimeLimited(1.5))
    A, B, C, _, _ = balanced.system.to_tuple()
    P = np.diag(balanced.hsv)
    for M, right in ((A, B), (adjoint(A), adjoint(C))):
        F = (np.linalg.matrix_power(M, 15) if discrete else la.expm(1.5 * M)) @ right
        left = M @ P @ adjoint(M) - P if discrete else M @ P + P @ adjoint(M)
        residual = left + right @ adjoint(right) - F @ adjoint(F)
        assert_small(la.norm(residual), la.norm(M) * la.norm(P) + la.norm(right) ** 2 + la.norm(F) ** 2, 1e5)


def test_a_long_horizon_is_lyapunovs(rng, complex_entries, discrete):
    system = random_system(rng, 7, 2, 2, complex_entries=complex_entries, discrete=discrete)
    values = dln.Lyapunov()(system).singular_values
    found = dln.TimeLimited(1e4)(system).singular_values
    assert_small(la.norm(found - values), values[0], 100)


def test_units_do_not_count(rng):
    system = random_system(rng, 6, 1, 1)
    d, rate = 10.0 ** rng.integers(-6, 7, 6), 1e-5
    scaled = dln.LinearSystem(rate * system.A * d[:, None] / d, rate * system.B * d[:, None], system.C / d, system.D)
    first, second = dln.TimeLimited(2.0)(system).singular_values, dln.TimeLimited(2.0 / rate)(scaled).singular_values
    assert_small(la.norm(first - second), first[0], 1e4)


def test_wide_and_empty():
    assert dln.TimeLimited(1.0)(dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), [[]])).rank == 0
    wide = dln.LinearSystem([[-1.0]], np.ones((1, 5)), [[1.0]])
    assert_small(abs(dln.TimeLimited(1e3)(wide).singular_values.item() - np.sqrt(5) / 2), 1.0, 10)
    nothing = dln.LinearSystem(-np.eye(2), np.zeros((2, 1)), np.ones((1, 2)))
    assert dln.TimeLimited(1.0)(nothing).rank == 0


def test_the_modified_ones_prove_the_error(rng, complex_entries, discrete, descriptor):
    options = {"complex_entries": complex_entries, "discrete": discrete, "descriptor": descriptor}
    for _ in range(4):
        system = random_system(rng, 8, 2, 2, **options)
        for model in dln.reduce(system, [2, 5], gramians=dln.TimeLimited(1.0, modified=True)):
            assert model.stable
            assert float(model.error()) <= model.bound


def test_the_error_is_that_of_the_impulse_response(rng, discrete):
    """Against sums and a trapezoidal rule of the difference of the impulse responses."""
    system = random_system(rng, 6, 1, 2, discrete=discrete)
    model = dln.reduce(system, 3, gramians=dln.TimeLimited(1.0))
    t = np.arange(10) if discrete else np.linspace(0, 1.0, 20001)
    squares = np.zeros(t.size)
    for k, each in enumerate(t):
        first, second = (
            s.C @ ((np.linalg.matrix_power(s.A, each) if discrete else la.expm(s.A * each)) @ s.B)
            for s in (system, model.system)
        )
        squares[k] = la.norm(first - second) ** 2
    wanted = np.sqrt(squares.sum() if discrete else np.trapezoid(squares, t))
    assert abs(float(model.error()) / wanted - 1) < (1e-12 if discrete else 1e-6)
    assert "L2 error of the impulse response up to the horizon, measured" in repr(model)


def test_refusals(rng):
    sampled = random_system(rng, 3, 1, 1, discrete=True)
    with pytest.raises(InvalidArgumentError, match=r"a multiple of the sampling time 0\.1, got 0\.25; pass 0\.2"):
        dln.TimeLimited(0.25)(sampled)
    with pytest.raises(InvalidArgumentError, match=r"pass 0\.1"):
        dln.TimeLimited(1e-3)(sampled)
    with pytest.raises(NumericalError, match="range of double precision"):
        dln.TimeLimited(1000.0)(([[1.0]], [[1.0]], [[1.0]]))
    with pytest.raises(UnstableSystemError):
        dln.TimeLimited(1.0, modified=True)(([[1.0]], [[1.0]], [[1.0]]))
    with pytest.raises(InvalidArgumentError, match="dt"):
        dln.TimeLimited(1.0)(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], dt=None))


def test_seven_tenths_are_seven_steps_of_a_tenth():
    """0.7/0.1 is no whole number in double precision."""
    sampled = dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=0.1)
    value = dln.TimeLimited(0.7)(sampled).singular_values.item()
    assert_small(abs(value - (1 - 0.25**7) / 0.75), value, 10)


def test_other_matrices_than_these_are_not_touched(rng):
    A = random_matrix(rng, 4, 4)
    system = dln.LinearSystem(A, np.ones((4, 1)), np.ones((1, 4)))
    dln.TimeLimited(1.0)(system)
    assert np.array_equal(system.A, A)


def test_the_command_line_knows_it():
    assert named("time-limited:horizon=2,modified=True") == dln.TimeLimited(2, modified=True)
