"""Learning flows: exact laws, closed forms, and small singular values that must keep their sign."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.flows import gradient_flows as flows
from dlnbalance.networks.closed_forms import aligned_learning, two_layer_learning

from ..models import norm, random_network, random_system, random_unitary
from .losses import squared_loss

NETWORKS = {
    "N=2": ((4, 3, 4), None),
    "N=3 rectangular": ((3, 5, 4, 2), None),
    "N=4 square": ((3, 3, 3, 3, 3), None),
    "N=3 deficient": ((4, 3, 3, 4), 2),
    "N=1": ((3, 2), None),
}


@pytest.fixture(params=NETWORKS)
def network(request, rng, complex_entries):
    widths, rank = NETWORKS[request.param]
    return random_network(rng, widths, complex_entries=complex_entries, rank=rank)


def random_target(rng, network):
    ends = (network.widths[0], network.widths[-1])
    return random_network(rng, ends, complex_entries=network.is_complex).end_to_end


def test_learning_flow_conserves_the_moments(network, rng):
    target = random_target(rng, network)
    path = flows.learning(network, squared_loss(target), [0.0, 0.5, 2.0])
    assert path.drifts.max() <= 1e-8
    assert path.moment_errors is not None


def test_learning_flow_descends_the_loss_with_the_right_velocity(network, rng):
    target = random_target(rng, network)
    h = 1e-5
    path = flows.learning(network, squared_loss(target), [0.0, h, 2 * h], rtol=1e-13)
    losses = [la.norm(state.end_to_end - target) ** 2 / 2 for state in path.states]
    slope = (-3 * losses[0] + 4 * losses[1] - losses[2]) / (2 * h)
    velocity = [
        (-3 * a + 4 * b - c) / (2 * h) for a, b, c in zip(*(state.weights for state in path.states), strict=True)
    ]
    assert slope == pytest.approx(-(norm(velocity) ** 2), rel=1e-3)


def test_learning_on_the_balanced_manifold_is_riemannian_gradient_descent_below(rng, complex_entries):
    """The flow upstairs from a balanced point projects to Ẋ = −A_{N,X}(E'(X)); from an unbalanced one it does not."""
    network = random_network(rng, (3, 3, 3, 3), complex_entries=complex_entries)
    target = random_network(rng, (3, 3), complex_entries=complex_entries).end_to_end
    times = [0.0, 0.2, 1.0]
    upstairs = flows.learning(network.center(), squared_loss(target), times)
    _, downstairs = flows.end_to_end_learning(network.end_to_end, squared_loss(target), times, depth=3)
    for state, X in zip(upstairs.states, downstairs, strict=True):
        assert la.norm(state.end_to_end - X) <= 1e-7 * la.norm(X)
    unbalanced = flows.learning(network, squared_loss(target), times)
    assert la.norm(unbalanced.states[-1].end_to_end - downstairs[-1]) > 1e-3 * la.norm(downstairs[-1])


@pytest.mark.parametrize("kappa", [0.3, 1.0])
def test_weight_decay_moments_decay_whatever_the_loss(network, rng, kappa):
    target = random_target(rng, network)
    for gradient in (squared_loss(target), lambda X: X / (1 + np.abs(X) ** 2), lambda X: 0 * X):
        path = flows.weight_decay(network, gradient, [0.0, 0.5, 1.5], kappa)
        assert path.moment_errors.max() <= 1e-8
        assert path.drifts is None


def test_learning_scalar_two_layer_closed_form():
    """Balanced w₁ = w₂ = w, E = ½(w² − s)²: w² follows a logistic curve."""
    w0, s = 0.1, 2.0
    times = np.array([0.0, 0.5, 1.0, 3.0])
    path = flows.learning(dln.DeepLinearNetwork([[[w0]], [[w0]]]), squared_loss(np.array([[s]])), times)
    expected = s * np.exp(2 * s * times) / (np.exp(2 * s * times) - 1 + s / w0**2)
    learned = [state.end_to_end.item() for state in path.states]
    np.testing.assert_allclose(learned, expected, rtol=1e-7)


def test_moment_gradient_of_the_loss_is_conserved_for_depth_one(rng):
    network = random_network(rng, (3, 2))
    path = flows.learning(network, squared_loss(np.ones((2, 3))), [0.0, 20.0])
    assert la.norm(path.states[-1].end_to_end - 1) < 1e-7
    assert path.drifts.max() == 0


@pytest.mark.parametrize("gradient", [lambda _X: np.ones((1, 1)), lambda _X: "text", lambda X: X + 1j])
def test_gradients_must_fit(rng, gradient):
    with pytest.raises(InvalidArgumentError, match="gradient"):
        flows.learning(random_network(rng, (2, 3, 2)), gradient, [1.0])


@pytest.mark.parametrize("kappa", [-1.0, np.nan, np.inf, 1j, "x"])
def test_weight_decay_is_checked(rng, kappa):
    with pytest.raises(InvalidArgumentError, match="kappa"):
        flows.weight_decay(random_network(rng, (2, 3, 2)), lambda X: X, [1.0], kappa)


def test_other_objects_are_refused(rng):
    with pytest.raises(InvalidArgumentError, match="network"):
        flows.learning(random_system(rng, 2, 1, 1), lambda X: X, [1.0])


# -- small singular values that decide what comes later --------------------------------------------------------------


def braun_formula(X, Y, t):
    """Balanced two-layer learning of Y in 150 digits, by the closed form that two_layer_learning evaluates in 16."""
    import mpmath as mp

    with mp.workdps(150):
        mX, mY = mp.matrix(X.tolist()), mp.matrix(Y.tolist())
        m, n = X.shape
        U, S, V = mp.svd(mX)
        roots = mp.diag([mp.sqrt(x) for x in S])
        F, Q = mp.zeros(n + m), mp.zeros(n + m, len(S))
        F[n:, :n], F[:n, n:] = mY, mY.H
        Q[:n, :], Q[n:, :] = V.H * roots, U * roots
        rates, frame = mp.eigh(F)
        q = frame.H * Q
        growth = [mp.expm1(2 * f * t) / (2 * f) if f else mp.mpf(t) for f in rates]
        grown = mp.diag([mp.exp(f * t) for f in rates]) * q
        middle = mp.eye(len(S)) + q.H * mp.diag(growth) * q
        both = frame * grown * middle**-1 * grown.H * frame.H
        return np.array(both[n:, :n].tolist(), dtype=complex)


def paired(rng, shape, left_values, right_values, complex_entries):
    """Start and target whose singular frames differ a little, the target with one mode on the wrong side."""
    U, V = (random_unitary(rng, d, complex_entries=complex_entries) for d in shape)
    A = random_unitary(rng, shape[0], complex_entries=complex_entries)
    turn = la.expm(0.2 * (A - A.conj().T))
    r = len(left_values)
    X = (U[:, :r] * left_values) @ V[:, :r].conj().T
    return X, (turn @ U[:, :r] * right_values) @ V[:, :r].conj().T


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 4)])
@pytest.mark.parametrize("t", [5.0, 30.0])
def test_end_to_end_learning_against_the_closed_form_in_150_digits(rng, complex_entries, shape, t):
    """One mode of the target lies on the other side of det X = 0: σ₂ decays like e^{−2·0.8 t}, and crosses none."""
    X, Y = paired(rng, shape, [0.3, 0.2], [2.0, -0.8], complex_entries)
    _, (computed,) = flows.end_to_end_learning(X, squared_loss(Y), [t], 2)
    exact = braun_formula(X, Y, t)
    assert la.norm(computed - exact) <= 1e-8 * la.norm(exact)
    (upstairs,) = flows.learning(dln.initialization.balanced(X, 2), squared_loss(Y), [t]).states
    assert la.norm(upstairs.end_to_end - exact) <= 1e-8 * la.norm(exact)


def test_crossing_singular_values_do_no_harm(rng, complex_entries):
    """The larger mode learns the smaller target: the values cross, the frames jump, the path does not care."""
    U, V = (random_unitary(rng, 3, complex_entries=complex_entries) for _ in range(2))
    start, target = np.array([1.0, 0.4, 0.4]), np.array([0.2, 1.5, 1.5])
    times = np.linspace(0.0, 3.0, 16)
    exact = aligned_learning(target, np.sqrt(start), np.sqrt(start), times)
    assert len({tuple(np.argsort(row)) for row in exact}) > 1
    X, Y = (U * start) @ V.conj().T, (U * target) @ V.conj().T
    _, states = flows.end_to_end_learning(X, squared_loss(Y), times, 2)
    for state, values in zip(states, exact, strict=True):
        assert la.norm(state - (U * values) @ V.conj().T) <= 1e-9


def test_two_layer_closed_form_without_alignment(rng, complex_entries):
    X, Y = (random_network(rng, (4, 3), complex_entries=complex_entries).end_to_end for _ in range(2))
    times = [0.0, 0.3, 2.0]
    _, states = flows.end_to_end_learning(X, squared_loss(Y), times, 2)
    for state, exact in zip(states, two_layer_learning(dln.initialization.balanced(X, 2), Y, times), strict=True):
        assert la.norm(state - exact) <= 1e-8 * la.norm(exact)
