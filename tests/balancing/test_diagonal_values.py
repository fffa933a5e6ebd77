"""Hankel singular values of diagonal systems, each relative to itself, against mpmath and closed forms."""

import mpmath as mp
import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.balancing.diagonal_values import diagonal_values
from dlnbalance.errors import NumericalError
from dlnbalance.linalg.arrays import EPS, adjoint
from dlnbalance.systems.diagonal_forms import diagonal_form

from ..forty_digits import as_mp, hankel_values
from ..models import random_matrix

DIGITS = 400


def truth(poles, B, C, *, discrete=False):
    """From the closed forms of both Gramians, in 400 digits: Cholesky's factor and the spectrum of L*QL."""
    with mp.workdps(DIGITS):
        n = len(poles)
        points = [mp.mpmathify(p) for p in poles.tolist()]
        inner, outer = as_mp(B) * as_mp(B).H, as_mp(C).H * as_mp(C)
        P, Q = mp.matrix(n, n), mp.matrix(n, n)
        for i in range(n):
            for j in range(n):
                w = points[i] * mp.conj(points[j])
                w = 1 - w if discrete else -(points[i] + mp.conj(points[j]))
                P[i, j], Q[i, j] = inner[i, j] / w, outer[i, j] / mp.conj(w)
        L = mp.cholesky((P + P.H) / 2)
        M = L.H * Q * L
        solve = mp.eighe if any(isinstance(x, mp.mpc) for x in M) else mp.eigsy
        return np.array(sorted((float(mp.sqrt(abs(x))) for x in solve((M + M.H) / 2, eigvals_only=True)), reverse=True))


def found(poles, B, C, *, discrete=False):
    return diagonal_values(diagonal_form(dln.LinearSystem(np.diag(poles), B, C, dt=discrete or 0)))


def conjugates(M, axis):
    return np.concatenate([M, M.conj()], axis)


def random_poles(rng, n, decades):
    return -(10 ** rng.uniform(-decades / 2, decades / 2, n))


@pytest.mark.parametrize("decades", [1, 2, 4, 12])
@pytest.mark.parametrize("n", [1, 2, 8, 20])
def test_one_input_and_output(rng, n, decades):
    """Observed: 1.1e-14 at most, bounds up to 3e-13."""
    poles, B, C = random_poles(rng, n, decades), random_matrix(rng, n, 1), random_matrix(rng, 1, n)
    values, errors = found(poles, B, C)
    exact = truth(poles, B, C)
    assert (np.abs(values - exact) <= errors).all()
    assert (errors <= 1e-10 * values).all()
    assert (np.abs(values - exact) <= 100 * EPS * exact).all()


@pytest.mark.parametrize("m, p", [(2, 2), (1, 3), (3, 1), (4, 2)])
@pytest.mark.parametrize("decades", [2, 12])
def test_many_inputs_and_outputs(rng, m, p, decades):
    poles, B, C = random_poles(rng, 14, decades), random_matrix(rng, 14, m), random_matrix(rng, p, 14)
    values, errors = found(poles, B, C)
    exact = truth(poles, B, C)
    assert (np.abs(values - exact) <= errors).all()
    assert (errors <= 1e-9 * values).all()


def test_inputs_that_are_nearly_equal_tell_less(rng):
    """Two columns that agree to 7 digits have a difference of 9; the bound knows."""
    poles, b = random_poles(rng, 10, 2), random_matrix(rng, 10, 1)
    B, C = np.hstack([b, b * (1 + 1e-7 * random_matrix(rng, 10, 1))]), random_matrix(rng, 2, 10)
    values, errors = found(poles, B, C)
    exact = truth(poles, B, C)
    relative = np.abs(values - exact) / exact
    assert (np.abs(values - exact) <= errors).all()
    assert relative.max() < 1e-6
    values, errors = found(poles, np.hstack([b, b]), C)  # while equal ones are one
    exact = truth(poles, np.sqrt(2) * b, C)
    assert (np.abs(values - exact) <= errors + 10 * EPS * exact).all()
    assert (errors <= 1e-10 * values).all()


def test_the_bound_counts_either_side(rng):
    """Reflections of two inputs cost what those of two outputs do, wherever they are."""
    poles, B, C = -1 - 1e-3 * rng.random(10), random_matrix(rng, 10, 2), random_matrix(rng, 1, 10)
    errors, mirrored = found(poles, B, C)[1], found(poles, C.T, B.T)[1]
    np.testing.assert_allclose(errors, mirrored, rtol=1e-3)
    assert (errors[-1] >= 10 * found(poles, B[:, :1], C)[1][-1]).all()


def test_clusters_with_many_inputs(rng):
    """Digits are lost, and the bound knows how many."""
    poles, B, C = -1 - 1e-3 * rng.random(10), random_matrix(rng, 10, 2), random_matrix(rng, 2, 10)
    values, errors = found(poles, B, C)
    exact = truth(poles, B, C)
    assert exact[-1] < 1e-20 * exact[0]
    assert (np.abs(values - exact) <= errors).all()
    assert (errors <= 1e-5 * values).all()


@pytest.mark.parametrize("spread", [1e-2, 1e-6, 1e-10])
def test_clustered_poles(rng, spread):
    poles, B, C = -1 - spread * rng.random(6), random_matrix(rng, 6, 1), random_matrix(rng, 1, 6)
    values, errors = found(poles, B, C)
    exact = truth(poles, B, C)
    assert exact[-1] < (10 * spread) ** 9 * exact[0]
    assert (np.abs(values - exact) <= errors).all()
    assert (errors <= 1e-11 * values).all()


@pytest.mark.parametrize("damping", [1e-2, 1e-6, 1e-12])
def test_lightly_damped_pairs(rng, damping, discrete):
    frequencies = rng.uniform(0.1, 3.0, 6)
    poles = conjugates(-damping * frequencies + 1j * frequencies, 0)
    poles = np.exp(poles) if discrete else poles
    B = conjugates(random_matrix(rng, 6, 1, complex_entries=True), 0)
    C = conjugates(random_matrix(rng, 1, 6, complex_entries=True), 1)
    values, errors = found(poles, B, C, discrete=discrete)
    exact = truth(poles, B, C, discrete=discrete)
    assert (np.abs(values - exact) <= np.minimum(errors, 1e-13 * exact)).all()


@pytest.mark.parametrize("nearest", [1e-2, 1e-9, 1e-14])
def test_poles_near_the_unit_circle(rng, nearest, complex_entries):
    radii = 1 - nearest * 10 ** rng.uniform(0, 1.5, 8)
    turn = np.exp(1j * rng.uniform(0, 6, 8)) if complex_entries else 1.0
    B, C = (random_matrix(rng, *s, complex_entries=complex_entries) for s in ((8, 1), (1, 8)))
    values, errors = found(radii * turn, B, C, discrete=True)
    exact = truth(radii * turn, B, C, discrete=True)
    assert (np.abs(values - exact) <= np.minimum(errors, 1e-12 * exact)).all()


def test_descriptor(rng, discrete, complex_entries):
    """Poles a/e that agree to 14 digits as quotients, of entries that do not."""
    e = random_matrix(rng, 1, 6, complex_entries=complex_entries)[0]
    a = (0.5 if discrete else -1.0) * e * (1 + 1e-14 * np.arange(6))
    B, C = random_matrix(rng, 6, 1), random_matrix(rng, 1, 6)
    system = dln.LinearSystem(np.diag(a), B, C, E=np.diag(e), dt=discrete or 0)
    values, errors = diagonal_values(diagonal_form(system))
    exact = hankel_values(system, DIGITS)
    assert (np.abs(values - exact) <= errors).all()
    assert (errors <= 1e-11 * values).all()


@pytest.mark.parametrize("n", [5, 10])
def test_relaxation_with_the_product_of_all_values(n):
    r"""Of b = c = 1 the operator is a Cauchy matrix: Π σ = det (1/(p_i + p_j)), and Σ σ = Σ 1/(2 p_i)."""
    rates = np.arange(1.0, n + 1)
    values, errors = found(-rates, np.ones((n, 1)), np.ones((1, n)))
    with mp.workdps(100):
        product = mp.fprod((mp.mpf(i) - j) ** 2 for i in range(1, n + 1) for j in range(1, i))
        product = product / mp.fprod(mp.mpf(i + j) for i in range(1, n + 1) for j in range(1, n + 1))
    assert abs(values.prod() / float(product) - 1) <= 1e-13
    assert abs(values.sum() - np.sum(0.5 / rates)) <= 10 * EPS * values.sum()
    assert (errors <= 1e-12 * values).all()


def test_states_may_have_any_units(rng):
    poles, B, C = random_poles(rng, 12, 2), random_matrix(rng, 12, 1), random_matrix(rng, 1, 12)
    units = 10 ** rng.uniform(-150, 150, 12)
    values, _ = found(poles, B * units[:, None], C / units)
    np.testing.assert_allclose(values, truth(poles, B, C), rtol=1e-13)
    values, _ = found(2.0**800 * poles, B, C)
    np.testing.assert_array_equal(np.ldexp(values, 800), found(poles, B, C)[0])


def test_cancelling_residues_have_no_digits():
    """G − G: what is left is rounding, and the bound says so."""
    poles = np.array([-1.0, -1.0, -2.0])
    values, errors = found(poles, np.ones((3, 1)), np.array([[3.0, -3.0, 1.0]]))
    np.testing.assert_allclose(values[0], 0.25, rtol=1e-12)
    assert (values[1:] <= errors[1:]).all()
    assert errors[0] <= 1e-13


def test_unreachable_and_unobservable_states(rng):
    poles, B, C = random_poles(rng, 7, 2), random_matrix(rng, 7, 2), random_matrix(rng, 2, 7)
    B[2], C[:, 4] = 0, 0
    kept = [0, 1, 3, 5, 6]
    values, errors = found(poles, B, C)
    exact = truth(poles[kept], B[kept], C[:, kept])
    assert (np.abs(values[:5] - exact) <= errors[:5]).all()
    assert (values[5:] == 0).all()
    assert (found(poles, 0 * B, C)[0] == 0).all()
    assert found(np.zeros(0), np.zeros((0, 1)), np.zeros((1, 0)))[0].shape == (0,)


def test_the_adjoint_has_the_same_values(rng, complex_entries):
    poles = random_poles(rng, 9, 3) + (1j * rng.standard_normal(9) if complex_entries else 0)
    B, C = (random_matrix(rng, *s, complex_entries=complex_entries) for s in ((9, 2), (3, 9)))
    first, second = found(poles, B, C)[0], found(poles.conj(), adjoint(C), adjoint(B))[0]
    np.testing.assert_allclose(first, second, rtol=1e-12)


def test_gains_out_of_range():
    with pytest.raises(NumericalError, match="Hankel norm"):
        found(np.array([-1e-300]), np.array([[1e10]]), np.array([[1.0]]))
