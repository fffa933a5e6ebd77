"""One test for every statement about linear systems and the bridge, named after it.

Sources: K. Lindsey, G. Menon, arXiv:2511.01137; U. Helmke, J. Moore, "Optimization and Dynamical Systems", 1994;
K. Glover, Int. J. Control 39 (1984); R. T. Powers, E. Størmer, Comm. Math. Phys. 16 (1970);
D. G. Meyer, IEEE Trans. Automat. Control 35 (1990).
"""

from itertools import pairwise

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance import bridge
from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.linalg.lyapunov import gramian_factor
from dlnbalance.linalg.pencils import schur_form
from dlnbalance.networks.projections import projection

from .models import assert_small, random_gauge, random_network, random_system, random_unitary

WIDTHS = {
    "N=2": (3, 4, 3),
    "N=3": (3, 4, 5, 4),
    "N=4 square": (4, 4, 4, 4, 4),
    "N=5": (2, 4, 3, 5, 4, 3),
    "N=6 square": (3, 3, 3, 3, 3, 3, 3),
}


@pytest.fixture(params=[False, True], ids=["real", "complex"])
def complex_entries(request):
    return request.param


@pytest.fixture(params=[False, True], ids=["continuous", "discrete"])
def discrete(request):
    return request.param


@pytest.fixture(params=WIDTHS)
def network(request, rng, complex_entries):
    return random_network(rng, WIDTHS[request.param], complex_entries=complex_entries)


@pytest.fixture
def system(rng, complex_entries, discrete):
    return random_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete, feedthrough=False)


def gramians(system):
    first, second = dln.Lyapunov()(system).weights
    return first @ adjoint(first), adjoint(second) @ second


def transformed(system, T):
    inverse = la.inv(T)
    return dln.LinearSystem(T @ system.A @ inverse, T @ system.B, system.C @ inverse, dt=system.dt)


# -- Gramian balancing is the network of depth two ----------------------------------------------------------------


def test_factor_pair_moment_is_p_minus_q_and_norm_is_their_trace(system):
    P, Q = gramians(system)
    network = bridge.system_to_network(system)
    assert_small(la.norm(network.moments()[0] - (P - Q)), la.norm(P) + la.norm(Q), 10)
    assert network.norm**2 == pytest.approx(np.trace(P + Q).real, rel=1e-13)


def test_singular_values_of_the_factor_pair_are_the_hankel_singular_values(system):
    P, Q = gramians(system)
    squares = np.sort(la.eigvals(P @ Q).real)[::-1]
    np.testing.assert_allclose(bridge.system_to_network(system).singular_values ** 2, squares, rtol=1e-8)


def test_hankel_singular_values_do_not_depend_on_coordinates(system, rng, complex_entries):
    T = random_gauge(rng, 6, complex_entries=complex_entries)
    moved = dln.hankel_singular_values(transformed(system, T))
    np.testing.assert_allclose(moved, dln.hankel_singular_values(system), rtol=1e-10)


def test_change_of_coordinates_is_the_gauge_action_on_the_factor_pair(system, rng, complex_entries):
    T = random_gauge(rng, 6, complex_entries=complex_entries)
    moved = bridge.system_to_network(transformed(system, T))
    gauged = bridge.system_to_network(system).gauge([T])
    for k in (0, 1):  # factors are unique up to unitary matrices on the framing side: compare Gramians
        left, right = moved.weights[k], gauged.weights[k]
        product = (lambda M: M @ adjoint(M)) if k == 0 else (lambda M: adjoint(M) @ M)
        assert la.norm(product(left) - product(right)) <= 1e-11 * la.norm(product(right))


def test_center_of_the_fiber_is_the_square_root_method(system):
    network = bridge.system_to_network(system)
    T, _ = projection(network, 6)
    gauged, center = network.gauge([T]), network.center()
    for left, right in zip(gauged.weights, center.weights, strict=True):
        assert la.norm(left - right) <= 1e-10 * la.norm(right)
    assert abs(gauged.balancing_gap()) <= 1e-11 * gauged.norm**2


def test_minimum_of_the_trace_of_both_gramians_is_twice_the_sum(system, rng, complex_entries):
    network = bridge.system_to_network(system)
    minimum = 2 * network.singular_values.sum()
    for _ in range(10):
        assert network.gauge([random_gauge(rng, 6, complex_entries=complex_entries)]).norm ** 2 >= minimum
    assert network.center().norm ** 2 == pytest.approx(minimum, rel=1e-13)


def test_minimum_is_attained_at_the_geometric_mean(system):
    """T*T = P⁻¹ # Q = P^{-1/2} (P^{1/2} Q P^{1/2})^{1/2} P^{-1/2}."""
    P, Q = gramians(system)
    root = la.sqrtm(P)
    inverse = la.inv(root)
    mean = inverse @ la.sqrtm(root @ Q @ root) @ inverse
    T, _ = projection(bridge.system_to_network(system), 6)
    assert la.norm(adjoint(T) @ T - mean) <= 1e-7 * la.norm(mean)


def test_truncation_is_the_leading_block_of_the_balanced_realization(system):
    balanced, reduced = dln.balance(system).system, dln.reduce(system, 3).system
    block = dln.LinearSystem(balanced.A[:3, :3], balanced.B[:3], balanced.C[:, :3], dt=system.dt)
    omega = np.linspace(0, 30, 40)
    difference = dln.frequency_response(block, omega) - dln.frequency_response(reduced, omega)
    assert np.abs(difference).max() <= 1e-10


def test_error_bounds_of_glover_and_enns(system):
    for order in range(1, 6):
        model = dln.reduce(system, order)
        tail = model.hsv[order:]
        slack = 10 * model.accuracy_floor
        assert tail[0] - slack <= float(model.error()) <= 2 * tail.sum() + slack


def test_powers_stormer_bounds_the_gap_by_the_moment(system):
    network = bridge.system_to_network(system)
    nuclear = np.abs(la.eigvalsh(network.moments()[0])).sum()
    assert 0 <= network.balancing_gap() <= nuclear


def test_gap_is_the_bures_distance_of_the_gramians(system):
    P, Q = gramians(system)
    root = la.sqrtm(P)
    fidelity = np.trace(la.sqrtm(root @ Q @ root)).real
    gap = bridge.system_to_network(system).balancing_gap()
    assert gap == pytest.approx(np.trace(P + Q).real - 2 * fidelity, rel=1e-7)


# -- coprime factors ------------------------------------------------------------------------------------------------


def test_error_bounds_of_meyer_in_the_nu_gap(system):
    """σ_{r+1} ≤ δ_ν(G, G_r) ≤ 2Σσ_i, of truncation of the normalized coprime factors of an unstable system."""
    unstable = system.with_matrices(-1.2 * system.A, system.B, system.C)
    network = dln.Coprime()(unstable)
    for order in range(1, 6):
        T, inverse = projection(network, order)
        gap = float(dln.nu_gap(unstable, unstable.project(adjoint(T), inverse)))
        tail = network.singular_values[order:]
        assert tail[0] * (1 - 1e-9) <= gap <= min(1.0, 2 * tail.sum()) * (1 + 1e-9)


def test_both_normalized_factors_have_the_hankel_singular_values_of_lqg_balancing(system):
    """σ² = μ²/(1 + μ²) with the eigenvalues μ² of XY, X and Y from the two factors."""
    unstable = system.with_matrices(-1.2 * system.A, system.B, system.C)
    right, left = dln.Coprime("right")(unstable), dln.Coprime("left")(unstable)
    mu = la.svdvals(right.weights[1] @ left.weights[0])
    assert_small(la.norm(right.singular_values - mu / np.hypot(1, mu)), 1.0, 1e4)
    assert_small(la.norm(left.singular_values - mu / np.hypot(1, mu)), 1.0, 1e4)


def test_h_infinity_balancing_is_lqg_balancing_of_the_scaled_system(system):
    """ν_i = μ_i(βG)/β with β² = 1 − γ⁻²: X and Y are those of the LQG problem of βG, divided by β."""
    unstable = system.with_matrices(-1.2 * system.A, system.B, system.C)
    gamma = 2 * dln.LQG()(unstable).singular_values[0]
    beta = np.sqrt(1 - gamma**-2)
    values = dln.HInfinity(gamma)(unstable).singular_values
    scaled = dln.LQG()(beta * unstable).singular_values / beta
    assert_small(la.norm(values - scaled), scaled[0], 1e4)


# -- the bridge -----------------------------------------------------------------------------------------------------


def test_bridge_1_transfer_function_of_the_delay_line(network):
    system = bridge.network_to_system(network)
    for z in (0.7 + 0.2j, -1.3, 2.0j):
        expected = network.end_to_end * z ** -(network.depth - 1)
        assert_small(la.norm(system(z) - expected), la.norm(expected), 1e4)


def test_bridge_1_impulse_response_is_the_map_after_n_minus_1_steps(network, rng):
    system = bridge.network_to_system(network)
    state, outputs = system.B, []
    for _ in range(network.depth + 2):
        outputs.append(system.C @ state)
        state = system.A @ state
    assert_small(la.norm(outputs[network.depth - 2] - network.end_to_end), la.norm(network.end_to_end), 20)
    assert not any(output.any() for t, output in enumerate(outputs) if t != network.depth - 2)


def test_bridge_2_norms_agree(network):
    system = bridge.network_to_system(network)
    assert system.representation.energy == pytest.approx(network.representation.energy, rel=1e-14)


def test_bridge_3_moment_maps_agree(network):
    (moment,) = bridge.network_to_system(network).representation.moment_map()
    expected = la.block_diag(*network.moments())
    assert_small(la.norm(moment - expected), la.norm(expected), 5)


def test_bridge_3_network_balanced_iff_realization_norm_balanced(network):
    center = bridge.network_to_system(network.center()).representation
    assert_small(center.moment_norm(), center.norm**2, 20)
    assert bridge.network_to_system(network).representation.moment_norm() > 1e-3 * network.norm**2


def test_bridge_3_minimum_over_all_gauges_is_attained_on_block_diagonal_ones(network, rng, complex_entries):
    system = bridge.network_to_system(network)
    center = bridge.network_to_system(network.center()).representation.energy
    for _ in range(10):
        T = random_gauge(rng, system.nstates, complex_entries=complex_entries)
        assert system.representation.act([T]).energy >= center


def test_bridge_4_gramians_are_block_diagonal(network):
    P, Q = gramians(bridge.network_to_system(network))
    pairs = [bridge.cut(network, k).weights for k in range(1, network.depth)]
    R = la.block_diag(*(first @ adjoint(first) for first, _ in pairs))
    O = la.block_diag(*(adjoint(second) @ second for _, second in pairs))  # noqa: E741
    assert_small(la.norm(P - R), la.norm(R), 500)
    assert_small(la.norm(Q - O), la.norm(O), 500)


def test_bridge_5_hankel_singular_values_are_those_of_x_repeated(network):
    values = dln.hankel_singular_values(bridge.network_to_system(network))
    expected = np.repeat(network.singular_values, network.depth - 1)
    rest = values[expected.size :]
    assert_small(np.abs(values[: expected.size] - expected).max(), expected[0], 200)
    assert_small(rest.max(initial=0.0), expected[0], 200)


def test_bridge_5_error_of_truncation_is_the_lower_bound(network):
    """Order r per layer: the H∞ error is exactly σ_{r+1}(X), with the bound twice that and its successors."""
    system = bridge.network_to_system(network)
    sigma = network.singular_values
    for r in range(1, network.rank):
        model = dln.reduce(system, r * (network.depth - 1))
        assert float(model.error()) == pytest.approx(sigma[r], rel=1e-9)
        assert model.lower_bound == pytest.approx(sigma[r], rel=1e-9)
        # N − 1 values each, which count once but for the rounding that makes them equal
        assert model.bound == pytest.approx(2 * sigma[r:].sum(), rel=1e-9, abs=1e-10 * sigma[0])
        truncated = bridge.network_to_system(network.truncate(r))
        omega = np.linspace(0, np.pi, 30)
        difference = dln.frequency_response(truncated, omega) - dln.frequency_response(model.system, omega)
        assert np.abs(difference).max() <= 1e-9 * sigma[0]


@pytest.mark.parametrize("network", [name for name, widths in WIDTHS.items() if len(widths) > 3], indirect=True)
def test_bridge_5_a_cut_inside_a_layer_splits_equal_values(network):
    """Each σ of X is repeated N − 1 times: one state less than one whole layer needs is refused."""
    with pytest.raises(dln.errors.OrderError, match="order"):
        dln.reduce(bridge.network_to_system(network), network.depth - 2)
    assert dln.reduce(bridge.network_to_system(network), network.depth - 1).order == network.depth - 1


def test_bridge_6_balanced_networks_interpolate_from_input_to_output_normal(network, rng, complex_entries):
    depth, sigma = network.depth, network.singular_values[: network.rank]
    center = network.center()
    unitaries = [random_unitary(rng, d, complex_entries=complex_entries) for d in network.widths[1:-1]]
    balanced = center.gauge(unitaries)
    for k, frame in zip(range(1, depth), unitaries, strict=True):
        first, second = bridge.cut(balanced, k).weights
        embedded = frame[:, : sigma.size]
        R = (embedded * sigma ** (2 * k / depth)) @ adjoint(embedded)
        O = (embedded * sigma ** (2 - 2 * k / depth)) @ adjoint(embedded)  # noqa: E741
        assert_small(la.norm(first @ adjoint(first) - R), la.norm(R), 200)
        assert_small(la.norm(adjoint(second) @ second - O), la.norm(O), 200)
        agree = la.norm(first @ adjoint(first) - adjoint(second) @ second) <= 1e-12 * (la.norm(R) + la.norm(O))
        assert agree == (2 * k == depth)


def test_bridge_6_gauge_between_the_two_notions_of_balanced(rng, complex_entries):
    """T_k = Σ^{1/2 − k/N} Q_k* leads from the balanced network to the Gramian-balanced delay line."""
    network = random_network(rng, (4, 4, 4, 4, 4), complex_entries=complex_entries)
    unitaries = [random_unitary(rng, 4, complex_entries=complex_entries) for _ in range(3)]
    balanced = network.center().gauge(unitaries)
    sigma = network.singular_values
    gauges = [sigma[:, None] ** (0.5 - k / 4) * adjoint(Q) for k, Q in zip((1, 2, 3), unitaries, strict=True)]
    P, Q = gramians(bridge.network_to_system(balanced.gauge(gauges)))
    expected = np.diag(np.tile(sigma, 3))
    assert la.norm(P - expected) <= 1e-12 * la.norm(expected)
    assert la.norm(Q - expected) <= 1e-12 * la.norm(expected)


def unitary_gauge(source, target, sizes):
    """The U, unitary in blocks of the given sizes, with U·source nearest to target.

    The polar factor of Σ_k R'_k R_k* + O'_k* O_k with R_k = N^k B and O_k = C N^k, N the nilpotent part of A.
    """
    depth = source.nstates
    correlation = 0
    for k in range(depth):
        reached, read = [], []
        for system in (source, target):
            N = system.A - np.trace(system.A) / depth * np.eye(depth)
            power = np.linalg.matrix_power(N, k)
            reached.append(power @ system.B)
            read.append(system.C @ power)
        correlation = correlation + reached[1] @ adjoint(reached[0]) + adjoint(read[1]) @ read[0]
    frames = []
    for lo, hi in pairwise(np.cumsum([0, *sizes])):
        left, _, right = la.svd(correlation[lo:hi, lo:hi])
        frames.append(left @ right)
    return la.block_diag(*frames)


@pytest.mark.parametrize("dt", [1.0, True, 0])
def test_bridge_3_both_ways_to_a_balanced_delay_line_agree_up_to_a_unitary_gauge(network, dt):
    """balance(network_to_system(W), form="norm") against network_to_system(balance(W).network).

    In discrete time the gauge is unitary layer by layer; in continuous time the search mixes the layers, and the gauge
    is any unitary matrix. Networks with layers wider than the rank of X have no balanced point on their orbit: their
    truncation to that rank, in other coordinates, has.
    """
    frames = [np.diag(np.linspace(1, 3, network.rank))] * (network.depth - 1)
    start = network.truncate(network.rank).gauge(frames)
    by_network = bridge.network_to_system(dln.balance(start).network, dt)
    by_norm = dln.balance(bridge.network_to_system(start, dt), form="norm").system
    U = unitary_gauge(by_network, by_norm, start.widths[1:-1] if dt else [by_network.nstates])
    assert la.norm(adjoint(U) @ U - np.eye(U.shape[0])) <= 1e-13 * U.shape[0]
    moved = (U @ by_network.A @ adjoint(U), U @ by_network.B, by_network.C @ adjoint(U))
    scale = by_network.representation.norm
    assert max(la.norm(x - y) for x, y in zip(moved, (by_norm.A, by_norm.B, by_norm.C), strict=True)) <= 1e-10 * scale
    assert by_norm.representation.energy == pytest.approx(by_network.representation.energy, rel=1e-13)


@pytest.mark.parametrize("alpha", [0.3, 1.0, 2.5])
def test_bridge_7_continuous_delay_line(network, alpha):
    system = bridge.network_to_system(network, dt=0, alpha=alpha)
    for s in (0.0, 1.5j, -0.1 + 2j):
        expected = network.end_to_end / (s + alpha) ** (network.depth - 1)
        assert_small(la.norm(system(s) - expected), la.norm(expected), 1e4)
    extra = alpha**2 * system.nstates / 2
    assert system.representation.energy == pytest.approx(network.representation.energy + extra, rel=1e-14)
    (moment,) = system.representation.moment_map()
    expected = la.block_diag(*network.moments())
    assert_small(la.norm(moment - expected), la.norm(expected) + alpha * la.norm(system.A), 10)


# -- norm balancing and numerics --------------------------------------------------------------------------------------


def test_helmke_moment_map_of_a_realization(system):
    (moment,) = system.representation.moment_map()
    A, B, C = system.A, system.B, system.C
    expected = A @ adjoint(A) - adjoint(A) @ A + B @ adjoint(B) - adjoint(C) @ C
    assert_small(la.norm(moment - expected), la.norm(expected), 10)


def test_level_3_hammarling_knows_the_input_normal_pair_without_inverting():
    """S = U⁻¹AU satisfies S + S* = −ββ* with β = U⁻¹B: what the algorithm relies on."""
    rng = np.random.default_rng(7)
    A = np.triu(rng.standard_normal((5, 5)), 1) - np.diag([1.0, 2.0, 3.0, 4.0, 5.0])
    B = rng.standard_normal((5, 2))
    U = gramian_factor(schur_form(A), B, discrete=False)
    schur = schur_form(A)
    S, beta = la.solve(U, schur.S @ U), la.solve(U, adjoint(schur.Z) @ B)
    assert la.norm(S + S.T + beta @ beta.T) <= 1e4 * EPS * la.norm(S)


@pytest.mark.parametrize("measured", ["position", "velocity"])
def test_symmetric_collocated_models_reach_as_they_are_observed(rng, measured):
    """JA = (JA)* and JB = C* for a Hermitian J give Q = JPJ: Q_v = M P_p M (M P_v M for measured velocities)."""
    M, D, K = (X @ X.T + np.eye(4) for X in rng.standard_normal((3, 4, 4)))
    B = rng.standard_normal((4, 2))
    system = dln.SecondOrderSystem(M, D, K, B, *((B.T, None) if measured == "position" else (None, B.T)))
    P, Q = gramians(system.first_order())
    block = slice(0, 4) if measured == "position" else slice(4, 8)
    expected = M @ P[block, block] @ M
    assert_small(la.norm(Q[4:, 4:] - expected), la.norm(expected), 1e4)


def test_factors_keep_what_the_product_of_gramians_loses(rng):
    """HSVs from eigenvalues of PQ lose half the digits; from factors they are good to eps σ_1."""
    diagonal = dln.LinearSystem(np.diag([-1.0, -2.0, -4.0]), [[1.0], [1e-6], [1e-9]], [[1.0, 1.0, 1.0]])
    exact = exact_values(diagonal)
    rotated = transformed(diagonal, random_unitary(rng, 3))
    P, Q = gramians(rotated)
    naive = np.sqrt(np.sort(np.abs(la.eigvals(P @ Q)))[::-1])
    values = dln.hankel_singular_values(rotated)
    assert np.abs(values - exact).max() <= 20 * EPS * exact[0]
    assert np.abs(naive - exact).max() > 1e4 * EPS * exact[0]


@pytest.mark.parametrize("index", [1, 2, 3])
def test_a_regular_pencil_gives_a_proper_and_a_polynomial_part_of_degree_below_its_index(rng, index, complex_entries):
    """K. Weierstrass, 1868: A − λE is equivalent to (J − λI) ⊕ (I − λN) with a nilpotent N of that index."""
    proper = random_system(rng, 4, 2, 2, complex_entries=complex_entries)
    A, E = la.block_diag(proper.A, np.eye(index)), la.block_diag(np.eye(4), np.eye(index, k=1))
    B, C = rng.standard_normal((index, 2)), rng.standard_normal((2, index))
    left, right = (random_gauge(rng, 4 + index, complex_entries=complex_entries) for _ in range(2))
    system = dln.LinearSystem(
        left @ A @ right, left @ np.vstack([proper.B, B]), np.hstack([proper.C, C]) @ right, proper.D,
        E=left @ E @ right,
    )  # fmt: skip
    parts = dln.decompositions.finite_infinite(system)
    assert (parts.index, len(parts.polynomial)) == (index, index - 1)
    for s in (0.5j, 2.0):
        markov = [-C @ np.linalg.matrix_power(np.eye(index, k=1), k) @ B * s**k for k in range(index)]
        assert_small(la.norm(parts.proper(s) - proper(s) - markov[0]), la.norm(proper(s)) + la.norm(markov[0]), 2000)
        found = sum((D * s ** (k + 1) for k, D in enumerate(parts.polynomial)), np.zeros((2, 2)))
        assert_small(la.norm(found - sum(markov[1:], np.zeros((2, 2)))), sum(map(la.norm, markov)), 2000)


def exact_values(system):
    """Hankel singular values of a diagonal system in 60 digits."""
    import mpmath as mp

    with mp.workdps(60):
        n = system.nstates
        a = [mp.mpf(float(x)) for x in np.diag(system.A)]
        b, c = ([mp.mpf(float(x)) for x in M.ravel()] for M in (system.B, system.C))
        P = mp.matrix(n, n)
        Q = mp.matrix(n, n)
        for i in range(n):
            for j in range(n):
                P[i, j], Q[i, j] = -b[i] * b[j] / (a[i] + a[j]), -c[i] * c[j] / (a[i] + a[j])
        L = mp.cholesky(P)
        return np.array([float(mp.sqrt(s)) for s in sorted(mp.eigsy(L.T * Q * L, eigvals_only=True), reverse=True)])
