"""Regularizing flow: orbits that are not closed, in weight space, and both integrators where they are.

python benchmarks/flows.py            # about two minutes
python benchmarks/flows.py --long     # half a minute more: (N, d) = (8, 64), and the bound on the gauge group
"""

import sys
from itertools import pairwise

import numpy as np
import scipy.linalg as la
from measuring import measured
from rich.console import Console
from rich.table import Table

import dlnbalance as dln
from dlnbalance.errors import NumericalError

console = Console(width=140)
TIMES = [0.0, 0.1, 1.0, 3.0, 10.0, np.inf]


def gaussian(widths, *, unit=False, complex_entries=False):
    """Gaussian layers, of unit variance or of about unit norm."""
    rng = np.random.default_rng(0)
    layers = [rng.standard_normal((b, a)) for a, b in pairwise(widths)]
    if complex_entries:
        layers = [(layer + 1j * rng.standard_normal(layer.shape)) / np.sqrt(2) for layer in layers]
    return dln.DeepLinearNetwork([layer / np.sqrt(layer.shape[1]) if unit else layer for layer in layers])


def deficient(network, rank):
    """The network with a first layer of lower rank."""
    left, values, right = la.svd(network.weights[0], full_matrices=False)
    return dln.DeepLinearNetwork([(left[:, :rank] * values[:rank]) @ right[:rank], *network.weights[1:]])


def open_orbits(cases):
    """Laws of the flow at t = 0.1, 1, 3, 10 and its limit, in weight space."""
    table = Table(title="Orbits that are not closed: t = 0.1, 1, 3, 10, ∞ (errors relative)", title_justify="left")
    for column in (
        "widths",
        "moment error",
        "drift of X",
        "‖W(10)‖² above least",
        "limit: distance",
        "norm²",
        "right-hand sides",
        "CG steps",
        "seconds",
    ):
        table.add_column(column)
    for name, network in cases:
        run = measured(lambda network=network: dln.flows.regularizing(network, TIMES))
        path = run.result
        least = path.states[-1].squared_norm - path.states[-1].balancing_gap()
        table.add_row(
            name,
            f"{path.moment_errors.max():.1e}",
            f"{path.drifts.max():.1e}",
            f"{path.states[-2].squared_norm / least - 1:.1e}",
            f"{path.limit_distance:.1e}",
            f"{path.states[-1].squared_norm / least - 1:.0e}",
            str(path.evaluations),
            str(path.linear_iterations),
            f"{run.seconds:.2f}",
        )
    console.print(table)


def closed_orbits(cases):
    """Both integrators where either serves: how far apart they end up, and what each takes."""
    table = Table(title="Closed orbits to t = 10: both integrators (errors relative)", title_justify="left")
    for column in ("depth, width", "integrator", "moment error", "drift of X", "apart", "CG steps", "seconds"):
        table.add_column(column)
    for depth, width in cases:
        network = gaussian((width,) * (depth + 1), unit=True)
        runs = {
            name: measured(lambda name=name, network=network: dln.flows.regularizing(network, [10.0], integrator=name))
            for name in ("gauge", "weights")
        }
        ends = [run.result.states[-1].weights for run in runs.values()]
        apart = la.norm([la.norm(a - b) for a, b in zip(*ends, strict=True)]) / la.norm([la.norm(w) for w in ends[0]])
        for name, run in runs.items():
            table.add_row(
                f"{depth}, {width}",
                name,
                f"{run.result.moment_errors.max():.1e}",
                f"{run.result.drifts.max():.1e}",
                f"{apart:.1e}",
                str(run.result.linear_iterations),
                f"{run.seconds:.2f}",
            )
    console.print(table)


def bound(widths=(20, 30, 30, 10), time=10.0):
    """What the gauge group does where the orbit is not closed: it ends, and says where."""
    network = gaussian(widths)

    def run():
        try:
            dln.flows.regularizing(network, [time], integrator="gauge")
        except NumericalError as error:
            return str(error)
        return "reached"

    ended = measured(run)
    console.print(f"gauge group, widths {widths}, t = {time:g}: after {ended.seconds:.0f} s: {ended.result}")


def main():
    long = "--long" in sys.argv
    open_orbits(
        [
            ("4→6→5→3", gaussian((4, 6, 5, 3))),
            ("4→6→5→3 complex", gaussian((4, 6, 5, 3), complex_entries=True)),
            ("7→12→9→4", gaussian((7, 12, 9, 4))),
            ("20→30→30→10", gaussian((20, 30, 30, 10))),
            ("10→20 (7 ×)→10", gaussian((10, *(20,) * 7, 10))),
            ("16 (4 ×)→4→16 (4 ×)", gaussian((16,) * 4 + (4,) + (16,) * 4)),
            ("9→8→…→2→1", gaussian(range(9, 0, -1))),
            ("16 (5 ×), W_1 of rank 5", deficient(gaussian((16,) * 5), 5)),
            ("784→100→50→10", gaussian((784, 100, 50, 10), unit=True)),
            ("100→120→110→100", gaussian((100, 120, 110, 100), unit=True)),
        ]
    )
    closed_orbits([(2, 64), (3, 32), (4, 16), (8, 8)])
    if long:
        network = gaussian((64,) * 9, unit=True)
        run = measured(lambda: dln.flows.regularizing(network, [10.0], integrator="weights"))
        path = run.result
        console.print(
            f"weight space, N = 8, d = 64, t = 10: moment error {path.moment_errors.max():.1e},"
            f" drift of X {path.drifts.max():.1e}, {run.seconds:.1f} s"
        )
        bound()


if __name__ == "__main__":
    main()
