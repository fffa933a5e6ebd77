"""Bilinear systems: generalized Lyapunov equations against Kronecker solves, balancing, reduction, refusals."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, NumericalError, OrderError, ToleranceError, UnstableSystemError
from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.structured import bilinear
from dlnbalance.structured.bilinear import BilinearSystem

from ..models import assert_small, random_gauge, random_matrix, random_representation, random_system

CASES = [(False, False), (True, False), (False, True), (True, True)]


def operators(system):
    """Matrices of L and Π acting on vec(P)."""
    A, unit = system.A, np.eye(system.nstates)
    linear = (
        np.kron(A, A.conj()) - np.eye(unit.size)
        if system.linear.is_discrete
        else (np.kron(A, unit) + np.kron(unit, A.conj()))
    )
    return linear, sum(np.kron(N, N.conj()) for N in system.N)


def spectral_radius(system):
    linear, bilinear = operators(system)
    return np.abs(np.linalg.eigvals(la.solve(linear, bilinear))).max()


def random_bilinear(rng, n, m, p, *, complex_entries=False, discrete=False, radius=0.5):
    """System whose generalized Lyapunov operator has a given spectral radius of L⁻¹Π."""
    linear = random_system(rng, n, m, p, complex_entries=complex_entries, discrete=discrete, feedthrough=False)
    N = [random_matrix(rng, n, n, complex_entries=complex_entries) for _ in range(m)]
    raw = BilinearSystem(linear.A, N, linear.B, linear.C, dt=linear.dt)
    scale = np.sqrt(radius / spectral_radius(raw))
    return BilinearSystem(linear.A, [scale * M for M in N], linear.B, linear.C, dt=linear.dt)


@pytest.fixture(params=CASES, ids=["real", "complex", "real-discrete", "complex-discrete"])
def system(rng, request):
    return random_bilinear(rng, 5, 2, 3, complex_entries=request.param[0], discrete=request.param[1])


def oracle_gramian(system):
    """Reachability Gramian by one linear system of n² equations."""
    linear, bilinear = operators(system)
    n = system.nstates
    return la.solve(linear + bilinear, -(system.B @ adjoint(system.B)).reshape(-1)).reshape(n, n)


def oracle_gramians(system):
    """Both Gramians; the operator of the dual equation is the adjoint one."""
    linear, bilinear = operators(system)
    Q = la.solve(adjoint(linear + bilinear), -(adjoint(system.C) @ system.C).reshape(-1))
    return oracle_gramian(system), Q.reshape(system.A.shape)


def volterra(system, points=((0.7, 1.1), (2.0, 0.3))):
    """Samples of the first two Volterra transfer functions."""
    n, values = system.nstates, []
    for pair in points:
        s, t = np.exp(1j * np.array(pair)) if system.linear.is_discrete else 1j * np.array(pair)
        first = la.solve(s * np.eye(n) - system.A, system.B)
        values.append(system.C @ first)
        values += [system.C @ la.solve(t * np.eye(n) - system.A, N @ first) for N in system.N]
    return np.concatenate([value.ravel() for value in values])


def test_gramians_solve_the_generalized_lyapunov_equations(system):
    P, Q = oracle_gramians(system)
    network = system.factor_pairs()[0]
    reach, observe = network.weights
    assert network.widths == (5, 5, 5)
    assert_small(la.norm(reach @ adjoint(reach) - P), la.norm(P), 1e4)
    assert_small(la.norm(adjoint(observe) @ observe - Q), la.norm(Q), 1e4)
    assert max(system.residuals(network)) < 50 * EPS


def test_residuals_notice_wrong_factors(system):
    first, second = system.factor_pairs()[0].weights
    wrong = system.residuals(dln.DeepLinearNetwork([1.001 * first, second]))
    assert wrong[0] > 1e-6
    assert wrong[1] < 50 * EPS


def test_factors_that_miss_their_equations_are_refused(system, monkeypatch):
    solve = bilinear._generalized_factor
    monkeypatch.setattr(bilinear, "_generalized_factor", lambda *args, **kwargs: 1.001 * solve(*args, **kwargs))
    with pytest.raises(NumericalError, match="relative residual"):
        system.factor_pairs()[0]


@pytest.mark.parametrize("form", ["balanced", "input-normal", "output-normal"])
def test_balanced_gramians_are_diagonal(system, form):
    result = dln.balance(system, form=form)
    powers = {"balanced": (1, 1), "input-normal": (0, 2), "output-normal": (2, 0)}[form]
    for gramian, power in zip(oracle_gramians(result.system), powers, strict=True):
        assert la.norm(gramian - np.diag(result.hsv**power)) < 1e-8 * (1 + result.hsv[0]) ** 2
    assert la.norm(volterra(result.system) - volterra(system)) < 1e-9 * la.norm(volterra(system))
    assert abs(result.certificate.relative_gap) < 1e-13


def test_gauges_and_norm_balancing_leave_the_volterra_series_alone(rng, system):
    gauge = random_gauge(rng, 5, complex_entries=np.iscomplexobj(system.A))
    moved = system.with_representation(system.representation.act([gauge]))
    reference = volterra(system)
    assert la.norm(volterra(moved) - reference) < 1e-11 * la.norm(reference)
    result = dln.balance(system, form="norm")
    assert result.minimum.status == "converged"
    assert la.norm(volterra(result.system) - reference) < 1e-9 * la.norm(reference)
    assert result.system.representation.energy < system.representation.energy
    with pytest.raises(InvalidArgumentError, match="representation"):
        system.with_representation(random_representation(rng, "chain"))


def test_without_bilinear_terms_it_is_the_linear_system(rng):
    for discrete in (False, True):
        plant = random_system(rng, 5, 2, 2, discrete=discrete, feedthrough=False)
        system = BilinearSystem(plant.A, [np.zeros((5, 5))] * 2, plant.B, plant.C, dt=plant.dt)
        values = dln.hankel_singular_values(plant)
        assert_small(la.norm(dln.balance(system).hsv - values), values[0], 20)
        assert system.h2_norm() == pytest.approx(dln.h2_norm(plant), rel=1e-12)
        model, reference = dln.reduce(system, 3), dln.reduce(plant, 3)
        difference = model.system.linear - reference.system
        assert float(dln.hinf_norm(difference)) < 1e-10
        assert float(model.error()) == pytest.approx(dln.h2_norm(plant - reference.system), rel=1e-8)


def test_closed_forms_of_one_state():
    continuous = BilinearSystem([[-2.0]], [[[1.0]]], [[3.0]], [[1.0]])
    assert continuous.factor_pairs()[0].weights[0].item() ** 2 == pytest.approx(9 / (4 - 1))
    assert continuous.h2_norm() == pytest.approx(np.sqrt(3))
    discrete = BilinearSystem([[0.5]], [[[0.5]]], [[3.0]], [[1.0]], dt=True)
    assert discrete.factor_pairs()[0].weights[0].item() ** 2 == pytest.approx(9 / (1 - 0.25 - 0.25))
    through = BilinearSystem([[-2.0]], [[[1.0]]], [[3.0]], [[1.0]], [[1.0]])
    assert through.h2_norm() == np.inf


def test_h2_norm_of_the_error_is_that_of_the_difference_of_the_series(system):
    P = oracle_gramian(system)
    assert system.h2_norm() == pytest.approx(np.sqrt(np.trace(system.C @ P @ adjoint(system.C)).real), rel=1e-9)
    model = dln.reduce(system, 3)
    error_system = system - model.system
    expected = np.sqrt(np.trace(error_system.C @ oracle_gramian(error_system) @ adjoint(error_system.C)).real)
    assert float(model.error()) == pytest.approx(expected, rel=1e-6)
    assert (model.order, model.bound, model.stable) == (3, None, True)
    assert "measured" in repr(model)
    assert len(repr(model).splitlines()) <= 8
    full = dln.reduce(system, 5)
    assert "no bound" in repr(full)
    assert float(full.error()) < 1e-10 * system.h2_norm()


def test_slow_convergence_is_carried_to_the_end(rng):
    system = random_bilinear(rng, 4, 1, 1, radius=0.9)
    P = oracle_gramian(system)
    reach = system.factor_pairs()[0].weights[0]
    assert_small(la.norm(reach @ reach.T - P), la.norm(P), 1e5)


@pytest.mark.parametrize("radius", [0.9999, 1.0, 1.3, 50.0, 1e40])
def test_no_gramian_is_explained_and_scaling_the_inputs_helps(rng, radius):
    system = random_bilinear(rng, 4, 2, 2, radius=radius)
    with pytest.raises(NumericalError, match="spectral radius") as caught:
        dln.balance(system)
    gamma = float(caught.value.remedy.split("(")[1].rstrip(")"))
    assert 0.4 < gamma**2 * radius < 0.6
    estimated = float(caught.value.received.rsplit(" ", 1)[1])
    assert estimated == pytest.approx(radius, rel=0.1)
    scaled = system.scaled_inputs(gamma)
    assert spectral_radius(scaled) < 0.6
    assert dln.balance(scaled).is_minimal
    for wrong in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(InvalidArgumentError, match="gamma"):
            system.scaled_inputs(wrong)


@pytest.mark.parametrize("n", [4, 12])
def test_nilpotent_terms_end_the_series(rng, n):
    """Its terms grow up to the last one."""
    N = np.diag(rng.uniform(5, 10, n - 1), 1) if n > 4 else np.triu(10 * rng.standard_normal((n, n)), 1)
    system = BilinearSystem(-np.diag(np.arange(1.0, n + 1)), [N], np.ones((n, 1)), np.ones((1, n)))
    P = oracle_gramian(system)
    reach = system.factor_pairs()[0].weights[0]
    assert_small(la.norm(reach @ reach.T - P), la.norm(P), 1e4)


def test_states_in_very_different_units(rng):
    system = random_bilinear(rng, 4, 1, 1)
    units = np.array([1.0, 1e6, 1e-6, 1e3])
    moved = system.with_representation(system.representation.act([np.diag(units)]))
    values = dln.balance(system).hsv
    assert_small(la.norm(dln.balance(moved).hsv - values), values[0], 1e5)


def test_unreachable_states_are_dropped_and_nothing_is_refused(rng):
    system = random_bilinear(rng, 3, 1, 1)
    N = [la.block_diag(M, 0.1) for M in system.N]
    padded = BilinearSystem(
        la.block_diag(system.A, -1.0), N, np.vstack([system.B, [[0.0]]]), np.hstack([system.C, [[1.0]]])
    )
    result = dln.balance(padded)
    assert (result.order, result.is_minimal) == (3, False)
    assert la.norm(volterra(result.system) - volterra(system)) < 1e-10
    nothing = dln.balance(BilinearSystem(system.A, system.N, 0 * system.B, system.C))
    assert (nothing.order, nothing.system.nstates) == (0, 0)


def test_names_and_time_base_survive(rng):
    A = -np.eye(2)
    system = BilinearSystem(A, [0.1 * np.eye(2)], [[1.0], [2.0]], [[1.0, 1.0]], inputs=["flow"], name="mixer")
    reduced = dln.reduce(system, 1).system
    assert isinstance(reduced, BilinearSystem)
    assert (reduced.linear.inputs, reduced.linear.name, reduced.dt) == (("flow",), "mixer", 0)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"A": np.ones((2, 3))}, "A"),
        ({"N": []}, "N"),
        ({"N": 3}, "N"),
        ({"N": [np.eye(3)]}, r"N\[0\]"),
        ({"N": [[[np.nan, 0], [0, 0]]]}, r"N\[0\]"),
        ({"B": np.ones((3, 1))}, "B"),
        ({"C": np.ones((1, 3))}, "C"),
        ({"dt": -1}, "dt"),
    ],
)
def test_wrong_arguments_are_named(change, argument):
    given = {"A": -np.eye(2), "N": [np.eye(2)], "B": np.ones((2, 1)), "C": np.ones((1, 2))}
    assert BilinearSystem(**given).nstates == 2
    with pytest.raises(InvalidArgumentError, match=rf"^{argument}:"):
        BilinearSystem(**(given | change))


def test_wrong_requests_are_refused(rng):
    system = random_bilinear(rng, 3, 1, 1)
    with pytest.raises(UnstableSystemError):
        dln.balance(BilinearSystem([[1.0]], [[[0.0]]], [[1.0]], [[1.0]]))
    with pytest.raises(ToleranceError, match="no tolerance"):
        dln.reduce(system, rtol=0.1)
    with pytest.raises(OrderError):
        dln.reduce(system, 4)
    with pytest.raises(InvalidArgumentError, match="gramians"):
        dln.reduce(system, 2, gramians=lambda s: s)
    with pytest.raises(InvalidArgumentError, match="dt"):
        dln.balance(BilinearSystem([[-1.0]], [[[0.0]]], [[1.0]], [[1.0]], dt=None))
