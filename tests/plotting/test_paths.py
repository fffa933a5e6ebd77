"""Pictures of flows."""

import numpy as np

import dlnbalance as dln

from ..models import random_network
from .curves import lines


def loss(X):
    """Gradient of ½‖X − 1‖²."""
    return X - 1.0


def test_each_flow_is_drawn_with_what_it_conserves(rng):
    network = random_network(rng, (3, 4, 2))
    times = np.linspace(0, 1, 5)
    for path, conserved in (
        (dln.flows.regularizing(network, times), "end-to-end matrix"),
        (dln.flows.learning(network, loss, times), "moments"),
    ):
        assert path.conserved == conserved
        drawing = dln.plotting.trajectory(path)
        curves = lines(drawing[2])
        assert f"conserved: {conserved}" in curves
        low, high = drawing[2].get_ylim()
        assert low < 1e-16 < path.drifts.max() < high
    decaying = dln.plotting.trajectory(dln.flows.weight_decay(network, loss, times, 0.3))
    assert len(decaying) == 2  # neither the moments nor the matrix are conserved


def test_a_trajectory_draws_the_law_of_its_own_flow(rng):
    network = random_network(rng, (3, 4, 2))
    times = [0.0, 0.5, 1.0]

    def legend(path):
        return [text.get_text() for text in dln.plotting.trajectory(path).axes[0].get_legend().get_texts()]

    assert legend(dln.flows.regularizing(network, times)) == ["computed", "exact decay e^(−2t)"]
    assert legend(dln.flows.kirwan_ness(network, times)) == ["computed"]
    assert legend(dln.flows.learning(network, loss, times)) == ["computed", "conserved"]
    assert legend(dln.flows.weight_decay(network, loss, times, 0.3)) == ["computed", "exact decay e^(−0.6t)"]
    assert legend(dln.flows.learning(network.center(), loss, times)) == ["computed: balanced to rounding"]
    low, high = dln.plotting.trajectory(dln.flows.learning(network, loss, times)).axes[0].get_ylim()
    assert high > 10 * low  # not zoomed in on rounding errors
