"""Learning flows: exact laws, closed forms, and small singular values that must keep their sign."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.flows import gradient_flows as flows
from dlnbalance.flows.balanced_learning import balanced_point
from dlnbalance.flows.weight_space import follow_weights
from dlnbalance.linalg.graded_svd import graded_svd
from dlnbalance.networks.closed_forms import aligned_learning, two_layer_learning
from dlnbalance.quiver.integration import Counts

from ..models import norm, random_gauge, random_network, random_system, random_unitary

NETWORKS = {
    "N=2": ((4, 3, 4), None),
    "N=3 rectangular": ((3, 5, 4, 2), None),
    "N=4 square": ((3, 3, 3, 3, 3), None),
    "N=3 deficient": ((4, 3, 3, 4), 2),
    "N=1": ((3, 2), None),
}


@pytest.fixture(params=[False, True], ids=["real", "complex"])
def complex_entries(request):
    return request.param


@pytest.fixture(params=NETWORKS)
def network(request, rng, complex_entries):
    widths, rank = NETWORKS[request.param]
    return random_network(rng, widths, complex_entries=complex_entries, rank=rank)


def random_target(rng, network):
    ends = (network.widths[0], network.widths[-1])
    return random_network(rng, ends, complex_entries=network.is_complex).end_to_end


def squared_loss(target):
    return lambda X: X - target


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

MASK, GIVEN = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])
COMPLETION_START = 0.1 * np.array([[1.0, 0.2], [-0.2, 1.0]])
# Taylor steps of order 30 and length 1/8 of the layers in 60 digits, from balanced layers; X at t = 100, log det X.
COMPLETED = np.array([[7.890536673637964, 0.9848780919763227], [0.9848780919763227, 0.1229301498965984]])
LOG_DETERMINANT = -41.34606004211578


def completion(X):
    """E'(X) of ½‖M∘(X − T)‖²: nothing is known of the upper left entry."""
    return MASK * (X - GIVEN)


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


def test_graded_svd_is_accurate_relative_to_every_singular_value(rng, complex_entries):
    """Against mpmath in 400 digits, for a diagonal from 1 to e^-700."""
    import mpmath as mp

    B, C = (random_gauge(rng, 4, complex_entries=complex_entries) for _ in range(2))
    s = np.array([-40.0, 0.0, -1.0, -700.0])
    U, logs, V = graded_svd(B, s, C)
    with mp.workdps(400):
        S = mp.svd(mp.matrix(B.tolist()) * mp.diag([mp.exp(x) for x in s]) * mp.matrix(C.tolist()), compute_uv=False)
        exact = [float(mp.log(x)) for x in S]
    np.testing.assert_allclose(logs, exact, rtol=0, atol=1e-12)
    for frame in (U, V):
        assert la.norm(frame.conj().T @ frame - np.eye(4)) <= 1e-13
    top = (B[:, 1:3] * np.exp(s[1:3])) @ C[1:3]
    assert la.norm((U * np.exp(logs)) @ V.conj().T - top) <= 1e-14 * la.norm(top) + 1e-16


# -- what a trajectory says -------------------------------------------------------------------------------------------


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
