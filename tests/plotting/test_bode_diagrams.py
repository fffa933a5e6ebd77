"""Bode diagrams: they show the response, on any grid, of any kind of system."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.plotting import bode, rendered

from ..models import random_system
from .curves import lines

RESONANT = dln.LinearSystem([[0, 1], [-1, -2e-4]], [[0], [1]], [[1, 0]], name="resonator")
LAGS = dln.LinearSystem(np.diag([-1.0, -20.0, -300.0]), np.ones((3, 1)), np.ones((1, 3)))


@pytest.mark.parametrize(
    "system",
    [
        dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)), [[2.0]]),
        dln.LinearSystem([[0.0]], [[1.0]], [[1.0]]),
        dln.LinearSystem([[0.0]], [[1.0]], [[1.0]], dt=0.5),
        dln.LinearSystem([[1.0]], [[1.0]], [[1.0]], dt=0.5),
        dln.LinearSystem(np.diag([-1e-12, -1e12]), np.ones((2, 1)), np.ones((1, 2))),
    ],
    ids=["static", "integrator", "delay", "accumulator", "24 decades"],
)
def test_grid_of_odd_systems_is_usable(system):
    grid = dln.frequency_grid(system)
    assert grid[0] > 0
    assert np.isfinite(grid).all()
    assert (np.diff(grid) > 0).all()
    assert grid[-1] / grid[0] < 1.01e10
    rendered(bode(system), "png")


@pytest.mark.parametrize("discrete", [False, True])
def test_bode_draws_the_response(rng, discrete):
    system = random_system(rng, 5, 1, 1, discrete=discrete)
    gain, phase = bode(system).axes
    [curve] = gain.lines
    omega = curve.get_xdata()
    response = dln.frequency_response(system, omega)[:, 0, 0]
    assert np.allclose(curve.get_ydata(), np.abs(response))
    assert np.allclose(np.exp(1j * np.radians(phase.lines[0].get_ydata())), response / np.abs(response))


@pytest.mark.parametrize("inputs, outputs, complex_entries", [(1, 1, False), (2, 3, False), (1, 1, True), (2, 2, True)])
@pytest.mark.parametrize("discrete", [False, True])
def test_bode_of_a_reduced_model(rng, inputs, outputs, complex_entries, discrete):
    system = random_system(rng, 6, inputs, outputs, discrete=discrete, complex_entries=complex_entries)
    model = dln.reduce(system, 3)
    peak = model.error()
    figure = bode(model, peak=peak)
    curves = lines(figure.axes[0])
    assert curves[f"proved bound {model.bound:.3g}"].get_ydata()[0] == model.bound
    error = np.asarray(curves["error of the reduced model"].get_ydata())
    assert error.max() <= peak.value * (1 + 1e-6)
    assert error.max() > 0.9 * peak.value
    assert {"full, n = 6", "reduced, r = 3"} <= set(curves)
    assert len(figure.axes) == (2 if inputs == outputs == 1 and not complex_entries else 1)
    assert ("±ω" in figure.axes[0].get_ylabel()) == complex_entries
    rendered(figure, "png")


def test_bode_draws_several_systems_up_to_their_nyquist_frequencies():
    sampled = dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=0.1)
    gain, phase = bode([LAGS, sampled], labels=["continuous", "sampled"]).axes
    curves = lines(gain)
    assert curves["sampled"].get_xdata()[-1] <= np.pi / 0.1
    assert curves["continuous"].get_xdata()[-1] == pytest.approx(3000)
    assert len(phase.lines) == 2


def test_bode_takes_what_as_system_reads_and_given_frequencies():
    import control

    figure = bode(control.ss(-1, 1, 1, 0), [3.0, 1.0, 2.0])
    assert figure.axes[0].lines[0].get_xdata().tolist() == [1.0, 2.0, 3.0]
    rendered(bode(([[-1.0]], [[1.0]], [[1.0]]), 1.0), "png")


def test_phases_start_on_the_same_branch():
    negative = -1 * dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])
    nearly = -1 * dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], [[1e-9]])
    starts = [line.get_ydata()[0] for line in bode([negative, nearly], labels=["a", "b"]).axes[1].lines]
    assert abs(starts[0] - starts[1]) < 180


def test_a_response_that_is_zero_everywhere_is_drawn_empty():
    rendered(bode(dln.LinearSystem([[-1.0]], [[1.0]], [[0.0]])), "png")


def test_units_and_titles():
    unspecified = dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=True)
    assert bode(unspecified).axes[-1].get_xlabel() == "frequency (rad/sample)"
    assert bode(RESONANT).axes[-1].get_xlabel() == "frequency (rad/s)"
    assert "resonator" in bode(RESONANT).axes[0].get_title()


def test_names_are_not_read_as_formulas_and_do_not_fill_the_picture():
    named = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], name="cost $x_{ and a very " + "long " * 30)
    figure = bode(named)
    rendered(figure, "png")
    assert len(figure.axes[0].get_title()) < 60


@pytest.mark.parametrize("omega", [[0.0, 1.0], [-1.0], [np.inf], [np.nan], [], ["a"], [[1.0, 2.0]], [1j]])
def test_frequencies_that_a_logarithmic_axis_cannot_show(omega):
    with pytest.raises(InvalidArgumentError, match="omega"):
        bode(LAGS, omega)


def test_labels_must_fit():
    with pytest.raises(InvalidArgumentError, match="labels"):
        bode([LAGS, RESONANT], labels=["one"])
