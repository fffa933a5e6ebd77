"""Draw every figure of the documentation again: ``python docs/figures.py [FOLDER]`` writes them to ``docs/figures``."""

import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np

import dlnbalance as dln
from dlnbalance import examples, flows, initialization, plotting
from dlnbalance.plotting import Drawing

FOLDER = Path(__file__).parent / "figures"
FIRST = Path(__file__).with_name("first_picture.svg")  # what the first page and the README show
_LETTERS = 12  # points of its letters, in a figure 13 inches wide that is shown at half of that


def beam(order: int) -> dln.ReducedModel:
    """A reduced model of the beam, with its error measured."""
    model = dln.reduce(examples.get("beam"), order)
    model.error()
    return model


def rig() -> dln.LinearSystem:
    """Three masses between springs, pushed at both ends: two inputs and two outputs with units in their names."""
    chain = examples.get("mass-spring-damper")
    n = chain.nstates // 2
    push, read = np.zeros((2 * n, 2)), np.zeros((2, 2 * n))
    push[n, 0] = push[-1, 1] = read[0, 0] = read[1, n - 1] = 1.0
    names = {"inputs": ["left [N]", "right [N]"], "outputs": ["first [m]", "last [m]"]}
    return dln.LinearSystem(chain.A, push, read, name="rig", **names)


def network() -> dln.DeepLinearNetwork:
    """A network of depth 4 that is far from balanced."""
    return initialization.gaussian((4, 5, 5, 5, 4), rng=0)


def scalar(first: float, second: float) -> dln.DeepLinearNetwork:
    """The network of one neuron a layer and depth 2."""
    return dln.DeepLinearNetwork([[[first]], [[second]]])


def leaves() -> Drawing:
    """The d = 1 foliation, with the regularizing flow on a fiber and learning on a leaf."""
    times = np.linspace(0, 4, 161)
    paths = [
        flows.regularizing(scalar(2.2, 0.5), times),
        flows.learning(scalar(1.0, -0.3), lambda X: X - 1.5, times),
    ]
    return plotting.foliation(paths)


def learning() -> Drawing:
    """Learning, which conserves the moments."""
    return flows.learning(network(), lambda X: X - np.eye(4), np.linspace(0, 3, 61)).plot()


#: Every figure by the name of its file.
FIGURES: dict[str, Callable[[], Drawing]] = {
    "overview": lambda: beam(8).plot(),
    "hankel": lambda: plotting.hankel(beam(8)),
    "bode": lambda: plotting.bode(beam(8), peak=beam(8).error(), hz=True, db=True),
    "channels": lambda: plotting.bode(dln.reduce(rig(), 16), channels=True),
    "orders": lambda: dln.order_table(examples.get("beam"), measure=True).plot(),
    "step": lambda: plotting.step(dln.reduce(rig(), 16, method="residualize"), until=200),
    "impulse": lambda: plotting.impulse(beam(6)),
    "poles": lambda: plotting.pole_zero(beam(8)),
    "nyquist": lambda: plotting.nyquist(beam(4)),
    "nichols": lambda: plotting.nichols(beam(4)),
    "network": lambda: dln.balance(network()).plot(),
    "reduced_network": lambda: dln.reduce(network(), 2).plot(),
    "regularizing": lambda: flows.regularizing(network(), np.linspace(0, 4, 41)).plot(),
    "learning": learning,
    "foliation": leaves,
    "least_norm": lambda: dln.balance(examples.get("mass-spring-damper"), form="norm").plot(),
    "two_notions": lambda: dln.compare(network()).plot(),
}


def first_picture(path: Path) -> None:
    """The beam, reduced to a thousandth of its largest Hankel singular value."""
    model = dln.reduce(examples.get("beam"), rtol=1e-3)
    with mpl.rc_context({"font.size": _LETTERS}):
        plotting.overview(model, peak=model.error()).save(path, overwrite=True)


def main(folder: Path = FOLDER) -> None:
    """Write all figures, and the first picture: beside the folder of the documentation, else into the one given."""
    folder.mkdir(exist_ok=True)
    first_picture(FIRST if folder == FOLDER else folder / FIRST.name)
    for name, draw in FIGURES.items():
        draw().save(folder / f"{name}.png", overwrite=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
