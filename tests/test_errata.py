"""Slips in arXiv:2511.01137 (v2): each test tells the printed formula from the right one; see docs/errata.md."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import adjoint

from .models import assert_small, inner, norm, random_direction, random_gauge, random_network, random_weights

WIDTHS = {"N=2": (3, 3, 3), "N=3": (4, 4, 4, 4), "N=5": (3, 3, 3, 3, 3, 3)}
ROOT = Path(__file__).parents[1]


@pytest.fixture(params=[False, True], ids=["real", "complex"])
def complex_entries(request):
    return request.param


@pytest.fixture(params=WIDTHS)
def network(request, rng, complex_entries):
    return random_network(rng, WIDTHS[request.param], complex_entries=complex_entries)


def moments(weights):
    return [W @ adjoint(W) - adjoint(after) @ after for W, after in pairwise(weights)]


def along(weights, direction, function, h):
    """Central difference of a function of the layers."""
    ahead, behind = ([W + s * h * V for W, V in zip(weights, direction, strict=True)] for s in (1, -1))
    return [(a - b) / (2 * h) for a, b in zip(function(ahead), function(behind), strict=True)]


def test_derivative_of_the_moments_along_the_weights_is_plus_twice_the_moments(network):
    """dG·W = +2G, Euler's rule for what is quadratic: printed −2G."""
    rates = along(network.weights, network.weights, moments, 1.0)  # exact at any step
    for rate, G in zip(rates, moments(network.weights), strict=True):
        assert_small(la.norm(rate - 2 * G), network.norm**2, 10)
        assert la.norm(rate + 2 * G) > 0.1 * la.norm(G)


def test_first_layer_of_a_network_in_the_orbit_of_the_center_has_the_factor_lambda(network, rng, complex_entries):
    """(A_1 Λ Q_0*, A_2 Λ A_1⁻¹, …, Q_N Λ A_{N−1}⁻¹) lies over X: printed with A_1 Q_0* in front."""
    gauges = [random_gauge(rng, d, complex_entries=complex_entries) for d in network.widths[1:-1]]
    layers = list(network.center().gauge(gauges).weights)
    left, values, right = la.svd(network.end_to_end)
    roots = np.diag(values ** (1 / network.depth))
    inverses = [la.inv(A) for A in gauges]
    middle = [after @ roots @ inverse for after, inverse in zip(gauges[1:], inverses[:-1], strict=True)]
    for printed, first in ((False, gauges[0] @ roots @ right), (True, gauges[0] @ right)):
        candidate = [first, *middle, left @ roots @ inverses[-1]]
        product = candidate[0]
        for layer in candidate[1:]:
            product = layer @ product
        assert (la.norm(product - network.end_to_end) <= 1e-11 * la.norm(network.end_to_end)) != printed
        if not printed:  # the same moments as the library's point: the same up to phases of the singular vectors
            difference = [a - b for a, b in zip(moments(candidate), moments(layers), strict=True)]
            assert norm(difference) <= 1e-11 * norm(layers) ** 2


def test_differential_of_the_squared_moments_has_the_layer_in_its_first_term(network, rng, complex_entries):
    """d ½‖G‖²(V) = 2 Re Σ tr G_k(V_k W_k* − W_{k+1}* V_{k+1}): printed without W_k*."""
    V = random_weights(rng, network.widths, complex_entries=complex_entries)
    W, G = network.weights, moments(network.weights)
    (rate,) = along(W, V, lambda weights: [norm(moments(weights)) ** 2 / 2], 1e-4)
    second = sum(np.trace(g @ adjoint(after) @ v).real for g, after, v in zip(G, W[1:], V[1:], strict=True))
    right = sum(np.trace(g @ v @ adjoint(w)).real for g, v, w in zip(G, V, W[:-1], strict=False))
    printed = sum(np.trace(g @ v).real for g, v in zip(G, V, strict=False))
    assert rate == pytest.approx(2 * (right - second), rel=1e-5, abs=1e-5)
    assert abs(rate - 2 * (printed - second)) > 1e-2 * abs(rate)


def test_gradient_of_the_squared_moments_is_the_action_of_twice_the_moments(network, rng, complex_entries):
    """d ½‖G‖²(w_b) = ⟨w_b, w_{2G}⟩ for every b, so that the flow loses ‖w_{2G}‖² = 4‖w_G‖²: printed 2‖w_G‖²."""
    model = network.representation
    b = random_direction(rng, model, complex_entries=complex_entries)
    tangent = model.infinitesimal_action(b)
    (rate,) = along(model.matrices, tangent, lambda weights: [norm(moments(weights)) ** 2 / 2], 1e-4)
    action = model.infinitesimal_action(network.moments())
    assert rate == pytest.approx(2 * inner(tangent, action), rel=1e-4, abs=1e-4)
    steepest = [-2 * a for a in action]
    (loss,) = along(model.matrices, steepest, lambda weights: [norm(moments(weights)) ** 2 / 2], 1e-5)
    assert loss == pytest.approx(-4 * norm(action) ** 2, rel=1e-4)
    assert abs(loss + 2 * norm(action) ** 2) > norm(action) ** 2


def test_every_test_that_the_errata_cite_exists():
    cited = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "errata.md").read_text(encoding="utf-8"))
    assert len(cited) >= 5
    for path, name in cited:
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{name}"
