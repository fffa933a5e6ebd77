"""Models that are not stable, not minimal, not explicit: what is kept, how exactly, and what it takes.

python benchmarks/any_model.py           # plants of textbooks, and round trips on random systems
python benchmarks/any_model.py --sparse  # large models as well; rail_1357 and MNA_1 need DLNBALANCE_DATA

Seconds are of one call each, on whatever else the machine does; the other numbers do not depend on it.
"""

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import scipy.sparse as sp
from models import chain
from scipy.io import loadmat

import dlnbalance as dln
from tests.plants import PLANTS


def plants():
    print("plant                  order  kept poles off by  measured error / bound  in the ν-gap")
    for name, (plant, _) in PLANTS.items():
        least = dln.split(plant).antistable.nstates
        order = least + (plant.nstates - least) // 2
        model = dln.reduce(plant, order)
        off = max(np.abs(model.linear.poles() - pole).min() for pole in model.kept.poles)
        share = model.error().value / model.bound if model.bound else 0.0
        gap = dln.reduce(plant, max(order, 1), gramians=dln.Coprime())
        words = f"{gap.error().value:.2e} ≤ {gap.bound:.2e}"
        print(f"{name:22} {order:2} of {plant.nstates:2}  {off:12.1e}  {share:18.4f}         {words}")


def round_trips(count=200):
    rng = np.random.default_rng(1)
    worst = dict.fromkeys(("continuous", "discrete"), 0.0)
    for k in range(count):
        n, discrete = int(rng.integers(2, 40)), bool(k % 2)
        A = rng.standard_normal((n, n)) / (np.sqrt(n) if discrete else 1)
        E = np.eye(n) + 0.2 * rng.standard_normal((n, n)) / np.sqrt(n)
        system = dln.LinearSystem(
            E @ A, rng.standard_normal((n, 2)), rng.standard_normal((2, n)), E=E, dt=float(discrete)
        )
        parts = dln.split(system)
        total = dln.parallel(parts.stable, parts.antistable)
        points = system.boundary_points(np.linspace(0.05, 3, 20))
        whole = np.array([system(point) for point in points])
        gap = np.abs(np.array([total(point) for point in points]) - whole).max() / np.abs(whole).max()
        kind = "discrete" if discrete else "continuous"
        worst[kind] = max(worst[kind], gap)
    for time_base, gap in worst.items():
        print(
            f"split, then parallel: {count // 2} random {time_base} systems with E, response off by at most {gap:.1e}"
        )


def timed(words, run):
    start = time.perf_counter()
    found = run()
    print(f"{words:58} {time.perf_counter() - start:6.2f} s   {found}")


def unstable_grid():
    """Convection and diffusion of 6,400 states, with a double integrator and an unstable pole beside them."""
    grid = dln.examples.convection_diffusion(80)
    others = sp.csc_array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 2.0]])
    return dln.LinearSystem(
        sp.block_diag([grid.A, others], format="csc"),
        np.vstack([grid.B, np.ones((3, grid.ninputs))]),
        np.hstack([grid.C, np.ones((grid.noutputs, 3))]),
    )


def summed_up(model):
    kept = "" if model.kept is None else f", kept {model.kept.poles.size}"
    return f"order {model.order} of {model.full_order}{kept}; {model.how}"


def large():
    data = os.environ.get("DLNBALANCE_DATA")
    timed("grid with unstable poles, order 10", lambda: summed_up(dln.reduce(unstable_grid(), 10)))
    for damping in (0.1, 0.01):
        timed(f"chain of 1,000 masses, damping {damping}", lambda d=damping: summed_up(dln.reduce(chain(d), 40)))
    if data:
        timed("rail_1357", lambda: summed_up(dln.reduce(dln.load(Path(data) / "rail_1357.mat"), 20)))
        stored = loadmat(Path(data) / "more" / "MNA_1.mat")
        A, E, B = (np.asarray(stored[name].todense()) if sp.issparse(stored[name]) else stored[name] for name in "AEB")
        circuit = dln.LinearSystem(A, B, B.T, E=E)
        timed("MNA_1 divided", lambda: repr(dln.decompositions.finite_infinite(circuit)).replace("\n", ";"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sparse", action="store_true", help="large models as well")
    arguments = parser.parse_args()
    plants()
    round_trips()
    if arguments.sparse:
        large()


if __name__ == "__main__":
    main()
