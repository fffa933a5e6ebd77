"""The regularizing flow where the orbit of a network is not closed, integrated in weight space."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.flows import gradient_flows as flows
from dlnbalance.flows import weight_flow
from dlnbalance.networks.closed_forms import hyperbola
from dlnbalance.networks.orbits import rank_profile
from dlnbalance.quiver import integration

from ..models import norm, random_matrix, random_network, random_representation, random_unitary

#: Widths of Gaussian networks on orbits that are not closed, and the rank of the first layer where it is limited.
OPEN = {
    "wide": ((4, 6, 5, 3), None),
    "wider": ((20, 30, 30, 10), None),
    "narrowing, a flag of kernels": ((6, 5, 3, 2), None),
    "widening, a flag of images": ((1, 3, 4, 5, 5), None),
    "bottleneck": ((6, 6, 3, 6, 6), None),
    "deep": ((4, *(8,) * 7, 4), None),
    "first layer deficient": ((5, 4, 4, 5), 2),
    "two layers": ((2, 5, 4), None),
}


@pytest.fixture(params=OPEN)
def network(request, rng, complex_entries):
    widths, rank = OPEN[request.param]
    found = random_network(rng, widths, complex_entries=complex_entries, rank=rank)
    assert not rank_profile(found).is_closed
    return found


def least(network):
    """½ N Σ σ_i(X)^{2/N}."""
    values = network.singular_values[: rank_profile(network).rank]
    return network.depth / 2 * np.sum(values ** (2 / network.depth))


def difference(first, second):
    return norm([a - b for a, b in zip(first.weights, second.weights, strict=True)]) / second.norm


# -- the laws of the flow -----------------------------------------------------------------------------------------


def test_moments_decay_exactly_x_stays_and_the_energy_decreases_to_its_infimum(network):
    shares = []
    path = flows.regularizing(network, [0.0, 0.1, 1.0, 3.0, 10.0], progress=shares.append)
    assert path.moment_errors.max() <= 2e-9  # 5e-10 seen at most
    assert path.drifts.max() <= 1e-14  # 3e-15 seen at most
    infimum = least(network)
    assert (np.diff(path.energies) < 0).all()
    assert path.energies[-1] >= infimum * (1 - 1e-12)
    assert path.energies[-1] - infimum <= 1e-6 * (path.energies[0] - infimum)  # part of it decays like e^{-2t}
    assert difference(path.states[0], network) <= 1e-15
    assert all(np.diff(shares) >= 0)
    assert 0 < shares[0] <= shares[-1]
    assert shares[-1] == pytest.approx(1.0)


def test_the_flow_reaches_a_balanced_network_over_the_same_x(network):
    path = flows.regularizing(network, [5.0, 30.0, 100.0, np.inf])
    limit = path.states[-1]
    assert path.limit_distance <= 1e-10
    assert limit.representation.moment_norm() <= 1e-13 * network.norm**2
    assert path.energies[-1] == pytest.approx(least(network), rel=1e-12)
    assert path.drifts.max() <= 1e-13
    assert limit.widths == network.widths
    assert limit.is_complex == network.is_complex
    assert "balanced limit" in repr(path)
    # e^{-t} is what is left of the way at time t
    assert difference(path.states[0], limit) <= 10 * np.exp(-5.0) * network.norm / limit.norm
    assert max(difference(state, limit) for state in path.states[1:]) <= 1e-10


@pytest.mark.parametrize("widths", [(4, 4, 4, 4), (5, 3, 4), (4, 2, 2, 4)])
def test_both_integrators_agree_where_the_orbit_is_closed(rng, widths, complex_entries):
    network = random_network(rng, widths, complex_entries=complex_entries)
    assert rank_profile(network).is_closed
    paths = [
        flows.regularizing(network, [0.3, 2.0, np.inf], rtol=1e-10, integrator=name) for name in ("gauge", "weights")
    ]
    for gauge, weights in zip(*(path.states for path in paths), strict=True):
        assert difference(gauge, weights) <= 1e-7
    assert paths[1].limit_distance <= 1e-8
    assert paths[0].limit_distance is None


@pytest.mark.parametrize("widths", [(3, 5, 4, 2), (4, 3, 2, 1), (1, 3, 4, 4), (2, 4, 3)])
def test_both_integrators_agree_where_it_is_not(rng, widths, complex_entries):
    network = random_network(rng, widths, complex_entries=complex_entries)
    gauge, weights = (
        flows.regularizing(network, [0.5], rtol=1e-10, integrator=name).states[0] for name in ("gauge", "weights")
    )
    assert difference(gauge, weights) <= 1e-7


@pytest.mark.parametrize("weights", [(3.0, 0.5), (-0.2, 5.0), (2j, 1.0 + 1j), (3.0, 0.0), (0.0, 2j)])
def test_the_scalar_flow_is_known(weights):
    network = dln.DeepLinearNetwork([[[w]] for w in weights])
    times = [0.0, 0.3, 2.0, 8.0]
    path = flows.regularizing(network, times, integrator="weights", rtol=1e-11)
    flowed = np.array([[w.item() for w in state.weights] for state in path.states])
    np.testing.assert_allclose(flowed, hyperbola(network, times), atol=1e-9)


def test_without_an_end_to_end_matrix_the_layers_decay(rng):
    basis = random_unitary(rng, 5)  # W_1 reaches what W_2 does not read
    network = dln.DeepLinearNetwork(
        [basis[:, :2] @ random_matrix(rng, 2, 3), random_matrix(rng, 2, 3) @ basis[:, 2:].T]
    )
    path = flows.regularizing(network, [0.7, np.inf])
    assert difference(path.states[0], dln.DeepLinearNetwork([np.exp(-0.7) * w for w in network.weights])) <= 1e-14
    assert path.states[1].norm <= 1e-14
    assert path.limit_distance <= 1e-14


def test_unitary_gauges_and_changes_of_the_ends_commute_with_the_flow(rng, complex_entries):
    network = random_network(rng, (3, 6, 5, 2), complex_entries=complex_entries)
    Q = [random_unitary(rng, d, complex_entries=complex_entries) for d in network.widths]
    moved = dln.DeepLinearNetwork([Q[k + 1] @ w @ Q[k].conj().T for k, w in enumerate(network.weights)])
    (expected,), (found,) = (flows.regularizing(n, [1.0], rtol=1e-10).states for n in (network, moved))
    back = dln.DeepLinearNetwork([Q[k + 1].conj().T @ w @ Q[k] for k, w in enumerate(found.weights)])
    assert difference(back, expected) <= 1e-8


def test_badly_scaled_layers_cost_little_more(rng):
    network = random_network(rng, (6, 8, 7, 5))
    scaled = network.gauge([1e3 * np.eye(8), 1e-3 * np.eye(7)])
    path = flows.regularizing(scaled, [0.0, 10.0, np.inf])
    assert path.moment_errors.max() <= 1e-8
    assert path.energies[-1] == pytest.approx(least(network), rel=1e-12)
    assert path.evaluations < 2000


# -- what is refused, and bounded ---------------------------------------------------------------------------------


def zero_padded(rng):
    """A network on an orbit that is not closed, whose middle layer has a lower rank than its neighbours ask for."""
    layers = [random_matrix(rng, 4, 4) for _ in range(3)]
    layers[1] = np.zeros((4, 4))
    layers[1][:2, :2] = random_matrix(rng, 2, 2)
    layers[0][1:] = 0.0
    return dln.DeepLinearNetwork(layers)


def test_networks_that_are_not_rigid_go_by_gauges(rng):
    network = zero_padded(rng)
    assert not rank_profile(network).is_closed
    with pytest.raises(InvalidArgumentError, match="lower rank"):
        flows.regularizing(network, [1.0], integrator="weights")
    path = flows.regularizing(network, [0.5])
    assert path.moment_errors.max() <= 1e-9
    assert path.linear_iterations > 0


def test_spread_singular_values_go_by_gauges(rng):
    thin = random_network(rng, (4, 5, 4)).weights
    network = dln.DeepLinearNetwork([np.diag([1.0, 1e-3, 1e-13, 1e-18]), *thin])
    with pytest.raises(InvalidArgumentError, match="spread"):
        flows.regularizing(network, [1.0], integrator="weights")


def test_arguments_are_checked(rng):
    network = random_network(rng, (2, 3, 2))
    with pytest.raises(InvalidArgumentError, match="integrator"):
        flows.regularizing(network, [1.0], integrator="rk4")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidArgumentError, match="only networks"):
        flows.regularizing(network.representation, [1.0], integrator="weights")
    with pytest.raises(InvalidArgumentError, match="rtol"):
        flows.regularizing(network, [1.0], rtol=2.0)
    with pytest.raises(InvalidArgumentError, match="increasing"):
        flows.regularizing(network, [1.0, 1.0])


def test_work_on_the_gauge_group_is_bounded_where_the_orbit_may_be_open(rng, monkeypatch):
    monkeypatch.setattr(flows, "_TOTAL", 300)
    network = random_network(rng, (4, 6, 5, 3))
    with pytest.raises(NumericalError, match=r"300 steps of conjugate gradients at t = 0\.\d.*Kirwan–Ness"):
        flows.regularizing(network, [3.0], integrator="gauge")
    with pytest.raises(NumericalError, match="minimal part"):
        flows.regularizing(random_representation(rng, "wide chain"), [3.0])
    # A closed orbit comes to its end, whatever it takes.
    assert flows.regularizing(random_network(rng, (5, 5, 5, 5)), [1.0]).linear_iterations > 300


def test_steps_are_bounded(rng, monkeypatch):
    monkeypatch.setattr(weight_flow, "_MOST_STEPS", 3)
    with pytest.raises(NumericalError, match=r"3 steps at t = 0\.\d.*truncate"):
        flows.regularizing(random_network(rng, (3, 4, 2)), [5.0])
    monkeypatch.setattr(integration, "_MOST_STEPS", 5)
    with pytest.raises(NumericalError, match="5 steps at t = "):
        flows.regularizing(random_network(rng, (3, 3, 3)), [5.0])


def test_a_limit_far_from_the_end_of_the_flow_is_refused(rng, monkeypatch):
    monkeypatch.setattr(weight_flow, "HORIZON", 3.0)
    monkeypatch.setattr(flows, "HORIZON", 3.0)
    with pytest.raises(NumericalError, match="relative distance"):
        flows.regularizing(random_network(rng, (4, 6, 5, 3)), [np.inf])


def test_progress_reaches_the_end_without_a_way(rng):
    for widths in [(3, 4, 2), (3, 3, 3)]:
        shares = []
        flows.regularizing(random_network(rng, widths), [0.0], progress=shares.append)
        assert shares[-1] == pytest.approx(1.0)
