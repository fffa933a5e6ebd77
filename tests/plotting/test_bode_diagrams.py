"""Bode diagrams: they show the response, on any grid, of any kind of system."""

import numpy as np
import pytest
import scipy.linalg as la

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


def test_units_by_option():
    gain, phase = bode(LAGS, [1.0, 10.0], hz=True, db=True)
    [curve] = gain.lines
    assert np.allclose(curve.get_xdata(), np.array([1.0, 10.0]) / (2 * np.pi))
    response = dln.frequency_response(LAGS, [1.0, 10.0])[:, 0, 0]
    assert np.allclose(curve.get_ydata(), 20 * np.log10(np.abs(response)))
    assert gain.get_ylabel() == "gain (dB)"
    assert gain.get_yscale() == "linear"
    assert phase.get_xlabel() == "frequency (Hz)"
    unspecified = dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=True)
    assert bode(unspecified, hz=True)[-1].get_xlabel() == "frequency (cycles/sample)"


def test_units_of_signals_are_those_of_the_gain():
    arm = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]], inputs=["torque [Nm]"], outputs=["angle (rad)"])
    assert bode(arm)[0].get_ylabel() == "gain (rad per Nm)"
    assert bode(arm, db=True)[0].get_ylabel() == "gain (rad per Nm, dB)"


def test_singular_values_of_several_signals(rng):
    system = random_system(rng, 5, 2, 3)
    [axes] = bode(system)
    omega = axes.lines[0].get_xdata()
    values = np.linalg.svd(dln.frequency_response(system, omega), compute_uv=False)
    assert np.allclose([line.get_ydata() for line in axes.lines], values.T)


def test_channels_by_name(rng):
    system = random_system(rng, 5, 2, 3)
    model = dln.reduce(system, 3)
    every = bode(model, channels=True)
    assert len(every) == 12
    assert [axes.get_title() for axes in every[:6]] == [f"u[{j}] → y[{i}]" for i in range(3) for j in range(2)]
    gain, phase = bode(model, channels=[("y[2]", "u[1]")])
    curves = lines(gain)
    omega = curves["full, n = 5"].get_xdata()
    full = dln.frequency_response(model.full, omega)[:, 2, 1]
    reduced = dln.frequency_response(model.linear, omega)[:, 2, 1]
    assert np.allclose(curves["full, n = 5"].get_ydata(), np.abs(full))
    assert np.allclose(curves["error of the reduced model"].get_ydata(), np.abs(full - reduced), rtol=1e-6, atol=1e-12)
    assert phase.get_ylabel() == "phase (degrees)"
    for bad in ([("y[2]", "nothing")], [("y[2]",)], [], 3, [(3, 0)]):
        with pytest.raises(InvalidArgumentError, match="channels"):
            bode(model, channels=bad)


def test_phases_of_a_full_and_a_reduced_model_stay_together():
    """Sharp resonances turn the phase by 180° between two points of a grid, in either direction."""
    blocks = [np.array([[-1e-6 * w, w], [-w, -1e-6 * w]]) for w in (1.0, 10.0, 100.0)]
    system = dln.LinearSystem(la.block_diag(*blocks), np.tile([[0.0], [1.0]], (3, 1)), np.tile([[1.0, 0.0]], 3))
    model = dln.reduce(system, 4)
    omega = np.geomspace(0.1, 30, 40)
    first, second = (line.get_ydata() for line in bode(model, omega)[1].lines)
    responses = [dln.frequency_response(part, omega)[:, 0, 0] for part in (model.full, model.linear)]
    close = np.abs(responses[0] - responses[1]) < 0.5 * np.abs(responses[0])
    assert close.sum() > 20
    assert np.abs(first - second)[close].max() < 60


def test_titles_and_names_of_systems_without_a_name():
    gain, _ = bode(LAGS)
    assert gain.get_title() == "Frequency response"
    assert list(lines(gain)) == ["n = 3"]
    model = dln.reduce(LAGS, 2)
    assert bode(model)[0].get_title() == "Frequency response, r = 2 of 3, and error"
    named = dln.reduce(dln.examples.get("heat-rod"), 2)
    assert bode(named)[0].get_title() == "heat-rod: frequency response, r = 2 of 30, and error"
    assert list(lines(bode([LAGS, LAGS])[0])) == ["n = 3 (1 of 2)", "n = 3 (2 of 2)"]


def test_labels_must_fit():
    with pytest.raises(InvalidArgumentError, match="labels"):
        bode([LAGS, RESONANT], labels=["one"])
