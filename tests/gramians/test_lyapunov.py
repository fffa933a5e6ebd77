"""Gramians of Lyapunov's and Stein's equations as the layers of a network, and what their singular values prove."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, SingularDescriptorError, UnstableSystemError
from dlnbalance.linalg.arrays import EPS, adjoint

from ..models import assert_small, random_matrix, random_system

CASES = [
    pytest.param(complex_entries, discrete, descriptor, id="-".join(words))
    for complex_entries in (False, True)
    for discrete in (False, True)
    for descriptor in (False, True)
    for words in [
        (
            "complex" if complex_entries else "real",
            "discrete" if discrete else "continuous",
            "E" if descriptor else "explicit",
        )
    ]
]


@pytest.mark.parametrize(("complex_entries", "discrete", "descriptor"), CASES)
def test_the_moment_is_the_difference_of_the_gramians_of_the_explicit_system(
    rng, complex_entries, discrete, descriptor
):
    system = random_system(rng, 9, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    network = dln.Lyapunov()(system)
    A, B, C, _, _ = system.explicit().to_tuple()
    if discrete:
        P = la.solve_discrete_lyapunov(A, B @ adjoint(B))
        Q = la.solve_discrete_lyapunov(adjoint(A), adjoint(C) @ C)
    else:
        P = la.solve_continuous_lyapunov(A, -B @ adjoint(B))
        Q = la.solve_continuous_lyapunov(adjoint(A), -adjoint(C) @ C)
    (moment,) = network.moments()
    assert_small(la.norm(moment - (P - Q)), la.norm(P) + la.norm(Q), 1e4)
    assert network.is_complex == complex_entries
    assert network.widths == (9, 9, 9)


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (12, 1), (1, 12), (30, 30)])
def test_wide_inputs_and_outputs(rng, inputs, outputs):
    system = random_system(rng, 8, inputs, outputs)
    first, second = dln.Lyapunov()(system).weights
    A, B, C, _, _ = system.to_tuple()
    P, Q = first @ first.T, second.T @ second
    assert_small(la.norm(A @ P + P @ A.T + B @ B.T), 2 * la.norm(A) * la.norm(P), 100)
    assert_small(la.norm(A.T @ Q + Q @ A + C.T @ C), 2 * la.norm(A) * la.norm(Q), 100)


def test_sparse_and_dense_agree(rng):
    system = dln.examples.get("heat-rod")
    sparse = dln.examples.heat_rod(30, sparse=True)
    assert sparse.is_sparse
    np.testing.assert_allclose(
        dln.hankel_singular_values(sparse), dln.hankel_singular_values(system), rtol=0, atol=1e-17
    )


def test_a_system_without_states_has_an_empty_hidden_layer():
    system = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 2)), np.zeros((3, 0)))
    assert dln.Lyapunov()(system).widths == (0, 0, 0)
    assert dln.hankel_singular_values(system).size == 0


def test_scaling_of_inputs_and_outputs_scales_the_values(rng):
    A, B, C, _, _ = random_system(rng, 6, 2, 2).to_tuple()
    values = dln.hankel_singular_values((A, B, C))
    for scale in (1e-150, 1e-30, 1e30, 1e150):
        np.testing.assert_allclose(dln.hankel_singular_values((A, scale * B, C)), scale * values, rtol=1e-10)


@pytest.mark.parametrize(
    ("A", "dt", "count"),
    [
        ([[1.0]], 0, "1 of 1"),
        ([[0.0]], 0, "1 of 1"),
        ([[0.0, 1.0], [-1.0, 0.0]], 0, "2 of 2"),
        ([[0.0, 1.0], [0.0, 0.0]], 0, "2 of 2"),
        ([[1.0]], 1.0, "1 of 1"),
        ([[-1.0, 0.0], [0.0, 0.5]], True, "1 of 2"),
        ([[2.0, 0.0], [0.0, -3.0]], 0.1, "2 of 2"),
    ],
)
def test_unstable_systems_are_refused_with_their_worst_pole(A, dt, count):
    n = len(A)
    with pytest.raises(UnstableSystemError, match=count):
        dln.Lyapunov()(dln.LinearSystem(A, np.ones((n, 1)), np.ones((1, n)), dt=dt))


def test_an_unstable_pole_is_refused_in_any_coordinates(rng):
    for _ in range(20):
        T = random_matrix(rng, 5, 5)
        A = la.solve(T, np.diag([-1.0, -2.0, -3.0, -4.0, 0.0]) @ T)  # an integrator, hidden
        with pytest.raises(UnstableSystemError):
            dln.Lyapunov()(dln.LinearSystem(A, np.ones((5, 1)), np.ones((1, 5))))


def test_unspecified_time_base_is_refused():
    with pytest.raises(InvalidArgumentError, match="dt"):
        dln.Lyapunov()(dln.LinearSystem([[-0.5]], [[1.0]], [[1.0]], dt=None))


@pytest.mark.parametrize("E", [[[1.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 1.0]], np.zeros((2, 2))])
def test_singular_descriptor_is_refused(E):
    with pytest.raises(SingularDescriptorError, match="E"):
        dln.Lyapunov()(dln.LinearSystem(-np.eye(2), np.ones((2, 1)), np.ones((1, 2)), E=E))


def test_error_bounds_count_equal_values_once():
    values = np.array([5.0, 3.0, 3.0 - 1e-13, 1.0, 0.5])
    bounds = dln.Lyapunov().error_bounds(values, 1, floor=1e-12)
    assert bounds.lower == 3.0
    merging = 1e-13 / 3 / EPS * 1e-12  # what makes the two values equal, in the transfer function
    assert bounds.upper == pytest.approx(2 * (3 + 1 + 0.5 + merging), rel=1e-12)
    strict = dln.Lyapunov().error_bounds(values, 1, floor=0.0)
    assert strict.upper == pytest.approx(2 * (3 + 3 + 1 + 0.5), rel=1e-12)
    assert dln.Lyapunov().error_bounds(values, 5, floor=0.0)[:2] == (0.0, 0.0)


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("decades", [2, 6, 12])
def test_units_of_measure_do_not_matter(rng, discrete, decades):
    """States scaled by powers of ten over many decades: the same values, norms and reduced models."""
    system = random_system(rng, 12, 2, 2, discrete=discrete)
    scale = 10 ** rng.uniform(-decades, decades, 12)
    A, B, C = scale[:, None] * system.A / scale, scale[:, None] * system.B, system.C / scale
    scaled = dln.LinearSystem(A, B, C, system.D, dt=system.dt)
    values = dln.hankel_singular_values(system)
    assert np.abs(dln.hankel_singular_values(scaled) - values).max() <= 1e-10 * values[0]
    assert float(dln.hinf_norm(scaled)) == pytest.approx(float(dln.hinf_norm(system)), rel=1e-10)
    ours, theirs = dln.reduce(scaled, 4), dln.reduce(system, 4)
    assert float(ours.error()) == pytest.approx(float(theirs.error()), rel=1e-8)
    assert ours.accuracy_floor < 1e-8 * values[0]


def test_scaling_is_exact_and_leaves_good_coordinates_alone(rng):
    system = random_system(rng, 6, 1, 1)
    assert (system.coordinates.states == system.coordinates.states[0]).all()
    scale = 10 ** rng.uniform(-6, 6, 6)
    scaled = dln.LinearSystem(scale[:, None] * system.A / scale, scale[:, None] * system.B, system.C / scale)
    mantissa, _ = np.frexp(scaled.coordinates.states)
    assert (mantissa == 0.5).all()
    A = scaled.coordinates.A * scaled.coordinates.unit
    np.testing.assert_array_equal(A * scaled.coordinates.states[:, None] / scaled.coordinates.states, scaled.A)
    assert la.norm(A) < 100 * la.norm(system.A)


def test_a_pole_on_the_stability_boundary_is_refused_beside_a_stable_one_of_the_same_angle():
    for A, dt in ((np.diag([1.0, 0.5]), True), (np.diag([0.0, -1.0]), 0)):
        with pytest.raises(UnstableSystemError, match="1 of 2"):
            dln.Lyapunov()(dln.LinearSystem(A, np.ones((2, 1)), np.ones((1, 2)), dt=dt))


@pytest.mark.parametrize("discrete", [False, True])
def test_complex_inputs_or_outputs_of_a_real_state_matrix(rng, discrete):
    system = random_system(rng, 7, 2, 2, discrete=discrete)
    A, B, C, _, dt = system.to_tuple()
    turned = dln.LinearSystem(A, B @ np.diag([1, 1j]), C, dt=dt)  # changes neither Gramian
    P, Q = dln.Lyapunov()(system).weights
    P_turned, Q_turned = dln.Lyapunov()(turned).weights
    assert_small(la.norm(P @ adjoint(P) - P_turned @ adjoint(P_turned)), la.norm(P) ** 2, 1e4)
    assert_small(la.norm(adjoint(Q) @ Q - adjoint(Q_turned) @ Q_turned), la.norm(Q) ** 2, 1e4)
