"""LQG balancing: closed forms, SciPy's and forty digits' Riccati solutions, and what the values prove."""

import mpmath as mp
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, SingularDescriptorError, UnstableSystemError
from dlnbalance.gramians.coprime import NU_GAP, Coprime
from dlnbalance.gramians.kinds import named
from dlnbalance.gramians.lqg import LQG
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.networks.projections import projection

from ..models import assert_small, random_gauge, random_system
from ..plants import PLANTS
from .test_coprime_factors import unstable_system


def gramians(system, kind=None):
    """P = Y and Q = X."""
    reach, observe = (LQG() if kind is None else kind)(system).weights
    return reach @ adjoint(reach), adjoint(observe) @ observe


def riccati(A, B, C, D, X, *, discrete, weight=1.0):
    """What is left of A*X + XA + C*C − S*(wI + D*D)⁻¹S, and of its discrete form; and the sum of the terms' norms."""
    R = weight * np.eye(B.shape[1]) + adjoint(D) @ D
    if discrete:
        R, S = R + adjoint(B) @ X @ B, adjoint(B) @ X @ A + adjoint(D) @ C
        terms = [adjoint(A) @ X @ A, -X, adjoint(C) @ C, -adjoint(S) @ la.solve(R, S)]
    else:
        S = adjoint(B) @ X + adjoint(D) @ C
        terms = [adjoint(A) @ X, X @ A, adjoint(C) @ C, -adjoint(S) @ la.solve(R, S)]
    return la.norm(sum(terms)), sum(map(la.norm, terms))


def adjoints(system):
    A, B, C, D, _ = system.explicit().to_tuple()
    return adjoint(A), adjoint(C), adjoint(B), adjoint(D)


def assert_solved(system, P, Q, weight=1.0):
    A, B, C, D, _ = system.explicit().to_tuple()
    for matrices, solution in (((A, B, C, D), Q), (adjoints(system), P)):
        residual, scale = riccati(*matrices, solution, discrete=system.is_discrete, weight=weight)
        assert_small(residual, scale, 8000)  # SciPy's solutions: ten to a hundred times what these leave


@pytest.mark.parametrize(("n", "m", "p"), [(1, 1, 1), (6, 2, 3), (7, 4, 1)])
def test_both_equations_are_solved(rng, complex_entries, discrete, descriptor, n, m, p):
    system = unstable_system(rng, n, m, p, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    assert_solved(system, *gramians(system))


def test_the_solutions_are_those_of_scipy(rng, complex_entries, discrete):
    system = unstable_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete)
    P, Q = gramians(system)
    solve = la.solve_discrete_are if discrete else la.solve_continuous_are
    for (A, B, C, D), found in ((system.to_tuple()[:4], Q), (adjoints(system), P)):
        S = adjoint(C) @ D
        expected = solve(A, B, adjoint(C) @ C, np.eye(B.shape[1]) + adjoint(D) @ D, s=S)
        assert_small(la.norm(found - expected), la.norm(expected), 1e6)


def test_a_direct_term_counts(rng, discrete):
    """D = 2 is not D = 0, and each solution satisfies its own equation to 1e-10."""
    A, B, C, _, dt = unstable_system(rng, 5, 1, 1, discrete=discrete).to_tuple()
    found = {gain: gramians((A, B, C, [[gain]], dt)) for gain in (0.0, 2.0)}
    assert la.norm(found[0.0][1] - found[2.0][1]) > 0.01 * la.norm(found[0.0][1])
    for gain, (P, Q) in found.items():
        D = np.array([[gain]])
        for matrices, solution in (((A, B, C, D), Q), ((A.T, C.T, B.T, D.T), P)):
            residual, scale = riccati(*matrices, solution, discrete=discrete)
            assert residual <= 1e-10 * scale


def test_forty_digits(discrete):
    """Values from mpmath: eigenvectors of the Hamiltonian, or the fixed point of the Riccati recursion, with D = 2."""
    A = np.array([[0.6, 0.5, 0.0], [-0.5, 0.6, 1.0], [0.0, 0.25, -1.5]])
    B, C, D = np.array([[1.0], [0.0], [0.5]]), np.array([[0.25, -1.0, 1.0]]), np.array([[2.0]])
    with mp.workdps(40):
        X, Y = (_solution(*map(mp.matrix, M), discrete=discrete) for M in ((A, B, C, D), (A.T, C.T, B.T, D.T)))
        squares = sorted((mp.re(value) for value in mp.eig(X * Y, right=False)), reverse=True)
        expected = [float(mp.sqrt(square)) for square in squares]
    values = LQG()((A, B, C, D, float(discrete))).singular_values
    assert_small(np.abs(values - expected).max(), expected[0], 40)


def _solution(A, B, C, D, *, discrete):
    n, one = A.rows, mp.eye(1)
    R = one + D.T * D
    F = A - B * (R**-1) * D.T * C
    G, H = B * (R**-1) * B.T, C.T * ((one + D * D.T) ** -1) * C
    if discrete:
        X = H
        for _ in range(8):  # doublings: 2⁸ steps of the recursion
            W = (mp.eye(n) + G * X) ** -1
            F, G, X = F * W * F, G + F * W * G * F.T, X + F.T * X * W * F
        return X
    ham = mp.matrix(2 * n, 2 * n)
    for i in range(n):
        for j in range(n):
            ham[i, j], ham[i, n + j], ham[n + i, j], ham[n + i, n + j] = F[i, j], -G[i, j], -H[i, j], -F[j, i]
    poles, vectors = mp.eig(ham)
    stable = [k for k in range(2 * n) if mp.re(poles[k]) < 0]
    top, bottom = mp.matrix(n, n), mp.matrix(n, n)
    for column, k in enumerate(stable):
        for i in range(n):
            top[i, column], bottom[i, column] = vectors[i, k], vectors[n + i, k]
    return (bottom * top**-1).apply(mp.re)


@pytest.mark.parametrize("pole", [-2.0, 0.0, 3.0])
def test_first_order_in_closed_form(pole):
    """1/(s − a): X = Y = a + √(1 + a²)."""
    value = LQG()(([[pole]], [[1.0]], [[1.0]])).singular_values.item()
    expected = pole + np.hypot(1, pole) if pole > -1 else 1 / (np.hypot(1, pole) - pole)
    assert_small(abs(value - expected), expected, 8)


def test_the_values_are_those_of_coprime_factors(rng, complex_entries, discrete, descriptor):
    """σ² = μ²/(1 + μ²)."""
    system = unstable_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    values = LQG()(system).singular_values
    assert_small(la.norm(values / np.hypot(1, values) - Coprime()(system).singular_values), 1.0, 1000)


def test_balanced_both_gramians_are_equal_and_diagonal(rng, complex_entries, discrete):
    """And solve the equations of the balanced system."""
    system = unstable_system(rng, 5, 2, 2, complex_entries=complex_entries, discrete=discrete)
    values = LQG()(system).singular_values
    balanced = dln.balance(system, gramians=LQG()).system
    for matrices in (balanced.to_tuple()[:4], adjoints(balanced)):
        residual, scale = riccati(*matrices, np.diag(values), discrete=discrete)
        assert residual <= 1e-11 * scale


def test_the_reduced_model_is_the_projection_along_both(rng, discrete):
    system = unstable_system(rng, 6, 2, 2, discrete=discrete)
    T, inverse = projection(LQG()(system), 3)
    model = dln.reduce(system, 3, gramians=LQG())
    assert float(dln.nu_gap(model.system, system.project(system.left_basis(T), inverse))) <= 1e-9
    assert float(dln.nu_gap(model.system, dln.reduce(system, 3, gramians=Coprime()).system)) <= 1e-9


@pytest.mark.parametrize("method", ["truncate", "residualize"])
@pytest.mark.parametrize("name", PLANTS)
def test_the_nu_gap_of_plants_is_within_its_bounds(name, method):
    plant, _ = PLANTS[name]
    for order in range(1, plant.nstates):
        try:
            model = dln.reduce(plant, order, gramians=LQG(), method=method)
        except dln.errors.OrderError:
            continue
        error = model.error()
        slack = 1e-9 + error.rounding
        assert model.measure == model.error_name == NU_GAP
        assert model.lower_bound - slack <= error.value <= model.bound + slack


def test_the_nu_gap_of_random_systems_is_within_its_bounds(rng, complex_entries, discrete):
    for _ in range(10):
        system = unstable_system(rng, 6, 2, 2, complex_entries=complex_entries, discrete=discrete)
        for model in dln.reduce(system, [1, 3, 5], gramians=LQG()):
            assert model.lower_bound - 1e-9 <= model.error().value <= model.bound + 1e-9


def test_units_of_states_and_time_do_not_matter(rng):
    A, B, C, D, _ = unstable_system(rng, 5, 2, 2).to_tuple()
    scales, fast = np.ldexp(1.0, rng.integers(-40, 40, 5)), 2.0**40
    scaled = (fast * A * scales / scales[:, None], B / scales[:, None], fast * C * scales, D)
    values = [LQG()(each).singular_values for each in ((A, B, C, D), scaled)]
    assert_small(la.norm(values[0] - values[1]), values[0][0], 100)


def test_the_values_do_not_depend_on_coordinates(rng, complex_entries, discrete):
    system = unstable_system(rng, 6, 2, 2, complex_entries=complex_entries, discrete=discrete)
    T = random_gauge(rng, 6, complex_entries=complex_entries)
    turned = system.with_matrices(T @ system.A @ la.inv(T), T @ system.B, system.C @ la.inv(T))
    values = [LQG()(each).singular_values for each in (system, turned)]
    assert_small(la.norm(values[0] - values[1]), values[0][0], 1000)


def test_a_small_gain_leaves_the_lyapunov_gramians(rng, discrete):
    """μ of εG is ε² times the Hankel singular values of G, but for terms of order ε⁴... relative to ε²: ε²."""
    A, B, C, D, dt = random_system(rng, 5, 2, 2, discrete=discrete).to_tuple()
    values = LQG()((A, 1e-5 * B, 1e-5 * C, 1e-10 * D, dt)).singular_values / 1e-10
    assert la.norm(values - dln.hankel_singular_values((A, B, C, D, dt))) <= 1e-7 * values[0]


def test_systems_without_inputs_outputs_or_states(discrete):
    dt = float(discrete)
    stable = 0.5 * np.eye(2) - (0 if discrete else 1) * np.eye(2)
    none = LQG()((np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[2.0]], dt))
    assert none.singular_values.size == 0
    silent = LQG()((stable, np.zeros((2, 1)), np.ones((1, 2)), [[2.0]], dt))
    assert not silent.singular_values.any()
    assert gramians((stable, np.zeros((2, 1)), np.ones((1, 2)), [[2.0]], dt))[1].any()


def test_residuals_are_stated(rng, discrete):
    how = LQG().solve(unstable_system(rng, 20, 2, 2, discrete=discrete)).how
    first, second = how.split("residuals of the Riccati equations ")[1].split(" and ")
    assert max(float(first), float(second)) <= 1e-12


def test_what_it_says_and_refuses():
    assert LQG.takes_unstable
    assert named("lqg") == LQG()
    hidden = dln.LinearSystem(np.diag([1.0, -1.0]), [[0.0], [1.0]], [[1.0, 1.0]])
    with pytest.raises(UnstableSystemError, match=r"1 \(not reached by the inputs\)"):
        LQG()(hidden)
    with pytest.raises(UnstableSystemError, match="not seen by the outputs"):
        LQG()(([[1.0]], [[1.0]], [[0.0]]))
    with pytest.raises(SingularDescriptorError):
        LQG()(dln.LinearSystem([[1.0]], [[1.0]], [[1.0]], E=[[0.0]]))
    with pytest.raises(InvalidArgumentError, match="dt"):
        LQG()(dln.LinearSystem([[1.0]], [[1.0]], [[1.0]], dt=None))
