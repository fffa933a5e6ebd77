"""One test for every statement of the theory, named after it.

Sources: K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network",
arXiv:2511.01137; G. Kempf, L. Ness, "The length of vectors in representation spaces", LNM 732, 1979.
"""

from itertools import pairwise

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.networks.network import DeepLinearNetwork
from dlnbalance.quiver.representation import Arrow, Representation

from .models import (
    QUIVERS,
    assert_small,
    inner,
    norm,
    random_direction,
    random_gauge,
    random_hermitian,
    random_matrix,
    random_network,
    random_representation,
    random_unitary,
    random_weights,
)

#: Widths, and the rank of the end-to-end matrix where it is below the narrowest width.
CHAINS = {
    "N=2 square": ((4, 4, 4), None),
    "N=2 rectangular": ((6, 4, 5), None),
    "N=3 square, deficient": ((4, 4, 4, 4), 2),
    "N=4 rectangular": ((3, 5, 4, 6, 3), None),
    "N=5 rectangular, deficient": ((4, 6, 3, 5, 4, 5), 2),
    "N=6 square": ((3, 3, 3, 3, 3, 3, 3), None),
}


@pytest.fixture(params=[False, True], ids=["real", "complex"])
def complex_entries(request):
    return request.param


@pytest.fixture(params=QUIVERS)
def model(request, rng, complex_entries):
    return random_representation(rng, request.param, complex_entries=complex_entries)


@pytest.fixture(params=CHAINS)
def network(request, rng, complex_entries):
    widths, rank = CHAINS[request.param]
    return random_network(rng, widths, complex_entries=complex_entries, rank=rank)


@pytest.fixture(params=[name for name in CHAINS if "square" in name and "deficient" not in name])
def square_network(request, rng, complex_entries):
    return random_network(rng, CHAINS[request.param][0], complex_entries=complex_entries)


def energy(weights):
    """Σ‖W_k‖², which is 2E."""
    return sum(la.norm(weight) ** 2 for weight in weights)


def schatten(matrix, p, rank):
    """Schatten (quasi-)norm from the leading `rank` singular values."""
    return np.sum(la.svdvals(matrix)[:rank] ** p) ** (1 / p)


def partial_products(weights):
    """R_k = W_k ⋯ W_1 for k = 1, …, N."""
    products = [weights[0]]
    for weight in weights[1:]:
        products.append(weight @ products[-1])
    return products


def balanced_by_sweeps(network):
    """Balance neighbouring layers in turn, (W_k, W_{k+1}) ← least-norm factors of their product.

    A descent that knows nothing of the center: each step is a depth-two problem, solved by one SVD.
    """
    weights = list(network.weights)
    for _ in range(400):
        for k in range(len(weights) - 1):
            left, values, right = la.svd(weights[k + 1] @ weights[k], full_matrices=False)
            roots = np.sqrt(values[: weights[k].shape[0]])
            count = roots.size
            weights[k], weights[k + 1] = np.zeros_like(weights[k]), np.zeros_like(weights[k + 1])
            weights[k][:count] = roots[:, None] * right[:count]
            weights[k + 1][:, :count] = left[:, :count] * roots
        moments = [W @ adjoint(W) - adjoint(V) @ V for W, V in pairwise(weights)]
        if norm(moments) < 10 * EPS * energy(weights):
            break
    return weights


# -- 1. The common object: a framed quiver representation ------------------------------------------------


def test_lemma_moments(model, rng, complex_entries):
    """dE(w_b) = Σ_v ⟨μ_v, b_v⟩, against central differences of the energy along e^{tb}."""
    b = random_direction(rng, model, complex_entries=complex_entries)
    expected = inner(model.moment_map(), b)
    errors = []
    for t in (1e-2, 1e-3):
        ahead, behind = (model.act([la.expm(s * x) for x in b]).energy for s in (t, -t))
        errors.append(abs((ahead - behind) / (2 * t) - expected))
    assert errors[1] <= 1e-4 * model.energy * norm(b)
    assert np.log10(errors[0] / errors[1]) == pytest.approx(2, abs=0.1)


def test_gram_operator_pulls_the_metric_back(model, rng, complex_entries):
    """⟨w_b, w_a⟩ = Σ_v ⟨H_v(b), a_v⟩."""
    a, b = (random_direction(rng, model, complex_entries=complex_entries) for _ in "ab")
    left = inner(model.infinitesimal_action(b), model.infinitesimal_action(a))
    right = inner(model.gram_operator(b), a)
    assert_small(abs(left - right), 2 * model.energy * norm(a) * norm(b), 2)  # observed 0.37


def test_lemma_pushforward(model, rng, complex_entries):
    """dμ(w_b) = H(b) + H(b)*; μ is quadratic, so its central difference along w_b is exact."""
    b = random_direction(rng, model, complex_entries=complex_entries)
    tangent = model.infinitesimal_action(b)
    ahead, behind = (
        model.with_matrices([W + s * X for W, X in zip(model.matrices, tangent, strict=True)]).moment_map()
        for s in (1, -1)
    )
    for plus, minus, H in zip(ahead, behind, model.gram_operator(b), strict=True):
        scale = norm([*model.matrices, *tangent]) ** 2
        assert_small(la.norm((plus - minus) / 2 - (H + adjoint(H))), scale, 5)  # observed 1


def test_chain_moments_are_those_of_the_network(network):
    """G_k = W_k W_k* − W_{k+1}* W_{k+1}."""
    for k, (moment, (W, V)) in enumerate(zip(network.moments(), pairwise(network.weights), strict=True)):
        assert_small(la.norm(moment - (W @ adjoint(W) - adjoint(V) @ V)), network.norm**2, 1)  # observed 0.17
        assert moment.shape == (network.widths[k + 1],) * 2


def test_state_space_moment(rng, complex_entries):
    """[A, A*] + BB* − C*C."""
    A, B, C = (random_matrix(rng, *s, complex_entries=complex_entries) for s in [(4, 4), (4, 2), (3, 4)])
    arrows = [Arrow("x", "x", A), Arrow("in", "x", B), Arrow("x", "out", C)]
    model = Representation(arrows, ["x"])
    expected = A @ adjoint(A) - adjoint(A) @ A + B @ adjoint(B) - adjoint(C) @ C
    assert_small(la.norm(model.moment_map()[0] - expected), 2 * model.energy, 1)  # observed 0


def test_factor_pair_moment(rng, complex_entries):
    """A pair of Gramian factors is a network of depth two with moment P − Q and energy ½ tr(P + Q)."""
    Z_c, Z_o = (random_matrix(rng, 4, m, complex_entries=complex_entries) for m in (6, 5))
    pair = DeepLinearNetwork([Z_c, adjoint(Z_o)])
    P, Q = Z_c @ adjoint(Z_c), Z_o @ adjoint(Z_o)
    assert_small(la.norm(pair.moments()[0] - (P - Q)), np.trace(P + Q).real, 1)  # observed 0
    assert_small(abs(pair.norm**2 - np.trace(P + Q).real), pair.norm**2, 15)  # observed 2
    assert_small(la.norm(pair.end_to_end - adjoint(Z_o) @ Z_c), pair.norm**2, 1)  # observed 0


def test_kempf_ness_critical_points_are_the_zeros_of_the_moment_map(model, rng, complex_entries):
    """The steepest direction b = μ has derivative ‖μ‖²: the derivative vanishes only where μ does."""
    moment = model.moment_map()
    slope = inner(model.matrices, model.infinitesimal_action(moment))
    assert_small(abs(slope - norm(moment) ** 2), 2 * model.energy * norm(moment), 8)  # observed 1.3
    skew = [a - adjoint(a) for a in random_direction(rng, model, complex_entries=complex_entries)]
    flat = inner(model.matrices, model.infinitesimal_action(skew))  # unitary directions never change E
    assert_small(abs(flat), 2 * model.energy * norm(skew), 1)  # observed 0.13


def test_kempf_ness_convexity_along_geodesics(model, rng, complex_entries):
    """t ↦ E(e^{ta}·W) is convex for Hermitian a, with second derivative 2‖w_a‖² at every t."""
    a = [random_hermitian(rng, n, complex_entries=complex_entries) for n in model.dimensions]
    size = norm(a)
    times = np.linspace(-2, 2, 41) / size
    moved = [model.act([la.expm(t * x) for x in a]) for t in times]
    values = np.array([point.energy for point in moved])
    second = values[2:] - 2 * values[1:-1] + values[:-2]
    assert np.all(second > 0)
    h = times[1] - times[0]
    for point, value in zip(moved[1:-1], second, strict=True):
        curvature = 2 * norm(point.infinitesimal_action(a)) ** 2
        assert value / h**2 == pytest.approx(curvature, rel=0.02)  # fourth-order term of the difference: 0.3 %


def test_kempf_ness_minimum_is_global_on_the_orbit(network, rng, complex_entries):
    """No gauge of the center has less energy, near or far, and only unitary ones have as little."""
    center = network.center()
    least = energy(center.weights)
    for spread in (1e-3, 0.1, 1.0, 3.0):
        for _ in range(5):
            b = [spread * random_matrix(rng, d, d, complex_entries=complex_entries) for d in center.widths[1:-1]]
            moved = center.gauge([la.expm(x) for x in b])
            assert energy(moved.weights) > least * (1 - 100 * EPS)
            if network.rank == min(network.widths[1:-1]) == max(network.widths[1:-1]):
                assert energy(moved.weights) > least * (1 + 1e-3 * spread**2)
    Q = [random_unitary(rng, d, complex_entries=complex_entries) for d in center.widths[1:-1]]
    assert_small(abs(energy(center.gauge(Q).weights) - least), least, 15)  # observed 2.2


def test_kempf_ness_orbit_that_is_not_closed_has_no_minimum():
    """W_2 W_1 = 0 with W ≠ 0: the energy tends to zero while the gauge diverges, and is never reached."""
    network = DeepLinearNetwork([[[1.0], [0.0]], [[0.0, 1.0]]])
    energies = []
    for exponent in range(0, 40, 8):
        moved = network.gauge([np.diag([2.0**-exponent, 2.0**exponent])])
        assert moved.end_to_end.item() == 0
        energies.append(energy(moved.weights))
        assert la.norm(moved.moments()[0]) > 0
    assert np.all(np.diff(energies) < 0)
    assert energies[-1] < 1e-18
    assert network.balancing_gap() == 2  # 1² + 1² − 0 rounds nothing


def test_balanced_does_not_mean_diagonal(network, rng, complex_entries):
    """Diagonalizing is a choice of unitary gauge inside the balanced orbit."""
    Q = [random_unitary(rng, d, complex_entries=complex_entries) for d in network.widths[1:-1]]
    moved = network.center().gauge(Q)
    for moment in moved.moments():
        assert_small(la.norm(moment), energy(moved.weights), 20)  # observed 3.7
    inside = moved.weights[0] @ adjoint(moved.weights[0])
    assert la.norm(inside - np.diag(np.diag(inside))) > 1e-2 * la.norm(inside)


# -- 2. Deep linear networks -----------------------------------------------------------------------------


def test_lemma_group_orbit(square_network, rng, complex_entries):
    """At full rank two networks over the same X differ by one gauge T_k = R'_k R_k⁻¹, R_k = W_k ⋯ W_1."""
    others = random_weights(rng, square_network.widths[:-1], complex_entries=complex_entries)
    last = la.solve(partial_products(others)[-1].T, square_network.end_to_end.T).T
    other = [*others, last]
    pairs = zip(partial_products(other)[:-1], partial_products(square_network.weights)[:-1], strict=True)
    T = [la.solve(R.T, S.T).T for S, R in pairs]
    moved = square_network.gauge(T).weights
    for V, W in zip(moved, other, strict=True):
        assert_small(la.norm(V - W), np.prod([np.linalg.cond(t) for t in T]) * la.norm(W), 3)  # observed 0.42


def test_moments_move_by_the_gauge(square_network, rng, complex_entries):
    """The end-to-end matrix is constant on the orbit, the moments are not."""
    T = [random_gauge(rng, d, complex_entries=complex_entries) for d in square_network.widths[1:-1]]
    moved = square_network.gauge(T)
    scale = np.prod([la.norm(W) for W in square_network.weights])
    assert_small(la.norm(moved.end_to_end - square_network.end_to_end), scale, 5)  # observed 0.84
    assert any(la.norm(G - H) > 0.1 for G, H in zip(moved.moments(), square_network.moments(), strict=True))


def test_center_lies_over_the_same_end_to_end_matrix(network):
    X = network.end_to_end
    assert_small(la.norm(network.center().end_to_end - X), la.norm(X), 100)  # observed 16


def test_center_is_balanced(network):
    center = network.center()
    for moment in center.moments():
        assert_small(la.norm(moment), energy(center.weights), 10)  # observed 1.9


def test_center_has_layers_of_equal_singular_values(network):
    """Every layer of a balanced network has the singular values σ_i^{1/N}."""
    expected = network.singular_values[: network.rank] ** (1 / network.depth)
    for weight in network.center().weights:
        values = la.svdvals(weight)
        assert_small(la.norm(values[: network.rank] - expected), expected[0], 250)  # observed 43
        assert not np.any(values[network.rank :] > 20 * EPS * expected[0])


def test_theorem_1_minimum_value(network):
    """min Σ‖W_k‖² = N Σ σ_i^{2/N} over all networks with the same X, for any widths ≥ rank X."""
    N, r = network.depth, network.rank
    expected = N * np.sum(la.svdvals(network.end_to_end)[:r] ** (2 / N))
    assert_small(abs(energy(network.center().weights) - expected), expected, 20)  # observed 3.6
    assert energy(network.weights) > expected
    # a descent that does not know the formula; rounding gives it singular values of X that are not there
    noise = N * min(network.widths) * (10 * EPS * network.singular_values[0]) ** (2 / N)
    swept = energy(balanced_by_sweeps(network))
    assert expected * (1 - 1e-13) <= swept <= expected * (1 + 1e-13) + (noise if r < min(network.widths) else 0)


def test_theorem_1_minimum_does_not_depend_on_the_widths(rng, complex_entries):
    """Wider hidden layers cannot save energy."""
    X = random_matrix(rng, 4, 3, complex_entries=complex_entries) @ random_matrix(rng, 3, 5)
    minima = []
    for d in (3, 4, 9):
        first = random_matrix(rng, d, 5, complex_entries=complex_entries)
        middle = random_gauge(rng, d, complex_entries=complex_entries)
        last = X @ la.pinv(middle @ first) if d >= 5 else None
        if last is None:  # narrow layers: factor X through its own row space
            right = la.svd(X)[2][:d]
            first, last = right, X @ adjoint(right) @ la.inv(middle)
        network = DeepLinearNetwork([first, middle, last])
        assert_small(la.norm(network.end_to_end - X), la.norm(X), 100)  # observed 20
        minima.append(energy(network.center().weights))
    assert minima == pytest.approx([minima[0]] * 3, rel=1e-11)


def test_theorem_1_balanced_points_are_unitary_gauges_of_the_center(square_network):
    """Balanced points found without the center are carried to it by unitary matrices."""
    balanced = balanced_by_sweeps(square_network)
    found = DeepLinearNetwork(balanced)
    assert all(la.norm(G) < 1e-12 * energy(balanced) for G in found.moments())
    center = square_network.center()
    Q = [
        S @ la.inv(R)
        for S, R in zip(partial_products(balanced)[:-1], partial_products(center.weights)[:-1], strict=True)
    ]
    condition = np.linalg.cond(square_network.end_to_end)
    for q in Q:
        assert la.norm(adjoint(q) @ q - np.eye(q.shape[0])) < 1e-12 * condition
    for V, W in zip(center.gauge(Q).weights, balanced, strict=True):
        assert la.norm(V - W) < 1e-12 * condition


def test_theorem_1_minimizers_are_balanced(network):
    """What descent leaves is balanced, at any rank and any widths."""
    balanced = DeepLinearNetwork(balanced_by_sweeps(network))
    assert_small(
        la.norm(balanced.end_to_end - network.end_to_end),
        np.prod([la.norm(W, 2) for W in network.weights]),
        300,
    )  # observed 45
    assert all(la.norm(G) < 1e-7 * energy(balanced.weights) for G in balanced.moments())


def test_balancing_gap_is_zero_iff_balanced(network, rng, complex_entries):
    """The gap vanishes on the balanced orbit and grows with the square of the moment next to it."""
    center = network.center()
    Q = [random_unitary(rng, d, complex_entries=complex_entries) for d in center.widths[1:-1]]
    least = energy(center.weights)
    # eps σ_1 in σ_i moves σ_i^{2/N} by (2/N) σ_i^{2/N−1} times as much
    roots = network.singular_values[: network.rank] ** (2 / network.depth - 1)
    condition = 2 * network.singular_values[0] * np.sum(roots)
    assert_small(abs(center.gauge(Q).balancing_gap()), least + condition, 4)  # observed 0.78
    assert network.balancing_gap() > 1e-3 * network.norm**2
    a = [random_hermitian(rng, d, complex_entries=complex_entries) for d in center.widths[1:-1]]
    points = [center.gauge([la.expm(t * x) for x in a]) for t in (1e-2, 1e-3)]
    gaps = [point.balancing_gap() for point in points]
    moments = [norm(point.moments()) for point in points]
    assert gaps[1] > 0
    assert gaps[0] / gaps[1] == pytest.approx(100, rel=0.1)
    assert moments[0] / moments[1] == pytest.approx(10, rel=0.1)


def test_balancing_gap_is_the_distance_to_the_minimum(network):
    """Σ‖W_k‖² − N Σ σ_i^{2/N} is what the center saves."""
    saved = energy(network.weights) - energy(network.center().weights)
    assert_small(abs(network.balancing_gap() - saved), network.norm**2, 20)  # observed 3.4


@pytest.mark.parametrize("p", [0.5, 1, 1.5, 2, 4])
def test_schatten_norms_have_the_same_minimizers(network, rng, complex_entries, p):
    """Σ‖W_k‖_{S_p} ≥ N ‖X‖_{S_{p/N}}^{1/N}, with equality on the balanced points."""
    N, r = network.depth, network.rank
    least = N * schatten(network.end_to_end, p / N, r) ** (1 / N)
    Q = [random_unitary(rng, d, complex_entries=complex_entries) for d in network.widths[1:-1]]
    balanced = network.center().gauge(Q).weights
    assert_small(
        abs(sum(schatten(W, p, r) for W in balanced) - least), least, 120
    )  # observed 23, the oracle's: σ of the product
    values = sum(np.sum(la.svdvals(W) ** p) ** (1 / p) for W in network.weights)
    assert values > least * (1 + 1e-3)


def test_truncation_of_the_center_is_eckart_young(network):
    """Keeping r singular triples leaves a balanced network at distance σ_{r+1} from X, the least possible."""
    values = network.singular_values
    for r in range(1, network.rank + 1):
        reduced = network.truncate(r)
        distance = la.norm(network.end_to_end - reduced.end_to_end, 2)
        assert_small(abs(distance - (values[r] if r < values.size else 0)), values[0], 100)  # observed 19
        assert_small(abs(reduced.balancing_gap()), energy(reduced.weights), 50)  # observed 8.6
