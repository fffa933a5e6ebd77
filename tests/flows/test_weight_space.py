"""Learning in weight space: where rounding decides, it is refused."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import NumericalError
from dlnbalance.flows import gradient_flows as flows
from dlnbalance.flows.balanced_learning import balanced_point
from dlnbalance.networks.closed_forms import aligned_learning

from ..models import random_network, random_unitary
from .losses import COMPLETED, COMPLETION_START, completion, squared_loss


@pytest.mark.parametrize("widths", [(4, 4, 4), (3, 5, 4, 4)])
@pytest.mark.parametrize("balanced", [False, True])
def test_low_rank_targets_are_learned(rng, widths, balanced):
    """Legitimate: all but one singular value go to zero, where nothing grows any more."""
    network = random_network(rng, widths)
    target = 3 * np.outer(*(random_unitary(rng, d)[0] for d in (widths[-1], widths[0])))
    (state,) = flows.learning(network.center() if balanced else network, squared_loss(target), [100.0]).states
    assert la.norm(state.end_to_end - target) <= 0.02 * la.norm(target)


@pytest.mark.parametrize("deviation", [1e-12, 1e-13])
def test_a_start_near_balance_is_refused_where_rounding_decides(deviation):
    """G decides when the flow leaves for the other side of det X = 0, and rtol = 1e-10 does not resolve it."""
    first, second = dln.initialization.balanced(COMPLETION_START, 2).weights
    network = dln.DeepLinearNetwork([first * (1 + deviation), second])
    assert balanced_point(network.weights) is None
    with pytest.raises(NumericalError, match=r"t: expected times up to t = 27\.8\d, when a singular value of X"):
        flows.learning(network, completion, [0.0, 200.0])
    # Until t = 100 the value is lost, but what it has become is not yet visible: no reason to refuse.
    (state,) = flows.learning(network, completion, [100.0]).states
    np.testing.assert_allclose(state.end_to_end, COMPLETED, rtol=1e-6)


def test_a_saddle_between_two_runs_to_one_minimum_is_seen():
    """Scalar: w₂w₁ goes from 1 to −3 whatever the error; only when it leaves zero is a matter of rounding."""
    with pytest.raises(NumericalError, match="local error has grown"):
        flows.learning(dln.DeepLinearNetwork([[[1 + 1e-14]], [[1.0]]]), lambda X: X + 3, [40.0])


@pytest.mark.parametrize("deviation", [1e-8, 1e-4, 0.1])
def test_a_start_that_is_clearly_unbalanced_passes_the_saddle(deviation):
    """The closed form is as sensitive to G there, so that both have to agree."""
    times = np.array([0.1, 3.0, 6.0])
    network = dln.DeepLinearNetwork([[[1 + deviation]], [[1.0]]])
    path = flows.learning(network, lambda X: X + 3, times)
    exact = aligned_learning([-3.0], [1 + deviation], [1.0], times)
    assert exact.min() < 0 < exact.max()
    np.testing.assert_allclose([state.end_to_end.item() for state in path.states], exact[:, 0], atol=1e-5)
