"""Which poles are meant."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.decompositions import Band
from dlnbalance.decompositions.pole_selection import chosen, named_poles
from dlnbalance.errors import InvalidArgumentError

MOTOR = dln.LinearSystem([[-1.0, 2.0, 0.0], [-2.0, -1.0, 0.0], [0.0, 0.0, 0.0]], np.ones((3, 1)), np.ones((1, 3)))


def poles_of(system, region):
    return sorted(system.poles()[chosen(system, region)[0]], key=lambda pole: (pole.real, pole.imag))


@pytest.mark.parametrize(
    "region, expected",
    [
        ("stable", [-1 - 2j, -1 + 2j]),
        (Band(0, 1), [0]),
        (lambda poles: poles.imag != 0, [-1 - 2j, -1 + 2j]),
        ([-1 + 2j], [-1 - 2j, -1 + 2j]),
        ([0, -1 - 2j], [-1 - 2j, -1 + 2j, 0]),
        (np.array([0.0]), [0]),
    ],
)
def test_regions_of_every_kind(region, expected):
    np.testing.assert_allclose(poles_of(MOTOR, region), expected, atol=1e-12)


def test_a_complex_system_may_have_one_of_two_conjugate_poles():
    system = dln.LinearSystem(np.diag([-1 + 2j, -1 - 2j]), np.ones((2, 1)), np.ones((1, 2)))
    assert poles_of(system, [-1 + 2j]) == pytest.approx([-1 + 2j])
    assert poles_of(system, lambda poles: poles.imag < 0) == pytest.approx([-1 - 2j])


@pytest.mark.parametrize(
    "region, said",
    [
        ("unstable", "'stable'"),
        (3.0, "'stable'"),
        ([], "'stable'"),
        ([1.0], "the nearest is"),
        (["x[0]"], r"region\[0\]: expected a pole"),
        ([0, 0], "the nearest is"),
        (lambda poles: poles.imag > 0, "without its conjugate"),
        (lambda poles: bool(poles.size), "3 poles"),
        (lambda poles: poles, "array of bool"),
    ],
)
def test_what_is_no_region_is_refused(region, said):
    with pytest.raises(InvalidArgumentError, match=said):
        chosen(MOTOR, region)


def test_a_pole_named_twice_stands_for_two():
    system = dln.LinearSystem(np.diag([-1.0, -1.0, -2.0]), np.ones((3, 1)), np.ones((1, 3)))
    assert named_poles(system, [-1, -1], "keep").sum() == 2
    assert named_poles(system, [-1], "keep").sum() == 1
