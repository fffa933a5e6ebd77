"""H∞ balancing: its Riccati equations, when a controller exists, limits, and what the values prove."""

import control
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, NumericalError, UnstableSystemError
from dlnbalance.gramians.h_infinity import SCALED_NU_GAP, HInfinity
from dlnbalance.gramians.kinds import named
from dlnbalance.gramians.lqg import LQG

from ..models import assert_small, random_system
from .test_coprime_factors import unstable_system
from .test_lqg import assert_solved, gramians


def least(system):
    """The least γ, by the message of a refusal."""
    with pytest.raises(NumericalError) as caught:
        HInfinity(1.0 + 1e-9)(system)
    return float(caught.value.expected.split("above ")[1].split(",")[0])


@pytest.mark.parametrize("times", [1.01, 3.0])
def test_both_equations_are_solved(rng, complex_entries, discrete, descriptor, times):
    """With the weight 1/(1 − γ⁻²) in the place of one."""
    system = unstable_system(rng, 5, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    gamma = times * least(system)
    assert_solved(system, *gramians(system, HInfinity(gamma)), weight=1 / (1 - gamma**-2))


def test_the_equations_of_mustafa_and_glover(rng):
    """A*X + XA − (1 − γ⁻²)XBB*X + C*C = 0 where there is no direct term, and A − (1 − γ⁻²)BB*X is stable."""
    A, B, C, _, _ = random_system(rng, 6, 2, 2).to_tuple()
    gamma = 2 * least((A, B, C))
    P, Q = gramians((A, B, C), HInfinity(gamma))
    weight = 1 - gamma**-2
    for F, G, H, X in ((A, B @ B.T, C.T @ C, Q), (A.T, C.T @ C, B @ B.T, P)):
        residual = F.T @ X + X @ F - weight * X @ G @ X + H
        assert_small(la.norm(residual), la.norm(H) + la.norm(F.T @ X) + la.norm(X @ G @ X), 200)
        assert la.eigvals(F - weight * G @ X).real.max() < 0


def test_the_game_behind_the_discrete_equations(rng):
    """x*Xx is the value of min over u, max over w of Σ‖y‖² + ‖u‖² − γ²‖w‖², y = Cx + D(u + w): one step of it."""
    system = unstable_system(rng, 4, 2, 2, discrete=True)
    A, B, C, D, _ = system.to_tuple()
    gamma = 2 * least(system)
    _, X = gramians(system, HInfinity(gamma))
    both_B, both_D = np.hstack([B, B]), np.hstack([D, D])
    R = both_B.T @ X @ both_B + both_D.T @ both_D + np.diag([1.0] * 2 + [-(gamma**2)] * 2)
    S = both_B.T @ X @ A + both_D.T @ C
    value = A.T @ X @ A + C.T @ C - S.T @ la.solve(R, S)
    assert_small(la.norm(value - X), la.norm(X), 1e4)


def generalized_plant(system):
    """From (w1, w2, u) to (y without noise, u, y), the disturbance w1 at the input, the noise w2 at the output."""
    A, B, C, D, _ = system.to_tuple()
    (p, m), n = D.shape, len(A)
    B_all = np.hstack([B, np.zeros((n, p)), B])
    C_all = np.vstack([C, np.zeros((m, n)), C])
    D_all = np.block([[D, np.zeros((p, p)), D], [np.zeros((m, m)), np.zeros((m, p)), np.eye(m)], [D, np.eye(p), D]])
    return control.ss(A, B_all, C_all, D_all)


@pytest.mark.parametrize(("m", "p", "gain"), [(1, 1, 0.0), (2, 2, 0.0), (1, 2, 0.0), (1, 1, 2.0), (2, 1, 1.0)])
def test_the_least_gamma_is_that_of_slicots_controller(rng, m, p, gain):
    """SB10AD, where its D_22 is right: it fails for more outputs than inputs with a direct term."""
    pytest.importorskip("slycot")
    A, B, C, D, _ = unstable_system(rng, 3, m, p).to_tuple()
    system = dln.LinearSystem(A, B, C, gain * D)
    expected = control.hinfsyn(generalized_plant(system), p, m)[2]
    assert least(system) == pytest.approx(expected, rel=2e-3)


def test_the_least_gamma_in_closed_form():
    """1/(s − 1): ν = (1 + √(1 + β²))/β² is γ at 1 + √3."""
    assert least(([[1.0]], [[1.0]], [[1.0]])) == pytest.approx(1 + 3**0.5, rel=1e-3)


def test_what_the_message_names_works_and_a_little_less_does_not(rng, discrete):
    system = unstable_system(rng, 5, 2, 2, discrete=discrete)
    gamma = least(system)
    assert HInfinity(gamma)(system).singular_values[0] < gamma
    with pytest.raises(NumericalError, match="characteristic value"):
        HInfinity(0.998 * gamma)(system)


def test_the_bilinear_map_changes_nothing(rng):
    """Sampling by Tustin's rule keeps the values: the problems are the same."""
    system = unstable_system(rng, 4, 2, 2)
    sampled = dln.c2d(system, 0.3, method="tustin")
    gamma = 1.5 * least(system)
    values = [HInfinity(gamma)(each).singular_values for each in (system, sampled)]
    assert_small(la.norm(values[0] - values[1]), values[0][0], 1e4)


def test_the_limit_is_lqg(rng, complex_entries, discrete):
    system = unstable_system(rng, 5, 2, 2, complex_entries=complex_entries, discrete=discrete)
    expected = LQG()(system).singular_values
    assert_small(la.norm(HInfinity(np.inf)(system).singular_values - expected), expected[0], 40)
    assert la.norm(HInfinity(1e6)(system).singular_values - expected) <= 1e-10 * expected[0]


def test_towards_one_the_values_are_hankel_singular_values(rng, discrete):
    """Of a stable system whose values are less than one."""
    A, B, C, D, dt = random_system(rng, 5, 2, 2, discrete=discrete).to_tuple()
    system = dln.LinearSystem(A, B / 10, C / 10, D / 100, dt=dt)
    expected = dln.hankel_singular_values(system)
    expected_system = system if expected[0] < 0.9 else system * (0.5 / expected[0])
    expected = dln.hankel_singular_values(expected_system)
    values = HInfinity(1 + 1e-9)(expected_system).singular_values
    assert la.norm(values - expected) <= 1e-6 * expected[0]


def test_balanced_both_gramians_are_equal_and_diagonal(rng, complex_entries, discrete):
    system = unstable_system(rng, 5, 2, 2, complex_entries=complex_entries, discrete=discrete)
    kind = HInfinity(2 * least(system))
    P, Q = gramians(dln.balance(system, gramians=kind).system, kind)
    values = np.diag(kind(system).singular_values)
    assert la.norm(P - values) + la.norm(Q - values) <= 1e-9 * values[0, 0]


@pytest.mark.parametrize("method", ["truncate", "residualize"])
def test_the_scaled_nu_gap_is_within_its_bounds(rng, complex_entries, discrete, method):
    for _ in range(5):
        system = unstable_system(rng, 5, 2, 2, complex_entries=complex_entries, discrete=discrete)
        gamma = 1.1 * least(system)
        for model in dln.reduce(system, [1, 2, 4], gramians=HInfinity(gamma), method=method):
            assert model.measure == model.error_name == SCALED_NU_GAP
            beta = np.sqrt(1 - gamma**-2)
            expected = float(dln.nu_gap(beta * system, beta * model.system))
            assert model.error().value == pytest.approx(expected, abs=1e-9)
            assert model.lower_bound - 1e-9 <= model.error().value <= model.bound + 1e-9


def test_what_it_says_and_refuses():
    assert named("h-infinity:gamma=4") == HInfinity(4)
    assert "residuals of the Riccati equations" in HInfinity(4.0).solve(([[1.0]], [[1.0]], [[1.0]])).how
    for gamma in (1.0, 0.5, -3, np.nan, "2", None, True, 1j):
        with pytest.raises(InvalidArgumentError, match=r"gamma.*Lyapunov"):
            HInfinity(gamma)
    with pytest.raises(UnstableSystemError, match="not reached"):
        HInfinity(3.0)((np.diag([1.0, -1.0]), [[0.0], [1.0]], [[1.0, 1.0]]))


def test_a_system_without_states():
    none = HInfinity(2.0)((np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[5.0]]))
    assert none.singular_values.size == 0


def test_the_bound_is_that_of_the_scaled_system():
    """β = ½ at γ = 2/√3: σ = βν/√(1 + β²ν²) is 1/√5 for ν = 1."""
    lower, upper, _ = HInfinity(2 / 3**0.5).error_bounds(np.array([1.0]), 0, 0.0)
    assert lower == pytest.approx(5**-0.5, rel=1e-12)
    assert upper == pytest.approx(2 * 5**-0.5, rel=1e-12)
