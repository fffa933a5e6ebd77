"""Step and impulse responses: those of python-control, in the units of the system."""

import control
import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.plotting import impulse, rendered, step
from dlnbalance.plotting.time_responses import horizon

from ..models import random_system
from .curves import lines


@pytest.mark.filterwarnings("ignore:System has direct feedthrough")
@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("picture, oracle", [(step, control.step_response), (impulse, control.impulse_response)])
def test_responses_are_those_of_control(rng, picture, oracle, discrete):
    system = random_system(rng, 4, 2, 3, discrete=discrete)
    drawing = picture(system, until=2.0)
    assert len(drawing) == 6
    times = drawing[0].lines[0].get_xdata()
    found = np.reshape([axes.lines[0].get_ydata() for axes in drawing], (3, 2, -1))
    expected = oracle(system.to_control(), times, squeeze=False).outputs
    if picture is impulse and discrete:  # control scales the impulse by 1/dt
        expected = expected * system.sampling_time
    start = 1 if picture is impulse and not discrete else 0
    assert np.allclose(found[..., start:], expected[..., start:], atol=1e-10)


def test_a_full_and_a_reduced_model_lie_over_each_other(rng):
    model = dln.reduce(random_system(rng, 5, 1, 1), 3)
    [axes] = step(model)
    curves = lines(axes)
    assert set(curves) == {"full, n = 5", "reduced, r = 3"}
    assert axes.get_title() == "Step response, r = 3 of 5"
    final = curves["full, n = 5"].get_ydata()[-1]
    assert abs(final - model.full.dcgain().item()) < 0.2 * np.ptp(curves["full, n = 5"].get_ydata())


def test_time_is_in_seconds_or_samples():
    sampled = dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=0.1)
    [axes] = step(sampled, until=0.5)
    assert np.allclose(axes.lines[0].get_xdata(), [0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert axes.lines[0].get_drawstyle() == "steps-post"
    assert axes.get_xlabel() == "time (s)"
    counted = dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=True)
    assert step(counted)[0].get_xlabel() == "time (samples)"


def test_names_and_units_of_the_signals():
    arm = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], inputs=["torque [Nm]"], outputs=["angle [rad]"], name="arm")
    [axes] = step(arm)
    assert (axes.get_ylabel(), axes.get_title()) == ("angle [rad]", "arm: step response")
    [axes] = step(random_system(np.random.default_rng(0), 3, 2, 2), channels=[("y[1]", "u[0]")])
    assert axes.get_title() == "u[0] → y[1]"


def test_descriptor_systems():
    plain = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], [[2.0]])
    scaled = dln.LinearSystem([[-3.0]], [[3.0]], [[1.0]], [[2.0]], E=[[3.0]])
    algebraic = dln.LinearSystem([[-1.0, 0.0], [0.0, -1.0]], [[1.0], [2.0]], [[1.0, 1.0]], E=np.diag([1.0, 0.0]))
    curves = [step(each, until=3.0)[0].lines[0].get_ydata() for each in (plain, scaled, algebraic)]
    assert np.allclose(curves[0], curves[1])
    assert np.allclose(curves[0], curves[2])
    differentiator = dln.LinearSystem(np.eye(2), [[0.0], [1.0]], [[-1.0, 0.0]], E=[[0.0, 1.0], [0.0, 0.0]])
    with pytest.raises(InvalidArgumentError, match="proper"):
        step(differentiator)


def test_complex_systems_show_both_parts():
    [axes] = step(dln.LinearSystem([[-1.0 + 2j]], [[1.0]], [[1.0]]))
    assert set(lines(axes)) == {"n = 1", "n = 1, imaginary part"}


@pytest.mark.parametrize(
    "poles, end",
    [([-2.0], np.log(100) / 2), ([-1.0, -1e6], np.log(100)), ([0.5, -1.0], 10.0), ([0.0], 10.0), ([], 10.0)],
)
def test_how_long_to_look(poles, end):
    n = len(poles)
    system = dln.LinearSystem(np.diag(poles).reshape(n, n), np.ones((n, 1)), np.ones((1, n)))
    assert horizon(system) == pytest.approx(end)


def test_a_resonance_is_shown_for_some_periods():
    w = 3.0
    resonance = dln.LinearSystem([[0.0, 1.0], [-(w**2), -1e-4]], [[0.0], [1.0]], [[1.0, 0.0]])
    assert horizon(resonance) == pytest.approx(40 * 2 * np.pi / w, rel=1e-3)


@pytest.mark.parametrize("until", [0, -1.0, np.inf, "long"])
def test_how_long_is_a_positive_number(until):
    with pytest.raises(InvalidArgumentError, match="until"):
        step(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]]), until=until)


def test_static_systems():
    static = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[2.0]])
    assert set(step(static)[0].lines[0].get_ydata()) == {2.0}
    rendered(impulse(static), "png")
