"""Draw what the first page and the README show: ``python docs/first_picture.py`` writes first_picture.svg."""

from pathlib import Path

import matplotlib as mpl

import dlnbalance as dln

PICTURE = Path(__file__).with_name("first_picture.svg")
_LETTERS = 12  # points, in a figure 13 inches wide that is shown at half of that


def draw(path: Path = PICTURE) -> None:
    """The beam of the examples, reduced to a thousandth of its largest Hankel singular value."""
    model = dln.reduce(dln.examples.get("beam"), rtol=1e-3)
    with mpl.rc_context({"font.size": _LETTERS}):
        dln.plotting.write_figure(dln.plotting.overview(model, peak=model.error()), path, overwrite=True)


if __name__ == "__main__":
    draw()
