"""Files of pictures: whole, the same every time, and without any state of matplotlib."""

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from dlnbalance.plotting.figures import plain_powers
from matplotlib.figure import Figure

import dlnbalance as dln
from dlnbalance.errors import FileFormatError
from dlnbalance.plotting import bode, overview, rendered, write_figure

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
        "from dlnbalance.plotting import bode_diagrams, figures, paths, values\n"
        "print('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_powers_of_ten_are_plain_text():
    figure = Figure()
    wide, narrow = figure.subplots(1, 2)
    wide.plot([1, 2], [1e-12, 1e3])
    narrow.plot([1, 2], [1.5e-3, 6e-3])
    for axes in (wide, narrow):
        axes.set_yscale("log")
        plain_powers(axes.yaxis)
    rendered(figure, "svg")
    labels = [label.get_text() for axes in (wide, narrow) for label in axes.get_yticklabels(which="both")]
    assert {"10⁻¹²", "10⁰", "10³"} & set(labels)
    assert "2×10⁻³" in labels
    assert not any("$" in label for label in labels)
