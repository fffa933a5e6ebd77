"""Balanced, input-normal and output-normal realizations."""

import control
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, UnstableSystemError
from dlnbalance.linalg.arrays import EPS, adjoint

from ..models import assert_small, random_matrix, random_system

FORMS = {
    "balanced": (lambda s: s, lambda s: s),
    "input-normal": (np.ones_like, lambda s: s**2),
    "output-normal": (lambda s: s**2, np.ones_like),
}


def gramians(system):
    first, second = dln.Lyapunov()(system).weights
    return first @ adjoint(first), adjoint(second) @ second


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("descriptor", [False, True])
def test_gramians_of_each_form(rng, form, complex_entries, discrete, descriptor):
    system = random_system(rng, 7, 2, 3, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    result = dln.balance(system, form=form)
    P, Q = gramians(result.system)
    wanted_P, wanted_Q = (np.diag(diagonal(result.hsv)) for diagonal in FORMS[form])
    condition = result.hsv[0] / result.hsv[-1]
    assert_small(la.norm(P - wanted_P), la.norm(wanted_P), 1e4 * condition)
    assert_small(la.norm(Q - wanted_Q), la.norm(wanted_Q), 1e4 * condition)
    assert result.is_minimal
    assert result.system.is_complex == complex_entries


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("descriptor", [False, True])
def test_balancing_is_a_change_of_coordinates(rng, discrete, descriptor):
    system = random_system(rng, 7, 2, 3, discrete=discrete, descriptor=descriptor)
    result = dln.balance(system)
    T, inverse = result.transform, result.inverse
    assert_small(la.norm(T @ inverse - np.eye(7)), la.norm(T) * la.norm(inverse), 100)
    explicit = system.explicit()
    balanced = result.system
    scale = la.norm(T) * la.norm(inverse)
    assert_small(la.norm(T @ explicit.A @ inverse - balanced.A), la.norm(explicit.A) * scale, 100)
    assert_small(la.norm(T @ explicit.B - balanced.B), la.norm(explicit.B) * la.norm(T), 1000)
    assert_small(la.norm(explicit.C @ inverse - balanced.C), la.norm(explicit.C) * la.norm(inverse), 100)
    omega = np.geomspace(1e-2, 30, 40)
    full, same = dln.frequency_response(system, omega), dln.frequency_response(balanced, omega)
    assert np.abs(full - same).max() <= 1e-11 * np.abs(full).max()


def test_certificate_shows_the_gap_closing(rng):
    A, B, C, _, _ = random_system(rng, 8, 2, 2).to_tuple()
    T = np.diag(np.geomspace(1e-3, 1e3, 8))
    result = dln.balance((T @ A @ la.inv(T), T @ B, C @ la.inv(T)))
    certificate = result.certificate
    assert certificate.before > 100 * certificate.minimum
    assert abs(certificate.relative_gap) < 1e-12
    assert certificate.minimum == pytest.approx(2 * result.hsv.sum(), rel=1e-9)


def test_control_state_space_goes_in_and_out_with_names_and_time_base(rng):
    A, B, C, D, _ = random_system(rng, 4, 2, 1, discrete=True).to_tuple()
    plant = control.ss(A, B, C, D, 0.25, inputs=["fuel", "air"], outputs=["speed"], name="engine")
    balanced = dln.balance(plant).system
    assert isinstance(balanced, control.StateSpace)
    assert balanced.dt == 0.25
    assert (balanced.input_labels, balanced.output_labels) == (["fuel", "air"], ["speed"])
    assert balanced.name == "engine"


def test_minimal_part_of_a_system_that_is_not_minimal(rng):
    minimal = random_system(rng, 5, 2, 2)
    A, B, C, D, _ = minimal.to_tuple()
    A = la.block_diag(A, -np.eye(2), -2 * np.eye(2))  # two unreachable states and two unobservable ones
    B = np.vstack([B, np.zeros((2, 2)), np.ones((2, 2))])
    C = np.hstack([C, np.ones((2, 2)), np.zeros((2, 2))])
    T = random_matrix(rng, 9, 9) + 3 * np.eye(9)
    result = dln.balance((T @ A @ la.inv(T), T @ B, C @ la.inv(T), D))
    assert result.order == 5
    assert result.full_order == 9
    assert not result.is_minimal
    assert "not minimal" in repr(result)
    np.testing.assert_allclose(result.hsv[:5], dln.hankel_singular_values(minimal), rtol=0, atol=1e-12)
    omega = np.geomspace(1e-2, 30, 40)
    difference = dln.frequency_response(result.system, omega) - dln.frequency_response(minimal, omega)
    assert np.abs(difference).max() < 1e-11


def test_repeated_hankel_singular_values_are_no_obstacle(rng):
    A, B, C, _, _ = random_system(rng, 3, 1, 1).to_tuple()
    double = dln.LinearSystem(la.block_diag(A, A), la.block_diag(B, B), la.block_diag(C, C))
    result = dln.balance(double)
    P, Q = gramians(result.system)
    sigma = np.repeat(dln.hankel_singular_values((A, B, C)), 2)
    np.testing.assert_allclose(result.hsv, sigma, rtol=1e-10)
    assert la.norm(P - np.diag(sigma)) < 1e-11 * sigma[0]
    assert la.norm(Q - np.diag(sigma)) < 1e-11 * sigma[0]


def test_one_state_closed_form():
    result = dln.balance(([[-2.0]], [[8.0]], [[1.0]]))  # σ = |bc| / (2·2)
    np.testing.assert_allclose(result.hsv, [2.0], rtol=4 * EPS)
    np.testing.assert_allclose(abs(result.system.B.item()), np.sqrt(8.0), rtol=8 * EPS)


G = dln.LinearSystem([[-1.0, 2.0], [-3.0, -4.0]], np.ones((2, 1)), np.ones((1, 2)), [[3.0]])
CONSTANTS = {
    "B = 0": (G.with_matrices(G.A, 0 * G.B, G.C), 3.0),
    "C = 0": (G.with_matrices(G.A, G.B, 0 * G.C), 3.0),
    "G − G": (G - G, 0.0),
    "no states": (dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[3.0]]), 3.0),
}


@pytest.mark.parametrize("form", dln.balancing.FORMS)
@pytest.mark.parametrize(("system", "gain"), CONSTANTS.values(), ids=CONSTANTS)
def test_a_constant_gain_is_balanced_without_states(system, gain, form):
    result = dln.balance(system, form=form)
    assert (result.order, result.full_order, result.system.nstates) == (0, system.nstates, 0)
    assert result.is_minimal == (system.nstates == 0)
    np.testing.assert_array_equal(result.system.D, [[gain]])
    assert result.transform.shape == result.inverse.T.shape == (0, system.nstates)
    assert result.certificate.after == result.certificate.minimum == 0
    assert f"0{'' if result.is_minimal else f' of {system.nstates}'} states" in repr(result)


def test_types_survive_where_no_state_is_left():
    plant = control.ss(G.A, 0 * G.B, G.C, G.D, inputs=["force"], outputs=["position"])
    balanced = dln.balance(plant).system
    assert isinstance(balanced, control.StateSpace)
    assert (balanced.nstates, balanced.input_labels, balanced.output_labels) == (0, ["force"], ["position"])


@pytest.mark.parametrize(("system", "gain"), CONSTANTS.values(), ids=CONSTANTS)
def test_norms_of_constant_gains(system, gain):
    rounding = 8 * EPS if gain == 0 else 0.0  # of the states of G − G
    assert dln.hankel_norm(system) <= rounding
    assert float(dln.hinf_norm(system)) == pytest.approx(gain, rel=1e-15, abs=rounding)
    assert dln.h2_norm(system) == pytest.approx(np.inf if gain else 0.0, abs=rounding)
    sampled = dln.LinearSystem(system.A / 8, system.B, system.C, system.D, dt=True)  # its poles lie in the unit disc
    assert dln.h2_norm(sampled) == pytest.approx(gain, rel=1e-15, abs=8 * EPS)


def test_unknown_form_is_refused(rng):
    with pytest.raises(InvalidArgumentError, match="form"):
        dln.balance(random_system(rng, 3, 1, 1), form="controllable")


def test_unstable_system_is_refused():
    with pytest.raises(UnstableSystemError):
        dln.balance(([[1.0]], [[1.0]], [[1.0]]))


def test_results_are_read_only(rng):
    result = dln.balance(random_system(rng, 3, 1, 1))
    with pytest.raises(ValueError, match="read-only"):
        result.transform[0, 0] = 1.0
    with pytest.raises(AttributeError):
        result.form = "other"
    assert len(repr(result).splitlines()) < 10
