"""Empirical Gramians of linear systems against Lyapunov's, and of nonlinear ones against closed forms."""

import control
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, NumericalError, ToleranceError
from dlnbalance.gramians.empirical import Empirical
from dlnbalance.gramians.kinds import named

from ..models import assert_small, random_system, random_unitary


def gramians(pair):
    first, second = pair.weights
    return first @ first.conj().T, second.conj().T @ second


def distances(system, kind):
    """How far both Gramians are from Lyapunov's, relative to these."""
    exact = gramians(dln.Lyapunov()(system))
    return [la.norm(mine - true) / la.norm(true) for mine, true in zip(gramians(kind(system)), exact, strict=True)]


@pytest.mark.parametrize("disturbance", ["impulse", "step"])
def test_exact_in_discrete_time(rng, complex_entries, disturbance):
    system = random_system(rng, 5, 2, 3, complex_entries=complex_entries, discrete=True)
    kind = Empirical(times=400 * system.sampling_time, disturbance=disturbance)  # 0.9^400 is below eps
    for distance in distances(system, kind):
        assert_small(distance, 1, 1000)


@pytest.mark.parametrize("disturbance", ["impulse", "step"])
def test_second_order_in_continuous_time(rng, complex_entries, disturbance):
    system = random_system(rng, 4, 2, 3, complex_entries=complex_entries)
    grids = [np.linspace(0, 200, steps + 1) for steps in (4000, 8000)]
    coarse, fine = (distances(system, Empirical(times=grid, disturbance=disturbance)) for grid in grids)
    for first, second in zip(coarse, fine, strict=True):
        assert first <= 2e-3
        assert 3.8 <= first / second <= 4.2


def test_steps_that_grow_with_time(rng):
    system = random_system(rng, 4, 2, 2)
    times = np.concatenate([[0], np.geomspace(1e-3, 201, 4000) - 1e-3 + 1e-3])
    for disturbance in ("impulse", "step"):
        assert max(distances(system, Empirical(times=times, disturbance=disturbance))) <= 1e-3


def test_the_horizon_is_that_of_the_sums(rng):
    """Sums of k terms leave A^k P A^k* out."""
    system = random_system(rng, 3, 1, 2, discrete=True)
    kind = Empirical(times=system.dt * np.arange(6))
    P, _ = gramians(dln.Lyapunov()(system))
    power = np.linalg.matrix_power(system.A, 5)
    assert_small(la.norm(gramians(kind(system))[0] - (P - power @ P @ power.T)), la.norm(P), 1000)


def test_directions_scales_and_the_point_do_not_matter_for_a_linear_system(rng):
    system = random_system(rng, 4, 3, 2, discrete=True)
    plain = gramians(Empirical(times=20 * system.dt)(system))
    kinds = [
        Empirical(
            times=20 * system.dt,
            input_scales=rng.uniform(1, 2, (3, 2)),
            state_scales=rng.uniform(1, 2, (4, 3)),
            input_directions=[random_unitary(rng, 3), -np.eye(3)],
            state_directions=[random_unitary(rng, 4)],
        ),
        Empirical(times=20 * system.dt, x0=rng.standard_normal(4), u0=rng.standard_normal(3), input_scales=3.0),
    ]
    for kind in kinds:
        for mine, other in zip(gramians(kind(system)), plain, strict=True):
            assert_small(la.norm(mine - other), la.norm(other), 1e4)


def test_a_few_directions_see_their_span(rng):
    system = random_system(rng, 4, 2, 2, discrete=True)
    basis = random_unitary(rng, 4)[:, :2]
    kind = Empirical(times=20 * system.dt, state_directions=[basis])
    Q = gramians(Empirical(times=20 * system.dt)(system))[1]
    projector = basis @ basis.T
    assert_small(la.norm(gramians(kind(system))[1] - projector @ Q @ projector), la.norm(Q), 1e4)


def test_descriptor_matrix_and_units_of_the_states_do_not_matter(rng):
    system = random_system(rng, 4, 2, 2, discrete=True)
    E, T = rng.standard_normal((4, 4)), np.geomspace(1e-6, 1e6, 4)
    A, B, C, D, dt = system.to_tuple()
    pencil = dln.LinearSystem(E @ A, E @ B, C, D, E=E, dt=dt)
    scaled = dln.LinearSystem(A * T / T[:, None], B / T[:, None], C * T, D, dt=dt)
    kind = Empirical(times=300 * system.dt)
    exact = dln.hankel_singular_values(system)
    for other in (pencil, scaled):
        assert_small(np.abs(dln.hankel_singular_values(other, gramians=kind) - exact).max(), exact[0], 1e5)


def test_a_function_a_pair_and_python_control_agree(rng):
    system = random_system(rng, 3, 1, 1)
    A, B, C, D, _ = system.to_tuple()
    times, point = np.linspace(0, 20, 101), {"x0": np.zeros(3), "u0": [0.0]}
    pair = (lambda x, u, t: A @ x + B @ u), (lambda x, u, t: C @ x + D @ u)
    nonlinear = control.nlsys(
        lambda t, x, u, p: A @ x + B @ np.atleast_1d(u),
        lambda t, x, u, p: C @ x + D @ np.atleast_1d(u),
        inputs=1,
        outputs=1,
        states=3,
    )
    exact = Empirical(system, times=times).factors
    for kind in (Empirical(pair, times=times, **point), Empirical(nonlinear, times=times)):
        assert np.abs(kind.factors.singular_values - exact.singular_values).max() <= 1e-6 * exact.singular_values[0]
    own = Empirical(times=times)(system)
    assert_small(np.abs(own.singular_values - exact.singular_values).max(), exact.singular_values[0], 100)


# -- nonlinear models -------------------------------------------------------------------------------------------------


def test_a_squared_input():
    """x⁺ = x/2 + u², so that impulses of size c leave c² 2⁻ᵏ, and P = ⟨c²⟩ 4/3."""
    pair = (lambda x, u, t: x / 2 + u**2), (lambda x, u, t: x)
    kind = Empirical(pair, times=60.0, dt=True, x0=[0.0], u0=[0.0], input_scales=[-1.0, 2.0])
    P, Q = gramians(kind.factors)
    assert_small(abs(P.item() - 2.5 * 4 / 3), 1, 100)
    assert_small(abs(Q.item() - 4 / 3), 1, 100)


def test_a_cubed_output():
    """y = x³ with x' = −x: Q = ⟨d⁴⟩/6."""
    pair = (lambda x, u, t: u - x), (lambda x, u, t: x**3)
    kind = Empirical(pair, times=np.linspace(0, 12, 2001), x0=[0.0], u0=[0.0], state_scales=[1.0, -2.0])
    assert abs(gramians(kind.factors)[1].item() - 17 / 2 / 6) <= 3e-4  # the trapezoidal rule on exp(−6t)


def test_steps_reach_the_amplitude():
    """An input that saturates at 1: steps to 10 give a tenth of the response that steps to 1 give, and so P/100."""
    pair = (lambda x, u, t: x / 2 + np.clip(u, -1, 1)), (lambda x, u, t: x)
    found = [
        gramians(Empirical(pair, times=60.0, dt=1, x0=[0.0], u0=[0.0], disturbance="step", input_scales=c).factors)[0]
        for c in (1.0, 10.0)
    ]
    assert_small(abs(found[0].item() - 100 * found[1].item()), 1, 100)


def test_the_nominal_trajectory_is_taken_off():
    """Around a motion that is not at rest, of an equation that is linear in what is added."""
    pair = (lambda x, u, t: 0.5 * x + u + np.cos(t)), (lambda x, u, t: x)
    kind = Empirical(pair, times=60.0, dt=1, x0=[3.0], u0=[1.0])
    for W in gramians(kind.factors):
        assert_small(abs(W.item() - 4 / 3), 1, 1000)


# -- reduction --------------------------------------------------------------------------------------------------------


def test_reduction_of_a_linear_system(rng, discrete):
    system = random_system(rng, 6, 2, 2, discrete=discrete)
    times = 400 * system.dt if discrete else np.linspace(0, 200, 4001)
    kind = Empirical(times=times)
    for method in ("truncate", "residualize"):
        model, other = (dln.reduce(system, 3, gramians=g, method=method) for g in (kind, dln.Lyapunov()))
        assert model.bound is None
        assert model.error().value <= 1.01 * other.error().value
    assert "impulses and disturbed states" in model.how
    with pytest.raises(ToleranceError, match="order="):
        dln.reduce(system, tol=0.1, gramians=kind)


def test_unstable_poles_are_kept():
    system = dln.LinearSystem(np.diag([1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)))
    model = dln.reduce(system, 2, gramians=Empirical(times=10.0))
    assert model.kept.poles.real.round(9).tolist() == [1.0]


@pytest.mark.parametrize(("n", "zero"), [(0, False), (3, True)])
def test_nothing_to_reach(rng, discrete, n, zero):
    system = random_system(rng, n, 1, 1, discrete=discrete)
    system = system.replaced(B=0 * system.B) if zero else system
    assert dln.hankel_singular_values(system, gramians=Empirical(times=5.0)).tolist() == [0.0] * n


def test_the_command_line_knows_it():
    assert named("empirical:times=3.0,disturbance=step").times == 3.0
    assert "times up to 3, disturbance='step'" in repr(named("empirical:times=3.0,disturbance=step"))


# -- refusals ---------------------------------------------------------------------------------------------------------

PAIR = (lambda x, u, t: -x), (lambda x, u, t: x)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"times": [0.0, 1.0]}, "three increasing"),
        ({"times": [0.0, 2.0, 1.0]}, "three increasing"),
        ({"times": 0.0}, "times"),
        ({"times": 1.0, "input_scales": [1.0, 0.0]}, "input_scales"),
        ({"times": 1.0, "state_scales": []}, "state_scales"),
        ({"times": 1.0, "state_scales": np.ones((2, 2)) * 1j}, "state_scales"),
        ({"times": 1.0, "input_directions": [[[1.0, 1.0], [0.0, 1.0]]]}, "orthonormal"),
        ({"times": 1.0, "input_directions": []}, "leave it out"),
        ({"times": 1.0, "disturbance": "noise"}, "disturbance"),
        ({"times": 1.0, "dt": None}, "dt"),
        ({"times": 1.0, "simulator": 3}, "simulator"),
    ],
)
def test_settings_that_are_refused(arguments, words):
    with pytest.raises(InvalidArgumentError, match=words):
        Empirical(**arguments)


def test_simulators_that_do_not_fit():
    plant = dln.LinearSystem(-np.eye(2), np.ones((2, 1)), np.ones((1, 2)))
    for kind, words in [
        (Empirical(times=1.0), "something that can be simulated"),
        (Empirical(PAIR, times=1.0, u0=[0.0]), "x0"),
        (Empirical(PAIR, times=1.0, x0=[0.0]), "u0"),
        (Empirical(plant, times=1.0, x0=[0.0]), "x0"),
        (Empirical(plant.replaced(dt=None), times=1.0), "time base"),
        (Empirical(plant.replaced(dt=0.5), times=[0.0, 0.5, 1.5]), "times"),
        (Empirical(plant.replaced(dt=0.5), times=0.5), "two steps"),
        (Empirical(plant, times=1.0, state_scales=np.ones((3, 1))), "state_scales"),
        (Empirical(plant, times=1.0, input_directions=[np.eye(2)]), "input_directions"),
    ]:
        with pytest.raises(InvalidArgumentError, match=words):
            _ = kind.factors
    for kind in (Empirical(PAIR, times=1.0, x0=[0.0], u0=[0.0]), Empirical(PAIR, times=1.0, dt=True)):
        with pytest.raises(InvalidArgumentError, match=r"simulate what is reduced|time base"):
            kind(plant)


def test_states_that_grow_without_limit():
    pair = (lambda x, u, t: 1e200 * x + u), (lambda x, u, t: x)
    with pytest.raises(NumericalError, match="smaller scales"), np.errstate(over="ignore"):
        _ = Empirical(pair, times=9.0, dt=1, x0=[0.0], u0=[0.0]).factors
