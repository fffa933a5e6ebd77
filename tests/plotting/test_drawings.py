"""Pictures as objects and files: whole, the same every time, and without any state of matplotlib."""

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

import dlnbalance as dln
from dlnbalance.errors import FileFormatError, InvalidArgumentError
from dlnbalance.plotting import Drawing, bode, hankel, overview, rendered, write_figure
from dlnbalance.plotting.drawings import panels

LAGS = dln.LinearSystem(np.diag([-1.0, -20.0, -300.0]), np.ones((3, 1)), np.ones((1, 3)))


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


def test_importing_the_pictures_does_not_import_matplotlib():
    code = (
        "import sys\n"
        "from dlnbalance.plotting import bode_diagrams, drawing, drawings, looks, paths, pole_maps, values\n"
        "print('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_drawing_is_its_axes_and_shows_itself():
    drawing = bode(LAGS)
    gain, phase = drawing
    assert list(drawing) == drawing.axes == [gain, phase]
    assert drawing[:1] == [gain]
    assert drawing.figure.axes == [gain, phase]
    assert drawing._repr_png_().startswith(b"\x89PNG")
    assert repr(drawing) == "Drawing of 2 panels: Frequency response; phase (degrees)"
    assert rendered(bode(LAGS), "svg") == rendered(bode(LAGS).figure, "svg")


def test_a_drawing_is_saved(tmp_path):
    path = bode(LAGS).save(tmp_path / "a.svg")
    assert path.read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize("axes", [[], [1], None, "axes"])
def test_a_drawing_is_made_of_axes(axes):
    with pytest.raises(InvalidArgumentError, match="axes"):
        Drawing(axes)


def test_pictures_are_drawn_where_they_are_wanted():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert hankel(dln.reduce(LAGS, 1), ax=left)[0] is left
    assert hankel(dln.reduce(LAGS, 1), ax=[right])[0] is right
    upper, lower = Figure().subplots(2, 1)
    assert list(bode(LAGS, ax=np.array([upper, lower]))) == [upper, lower]


@pytest.mark.parametrize("ax", [1, "axes", [None], []])
def test_the_wrong_axes_are_refused(ax):
    with pytest.raises(InvalidArgumentError, match="ax"):
        panels(ax, 1, 1, (1, 1))
    [axes] = [Figure().subplots()]
    with pytest.raises(InvalidArgumentError, match="2 matplotlib Axes, one for each panel, got 1 of them"):
        panels(axes, 2, 1, (1, 1))
