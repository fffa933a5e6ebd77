"""What a trajectory says about its flow."""

import numpy as np
import pytest

from dlnbalance.flows import gradient_flows as flows

from ..models import norm, random_network, random_system
from .losses import squared_loss


def test_every_trajectory_names_its_own_law(rng):
    network = random_network(rng, (3, 4, 2))
    loss = squared_loss(np.ones((2, 3)))
    times = [0.0, 1.0]
    said = {
        path.flow: (path.moment_law, path.conserved)
        for path in (
            flows.regularizing(network, times),
            flows.kirwan_ness(network, times),
            flows.helmke_moore(network, times),
            flows.learning(network, loss, times),
            flows.weight_decay(network, loss, times, 0.25),
        )
    }
    assert said == {
        "the regularizing flow": ("e^(−2t)", "end-to-end matrix"),
        "the Kirwan–Ness flow": (None, "end-to-end matrix"),
        "the Helmke–Moore flow": (None, "end-to-end matrix"),
        "learning": ("conserved", "moments"),
        "weight decay": ("e^(−0.5t)", None),
    }
    assert "decay e^(−0.5t)" in repr(flows.weight_decay(network, loss, times, 0.25))
    assert "decay" not in repr(flows.learning(network, loss, times))
    assert "conserved: transfer function" in repr(flows.kirwan_ness(random_system(rng, 2, 1, 1), times))


def test_exact_norms_of_the_moments(rng):
    network = random_network(rng, (3, 4, 2))
    path = flows.weight_decay(network, squared_loss(np.ones((2, 3))), [0.5, 2.0], 0.3)
    np.testing.assert_allclose(path.exact_moment_norms, path.moment_norms, rtol=1e-8)
    assert path.exact_moment_norms[0] == pytest.approx(np.exp(-0.3) * norm(network.moments()), rel=1e-8)
    balanced = flows.learning(network.center(), squared_loss(np.ones((2, 3))), [0.0, 1.0])
    assert balanced.starts_balanced
    assert balanced.exact_moment_norms is None
    assert balanced.moment_errors.max() <= 1e-13  # relative to ‖W(0)‖², not to a rounding error
