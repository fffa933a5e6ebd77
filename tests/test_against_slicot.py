"""Worked examples from the SLICOT library documentation, printed there to four decimals or more."""

import json

import numpy as np
import pytest
import scipy.linalg as la
import scipy.signal

import dlnbalance as dln
from dlnbalance.lyapunov import gramian_factor
from dlnbalance.pencils import schur_form

PRINTED = 5.1e-5  # half a unit of the fourth decimal, and a little for the rounding of both sides


@pytest.fixture(scope="module")
def examples(data):
    """Inputs, options and printed results by routine name."""
    with (data / "slicot_examples.json").open() as file:
        return json.load(file)["examples"]


def arrays(example, group, *names):
    return [np.array(example[group][name], dtype=float) for name in names]


def model(example):
    return dln.LinearSystem(*arrays(example, "inputs", *[name for name in "ABCD" if name in example["inputs"]]))


def published_model(example):
    names = [name for name in ("Ar", "Br", "Cr", "Dr") if name in example["expected"]]
    return dln.LinearSystem(*arrays(example, "expected", *names))


def response_distance(left, right, scale):
    omega = np.geomspace(1e-3, 1e3, 200)
    return np.abs(dln.frequency_response(left, omega) - dln.frequency_response(right, omega)).max() / scale


def test_ab09ad_balanced_truncation(examples):
    example = examples["AB09AD"]
    system, (hsv,) = model(example), arrays(example, "expected", "hsv")
    reduced = dln.reduce(system, example["expected"]["nr"])
    np.testing.assert_allclose(dln.hankel_singular_values(system), hsv, rtol=0, atol=PRINTED)
    # The printed matrices carry 4 decimals; their model is known to a few times that.
    assert response_distance(reduced.system, published_model(example), float(dln.hinf_norm(system))) < 2e-4


def test_ab09bd_singular_perturbation(examples):
    example = examples["AB09BD"]
    system, (hsv,) = model(example), arrays(example, "expected", "hsv")
    reduced = dln.reduce(system, example["expected"]["nr"], method="residualize")
    np.testing.assert_allclose(reduced.hsv, hsv, rtol=0, atol=PRINTED)
    assert response_distance(reduced.system, published_model(example), float(dln.hinf_norm(system))) < 2e-4
    assert reduced.dc_mismatch < 1e-12


def test_sb03od_factor_of_a_lyapunov_equation(examples):
    example = examples["SB03OD"]
    A, B = arrays(example, "inputs", "A", "B")
    X, U_printed = arrays(example, "expected", "X", "U")
    schur = schur_form(A.T)  # printed: A'X + XA = -B'B with X = U'U
    Z = schur.Z @ gramian_factor(schur, B.T, discrete=False)
    np.testing.assert_allclose(Z @ Z.T, X, rtol=0, atol=PRINTED)
    np.testing.assert_allclose(la.svdvals(Z), la.svdvals(U_printed), rtol=0, atol=PRINTED)


def test_sg03bd_factor_of_a_generalized_lyapunov_equation(examples):
    example = examples["SG03BD"]
    A, E, B = arrays(example, "inputs", "A", "E", "B")
    (U_printed,) = arrays(example, "expected", "U")
    schur = schur_form(A.T, E.T)
    Z = schur.Z @ gramian_factor(schur, B.T, discrete=False)
    np.testing.assert_allclose(Z @ Z.T, U_printed.T @ U_printed, rtol=0, atol=4 * PRINTED)
    np.testing.assert_allclose(la.svdvals(Z), la.svdvals(U_printed), rtol=0, atol=2 * PRINTED)


def test_ab13ad_hankel_norm(examples):
    example = examples["AB13AD"]
    system, (hsv,) = model(example), arrays(example, "expected", "hsv")
    assert dln.hankel_norm(system) == pytest.approx(example["expected"]["hankel_norm"], abs=PRINTED)
    np.testing.assert_allclose(dln.hankel_singular_values(system), hsv, rtol=0, atol=PRINTED)


def test_ab13dd_peak_of_a_very_lightly_damped_system(examples):
    example = examples["AB13DD"]
    peak = dln.hinf_norm(model(example))
    assert peak.value == pytest.approx(example["expected"]["linf"], rel=1e-9)
    assert peak.frequency == pytest.approx(example["expected"]["fpeak"], abs=1e-8)


@pytest.mark.parametrize("dt", [0.01, 0.1, 1.0])
def test_sampled_examples_are_balanced_in_discrete_time(examples, dt):
    A, B, C = arrays(examples["AB09AD"], "inputs", "A", "B", "C")
    Ad, Bd, Cd, Dd, _ = scipy.signal.cont2discrete((A, B, C, np.zeros((3, 2))), dt)
    balanced = dln.balance((Ad, Bd, Cd, Dd, dt))
    A, B, C, _, _ = balanced.system.to_tuple()
    sigma = balanced.hsv
    P, Q = la.solve_discrete_lyapunov(A, B @ B.T), la.solve_discrete_lyapunov(A.T, C.T @ C)
    assert max(la.norm(P - np.diag(sigma), 2), la.norm(Q - np.diag(sigma), 2)) < 1e-12 * sigma[0]


def test_bb04ad_discrete_lyapunov_benchmark(examples):
    example = examples["BB04AD"]
    A, B = arrays(example, "inputs", "A", "B")
    (X,) = arrays(example, "expected", "X")
    schur = schur_form(A.T)  # A'XA - X = -B'B
    Z = schur.Z @ gramian_factor(schur, B.T, discrete=True)
    np.testing.assert_allclose(Z @ Z.T, X, rtol=0, atol=4 * PRINTED)  # A is itself printed to 4 decimals
