"""Coordinates in which orthogonal transformations lose nothing: units, blocks, and what they save."""

import warnings

import mpmath as mp
import numpy as np
import pytest
import scipy.linalg as la
import scipy.signal

import dlnbalance as dln
from dlnbalance.errors import NumericalError
from dlnbalance.linalg.arrays import EPS
from dlnbalance.norms.accuracy import rounding_at
from dlnbalance.systems.descriptors import DescriptorFactors, explicit_coordinates

from ..forty_digits import distance, hankel_values, response
from ..models import random_matrix, random_system

KINDS = [(False, False), (True, False), (False, True), (True, True)]
ids = ["explicit, continuous", "explicit, discrete", "E, continuous", "E, discrete"]


@pytest.fixture(autouse=True)
def no_warnings():
    """Whatever the range of the numbers, nothing warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def rescaled(system, states, equations=None):
    """The same system in other units of its states and equations."""
    equations = np.ones_like(states) if equations is None else equations
    E = system.descriptor if np.ptp(equations) or system.E is not None else None
    if E is None:
        return system.with_matrices(system.A * states / states[:, None], system.B / states[:, None], system.C * states)
    return dln.LinearSystem(
        equations[:, None] * system.A * states,
        equations[:, None] * system.B,
        system.C * states,
        system.D,
        E=equations[:, None] * E * states,
        dt=system.dt,
    )


def same_but_for_rounding(first, second, tolerance=1e-10):
    """Values, norms, models and errors of two realizations of one transfer function."""
    values = dln.hankel_singular_values(first)
    assert np.abs(dln.hankel_singular_values(second) - values).max() <= tolerance * values[0]
    assert float(dln.hinf_norm(second)) == pytest.approx(float(dln.hinf_norm(first)), rel=tolerance)
    models = [dln.reduce(system, 2) for system in (first, second)]
    assert float(models[1].error()) == pytest.approx(float(models[0].error()), rel=100 * tolerance)
    assert models[1].bound == pytest.approx(models[0].bound, rel=100 * tolerance)


# -- the coordinates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("descriptor", "discrete"), KINDS, ids=ids)
def test_scaling_rounds_nothing(rng, descriptor, discrete):
    system = random_system(rng, 7, 2, 3, descriptor=descriptor, discrete=discrete)
    system = rescaled(system, 10.0 ** rng.uniform(-9, 9, 7))
    here = system.coordinates
    if here.E is None and descriptor:
        system = system.explicit()
    for powers in (here.states, here.equations):
        assert (np.frexp(powers)[0] == 0.5).all()
    assert here.rate % 2 == 0
    assert here.rate == 0 or not discrete
    r, d, root = here.equations[:, None], here.states, np.sqrt(here.unit)
    np.testing.assert_array_equal(here.A * here.unit, r * system.A * d)
    np.testing.assert_array_equal(here.B * root, r * system.B)
    np.testing.assert_array_equal(here.C * root, system.C * d)
    if here.E is None:
        np.testing.assert_array_equal(here.equations, 1 / here.states)
    else:
        np.testing.assert_array_equal(here.E, r * system.E * d)


def components(A):
    """Strongly connected components by the transitive closure: sets of states that reach each other."""
    reached = np.eye(len(A), dtype=bool) | (A != 0)
    for k in range(len(A)):
        reached |= reached[:, [k]] & reached[[k], :]
    mutual = reached & reached.T
    return {frozenset(np.flatnonzero(row).tolist()) for row in mutual}


@pytest.mark.parametrize("descriptor", [False, True])
def test_blocks_are_the_states_that_reach_each_other(rng, descriptor):
    for _ in range(30):
        sizes = rng.integers(1, 4, rng.integers(2, 6))
        n = int(sizes.sum())
        mask = la.block_diag(*(np.ones((k, k)) for k in sizes)).astype(bool)
        upper = np.triu(rng.random((n, n)) < 0.3) & ~mask
        A, E = (np.where(mask | upper, random_matrix(rng, n, n), 0.0) for _ in range(2))
        if not descriptor:
            E = None
        else:
            E += 10 * np.eye(n)
        mixed = rng.permutation(n)
        here = np.ix_(mixed, mixed)
        pencil = A[here], None if E is None else E[here]
        system = dln.LinearSystem(pencil[0], np.ones((n, 1)), np.ones((1, n)), E=pencil[1])
        found = dln.systems.coordinates.well_scaled(*pencil, system.B, system.C, discrete=False)
        ends = np.cumsum(found.sizes)
        sets = [frozenset(part.tolist()) for part in np.split(found.order, ends[:-1])]
        linked = pencil[0] != 0 if E is None else (pencil[0] != 0) | (pencil[1] != 0)
        assert set(sets) == components(linked)
        label = np.repeat(np.arange(found.sizes.size), found.sizes)
        ordered = linked[np.ix_(found.order, found.order)]
        assert not ordered[label[:, None] > label].any()


@pytest.mark.parametrize("complex_entries", [False, True])
@pytest.mark.parametrize("lower", [False, True])
def test_poles_of_triangular_matrices_come_back_as_given(rng, complex_entries, lower):
    A = np.triu(random_matrix(rng, 9, 9, complex_entries=complex_entries)) * 10.0 ** rng.uniform(-8, 8, (9, 9))
    A = A.T if lower else A
    mixed = rng.permutation(9)
    A = A[np.ix_(mixed, mixed)]
    poles = dln.LinearSystem(A, np.ones((9, 1)), np.ones((1, 9))).poles()
    np.testing.assert_array_equal(np.sort_complex(poles), np.sort_complex(np.diag(A).astype(complex)))


def test_graded_blocks_are_ordered_by_the_size_of_their_rows():
    A = -np.array([[1e-8, 1e-9, 1e-9], [1.0, 3.0, 1.0], [1e8, 1e8, 3e8]])
    here = dln.systems.coordinates.well_scaled(A, None, np.ones((3, 1)), np.ones((1, 3)), discrete=True)
    rows = la.norm(here.A[here.order], axis=1)
    assert (np.diff(rows) <= 0).all()
    assert here.sizes.tolist() == [3]


# -- units ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exponent", [-308, -307, -300, -155, -150, -20, 20, 150, 155, 300])
def test_units_of_time_only_scale_the_values(exponent):
    """σ(A·10^k) = 10^−k σ(A), so far as both are numbers."""
    A, B, C = np.array([[-1.0, 2.0], [-3.0, -4.0]]), np.ones((2, 1)), np.ones((1, 2))
    values = dln.hankel_singular_values((A, B, C))
    unit = 10.0**exponent
    system = dln.LinearSystem(A * unit, B, C)
    np.testing.assert_allclose(dln.hankel_singular_values(system) * unit, values, rtol=1e-14)
    peak, here = dln.hinf_norm((A, B, C)), dln.hinf_norm(system)
    assert here.value * unit == pytest.approx(peak.value, rel=1e-14)
    assert here.frequency / unit == pytest.approx(peak.frequency, rel=1e-6)
    assert float(dln.reduce(system, 1).error()) * unit == pytest.approx(0.12249030993194663, rel=1e-12)  # 2 σ_2
    assert 2 * values[1] == pytest.approx(0.12249030993194663, rel=1e-12)


@pytest.mark.parametrize(("inputs", "outputs"), [(300, -300), (-300, 300), (150, 150), (-150, -150), (300, 0)])
@pytest.mark.parametrize("descriptor", [False, True])
def test_units_of_the_signals_only_scale_the_values(rng, inputs, outputs, descriptor):
    system = random_system(rng, 4, 2, 2, descriptor=descriptor, feedthrough=False)
    scaled = dln.LinearSystem(system.A, system.B * 10.0**inputs, system.C * 10.0**outputs, E=system.E)
    unit = 10.0 ** (inputs + outputs)
    values = dln.hankel_singular_values(system)
    np.testing.assert_allclose(dln.hankel_singular_values(scaled) / unit, values, rtol=0, atol=1e-13 * values[0])
    assert dln.hankel_norm(scaled) / unit == pytest.approx(values[0], rel=1e-13)
    assert dln.h2_norm(scaled) / unit == pytest.approx(dln.h2_norm(system), rel=1e-13)
    assert float(dln.hinf_norm(scaled)) / unit == pytest.approx(float(dln.hinf_norm(system)), rel=1e-13)
    assert dln.accuracy_floor(scaled) / unit == pytest.approx(dln.accuracy_floor(system), rel=1e-6, abs=0)
    model = dln.reduce(scaled, 2)
    assert float(model.error()) / unit == pytest.approx(float(dln.reduce(system, 2).error()), rel=1e-10)
    assert dln.balance(scaled).order == 4
    assert repr(model)


@pytest.mark.parametrize(("inputs", "outputs"), [(300, 300), (250, 90)])
def test_gains_beyond_the_range_of_numbers_are_refused(rng, inputs, outputs):
    system = random_system(rng, 4, 2, 2, feedthrough=False)
    system = system.with_matrices(system.A, system.B * 10.0**inputs, system.C * 10.0**outputs)
    for compute in (
        dln.hankel_singular_values,
        dln.hankel_norm,
        dln.h2_norm,
        dln.hinf_norm,
        dln.accuracy_floor,
        dln.balance,
        lambda s: dln.reduce(s, 2),
        lambda s: dln.frequency_response(s, [0.0, 1.0]),
        dln.LinearSystem.dcgain,
    ):
        with pytest.raises(NumericalError, match=r"within the range of double precision.*multiply B or C"):
            compute(system)
    assert (system.poles().real < 0).all()  # no business of the signals


@pytest.mark.parametrize(("inputs", "outputs"), [(-300, -300), (-160, -160), (-308, 0)])
def test_values_that_underflow_are_refused_and_not_called_zero(inputs, outputs):
    system = dln.LinearSystem([[-1.0]], [[10.0**inputs]], [[10.0**outputs]])
    for compute in (dln.hankel_singular_values, dln.balance, lambda s: dln.reduce(s, 1), lambda s: dln.reduce(s, 0)):
        with pytest.raises(NumericalError, match="within the range of double precision"):
            compute(system)


@pytest.mark.parametrize("kind", ["B", "C"])
def test_gains_out_of_range_are_refused_for_large_sparse_systems_too(kind):
    system = dln.examples.convection_diffusion(40)
    assert system.is_large
    values = dln.LowRank()(system).singular_values
    far = system.with_matrices(system.A, 1e300 * system.B, 1e-300 * system.C)
    np.testing.assert_allclose(dln.LowRank()(far).singular_values[:5], values[:5], rtol=1e-8)
    B, C = (1e300, 1e50) if kind == "B" else (1e50, 1e300)
    with pytest.raises(NumericalError, match="within the range of double precision"):
        dln.LowRank()(system.with_matrices(system.A, B * system.B, C * system.C))


@pytest.mark.parametrize(("descriptor", "discrete"), KINDS, ids=ids)
@pytest.mark.parametrize("decades", [3, 40, 70, 130])
def test_units_of_states_and_equations_do_not_matter(rng, descriptor, discrete, decades):
    """Also where the squares of the entries leave the range of numbers."""
    system = random_system(rng, 5, 2, 2, discrete=discrete, descriptor=descriptor)
    states = 10.0 ** rng.uniform(-decades, decades, 5)
    equations = 10.0 ** rng.uniform(-decades, decades, 5) if descriptor else None
    same_but_for_rounding(system, rescaled(system, states, equations))


@pytest.mark.parametrize("stiffness", [1e6, 1e12, 1e200])
def test_oscillators_of_any_stiffness(stiffness):
    """m x'' + d x' + k x = u: HSV of the time-scaled oscillator, σ_1 and σ_2 = (√(1 + ζ²) ± ζ)/(4ζk), ζ = 0.05."""
    zeta, omega = 0.05, np.sqrt(stiffness)
    system = dln.LinearSystem([[0.0, 1.0], [-stiffness, -2 * zeta * omega]], [[0.0], [1.0]], [[1.0, 0.0]])
    expected = (np.sqrt(1 + zeta**2) + np.array([zeta, -zeta])) / (4 * zeta)
    np.testing.assert_allclose(dln.hankel_singular_values(system) * stiffness, expected, rtol=1e-13)
    assert dln.accuracy_floor(system) <= 1e-13 * expected[0] / stiffness


def triangular(rng, decades):
    """A triangular system, and the same in other units of its states."""
    A = np.triu(random_matrix(rng, 5, 5), 1) - np.diag(rng.uniform(0.1, 2, 5))
    system = dln.LinearSystem(A, random_matrix(rng, 5, 2), random_matrix(rng, 2, 5))
    return system, rescaled(system, 10.0 ** rng.uniform(-decades, decades, 5))


@pytest.mark.parametrize("decades", [3, 40, 70, 130])
def test_units_of_triangular_systems_do_not_matter(rng, decades):
    same_but_for_rounding(*triangular(rng, decades))


@pytest.mark.parametrize("decades", [3, 20, 40])
def test_blocks_are_scaled_against_each_other(rng, decades):
    system, scaled = triangular(rng, decades)
    here = scaled.coordinates
    sizes = la.norm(here.B, axis=1) / la.norm(here.C, axis=0)
    assert max(sizes.max(), 1 / sizes.min(), np.abs(here.A).max() / np.abs(system.A).max()) < 1e4


@pytest.mark.parametrize("states", [[-1.0, 1.0], [1.0, -1.0]])
def test_scaling_that_brings_less_than_a_digit_is_left_alone(states):
    """Rows and columns would be even at scales 300 apart; what rounding does to G would fall by a factor 2.7."""
    A, B, C = np.array([[-1.0, 1.0], [1e-5, -1.0]]), np.array([[10.0], [1e-3]]), np.full((1, 2), 100.0)
    here = dln.systems.coordinates.well_scaled(A, None, B, C, discrete=False)
    np.testing.assert_array_equal(here.states, here.states[0])
    units = 10.0 ** (5 * np.array(states))
    here = dln.systems.coordinates.well_scaled(
        A * units / units[:, None], None, B / units[:, None], C * units, discrete=False
    )
    assert np.ptp(np.log10(here.states * units)) < 3  # where it brings more it is taken


def floor_in(system, here):
    """The accuracy floor in given coordinates."""
    other = dln.LinearSystem(system.A, system.B, system.C, E=system.E, dt=system.dt)
    vars(other)["coordinates"] = here
    return dln.accuracy_floor(other)


@pytest.mark.parametrize("discrete", [False, True])
def test_ill_conditioned_descriptors_are_solved_away_only_where_that_does_no_harm(rng, discrete):
    """Rounding is about as small as it is in the better of both coordinates."""
    gains = []
    for k in range(24):
        A = random_system(rng, 6, 1, 1, discrete=discrete).A
        if k % 2:  # graded states, which only the explicit form tells apart
            scale = 10.0 ** rng.uniform(-4, 4, 6)
            A = np.triu(A, 1) + np.diag(-np.abs(np.diag(A)) - 0.1) if not discrete else np.triu(A, 1) + 0.5 * np.eye(6)
            A = A * scale / scale[:, None]
        left, right = (la.qr(random_matrix(rng, 6, 6))[0] for _ in range(2))
        E = (left * 10.0 ** np.linspace(0, rng.uniform(2, 9), 6)) @ right
        B, C, dt = random_matrix(rng, 6, 1), random_matrix(rng, 1, 6), 1.0 if discrete else 0
        system = dln.LinearSystem(E @ A, E @ B, C, E=E, dt=dt)
        pencil = dln.systems.coordinates.well_scaled(system.A, E, system.B, system.C, discrete=discrete)
        explicit = explicit_coordinates(system.A, system.B, C, DescriptorFactors(E), discrete=discrete)
        floors = np.array([floor_in(system, here) for here in (pencil, explicit)])
        assert dln.accuracy_floor(system) <= 30 * floors.min()
        gains.append(floors[0] / floors[1])
    assert min(gains) < 1 / 30  # and it matters which ones are taken


# -- noise ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [1e-17, 1e-30, 1e-100, 1e-200, 1e-308])
def test_entries_that_are_noise_do_not_drive_states_apart(noise):
    """Without the noise A is triangular, and with it one block, whose even scales differ by the root of the noise."""
    exact = dln.LinearSystem([[-1.0, 1.0], [0.0, -2.0]], np.ones((2, 1)), [[1.0, 2.0]])
    spoiled = dln.LinearSystem([[-1.0, 1.0], [noise, -2.0]], np.ones((2, 1)), [[1.0, 2.0]])
    values = dln.hankel_singular_values(exact)
    np.testing.assert_allclose(dln.hankel_singular_values(spoiled), values, rtol=0, atol=20 * EPS * values[0])
    assert dln.accuracy_floor(spoiled) <= 20 * EPS * values[0]


def test_explicit_forms_of_triangular_systems_keep_their_response(rng):
    """E⁻¹(EA) is triangular but for rounding, and its time constants differ by six decades."""
    omega = np.append(0.0, np.geomspace(1e-3, 1e3, 20))
    for _ in range(20):
        A = np.triu(random_matrix(rng, 8, 8), 1) / 4 + np.diag(-(10.0 ** rng.uniform(-3, 3, 8)))
        E = random_matrix(rng, 8, 8) + 3 * np.eye(8)
        system = dln.LinearSystem(E @ A, E @ random_matrix(rng, 8, 1), random_matrix(rng, 1, 8), E=E)
        explicit = system.explicit()
        difference = dln.frequency_response(system, omega) - dln.frequency_response(explicit, omega)
        rounding = rounding_at(system, omega) + rounding_at(explicit, omega)
        condition = np.linalg.cond(E)
        assert (np.abs(difference[:, 0, 0]) <= 10 * condition * rounding).all()
        truth = [complex(response(system, mp.mpc(0, w))[0, 0]) for w in omega]
        computed = dln.frequency_response(system, omega)[:, 0, 0]
        assert (np.abs(computed - truth) <= 10 * rounding_at(system, omega)).all()


# -- states that were lost, and models called unstable ----------------------------------------------------------------


@pytest.fixture(scope="module")
def lags():
    """Hankel singular values of Π 1/(s + 1/k), k = 1 … 20, from its partial fractions in 120 digits."""
    with mp.workdps(120):
        rates = [mp.mpf(1) / k for k in range(1, 21)]
        shares = [mp.fprod(1 / (other - rate) for other in rates if other != rate) for rate in rates]
        P = mp.matrix([[1 / (a + b) for b in rates] for a in rates])
        Q = mp.matrix(
            [[x * y / (a + b) for b, y in zip(rates, shares, strict=True)] for a, x in zip(rates, shares, strict=True)]
        )
        squares = mp.eig(P * Q, left=False, right=False)
        return np.array(sorted((float(mp.sqrt(abs(square))) for square in squares), reverse=True))


def lag_chain():
    """Twenty lags 1/(s + 1/k) in a row."""
    return dln.LinearSystem(np.diag(-1 / np.arange(1.0, 21)) + np.eye(20, k=-1), np.eye(20, 1), np.eye(1, 20, k=19))


def test_the_lag_chain(lags):
    assert lags[0] == pytest.approx(2.0804658e18, rel=1e-7)
    np.testing.assert_allclose(dln.hankel_singular_values(lag_chain()), lags, rtol=0, atol=1e-13 * lags[0])
    np.testing.assert_array_equal(np.sort(lag_chain().poles().real), np.sort(-1 / np.arange(1.0, 21)))


def test_no_state_of_the_lag_chain_is_called_zero(lags):
    """The norms of its Gramian factors multiply to 1e36, in coordinates that are free: eps of that is above σ_1."""
    model = dln.reduce(lag_chain(), 5)
    assert model.stable
    assert model.rounding < 1e-10 * lags[0]
    omega = model.error().frequency
    truth = distance(model.full, model.system, omega)
    assert model.lower_bound <= truth <= model.bound
    assert abs(truth - float(model.error())) <= model.error().rounding
    balanced = dln.balance(lag_chain())
    assert balanced.hsv[balanced.order] < 5e-11 * lags[0] < balanced.hsv[balanced.order - 1]


def test_zeros_poles_and_gain_of_the_lag_chain(lags):
    given = scipy.signal.ZerosPolesGain([], -1 / np.arange(1.0, 21), 1)
    np.testing.assert_allclose(dln.hankel_singular_values(given), lags, rtol=0, atol=1e-12 * lags[0])


def test_the_companion_form_of_the_lag_chain():
    """Its coefficients are rounded, and so it is another system: of σ_1 = 2.0804658e18 all the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SciPy about leading coefficients
        A, B, C, _ = scipy.signal.tf2ss(*scipy.signal.zpk2tf([], -1 / np.arange(1.0, 21), 1))
    values = dln.hankel_singular_values((A, B, C))
    assert values[0] == pytest.approx(2.0804658e18, rel=1e-6)
    exact = hankel_values(dln.LinearSystem(A, B, C), digits=100)
    assert np.abs(values - exact).max() <= dln.accuracy_floor((A, B, C))


@pytest.mark.parametrize("fastest", [1e6, 1e8, 1e14])
def test_fast_states_beside_slow_ones(fastest):
    system = dln.LinearSystem(-np.diag([1e-9, 1.0, fastest]), np.ones((3, 1)), np.ones((1, 3)))
    exact = hankel_values(system)
    np.testing.assert_allclose(dln.hankel_singular_values(system), exact, rtol=0, atol=4 * EPS * exact[0])
    assert dln.reduce(system, 1).stable


@pytest.mark.parametrize("returned", [0.0, 0.5e-13], ids=["open", "in a loop"])
def test_compartments_with_a_slow_sink(returned):
    """Two compartments that exchange, and one that fills from them and loses 1e-13 of itself, or gives half of it back.

    In a loop the slow state is one with the fast ones, for orthogonal transformations, and its floor is high.
    """
    A = np.array([[-2.0, 1.0, 0.0], [1.0, -2.0, returned], [1.0, 1.0, -1e-13]])
    system = dln.LinearSystem(A, [[1.0], [0.0], [0.0]], [[1.0, 0.0, 1.0]])
    exact = hankel_values(system)
    assert exact[0] > 1e12
    floor = dln.accuracy_floor(system)
    assert floor < (0.1 if returned else 1e-14) * exact[0]
    assert np.abs(dln.hankel_singular_values(system) - exact).max() <= floor
