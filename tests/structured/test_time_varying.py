"""Time-varying systems on a finite horizon against their operators, and deep linear networks among them."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.bridge import network_to_time_varying
from dlnbalance.errors import InvalidArgumentError, NumericalError, OrderError, ToleranceError
from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.quiver.kempf_ness import minimize
from dlnbalance.structured.sequences import gramian_residual
from dlnbalance.structured.time_varying import TimeVaryingSystem

from ..models import (
    assert_small,
    random_gauge,
    random_matrix,
    random_network,
    random_representation,
    random_steps,
    random_system,
)

STATES, INPUTS, OUTPUTS = (3, 4, 4, 2, 5), (2, 1, 2, 3), (1, 2, 2, 1)


@pytest.fixture(params=[False, True], ids=["real", "complex"])
def system(rng, request):
    """Horizon 4, dimensions that vary, with an initial factor and a final weight."""
    options = {"complex_entries": request.param}
    steps = random_steps(rng, STATES, INPUTS, OUTPUTS, **options)
    initial, final = random_matrix(rng, 3, 2, **options), random_matrix(rng, 4, 5, **options)
    return TimeVaryingSystem(*steps, initial=initial, final=final)


def hankel_block(system, k):
    """Block of the operator from (v, u_0, …, u_{k−1}) to (y_k, …, w)."""
    rows = sum(system.noutputs[:k])
    columns = system.initial.shape[1] + sum(system.ninputs[:k])
    return system.operator()[rows:, :columns]


def test_operator_simulates(rng, system):
    v = rng.standard_normal(2)
    u = [rng.standard_normal(m) for m in INPUTS]
    x, y = system.initial @ v, []
    for k, value in enumerate(u):
        y.append(system.C[k] @ x + system.D[k] @ value)
        x = system.A[k] @ x + system.B[k] @ value
    expected = np.concatenate([*y, system.final @ x])
    assert_small(la.norm(system.operator() @ np.concatenate([v, *u]) - expected), la.norm(expected), 100)


def test_hankel_singular_values_are_those_of_the_operator_at_every_time(system):
    for k, values in enumerate(system.hankel_singular_values()):
        expected = la.svdvals(hankel_block(system, k))
        assert_small(la.norm(values - expected[: values.size]), expected[0], 50)
        assert_small(la.norm(expected[values.size :]), expected[0], 50)


def test_gramians_satisfy_their_recursions(system):
    networks = system.factor_pairs()
    assert len(networks) == 5
    assert gramian_residual(system, networks) < 20 * EPS
    first, last = networks[0].weights[0], networks[-1].weights[1]
    assert_small(la.norm(first @ adjoint(first) - system.initial @ adjoint(system.initial)), la.norm(first) ** 2, 10)
    assert_small(la.norm(adjoint(last) @ last - adjoint(system.final) @ system.final), la.norm(last) ** 2, 10)


@pytest.mark.parametrize("form", ["balanced", "input-normal", "output-normal"])
def test_balanced_gramians_are_diagonal_at_every_time(system, form):
    result = dln.balance(system, form=form)
    powers = {"balanced": (1, 1), "input-normal": (0, 2), "output-normal": (2, 0)}[form]
    for network, values, order in zip(result.system.factor_pairs(), result.hsv, result.order, strict=True):
        reach, observe = network.weights
        for gramian, power in zip((reach @ adjoint(reach), adjoint(observe) @ observe), powers, strict=True):
            assert_small(la.norm(gramian - np.diag(values[:order] ** power)), (1 + values[0]) ** 2, 1e4)
    assert_small(float(result.system.distance(system)), la.norm(system.operator(), 2), 100)
    assert result.order == (2, 4, 4, 2, 4)  # two initial directions, four final weights
    assert all(abs(certificate.relative_gap) < 1e-13 for certificate in result.certificate)
    assert len(repr(result).splitlines()) <= 10


def test_gauges_leave_the_operator_alone(rng, system):
    gauge = [random_gauge(rng, n, complex_entries=system.is_complex) for n in system.nstates]
    moved = system.with_representation(system.representation.act(gauge))
    assert_small(float(moved.distance(system)), la.norm(system.operator(), 2), 200)
    same = system.with_representation(system.representation)
    assert_small(float(same.distance(system)), la.norm(system.operator(), 2), 20)
    with pytest.raises(InvalidArgumentError, match="representation"):
        system.with_representation(random_representation(rng, "chain"))


def test_norm_balancing_by_the_quiver_alone(rng):
    states = (3, 3, 3, 3)
    steps = random_steps(rng, states, (2, 2, 2), (2, 2, 2))
    system = TimeVaryingSystem(*steps, initial=rng.standard_normal((3, 3)), final=rng.standard_normal((3, 3)))
    minimum = minimize(system.representation)
    assert minimum.status == "converged"
    balanced = dln.balance(system, form="norm").system
    assert balanced.representation.energy == pytest.approx(minimum.representation.energy)
    assert balanced.representation.energy < system.representation.energy
    assert_small(float(balanced.distance(system)), la.norm(system.operator(), 2), 1e4)


def test_error_lies_between_its_bounds_for_random_orders(rng):
    for trial in range(40):
        K = int(rng.integers(1, 7))
        n, m, p = rng.integers(1, 6, size=K + 1), rng.integers(0, 4, size=K), rng.integers(0, 4, size=K)
        options = {"complex_entries": bool(trial % 2)}
        steps = random_steps(rng, n, m, p, **options)
        initial = random_matrix(rng, n[0], int(rng.integers(0, 3)), **options)
        final = random_matrix(rng, int(rng.integers(1, 3)), n[-1], **options)
        system = TimeVaryingSystem(*steps, initial=initial, final=final)
        size = max(float(la.norm(system.operator(), 2)) if system.operator().size else 0.0, 1e-3)
        ranks = [network.rank for network in system.factor_pairs()]
        model = dln.reduce(system, [int(rng.integers(0, rank + 1)) for rank in ranks])
        assert model.stable
        assert model.lower_bound - 1e-11 * size <= float(model.error()) <= model.bound + 1e-11 * size


def test_tolerance_gives_the_fewest_states_of_one_threshold(system):
    values = np.sort(np.concatenate(system.hankel_singular_values()))[::-1]
    values = values[values > 1e-12]
    for kept in (1, 4, 9):
        bound = 2 * values[kept:].sum()
        model = dln.reduce(system, tol=bound * (1 + 1e-9))
        assert sum(model.order) == kept
        assert float(model.error()) <= bound


def test_zero_initial_state_and_unseen_final_state(rng):
    system = TimeVaryingSystem(*random_steps(rng, (3, 3, 3), (1, 1), (1, 1)))
    result = dln.balance(system)
    assert result.order == (0, 1, 0)
    assert_small(float(result.system.distance(system)), la.norm(system.operator(), 2), 100)
    assert dln.reduce(system, 1).order == (0, 1, 0)
    with pytest.raises(OrderError, match="from 0 to 1"):
        dln.reduce(system, 2)
    nothing = dln.reduce(system, [0, 0, 0])
    assert float(nothing.error()) == pytest.approx(float(result.hsv[1][0]))
    assert nothing.lower_bound == pytest.approx(float(nothing.error()))


def test_long_horizons_approach_the_gramians_of_the_time_invariant_system(rng):
    plant = random_system(rng, 4, 2, 2, discrete=True)
    A, B, C, D, _ = plant.to_tuple()
    system = TimeVaryingSystem(*([M] * 800 for M in (A, B, C, D)))
    values = system.hankel_singular_values()[400]
    assert_small(la.norm(values - dln.hankel_singular_values(plant)), values[0], 200)


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("widths", [(3, 4), (2, 5, 3), (4, 3, 5, 2, 6), (3, 3, 3, 3, 3, 3)])
def test_a_network_is_a_time_varying_system_with_its_partial_products_as_gramians(rng, complex_entries, widths):
    network = random_network(rng, widths, complex_entries=complex_entries)
    if network.depth == 1:
        with pytest.raises(InvalidArgumentError, match="hidden layer"):
            network_to_time_varying(network)
        return
    system = network_to_time_varying(network)
    X, W = network.end_to_end, network.weights
    assert_small(la.norm(system.operator() - X), la.norm(X), 20)
    assert system.nstates == network.widths[1:-1]
    assert system.representation.energy == pytest.approx(network.representation.energy)
    for ours, theirs in zip(system.representation.moment_map(), network.moments(), strict=True):
        assert_small(la.norm(ours - theirs), 1 + la.norm(theirs), 20)
    for k, pair in enumerate(system.factor_pairs(), start=1):
        before = np.linalg.multi_dot([*W[:k][::-1], np.eye(widths[0])])
        after = np.linalg.multi_dot([np.eye(widths[-1]), *W[k:][::-1]])
        R, O = before @ adjoint(before), adjoint(after) @ after  # noqa: E741
        reach, observe = pair.weights
        assert_small(la.norm(reach @ adjoint(reach) - R), la.norm(R), 50)
        assert_small(la.norm(adjoint(observe) @ observe - O), la.norm(O), 50)
        values = pair.singular_values
        assert_small(la.norm(values - la.svdvals(X)[: values.size]), la.norm(X), 100)


def test_truncating_a_network_in_time_is_eckart_young(rng):
    network = random_network(rng, (5, 4, 6, 4, 5))
    system, values = network_to_time_varying(network), network.singular_values
    for r in (1, 2, 3):
        model = dln.reduce(system, r)
        assert model.order == (r, r, r)
        assert float(model.error()) == pytest.approx(values[r], rel=1e-9)
        assert model.lower_bound == pytest.approx(values[r], rel=1e-9)
        assert model.bound == pytest.approx(2 * values[r:4].sum(), rel=1e-6)  # values of all layers count once


def test_balancing_a_network_in_norm_reaches_its_center(rng):
    network = random_network(rng, (3, 3, 3, 3))
    minimum = minimize(network_to_time_varying(network).representation)
    assert 2 * minimum.representation.energy == pytest.approx(network.center().norm ** 2, rel=1e-10)


def test_a_rank_deficient_network_keeps_its_rank(rng):
    system = network_to_time_varying(random_network(rng, (4, 4, 4, 4), rank=2))
    assert dln.balance(system).order == (2, 2)
    with pytest.raises(ToleranceError, match="at least"):
        dln.reduce(system, tol=1e-40)


def test_no_steps_are_a_network_of_depth_two(rng):
    first, last = rng.standard_normal((3, 4)), rng.standard_normal((2, 3))
    system = TimeVaryingSystem([], [], [], initial=first, final=last)
    assert_small(la.norm(system.operator() - last @ first), la.norm(last @ first), 10)
    assert dln.balance(system).order == (2,)
    assert system.length == 0
    assert "horizon 0…0" in repr(system)


def test_products_beyond_the_range_of_numbers_are_refused():
    system = TimeVaryingSystem([[[1e200]]] * 3, [[[1.0]]] * 3, [[[1.0]]] * 3)
    for action in (dln.balance, TimeVaryingSystem.operator):
        with pytest.raises(NumericalError, match="overflow"):
            action(system)


def test_zero_operator_has_nothing_to_balance():
    system = TimeVaryingSystem([np.eye(2)], [np.zeros((2, 1))], [np.ones((1, 2))], final=np.eye(2))
    assert dln.balance(system).order == (0, 0)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"A": [np.eye(2), np.eye(3)]}, r"A\[1\]"),
        ({"A": []}, "B"),
        ({"A": [], "B": [], "C": []}, "A"),
        ({"B": np.ones((2, 1))}, "B"),
        ({"B": [np.ones((2, 1)), [[np.inf], [0.0]]]}, r"B\[1\]"),
        ({"C": [np.ones((1, 3)), np.ones((1, 2))]}, r"C\[0\]"),
        ({"D": [[[1.0]]]}, "D"),
        ({"initial": np.eye(3)}, r"A\[0\]"),
        ({"final": np.eye(3)}, "final"),
    ],
)
def test_wrong_arguments_are_named(change, argument):
    given = {"A": [np.eye(2)] * 2, "B": [np.ones((2, 1))] * 2, "C": [np.ones((1, 2))] * 2}
    assert TimeVaryingSystem(**given).nstates == (2, 2, 2)
    with pytest.raises(InvalidArgumentError, match=rf"^{argument}:"):
        TimeVaryingSystem(**(given | change))
