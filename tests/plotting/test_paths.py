"""Pictures of flows."""

import dlnbalance as dln

from ..models import random_network


def test_a_trajectory_draws_the_law_of_its_own_flow(rng):
    network = random_network(rng, (3, 4, 2))
    times = [0.0, 0.5, 1.0]

    def legend(path):
        return [text.get_text() for text in dln.plotting.trajectory(path).axes[0].get_legend().get_texts()]

    loss = lambda X: X - 1.0  # noqa: E731
    assert legend(dln.flows.regularizing(network, times)) == ["computed", "exact decay e^(−2t)"]
    assert legend(dln.flows.kirwan_ness(network, times)) == ["computed"]
    assert legend(dln.flows.learning(network, loss, times)) == ["computed", "conserved"]
    assert legend(dln.flows.weight_decay(network, loss, times, 0.3)) == ["computed", "exact decay e^(−0.6t)"]
    assert legend(dln.flows.learning(network.center(), loss, times)) == ["computed: balanced to rounding"]
    low, high = dln.plotting.trajectory(dln.flows.learning(network, loss, times)).axes[0].get_ylim()
    assert high > 10 * low  # not zoomed in on rounding errors
