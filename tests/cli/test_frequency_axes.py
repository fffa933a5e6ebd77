"""Axes of pictures in hertz."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import dlnbalance as dln
from dlnbalance.cli.frequency_axes import relabelled
from dlnbalance.plotting import overview
from dlnbalance.systems.frequency_units import frequencies_in

from .program import run


def test_ticks_are_at_powers_of_ten_of_a_hertz():
    figure = overview(dln.reduce(dln.examples.get("beam"), 4)).figure
    with frequencies_in("Hz"):
        relabelled(figure)
    figure.canvas.draw()
    [lower] = [axes for axes in figure.axes if "Hz" in axes.get_xlabel()]
    assert "rad" not in lower.get_xlabel()
    decades = np.log10(lower.get_xticks() / (2 * np.pi))
    assert np.allclose(decades, decades.round(), atol=1e-12)
    low, high = lower.get_xlim()
    assert any("10^{" in text.get_text() for text in lower.get_xticklabels())
    assert ((lower.get_xticks() >= low) & (lower.get_xticks() <= high)).any()


def test_a_linear_axis_and_one_of_something_else():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    left.plot([0, 100], [0, 1])
    left.set_xlabel("frequency (rad/sample)")
    right.plot([0, 100], [0, 1])
    right.set_xlabel("state")
    before = right.get_xticks()
    with frequencies_in("Hz"):
        relabelled(figure)
    assert left.get_xlabel() == "frequency (cycles/sample)"
    ticks = left.get_xticks() / (2 * np.pi)
    assert np.allclose(ticks, ticks.round(3))
    assert np.allclose(right.get_xticks(), before)


def test_in_radians_nothing_changes():
    figure = Figure()
    axes = figure.subplots()
    axes.set_xlabel("frequency (rad/s)")
    assert relabelled(figure) is figure
    assert axes.get_xlabel() == "frequency (rad/s)"


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_command_writes_them(folder, suffix):
    assert run("reduce", "example:beam", "--order", 4, "--plot", f"a.{suffix}", "--units", "hz").exit_code == 0
    if suffix == "svg":
        assert "(Hz)" in (folder / "a.svg").read_text(encoding="utf-8")
