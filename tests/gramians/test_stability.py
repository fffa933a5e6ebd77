"""Stability beyond rounding, entry by entry: what is refused, what is not, and what the refusal says."""

import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import SingularDescriptorError, UnstableSystemError
from dlnbalance.gramians.stability import check_stable, is_stable, not_stable
from dlnbalance.linalg.arrays import EPS

from ..forty_digits import is_in_doubt, nearness
from ..models import random_matrix, random_system


def system_of(A, *, dt=0, E=None):
    """A system with the given pencil."""
    n = len(A)
    return dln.LinearSystem(A, np.ones((n, 1)), np.ones((1, n)), E=E, dt=dt)


# -- systems that are stable ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fastest", [1.0, 1e6, 1e8, 1e14, 1e100])
def test_slow_poles_beside_fast_ones_are_stable(fastest):
    assert is_stable(system_of(-np.diag([1e-9, 1.0, fastest])))
    assert is_stable(system_of(np.array([[-1e-9, fastest], [0.0, -fastest]])))


@pytest.mark.parametrize("sink", [1e-9, 1e-13, 1e-30])
def test_a_slow_sink_of_a_compartment_model_is_stable(sink):
    assert is_stable(system_of(np.array([[-2.0, 1.0, 0.0], [1.0, -2.0, 0.0], [1.0, 1.0, -sink]])))


@pytest.mark.parametrize("returned", [0.1, 0.5, 0.9])
def test_a_slow_sink_in_a_loop_is_judged_by_its_entries(returned):
    """det = −3·1e-13 + … is a sum of products that rounding of the entries cannot make zero."""
    A = np.array([[-2.0, 1.0, 0.0], [1.0, -2.0, returned * 1e-13], [1.0, 1.0, -1e-13]])
    assert EPS * nearness(system_of(A), [0.0]) < 1e-13
    assert is_stable(system_of(A))


def test_a_slow_sink_that_errors_of_a_hundred_eps_cannot_stop_is_stable():
    """What flows back falls short of what flows out by a share that errors of 130 eps in every entry might close."""

    def loop(shortfall):
        back = (1 - shortfall) * 1e-13
        return system_of(np.array([[-2.0, 1.0, 0.0], [1.0, -2.0, back], [1.0, 1.0, -1e-13]]))

    shortfall = 130 * EPS * 1e-8 * nearness(loop(1e-8), [0.0])
    assert is_in_doubt(loop(shortfall), errors=200)
    assert not is_in_doubt(loop(shortfall), errors=100)
    assert is_stable(loop(shortfall))


def test_lags_in_a_row_are_stable_however_many():
    for n in (20, 60):
        assert is_stable(system_of(np.diag(-1 / np.arange(1.0, n + 1)) + np.eye(n, k=-1)))


def test_poles_of_discrete_triangular_systems_may_be_an_eps_away():
    assert is_stable(system_of(np.array([[1 - 4 * EPS, 1e6], [0.0, 0.5]]), dt=1.0))
    with pytest.raises(UnstableSystemError, match="1 of 2 too close"):
        check_stable(system_of(np.array([[1 - EPS / 2, 1e6], [0.0, 0.5]]), dt=1.0))


@pytest.mark.parametrize("descriptor", [False, True])
@pytest.mark.parametrize("decades", [6, 60])
def test_units_do_not_change_the_verdict(rng, descriptor, decades):
    for k in range(10):
        system = random_system(rng, 5, 1, 1, descriptor=descriptor)
        r, d = 10.0 ** rng.uniform(-decades, decades, (2, 5))
        if not descriptor:
            r = 1 / d
        E = r[:, None] * system.E * d if descriptor else None
        shift = system.poles().real.max() if k % 2 else 0.0  # a pole on the axis, to rounding
        A = system.A - shift * system.descriptor
        assert is_stable(system_of(r[:, None] * A * d, E=E)) == (not k % 2)


def near_the_boundary(rng):
    """A random system some of whose poles lie 1e-4 … 1e-16 of the others' size from the stability boundary."""
    complex_entries, discrete, descriptor = rng.random(3) < 0.4
    n = int(rng.integers(2, 7))
    poles = -(10.0 ** rng.uniform(-8, 0, n)) * (1 + 0j)
    if complex_entries:
        poles = poles + 1j * rng.standard_normal(n)
    poles[0] = poles[0].imag * 1j - 10.0 ** rng.uniform(-16, -4)
    poles = np.exp(poles) if discrete else poles
    A = np.diag(poles if complex_entries else poles.real)
    if rng.random() < 0.7:
        T = random_matrix(rng, n, n, complex_entries=complex_entries)
        A = la.solve(T, A @ T)
    else:
        A = A + np.triu(random_matrix(rng, n, n, complex_entries=complex_entries), 1)
    E = random_matrix(rng, n, n) + 3 * np.eye(n) if descriptor else None
    return system_of(A if E is None else E @ A, E=E, dt=1.0 if discrete else 0)


def test_none_is_refused_whose_poles_a_hundred_eps_cannot_move(rng):
    """And none is taken that 1/10 eps moves: in between is what the constants of the check decide."""
    refused = taken = 0
    for _ in range(90):
        system = near_the_boundary(rng)
        if is_stable(system):
            taken += 1
            assert not is_in_doubt(system, errors=0.1)
        else:
            refused += 1
            assert is_in_doubt(system, errors=100)
    assert refused > 5
    assert taken > 30


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("descriptor", [False, True])
def test_what_errors_of_a_hundred_eps_cannot_reach_is_stable(rng, discrete, descriptor):
    """Systems with a pole at such a distance that errors of 170 eps in every entry, and no fewer, may reach it."""

    def at(distance):
        A = here.A - distance * (here.A if discrete else here.descriptor)
        return system_of(A, E=here.E, dt=here.dt)

    for _ in range(8):
        given = random_system(rng, 4, 1, 1, descriptor=descriptor)
        A = given.A - given.poles().real.max() * given.descriptor
        if discrete:  # the largest pole of the exponential is 1, if that of A is real
            A = given.descriptor @ la.expm(la.solve(given.descriptor, A))
        here = system_of(A, E=given.E, dt=1.0 if discrete else 0)
        poles = here.poles()
        worst = poles[np.argmax(np.abs(poles) if discrete else poles.real)]
        point = worst / abs(worst) if discrete else 1j * worst.imag
        reach = 1e-6 * nearness(at(1e-6), [point])  # of relative errors, in units of the distance
        assert is_stable(at(170 * EPS * reach))
        assert is_in_doubt(at(170 * EPS * reach), errors=400)


# -- systems that are not ---------------------------------------------------------------------------------------------


def rod_without_ends(n):
    """Heat conduction in a rod whose ends are insulated: one pole at zero, the others negative."""
    A = np.diag(np.full(n, -2.0)) + np.eye(n, k=1) + np.eye(n, k=-1)
    A[0, 0] = A[-1, -1] = -1.0
    return A


@pytest.mark.parametrize("n", [2, 40, 100])
@pytest.mark.parametrize("scale", [1.0, 1e9])
def test_one_pole_at_zero_is_one_pole(n, scale):
    with pytest.raises(UnstableSystemError, match=f"got 1 of {n} ") as refusal:
        check_stable(system_of(scale * rod_without_ends(n)))
    assert "dlnbalance.split" in str(refusal.value)


@pytest.mark.parametrize(
    ("A", "dt", "count", "worst"),
    [
        ([[1.0]], 0, "1 of 1 outside or on it", "the worst at 1;"),
        ([[-1.0, 0.0, 0.0], [0.0, 0.0, 2.0], [0.0, -2.0, 0.0]], 0, "2 of 3 on its boundary", "2j"),
        ([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, -1.0]], 0, "2 of 3 outside or on it", "the worst at 0;"),
        ([[0.5, 1.0], [0.0, -1.5]], 1.0, "1 of 2 outside or on it", "the worst at -1.5;"),
        ([[0.0, 1.0], [-1.0, 0.0]], True, "2 of 2 on its boundary", "1j"),
    ],
)
def test_the_refusal_counts_the_poles_at_fault_and_names_the_worst(A, dt, count, worst):
    with pytest.raises(UnstableSystemError) as refusal:
        check_stable(system_of(np.array(A), dt=dt))
    assert count in str(refusal.value)
    assert worst in str(refusal.value)
    assert not is_stable(system_of(np.array(A), dt=dt))


def test_hidden_integrators_are_refused_in_any_coordinates(rng):
    for discrete in (False, True):
        for _ in range(20):
            T = random_matrix(rng, 6, 6)
            poles = np.array([-1.0, -2.0, -3.0, -4.0, -5.0, 0.0])
            A = la.solve(T, np.diag(np.exp(poles) if discrete else poles) @ T)
            with pytest.raises(UnstableSystemError, match="1 of 6"):
                check_stable(system_of(A, dt=1.0 if discrete else 0))


def test_undamped_pairs_are_refused_as_pairs(rng):
    T = random_matrix(rng, 4, 4)
    A = la.solve(T, la.block_diag([[0.0, 1e3], [-1e3, 0.0]], -1.0, -2.0) @ T)
    with pytest.raises(UnstableSystemError, match="2 of 4"):
        check_stable(system_of(A))


def test_clusters_of_poles_that_errors_spread_are_refused():
    """A Jordan block of size 8 at −0.01: errors of eps spread its poles over a circle of radius eps^(1/8) = 0.01."""
    block = -0.01 * np.eye(8) + np.eye(8, k=1)
    assert is_stable(system_of(block))  # triangular: its entries are its poles
    loop = block.copy()
    loop[-1, 0] = 1e-30  # in one loop, and no error of it matters
    assert is_stable(system_of(loop))
    T = la.hadamard(8) / np.sqrt(8)
    full = system_of(T @ block @ T)
    assert is_in_doubt(full, errors=1)
    assert not is_stable(full)


def test_singular_descriptors_are_refused_first():
    with pytest.raises(SingularDescriptorError):
        check_stable(system_of(-np.eye(2), E=np.diag([1.0, 0.0])))


def test_no_states_no_poles():
    check_stable(dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0))))


@pytest.mark.parametrize("discrete", [False, True])
def test_pairs_of_states_are_judged_together_as_they_are_alone(rng, discrete):
    """Independent pairs from well damped to undamped: as stable beside each other as each by itself."""
    damping, turns = 10.0 ** -np.arange(0.0, 20.0), rng.uniform(0.1, 3.0, 20)
    pairs, dt = [], 1.0 if discrete else 0
    for zeta, omega in zip(damping, turns, strict=True):
        pair = np.array([[-zeta, 1.0], [-1.0, -zeta]]) * omega
        pairs.append(la.expm(pair) if discrete else pair)

    alone = [is_stable(system_of(pair, dt=dt)) for pair in pairs]
    assert alone[0]
    assert not alone[-1]
    together = system_of(la.block_diag(*pairs), dt=dt)
    found = not_stable(together).reshape(-1, 2)
    order = together.coordinates.order.reshape(-1, 2)[:, 0] // 2
    for k, pair in enumerate(order):
        assert found[k].any() == (not alone[pair])
