"""Learning on the balanced manifold: layers, ranks and determinants far below rounding."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.flows import gradient_flows as flows
from dlnbalance.flows.balanced_learning import balanced_point
from dlnbalance.flows.weight_space import follow_weights
from dlnbalance.quiver.integration import Counts

from ..models import norm, random_unitary
from .losses import COMPLETED, COMPLETION_START, completion, squared_loss

LOG_DETERMINANT = -41.34606004211578


def test_end_to_end_learning_keeps_the_sign_of_a_determinant_far_below_rounding():
    """At t = 100 det X = e⁻⁴¹ > 0, eps² σ₁²; on the other side of det X = 0 the loss would go to zero."""
    _, (X,) = flows.end_to_end_learning(COMPLETION_START, completion, [100.0], 2)
    np.testing.assert_allclose(X, COMPLETED, rtol=1e-8)


@pytest.mark.parametrize("depth", [2, 3])
def test_learning_from_a_balanced_start_keeps_it_too(depth):
    """In layers, with the singular values of X spread to 10⁻²⁰: the same X as downstairs, and balanced."""
    network = dln.initialization.balanced(COMPLETION_START, depth)
    path = flows.learning(network, completion, [0.0, 100.0])
    _, (X,) = flows.end_to_end_learning(COMPLETION_START, completion, [100.0], depth)
    np.testing.assert_allclose(path.states[-1].end_to_end, X, rtol=1e-7)
    assert path.states[-1].moments()[0] == pytest.approx(0, abs=1e-13)
    assert path.states[0] is network
    assert la.norm(completion(X)) > 1e-2


def test_determinant_follows_its_logarithm():
    from dlnbalance.flows.balanced_learning import follow

    start = balanced_point(dln.initialization.balanced(COMPLETION_START, 2).weights)
    (end,) = follow(start, completion, np.array([100.0]), 2, rtol=1e-11, counts=Counts())
    assert end.logarithms.sum() == pytest.approx(LOG_DETERMINANT, rel=1e-8)
    assert la.det(end.left) * la.det(end.right) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_scalar_mode_on_the_wrong_side_takes_the_time_it_should(depth):
    """d = 1: σ̇ = −N σ^{2−2/N} (σ + 1), so the time from σ(0) to σ(t) is an integral."""
    from scipy.integrate import quad

    _, (X,) = flows.end_to_end_learning([[0.5]], lambda X: X + 1, [12.0], depth)
    assert X.item() > 0
    # in y = log σ: dt = dy / (N e^{y(1 − 2/N)} (e^y + 1))
    rate = lambda y: 1 / (depth * np.exp(y * (1 - 2 / depth)) * (np.exp(y) + 1))  # noqa: E731
    assert quad(rate, np.log(X.item()), np.log(0.5), epsabs=0, epsrel=1e-11)[0] == pytest.approx(12.0, rel=1e-8)


@pytest.mark.parametrize("kappa", [0.0, 0.4])
@pytest.mark.parametrize("widths", [(3, 3, 3), (2, 4, 3), (3, 2, 4, 3), (3, 5, 4, 3, 3, 2)])
def test_layers_of_a_balanced_start_move_as_in_weight_space(rng, complex_entries, widths, kappa):
    """The horizontal lift, layer by layer; the target makes the singular values of X cross."""
    rank = min(widths)
    network = dln.initialization.random_spectrum(
        widths, np.linspace(1.2, 0.5, rank), rng=rng, complex_entries=complex_entries
    )
    target = dln.initialization.gaussian(widths, rng=rng, complex_entries=complex_entries).end_to_end
    times = np.array([0.4, 1.5])
    states = flows.weight_decay(network, squared_loss(target), times, kappa, rtol=1e-11).states
    assert balanced_point(network.weights) is not None
    expected = follow_weights(network.weights, squared_loss(target), times, kappa, rtol=1e-12, counts=Counts())
    for state, layers in zip(states, expected, strict=True):
        assert norm([a - b for a, b in zip(state.weights, layers, strict=True)]) <= 1e-8 * norm(layers)


def test_rank_of_a_balanced_start_stays(rng, complex_entries):
    """A direction that the layers do not carry stays empty, though it lies at a saddle that rounding would leave."""
    network = dln.initialization.random_spectrum((4, 4, 4), [1.0, 0.5], rng=rng, complex_entries=complex_entries)
    target = 2 * random_unitary(rng, 4, complex_entries=complex_entries)
    (state,) = flows.learning(network, squared_loss(target), [40.0]).states
    assert np.abs(la.svdvals(state.end_to_end) - [2, 2, 0, 0]).max() <= 1e-8
    _, (X,) = flows.end_to_end_learning(network.end_to_end, squared_loss(target), [40.0], 2)
    assert la.norm(X - state.end_to_end) <= 1e-8
    zero = flows.learning(dln.DeepLinearNetwork([np.zeros((2, 3)), np.zeros((3, 2))]), lambda X: X - 1, [5.0])
    assert zero.energies.tolist() == [0.0]
