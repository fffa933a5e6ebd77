"""The bridge between networks and systems."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance import bridge
from dlnbalance.errors import InvalidArgumentError

from .models import assert_small, random_network, random_system


@pytest.mark.parametrize("dt", [None, -1.0, np.nan])
def test_time_base_must_be_stated(rng, dt):
    with pytest.raises(InvalidArgumentError, match="dt"):
        bridge.network_to_system(random_network(rng, (2, 3, 2)), dt=dt)


@pytest.mark.parametrize("alpha", [0.0, -1.0, np.inf, np.nan])
def test_alpha_must_be_a_positive_decay_rate(rng, alpha):
    with pytest.raises(InvalidArgumentError, match="alpha"):
        bridge.network_to_system(random_network(rng, (2, 3, 2)), dt=0, alpha=alpha)


def test_alpha_has_no_meaning_in_discrete_time(rng):
    with pytest.raises(InvalidArgumentError, match="alpha"):
        bridge.network_to_system(random_network(rng, (2, 3, 2)), dt=1.0, alpha=2.0)


@pytest.mark.parametrize("dt", [0, 0.5, True])
def test_one_layer_is_a_static_gain(rng, dt):
    network = random_network(rng, (3, 2))
    system = bridge.network_to_system(network, dt=dt)
    assert system.nstates == 0
    assert system.dt is dt or system.dt == dt
    np.testing.assert_array_equal(system.D, network.end_to_end)


@pytest.mark.parametrize("k", [0, 3, -1, 1.5, True, "1"])
def test_cut_outside_the_hidden_layers_is_refused(rng, k):
    with pytest.raises(InvalidArgumentError, match="hidden layer"):
        bridge.cut(random_network(rng, (2, 3, 4, 2)), k)


def test_cut_keeps_the_end_to_end_matrix(rng):
    network = random_network(rng, (2, 3, 4, 5, 2), complex_entries=True)
    for k in (1, 2, 3):
        pair = bridge.cut(network, k)
        assert pair.widths == (2, network.widths[k], 2)
        assert_small(la.norm(pair.end_to_end - network.end_to_end), la.norm(network.end_to_end), 20)


def test_signal_names_of_the_delay_line_count_the_channels(rng):
    system = bridge.network_to_system(random_network(rng, (2, 4, 3)))
    assert system.inputs == ("u[0]", "u[1]")
    assert system.outputs == ("y[0]", "y[1]", "y[2]")


def test_system_to_network_takes_the_gramians_it_is_given(rng):
    system = random_system(rng, 4, 1, 1)

    class Doubled(dln.Lyapunov):
        def __call__(self, system):
            first, second = dln.Lyapunov()(system).weights
            return dln.DeepLinearNetwork([2 * first, 2 * second])

    np.testing.assert_allclose(
        bridge.system_to_network(system, gramians=Doubled()).singular_values,
        4 * bridge.system_to_network(system).singular_values,
        rtol=1e-9,
    )
