"""Short simulations of either kind."""

import numpy as np

from dlnbalance.networks.langevin import riemannian_langevin, weight_langevin
from dlnbalance.networks.network import DeepLinearNetwork


def simulate(kind, gradient=lambda X: X, **changes):
    """Four steps of two-by-two matrices, as end-to-end matrices or in weight space."""
    settings = {"beta": 1.0, "dt": 0.01, "steps": 4, "rng": 0} | changes
    if kind == "weights":
        return weight_langevin(DeepLinearNetwork([np.eye(2)] * 2), gradient, **({"kappa": 0.1} | settings))
    return riemannian_langevin(np.eye(2), gradient, 2, **settings)
