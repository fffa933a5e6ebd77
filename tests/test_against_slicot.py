"""Worked examples from the SLICOT library documentation."""

import numpy as np
import pytest
import scipy.linalg as la
import scipy.signal

import dlnbalance as dln
from dlnbalance.errors import UnstableSystemError
from dlnbalance.linalg.lyapunov import gramian_factor
from dlnbalance.linalg.pencils import schur_form

from .slicot import PRINTED, inputs, printed

_MATRICES = ("Ar", "Br", "Cr", "Dr")


def model(routine):
    return dln.LinearSystem(**inputs(routine))


def published_model(routine):
    return dln.LinearSystem(**{name[0]: value for name, value in printed(routine).items() if name in _MATRICES})


def response_distance(left, right, scale):
    omega = np.geomspace(1e-3, 1e3, 200)
    return np.abs(dln.frequency_response(left, omega) - dln.frequency_response(right, omega)).max() / scale


def solution(A, E, B, *, discrete):
    """X with A X E* + E X A* + BB* = 0, or A X A* − E X E* + BB* = 0, and its factor."""
    schur = schur_form(A, E)
    Z = schur.Z @ gramian_factor(schur, B, discrete=discrete)
    return Z @ Z.T, Z


@pytest.mark.parametrize("routine, method", [("AB09AD", "truncate"), ("AB09BD", "residualize")])
def test_ab09_reduced_models(routine, method):
    system, result = model(routine), printed(routine)
    reduced = dln.reduce(system, int(result["nr"]), method=method)
    np.testing.assert_allclose(reduced.hsv, result["hsv"], rtol=0, atol=PRINTED)
    assert dln.reduce(system, rtol=0.1 / 2.5139).order >= result["nr"]  # SLICOT's tolerance is one of σ, ours of 2Σσ
    # The printed matrices carry 4 decimals; their model is known to a few times that.
    assert response_distance(reduced.system, published_model(routine), float(dln.hinf_norm(system))) < 2e-4
    if method == "residualize":
        assert reduced.dc_mismatch < 1e-12


def test_ab09hd_stochastic_balancing():
    """With BETA = 1 the routine is applied to (G, I), for D = 0 has no full rank."""
    system, result = model("AB09HD"), printed("AB09HD")
    reduced = dln.reduce(system, int(result["nr"]), gramians=dln.Stochastic("left", regularization=1.0))
    np.testing.assert_allclose(reduced.hsv, result["hsv"], rtol=0, atol=PRINTED)
    assert response_distance(reduced.system, published_model("AB09HD"), float(dln.hinf_norm(system))) < 2e-4
    assert reduced.lower_bound <= reduced.error().value <= reduced.bound


@pytest.mark.parametrize("routine, method", [("AB09MD", "truncate"), ("AB09ND", "residualize")])
def test_ab09_reduced_models_that_keep_slow_poles(routine, method):
    """Poles to the right of −0.6, SLICOT's ALPHA, are kept; its values are those of the rest."""
    system, result = model(routine), printed(routine)
    reduced = dln.reduce(system, int(result["nr"]), method=method, offset=0.6)
    np.testing.assert_allclose(reduced.hsv, result["hsv"], rtol=0, atol=PRINTED)
    assert (reduced.kept.poles.real > -0.6).all()
    assert response_distance(reduced.system, published_model(routine), float(dln.hinf_norm(system))) < 2e-4
    assert reduced.error().value <= reduced.bound


def test_ab09cd_hankel_norm_approximation():
    """Optimal approximations of several signals are not unique: SLICOT's has the same Hankel-norm error as this one."""
    system, result = model("AB09CD"), printed("AB09CD")
    reduced = dln.reduce(system, int(result["nr"]), method="hankel")
    np.testing.assert_allclose(reduced.hsv, result["hsv"], rtol=0, atol=PRINTED)
    published = dln.hankel_norm(system - published_model("AB09CD"))
    assert reduced.hankel_error == pytest.approx(published, abs=1e-4)  # of four printed decimals
    assert reduced.error().value <= reduced.bound


def test_ab09fd_left_coprime_factors_with_an_inner_denominator():
    """Of an unstable plant; the reduced model is the projection of the plant, as of its factors."""
    system, result = model("AB09FD"), printed("AB09FD")
    reduced = dln.reduce(system, int(result["nr"]), gramians=dln.Coprime("left", denominator="inner"))
    np.testing.assert_allclose(reduced.hsv, result["hsv"], rtol=0, atol=PRINTED)
    peak = np.abs(dln.frequency_response(system, np.geomspace(1e-3, 1e3, 200))).max()
    assert response_distance(reduced.linear, published_model("AB09FD"), peak) < 3e-4
    assert reduced.bound is None


def test_ab09id_output_weight_of_an_unstable_controller():
    """Enns's Gramians of the stable part of a controller, behind the sensitivity of its loop; truncation."""
    given, result = inputs("AB09ID"), printed("AB09ID")
    system = dln.LinearSystem(*(given[name] for name in "ABCD"))
    weight = dln.LinearSystem(*(given[name] for name in ("AV", "BV", "CV", "DV")))
    reduced = dln.reduce(system, int(result["nr"]), gramians=dln.Weighted(output=weight))
    np.testing.assert_allclose(reduced.hsv, result["hsv"], rtol=0, atol=PRINTED)
    assert response_distance(reduced.linear, published_model("AB09ID"), 1.0) < 2e-4


def test_tb01kd_additive_decomposition():
    system, result = model("TB01KD"), printed("TB01KD")
    parts = dln.split(system, dln.decompositions.Decaying(1.0))
    whole, k = published_model("TB01KD"), int(result["ndim"])
    A, B, C = whole.A, whole.B, whole.C
    slow, fast = dln.LinearSystem(A[:k, :k], B[:k], C[:, :k]), dln.LinearSystem(A[k:, k:], B[k:], C[:, k:])
    scale = float(dln.hinf_norm(system))
    assert response_distance(parts.outside, slow, scale) < 2e-4
    assert response_distance(parts.inside, fast, scale) < 2e-4
    poles = np.concatenate([parts.poles_outside, parts.poles_inside])
    expected = result["eig"] @ np.array([1, 1j])
    np.testing.assert_allclose(np.sort_complex(poles), np.sort_complex(expected), rtol=0, atol=PRINTED)


def test_ab13ad_hankel_norm():
    system, result = model("AB13AD"), printed("AB13AD")
    assert dln.hankel_norm(system) == pytest.approx(result["hankel_norm"], abs=PRINTED / 10)
    np.testing.assert_allclose(dln.hankel_singular_values(system), result["hsv"], rtol=0, atol=PRINTED)


def test_ab13bd_is_unstable():
    """SLICOT prints the L2 norm of its example, which has two poles on the right: no H2 norm."""
    system = model("AB13BD")
    assert system.poles().real.max() > 0
    with pytest.raises(UnstableSystemError):
        dln.h2_norm(system)


@pytest.mark.parametrize("routine, name, rtol", [("AB13CD", "hinf", 2e-9), ("AB13DD", "linf", 3e-10)])
def test_ab13_peak_of_a_very_lightly_damped_system(routine, name, rtol):
    """Ten digits are printed; AB13CD stops at a tolerance of 1e-9."""
    peak, result = dln.hinf_norm(model(routine)), printed(routine)
    assert peak.value == pytest.approx(result[name], rel=rtol)
    assert peak.frequency == pytest.approx(result["fpeak"], abs=1e-8)


def distance_to_instability(A):
    """1 / ‖(sI − A)⁻¹‖_∞: the least perturbation that brings a pole to the boundary."""
    return dln.hinf_norm(dln.LinearSystem(A, np.eye(len(A)), np.eye(len(A))))


def test_ab13fd_distance_to_instability():
    result = printed("AB13FD")
    peak = distance_to_instability(inputs("AB13FD")["A"])
    assert 1 / peak.value == pytest.approx(result["beta"], rel=1e-9)  # eps ‖A‖ / β is 6e-11
    assert peak.frequency == pytest.approx(result["omega"], abs=1e-7)  # where the gain is flat


def test_ab13ed_bounds_of_the_distance_to_instability():
    """The example is unstable by 0.1 with a Jordan block; its mirror image −A is as far from the boundary."""
    A, result = inputs("AB13ED")["A"], printed("AB13ED")
    assert result["low"] <= 1 / distance_to_instability(-A).value <= result["high"]


def test_sb03od_factor_of_a_lyapunov_equation():
    data, result = inputs("SB03OD"), printed("SB03OD")
    X, Z = solution(data["A"].T, None, data["B"].T, discrete=False)  # printed: A'X + XA = −B'B with X = U'U
    np.testing.assert_allclose(X, result["X"], rtol=0, atol=1e-11)  # whole numbers
    np.testing.assert_allclose(la.svdvals(Z), la.svdvals(result["U"]), rtol=0, atol=1e-11)


def test_sg03bd_factor_of_a_generalized_lyapunov_equation():
    data, U = inputs("SG03BD"), printed("SG03BD")["U"]
    X, Z = solution(data["A"].T, data["E"].T, data["B"].T, discrete=False)
    np.testing.assert_allclose(X, U.T @ U, rtol=0, atol=4 * PRINTED)
    np.testing.assert_allclose(la.svdvals(Z), la.svdvals(U), rtol=0, atol=2 * PRINTED)


def test_sb03td_lyapunov_equation():
    """A'X + XA = C with all poles of A on the right: the equation of −A."""
    data = inputs("SB03TD")
    X, _ = solution(-data["A"].T, None, la.cholesky(data["C"], lower=True), discrete=False)
    np.testing.assert_allclose(X, printed("SB03TD")["X"], rtol=0, atol=PRINTED)


def test_sb03md_stein_equation():
    """A'XA − X = C with all poles of A outside of the unit circle: the pencil I − λA' has them inside."""
    data = inputs("SB03MD")
    X, _ = solution(np.eye(3), data["A"].T, la.cholesky(data["C"], lower=True), discrete=True)
    np.testing.assert_allclose(X, printed("SB03MD")["X"], rtol=0, atol=1e-13)  # whole numbers


@pytest.mark.parametrize("routine, discrete", [("BB03AD", False), ("BB04AD", True)])
def test_bb_lyapunov_benchmarks(routine, discrete):
    """CTLEX and DTLEX, example 4.1; A and B are themselves printed to four decimals."""
    data = inputs(routine)
    X, _ = solution(data["A"].T, None, data["B"].T, discrete=discrete)
    np.testing.assert_allclose(X, printed(routine)["X"], rtol=0, atol=4 * PRINTED)


@pytest.mark.parametrize("dt", [0.01, 0.1, 1.0])
def test_sampled_examples_are_balanced_in_discrete_time(dt):
    A, B, C = inputs("AB09AD").values()
    Ad, Bd, Cd, Dd, _ = scipy.signal.cont2discrete((A, B, C, np.zeros((3, 2))), dt)
    balanced = dln.balance((Ad, Bd, Cd, Dd, dt))
    A, B, C, _, _ = balanced.system.to_tuple()
    sigma = balanced.hsv
    P, Q = la.solve_discrete_lyapunov(A, B @ B.T), la.solve_discrete_lyapunov(A.T, C.T @ C)
    assert max(la.norm(P - np.diag(sigma), 2), la.norm(Q - np.diag(sigma), 2)) < 1e-12 * sigma[0]
