"""Objects with a picture of their own: every result has one, and it is drawn by the layer above."""

import subprocess
import sys

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.plotting import Drawing, draw

LAGS = dln.LinearSystem(np.diag([-1.0, -20.0, -300.0]), np.ones((3, 1)), np.ones((1, 3)))


def test_plot_is_draw():
    assert isinstance(LAGS.plot(), Drawing)
    model = dln.reduce(LAGS, 2)
    assert repr(model.plot()) == repr(draw(model))


def test_plot_takes_axes():
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    assert dln.balance(LAGS).plot(ax=axes)[0] is axes


@pytest.mark.parametrize("name", [name for name in dln.__all__ if isinstance(getattr(dln, name), type)])
def test_every_class_that_is_shown_has_a_picture_or_is_no_model_and_no_result(name):
    numbers = {"Certificate", "ErrorBounds", "PeakGain", "Representation"}
    kinds = issubclass(getattr(dln, name), dln.GramianStrategy | Exception)
    assert hasattr(getattr(dln, name), "plot") != (kinds or name in numbers)


def test_results_are_made_without_the_pictures():
    code = (
        "import sys, dlnbalance as dln\n"
        "dln.reduce(dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]]), 1)\n"
        "print([name for name in sys.modules if name.startswith(('dlnbalance.plotting.', 'matplotlib'))])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
