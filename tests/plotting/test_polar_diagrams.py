"""Nyquist and Nichols diagrams by python-control: the curves are the responses."""

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.plotting import nichols, nyquist, rendered

from ..models import random_system

LAGS = dln.LinearSystem(np.diag([-1.0, -20.0, -300.0]), np.ones((3, 1)), np.ones((1, 3)))


def on_the_curve(points, system):
    omega = dln.frequency_grid(system)
    response = np.append(dln.frequency_response(system, omega)[:, 0, 0], system.dcgain())
    return max(np.abs(response - point).min() for point in points)


def test_nyquist_draws_the_response():
    [axes] = nyquist(LAGS)
    line = next(line for line in axes.lines if line.get_label() == "n = 3")
    points = np.asarray(line.get_xdata()) + 1j * np.asarray(line.get_ydata())
    assert on_the_curve(points[np.isfinite(points)], LAGS) < 1e-6
    assert axes.get_title() == "Nyquist diagram"


def test_nichols_draws_gain_and_phase_down_to_sixty_decibels():
    [axes] = nichols(dln.reduce(LAGS, 2))
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["full, n = 3", "reduced, r = 2"]
    line = next(line for line in axes.lines if line.get_label() == "full, n = 3")
    gains = 10 ** (np.asarray(line.get_ydata()) / 20)
    points = gains * np.exp(1j * np.radians(line.get_xdata()))
    assert on_the_curve(points, LAGS) < 1e-6
    assert gains.min() >= 0.9e-3 * gains.max()


def test_the_circle_of_a_resonance_is_round():
    resonance = dln.LinearSystem([[0.0, 1.0], [-1.0, -1e-4]], [[0.0], [1.0]], [[0.0, 1.0]])  # circle of radius ½·10⁴
    line = next(line for line in nyquist(resonance)[0].lines if line.get_label() == "n = 2")
    points = np.asarray(line.get_xdata()) + 1j * np.asarray(line.get_ydata())
    steps = np.abs(np.diff(points[np.isfinite(points)]))
    assert steps.max() < 0.1 * 1e4


@pytest.mark.parametrize("picture", [nyquist, nichols])
def test_discrete_systems_and_integrators(picture):
    rendered(picture([dln.c2d(LAGS, 0.1), dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=0.1)]), "png")
    rendered(picture(dln.LinearSystem([[0.0]], [[1.0]], [[1.0]])), "png")


@pytest.mark.parametrize("picture", [nyquist, nichols])
def test_several_signals_and_complex_systems_are_refused(picture, rng):
    with pytest.raises(InvalidArgumentError, match="one input and one output"):
        picture(random_system(rng, 3, 2, 1))
    with pytest.raises(InvalidArgumentError, match="real"):
        picture(dln.LinearSystem([[-1.0 + 1j]], [[1.0]], [[1.0]]))


def test_no_window_is_opened():
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    nyquist(LAGS)
    assert plt.get_fignums() == before
