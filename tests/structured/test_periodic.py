"""Periodic systems: Gramians against dense solves, lifting, balancing, reduction, refusals."""

import pickle

import control
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import DlnBalanceError, InvalidArgumentError, OrderError, UnstableSystemError
from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.quiver.kempf_ness import minimize
from dlnbalance.structured.periodic import PeriodicSystem
from dlnbalance.structured.sequences import gramian_residual

from ..models import assert_small, random_gauge, random_steps, random_system

STATES, INPUTS, OUTPUTS = (3, 5, 4, 3), (2, 2, 3), (3, 2, 1)


@pytest.fixture(params=[False, True], ids=["real", "complex"])
def system(rng, request):
    """Period 3, dimensions that vary; minimal at every time except time 1, which has more states than it can use."""
    return PeriodicSystem(*random_steps(rng, STATES, INPUTS, OUTPUTS, complex_entries=request.param), dt=0.5)


def oracle_gramians(system):
    """Gramians by one Stein equation for the cyclic matrix of all times together."""
    K, n = system.length, system.nstates
    ends = np.cumsum([0, *n])
    dtype = complex if system.is_complex else float
    A, BB, CC = (np.zeros((ends[-1], ends[-1]), dtype) for _ in range(3))
    for k in range(K):
        here = slice(ends[k], ends[k + 1])
        after = slice(ends[(k + 1) % K], ends[(k + 1) % K + 1])
        A[after, here] = system.A[k]
        BB[after, after] += system.B[k] @ adjoint(system.B[k])
        CC[here, here] += adjoint(system.C[k]) @ system.C[k]
    P = la.solve_discrete_lyapunov(A, BB, method="direct")
    Q = la.solve_discrete_lyapunov(adjoint(A), CC, method="direct")
    blocks = [slice(ends[k], ends[k + 1]) for k in range(K)]
    return [P[b, b] for b in blocks], [Q[b, b] for b in blocks]


def responses(system):
    return dln.frequency_response(system.lifted(), np.linspace(0, 2, 7))


def test_gramians_solve_the_cyclic_stein_equation(system):
    P, Q = oracle_gramians(system)
    networks = system.factor_pairs()
    for k, network in enumerate(networks):
        reach, observe = network.weights
        assert_small(la.norm(reach @ adjoint(reach) - P[k]), la.norm(P[k]), 200)  # observed 10
        assert_small(la.norm(adjoint(observe) @ observe - Q[k]), la.norm(Q[k]), 200)  # observed 8
        assert max(network.widths) <= 8  # compressed
    assert gramian_residual(system, networks) < 20 * EPS


def test_gramian_residual_notices_wrong_factors(system):
    networks = list(system.factor_pairs())
    networks[1] = dln.DeepLinearNetwork([1.001 * networks[1].weights[0], networks[1].weights[1]])
    assert gramian_residual(system, networks) > 1e-5


def test_lifted_system_has_the_impulse_responses_of_the_simulated_one(rng, system):
    lifted = system.lifted()
    periods, K = 3, system.length
    u = [rng.standard_normal(system.ninputs[k % K]) for k in range(periods * K)]
    x, y = np.zeros(system.nstates[0]), []
    for k, value in enumerate(u):
        y.append(system.C[k % K] @ x + system.D[k % K] @ value)
        x = system.A[k % K] @ x + system.B[k % K] @ value
    state = np.zeros(system.nstates[0])
    for j in range(periods):
        stacked = np.concatenate(u[j * K : (j + 1) * K])
        expected = np.concatenate(y[j * K : (j + 1) * K])
        assert_small(la.norm(lifted.C @ state + lifted.D @ stacked - expected), la.norm(expected), 100)
        state = lifted.A @ state + lifted.B @ stacked
    assert lifted.dt == 1.5


def test_hankel_singular_values_at_a_time_are_those_of_the_system_lifted_there(system):
    values = system.hankel_singular_values()
    for k in range(system.length):
        lifted = dln.hankel_singular_values(system.lifted(k))
        assert_small(la.norm(values[k] - lifted[: values[k].size]), lifted[0], 50)
        assert_small(la.norm(lifted[values[k].size :]), lifted[0], 50)
    if not system.is_complex:  # python-control has Gramians of discrete systems by SLICOT, but no hsvd
        plant = system.lifted(0).to_control()
        P, Q = control.gram(plant, "c"), control.gram(plant, "o")
        reference = np.sort(np.sqrt(np.linalg.eigvals(P @ Q).real))[::-1]
        assert_small(la.norm(reference - values[0]), values[0][0], 1e4)


def test_gain_does_not_depend_on_where_a_period_begins(system):
    norms = [float(dln.hinf_norm(system.lifted(k))) for k in range(3)]
    assert norms == pytest.approx([norms[0]] * 3, rel=1e-8)


def test_multipliers_are_the_same_at_every_time(system):
    expected = np.sort(np.abs(np.linalg.eigvals(system.lifted(0).A)))
    assert np.sort(np.abs(system.multipliers())) == pytest.approx(expected, rel=1e-9)
    assert np.abs(system.multipliers()).max() == pytest.approx(0.7, rel=1e-9)


@pytest.mark.parametrize("form", ["balanced", "input-normal", "output-normal"])
def test_balanced_gramians_are_diagonal_at_every_time(system, form):
    result = dln.balance(system, form=form)
    P, Q = oracle_gramians(result.system)
    powers = {"balanced": (1, 1), "input-normal": (0, 2), "output-normal": (2, 0)}[form]
    for k, order in enumerate(result.order):
        values = result.hsv[k][:order]
        for gramian, power in zip((P[k], Q[k]), powers, strict=True):
            assert_small(la.norm(gramian - np.diag(values**power)), (1 + values[0]) ** 2, 1e4)
        assert la.norm(result.transform[k] @ result.inverse[k] - np.eye(order)) < 1e-12
        assert abs(result.certificate[k].relative_gap) < 1e-13
    assert np.abs(responses(result.system) - responses(system)).max() < 1e-11
    assert gramian_residual(system, system.factor_pairs()) < 1e-13
    assert len(repr(result).splitlines()) <= 12


def test_gauges_leave_the_response_alone(rng, system):
    gauge = [random_gauge(rng, n, complex_entries=system.is_complex) for n in system.nstates]
    moved = system.with_representation(system.representation.act(gauge))
    assert moved.dt == system.dt
    assert np.abs(responses(moved) - responses(system)).max() < 1e-11
    same = system.with_representation(system.representation)
    assert np.abs(responses(same) - responses(system)).max() < 1e-13
    assert dln.hankel_singular_values(moved.lifted(2)) == pytest.approx(
        dln.hankel_singular_values(system.lifted(2)), abs=1e-12
    )


def test_norm_balancing_by_the_quiver_alone(rng):
    states = (3, 4, 3)
    system = PeriodicSystem(*random_steps(rng, states, (2, 2), (2, 2)))
    minimum = minimize(system.representation)
    assert minimum.status == "converged"
    balanced = dln.balance(system, form="norm").system
    assert balanced.representation.energy == pytest.approx(minimum.representation.energy)
    assert np.abs(responses(balanced) - responses(system)).max() < 1e-10
    assert balanced.representation.energy < system.representation.energy
    for k, moment in enumerate(balanced.representation.moment_map()):
        before = balanced.A[k - 1] @ balanced.A[k - 1].T + balanced.B[k - 1] @ balanced.B[k - 1].T
        after = balanced.A[k].T @ balanced.A[k] + balanced.C[k].T @ balanced.C[k]
        assert_small(la.norm(moment - before + after), la.norm(before), 10)


def test_error_lies_between_its_bounds_for_random_orders(rng):
    for trial in range(20):
        n = (4, *rng.integers(3, 7, size=2), 4)
        m, p = rng.integers(1, 4, size=3), rng.integers(1, 4, size=3)
        system = PeriodicSystem(*random_steps(rng, n, m, p, complex_entries=bool(trial % 2), radius=0.9))
        ranks = [np.count_nonzero(values > 1e-12) for values in system.hankel_singular_values()]
        orders = [int(rng.integers(0, rank + 1)) for rank in ranks]
        model = dln.reduce(system, orders)
        assert model.order == tuple(orders)
        assert model.stable
        assert isinstance(model.system, PeriodicSystem)
        assert model.lower_bound * (1 - 1e-9) <= float(model.error()) <= model.bound * (1 + 1e-9) + 1e-12
        for left, right, order in zip(model.left, model.right, orders, strict=True):
            assert la.norm(adjoint(left) @ right - np.eye(order)) < 1e-10


def test_one_number_keeps_that_many_states_wherever_there_are(system):
    model = dln.reduce(system, 4)
    assert model.order == (3, 4, 4)
    assert "proved: at least" in repr(model)
    assert "measured" not in repr(model)
    model.error()
    assert "measured" in repr(model)
    assert len(repr(model).splitlines()) <= 12
    with pytest.raises(OrderError, match="from 0 to"):
        dln.reduce(system, 9)


def test_one_step_a_period_is_the_time_invariant_system(rng):
    plant = random_system(rng, 6, 2, 2, discrete=True)
    A, B, C, D, dt = plant.to_tuple()
    periodic = PeriodicSystem([A], [B], [C], [D], dt=dt)
    assert periodic.lifted().dt == dt
    ours, theirs = dln.balance(periodic), dln.balance(plant)
    assert_small(la.norm(ours.hsv[0] - theirs.hsv), theirs.hsv[0], 20)
    assert ours.certificate[0].minimum == pytest.approx(theirs.certificate.minimum)
    for order in (1, 3, 5):
        mine, reference = dln.reduce(periodic, order), dln.reduce(plant, order)
        assert mine.bound == pytest.approx(reference.bound, rel=1e-9)
        assert mine.lower_bound == pytest.approx(reference.lower_bound, rel=1e-9)
        assert float(mine.error()) == pytest.approx(float(float(reference.error())), rel=1e-6)
    tolerance = 1.001 * dln.reduce(plant, 4).bound
    assert dln.reduce(periodic, tol=tolerance).order == (dln.reduce(plant, tol=tolerance).order,)


def test_constant_matrices_give_the_bound_of_the_time_invariant_system(rng):
    plant = random_system(rng, 5, 1, 1, discrete=True)
    A, B, C, D, dt = plant.to_tuple()
    periodic = PeriodicSystem(*([M] * 4 for M in (A, B, C, D)), dt=dt)
    for values in periodic.hankel_singular_values():
        assert_small(la.norm(values - dln.hankel_singular_values(plant)), values[0], 50)
    ours, reference = dln.reduce(periodic, 2), dln.reduce(plant, 2)
    assert ours.bound == pytest.approx(reference.bound, rel=1e-9)  # equal values of all times count once
    assert float(ours.error()) == pytest.approx(float(float(reference.error())), rel=1e-6)
    assert len(set(dln.reduce(periodic, rtol=0.1).order)) == 1


def test_tolerance_gives_the_fewest_states_of_one_threshold(system):
    values = np.sort(np.concatenate(system.hankel_singular_values()))[::-1]
    for kept in range(1, values.size):
        bound = 2 * values[kept:].sum()
        model = dln.reduce(system, tol=bound * (1 + 1e-9))
        assert sum(model.order) == kept
        assert model.bound == pytest.approx(bound)
    assert sum(dln.reduce(system, rtol=1e9).order) == 0


def test_states_that_nobody_reaches_or_sees_are_dropped(rng):
    A, B, C, D = random_steps(rng, (3, 3, 3), (1, 1), (1, 1))
    padded_A = [la.block_diag(M, 0.5) for M in A]
    padded_B = [np.vstack([M, np.zeros((1, 1))]) for M in B]
    padded_C = [np.hstack([M, np.ones((1, 1))]) for M in C]
    system, minimal = PeriodicSystem(padded_A, padded_B, padded_C, D), PeriodicSystem(A, B, C, D)
    result = dln.balance(system)
    assert result.order == (3, 3)
    assert not result.is_minimal
    assert "minimal part" in repr(result)
    assert np.abs(responses(result.system) - responses(minimal)).max() < 1e-12
    with pytest.raises(OrderError, match="exceed their rounding errors"):
        dln.reduce(system, [3, 4])


def test_inputs_outputs_and_states_may_be_missing_at_some_times(rng):
    system = PeriodicSystem(*random_steps(rng, (3, 0, 4, 3), (0, 2, 1), (1, 0, 2)))
    assert system.is_stable
    assert system.multipliers().size == 0
    P, _ = oracle_gramians(system)
    for k, network in enumerate(system.factor_pairs()):
        reach = network.weights[0]
        assert_small(la.norm(reach @ adjoint(reach) - P[k]), 1 + la.norm(P[k]), 50)
    result = dln.balance(system)
    assert result.order[1] == 0
    assert float(result.system.distance(system)) < 1e-12
    model = dln.reduce(system, 1)
    assert model.lower_bound * (1 - 1e-9) <= float(model.error()) <= model.bound * (1 + 1e-9)


def test_zero_inputs_leave_nothing_to_balance(rng):
    A, B, C, D = random_steps(rng, (2, 2, 2), (1, 1), (1, 1))
    system = PeriodicSystem(A, [0 * M for M in B], C, D)
    assert dln.balance(system).order == (0, 0)
    with pytest.raises(OrderError):
        dln.reduce(system, 1)
    model = dln.reduce(system, tol=1e-3)  # D alone is exact
    assert (model.order, model.bound) == ((0, 0), 0)
    assert float(model.error()) < 1e-12


@pytest.mark.parametrize("radius", [1.0, 1.5])
def test_unstable_systems_are_refused(rng, radius):
    A, B, C, D = random_steps(rng, (3, 2, 3), (1, 1), (1, 1), radius=radius)
    if radius == 1:
        A = [np.array([[2.0, 0, 0], [0, 0.5, 0]]), np.array([[0.5, 0], [1.0, 1.0], [0, 0]])]
    system = PeriodicSystem(A, B, C, D)
    assert not system.is_stable
    for action in (dln.balance, lambda s: dln.reduce(s, 1)):
        with pytest.raises(UnstableSystemError, match="characteristic multipliers"):
            action(system)
    stable = PeriodicSystem(*random_steps(rng, (3, 2, 3), (1, 1), (1, 1)))
    assert float(system.distance(stable)) == np.inf


def test_a_step_may_be_unstable_where_the_period_is_not():
    system = PeriodicSystem([[[4.0]], [[0.1]]], [[[1.0]], [[1.0]]], [[[1.0]], [[1.0]]])
    P = [network.weights[0].item() ** 2 for network in system.factor_pairs()]
    first = (1 + 0.01) / (1 - 0.16)  # P_0 = 0.01 P_1 + 1, P_1 = 16 P_0 + 1
    assert pytest.approx([first, 16 * first + 1]) == P


def test_products_that_lose_all_digits_are_refused_and_long_periods_are_not(rng):
    Q = la.qr(rng.standard_normal((2, 2)))[0]
    up = Q @ np.diag([1e9, 1e-9]) @ Q.T
    down = 0.5 * Q @ np.diag([1e-9, 1e9]) @ Q.T
    with pytest.raises(DlnBalanceError):
        PeriodicSystem([up, down], [np.eye(2)] * 2, [np.eye(2)] * 2).factor_pairs()
    system = PeriodicSystem(*random_steps(rng, [3] * 301, [1] * 300, [1] * 300, radius=0.5))
    assert gramian_residual(system, system.factor_pairs()) < 100 * EPS
    huge = PeriodicSystem([[[1e200]], [[1e200]]], [[[1.0]]] * 2, [[[1.0]]] * 2)
    with pytest.raises(DlnBalanceError, match="overflow"):
        dln.balance(huge)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"A": [np.eye(2), np.ones((3, 2))]}, r"A\[1\]"),
        ({"A": [np.ones((3, 2)), np.eye(2)]}, r"A\[1\]"),
        ({"A": np.eye(2)}, "A"),
        ({"A": 3}, "A"),
        ({"A": []}, "A"),
        ({"B": [np.ones((2, 1))]}, "B"),
        ({"B": [np.ones((2, 1)), np.ones((3, 1))]}, r"B\[1\]"),
        ({"B": [np.zeros((2, 0))] * 2}, "B"),
        ({"C": [np.ones((1, 2)), np.ones((1, 1))]}, r"C\[1\]"),
        ({"C": [np.ones((1, 2)), [[np.nan, 1]]]}, r"C\[1\]"),
        ({"D": [[[1.0]], [[1.0, 2.0]]]}, r"D\[1\]"),
        ({"dt": 0}, "dt"),
        ({"dt": None}, "dt"),
        ({"dt": -1.0}, "dt"),
    ],
)
def test_wrong_arguments_are_named(change, argument):
    given = {"A": [0.5 * np.eye(2)] * 2, "B": [np.ones((2, 1))] * 2, "C": [np.ones((1, 2))] * 2}
    assert PeriodicSystem(**given).length == 2
    with pytest.raises(InvalidArgumentError, match=rf"^{argument}:"):
        PeriodicSystem(**(given | change))


def test_wrong_requests_are_refused(system):
    for wrong in ([1, 2], [1, 2, 3, 4], [1, 2, 99], [-1, 1, 1], [1.0, 1, 1], [True, 1, 1], "112", 2.0, True):
        with pytest.raises(InvalidArgumentError):
            dln.reduce(system, wrong)
    with pytest.raises(InvalidArgumentError, match="method"):
        dln.reduce(system, 1, method="residualize")
    with pytest.raises(InvalidArgumentError, match="form"):
        dln.balance(system, form="diagonal")
    with pytest.raises(InvalidArgumentError, match="gramians"):
        dln.balance(system, gramians=lambda s: s)
    for start in (3, -1, 0.0, True):
        with pytest.raises(InvalidArgumentError, match="start"):
            system.lifted(start)
    with pytest.raises(InvalidArgumentError, match="representation"):
        system.with_representation(system.lifted().representation)


def test_copies_travel_without_their_caches(system):
    arrived = pickle.loads(pickle.dumps(system))
    assert np.abs(responses(arrived) - responses(system)).max() < 1e-13
    assert "representation" not in vars(pickle.loads(pickle.dumps(system.with_representation(system.representation))))


def test_equal_values_at_one_time_are_not_split(rng):
    A, B, C, D = random_steps(rng, (2, 2, 2), (1, 1), (1, 1))
    double = PeriodicSystem(*([la.block_diag(M, M) for M in matrices] for matrices in (A, B, C, D)))
    with pytest.raises(OrderError, match=r"order\[0\].*agree to rounding"):
        dln.reduce(double, [1, 2])
    model = dln.reduce(double, [2, 2])
    once = [values[1] for values in PeriodicSystem(A, B, C, D).hankel_singular_values()]
    assert model.bound == pytest.approx(2 * sum(once), rel=1e-9)
