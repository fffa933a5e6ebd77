"""Pictures: what they show, that they need no backend, and frequency grids that miss nothing."""

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

import dlnbalance as dln
from dlnbalance.errors import FileFormatError, InvalidArgumentError
from dlnbalance.plotting import bode, frequency_grid, hankel, overview, rendered, write_figure

from .models import random_network, random_system

RESONANT = dln.LinearSystem([[0, 1], [-1, -2e-4]], [[0], [1]], [[1, 0]], name="resonator")
LAGS = dln.LinearSystem(np.diag([-1.0, -20.0, -300.0]), np.ones((3, 1)), np.ones((1, 3)))


def lines(axes):
    """Curves of a picture by their names in the legend."""
    return {line.get_label(): line for line in axes.lines}


def test_grid_covers_the_poles():
    grid = frequency_grid(LAGS)
    assert grid[0] == pytest.approx(0.1)
    assert grid[-1] == pytest.approx(3000)
    assert (np.diff(grid) > 0).all()


@pytest.mark.parametrize("dt", [0, 0.1, True])
def test_grid_finds_the_peak_of_a_sharp_resonance(dt):
    system = RESONANT
    if dt:
        pole = np.exp((-1e-4 + 1j) * (0.1 if dt == 0.1 else 1.0))
        A = [[pole.real, pole.imag], [-pole.imag, pole.real]]
        system = dln.LinearSystem(A, [[0], [1]], [[1, 0]], dt=dt)
    gains = np.abs(dln.frequency_response(system, frequency_grid(system))).max()
    assert gains > 0.99 * float(dln.hinf_norm(system))


def test_grid_ends_at_the_nyquist_frequency():
    sampled = dln.LinearSystem([[0.5]], [[1.0]], [[1.0]], dt=0.01)
    assert frequency_grid(sampled)[-1] == pytest.approx(np.pi / 0.01, rel=1e-15)
    assert frequency_grid(sampled, LAGS)[-1] == pytest.approx(3000)


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
    grid = frequency_grid(system)
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


def test_hankel_shows_kept_and_dropped_values():
    model = dln.reduce(LAGS, 2)
    [axes] = hankel(model).axes
    curves = lines(axes)
    assert np.array_equal(curves["kept (2)"].get_ydata(), model.hsv[:2])
    assert np.array_equal(curves["dropped (1)"].get_ydata(), model.hsv[2:])
    assert axes.get_yscale() == "log"


def test_hankel_leaves_out_values_far_below_the_floor_but_shows_the_floor():
    model = dln.reduce(dln.examples.get("heat-rod"), rtol=1e-3)
    [axes] = hankel(model).axes
    low, high = axes.get_ylim()
    assert low < model.accuracy_floor < high
    assert axes.get_xlim()[1] < model.full_order
    assert f"dropped ({model.full_order - model.order})" in lines(axes)


def test_hankel_of_a_realization_that_drops_nothing():
    realization = dln.balance(LAGS)
    [axes] = hankel(realization).axes
    assert "kept (3)" in lines(axes)
    assert not any(label.startswith("dropped") for label in lines(axes))
    rendered(hankel(realization), "png")


def test_pictures_can_be_drawn_into_a_part_of_a_figure():
    figure = Figure()
    part, other = figure.subfigures(1, 2)
    assert bode(LAGS, figure=part) is part
    assert hankel(dln.reduce(LAGS, 1), figure=other) is other
    assert len(figure.axes) == 3


@pytest.mark.parametrize(
    "suffix, start", [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF"), (".PNG", b"\x89PNG")]
)
def test_figures_are_written_whole_and_the_same_every_time(tmp_path, suffix, start):
    model = dln.reduce(LAGS, 2)
    paths = [write_figure(overview(model, peak=model.error()), tmp_path / f"{k}{suffix}") for k in "ab"]
    contents = [path.read_bytes() for path in paths]
    assert contents[0].startswith(start)
    assert contents[0] == contents[1]
    assert sorted(tmp_path.iterdir()) == paths


def test_figures_do_not_replace_files_unasked(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"precious")
    with pytest.raises(FileFormatError, match="exists"):
        write_figure(bode(LAGS), path)
    assert path.read_bytes() == b"precious"
    write_figure(bode(LAGS), path, overwrite=True)
    assert path.read_bytes().startswith(b"\x89PNG")
    for bad in ("a.bmp", "a", "nowhere/a.png"):
        with pytest.raises(FileFormatError):
            write_figure(bode(LAGS), tmp_path / bad)
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_drawing_leaves_no_file(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(RuntimeError):
        write_figure(bode(LAGS), tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


def test_no_global_state_of_matplotlib_is_touched():
    code = (
        "import sys, dlnbalance as dln, dlnbalance.plotting as p\n"
        "system = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])\n"
        "p.rendered(p.overview(dln.reduce(system, 1)), 'svg')\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
    before = dict(mpl.rcParams)
    rendered(bode(LAGS), "svg")
    assert dict(mpl.rcParams) == before


def test_a_trajectory_draws_the_law_of_its_own_flow(rng):
    network = random_network(rng, (3, 4, 2))
    times = [0.0, 0.5, 1.0]

    def legend(path):
        return [text.get_text() for text in dln.plotting.trajectory(path).axes[0].get_legend().get_texts()]

    loss = lambda X: X - 1.0  # noqa: E731
    assert legend(dln.flows.regularizing(network, times)) == ["computed", "exact decay e^(−2t)"]
    assert legend(dln.flows.kirwan_ness(network, times)) == ["computed"]
    assert legend(dln.flows.learning(network, loss, times)) == ["computed", "conserved"]
    assert legend(dln.flows.weight_decay(network, loss, times, 0.3)) == ["computed", "exact decay e^(−0.6t)"]
    assert legend(dln.flows.learning(network.center(), loss, times)) == ["computed: balanced to rounding"]
    low, high = dln.plotting.trajectory(dln.flows.learning(network, loss, times)).axes[0].get_ylim()
    assert high > 10 * low  # not zoomed in on rounding errors
