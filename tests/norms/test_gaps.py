"""The ν-gap against closed forms, published values and the chordal distance on a grid."""

import control
import numpy as np
import pytest
import scipy.linalg as la

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError, UnstableSystemError
from dlnbalance.linalg.arrays import adjoint
from dlnbalance.norms import NuGap, PeakGain, nu_gap

from ..models import assert_small, random_gauge, random_matrix


def lag(pole, gain=1.0):
    return dln.LinearSystem([[pole]], [[1.0]], [[gain]])


def random_plant(rng, n, m, p, *, complex_entries=False, discrete=False):
    shapes = [(n, n), (n, m), (p, n), (p, m)]
    A, B, C, D = (random_matrix(rng, *shape, complex_entries=complex_entries) for shape in shapes)
    return dln.LinearSystem(1.2 * A / np.sqrt(n), B, C, D, dt=0.1 if discrete else 0)


def changed(system, rng, size):
    """A system near by, with other poles."""
    return dln.LinearSystem(
        system.A + size * random_matrix(rng, *system.A.shape), system.B, system.C, system.D, dt=system.dt
    )


def chordal(first, second, omega):
    """κ from its definition, (I + GG*)^(-1/2) (G − H) (I + H*H)^(-1/2)."""
    distances = []
    for G, H in zip(*(dln.frequency_response(system, omega) for system in (first, second)), strict=True):
        left, right = np.eye(len(G)) + G @ adjoint(G), np.eye(H.shape[1]) + adjoint(H) @ H
        distances.append(la.norm(la.inv(la.sqrtm(left)) @ (G - H) @ la.inv(la.sqrtm(right)), 2))
    return np.array(distances)


@pytest.mark.parametrize(("a", "b"), [(1.0, 0.5), (1.0, -0.9), (-2.0, 0.3), (-1.0, -3.0), (0.0, 1e-3), (1e-9, -1e-9)])
def test_two_lags_in_closed_form(a, b):
    """1/(s − a) and 1/(s − b) are farthest apart at ω = 0, by |a − b| / √((1 + a²)(1 + b²)), as long as ab > −1."""
    gap = nu_gap(lag(a), lag(b))
    assert_small(abs(float(gap) - abs(a - b) / np.hypot(1, a) / np.hypot(1, b)), 1.0, 40)
    assert gap.frequency == pytest.approx(0.0, abs=1e-6)
    assert gap.winding == 0


@pytest.mark.parametrize(("a", "b"), [(2.0, -2.0), (-3.0, 0.5), (1.0, -1.01)])
def test_beyond_that_the_winding_numbers_differ(a, b):
    gap = nu_gap(lag(a), lag(b))
    assert float(gap) == 1
    assert gap.winding
    assert gap.distance == pytest.approx(abs(a - b) / np.hypot(1, a) / np.hypot(1, b), rel=1e-12)
    assert str(gap).startswith("1 (the winding numbers differ by 1; largest distance")


@pytest.mark.parametrize(("a", "b"), [(1.5, 0.5), (1.0, 0.9), (-0.5, 0.5)])
def test_two_discrete_lags_in_closed_form(a, b):
    """1/(z − a) and 1/(z − b): the largest of |a − b| / √((1 + |z − a|²)(1 + |z − b|²)) on the circle."""
    first, second = (dln.LinearSystem([[pole]], [[1.0]], [[1.0]], dt=True) for pole in (a, b))
    gap = nu_gap(first, second)
    z = np.exp(1j * np.linspace(0, np.pi, 4001))
    expected = (abs(a - b) / np.hypot(1, np.abs(z - a)) / np.hypot(1, np.abs(z - b))).max()
    assert expected * (1 - 1e-12) <= gap.value <= expected * (1 + 1e-6)  # the grid misses the peak by 1e-7 of its width
    assert gap.unit == "rad/sample"


#: Examples in the documentation of gapmetric (MATLAB, Robust Control Toolbox), to the digits that are printed there.
PUBLISHED = [
    (([1], [1, -0.001]), ([1], [1, 0.001]), 0.0020),
    (([1, 2], [1, 5, 10]), ([1, 1], [1, 3, 10]), 0.1390),
]


@pytest.mark.parametrize(("first", "second", "value"), PUBLISHED)
def test_published_values(first, second, value):
    assert float(nu_gap(control.tf(*first), control.tf(*second))) == pytest.approx(value, abs=5e-5)


def test_stable_and_unstable_with_a_large_gain():
    """100/(2s + 1) and 100/(2s − 1), alike in closed loop: 2·100/(1 + 100²) at ω = 0."""
    gap = nu_gap(lag(-0.5, 50.0), lag(0.5, 50.0))
    assert_small(abs(float(gap) - 200 / 10001), 1.0, 40)


def test_the_value_is_the_largest_chordal_distance(rng, complex_entries, discrete):
    first = random_plant(rng, 4, 2, 3, complex_entries=complex_entries, discrete=discrete)
    second = changed(first, rng, 0.05)
    gap = nu_gap(first, second)
    assert gap.winding == 0
    assert_small(abs(gap.value - chordal(first, second, [gap.frequency]).item()), 1.0, 2000)
    omega = np.concatenate([np.linspace(-31.4, 31.4, 501), np.geomspace(1e-3, 10, 100)])
    assert chordal(first, second, omega).max() <= gap.value * (1 + 1e-9)


def winding_by_sampling(first, second):
    """Winding number of det(I + G_2*G_1) by its phase on a dense grid, plus the poles that Vinnicombe counts."""
    omega = np.concatenate([-np.geomspace(1e5, 1e-5, 40001), np.geomspace(1e-5, 1e5, 40001)])
    G, H = (dln.frequency_response(system, omega) for system in (first, second))
    phase = np.unwrap(np.angle(np.linalg.det(np.eye(G.shape[2]) + H.conj().transpose(0, 2, 1) @ G)))
    unstable = [np.count_nonzero(system.poles().real > 0) for system in (first, second)]
    return round((phase[0] - phase[-1]) / (2 * np.pi)) + unstable[0] - unstable[1]


def test_the_winding_number_is_that_of_vinnicombe(rng):
    """wno det(I + G_2*G_1) + η(G_1) − η(G_2) = 0, counted by the phase; with several plants of both kinds."""
    verdicts = set()
    for size in (0.1, 0.5, 2.0):
        first = random_plant(rng, 3, 2, 2)
        first = dln.LinearSystem(first.A, first.B, first.C)
        for second in (changed(first, rng, size), first.with_matrices(-first.A, first.B, -first.C)):
            gap = nu_gap(first, second)
            assert (gap.winding == 0) == (winding_by_sampling(first, second) == 0)
            verdicts.add(gap.winding == 0)
    assert verdicts == {True, False}


def test_it_is_a_metric(rng, discrete):
    first = random_plant(rng, 3, 2, 2, discrete=discrete)
    second, third = changed(first, rng, 0.1), changed(first, rng, 0.1)
    gaps = [float(nu_gap(*pair)) for pair in [(first, second), (second, third), (first, third)]]
    assert_small(abs(gaps[0] - float(nu_gap(second, first))), 1.0, 1e5)  # the peaks are found to 1e-9 at least
    assert gaps[2] <= gaps[0] + gaps[1]
    assert float(nu_gap(first, first)) <= 1e-12


def test_neither_coordinates_nor_states_without_effect_matter(rng, complex_entries):
    first = random_plant(rng, 4, 1, 2, complex_entries=complex_entries)
    T = random_gauge(rng, 4, complex_entries=complex_entries)
    turned = first.with_matrices(T @ first.A @ la.inv(T), T @ first.B, first.C @ la.inv(T))
    more = dln.LinearSystem(
        la.block_diag(first.A, -np.eye(1)),
        np.vstack([first.B, [[1.0]]]),
        np.hstack([first.C, np.zeros((2, 1))]),
        first.D,
    )
    assert float(nu_gap(first, turned)) <= 1e-11
    assert float(nu_gap(first, more)) <= 1e-11


def test_robustness_is_lost_by_no_more_than_the_gap():
    """b = 0.7069 for 4/(s − 0.001) and the controller 1 (MATLAB's ncfmargin); arcsin b' ≥ arcsin b − arcsin δ."""
    omega = np.geomspace(1e-6, 1e4, 20001)

    def least(system):
        G = dln.frequency_response(system, omega)[:, 0, 0]
        return float(np.min(np.abs(1 + G) / np.sqrt(2 * (1 + np.abs(G) ** 2))))

    first, second = lag(0.001, 4.0), lag(-0.2, 3.0)
    assert least(first) == pytest.approx(0.7069, abs=5e-5)
    assert np.arcsin(least(second)) >= np.arcsin(least(first)) - np.arcsin(float(nu_gap(first, second)))


def test_static_systems():
    """Two gains are tan of two angles; their distance is the sine of the difference."""
    first, second = (dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[k]]) for k in (0.5, -3.0))
    assert_small(abs(float(nu_gap(first, second)) - np.sin(np.arctan(0.5) + np.arctan(3.0))), 1.0, 8)


def test_what_it_prints_and_is():
    gap = nu_gap(lag(1.0), lag(0.5))
    assert isinstance(gap, NuGap)
    assert isinstance(gap, PeakGain)
    assert str(gap) == "0.316228 at 0 rad/s"
    assert gap.norm == "ν-gap"
    assert 0 < gap.rounding < 1e-13


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(InvalidArgumentError, match="same signals"):
        nu_gap(lag(1.0), ([[1.0]], [[1.0, 1.0]], [[1.0]]))
    with pytest.raises(InvalidArgumentError, match="time base"):
        nu_gap(lag(1.0), ([[0.5]], [[1.0]], [[1.0]], None, 0.1))
    with pytest.raises(UnstableSystemError, match=r"dln\.minreal"):
        nu_gap(lag(1.0), ([[1.0]], [[0.0]], [[1.0]]))
