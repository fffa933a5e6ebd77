"""Flows: their exact laws, on networks, systems and bare representations."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.flows import gradient_flows as flows
from dlnbalance.quiver.gram import GramOperator

from ..models import QUIVERS, norm, random_network, random_representation, random_system, random_unitary

NETWORKS = {
    "N=2": ((4, 3, 4), None),
    "N=3 rectangular": ((3, 5, 4, 2), None),
    "N=4 square": ((3, 3, 3, 3, 3), None),
    "N=3 deficient": ((4, 3, 3, 4), 2),
    "N=1": ((3, 2), None),
}
#: One layer alone has no gauge group, hence no moment to flow along.
DEEP = [name for name, (widths, _) in NETWORKS.items() if len(widths) > 2]
#: Every hidden layer is as wide as the end-to-end matrix has rank.
CLOSED = ["N=2", "N=4 square"]
TIMES = np.array([0.0, 0.05, 0.5, 2.0, 10.0])


@pytest.fixture(params=NETWORKS)
def network(request, rng, complex_entries):
    widths, rank = NETWORKS[request.param]
    return random_network(rng, widths, complex_entries=complex_entries, rank=rank)


@pytest.fixture(params=[False, True], ids=["continuous", "discrete"])
def system(request, rng, complex_entries):
    return random_system(rng, 5, 2, 3, complex_entries=complex_entries, discrete=request.param)


def has_closed_orbit(network):
    """For the generic networks here: every hidden layer is as wide as the rank of X."""
    return all(width == network.rank for width in network.widths[1:-1])


# -- regularizing -------------------------------------------------------------------------------------------------


def test_regularizing_flow_moments_decay_exactly_and_the_end_to_end_matrix_stays(network):
    times = TIMES if has_closed_orbit(network) else TIMES[:4]
    path = flows.regularizing(network, times)
    assert path.moment_errors.max() <= 1e-9
    assert path.drifts.max() <= 1e-9
    assert (np.diff(path.energies) <= 1e-12 * path.energies[0]).all()
    np.testing.assert_allclose(path.moment_norms, np.exp(-2 * times) * path.moment_norms[0], atol=1e-9)


def test_regularizing_flow_of_a_system_at_any_time_base(system):
    path = flows.regularizing(system, TIMES)
    assert path.moment_errors.max() <= 1e-9
    assert path.drifts.max() <= 1e-9
    assert all(isinstance(state, dln.LinearSystem) for state in path.states)
    assert path.states[-1].dt == system.dt
    assert path.states[-1].inputs == system.inputs


@pytest.mark.parametrize("quiver", QUIVERS)
def test_regularizing_flow_of_every_quiver(rng, quiver, complex_entries):
    model = random_representation(rng, quiver, complex_entries=complex_entries)
    path = flows.regularizing(model, [0.0, 0.3, 1.0])
    assert path.moment_errors.max() <= 1e-9
    assert path.drifts is None


def test_regularizing_flow_of_a_non_minimal_system(rng):
    """At any rank: the normal component of W never moves the moment."""
    A = la.block_diag([[-1.0, 2.0], [0.0, -2.0]], [[-3.0]])
    system = dln.LinearSystem(A, [[1.0], [2.0], [0.0]], [[1.0, 0.0, 1.0]])
    path = flows.regularizing(system, [0.0, 0.5, 1.0])
    assert path.moment_errors.max() <= 1e-9
    assert path.drifts.max() <= 1e-9


@pytest.mark.parametrize("network", DEEP, indirect=True)
def test_regularizing_flow_is_steepest_descent_in_the_induced_metric(network):
    """Finite differences at time 0: Ẇ is tangent to the orbit and −Ẇ represents dE there."""
    h = 1e-4
    path = flows.regularizing(network, [0.0, h, 2 * h], rtol=1e-12)
    first, second, third = (state.weights for state in path.states)
    velocity = [(-3 * a + 4 * b - c) / (2 * h) for a, b, c in zip(first, second, third, strict=True)]
    representation = network.representation
    solution = GramOperator(representation).solve(network.moments(), rtol=1e-12).value
    expected = representation.infinitesimal_action([-b for b in solution])
    assert norm([v - e for v, e in zip(velocity, expected, strict=True)]) <= 1e-5 * norm(expected)


@pytest.mark.parametrize("network", CLOSED, indirect=True)
def test_regularizing_flow_reaches_a_balanced_point_at_infinity(network):
    assert has_closed_orbit(network)
    path = flows.regularizing(network, [0.0, np.inf])
    limit = path.states[-1]
    assert abs(limit.balancing_gap()) <= 1e-9 * limit.norm**2
    assert la.norm(limit.end_to_end - network.end_to_end) <= 1e-11 * la.norm(network.end_to_end)


def test_regularizing_flow_scalar_closed_form():
    """d = 1, N = 2: on the hyperbola w₂w₁ = x the difference of squares decays like e^{−2t}."""
    w1, w2 = 3.0, 0.5
    path = flows.regularizing(dln.DeepLinearNetwork([[[w1]], [[w2]]]), TIMES)
    for time, state in zip(TIMES, path.states, strict=True):
        difference, x = np.exp(-2 * time) * (w1**2 - w2**2), w1 * w2
        square = (difference + np.sqrt(difference**2 + 4 * x**2)) / 2
        assert state.weights[0].item() == pytest.approx(np.sqrt(square), rel=1e-10)


def test_regularizing_flow_may_end_outside_of_the_orbit():
    """W_1 = 1, W_2 = 0 over X = 0: the orbit has no balanced point, and the flow leads out of it, to zero."""
    network = dln.DeepLinearNetwork([[[1.0]], [[0.0]]])
    path = flows.regularizing(network, [0.0, 1.0, 5.0])
    np.testing.assert_allclose(path.moment_norms, np.exp(-2 * path.times), rtol=1e-9)
    assert flows.regularizing(network, [np.inf]).states[-1].norm <= 1e-12
    with pytest.raises(NumericalError, match="no balanced point"):
        flows.regularizing(network, [np.inf], integrator="gauge")


def test_tolerance_controls_the_error_of_the_path(rng):
    network = random_network(rng, (4, 4, 4, 4))
    exact = flows.regularizing(network, [1.0], rtol=1e-11).states[0]
    errors = []
    for rtol in (1e-4, 1e-6, 1e-8):
        path = flows.regularizing(network, [1.0], rtol=rtol)
        assert path.drifts.max() <= 1e-11  # conserved by construction, whatever the tolerance
        errors.append(norm([a - b for a, b in zip(path.states[0].weights, exact.weights, strict=True)]))
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-5 * network.norm


def test_regularizing_flow_starts_anywhere_in_time(rng):
    network = random_network(rng, (3, 3, 3))
    direct = flows.regularizing(network, [2.0], rtol=1e-10).states[0]
    first = flows.regularizing(network, [0.7], rtol=1e-10).states[0]
    second = flows.regularizing(first, [1.3], rtol=1e-10).states[0]
    assert norm([a - b for a, b in zip(direct.weights, second.weights, strict=True)]) <= 1e-7 * network.norm


def test_regularizing_flow_commutes_with_unitary_gauges(rng, complex_entries):
    network = random_network(rng, (4, 3, 3, 4), complex_entries=complex_entries)
    Q = [random_unitary(rng, 3, complex_entries=complex_entries) for _ in range(2)]
    moved = flows.regularizing(network.gauge(Q), [1.0]).states[0]
    expected = flows.regularizing(network, [1.0]).states[0].gauge(Q)
    assert norm([a - b for a, b in zip(moved.weights, expected.weights, strict=True)]) <= 1e-6 * network.norm


# -- Kirwan–Ness and Helmke–Moore ---------------------------------------------------------------------------------


@pytest.mark.parametrize("network", DEEP, indirect=True)
def test_kirwan_ness_velocity_is_the_printed_one(network):
    """Ẇ_k = 2(W_k G_{k−1} − G_k W_k) with G_0 = G_N = 0, by finite differences at time 0."""
    h = 1e-5
    path = flows.kirwan_ness(network, [0.0, h, 2 * h], rtol=1e-13)
    first, second, third = (state.weights for state in path.states)
    moments = network.moments()
    for k, (a, b, c) in enumerate(zip(first, second, third, strict=True), start=1):
        velocity = (-3 * a + 4 * b - c) / (2 * h)
        expected = np.zeros_like(a)
        if k > 1:
            expected = expected + 2 * a @ moments[k - 2]
        if k < network.depth:
            expected = expected - 2 * moments[k - 1] @ a
        assert la.norm(velocity - expected) <= 1e-5 * (1 + la.norm(expected))


@pytest.mark.parametrize("network", DEEP, indirect=True)
def test_kirwan_ness_dissipates_four_times_the_squared_action(network):
    """d/dt ½‖G‖² = −4‖w_G‖²: the paper prints −2."""
    h = 1e-5
    path = flows.kirwan_ness(network, [0.0, h, 2 * h], rtol=1e-13)
    values = path.moment_norms**2 / 2
    slope = (-3 * values[0] + 4 * values[1] - values[2]) / (2 * h)
    action = norm(network.representation.infinitesimal_action(network.moments())) ** 2
    assert slope == pytest.approx(-4 * action, rel=1e-4)
    assert slope != pytest.approx(-2 * action, rel=0.3)


def test_kirwan_ness_converges_to_one_balanced_point_at_any_rank(network):
    path = flows.kirwan_ness(network, [0.0, 5.0, 40.0])
    assert path.moment_norms[-1] <= 0.2 * path.moment_norms[0] + 1e-12
    # Near the balanced point stability limits the steps, and the moment hovers at the level of the local error, 1e-8.
    assert (np.diff(path.moment_norms) <= 1e-6 * path.moment_norms[0]).all()
    assert path.drifts.max() <= 1e-9


def test_helmke_moore_is_kirwan_ness_at_half_speed(network):
    half = flows.helmke_moore(network, [0.0, 1.0], rtol=1e-10).states[-1]
    full = flows.kirwan_ness(network, [0.0, 0.5], rtol=1e-10).states[-1]
    assert norm([a - b for a, b in zip(half.weights, full.weights, strict=True)]) <= 1e-8 * network.norm


def test_helmke_moore_velocity_of_a_system(system):
    """Ȧ = [A, μ], Ḃ = −μB, Ċ = Cμ."""
    h = 1e-6
    path = flows.helmke_moore(system, [0.0, h, 2 * h], rtol=1e-13)
    (mu,) = system.representation.moment_map()
    expected = {"A": system.A @ mu - mu @ system.A, "B": -mu @ system.B, "C": system.C @ mu}
    for name, value in expected.items():
        a, b, c = (getattr(state, name) for state in path.states)
        assert la.norm((-3 * a + 4 * b - c) / (2 * h) - value) <= 1e-4 * (1 + la.norm(value))
    assert path.drifts.max() <= 1e-9


def test_transfer_function_is_conserved(system):
    omega = np.linspace(-20, 20, 41)
    before = dln.frequency_response(system, omega)
    for flow in (flows.regularizing, flows.kirwan_ness, flows.helmke_moore):
        after = dln.frequency_response(flow(system, [3.0]).states[0], omega)
        assert np.abs(after - before).max() <= 1e-9 * np.abs(before).max()


NON_MINIMAL = {
    "not reached": ([[-1.0, 2.0, 0.5], [0.3, -2.0, 1.0], [0.0, 0.0, -3.0]], [[1.0], [2.0], [0.0]], [[1.0, 0.5, 1.0]]),
    "not observed": ([[-1.0, 2.0, 0.0], [0.3, -2.0, 0.0], [1.0, 1.0, -3.0]], [[1.0], [2.0], [1.0]], [[1.0, 0.5, 0.0]]),
    "a Jordan block": ([[-0.5, 1.0, 0.0], [0.0, -0.5, 1.0], [0.0, 0.0, -0.5]], [[1.0], [0.0], [0.0]], [[1.0, 0, 0]]),
    "no input": ([[-1.0, 2.0], [0.0, -2.0]], [[0.0], [0.0]], [[1.0, 1.0]]),
    "no output": ([[0.5, 2.0], [1.0, -0.2]], [[1.0], [1.0]], [[0.0, 0.0]]),
    "neither": ([[0.5, 1.0], [0.0, -0.3]], [[0.0], [0.0]], [[0.0, 0.0]]),
}
FLOWS = [flows.regularizing, flows.kirwan_ness, flows.helmke_moore]


@pytest.fixture(params=NON_MINIMAL)
def non_minimal(request, rng, complex_entries):
    """A system that is not minimal, in coordinates that do not show it."""
    A, B, C = (np.array(M) for M in NON_MINIMAL[request.param])
    Q = random_unitary(rng, A.shape[0], complex_entries=complex_entries)
    return dln.LinearSystem(Q @ A @ Q.conj().T, Q @ B, C @ Q.conj().T, dt=0.5)


def frequency_errors(system, states):
    omega = np.linspace(-np.pi, np.pi, 41) / (system.sampling_time or 0.1)
    before = dln.frequency_response(system, omega)
    scale = max(np.abs(before).max(), 1.0)
    return [np.abs(dln.frequency_response(state, omega) - before).max() / scale for state in states]


def test_moments_of_systems_decay_exactly_at_any_rank(non_minimal):
    """μ(t) = e^{−2t}μ(0), as matrices: the normal component of W never moves the moment."""
    times = [0.0, 0.1, 0.4, 1.0]
    path = flows.regularizing(non_minimal, times)
    (first,) = non_minimal.representation.moment_map()
    for time, state in zip(times, path.states, strict=True):
        (moment,) = state.representation.moment_map()
        assert la.norm(moment - np.exp(-2 * time) * first) <= 1e-9 * (la.norm(first) or 1.0)
    assert max(frequency_errors(non_minimal, path.states)) <= 1e-9


@pytest.mark.parametrize("flow", FLOWS)
def test_flows_conserve_the_transfer_function_of_systems_at_any_rank(non_minimal, flow):
    path = flow(non_minimal, [0.0, 0.2, 1.0])
    assert max(frequency_errors(non_minimal, path.states)) <= 1e-9
    assert (np.diff(path.energies) <= 1e-9 * path.energies[0]).all()


def test_regularizing_flow_may_leave_an_orbit_that_is_not_closed_in_finite_time():
    """Without input and observable: a mode ceases to be observed at t ≈ 1.035, where the orbit of the system ends."""
    system = dln.LinearSystem(*NON_MINIMAL["no input"])
    times = np.array([0.2, 0.6, 0.8, 0.9, 1.0])
    seen = [np.abs(state.C @ np.linalg.eig(state.A)[1]).min() for state in flows.regularizing(system, times).states]
    assert (np.diff(seen) < 0).all()
    slope = (seen[-1] - seen[-2]) / 0.1
    assert 1.0 - seen[-1] / slope == pytest.approx(1.035, abs=0.01)  # it does not level off
    with pytest.raises(NumericalError, match="no balanced point"):
        flows.regularizing(system, [1.2])
    assert flows.kirwan_ness(system, [10.0]).moment_norms[-1] < 0.1  # which stays on the orbit, towards its boundary


@pytest.mark.parametrize("flow", FLOWS)
def test_flows_conserve_the_transfer_function_of_an_unstable_system(rng, flow, complex_entries):
    stable = random_system(rng, 4, 2, 1, complex_entries=complex_entries)
    system = stable.with_matrices(stable.A + 1.5 * np.eye(4), stable.B, stable.C)
    assert system.poles().real.max() > 0.1
    assert max(frequency_errors(system, flow(system, [0.5, 2.0]).states)) <= 1e-9


def test_regularizing_flow_of_a_system_reaches_the_norm_balanced_realization(system):
    """At infinity: the least norm, which the solver for norm-balanced realizations finds in another way."""
    limit = flows.regularizing(system, [np.inf]).states[0]
    least = dln.balance(system, form="norm").system.representation.energy
    assert limit.representation.energy == pytest.approx(least, rel=1e-9)
    assert limit.representation.moment_norm() <= 1e-8 * least


def test_kirwan_ness_and_helmke_moore_of_a_system_are_one_flow_at_two_speeds(system):
    full = flows.kirwan_ness(system, [0.3, 1.0], rtol=1e-10).states
    half = flows.helmke_moore(system, [0.6, 2.0], rtol=1e-10).states
    for a, b in zip(full, half, strict=True):
        difference = [x - y for x, y in zip(a.representation.matrices, b.representation.matrices, strict=True)]
        assert norm(difference) <= 1e-7 * a.representation.norm


def test_kirwan_ness_of_a_system_dissipates_four_times_the_squared_action(system):
    """d/dt ½‖μ‖² = −4‖w_μ‖², and dE/dt = −2‖μ‖² since the velocity is −w_{2μ} and dE(w_μ) = ‖μ‖²."""
    h = 1e-6
    path = flows.kirwan_ness(system, [0.0, h, 2 * h], rtol=1e-13)
    squares = path.moment_norms**2 / 2
    action = norm(system.representation.infinitesimal_action(system.representation.moment_map())) ** 2
    assert (-3 * squares[0] + 4 * squares[1] - squares[2]) / (2 * h) == pytest.approx(-4 * action, rel=1e-3)
    energies = path.energies
    slope = (-3 * energies[0] + 4 * energies[1] - energies[2]) / (2 * h)
    assert slope == pytest.approx(-2 * path.moment_norms[0] ** 2, rel=1e-3)


# -- interface ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flow", [flows.regularizing, flows.kirwan_ness, flows.helmke_moore])
def test_first_state_at_time_zero_is_the_start(rng, flow):
    network = random_network(rng, (3, 4, 2))
    path = flow(network, [0.0, 0.1])
    for a, b in zip(path.states[0].weights, network.weights, strict=True):
        assert la.norm(a - b) <= 1e-14 * la.norm(b)
    assert flow(network, 0.1).times.tolist() == [0.1]


@pytest.mark.parametrize("flow", [flows.regularizing, flows.kirwan_ness])
@pytest.mark.parametrize("t", [[], [1.0, 1.0], [2.0, 1.0], [-1.0], [np.nan], ["a"], [[0.0, 1.0]], [1j], None])
def test_times_must_increase_from_zero_on(rng, flow, t):
    with pytest.raises(InvalidArgumentError, match="t: expected increasing times"):
        flow(random_network(rng, (2, 2, 2)), t)


@pytest.mark.parametrize("flow", [flows.kirwan_ness, flows.helmke_moore])
def test_infinity_belongs_to_the_regularizing_flow(rng, flow):
    with pytest.raises(InvalidArgumentError, match="t"):
        flow(random_network(rng, (2, 2, 2)), [np.inf])


@pytest.mark.parametrize("rtol", [0, -1, 2, np.nan, "small"])
def test_tolerances_are_checked(rng, rtol):
    with pytest.raises(InvalidArgumentError, match="rtol"):
        flows.regularizing(random_network(rng, (2, 2, 2)), [1.0], rtol=rtol)


def test_other_objects_are_refused(rng):
    with pytest.raises(InvalidArgumentError):
        flows.regularizing(42, [1.0])


def test_descriptor_systems_flow_in_explicit_form(rng):
    system = random_system(rng, 3, 1, 1, descriptor=True)
    path = flows.regularizing(system, [1.0])
    np.testing.assert_allclose(path.energies, flows.regularizing(system.explicit(), [1.0]).energies, rtol=1e-12)
    assert path.drifts.max() <= 1e-9


def test_zero_and_balanced_networks_stay_where_they_are(rng):
    zero = dln.DeepLinearNetwork([np.zeros((2, 2)), np.zeros((2, 2))])
    assert flows.regularizing(zero, [1.0, np.inf]).energies.tolist() == [0.0, 0.0]
    center = random_network(rng, (3, 3, 3)).center()
    moved = flows.regularizing(center, [5.0]).states[0]
    assert norm([a - b for a, b in zip(moved.weights, center.weights, strict=True)]) <= 1e-12 * center.norm


def test_progress_reaches_one(rng):
    seen = []
    flows.regularizing(random_network(rng, (3, 3, 3)), [0.5, 1.0], progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


def test_repr_is_one_screen(rng):
    text = repr(flows.regularizing(random_network(rng, (3, 3, 3)), [0.0, 1.0]))
    assert len(text.splitlines()) <= 7
    assert "exact decay" in text
