"""Normalized coprime factors: what defines them, closed forms, and refusals of what has none."""

import control
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, SingularDescriptorError, UnstableSystemError
from dlnbalance.gramians import normalized_coprime_factors
from dlnbalance.linalg.arrays import EPS, adjoint

from ..models import assert_small, random_gauge, random_matrix, random_unitary

OMEGA = np.array([-20.0, -1.0, 0.0, 0.3, 5.0])


def unstable_system(rng, n, m, p, *, complex_entries=False, discrete=False, descriptor=False):
    A = 1.2 * random_matrix(rng, n, n, complex_entries=complex_entries) / np.sqrt(n)
    B, C, D = (random_matrix(rng, *shape, complex_entries=complex_entries) for shape in [(n, m), (p, n), (p, m)])
    E = random_gauge(rng, n, complex_entries=complex_entries) if descriptor else None
    return dln.LinearSystem(A if E is None else E @ A, B if E is None else E @ B, C, D, E=E, dt=0.1 * discrete)


def parts(factors, system, side, omega=OMEGA):
    """Responses of N and M, or of M̃ and Ñ."""
    p = system.noutputs
    response = dln.frequency_response(factors, omega)
    return (response[:, :p], response[:, p:]) if side == "right" else (response[:, :, :p], response[:, :, p:])


@pytest.mark.parametrize("side", ["right", "left"])
def test_the_factors_are_normalized_and_have_the_response_of_the_system(
    rng, complex_entries, discrete, descriptor, side
):
    system = unstable_system(rng, 6, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    factors = normalized_coprime_factors(system, side)
    assert dln.gramians.is_stable(factors)
    first, second = parts(factors, system, side)
    for one, two, G in zip(first, second, dln.frequency_response(system, OMEGA), strict=True):
        if side == "right":
            unit, defect = adjoint(one) @ one + adjoint(two) @ two, one - G @ two
        else:
            unit, defect = one @ adjoint(one) + two @ adjoint(two), one @ G - two
        assert_small(la.norm(unit - np.eye(len(unit))), 1.0, 4000)
        assert_small(la.norm(defect), 1 + la.norm(G), 4000)


def test_the_two_sides_annihilate_each_other(rng, complex_entries, discrete):
    system = unstable_system(rng, 5, 2, 2, complex_entries=complex_entries, discrete=discrete)
    N, M = parts(normalized_coprime_factors(system), system, "right")
    left, right = parts(normalized_coprime_factors(system, "left"), system, "left")
    assert_small(np.abs(left @ N - right @ M).max(), 1.0, 2000)


def test_the_left_factors_are_the_right_factors_of_the_adjoint(rng, discrete):
    system = unstable_system(rng, 5, 3, 2, complex_entries=True, discrete=discrete)
    A, B, C, D, dt = system.to_tuple()
    dual = dln.LinearSystem(adjoint(A), adjoint(C), adjoint(B), adjoint(D), dt=dt)
    M, N = parts(normalized_coprime_factors(system, "left"), system, "left")
    dual_N, dual_M = parts(normalized_coprime_factors(dual), dual, "right", -OMEGA)
    assert_small(np.abs(M - adjoint_stack(dual_M)).max(), 1.0, 2000)
    assert_small(np.abs(N - adjoint_stack(dual_N)).max(), 1.0, 2000)


def adjoint_stack(stack):
    return stack.conj().transpose(0, 2, 1)


@pytest.mark.parametrize("pole", [-3.0, 0.0, 2.0])
def test_first_order_in_closed_form(pole):
    """1/(s − a): N = 1/(s + √(1 + a²)), M = (s − a)/(s + √(1 + a²))."""
    factors = normalized_coprime_factors(([[pole]], [[1.0]], [[1.0]]))
    for s in (1j, 0.5, 3 - 2j):
        expected = np.array([[1.0], [s - pole]]) / (s + np.hypot(1, pole))
        assert_small(la.norm(factors(s) - expected), 1.0, 40)


def test_a_double_integrator_in_closed_form():
    """1/s²: the denominator of both factors has the stable roots of s⁴ + 1."""
    factors = normalized_coprime_factors(([[0.0, 1.0], [0.0, 0.0]], [[0.0], [1.0]], [[1.0, 0.0]]))
    s = 0.3 + 1j
    expected = np.array([[1.0], [s**2]]) / (s**2 + 2**0.5 * s + 1)
    assert_small(la.norm(factors(s) - expected), 1.0, 40)


def test_units_of_states_and_time_do_not_matter(rng):
    system = unstable_system(rng, 5, 2, 2)
    D = np.ldexp(1.0, rng.integers(-40, 40, 5))
    fast = 2.0**40
    scaled = dln.LinearSystem(fast * system.A * D / D[:, None], system.B / D[:, None], fast * system.C * D, system.D)
    expected = dln.frequency_response(normalized_coprime_factors(system), OMEGA)
    assert_small(
        np.abs(dln.frequency_response(normalized_coprime_factors(scaled), fast * OMEGA) - expected).max(), 1.0, 1000
    )


def test_names_time_base_and_kind_stay():
    system = dln.LinearSystem(
        [[1.5]], [[1.0]], [[1.0]], dt=0.2, inputs=["force"], outputs=["x"], states=["p"], name="g"
    )
    right, left = (normalized_coprime_factors(system, side) for side in ("right", "left"))
    assert (right.outputs, left.inputs) == (("x", "force"), ("x", "force"))
    assert (right.dt, right.states, right.name) == (0.2, ("p",), "g")
    shared = dln.LinearSystem([[1.5]], [[1.0]], [[1.0]], inputs=["x"], outputs=["x"])
    assert normalized_coprime_factors(shared).outputs == ("y[0]", "y[1]")
    assert isinstance(normalized_coprime_factors(control.ss([[1.0]], [[1.0]], [[1.0]], 0)), control.StateSpace)


def test_a_static_system():
    """D = 2: N = 2/√5, M = 1/√5."""
    factors = normalized_coprime_factors((np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[2.0]]))
    assert_small(la.norm(factors.D - np.array([[2.0], [1.0]]) / 5**0.5), 1.0, 4)


HIDDEN = {
    "not reached": (np.diag([1.0, -1.0]), [[0.0], [1.0]], [[1.0, 1.0]], "1 (not reached by the inputs)"),
    "not seen": (np.diag([1.0, -1.0]), [[1.0], [1.0]], [[0.0, 1.0]], "1 (not seen by the outputs)"),
    "integrator": (np.diag([0.0, -1.0]), [[1.0], [1.0]], [[0.0, 1.0]], "0 (not seen by the outputs)"),
    "one of two": (np.eye(2), [[1.0], [1.0]], [[1.0, 0.0]], "1, 1 (not reached by the inputs)"),
    "end of a chain": ([[1.0, 1.0], [0.0, 1.0]], [[1.0], [0.0]], [[1.0, 0.0]], "1, 1 (not reached by the inputs)"),
    "undamped": ([[0, 1.0, 0], [-1, 0, 0], [0, 0, -1]], [[0], [0], [1.0]], [[1.0, 1, 1]], "0+1j, 0-1j (not reached"),
}


@pytest.mark.parametrize("case", HIDDEN)
def test_hidden_poles_that_are_not_stable_are_refused_by_name(case):
    A, B, C, said = HIDDEN[case]
    with pytest.raises(UnstableSystemError) as caught:
        normalized_coprime_factors((A, B, C))
    assert said in str(caught.value)
    assert "dln.minreal" in caught.value.remedy


def test_hidden_poles_are_found_in_any_coordinates(rng):
    """Three of them, two coupled, beside nine others that couple to them."""
    n = 12
    A = la.block_diag(random_matrix(rng, 9, 9), [[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 2.0]])
    A[:9, 9:] = random_matrix(rng, 9, 3)
    B, Q = random_matrix(rng, n, 2), random_unitary(rng, n)
    B[9:] = 0
    with pytest.raises(UnstableSystemError, match=r"1, 1.* \(not reached|2, 1.* \(not reached"):
        normalized_coprime_factors((Q @ A @ Q.T, Q @ B, random_matrix(rng, 1, n)))


@pytest.mark.parametrize("length", [1, 3])
def test_a_hidden_pole_is_found_where_it_coincides_with_those_that_are_reached(rng, length):
    """The end of a chain that feeds it: rounding spreads such a pole to eps^(1/(length + 1))."""
    n = length + 4
    A, B = np.zeros((n, n)), random_matrix(rng, n, 1)
    A[: length + 1, : length + 1] = np.eye(length + 1) + np.diag(np.ones(length), 1)
    A[length + 1 :, length + 1 :] = random_matrix(rng, 3, 3) - 2 * np.eye(3)
    A[:length, length + 1 :] = random_matrix(rng, length, 3)
    B[length] = 0
    Q = random_unitary(rng, n)
    with pytest.raises(UnstableSystemError, match=r"1.* \(not reached"):
        normalized_coprime_factors((Q @ A @ Q.T, Q @ B, random_matrix(rng, 1, n)))


def test_hidden_poles_that_are_stable_do_no_harm():
    factors = normalized_coprime_factors((np.diag([1.0, -1.0]), [[1.0], [0.0]], [[1.0, 0.0]]))
    assert_small(la.norm(factors(2.0) - np.array([[1.0], [1.0]]) / (2 + 2**0.5)), 1.0, 40)


@pytest.mark.parametrize("size", [1e-7, 1e-11])
def test_what_is_small_beside_a_fast_state_is_not_taken_for_hidden(size):
    system = dln.LinearSystem(np.diag([1.0, -1e10]), [[size], [1.0]], [[size, 1.0]])
    factors = normalized_coprime_factors(system)
    [G] = dln.frequency_response(system, [0.5])
    N, M = parts(factors, system, "right", np.array([0.5]))
    assert abs(N.item() / M.item() - G.item()) <= 1e-8 * abs(G.item())  # F is 1/size


def test_a_lightly_damped_hidden_mode_is_refused():
    A = la.block_diag([[-1e-17, 1.0], [-1.0, -1e-17]], [[-1.0]])
    with pytest.raises(UnstableSystemError, match=r"dln\.minreal"):
        normalized_coprime_factors((A, [[0.0], [0.0], [1.0]], [[1.0, 1.0, 1.0]]))


def test_what_has_no_factors_is_refused():
    with pytest.raises(InvalidArgumentError, match="side"):
        normalized_coprime_factors(([[1.0]], [[1.0]], [[1.0]]), "both")
    with pytest.raises(InvalidArgumentError, match="dt"):
        normalized_coprime_factors(dln.LinearSystem([[1.0]], [[1.0]], [[1.0]], dt=None))
    with pytest.raises(SingularDescriptorError):
        normalized_coprime_factors(dln.LinearSystem([[1.0]], [[1.0]], [[1.0]], E=[[0.0]]))


def test_the_observability_gramian_is_the_riccati_solution(rng):
    """A*X + XA − (XB + C*D)R⁻¹(B*X + D*C) + C*C = 0, by its residual."""
    system = unstable_system(rng, 7, 2, 2)
    A, B, C, D, _ = system.to_tuple()
    last = dln.Lyapunov()(normalized_coprime_factors(system)).weights[1]
    X, R = last.T @ last, np.eye(2) + D.T @ D
    cross = B.T @ X + D.T @ C
    residual = A.T @ X + X @ A - cross.T @ la.solve(R, cross) + C.T @ C
    assert la.norm(residual) <= 100 * EPS * (2 * la.norm(A) * la.norm(X) + la.norm(cross) ** 2 + la.norm(C) ** 2)
