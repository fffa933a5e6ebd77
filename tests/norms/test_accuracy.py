"""What rounding does to a transfer function: the floor, and what it is to bound."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, UnstableSystemError
from dlnbalance.linalg.arrays import EPS
from dlnbalance.norms.accuracy import projection_rounding, rounding_at, rounding_near
from dlnbalance.norms.frequencies import telling_frequencies

from ..forty_digits import distance, hankel_values
from ..models import random_matrix, random_system
from .models import lightly_damped

KINDS = [
    pytest.param(complex_entries, discrete, descriptor, id=f"{a}-{b}-{c}")
    for complex_entries, a in ((False, "real"), (True, "complex"))
    for discrete, b in ((False, "continuous"), (True, "discrete"))
    for descriptor, c in ((False, "explicit"), (True, "E"))
]


def stiff(decades, inputs=1):
    """Independent lags whose rates cover some decades."""
    rates = 10.0 ** np.linspace(-decades / 2, decades / 2, 8)
    signs = np.where(np.add.outer(np.arange(8), np.arange(inputs)) % 3, 1.0, -1.0)
    B = np.sqrt(rates)[:, None] * signs
    return dln.LinearSystem(-np.diag(rates), B, np.sqrt(rates)[None, :])


@pytest.mark.parametrize("decades", [0.5, 4, 14, 40, 200])
def test_values_of_independent_lags_are_right_to_a_few_eps(decades):
    system = stiff(decades)
    exact = hankel_values(system, digits=60 + decades)
    assert np.abs(dln.hankel_singular_values(system) - exact).max() <= 40 * EPS * exact[0]  # observed 15
    assert dln.accuracy_floor(system) <= 2e-14 * exact[0]


def test_one_lag_closed_form():
    """|c||b|/|a| · eps for each of A, B and C, at frequency zero where all are largest."""
    assert dln.accuracy_floor(([[-4.0]], [[2.0]], [[3.0]])) == pytest.approx(3 * EPS * 6 / 4, rel=1e-12, abs=0)
    assert rounding_at(dln.LinearSystem([[-4.0]], [[2.0]], [[3.0]]), [4.0]).item() == pytest.approx(
        EPS * (2 * 6 / np.sqrt(32) + 6 * 4 / 32), rel=1e-12
    )


@pytest.mark.parametrize(("complex_entries", "discrete", "descriptor"), KINDS)
@pytest.mark.parametrize("condition", [1.5, 1e5])
def test_rounding_is_what_its_formula_says(rng, complex_entries, discrete, descriptor, condition):
    """Of one block: eps (‖CR‖(‖A‖ + |z|‖E‖ + ‖δA‖)‖RB‖ + ‖CR‖(‖B‖ + ‖δB‖) + ‖C‖‖RB‖), δ from an E solved away."""
    system = random_system(rng, 4, 2, 2, complex_entries=complex_entries, discrete=discrete)
    if descriptor:
        E = (la.qr(random_matrix(rng, 4, 4))[0] * np.geomspace(1, condition, 4)) @ la.qr(random_matrix(rng, 4, 4))[0]
        system = dln.LinearSystem(E @ system.A, E @ system.B, system.C, E=E, dt=system.dt)
    here = system.coordinates
    assert here.sizes.size == 1
    assert (here.E is None) == (not descriptor or condition < 2)
    assert (here.errors is None) == (not descriptor or condition > 2)
    errors = (0.0, 0.0) if here.errors is None else tuple(la.norm(M) for M in here.errors)
    omega = np.array([0.0, 0.3, 2.0])
    for z, found in zip(system.boundary_points(omega) / here.unit, rounding_at(system, omega), strict=True):
        R = la.inv(z * (np.eye(4) if here.E is None else here.E) - here.A)
        reach, observe = la.norm(R @ here.B), la.norm(here.C @ R)
        size = la.norm(here.A) + errors[0] + (0.0 if here.E is None else abs(z) * la.norm(here.E))
        expected = observe * (size * reach + la.norm(here.B) + errors[1]) + la.norm(here.C) * reach
        assert found == pytest.approx(EPS * expected, rel=1e-9, abs=0)


@pytest.mark.parametrize("discrete", [False, True])
def test_an_e_that_was_solved_away_has_its_share_in_the_floor(rng, discrete):
    """E⁻¹(EA) with lags over twelve decades: the slow ones are lost to what solving does, and the floor says so."""
    rates = 10.0 ** -np.linspace(0, 12, 6)
    A = np.diag(np.exp(-rates) if discrete else -rates)
    shares = []
    for _ in range(5):
        E = la.qr(random_matrix(rng, 6, 6))[0] * np.linspace(1, 1.5, 6)
        system = dln.LinearSystem(E @ A, E @ np.sqrt(rates)[:, None], np.sqrt(rates)[None, :], E=E, dt=float(discrete))
        try:
            values = dln.hankel_singular_values(system)
        except UnstableSystemError:  # that, too
            continue
        shares.append(np.abs(values - hankel_values(system)).max() / dln.accuracy_floor(system))
        assert shares[-1] <= 10
    assert not shares or max(shares) > 1e-6


def test_rounding_of_the_trivial_projection():
    """One lag, W = V = 1, at frequency zero: eps |c/a||b/a| |a| for A, and eps |cb/a| each for B and C."""
    lag = dln.LinearSystem([[-4.0]], [[2.0]], [[3.0]])
    one = np.ones((1, 1))
    assert projection_rounding(lag, lag, one, one) == pytest.approx(EPS * 3 * 6 / 4, rel=1e-12, abs=0)


def perturbed(system, rng):
    """The system with a relative error of at most eps in every entry."""

    def moved(M):
        if M is None:
            return None
        signs = np.exp(2j * np.pi * rng.random(M.shape)) if np.iscomplexobj(M) else rng.choice([-1.0, 1.0], M.shape)
        return M * (1 + 2**20 * EPS * signs)  # of a size that differences show; it all is linear

    return dln.LinearSystem(
        *(moved(M) for M in (system.A, system.B, system.C)), system.D, E=moved(system.E), dt=system.dt
    )


@pytest.mark.parametrize(("complex_entries", "discrete", "descriptor"), KINDS)
@pytest.mark.parametrize("graded", [False, True])
def test_the_floor_bounds_what_errors_in_every_entry_do(rng, complex_entries, discrete, descriptor, graded):
    system = random_system(rng, 6, 2, 2, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    if graded:
        d = 10.0 ** rng.uniform(-6, 6, 6)
        system = dln.LinearSystem(
            system.A * d / d[:, None],
            system.B / d[:, None],
            system.C * d,
            E=None if system.E is None else system.E * d / d[:, None],
            dt=system.dt,
        )
    omega = telling_frequencies(system)
    rounding, floor = rounding_at(system, omega), dln.accuracy_floor(system)
    assert floor == pytest.approx(rounding.max(), rel=1e-12, abs=0)
    response, values = dln.frequency_response(system, omega), dln.hankel_singular_values(system)
    moved = dimension = 0.0
    for _ in range(10):
        other = perturbed(system, rng)
        change = la.norm(dln.frequency_response(other, omega) - response, 2, axis=(1, 2)) / 2**20
        assert (change <= 1.01 * rounding).all()
        moved = max(moved, (change / rounding).max())
        dimension = max(dimension, np.abs(dln.hankel_singular_values(other) - values).max() / 2**20)
    assert dimension <= 2 * floor
    assert moved > 1e-3  # else the floor would say nothing


@pytest.mark.parametrize(("complex_entries", "discrete", "descriptor"), KINDS)
def test_what_is_computed_is_as_near_to_the_truth_as_the_floor_says(rng, complex_entries, discrete, descriptor):
    for _ in range(3):
        system = random_system(rng, 5, 2, 2, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
        exact = hankel_values(system)
        network = dln.Lyapunov()(system)
        floor = dln.accuracy_floor(system)
        assert np.abs(network.singular_values - exact).max() <= 4 * floor + network.accuracy_floor
        assert np.abs(network.singular_values - exact).max() <= 10 * floor  # observed 0.6


def test_units_do_not_change_the_floor(rng):
    system = random_system(rng, 6, 2, 2)
    d = 2.0 ** rng.integers(-60, 60, 6)
    scaled = system.with_matrices(system.A * d / d[:, None], system.B / d[:, None], system.C * d)
    faster = dln.LinearSystem(system.A * 2.0**80, system.B * 2.0**80, system.C)
    floor = dln.accuracy_floor(system)
    assert dln.accuracy_floor(scaled) == pytest.approx(floor, rel=0.5, abs=0)
    assert dln.accuracy_floor(faster) == pytest.approx(floor, rel=1e-6, abs=0)


def test_blocks_that_do_not_feel_each_other_do_not_count(rng):
    """A fast subsystem beside a slow one, and in front of it, leaves its floor alone."""
    slow, fast = random_system(rng, 3, 1, 1), random_system(rng, 3, 1, 1)
    fast = dln.LinearSystem(1e12 * fast.A, 1e12 * fast.B, fast.C)
    floors = dln.accuracy_floor(slow), dln.accuracy_floor(fast)
    both = slow + fast
    assert dln.accuracy_floor(both) <= 2 * sum(floors)
    mixed = rng.permutation(6)
    turned = both.with_matrices(both.A[np.ix_(mixed, mixed)], both.B[mixed], both.C[:, mixed])
    assert dln.accuracy_floor(turned) == pytest.approx(dln.accuracy_floor(both), rel=1e-6, abs=0)


@pytest.mark.parametrize(("complex_entries", "discrete", "descriptor"), KINDS)
@pytest.mark.parametrize("method", ["truncate", "residualize"])
def test_rounding_of_a_projection_is_bounded(rng, complex_entries, discrete, descriptor, method):
    """At full order the reduced model differs from the system by rounding alone."""
    system = random_system(rng, 5, 1, 2, complex_entries=complex_entries, discrete=discrete, descriptor=descriptor)
    model = dln.reduce(system, 5, method=method)
    projected = projection_rounding(model.full, model.system, model.left, model.right)
    truth = max(distance(system, model.system, w) for w in telling_frequencies(system))
    assert 0 < truth <= model.rounding
    assert 0 < projected <= model.rounding
    assert model.rounding <= 1e5 * truth  # observed 200


def test_bases_that_are_not_biorthogonal_count(rng):
    system = random_system(rng, 4, 1, 1)
    model = dln.reduce(system, 2)
    exact = projection_rounding(system, model.system, model.left, model.right)
    spoiled = projection_rounding(system, model.system, model.left * (1 + 1e-8), model.right)
    assert exact < 1e-12
    assert 1e-9 < spoiled < 1e-6


def test_rounding_near_a_frequency(rng):
    system = random_system(rng, 4, 1, 1)
    feedthrough = EPS * abs(system.D.item())
    assert rounding_near(system, 2.0) == pytest.approx(
        rounding_at(system, [2.0]).item() + feedthrough, rel=1e-12, abs=0
    )
    assert rounding_near(system, np.inf) == pytest.approx(feedthrough, rel=1e-12, abs=0)


def test_floors_of_nothing():
    empty = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[2.0]])
    assert dln.accuracy_floor(empty) == projection_rounding(empty, empty, np.zeros((0, 0)), np.zeros((0, 0))) == 0
    assert dln.accuracy_floor(([[-1.0]], [[0.0]], [[1.0]])) == 0


def test_factors_of_another_system_are_refused(rng):
    system = random_system(rng, 4, 1, 1)
    with pytest.raises(InvalidArgumentError, match="network: expected Gramian factors of 4 states"):
        dln.accuracy_floor(system, dln.Lyapunov()(random_system(rng, 3, 1, 1)))


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("damping", [1e-1, 1e-3])
def test_accuracy_floor_bounds_what_rounding_does_to_hankel_singular_values(rng, damping, discrete):
    system = lightly_damped(damping, np.geomspace(1, 30, 10), rng, discrete=discrete)
    values, floor = dln.hankel_singular_values(system), dln.accuracy_floor(system)
    A, B, C, D, dt = system.to_tuple()
    moved = []
    for _ in range(20):
        perturbed = A * (1 + EPS * rng.choice([-1.0, 1.0], A.shape))
        moved.append(np.abs(dln.hankel_singular_values((perturbed, B, C, D, dt)) - values).max())
    assert floor / 1e5 < max(moved) <= 10 * floor
