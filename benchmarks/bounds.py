"""Bounds of every kind of Gramians and every method against the measured error, on random and on stored models.

    python benchmarks/bounds.py                    # 500 random systems a kind, some minutes
    python benchmarks/bounds.py --systems 40 --kinds lqg stochastic

Random systems of up to 8 states, real and complex, continuous and discrete, of up to three inputs and outputs, with a
direct term, are reduced to a random order by every kind of Gramians that has a bound, truncated and residualized, and
by the other methods that have one. The models of the benchmark collection (from the folder that DLNBALANCE_DATA names)
are reduced to 4 and 10 states. Printed are reductions, refusals, errors above their bound and below their lower bound
by more than rounding, properties that were not kept, and the largest error in units of its bound.
"""

import argparse
import os
from collections import Counter
from pathlib import Path

import numpy as np
from kinds import settings
from rich.console import Console
from rich.progress import track
from rich.table import Table

import dlnbalance as dln
from dlnbalance.gramians.kinds import kinds
from dlnbalance.reduction.other_methods import OTHER_METHODS

MODELS = ("build", "CDplayer", "heat-cont", "iss", "pde", "beam")
ORDERS = (4, 10)
LARGEST = 8  # states of a random system
ROUNDING = 1e-9  # share of a bound by which an error may exceed it
LEAST = 1e-11  # of an error of systems whose gain is about 1, relative errors where it is small included: rounding
#: Kinds with a bound, with the settings that give them one.
BOUNDED = {
    "frequency-limited": {"modified": True},
    "time-limited": {"modified": True},
    "weighted": {"combination": "wang"},
}


def random_system(rng):
    """A stable system whose gain is below 1, but for a direct term that makes it passive."""
    n, size = int(rng.integers(1, LARGEST + 1)), int(rng.integers(1, 4))
    discrete, entries = rng.random() < 0.5, rng.random() < 0.5

    def matrix(rows, columns):
        real = rng.standard_normal((rows, columns))
        return real + 1j * rng.standard_normal((rows, columns)) if entries else real

    A = matrix(n, n) / np.sqrt(n)
    poles = np.linalg.eigvals(A)
    margin = 10 ** rng.uniform(-3, 0)
    A = A * ((1 - margin / 2) / np.abs(poles).max()) if discrete else A - (poles.real.max() + margin) * np.eye(n)
    B, C = matrix(n, size), matrix(size, n)
    gain = float(dln.hinf_norm(dln.LinearSystem(A, B, C, dt=float(discrete))))
    B, C = (np.sqrt(0.25 / gain) * M for M in (B, C))
    return dln.LinearSystem(A, B, C, np.eye(size) / 2, dt=float(discrete))


def ways(system, wanted):
    """Every kind with a bound, truncated and residualized, and the other methods, by name."""
    for name, kind in kinds().items():
        if wanted and name not in wanted:
            continue
        try:
            strategy = kind(**settings(system).get(name, {}) | BOUNDED.get(name, {}))
        except (dln.DlnBalanceError, TypeError):
            continue
        for method in ("truncate", "residualize"):
            yield f"{name}, {method}", strategy, method
    for method in () if wanted else OTHER_METHODS:
        yield method, dln.Lyapunov(), method


def judged(tally, system, order, strategy, method):
    """Reduce, measure and count."""
    try:
        model = dln.reduce(system, order, gramians=strategy, method=method)
        if model.bound is None:
            tally["no bound"] += 1
            return
        error = model.error()
    except dln.DlnBalanceError:
        tally["refused"] += 1
        return
    tally["reduced"] += 1
    slack = LEAST + ROUNDING * model.bound + getattr(error, "rounding", 0.0) + 4 * model.accuracy_floor
    tally["above"] += error.value > model.bound + slack
    tally["below"] += error.value < (model.lower_bound or 0.0) - slack
    tally["not kept"] += sum(not kept.holds for kept in model.preserved) + (not model.stable and model.kept is None)
    if model.bound > 0:
        tally["worst"] = max(tally["worst"], error.value / model.bound)


def stored():
    """The models of the collection that are there."""
    folder = os.environ.get("DLNBALANCE_DATA")
    paths = [Path(folder) / f"{name}.mat" for name in MODELS] if folder else []
    return [dln.load(path, descriptor=False) for path in paths if path.exists()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--systems", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", default=())
    options = parser.parse_args()
    rng, tallies = np.random.default_rng(options.seed), {}
    cases = [(random_system(rng), None) for _ in range(options.systems)]
    cases += [(system, order) for system in stored() for order in ORDERS]
    for system, order in track(cases, console=Console(stderr=True), transient=True):
        tried = int(rng.integers(0, system.nstates + 1)) if order is None else order
        for name, strategy, method in ways(system, options.kinds):
            judged(tallies.setdefault(name, Counter()), system, tried, strategy, method)
    table = Table(title=f"{options.systems} random systems and {len(stored())} stored models", title_justify="left")
    columns = ("reduced", "refused", "no bound", "above", "below", "not kept")
    for column in ("way", *columns, "error / bound at most"):
        table.add_column(column)
    for name, tally in tallies.items():
        table.add_row(name, *(f"{tally[column]}" for column in columns), f"{tally['worst']:.6f}")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
