"""Shifts for known poles, against the product of factors that they stand for."""

import numpy as np

from dlnbalance.linalg.sparse.planned_shifts import PlannedShifts
from dlnbalance.linalg.sparse.shifts import History


def remaining(points, shifts):
    """The largest modulus of the product of all factors, shifts and their conjugates."""
    product = np.ones(points.size)
    for shift in shifts:
        for alpha in {shift, np.conj(shift)}:
            product = product * np.abs((points - np.conj(alpha)) / (points + alpha))
    return product.max()


def test_as_many_shifts_as_foreseen_damp_all_points():
    points, tol = -0.05 + 1j * np.linspace(0.1, 2, 400), 1e-8
    plan, used = PlannedShifts(points, np.zeros(400), History([], [], paired=True)), []
    foreseen = plan.foreseen(tol)
    while not plan.is_done(tol):
        used.append(plan.shift())
        plan.take(used[-1], 1)
    assert len(used) == foreseen
    assert remaining(points, used) <= tol**0.5


def test_the_number_on_a_strip_is_near_that_of_its_capacity():
    r"""Even shifts on Re = −a at a distance h leave exp(−2πa/h): :math:`W \ln(1/δ) / (2 π a)` pairs for a length W.

    Greedy ones take a fifth more, and go a little further.
    """
    damping, length, tol = 0.01, 2.0, 1e-10
    points = -damping + 1j * np.linspace(0.5, 0.5 + length, 2000)
    least = length * np.log(tol**-0.5) / (2 * np.pi * damping)
    foreseen = PlannedShifts(points, np.zeros(2000), History([], [], paired=True)).foreseen(tol)
    assert least <= foreseen <= 1.4 * least


def test_what_was_done_before_counts():
    points = np.array([-1.0 + 5j, -2.0 + 0j])
    plan = PlannedShifts(points, np.zeros(2), History([-1 - 5j], [1], paired=True))
    assert plan.shift() == -2
    assert plan.foreseen(1e-10) == 1


def test_points_of_no_weight_take_no_shift():
    plan = PlannedShifts(np.array([-1.0 + 5j]), np.array([-40.0]), History([], [], paired=True))
    assert plan.is_done(1e-10)
    assert plan.foreseen(1e-10) == 0


def test_more_than_wanted_are_not_counted():
    points = -1e-6 + 1j * np.linspace(1, 2, 300)
    plan = PlannedShifts(points, np.zeros(300), History([], [], paired=True))
    assert plan.foreseen(1e-10, most=7) == 7
