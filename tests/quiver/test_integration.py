"""Steps on the gauge group: their order, what they conserve, and how they end."""

import numpy as np
import pytest
import scipy.linalg as la

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.quiver.integration import Counts, GaugeIntegrator, checked_progress, checked_rtol, largest, total_norm

from ..models import QUIVERS, norm, random_direction, random_network, random_representation


@pytest.mark.parametrize("quiver", QUIVERS)
def test_a_constant_direction_is_followed_by_its_exponential(rng, quiver, complex_entries):
    start = random_representation(rng, quiver, complex_entries=complex_entries)
    b = [0.3 * x for x in random_direction(rng, start, complex_entries=complex_entries)]
    integrator = GaugeIntegrator(lambda *_: b, rtol=1e-10, counts=Counts())
    reached = integrator.follow(start, 0.0, np.array([0.5, 2.0]))
    for time, point in zip((0.5, 2.0), reached, strict=True):
        exact = start.act([la.expm(time * x) for x in b])
        assert norm([a - c for a, c in zip(point.matrices, exact.matrices, strict=True)]) <= 1e-11 * exact.norm


def test_directions_that_do_not_commute_are_followed_to_the_fifth_order(rng):
    """g' = (a + t b) g against a fine reference: a thousandth of the error costs 1000^{1/5} = 4 times as many steps."""
    start = random_network(rng, (3, 4, 3)).representation
    a, b = ([x] for x in rng.standard_normal((2, 4, 4)) / 4)

    def direction(_point, time):
        return [x + time * y for x, y in zip(a, b, strict=True)]

    def path(rtol):
        counts = Counts()
        (point,) = GaugeIntegrator(direction, rtol=rtol, counts=counts).follow(start, 0.0, np.array([3.0]))
        return point, counts.evaluations

    reference, most = path(1e-13)
    errors, work = [], []
    for rtol in (1e-7, 1e-10):
        point, evaluations = path(rtol)
        errors.append(norm([x - y for x, y in zip(point.matrices, reference.matrices, strict=True)]) / reference.norm)
        work.append(evaluations)
    assert errors[0] <= 1e-6
    assert errors[1] <= 1e-9
    assert 2.5 <= work[1] / work[0] <= 5
    assert most > work[1]


def test_steps_stay_on_the_orbit_whatever_their_accuracy(rng, complex_entries):
    network = random_network(rng, (3, 4, 4, 2), complex_entries=complex_entries)
    integrator = GaugeIntegrator(lambda point, _time: [-m for m in point.moment_map()], rtol=1e-1, counts=Counts())
    (point,) = integrator.follow(network.representation, 0.0, np.array([0.3]))
    moved = network.with_representation(point)
    assert la.norm(moved.end_to_end - network.end_to_end) <= 1e-12 * la.norm(network.end_to_end)
    assert point.energy < network.representation.energy


def test_time_may_run_backwards(rng):
    start = random_network(rng, (3, 4, 3)).representation
    b = [rng.standard_normal((4, 4)) / 4]
    follow = GaugeIntegrator(lambda *_: b, rtol=1e-10, counts=Counts()).follow
    (there,) = follow(start, 0.0, np.array([1.0]))
    (back,) = follow(there, 1.0, np.array([0.0]))
    assert norm([x - y for x, y in zip(back.matrices, start.matrices, strict=True)]) <= 1e-10 * start.norm


def test_what_blows_up_is_refused_with_the_time_reached(rng):
    """g' = g/(1 − t) has no value at t = 1."""
    start = random_network(rng, (2, 1, 2)).representation
    integrator = GaugeIntegrator(lambda _, time: [np.eye(1) / (1 - time)], rtol=1e-8, counts=Counts())
    with pytest.raises(NumericalError, match=r"steps that become arbitrarily small at t = (1|0\.99)"):
        integrator.follow(start, 0.0, np.array([2.0]))


def test_progress_grows_to_one(rng):
    start = random_network(rng, (2, 2, 2)).representation
    shares = []
    integrator = GaugeIntegrator(lambda *_: [np.eye(2)], rtol=1e-6, counts=Counts(), progress=shares.append)
    integrator.follow(start, 0.0, np.array([1.0, 4.0]))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_norms_of_tuples(rng):
    matrices = [rng.standard_normal((3, 2)), rng.standard_normal((2, 2)), np.zeros((0, 3))]
    assert total_norm(matrices) == pytest.approx(np.sqrt(sum(la.norm(m) ** 2 for m in matrices)))
    assert largest(matrices) >= max(la.norm(m, 2) for m in matrices if m.size)
    assert largest([np.diag([3.0, -5.0])]) == 5.0
    assert largest([]) == 0.0


@pytest.mark.parametrize("rtol", [0.0, 1e-15, 1.0, -1.0, np.nan, "1", None, True])
def test_tolerances_are_checked(rtol):
    with pytest.raises(InvalidArgumentError, match=r"^rtol: "):
        checked_rtol(rtol)


def test_progress_is_a_function_or_nothing():
    assert checked_progress(None) is None
    assert checked_progress(print) is print
    with pytest.raises(InvalidArgumentError, match=r"^progress: "):
        checked_progress(1.0)
